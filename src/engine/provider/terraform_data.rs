//! `terraform_data`, the one managed resource of terraform's own provider.

use super::attributes::{attribute, object_of, uuid, with};
use super::{PlannedObject, World};
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::{AttributeSchema, BlockSchema, ResourceSchema};
use crate::model::value::{Refinement, Type, Unknown, UnknownSource, Value, ValueKind, ValuePath};

pub(super) const TYPE: &str = "terraform_data";

pub(super) fn schema() -> ResourceSchema {
    let block = BlockSchema::with([
        ("id", AttributeSchema::of(Type::String).computed()),
        ("input", AttributeSchema::of(Type::Dynamic).optional()),
        ("output", AttributeSchema::of(Type::Dynamic).computed()),
        ("triggers_replace", AttributeSchema::of(Type::Dynamic).optional()),
    ]);
    ResourceSchema { version: 0, block }
}

pub(super) fn validate(config: &Value) -> Vec<Diagnostic> {
    let given = ["id", "output"].into_iter().filter(|name| !attribute(config, name).is_null());
    given.map(|name| Diagnostic::error(format!("\"{name}\" attribute is read-only"), "")).collect()
}

pub(super) fn plan(prior: &Value, proposed: &Value) -> PlannedObject {
    let input = attribute(proposed, "input");
    // The output always has the type of the input, also when it is null.
    let output = if input.is_null() { input.clone() } else { Value::unknown(input.ty()) };
    if prior.is_null() {
        let planned = with(proposed, [("id", new_id()), ("output", output)]);
        return PlannedObject { planned, requires_replace: Vec::new() };
    }
    if attribute(prior, "triggers_replace") != attribute(proposed, "triggers_replace") {
        let planned = with(proposed, [("id", new_id()), ("output", output)]);
        return PlannedObject { planned, requires_replace: vec![ValuePath::attribute("triggers_replace")] };
    }
    if attribute(prior, "input") != input {
        let planned = with(proposed, [("output", Value::unknown(input.ty()))]);
        return PlannedObject { planned, requires_replace: Vec::new() };
    }
    PlannedObject { planned: proposed.clone(), requires_replace: Vec::new() }
}

fn new_id() -> Value {
    ValueKind::Unknown(std::sync::Arc::new(Unknown {
        ty: Type::String,
        source: UnknownSource::AfterApply,
        refinement: Refinement::not_null(),
    }))
    .into()
}

pub(super) fn apply(planned: &Value, world: &World<'_>) -> Value {
    if planned.is_null() {
        return planned.clone();
    }
    let mut changes = Vec::new();
    if attribute(planned, "output").is_unknown() {
        changes.push(("output", attribute(planned, "input")));
    }
    if attribute(planned, "id").is_unknown() {
        changes.push(("id", uuid(world)));
    }
    with(planned, changes)
}

pub(super) fn import(id: &str) -> Value {
    object_of(&schema().block.implied_type(), [("id", Value::string(id))])
}
