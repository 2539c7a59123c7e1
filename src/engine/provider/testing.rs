//! What provider tests share: a world in memory, with dice that always fall alike.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use super::attributes::attribute;
use super::{ApplyFault, DataAnswer, PlannedObject, Provider, World};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Value, ValueKind};
use crate::sys::files::{FakeFiles, ReadFiles};
use crate::sys::http::FakeHttp;
use crate::sys::processes::FakeProcesses;

/// A provider in a world of its own.
pub(super) struct Bench<P> {
    pub(super) provider: P,
    pub(super) files: FakeFiles,
    pub(super) http: FakeHttp,
    pub(super) commands: FakeProcesses,
    dice: Mutex<u8>,
}

impl<P: Provider> Bench<P> {
    pub(super) fn new(provider: P) -> Self {
        Bench {
            provider,
            files: FakeFiles::default(),
            http: FakeHttp::default(),
            commands: FakeProcesses::default(),
            dice: Mutex::new(0),
        }
    }

    pub(super) fn in_world<R>(&self, go: impl FnOnce(&World<'_>) -> R) -> R {
        let random = |buffer: &mut [u8]| {
            let mut dice = self.dice.lock().unwrap();
            for byte in buffer {
                *dice = dice.wrapping_mul(31).wrapping_add(7);
                *byte = *dice;
            }
        };
        go(&World {
            files: &self.files,
            directory: Path::new("/stack"),
            now: UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            random: &random,
            http: Some(&self.http),
            commands: Some(&self.commands),
            earnest: false,
            cancelled: &|| false,
            state_file: &|path| self.files.read(path),
        })
    }

    /// Plans as the planner does: computed attributes that are not configured come from the prior object.
    pub(super) fn plan(&self, type_name: &str, prior: &Value, config: &Value) -> PlannedObject {
        let schema = &self.provider.schema().resources[type_name];
        let proposed = config.as_object().unwrap().iter().map(|(name, value)| {
            let computed = schema.block.attributes.get(name).is_some_and(|schema| schema.computed);
            let value = match value.is_null() && computed {
                true if prior.is_null() => Value::unknown(schema.block.attributes[name].ty.clone()),
                true => attribute(prior, name),
                false => value.clone(),
            };
            (name.clone(), value)
        });
        self.provider.plan(type_name, prior, &Value::object(proposed), config).unwrap()
    }

    /// A whole configuration of a type: what is not named is null.
    pub(super) fn config<'a>(&self, type_name: &str, given: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        let schema = self.provider.schema();
        let found = schema.resources.get(type_name).or_else(|| schema.data_sources.get(type_name)).unwrap();
        super::attributes::object_of(&found.block.implied_type(), given)
    }

    pub(super) fn apply(&self, type_name: &str, prior: &Value, planned: &Value) -> Value {
        self.try_apply(type_name, prior, planned).unwrap()
    }

    pub(super) fn try_apply(&self, type_name: &str, prior: &Value, planned: &Value) -> Result<Value, ApplyFault> {
        let made = self.in_world(|world| self.provider.apply(type_name, prior, planned, planned, world))?;
        assert!(made.is_wholly_known(), "{type_name}: {made:?}");
        if let (Some(planned), Some(made)) = (planned.as_object(), made.as_object()) {
            for (name, value) in planned {
                let kept = value.any(&|v| matches!(v.kind, ValueKind::Unknown(_))) || made.get(name) == Some(value);
                assert!(kept, "{type_name}.{name}: planned {value:?}, made {:?}", made.get(name));
            }
        }
        Ok(made)
    }

    /// Plans and applies a create.
    pub(super) fn create(&self, type_name: &str, config: &Value) -> Value {
        let planned = self.plan(type_name, &Value::null(), config).planned;
        self.apply(type_name, &Value::null(), &planned)
    }

    pub(super) fn read(&self, type_name: &str, current: &Value) -> Value {
        self.in_world(|world| self.provider.read(type_name, current, world)).unwrap()
    }

    pub(super) fn read_data(&self, type_name: &str, config: &Value) -> Result<DataAnswer, Vec<Diagnostic>> {
        self.in_world(|world| self.provider.read_data(type_name, config, world))
    }

    pub(super) fn import(&self, type_name: &str, id: &str) -> Value {
        self.in_world(|world| self.provider.import(type_name, id, world)).unwrap()
    }
}
