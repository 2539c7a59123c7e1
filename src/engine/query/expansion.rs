//! `count` and `for_each`: which instances a block has.

use std::rc::Rc;
use std::sync::Arc;

use crate::engine::module::declared::{Repetition, Written};
use crate::engine::query::evaluate::evaluate;
use crate::engine::query::inputs::Reader;
use crate::engine::query::scope::{Each, Expansion, Instances, Scope, Shape};
use crate::engine::query::session::{Phase, Query};
use crate::engine::query::statements::statements;
use crate::lang::expr::Cause;
use crate::lang::types::{convert, friendly_name};
use crate::lang::value::deep_source;
use crate::model::address::InstanceKey;
use crate::model::diagnostic::Diagnostic;
use crate::model::limits::how_to_raise;
use crate::model::value::{Marks, Str, Type, UnknownSource, Value, ValueKind};

/// The instances that a repetition gives in a module instance.
pub fn expand(query: &Query<'_>, scope: &Rc<Scope>, repetition: &Repetition, label: &str) -> Arc<Expansion> {
    let (shape, instances) = match repetition {
        Repetition::Single => (Shape::Single, Instances::Known(vec![Arc::default()])),
        Repetition::Count(written) => (Shape::Count, by_count(query, scope, written)),
        Repetition::ForEach(written) => (Shape::ForEach, by_for_each(query, scope, written)),
    };
    if query.setting.phase == Phase::Validate {
        return Arc::new(Expansion { shape, instances: open(shape) });
    }
    if let Instances::Undecided(UnknownSource::AfterApply) = &instances {
        if let Some(written) = repetition.expression() {
            let again = evaluate(written, &Reader::new(query, scope)).value;
            let mut said = undecidable(shape, written, matches!(again.ty(), Type::Set(_))).about(full(scope, label));
            if shape == Shape::ForEach {
                said.values = statements(&written.expr, &Reader::new(query, scope), Cause::Unknown);
            }
            query.report([said]);
        }
        return Arc::new(Expansion { shape, instances: Instances::Failed });
    }
    Arc::new(Expansion { shape, instances })
}

fn full(scope: &Scope, label: &str) -> String {
    if scope.address.is_root() { label.to_owned() } else { format!("{}.{label}", scope.address) }
}

/// While validating, one instance stands for all.
fn open(shape: Shape) -> Instances {
    let each = match shape {
        Shape::Single => Each::default(),
        Shape::Count => Each { index: Some(Value::unknown(Type::Number)), ..Each::default() },
        Shape::ForEach => {
            Each { pair: Some((Value::unknown(Type::String), Value::unknown(Type::Dynamic))), ..Each::default() }
        }
    };
    Instances::Known(vec![Arc::new(each)])
}

fn undecidable(shape: Shape, written: &Written, is_set: bool) -> Diagnostic {
    let (summary, detail) = match shape {
        Shape::ForEach if !is_set => (
            "Invalid for_each argument",
            "The \"for_each\" map includes keys derived from resource attributes that cannot be determined until apply, and so Terraform cannot determine the full set of keys that will identify the instances of this resource.\n\nWhen working with unknown values in for_each, it's better to define the map keys statically in your configuration and place apply-time results only in the map values.\n\nAlternatively, you could use the -target planning option to first apply only the resources that the for_each value depends on, and then apply a second time to fully converge.",
        ),
        Shape::Count => (
            "Invalid count argument",
            "The \"count\" value depends on resource attributes that cannot be determined until apply, so Terraform cannot predict how many instances will be created. To work around this, use the -target argument to first apply only the resources that the count depends on.",
        ),
        _ => (
            "Invalid for_each argument",
            "The \"for_each\" set includes values derived from resource attributes that cannot be determined until apply, and so Terraform cannot determine the full set of keys that will identify the instances of this resource.\n\nWhen working with unknown values in for_each, it's better to use a map value where the keys are defined statically in your configuration and where only the values contain apply-time results.\n\nAlternatively, you could use the -target planning option to first apply only the resources that the for_each value depends on, and then apply a second time to fully converge.",
        ),
    };
    Diagnostic::error(summary, detail).at(written.place())
}

fn by_count(query: &Query<'_>, scope: &Rc<Scope>, written: &Written) -> Instances {
    let evaluation = evaluate(written, &Reader::new(query, scope));
    if evaluation.failed() {
        evaluation.into_value(query);
        return Instances::Failed;
    }
    let value = evaluation.into_value(query);
    let fault = |detail: &str| {
        query.report([Diagnostic::error("Invalid count argument", detail).at(written.place())]);
        Instances::Failed
    };
    if value.marks.contains(Marks::EPHEMERAL) {
        return fault(
            "The given \"count\" is derived from an ephemeral value, which means that Terraform cannot persist it between plan/apply rounds. Use only non-ephemeral values to specify the number of resource instances.",
        );
    }
    let value = value.unmark();
    if value.is_null() {
        return fault("The given \"count\" argument value is null. An integer is required.");
    }
    if let Some(unknown) = value.as_unknown() {
        return Instances::Undecided(unknown.source.clone());
    }
    let number = match convert(&value, &Type::Number) {
        Ok(number) => number,
        Err(error) => {
            let detail = format!("Invalid expression value: {error}.");
            query.report([Diagnostic::error("Incorrect value type", detail).at(written.place())]);
            return Instances::Failed;
        }
    };
    match number.as_number().and_then(crate::model::value::Number::to_i64) {
        Some(count) if count < 0 => {
            fault("The given \"count\" argument value is unsuitable: must be greater than or equal to zero.")
        }
        Some(count) if !fits(query, usize::try_from(count).unwrap_or(usize::MAX)) => fault(&too_many(query, count)),
        Some(count) => Instances::Known(
            (0..count)
                .map(|at| {
                    let index = Some(Value::int(at));
                    Arc::new(Each { at: at as usize, key: Some(InstanceKey::Int(at)), index, pair: None })
                })
                .collect(),
        ),
        None => fault(
            "The given \"count\" argument value is unsuitable: value must be a whole number, between -9223372036854775808 and 9223372036854775807.",
        ),
    }
}

