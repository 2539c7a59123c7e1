//! The whole plan: everything is visited once, after what it reads, and what came of it is put together.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::lane::Parts;
use crate::engine::module::declared::{ItemId, WrittenReference};
use crate::engine::module::references;
use crate::engine::module::tree::Child;
use crate::engine::options::PlanMode;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::targets::Targets;
use crate::engine::plan::{conditions, deletion, destroy, imports, outputs};
use crate::engine::query::graph::Vertex;
use crate::engine::query::inputs::Reader;
use crate::engine::query::memory::UnitId;
use crate::engine::query::scope::{Expansion, Instances, Scope};
use crate::engine::query::session::{InstanceAt, Phase, Query};
use crate::lang::inputs::Inputs;
use crate::model::action::Action;
use crate::model::address::{ModuleAddress, ResourceAddress, ResourceMode};
use crate::model::diagnostic::Diagnostic;
use crate::model::plan::{DataRead, OutputChange, Plan, ResourceChange, Undecided};
use crate::model::state::{OutputState, StateSnapshot};
use crate::model::value::{Str, UnknownSource};

pub use crate::engine::module::version::TERRAFORM_VERSION;

/// Visits everything in order. Afterwards all values are known to the query and all instances to the planner. What
/// reads something that is wrong is not visited: there is nothing true to say about it.
pub fn visit(planner: &Planner<'_>, query: &Query<'_>, targets: &Targets) {
    let mut wrong = vec![false; planner.graph.len()];
    for vertex in &planner.graph.order {
        let number = planner.graph.number(planner.config, *vertex);
        if !targets.include(number) {
            continue;
        }
        if planner.graph.edges(number).iter().any(|read| wrong[*read as usize]) {
            wrong[number as usize] = true;
            continue;
        }
        for scope in query.scopes_of(vertex.node).iter() {
            wrong[number as usize] |= !visit_one(planner, query, targets, *vertex, number, scope);
        }
        if !wrong[number as usize] {
            conditions::expanded(planner.config, *vertex, &mut planner.checks.borrow_mut());
        }
    }
    *planner.wrong.borrow_mut() = wrong;
}

/// Says which names in `depends_on` mean nothing.
fn depends_on(query: &Query<'_>, scope: &Rc<Scope>, references: &[WrittenReference]) {
    let module = query.module(scope);
    for reference in references.iter().filter(|reference| references::target(module, &reference.traversal).is_none()) {
        // While validating, looking a name up only says whether there is one.
        let fault = match query.setting.phase {
            Phase::Validate => Reader::new(query, scope).reference(&reference.traversal).err().map(|fault| *fault),
            _ => Some(Diagnostic::error("Reference to undeclared object", "There is nothing of this name.")),
        };
        query.report(fault.map(|fault| fault.at(reference.spot.place())));
    }
}

fn visit_one(
    planner: &Planner<'_>,
    query: &Query<'_>,
    targets: &Targets,
    vertex: Vertex,
    number: u32,
    scope: &Rc<Scope>,
) -> bool {
    let errors = query.error_count();
    match vertex.item {
        ItemId::Variable(at) => {
            let value = query.variable(scope, at as usize);
            if query.error_count() > errors && query.setting.phase == Phase::Validate {
                return false;
            }
            query.conditions(scope, vertex.item);
            // A variable without a value is an error, but everything else can still be previewed around it.
            if matches!(value.as_unknown().map(|unknown| &unknown.source), Some(UnknownSource::NotAsked(_))) {
                return true;
            }
        }
        ItemId::Local(at) => {
            query.local(scope, at as usize);
        }
        ItemId::Output(at) => {
            depends_on(query, scope, &query.module(scope).outputs[at as usize].depends_on);
            if query.conditions(scope, vertex.item) {
                let value = query.output(scope, at as usize);
                if scope.parent.is_none() && query.setting.phase == Phase::Validate {
                    outputs::judge(query, &query.module(scope).outputs[at as usize], &value);
                }
            }
        }
        ItemId::Call(at) => {
            depends_on(query, scope, &query.module(scope).calls[at as usize].depends_on);
            call(planner, query, scope, at as usize);
        }
        ItemId::Resource(at) => {
            let position = at as usize;
            depends_on(query, scope, &query.resource(scope, position).depends_on);
            let expansion = query.expansion(scope, position);
            let resource = query.resource(scope, position);
            if let Some(decided_by) = undecided_by(&expansion) {
                planner.undecide(Undecided {
                    module: scope.address.clone(),
                    block: Str::from(resource.label()),
                    unlock: unlock(&decided_by),
                    decided_by,
                    place: Some(resource.content.header.place()),
                });
            }
            let expanded = query.error_count();
            imports::stray(planner, query, scope, position);
            if query.error_count() > expanded {
                return false;
            }
            if targets.everything() {
                query.plan_all(scope, position, &expansion);
            } else {
                for each in expansion.known() {
                    let at = InstanceAt { scope, position, each };
                    if targets.include_instance(number, &query.instance_address(&at)) {
                        query.planned(&at);
                    }
                }
            }
            if planner.options.mode == PlanMode::Normal {
                deletion::refuse_orphans(planner, query, scope, position);
            }
        }
        ItemId::Check(_) => {
            query.conditions(scope, vertex.item);
        }
    }
    query.error_count() == errors
}

