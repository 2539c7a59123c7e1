//! From a file's members to a state: what is wrong is said, and what is there twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::checks::check;
use super::fault::{StateFault, VERSION, malformed};
use super::quick;
use super::wire::{DependenciesIn, InstanceIn, Probe, ResourceIn, StateIn, StepIn};
use crate::model::address::{InstanceKey, ModuleAddress, ResourceAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::state::{InstanceState, OutputState, ResourceState, StateSnapshot};
use crate::model::value::json::Json;
use crate::model::value::stored;
use crate::model::value::{PathStep, Str, Type, Value, ValueKind, ValuePath};

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

pub(super) fn slowly(bytes: &[u8]) -> Result<StateIn, StateFault> {
    serde_json::from_slice(bytes).map_err(|error| explain(bytes, &error))
}

pub(super) fn judge(file: StateIn) -> Result<StateSnapshot, StateFault> {
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
        Some(DependenciesIn::Read(list)) => list.clone(),
        Some(DependenciesIn::Text(list)) => known.read(list)?,
        None => Arc::default(),
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
    last: Option<(Vec<String>, Arc<[ResourceAddress]>)>,
}

impl Dependencies {
    fn read(&mut self, list: &Vec<String>) -> Result<Arc<[ResourceAddress]>, String> {
        if let Some((written, read)) = &self.last
            && written == list
        {
            return Ok(read.clone());
        }
        let read = list.iter().map(|text| ResourceInstanceAddress::parse(text).map(|address| address.resource));
        let read: Arc<[ResourceAddress]> = read.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        self.last = Some((list.clone(), read.clone()));
        Ok(read)
    }
}

/// The key that an `index_key` or `index` holds.
pub(in crate::format) fn instance_key(key: &Value) -> Result<Option<InstanceKey>, String> {
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
