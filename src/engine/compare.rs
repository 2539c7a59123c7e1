//! What an edit changes, without any state: both configurations are evaluated, and instances of the same address
//! compared argument by argument.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::engine::lane::Lane;
use crate::engine::loaded::{Loaded, load_again};
use crate::engine::lore::{Lore, Verdict};
use crate::engine::module::library::Library;
use crate::engine::options::PlanOptions;
use crate::engine::outcome::Planned;
use crate::engine::plan::moves;
use crate::engine::plan::prior::{Prior, PriorObject};
use crate::engine::preview::{Asked, Depth, plan_again};
use crate::engine::provider::registry::Providers;
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::lang::syntax::ast::Item;
use crate::model::action::{Action, ActionReason};
use crate::model::address::{ResourceInstanceAddress, ResourceMode};
use crate::model::diagnostic::Diagnostic;
use crate::model::plan::{Change, Knowledge, OutputChange, Plan, ResourceChange};
use crate::model::state::InstanceState;
use crate::model::value::{Str, Value, ValueKind, ValuePath};

/// Compares two configurations. What is wrong with the one before is not told: it is not what somebody works on.
pub fn compare(
    providers: &Providers,
    shelf: &Library,
    (old_lane, new_lane): (&mut Lane, &mut Lane),
    (before, after): (&Source, &Source),
    options: &PlanOptions,
    surroundings: &Surroundings,
) -> Planned {
    let options = PlanOptions { state: None, refresh: false, ..options.clone() };
    let new = match load_again(shelf, after, &options.variables, None, new_lane) {
        Ok(new) => new,
        Err(unloaded) => {
            return Planned {
                plan: Arc::new(Plan { errored: true, ..Plan::default() }),
                diagnostics: unloaded.diagnostics,
                reads: unloaded.looks.reads(),
                options,
            };
        }
    };
    let asked = Asked { providers, shelf, options: &options, surroundings, depth: Depth::Configuration };
    let plan = |loaded: &Loaded, lane: &mut Lane| plan_again(&asked, loaded, lane, &|_, _| {});
    let (mut now, mut diagnostics) = plan(&new, new_lane);
    let mut reads = new.looks.reads();
    let old = load_again(shelf, before, &options.variables, None, old_lane);
    let was = match &old {
        Ok(old) => {
            reads.extend(&old.looks.reads());
            plan(old, old_lane).0
        }
        Err(_) => Plan::default(),
    };
    let texts = (old.as_ref().map(argument_texts).unwrap_or_default(), argument_texts(&new));
    let moved = moved_addresses(&new, &was, &mut diagnostics);
    now.changes = rows(&was, &now, &moved, &texts, options.lore.as_deref());
    now.outputs = outputs(&was, &now);
    now.applyable = false;
    now.prior_state = None;
    Planned { plan: Arc::new(now), diagnostics, reads, options }
}

/// The text of each argument of each resource, by the resource's address without keys.
type Texts = HashMap<String, BTreeMap<Str, String>>;

fn argument_texts(loaded: &Loaded) -> Texts {
    let mut texts = Texts::new();
    for node in &loaded.config.nodes {
        for resource in &node.module.resources {
            let mut arguments: BTreeMap<Str, String> = BTreeMap::new();
            for piece in &resource.content.pieces {
                let (name, span) = match &piece.item {
                    Item::Attribute(attribute) => (&attribute.name.text, attribute.expr.span),
                    Item::Block(block) => (&block.kind.text, block.span),
                };
                arguments.entry(name.clone()).or_default().push_str(piece.file.slice(span));
            }
            let address = format!("{}{}", crate::engine::plan::conditions::prefix(&node.address), resource.label());
            texts.insert(address, arguments);
        }
    }
    texts
}

/// Where each instance of before is now, after moves.
fn moved_addresses(
    new: &Loaded,
    was: &Plan,
    diagnostics: &mut Vec<Diagnostic>,
) -> HashMap<ResourceInstanceAddress, ResourceInstanceAddress> {
    let mut prior = Prior::default();
    for row in &was.changes {
        let state = InstanceState {
            key: row.address.key.clone(),
            deposed: None,
            tainted: false,
            schema_version: 0,
            attributes: Value::null(),
            sensitive_paths: Vec::new(),
            private: None,
            dependencies: Arc::default(),
            create_before_destroy: false,
        };
        let object = PriorObject { state: Arc::new(state), provider: row.provider.clone(), previous: None };
        prior.put(row.address.clone(), object);
    }
    diagnostics.extend(moves::apply(&new.config, &mut prior));
    let mut moved = HashMap::new();
    for (address, resource) in prior.iter() {
        for (key, object) in &resource.current {
            let here = address.instance(key.clone());
            moved.insert(object.previous.clone().unwrap_or_else(|| here.clone()), here);
        }
    }
    moved
}

