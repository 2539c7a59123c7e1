//! Numbers: `abs ceil floor log max min parseint pow signum`.

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::{FunctionError, redact};
use super::float;
use crate::lang::types;
use crate::model::value::{Number, Type, Value};

const NUM: Parameter = Parameter::new("num", Shape::Number);
const NUMBERS: Parameter = Parameter::new("numbers", Shape::Number).dynamic();
const NUMBER: Returns = Returns::Always(Shape::Number);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "abs",
        "The number without its sign.",
        &[Parameter::new("num", Shape::Number).dynamic().marked()],
        NUMBER,
        abs,
    ),
    Function::new("ceil", "The smallest whole number that is not below the given one.", &[NUM], NUMBER, ceil),
    Function::new("floor", "The greatest whole number that is not above the given one.", &[NUM], NUMBER, floor),
    Function::new(
        "log",
        "The logarithm of a number in a base.",
        &[NUM, Parameter::new("base", Shape::Number)],
        NUMBER,
        log,
    ),
    Function::new("max", "The greatest of the given numbers.", &[], NUMBER, max).and(NUMBERS),
    Function::new("min", "The smallest of the given numbers.", &[], NUMBER, min).and(NUMBERS),
    Function::new(
        "parseint",
        "The whole number that a text means in a base from 2 to 62.",
        &[
            Parameter::new("number", Shape::Any).marked().unknown(),
            Parameter::new("base", Shape::Number).marked().unknown(),
        ],
        Returns::Decided(parseint_type),
        parseint,
    ),
    Function::new("pow", "A number raised to a power.", &[NUM, Parameter::new("power", Shape::Number)], NUMBER, pow),
    Function::new("signum", "The sign of a whole number: -1, 0 or 1.", &[NUM], NUMBER, signum),
];

fn number<'a>(call: &Call<'a>, index: usize) -> Result<&'a Number, FunctionError> {
    call.args[index].as_number().ok_or_else(|| FunctionError::at(index, "a number is required"))
}

fn abs(call: &Call<'_>) -> Result<Value, FunctionError> {
    let given = number(call, 0)?;
    Ok(Value::number(given.abs()).mark(call.args[0].marks))
}

fn ceil(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(Value::number(number(call, 0)?.ceil()))
}

fn floor(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(Value::number(number(call, 0)?.floor()))
}

fn log(call: &Call<'_>) -> Result<Value, FunctionError> {
    from_double(float::log(call.double(0)?) / float::log(call.double(1)?))
}

fn pow(call: &Call<'_>) -> Result<Value, FunctionError> {
    from_double(float::pow(call.double(0)?, call.double(1)?))
}

fn from_double(double: f64) -> Result<Value, FunctionError> {
    Number::from_f64(double).map(Value::number).ok_or_else(|| FunctionError::new("the result is not a number"))
}

fn extreme(call: &Call<'_>, better: impl Fn(&Number, &Number) -> bool) -> Result<Value, FunctionError> {
    let mut best: Option<&Number> = None;
    for index in 0..call.args.len() {
        let candidate = number(call, index)?;
        if best.is_none_or(|best| better(candidate, best)) {
            best = Some(candidate);
        }
    }
    best.cloned().map(Value::number).ok_or_else(|| FunctionError::new("must pass at least one number"))
}

fn max(call: &Call<'_>) -> Result<Value, FunctionError> {
    extreme(call, |candidate, best| candidate.compare(best).is_gt())
}

fn min(call: &Call<'_>) -> Result<Value, FunctionError> {
    extreme(call, |candidate, best| candidate.compare(best).is_lt())
}

fn signum(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(Value::int(call.whole(0)?.signum()))
}

fn parseint_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::String => Ok(Type::Number),
        other => {
            Err(FunctionError::at(0, format!("first argument must be a string, not {}", types::friendly_name(&other))))
        }
    }
}

fn parseint(call: &Call<'_>) -> Result<Value, FunctionError> {
    if call.args.iter().any(Value::is_unknown) {
        return Ok(call.unknown().mark(call.args[0].marks.union(call.args[1].marks)));
    }
    let base = call.whole_at(1, "")?;
    if !(2..=62).contains(&base) {
        return Err(FunctionError::at(1, "base must be a whole number between 2 and 62 inclusive"));
    }
    let (text, base_mark) = (&call.args[0], call.args[1].marks);
    let parsed = Number::parse_integer(text.as_str().unwrap_or_default(), base as u32).ok_or_else(|| {
        let quoted = redact(text.marks, || format!("{:?}", text.as_str().unwrap_or_default()));
        let base = redact(base_mark, || base.to_string());
        FunctionError::at(0, format!("cannot parse {quoted} as a base {base} integer"))
    })?;
    Ok(Value::number(parsed).mark(text.marks.union(base_mark)))
}
