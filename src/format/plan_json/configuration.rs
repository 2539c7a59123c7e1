//! The `configuration` and `relevant_attributes` of a plan's JSON.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::write::Owned;
use crate::model::address::ResourceMode;
use crate::model::configuration::{
    BodyEntry, CallEntry, Configuration, ExpressionEntry, ItemEntry, ModuleEntry, OutputEntry, ProviderEntry,
    RelevantAttribute, ResourceEntry, VariableEntry,
};
use crate::model::value::{Str, Value};

#[derive(Serialize)]
pub(super) struct ConfigurationOut<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    provider_config: BTreeMap<&'a str, ProviderOut<'a>>,
    root_module: ModuleOut<'a>,
}

#[derive(Serialize)]
struct ProviderOut<'a> {
    name: &'a str,
    full_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<&'a str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    module_address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expressions: Option<BodyOut<'a>>,
}

#[derive(Serialize)]
struct ModuleOut<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    outputs: BTreeMap<&'a str, OutputOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<ResourceOut<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    module_calls: BTreeMap<&'a str, CallOut<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<&'a str, VariableOut<'a>>,
}

#[derive(Serialize)]
struct OutputOut<'a> {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sensitive: bool,
    expression: ExpressionOut<'a>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    depends_on: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[derive(Serialize)]
struct ResourceOut<'a> {
    address: String,
    mode: &'static str,
    #[serde(rename = "type")]
    type_name: &'a str,
    name: &'a str,
    provider_config_key: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    provisioners: Vec<ProvisionerOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expressions: Option<BodyOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count_expression: Option<ExpressionOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    for_each_expression: Option<ExpressionOut<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    depends_on: &'a [String],
}

#[derive(Serialize)]
struct ProvisionerOut<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expressions: Option<BodyOut<'a>>,
}

#[derive(Serialize)]
struct CallOut<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expressions: Option<BodyOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count_expression: Option<ExpressionOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    for_each_expression: Option<ExpressionOut<'a>>,
    module: ModuleOut<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_constraint: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    depends_on: &'a [String],
}

#[derive(Serialize)]
struct VariableOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Owned>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sensitive: bool,
}

#[derive(Serialize)]
struct ExpressionOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    constant_value: Option<Owned>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    references: &'a [String],
}

#[derive(Serialize)]
pub(super) struct RelevantOut {
    resource: String,
    attribute: Vec<Owned>,
}

/// The items of a body by name.
struct BodyOut<'a>(&'a BodyEntry);

impl Serialize for BodyOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.0.len()))?;
        for (name, item) in &self.0.0 {
            match item {
                ItemEntry::Expression(expression) => map.serialize_entry(&**name, &expression_out(expression))?,
                ItemEntry::Block(body) => map.serialize_entry(&**name, &BodyOut(body))?,
                ItemEntry::Blocks(all) => {
                    map.serialize_entry(&**name, &all.iter().map(BodyOut).collect::<Vec<_>>())?;
                }
                ItemEntry::Labelled(all) => {
                    let all: BTreeMap<&str, BodyOut<'_>> = all.iter().map(|(k, body)| (&**k, BodyOut(body))).collect();
                    map.serialize_entry(&**name, &all)?;
                }
            }
        }
        map.end()
    }
}

fn body_out(body: &BodyEntry) -> Option<BodyOut<'_>> {
    (!body.0.is_empty()).then_some(BodyOut(body))
}

fn expression_out(expression: &ExpressionEntry) -> ExpressionOut<'_> {
    ExpressionOut { constant_value: expression.constant.clone().map(Owned), references: &expression.references }
}

/// The whole configuration.
pub(super) fn configuration(configuration: &Configuration) -> ConfigurationOut<'_> {
    ConfigurationOut {
        provider_config: configuration.providers.iter().map(|(key, entry)| (&**key, provider(entry))).collect(),
        root_module: module(&configuration.root),
    }
}

fn provider(entry: &ProviderEntry) -> ProviderOut<'_> {
    ProviderOut {
        name: &entry.name,
        full_name: &entry.source,
        alias: entry.alias.as_deref(),
        module_address: entry.module.to_string(),
        expressions: body_out(&entry.expressions),
    }
}

fn by_name<'a, T, O>(entries: &'a BTreeMap<Str, T>, out: fn(&'a T) -> O) -> BTreeMap<&'a str, O> {
    entries.iter().map(|(name, entry)| (&**name, out(entry))).collect()
}

fn module(entry: &ModuleEntry) -> ModuleOut<'_> {
    ModuleOut {
        outputs: by_name(&entry.outputs, output),
        resources: entry.resources.iter().map(resource).collect(),
        module_calls: by_name(&entry.calls, call),
        variables: by_name(&entry.variables, variable),
    }
}

fn output(entry: &OutputEntry) -> OutputOut<'_> {
    OutputOut {
        sensitive: entry.sensitive,
        expression: expression_out(&entry.expression),
        depends_on: &entry.depends_on,
        description: entry.description.as_deref(),
    }
}

fn resource(entry: &ResourceEntry) -> ResourceOut<'_> {
    let (type_name, name) = (&*entry.type_name, &*entry.name);
    ResourceOut {
        address: match entry.mode {
            ResourceMode::Managed => format!("{type_name}.{name}"),
            mode => format!("{}.{type_name}.{name}", mode.word()),
        },
        mode: entry.mode.word(),
        type_name,
        name,
        provider_config_key: &entry.provider_key,
        provisioners: entry
            .provisioners
            .iter()
            .map(|(kind, body)| ProvisionerOut { kind, expressions: body_out(body) })
            .collect(),
        expressions: body_out(&entry.expressions),
        schema_version: entry.schema_version,
        count_expression: entry.count.as_ref().map(expression_out),
        for_each_expression: entry.for_each.as_ref().map(expression_out),
        depends_on: &entry.depends_on,
    }
}

fn call(entry: &CallEntry) -> CallOut<'_> {
    CallOut {
        source: &entry.source,
        expressions: body_out(&entry.expressions),
        count_expression: entry.count.as_ref().map(expression_out),
        for_each_expression: entry.for_each.as_ref().map(expression_out),
        module: module(&entry.module),
        version_constraint: entry.version.as_deref(),
        depends_on: &entry.depends_on,
    }
}

fn variable(entry: &VariableEntry) -> VariableOut<'_> {
    let default: Option<&Value> = entry.default.as_ref();
    VariableOut {
        default: default.cloned().map(Owned),
        description: entry.description.as_deref(),
        sensitive: entry.sensitive,
    }
}

pub(super) fn relevant(attribute: &RelevantAttribute) -> RelevantOut {
    RelevantOut {
        resource: attribute.resource.to_string(),
        attribute: attribute.path.0.iter().map(|step| Owned(step.as_value())).collect(),
    }
}
