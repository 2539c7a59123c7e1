//! One evaluation of a configuration: the memo of everything computed so far, and the questions it answers.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use crate::engine::looks::Looks;
use crate::engine::module::declared::{ItemId, Module, Output, Repetition, Resource, Written};
use crate::engine::module::library::Library;
use crate::engine::module::tree::{Child, Config};
use crate::engine::query::given::Given;
use crate::engine::query::scope::{Each, Expansion, Instances, Scope, Shape, Slot};
use crate::lang::inputs::ProviderFunction;
use crate::model::address::{InstanceKey, ModuleAddress, ResourceAddress, ResourceInstanceAddress};
use crate::model::diagnostic::Diagnostic;
use crate::model::limits::Limits;
use crate::model::schema::ResourceSchema;
use crate::model::value::{Marks, Str, Type, UnknownSource, Value, ValueKind};

/// What the evaluation is for: which functions may give a result, and what is an error already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Without values for variables: everything that is not written down is unknown.
    Validate,
    /// What would happen.
    Plan,
    /// It happens.
    Apply,
    /// Looking at what was applied: console, verification.
    Look,
}

/// What stays the same during one evaluation.
#[derive(Debug, Clone)]
pub struct Setting {
    /// What it is for.
    pub phase: Phase,
    /// `terraform.workspace`
    pub workspace: Str,
    /// The moment.
    pub now: SystemTime,
    /// What `~` means.
    pub home: Option<String>,
    /// How far it goes.
    pub limits: Limits,
    /// How far it has gone.
    pub tally: Rc<Tally>,
}

/// What all expressions and blocks of one evaluation have taken together.
#[derive(Debug, Default)]
pub struct Tally {
    bytes: Cell<u64>,
    instances: Cell<usize>,
}

impl Tally {
    /// Adds the bytes of a large value; whether there may be so many.
    pub fn spend(&self, bytes: u64, limits: &Limits) -> bool {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        self.bytes.get() <= limits.memory_bytes.saturating_mul(2)
    }

    /// Adds the instances of a block; whether there may be so many.
    pub fn expand(&self, instances: usize, limits: &Limits) -> bool {
        let all = self.instances.get().saturating_add(instances);
        if all <= limits.instances {
            self.instances.set(all);
        }
        all <= limits.instances
    }
}

/// Where the objects of resources come from.
pub trait Objects {
    /// The value that references to one instance give. `Null` only when there is none (a resource that failed).
    fn object(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> Value;

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
    rules: &'a dyn Rules,
    scopes: RefCell<Vec<Rc<Scope>>>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    active: RefCell<Vec<(usize, ItemId)>>,
    by_node: RefCell<HashMap<usize, Vec<Rc<Scope>>>>,
}

impl<'a> Query<'a> {
    /// An evaluation in which nothing is computed yet.
    #[allow(clippy::too_many_arguments, reason = "it is the one place where all of it comes together")]
    pub fn new(
        config: &'a Config,
        looks: &'a Looks,
        shelf: &'a Library,
        setting: Setting,
        given: &'a BTreeMap<Str, Given>,
        objects: &'a dyn Objects,
        random: &'a dyn Fn(&mut [u8]),
        rules: &'a dyn Rules,
    ) -> Self {
        let root = &config.nodes[0];
        let scope = Scope::new(0, 0, &root.module, ModuleAddress::root(), None, Arc::default());
        Query {
            config,
            looks,
            shelf,
            setting,
            given,
            objects,
            random,
            rules,
            scopes: RefCell::new(vec![Rc::new(scope)]),
            diagnostics: RefCell::default(),
            active: RefCell::default(),
            by_node: RefCell::default(),
        }
    }

    /// The root module's only instance.
    pub fn root(&self) -> Rc<Scope> {
        self.scopes.borrow()[0].clone()
    }

    /// The module that an instance is of.
    pub fn module(&self, scope: &Scope) -> &'a Module {
        &self.config.nodes[scope.node].module
    }

