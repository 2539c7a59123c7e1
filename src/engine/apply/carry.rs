//! The apply itself. One thread decides and evaluates, some others let providers and commands work; the state is handed
//! on after every object.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::engine::apply::beginning;
use crate::engine::apply::order::Order;
use crate::engine::apply::provision;
use crate::engine::apply::standing::Standings;
use crate::engine::apply::steps::{Node, Step, Steps, Work, lay_out, node};
use crate::engine::apply::verdicts;
use crate::engine::apply::worker::{Job, News, Outcome, Surround, work};
use crate::engine::apply_sink::ApplyEvent;
use crate::engine::loaded::Loaded;
use crate::engine::module::declared::Provisioner;
use crate::engine::options::PlanOptions;
use crate::engine::outcome::Applied;
use crate::engine::plan::body::Frame;
use crate::engine::plan::instance::{Prepared, prepare};
use crate::engine::plan::kinds::KINDS;
use crate::engine::plan::live::Live;
use crate::engine::plan::marks::schema_marks;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::prior::{Prior, PriorObject};
use crate::engine::plan::targets::Targets;
use crate::engine::plan::{conditions, deletion, moves};
use crate::engine::query::scope::{Each, Scope};
use crate::engine::query::session::{InstanceAt, Objects, Phase, Query};
use crate::engine::surroundings::Surroundings;
use crate::engine::world::Reach;
use crate::model::action::Action;
use crate::model::address::{InstanceKey, ResourceInstanceAddress};
use crate::model::diagnostic::Diagnostic;
use crate::model::plan::Plan;
use crate::model::state::{InstanceState, StateSnapshot};
use crate::model::value::stored::{from_stored, to_stored};
use crate::model::value::{Str, Value, ValuePath};

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
    let mut planner = Planner::new(order.providers, config, graph, order.options, Arc::default(), reach, KINDS);
    let targets = match Targets::new(config, graph, &order.options.targets) {
        Ok(targets) => targets,
        Err(faults) => return refused(faults),
    };
    if !targets.everything() {
        planner.create_first_only(&|number| targets.include(number));
    }
    let mut standings = Standings::new(&planner, order.plan);
    beginning::take_in(order, &planner, &mut standings, &mut prior);
    let steps = lay_out(config, graph, order.plan, &prior);
    let live = Live { planner: &planner, objects: prior.into(), keeps_data: true };
    let random = |buffer: &mut [u8]| (order.surroundings.random)(buffer);
    let query =
        order.loaded.query(order.shelf, Phase::Apply, &order.options.workspace, order.surroundings, &live, &random);
    conditions::declare(planner.config, planner.graph, &mut planner.checks.borrow_mut());
    let obstacles = obstacles(config, &steps, order.surroundings.commands.is_some());
    if !obstacles.is_empty() {
        return refused(obstacles);
    }
    let unwritten = beginning::write_what_was_read(order, &planner);
    if !unwritten.is_empty() {
        return refused(unwritten);
    }
    let mut state = StateSnapshot {
        terraform_version: Str::from(crate::engine::plan::walk::TERRAFORM_VERSION),
        serial: before.serial + 1,
        lineage: if before.lineage.is_empty() { lineage(order.surroundings) } else { before.lineage.clone() },
        outputs: beginning::outputs(order, &before),
        resources: Vec::new(),
        checks: before.checks.clone(),
    };
    let mut carry = Carry {
        order,
        planner: &planner,
        query: &query,
        live: &live,
        targets: &targets,
        standings,
        state: &mut state,
        failed: false,
        stopped: false,
        unwritten: false,
        replaced: HashMap::new(),
        handed: None,
        stepped: steps.steps.iter().filter(|step| !step.destroys()).map(|step| step.address.clone()).collect(),
        reached: HashSet::new(),
    };
    carry.run(steps);
    let stopped = carry.stopped;
    carry.finish();
    let handed = carry.handed.take();
    let checks = verdicts::results(&planner, order, &carry.reached);
    let snapshot = handed.unwrap_or_else(|| Arc::new(live.objects.borrow().snapshot(&state)));
    then(&query, &snapshot);
    diagnostics.extend(query.take_diagnostics());
    diagnostics.extend(incomplete(order.options));
    Applied { state: snapshot, diagnostics, checks, cancelled: stopped }
}

/// A part of the plan is not the whole of it.
fn incomplete(options: &PlanOptions) -> Option<Diagnostic> {
    let detail = "The plan was created with the -target option in effect, so some changes requested in the configuration may have been ignored and the output values may not be fully updated. Run the following command to verify that no other changes are pending:\n    terraform plan\n\nNote that the -target option is not suitable for routine use, and is provided only for exceptional situations such as recovering from errors or mistakes, or when Terraform specifically suggests to use it as part of an error message.";
    (!options.targets.is_empty()).then(|| Diagnostic::warning("Applied changes may be incomplete", detail))
}