fn undecided_by(expansion: &Expansion) -> Option<Str> {
    match &expansion.instances {
        Instances::Undecided(UnknownSource::NotAsked(who)) => Some(who.clone()),
        _ => None,
    }
}

fn unlock(decided_by: &str) -> Str {
    let unlock = match () {
        () if decided_by.starts_with("var.") => "a value for the variable",
        () if decided_by.starts_with("module.") => "terraform init",
        () => "a plan by the real tool",
    };
    Str::from(unlock)
}

fn call(planner: &Planner<'_>, query: &Query<'_>, scope: &Rc<Scope>, at: usize) {
    let call = &query.module(scope).calls[at];
    let (expansion, _) = query.call(scope, at);
    let block = Str::from(format!("module.{}", call.name));
    match &query.config.nodes[scope.node].children[at] {
        Child::Absent => planner.undecide(Undecided {
            module: scope.address.clone(),
            block,
            decided_by: Str::from("a module that is not downloaded"),
            unlock: Str::from("terraform init"),
            place: Some(call.content.header.place()),
        }),
        Child::Broken => {}
        Child::Node(_) => {
            if let Some(decided_by) = undecided_by(&expansion) {
                planner.undecide(Undecided {
                    module: scope.address.clone(),
                    block,
                    unlock: unlock(&decided_by),
                    decided_by,
                    place: Some(call.content.header.place()),
                });
            }
        }
    }
}

/// Puts the plan together after everything was visited. What the last plan left in `parts` is taken over where nothing
/// changed; `same_places` says that blocks and moves are as they were.
pub fn assemble(
    planner: &Planner<'_>,
    query: &Query<'_>,
    targets: &Targets,
    parts: &mut Parts,
    same_places: bool,
) -> Plan {
    let options = planner.options;
    let state = options.state.as_deref();
    let (mut changes, mut data_read) = rows(query, parts);
    let destroying = options.mode == PlanMode::Destroy;
    // Before destroying, what exists is refreshed, the outputs with it.
    let nothing = destroying && state.is_none_or(StateSnapshot::is_empty);
    let wanted = |name: &str| {
        !nothing
            && output_is_right(planner, query, name)
            && (targets.everything() || output_is_complete(planner, query, targets, name))
    };
    let mut outputs = outputs::changes(query, state, &wanted, parts);
    let before_destroying = (options.mode == PlanMode::Destroy).then(|| {
        let mut known = outputs.clone();
        known.retain(|name, _| output_is_right(planner, query, name));
        known.retain(|name, _| targets.everything() || output_is_complete(planner, query, targets, name));
        known
    });
    match options.mode {
        PlanMode::Normal => {
            let orphans = orphans(planner, query, parts, same_places);
            let before = changes.len();
            changes.extend(orphans.into_iter().filter(|row| targets.include_orphan(&row.address)));
            if changes.len() > before {
                changes.sort_by_cached_key(|row| order(row));
            }
        }
        PlanMode::Destroy => {
            // Refreshing before has moved everything already.
            let moved = |row: ResourceChange| Arc::new(ResourceChange { previous_address: None, ..row });
            changes = destroy::rows(planner, query, targets).into_iter().map(moved).collect();
            changes.sort_by_cached_key(|row| order(row));
            let root = &planner.config.nodes[0].module;
            let declared = |name: &str| root.output(name).is_some_and(|at| root.outputs[at].sensitive);
            outputs = outputs::all_removed(&outputs, state, &declared, |name| output_is_right(planner, query, name));
        }
        PlanMode::RefreshOnly => changes.clear(),
    }
    outputs.retain(|name, _| output_is_right(planner, query, name));
    if !targets.everything() {
        outputs.retain(|name, _| !destroying && output_is_complete(planner, query, targets, name));
    }
    query.report(forgotten(&changes));
    data_read.sort_by(|a, b| a.address.cmp(&b.address));
    let errored = query.has_errors();
    let undecided = planner.take_undecided();
    let acts = changes.iter().any(|row| {
        row.change.action != Action::NoOp || row.previous_address.is_some() || row.change.importing.is_some()
    });
    let drift = planner.drift.take();
    let drifted = drift.iter().any(|row| row.change.action != Action::NoOp);
    let refreshes = options.mode == PlanMode::RefreshOnly && drifted;
    let prior_state = match &parts.prior_state {
        Some(known) if same_places && parts.same_outputs && planner.imported.borrow().is_empty() => Some(known.clone()),
        _ => prior_state(planner, state, before_destroying.as_ref().unwrap_or(&outputs), targets),
    };
    parts.prior_state = prior_state.clone();
    Plan {
        terraform_version: Str::from(TERRAFORM_VERSION),
        variables: variables(query),
        applyable: !errored && (acts || refreshes || outputs.values().any(|output| output.action != Action::NoOp)),
        complete: targets.everything() && !errored && undecided.is_empty(),
        changes,
        drift,
        outputs,
        checks: match destroying {
            true => planner.checks.borrow().before_destroying(targets.everything()),
            false => planner.checks.borrow().results(),
        },
        prior_state,
        data_read,
        errored,
        timestamp: timestamp(query.setting.now),
        undecided,
    }
}

