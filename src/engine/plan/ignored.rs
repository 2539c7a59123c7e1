//! `ignore_changes`: which parts of a configuration stay as the object has them.

use std::sync::Arc;

use crate::engine::module::declared::Ignored;
use crate::lang::syntax::ast::StepKind;
use crate::model::value::{PathStep, Str, Value, ValueKind};

/// The configuration with ignored attributes as they were.
pub fn ignoring(ignored: &Ignored, before: &Value, config: &Value) -> Value {
    match ignored {
        Ignored::Nothing => config.clone(),
        Ignored::All => before.clone(),
        Ignored::Paths(paths) => paths.iter().fold(config.clone(), |config, path| {
            let mut steps = vec![PathStep::Attribute(path.traversal.root.text.clone())];
            for step in &path.traversal.steps {
                steps.push(match &step.kind {
                    StepKind::Attribute(name) => PathStep::Attribute(name.clone()),
                    StepKind::Index(value) => match (value.as_str(), value.as_number()) {
                        (Some(key), _) => PathStep::Key(Str::from(key)),
                        (None, Some(number)) => PathStep::Index(number.to_i64().unwrap_or(-1)),
                        (None, None) => return config,
                    },
                });
            }
            keep(&config, before, &steps)
        }),
    }
}

/// `config` with what stands at `steps` taken from `before`; an entry of a map that one side lacks follows `before`.
fn keep(config: &Value, before: &Value, steps: &[PathStep]) -> Value {
    let Some((step, rest)) = steps.split_first() else { return before.clone() };
    let (PathStep::Attribute(name) | PathStep::Key(name)) = step else {
        return keep_item(config, before, step, rest);
    };
    let replace = |entries: &std::collections::BTreeMap<Str, Value>| {
        let mut entries = entries.clone();
        match (entries.get(name), before.get(name)) {
            (Some(now), Some(old)) => {
                let kept = keep(now, &old, rest);
                entries.insert(name.clone(), kept);
            }
            (None, Some(old)) if rest.is_empty() => {
                entries.insert(name.clone(), old);
            }
            (Some(_), None) if rest.is_empty() => {
                entries.remove(name);
            }
            _ => {}
        }
        entries
    };
    let kind = match &config.kind {
        ValueKind::Object(attributes) => {
            let (Some(old), Some(now)) = (before.get(name), attributes.get(name).cloned()) else {
                return config.clone();
            };
            let mut attributes = (**attributes).clone();
            attributes.insert(name.clone(), keep(&now, &old, rest));
            ValueKind::Object(Arc::new(attributes))
        }
        ValueKind::Map(map) => ValueKind::Map(Arc::new(crate::model::value::MapValue {
            element: map.element.clone(),
            entries: replace(&map.entries),
        })),
        _ if rest.is_empty() && !before.is_null() => return config.clone(),
        _ => return config.clone(),
    };
    Value { kind, marks: config.marks }
}

fn keep_item(config: &Value, before: &Value, step: &PathStep, rest: &[PathStep]) -> Value {
    let PathStep::Index(index) = step else { return config.clone() };
    let Ok(index) = usize::try_from(*index) else { return config.clone() };
    let (Some(now), Some(old)) =
        (config.as_items().and_then(|items| items.get(index)), before.as_items().and_then(|items| items.get(index)))
    else {
        return config.clone();
    };
    let kept = keep(now, old, rest);
    let mut items = config.as_items().unwrap_or_default().to_vec();
    items[index] = kept;
    match &config.kind {
        ValueKind::List(list) => Value::list(list.element.clone(), items).mark(config.marks),
        ValueKind::Tuple(_) => Value::tuple(items).mark(config.marks),
        _ => config.clone(),
    }
}
