//! Calls: finding the function, its arguments, and what it says when it fails.

use super::evaluator::{Evaluator, nothing, open};
use super::scope::Scope;
use super::span::start_of;
use super::suggestion::suggest;
use crate::lang::func::{self, Function, FunctionError};
use crate::lang::inputs::ProviderFunction;
use crate::lang::syntax::ast::{Expr, Name};
use crate::lang::value::{deep_source, quote};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::Span;
use crate::model::value::{Type, Value, ValueKind};

/// So many steps stand for the time that it takes to find the nearest of all functions' names.
const SEARCH_STEPS: u64 = 1000;

/// One argument: an expression, or one of the values that `...` expanded.
pub(super) enum Argument<'e> {
    Written(&'e Expr),
    Expanded(Value, &'e Expr),
}

/// What the name of a function leads to.
enum Found {
    Function(&'static Function),
    NotAsked,
    Nothing,
}

impl<'e> Argument<'e> {
    pub(super) fn expr(&self) -> &'e Expr {
        match self {
            Argument::Written(expr) | Argument::Expanded(_, expr) => expr,
        }
    }
}

impl Evaluator<'_> {
    pub(super) fn call(&mut self, expr: &Expr, name: &Name, args: &[Expr], expand: bool, scope: &Scope<'_>) -> Value {
        let function = match self.function(name, expr.span) {
            Found::Function(function) => function,
            Found::NotAsked => {
                for arg in args {
                    self.check_references(arg, &[], scope);
                }
                return Value::not_asked(Type::Dynamic, &*name.text);
            }
            Found::Nothing => {
                for arg in args {
                    self.check_references(arg, &[], scope);
                }
                return nothing();
            }
        };
        let arguments = match self.arguments(expr, args, expand, scope) {
            Ok(arguments) => arguments,
            Err(value) => return value,
        };
        if let Err(diagnostic) = function.check_count(&name.text, arguments.len()) {
            let subject = match arguments.get(function.parameters.len()) {
                Some(extra) => start_of(extra.expr(), self.source),
                None => Span::new(expr.span.end.saturating_sub(1), expr.span.end),
            };
            let diagnostic = diagnostic.at(self.source.place(subject)).within(self.source.place(expr.span));
            self.diagnostics.push(diagnostic);
            for arg in args {
                self.check_references(arg, &[], scope);
            }
            return nothing();
        }
        if function.is_special() {
            return self.special(expr, name, function, &arguments, scope);
        }
        let Some(values) = self.argument_values(expr, name, function, &arguments, scope) else {
            return nothing();
        };
        match function.call_converted(&values, self.inputs) {
            Ok(value) => value,
            Err(error) => {
                self.call_failed(expr, name, function, &arguments, &error.hiding(&values));
                nothing()
            }
        }
    }

    /// The function of a name; what is wrong with the name is said.
    fn function(&mut self, name: &Name, whole: Span) -> Found {
        if let Some(function) = func::find(&name.text) {
            return Found::Function(function);
        }
        if let ["provider", provider, function] = name.text.split("::").collect::<Vec<_>>().as_slice() {
            match self.inputs.provider_function(provider, function) {
                ProviderFunction::Known(function) => return Found::Function(function),
                ProviderFunction::NotAsked => return Found::NotAsked,
                ProviderFunction::Missing => {
                    let detail = format!(
                        "The function {} is not available from the provider {}.",
                        quote(function),
                        quote(provider)
                    );
                    let place = self.source.place(name.span);
                    self.undeclared.push(Diagnostic::error("Unknown provider function", detail).at(place));
                    return Found::Nothing;
                }
                ProviderFunction::Undeclared => {}
            }
        }
        self.unknown_function(name, whole);
        Found::Nothing
    }

    /// The arguments with the last one expanded; `Err` is the value of the whole call when that cannot be done (yet).
    fn arguments<'e>(
        &mut self,
        expr: &Expr,
        args: &'e [Expr],
        expand: bool,
        scope: &Scope<'_>,
    ) -> Result<Vec<Argument<'e>>, Value> {
        let (Some(last), true) = (args.last(), expand) else {
            return Ok(args.iter().map(Argument::Written).collect());
        };
        let (value, failed) = self.eval_checked(last, scope);
        if failed {
            return Err(nothing());
        }
        let problem = match &value.kind {
            ValueKind::Null(Type::Dynamic | Type::Tuple(_) | Type::List(_) | Type::Set(_)) => "must not be null",
            ValueKind::Unknown(unknown)
                if matches!(unknown.ty, Type::Dynamic | Type::Tuple(_) | Type::List(_) | Type::Set(_)) =>
            {
                for arg in &args[..args.len() - 1] {
                    self.check_references(arg, &[], scope);
                }
                return Err(open(deep_source(&value), value.marks));
            }
            ValueKind::Tuple(_) | ValueKind::List(_) | ValueKind::Set(_) => {
                let written = args[..args.len() - 1].iter().map(Argument::Written);
                let items = value.as_items().unwrap_or_default().iter();
                let expanded = items.map(|item| Argument::Expanded(item.clone().mark(value.marks), last));
                return Ok(written.chain(expanded).collect());
            }
            _ => "must be of a tuple, list, or set type",
        };
        let detail = format!("The expanding argument (indicated by ...) {problem}.");
        self.error_within("Invalid expanding argument value", detail, last.span, expr.span);
        Err(nothing())
    }

    pub(super) fn argument(&mut self, argument: &Argument<'_>, scope: &Scope<'_>) -> (Value, bool) {
        match argument {
            Argument::Written(expr) => self.eval_checked(expr, scope),
            Argument::Expanded(value, _) => (value.clone(), false),
        }
    }

    /// All arguments converted to their parameters' types; `None` when any of them is no good.
    fn argument_values(
        &mut self,
        expr: &Expr,
        name: &Name,
        function: &Function,
        arguments: &[Argument<'_>],
        scope: &Scope<'_>,
    ) -> Option<Vec<Value>> {
        let mut values = Vec::with_capacity(arguments.len());
        let mut failed = false;
        for (index, argument) in arguments.iter().enumerate() {
            let (value, value_failed) = self.argument(argument, scope);
            failed |= value_failed;
            match function.convert_argument(index, &value) {
                Ok(value) => values.push(value),
                Err(error) => {
                    failed = true;
                    self.call_failed(expr, name, function, arguments, &error);
                }
            }
        }
        (!failed).then_some(values)
    }

    pub(super) fn call_failed(
        &mut self,
        expr: &Expr,
        name: &Name,
        function: &Function,
        arguments: &[Argument<'_>],
        error: &FunctionError,
    ) {
        let diagnostic = function.explain(&name.text, error);
        let argument = error.argument.and_then(|index| arguments.get(index));
        let subject = match (error.argument, argument) {
            (_, Some(argument)) => start_of(argument.expr(), self.source),
            (Some(_), None) => expr.span,
            (None, None) => start_of(expr, self.source),
        };
        let diagnostic = diagnostic.at(self.source.place(subject)).within(self.source.place(expr.span));
        self.diagnostics.push(diagnostic);
    }

    /// Functions of providers and unknown namespaces are found out before anything is evaluated, others only then.
    fn unknown_function(&mut self, name: &Name, whole: Span) {
        // Looking for the nearest name takes its time, and `try` may hide it again and again.
        self.charge(SEARCH_STEPS);
        let text = &*name.text;
        let static_problem = match text.split("::").collect::<Vec<_>>().as_slice() {
            [_] => None,
            ["provider", provider, function] => Some(format!(
                "There is no function named {}. Ensure that provider name {} is declared in this module's \
                 required_providers block, and that this provider offers a function named {}.",
                quote(text),
                quote(provider),
                quote(function)
            )),
            ["provider", _] => {
                Some("The function call must include the provider name after the \"provider::\" prefix.".to_owned())
            }
            ["provider", ..] => {
                Some(format!("The function call {} does not have the form provider::NAME::FUNCTION.", quote(text)))
            }
            [namespace, ..] => Some(format!(
                "The function namespace {} is not valid. Provider function calls must use the \"provider::\" namespace \
                 prefix.",
                quote(namespace)
            )),
            [] => None,
        };
        if let Some(detail) = static_problem {
            let diagnostic = Diagnostic::error("Unknown provider function", detail).at(self.source.place(name.span));
            return self.undeclared.push(diagnostic);
        }
        let known = func::all().filter(|function| !function.tofu_only).map(|function| function.name);
        let hint = suggest(text, known).map_or_else(String::new, |found| format!(" Did you mean {}?", quote(found)));
        let detail = format!("There is no function named {}.{hint}", quote(text));
        self.error_within("Call to unknown function", detail, name.span, whole);
    }
}
