//! One evaluation of a configuration, and the questions it answers. What was computed before, in this evaluation or in
//! an earlier one, is recalled (see `recall`) instead of computed.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::looks::Looks;
use crate::engine::module::declared::{ItemId, Module, Output, Repetition, Resource, Written};
use crate::engine::module::delta::Deltas;
use crate::engine::module::library::Library;
use crate::engine::module::tree::{Child, Config};
use crate::engine::query::given::Given;
use crate::engine::query::memory::{Dep, Held, Memory, Slots, Trace, UnitId, What, same_each};
use crate::engine::query::planned::{CheckNote, PlannedInstance};
use crate::engine::query::scope::{Called, Each, Expansion, Instances, Scope, Scopes, Shape};
pub use crate::engine::query::setting::{Phase, Setting};
use crate::lang::inputs::ProviderFunction;
use crate::model::address::{InstanceKey, ModuleAddress, ResourceAddress, ResourceInstanceAddress};
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::ResourceSchema;
use crate::model::value::{Marks, Str, Type, UnknownSource, Value, ValueKind};

/// Where the objects of resources come from.
pub trait Objects {
    /// The value that references to one instance give. `Null` only when there is none (a resource that failed).
    fn object(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> Value;

    /// Plans one instance: [`Query::planned`] asks for it, once.
    fn plan(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> PlannedInstance;

    /// Whether an instance exists before as it did in the last run, and nothing else about it was asked for from outside.
    fn is_as_before(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> bool;
    /// Whether that is so for all instances at once.
    fn are_all_as_before(&self) -> bool;

    /// Judges the conditions of a variable, an output or a check; whether all let things go on.
    fn conditions(&self, query: &Query<'_>, scope: &Rc<Scope>, item: ItemId) -> bool;

    /// Whether everything is to be destroyed: then not everything need be in order.
    fn is_destroying(&self) -> bool;

    /// Takes down how a condition came out.
    fn note(&self, note: &CheckNote);

    /// Whether nobody knows which attributes a resource has: its provider is not built in.
    fn is_open(&self, query: &Query<'_>, scope: &Scope, position: usize) -> bool;

    /// Whether an instance of a repeated block is not there: nothing was made of it yet, and nothing will be.
    fn is_left_out(&self, _query: &Query<'_>, _at: &InstanceAt<'_>) -> bool {
        false
    }

    /// What is known of the attributes of a resource's type, when anything is.
    fn schema(&self, _query: &Query<'_>, _scope: &Scope, _position: usize) -> Option<Arc<ResourceSchema>> {
        None
    }

    /// A function of the provider with this source address.
    fn provider_function(&self, _source: &str, _name: &str) -> ProviderFunction {
        ProviderFunction::NotAsked
    }

    /// What a module instance gives out instead of being evaluated, when a test says so.
    fn replaced_outputs(&self, _: &ModuleAddress) -> Option<Value> {
        None
    }
}

/// How things are computed that a query only remembers.
pub trait Rules {
    /// The value of an expression of a module instance.
    fn evaluate(&self, query: &Query<'_>, scope: &Rc<Scope>, written: &Written) -> Value;

    /// The value of a variable of a module instance.
    fn variable(&self, query: &Query<'_>, scope: &Rc<Scope>, at: usize) -> Value;

    /// The instances of a block of a module instance.
    fn expand(&self, query: &Query<'_>, scope: &Rc<Scope>, repetition: &Repetition, label: &str) -> Arc<Expansion>;
}

/// One instance of a resource, while it is worked on.
pub struct InstanceAt<'a> {
    /// The module instance.
    pub scope: &'a Rc<Scope>,
    /// The position of the resource in its module.
    pub position: usize,
    /// What is repeated.
    pub each: &'a Arc<Each>,
}

/// One evaluation.
pub struct Query<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The files.
    pub looks: &'a Looks,
    /// Parsed templates are kept here.
    pub shelf: &'a Library,
    /// What stays the same.
    pub setting: Setting,
    /// Values of the root module's variables.
    pub given: &'a BTreeMap<Str, Given>,
    /// Where objects come from.
    pub objects: &'a dyn Objects,
    /// Random bytes, where functions may have some.
    pub random: &'a dyn Fn(&mut [u8]),
    pub(super) rules: &'a dyn Rules,
    pub(super) memory: RefCell<Memory>,
    pub(super) traces: RefCell<Vec<Trace>>,
    pub(super) live: RefCell<Vec<Option<Rc<Scope>>>>,
    pub(super) deltas: &'a Deltas,
    root: OnceCell<Rc<Scope>>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    errors: Cell<usize>,
    by_node: RefCell<Vec<Option<Scopes>>>,
}

/// What an evaluation is over.
pub struct Ground<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The files.
    pub looks: &'a Looks,
    /// Parsed templates are kept here.
    pub shelf: &'a Library,
    /// Values of the root module's variables.
    pub given: &'a BTreeMap<Str, Given>,
    /// Where objects come from.
    pub objects: &'a dyn Objects,
    /// Random bytes, where functions may have some.
    pub random: &'a dyn Fn(&mut [u8]),
    /// The rules of the language.
    pub rules: &'a dyn Rules,
    /// What changed in modules since the last run.
    pub deltas: &'a Deltas,
}

impl<'a> Query<'a> {
    /// An evaluation that goes on from what is remembered.
    pub fn new(ground: Ground<'a>, setting: Setting, mut memory: Memory) -> Self {
        memory.begin();
        let Ground { config, looks, shelf, given, objects, random, rules, deltas } = ground;
        let query = Query {
            config,
            looks,
            shelf,
            setting,
            given,
            objects,
            random,
            rules,
            memory: RefCell::new(memory),
            traces: RefCell::default(),
            live: RefCell::default(),
            deltas,
            root: OnceCell::new(),
            diagnostics: RefCell::default(),
            errors: Cell::new(0),
            by_node: RefCell::new(vec![None; config.nodes.len()]),
        };
        let earlier = (!query.memory.borrow().scopes.is_empty()).then_some(0);
        let root = query.open(0, ModuleAddress::root(), None, Arc::default(), earlier);
        query.root.get_or_init(|| root);
        query
    }

    /// What the next evaluation may go on from.
    pub fn into_memory(self) -> Memory {
        let mut memory = self.memory.into_inner();
        memory.given = self.given.clone();
        memory.moment = Some(self.setting.now);
        memory
    }

    /// The root module's only instance.
    pub fn root(&self) -> Rc<Scope> {
        self.root.get().expect("the root is opened first of all").clone()
    }

    /// The module that an instance is of.
    pub fn module(&self, scope: &Scope) -> &'a Arc<Module> {
        &self.config.nodes[scope.node].module
    }

    /// The resource at a position.
    pub fn resource(&self, scope: &Scope, position: usize) -> &'a Resource {
        &self.module(scope).resources[position]
    }

    /// Says what is wrong. What is being computed will have to say it again next time.
    pub fn report(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        let mut known = self.diagnostics.borrow_mut();
        let before = known.len();
        known.extend(diagnostics);
        if known.len() > before {
            let errors = known[before..].iter().filter(|diagnostic| diagnostic.is_error()).count();
            self.errors.set(self.errors.get() + errors);
            self.forget();
        }
    }

    /// What is being computed has to be computed again in the next evaluation: it asks the world.
    pub fn forget(&self) {
        if let Some(trace) = self.traces.borrow_mut().last_mut() {
            trace.volatile = true;
        }
    }

    /// Takes down how a condition came out, now and whenever what is being computed is recalled.
    pub fn note(&self, note: CheckNote) {
        self.objects.note(&note);
        if let Some(trace) = self.traces.borrow_mut().last_mut() {
            trace.notes.push(note);
        }
    }

    /// Everything that was reported so far, each once.
    pub fn take_diagnostics(&self) -> Vec<Diagnostic> {
        let mut kept: Vec<Diagnostic> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for diagnostic in self.diagnostics.take() {
            let place = diagnostic.subject.as_ref().map(|p| (p.path.clone(), p.start.byte, p.end.byte));
            let known = (diagnostic.summary.clone(), diagnostic.detail.clone(), place, diagnostic.address.clone());
            if seen.insert(known) {
                kept.push(diagnostic);
            }
        }
        self.errors.set(0);
        kept
    }

    /// Whether an error was reported.
    pub fn has_errors(&self) -> bool {
        self.errors.get() > 0
    }

    /// How many errors were reported so far: to see whether a step added some.
    pub fn error_count(&self) -> usize {
        self.errors.get()
    }

    /// How much was reported so far.
    pub fn report_count(&self) -> usize {
        self.diagnostics.borrow().len()
    }

    /// Whether some block has other instances than in the last run.
    pub fn is_regrouped(&self) -> bool {
        let memory = self.memory.borrow();
        memory.regrouped == memory.run
    }

    /// The instances of a node.
    pub fn scopes_of(&self, node: usize) -> Scopes {
        if let Some(known) = &self.by_node.borrow()[node] {
            return known.clone();
        }
        let found: Scopes = match self.config.nodes[node].parent {
            None => Rc::new([self.root()]),
            Some((parent, call)) => {
                let parents = self.scopes_of(parent);
                let made = parents.iter().flat_map(|scope| self.call(scope, call).1.to_vec());
                // Nothing in a module whose outputs are replaced is looked at.
                made.filter(|scope| self.objects.replaced_outputs(&scope.address).is_none()).collect()
            }
        };
        self.by_node.borrow_mut()[node] = Some(found.clone());
        found
    }

    /// The instance of a module at an address, when it is expanded to one.
    pub fn scope_at(&self, address: &ModuleAddress) -> Option<Rc<Scope>> {
        let mut scope = self.root();
        for step in &address.0 {
            let call = self.module(&scope).call(&step.name)?;
            let (expansion, scopes) = self.call(&scope, call);
            let each = expansion.find(step.key.as_ref())?;
            let next = scopes.get(each.at)?.clone();
            scope = next;
        }
        Some(scope)
    }

    /// An instance of a module that is not in the configuration any more, to evaluate what needs nothing of it.
    pub fn apart(&self, node: usize, address: ModuleAddress) -> Rc<Scope> {
        self.open(node, address, None, Arc::default(), None)
    }

    /// An instance of a module, with what is remembered of an earlier one at the same address.
    fn open(
        &self,
        node: usize,
        address: ModuleAddress,
        parent: Option<(Rc<Scope>, usize)>,
        each: Arc<Each>,
        earlier: Option<u32>,
    ) -> Rc<Scope> {
        let declared = &self.config.nodes[node];
        let module = &declared.module;
        let mut memory = self.memory.borrow_mut();
        let last = memory.run - 1;
        let earlier = earlier.filter(|id| {
            let known = &memory.scopes[*id as usize];
            known.run == last && known.path == declared.path
        });
        let (id, delta, alike) = match earlier {
            Some(id) => {
                let known = &memory.scopes[id as usize];
                let alike = same_each(&known.each, &each);
                let delta = self.deltas.of(&known.module, module);
                memory.keep_scope(id, module, each.clone(), delta.as_deref());
                (id, delta, alike)
            }
            None => (memory.add_scope(module, declared.path.clone(), each.clone()), None, false),
        };
        let calls = (0..module.calls.len()).map(|_| OnceCell::new()).collect();
        let scope = Rc::new(Scope { id, node, address, parent, each, delta, same_each: alike, calls });
        let mut live = self.live.borrow_mut();
        if live.len() <= id as usize {
            live.resize(memory.scopes.len().max(id as usize + 1), None);
        }
        live[id as usize] = Some(scope.clone());
        scope
    }

    fn slot(&self, scope: &Scope, what: What) -> UnitId {
        let place = Slots::place(self.module(scope), what).expect("only units with a place are asked for here");
        self.memory.borrow().scopes[scope.id as usize].slots[place]
    }

    /// Brings a unit up to date and notes that it was read; `false` when it is being computed already.
    fn demand(&self, id: UnitId) -> bool {
        if !self.touch(id) {
            return false;
        }
        if let Some(trace) = self.traces.borrow_mut().last_mut() {
            let changed = self.memory.borrow().units[id as usize].changed;
            trace.read(Dep::Unit(id, changed));
        }
        true
    }

    fn value(&self, scope: &Scope, what: What) -> Value {
        let id = self.slot(scope, what);
        if !self.demand(id) {
            let (What::Item(item) | What::Conditions(item)) = what else {
                return Value::unknown(Type::Dynamic);
            };
            self.report([cycle(&self.module(scope).item_name(item))]);
            return Value::unknown(Type::Dynamic);
        }
        match &self.memory.borrow().units[id as usize].held {
            Held::Value(value) => value.clone(),
            Held::Nothing | Held::Expansion(_) | Held::Planned(_) => Value::unknown(Type::Dynamic),
        }
    }

    /// The value of a variable.
    pub fn variable(&self, scope: &Rc<Scope>, at: usize) -> Value {
        self.value(scope, What::Item(ItemId::Variable(at as u32)))
    }

    /// The value of a local.
    pub fn local(&self, scope: &Rc<Scope>, at: usize) -> Value {
        self.value(scope, What::Item(ItemId::Local(at as u32)))
    }

    /// The value of an output as its module gives it out.
    pub fn output(&self, scope: &Rc<Scope>, at: usize) -> Value {
        self.value(scope, What::Item(ItemId::Output(at as u32)))
    }

    /// Whether the conditions of a variable, an output or a check let things go on; how they came out is noted.
    pub fn conditions(&self, scope: &Rc<Scope>, item: ItemId) -> bool {
        let what = if matches!(item, ItemId::Check(_)) { What::Item(item) } else { What::Conditions(item) };
        self.value(scope, what).as_bool().unwrap_or(true)
    }

    /// The run in which the value of an item became what it is: the same number means the same value.
    pub fn since(&self, scope: &Scope, item: ItemId) -> u32 {
        let id = self.slot(scope, What::Item(item));
        self.memory.borrow().units[id as usize].changed
    }

    fn expanded(&self, scope: &Rc<Scope>, item: ItemId) -> Arc<Expansion> {
        let id = self.slot(scope, What::Item(item));
        if !self.demand(id) {
            self.report([cycle(&self.module(scope).item_name(item))]);
            return failed_expansion();
        }
        match &self.memory.borrow().units[id as usize].held {
            Held::Expansion(expansion) => expansion.clone(),
            Held::Nothing | Held::Value(_) | Held::Planned(_) => failed_expansion(),
        }
    }

    /// An ephemeral value may only leave a module through an output that says so, and never the root.
    pub(super) fn judge_ephemeral(&self, scope: &Scope, output: &Output, written: &Written, value: &Value) {
        if scope.address.is_root() && output.ephemeral {
            let detail = "Ephemeral outputs are not allowed in context of a root module";
            self.report([Diagnostic::error("Ephemeral output not allowed", detail).at(output.header.place())]);
            return;
        }
        let is_ephemeral = value.deep_marks().contains(Marks::EPHEMERAL);
        let (summary, detail) = match (output.ephemeral, is_ephemeral) {
            (false, true) => (
                "Ephemeral value not allowed",
                "This output value is not declared as returning an ephemeral value, so it cannot be set to a result derived from an ephemeral value.",
            ),
            (true, false) if !value.is_unknown() => (
                "Value not allowed in ephemeral output",
                "This output value is declared as returning an ephemeral value, so it can only be set to an ephemeral value.",
            ),
            _ => return,
        };
        self.report([Diagnostic::error(summary, detail).at(written.place())]);
    }

    /// How a resource is expanded.
    pub fn expansion(&self, scope: &Rc<Scope>, position: usize) -> Arc<Expansion> {
        self.expanded(scope, ItemId::Resource(position as u32))
    }

    /// How a call is expanded, with the module instances it makes (none where the module is absent).
    pub fn call(&self, scope: &Rc<Scope>, at: usize) -> Called {
        let expansion = self.expanded(scope, ItemId::Call(at as u32));
        let made = scope.calls[at].get_or_init(|| match self.config.nodes[scope.node].children.get(at) {
            Some(Child::Node(node)) => (expansion.clone(), self.instantiate(scope, at, *node, &expansion)),
            _ => (expansion.clone(), Rc::new([])),
        });
        (expansion, made.1.clone())
    }

    fn instantiate(&self, scope: &Rc<Scope>, at: usize, node: usize, expansion: &Arc<Expansion>) -> Rc<[Rc<Scope>]> {
        let name = &self.module(scope).calls[at].name;
        let earlier = self.memory.borrow().earlier_children(scope.id, at, expansion);
        let made: Rc<[Rc<Scope>]> = expansion
            .known()
            .iter()
            .zip(earlier)
            .map(|(each, earlier)| {
                let address = scope.address.child(name, each.key.clone());
                self.open(node, address, Some((scope.clone(), at)), each.clone(), earlier)
            })
            .collect();
        let ids = made.iter().map(|child| child.id).collect();
        self.memory.borrow_mut().scopes[scope.id as usize].children[at] = (Some(expansion.clone()), ids);
        made
    }

    /// What is planned for an instance; `None` when planning it needs itself.
    pub fn planned(&self, at: &InstanceAt<'_>) -> Option<Arc<PlannedInstance>> {
        let id = self.instance_unit(at)?;
        if !self.demand(id) {
            return None;
        }
        match &self.memory.borrow().units[id as usize].held {
            Held::Planned(planned) => Some(planned.clone()),
            Held::Nothing | Held::Value(_) | Held::Expansion(_) => None,
        }
    }

    fn instance_unit(&self, at: &InstanceAt<'_>) -> Option<UnitId> {
        let expansion = self.expansion(at.scope, at.position);
        let mut memory = self.memory.borrow_mut();
        memory.instance_units(at.scope.id, at.position, &expansion);
        memory.scopes[at.scope.id as usize].instances[at.position].1.get(at.each.at).copied()
    }

    /// Everything that was planned in this evaluation, module instance by module instance, with its unit.
    pub fn all_planned(&self) -> Vec<(UnitId, Arc<PlannedInstance>)> {
        let memory = self.memory.borrow();
        let mut all = Vec::new();
        for scope in memory.scopes.iter().filter(|scope| scope.run == memory.run) {
            for unit in scope.instances.iter().flat_map(|(_, units)| units) {
                let known = &memory.units[*unit as usize];
                if let (Held::Planned(planned), true) = (&known.held, known.verified == memory.run) {
                    all.push((*unit, planned.clone()));
                }
            }
        }
        all
    }

    /// The address of a resource in a module instance.
    pub fn resource_address(&self, scope: &Scope, position: usize) -> ResourceAddress {
        let resource = self.resource(scope, position);
        ResourceAddress {
            module: scope.address.clone(),
            mode: resource.mode,
            type_name: resource.type_name.clone(),
            name: resource.name.clone(),
        }
    }

    /// The address of an instance.
    pub fn instance_address(&self, at: &InstanceAt<'_>) -> ResourceInstanceAddress {
        self.resource_address(at.scope, at.position).instance(at.each.key.clone())
    }

    /// The value of one instance of a resource; `None` when there is no such instance.
    pub fn resource_instance(&self, scope: &Rc<Scope>, position: usize, key: Option<&InstanceKey>) -> Option<Value> {
        let expansion = self.expansion(scope, position);
        let each = expansion.find(key)?;
        let at = InstanceAt { scope, position, each: &each.clone() };
        if expansion.shape != Shape::Single && self.objects.is_left_out(self, &at) {
            return None;
        }
        Some(self.objects.object(self, &at))
    }

    /// The value of a resource block as a whole: an object, a tuple of them, or an object of them.
    pub fn resource_value(&self, scope: &Rc<Scope>, position: usize) -> Value {
        let id = self.slot(scope, What::Whole(position as u32));
        if !self.demand(id) {
            self.report([cycle(&self.module(scope).item_name(ItemId::Resource(position as u32)))]);
            return Value::unknown(Type::Dynamic);
        }
        match &self.memory.borrow().units[id as usize].held {
            Held::Value(value) => value.clone(),
            Held::Nothing | Held::Expansion(_) | Held::Planned(_) => Value::unknown(Type::Dynamic),
        }
    }

    /// The same, computed.
    pub(super) fn whole_resource(&self, scope: &Rc<Scope>, position: usize) -> Value {
        let expansion = self.expansion(scope, position);
        if self.is_open_while_validating(&expansion) {
            return Value::unknown(Type::Dynamic);
        }
        let object = |each: &Arc<Each>| self.objects.object(self, &InstanceAt { scope, position, each });
        let there = |each: &Arc<Each>| !self.objects.is_left_out(self, &InstanceAt { scope, position, each });
        whole(&expansion, &object, &there)
    }

    /// While validating nobody knows which instances there are.
    pub fn is_open_while_validating(&self, expansion: &Expansion) -> bool {
        self.setting.phase == Phase::Validate && expansion.shape != Shape::Single
    }

    /// The value of a module call as a whole.
    pub fn call_value(&self, scope: &Rc<Scope>, at: usize) -> Value {
        let name = &self.module(scope).calls[at].name;
        if !matches!(self.config.nodes[scope.node].children.get(at), Some(Child::Node(_))) {
            return Value::not_asked(Type::Dynamic, format!("module.{name}"));
        }
        let (expansion, scopes) = self.call(scope, at);
        if self.is_open_while_validating(&expansion) {
            return Value::unknown(Type::Dynamic);
        }
        let object = |each: &Arc<Each>| match scopes.get(each.at) {
            Some(child) => {
                self.read_outputs_of(child);
                let outputs = self.module(child).outputs.iter().enumerate();
                Value::object(outputs.map(|(at, output)| (output.name.clone(), self.output(child, at))))
            }
            None => Value::unknown(Type::Dynamic),
        };
        whole(&expansion, &object, &|_| true)
    }

    /// Notes that it was read which outputs a module instance has.
    fn read_outputs_of(&self, child: &Scope) {
        if let Some(trace) = self.traces.borrow_mut().last_mut() {
            let since = self.memory.borrow().scopes[child.id as usize].outputs_since;
            trace.read(Dep::Outputs(child.id, since));
        }
    }
}

fn whole(expansion: &Expansion, object: &dyn Fn(&Arc<Each>) -> Value, there: &dyn Fn(&Arc<Each>) -> bool) -> Value {
    match &expansion.instances {
        Instances::Undecided(UnknownSource::NotAsked(who)) => Value::not_asked(Type::Dynamic, who.clone()),
        Instances::Undecided(UnknownSource::AfterApply) | Instances::Failed => Value::unknown(Type::Dynamic),
        Instances::Known(all) => match expansion.shape {
            Shape::Single => all.first().map_or_else(|| Value::unknown(Type::Dynamic), object),
            Shape::Count => Value::tuple(all.iter().filter(|each| there(each)).map(object)),
            Shape::ForEach => {
                let entries = all.iter().filter(|each| there(each)).filter_map(|each| match &each.key {
                    Some(InstanceKey::String(key)) => Some((key.clone(), object(each))),
                    _ => None,
                });
                ValueKind::Object(std::sync::Arc::new(entries.collect())).into()
            }
        },
    }
}

fn failed_expansion() -> Arc<Expansion> {
    Arc::new(Expansion { shape: Shape::Single, instances: Instances::Failed })
}

fn cycle(name: &str) -> Diagnostic {
    Diagnostic::error(format!("Cycle: {name}"), format!("To evaluate {name}, its own value is needed first."))
}
