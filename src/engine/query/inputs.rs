//! What expressions in a module instance may ask for: [`Inputs`] over a [`Query`].

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use crate::engine::module::declared::{Module, Repetition, Variable};
use crate::engine::module::references::step_name;
use crate::engine::module::tree::Child;
use crate::engine::query::faults;
use crate::engine::query::scope::{Each, Expansion, Scope};
use crate::engine::query::session::{Phase, Query};
use crate::engine::query::statics;
use crate::engine::reads::Read;
use crate::lang::inputs::{InputEntry, InputKind, Inputs, ProviderFunction, Resolved};
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Step, StepKind, Traversal};
use crate::model::address::{InstanceKey, ResourceMode};
use crate::model::diagnostic::Diagnostic;
use crate::model::limits::Limits;
use crate::model::value::{Marks, Str, Type, Value};
use crate::sys::files::FileKind;

pub use crate::lang::inputs::NoInputs as Nothing;

/// Reads on behalf of one expression's place: which module instance, which instance of a block, what `self` is.
pub struct Reader<'q> {
    query: &'q Query<'q>,
    scope: &'q Rc<Scope>,
    each: Option<&'q Each>,
    this: Option<Value>,
    names: Vec<(Str, Value)>,
    check: Option<&'q str>,
}

type Answer = Result<Resolved, Box<Diagnostic>>;

impl<'q> Reader<'q> {
    /// For expressions that stand in no repeated block.
    pub fn new<'a: 'q>(query: &'q Query<'a>, scope: &'q Rc<Scope>) -> Self {
        Reader { query, scope, each: None, this: None, names: Vec::new(), check: None }
    }

    /// The same within an instance of a block.
    #[must_use]
    pub fn within(mut self, each: &'q Each) -> Self {
        self.each = Some(each);
        self
    }

    /// The same in the `check` block of this name, whose data source nobody else may read.
    #[must_use]
    pub fn within_check(mut self, name: &'q str) -> Self {
        self.check = Some(name);
        self
    }

    /// The same where `self` is this.
    #[must_use]
    pub fn with_self(mut self, this: Value) -> Self {
        self.this = Some(this);
        self
    }

    /// The same with further root names: the iterators of dynamic blocks, `run`, `output`.
    #[must_use]
    pub fn with_names(mut self, names: Vec<(Str, Value)>) -> Self {
        self.names.extend(names);
        self
    }

    fn resource(&self, mode: ResourceMode, type_name: &str, traversal: &Traversal, named: usize) -> Answer {
        let Some(name) = step_name(traversal.steps.get(named)) else {
            if mode != ResourceMode::Managed {
                let word = mode.word();
                return Err(faults::invalid_reference(format!(
                    "The \"{word}\" object must be followed by two attribute names: the {word} source type and the resource name."
                )));
            }
            return Err(faults::invalid_reference(
                "A reference to a resource type must be followed by at least one attribute access, specifying the resource name.",
            ));
        };
        let module = self.query.module(self.scope);
        let Some(position) = module.resource(mode, type_name, name) else {
            let as_data =
                mode == ResourceMode::Managed && module.resource(ResourceMode::Data, type_name, name).is_some();
            return Err(faults::undeclared_resource(mode, type_name, name, &self.scope.address, as_data));
        };
        let covered = named + 1;
        statics::resource(self.query, self.scope, position, &traversal.steps[covered..], self.check)?;
        if self.query.setting.phase == Phase::Validate {
            return Ok(Resolved { value: Value::unknown(Type::Dynamic), consumed: covered });
        }
        let expansion = self.query.expansion(self.scope, position);
        if self.query.is_open_while_validating(&expansion) {
            return Ok(Resolved { value: Value::unknown(Type::Dynamic), consumed: covered });
        }
        if let Some((key, steps)) = addressed(&expansion, traversal.steps.get(covered))
            && let Some(value) = self.query.resource_instance(self.scope, position, key.as_ref())
        {
            let consumed = covered + steps;
            if self.query.objects.is_open(self.query, self.scope, position) {
                return Ok(open_steps(value, traversal, consumed));
            }
            return Ok(Resolved { value, consumed });
        }
        Ok(Resolved { value: self.query.resource_value(self.scope, position), consumed: covered })
    }

