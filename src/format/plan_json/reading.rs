//! The large lists of a plan: changes and the resources of the prior state, each turned into the model's form as soon
//! as it is read.
//!
//! A plan says most things several times: an object that does not change stands before, after, and in the prior state.
//! What is written in the same letters is read once and shared, and so is every text.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::masks::{with_sensitive, with_unknowns};
use super::read::{PlanFault, not_a_plan};
use crate::format::state_json::instance_key;
use crate::model::action::{Action, ActionReason};
use crate::model::address::{ResourceAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::plan::{Change, DataRead, Knowledge, OutputChange, ResourceChange};
use crate::model::state::{InstanceState, ResourceState};
use crate::model::value::json::{self, Json, Strings};
use crate::model::value::marked::unmark_with_paths;
use crate::model::value::{PathStep, Str, Value, ValueKind, ValuePath};

/// An entry of `resource_changes` or `resource_drift`.
#[derive(Deserialize)]
pub(super) struct ResourceChangeIn<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow)]
    previous_address: Option<Cow<'a, str>>,
    deposed: Option<String>,
    #[serde(borrow, default)]
    provider_name: Cow<'a, str>,
    #[serde(borrow)]
    change: ChangeIn<'a>,
    #[serde(borrow)]
    action_reason: Option<Cow<'a, str>>,
}

/// Two sides with their shadows; the large parts are left as they are written.
#[derive(Deserialize)]
pub(super) struct ChangeIn<'a> {
    #[serde(borrow)]
    actions: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    before: Option<&'a RawValue>,
    #[serde(borrow)]
    after: Option<&'a RawValue>,
    #[serde(borrow)]
    after_unknown: Option<&'a RawValue>,
    #[serde(borrow)]
    before_sensitive: Option<&'a RawValue>,
    #[serde(borrow)]
    after_sensitive: Option<&'a RawValue>,
    #[serde(default)]
    replace_paths: Vec<Vec<Json>>,
    importing: Option<ImportingIn>,
}

#[derive(Deserialize)]
struct ImportingIn {
    #[serde(default)]
    id: String,
}

/// A resource of the prior state.
#[derive(Deserialize)]
pub(super) struct ResourceIn<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    index: Option<Json>,
    #[serde(borrow, default)]
    provider_name: Cow<'a, str>,
    #[serde(default)]
    schema_version: u64,
    #[serde(borrow)]
    values: Option<&'a RawValue>,
    #[serde(borrow)]
    sensitive_values: Option<&'a RawValue>,
    #[serde(borrow, default)]
    depends_on: Vec<Cow<'a, str>>,
    #[serde(default)]
    tainted: bool,
    deposed_key: Option<String>,
}

/// What is known at an address already.
struct Earlier<'de> {
    address: ResourceInstanceAddress,
    /// An object in the letters it was read from.
    object: Option<(&'de str, Value)>,
}

/// What was met so far while a plan is read.
#[derive(Default)]
pub(super) struct Reading<'de> {
    strings: Strings,
    earlier: HashMap<Cow<'de, str>, Earlier<'de>>,
    resources: BTreeMap<ResourceAddress, ResourceState>,
    data_read: Vec<DataRead>,
}

