//! The planner's memory: what was planned for each instance, and the objects that references to it give.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::lore::Lesson;
use crate::engine::module::declared::ItemId;
use crate::engine::module::references::target;
use crate::engine::module::sources::suggestion;
use crate::engine::module::tree::{Config, ProviderAt};
use crate::engine::options::{PlanMode, PlanOptions};
use crate::engine::plan::checks::Checks;
use crate::engine::plan::conditions;
use crate::engine::plan::prior::{Prior, PriorObject};
use crate::engine::provider::Provider;
use crate::engine::provider::foreign::Foreign;
use crate::engine::provider::registry::Providers;
use crate::engine::query::graph::Graph;
use crate::engine::query::planned::CheckNote;
pub use crate::engine::query::planned::PlannedInstance;
use crate::engine::query::scope::Scope;
use crate::engine::query::session::{InstanceAt, Objects, Phase, Query};
use crate::engine::stand_ins::Part;
use crate::engine::world::Reach;
use crate::lang::expr::references;
use crate::lang::inputs::ProviderFunction;
use crate::lang::syntax::ast::{Item, StepKind};
use crate::model::address::{InstanceKey, ModuleAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::diagnostic::Diagnostic;
use crate::model::plan::{Knowledge, ResourceChange, Undecided};
use crate::model::schema::ResourceSchema;
use crate::model::value::{Str, Value};

/// How an instance of one kind of block is planned.
pub type PlanOne = fn(&Planner<'_>, &Query<'_>, &InstanceAt<'_>) -> PlannedInstance;

/// How instances are planned, by the kind of their block.
#[derive(Clone, Copy)]
pub struct Kinds {
    /// Managed resources.
    pub managed: PlanOne,
    /// Data sources.
    pub data: PlanOne,
    /// Ephemeral resources.
    pub ephemeral: PlanOne,
}

/// Plans instances as they are asked for.
pub struct Planner<'a> {
    /// The providers at hand.
    pub providers: &'a Providers,
    /// The configuration.
    pub config: &'a Config,
    /// Its graph.
    pub graph: &'a Graph,
    /// What was asked.
    pub options: &'a PlanOptions,
    /// The objects that exist.
    pub prior: Arc<Prior>,
    /// The objects that existed in the last plan, where values are taken over from it.
    pub earlier: Option<Arc<Prior>>,
    /// What providers may reach.
    pub reach: Reach,
    /// By vertex number, resources that are created before they are destroyed.
    pub create_first: Vec<bool>,
    /// Ids to import, by address.
    pub imports: RefCell<HashMap<crate::model::address::ResourceInstanceAddress, Str>>,
    /// What was to be imported and cannot be.
    pub failed_imports: RefCell<Vec<crate::model::address::ResourceAddress>>,
    /// Objects that were imported, as a state holds them.
    pub imported: RefCell<Vec<(crate::model::address::ResourceInstanceAddress, PriorObject)>>,
    /// How conditions came out.
    pub checks: RefCell<Checks>,
    /// What a refresh found changed.
    pub drift: RefCell<Vec<Arc<ResourceChange>>>,
    /// By vertex number, what is wrong or reads something that is.
    pub wrong: RefCell<Vec<bool>>,
    /// Nothing about providers is asked: configurations are only compared with each other.
    pub configuration_only: bool,
    kinds: Kinds,
    undecided: RefCell<Vec<Undecided>>,
}

/// A provider's part in one resource.
pub struct Supported {
    /// The provider.
    pub provider: Arc<dyn Provider>,
    /// The schema of the resource's type.
    pub schema: Arc<ResourceSchema>,
    /// How sure it is of what it plans.
    pub knowledge: Knowledge,
}

impl<'a> Planner<'a> {
    /// A planner that has planned nothing yet.
    #[allow(clippy::too_many_arguments, reason = "it is the one place where all of it comes together")]
    pub fn new(
        providers: &'a Providers,
        config: &'a Config,
        graph: &'a Graph,
        options: &'a PlanOptions,
        prior: Arc<Prior>,
        reach: Reach,
        kinds: Kinds,
    ) -> Self {
        Planner {
            providers,
            config,
            graph,
            options,
            prior,
            earlier: None,
            reach,
            create_first: created_first(config, graph, &|_| true),
            imports: RefCell::default(),
            failed_imports: RefCell::default(),
            imported: RefCell::default(),
            checks: RefCell::default(),
            drift: RefCell::default(),
            wrong: RefCell::default(),
            configuration_only: false,
            kinds,
            undecided: RefCell::default(),
        }
    }

    /// What is not looked at does not make others be created before they are destroyed.
    pub fn create_first_only(&mut self, wanted: &dyn Fn(u32) -> bool) {
        self.create_first = created_first(self.config, self.graph, wanted);
    }

    /// The provider configuration of a resource.
    pub fn provider_at(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> ProviderAt {
        let resource = query.resource(at.scope, at.position);
        self.config.provider(at.scope.node, &resource.provider)
    }

    /// The built-in provider of a resource type; `Err` with a diagnostic when the provider is built in and does not
    /// know the type, `Ok(None)` when it is not built in.
    ///
    /// # Errors
    /// terraform's words for a type that a provider does not have.
    pub fn supported(
        &self,
        source: &str,
        mode: ResourceMode,
        type_name: &str,
    ) -> Result<Option<Supported>, Box<Diagnostic>> {
        let found = supported(self.providers, source, mode, type_name)?;
        Ok(found.or_else(|| self.foreign(source, mode, type_name)))
    }

    /// Somebody else's provider, as far as its cached schema goes.
    fn foreign(&self, source: &str, mode: ResourceMode, type_name: &str) -> Option<Supported> {
        let lore = self.options.lore.as_deref()?;
        let schema = lore.schema(source, mode, type_name)?.clone();
        let lesson = lore.learned.of(source, type_name);
        let provider = Arc::new(Foreign::new(source, schema.clone(), lesson.cloned()));
        Some(Supported { provider, schema, knowledge: Knowledge::FromSchema })
    }

    /// What earlier plans taught about a type.
    pub fn lesson(&self, source: &str, type_name: &str) -> Option<&Arc<Lesson>> {
        self.options.lore.as_deref()?.learned.of(source, type_name)
    }

    /// The same for one object, where a test may have put somebody else in the provider's place.
    ///
    /// # Errors
    /// terraform's words for a type that a provider does not have.
    pub fn supported_at(
        &self,
        provider: &ProviderAt,
        address: &ResourceInstanceAddress,
    ) -> Result<Option<Supported>, Box<Diagnostic>> {
        let resource = &address.resource;
        let found = self.supported(&provider.source, resource.mode, &resource.type_name)?;
        Ok(found.map(|supported| self.played(supported, provider.alias.as_deref(), provider.node == 0, address)))
    }

    /// The same for an object that exists, by its provider configuration as states write it.
    ///
    /// # Errors
    /// terraform's words for a type that a provider does not have.
    pub fn supported_for(
        &self,
        provider: &str,
        source: &str,
        address: &ResourceInstanceAddress,
    ) -> Result<Option<Supported>, Box<Diagnostic>> {
        let resource = &address.resource;
        let found = self.supported(source, resource.mode, &resource.type_name)?;
        let alias = provider.rsplit_once("\"].").map(|(_, alias)| alias);
        Ok(found.map(|supported| self.played(supported, alias, provider.starts_with("provider["), address)))
    }

    fn played(
        &self,
        supported: Supported,
        alias: Option<&str>,
        of_root: bool,
        address: &ResourceInstanceAddress,
    ) -> Supported {
        let Some(stand_ins) = &self.options.stand_ins else { return supported };
        let part = Part { real: &supported.provider, schema: &supported.schema, alias, of_root, address };
        match stand_ins.provider(&part) {
            Some(provider) => Supported { provider, schema: supported.schema, knowledge: Knowledge::Exact },
            None => supported,
        }
    }

    /// Notes a block whose instances nobody can list.
    pub fn undecide(&self, undecided: Undecided) {
        self.undecided.borrow_mut().push(undecided);
    }

    /// All such blocks.
    pub fn take_undecided(&self) -> Vec<Undecided> {
        self.undecided.take()
    }
}

/// terraform's words for a block that reads itself.
pub fn self_referential(address: &str) -> Diagnostic {
    Diagnostic::error("Self-referential block", format!("Configuration for {address} may not refer to itself."))
}

/// Where a resource's arguments refer to the instance itself; `None` when they refer to no instance of it. What reads an
/// instance that reads itself comes to nothing.
pub fn reads_itself(query: &Query<'_>, at: &InstanceAt<'_>) -> Option<Vec<Diagnostic>> {
    let module = query.module(at.scope);
    let resource = query.resource(at.scope, at.position);
    let own = ItemId::Resource(at.position as u32);
    if !module.links_of(own).itself {
        return None;
    }
    let expansion = query.expansion(at.scope, at.position);
    let (mut found, mut reads) = (Vec::new(), false);
    for piece in &resource.content.pieces {
        let Item::Attribute(attribute) = &piece.item else { continue };
        for traversal in references(&attribute.expr) {
            let Some(target) = target(module, traversal).filter(|target| target.item == own) else { continue };
            let key = match traversal.steps.get(target.steps).map(|step| &step.kind) {
                Some(StepKind::Index(value)) => match (value.as_str(), value.as_number().and_then(|n| n.to_i64())) {
                    (Some(text), _) => Some(InstanceKey::String(Str::from(text))),
                    (None, number) => number.map(InstanceKey::Int),
                },
                _ => None,
            };
            reads |= expansion.find(key.as_ref()).is_some();
            if key != at.each.key {
                continue;
            }
            let steps = target.steps + usize::from(key.is_some());
            let span = traversal.steps[..steps].iter().fold(traversal.root.span, |span, step| span.to(step.span));
            found.push(self_referential(&query.instance_address(at).to_string()).at(piece.file.place(span)));
        }
    }
    reads.then_some(found)
}

/// The built-in provider of a resource type.
///
/// # Errors
/// terraform's words for a type that a provider does not have.
pub fn supported(
    providers: &Providers,
    source: &str,
    mode: ResourceMode,
    type_name: &str,
) -> Result<Option<Supported>, Box<Diagnostic>> {
    let Some(provider) = providers.get(source) else { return Ok(None) };
    let schema = provider.schema();
    let types = match mode {
        ResourceMode::Managed => &schema.resources,
        ResourceMode::Data => &schema.data_sources,
        ResourceMode::Ephemeral => &schema.ephemerals,
    };
    match types.get(type_name) {
        Some(schema) => {
            Ok(Some(Supported { provider: provider.clone(), schema: schema.clone(), knowledge: Knowledge::Exact }))
        }
        None if provider.not_carried().contains(&(mode, type_name)) => Ok(None),
        _ => {
            let (summary, what) = match mode {
                ResourceMode::Managed => ("Invalid resource type", "resource type"),
                ResourceMode::Data => ("Invalid data source", "data source"),
                ResourceMode::Ephemeral => ("Invalid ephemeral resource", "ephemeral resource"),
            };
            let hint = match mode {
                ResourceMode::Ephemeral => String::new(),
                _ => suggestion(type_name, &types.keys().map(|name| &**name).collect::<Vec<_>>()),
            };
            let detail = format!("The provider {source} does not support {what} \"{type_name}\".{hint}");
            Err(Box::new(Diagnostic::error(summary, detail)))
        }
    }
}

/// By vertex number, the resources that say `create_before_destroy`, and everything that those need.
fn created_first(config: &Config, graph: &Graph, wanted: &dyn Fn(u32) -> bool) -> Vec<bool> {
    let says = |number: &u32| {
        let vertex = graph.vertex(*number);
        match vertex.item {
            ItemId::Resource(at) => {
                let resource = &config.nodes[vertex.node].module.resources[at as usize];
                resource.lifecycle.create_before_destroy == Some(true)
            }
            _ => false,
        }
    };
    let first: Vec<u32> = (0..graph.len() as u32).filter(|number| wanted(*number)).filter(says).collect();
    if first.is_empty() { vec![false; graph.len()] } else { graph.closure(first) }
}

impl Objects for Planner<'_> {
    fn object(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> Value {
        match query.planned(at) {
            Some(planned) => planned.value.clone(),
            None => {
                let address = query.instance_address(at);
                if query.setting.phase != Phase::Validate {
                    query.report([self_referential(&address.to_string())]);
                }
                Value::unknown(crate::model::value::Type::Dynamic)
            }
        }
    }

    fn plan(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> PlannedInstance {
        match query.resource(at.scope, at.position).mode {
            ResourceMode::Managed => {
                if self.imports.borrow().contains_key(&query.instance_address(at)) {
                    query.forget();
                }
                (self.kinds.managed)(self, query, at)
            }
            // What is read from the world is read again each time.
            ResourceMode::Data => {
                query.forget();
                (self.kinds.data)(self, query, at)
            }
            ResourceMode::Ephemeral => {
                query.forget();
                (self.kinds.ephemeral)(self, query, at)
            }
        }
    }

    fn are_all_as_before(&self) -> bool {
        self.earlier.as_ref().is_some_and(|earlier| Arc::ptr_eq(earlier, &self.prior))
            && self.imports.borrow().is_empty()
    }

    fn is_as_before(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> bool {
        if self.are_all_as_before() {
            return true;
        }
        let Some(earlier) = &self.earlier else { return false };
        let imports = self.imports.borrow();
        let address = query.instance_address(at);
        let find = |prior: &Prior| prior.current(&address.resource, address.key.as_ref()).cloned();
        !imports.contains_key(&address)
            && match (find(earlier), find(&self.prior)) {
                (None, None) => true,
                (Some(a), Some(b)) => a.is_same(&b),
                _ => false,
            }
    }

    fn conditions(&self, query: &Query<'_>, scope: &Rc<Scope>, item: ItemId) -> bool {
        conditions::of_item(query, scope, item)
    }

    fn is_destroying(&self) -> bool {
        self.options.mode == PlanMode::Destroy
    }

    fn note(&self, note: &CheckNote) {
        let mut checks = self.checks.borrow_mut();
        checks.note(note.kind, &note.block, &note.instance, note.status, note.problem.clone());
    }

    fn is_open(&self, query: &Query<'_>, scope: &Scope, position: usize) -> bool {
        let resource = query.resource(scope, position);
        let source = self.config.provider(scope.node, &resource.provider).source;
        matches!(self.supported(&source, resource.mode, &resource.type_name), Ok(None))
    }

    fn is_left_out(&self, query: &Query<'_>, at: &InstanceAt<'_>) -> bool {
        let managed = || query.resource(at.scope, at.position).mode == ResourceMode::Managed;
        let exists = || {
            let address = query.instance_address(at);
            self.prior.current(&address.resource, address.key.as_ref()).is_some()
        };
        self.options.mode == PlanMode::RefreshOnly && managed() && !exists()
    }

    fn schema(&self, query: &Query<'_>, scope: &Scope, position: usize) -> Option<Arc<ResourceSchema>> {
        let resource = query.resource(scope, position);
        let source = self.config.provider(scope.node, &resource.provider).source;
        Some(self.supported(&source, resource.mode, &resource.type_name).ok()??.schema)
    }

    fn provider_function(&self, source: &str, name: &str) -> ProviderFunction {
        match self.providers.get(source) {
            None => ProviderFunction::NotAsked,
            Some(provider) => provider.function(name).map_or(ProviderFunction::Missing, ProviderFunction::Known),
        }
    }

    fn replaced_outputs(&self, module: &ModuleAddress) -> Option<Value> {
        self.options.stand_ins.as_ref()?.outputs(module)
    }
}