    fn call(&self, traversal: &Traversal) -> Answer {
        let module = self.query.module(self.scope);
        let Some(name) = step_name(traversal.steps.first()) else {
            return Err(faults::invalid_reference(
                "The \"module\" object cannot be accessed directly. Instead, access one of its attributes.",
            ));
        };
        let Some(at) = module.call(name) else {
            let names = module.calls.iter().map(|call| &*call.name);
            return Err(faults::undeclared_module(name, &self.scope.address, names));
        };
        let Some(Child::Node(node)) = self.query.config.nodes[self.scope.node].children.get(at) else {
            return Ok(Resolved { value: self.query.call_value(self.scope, at), consumed: 1 });
        };
        let child_module = &self.query.config.nodes[*node].module;
        if self.query.setting.phase == Phase::Validate {
            return Ok(Resolved { value: unmade(&module.calls[at].repetition, child_module), consumed: 1 });
        }
        let (expansion, scopes) = self.query.call(self.scope, at);
        if self.query.is_open_while_validating(&expansion) {
            return Ok(Resolved { value: Value::unknown(Type::Dynamic), consumed: 1 });
        }
        if let Some((key, steps)) = addressed(&expansion, traversal.steps.get(1)) {
            let index = expansion.find(key.as_ref()).map(|each| each.at);
            if let (Some(child), Some(output)) =
                (index.and_then(|at| scopes.get(at)), step_name(traversal.steps.get(1 + steps)))
                && let Some(output) = child_module.output(output)
            {
                return Ok(Resolved { value: self.query.output(child, output), consumed: 2 + steps });
            }
        }
        Ok(Resolved { value: self.query.call_value(self.scope, at), consumed: 1 })
    }

    fn each(&self, traversal: &Traversal) -> Answer {
        let step = step_name(traversal.steps.first()).ok_or_else(|| whole_object("each"))?;
        if !matches!(step, "key" | "value") {
            return Err(faults::no_such_member("each", step));
        }
        let Some(pair) = self.each.and_then(|each| each.pair.as_ref()) else {
            return Err(faults::out_of_place(if step == "value" { "each.value" } else { "each" }));
        };
        match Some(step) {
            Some("key") => Ok(Resolved { value: pair.0.clone(), consumed: 1 }),
            _ => Ok(Resolved { value: pair.1.clone(), consumed: 1 }),
        }
    }

    fn count(&self, traversal: &Traversal) -> Answer {
        let step = step_name(traversal.steps.first()).ok_or_else(|| whole_object("count"))?;
        if step != "index" {
            return Err(faults::no_such_member("count", step));
        }
        let index = self.each.and_then(|each| each.index.as_ref()).ok_or_else(|| faults::out_of_place("count"))?;
        Ok(Resolved { value: index.clone(), consumed: 1 })
    }

    fn path(&self, traversal: &Traversal) -> Answer {
        let value = match step_name(traversal.steps.first()) {
            Some("module") => Value::string(self.query.config.nodes[self.scope.node].path.clone()),
            Some("root") => Value::string(self.query.config.nodes[0].path.clone()),
            Some("cwd") => Value::string(self.working_directory()),
            None => return Err(whole_object("path")),
            Some(name) => return Err(faults::no_such_member("path", name)),
        };
        Ok(Resolved { value, consumed: 1 })
    }

    fn terraform(&self, traversal: &Traversal) -> Answer {
        match step_name(traversal.steps.first()) {
            Some("workspace") => {
                Ok(Resolved { value: Value::string(self.query.setting.workspace.clone()), consumed: 1 })
            }
            Some("applying") => {
                let applying = Value::bool(self.query.setting.phase == Phase::Apply);
                Ok(Resolved { value: applying.mark(crate::model::value::Marks::EPHEMERAL), consumed: 1 })
            }
            None => Err(whole_object("terraform")),
            Some(name) => Err(faults::no_such_member("terraform", name)),
        }
    }
}

/// What a module gives out while validating, whatever its arguments.
fn unmade(repetition: &Repetition, module: &Module) -> Value {
    let object = Type::object(module.outputs.iter().map(|output| (output.name.clone(), Type::Dynamic)));
    Value::unknown(match repetition {
        Repetition::Single => object,
        Repetition::Count(_) => Type::list(object),
        Repetition::ForEach(_) => Type::map(object),
    })
}

/// What a variable of a module is while validating: it has to be right for any value.
pub fn any_value(variable: &Variable) -> Value {
    let value = Value::unknown(variable.ty.without_optional());
    let value = if variable.sensitive { value.mark(Marks::SENSITIVE) } else { value };
    if variable.ephemeral { value.mark(Marks::EPHEMERAL) } else { value }
}