/// What keeps a plan from being begun at all, with everything else about it in order.
pub fn hindrances(loaded: &Loaded, plan: &Plan, trusted: bool) -> Vec<Diagnostic> {
    let steps = lay_out(&loaded.config, &loaded.graph, plan, &Prior::default());
    obstacles(&loaded.config, &steps, trusted)
}

/// Provisioners that may not be run.
fn obstacles(config: &crate::engine::module::tree::Config, steps: &Steps, trusted: bool) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for step in &steps.steps {
        let Some((_, provisioners)) = provision::provisioners(config, &step.address) else { continue };
        let fault = provision::obstacle(provisioners, step, trusted);
        // One word for each block is enough, however many instances it has.
        found.extend(fault.filter(|fault| !found.iter().any(|known| known.subject == fault.subject)));
    }
    found
}

fn lineage(surroundings: &Surroundings) -> Str {
    let mut bytes = [0; 16];
    (surroundings.random)(&mut bytes);
    Str::from(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// A step that a worker is at.
pub(super) struct Running {
    started: Duration,
    prepared: Option<Prepared>,
    /// The object after a create, while its provisioners run: it counts as tainted until they are done.
    made: Option<Value>,
    /// The provisioners that are to run.
    provisioning: Option<Provisioning>,
}

/// Provisioners on their way.
struct Provisioning {
    /// The one that runs.
    now: Option<Provisioner>,
    left: VecDeque<Provisioner>,
    scope: Rc<Scope>,
    each: Arc<Each>,
    this: Value,
}

pub(super) struct Carry<'x, 'a> {
    pub(super) order: &'x Order<'x>,
    pub(super) planner: &'x Planner<'a>,
    pub(super) query: &'x Query<'x>,
    pub(super) live: &'x Live<'x>,
    pub(super) targets: &'x Targets,
    standings: Standings<'x, 'a>,
    pub(super) state: &'x mut StateSnapshot,
    pub(super) failed: bool,
    pub(super) stopped: bool,
    pub(super) unwritten: bool,
    /// Deposed keys that this plan's own replacements made.
    replaced: HashMap<ResourceInstanceAddress, Str>,
    handed: Option<Arc<StateSnapshot>>,
    /// Objects that a step makes or changes.
    pub(super) stepped: HashSet<ResourceInstanceAddress>,
    /// Blocks whose conditions were looked at, in all their instances.
    pub(super) reached: HashSet<Str>,
}

/// How often it is asked whether to stop while commands run and providers wait.
const GLANCE: Duration = Duration::from_millis(50);

impl Carry<'_, '_> {
    fn run(&mut self, laid: Steps) {
        let Steps { steps, mut schedule } = laid;
        let (sender, receiver): (Sender<News>, Receiver<News>) = channel();
        let mut ready: Vec<(usize, bool)> = schedule.beginning().into_iter().map(|node| (node, false)).collect();
        ready.reverse();
        let mut running: HashMap<usize, Box<Running>> = HashMap::new();
        let commands = self.order.surroundings.commands.clone();
        let around = Surround { reach: &self.planner.reach, commands, stop: AtomicBool::new(false) };
        std::thread::scope(|threads| {
            let around = &around;
            let spawn = |node: usize, job: Job| {
                if job.is_quick() {
                    return work(node, job, around, &sender);
                }
                let sender = sender.clone();
                threads.spawn(move || work(node, job, around, &sender));
            };
            loop {
                while running.len() < self.order.how.parallelism.max(1) {
                    let Some((at, doomed)) = ready.pop() else { break };
                    let Node::Step(number) = node(steps.len(), at) else {
                        let good = !doomed && self.visit(node(steps.len(), at));
                        ready.extend(schedule.settle(at, good).into_iter().rev());
                        continue;
                    };
                    self.stopped |= self.order.sink.cancelled();
                    let begun = match doomed || self.stopped || self.unwritten {
                        true => Begun::Done(false),
                        false => self.begin(&steps[number]),
                    };
                    match begun {
                        Begun::Done(good) => ready.extend(schedule.settle(at, good).into_iter().rev()),
                        Begun::Running(one, job) => {
                            running.insert(at, one);
                            spawn(at, job);
                        }
                    }
                }
                if running.is_empty() {
                    break;
                }
                let Some((at, outcome)) = self.await_news(&receiver, &around.stop) else { continue };
                let step = &steps[at];
                if let Outcome::Line(line) = outcome {
                    self.tell(step, format!("(local-exec): {line}"));
                    continue;
                }
                let Some(one) = running.remove(&at) else { continue };
                match self.end(step, *one, outcome) {
                    Begun::Done(good) => ready.extend(schedule.settle(at, good).into_iter().rev()),
                    Begun::Running(one, job) => {
                        running.insert(at, one);
                        spawn(at, job);
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

    /// What a worker says next; `None` when it was only looked whether to stop.
    fn await_news(&mut self, receiver: &Receiver<News>, stop: &AtomicBool) -> Option<News> {
        let news = receiver.recv_timeout(GLANCE);
        if self.order.sink.interrupted() {
            self.stopped = true;
            stop.store(true, Ordering::Relaxed);
        }
        news.ok()
    }

    fn tell(&self, step: &Step, line: String) {
        self.order.sink.event(ApplyEvent::Progress { address: step.address.clone(), line });
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
        let planned = self.query.planned(&at);
        if self.query.error_count() > errors {
            return self.fail(step, started, Vec::new());
        }
        if let Some(planned) = planned {
            let source = self.planner.provider_at(self.query, &at).source;
            let resource = &step.address.resource;
            let standings = &mut self.standings;
            let object =
                beginning::data_object(self.planner, standings, &source, resource, &step.address, &planned.value);
            if let Some(object) = object {
                self.live.objects.borrow_mut().put(step.address.clone(), object);
                self.persist();
            }
        }
        self.done(step, started)
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
            return self.after(step, started);
        }
        let job = Job::Provider {
            provider: prepared.supported.provider.clone(),
            type_name: step.address.resource.type_name.clone(),
            prior: prepared.prior.clone(),
            planned: prepared.planned.clone(),
            config: prepared.config.clone(),
        };
        Begun::Running(Box::new(Running::new(started, prepared)), job)
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
        let null = Value::null_of(ty);
        let tainted = object.state.tainted;
        let prepared = Prepared { supported, prior, planned: null.clone(), config: null, marks: Vec::new() };
        let provisioning = if tainted { None } else { self.before_destroy(step, &prepared.prior) };
        let mut one = Running::new(started, prepared);
        one.provisioning = provisioning;
        self.next_command(step, one)
    }

    /// The provisioners that run before an object is destroyed. They know nothing but the object and its key.
    fn before_destroy(&self, step: &Step, this: &Value) -> Option<Provisioning> {
        let config = self.query.config;
        let address = &step.address;
        let (node, provisioners) = provision::provisioners(config, address)?;
        let left: VecDeque<Provisioner> =
            provisioners.iter().filter(|one| provision::runs(one, step)).cloned().collect();
        if left.is_empty() {
            return None;
        }
        // Not the module instance itself: it may be gone, and asking for it now would evaluate what is yet to change.
        let scope = self.query.apart(node, address.resource.module.clone());
        let key = address.key.clone();
        let (index, pair) = match &key {
            Some(InstanceKey::Int(index)) => (Some(Value::int(*index)), None),
            Some(InstanceKey::String(key)) => (None, Some((Value::string(key.clone()), Value::null()))),
            None => (None, None),
        };
        let each = Arc::new(Each { key, index, pair, ..Each::default() });
        Some(Provisioning { now: None, left, scope, each, this: this.clone() })
    }

    /// Runs the next provisioner of a step; after the last one the step goes on.
    fn next_command(&mut self, step: &Step, mut one: Running) -> Begun {
        if let Some(provisioning) = &mut one.provisioning {
            provisioning.now = provisioning.left.pop_front();
        }
        let provisioning = one.provisioning.as_ref();
        let Some((provisioning, provisioner)) = provisioning.and_then(|all| Some((all, all.now.as_ref()?))) else {
            one.provisioning = None;
            return self.provisioned(step, one);
        };
        if self.stopped {
            let detail = "The apply was asked to stop before this provisioner was run.";
            return self.not_provisioned(step, one, Some(detail.to_owned()));
        }
        let frame = Frame {
            this: Some(provisioning.this.clone()),
            ..Frame::new(self.query, &provisioning.scope, &provisioning.each)
        };
        let Some(command) = provision::command(self.query, provisioner, &frame) else {
            return self.not_provisioned(step, one, None);
        };
        self.tell(step, "Provisioning with 'local-exec'...".to_owned());
        self.tell(step, format!("(local-exec): {}", command.announcement()));
        Begun::Running(Box::new(one), Job::Command(Box::new(command)))
    }

    /// All provisioners of a step ran.
    fn provisioned(&mut self, step: &Step, mut one: Running) -> Begun {
        let Some(prepared) = one.prepared.take() else { return Begun::Done(true) };
        if !step.destroys() {
            if let Some(made) = one.made.take() {
                self.keep(step, &prepared, made, false);
                self.persist();
            }
            return self.after(step, one.started);
        }
        let job = destroy_job(&prepared, &step.address.resource.type_name);
        Begun::Running(Box::new(Running::new(one.started, prepared)), job)
    }

    /// A provisioner did not succeed. What was created for it stays tainted.
    fn not_provisioned(&mut self, step: &Step, one: Running, problem: Option<String>) -> Begun {
        let place = one.provisioning.and_then(|provisioning| provisioning.now).map(|now| now.content.header.place());
        let fault = problem.map(|problem| {
            let fault = Diagnostic::error("local-exec provisioner error", problem);
            match place {
                Some(place) => fault.at(place),
                None => fault,
            }
        });
        self.fail(step, one.started, fault.into_iter().collect())
    }

    /// A worker is done with a step, or with a part of it.
    fn end(&mut self, step: &Step, mut one: Running, outcome: Outcome) -> Begun {
        let object = match outcome {
            Outcome::Line(_) => return Begun::Done(true),
            Outcome::Command(ended) => {
                let continues =
                    one.provisioning.as_ref().and_then(|p| p.now.as_ref()).is_some_and(|p| p.continue_on_failure);
                return match ended {
                    Err(problem) if !continues => self.not_provisioned(step, one, Some(problem)),
                    _ => self.next_command(step, one),
                };
            }
            Outcome::Object(object) => object,
        };
        let Some(prepared) = one.prepared.take() else { return Begun::Done(true) };
        match object {
            Ok(_) if step.destroys() => {
                self.gone(step);
                self.persist();
                self.done(step, one.started)
            }
            Err(fault) if step.destroys() => self.fail(step, one.started, fault.diagnostics),
            Ok(object) => self.made(step, one.started, prepared, object),
            Err(fault) => {
                match fault.object {
                    Some(object) => self.keep(step, &prepared, object, prepared.prior.is_null()),
                    None if prepared.prior.is_null() => self.restore(&step.address),
                    None => {}
                }
                self.persist();
                self.fail(step, one.started, fault.diagnostics)
            }
        }
    }

    /// An object was created or updated: it goes into the state, then its provisioners run.
    fn made(&mut self, step: &Step, started: Duration, prepared: Prepared, object: Value) -> Begun {
        self.keep(step, &prepared, object.clone(), false);
        let mut one = Running::new(started, prepared);
        // Those of an update are none: provisioners belong to creation.
        if step.action == Action::Create
            && let Some((scope, position, each)) = self.place(&step.address)
        {
            let provisioners = &self.query.resource(&scope, position).provisioners;
            let left: VecDeque<Provisioner> =
                provisioners.iter().filter(|one| provision::runs(one, step)).cloned().collect();
            if !left.is_empty() {
                // Should everything end here, nobody would know how far its provisioners came.
                if let Some(prepared) = &one.prepared {
                    self.keep(step, prepared, object.clone(), true);
                }
                self.persist();
                one.provisioning = Some(Provisioning { now: None, left, scope, each, this: object.clone() });
                one.made = Some(object);
                return self.next_command(step, one);
            }
        }
        self.persist();
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
        if conditions::after(self.query, &at, &step.address, &frame.reader()) {
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
        let Some(standing) = self.standings.of(&step.address.resource) else { return };
        let state = InstanceState {
            key: step.address.key.clone(),
            deposed: None,
            tainted,
            schema_version: prepared.supported.schema.version,
            attributes: to_stored(&object, &block.implied_type()),
            sensitive_paths: paths,
            private: None,
            dependencies: standing.dependencies,
            create_before_destroy: self.standings.created_first(&step.address),
        };
        let object = PriorObject { state: Arc::new(state), provider: standing.provider, previous: None };
        self.live.objects.borrow_mut().put(step.address.clone(), object);
    }

    pub(super) fn persist(&mut self) {
        let made = OnceCell::new();
        let snapshot = || made.get_or_init(|| Arc::new(self.live.objects.borrow().snapshot(self.state))).clone();
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
        self.handed = made.into_inner();
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
        let declared = deletion::declaration(self.planner.config, &step.address.resource);
        let about = |mut diagnostic: Diagnostic| {
            diagnostic.address.get_or_insert_with(|| step.address.to_string());
            if diagnostic.subject.is_none() {
                diagnostic.subject = declared.as_ref().map(|(header, _)| header.place());
            }
            diagnostic
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

impl Running {
    fn new(started: Duration, prepared: Prepared) -> Self {
        Running { started, prepared: Some(prepared), made: None, provisioning: None }
    }
}