fn rows(
    was: &Plan,
    now: &Plan,
    moved: &HashMap<ResourceInstanceAddress, ResourceInstanceAddress>,
    texts: &(Texts, Texts),
    lore: Option<&Lore>,
) -> Vec<Arc<ResourceChange>> {
    let managed = |row: &&Arc<ResourceChange>| row.address.resource.mode == ResourceMode::Managed;
    let mut before: HashMap<ResourceInstanceAddress, &ResourceChange> = HashMap::new();
    for row in was.changes.iter().filter(managed) {
        before.insert(moved.get(&row.address).unwrap_or(&row.address).clone(), row);
    }
    let mut rows = Vec::new();
    for row in now.changes.iter().filter(managed) {
        let Some(old) = before.remove(&row.address) else {
            rows.push(Arc::new(ResourceChange { knowledge: Knowledge::FromConfiguration, ..(**row).clone() }));
            continue;
        };
        let name = |row: &ResourceChange| row.address.resource.without_keys().to_string();
        let empty = BTreeMap::new();
        let old_texts = texts.0.get(&name(old)).unwrap_or(&empty);
        let new_texts = texts.1.get(&name(row)).unwrap_or(&empty);
        let same_text = |argument: &str| old_texts.get(argument) == new_texts.get(argument);
        let same = object_is_same(&old.change.after, &row.change.after, &same_text);
        let previous = (old.address != row.address).then(|| old.address.clone());
        let after = if same { old.change.after.clone() } else { row.change.after.clone() };
        let (action, replace_paths, knowledge) = match same {
            true => (Action::NoOp, Vec::new(), Knowledge::FromConfiguration),
            false => as_learned(lore, row, &old.change.after, &after),
        };
        let reason = action.is_replace().then_some(ActionReason::ReplaceBecauseCannotUpdate);
        rows.push(Arc::new(ResourceChange {
            previous_address: previous,
            change: Change { action, before: old.change.after.clone(), after, replace_paths, importing: None },
            reason,
            knowledge,
            ..(**row).clone()
        }));
    }
    for old in before.into_values() {
        rows.push(Arc::new(ResourceChange {
            change: Change {
                action: Action::Delete,
                before: old.change.after.clone(),
                after: Value::null(),
                replace_paths: Vec::new(),
                importing: None,
            },
            reason: Some(ActionReason::DeleteBecauseNoResourceConfig),
            knowledge: Knowledge::FromConfiguration,
            ..old.clone()
        }));
    }
    rows.sort_by(|a, b| a.address.cmp(&b.address));
    rows
}

/// What earlier plans say of an edit: without a state, they alone tell what it would replace.
fn as_learned(
    lore: Option<&Lore>,
    row: &ResourceChange,
    before: &Value,
    after: &Value,
) -> (Action, Vec<ValuePath>, Knowledge) {
    let lesson = lore.and_then(|lore| lore.learned.of(&row.provider, &row.address.resource.type_name));
    match lesson.map(|lesson| lesson.verdict(before, after)) {
        Some(Verdict::Replaces(paths, day)) => (Action::DeleteThenCreate, paths, Knowledge::Learned(day)),
        _ => (Action::Update, Vec::new(), Knowledge::FromConfiguration),
    }
}

/// Whether two objects are the same: what is unknown on both sides is, when its expression is the same.
fn object_is_same(old: &Value, new: &Value, same_text: &dyn Fn(&str) -> bool) -> bool {
    let (Some(before), Some(after)) = (old.as_object(), new.as_object()) else { return old == new };
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let null = Value::null();
    let mut all = names.map(|name| {
        let (a, b) = (before.get(name).unwrap_or(&null), after.get(name).unwrap_or(&null));
        a == b || alike(a, b, same_text(name))
    });
    all.all(|same| same)
}

/// Whether two values are the same as far as anybody can say; unknown ones when `same_text` says so.
fn alike(a: &Value, b: &Value, same_text: bool) -> bool {
    if a.is_unknown() || b.is_unknown() {
        return a.is_unknown() && b.is_unknown() && same_text;
    }
    if a.is_null() && b.is_null() {
        return true;
    }
    match (&a.kind, &b.kind) {
        (ValueKind::Set(_), ValueKind::Set(_))
        | (ValueKind::Tuple(_), ValueKind::Tuple(_))
        | (ValueKind::List(_), ValueKind::List(_)) => {
            let (a, b) = (a.as_items().unwrap_or_default(), b.as_items().unwrap_or_default());
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b, same_text))
        }
        (ValueKind::Object(a), ValueKind::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| alike(a, b, same_text)))
        }
        (ValueKind::Map(a), ValueKind::Map(b)) => {
            let (a, b) = (&a.entries, &b.entries);
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| alike(a, b, same_text)))
        }
        _ => a == b,
    }
}

fn outputs(was: &Plan, now: &Plan) -> BTreeMap<Str, OutputChange> {
    let mut changes = BTreeMap::new();
    for (name, new) in &now.outputs {
        let change = match was.outputs.get(name) {
            None => new.clone(),
            Some(old) => {
                let same = alike(&old.after, &new.after, true) && old.sensitive == new.sensitive;
                OutputChange {
                    action: if same { Action::NoOp } else { Action::Update },
                    before: old.after.clone(),
                    after: if same { old.after.clone() } else { new.after.clone() },
                    sensitive: new.sensitive,
                }
            }
        };
        changes.insert(name.clone(), change);
    }
    for (name, old) in was.outputs.iter().filter(|(name, _)| !now.outputs.contains_key(*name)) {
        let change = OutputChange {
            action: Action::Delete,
            before: old.after.clone(),
            after: Value::null(),
            sensitive: old.sensitive,
        };
        changes.insert(name.clone(), change);
    }
    changes
}