/// Goes into an object of unknown shape: what it does not hold is *not asked*, never an error.
fn open_steps(value: Value, traversal: &Traversal, consumed: usize) -> Resolved {
    let mut current = value.clone();
    for (at, step) in traversal.steps.iter().enumerate().skip(consumed) {
        if current.is_unknown() || current.is_null() {
            break;
        }
        let child = match &step.kind {
            StepKind::Attribute(name) => current.get(name),
            StepKind::Index(key) => match (key.as_str(), key.as_number().and_then(crate::model::value::Number::to_i64))
            {
                (Some(key), _) => current.get(key),
                (None, Some(index)) => {
                    let items = current.as_items().unwrap_or_default();
                    usize::try_from(index).ok().and_then(|index| items.get(index)).cloned()
                }
                (None, None) => None,
            },
        };
        match child {
            Some(child) => current = child,
            None => {
                let mut who = traversal.root.text.to_string();
                for step in &traversal.steps[..=at] {
                    match &step.kind {
                        StepKind::Attribute(name) => who.push_str(&format!(".{name}")),
                        StepKind::Index(key) => {
                            who.push_str(&format!("[{}]", crate::lang::value::to_expression_text(key)))
                        }
                    }
                }
                let marks = current.marks;
                return Resolved { value: Value::not_asked(Type::Dynamic, who).mark(marks), consumed: at + 1 };
            }
        }
    }
    Resolved { value, consumed }
}

/// The instance key that the step after a repeated block's name gives, and how many steps that is; `None` when the
/// block as a whole is meant.
fn addressed(expansion: &Expansion, step: Option<&Step>) -> Option<(Option<InstanceKey>, usize)> {
    use crate::engine::query::scope::Shape;
    match expansion.shape {
        Shape::Single => Some((None, 0)),
        Shape::Count => match &step?.kind {
            StepKind::Index(value) => Some((Some(InstanceKey::Int(value.as_number()?.to_i64()?)), 1)),
            StepKind::Attribute(_) => None,
        },
        Shape::ForEach => match &step?.kind {
            StepKind::Index(value) => Some((Some(InstanceKey::String(Str::from(value.as_str()?))), 1)),
            StepKind::Attribute(name) => Some((Some(InstanceKey::String(name.clone())), 1)),
        },
    }
}

impl Reader<'_> {
    fn resolve(&self, traversal: &Traversal) -> Answer {
        let root = &*traversal.root.text;
        if let Some((_, value)) = self.names.iter().rev().find(|(name, _)| &**name == root) {
            return Ok(Resolved { value: value.clone(), consumed: 0 });
        }
        let module = self.query.module(self.scope);
        let first = || step_name(traversal.steps.first());
        match root {
            "var" => {
                let name = first().ok_or_else(|| whole_object("var"))?;
                let at = module.variable(name).ok_or_else(|| {
                    faults::undeclared_variable(name, module.variables.iter().map(|variable| &*variable.name))
                })?;
                let value = match (self.query.setting.phase, &self.scope.parent) {
                    (Phase::Validate, Some(_)) => any_value(&module.variables[at]),
                    _ => self.query.variable(self.scope, at),
                };
                Ok(Resolved { value, consumed: 1 })
            }
            "local" => {
                let name = first().ok_or_else(|| whole_object("local"))?;
                let at = module
                    .local(name)
                    .ok_or_else(|| faults::undeclared_local(name, module.locals.iter().map(|local| &*local.name)))?;
                Ok(Resolved { value: self.query.local(self.scope, at), consumed: 1 })
            }
            "module" => self.call(traversal),
            "each" => self.each(traversal),
            "count" => self.count(traversal),
            "self" => match &self.this {
                Some(this) => Ok(Resolved { value: this.clone(), consumed: 0 }),
                None => Err(faults::out_of_place("self")),
            },
            "path" => self.path(traversal),
            "terraform" => self.terraform(traversal),
            "data" | "ephemeral" | "resource" => {
                let mode = match root {
                    "data" => ResourceMode::Data,
                    "ephemeral" => ResourceMode::Ephemeral,
                    _ => ResourceMode::Managed,
                };
                let Some(type_name) = first().map(Str::from) else {
                    return Err(faults::invalid_reference(format!(
                        "The \"{root}\" object must be followed by two attribute names: the {root} source type and the resource name."
                    )));
                };
                self.resource(mode, &type_name, traversal, 1)
            }
            root @ ("template" | "lazy" | "arg") => Err(faults::reserved(root)),
            root => self.resource(ResourceMode::Managed, root, traversal, 0),
        }
    }
}

