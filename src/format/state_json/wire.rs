//! A state file's members as they are written: what the readers fill in.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::address::ResourceAddress;
use crate::model::value::Str;
use crate::model::value::json::Json;

#[derive(Deserialize)]
pub(super) struct StateIn {
    pub(super) version: Option<u64>,
    #[serde(default)]
    pub(super) terraform_version: String,
    #[serde(default)]
    pub(super) serial: u64,
    #[serde(default)]
    pub(super) lineage: String,
    pub(super) outputs: Option<BTreeMap<String, OutputIn>>,
    pub(super) resources: Option<Vec<ResourceIn>>,
    pub(super) check_results: Option<Vec<CheckWire>>,
}

/// Enough of any version's file to say which version it is.
#[derive(Deserialize)]
pub(super) struct Probe {
    pub(super) version: Option<u64>,
    #[serde(default)]
    pub(super) terraform_version: String,
}

#[derive(Deserialize)]
pub(super) struct OutputIn {
    pub(super) value: Json,
    #[serde(rename = "type")]
    pub(super) ty: Json,
    #[serde(default)]
    pub(super) sensitive: bool,
}

#[derive(Deserialize)]
pub(super) struct ResourceIn {
    #[serde(default)]
    pub(super) module: String,
    pub(super) mode: String,
    #[serde(rename = "type")]
    pub(super) type_name: Str,
    pub(super) name: String,
    pub(super) provider: Str,
    #[serde(default)]
    pub(super) instances: Vec<InstanceIn>,
}

#[derive(Deserialize)]
pub(super) struct InstanceIn {
    pub(super) index_key: Option<Json>,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) deposed: String,
    #[serde(default)]
    pub(super) schema_version: u64,
    pub(super) attributes: Option<Json>,
    pub(super) attributes_flat: Option<Json>,
    pub(super) sensitive_attributes: Option<Vec<Vec<StepIn>>>,
    pub(super) private: Option<String>,
    pub(super) dependencies: Option<DependenciesIn>,
    #[serde(default)]
    pub(super) create_before_destroy: bool,
}

/// A list of dependencies, as the file has it or read already.
pub(super) enum DependenciesIn {
    Text(Vec<String>),
    Read(Arc<[ResourceAddress]>),
}

impl<'de> Deserialize<'de> for DependenciesIn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(DependenciesIn::Text)
    }
}

#[derive(Deserialize)]
pub(super) struct StepIn {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) value: Json,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CheckWire {
    pub(super) object_kind: String,
    pub(super) config_addr: String,
    pub(super) status: String,
    pub(super) objects: Option<Vec<CheckObjectWire>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CheckObjectWire {
    pub(super) object_addr: String,
    pub(super) status: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) failure_messages: Vec<String>,
}
