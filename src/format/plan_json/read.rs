//! Reads any provider's plan JSON into a plan. Parts that the model has no place for are skipped without being built.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::masks::{with_sensitive, with_unknowns};
use crate::format::check_json::CheckIn;
use crate::format::state_json::instance_key;
use crate::model::action::{Action, ActionReason};
use crate::model::address::{ResourceAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::plan::{Change, DataRead, Knowledge, OutputChange, Plan, ResourceChange};
use crate::model::state::{InstanceState, OutputState, ResourceState, StateSnapshot};
use crate::model::value::json::Json;
use crate::model::value::marked::unmark_with_paths;
use crate::model::value::stored;
use crate::model::value::{PathStep, Str, Value, ValueKind, ValuePath};

/// Why bytes are no plan that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanFault {
    /// It ends too early.
    #[error("The plan JSON ends in the middle (line {line}): it was cut off. Ask `terraform show -json` for it again.")]
    CutOff {
        /// Where it ends.
        line: usize,
    },
    /// Not JSON, or not a plan's.
    #[error("This is not the JSON of a plan: {problem}. It is what `terraform show -json PLANFILE` prints.")]
    NotAPlan {
        /// What the reader met.
        problem: String,
    },
    /// Another major version of the format.
    #[error("The plan JSON has format version {version}, and Kilter reads 1.x. Use a newer Kilter.")]
    Future {
        /// The version it says.
        version: String,
    },
}

#[derive(Deserialize)]
struct PlanIn {
    format_version: Option<String>,
    #[serde(default)]
    terraform_version: String,
    #[serde(default)]
    variables: BTreeMap<String, VariableIn>,
    #[serde(default)]
    resource_drift: Changes,
    #[serde(default)]
    resource_changes: Changes,
    #[serde(default)]
    output_changes: BTreeMap<String, ChangeIn>,
    prior_state: Option<StateIn>,
    #[serde(default)]
    checks: Vec<CheckIn>,
    #[serde(default)]
    timestamp: String,
    applyable: Option<bool>,
    complete: Option<bool>,
    errored: Option<bool>,
}

#[derive(Deserialize)]
struct VariableIn {
    value: Option<Json>,
}

/// Changes, each turned into the model's form as soon as it is read: a plan of 100 MB is never held twice.
#[derive(Default)]
struct Changes(Vec<Arc<ResourceChange>>);

impl<'de> Deserialize<'de> for Changes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ChangesVisitor)
    }
}

struct ChangesVisitor;

impl<'de> Visitor<'de> for ChangesVisitor {
    type Value = Changes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of changes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Changes, A::Error> {
        let mut changes = Vec::new();
        while let Some(wire) = sequence.next_element::<ResourceChangeIn>()? {
            let change = resource_change(wire).map_err(|fault| match fault {
                PlanFault::NotAPlan { problem } => A::Error::custom(problem),
                other => A::Error::custom(other),
            })?;
            changes.push(Arc::new(change));
        }
        changes.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
        Ok(Changes(changes))
    }
}

#[derive(Deserialize)]
struct ResourceChangeIn {
    address: String,
    previous_address: Option<String>,
    deposed: Option<String>,
    #[serde(default)]
    provider_name: String,
    change: ChangeIn,
    action_reason: Option<String>,
}

#[derive(Deserialize)]
struct ChangeIn {
    actions: Vec<String>,
    before: Option<Json>,
    after: Option<Json>,
    after_unknown: Option<Json>,
    before_sensitive: Option<Json>,
    after_sensitive: Option<Json>,
    #[serde(default)]
    replace_paths: Vec<Vec<Json>>,
    importing: Option<ImportingIn>,
}

#[derive(Deserialize)]
struct ImportingIn {
    #[serde(default)]
    id: String,
}

#[derive(Deserialize)]
struct StateIn {
    #[serde(default)]
    terraform_version: String,
    values: Option<ValuesIn>,
}

#[derive(Deserialize)]
struct ValuesIn {
    #[serde(default)]
    outputs: BTreeMap<String, OutputIn>,
    #[serde(default)]
    root_module: ModuleIn,
}

#[derive(Deserialize)]
struct OutputIn {
    #[serde(default)]
    sensitive: bool,
    value: Option<Json>,
    #[serde(rename = "type")]
    ty: Option<Json>,
}