/// The rows of everything that was planned, in the plan's order, and the data sources that were read.
fn rows(query: &Query<'_>, parts: &mut Parts) -> (Vec<Arc<ResourceChange>>, Vec<DataRead>) {
    let all = query.all_planned();
    let data_read = all.iter().filter_map(|(_, planned)| planned.read.clone()).collect();
    let with_rows = all.iter().filter(|(_, planned)| planned.change.is_some());
    let units: Vec<UnitId> = with_rows.clone().map(|(unit, _)| *unit).collect();
    if units != parts.units {
        let mut sorted: Vec<_> =
            with_rows.filter_map(|(unit, planned)| Some((*unit, planned.change.as_ref()?))).collect();
        sorted.sort_by_cached_key(|(_, row)| order(row));
        let place: HashMap<UnitId, u32> = units.iter().zip(0..).map(|(unit, at)| (*unit, at)).collect();
        parts.order = sorted.iter().map(|(unit, _)| place[unit]).collect();
        parts.units = units;
    }
    let rows: Vec<&Arc<ResourceChange>> = all.iter().filter_map(|(_, planned)| planned.change.as_ref()).collect();
    (parts.order.iter().map(|at| rows[*at as usize].clone()).collect(), data_read)
}

/// The rows of objects that the configuration does not have.
fn orphans(planner: &Planner<'_>, query: &Query<'_>, parts: &mut Parts, same_places: bool) -> Vec<Arc<ResourceChange>> {
    if let (Some(known), true, false) = (&parts.orphans, same_places, query.is_regrouped()) {
        return known.clone();
    }
    let before = query.report_count();
    let found: Vec<Arc<ResourceChange>> = deletion::orphans(planner, query).into_iter().map(Arc::new).collect();
    // Rows with a place move with their block, and what was said about them has to be said again.
    let plain = query.report_count() == before && found.iter().all(|row| row.place.is_none());
    parts.orphans = plain.then(|| found.clone());
    found
}

