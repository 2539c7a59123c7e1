//! Who stands in for whom in one run: mocked provider configurations, overridden objects and modules.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::engine::module::tree::Config;
use crate::engine::provider::Provider;
use crate::engine::stand_ins::{Part, StandIns};
use crate::engine::test::double::Double;
use crate::engine::test::file::{Run, TestFile, reference_text};
use crate::engine::test::generate::Maker;
use crate::engine::test::mocks::{MockBlock, Mocked, Override, Target};
use crate::model::address::{ModuleAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Str, Value};

/// What one mocked provider configuration knows.
struct MockOf {
    types: BTreeMap<(ResourceMode, Str), Mocked>,
    overrides: Vec<Override>,
    during_plan: bool,
}

/// Everybody who stands in.
pub struct Doubles {
    /// By the provider's source address and the alias.
    mocks: BTreeMap<(Str, Option<Str>), MockOf>,
    /// Of the run and of the file, those of the run first.
    local: Vec<Override>,
    /// What makes this run's values differ from another's.
    seed: String,
}

impl fmt::Debug for Doubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Doubles {{ {} mocks, {} overrides }}", self.mocks.len(), self.local.len())
    }
}

impl MockOf {
    fn new(block: &MockBlock) -> MockOf {
        MockOf { types: block.types.clone(), overrides: block.overrides.clone(), during_plan: block.during_plan }
    }
}

impl Doubles {
    /// Who stands in during a run of a configuration. What is wrong is said too; with errors the run cannot be made.
    pub fn new(file: &TestFile, run: &Run, config: &Config, seed: String) -> (Doubles, Vec<Diagnostic>) {
        let mut faults = Vec::new();
        let root = &config.nodes[0].module;
        let mut mocks = BTreeMap::new();
        if run.providers.is_empty() {
            for provider in &file.providers {
                let Some(mock) = &provider.mock else { continue };
                let source = root.provider_source(&provider.reference.local_name);
                mocks.insert((source, provider.reference.alias.clone()), MockOf::new(mock));
            }
        }
        for (inner, outer, spot) in &run.providers {
            match file.providers.iter().find(|provider| provider.reference == *outer) {
                Some(provider) => {
                    let Some(mock) = &provider.mock else { continue };
                    mocks.insert((root.provider_source(&inner.local_name), inner.alias.clone()), MockOf::new(mock));
                }
                None if root.providers.iter().any(|provider| provider.reference == *outer) => {}
                None => faults.push(
                    Diagnostic::error(
                        format!("Missing provider definition for {}", reference_text(outer)),
                        "This provider block references a provider definition that does not exist.",
                    )
                    .at(spot.place()),
                ),
            }
        }
        faults.extend(missing_configurations(run, config));
        for over in run.overrides.iter().filter(|over| !exists(config, &over.target)) {
            let detail = format!(
                "The override target {} does not exist within the configuration under test. This could indicate a typo in the target address or an unnecessary override.",
                over.text
            );
            faults.push(Diagnostic::warning("Invalid override target", detail).at(over.target_spot.place()));
        }
        let mut local = run.overrides.clone();
        for over in &file.overrides {
            if !local.iter().any(|known| known.target == over.target) {
                local.push(over.clone());
            }
        }
        (Doubles { mocks, local, seed }, faults)
    }

    /// Whether nobody stands in for anybody.
    pub fn is_empty(&self) -> bool {
        self.mocks.is_empty() && self.local.is_empty()
    }
}

/// A run that names its provider configurations gets these and no others, but for default ones.
fn missing_configurations(run: &Run, config: &Config) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    if run.providers.is_empty() {
        return faults;
    }
    let root = &config.nodes[0].module;
    for (node, declared) in config.nodes.iter().enumerate() {
        for resource in &declared.module.resources {
            let provider = config.provider(node, &resource.provider);
            let Some(alias) = provider.alias.filter(|_| provider.node == 0) else { continue };
            let named = run.providers.iter().any(|(inner, ..)| {
                inner.alias.as_ref() == Some(&alias) && root.provider_source(&inner.local_name) == provider.source
            });
            let summary = format!("missing provider provider[\"{}\"].{alias}", provider.source);
            if !named && !faults.iter().any(|fault: &Diagnostic| fault.summary == summary) {
                faults.push(Diagnostic::error(summary, ""));
            }
        }
    }
    faults
}

fn exists(config: &Config, target: &Target) -> bool {
    match target {
        Target::Module(module) => config.node(module).is_some(),
        Target::Object(object) => {
            let resource = &object.resource;
            let module = config.node(&resource.module).map(|node| &config.nodes[node].module);
            module.is_some_and(|module| module.resource(resource.mode, &resource.type_name, &resource.name).is_some())
        }
    }
}

fn of_object<'o>(overrides: &'o [Override], wanted: &ResourceInstanceAddress) -> Option<&'o Override> {
    overrides.iter().find(|over| matches!(&over.target, Target::Object(object) if object == wanted))
}

impl StandIns for Doubles {
    fn provider(&self, part: &Part<'_>) -> Option<Arc<dyn Provider>> {
        let key = (Str::from(part.real.source()), part.alias.map(Str::from));
        let mock = if part.of_root { self.mocks.get(&key) } else { None };
        let theirs = mock.map_or(&[][..], |mock| &mock.overrides);
        // One instance before the whole resource; the run, then the file, then the mocked provider.
        let whole = ResourceInstanceAddress { key: None, ..part.address.clone() };
        let over = [part.address, &whole]
            .into_iter()
            .find_map(|wanted| of_object(&self.local, wanted).or_else(|| of_object(theirs, wanted)));
        let maker = Maker { seed: format!("{} {}", self.seed, part.address) };
        let (real, schema) = (part.real.clone(), part.schema.clone());
        if let Some(over) = over {
            return Some(Arc::new(Double {
                real,
                schema,
                known: Some(over.values.clone()),
                range: over.range.clone(),
                during_plan: over.during_plan.or(mock.map(|mock| mock.during_plan)).unwrap_or(false),
                overrides: true,
                maker,
            }));
        }
        let mock = mock?;
        let resource = &part.address.resource;
        let known = mock.types.get(&(resource.mode, resource.type_name.clone()));
        Some(Arc::new(Double {
            real,
            schema,
            known: known.and_then(|known| known.defaults.clone()),
            range: known.map(|known| known.range.clone()).unwrap_or_default(),
            during_plan: known.and_then(|known| known.during_plan).unwrap_or(mock.during_plan),
            overrides: false,
            maker,
        }))
    }

    fn outputs(&self, module: &ModuleAddress) -> Option<Value> {
        if module.is_root() {
            return None;
        }
        let target = |over: &&Override, wanted: &ModuleAddress| matches!(&over.target, Target::Module(module) if module == wanted);
        let exact = self.local.iter().find(|over| target(over, module));
        let keyed = module.0.last().is_some_and(|step| step.key.is_some());
        let found = exact.or_else(|| {
            let whole = module.without_keys();
            self.local.iter().find(|over| keyed && target(over, &whole))
        });
        found.map(|over| over.values.clone())
    }
}
