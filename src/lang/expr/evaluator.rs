//! The heart: one walk over the tree, values up, diagnostics aside.

use super::references::references_below;
use super::scope::Scope;
use super::statement::{Cause, statement};
use crate::lang::inputs::Inputs;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Expr, ExprKind, Step, StepKind, Traversal};
use crate::lang::value::to_expression_text;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::limits::how_to_raise;
use crate::model::place::Span;
use crate::model::value::{Marks, Str, Type, UnknownSource, Value, ValueKind};

/// Deeper nesting is refused instead of eating the stack.
const DEEPEST: u32 = 200;
/// A loop that has failed so often is ended.
const MOST_FAULTS: usize = 1000;
/// Values of fewer bytes are not counted against what all expressions together may build.
const LARGE: u64 = 16 << 10;

/// What an expression gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The value; of unknown type when there are errors that leave nothing better.
    pub value: Value,
    /// What is wrong, placed.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether that is only about names: then nothing was evaluated, and nothing around it is.
    pub is_unresolved: bool,
}

impl Evaluation {
    /// Whether anything went wrong.
    pub fn has_errors(&self) -> bool {
        has_errors(&self.diagnostics)
    }
}

/// The value of an expression. With errors the value is unknown of unknown type.
pub fn evaluate(expr: &Expr, source: &SourceFile, inputs: &dyn Inputs) -> Evaluation {
    evaluate_with(expr, source, inputs, &[])
}

/// The value of an expression that sees `locals` over everything that the inputs know (the iterator of `dynamic`).
pub fn evaluate_with(expr: &Expr, source: &SourceFile, inputs: &dyn Inputs, locals: &[(Str, Value)]) -> Evaluation {
    let mut evaluator = Evaluator::new(source, inputs);
    let scope = Scope::OPEN.with(locals);
    let value = evaluator.eval(expr, &scope);
    evaluator.finish(value)
}