/// The prior state after moves and imports, with the outputs that are known already. Data sources are read anew and
/// listed by themselves.
fn prior_state(
    planner: &Planner<'_>,
    state: Option<&StateSnapshot>,
    outputs: &BTreeMap<Str, OutputChange>,
    targets: &Targets,
) -> Option<Arc<StateSnapshot>> {
    let root = &planner.config.nodes[0].module;
    let declared_sensitive = |name: &str| root.output(name).map(|at| root.outputs[at].sensitive);
    let imported = planner.imported.borrow();
    if state.is_none() && imported.is_empty() {
        return None;
    }
    let mut prior = (*planner.prior).clone();
    for (address, object) in imported.iter() {
        prior.put(address.clone(), object.clone());
    }
    let empty = StateSnapshot { terraform_version: Str::from(TERRAFORM_VERSION), ..StateSnapshot::default() };
    let mut snapshot = prior.snapshot(state.unwrap_or(&empty));
    let is_left_out = |address: &ResourceAddress| !targets.everything() && !targets.include_resource(planner, address);
    snapshot.resources.retain(|resource| match resource.address.mode {
        ResourceMode::Managed => true,
        ResourceMode::Data | ResourceMode::Ephemeral => is_left_out(&resource.address),
    });
    for (name, output) in outputs.iter().filter(|(_, output)| output.action != Action::Delete) {
        let value = output.after.unmark_deep();
        if value.is_null() {
            snapshot.outputs.remove(name);
        } else if value.is_wholly_known() {
            let sensitive = declared_sensitive(name).unwrap_or(output.sensitive);
            snapshot.outputs.insert(name.clone(), OutputState { value, sensitive });
        }
    }
    Some(Arc::new(snapshot))
}

/// Values of the root variables as they were given, or as they default.
fn variables(query: &Query<'_>) -> BTreeMap<Str, crate::model::value::Value> {
    let root = query.root();
    let all = query.module(&root).variables.iter().enumerate();
    // What is ephemeral is not kept; a default is no secret.
    let all = all.filter(|(_, variable)| !variable.ephemeral || !query.given.contains_key(&variable.name));
    let value = |(at, variable): (usize, &crate::engine::module::declared::Variable)| {
        let given = query.given.get(&variable.name).map(|given| given.value.clone());
        (variable.name.clone(), given.unwrap_or_else(|| query.variable(&root, at)))
    };
    all.map(value).collect()
}

/// Whether nothing is wrong with an output or with what it reads.
fn output_is_right(planner: &Planner<'_>, query: &Query<'_>, name: &str) -> bool {
    let Some(at) = query.module(&query.root()).output(name) else { return true };
    let number = planner.graph.number(planner.config, Vertex { node: 0, item: ItemId::Output(at as u32) });
    !planner.wrong.borrow().get(number as usize).copied().unwrap_or(false)
}

/// What is said of every plan of a part.
pub fn targeting() -> Diagnostic {
    Diagnostic::warning(
        "Resource targeting is in effect",
        "You are creating a plan with the -target option, which means that the result of this plan may not represent all of the changes requested by the current configuration.\n\nThe -target option is not for routine use, and is provided only for exceptional situations such as recovering from errors or mistakes, or when Terraform specifically suggests to use it as part of an error message.",
    )
}

fn output_is_complete(planner: &Planner<'_>, query: &Query<'_>, targets: &Targets, name: &str) -> bool {
    let root = query.root();
    let Some(at) = query.module(&root).output(name) else { return false };
    targets.include(planner.graph.number(planner.config, Vertex { node: 0, item: ItemId::Output(at as u32) }))
}

/// Says what stays behind when objects are only forgotten.
fn forgotten(changes: &[Arc<ResourceChange>]) -> Option<Diagnostic> {
    let rows = changes.iter().filter(|row| row.change.action == Action::Forget);
    let names: String = rows.map(|row| format!(" - {}\n", row.address)).collect();
    (!names.is_empty()).then(|| {
        let detail = format!(
            "If you apply this plan, Terraform will discard its tracking information for the following objects, but it will not delete them:\n{names}\nAfter applying this plan, Terraform will no longer manage these objects. You will need to import them into Terraform to manage them again."
        );
        Diagnostic::warning("Some objects will no longer be managed by Terraform", detail)
    })
}

/// Terraform's order: by depth and address of the module, data first, then type, name and key.
#[allow(clippy::type_complexity, reason = "a sort key, spelt out once")]
fn order(
    row: &ResourceChange,
) -> (usize, ModuleAddress, bool, Str, Str, Option<crate::model::address::InstanceKey>, Option<Str>) {
    let resource = &row.address.resource;
    (
        resource.module.0.len(),
        resource.module.clone(),
        resource.mode != ResourceMode::Data,
        resource.type_name.clone(),
        resource.name.clone(),
        row.address.key.clone(),
        row.deposed.clone(),
    )
}

fn timestamp(now: std::time::SystemTime) -> Str {
    match jiff::Timestamp::try_from(now) {
        Ok(moment) => Str::from(moment.round(jiff::Unit::Second).unwrap_or(moment).to_string()),
        Err(_) => Str::from(""),
    }
}
