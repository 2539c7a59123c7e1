//! One instance of a managed resource: from its configuration and its object before to an action and an object after.

use std::sync::Arc;

use crate::engine::lore::Verdict;
use crate::engine::module::declared::{Ignored, ItemId, Resource};
use crate::engine::options::PlanMode;
use crate::engine::plan::body::{Frame, Items, decode};
use crate::engine::plan::conditions;
use crate::engine::plan::ignored::ignoring;
use crate::engine::plan::loose;
use crate::engine::plan::marks::{is_write_only, same_marks, schema_marks};
use crate::engine::plan::planner::{PlannedInstance, Planner, Supported, reads_itself};
use crate::engine::plan::prior::PriorObject;
use crate::engine::plan::proposed::proposed;
use crate::engine::plan::{provisioners, triggers};
use crate::engine::provider::PlannedObject;
use crate::engine::query::graph::Vertex;
use crate::engine::query::session::{InstanceAt, Phase, Query};
use crate::model::action::{Action, ActionReason};
use crate::model::address::ResourceInstanceAddress;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::plan::{Change, Knowledge, ResourceChange};
use crate::model::schema::BlockSchema;
use crate::model::state::InstanceState;
use crate::model::value::marked::{mark_at, unmark_with_paths};
use crate::model::value::stored::{from_stored, to_stored};
use crate::model::value::{Marks, Number, PathStep, Str, Type, Value, ValueKind, ValuePath};

/// Plans one instance.
pub fn plan(planner: &Planner<'_>, query: &Query<'_>, at: &InstanceAt<'_>) -> PlannedInstance {
    let resource = query.resource(at.scope, at.position);
    let address = query.instance_address(at);
    let provider = planner.provider_at(query, at);
    let source = provider.source.clone();
    let failed = |ty: Type| PlannedInstance { change: None, value: Value::unknown(ty), read: None };
    let frame = Frame::new(query, at.scope, at.each);
    if query.setting.phase != Phase::Validate
        && let Some(own) = reads_itself(query, at)
    {
        query.report(own);
        return failed(Type::Dynamic);
    }
    let errors = query.error_count();
    let triggered = query.setting.phase == Phase::Plan && triggers::fired(planner, query, at, resource);
    if query.error_count() > errors {
        return failed(Type::Dynamic);
    }
    let unimported = planner.failed_imports.borrow().contains(&address.resource);
    if unimported || !conditions::before(query, at, &address, &frame.reader()) {
        return failed(Type::Dynamic);
    }
    let planned = match planner.supported_at(&provider, &address) {
        Ok(supported) => {
            let instance = Instance { planner, query, at, resource, address: &address, source, triggered };
            match supported.filter(|supported| instance.fits(supported)) {
                Some(supported) => instance.exact(&supported, &frame),
                None => instance.loose(&frame),
            }
        }
        Err(diagnostic) => {
            query.report([diagnostic.at(resource.content.label_place(0)).about(address.to_string())]);
            None
        }
    };
    if query.setting.phase == Phase::Validate {
        provisioners::sound(query, resource, &address, &frame);
    }
    let Some(planned) = planned else { return failed(Type::Dynamic) };
    let frame = Frame { this: Some(planned.value.clone()), ..frame };
    conditions::after(query, at, &address, &frame.reader());
    planned
}

/// What an instance is about to become, evaluated with everything that is known by now.
pub struct Prepared {
    /// The provider and its schema.
    pub supported: Supported,
    /// The object before; null for a new one.
    pub prior: Value,
    /// The object as planned.
    pub planned: Value,
    /// The configuration.
    pub config: Value,
    /// What is sensitive about it.
    pub marks: Vec<(ValuePath, Marks)>,
}