impl<'de> Reading<'de> {
    fn earlier(&mut self, text: &Cow<'de, str>) -> Result<&mut Earlier<'de>, PlanFault> {
        if !self.earlier.contains_key(text) {
            let mut address = ResourceInstanceAddress::parse(text).map_err(not_a_plan)?;
            address.resource.type_name = self.strings.share(&address.resource.type_name);
            address.resource.name = self.strings.share(&address.resource.name);
            self.earlier.insert(text.clone(), Earlier { address, object: None });
        }
        self.earlier.get_mut(text).ok_or_else(|| not_a_plan("an address was lost"))
    }

    #[allow(clippy::ptr_arg, reason = "an owned copy is made of what is borrowed only where it must be")]
    fn address(&mut self, text: &Cow<'de, str>) -> Result<ResourceInstanceAddress, PlanFault> {
        self.earlier(text).map(|earlier| earlier.address.clone())
    }

    fn value(&mut self, raw: &RawValue) -> Result<Value, PlanFault> {
        json::read_sharing(raw.get(), &mut self.strings).map_err(not_a_plan)
    }

    /// One change.
    pub(super) fn resource_change(&mut self, wire: ResourceChangeIn<'de>) -> Result<ResourceChange, PlanFault> {
        let previous = wire.previous_address.as_ref();
        Ok(ResourceChange {
            address: self.address(&wire.address)?,
            previous_address: previous.map(|text| self.address(text)).transpose()?,
            deposed: wire.deposed.map(Str::from),
            provider: self.strings.share(&wire.provider_name),
            change: self.change(Some(&wire.address), wire.change)?,
            reason: wire.action_reason.as_deref().and_then(ActionReason::from_word),
            place: None,
            knowledge: Knowledge::Exact,
        })
    }

    fn change(&mut self, at: Option<&Cow<'de, str>>, wire: ChangeIn<'de>) -> Result<Change, PlanFault> {
        let (before, after) = self.sides(at, &wire)?;
        Ok(Change {
            action: action(&wire.actions)?,
            before,
            after,
            replace_paths: wire.replace_paths.into_iter().map(path).collect(),
            importing: wire.importing.map(|importing| importing.id.into()),
        })
    }

    /// One output's change.
    pub(super) fn output_change(&mut self, wire: ChangeIn<'de>) -> Result<OutputChange, PlanFault> {
        let flag = |raw: Option<&RawValue>| raw.is_some_and(|raw| raw.get() == "true");
        let sensitive = flag(wire.after_sensitive) || flag(wire.before_sensitive);
        let change = self.change(None, wire)?;
        Ok(OutputChange { action: change.action, before: change.before, after: change.after, sensitive })
    }

    /// The two sides with their unknowns and marks.
    fn sides(&mut self, at: Option<&Cow<'de, str>>, wire: &ChangeIn<'de>) -> Result<(Value, Value), PlanFault> {
        let old = wire.before.map(|raw| self.object(at, raw)).transpose()?;
        let new = match (wire.before, wire.after) {
            (Some(before), Some(after)) if before.get() == after.get() => old.clone(),
            (_, after) => after.map(|raw| self.value(raw)).transpose()?.map(|new| sharing(new, old.as_ref())),
        };
        let before = self.marked(old.unwrap_or_else(Value::null), wire.before_sensitive)?;
        let after = match said(wire.after_unknown) {
            Some(raw) => with_unknowns(new, &self.value(raw)?),
            None => new.unwrap_or_else(Value::null),
        };
        let after = self.marked(after, wire.after_sensitive)?;
        // Most objects of a large plan do not change: both sides then share one value.
        let after = if after == before { before.clone() } else { after };
        Ok((before, after))
    }

    /// The object at an address, which may have been read in the same letters before.
    fn object(&mut self, at: Option<&Cow<'de, str>>, raw: &'de RawValue) -> Result<Value, PlanFault> {
        let Some(at) = at else { return self.value(raw) };
        if let Some(Earlier { object: Some((text, value)), .. }) = self.earlier.get(at)
            && *text == raw.get()
        {
            return Ok(value.clone());
        }
        let value = self.value(raw)?;
        self.earlier(at)?.object = Some((raw.get(), value.clone()));
        Ok(value)
    }

    fn marked(&mut self, value: Value, mask: Option<&RawValue>) -> Result<Value, PlanFault> {
        match said(mask) {
            Some(raw) => Ok(with_sensitive(value, &self.value(raw)?)),
            None => Ok(value),
        }
    }

    fn resource(&mut self, wire: ResourceIn<'de>) -> Result<(), PlanFault> {
        let address = self.address(&wire.address)?;
        let plain = match wire.values {
            Some(raw) => self.object(Some(&wire.address), raw)?,
            None => Value::null(),
        };
        let value = self.marked(plain.clone(), wire.sensitive_values)?;
        if address.resource.mode == ResourceMode::Data {
            let provider = self.strings.share(&wire.provider_name);
            self.data_read.push(DataRead { address, provider, value });
            return Ok(());
        }
        let key = match wire.index {
            Some(Json(index)) => instance_key(&index).map_err(not_a_plan)?,
            None => address.key.clone(),
        };
        let sensitive_paths = match said(wire.sensitive_values) {
            Some(_) => unmark_with_paths(&value).1.into_iter().map(|(path, _)| path).collect(),
            None => Vec::new(),
        };
        let dependencies = wire.depends_on.iter().filter_map(|text| self.address(text).ok());
        let instance = InstanceState {
            key,
            deposed: wire.deposed_key.map(Str::from),
            tainted: wire.tainted,
            schema_version: wire.schema_version,
            attributes: plain,
            sensitive_paths,
            private: None,
            dependencies: dependencies.map(|address| address.resource).collect(),
            create_before_destroy: false,
        };
        let provider = format!("provider[\"{}\"]", wire.provider_name);
        let entry = self.resources.entry(address.resource).or_insert_with_key(|address| ResourceState {
            address: address.clone(),
            provider: self.strings.share(&provider),
            instances: Vec::new(),
        });
        entry.instances.push(Arc::new(instance));
        Ok(())
    }

    /// The resources and the data of the state that was read.
    pub(super) fn take_state(&mut self) -> (Vec<ResourceState>, Vec<DataRead>) {
        let mut resources: Vec<ResourceState> = std::mem::take(&mut self.resources).into_values().collect();
        resources.iter_mut().for_each(|resource| resource.instances.shrink_to_fit());
        (resources, std::mem::take(&mut self.data_read))
    }
}

/// A shadow that says something: without a `true` it stands only for the shape.
fn said(mask: Option<&RawValue>) -> Option<&RawValue> {
    mask.filter(|raw| raw.get().contains("true"))
}

/// The parts that are as before are those from before.
fn sharing(mut new: Value, old: Option<&Value>) -> Value {
    let Some(before) = old.and_then(Value::as_entries) else { return new };
    if let ValueKind::Object(entries) = &mut new.kind
        && let Some(entries) = Arc::get_mut(entries)
    {
        for (name, item) in entries {
            let container = item.as_items().is_some() || item.as_entries().is_some();
            match before.get(name) {
                Some(same) if container && same == item => *item = same.clone(),
                _ => {}
            }
        }
    }
    new
}

fn action(words: &[Cow<'_, str>]) -> Result<Action, PlanFault> {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    Action::from_words(&words).ok_or_else(|| not_a_plan(format!("{words:?} are no actions")))
}

fn path(steps: Vec<Json>) -> ValuePath {
    let step = |step: Json| match step.0.kind {
        ValueKind::String(name) => PathStep::Attribute(name),
        ValueKind::Number(ref number) => PathStep::Index(number.to_i64().unwrap_or_default()),
        _ => PathStep::Element(step.0),
    };
    ValuePath(steps.into_iter().map(step).collect())
}

/// A list whose elements are handed on one by one; none is kept in the form in which it is written.
pub(super) struct Each<T, F> {
    take: F,
    wire: PhantomData<T>,
}

impl<T, F: FnMut(T) -> Result<(), PlanFault>> Each<T, F> {
    pub(super) fn new(take: F) -> Self {
        Each { take, wire: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), PlanFault>> DeserializeSeed<'de> for Each<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T) -> Result<(), PlanFault>> Visitor<'de> for Each<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(wire) = sequence.next_element::<T>()? {
            (self.take)(wire).map_err(|fault| match fault {
                PlanFault::NotAPlan { problem } => A::Error::custom(problem),
                other => A::Error::custom(other),
            })?;
        }
        Ok(())
    }
}

/// A module of the prior state with all that is below it.
pub(super) struct ModuleSeed<'r, 'de>(pub(super) &'r mut Reading<'de>);

impl<'de> DeserializeSeed<'de> for ModuleSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ModuleSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a module")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "resources" => map.next_value_seed(Each::new(|wire| self.0.resource(wire)))?,
                "child_modules" => map.next_value_seed(ModulesSeed(self.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The modules below a module.
struct ModulesSeed<'r, 'de>(&'r mut Reading<'de>);

impl<'de> DeserializeSeed<'de> for ModulesSeed<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ModulesSeed<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("modules")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while sequence.next_element_seed(ModuleSeed(self.0))?.is_some() {}
        Ok(())
    }
}
