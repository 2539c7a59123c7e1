//! Data sources: read while planning when everything about them is known, else during apply; not asked where nobody
//! may be asked.

use std::sync::Arc;

use crate::engine::module::declared::{ItemId, Resource};
use crate::engine::module::references;
use crate::engine::plan::body::{Frame, Items, decode};
use crate::engine::plan::marks::schema_marks;
use crate::engine::plan::planner::{PlannedInstance, Planner, Supported, reads_itself};
use crate::engine::plan::{conditions, loose};
use crate::engine::provider::{DataAnswer, Provider};
use crate::engine::query::graph::Vertex;
use crate::engine::query::scope::Scope;
use crate::engine::query::session::{InstanceAt, Phase, Query};
use crate::lang::value::deep_source;
use crate::model::action::{Action, ActionReason};
use crate::model::address::ResourceInstanceAddress;
use crate::model::diagnostic::{Diagnostic, Severity, has_errors};
use crate::model::plan::{Change, DataRead, Knowledge, ResourceChange};
use crate::model::schema::{BlockSchema, Nesting};
use crate::model::value::marked::{mark_at, unmark_with_paths};
use crate::model::value::{Marks, Str, Type, UnknownSource, Value};

/// Plans or reads one data source instance.
pub fn plan(planner: &Planner<'_>, query: &Query<'_>, at: &InstanceAt<'_>) -> PlannedInstance {
    let resource = query.resource(at.scope, at.position);
    let address = query.instance_address(at);
    let provider = planner.provider_at(query, at);
    let source = provider.source.clone();
    let failed = PlannedInstance { change: None, value: Value::unknown(Type::Dynamic), read: None };
    let frame = Frame::new(query, at.scope, at.each);
    if query.setting.phase != Phase::Validate
        && let Some(own) = reads_itself(query, at)
    {
        query.report(own);
        return failed;
    }
    if !conditions::before(query, at, &address, &frame.reader()) {
        return failed;
    }
    let one = One { planner, query, at, resource, address: &address, source };
    let planned = match planner.supported_at(&provider, &address) {
        Ok(Some(supported)) => one.exact(&supported, &frame),
        Ok(None) => one.loose(&frame),
        Err(diagnostic) => {
            query.report([diagnostic.at(resource.content.label_place(0)).about(address.to_string())]);
            None
        }
    };
    let Some(planned) = planned else { return failed };
    let frame = Frame { this: Some(planned.value.clone()), ..frame };
    conditions::after(query, at, &address, &frame.reader());
    planned
}

/// An ephemeral resource: opened where something is really done; a plan asks nobody for what it may not keep.
pub fn ephemeral(planner: &Planner<'_>, query: &Query<'_>, at: &InstanceAt<'_>) -> PlannedInstance {
    let resource = query.resource(at.scope, at.position);
    let address = query.instance_address(at);
    let provider = planner.provider_at(query, at);
    let of = |value: Value| PlannedInstance { change: None, value: value.mark(Marks::EPHEMERAL), read: None };
    let frame = Frame::new(query, at.scope, at.each);
    if !conditions::before(query, at, &address, &frame.reader()) {
        return of(Value::unknown(Type::Dynamic));
    }
    let source = provider.source.clone();
    let one = One { planner, query, at, resource, address: &address, source };
    let value = match planner.supported_at(&provider, &address) {
        Ok(Some(supported)) => one.opened(&supported, &frame),
        Ok(None) => Some(Value::not_asked(Type::Dynamic, address.to_string())),
        Err(diagnostic) => {
            query.report([diagnostic.at(resource.content.label_place(0)).about(address.to_string())]);
            None
        }
    };
    let value = value.unwrap_or_else(|| Value::unknown(Type::Dynamic));
    let frame = Frame { this: Some(value.clone()), ..frame };
    conditions::after(query, at, &address, &frame.reader());
    of(value)
}

struct One<'p, 'a> {
    planner: &'p Planner<'a>,
    query: &'p Query<'p>,
    at: &'p InstanceAt<'p>,
    resource: &'p Resource,
    address: &'p ResourceInstanceAddress,
    source: Str,
}

impl One<'_, '_> {
    /// What is wrong with data scoped in a check is a warning only.
    fn report(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        let about = |mut diagnostic: Diagnostic| {
            diagnostic.address.get_or_insert_with(|| self.address.to_string());
            if diagnostic.subject.is_none() {
                diagnostic.subject = Some(self.resource.content.header.place());
            }
            if self.resource.check.is_some() {
                diagnostic.severity = Severity::Warning;
            }
            diagnostic
        };
        self.query.report(diagnostics.into_iter().map(about));
    }

