//! Functions that need the evaluator: `try`, `can`, `templatefile`, `templatestring`.

use std::sync::Arc;

use super::call::Argument;
use super::evaluator::{Evaluator, nothing, open};
use super::references::template_references;
use super::scope::Scope;
use crate::lang::func::{Function, FunctionError};
use crate::lang::syntax::ast::{Expr, ExprKind, Name, TemplatePart};
use crate::lang::syntax::{SourceFile, parse_template};
use crate::lang::types::convert;
use crate::lang::value::{combine_sources, deep_source, quote, unknown_because};
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::place::{RepoPath, Span};
use crate::model::value::{Marks, Refinement, Str, Type, Value, ValueKind};

type Outcome = Result<Value, FunctionError>;

impl Evaluator<'_> {
    pub(super) fn special(
        &mut self,
        expr: &Expr,
        name: &Name,
        function: &Function,
        arguments: &[Argument<'_>],
        scope: &Scope<'_>,
    ) -> Value {
        let outcome = match function.name {
            "try" => self.try_all(arguments, scope),
            "can" => Ok(self.can(arguments, scope)),
            "templatefile" => match self.template_file(arguments, scope) {
                Some(outcome) => outcome,
                None => return nothing(),
            },
            "templatestring" => match self.template_string(arguments, scope) {
                Some(outcome) => outcome,
                None => return nothing(),
            },
            _ => Err(FunctionError::new("this function is not available here")),
        };
        match outcome {
            Ok(value) => value,
            Err(error) => {
                self.call_failed(expr, name, function, arguments, &error);
                nothing()
            }
        }
    }

    fn attempt(&mut self, argument: &Argument<'_>, scope: &Scope<'_>) -> (Value, Vec<Diagnostic>) {
        match argument {
            Argument::Written(expr) => self.eval_apart(expr, scope),
            Argument::Expanded(value, _) => (value.clone(), Vec::new()),
        }
    }

    fn try_all(&mut self, arguments: &[Argument<'_>], scope: &Scope<'_>) -> Outcome {
        if arguments.is_empty() {
            return Err(FunctionError::new("at least one argument is required"));
        }
        let mut message = "no expression succeeded:\n".to_owned();
        for (at, argument) in arguments.iter().enumerate() {
            let (value, diagnostics) = self.attempt(argument, scope);
            if !has_errors(&diagnostics) {
                for rest in &arguments[at + 1..] {
                    self.check_references(rest.expr(), &[], scope);
                }
                // Something unknown may still turn into an error, and then another argument would be taken.
                return Ok(match deep_source(&value) {
                    Some(source) => open(Some(source), Marks::NONE),
                    None => value,
                });
            }
            for diagnostic in diagnostics {
                let at = diagnostic.subject.map_or_else(String::new, |place| format!(" (at {})", place.range_text()));
                message.push_str(&format!("- {}{at}\n  {}\n", diagnostic.summary, diagnostic.detail));
            }
        }
        message.push_str("\nAt least one expression must produce a successful result");
        Err(FunctionError::new(message))
    }

    fn can(&mut self, arguments: &[Argument<'_>], scope: &Scope<'_>) -> Value {
        let Some(argument) = arguments.first() else {
            return nothing();
        };
        let (value, diagnostics) = self.attempt(argument, scope);
        if has_errors(&diagnostics) {
            return Value::bool(false);
        }
        if value.is_wholly_known() {
            return Value::bool(true);
        }
        unknown_because(Type::Bool, Refinement::default(), [&value])
    }

    /// `None` when the arguments themselves failed.
    fn template_file(&mut self, arguments: &[Argument<'_>], scope: &Scope<'_>) -> Option<Outcome> {
        let [path, vars] = arguments else {
            return None;
        };
        let (path, path_failed) = self.argument(path, scope);
        let (vars, vars_failed) = self.argument(vars, scope);
        if path_failed || vars_failed {
            return None;
        }
        if self.in_template {
            return Some(Err(recursion("templatefile")));
        }
        Some(self.render_file(&path, &vars))
    }

    fn render_file(&mut self, path: &Value, vars: &Value) -> Outcome {
        let path = convert(path, &Type::String).map_err(|error| FunctionError::at(0, error.to_string()))?;
        if path.is_null() || vars.is_null() {
            return Err(FunctionError::at(usize::from(!path.is_null()), "argument must not be null"));
        }
        let marks = path.marks.union(vars.marks);
        let Some(name) = path.as_str().filter(|_| !vars.is_unknown()) else {
            return Ok(open(combine_sources([&path, vars]), marks));
        };
        let source = self.inputs.template_source(name).map_err(|error| unreadable(name, path.marks, &error))?;
        self.render_template(&source, name, vars).map(|value| value.mark(path.marks))
    }

    fn template_string(&mut self, arguments: &[Argument<'_>], scope: &Scope<'_>) -> Option<Outcome> {
        let [template, vars] = arguments else {
            return None;
        };
        if self.in_template {
            return Some(Err(recursion("templatestring")));
        }
        if let Err(message) = check_template_expression(template.expr()) {
            return Some(Err(FunctionError::at(0, format!("invalid template expression: {message}"))));
        }
        let (text, text_failed) = self.argument(template, scope);
        let (vars, vars_failed) = self.argument(vars, scope);
        if text_failed || vars_failed {
            return None;
        }
        Some(self.render_string(&text, &vars))
    }

    fn render_string(&mut self, text: &Value, vars: &Value) -> Outcome {
        const NAME: &str = "<templatestring argument>";
        let marks = text.marks.union(vars.marks);
        if text.is_unknown() && text.ty() == Type::String || text.is_unknown() && text.ty() == Type::Dynamic {
            return Ok(unknown_because(Type::String, Refinement::not_null(), [text]).mark(marks));
        }
        let Some(template) = text.as_str() else {
            return Err(FunctionError::at(0, "invalid template value: a string is required"));
        };
        if vars.is_null() {
            return Err(FunctionError::at(1, "argument must not be null"));
        }
        if vars.is_unknown() {
            return Ok(unknown_because(Type::String, Refinement::not_null(), [vars]).mark(marks));
        }
        let source = SourceFile::new(RepoPath::new(NAME), template);
        let value = self.render_template(&source, NAME, vars)?;
        let value = convert(&value, &Type::String)
            .map_err(|_| FunctionError::new("invalid template result: a string is required"))?;
        Ok(value.mark(text.marks))
    }

    fn render_template(&mut self, source: &Arc<SourceFile>, name: &str, vars: &Value) -> Outcome {
        let names = variables(vars)?;
        let parsed = parse_template(source);
        if has_errors(&parsed.diagnostics) {
            return Err(FunctionError::new(as_go_error(&parsed.diagnostics)));
        }
        let references = template_references(&parsed.tree);
        if let Some(missing) =
            references.iter().find(|reference| !names.iter().any(|(name, _)| *name == reference.root.text))
        {
            let place = source.place(missing.root.span).range_text();
            let root = quote(&missing.root.text);
            return Err(FunctionError::at(1, format!("vars map does not contain key {root}, referenced at {place}")));
        }
        let mut inner = Evaluator::new(source, self.inputs);
        inner.steps_left = self.steps_left;
        inner.memory_left = self.memory_left;
        inner.in_template = true;
        let scope = Scope::closed(&names);
        let end = u32::try_from(source.text().len()).unwrap_or(u32::MAX);
        let value = inner.template(&parsed.tree.parts, Span::new(0, end), &scope);
        self.steps_left = inner.steps_left;
        self.memory_left = inner.memory_left;
        if has_errors(&inner.diagnostics) {
            return Err(FunctionError::new(as_go_error(&inner.diagnostics)));
        }
        if value.is_null() {
            let end = source.position(end);
            return Err(FunctionError::new(format!(
                "{name}:1,1-{}: Template result is null; The result of the template is null, which is not a valid result \
                 for a templatestring call.",
                end.column
            )));
        }
        Ok(value.mark(vars.marks))
    }
}

fn recursion(name: &str) -> FunctionError {
    FunctionError::new(format!("cannot recursively call {name} from inside another template function"))
}

fn variables(vars: &Value) -> Result<Vec<(Str, Value)>, FunctionError> {
    let entries = match &vars.kind {
        ValueKind::Map(_) | ValueKind::Object(_) => vars.as_entries().into_iter().flatten(),
        _ => return Err(FunctionError::at(1, "invalid vars value: must be a map")),
    };
    let mut names = Vec::new();
    for (name, value) in entries {
        if !is_identifier(name) {
            let problem = "must start with a letter, followed by zero or more letters, digits, and underscores";
            return Err(FunctionError::at(1, format!("invalid template variable name {}: {problem}", quote(name))));
        }
        names.push((name.clone(), value.clone().mark(vars.marks)));
    }
    Ok(names)
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|char| char.is_alphanumeric() || char == '_' || char == '-')
}

/// As Go writes a list of diagnostics into one error.
fn as_go_error(diagnostics: &[Diagnostic]) -> String {
    let Some(first) = diagnostics.first() else {
        return "no diagnostics".to_owned();
    };
    let place = first.subject.as_ref().map_or_else(String::new, |place| format!("{}: ", place.range_text()));
    let text = format!("{place}{}; {}", first.summary, first.detail);
    match diagnostics.len() {
        1 => text,
        count => format!("{text}, and {} other diagnostic(s)", count - 1),
    }
}

fn unreadable(name: &str, marks: Marks, error: &std::io::Error) -> FunctionError {
    let shown = if marks.contains(Marks::SENSITIVE) { "(sensitive value)".to_owned() } else { quote(name) };
    let message = match error.kind() {
        std::io::ErrorKind::NotFound => format!(
            "no file exists at {shown}; this function works only with files that are distributed as part of the \
             configuration source code, so if this file will be created by a resource in this configuration you must \
             instead obtain this result from an attribute of that resource"
        ),
        std::io::ErrorKind::InvalidData => format!(
            "contents of {shown} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents \
             or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead"
        ),
        _ => format!("failed to read {shown}: {error}"),
    };
    FunctionError::at(0, message)
}

/// A template comes from elsewhere: writing it in the call would be a template in a template.
fn check_template_expression(expr: &Expr) -> Result<(), &'static str> {
    match &expr.kind {
        ExprKind::Traversal(_) | ExprKind::Relative { .. } | ExprKind::Index { .. } => Ok(()),
        ExprKind::Template(template) => match template.parts.as_slice() {
            [TemplatePart::Interpolation { .. }] => Err(
                "templatestring is only for rendering templates retrieved dynamically from elsewhere; to treat the inner \
                 expression as template syntax, write the reference expression directly without any template \
                 interpolation syntax",
            ),
            _ => Err(
                "templatestring is only for rendering templates retrieved dynamically from elsewhere, and so does not \
                 support providing a literal template; consider using a template string expression instead",
            ),
        },
        _ => Err(
            "must be a direct reference to a single string from elsewhere, containing valid Terraform template syntax",
        ),
    }
}