/// Evaluates an instance for an apply. `current` is the object before; `None` when something is wrong (it is reported).
pub fn prepare(
    planner: &Planner<'_>,
    query: &Query<'_>,
    at: &InstanceAt<'_>,
    current: Option<&InstanceState>,
) -> Option<Prepared> {
    let resource = query.resource(at.scope, at.position);
    let address = query.instance_address(at);
    let provider = planner.provider_at(query, at);
    let source = provider.source.clone();
    let frame = Frame::new(query, at.scope, at.each);
    if !conditions::before(query, at, &address, &frame.reader()) {
        return None;
    }
    let instance = Instance { planner, query, at, resource, address: &address, source, triggered: false };
    let supported = match planner.supported_at(&provider, &address) {
        Ok(Some(supported)) => supported,
        Ok(None) => {
            let instead = match planner.options.stand_ins {
                None => "Apply this stack with terraform.",
                Some(_) => {
                    "A mock of it needs its schema, which is kept once the stack was planned by terraform (`kilter plan --fidelity planned`)."
                }
            };
            let detail = format!(
                "The provider {} is not built into Kilter, so {address} cannot be applied here. {instead}",
                instance.source
            );
            instance.report([Diagnostic::error("Provider not built in", detail)]);
            return None;
        }
        Err(diagnostic) => {
            instance.report([*diagnostic]);
            return None;
        }
    };
    let block = &supported.schema.block;
    let decoded = decode(&Items::of(&resource.content), block, &frame).judged_by(&*supported.provider);
    let failed = decoded.failed();
    instance.report(decoded.diagnostics);
    if failed {
        return None;
    }
    let (config, marks) = unmark_with_paths(&decoded.value);
    let null = Value::null_of(block.implied_type());
    let prior = match current {
        None => null,
        Some(state) => match from_stored(&state.attributes, &block.implied_type()) {
            Ok(prior) => prior,
            Err(fault) => {
                let detail = format!("The object of {address} in the state does not fit its type: {fault}.");
                instance.report([Diagnostic::error("Failed to decode current state", detail)]);
                return None;
            }
        },
    };
    let effective = match current {
        None => config,
        Some(_) => ignoring(&resource.lifecycle.ignore_changes, &prior, &config),
    };
    let outcome = instance.ask(&supported, &prior, &effective, &effective)?;
    let marks = marks.into_iter().filter(|(_, marks)| marks.contains(Marks::SENSITIVE)).collect();
    Some(Prepared { supported, prior, planned: outcome.planned, config: effective, marks })
}

struct Instance<'p, 'a> {
    planner: &'p Planner<'a>,
    query: &'p Query<'p>,
    at: &'p InstanceAt<'p>,
    resource: &'p Resource,
    address: &'p ResourceInstanceAddress,
    source: Str,
    /// Something that it is to be replaced with is about to change.
    triggered: bool,
}

/// The object that exists before.
struct Before {
    /// Typed, without marks; null when there is none.
    value: Value,
    /// What was sensitive about it.
    marks: Vec<(ValuePath, Marks)>,
    tainted: bool,
    previous: Option<ResourceInstanceAddress>,
    importing: Option<Str>,
}

impl Instance<'_, '_> {
    fn report(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        let about = |mut diagnostic: Diagnostic| {
            diagnostic.address.get_or_insert_with(|| self.address.to_string());
            if diagnostic.subject.is_none() {
                diagnostic.subject = Some(self.resource.content.header.place());
            }
            diagnostic
        };
        self.query.report(diagnostics.into_iter().map(about));
    }

    fn prior(&self) -> Option<&PriorObject> {
        self.planner.prior.current(&self.address.resource, self.address.key.as_ref())
    }

    /// Whether a cached schema fits the object: others' providers cannot be asked to upgrade or to import one.
    fn fits(&self, supported: &Supported) -> bool {
        if supported.knowledge == Knowledge::Exact || self.query.setting.phase == Phase::Validate {
            return true;
        }
        match self.prior() {
            Some(prior) => {
                prior.state.schema_version == supported.schema.version
                    && from_stored(&prior.state.attributes, &supported.schema.block.implied_type()).is_ok()
            }
            None => !self.planner.imports.borrow().contains_key(self.address),
        }
    }

    /// Where the knowledge of a change comes from.
    fn knowledge(&self, supported: &Supported, action: Action, before: &Value, after: &Value) -> Knowledge {
        let lesson = self.planner.lesson(&self.source, &self.resource.type_name);
        match lesson.filter(|_| supported.knowledge != Knowledge::Exact) {
            Some(lesson) if action == Action::Update || action.is_replace() => match lesson.verdict(before, after) {
                Verdict::Replaces(_, day) if action.is_replace() => Knowledge::Learned(day),
                Verdict::InPlace(day) if action == Action::Update => Knowledge::Learned(day),
                _ => supported.knowledge.clone(),
            },
            _ => supported.knowledge.clone(),
        }
    }

