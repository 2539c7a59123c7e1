//! References taken apart as terraform takes them: what is named, and the steps behind that.

use crate::engine::module::references::step_name;
use crate::lang::syntax::ast::{Step, StepKind, Traversal};
use crate::model::address::InstanceKey;
use crate::model::value::{PathStep, Str};

/// How many steps belong to the name of what a traversal refers to, key and output included; `None` when it names nothing.
pub fn subject(traversal: &Traversal) -> Option<usize> {
    let named = match &*traversal.root.text {
        "self" => return Some(0),
        "var" | "local" | "path" | "terraform" | "each" | "count" => return step(traversal, 0).map(|_| 1),
        "data" | "ephemeral" | "resource" => 2,
        _ => 1,
    };
    (0..named).try_for_each(|at| step(traversal, at).map(drop))?;
    let keyed = named + usize::from(key(traversal, named).is_some());
    let output = &*traversal.root.text == "module"
        && traversal.steps.get(keyed).is_some_and(|step| matches!(step.kind, StepKind::Attribute(_)));
    Some(keyed + usize::from(output))
}

/// The name that a step takes.
pub fn step(traversal: &Traversal, at: usize) -> Option<&str> {
    step_name(traversal.steps.get(at))
}

/// The instance key that a step is.
pub fn key(traversal: &Traversal, at: usize) -> Option<InstanceKey> {
    match &traversal.steps.get(at)?.kind {
        StepKind::Attribute(_) => None,
        StepKind::Index(value) => match (value.as_str(), value.as_number()) {
            (Some(text), _) => Some(InstanceKey::String(Str::from(text))),
            (None, Some(number)) => number.to_i64().map(InstanceKey::Int),
            (None, None) => None,
        },
    }
}

/// A reference as text, then without its last step, and so on down to what it names; of an instance also the whole.
pub fn texts(traversal: &Traversal) -> Vec<String> {
    let Some(subject) = subject(traversal) else { return Vec::new() };
    let mut all: Vec<String> = (subject..=traversal.steps.len()).rev().map(|end| text(traversal, end)).collect();
    let root = &*traversal.root.text;
    let last_is_key = subject > 0 && key(traversal, subject - 1).is_some();
    let of_call = root == "module" && !last_is_key && subject > 1;
    let of_block = last_is_key && !matches!(root, "self" | "var" | "local");
    if of_call || of_block {
        all.push(text(traversal, subject - 1));
    }
    all
}

/// What a reference names, as text.
pub fn subject_text(traversal: &Traversal) -> Option<String> {
    subject(traversal).map(|end| text(traversal, end))
}

fn text(traversal: &Traversal, end: usize) -> String {
    let mut steps = &traversal.steps[..end];
    let mut text = traversal.root.text.to_string();
    if text == "resource"
        && let Some((first, rest)) = steps.split_first()
        && let Some(name) = step_name(Some(first))
    {
        text = name.to_owned();
        steps = rest;
    }
    for step in steps {
        text.push_str(&match path_step(step) {
            Some(PathStep::Attribute(name)) => format!(".{name}"),
            Some(PathStep::Key(key)) => InstanceKey::String(key).to_string(),
            Some(PathStep::Index(index)) => InstanceKey::Int(index).to_string(),
            Some(PathStep::Element(_)) | None => String::new(),
        });
    }
    text
}

/// A step of a path.
pub fn path_step(step: &Step) -> Option<PathStep> {
    Some(match &step.kind {
        StepKind::Attribute(name) => PathStep::Attribute(name.clone()),
        StepKind::Index(value) => match value.as_str() {
            Some(text) => PathStep::Key(Str::from(text)),
            None => PathStep::Index(value.as_number()?.to_i64()?),
        },
    })
}
