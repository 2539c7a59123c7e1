//! Terraform's state file, version 4, both ways and in terraform's own layout.
//!
//! Attributes stay as the file has them: giving them types is for whoever knows the provider's schema
//! (`model::value::stored`). Lineage and serial are compared by whoever writes.

mod quick;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

use crate::model::address::{InstanceKey, ModuleAddress, ResourceAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::check::{CheckInstance, CheckKind, CheckResult, CheckStatus};
use crate::model::state::{InstanceState, OutputState, ResourceState, StateSnapshot};
use crate::model::value::json::{self, Json, JsonRef};
use crate::model::value::stored;
use crate::model::value::{PathStep, Str, Type, Value, ValueKind, ValuePath};

/// The one version that is read and written.
const VERSION: u64 = 4;

/// Why bytes are no state that can be used. The file is never touched because of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateFault {
    /// Nothing is in it: terraform takes that for no state at all.
    #[error("The state file is empty.")]
    Empty,
    /// It ends too early.
    #[error(
        "The state file ends in the middle (line {line}): it was cut off while it was written or copied. Restore it from a backup such as terraform.tfstate.backup."
    )]
    CutOff {
        /// Where it ends.
        line: usize,
    },
    /// Not JSON.
    #[error("The state file is not valid JSON: {problem}. Restore it from a backup, or name another file.")]
    NotJson {
        /// What the reader met, with line and column.
        problem: String,
    },
    /// Written by a newer terraform.
    #[error(
        "The state file has format version {version}{}, and Kilter reads version 4. It was left untouched. Use a newer Kilter, or the terraform that wrote it.",
        if written_by.is_empty() { String::new() } else { format!(", written by terraform {written_by}") }
    )]
    Future {
        /// The version it says.
        version: u64,
        /// The terraform it names.
        written_by: String,
    },
    /// Written by terraform 0.11 or older.
    #[error(
        "The state file has format version {version}, which terraform 0.11 and older wrote. Run `terraform refresh` or `terraform apply -refresh-only` with terraform 0.12 or newer once, which rewrites it as version 4."
    )]
    Old {
        /// The version it says.
        version: u64,
    },
    /// The same object twice.
    #[error(
        "The state file cannot be relied on: {problem}. Somebody merged or edited it; keep the entry that is true, or restore the file from a backup."
    )]
    Duplicate {
        /// Which.
        problem: String,
    },
    /// JSON, but not a state.
    #[error("This is not a usable state file: {problem}.")]
    Malformed {
        /// What is missing or wrong.
        problem: String,
    },
}

fn malformed(problem: impl Into<String>) -> StateFault {
    StateFault::Malformed { problem: problem.into() }
}

#[derive(Deserialize)]
struct StateIn {
    version: Option<u64>,
    #[serde(default)]
    terraform_version: String,
    #[serde(default)]
    serial: u64,
    #[serde(default)]
    lineage: String,
    outputs: Option<BTreeMap<String, OutputIn>>,
    resources: Option<Vec<ResourceIn>>,
    check_results: Option<Vec<CheckWire>>,
}

/// Enough of any version's file to say which version it is.
#[derive(Deserialize)]
struct Probe {
    version: Option<u64>,
    #[serde(default)]
    terraform_version: String,
}

#[derive(Deserialize)]
struct OutputIn {
    value: Json,
    #[serde(rename = "type")]
    ty: Json,
    #[serde(default)]
    sensitive: bool,
}

#[derive(Deserialize)]
struct ResourceIn {
    #[serde(default)]
    module: String,
    mode: String,
    #[serde(rename = "type")]
    type_name: Str,
    name: String,
    provider: Str,
    #[serde(default)]
    instances: Vec<InstanceIn>,
}

#[derive(Deserialize)]
struct InstanceIn {
    index_key: Option<Json>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    deposed: String,
    #[serde(default)]
    schema_version: u64,
    attributes: Option<Json>,
    attributes_flat: Option<Json>,
    sensitive_attributes: Option<Vec<Vec<StepIn>>>,
    private: Option<String>,
    dependencies: Option<Arc<[String]>>,
    #[serde(default)]
    create_before_destroy: bool,
}

