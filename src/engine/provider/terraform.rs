//! Terraform's own provider: `terraform_data`, `terraform_remote_state` and the `provider::terraform::…` functions.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::{
    ApplyFault, DataAnswer, PlannedObject, Provider, World, expression_text, functions, remote_state, terraform_data,
};
use crate::lang::func::{Call, Function, FunctionError, Parameter, Returns, Shape};
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::ProviderSchema;
use crate::model::value::Value;

/// The provider that is part of terraform.
#[derive(Debug, Default)]
pub(super) struct Terraform {
    schema: OnceLock<ProviderSchema>,
}

const VALUE: &[Parameter] = &[Parameter::new("value", Shape::Any)];
const SOURCE: &[Parameter] = &[Parameter::new("src", Shape::String)];

static FUNCTIONS: [Function; 3] = [
    Function::new(
        "encode_expr",
        "Writes a value as an expression of the language.",
        VALUE,
        Returns::Always(Shape::String),
        |call| when_known(call, expression_text::encode_expression),
    ),
    Function::new(
        "encode_tfvars",
        "Writes an object as a file of variable values.",
        VALUE,
        Returns::Always(Shape::String),
        |call| when_known(call, expression_text::encode_tfvars),
    ),
    Function::new("decode_tfvars", "Reads a file of variable values.", SOURCE, Returns::Always(Shape::Any), |call| {
        when_known(call, expression_text::decode_tfvars)
    }),
];

/// The result for an argument that is known to its last part.
fn when_known(call: &Call<'_>, compute: fn(&Value) -> Result<Value, String>) -> Result<Value, FunctionError> {
    if !call.args[0].is_wholly_known() {
        return Ok(call.unknown());
    }
    compute(&call.args[0]).map_err(FunctionError::new)
}

impl Provider for Terraform {
    fn source(&self) -> &str {
        "terraform.io/builtin/terraform"
    }

    fn only_computes(&self) -> bool {
        true
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(|| ProviderSchema {
            resources: BTreeMap::from([(terraform_data::TYPE.into(), Arc::new(terraform_data::schema()))]),
            data_sources: BTreeMap::from([(remote_state::TYPE.into(), Arc::new(remote_state::schema()))]),
            functions: functions::schemas(&FUNCTIONS),
            ..ProviderSchema::default()
        })
    }

    fn validate(&self, _: &str, config: &Value, data: bool) -> Vec<Diagnostic> {
        if data { remote_state::validate(config) } else { terraform_data::validate(config) }
    }

    fn judges_read_only(&self) -> bool {
        true
    }

