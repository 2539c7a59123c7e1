//! What happens around every function: conversion and checks of its arguments, unknowns and marks.
//!
//! Follows cty's `function.Call`: the result of a call with an unknown argument is an unknown of the type that the
//! function would return, marks that the function does not handle itself end up on its result.

use super::definition::{Body, Call, Function, Returns};
use super::error::FunctionError;
use super::outcome::{source_of, unknown};
use crate::lang::inputs::Inputs;
use crate::lang::types;
use crate::model::value::{Marks, Refinement, Type, Value, ValueKind};

impl Function {
    /// The value of a call. The number of arguments is to be checked before by [`Function::check_count`].
    ///
    /// # Errors
    /// What terraform would complain about, with the argument that is at fault.
    pub fn call(&self, args: &[Value], inputs: &dyn Inputs) -> Result<Value, FunctionError> {
        let converted: Vec<Value> = args
            .iter()
            .enumerate()
            .map(|(index, argument)| self.convert_argument(index, argument))
            .collect::<Result<_, _>>()?;
        self.call_converted(&converted, inputs)
    }

    /// One argument as its parameter's type.
    ///
    /// # Errors
    /// When it cannot be converted, or when there is no parameter for it.
    pub fn convert_argument(&self, index: usize, argument: &Value) -> Result<Value, FunctionError> {
        let parameter = self.parameter(index).ok_or_else(|| self.wrong_number(index + 1))?;
        types::convert(argument, &parameter.shape.ty()).map_err(|error| FunctionError::at(index, error.to_string()))
    }

    /// The type that a call would return, given arguments that may be unknown.
    ///
    /// # Errors
    /// When no call with such arguments can succeed.
    pub fn return_type(&self, args: &[Value]) -> Result<Type, FunctionError> {
        let (bare, _) = self.take_marks(args);
        Ok(self.result_type(&bare)?.unwrap_or(Type::Dynamic))
    }

    /// The value of a call whose arguments went through [`Function::convert_argument`] already. A second conversion
    /// would hide that a first one did not quite arrive.
    ///
    /// # Errors
    /// As [`Function::call`].
    pub fn call_converted(&self, args: &[Value], inputs: &dyn Inputs) -> Result<Value, FunctionError> {
        if args.len() < self.parameters.len() {
            return Err(self.wrong_number(args.len()));
        }
        let (bare, marks) = self.take_marks(args);
        let objects = || bare.iter().all(|argument| matches!(argument.kind, ValueKind::Object(_)));
        let ty = match self.returns {
            Returns::DecidedUnlessObjects(_) if objects() => Some(Type::Dynamic),
            _ => self.result_type(&bare)?,
        };
        let Some(ty) = ty else {
            return Ok(unknown(Type::Dynamic, source_of(&bare), Refinement::default()).mark(marks));
        };
        if self.is_stopped_by_unknown(&bare) {
            let result = unknown(ty, source_of(&bare), Refinement::default());
            return Ok(self.refine(result).mark(marks.union(self.kept_marks(&bare))));
        }
        let Body::Computed(body) = self.body else {
            return Err(FunctionError::new("this function can only be called by an expression"));
        };
        let result = body(&Call { args: &bare, result: &ty, inputs })?;
        Ok(self.refine(result).mark(marks))
    }

    /// The arguments without the marks that the function does not handle itself, and those marks.
    fn take_marks(&self, args: &[Value]) -> (Vec<Value>, Marks) {
        let mut taken = Marks::NONE;
        let bare = args
            .iter()
            .enumerate()
            .map(|(index, argument)| {
                if self.parameter(index).is_some_and(|parameter| parameter.allow_marked) {
                    return argument.clone();
                }
                taken = taken.union(argument.deep_marks());
                argument.unmark_deep()
            })
            .collect();
        (bare, taken)
    }

    /// The marks that stay although the function is not called.
    fn kept_marks(&self, args: &[Value]) -> Marks {
        let kept =
            args.iter().enumerate().filter(|(index, _)| self.parameter(*index).is_some_and(|own| own.keeps_marks));
        kept.fold(Marks::NONE, |marks, (_, argument)| marks.union(argument.marks))
    }

    /// The type of the result; `None` when an argument's type is unknown and the function cannot tell without it.
    fn result_type(&self, args: &[Value]) -> Result<Option<Type>, FunctionError> {
        for (index, argument) in args.iter().enumerate() {
            let parameter = self.parameter(index).ok_or_else(|| self.wrong_number(args.len()))?;
            if argument.is_null() && !parameter.allow_null {
                return Err(FunctionError::at(index, "argument must not be null"));
            }
            if is_dynamic(argument) {
                if !parameter.allow_dynamic {
                    return Ok(None);
                }
                continue;
            }
            let wanted = parameter.shape.ty();
            // The type of a large object is large: it is not made where everything fits.
            if wanted != Type::Dynamic
                && let Some(message) = misfit(&argument.ty(), &wanted)
            {
                return Err(FunctionError::at(index, message));
            }
        }
        match self.returns {
            Returns::Always(shape) => Ok(Some(shape.ty())),
            Returns::Decided(decide) | Returns::DecidedUnlessObjects(decide) => decide(args).map(Some),
        }
    }

    fn is_stopped_by_unknown(&self, args: &[Value]) -> bool {
        args.iter().enumerate().any(|(index, argument)| {
            argument.is_unknown() && !self.parameter(index).is_some_and(|parameter| parameter.allow_unknown)
        })
    }

    /// What is certain about every result of this function, added to an unknown one.
    fn refine(&self, value: Value) -> Value {
        let ValueKind::Unknown(found) = &value.kind else { return value };
        if !self.never_null || found.ty == Type::Dynamic || found.refinement.not_null {
            return value;
        }
        let refinement = Refinement { not_null: true, ..found.refinement.clone() };
        unknown(found.ty.clone(), found.source.clone(), refinement).mark(value.marks)
    }

    fn wrong_number(&self, given: usize) -> FunctionError {
        let wanted = self.parameters.len();
        let quantity = if self.variadic.is_some() { "at least " } else { "" };
        FunctionError::new(format!("wrong number of arguments ({quantity}{wanted} required; {given} given)"))
    }
}

/// How a type is not what a parameter wants, although the conversion went well: a set of uncertain length becomes an
/// unknown list of its own element type.
fn misfit(given: &Type, wanted: &Type) -> Option<String> {
    match (given, wanted) {
        (_, Type::Dynamic) => None,
        (Type::List(given), Type::List(wanted))
        | (Type::Set(given), Type::Set(wanted))
        | (Type::Map(given), Type::Map(wanted)) => misfit(given, wanted),
        _ if given == wanted => None,
        _ => Some(format!("{} required, but received {}", types::friendly_name(wanted), types::friendly_name(given))),
    }
}

/// Whether even the type is open: a bare null, an unknown of unknown type.
fn is_dynamic(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Null(ty) => *ty == Type::Dynamic,
        ValueKind::Unknown(unknown) => unknown.ty == Type::Dynamic,
        _ => false,
    }
}