#[derive(Deserialize)]
struct StepIn {
    #[serde(rename = "type")]
    kind: String,
    value: Json,
}

#[derive(Serialize, Deserialize)]
struct CheckWire {
    object_kind: String,
    config_addr: String,
    status: String,
    objects: Option<Vec<CheckObjectWire>>,
}

#[derive(Serialize, Deserialize)]
struct CheckObjectWire {
    object_addr: String,
    status: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failure_messages: Vec<String>,
}

/// Reads a state file.
///
/// # Errors
/// When it is empty, cut off, not JSON, of another version, or not a state.
pub fn read(bytes: &[u8]) -> Result<StateSnapshot, StateFault> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(StateFault::Empty);
    }
    let file = match quick::read(bytes) {
        Some(file) => file,
        None => slowly(bytes)?,
    };
    judge(file)
}

fn slowly(bytes: &[u8]) -> Result<StateIn, StateFault> {
    serde_json::from_slice(bytes).map_err(|error| explain(bytes, &error))
}

fn judge(file: StateIn) -> Result<StateSnapshot, StateFault> {
    match file.version {
        Some(VERSION) => {}
        Some(version) => return Err(wrong_version(version, file.terraform_version)),
        None => return Err(malformed("it has no `version`")),
    }
    let mut outputs = BTreeMap::new();
    for (name, output) in file.outputs.unwrap_or_default() {
        let fault = |problem: String| malformed(format!("output `{name}`: {problem}"));
        let ty = stored::type_from_plain(&output.ty.0).map_err(|error| fault(error.to_string()))?;
        let value = stored::from_stored(&output.value.0, &ty).map_err(|error| fault(error.to_string()))?;
        outputs.insert(Str::from(name.as_str()), OutputState { value, sensitive: output.sensitive });
    }
    let resources = resources(file.resources.unwrap_or_default())?;
    let checks = file.check_results.unwrap_or_default().into_iter().map(check).collect::<Result<_, _>>()?;
    Ok(StateSnapshot {
        terraform_version: file.terraform_version.into(),
        serial: file.serial,
        lineage: file.lineage.into(),
        outputs,
        resources,
        checks,
    })
}

/// All resources in order. One that is written twice is one as long as no instance of it is.
fn resources(wires: Vec<ResourceIn>) -> Result<Vec<ResourceState>, StateFault> {
    let mut resources = {
        let mut known = Dependencies::default();
        wires.into_iter().map(|wire| resource(wire, &mut known)).collect::<Result<Vec<_>, StateFault>>()?
    };
    resources.sort_by(|a, b| a.address.cmp(&b.address));
    let mut kept: Vec<ResourceState> = Vec::with_capacity(resources.len());
    for resource in resources {
        match kept.last_mut().filter(|last| last.address == resource.address) {
            Some(last) => {
                last.instances.extend(resource.instances);
                sort_instances(&mut last.instances);
            }
            None => kept.push(resource),
        }
    }
    for resource in &kept {
        let same = |pair: &&[Arc<InstanceState>]| pair[0].key == pair[1].key && pair[0].deposed == pair[1].deposed;
        if let Some([twice, _]) = resource.instances.windows(2).find(same) {
            let address = resource.address.instance(twice.key.clone());
            let deposed = twice.deposed.as_ref().map(|key| format!(" deposed object \"{key}\"")).unwrap_or_default();
            let problem = format!("instance {address}{deposed} appears multiple times in the state file");
            return Err(StateFault::Duplicate { problem });
        }
    }
    Ok(kept)
}

fn sort_instances(instances: &mut [Arc<InstanceState>]) {
    instances.sort_by(|a, b| (&a.key, &a.deposed).cmp(&(&b.key, &b.deposed)));
}

fn wrong_version(version: u64, written_by: String) -> StateFault {
    if version > VERSION { StateFault::Future { version, written_by } } else { StateFault::Old { version } }
}

