//! Writes a plan as `terraform show -json` does, field by field in its order.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::configuration::{self, ConfigurationOut, RelevantOut};
use super::masks::{known_part, sensitive_mask, unknown_mask};
use super::{FORMAT_VERSION, STATE_FORMAT_VERSION};
use crate::format::check_json::{self, CheckOut};
use crate::model::action::Action;
use crate::model::address::{InstanceKey, ModuleAddress, ResourceAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::configuration::{Configuration, RelevantAttribute};
use crate::model::plan::{Change, OutputChange, Plan, ResourceChange};
use crate::model::schema::ResourceSchema;
use crate::model::state::{InstanceState, StateSnapshot};
use crate::model::value::json::{self, JsonFault, JsonRef};
use crate::model::value::marked::mark_at;
use crate::model::value::stored;
use crate::model::value::{Marks, Number, Value, ValuePath};

/// Where the writer finds schemas: versions, and the types of what a state stores.
pub trait Schemas {
    /// The schema of a type of the provider with this source address.
    fn find(&self, provider: &str, mode: ResourceMode, type_name: &str) -> Option<Arc<ResourceSchema>>;
}

/// What a plan JSON holds besides the plan.
pub struct PlanParts<'a> {
    /// Schemas of the providers in the plan.
    pub schemas: &'a dyn Schemas,
    /// The configuration, when somebody has it.
    pub configuration: Option<&'a Configuration>,
    /// Attributes that the planned values depend on.
    pub relevant_attributes: &'a [RelevantAttribute],
}

#[derive(Serialize)]
struct PlanOut<'a> {
    format_version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    terraform_version: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variables: BTreeMap<&'a str, VariableOut<'a>>,
    planned_values: ValuesOut,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_drift: Vec<ResourceChangeOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_changes: Vec<ResourceChangeOut<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    output_changes: BTreeMap<&'a str, ChangeOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prior_state: Option<StateOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<ConfigurationOut<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    relevant_attributes: Vec<RelevantOut>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<CheckOut>,
    #[serde(skip_serializing_if = "str::is_empty")]
    timestamp: &'a str,
    applyable: bool,
    complete: bool,
    errored: bool,
}

#[derive(Serialize)]
struct VariableOut<'a> {
    value: JsonRef<'a>,
}

#[derive(Serialize)]
struct StateOut<'a> {
    format_version: &'a str,
    terraform_version: &'a str,
    values: ValuesOut,
}

#[derive(Serialize, Default)]
struct ValuesOut {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    outputs: BTreeMap<String, OutputOut>,
    root_module: ModuleOut,
}

#[derive(Serialize)]
struct OutputOut {
    sensitive: bool,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    ty: Option<Owned>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Owned>,
}

#[derive(Serialize, Default)]
struct ModuleOut {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<ResourceOut>,
    #[serde(skip_serializing_if = "String::is_empty")]
    address: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    child_modules: Vec<ModuleOut>,
}

#[derive(Serialize)]
struct ResourceOut {
    address: String,
    mode: &'static str,
    #[serde(rename = "type")]
    type_name: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<KeyOut>,
    provider_name: String,
    schema_version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Owned>,
    sensitive_values: Owned,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tainted: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    deposed_key: String,
}

#[derive(Serialize)]
struct ResourceChangeOut<'a> {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_address: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    module_address: String,
    mode: &'static str,
    #[serde(rename = "type")]
    type_name: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<KeyOut>,
    provider_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deposed: Option<&'a str>,
    change: ChangeOut<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_reason: Option<&'static str>,
}

#[derive(Serialize)]
struct ChangeOut<'a> {
    actions: &'static [&'static str],
    before: Owned,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Owned>,
    after_unknown: Owned,
    before_sensitive: Owned,
    after_sensitive: Owned,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    replace_paths: Vec<Vec<Owned>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    importing: Option<ImportingOut<'a>>,
}

#[derive(Serialize)]
struct ImportingOut<'a> {
    id: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum KeyOut {
    Int(i64),
    String(String),
}

pub(super) struct Owned(pub(super) Value);

