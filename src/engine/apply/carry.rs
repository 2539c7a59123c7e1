//! The apply itself. One thread decides and evaluates, some others let providers work; the state is handed on after
//! every object.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::engine::apply::provision;
use crate::engine::apply::steps::{Step, Steps, Work, lay_out};
use crate::engine::apply_sink::{ApplyEvent, ApplySink};
use crate::engine::loaded::Loaded;
use crate::engine::module::declared::{ItemId, Provisioner};
use crate::engine::module::library::Library;
use crate::engine::options::{ApplyOptions, PlanMode, PlanOptions};
use crate::engine::outcome::Applied;
use crate::engine::plan::body::Frame;
use crate::engine::plan::instance::{Prepared, prepare, schema_marks};
use crate::engine::plan::kinds::KINDS;
use crate::engine::plan::live::Live;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::prior::{Prior, PriorObject};
use crate::engine::plan::{conditions, deletion, moves};
use crate::engine::provider::registry::Providers;
use crate::engine::provider::{ApplyFault, Provider};
use crate::engine::query::graph::Vertex;
use crate::engine::query::scope::{Each, Scope};
use crate::engine::query::session::{InstanceAt, Objects, Phase, Query};
use crate::engine::surroundings::Surroundings;
use crate::engine::world::Reach;
use crate::model::action::Action;
use crate::model::address::{ResourceAddress, ResourceInstanceAddress};
use crate::model::diagnostic::Diagnostic;
use crate::model::plan::Plan;
use crate::model::state::{InstanceState, OutputState, StateSnapshot};
use crate::model::value::stored::{from_stored, to_stored};
use crate::model::value::{Str, Value, ValuePath};
use crate::sys::processes::{CancelLevel, Invocation, Processes, Stream};

/// What an apply is given.
pub struct Order<'a> {
    /// The providers at hand.
    pub providers: &'a Providers,
    /// Parsed files.
    pub shelf: &'a Library,
    /// The configuration.
    pub loaded: &'a Loaded,
    /// What was planned.
    pub plan: &'a Plan,
    /// With what it was planned.
    pub options: &'a PlanOptions,
    /// How to apply.
    pub how: &'a ApplyOptions,
    /// What may be reached.
    pub surroundings: &'a Surroundings,
    /// Who watches and keeps the state.
    pub sink: &'a dyn ApplySink,
}

/// Carries a plan out. Afterwards `then` may ask the evaluation for more.
pub fn apply(order: &Order<'_>, then: &dyn Fn(&Query<'_>, &StateSnapshot)) -> Applied {
    let before = order.options.state.clone().unwrap_or_default();
    let mut diagnostics = order.loaded.diagnostics.clone();
    let refused = |diagnostics: Vec<Diagnostic>| Applied {
        state: before.clone(),
        diagnostics,
        checks: Vec::new(),
        cancelled: false,
    };
    if order.plan.errored {
        let detail = "The plan has errors; nothing was applied. Correct them and plan again.";
        return refused(vec![Diagnostic::error("Plan cannot be applied", detail)]);
    }
    let mut prior = Prior::new(&before);
    diagnostics.extend(moves::apply(&order.loaded.config, &mut prior).into_iter().filter(Diagnostic::is_error));
    let reach = Reach::writing(order.loaded.looks.source(), order.surroundings);
    let (config, graph) = (&order.loaded.config, &order.loaded.graph);
    let planner = Planner::new(order.providers, config, graph, order.options, Prior::default(), reach, KINDS);
    take_in(order, &planner, &mut prior);
    let steps = lay_out(config, graph, order.plan, &prior);
    let live = Live { planner: &planner, objects: prior.into() };
    let random = |buffer: &mut [u8]| (order.surroundings.random)(buffer);
    let query =
        order.loaded.query(order.shelf, Phase::Apply, &order.options.workspace, order.surroundings, &live, &random);
    conditions::declare(&planner);
    let obstacles = obstacles(order, &steps);
    if !obstacles.is_empty() {
        return refused(obstacles);
    }
    let mut state = StateSnapshot {
        terraform_version: Str::from(crate::engine::plan::walk::TERRAFORM_VERSION),
        serial: before.serial + 1,
        lineage: if before.lineage.is_empty() { lineage(order.surroundings) } else { before.lineage.clone() },
        outputs: before.outputs.clone(),
        resources: Vec::new(),
        checks: before.checks.clone(),
    };
    let mut carry = Carry {
        order,
        planner: &planner,
        query: &query,
        live: &live,
        state: &mut state,
        failed: false,
        stopped: false,
        unwritten: false,
        replaced: HashMap::new(),
        handed: None,
    };
    carry.run(steps);
    let stopped = carry.stopped;
    carry.finish();
    let handed = carry.handed.take();
    let snapshot = handed.unwrap_or_else(|| Arc::new(live.objects.borrow().snapshot(&state)));
    then(&query, &snapshot);
    diagnostics.extend(query.take_diagnostics());
    Applied { state: snapshot, diagnostics, checks: planner.checks.borrow().results(), cancelled: stopped }
}