/// Another version's file rarely fits ours, so the version is looked for before its form is blamed.
fn explain(bytes: &[u8], error: &serde_json::Error) -> StateFault {
    if error.is_eof() {
        return StateFault::CutOff { line: error.line() };
    }
    if error.is_data() {
        return match serde_json::from_slice::<Probe>(bytes) {
            Ok(Probe { version: Some(version), terraform_version }) if version != VERSION => {
                wrong_version(version, terraform_version)
            }
            _ => malformed(error.to_string()),
        };
    }
    StateFault::NotJson { problem: error.to_string() }
}

fn resource(wire: ResourceIn, known: &mut Dependencies) -> Result<ResourceState, StateFault> {
    let mode = match wire.mode.as_str() {
        "managed" => ResourceMode::Managed,
        "data" => ResourceMode::Data,
        other => return Err(malformed(format!("`{other}` is not a resource mode"))),
    };
    let address = ResourceAddress {
        module: ModuleAddress::parse(&wire.module).map_err(|error| malformed(error.to_string()))?,
        mode,
        type_name: wire.type_name,
        name: wire.name.into(),
    };
    let mut instances = wire
        .instances
        .into_iter()
        .map(|wire| instance(wire, known).map(Arc::new).map_err(|problem| malformed(format!("{address}: {problem}"))))
        .collect::<Result<Vec<_>, _>>()?;
    sort_instances(&mut instances);
    Ok(ResourceState { address, provider: wire.provider, instances })
}

fn instance(wire: InstanceIn, known: &mut Dependencies) -> Result<InstanceState, String> {
    let key = match wire.index_key {
        Some(Json(key)) => instance_key(&key)?,
        None => None,
    };
    let paths = wire.sensitive_attributes.unwrap_or_default();
    let sensitive_paths = paths.into_iter().map(path).collect::<Result<_, _>>()?;
    let dependencies = match &wire.dependencies {
        Some(list) => known.read(list)?,
        None => Vec::new(),
    };
    let tainted = match wire.status.as_str() {
        "" => false,
        "tainted" => true,
        other => return Err(format!("an instance has the invalid status \"{other}\"")),
    };
    Ok(InstanceState {
        key,
        deposed: (!wire.deposed.is_empty()).then(|| wire.deposed.into()),
        tainted,
        schema_version: wire.schema_version,
        attributes: wire.attributes.or(wire.attributes_flat).map_or_else(Value::null, |json| json.0),
        sensitive_paths,
        private: wire.private.map(Str::from),
        dependencies,
        create_before_destroy: wire.create_before_destroy,
    })
}

/// Dependencies that were read before: they are the same for all instances of a resource, and often for more.
#[derive(Default)]
struct Dependencies {
    last: Option<(Arc<[String]>, Vec<ResourceAddress>)>,
}

impl Dependencies {
    fn read(&mut self, list: &Arc<[String]>) -> Result<Vec<ResourceAddress>, String> {
        if let Some((written, read)) = &self.last
            && (Arc::ptr_eq(written, list) || written == list)
        {
            return Ok(read.clone());
        }
        let read = list.iter().map(|text| ResourceInstanceAddress::parse(text).map(|address| address.resource));
        let read: Vec<ResourceAddress> = read.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        self.last = Some((list.clone(), read.clone()));
        Ok(read)
    }
}

/// The key that an `index_key` or `index` holds.
pub(super) fn instance_key(key: &Value) -> Result<Option<InstanceKey>, String> {
    match &key.kind {
        ValueKind::Null(_) => Ok(None),
        ValueKind::String(text) => Ok(Some(InstanceKey::String(text.clone()))),
        ValueKind::Number(number) => {
            let index = number.to_i64().ok_or("an instance index is a whole number")?;
            Ok(Some(InstanceKey::Int(index)))
        }
        _ => Err("an instance key is a whole number or a string".to_owned()),
    }
}

fn path(steps: Vec<StepIn>) -> Result<ValuePath, String> {
    let step = |step: StepIn| match (step.kind.as_str(), &step.value.0.kind) {
        ("get_attr", ValueKind::String(name)) => Ok(PathStep::Attribute(name.clone())),
        ("index", _) => {
            let key = stored::from_stored(&step.value.0, &Type::Dynamic).map_err(|error| error.to_string())?;
            Ok(match &key.kind {
                ValueKind::String(text) => PathStep::Key(text.clone()),
                ValueKind::Number(number) => {
                    PathStep::Index(number.to_i64().ok_or("an index in a path is a whole number")?)
                }
                _ => PathStep::Element(key),
            })
        }
        (kind, _) => Err(format!("`{kind}` is not a step of a path")),
    };
    steps.into_iter().map(step).collect::<Result<_, String>>().map(ValuePath)
}