#[derive(Deserialize, Default)]
struct ModuleIn {
    #[serde(default)]
    resources: Vec<ResourceIn>,
    #[serde(default)]
    child_modules: Vec<ModuleIn>,
}

#[derive(Deserialize)]
struct ResourceIn {
    address: String,
    index: Option<Json>,
    #[serde(default)]
    provider_name: String,
    #[serde(default)]
    schema_version: u64,
    values: Option<Json>,
    sensitive_values: Option<Json>,
    #[serde(default)]
    depends_on: Vec<String>,
    #[serde(default)]
    tainted: bool,
    deposed_key: Option<String>,
}

/// Reads a plan.
///
/// # Errors
/// When it is cut off, not a plan, or of another major version.
pub fn read(bytes: &[u8]) -> Result<Plan, PlanFault> {
    let file: PlanIn = serde_json::from_slice(bytes).map_err(|error| {
        if error.is_eof() {
            PlanFault::CutOff { line: error.line() }
        } else {
            PlanFault::NotAPlan { problem: error.to_string() }
        }
    })?;
    match &file.format_version {
        Some(version) if version.split('.').next() == Some("1") => {}
        Some(version) => return Err(PlanFault::Future { version: version.clone() }),
        None => return Err(PlanFault::NotAPlan { problem: "it has no `format_version`".to_owned() }),
    }
    let variables = file.variables.into_iter().map(|(name, variable)| (Str::from(name), json_or_null(variable.value)));
    let outputs = file.output_changes.into_iter().map(|(name, change)| Ok((Str::from(name), output_change(change)?)));
    let mut plan = Plan {
        terraform_version: file.terraform_version.into(),
        variables: variables.collect(),
        changes: file.resource_changes.0,
        drift: file.resource_drift.0,
        outputs: outputs.collect::<Result<_, PlanFault>>()?,
        checks: file.checks.into_iter().map(CheckIn::into_result).collect(),
        errored: file.errored.unwrap_or(false),
        applyable: true,
        complete: file.complete.unwrap_or(true),
        timestamp: file.timestamp.into(),
        ..Plan::default()
    };
    // Terraform before 1.8 does not say it; then a plan with anything to do can be applied.
    plan.applyable = file.applyable.unwrap_or_else(|| !plan.summary().is_empty());
    if let Some(state) = file.prior_state {
        let (state, data_read) = prior_state(state)?;
        plan.prior_state = Some(Arc::new(state));
        plan.data_read = data_read;
    }
    Ok(plan)
}

fn json_or_null(json: Option<Json>) -> Value {
    json.map_or_else(Value::null, |json| json.0)
}

fn not_a_plan(problem: impl ToString) -> PlanFault {
    PlanFault::NotAPlan { problem: problem.to_string() }
}

fn address(text: &str) -> Result<ResourceInstanceAddress, PlanFault> {
    ResourceInstanceAddress::parse(text).map_err(not_a_plan)
}

fn resource_change(wire: ResourceChangeIn) -> Result<ResourceChange, PlanFault> {
    Ok(ResourceChange {
        address: address(&wire.address)?,
        previous_address: wire.previous_address.as_deref().map(address).transpose()?,
        deposed: wire.deposed.map(Str::from),
        provider: wire.provider_name.into(),
        change: change(wire.change)?,
        reason: wire.action_reason.as_deref().and_then(ActionReason::from_word),
        place: None,
        knowledge: Knowledge::Exact,
    })
}

fn action(words: &[String]) -> Result<Action, PlanFault> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Action::from_words(&words).ok_or_else(|| not_a_plan(format!("{words:?} are no actions")))
}

/// The two sides with their unknowns and marks.
fn sides(wire: &mut ChangeIn) -> (Value, Value) {
    let none = Value::bool(false);
    let mask = |json: &Option<Json>| json.as_ref().map_or_else(|| none.clone(), |json| json.0.clone());
    let before = with_sensitive(json_or_null(wire.before.take()), &mask(&wire.before_sensitive));
    let after = with_unknowns(wire.after.take().map(|json| json.0), &mask(&wire.after_unknown));
    let after = with_sensitive(after, &mask(&wire.after_sensitive));
    // Most objects of a large plan do not change: both sides then share one value.
    let after = if after == before { before.clone() } else { after };
    (before, after)
}