/// Takes what a refresh found and what is imported into the objects.
fn take_in(order: &Order<'_>, planner: &Planner<'_>, prior: &mut Prior) {
    for row in &order.plan.drift {
        if row.change.after.is_null() {
            prior.take(&row.address);
            continue;
        }
        let Some(mut object) = prior.take(&row.address) else { continue };
        let ty = row.change.after.ty();
        let schema = planner.supported(&row.provider, row.address.resource.mode, &row.address.resource.type_name);
        let ty = schema.ok().flatten().map_or(ty, |supported| supported.schema.block.implied_type());
        Arc::make_mut(&mut object.state).attributes = to_stored(&row.change.after.unmark_deep(), &ty);
        prior.put(row.address.clone(), object);
    }
    for row in order.plan.changes.iter().filter(|row| row.change.importing.is_some()) {
        let schema = planner.supported(&row.provider, row.address.resource.mode, &row.address.resource.type_name);
        let Ok(Some(supported)) = schema else { continue };
        let ty = supported.schema.block.implied_type();
        let state = InstanceState {
            key: row.address.key.clone(),
            deposed: None,
            tainted: false,
            schema_version: supported.schema.version,
            attributes: to_stored(&row.change.before.unmark_deep(), &ty),
            sensitive_paths: Vec::new(),
            private: None,
            dependencies: Vec::new(),
            create_before_destroy: false,
        };
        let provider = Str::from(format!("provider[\"{}\"]", row.provider));
        prior.put(row.address.clone(), PriorObject { state: Arc::new(state), provider, previous: None });
    }
}

/// What keeps the whole plan from being begun: provisioners that may not be run.
fn obstacles(order: &Order<'_>, steps: &Steps) -> Vec<Diagnostic> {
    let trusted = order.surroundings.commands.is_some();
    let config = &order.loaded.config;
    let mut seen = std::collections::HashSet::new();
    let mut found = Vec::new();
    for step in &steps.steps {
        let resource = &step.address.resource;
        let Some(node) = config.node(&resource.module) else { continue };
        let module = &config.nodes[node].module;
        let Some(at) = module.resource(resource.mode, &resource.type_name, &resource.name) else { continue };
        if seen.insert((node, at)) {
            found.extend(provision::obstacle(&module.resources[at], trusted));
        }
    }
    found
}