fn check(wire: CheckWire) -> Result<CheckResult, StateFault> {
    let kind = match wire.object_kind.as_str() {
        "resource" => CheckKind::Resource,
        "output" | "output_value" => CheckKind::OutputValue,
        "check" => CheckKind::Check,
        "var" => CheckKind::InputVariable,
        other => return Err(malformed(format!("`{other}` is not a kind of checked object"))),
    };
    let object = |wire: CheckObjectWire| CheckInstance {
        address: wire.object_addr.into(),
        status: status(&wire.status),
        problems: wire.failure_messages.into_iter().map(Str::from).collect(),
    };
    Ok(CheckResult {
        kind,
        address: wire.config_addr.into(),
        status: status(&wire.status),
        instances: wire.objects.unwrap_or_default().into_iter().map(object).collect(),
    })
}

/// The status that a word names; what is not known counts as unknown.
pub(super) fn status(word: &str) -> CheckStatus {
    match word {
        "pass" => CheckStatus::Pass,
        "fail" => CheckStatus::Fail,
        "error" => CheckStatus::Error,
        _ => CheckStatus::Unknown,
    }
}

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

fn checks_out(checks: &[CheckResult]) -> Option<Vec<CheckWire>> {
    if checks.is_empty() {
        return None;
    }
    let object = |instance: &CheckInstance| CheckObjectWire {
        object_addr: instance.address.to_string(),
        status: instance.status.word().to_owned(),
        failure_messages: instance.problems.iter().map(ToString::to_string).collect(),
    };
    let mut wires: Vec<CheckWire> = checks
        .iter()
        .map(|check| CheckWire {
            object_kind: match check.kind {
                CheckKind::OutputValue => "output",
                other => other.word(),
            }
            .to_owned(),
            config_addr: check.address.to_string(),
            status: check.status.word().to_owned(),
            objects: (!check.instances.is_empty()).then(|| check.instances.iter().map(object).collect()),
        })
        .collect();
    wires.sort_by(|a, b| (&a.object_kind, &a.config_addr).cmp(&(&b.object_kind, &b.config_addr)));
    Some(wires)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_what_to_do() {
        assert_eq!(read(b" \n").unwrap_err(), StateFault::Empty);
        assert!(fault("{\"version\": 4, \"serial\": 1,").contains("ends in the middle"));
        assert!(fault("hello").contains("not valid JSON"));
        assert!(fault(r#"{"version":5,"terraform_version":"3.0.0","resources":{"x":1}}"#).contains("terraform 3.0.0"));
        assert!(fault(r#"{"version":3,"modules":[]}"#).contains("terraform 0.12"));
        assert!(fault("{}").contains("no `version`"));
        assert!(
            fault(r#"{"version":4,"resources":[{"mode":"odd","type":"a","name":"b","provider":"p"}]}"#).contains("odd")
        );
        let instances = |text: &str| {
            fault(&format!(
                r#"{{"version":4,"resources":[{{"mode":"managed","type":"a","name":"b","provider":"p","instances":[{text}]}}]}}"#
            ))
        };
        assert!(instances(r#"{"index_key":"k"},{"index_key":"k"}"#).contains(r#"a.b["k"] appears multiple times"#));
        let deposed = r#"{"deposed":"aaaaaaaa"}"#;
        assert!(instances(&format!("{deposed},{{}},{deposed}")).contains(r#"a.b deposed object "aaaaaaaa" appears"#));
        assert!(instances(r#"{"status":"weird"}"#).contains("weird"));
        assert!(fault(r#"{"version":4,"outputs":{"o":{"value":1,"type":"strng"}}}"#).contains("output `o`"));
    }

    fn leaf() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::null()),
            any::<bool>().prop_map(Value::bool),
            any::<i64>().prop_map(|n| Value::number(n.to_string().parse().unwrap())),
            "-?[1-9][0-9]{0,40}\\.[0-9]{0,5}[1-9]".prop_map(|text| Value::number(text.parse().unwrap())),
            "[ -~äß<>&\u{2028}]{0,8}".prop_map(Value::string),
        ]
    }

    fn plain() -> impl Strategy<Value = Value> {
        leaf().prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::tuple),
                prop::collection::btree_map("[a-z]{1,3}", inner, 0..4).prop_map(Value::object),
            ]
        })
    }

    fn key() -> impl Strategy<Value = Option<InstanceKey>> {
        prop_oneof![
            Just(None),
            (0..50i64).prop_map(|n| Some(InstanceKey::Int(n))),
            "[a-z\"${ ]{0,5}".prop_map(|k| Some(InstanceKey::String(k.into()))),
        ]
    }

    fn instance_strategy() -> impl Strategy<Value = InstanceState> {
        let paths = prop::collection::vec(
            prop::collection::vec(
                prop_oneof![
                    "[a-z]{1,3}".prop_map(|n| PathStep::Attribute(n.into())),
                    "[a-z]{0,3}".prop_map(|n| PathStep::Key(n.into())),
                    (0..9i64).prop_map(PathStep::Index),
                ],
                1..3,
            )
            .prop_map(ValuePath),
            0..2,
        );
        (key(), any::<bool>(), any::<bool>(), prop::collection::btree_map("[a-z]{1,4}", plain(), 0..4), paths).prop_map(
            |(key, tainted, flag, attributes, sensitive_paths)| InstanceState {
                key,
                deposed: flag.then(|| "deadbeef".into()),
                tainted,
                schema_version: u64::from(flag),
                attributes: Value::object(attributes),
                sensitive_paths,
                private: flag.then(|| "eyJ4IjoxfQ==".into()),
                dependencies: vec![ResourceInstanceAddress::parse("module.m.data.http.x").unwrap().resource],
                create_before_destroy: flag,
            },
        )
    }

    proptest! {
        #[test]
        fn a_state_survives_its_own_file(
            outputs in prop::collection::btree_map("[a-z]{1,4}", (plain(), any::<bool>()), 0..3),
            names in prop::collection::btree_set("[a-z]{1,4}", 0..3),
            instances in prop::collection::vec(instance_strategy(), 1..3),
            serial in any::<u64>(),
        ) {
            let mut state = StateSnapshot { serial, lineage: "l".into(), terraform_version: "1.11.4".into(), ..Default::default() };
            for (name, (value, sensitive)) in outputs {
                state.outputs.insert(name.into(), OutputState { value, sensitive });
            }
            for name in names {
                let address = ResourceInstanceAddress::parse(&format!("module.a[\"k\"].x_y.{name}")).unwrap().resource;
                for instance in &instances {
                    state.put(&address, &"provider[\"terraform.io/builtin/terraform\"]".into(), instance.clone());
                }
            }
            let bytes = write(&state).unwrap();
            prop_assert!(quick::read(&bytes).is_some(), "what we write is read quickly");
            prop_assert_eq!(judge(slowly(&bytes).unwrap()).unwrap(), state.clone());
            prop_assert_eq!(read(&bytes).unwrap(), state);
        }

        #[test]
        fn a_broken_state_is_judged_as_the_slow_reader_judges_it(
            instances in prop::collection::vec(instance_strategy(), 1..3),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            cut in any::<bool>(),
        ) {
            let mut state = StateSnapshot { serial: 1, lineage: "l".into(), ..Default::default() };
            let address = ResourceInstanceAddress::parse("module.a[\"k\"].x_y.z").unwrap().resource;
            for instance in instances {
                state.put(&address, &"provider[\"terraform.io/builtin/terraform\"]".into(), instance);
            }
            let mut bytes = write(&state).unwrap();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            let slow = slowly(&bytes).and_then(judge);
            match quick::read(&bytes) {
                Some(file) => prop_assert_eq!(judge(file), slow),
                None => prop_assert_eq!(read(&bytes), if bytes.iter().all(u8::is_ascii_whitespace) { Err(StateFault::Empty) } else { slow }),
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = read(&bytes);
        }
    }
}
