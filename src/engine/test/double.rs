//! A provider that only pretends: computed attributes get the values that a test gives, or made up ones. The real
//! provider lends its schema and judges the configuration.

use std::sync::Arc;

use crate::engine::provider::{ApplyFault, DataAnswer, PlannedObject, Provider, World};
use crate::engine::test::generate::Maker;
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::{BlockSchema, Nesting, ProviderSchema, ResourceSchema};
use crate::model::value::{Type, Value, ValueKind};

/// Plays a provider's part for one object.
pub struct Double {
    /// Who judges the configuration.
    pub real: Arc<dyn Provider>,
    /// The schema of the object's type.
    pub schema: Arc<ResourceSchema>,
    /// Values for computed attributes: an object.
    pub known: Option<Value>,
    /// Where they are given, as terraform writes places.
    pub range: String,
    /// Whether they are known while planning.
    pub during_plan: bool,
    /// Whether the object itself is overridden, rather than its provider mocked.
    pub overrides: bool,
    /// Makes up what is not given.
    pub maker: Maker,
}

/// What is looked for in an object: what nobody configured, or what is not known yet.
type Wanted = fn(&Value) -> bool;

impl Double {
    /// The object with values for its computed attributes.
    fn filled(&self, value: &Value, block: &BlockSchema, wanted: Wanted) -> (Value, Vec<Diagnostic>) {
        let mut faults = Vec::new();
        let filled = self.block(value, block, self.known.as_ref(), "", wanted, &mut faults);
        (filled, faults)
    }

    fn block(
        &self,
        value: &Value,
        block: &BlockSchema,
        known: Option<&Value>,
        path: &str,
        wanted: Wanted,
        faults: &mut Vec<Diagnostic>,
    ) -> Value {
        let Some(attributes) = value.as_object() else { return value.clone() };
        let mut filled = attributes.clone();
        for (name, attribute) in block.attributes.iter().filter(|(_, attribute)| attribute.computed) {
            let Some(current) = attributes.get(name).filter(|current| wanted(current)) else { continue };
            let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            let given = known.and_then(|known| known.as_entries()?.get(name));
            let made = given.map(|given| self.maker.fill(given, &attribute.ty, &path));
            let value = match made {
                Some(Ok(value)) => value,
                Some(Err(problem)) => {
                    let detail = format!(
                        "Terraform could not compute a value for the target type {} with the mocked data defined at {} with the attribute \"{path}\": {problem}.",
                        crate::lang::types::friendly_name(&attribute.ty),
                        self.range
                    );
                    faults.push(Diagnostic::error("Failed to compute attribute", detail));
                    self.maker.value(&attribute.ty, &path)
                }
                None => self.maker.value(&attribute.ty, &path),
            };
            filled.insert(name.clone(), value.mark(current.marks));
        }
        for (name, nested) in &block.blocks {
            let Some(current) = attributes.get(name) else { continue };
            let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            let known = known.and_then(|known| known.as_entries()?.get(name));
            filled.insert(
                name.clone(),
                self.nested(current, nested.nesting, &nested.block, known, &path, wanted, faults),
            );
        }
        Value { kind: ValueKind::Object(Arc::new(filled)), marks: value.marks }
    }

    #[allow(clippy::too_many_arguments, reason = "the second half of one recursion")]
    fn nested(
        &self,
        current: &Value,
        nesting: Nesting,
        block: &BlockSchema,
        known: Option<&Value>,
        path: &str,
        wanted: Wanted,
        faults: &mut Vec<Diagnostic>,
    ) -> Value {
        if matches!(nesting, Nesting::Single | Nesting::Group) {
            return self.block(current, block, known, path, wanted, faults);
        }
        // One given value serves all blocks of a kind: nobody could tell those of a set apart.
        let found = std::cell::RefCell::new(Vec::new());
        let filled = current.map_children(&|item| {
            let mut faults = Vec::new();
            let filled = self.block(item, block, known, path, wanted, &mut faults);
            found.borrow_mut().extend(faults);
            filled
        });
        faults.extend(found.into_inner());
        filled
    }
}

/// The object with what is computed and not configured unknown.
fn unknown_computed(value: &Value, block: &BlockSchema) -> Value {
    let Some(attributes) = value.as_object() else { return value.clone() };
    let mut planned = attributes.clone();
    for (name, attribute) in block.attributes.iter().filter(|(_, attribute)| attribute.computed) {
        if let Some(current) = attributes.get(name).filter(|current| current.is_null()) {
            planned.insert(name.clone(), Value::unknown(attribute.ty.clone()).mark(current.marks));
        }
    }
    for (name, nested) in &block.blocks {
        let Some(current) = attributes.get(name) else { continue };
        let value = match nested.nesting {
            Nesting::Single | Nesting::Group => unknown_computed(current, &nested.block),
            _ => current.map_children(&|item| unknown_computed(item, &nested.block)),
        };
        planned.insert(name.clone(), value);
    }
    Value { kind: ValueKind::Object(Arc::new(planned)), marks: value.marks }
}

impl Provider for Double {
    fn source(&self) -> &str {
        self.real.source()
    }

    fn only_computes(&self) -> bool {
        true
    }

    fn schema(&self) -> &ProviderSchema {
        self.real.schema()
    }

    fn validate(&self, type_name: &str, config: &Value, data: bool) -> Vec<Diagnostic> {
        self.real.validate(type_name, config, data)
    }

    fn plan(&self, _: &str, prior: &Value, proposed: &Value, config: &Value) -> Result<PlannedObject, Vec<Diagnostic>> {
        let nothing = Vec::new();
        if !prior.is_null() {
            return Ok(PlannedObject { planned: proposed.clone(), requires_replace: nothing });
        }
        // For a new object the proposal is the configuration with unknowns where this provider decides.
        if !self.during_plan {
            let planned = unknown_computed(config, &self.schema.block);
            return Ok(PlannedObject { planned, requires_replace: nothing });
        }
        let (planned, faults) = self.filled(config, &self.schema.block, Value::is_null);
        if faults.is_empty() { Ok(PlannedObject { planned, requires_replace: nothing }) } else { Err(faults) }
    }

    fn apply(&self, _: &str, prior: &Value, planned: &Value, _: &Value, _: &World<'_>) -> Result<Value, ApplyFault> {
        if !prior.is_null() || planned.is_null() {
            return Ok(planned.clone());
        }
        let (made, diagnostics) = self.filled(planned, &self.schema.block, Value::is_unknown);
        if diagnostics.is_empty() { Ok(made) } else { Err(ApplyFault { object: None, diagnostics }) }
    }

    fn read_data(&self, _: &str, config: &Value, _: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
        let (read, faults) = self.filled(config, &self.schema.block, Value::is_null);
        if faults.is_empty() { Ok(DataAnswer::Read(read)) } else { Err(faults) }
    }

    fn import(&self, _: &str, _: &str, _: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        if !self.overrides {
            let detail = "Cannot import resources from mock providers. Use an `override_resource` block to targeting the specific resource being imported instead.";
            return Err(vec![Diagnostic::error("Invalid import request", detail)]);
        }
        let Type::Object(object) = self.schema.block.implied_type() else { return Ok(Value::empty_object()) };
        let nulls =
            Value::object(object.attributes.iter().map(|(name, ty)| (name.clone(), Value::null_of(ty.clone()))));
        let (made, faults) = self.filled(&nulls, &self.schema.block, Value::is_null);
        if faults.is_empty() { Ok(made) } else { Err(faults) }
    }
}
