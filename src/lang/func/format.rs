//! `format` and `formatlist`.

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use super::outcome::{source_of, string, unknown};
use super::{limit, printf};
use crate::lang::value;
use crate::model::value::{Refinement, Type, Value, ValueKind};

const FORMAT: Parameter = Parameter::new("format", Shape::String);
// No `dynamic()`: a bare null or a value of unknown type makes the whole call unknown in this version of Terraform.
const ARGS: Parameter = Parameter::new("args", Shape::Any).null().unknown();

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "format",
        "A text with verbs like %s, %d and %5.2f replaced by the arguments.",
        &[FORMAT],
        Returns::Always(Shape::String),
        format,
    )
    .and(ARGS),
    Function::new(
        "formatlist",
        "A list of texts, one for each element of the lists among the arguments.",
        &[FORMAT],
        Returns::Always(Shape::Strings),
        formatlist,
    )
    .and(ARGS),
];

fn format(call: &Call<'_>) -> Result<Value, FunctionError> {
    let text = call.text(0);
    if call.args[1..].iter().all(Value::is_wholly_known) {
        return printf::format(text, &call.args[1..], &call.inputs.limits()).map(string);
    }
    let known = text.find('%').map_or("", |at| &text[..at]);
    let prefix = value::safe_prefix(known);
    Ok(call.refined(Refinement { prefix: (!prefix.is_empty()).then(|| prefix.into()), ..Refinement::default() }))
}

/// How one argument takes part in the iterations.
enum Source<'a> {
    /// One element an iteration.
    Each(&'a [Value]),
    /// The same in every iteration.
    Same(&'a Value),
}

fn formatlist(call: &Call<'_>) -> Result<Value, FunctionError> {
    let (text, args) = (call.text(0), &call.args[1..]);
    let (mut sources, mut length, mut open) = (Vec::new(), None, false);
    for (index, argument) in args.iter().enumerate() {
        let count = match (&argument.kind, argument.ty()) {
            (ValueKind::Null(_), _) => None,
            (ValueKind::Unknown(_), Type::Tuple(elements)) => {
                open = true;
                Some(elements.len())
            }
            (ValueKind::Unknown(_), Type::List(_) | Type::Set(_)) => {
                open = true;
                continue;
            }
            (ValueKind::Set(set), _) if set.items.len() > 1 && !argument.is_wholly_known() => {
                open = true;
                continue;
            }
            _ => argument.as_items().map(<[Value]>::len),
        };
        if let Some(count) = count {
            match length {
                None => length = Some((index, count)),
                Some((first, expected)) if expected != count => {
                    let message = format!(
                        "argument {} has length {count}, which is inconsistent with argument {} of length {expected}",
                        index + 1,
                        first + 1
                    );
                    return Err(FunctionError::at(index + 1, message));
                }
                Some(_) => {}
            }
        }
        sources.push(argument.as_items().map_or(Source::Same(argument), Source::Each));
    }
    if open {
        return Ok(call.unknown());
    }
    let count = length.map_or(1, |(_, count)| count);
    let limits = call.inputs.limits();
    limit::elements(&limits, count)?;
    let mut results = Vec::with_capacity(count);
    let mut size = 0usize;
    for index in 0..count {
        let picked: Vec<Value> = sources
            .iter()
            .map(|source| match source {
                Source::Each(items) => items[index].clone(),
                Source::Same(value) => (*value).clone(),
            })
            .collect();
        if picked.iter().all(Value::is_wholly_known) {
            let result =
                printf::format(text, &picked, &limits).map_err(|error| on_iteration(index, args.is_empty(), error))?;
            size = size.saturating_add(result.len());
            limit::text(&limits, size)?;
            results.push(string(result));
        } else {
            results.push(unknown(Type::String, source_of(&picked), Refinement::not_null()));
        }
    }
    Ok(Value::list(Type::String, results))
}

fn on_iteration(index: usize, alone: bool, error: FunctionError) -> FunctionError {
    if alone {
        return error;
    }
    FunctionError::new(format!("error on format iteration {index}: {}", error.message))
}
