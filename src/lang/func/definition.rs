//! What a function is: its name, its parameters, how its result type is found and what computes it.
//!
//! Checking and converting arguments before the computation is `call`'s business, the functions themselves stand in
//! one file per family.

use super::error::FunctionError;
use super::outcome::{source_of, unknown, whole};
use crate::lang::inputs::Inputs;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Refinement, Type, Value};

/// The types that parameters and fixed results have. A closed list, so that the tables are constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Any type.
    Any,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(any)`
    List,
    /// `list(bool)`
    Bools,
    /// `list(string)`
    Strings,
    /// `list(number)`
    Numbers,
    /// `set(any)`
    Set,
    /// `set(string)`
    StringSet,
    /// `map(any)`
    Map,
    /// `map(list(string))`
    MapOfStrings,
}

impl Shape {
    /// The type itself.
    pub fn ty(self) -> Type {
        match self {
            Shape::Any => Type::Dynamic,
            Shape::Bool => Type::Bool,
            Shape::Number => Type::Number,
            Shape::String => Type::String,
            Shape::List => Type::list(Type::Dynamic),
            Shape::Bools => Type::list(Type::Bool),
            Shape::Strings => Type::list(Type::String),
            Shape::Numbers => Type::list(Type::Number),
            Shape::Set => Type::set(Type::Dynamic),
            Shape::StringSet => Type::set(Type::String),
            Shape::Map => Type::map(Type::Dynamic),
            Shape::MapOfStrings => Type::map(Type::list(Type::String)),
        }
    }
}

/// One parameter and what its function copes with by itself.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// The name, as messages use it.
    pub name: &'static str,
    /// The type that arguments are converted to.
    pub shape: Shape,
    /// Null gets through to the function.
    pub allow_null: bool,
    /// An unknown argument gets through; otherwise it makes the result unknown.
    pub allow_unknown: bool,
    /// An argument of unknown type gets through; otherwise it makes the result's type unknown.
    pub allow_dynamic: bool,
    /// Marks get through; otherwise they are taken off, at any depth, and put on the result.
    pub allow_marked: bool,
    /// Marks that get through are on the result also when an unknown argument keeps the function from being called.
    pub keeps_marks: bool,
}

impl Parameter {
    /// A parameter that wants a known, unmarked value that is not null.
    pub const fn new(name: &'static str, shape: Shape) -> Self {
        let (allow_null, allow_unknown, allow_dynamic, allow_marked) = (false, false, false, false);
        Parameter { name, shape, allow_null, allow_unknown, allow_dynamic, allow_marked, keeps_marks: false }
    }

    /// Lets null through.
    pub const fn null(mut self) -> Self {
        self.allow_null = true;
        self
    }

    /// Lets unknown values through.
    pub const fn unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }

    /// Lets values of unknown type through.
    pub const fn dynamic(mut self) -> Self {
        self.allow_dynamic = true;
        self
    }

    /// Lets marks through.
    pub const fn marked(mut self) -> Self {
        self.allow_marked = true;
        self
    }

    /// Lets marks through, and keeps them on an unknown result: so do terraform's own functions, while those of its
    /// library forget them.
    pub const fn marked_for_good(mut self) -> Self {
        self.allow_marked = true;
        self.keeps_marks = true;
        self
    }

    /// Lets everything through.
    pub const fn anything(self) -> Self {
        self.null().unknown().dynamic().marked()
    }
}

/// How the type of a result is found from (possibly unknown) arguments.
#[derive(Clone, Copy)]
pub enum Returns {
    /// It is always the same.
    Always(Shape),
    /// It depends on the arguments.
    Decided(fn(&[Value]) -> Result<Type, FunctionError>),
    /// The same; but of known objects alone the value itself has its type, and working it out before would cost as much
    /// as the call.
    DecidedUnlessObjects(fn(&[Value]) -> Result<Type, FunctionError>),
}

/// What computes a result.
#[derive(Clone, Copy)]
pub enum Body {
    /// An ordinary function.
    Computed(fn(&Call<'_>) -> Result<Value, FunctionError>),
    /// `try`, `can`, `templatefile`, `templatestring`: `lang::expr` evaluates the call itself, since the arguments
    /// are not plain values or the result needs the evaluator.
    Special,
}

/// One function of the language.
#[derive(Clone, Copy)]
pub struct Function {
    /// The name without `core::`.
    pub name: &'static str,
    /// One sentence on what it does, for the console and the guide.
    pub description: &'static str,
    /// The parameters that must be given.
    pub parameters: &'static [Parameter],
    /// What takes all further arguments.
    pub variadic: Option<Parameter>,
    /// How the type of the result is found.
    pub returns: Returns,
    /// Whether the result is certain not to be null.
    pub never_null: bool,
    /// OpenTofu has it, Terraform has not.
    pub tofu_only: bool,
    pub(super) body: Body,
}

impl Function {
    /// An ordinary function whose result is never null.
    pub const fn new(
        name: &'static str,
        description: &'static str,
        parameters: &'static [Parameter],
        returns: Returns,
        body: fn(&Call<'_>) -> Result<Value, FunctionError>,
    ) -> Self {
        let body = Body::Computed(body);
        Function { name, description, parameters, variadic: None, returns, never_null: true, tofu_only: false, body }
    }

    /// A function that `lang::expr` evaluates itself.
    pub(super) const fn special(
        name: &'static str,
        description: &'static str,
        parameters: &'static [Parameter],
        returns: Returns,
    ) -> Self {
        let body = Body::Special;
        Function { name, description, parameters, variadic: None, returns, never_null: false, tofu_only: false, body }
    }

    /// The same, taking any number of further arguments.
    pub(super) const fn and(mut self, variadic: Parameter) -> Self {
        self.variadic = Some(variadic);
        self
    }

    /// The same, with a result that may be null.
    pub(super) const fn maybe_null(mut self) -> Self {
        self.never_null = false;
        self
    }

    /// The same, marked as OpenTofu's.
    pub(super) const fn tofu(mut self) -> Self {
        self.tofu_only = true;
        self
    }

    /// Whether `lang::expr` must evaluate calls of it.
    pub fn is_special(&self) -> bool {
        matches!(self.body, Body::Special)
    }

    /// The parameter that the argument at `index` is for.
    pub fn parameter(&self, index: usize) -> Option<&Parameter> {
        self.parameters.get(index).or(self.variadic.as_ref())
    }

    /// The names of the parameters as in a signature: `join(separator, lists...)`.
    pub fn signature(&self) -> String {
        let mut names: Vec<String> = self.parameters.iter().map(|parameter| parameter.name.to_owned()).collect();
        names.extend(self.variadic.map(|parameter| format!("{}...", parameter.name)));
        format!("{}({})", self.name, names.join(", "))
    }

    /// What terraform says when a call has too few or too many arguments; the caller adds the place.
    pub fn check_count(&self, name_as_written: &str, given: usize) -> Result<(), Box<Diagnostic>> {
        let wanted = self.parameters.len();
        if given < wanted {
            let missing = self.parameters[given].name;
            let quantity = if self.variadic.is_some() { "at least " } else { "" };
            return Err(Box::new(Diagnostic::error(
                "Not enough function arguments",
                format!(
                    "Function \"{name_as_written}\" expects {quantity}{wanted} argument(s). Missing value for \"{missing}\"."
                ),
            )));
        }
        if given > wanted && self.variadic.is_none() {
            return Err(Box::new(Diagnostic::error(
                "Too many function arguments",
                format!("Function \"{name_as_written}\" expects only {wanted} argument(s)."),
            )));
        }
        Ok(())
    }

    /// A failed call as terraform words it; the caller adds the place (of the argument when the error names one).
    pub fn explain(&self, name_as_written: &str, error: &FunctionError) -> Diagnostic {
        match error.argument.and_then(|index| self.parameter(index)) {
            Some(parameter) => Diagnostic::error(
                "Invalid function argument",
                format!("Invalid value for \"{}\" parameter: {}.", parameter.name, error.message),
            ),
            None => Diagnostic::error(
                "Error in function call",
                format!("Call to function \"{name_as_written}\" failed: {}.", error.message),
            ),
        }
    }
}

/// A call in progress: what a function's body sees.
pub struct Call<'a> {
    /// The arguments, converted and checked.
    pub args: &'a [Value],
    /// The type that the result must have, as far as it is known.
    pub result: &'a Type,
    /// Files, clock and random bytes.
    pub inputs: &'a dyn Inputs,
}

impl Call<'_> {
    /// The text of a string argument that is known and not null.
    pub fn text(&self, index: usize) -> &str {
        self.args[index].as_str().unwrap_or_default()
    }

    /// A whole number that fits in 64 bits, as Go's `int` parameters want.
    pub fn whole(&self, index: usize) -> Result<i64, FunctionError> {
        whole(&self.args[index])
    }

    /// Like [`Call::whole`], with the error laid at the argument and introduced by `what`.
    pub fn whole_at(&self, index: usize, what: &str) -> Result<i64, FunctionError> {
        self.whole(index).map_err(|error| FunctionError::at(index, format!("{what}{}", error.message)))
    }

    /// A number as the nearest double; beyond the doubles is an error.
    pub fn double(&self, index: usize) -> Result<f64, FunctionError> {
        let number = self.args[index].as_number().ok_or_else(|| FunctionError::new("a number is required"))?;
        let double = number.to_f64();
        if double.is_infinite() && !number.is_infinite() {
            let most = format!("{:.6}", f64::MAX);
            return Err(FunctionError::new(format!("value must be between -{most} and {most} inclusive")));
        }
        Ok(double)
    }

    /// An unknown result, unknown for the reason that the arguments are.
    pub fn unknown(&self) -> Value {
        self.unknown_of(self.result.clone())
    }

    /// An unknown value of another type, unknown for the reason that the arguments are.
    pub fn unknown_of(&self, ty: Type) -> Value {
        unknown(ty, source_of(self.args), Refinement::default())
    }

    /// An unknown result of which something is certain.
    pub fn refined(&self, refinement: Refinement) -> Value {
        unknown(self.result.clone(), source_of(self.args), refinement)
    }
}