impl Inputs for Reader<'_> {
    fn reference(&self, traversal: &Traversal) -> Answer {
        let answer = self.resolve(traversal);
        // What a block that does not read declares is somewhere, only not to be had now.
        match answer {
            Err(_) if statics::is_lost(self.query.module(self.scope), traversal) => {
                self.query.forget();
                let value = Value::not_asked(Type::Dynamic, "a block that cannot be read");
                Ok(Resolved { value, consumed: traversal.steps.len() })
            }
            answer => answer,
        }
    }

    fn shape(&self, traversal: &Traversal) -> Option<(usize, Type)> {
        let validating = self.query.setting.phase == Phase::Validate;
        if !validating || self.names.iter().any(|(name, _)| *name == traversal.root.text) {
            return None;
        }
        statics::shape(self.query, self.scope, traversal)
    }

    fn provider_function(&self, provider: &str, function: &str) -> ProviderFunction {
        let module = self.query.module(self.scope);
        match module.required_providers.iter().find(|required| &*required.local_name == provider) {
            Some(required) => self.query.objects.provider_function(&required.source, function),
            None => ProviderFunction::Undeclared,
        }
    }

    fn read_file(&self, path: &str) -> io::Result<Arc<[u8]>> {
        let looks = self.query.looks;
        let full = looks.resolve(path);
        self.query.read_look(Read::Content(full.clone()));
        looks.read(&full).map(|seen| seen.bytes)
    }

    fn kind_of(&self, path: &str) -> InputKind {
        let looks = self.query.looks;
        let full = looks.resolve(path);
        self.query.read_look(Read::Kind(full.clone()));
        match looks.kind(&full) {
            None => InputKind::Absent,
            Some(FileKind::File) => InputKind::File,
            Some(FileKind::Directory) => InputKind::Directory,
            Some(FileKind::Link | FileKind::Other) => InputKind::Other,
        }
    }

    fn list(&self, path: &str) -> io::Result<Vec<InputEntry>> {
        let looks = self.query.looks;
        let full = looks.resolve(path);
        self.query.read_look(Read::Listing(full.clone()));
        let entries = looks.list(&full)?;
        Ok(entries.into_iter().map(|e| InputEntry { name: e.name, is_directory: e.is_directory }).collect())
    }

    fn working_directory(&self) -> String {
        let directory = &self.query.looks.source().directory;
        directory.to_string_lossy().trim_end_matches('/').to_owned()
    }

    fn home_directory(&self) -> Option<String> {
        self.query.setting.home.clone()
    }

    fn now(&self) -> Option<SystemTime> {
        self.query.read_moment();
        match self.query.setting.phase {
            Phase::Apply | Phase::Look => Some(self.query.setting.now),
            Phase::Validate | Phase::Plan => None,
        }
    }

    fn plan_time(&self) -> Option<SystemTime> {
        self.query.read_moment();
        (self.query.setting.phase != Phase::Validate).then_some(self.query.setting.now)
    }

    fn random(&self) -> Option<[u8; 16]> {
        match self.query.setting.phase {
            Phase::Apply | Phase::Look => {
                let mut bytes = [0; 16];
                (self.query.random)(&mut bytes);
                Some(bytes)
            }
            Phase::Validate | Phase::Plan => None,
        }
    }

    fn limits(&self) -> Limits {
        self.query.setting.limits
    }

    fn spend(&self, bytes: u64) -> bool {
        self.query.setting.tally.spend(bytes, &self.query.setting.limits)
    }

    fn template_source(&self, path: &str) -> io::Result<Arc<SourceFile>> {
        let looks = self.query.looks;
        let full = looks.resolve(path);
        self.query.read_look(Read::Content(full.clone()));
        let seen = looks.read(&full)?;
        self.query.shelf.template(looks.display(&full), &seen.bytes, seen.hash)
    }
}

fn whole_object(root: &str) -> Box<Diagnostic> {
    faults::invalid_reference(format!(
        "The \"{root}\" object cannot be accessed directly. Instead, access one of its attributes."
    ))
}
