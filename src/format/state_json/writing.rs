//! From a state to a file, member by member and space by space as terraform writes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::checks::checks_out;
use super::fault::VERSION;
use super::wire::CheckWire;
use crate::model::address::InstanceKey;
use crate::model::state::{InstanceState, ResourceState, StateSnapshot};
use crate::model::value::json::{self, JsonRef};
use crate::model::value::stored;
use crate::model::value::{PathStep, Type, Value, ValuePath};

#[derive(Serialize)]
struct StateOut<'a> {
    version: u64,
    terraform_version: &'a str,
    serial: u64,
    lineage: &'a str,
    outputs: BTreeMap<&'a str, OutputOut>,
    resources: Vec<ResourceOut<'a>>,
    check_results: Option<Vec<CheckWire>>,
}

#[derive(Serialize)]
struct OutputOut {
    value: Stored,
    #[serde(rename = "type")]
    ty: Stored,
    #[serde(skip_serializing_if = "is_false")]
    sensitive: bool,
}

#[derive(Serialize)]
struct ResourceOut<'a> {
    #[serde(skip_serializing_if = "String::is_empty")]
    module: String,
    mode: &'a str,
    #[serde(rename = "type")]
    type_name: &'a str,
    name: &'a str,
    provider: &'a str,
    instances: Vec<InstanceOut<'a>>,
}

#[derive(Serialize)]
struct InstanceOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    index_key: Option<KeyOut<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    status: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    deposed: &'a str,
    schema_version: u64,
    #[serde(skip_serializing_if = "is_null")]
    attributes: StoredRef<'a>,
    sensitive_attributes: Vec<Vec<StepOut<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<String>,
    #[serde(skip_serializing_if = "is_false")]
    create_before_destroy: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum KeyOut<'a> {
    Int(i64),
    String(&'a str),
}

#[derive(Serialize)]
struct StepOut<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    value: Stored,
}

/// A stored value; `value` stands before `type`, as terraform writes it.
struct Stored(Value);

#[derive(Clone, Copy)]
struct StoredRef<'a>(&'a Value);

impl Serialize for Stored {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StoredRef(&self.0).serialize(serializer)
    }
}

impl Serialize for StoredRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(entries) = self.0.as_entries() {
            let mut map = serializer.serialize_map(Some(entries.len()))?;
            match (entries.get("value"), entries.get("type")) {
                (Some(value), Some(ty)) if entries.len() == 2 => {
                    map.serialize_entry("value", &StoredRef(value))?;
                    map.serialize_entry("type", &StoredRef(ty))?;
                }
                _ => {
                    for (name, value) in entries {
                        map.serialize_entry(&**name, &StoredRef(value))?;
                    }
                }
            }
            return map.end();
        }
        match self.0.as_items() {
            Some(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    sequence.serialize_element(&StoredRef(item))?;
                }
                sequence.end()
            }
            None => JsonRef(self.0).serialize(serializer),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

fn is_null(value: &StoredRef<'_>) -> bool {
    value.0.is_null()
}

/// Writes a state file as terraform writes it, with a line end.
///
/// # Errors
/// When a value in it is unknown or infinite: such a value must never reach a state.
pub fn write(state: &StateSnapshot) -> Result<Vec<u8>, json::JsonFault> {
    let mut resources: Vec<ResourceOut<'_>> = state.resources.iter().map(resource_out).collect();
    resources.sort_by(|a, b| (&a.module, a.mode, a.type_name, a.name).cmp(&(&b.module, b.mode, b.type_name, b.name)));
    let outputs = state.outputs.iter().map(|(name, output)| {
        let ty = output.value.ty();
        let out = OutputOut {
            value: Stored(stored::to_stored(&output.value, &ty)),
            ty: Stored(stored::type_to_plain(&ty)),
            sensitive: output.sensitive,
        };
        (&**name, out)
    });
    let file = StateOut {
        version: VERSION,
        terraform_version: &state.terraform_version,
        serial: state.serial,
        lineage: &state.lineage,
        outputs: outputs.collect(),
        resources,
        check_results: checks_out(&state.checks),
    };
    let mut bytes = json::pretty(&file)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn resource_out(resource: &ResourceState) -> ResourceOut<'_> {
    let mut instances: Vec<&InstanceState> = resource.instances.iter().map(Arc::as_ref).collect();
    instances.sort_by_key(|instance| (&instance.key, &instance.deposed));
    ResourceOut {
        module: resource.address.module.to_string(),
        mode: resource.address.mode.word(),
        type_name: &resource.address.type_name,
        name: &resource.address.name,
        provider: &resource.provider,
        instances: instances.into_iter().map(instance_out).collect(),
    }
}

fn instance_out(instance: &InstanceState) -> InstanceOut<'_> {
    InstanceOut {
        index_key: instance.key.as_ref().map(|key| match key {
            InstanceKey::Int(index) => KeyOut::Int(*index),
            InstanceKey::String(key) => KeyOut::String(key),
        }),
        status: if instance.tainted { "tainted" } else { "" },
        deposed: instance.deposed.as_deref().unwrap_or_default(),
        schema_version: instance.schema_version,
        attributes: StoredRef(&instance.attributes),
        sensitive_attributes: instance.sensitive_paths.iter().map(path_out).collect(),
        private: instance.private.as_deref(),
        dependencies: instance.dependencies.iter().map(ToString::to_string).collect(),
        create_before_destroy: instance.create_before_destroy,
    }
}

fn path_out(path: &ValuePath) -> Vec<StepOut<'_>> {
    let step = |step: &PathStep| match step {
        PathStep::Attribute(name) => StepOut { kind: "get_attr", value: Stored(Value::string(name.clone())) },
        other => StepOut { kind: "index", value: Stored(stored::to_stored(&other.as_value(), &Type::Dynamic)) },
    };
    path.0.iter().map(step).collect()
}