impl Serialize for Owned {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        JsonRef(&self.0).serialize(serializer)
    }
}

/// Writes a plan on one line, as terraform does.
///
/// # Errors
/// When a number in it is infinite (terraform refuses to write such a plan, too).
pub fn write(plan: &Plan, parts: &PlanParts<'_>) -> Result<Vec<u8>, JsonFault> {
    let out = PlanOut {
        format_version: FORMAT_VERSION,
        terraform_version: &plan.terraform_version,
        variables: plan
            .variables
            .iter()
            .filter(|(_, value)| value.is_wholly_known())
            .map(|(name, value)| (&**name, VariableOut { value: JsonRef(value) }))
            .collect(),
        planned_values: planned_values(plan, parts.schemas),
        resource_drift: plan.drift.iter().map(|change| resource_change(change)).collect(),
        resource_changes: resource_changes(plan),
        output_changes: plan.outputs.iter().map(|(name, output)| (&**name, output_change(output))).collect(),
        prior_state: prior_state(plan, parts.schemas),
        configuration: parts.configuration.map(configuration::configuration),
        relevant_attributes: parts.relevant_attributes.iter().map(configuration::relevant).collect(),
        checks: check_json::checks(&plan.checks),
        timestamp: &plan.timestamp,
        applyable: plan.applyable,
        complete: plan.complete,
        errored: plan.errored,
    };
    json::compact(&out)
}

fn key_out(key: Option<&InstanceKey>) -> Option<KeyOut> {
    key.map(|key| match key {
        InstanceKey::Int(index) => KeyOut::Int(*index),
        InstanceKey::String(text) => KeyOut::String(text.to_string()),
    })
}

/// Removing a data source from the state is nobody's business but terraform's own.
fn is_shown(change: &ResourceChange) -> bool {
    change.address.resource.mode != ResourceMode::Data || change.change.action != Action::Delete
}

fn resource_changes(plan: &Plan) -> Vec<ResourceChangeOut<'_>> {
    let mut shown: Vec<&ResourceChange> =
        plan.changes.iter().map(|change| &**change).filter(|change| is_shown(change)).collect();
    shown.sort_by_key(|change| (&change.address, &change.deposed));
    shown.into_iter().map(resource_change).collect()
}

fn resource_change(change: &ResourceChange) -> ResourceChangeOut<'_> {
    let resource = &change.address.resource;
    ResourceChangeOut {
        address: change.address.to_string(),
        previous_address: change.previous_address.as_ref().map(ToString::to_string),
        module_address: resource.module.to_string(),
        mode: resource.mode.word(),
        type_name: &resource.type_name,
        name: &resource.name,
        index: key_out(change.address.key.as_ref()),
        provider_name: &change.provider,
        deposed: change.deposed.as_deref(),
        change: change_out(&change.change),
        action_reason: change.reason.map(|reason| reason.word()),
    }
}

fn change_out(change: &Change) -> ChangeOut<'_> {
    let known = change.after.is_wholly_known();
    let step = |path: &ValuePath| path.0.iter().map(|step| Owned(step.as_value())).collect();
    ChangeOut {
        actions: change.action.words(),
        before: Owned(known_before(&change.before)),
        after: known_part(&change.after).map(Owned),
        after_unknown: Owned(if known { Value::empty_object() } else { unknown_mask(&change.after) }),
        before_sensitive: Owned(sensitive_mask(&change.before)),
        after_sensitive: Owned(sensitive_mask(&change.after)),
        replace_paths: change.replace_paths.iter().map(step).collect(),
        importing: change.importing.as_deref().map(|id| ImportingOut { id }),
    }
}

/// What was before. A state knows everything; the configuration at a revision may not, and what it does not is left out as
/// it is in what comes after.
fn known_before(before: &Value) -> Value {
    let plain = |value: &Value| !value.is_unknown() && !value.as_number().is_some_and(Number::is_zero);
    if before.any(&|value| !plain(value)) { known_part(before).unwrap_or_else(Value::null) } else { before.clone() }
}

