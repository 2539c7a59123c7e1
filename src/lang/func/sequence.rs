//! Lists and tuples: `chunklist element flatten range reverse slice`.

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use crate::lang::types;
use crate::model::value::{Marks, Number, Type, Value, ValueKind};

const MARKED_LIST: Parameter = Parameter::new("list", Shape::Any).marked();

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "chunklist",
        "The list cut into lists of a size, the last one as long as is left.",
        &[Parameter::new("list", Shape::List).marked(), Parameter::new("size", Shape::Number).marked()],
        Returns::Decided(chunklist_type),
        chunklist,
    ),
    Function::new(
        "element",
        "The element at an index, counted round and round when it is beyond the end.",
        &[MARKED_LIST, Parameter::new("index", Shape::Number)],
        Returns::Decided(element_type),
        element,
    )
    .maybe_null(),
    Function::new(
        "flatten",
        "The elements of a list with every list among them replaced by its elements, at any depth.",
        &[MARKED_LIST],
        Returns::Decided(flatten_type),
        flatten,
    ),
    Function::new(
        "range",
        "The numbers from a start up to, not including, an end, in steps; at most 1024.",
        &[],
        Returns::Always(Shape::Numbers),
        range,
    )
    .and(Parameter::new("params", Shape::Number)),
    Function::new(
        "reverse",
        "The elements of a list in reverse order.",
        &[MARKED_LIST],
        Returns::Decided(reverse_type),
        reverse,
    ),
    Function::new(
        "slice",
        "The elements of a list from a start up to, not including, an end index.",
        &[MARKED_LIST, Parameter::new("start_index", Shape::Number), Parameter::new("end_index", Shape::Number)],
        Returns::Decided(slice_type),
        slice,
    ),
];

fn chunklist_type(args: &[Value]) -> Result<Type, FunctionError> {
    Ok(Type::list(args[0].ty()))
}

fn chunklist(call: &Call<'_>) -> Result<Value, FunctionError> {
    let (list, size) = (&call.args[0], &call.args[1]);
    let marks = list.marks.union(size.marks);
    let size = call.whole(1).map_err(|error| FunctionError::new(format!("invalid size: {}", error.message)))?;
    let size = usize::try_from(size).map_err(|_| FunctionError::new("the size argument must be positive"))?;
    let ValueKind::List(inner) = &list.kind else { return Ok(call.unknown().mark(marks)) };
    let chunk = |items: &[Value]| Value::list(inner.element.clone(), items.to_vec());
    let chunks = match (inner.items.len(), size) {
        (0, _) => Vec::new(),
        (_, 0) => vec![chunk(&inner.items)],
        _ => inner.items.chunks(size).map(chunk).collect(),
    };
    Ok(Value::list(Type::list(inner.element.clone()), chunks).mark(marks))
}

/// The index into a sequence of `count` elements that `element` means.
fn wrapped(index: &Value, count: usize) -> Result<usize, FunctionError> {
    let index = super::outcome::whole(index)
        .map_err(|error| FunctionError::new(format!("invalid index: {}", error.message)))?;
    if count == 0 {
        return Err(FunctionError::new("cannot use element function with an empty list"));
    }
    // Below zero it counts from the end, round and round.
    Ok(usize::try_from(i128::from(index).rem_euclid(count as i128)).unwrap_or(0))
}

fn element_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::List(element) => Ok((*element).clone()),
        Type::Tuple(_) if args[1].is_unknown() => Ok(Type::Dynamic),
        Type::Tuple(elements) => {
            let at = wrapped(&args[1], elements.len())?;
            // Terraform counts from the end in lists only: in a tuple it dies of it.
            if at > 0 && args[1].as_number().is_some_and(Number::is_negative) {
                return Err(FunctionError::new("cannot use element function with a negative index"));
            }
            Ok(elements[at].clone())
        }
        other => Err(FunctionError::new(format!("cannot read elements from {}", types::friendly_name(&other)))),
    }
}

fn element(call: &Call<'_>) -> Result<Value, FunctionError> {
    let items = call.args[0].as_items().unwrap_or_default();
    let index = wrapped(&call.args[1], items.len())?;
    Ok(items[index].clone().mark(call.args[0].marks))
}

/// The leaves of nested sequences, in order.
#[derive(Default)]
struct Flattened {
    items: Vec<Value>,
    marks: Marks,
    uncertain: bool,
}

impl Flattened {
    fn take(&mut self, list: &Value) {
        self.marks = self.marks.union(list.marks);
        if let ValueKind::Set(set) = &list.kind
            && set.items.len() > 1
            && !list.is_wholly_known()
        {
            self.uncertain = true;
            return;
        }
        for item in list.children() {
            match (&item.kind, item.ty()) {
                (ValueKind::Null(_), _) => self.items.push(item.clone()),
                (ValueKind::Unknown(_), Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                    self.uncertain = true;
                    self.marks = self.marks.union(item.marks);
                }
                (ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Tuple(_), _) => self.take(item),
                (ValueKind::Unknown(_), Type::Dynamic) => {
                    self.uncertain |= item.marks.is_empty();
                    self.items.push(item.clone());
                }
                _ => self.items.push(item.clone()),
            }
        }
    }
}