    /// The resource at a position.
    pub fn resource(&self, scope: &Scope, position: usize) -> &'a Resource {
        &self.module(scope).resources[position]
    }

    /// Says what is wrong.
    pub fn report(&self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.diagnostics.borrow_mut().extend(diagnostics);
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
        kept
    }

    /// Whether an error was reported.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.borrow().iter().any(Diagnostic::is_error)
    }

    /// How many diagnostics were reported so far: to see whether a step added some.
    pub fn error_count(&self) -> usize {
        self.diagnostics.borrow().iter().filter(|d| d.is_error()).count()
    }

    /// The instances of a node.
    pub fn scopes_of(&self, node: usize) -> Vec<Rc<Scope>> {
        if let Some(known) = self.by_node.borrow().get(&node) {
            return known.clone();
        }
        let found = match self.config.nodes[node].parent {
            None => vec![self.root()],
            Some((parent, call)) => {
                let parents = self.scopes_of(parent);
                let made = parents.iter().flat_map(|scope| self.call(scope, call).1.clone());
                // Nothing in a module whose outputs are replaced is looked at.
                made.filter(|scope| self.objects.replaced_outputs(&scope.address).is_none()).collect()
            }
        };
        self.by_node.borrow_mut().insert(node, found.clone());
        found
    }

    /// The instance of a module at an address, when it is expanded to one.
    pub fn scope_at(&self, address: &ModuleAddress) -> Option<Rc<Scope>> {
        let mut scope = self.root();
        for step in &address.0 {
            let call = self.module(&scope).call(&step.name)?;
            let (expansion, scopes) = self.call(&scope, call);
            let each = expansion.find(step.key.as_ref())?;
            let at = expansion.known().iter().position(|known| Arc::ptr_eq(known, each))?;
            let next = scopes.get(at)?.clone();
            scope = next;
        }
        Some(scope)
    }

    fn memo(&self, scope: &Scope, at: usize, name: &dyn Fn() -> String, compute: &dyn Fn() -> Value) -> Value {
        let slot = &scope.slots[at];
        match &*slot.borrow() {
            Slot::Done(value) => return value.clone(),
            Slot::Busy => {
                self.report([cycle(&name())]);
                return Value::unknown(Type::Dynamic);
            }
            Slot::Empty => {}
        }
        *slot.borrow_mut() = Slot::Busy;
        let value = compute();
        *slot.borrow_mut() = Slot::Done(value.clone());
        value
    }

    /// The value of a variable.
    pub fn variable(&self, scope: &Rc<Scope>, at: usize) -> Value {
        let name = || format!("var.{}", self.module(scope).variables[at].name);
        self.memo(scope, at, &name, &|| self.rules.variable(self, scope, at))
    }

    /// The value of a local.
    pub fn local(&self, scope: &Rc<Scope>, at: usize) -> Value {
        let module = self.module(scope);
        let name = || format!("local.{}", module.locals[at].name);
        self.memo(scope, module.variables.len() + at, &name, &|| {
            self.rules.evaluate(self, scope, &module.locals[at].value)
        })
    }

    /// The value of an output as its module gives it out.
    pub fn output(&self, scope: &Rc<Scope>, at: usize) -> Value {
        let module = self.module(scope);
        let output = &module.outputs[at];
        let name = || format!("output.{}", output.name);
        self.memo(scope, module.variables.len() + module.locals.len() + at, &name, &|| {
            if let Some(replaced) = self.objects.replaced_outputs(&scope.address) {
                let value = replaced.get(&output.name).unwrap_or_else(Value::null);
                return if output.sensitive { value.mark(Marks::SENSITIVE) } else { value };
            }
            let Some(written) = &output.value else { return Value::unknown(Type::Dynamic) };
            let value = self.rules.evaluate(self, scope, written);
            self.judge_ephemeral(scope, output, written, &value);
            let value = if output.sensitive { value.mark(Marks::SENSITIVE) } else { value };
            if output.ephemeral { value.mark(Marks::EPHEMERAL) } else { value }
        })
    }

    /// An ephemeral value may only leave a module through an output that says so, and never the root.
    fn judge_ephemeral(&self, scope: &Scope, output: &Output, written: &Written, value: &Value) {
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
        if let Some(known) = scope.resources[position].get() {
            return known.clone();
        }
        let item = ItemId::Resource(position as u32);
        let resource = self.resource(scope, position);
        let expansion = self
            .guarded(scope, item, || self.rules.expand(self, scope, &resource.repetition, &resource.label()))
            .unwrap_or_else(failed_expansion);
        scope.resources[position].get_or_init(|| expansion).clone()
    }

    /// How a call is expanded, with the module instances it makes (none where the module is absent).
    pub fn call(&self, scope: &Rc<Scope>, at: usize) -> (Arc<Expansion>, Vec<Rc<Scope>>) {
        if let Some(known) = scope.calls[at].get() {
            return known.clone();
        }
        let call = &self.module(scope).calls[at];
        let label = format!("module.{}", call.name);
        let expansion = self
            .guarded(scope, ItemId::Call(at as u32), || self.rules.expand(self, scope, &call.repetition, &label))
            .unwrap_or_else(failed_expansion);
        let scopes = match self.config.nodes[scope.node].children.get(at) {
            Some(Child::Node(node)) => self.instantiate(scope, at, *node, &expansion),
            _ => Vec::new(),
        };
        scope.calls[at].get_or_init(|| (expansion, scopes)).clone()
    }

    fn instantiate(&self, scope: &Rc<Scope>, at: usize, node: usize, expansion: &Expansion) -> Vec<Rc<Scope>> {
        let name = &self.module(scope).calls[at].name;
        let mut scopes = self.scopes.borrow_mut();
        let mut made = Vec::with_capacity(expansion.known().len());
        for each in expansion.known() {
            let address = scope.address.child(name, each.key.clone());
            let parent = Some((scope.clone(), at));
            let module = &self.config.nodes[node].module;
            let child = Rc::new(Scope::new(scopes.len(), node, module, address, parent, each.clone()));
            scopes.push(child.clone());
            made.push(child);
        }
        made
    }

    /// Runs `compute` unless it is already being computed further up: then a cycle is reported.
    fn guarded<T>(&self, scope: &Scope, item: ItemId, compute: impl FnOnce() -> T) -> Option<T> {
        let key = (scope.id, item);
        if self.active.borrow().contains(&key) {
            self.report([cycle(&self.module(scope).item_name(item))]);
            return None;
        }
        self.active.borrow_mut().push(key);
        let computed = compute();
        self.active.borrow_mut().pop();
        Some(computed)
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
        let at = InstanceAt { scope, position, each };
        if expansion.shape != Shape::Single && self.objects.is_left_out(self, &at) {
            return None;
        }
        Some(self.objects.object(self, &at))
    }

    /// The value of a resource block as a whole: an object, a tuple of them, or an object of them.
    pub fn resource_value(&self, scope: &Rc<Scope>, position: usize) -> Value {
        let slot = &scope.resource_values[position];
        match &*slot.borrow() {
            Slot::Done(value) => return value.clone(),
            Slot::Busy => {
                let item = ItemId::Resource(position as u32);
                self.report([cycle(&self.module(scope).item_name(item))]);
                return Value::unknown(Type::Dynamic);
            }
            Slot::Empty => {}
        }
        *slot.borrow_mut() = Slot::Busy;
        let expansion = self.expansion(scope, position);
        if self.is_open_while_validating(&expansion) {
            *slot.borrow_mut() = Slot::Done(Value::unknown(Type::Dynamic));
            return Value::unknown(Type::Dynamic);
        }
        let object = |each: &Arc<Each>| self.objects.object(self, &InstanceAt { scope, position, each });
        let there = |each: &Arc<Each>| !self.objects.is_left_out(self, &InstanceAt { scope, position, each });
        let value = whole(&expansion, &object, &there);
        *slot.borrow_mut() = Slot::Done(value.clone());
        value
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
        let position = |each: &Arc<Each>| expansion.known().iter().position(|known| Arc::ptr_eq(known, each));
        let object = |each: &Arc<Each>| match position(each).and_then(|at| scopes.get(at)) {
            Some(child) => {
                let outputs = self.module(child).outputs.iter().enumerate();
                Value::object(outputs.map(|(at, output)| (output.name.clone(), self.output(child, at))))
            }
            None => Value::unknown(Type::Dynamic),
        };
        whole(&expansion, &object, &|_| true)
    }
}

fn whole(
    expansion: &Expansion,
    object: &dyn Fn(&Arc<Each>) -> Value,
    there: &dyn Fn(&Arc<Each>) -> bool,
) -> Value {
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