fn output_change(output: &OutputChange) -> ChangeOut<'_> {
    let sensitive = || Owned(Value::bool(output.sensitive));
    ChangeOut {
        actions: output.action.words(),
        before: Owned(known_before(&output.before)),
        after: known_part(&output.after).map(Owned),
        after_unknown: Owned(if output.after.is_wholly_known() {
            Value::bool(false)
        } else {
            unknown_mask(&output.after)
        }),
        before_sensitive: sensitive(),
        after_sensitive: sensitive(),
        replace_paths: Vec::new(),
        importing: None,
    }
}

fn output_value(value: &Value, sensitive: bool) -> OutputOut {
    let known = value.is_wholly_known();
    OutputOut {
        sensitive,
        ty: known.then(|| Owned(stored::type_to_plain(&value.ty()))),
        value: known.then(|| Owned(value.clone())),
    }
}

fn planned_values(plan: &Plan, schemas: &dyn Schemas) -> ValuesOut {
    let outputs = plan.outputs.iter().filter(|(_, output)| output.action != Action::Delete);
    let planned = |change: &&ResourceChange| change.change.action != Action::Delete && change.deposed.is_none();
    let mut resources: Vec<(&ModuleAddress, ResourceOut)> = plan
        .changes
        .iter()
        .map(|change| &**change)
        .filter(planned)
        .map(|change| (&change.address.resource.module, planned_resource(change, schemas)))
        .collect();
    resources.sort_by(|a, b| a.1.address.cmp(&b.1.address));
    let value = |out: &OutputChange| match out.action == Action::NoOp && out.after.is_null() {
        // What was null and stays null is written as it was: of no type.
        true => output_value(&Value::null(), out.sensitive),
        false => {
            let written = output_value(&out.after, out.sensitive);
            OutputOut { value: written.value.and_then(|_| known_part(&out.after)).map(Owned), ..written }
        }
    };
    ValuesOut {
        outputs: outputs.map(|(name, out)| (name.to_string(), value(out))).collect(),
        root_module: module_tree(resources),
    }
}

fn planned_resource(change: &ResourceChange, schemas: &dyn Schemas) -> ResourceOut {
    let address = &change.address;
    let schema = schemas.find(&change.provider, address.resource.mode, &address.resource.type_name);
    ResourceOut {
        schema_version: schema.map_or(0, |schema| schema.version),
        values: known_part(&change.change.after)
            .filter(|value| !value.is_null() && value.as_entries().is_none_or(|entries| !entries.is_empty()))
            .map(Owned),
        sensitive_values: Owned(sensitive_mask(&change.change.after)),
        ..resource_out(&address.resource, address.key.as_ref(), &change.provider)
    }
}

fn resource_out(resource: &ResourceAddress, key: Option<&InstanceKey>, provider: &str) -> ResourceOut {
    ResourceOut {
        address: ResourceInstanceAddress { resource: resource.clone(), key: key.cloned() }.to_string(),
        mode: resource.mode.word(),
        type_name: resource.type_name.to_string(),
        name: resource.name.to_string(),
        index: key_out(key),
        provider_name: provider.to_owned(),
        schema_version: 0,
        values: None,
        sensitive_values: Owned(Value::empty_object()),
        depends_on: Vec::new(),
        tainted: false,
        deposed_key: String::new(),
    }
}

/// Nests resources by their modules, keeping the order in which they come.
fn module_tree(resources: Vec<(&ModuleAddress, ResourceOut)>) -> ModuleOut {
    let mut by_module: BTreeMap<ModuleAddress, Vec<ResourceOut>> = BTreeMap::new();
    for (module, resource) in resources {
        by_module.entry(module.clone()).or_default().push(resource);
        let mut above = module.parent();
        while let Some(module) = above {
            above = module.parent();
            by_module.entry(module).or_default();
        }
    }
    let mut children: BTreeMap<ModuleAddress, Vec<ModuleOut>> = BTreeMap::new();
    let mut root = ModuleOut::default();
    // The deepest modules come last in the order of addresses, so going backwards every child is met before its parent.
    for (address, resources) in by_module.into_iter().rev() {
        let mut child_modules = children.remove(&address).unwrap_or_default();
        child_modules.sort_by(|a, b| a.address.cmp(&b.address));
        let module = ModuleOut { resources, address: address.to_string(), child_modules };
        match address.parent() {
            Some(parent) => children.entry(parent).or_default().push(module),
            None => root = module,
        }
    }
    root
}