fn flatten_type(args: &[Value]) -> Result<Type, FunctionError> {
    if !args[0].is_wholly_known() {
        return Ok(Type::Dynamic);
    }
    if args[0].as_items().is_none() {
        return Err(FunctionError::new("can only flatten lists, sets and tuples"));
    }
    let mut flat = Flattened::default();
    flat.take(&args[0]);
    Ok(Type::tuple(flat.items.iter().map(Value::ty)))
}

fn flatten(call: &Call<'_>) -> Result<Value, FunctionError> {
    let list = &call.args[0];
    let mut flat = Flattened::default();
    flat.take(list);
    let result = if flat.uncertain { call.unknown() } else { Value::tuple(flat.items) };
    Ok(result.mark(flat.marks))
}

fn range(call: &Call<'_>) -> Result<Value, FunctionError> {
    let given: Vec<Number> = call.args.iter().filter_map(|argument| argument.as_number().cloned()).collect();
    let unit = |down: bool| Number::from(if down { -1i64 } else { 1 });
    let (start, end, step) = match given.as_slice() {
        [end] => (Number::ZERO, end.clone(), unit(end.is_negative())),
        [start, end] => (start.clone(), end.clone(), unit(end.compare(start).is_lt())),
        [start, end, step] => (start.clone(), end.clone(), step.clone()),
        _ => return Err(FunctionError::new("must have one, two, or three arguments")),
    };
    let down = step.is_negative();
    if down && end.compare(&start).is_gt() {
        return Err(FunctionError::at(1, "end must be less than start when step is negative"));
    }
    if !down && end.compare(&start).is_lt() {
        return Err(FunctionError::at(1, "end must be greater than start when step is positive"));
    }
    let mut numbers = Vec::new();
    let mut next = start;
    while if down { next.compare(&end).is_gt() } else { next.compare(&end).is_lt() } {
        if numbers.len() == 1024 {
            return Err(FunctionError::new(
                "more than 1024 values were generated; either decrease the difference between start and end or use a smaller step",
            ));
        }
        let following = next.add(&step).map_err(|error| FunctionError::new(error.to_string()))?;
        numbers.push(Value::number(next));
        next = following;
    }
    Ok(Value::list(Type::Number, numbers))
}

fn reverse_type(args: &[Value]) -> Result<Type, FunctionError> {
    match args[0].ty() {
        Type::Tuple(elements) => Ok(Type::tuple(elements.iter().rev().cloned())),
        Type::List(element) | Type::Set(element) => Ok(Type::list((*element).clone())),
        other => {
            let got = types::friendly_name(&other);
            Err(FunctionError::at(0, format!("can only reverse list or tuple values, not {got}")))
        }
    }
}

fn reverse(call: &Call<'_>) -> Result<Value, FunctionError> {
    let items = call.args[0].as_items().unwrap_or_default().iter().rev().cloned().collect();
    Ok(sequence_like(call.result, items).mark(call.args[0].marks))
}

/// A list when `ty` is one, else a tuple.
fn sequence_like(ty: &Type, items: Vec<Value>) -> Value {
    match ty {
        Type::List(element) => Value::list((**element).clone(), items),
        _ => Value::tuple(items),
    }
}

/// The bounds of a slice, as far as they are known.
fn slice_bounds(args: &[Value]) -> Result<(Option<usize>, Option<usize>), FunctionError> {
    let length = match args[0].ty() {
        Type::Tuple(elements) => Some(elements.len()),
        _ => args[0].as_items().map(<[Value]>::len),
    };
    let bound = |index: usize, word: &str| -> Result<Option<usize>, FunctionError> {
        if args[index].is_unknown() {
            return Ok(None);
        }
        let given = super::outcome::whole(&args[index])
            .map_err(|error| FunctionError::at(index, format!("invalid {word} index: {}", error.message)))?;
        let given = usize::try_from(given)
            .map_err(|_| FunctionError::at(index, format!("{word} index must not be less than zero")))?;
        if length.is_some_and(|length| given > length) {
            let message = format!("{word} index must not be greater than the length of the list");
            return Err(FunctionError::at(index, message));
        }
        Ok(Some(given))
    };
    let (start, end) = (bound(1, "start")?, bound(2, "end")?);
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(FunctionError::at(1, "start index must not be greater than end index"));
    }
    Ok((start, end))
}

fn slice_type(args: &[Value]) -> Result<Type, FunctionError> {
    let given = args[0].ty();
    match &given {
        Type::Set(_) => {
            return Err(FunctionError::at(
                0,
                "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the ordering of the result is not important",
            ));
        }
        Type::List(_) | Type::Tuple(_) => {}
        _ => return Err(FunctionError::at(0, "must be a list or tuple value")),
    }
    let bounds = slice_bounds(args)?;
    match (&given, bounds) {
        (Type::Tuple(elements), (Some(start), Some(end))) => Ok(Type::tuple(elements[start..end].iter().cloned())),
        (Type::Tuple(_), _) => Ok(Type::Dynamic),
        _ => Ok(given),
    }
}

fn slice(call: &Call<'_>) -> Result<Value, FunctionError> {
    let (Some(start), Some(end)) = slice_bounds(call.args)? else {
        return Ok(call.unknown().mark(call.args[0].marks));
    };
    let items = call.args[0].as_items().and_then(|items| items.get(start..end)).unwrap_or_default();
    Ok(sequence_like(call.result, items.to_vec()).mark(call.args[0].marks))
}