    fn exact(&self, supported: &Supported, frame: &Frame<'_>) -> Option<PlannedInstance> {
        let block = &supported.schema.block;
        let decoded = decode(&Items::of(&self.resource.content), block, frame).judged_by(&*supported.provider);
        let failed = decoded.failed();
        self.report(decoded.diagnostics);
        if failed {
            return None;
        }
        let (config, config_marks) = unmark_with_paths(&decoded.value);
        if let Some((path, _)) =
            config_marks.iter().find(|(path, marks)| marks.contains(Marks::EPHEMERAL) && !is_write_only(block, path))
        {
            let name = match path.0.first() {
                Some(PathStep::Attribute(name)) => name.clone(),
                _ => Str::from(path.to_string()),
            };
            let detail = format!(
                "Ephemeral values are not valid for \"{name}\", because it is not a write-only attribute and must be persisted to state."
            );
            let mut found = Diagnostic::error("Invalid use of ephemeral value", detail);
            found.subject = self.resource.content.argument(&name).map(|written| written.place());
            self.report([found]);
            return None;
        }
        let config_marks: Vec<_> = config_marks.into_iter().filter(|(_, m)| m.contains(Marks::SENSITIVE)).collect();
        let faults = supported.provider.validate(&self.resource.type_name, &config, false);
        let failed = has_errors(&faults);
        self.report(faults);
        if failed {
            return None;
        }
        if self.query.setting.phase == Phase::Validate {
            return Some(PlannedInstance { change: None, value: Value::unknown(block.implied_type()), read: None });
        }
        let before = self.before(supported)?;
        if self.planner.options.mode == PlanMode::RefreshOnly {
            return Some(self.only_refreshed(block, before));
        }
        let (outcome, action, reason, replace_paths) = self.decide(supported, &before, &config)?;
        if outcome.planned.any(&|value| value.as_number().is_some_and(Number::is_infinite)) {
            let summary = format!(
                "failed to encode {} in state: failed to serialize value: cannot serialize infinity as JSON",
                self.address
            );
            self.report([Diagnostic::error(summary, "")]);
            return None;
        }
        let mut after_marks = match &self.resource.lifecycle.ignore_changes {
            Ignored::Nothing => config_marks,
            _ if before.value.is_null() || before.tainted => config_marks,
            // What stays as it was stays as secret as it was.
            ignored => {
                let (old, new) = (mark_at(&before.value, &before.marks), mark_at(&config, &config_marks));
                unmark_with_paths(&ignoring(ignored, &old, &new)).1
            }
        };
        after_marks.extend(schema_marks(block, &outcome.planned));
        let mut action = action;
        let mut before_marks = before.marks.clone();
        before_marks.extend(schema_marks(block, &before.value));
        if action == Action::NoOp && !same_marks(&before_marks, &after_marks, &outcome.planned) {
            action = Action::Update;
        }
        if action.destroys() {
            self.refuse_destroy();
        }
        let knowledge = self.knowledge(supported, action, &before.value, &outcome.planned);
        let after = mark_at(&outcome.planned, &after_marks);
        let value = self.masked(block, &after, &outcome.planned);
        let change = Change {
            action,
            before: mark_at(&before.value, &before_marks),
            after: after.clone(),
            replace_paths,
            importing: before.importing,
        };
        Some(PlannedInstance {
            change: Some(Arc::new(self.row(change, before.previous, reason, knowledge))),
            value,
            read: None,
        })
    }

