//! The plan: other priors, the real tool, noise, and the ties between hunks and their effects.

use crate::app::command::entry::{Command, Possible, nothing};
use crate::app::effect::Effect;
use crate::app::event::JobKind;
use crate::app::layout::Pane;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::{Confirm, Need};
use crate::app::overlay::picker::{Choice, Item, Picker};
use crate::app::screen::diff::{causes_of, effects};
use crate::app::screen::line::{Tone, ToneLine};
use crate::app::screen::plan::{PlanBody, change_id};
use crate::app::state::{App, Says};
use crate::model::report::{Fidelity, Prior};
use crate::model::stack::StackKind;

/// The commands.
pub const COMMANDS: &[Command] = &[
    Command {
        id: "plan.next-prior",
        title: "Plan against the next prior",
        doc: "Compares with the next thing that exists: the test environment, the state, a remembered state, HEAD.",
        keys: &["p"],
        panes: &[],
        possible: |app| next_prior(app).map(|_| ()),
        run: |app| match (app.stack().cloned(), next_prior(app)) {
            (Some(stack), Ok(prior)) => {
                app.says = Some(Says::Notice(format!("plan {}", prior.title())));
                vec![Effect::Preview { stack, prior }]
            }
            _ => nothing(),
        },
    },
    Command {
        id: "plan.ask-tool",
        title: "Ask the real tool",
        doc: "Asks the real tool for a plan: first without, then with reading the real world.",
        keys: &["P"],
        panes: &[],
        possible: can_ask,
        run: ask,
    },
    Command {
        id: "plan.hide-attribute",
        title: "Hide this attribute",
        doc: "Leaves the attribute under the cursor out of all plans; how much is hidden stays in sight.",
        keys: &["z"],
        panes: &[Pane::Plan],
        possible: |app| match app.screens.plan.attribute() {
            Some(_) => Ok(()),
            None => Err("put the cursor on an attribute: l opens a change".to_owned()),
        },
        run: |app| {
            if let Some(path) = app.screens.plan.attribute().map(str::to_owned) {
                app.says = Some(Says::Notice(format!("`{path}` is hidden in plans: Z shows it again")));
                app.screens.plan.hidden.push(path);
                app.mark([Pane::Plan]);
            }
            nothing()
        },
    },
    Command {
        id: "plan.show-hidden",
        title: "Show hidden attributes",
        doc: "Shows the attributes again that were hidden.",
        keys: &["Z"],
        panes: &[Pane::Plan],
        possible: |app| match app.screens.plan.hidden.is_empty() {
            true => Err("no attribute is hidden".to_owned()),
            false => Ok(()),
        },
        run: |app| {
            app.screens.plan.hidden.clear();
            app.mark([Pane::Plan]);
            nothing()
        },
    },
    Command {
        id: "plan.show-all",
        title: "Show what does not change",
        doc: "Shows resources without changes too, or leaves them out again.",
        keys: &["."],
        panes: &[Pane::Plan],
        possible: has_plan,
        run: |app| {
            app.screens.plan.show_all = !app.screens.plan.show_all;
            app.mark([Pane::Plan]);
            nothing()
        },
    },
    Command {
        id: "plan.expand-all",
        title: "Expand all changes",
        doc: "Opens every change of the plan, or closes them all again.",
        keys: &["*"],
        panes: &[Pane::Plan],
        possible: has_plan,
        run: expand_all,
    },
    Command {
        id: "link.follow",
        title: "From a hunk to its effect and back",
        doc: "On a diff hunk: the plan changes it causes. On a plan change: the hunks that cause it.",
        keys: &["m"],
        panes: &[Pane::Diff, Pane::Plan],
        possible: |app| match app.gaze.focus {
            Pane::Diff => {
                app.screens.diff.hunk().map(|_| ()).ok_or_else(|| "there is no hunk under the cursor".to_owned())
            }
            Pane::Plan => {
                app.screens.plan.change().map(|_| ()).ok_or_else(|| "there is no change under the cursor".to_owned())
            }
            _ => Err("only hunks and plan changes are tied".to_owned()),
        },
        run: |app| if app.gaze.focus == Pane::Plan { follow_causes(app) } else { follow_effects(app) },
    },
];

fn has_plan(app: &App) -> Possible {
    app.plan().map(|_| ()).ok_or_else(|| "there is no plan of this stack yet".to_owned())
}

fn next_prior(app: &App) -> Result<Prior, String> {
    let report = app.plan().ok_or_else(|| "there is no plan of this stack yet".to_owned())?;
    if report.priors.len() < 2 {
        return Err(format!("there is nothing else to compare with: only {}", report.prior.title()));
    }
    let at = report.priors.iter().position(|prior| *prior == report.prior).map_or(0, |at| at + 1);
    Ok(report.priors[at % report.priors.len()].clone())
}

fn can_ask(app: &App) -> Possible {
    let stack = app.stack().and_then(|path| app.world.stack(path)).ok_or("no stack is selected")?;
    if stack.kind != StackKind::Terraform {
        return Err(format!("{} stacks have no plan", stack.kind.word()));
    }
    let tool = app.world.stacks.as_ref().and_then(|list| list.tools.get(&stack.kind));
    if let Some(tool) = tool.filter(|tool| tool.path.is_none()) {
        return Err(format!("{} is not here ({}); the preview is all there is", tool.program, tool.install));
    }
    match app.jobs.find(JobKind::ToolPlan, Some(&stack.path)) {
        Some(_) => Err("it is asked already: C cancels, L shows what it prints".to_owned()),
        None => Ok(()),
    }
}

