//! Others' providers: their schemas, asked once of the real tool and cached by lock file, and what its plans teach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::preview::environment_variables;
use super::tool_plan::ToolPlanAsk;
use crate::engine::agreement;
use crate::engine::lore::Lore;
use crate::engine::reads::hash_bytes;
use crate::engine::{PlanMode, PlanOptions, Read, Reads};
use crate::format::provider_schema;
use crate::model::address::ResourceMode;
use crate::model::id::ContentHash;
use crate::model::place::RepoPath;
use crate::model::plan::Plan;
use crate::model::report::{Disagreement, HitRate};
use crate::model::schema::ProviderSchema;
use crate::model::stack::{Stack, StackKind};
use crate::runtime::shelf::LoreStamp;
use crate::runtime::world::World;
use crate::tool::terraform::Terraform;

/// The kind under which schemas are kept.
const SCHEMAS: &str = "provider-schemas";

fn lock_hash(world: &World, stack: &Stack) -> Option<ContentHash> {
    let lock = world.files.read(&world.on_disk(&stack.path).join(".terraform.lock.hcl")).ok()?;
    Some(hash_bytes(&lock))
}

fn schema_place(lock: ContentHash) -> RepoPath {
    RepoPath::new(&lock.to_string())
}

/// By what it is seen that there is something new to know about a stack's providers.
pub fn stamp(world: &World, stack: &Stack) -> LoreStamp {
    let lock = lock_hash(world, stack);
    LoreStamp {
        lock,
        schemas: lock.and_then(|lock| world.store.kept_since(SCHEMAS, &schema_place(lock))),
        learned: world.store.learned_since(),
    }
}

/// What is known about a stack's providers.
pub fn lore(world: &World, stack: &Stack) -> Option<Arc<Lore>> {
    let stamp = stamp(world, stack);
    if stamp.is_empty() {
        return None;
    }
    let read = || Lore { schemas: kept_schemas(world, stack).unwrap_or_default(), learned: world.store.learned().0 };
    Some(world.lore.get(&stack.path, &stamp, read))
}

/// What is known about the providers of the stack at a path, for the tests of a commit; and a text that changes with the
/// schemas. What plans taught does not matter to mocks.
pub fn in_checks(world: &World, path: &RepoPath) -> (String, Option<Arc<Lore>>) {
    let stack = Stack { path: path.clone(), kind: StackKind::Terraform, reads: Vec::new() };
    let LoreStamp { lock, schemas, .. } = stamp(world, &stack);
    (format!("{lock:?} {schemas:?}"), lore(world, &stack))
}

/// The cached schemas of a stack's providers; `None` when there are none for its lock file.
pub fn kept_schemas(world: &World, stack: &Stack) -> Option<BTreeMap<String, ProviderSchema>> {
    let (bytes, _) = world.store.kept(SCHEMAS, &schema_place(lock_hash(world, stack)?))?;
    provider_schema::read(&bytes).ok()
}

/// Asks the real tool for the schemas of a stack's providers and keeps those of the types that its files name. Without
/// a lock file there are no providers to ask; without an answer previews go on as before.
pub fn ask_schemas(world: &World, stack: &Stack, terraform: &Terraform, reads: &Reads) {
    let Some(lock) = lock_hash(world, stack) else { return };
    let Ok(outcome) = world.processes.run_quietly(&terraform.providers_schema()) else { return };
    if !outcome.success() || outcome.truncated {
        return;
    }
    let words = words(world, reads);
    let Ok(mut schemas) = provider_schema::read_some(&outcome.stdout, &|name| words.contains(name)) else { return };
    schemas.retain(|source, _| world.engine.providers().get(source).is_none());
    let written = provider_schema::write(schemas.iter().map(|(source, schema)| (source.as_str(), schema)));
    if let Ok(bytes) = written {
        // What cannot be kept is asked for again after the next plan.
        let _ = world.store.keep(SCHEMAS, &schema_place(lock), &bytes);
    }
}

/// Every word in the files that were read: among them are the names of all types in use.
fn words(world: &World, reads: &Reads) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for (read, _) in reads.iter() {
        let Read::Content(path) = read else { continue };
        let is_code =
            path.extension().is_some_and(|ending| ["tf", "tofu", "json"].iter().any(|known| ending == *known));
        let Ok(bytes) = world.files.read(path) else { continue };
        if is_code {
            let text = String::from_utf8_lossy(&bytes);
            let found =
                text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').filter(|word| !word.is_empty());
            words.extend(found.map(str::to_owned));
        }
    }
    words
}

/// What a plan of the real tool taught.
#[derive(Debug, Default)]
pub struct Taught {
    /// Where the preview said something else.
    pub disagreements: Vec<Disagreement>,
    /// How often previews were right so far.
    pub rates: Vec<HitRate>,
}

/// Previews the same stack against the state that the real plan was made against, learns from where the two differ, and
/// sees to it that the schemas are known next time.
pub fn learn(world: &World, stack: &Stack, terraform: &Terraform, ask: &ToolPlanAsk, real: &Plan) -> Taught {
    if real.errored {
        return Taught::default();
    }
    let mut variables = environment_variables();
    variables.extend(ask.variables.iter().cloned());
    let options = PlanOptions {
        variables,
        mode: if ask.destroy { PlanMode::Destroy } else { PlanMode::Normal },
        state: real.prior_state.clone(),
        lore: lore(world, stack),
        ..PlanOptions::default()
    };
    let preview = world.engine.plan(&world.source(stack), &options, &world.preview_surroundings());
    let mut learned = world.store.learned().0;
    learned.learn(&preview.plan, real, world.clock.now());
    // A lesson that cannot be kept is learned again from the next plan.
    let _ = world.store.keep_learned(&learned);
    if lacks_schemas(world, stack, real) {
        ask_schemas(world, stack, terraform, &preview.reads);
    }
    Taught {
        disagreements: agreement::disagreements(&preview.plan, real),
        rates: rates(world, Some(&Lore { learned, ..Lore::default() }), real),
    }
}

/// Whether a plan has rows of somebody's provider of whose type no schema is known.
fn lacks_schemas(world: &World, stack: &Stack, plan: &Plan) -> bool {
    let known = Lore { schemas: kept_schemas(world, stack).unwrap_or_default(), ..Lore::default() };
    plan.changes.iter().any(|change| {
        let type_name = &change.address.resource.type_name;
        is_foreign(world, &change.provider)
            && known.schema(&change.provider, ResourceMode::Managed, type_name).is_none()
    })
}

fn is_foreign(world: &World, provider: &str) -> bool {
    world.engine.providers().get(provider).is_none()
}

/// How often previews were right so far, of the types of others' providers in a plan.
pub fn rates(world: &World, lore: Option<&Lore>, plan: &Plan) -> Vec<HitRate> {
    let Some(Lore { learned, .. }) = lore else { return Vec::new() };
    let types: BTreeSet<(&str, &str)> = plan
        .changes
        .iter()
        .filter(|change| is_foreign(world, &change.provider))
        .map(|change| (&*change.provider, &*change.address.resource.type_name))
        .collect();
    let rate = |(provider, type_name): (&str, &str)| {
        let lesson = learned.of(provider, type_name).filter(|lesson| lesson.compared > 0)?;
        Some(HitRate { type_name: type_name.into(), agreed: lesson.agreed, compared: lesson.compared })
    };
    types.into_iter().filter_map(rate).collect()
}