    /// What a provider says is placed at the argument that it is about, or where that would stand.
    fn report_of(&self, provider: &dyn Provider, faults: Vec<Diagnostic>) {
        let content = &self.resource.content;
        let placed = |mut fault: Diagnostic| {
            if let (None, Some(name)) = (&fault.subject, provider.argument_of(&fault)) {
                fault.subject =
                    Some(content.argument(name).map_or_else(|| content.opening.place(), |written| written.place()));
            }
            fault
        };
        self.report(faults.into_iter().map(placed));
    }

    fn exact(&self, supported: &Supported, frame: &Frame<'_>) -> Option<PlannedInstance> {
        let block = &supported.schema.block;
        let decoded = decode(&Items::of(&self.resource.content), block, frame).judged_by(&*supported.provider);
        let failed = decoded.failed();
        self.report(decoded.diagnostics);
        if failed {
            return None;
        }
        let (config, marks) = unmark_with_paths(&decoded.value);
        let faults = supported.provider.validate(&self.resource.type_name, &config, true);
        let failed = has_errors(&faults);
        self.report_of(&*supported.provider, faults);
        if failed {
            return None;
        }
        if self.query.setting.phase == Phase::Validate {
            let value = Value::unknown(block.implied_type());
            return Some(PlannedInstance { change: None, value, read: None });
        }
        if let Some(reason) = self.later(&config) {
            let after = mark_at(&planned_data(block, &config, None), &marks);
            return Some(self.deferred(after, Value::null(), reason));
        }
        if let Some(UnknownSource::NotAsked(who)) = deep_source(&config) {
            return Some(self.not_asked(mark_at(&planned_data(block, &config, Some(&who)), &marks)));
        }
        let type_name = &self.resource.type_name;
        let answer = self.planner.reach.with(|world| supported.provider.read_data(type_name, &config, world));
        match answer {
            Ok(DataAnswer::Read(value)) => {
                let mut marks = marks;
                marks.extend(schema_marks(block, &value));
                let value = mark_at(&value, &marks);
                let read =
                    DataRead { address: self.address.clone(), provider: self.source.clone(), value: value.clone() };
                if self.resource.check.is_some() {
                    let again = self.deferred(value, Value::null(), ActionReason::ReadBecauseCheckNested);
                    return Some(PlannedInstance { read: Some(read), ..again });
                }
                Some(PlannedInstance { change: None, value, read: Some(read) })
            }
            Ok(DataAnswer::NotAsked(why)) => {
                let who = match why {
                    "" => self.address.to_string(),
                    why => format!("{}: {why}", self.address),
                };
                let value = mark_at(&planned_data(block, &config, Some(&who)), &marks);
                Some(self.not_asked(value))
            }
            Err(faults) => {
                self.report_of(&*supported.provider, faults);
                None
            }
        }
    }

    /// An ephemeral resource's object; `None` when something is wrong (it is reported).
    fn opened(&self, supported: &Supported, frame: &Frame<'_>) -> Option<Value> {
        let block = &supported.schema.block;
        let decoded = decode(&Items::of(&self.resource.content), block, frame).judged_by(&*supported.provider);
        let failed = decoded.failed();
        self.report(decoded.diagnostics);
        if failed {
            return None;
        }
        let (config, marks) = unmark_with_paths(&decoded.value);
        let faults = supported.provider.validate(&self.resource.type_name, &config, false);
        let failed = has_errors(&faults);
        self.report_of(&*supported.provider, faults);
        if failed {
            return None;
        }
        let waiting = match deep_source(&config) {
            Some(UnknownSource::AfterApply) => Some(planned_data(block, &config, None)),
            Some(UnknownSource::NotAsked(who)) => Some(planned_data(block, &config, Some(&who))),
            None if !self.planner.reach.is_earnest() => {
                Some(planned_data(block, &config, Some(&self.address.to_string())))
            }
            None => None,
        };
        if let Some(waiting) = waiting {
            return Some(mark_at(&waiting, &marks));
        }
        let type_name = &self.resource.type_name;
        match self.planner.reach.with(|world| supported.provider.open(type_name, &config, world)) {
            Ok(value) => {
                let mut marks = marks;
                marks.extend(schema_marks(block, &value));
                Some(mark_at(&value, &marks))
            }
            Err(faults) => {
                self.report(faults);
                None
            }
        }
    }

    fn not_asked(&self, value: Value) -> PlannedInstance {
        if self.resource.check.is_some() {
            return self.deferred(value, Value::null(), ActionReason::ReadBecauseCheckNested);
        }
        PlannedInstance { change: None, value, read: None }
    }

    fn deferred(&self, after: Value, before: Value, reason: ActionReason) -> PlannedInstance {
        let change = ResourceChange {
            address: self.address.clone(),
            previous_address: None,
            deposed: None,
            provider: self.source.clone(),
            change: Change {
                action: Action::Read,
                before,
                after: after.clone(),
                replace_paths: Vec::new(),
                importing: None,
            },
            reason: Some(reason),
            place: Some(self.resource.content.header.place()),
            knowledge: Knowledge::Exact,
        };
        PlannedInstance { change: Some(Arc::new(change)), value: after, read: None }
    }