fn ask(app: &mut App) -> Vec<Effect> {
    let Some(stack) = app.stack().cloned() else { return nothing() };
    let fidelity = match app.plan().map(|report| report.fidelity) {
        Some(Fidelity::Planned | Fidelity::Refreshed) => Fidelity::Refreshed,
        _ => Fidelity::Planned,
    };
    let effect = Effect::AskTool { stack, fidelity };
    if app.world.trusted {
        return vec![effect];
    }
    let line = |text: &str| ToneLine::new(Tone::Text, text);
    let lines = vec![
        line("This runs terraform here, and with it whatever the repo brings: providers, modules,"),
        line("provisioners, external data sources. Kilter does so only in repos that you trust."),
        ToneLine::new(Tone::Muted, "Remembered outside the repo; `kilter trust --revoke` withdraws it."),
    ];
    let effects = vec![Effect::GrantTrust, effect];
    app.overlays.push(Overlay::Confirm(Confirm::new("Trust this repo?", lines, Need::Key, effects)));
    nothing()
}

fn expand_all(app: &mut App) -> Vec<Effect> {
    let ids: Vec<_> = app
        .plan()
        .map(|report| report.plan.changes.iter().map(|change| change_id(change)).collect())
        .unwrap_or_default();
    let screen = &mut app.screens.plan;
    let shown = screen.list.rows().iter();
    let any_closed = shown.clone().any(|row| matches!(row.body, PlanBody::Change { open: false, .. }));
    if any_closed {
        screen.closed.clear();
        screen.open.extend(ids);
    } else {
        screen.open.clear();
    }
    app.mark([Pane::Plan]);
    nothing()
}

/// Goes to a change in the plan pane.
pub fn go_to_change(app: &mut App, index: usize) {
    let Some(id) = app.plan().and_then(|report| report.plan.changes.get(index)).map(|change| change_id(change)) else {
        return;
    };
    app.focus(Pane::Plan);
    if !app.screens.plan.list.select_id(id) {
        // Its module is closed, or a filter hides it.
        app.screens.plan.closed.clear();
        app.finding.filters.remove(&Pane::Plan);
        app.rebuild(Pane::Plan);
        app.screens.plan.list.select_id(id);
    }
}

/// Goes to a hunk in the diff pane.
pub fn go_to_hunk(app: &mut App, hunk: usize) {
    app.focus(Pane::Diff);
    let row = app.screens.diff.list.rows().iter().position(|row| row.hunk == hunk);
    if let Some(row) = row {
        app.list_mut(Pane::Diff).select(row);
    }
}

/// From the hunk under the cursor to the plan changes it causes.
pub fn follow_effects(app: &mut App) -> Vec<Effect> {
    let target = app.screens.diff.shown.clone();
    let Some(report) = target.and_then(|target| app.world.diffs.get(&target)) else { return nothing() };
    let Some(hunk) = app.screens.diff.hunk().and_then(|at| report.diff.hunks.get(at)) else { return nothing() };
    let Some(plan) = app.plan().map(|report| &report.plan) else {
        app.refuse("there is no plan of this stack yet");
        return nothing();
    };
    let found: Vec<(usize, String, String)> = effects(report, hunk, plan)
        .into_iter()
        .filter_map(|effect| {
            let at = plan.changes.iter().position(|change| std::ptr::eq(&**change, effect))?;
            Some((
                at,
                format!("{} {}", effect.change.action.sign(), effect.address),
                effect.change.action.word().to_owned(),
            ))
        })
        .collect();
    match found.as_slice() {
        [] => app.refuse("no planned change stands in the block that this hunk touches"),
        [(at, _, _)] => go_to_change(app, *at),
        _ => {
            let item = |(at, label, detail): (usize, String, String)| Item {
                label,
                detail,
                keys: String::new(),
                impossible: None,
                choice: Choice::PlanChange(at),
            };
            let items = found.into_iter().map(item).collect();
            app.overlays.push(Overlay::Picker(Picker::searchable("Effects of this hunk", items)));
        }
    }
    nothing()
}

/// From the plan change under the cursor to the hunks that cause it.
fn follow_causes(app: &mut App) -> Vec<Effect> {
    let Some(change) = app.screens.plan.change().zip(app.plan()).and_then(|(at, report)| report.plan.changes.get(at))
    else {
        return nothing();
    };
    let shown = app.screens.diff.shown.clone();
    let report = shown.and_then(|target| app.world.diffs.get(&target));
    let hunks = report.map(|report| causes_of(report, change)).unwrap_or_default();
    if let [first, ..] = hunks.as_slice() {
        go_to_hunk(app, *first);
        return nothing();
    }
    // The cause may stand in another changed file: show that file first.
    let file = change.place.as_ref().map(|place| place.path.clone());
    let changed = file.filter(|path| app.screens.changes.list.rows().iter().any(|row| row.file.path == *path));
    match changed {
        Some(path) if app.screens.changes.selected().is_none_or(|row| row.file.path != path) => {
            app.screens.changes.choose(&path);
            app.says = Some(Says::Notice(format!("its block stands in {path}: m again goes to the hunk")));
        }
        _ => app
            .refuse("no hunk touches its block: a variable, a local, a template, drift or a moving input is behind it"),
    }
    nothing()
}