pub(super) struct Evaluator<'a> {
    pub(super) source: &'a SourceFile,
    pub(super) inputs: &'a dyn Inputs,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// References to what does not exist are errors wherever they stand: neither `try` nor an untaken branch hides them.
    pub(super) undeclared: Vec<Diagnostic>,
    pub(super) steps_left: u64,
    pub(super) memory_left: u64,
    /// Inside a template function: others of the kind may not be called.
    pub(super) in_template: bool,
    depth: u32,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(source: &'a SourceFile, inputs: &'a dyn Inputs) -> Self {
        Evaluator {
            source,
            inputs,
            diagnostics: Vec::new(),
            undeclared: Vec::new(),
            steps_left: inputs.limits().steps,
            memory_left: inputs.limits().memory_bytes,
            in_template: false,
            depth: 0,
        }
    }

    pub(super) fn finish(self, value: Value) -> Evaluation {
        let is_unresolved = !self.undeclared.is_empty();
        let diagnostics = if is_unresolved { self.undeclared } else { self.diagnostics };
        let value = if has_errors(&diagnostics) { nothing() } else { value };
        Evaluation { value, diagnostics, is_unresolved }
    }

    /// The value of `expr`; what is wrong with it is added to the diagnostics.
    pub(super) fn eval(&mut self, expr: &Expr, scope: &Scope<'_>) -> Value {
        match &expr.kind {
            ExprKind::Literal(value) => return value.clone(),
            ExprKind::Traversal(traversal) => return self.traversal(traversal, scope),
            ExprKind::SplatElement => return scope.element().cloned().unwrap_or_else(nothing),
            _ => {}
        }
        if !self.may_go_on(expr.span) {
            return nothing();
        }
        self.depth += 1;
        let value = self.eval_form(expr, scope);
        self.depth -= 1;
        match &expr.kind {
            ExprKind::Template(_) | ExprKind::Tuple(_) | ExprKind::Object(_) => self.counted(value, expr.span),
            ExprKind::Call { .. } | ExprKind::For(_) | ExprKind::Splat { .. } => self.counted(value, expr.span),
            _ => value,
        }
    }

    fn eval_form(&mut self, expr: &Expr, scope: &Scope<'_>) -> Value {
        match &expr.kind {
            ExprKind::Literal(value) => value.clone(),
            ExprKind::Traversal(traversal) => self.traversal(traversal, scope),
            ExprKind::SplatElement => nothing(),
            ExprKind::Template(template) => self.template(&template.parts, expr.span, scope),
            ExprKind::Tuple(items) => self.tuple(items, scope),
            ExprKind::Object(items) => self.object(items, scope),
            ExprKind::Relative { source, steps } => {
                let value = self.eval(source, scope);
                self.steps(value, steps)
            }
            ExprKind::Index { collection, key } => self.index(expr, collection, key, scope),
            ExprKind::Splat { source, each, marker, .. } => self.splat(source, each, *marker, scope),
            ExprKind::Call { name, args, expand } => self.call(expr, name, args, *expand, scope),
            ExprKind::Conditional { condition, yes, no } => self.conditional(expr, condition, yes, no, scope),
            ExprKind::Binary { .. } => self.binary(expr, scope),
            ExprKind::Unary { operator, operand } => self.unary(expr, *operator, operand, scope),
            ExprKind::Parens(inner) => self.eval(inner, scope),
            ExprKind::For(for_expr) => self.for_expr(expr, for_expr, scope),
        }
    }

    /// Counts a step; `false` when the expression is too deep or has run for too long, which is then said once.
    pub(super) fn may_go_on(&mut self, at: Span) -> bool {
        if self.depth >= DEEPEST {
            self.error(
                "Expression too deep",
                format!("Expressions nested more than {DEEPEST} levels deep are not evaluated. Give parts of it a name in a locals block."),
                at,
            );
            return false;
        }
        match self.steps_left {
            0 => false,
            1 => {
                let most = self.inputs.limits().steps;
                let told = format!("This expression did not come to an end within {most} steps.");
                self.stop(told, "steps", at);
                false
            }
            _ => {
                self.steps_left -= 1;
                true
            }
        }
    }

    /// Counts what takes longer than a step.
    pub(super) fn charge(&mut self, steps: u64) {
        if self.steps_left > 0 {
            self.steps_left = self.steps_left.saturating_sub(steps).max(1);
        }
    }

    /// Counts a step of a loop that began when so many faults were known; `false` also once it has failed so often
    /// that nobody reads on.
    pub(super) fn loop_may_go_on(&mut self, faults_before: usize, at: Span) -> bool {
        self.faults() < faults_before + MOST_FAULTS && self.may_go_on(at)
    }

    /// How many faults are known.
    pub(super) fn faults(&self) -> usize {
        self.diagnostics.len() + self.undeclared.len()
    }

    /// The value, counted against what may be built.
    fn counted(&mut self, value: Value, at: Span) -> Value {
        let bytes = own_bytes(&value);
        if value.as_str().is_some_and(|text| self.is_too_long(text.len(), at)) {
            return nothing();
        }
        if bytes <= self.memory_left && (bytes < LARGE || self.inputs.spend(bytes)) {
            self.memory_left -= bytes;
            return value;
        }
        if self.steps_left > 0 {
            let most = self.inputs.limits().memory_bytes;
            let told = format!("More than {most} bytes of values would be built here.");
            self.stop(told, "memory-bytes", at);
        }
        nothing()
    }

    /// Whether a text of so many bytes is longer than any may be; that is then said and ends the evaluation.
    pub(super) fn is_too_long(&mut self, bytes: usize, at: Span) -> bool {
        let longest = self.inputs.limits().text_bytes;
        if bytes > longest && self.steps_left > 0 {
            self.stop(format!("A text of more than {longest} bytes would be built here."), "text-bytes", at);
        }
        bytes > longest
    }

    /// Ends the evaluation. Neither `try` nor an untaken branch hides that it did.
    fn stop(&mut self, told: String, limit: &str, at: Span) {
        self.steps_left = 0;
        let detail = format!("{told} Make its collections smaller. {}", how_to_raise(limit));
        self.undeclared.push(Diagnostic::error("Expression too large", detail).at(self.source.place(at)));
    }

    pub(super) fn error(&mut self, summary: &str, detail: impl Into<String>, subject: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(self.source.place(subject)));
    }

    pub(super) fn error_within(&mut self, summary: &str, detail: impl Into<String>, subject: Span, context: Span) {
        let diagnostic = Diagnostic::error(summary, detail).at(self.source.place(subject));
        self.diagnostics.push(diagnostic.within(self.source.place(context)));
    }

    /// Evaluates and says whether that added an error.
    pub(super) fn eval_checked(&mut self, expr: &Expr, scope: &Scope<'_>) -> (Value, bool) {
        let before = self.diagnostics.len();
        let undeclared = self.undeclared.len();
        let value = self.eval(expr, scope);
        (value, self.undeclared.len() > undeclared || has_errors(&self.diagnostics[before..]))
    }

    /// Evaluates with the diagnostics set apart.
    pub(super) fn eval_apart(&mut self, expr: &Expr, scope: &Scope<'_>) -> (Value, Vec<Diagnostic>) {
        let before = self.diagnostics.len();
        let value = self.eval(expr, scope);
        (value, self.diagnostics.split_off(before))
    }

    fn traversal(&mut self, traversal: &Traversal, scope: &Scope<'_>) -> Value {
        if let Some(value) = scope.find(&traversal.root.text) {
            return self.steps(value.clone(), &traversal.steps);
        }
        if scope.is_closed() {
            let name = &*traversal.root.text;
            let hint = super::suggestion::suggest(name, scope.names())
                .map_or_else(String::new, |name| format!(" Did you mean {name:?}?"));
            self.error("Unknown variable", format!("There is no variable named {name:?}.{hint}"), traversal.root.span);
            return nothing();
        }
        match self.inputs.reference(traversal) {
            Ok(_) if self.is_misshapen(traversal) => nothing(),
            Ok(resolved) => match traversal.steps.get(resolved.consumed..) {
                None | Some([]) => resolved.value,
                Some(rest) => self.named_steps(traversal, resolved.value, rest),
            },
            Err(diagnostic) => {
                self.undeclared(*diagnostic, traversal);
                nothing()
            }
        }
    }

    /// Whether a reference goes where the type of what it names has nothing, which is said.
    fn is_misshapen(&mut self, traversal: &Traversal) -> bool {
        let Some((named, ty)) = self.inputs.shape(traversal) else { return false };
        let mut value = Value::unknown(ty);
        for step in traversal.steps.get(named..).unwrap_or_default() {
            match super::access::step_into(&value, &step.kind) {
                Ok(next) => value = next,
                Err(diagnostic) => {
                    self.undeclared.push(diagnostic.at(self.source.place(step.span)));
                    return true;
                }
            }
        }
        false
    }

    fn undeclared(&mut self, mut diagnostic: Diagnostic, traversal: &Traversal) {
        if diagnostic.subject.is_none() {
            let named = named_part(traversal);
            // A resource that lacks an attribute: the name of the resource is right, the step behind it is not.
            let lacking = (diagnostic.summary == "Unsupported attribute").then(|| {
                let mut behind = traversal.steps.iter().filter(|step| step.span.start >= named.end);
                behind.find(|step| matches!(step.kind, StepKind::Attribute(_))).map(|step| step.span)
            });
            // Where nothing may be referred to, the first name is wrong already.
            let named = if diagnostic.summary == "Variables not allowed" { traversal.root.span } else { named };
            diagnostic.subject = Some(self.source.place(lacking.flatten().unwrap_or(named)));
        }
        self.undeclared.push(diagnostic);
    }

    /// Looks up what an expression that is not evaluated (the body of a loop over nothing) refers to, since references to
    /// what does not exist are errors all the same.
    pub(super) fn check_references(&mut self, expr: &Expr, bound: &[&Str], scope: &Scope<'_>) {
        let found = references_below(expr, bound);
        self.check_all(&found, scope);
    }

    pub(super) fn check_all(&mut self, references: &[&Traversal], scope: &Scope<'_>) {
        if scope.is_closed() {
            return;
        }
        for traversal in references {
            if scope.find(&traversal.root.text).is_none()
                && let Err(diagnostic) = self.inputs.reference(traversal)
            {
                self.undeclared(*diagnostic, traversal);
            }
        }
    }

    /// Steps behind a name: what they fail on is said with what the name stands for.
    fn named_steps(&mut self, traversal: &Traversal, mut value: Value, rest: &[Step]) -> Value {
        for (at, step) in rest.iter().enumerate() {
            match super::access::step_into(&value, &step.kind) {
                Ok(next) => value = next,
                Err(diagnostic) => {
                    let mut found = diagnostic.at(self.source.place(step.span));
                    if let Some(statement) = statement(&value, Cause::Value) {
                        let covered = traversal.steps.len() - rest.len() + at;
                        found.values.push((text_of(traversal, covered), statement));
                    }
                    self.diagnostics.push(found);
                    return nothing();
                }
            }
        }
        value
    }

    pub(super) fn steps(&mut self, mut value: Value, steps: &[Step]) -> Value {
        for step in steps {
            match super::access::step_into(&value, &step.kind) {
                Ok(next) => value = next,
                Err(diagnostic) => {
                    self.diagnostics.push(diagnostic.at(self.source.place(step.span)));
                    return nothing();
                }
            }
        }
        value
    }

    fn index(&mut self, expr: &Expr, collection: &Expr, key: &Expr, scope: &Scope<'_>) -> Value {
        let collection_value = self.eval(collection, scope);
        let key_value = self.eval(key, scope);
        match super::access::element_of(&collection_value, &key_value) {
            Ok(value) => value,
            Err(diagnostic) => {
                let brackets = Span::new(collection.span.end, expr.span.end);
                self.diagnostics.push(diagnostic.at(self.source.place(brackets)));
                nothing()
            }
        }
    }
}

