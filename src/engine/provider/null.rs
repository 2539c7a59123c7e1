//! `hashicorp/null` 3.x: `null_resource` and `null_data_source`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::attributes::{attribute, is_given, with};
use super::planning::{self, Traits};
use super::{ApplyFault, DataAnswer, PlannedObject, Provider, World};
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::{AttributeSchema, BlockSchema, ProviderSchema, ResourceSchema};
use crate::model::value::{Type, Value};

/// The provider of things that do nothing.
#[derive(Debug, Default)]
pub(super) struct NullProvider {
    schema: OnceLock<ProviderSchema>,
}

const TRAITS: Traits = Traits { in_place: &[], keepers: &[], defaults: &[], recomputed: &[] };

fn resource() -> ResourceSchema {
    let block = BlockSchema::with([
        ("id", AttributeSchema::of(Type::String).computed().about("This is set to a random value at create time.")),
        (
            "triggers",
            AttributeSchema::of(Type::map(Type::String)).optional().about(
                "A map of arbitrary strings that, when changed, will force the null resource to be replaced, re-running any associated provisioners.",
            ),
        ),
    ]);
    ResourceSchema { version: 0, block }
}

fn data_source() -> ResourceSchema {
    let strings = || AttributeSchema::of(Type::map(Type::String));
    let block = BlockSchema::with([
        ("has_computed_default", AttributeSchema::of(Type::String).optional().computed()),
        ("id", AttributeSchema::of(Type::String).computed().deprecated()),
        (
            "inputs",
            strings().optional().about("A map of arbitrary strings that is copied into the `outputs` attribute."),
        ),
        ("outputs", strings().computed().about("After the data source is \"read\", a copy of the `inputs` map.")),
        ("random", AttributeSchema::of(Type::String).computed().about("A random value.")),
    ]);
    ResourceSchema { version: 0, block }
}

/// A random whole number as text.
fn random_number(world: &World<'_>) -> Value {
    let mut bytes = [0u8; 8];
    (world.random)(&mut bytes);
    Value::string((u64::from_le_bytes(bytes) >> 1).to_string())
}

impl Provider for NullProvider {
    fn source(&self) -> &str {
        "registry.terraform.io/hashicorp/null"
    }

    fn only_computes(&self) -> bool {
        true
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(|| ProviderSchema {
            resources: BTreeMap::from([("null_resource".into(), Arc::new(resource()))]),
            data_sources: BTreeMap::from([("null_data_source".into(), Arc::new(data_source()))]),
            ..ProviderSchema::default()
        })
    }

    fn validate(&self, _: &str, _: &Value, _: bool) -> Vec<Diagnostic> {
        Vec::new()
    }

    fn plan(&self, _: &str, prior: &Value, proposed: &Value, config: &Value) -> Result<PlannedObject, Vec<Diagnostic>> {
        let block = &self.schema().resources["null_resource"].block;
        Ok(planning::plan(block, &TRAITS, prior, proposed, config))
    }

    fn apply(
        &self,
        _: &str,
        prior: &Value,
        planned: &Value,
        _: &Value,
        world: &World<'_>,
    ) -> Result<Value, ApplyFault> {
        if planned.is_null() || !prior.is_null() {
            return Ok(planned.clone());
        }
        Ok(with(planned, [("id", random_number(world))]))
    }

    fn read_data(&self, _: &str, config: &Value, world: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
        let default = match is_given(config, "has_computed_default") {
            true => attribute(config, "has_computed_default"),
            false => Value::string("default"),
        };
        let answer = [
            ("has_computed_default", default),
            ("id", Value::string("static")),
            ("outputs", attribute(config, "inputs")),
            ("random", random_number(world)),
        ];
        Ok(DataAnswer::Read(with(config, answer)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;
    use crate::model::value::ValuePath;

    fn triggers(value: &str) -> Value {
        Value::map(Type::String, BTreeMap::from([("t".into(), Value::string(value))]))
    }

    #[test]
    fn a_trigger_replaces_and_nothing_else_happens() {
        let bench = Bench::new(NullProvider::default());
        let config = bench.config("null_resource", [("triggers", triggers("1"))]);
        let made = bench.create("null_resource", &config);
        assert!(made.get("id").unwrap().as_str().unwrap().parse::<u64>().is_ok());
        assert_eq!(bench.plan("null_resource", &made, &config).planned, made);
        assert_eq!(bench.read("null_resource", &made), made);
        let changed = bench.config("null_resource", [("triggers", triggers("2"))]);
        let replace = bench.plan("null_resource", &made, &changed);
        assert_eq!(replace.requires_replace, [ValuePath::attribute("triggers")]);
        assert!(bench.apply("null_resource", &made, &Value::null()).is_null());
    }

    #[test]
    fn the_data_source_copies_its_inputs() {
        let bench = Bench::new(NullProvider::default());
        let config = bench.config("null_data_source", [("inputs", triggers("x"))]);
        let DataAnswer::Read(answer) = bench.read_data("null_data_source", &config).unwrap() else { panic!() };
        assert_eq!(answer.get("outputs"), Some(triggers("x")));
        assert_eq!(answer.get("has_computed_default"), Some(Value::string("default")));
    }
}