    /// While only refreshing, an object is what it became. That it moved is all there is to say.
    fn only_refreshed(&self, block: &BlockSchema, before: Before) -> PlannedInstance {
        if let (Some(previous), PlanMode::RefreshOnly) = (before.previous.clone(), self.planner.options.mode) {
            let mut marks = before.marks.clone();
            marks.extend(schema_marks(block, &before.value));
            let value = mark_at(&before.value, &marks);
            let change = Change {
                action: Action::NoOp,
                before: value.clone(),
                after: value,
                replace_paths: Vec::new(),
                importing: None,
            };
            self.planner.drift.borrow_mut().push(Arc::new(self.row(change, Some(previous), None, Knowledge::Exact)));
        }
        let value = match before.value.is_null() {
            true => Value::unknown(block.implied_type()),
            false => {
                let mut marks = before.marks;
                marks.extend(schema_marks(block, &before.value));
                mark_at(&before.value, &marks)
            }
        };
        PlannedInstance { change: None, value, read: None }
    }

    /// References to write-only attributes give null; everything else is as planned.
    fn masked(&self, block: &BlockSchema, after: &Value, planned: &Value) -> Value {
        let _ = planned;
        match (&after.kind, block.attributes.values().any(|attribute| attribute.write_only)) {
            (ValueKind::Object(attributes), true) => {
                let mut masked = (**attributes).clone();
                for (name, attribute) in &block.attributes {
                    if attribute.write_only {
                        masked.insert(name.clone(), Value::null_of(attribute.ty.clone()));
                    }
                }
                Value { kind: ValueKind::Object(Arc::new(masked)), marks: after.marks }
            }
            _ => after.clone(),
        }
    }

    fn row(
        &self,
        change: Change,
        previous_address: Option<ResourceInstanceAddress>,
        reason: Option<ActionReason>,
        knowledge: Knowledge,
    ) -> ResourceChange {
        ResourceChange {
            address: self.address.clone(),
            previous_address,
            deposed: None,
            provider: self.source.clone(),
            change,
            reason,
            place: Some(self.resource.content.header.place()),
            knowledge,
        }
    }

    /// The object before, typed, upgraded, refreshed, or imported.
    fn before(&self, supported: &Supported) -> Option<Before> {
        let ty = supported.schema.block.implied_type();
        let none = |importing| Before {
            value: Value::null_of(ty.clone()),
            marks: Vec::new(),
            tainted: false,
            previous: None,
            importing,
        };
        let Some(prior) = self.prior() else {
            let id = self.planner.imports.borrow().get(self.address).cloned();
            return match id {
                None => Some(none(None)),
                Some(id) => self.imported(supported, &id).map(|value| {
                    self.planner
                        .imported
                        .borrow_mut()
                        .push((self.address.clone(), self.state_object(supported, &value)));
                    Before { value, ..none(Some(id)) }
                }),
            };
        };
        if prior.state.schema_version > supported.schema.version {
            let detail = format!(
                "The current state of {} was created by a newer provider version than is currently selected. Upgrade the {} provider to work with this state.",
                self.address,
                self.source.rsplit('/').next().unwrap_or(&self.source)
            );
            self.report([Diagnostic::error("Resource instance managed by newer provider version", detail)]);
            return None;
        }
        let stored = if prior.state.schema_version < supported.schema.version {
            let version = prior.state.schema_version;
            match supported.provider.upgrade(&self.resource.type_name, version, prior.state.attributes.clone()) {
                Ok(upgraded) => upgraded,
                Err(faults) => {
                    self.report(faults);
                    return None;
                }
            }
        } else {
            prior.state.attributes.clone()
        };
        let mut value = match from_stored(&stored, &ty) {
            Ok(value) => value,
            Err(fault) => {
                let detail = format!("The object of {} in the state does not fit its type: {fault}.", self.address);
                self.report([Diagnostic::error("Failed to decode current state", detail)]);
                return None;
            }
        };
        let marks: Vec<_> = prior.state.sensitive_paths.iter().map(|path| (path.clone(), Marks::SENSITIVE)).collect();
        if self.planner.options.refresh && !self.planner.configuration_only {
            value = self.refreshed(supported, value, &marks)?;
        }
        let gone = value.is_null();
        Some(Before {
            value,
            marks: if gone { Vec::new() } else { marks },
            tainted: prior.state.tainted && !gone,
            previous: if gone { None } else { prior.previous.clone() },
            importing: None,
        })
    }

