//! Templates: quoted strings, heredocs, template files.

use super::conditional::Branch;
use super::evaluator::{Evaluator, nothing};
use super::references::part_references_below;
use super::scope::Scope;
use crate::lang::syntax::ast::{Expr, Name, TemplatePart};
use crate::lang::types::convert;
use crate::lang::value::{normal, safe_prefix, unknown_because};
use crate::model::diagnostic::has_errors;
use crate::model::place::Span;
use crate::model::value::{Marks, Refinement, Str, Type, Value, ValueKind};

const INVALID: &str = "Invalid template interpolation value";

/// A text in the making.
struct Draft {
    text: String,
    marks: Marks,
    known: bool,
    unknown: Vec<Value>,
}

impl Evaluator<'_> {
    /// A template; one that is a single interpolation keeps the type of it.
    pub(super) fn template(&mut self, parts: &[TemplatePart], whole: Span, scope: &Scope<'_>) -> Value {
        match parts {
            [] => Value::string(""),
            [TemplatePart::Text { text, .. }] => Value::string(text.clone()),
            [TemplatePart::Interpolation { expr, .. }] => self.eval(expr, scope),
            _ => self.render(parts, whole, scope),
        }
    }

    /// The text of a template whatever its parts are.
    pub(super) fn render(&mut self, parts: &[TemplatePart], whole: Span, scope: &Scope<'_>) -> Value {
        if !self.may_go_on(whole) {
            return nothing();
        }
        let before = self.diagnostics.len();
        let mut draft = Draft { text: String::new(), marks: Marks::NONE, known: true, unknown: Vec::new() };
        for part in parts {
            match part {
                TemplatePart::Text { text, .. } => {
                    if draft.known {
                        draft.text.push_str(text);
                    }
                }
                TemplatePart::Interpolation { expr, .. } => {
                    let value = self.eval(expr, scope);
                    self.add(value, expr.span, whole, &mut draft);
                }
                TemplatePart::If { condition, yes, no, span } => {
                    let value = self.template_if(condition, yes, no, *span, scope);
                    self.add(value, *span, whole, &mut draft);
                }
                TemplatePart::For { key_variable, value_variable, collection, body, span } => {
                    let value =
                        self.template_for((key_variable.as_ref(), value_variable), collection, body, *span, scope);
                    self.add(value, *span, whole, &mut draft);
                }
            }
            if self.is_too_long(draft.text.len(), whole) {
                return nothing();
            }
        }
        let failed = has_errors(&self.diagnostics[before..]) || !self.undeclared.is_empty();
        finish(draft, failed)
    }

    fn add(&mut self, value: Value, at: Span, whole: Span, draft: &mut Draft) {
        draft.marks = draft.marks.union(value.marks);
        match &value.kind {
            ValueKind::Null(_) => {
                let detail = "The expression result is null. Cannot include a null value in a string template.";
                self.error_within(INVALID, detail, at, whole);
            }
            ValueKind::Unknown(_) => {
                draft.known = false;
                draft.unknown.push(value);
            }
            ValueKind::String(text) => {
                if draft.known {
                    draft.text.push_str(text);
                }
            }
            _ => match convert(&value, &Type::String) {
                Ok(text) => {
                    if draft.known {
                        draft.text.push_str(text.as_str().unwrap_or_default());
                    }
                }
                Err(error) => {
                    let detail = format!("Cannot include the given value in a string template: {error}.");
                    self.error_within(INVALID, detail, at, whole);
                }
            },
        }
    }

    fn template_if(
        &mut self,
        condition: &Expr,
        yes: &[TemplatePart],
        no: &[TemplatePart],
        whole: Span,
        scope: &Scope<'_>,
    ) -> Value {
        let yes = self.branch(yes, whole, scope);
        let no = self.branch(no, whole, scope);
        self.choose(whole, condition, yes, no, scope)
    }

    fn branch(&mut self, parts: &[TemplatePart], whole: Span, scope: &Scope<'_>) -> Branch {
        let before = self.diagnostics.len();
        let value = match parts {
            [] => Value::string(""),
            _ => self.render(parts, parts_span(parts, whole), scope),
        };
        // A branch that fails is text all the same.
        let value = if value.ty() == Type::Dynamic { Value::unknown(Type::String) } else { value };
        Branch { value, diagnostics: self.diagnostics.split_off(before), span: parts_span(parts, whole) }
    }

    fn template_for(
        &mut self,
        (key_variable, value_variable): (Option<&Name>, &Name),
        collection: &Expr,
        body: &[TemplatePart],
        whole: Span,
        scope: &Scope<'_>,
    ) -> Value {
        let value = self.eval(collection, scope);
        let entries = self.entries(&value, collection.span, whole);
        if entries.as_ref().is_none_or(Vec::is_empty) {
            let mut bound: Vec<&Str> = vec![&value_variable.text];
            bound.extend(key_variable.map(|name| &name.text));
            self.check_all(&part_references_below(body, &bound), scope);
        }
        let Some(entries) = entries else {
            // Terraform keeps no marks of a loop that it cannot run yet.
            return unknown_because(Type::String, Refinement::default(), [&value]);
        };
        let mut text = String::new();
        let mut marks = value.marks;
        let mut unknown = Vec::new();
        let faults = self.faults();
        for (key, item) in entries {
            if !self.loop_may_go_on(faults, whole) {
                return nothing();
            }
            let mut names = vec![(value_variable.text.clone(), item)];
            names.extend(key_variable.map(|name| (name.text.clone(), key)));
            let piece = self.render(body, parts_span(body, whole), &scope.with(&names));
            marks = marks.union(piece.marks);
            match piece.as_str() {
                Some(piece) => text.push_str(piece),
                None => unknown.push(piece),
            }
            if self.is_too_long(text.len(), whole) {
                return nothing();
            }
        }
        if !unknown.is_empty() {
            return unknown_because(Type::String, Refinement::default(), &unknown).mark(value.marks);
        }
        Value::string(normal(&text).as_ref()).mark(marks)
    }
}

fn parts_span(parts: &[TemplatePart], whole: Span) -> Span {
    let span = |part: &TemplatePart| match part {
        TemplatePart::Text { span, .. }
        | TemplatePart::Interpolation { span, .. }
        | TemplatePart::If { span, .. }
        | TemplatePart::For { span, .. } => *span,
    };
    match (parts.first(), parts.last()) {
        (Some(first), Some(last)) => span(first).to(span(last)),
        _ => whole,
    }
}

fn finish(draft: Draft, failed: bool) -> Value {
    if draft.known {
        return Value::string(normal(&draft.text).as_ref()).mark(draft.marks);
    }
    let mut refinement = Refinement::not_null();
    if !failed {
        let prefix = safe_prefix(&draft.text);
        refinement.prefix = (!prefix.is_empty()).then(|| prefix.into());
    }
    unknown_because(Type::String, refinement, &draft.unknown).mark(draft.marks)
}