fn lineage(surroundings: &Surroundings) -> Str {
    let mut bytes = [0; 16];
    (surroundings.random)(&mut bytes);
    Str::from(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// What a worker is asked to do.
enum Job {
    /// Let a provider create, update or destroy.
    Provider { provider: Arc<dyn Provider>, type_name: Str, prior: Value, planned: Value, config: Value },
    /// Run commands one after the other, each with whether its failure counts.
    Commands(Vec<(Invocation, bool)>),
}

/// What came of it.
enum Outcome {
    Object(Result<Value, ApplyFault>),
    Commands(Result<(), String>),
    Line(String),
}

/// The number of a step and what came of it.
type News = (usize, Outcome);

/// A step that a worker is at.
struct Running {
    started: Duration,
    prepared: Option<Prepared>,
    /// The object after a create, while its provisioners run.
    made: Option<Value>,
}

struct Carry<'x, 'a> {
    order: &'x Order<'x>,
    planner: &'x Planner<'a>,
    query: &'x Query<'x>,
    live: &'x Live<'x>,
    state: &'x mut StateSnapshot,
    failed: bool,
    stopped: bool,
    unwritten: bool,
    /// Deposed keys that this plan's own replacements made.
    replaced: HashMap<ResourceInstanceAddress, Str>,
    handed: Option<Arc<StateSnapshot>>,
}

impl Carry<'_, '_> {
    fn run(&mut self, laid: Steps) {
        let Steps { steps, mut schedule } = laid;
        let (sender, receiver): (Sender<News>, Receiver<News>) = channel();
        let mut ready: Vec<(usize, bool)> = schedule.beginning().into_iter().map(|node| (node, false)).collect();
        ready.reverse();
        let mut running: HashMap<usize, Box<Running>> = HashMap::new();
        let reach = &self.planner.reach;
        let commands = self.order.surroundings.commands.clone();
        std::thread::scope(|threads| {
            let spawn = |node: usize, job: Job| {
                let (sender, commands) = (sender.clone(), commands.clone());
                threads.spawn(move || work(node, job, reach, commands.as_deref(), &sender));
            };
            loop {
                while running.len() < self.order.how.parallelism.max(1) {
                    let Some((node, doomed)) = ready.pop() else { break };
                    let Some(step) = steps.get(node) else {
                        ready.extend(schedule.settle(node, !doomed).into_iter().rev());
                        continue;
                    };
                    self.stopped |= self.order.sink.cancelled();
                    if doomed || self.stopped || self.unwritten {
                        ready.extend(schedule.settle(node, false).into_iter().rev());
                        continue;
                    }
                    match self.begin(step) {
                        Begun::Done(good) => ready.extend(schedule.settle(node, good).into_iter().rev()),
                        Begun::Running(one, job) => {
                            running.insert(node, one);
                            spawn(node, job);
                        }
                    }
                }
                if running.is_empty() {
                    break;
                }
                let Ok((node, outcome)) = receiver.recv() else { break };
                let step = &steps[node];
                if let Outcome::Line(line) = outcome {
                    self.order.sink.event(ApplyEvent::Progress { address: step.address.clone(), line });
                    continue;
                }
                let Some(one) = running.remove(&node) else { continue };
                match self.end(step, *one, outcome) {
                    Begun::Done(good) => ready.extend(schedule.settle(node, good).into_iter().rev()),
                    Begun::Running(one, job) => {
                        running.insert(node, one);
                        spawn(node, job);
                    }
                }
            }
        });
        let stuck: Vec<String> =
            schedule.stuck().filter_map(|node| steps.get(node)).map(|step| step.address.to_string()).collect();
        if !stuck.is_empty() && !self.stopped {
            self.failed = true;
            let detail = format!("These objects wait for each other and were left as they are: {}.", stuck.join(", "));
            self.query.report([Diagnostic::error(format!("Cycle: {}", stuck.join(", ")), detail)]);
        }
    }

    fn begin(&mut self, step: &Step) -> Begun {
        let started = self.order.sink.elapsed();
        if step.work != Work::Forget {
            self.order.sink.event(ApplyEvent::Started { address: step.address.clone(), action: step.action });
        }
        match &step.work {
            Work::Forget => {
                self.live.objects.borrow_mut().take(&step.address);
                self.persist();
                Begun::Done(true)
            }
            Work::Read => self.read(step, started),
            Work::Write { depose } => self.write(step, *depose, started),
            Work::Destroy { deposed } => self.destroy(step, deposed.clone(), started),
            Work::DestroyReplaced => match self.replaced.get(&step.address).cloned() {
                Some(key) => self.destroy(step, Some(key), started),
                None => self.done(step, started),
            },
        }
    }

    fn place(&self, address: &ResourceInstanceAddress) -> Option<(Rc<Scope>, usize, Arc<Each>)> {
        let resource = &address.resource;
        let scope = self.query.scope_at(&resource.module)?;
        let position = self.query.module(&scope).resource(resource.mode, &resource.type_name, &resource.name)?;
        let each = self.query.expansion(&scope, position).find(address.key.as_ref())?.clone();
        Some((scope, position, each))
    }

    fn read(&mut self, step: &Step, started: Duration) -> Begun {
        let Some((scope, position, each)) = self.place(&step.address) else { return self.lost(step, started) };
        let errors = self.query.error_count();
        let at = InstanceAt { scope: &scope, position, each: &each };
        self.planner.instance(self.query, &at);
        if self.query.error_count() > errors { self.fail(step, started, Vec::new()) } else { self.done(step, started) }
    }

    fn write(&mut self, step: &Step, depose: bool, started: Duration) -> Begun {
        let Some((scope, position, each)) = self.place(&step.address) else { return self.lost(step, started) };
        let at = InstanceAt { scope: &scope, position, each: &each };
        let current = {
            let objects = self.live.objects.borrow();
            let found = objects.current(&step.address.resource, step.address.key.as_ref());
            found.filter(|_| !depose && step.action == Action::Update).map(|object| object.state.clone())
        };
        let Some(prepared) = prepare(self.planner, self.query, &at, current.as_deref()) else {
            return self.fail(step, started, Vec::new());
        };
        if depose {
            self.depose(&step.address);
        }
        if prepared.prior == prepared.planned {
            // Only what is sensitive about it changed.
            let value = prepared.planned.clone();
            self.keep(step, &prepared, value, false);
            self.persist();
            return self.done(step, started);
        }
        let job = Job::Provider {
            provider: prepared.supported.provider.clone(),
            type_name: step.address.resource.type_name.clone(),
            prior: prepared.prior.clone(),
            planned: prepared.planned.clone(),
            config: prepared.config.clone(),
        };
        Begun::Running(Box::new(Running { started, prepared: Some(prepared), made: None }), job)
    }

    fn depose(&mut self, address: &ResourceInstanceAddress) {
        let mut objects = self.live.objects.borrow_mut();
        let Some(mut object) = objects.take(address) else { return };
        let mut bytes = [0; 4];
        (self.order.surroundings.random)(&mut bytes);
        // Chance may be left out of the surroundings; a number keeps keys apart.
        let number = u32::from_be_bytes(bytes).wrapping_add(self.replaced.len() as u32);
        let key = Str::from(format!("{number:08x}"));
        Arc::make_mut(&mut object.state).deposed = Some(key.clone());
        objects.put_deposed(address, key.clone(), object);
        self.replaced.insert(address.clone(), key);
    }

    fn destroy(&mut self, step: &Step, deposed: Option<Str>, started: Duration) -> Begun {
        let object = {
            let objects = self.live.objects.borrow();
            match &deposed {
                None => objects.current(&step.address.resource, step.address.key.as_ref()).cloned(),
                Some(key) => objects.deposed(&step.address, key).cloned(),
            }
        };
        let Some(object) = object else { return self.done(step, started) };
        let source = deletion::provider_source(&object.provider);
        let resource = &step.address.resource;
        let supported = match self.planner.supported_for(&object.provider, &source, &step.address) {
            Ok(Some(supported)) => supported,
            Ok(None) => {
                let detail = format!(
                    "The provider {source} is not built into Kilter, so {} cannot be destroyed here. Destroy it with terraform.",
                    step.address
                );
                return self.fail(step, started, vec![Diagnostic::error("Provider not built in", detail)]);
            }
            Err(diagnostic) => return self.fail(step, started, vec![*diagnostic]),
        };
        let ty = supported.schema.block.implied_type();
        let prior = match from_stored(&object.state.attributes, &ty) {
            Ok(prior) => prior,
            Err(fault) => {
                let detail = format!("The object of {} in the state does not fit its type: {fault}.", step.address);
                return self.fail(step, started, vec![Diagnostic::error("Failed to decode current state", detail)]);
            }
        };
        let commands = self.destroy_commands(&step.address, &prior);
        let null = Value::null_of(ty);
        let prepared = Prepared { supported, prior, planned: null.clone(), config: null, marks: Vec::new() };
        match commands {
            Some(commands) => Begun::Running(
                Box::new(Running { started, prepared: Some(prepared), made: None }),
                Job::Commands(commands),
            ),
            None => {
                let job = destroy_job(&prepared, &resource.type_name);
                Begun::Running(Box::new(Running { started, prepared: Some(prepared), made: None }), job)
            }
        }
    }

    /// What provisioners run before an object is destroyed. Those of a replacement that comes first do not run.
    fn destroy_commands(&self, address: &ResourceInstanceAddress, this: &Value) -> Option<Vec<(Invocation, bool)>> {
        if self.replaced.contains_key(address) {
            return None;
        }
        let resource = &address.resource;
        let scope = self.query.scope_at(&resource.module)?;
        let position = self.query.module(&scope).resource(resource.mode, &resource.type_name, &resource.name)?;
        let each = Arc::new(Each { key: address.key.clone(), ..Each::default() });
        let chosen: Vec<&Provisioner> =
            self.query.resource(&scope, position).provisioners.iter().filter(|p| p.on_destroy).collect();
        self.commands(&chosen, &scope, &each, this.clone())
    }

    fn commands(
        &self,
        chosen: &[&Provisioner],
        scope: &Rc<Scope>,
        each: &Arc<Each>,
        this: Value,
    ) -> Option<Vec<(Invocation, bool)>> {
        if chosen.is_empty() {
            return None;
        }
        let frame = Frame { this: Some(this), ..Frame::new(self.query, scope, each) };
        let of = |provisioner: &&Provisioner| {
            let invocation = provision::invocation(self.query, provisioner, &frame)?;
            Some((invocation, !provisioner.continue_on_failure))
        };
        Some(chosen.iter().filter_map(of).collect())
    }

    /// A worker is done with a step.
    fn end(&mut self, step: &Step, mut one: Running, outcome: Outcome) -> Begun {
        let Some(prepared) = one.prepared.take() else { return Begun::Done(true) };
        let destroys = matches!(step.work, Work::Destroy { .. } | Work::DestroyReplaced);
        match outcome {
            Outcome::Object(Ok(_)) if destroys => {
                self.gone(step);
                self.persist();
                self.done(step, one.started)
            }
            Outcome::Object(Err(fault)) if destroys => self.fail(step, one.started, fault.diagnostics),
            Outcome::Object(Ok(object)) => self.made(step, one.started, prepared, object),
            Outcome::Object(Err(fault)) => {
                match fault.object {
                    Some(object) => self.keep(step, &prepared, object, prepared.prior.is_null()),
                    None if prepared.prior.is_null() => self.restore(&step.address),
                    None => {}
                }
                self.persist();
                self.fail(step, one.started, fault.diagnostics)
            }
            Outcome::Commands(Ok(())) if destroys => {
                let job = destroy_job(&prepared, &step.address.resource.type_name);
                Begun::Running(Box::new(Running { prepared: Some(prepared), ..one }), job)
            }
            Outcome::Commands(Ok(())) => self.after(step, one.started),
            Outcome::Commands(Err(problem)) => {
                if let (Some(made), false) = (one.made, destroys) {
                    self.keep(step, &prepared, made, true);
                    self.persist();
                }
                let fault = Diagnostic::error("local-exec provisioner error", problem);
                self.fail(step, one.started, vec![fault])
            }
            Outcome::Line(_) => Begun::Done(true),
        }
    }

    /// An object was created or updated: it goes into the state, then its provisioners run.
    fn made(&mut self, step: &Step, started: Duration, prepared: Prepared, object: Value) -> Begun {
        self.keep(step, &prepared, object.clone(), false);
        self.persist();
        if step.action == Action::Create
            && let Some((scope, position, each)) = self.place(&step.address)
        {
            let chosen: Vec<&Provisioner> =
                self.query.resource(&scope, position).provisioners.iter().filter(|p| !p.on_destroy).collect();
            if let Some(commands) = self.commands(&chosen, &scope, &each, object.clone()) {
                let one = Running { started, prepared: Some(prepared), made: Some(object) };
                return Begun::Running(Box::new(one), Job::Commands(commands));
            }
        }
        self.after(step, started)
    }

    /// Postconditions; then the step is done.
    fn after(&mut self, step: &Step, started: Duration) -> Begun {
        let Some((scope, position, each)) = self.place(&step.address) else { return self.done(step, started) };
        let at = InstanceAt { scope: &scope, position, each: &each };
        if self.query.resource(&scope, position).lifecycle.postconditions.is_empty() {
            return self.done(step, started);
        }
        let this = self.live.object(self.query, &at);
        let frame = Frame { this: Some(this), ..Frame::new(self.query, &scope, &each) };
        if conditions::after(self.planner, self.query, &at, &step.address, &frame.reader()) {
            self.done(step, started)
        } else {
            self.fail(step, started, Vec::new())
        }
    }

    fn gone(&mut self, step: &Step) {
        let mut objects = self.live.objects.borrow_mut();
        let deposed = match &step.work {
            Work::Destroy { deposed } => deposed.clone(),
            _ => self.replaced.get(&step.address).cloned(),
        };
        match deposed {
            Some(key) => objects.take_deposed(&step.address, &key),
            None => objects.take(&step.address),
        };
    }

    /// A replacement that was to come first failed: the object before is the current one again.
    fn restore(&mut self, address: &ResourceInstanceAddress) {
        let Some(key) = self.replaced.remove(address) else { return };
        let mut objects = self.live.objects.borrow_mut();
        if let Some(mut object) = objects.take_deposed(address, &key) {
            Arc::make_mut(&mut object.state).deposed = None;
            objects.put(address.clone(), object);
        }
    }

    /// Puts an object into the state.
    fn keep(&mut self, step: &Step, prepared: &Prepared, object: Value, tainted: bool) {
        let block = &prepared.supported.schema.block;
        let object = object.unmark_deep();
        let mut paths: Vec<ValuePath> = prepared.marks.iter().map(|(path, _)| path.clone()).collect();
        for (path, _) in schema_marks(block, &object) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        let (provider, dependencies, first) = self.standing(&step.address);
        let state = InstanceState {
            key: step.address.key.clone(),
            deposed: None,
            tainted,
            schema_version: prepared.supported.schema.version,
            attributes: to_stored(&object, &block.implied_type()),
            sensitive_paths: paths,
            private: None,
            dependencies,
            create_before_destroy: first,
        };
        let object = PriorObject { state: Arc::new(state), provider, previous: None };
        self.live.objects.borrow_mut().put(step.address.clone(), object);
    }

    /// What a state keeps beside an object: its provider, what it depends on, whether its replacement comes first.
    fn standing(&self, address: &ResourceInstanceAddress) -> (Str, Vec<ResourceAddress>, bool) {
        let Some((scope, position, each)) = self.place(address) else { return (Str::from(""), Vec::new(), false) };
        let at = InstanceAt { scope: &scope, position, each: &each };
        let (config, graph) = (self.planner.config, self.planner.graph);
        let provider = self.planner.provider_at(self.query, &at).state_address(config);
        let own = graph.number(config, Vertex { node: scope.node, item: ItemId::Resource(position as u32) });
        let reached = graph.closure([own]);
        let mut dependencies: Vec<ResourceAddress> = (0..graph.len() as u32)
            .filter(|number| reached[*number as usize] && *number != own)
            .filter_map(|number| {
                let vertex = graph.vertex(number);
                let ItemId::Resource(at) = vertex.item else { return None };
                let node = &config.nodes[vertex.node];
                let resource = &node.module.resources[at as usize];
                Some(ResourceAddress {
                    module: node.address.clone(),
                    mode: resource.mode,
                    type_name: resource.type_name.clone(),
                    name: resource.name.clone(),
                })
            })
            .collect();
        dependencies.sort_by_cached_key(ToString::to_string);
        (provider, dependencies, self.planner.create_first[own as usize])
    }

    fn persist(&mut self) {
        let snapshot = Arc::new(self.live.objects.borrow().snapshot(self.state));
        if let Err(error) = self.order.sink.persist(&snapshot) {
            if !self.unwritten {
                let detail = format!(
                    "The state could not be written: {error}. Nothing more was begun; the last state that could be written is whole."
                );
                self.query.report([Diagnostic::error("Failed to persist state", detail)]);
            }
            self.unwritten = true;
            self.failed = true;
        }
        self.handed = Some(snapshot);
    }

    fn done(&mut self, step: &Step, started: Duration) -> Begun {
        let took = self.order.sink.elapsed().saturating_sub(started);
        self.order.sink.event(ApplyEvent::Done { address: step.address.clone(), action: step.action, took });
        Begun::Done(true)
    }

    fn lost(&mut self, step: &Step, started: Duration) -> Begun {
        let detail =
            format!("{} was planned, but the configuration no longer expands to it. Plan again.", step.address);
        self.fail(step, started, vec![Diagnostic::error("Saved plan is stale", detail)])
    }

    fn fail(&mut self, step: &Step, started: Duration, diagnostics: Vec<Diagnostic>) -> Begun {
        self.failed = true;
        let took = self.order.sink.elapsed().saturating_sub(started);
        let about = |diagnostic: Diagnostic| match &diagnostic.address {
            Some(_) => diagnostic,
            None => diagnostic.about(step.address.to_string()),
        };
        let diagnostics: Vec<Diagnostic> = diagnostics.into_iter().map(about).collect();
        self.query.report(diagnostics.iter().cloned());
        self.order.sink.event(ApplyEvent::Failed {
            address: step.address.clone(),
            action: step.action,
            took,
            diagnostics,
        });
        Begun::Done(false)
    }

    /// Outputs and checks after everything is done, and the last state.
    fn finish(&mut self) {
        if !self.failed && !self.stopped {
            match self.order.options.mode {
                PlanMode::Destroy if self.order.options.targets.is_empty() => {
                    self.state.outputs.clear();
                    self.state.checks.clear();
                }
                PlanMode::Destroy => {}
                PlanMode::Normal | PlanMode::RefreshOnly => self.settle(),
            }
        }
        if !self.unwritten {
            self.persist();
        }
    }

    fn settle(&mut self) {
        let root = self.query.root();
        let module = self.query.module(&root);
        let mut outputs = std::collections::BTreeMap::new();
        for (at, output) in module.outputs.iter().enumerate() {
            conditions::output(self.planner, self.query, &root, at);
            let value = self.query.output(&root, at).unmark_deep();
            if !value.is_null() && value.is_wholly_known() {
                outputs.insert(output.name.clone(), OutputState { value, sensitive: output.sensitive });
            }
        }
        if self.order.options.targets.is_empty() {
            self.state.outputs = outputs;
        } else {
            self.state.outputs.extend(outputs);
        }
        for vertex in &self.planner.graph.order {
            for scope in self.query.scopes_of(vertex.node) {
                match vertex.item {
                    ItemId::Variable(at) => conditions::variable(self.planner, self.query, &scope, at as usize),
                    ItemId::Check(at) => conditions::check(self.planner, self.query, &scope, at as usize),
                    ItemId::Output(at) if scope.node != 0 => {
                        conditions::output(self.planner, self.query, &scope, at as usize);
                    }
                    _ => {}
                }
            }
        }
        self.state.checks = self.planner.checks.borrow().results();
    }
}

fn destroy_job(prepared: &Prepared, type_name: &Str) -> Job {
    Job::Provider {
        provider: prepared.supported.provider.clone(),
        type_name: type_name.clone(),
        prior: prepared.prior.clone(),
        planned: prepared.planned.clone(),
        config: prepared.config.clone(),
    }
}

/// How far a step is.
enum Begun {
    /// At its end, well or badly.
    Done(bool),
    /// A worker has something to do for it.
    Running(Box<Running>, Job),
}

/// What a worker does.
fn work(node: usize, job: Job, reach: &Reach, commands: Option<&dyn Processes>, sender: &Sender<News>) {
    let outcome = match job {
        Job::Provider { provider, type_name, prior, planned, config } => {
            Outcome::Object(reach.with(|world| provider.apply(&type_name, &prior, &planned, &config, world)))
        }
        Job::Commands(all) => Outcome::Commands(run_all(node, &all, commands, sender)),
    };
    // The coordinator is gone only when it panicked; there is nobody left to tell.
    let _ = sender.send((node, outcome));
}

fn run_all(
    node: usize,
    all: &[(Invocation, bool)],
    commands: Option<&dyn Processes>,
    sender: &Sender<News>,
) -> Result<(), String> {
    let Some(processes) = commands else { return Err("The repo is not trusted; its commands are not run.".to_owned()) };
    for (invocation, counts) in all {
        let mut printed = String::new();
        let mut line = |_: Stream, text: &str| {
            printed.push_str(text);
            printed.push('\n');
            let _ = sender.send((node, Outcome::Line(text.to_owned())));
        };
        let ended = processes.run(invocation, &mut line, &|| CancelLevel::None);
        let problem = match ended {
            Ok(outcome) if outcome.success() => continue,
            Ok(outcome) => format!(
                "Error running command '{}': exit status {}. Output: {printed}",
                invocation.args.last().map_or("", String::as_str),
                outcome.code.unwrap_or(-1)
            ),
            Err(error) => format!("Error running command '{}': {error}", invocation.command_line()),
        };
        if *counts {
            return Err(problem);
        }
    }
    Ok(())
}