    /// A new object as a state holds it.
    fn state_object(&self, supported: &Supported, value: &Value) -> PriorObject {
        let ty = supported.schema.block.implied_type();
        let state = InstanceState {
            key: self.address.key.clone(),
            deposed: None,
            tainted: false,
            schema_version: supported.schema.version,
            attributes: to_stored(value, &ty),
            sensitive_paths: schema_marks(&supported.schema.block, value).into_iter().map(|(path, _)| path).collect(),
            private: None,
            dependencies: Arc::default(),
            create_before_destroy: false,
        };
        let provider = self.planner.provider_at(self.query, self.at).state_address(self.planner.config);
        PriorObject { state: Arc::new(state), provider, previous: None }
    }

    fn imported(&self, supported: &Supported, id: &Str) -> Option<Value> {
        let type_name = &self.resource.type_name;
        match self.planner.reach.with(|world| supported.provider.import(type_name, id, world)) {
            Ok(value) => Some(value),
            Err(faults) => {
                self.report(faults);
                None
            }
        }
    }

    fn refreshed(&self, supported: &Supported, value: Value, marks: &[(ValuePath, Marks)]) -> Option<Value> {
        let type_name = &self.resource.type_name;
        match self.planner.reach.with(|world| supported.provider.read(type_name, &value, world)) {
            Ok(now) => {
                if now != value {
                    let action = if now.is_null() { Action::Delete } else { Action::Update };
                    let change = Change {
                        action,
                        before: mark_at(&value, marks),
                        after: mark_at(&now, marks),
                        replace_paths: Vec::new(),
                        importing: None,
                    };
                    self.planner.drift.borrow_mut().push(Arc::new(self.row(change, None, None, Knowledge::Exact)));
                }
                Some(now)
            }
            Err(faults) => {
                self.report(faults);
                None
            }
        }
    }

    #[allow(clippy::type_complexity, reason = "one answer with four parts, taken apart at once")]
    fn decide(
        &self,
        supported: &Supported,
        before: &Before,
        config: &Value,
    ) -> Option<(PlannedObject, Action, Option<ActionReason>, Vec<ValuePath>)> {
        let block = &supported.schema.block;
        let null = Value::null_of(block.implied_type());
        if before.value.is_null() {
            let outcome = self.ask(supported, &null, config, config)?;
            // terraform gives this reason to a new object too.
            return Some((
                outcome,
                Action::Create,
                self.triggered.then_some(ActionReason::ReplaceByTriggers),
                Vec::new(),
            ));
        }
        let replace = self.replace_action();
        if before.tainted {
            let outcome = self.ask(supported, &null, config, config)?;
            return Some((outcome, replace, Some(ActionReason::ReplaceBecauseTainted), Vec::new()));
        }
        let effective = ignoring(&self.resource.lifecycle.ignore_changes, &before.value, config);
        let outcome = self.ask(supported, &before.value, &effective, &effective)?;
        let required: Vec<ValuePath> = outcome
            .requires_replace
            .iter()
            .filter(|path| path.find(&before.value) != path.find(&outcome.planned))
            .cloned()
            .collect();
        let asked = self.planner.options.replace.contains(self.address);
        let triggered = self.triggered;
        let reason = match () {
            () if triggered => Some(ActionReason::ReplaceByTriggers),
            () if asked => Some(ActionReason::ReplaceByRequest),
            () if !required.is_empty() => Some(ActionReason::ReplaceBecauseCannotUpdate),
            () => None,
        };
        if reason.is_some() {
            // A replacement is planned as a new object: computed attributes are unknown again.
            let outcome = self.ask(supported, &null, &effective, &effective)?;
            return Some((outcome, replace, reason, required));
        }
        let action = if outcome.planned == before.value { Action::NoOp } else { Action::Update };
        Some((outcome, action, None, Vec::new()))
    }

    fn ask(&self, supported: &Supported, prior: &Value, config: &Value, original: &Value) -> Option<PlannedObject> {
        let proposal = proposed(&supported.schema.block, prior, config);
        match supported.provider.plan(&self.resource.type_name, prior, &proposal, original) {
            Ok(outcome) => Some(outcome),
            Err(faults) => {
                self.report(faults);
                None
            }
        }
    }

    fn replace_action(&self) -> Action {
        let vertex = Vertex { node: self.at.scope.node, item: ItemId::Resource(self.at.position as u32) };
        let number = self.planner.graph.number(self.planner.config, vertex);
        if self.planner.create_first[number as usize] { Action::CreateThenDelete } else { Action::DeleteThenCreate }
    }