/// About how many bytes a value takes without those of what it holds.
fn own_bytes(value: &Value) -> u64 {
    const ELEMENT: usize = size_of::<Value>();
    // A key, its value, and their part of the tree.
    const ENTRY: usize = 2 * ELEMENT + 32;
    let bytes = match &value.kind {
        ValueKind::String(text) => text.len(),
        _ => match (value.as_items(), value.as_entries()) {
            (Some(items), _) => items.len() * ELEMENT,
            (_, Some(entries)) => entries.len() * ENTRY,
            _ => 0,
        },
    };
    bytes as u64
}

/// What an expression with an error is: unknown, of unknown type.
pub(super) fn nothing() -> Value {
    Value::unknown(Type::Dynamic)
}

/// An unknown of unknown type with a reason and marks.
pub(super) fn open(source: Option<UnknownSource>, marks: Marks) -> Value {
    use crate::model::value::{Refinement, Unknown, ValueKind};
    let source = source.unwrap_or(UnknownSource::AfterApply);
    let unknown = Unknown { ty: Type::Dynamic, source, refinement: Refinement::default() };
    Value::from(ValueKind::Unknown(std::sync::Arc::new(unknown))).mark(marks)
}

/// The part of a traversal that names an object: `var.x`, `data.t.n`, `t.n`.
/// A traversal up to some step, as terraform writes it.
fn text_of(traversal: &Traversal, steps: usize) -> String {
    let mut text = traversal.root.text.to_string();
    for step in &traversal.steps[..steps] {
        match &step.kind {
            StepKind::Attribute(name) => text.push_str(&format!(".{name}")),
            StepKind::Index(key) => text.push_str(&format!("[{}]", to_expression_text(key))),
        }
    }
    text
}

fn named_part(traversal: &Traversal) -> Span {
    let steps = &traversal.steps;
    let is_index = |at: usize| steps.get(at).is_some_and(|step| matches!(step.kind, StepKind::Index(_)));
    let wanted = match &*traversal.root.text {
        "data" | "ephemeral" | "resource" => 2,
        "module" if is_index(1) => 3,
        "module" => 2,
        "self" | "template" | "lazy" | "arg" => 0,
        _ => 1,
    };
    let last = traversal.steps.iter().take(wanted).next_back();
    last.map_or(traversal.root.span, |step| traversal.root.span.to(step.span))
}