    /// Why it can be read during apply only.
    fn later(&self, config: &Value) -> Option<ActionReason> {
        if matches!(deep_source(config), Some(UnknownSource::AfterApply)) {
            return Some(ActionReason::ReadBecauseConfigUnknown);
        }
        self.waits().then_some(ActionReason::ReadBecauseDependencyPending)
    }

    /// Whether something that `depends_on` names (here or on a module around it) is about to change.
    fn waits(&self) -> bool {
        if self.query.setting.phase != Phase::Plan {
            return false;
        }
        let mut named = Vec::new();
        self.named(self.at.scope, &self.resource.depends_on, &mut named);
        let mut scope = self.at.scope.clone();
        while let Some((parent, call)) = scope.parent.clone() {
            let call = &self.query.module(&parent).calls[call];
            self.named(&parent, &call.depends_on, &mut named);
            scope = parent;
        }
        if named.is_empty() {
            return false;
        }
        let graph = self.planner.graph;
        let reached = graph.closure(named);
        let own = Vertex { node: self.at.scope.node, item: ItemId::Resource(self.at.position as u32) };
        let own = graph.number(self.planner.config, own);
        (0..graph.len() as u32).filter(|number| reached[*number as usize] && *number != own).any(|number| {
            let vertex = graph.vertex(number);
            let ItemId::Resource(position) = vertex.item else { return false };
            self.query.scopes_of(vertex.node).iter().any(|scope| {
                let expansion = self.query.expansion(scope, position as usize);
                expansion.known().iter().any(|each| {
                    let at = InstanceAt { scope, position: position as usize, each };
                    let planned = self.query.planned(&at);
                    planned.is_some_and(|p| p.change.as_ref().is_some_and(|row| row.change.action != Action::NoOp))
                })
            })
        })
    }

    fn named(
        &self,
        scope: &Scope,
        written: &[crate::engine::module::declared::WrittenReference],
        found: &mut Vec<u32>,
    ) {
        let module = self.query.module(scope);
        for reference in written {
            let Some(target) = references::target(module, &reference.traversal) else { continue };
            let need = match target.item {
                ItemId::Call(call) => crate::engine::module::declared::Need::Whole(call),
                item => crate::engine::module::declared::Need::Item(item),
            };
            self.planner.graph.resolve(self.planner.config, scope.node, need, found);
        }
    }

    /// A data source of a provider that is not built in: nobody was asked.
    fn loose(&self, frame: &Frame<'_>) -> Option<PlannedInstance> {
        let decoded = loose::decode(&Items::of(&self.resource.content), frame);
        let failed = decoded.failed();
        self.report(decoded.diagnostics);
        if failed {
            return None;
        }
        if self.query.setting.phase == Phase::Validate {
            return Some(PlannedInstance { change: None, value: Value::unknown(Type::Dynamic), read: None });
        }
        let wanted = &self.query.module(self.at.scope).loose_attributes;
        let address = self.address.to_string();
        let value = loose::open_object(&decoded.value, wanted, &address);
        if let Some(reason) = self.later(&decoded.value) {
            let mut planned = self.deferred(decoded.value, Value::null(), reason);
            planned.value = value;
            return Some(planned);
        }
        Some(PlannedInstance { change: None, value, read: None })
    }
}

/// A data source's object before it is read: arguments as configured, what is computed unknown (or not asked of
/// `who`).
fn planned_data(block: &BlockSchema, config: &Value, who: Option<&str>) -> Value {
    let unknown = |ty: Type| match who {
        Some(who) => Value::not_asked(ty, who),
        None => Value::unknown(ty),
    };
    let Some(configured) = config.as_object() else { return config.clone() };
    let attributes = block.attributes.iter().map(|(name, attribute)| {
        let value = configured.get(name).cloned().unwrap_or_else(|| Value::null_of(attribute.ty.clone()));
        let value = if value.is_null() && attribute.computed { unknown(attribute.ty.clone()) } else { value };
        (name.clone(), value)
    });
    let blocks = block.blocks.iter().map(|(name, nested)| {
        let value = configured.get(name).cloned().unwrap_or_else(Value::null);
        let value = match nested.nesting {
            Nesting::Single | Nesting::Group if !value.is_null() => planned_data(&nested.block, &value, who),
            Nesting::List | Nesting::Map => value.map_children(&|item| planned_data(&nested.block, item, who)),
            _ => value,
        };
        (name.clone(), value)
    });
    Value::object(attributes.chain(blocks).collect::<Vec<_>>())
}