    fn refuse_destroy(&self) {
        if self.planner.options.mode == PlanMode::Normal && self.resource.lifecycle.prevent_destroy.is_some() {
            self.report([prevented(self.address).at(self.resource.content.header.place())]);
        }
    }

    /// A resource of a provider that is not built in.
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
        let config = decoded.value;
        let wanted = &self.query.module(self.at.scope).loose_attributes;
        let knowledge = Knowledge::ProviderDecides;
        let importing = self.planner.imports.borrow().get(self.address).cloned();
        let Some(prior) = self.prior() else {
            let action = if importing.is_some() { Action::NoOp } else { Action::Create };
            let change =
                Change { action, before: Value::null(), after: config.clone(), replace_paths: Vec::new(), importing };
            let value = loose::open_object(&config, wanted, &self.address.to_string());
            return Some(PlannedInstance {
                change: Some(Arc::new(self.row(change, None, None, knowledge))),
                value,
                read: None,
            });
        };
        let marks: Vec<_> = prior.state.sensitive_paths.iter().map(|p| (p.clone(), Marks::SENSITIVE)).collect();
        let stored = mark_at(&prior.state.attributes, &marks);
        let effective = match &self.resource.lifecycle.ignore_changes {
            Ignored::All => stored.clone(),
            ignored => ignoring(ignored, &stored, &config),
        };
        let asked = self.planner.options.replace.contains(self.address);
        let triggered = self.triggered;
        let (action, reason) = match () {
            () if prior.state.tainted => (self.replace_action(), Some(ActionReason::ReplaceBecauseTainted)),
            () if triggered => (self.replace_action(), Some(ActionReason::ReplaceByTriggers)),
            () if asked => (self.replace_action(), Some(ActionReason::ReplaceByRequest)),
            () if loose::compare(&effective, &stored) == loose::Likeness::Same => (Action::NoOp, None),
            () => (Action::Update, None),
        };
        let (action, reason, knowledge, replace_paths) = match action {
            Action::Update => self.as_learned(&stored, &loose::overlay(&effective, &stored)),
            other => (other, reason, knowledge, Vec::new()),
        };
        if action.destroys() {
            self.refuse_destroy();
        }
        let (after, value) = match action {
            Action::NoOp => (stored.clone(), loose::open_object(&stored, wanted, &self.address.to_string())),
            Action::Update => {
                let after = loose::overlay(&effective, &stored);
                let value = loose::open_object(&after, wanted, &self.address.to_string());
                (after, value)
            }
            _ => (config.clone(), loose::open_object(&config, wanted, &self.address.to_string())),
        };
        let change = Change { action, before: stored, after, replace_paths, importing };
        let row = self.row(change, prior.previous.clone(), reason, knowledge);
        Some(PlannedInstance { change: Some(Arc::new(row)), value, read: None })
    }

    /// What becomes of an update of which nothing but earlier plans tells.
    fn as_learned(&self, before: &Value, after: &Value) -> (Action, Option<ActionReason>, Knowledge, Vec<ValuePath>) {
        let lesson = self.planner.lesson(&self.source, &self.resource.type_name);
        match lesson.map_or(Verdict::Unseen, |lesson| lesson.verdict(before, after)) {
            Verdict::Replaces(paths, day) => {
                let reason = Some(ActionReason::ReplaceBecauseCannotUpdate);
                (self.replace_action(), reason, Knowledge::Learned(day), paths)
            }
            Verdict::InPlace(day) => (Action::Update, None, Knowledge::Learned(day), Vec::new()),
            Verdict::Unseen => (Action::Update, None, Knowledge::ProviderDecides, Vec::new()),
        }
    }
}

/// What is said of an instance that may not be destroyed.
pub const PREVENTED: &str = "Instance cannot be destroyed";

/// terraform's words when a plan would destroy what may not be destroyed.
pub fn prevented(address: &ResourceInstanceAddress) -> Diagnostic {
    Diagnostic::error(
        PREVENTED,
        format!(
            "Resource {address} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the scope of the plan using the -target option."
        ),
    )
}