fn change(mut wire: ChangeIn) -> Result<Change, PlanFault> {
    let (before, after) = sides(&mut wire);
    Ok(Change {
        action: action(&wire.actions)?,
        before,
        after,
        replace_paths: wire.replace_paths.into_iter().map(path).collect(),
        importing: wire.importing.map(|importing| importing.id.into()),
    })
}

fn path(steps: Vec<Json>) -> ValuePath {
    let step = |step: Json| match step.0.kind {
        ValueKind::String(name) => PathStep::Attribute(name),
        ValueKind::Number(ref number) => PathStep::Index(number.to_i64().unwrap_or_default()),
        _ => PathStep::Element(step.0),
    };
    ValuePath(steps.into_iter().map(step).collect())
}

fn output_change(mut wire: ChangeIn) -> Result<OutputChange, PlanFault> {
    let flag = |json: &Option<Json>| json.as_ref().is_some_and(|json| json.0.as_bool() == Some(true));
    let sensitive = flag(&wire.after_sensitive) || flag(&wire.before_sensitive);
    let (before, after) = sides(&mut wire);
    Ok(OutputChange { action: action(&wire.actions)?, before, after, sensitive })
}

fn prior_state(wire: StateIn) -> Result<(StateSnapshot, Vec<DataRead>), PlanFault> {
    let mut state = StateSnapshot { terraform_version: wire.terraform_version.into(), ..StateSnapshot::default() };
    let mut read = Vec::new();
    let Some(values) = wire.values else { return Ok((state, read)) };
    for (name, output) in values.outputs {
        let plain = json_or_null(output.value);
        let typed = output.ty.and_then(|ty| stored::type_from_plain(&ty.0).ok());
        let value = typed.and_then(|ty| stored::from_stored(&plain, &ty).ok()).unwrap_or(plain);
        state.outputs.insert(name.into(), OutputState { value, sensitive: output.sensitive });
    }
    let mut resources: BTreeMap<ResourceAddress, ResourceState> = BTreeMap::new();
    collect(values.root_module, &mut resources, &mut read)?;
    state.resources = resources.into_values().collect();
    Ok((state, read))
}

fn collect(
    module: ModuleIn,
    resources: &mut BTreeMap<ResourceAddress, ResourceState>,
    read: &mut Vec<DataRead>,
) -> Result<(), PlanFault> {
    for wire in module.resources {
        let address = address(&wire.address)?;
        let mask = wire.sensitive_values.as_ref().map_or_else(|| Value::bool(false), |json| json.0.clone());
        let value = with_sensitive(json_or_null(wire.values), &mask);
        if address.resource.mode == ResourceMode::Data {
            read.push(DataRead { address, provider: wire.provider_name.into(), value });
            continue;
        }
        let key = match wire.index {
            Some(Json(index)) => instance_key(&index).map_err(not_a_plan)?,
            None => address.key.clone(),
        };
        let (attributes, marked) = unmark_with_paths(&value);
        let dependencies = wire.depends_on.iter().filter_map(|text| ResourceInstanceAddress::parse(text).ok());
        let instance = InstanceState {
            key,
            deposed: wire.deposed_key.map(Str::from),
            tainted: wire.tainted,
            schema_version: wire.schema_version,
            attributes,
            sensitive_paths: marked.into_iter().map(|(path, _)| path).collect(),
            private: None,
            dependencies: dependencies.map(|address| address.resource).collect(),
            create_before_destroy: false,
        };
        let entry = resources.entry(address.resource.clone()).or_insert_with(|| ResourceState {
            address: address.resource.clone(),
            provider: format!("provider[\"{}\"]", wire.provider_name).into(),
            instances: Vec::new(),
        });
        entry.instances.push(instance);
    }
    module.child_modules.into_iter().try_for_each(|child| collect(child, resources, read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plan_is_refused() {
        let fault = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        assert!(fault("{\"format_version\":\"1.2\",").contains("cut off"));
        assert!(fault("[]").contains("not the JSON of a plan"));
        assert!(fault("{}").contains("no `format_version`"));
        assert!(fault(r#"{"format_version":"2.0"}"#).contains("2.0"));
        let odd = r#"{"format_version":"1.2","resource_changes":[{"address":"a.b","change":{"actions":["sing"]}}]}"#;
        assert!(fault(odd).contains("sing"));
    }
}