/// Whether so many more instances may be planned.
fn fits(query: &Query<'_>, count: usize) -> bool {
    query.setting.tally.expand(count, &query.setting.limits)
}

fn too_many(query: &Query<'_>, count: impl std::fmt::Display) -> String {
    let most = query.setting.limits.instances;
    let raise = how_to_raise("instances");
    format!("With the {count} instances of this block the stack has more than {most}, which are not planned. {raise}")
}

fn by_for_each(query: &Query<'_>, scope: &Rc<Scope>, written: &Written) -> Instances {
    let evaluation = evaluate(written, &Reader::new(query, scope));
    if evaluation.failed() {
        evaluation.into_value(query);
        return Instances::Failed;
    }
    let value = evaluation.into_value(query);
    let fault = |summary: &str, detail: String| {
        let cause = match value.marks {
            marks if marks.contains(Marks::SENSITIVE) => Cause::Sensitive,
            marks if marks.contains(Marks::EPHEMERAL) => Cause::Ephemeral,
            _ => Cause::Value,
        };
        let values = statements(&written.expr, &Reader::new(query, scope), cause);
        query.report([Diagnostic::error(summary, detail).at(written.place()).with_values(values)]);
        Instances::Failed
    };
    if value.marks.contains(Marks::SENSITIVE) {
        return fault(
            "Invalid for_each argument",
            "Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. If used, the sensitive value could be exposed as a resource instance key.".to_owned(),
        );
    }
    if value.marks.contains(Marks::EPHEMERAL) {
        return fault(
            "Invalid for_each argument",
            "The given \"for_each\" value is derived from an ephemeral value, which means that Terraform cannot persist it between plan/apply rounds. Use only non-ephemeral values to specify a resource's instance keys.".to_owned(),
        );
    }
    let count = value.as_entries().map_or_else(|| value.as_items().map_or(0, <[Value]>::len), |entries| entries.len());
    if !fits(query, count) {
        return fault("Invalid for_each argument", too_many(query, count));
    }
    let wanted = "the \"for_each\" argument must be a map, or set of strings";
    match &value.kind {
        ValueKind::Null(_) => fault(
            "Invalid for_each argument",
            "The given \"for_each\" argument value is unsuitable: the given \"for_each\" argument value is null. A map, or set of strings is allowed.".to_owned(),
        ),
        ValueKind::Unknown(unknown) => match &unknown.ty {
            Type::Map(_) | Type::Object(_) | Type::Dynamic | Type::Set(_) => {
                Instances::Undecided(unknown.source.clone())
            }
            ty => fault(
                "Invalid for_each argument",
                format!(
                    "The given \"for_each\" argument value is unsuitable: {wanted}, and you have provided a value of type {}.",
                    friendly_name(ty)
                ),
            ),
        },
        ValueKind::Map(map) => entries(map.entries.iter()),
        ValueKind::Object(attributes) => entries(attributes.iter()),
        ValueKind::Set(set) => {
            if let Some(source) = deep_source(&value) {
                return Instances::Undecided(source);
            }
            if !set.items.is_empty() && set.element != Type::String {
                return fault(
                    "Invalid for_each set argument",
                    format!(
                        "The given \"for_each\" argument value is unsuitable: \"for_each\" supports maps and sets of strings, but you have provided a set containing type {}.",
                        friendly_name(&set.element)
                    ),
                );
            }
            if set.items.iter().any(Value::is_null) {
                return fault(
                    "Invalid for_each set argument",
                    "The given \"for_each\" argument value is unsuitable: \"for_each\" sets must not contain null values.".to_owned(),
                );
            }
            let keys = set.items.iter().filter_map(|item| item.as_str().map(Str::from));
            let mut keys: Vec<Str> = keys.collect();
            keys.sort();
            let each = |(at, key): (usize, Str)| {
                let value = Value::string(key.clone());
                let pair = Some((value.clone(), value));
                Arc::new(Each { at, key: Some(InstanceKey::String(key)), index: None, pair })
            };
            Instances::Known(keys.into_iter().enumerate().map(each).collect())
        }
        _ => fault(
            "Invalid for_each argument",
            format!(
                "The given \"for_each\" argument value is unsuitable: {wanted}, and you have provided a value of type {}.",
                friendly_name(&value.ty())
            ),
        ),
    }
}

fn entries<'v>(entries: impl Iterator<Item = (&'v Str, &'v Value)>) -> Instances {
    let each = |(at, (key, value)): (usize, (&Str, &Value))| {
        let pair = Some((Value::string(key.clone()), value.clone()));
        Arc::new(Each { at, key: Some(InstanceKey::String(key.clone())), index: None, pair })
    };
    Instances::Known(entries.enumerate().map(each).collect())
}