    fn argument_of(&self, fault: &Diagnostic) -> Option<&'static str> {
        remote_state::argument_of(fault)
    }

    fn plan(&self, _: &str, prior: &Value, proposed: &Value, _: &Value) -> Result<PlannedObject, Vec<Diagnostic>> {
        Ok(terraform_data::plan(prior, proposed))
    }

    fn apply(&self, _: &str, _: &Value, planned: &Value, _: &Value, world: &World<'_>) -> Result<Value, ApplyFault> {
        Ok(terraform_data::apply(planned, world))
    }

    fn read_data(&self, _: &str, config: &Value, world: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
        remote_state::read(config, world)
    }

    fn import(&self, _: &str, id: &str, _: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        Ok(terraform_data::import(id))
    }

    fn function(&self, name: &str) -> Option<&'static Function> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;
    use crate::model::value::{Type, ValuePath};

    fn data(id: &str, input: Value, triggers: Value) -> Value {
        Value::object([
            ("id", Value::string(id)),
            ("output", input.clone()),
            ("input", input),
            ("triggers_replace", triggers),
        ])
    }

    fn config(input: Value, triggers: Value) -> Value {
        Value::object([
            ("id", Value::null_of(Type::String)),
            ("output", Value::null()),
            ("input", input),
            ("triggers_replace", triggers),
        ])
    }

    #[test]
    fn it_is_created_updated_replaced_and_imported() {
        let bench = Bench::new(Terraform::default());
        let list = Value::list(Type::String, vec![Value::string("a")]);
        let first = bench.plan("terraform_data", &Value::null(), &config(list.clone(), Value::null()));
        assert_eq!(first.planned.get("output").unwrap().as_unknown().unwrap().ty, Type::list(Type::String));
        let made = bench.apply("terraform_data", &Value::null(), &first.planned);
        assert_eq!(made.get("output"), Some(list.clone()));
        assert_eq!(made.get("id").unwrap().as_str().unwrap().len(), 36);

        let same = bench.plan("terraform_data", &made, &config(list, Value::null()));
        assert_eq!((same.planned, same.requires_replace), (made.clone(), vec![]));
        let update = bench.plan("terraform_data", &made, &config(Value::string("b"), Value::null()));
        assert!(update.planned.get("output").unwrap().is_unknown() && update.requires_replace.is_empty());
        assert_eq!(update.planned.get("id"), made.get("id"));
        let replace = bench.plan("terraform_data", &made, &config(Value::string("b"), Value::int(2)));
        assert_eq!(replace.requires_replace, [ValuePath::attribute("triggers_replace")]);
        assert!(replace.planned.get("id").unwrap().is_unknown());

        let null = bench.plan("terraform_data", &Value::null(), &config(Value::null(), Value::null()));
        assert!(null.planned.get("output").unwrap().is_null());
        let world_id = bench.import("terraform_data", "x");
        assert_eq!(world_id, data("x", Value::null(), Value::null()));
        assert!(!bench.provider.validate("terraform_data", &data("x", Value::int(1), Value::null()), false).is_empty());
    }

    fn remote(settings: Value, workspace: Value, defaults: Value) -> Value {
        Value::object([
            ("backend", Value::string("local")),
            ("config", settings),
            ("defaults", defaults),
            ("outputs", Value::null()),
            ("workspace", workspace),
        ])
    }

    #[test]
    fn another_stacks_outputs_are_read() {
        let bench = Bench::new(Terraform::default());
        let state =
            br#"{"version":4,"serial":1,"lineage":"l","outputs":{"port":{"value":80,"type":"number"}},"resources":[]}"#;
        bench.files.put("/stack/net/terraform.tfstate".as_ref(), state, 0o644);
        let settings = Value::object([("path", Value::string("net/terraform.tfstate"))]);
        let defaults = Value::object([("port", Value::int(1)), ("host", Value::string("h"))]);
        let asked = remote(settings.clone(), Value::null_of(Type::String), defaults);
        let DataAnswer::Read(answer) = bench.read_data("terraform_remote_state", &asked).unwrap() else { panic!() };
        let outputs = answer.get("outputs").unwrap();
        assert_eq!((outputs.get("port"), outputs.get("host")), (Some(Value::int(80)), Some(Value::string("h"))));

        let elsewhere = remote(settings, Value::string("blue"), Value::null());
        let fault = bench.read_data("terraform_remote_state", &elsewhere).unwrap_err();
        assert_eq!(fault[0].summary, "Unable to find remote state");
        assert_eq!(bench.provider.argument_of(&fault[0]), Some("workspace"));
    }

    #[test]
    fn a_state_out_of_reach_is_not_asked_for() {
        let bench = Bench::new(Terraform::default());
        let config = crate::engine::provider::attributes::with(
            &remote(Value::empty_object(), Value::null_of(Type::String), Value::null()),
            [("backend", Value::string("s3"))],
        );
        assert_eq!(bench.read_data("terraform_remote_state", &config).unwrap(), DataAnswer::NotAsked(""));
        let odd = crate::engine::provider::attributes::with(&config, [("backend", Value::string("floppy"))]);
        assert!(bench.provider.validate("terraform_remote_state", &odd, true)[0].detail.contains("floppy"));
    }
}