/// The state before, with what terraform already keeps of this plan: known outputs and the data that was read.
fn prior_state<'a>(plan: &'a Plan, schemas: &dyn Schemas) -> Option<StateOut<'a>> {
    let empty = StateSnapshot::default();
    let state = plan.prior_state.as_deref().unwrap_or(&empty);
    let mut resources: Vec<(ResourceInstanceAddress, String, ResourceOut)> = Vec::new();
    for resource in &state.resources {
        let provider = resource.provider_source();
        let schema = schemas.find(provider, resource.address.mode, &resource.address.type_name);
        for instance in &resource.instances {
            let out = state_resource(&resource.address, instance, provider, schema.as_deref());
            resources.push((resource.address.instance(instance.key.clone()), out.deposed_key.clone(), out));
        }
    }
    for read in &plan.data_read {
        let address = &read.address;
        let schema = schemas.find(&read.provider, address.resource.mode, &address.resource.type_name);
        let out = ResourceOut {
            schema_version: schema.map_or(0, |schema| schema.version),
            sensitive_values: Owned(sensitive_mask(&read.value)),
            values: Some(Owned(read.value.clone())),
            ..resource_out(&address.resource, address.key.as_ref(), &read.provider)
        };
        resources.retain(|(other, _, _)| other != address);
        resources.push((address.clone(), String::new(), out));
    }
    resources.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let values = ValuesOut {
        outputs: prior_outputs(plan, state),
        root_module: module_tree(
            resources
                .iter_mut()
                .map(|(a, _, out)| (&a.resource.module, std::mem::replace(out, resource_out(&a.resource, None, ""))))
                .collect(),
        ),
    };
    let nothing = values.outputs.is_empty() && resources.is_empty();
    (!nothing).then(|| StateOut {
        format_version: STATE_FORMAT_VERSION,
        terraform_version: &plan.terraform_version,
        values,
    })
}

fn prior_outputs(plan: &Plan, state: &StateSnapshot) -> BTreeMap<String, OutputOut> {
    let mut outputs = BTreeMap::new();
    for (name, output) in &state.outputs {
        outputs.insert(name.to_string(), output_value(&output.value, output.sensitive));
    }
    // A state that a plan carries along holds the outputs that are known already.
    let known = if plan.prior_state.is_some() { None } else { Some(&plan.outputs) };
    for (name, output) in known.into_iter().flatten() {
        let value = if output.action == Action::Delete { &output.before } else { &output.after };
        if value.is_wholly_known() && !value.is_null() {
            outputs.insert(name.to_string(), output_value(value, output.sensitive));
        }
    }
    outputs
}

fn state_resource(
    address: &ResourceAddress,
    instance: &InstanceState,
    provider: &str,
    schema: Option<&ResourceSchema>,
) -> ResourceOut {
    let typed = schema.and_then(|schema| stored::from_stored(&instance.attributes, &schema.block.implied_type()).ok());
    let value = typed.unwrap_or_else(|| instance.attributes.clone());
    let sensitive: Vec<(ValuePath, Marks)> =
        instance.sensitive_paths.iter().map(|path| (path.clone(), Marks::SENSITIVE)).collect();
    ResourceOut {
        schema_version: instance.schema_version,
        sensitive_values: Owned(sensitive_mask(&mark_at(&value, &sensitive))),
        values: Some(Owned(value)),
        depends_on: instance.dependencies.iter().map(ToString::to_string).collect(),
        tainted: instance.tainted,
        deposed_key: instance.deposed.as_deref().unwrap_or_default().to_owned(),
        ..resource_out(address, instance.key.as_ref(), provider)
    }
}
