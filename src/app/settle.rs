//! What follows from a change of the workbench, whatever event brought it: rows made anew, the window fitted, the diff of
//! the selected file asked for, the next tick ordered.

use std::time::SystemTime;

use crate::app::age::next_change;
use crate::app::effect::Effect;
use crate::app::layout::Pane;
use crate::app::overlay::Overlay;
use crate::app::state::App;

/// Time passed.
pub fn tick(app: &mut App, now: SystemTime) {
    let due = app.inner.wake.is_some_and(|wake| now >= wake);
    app.now = now;
    if due {
        app.inner.wake = None;
        app.mark([Pane::Environment, Pane::Activity]);
    }
}

/// Brings everything in line, and asks for what is missing.
pub fn settle(app: &mut App) -> Vec<Effect> {
    let mut effects = Vec::new();
    rebuild(app);
    let target = app.diff_target();
    if app.inner.asked != target {
        if let Some((path, side)) = target.clone() {
            effects.push(Effect::LoadDiff { path, side });
        }
        app.inner.asked = target;
        app.mark([Pane::Diff]);
    }
    if app.layout.side_by_side != app.screens.diff.side_by_side {
        app.mark([Pane::Diff]);
    }
    rebuild(app);
    fit(app);
    let cells = app.reader_cells();
    for overlay in &mut app.overlays {
        match overlay {
            Overlay::Reader(reader) => reader.fit(cells),
            Overlay::Confirm(confirm) => confirm.lines.fit(cells),
            _ => {}
        }
    }
    effects.extend(wake(app));
    effects
}

fn rebuild(app: &mut App) {
    // Stacks and changes first: what is selected there decides what the others show.
    for pane in [Pane::Stacks, Pane::Changes] {
        if app.inner.stale.remove(&pane) {
            app.rebuild(pane);
        }
    }
    if app.world.stacks.is_some() {
        if let Some(path) = app.inner.followed.take().filter(|_| !app.inner.chose) {
            app.follow_file(&path);
        }
        if let Some(wanted) = app.inner.wanted.take() {
            app.screens.stacks.choose(&wanted);
        }
    }
    if app.inner.stack.as_ref() != app.stack() {
        app.inner.stack = app.stack().cloned();
        app.mark([Pane::Plan, Pane::Lint, Pane::Tests, Pane::Diff]);
    }
    for pane in std::mem::take(&mut app.inner.stale) {
        app.rebuild(pane);
    }
}

fn fit(app: &mut App) {
    for pane in Pane::ALL {
        let height = app.layout.rows(pane);
        app.list_mut(pane).fit(height);
    }
}

/// Orders the next tick: a spinner that turns, or an age that reads differently. Nothing when nothing moves.
fn wake(app: &mut App) -> Option<Effect> {
    let wanted =
        if app.inner.away { None } else { [app.jobs.next_turn(app.now), next_age(app)].into_iter().flatten().min() };
    // A tick that is ordered already and comes no later is good enough for ages; a spinner keeps its pace.
    if wanted == app.inner.wake {
        return None;
    }
    app.inner.wake = wanted;
    Some(Effect::WakeAt(wanted))
}

/// When one of the ages on the screen reads differently.
fn next_age(app: &App) -> Option<SystemTime> {
    let stack = app.stack()?;
    let world = &app.world;
    let environment = app.environment();
    let shown = [
        world.plans.get(stack).map(|report| report.provenance.at),
        world.lints.get(stack).map(|report| report.provenance.at),
        world.tests.get(stack).map(|report| report.provenance.at),
        environment.and_then(|status| status.applied),
        world.verified.get(app.environment_name()).map(|report| report.at),
        world.head_run().map(|run| run.started),
    ];
    shown.into_iter().flatten().map(|at| next_change(app.now, at)).min()
}
