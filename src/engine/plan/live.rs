//! Objects as they are while a plan is carried out, or as a state has them: what references give then.

use std::cell::RefCell;
use std::rc::Rc;

use crate::engine::module::declared::ItemId;
use crate::engine::plan::deletion::provider_source;
use crate::engine::plan::loose;
use crate::engine::plan::marks::schema_marks;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::prior::{Prior, PriorObject};
use crate::engine::query::planned::{CheckNote, PlannedInstance};
use crate::engine::query::scope::Scope;
use crate::engine::query::session::{InstanceAt, Objects, Query};
use crate::lang::inputs::ProviderFunction;
use crate::model::address::{ModuleAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::value::marked::mark_at;
use crate::model::value::stored::from_stored;
use crate::model::value::{Marks, Type, Value};

/// Objects from a state that may change. Data sources are read when they are asked for, unless the state keeps them.
pub struct Live<'a> {
    /// Reads data sources and holds how conditions came out.
    pub planner: &'a Planner<'a>,
    /// The objects as they are now.
    pub objects: RefCell<Prior>,
    /// Data sources that the objects hold are not read again.
    pub keeps_data: bool,
}

impl Objects for Live<'_> {
    fn object(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> Value {
        let managed = query.resource(at.scope, at.position).mode == ResourceMode::Managed;
        if !managed && !self.keeps_data {
            return self.planner.object(query, at);
        }
        let address = query.instance_address(at);
        match self.objects.borrow().current(&address.resource, address.key.as_ref()) {
            Some(object) => self.value(query, at, &address, object),
            None if !managed => self.planner.object(query, at),
            None => Value::unknown(Type::Dynamic),
        }
    }

    fn provider_function(&self, source: &str, name: &str) -> ProviderFunction {
        self.planner.provider_function(source, name)
    }

    fn plan(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> PlannedInstance {
        self.planner.plan(query, at)
    }

    fn are_all_as_before(&self) -> bool {
        false
    }

    fn is_as_before(&self, _: &Query<'_>, _: &InstanceAt<'_>) -> bool {
        false
    }

    fn conditions(&self, query: &Query<'_>, scope: &Rc<Scope>, item: ItemId) -> bool {
        self.planner.conditions(query, scope, item)
    }

    fn is_destroying(&self) -> bool {
        self.planner.is_destroying()
    }

    fn note(&self, note: &CheckNote) {
        self.planner.note(note);
    }

    fn is_open(&self, query: &Query<'_>, scope: &Scope, position: usize) -> bool {
        self.planner.is_open(query, scope, position)
    }

    fn replaced_outputs(&self, module: &ModuleAddress) -> Option<Value> {
        self.planner.replaced_outputs(module)
    }
}

impl Live<'_> {
    fn value(
        &self,
        query: &Query<'_>,
        at: &InstanceAt<'_>,
        address: &ResourceInstanceAddress,
        object: &PriorObject,
    ) -> Value {
        let mut marks: Vec<_> = object.state.sensitive_paths.iter().map(|p| (p.clone(), Marks::SENSITIVE)).collect();
        let source = provider_source(&object.provider);
        let supported = self.planner.supported(&source, address.resource.mode, &address.resource.type_name);
        let Ok(Some(supported)) = supported else {
            let wanted = &query.module(at.scope).loose_attributes;
            return loose::open_object(&mark_at(&object.state.attributes, &marks), wanted, &address.to_string());
        };
        let block = &supported.schema.block;
        match from_stored(&object.state.attributes, &block.implied_type()) {
            Ok(value) => {
                marks.extend(schema_marks(block, &value));
                mark_at(&value, &marks)
            }
            Err(_) => Value::unknown(block.implied_type()),
        }
    }
}
