//! Reads any provider's plan JSON into a plan, in one pass. Parts that the model has no place for are skipped without
//! being built; lists are handed to [`super::reading`] element by element.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::Deserializer as _;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};

use super::reading::{ChangeIn, Each, ModuleSeed, Reading};
use crate::format::check_json::CheckIn;
use crate::model::plan::{OutputChange, Plan};
use crate::model::state::{OutputState, StateSnapshot};
use crate::model::value::json::Json;
use crate::model::value::stored;
use crate::model::value::{Str, Value};

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
struct VariableIn {
    value: Option<Json>,
}

#[derive(Deserialize)]
struct OutputIn {
    #[serde(default)]
    sensitive: bool,
    value: Option<Json>,
    #[serde(rename = "type")]
    ty: Option<Json>,
}

/// Reads a plan.
///
/// # Errors
/// When it is cut off, not a plan, or of another major version.
pub fn read(bytes: &[u8]) -> Result<Plan, PlanFault> {
    let mut file = PlanFile { plan: Plan { complete: true, ..Plan::default() }, ..PlanFile::default() };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = deserializer.deserialize_map(PlanVisitor(&mut file)).and_then(|()| deserializer.end());
    // Another version's form may not fit ours, so the version is looked at before the form is blamed.
    match (&file.format_version, read) {
        (Some(version), _) if !is_ours(version) => return Err(PlanFault::Future { version: version.clone() }),
        (_, Err(error)) if error.is_eof() => return Err(PlanFault::CutOff { line: error.line() }),
        (_, Err(error)) => return Err(PlanFault::NotAPlan { problem: error.to_string() }),
        (None, Ok(())) => return Err(not_a_plan("it has no `format_version`")),
        (Some(_), Ok(())) => {}
    }
    let mut plan = file.plan;
    // Terraform before 1.8 does not say it; then a plan with anything to do can be applied.
    plan.applyable = file.applyable.unwrap_or_else(|| !plan.summary().is_empty());
    Ok(plan)
}

fn is_ours(version: &str) -> bool {
    version.split('.').next() == Some("1")
}

pub(super) fn not_a_plan(problem: impl ToString) -> PlanFault {
    PlanFault::NotAPlan { problem: problem.to_string() }
}

/// What was read so far.
#[derive(Default)]
struct PlanFile<'de> {
    format_version: Option<String>,
    applyable: Option<bool>,
    plan: Plan,
    reading: Reading<'de>,
}

struct PlanVisitor<'f, 'de>(&'f mut PlanFile<'de>);

impl<'de> Visitor<'de> for PlanVisitor<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plan")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let PlanFile { format_version, applyable, plan, reading } = self.0;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "format_version" => {
                    let version: String = map.next_value()?;
                    let ours = is_ours(&version);
                    *format_version = Some(version);
                    if !ours {
                        return Err(A::Error::custom("another version"));
                    }
                }
                "terraform_version" => plan.terraform_version = map.next_value::<String>()?.into(),
                "variables" => plan.variables = variables(map.next_value()?),
                "resource_drift" => plan.drift = changes(&mut map, reading)?,
                "resource_changes" => plan.changes = changes(&mut map, reading)?,
                "output_changes" => {
                    plan.outputs = outputs(map.next_value()?, reading).map_err(A::Error::custom)?;
                }
                "prior_state" => map.next_value_seed(StateSeed { plan, reading })?,
                "checks" => {
                    let checks: Option<Vec<CheckIn>> = map.next_value()?;
                    plan.checks = checks.unwrap_or_default().into_iter().map(CheckIn::into_result).collect();
                }
                "timestamp" => plan.timestamp = map.next_value::<String>()?.into(),
                "applyable" => *applyable = map.next_value()?,
                "complete" => plan.complete = map.next_value::<Option<bool>>()?.unwrap_or(true),
                "errored" => plan.errored = map.next_value::<Option<bool>>()?.unwrap_or(false),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

fn variables(wire: Option<BTreeMap<String, VariableIn>>) -> BTreeMap<Str, Value> {
    let value = |variable: VariableIn| variable.value.map_or_else(Value::null, |json| json.0);
    wire.unwrap_or_default().into_iter().map(|(name, variable)| (Str::from(name), value(variable))).collect()
}

/// A list of changes in terraform's order.
fn changes<'de, A: MapAccess<'de>>(
    map: &mut A,
    reading: &mut Reading<'de>,
) -> Result<Vec<Arc<crate::model::plan::ResourceChange>>, A::Error> {
    let mut changes = Vec::new();
    map.next_value_seed(Each::new(|wire| {
        changes.push(Arc::new(reading.resource_change(wire)?));
        Ok(())
    }))?;
    changes.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
    changes.shrink_to_fit();
    Ok(changes)
}

fn outputs<'de>(
    wire: Option<BTreeMap<String, ChangeIn<'de>>>,
    reading: &mut Reading<'de>,
) -> Result<BTreeMap<Str, OutputChange>, PlanFault> {
    let outputs = wire.unwrap_or_default().into_iter();
    outputs.map(|(name, change)| Ok((Str::from(name), reading.output_change(change)?))).collect()
}

/// `prior_state`.
struct StateSeed<'p, 'r, 'de> {
    plan: &'p mut Plan,
    reading: &'r mut Reading<'de>,
}

impl<'de> serde::de::DeserializeSeed<'de> for StateSeed<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StateSeed<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a state")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut state = StateSnapshot::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "terraform_version" => state.terraform_version = map.next_value::<String>()?.into(),
                "values" => map.next_value_seed(ValuesSeed { state: &mut state, reading: self.reading })?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let (resources, data_read) = self.reading.take_state();
        state.resources = resources;
        self.plan.data_read = data_read;
        self.plan.prior_state = Some(Arc::new(state));
        Ok(())
    }
}

/// The outputs and the modules of a state.
struct ValuesSeed<'p, 'r, 'de> {
    state: &'p mut StateSnapshot,
    reading: &'r mut Reading<'de>,
}

impl<'de> serde::de::DeserializeSeed<'de> for ValuesSeed<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValuesSeed<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the values of a state")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "outputs" => {
                    let outputs: BTreeMap<String, OutputIn> = map.next_value()?;
                    self.state.outputs.extend(outputs.into_iter().map(|(name, output)| (name.into(), typed(output))));
                }
                "root_module" => map.next_value_seed(ModuleSeed(self.reading))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

fn typed(output: OutputIn) -> OutputState {
    let plain = output.value.map_or_else(Value::null, |json| json.0);
    let ty = output.ty.and_then(|ty| stored::type_from_plain(&ty.0).ok());
    let value = ty.and_then(|ty| stored::from_stored(&plain, &ty).ok()).unwrap_or(plain);
    OutputState { value, sensitive: output.sensitive }
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
