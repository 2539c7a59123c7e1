//! Moving in the focused pane, folding and opening.

use crate::app::command::edit::open_place;
use crate::app::command::entry::{Command, always, nothing};
use crate::app::command::explain::explain_finding;
use crate::app::command::plan::follow_effects;
use crate::app::effect::Effect;
use crate::app::layout::Pane;
use crate::app::screen::diff::DiffBody;
use crate::app::screen::plan::PlanBody;
use crate::app::screen::stacks::StackBody;
use crate::app::state::App;

macro_rules! motion {
    ($id:literal, $title:literal, $doc:literal, $keys:expr, $run:expr) => {
        Command { id: $id, title: $title, doc: $doc, keys: $keys, panes: &[], possible: always, run: $run }
    };
}

/// The commands.
pub const COMMANDS: &[Command] = &[
    motion!("cursor.down", "Down", "Moves to the next row.", &["j", "<down>"], |app| step(app, 1)),
    motion!("cursor.up", "Up", "Moves to the row before.", &["k", "<up>"], |app| step(app, -1)),
    motion!("cursor.first", "First row", "Moves to the first row.", &["g", "<home>"], |app| step(app, isize::MIN / 2)),
    motion!("cursor.last", "Last row", "Moves to the last row.", &["G", "<end>"], |app| step(app, isize::MAX / 2)),
    motion!("cursor.half-down", "Half a page down", "Moves down half a page.", &["<c-d>"], |app| page(app, 1, 2)),
    motion!("cursor.half-up", "Half a page up", "Moves up half a page.", &["<c-u>"], |app| page(app, -1, 2)),
    motion!("cursor.page-down", "Page down", "Moves down a page.", &["<pgdn>"], |app| page(app, 1, 1)),
    motion!("cursor.page-up", "Page up", "Moves up a page.", &["<pgup>"], |app| page(app, -1, 1)),
    motion!(
        "cursor.collapse",
        "Collapse",
        "Closes what is open here, or goes to what holds it; in a diff it moves long lines back.",
        &["h", "<left>"],
        |app| { fold(app, false) }
    ),
    motion!(
        "cursor.expand",
        "Expand",
        "Opens what hangs below this row; in a diff it moves along long lines.",
        &["l", "<right>"],
        |app| fold(app, true)
    ),
    motion!(
        "cursor.open",
        "Open",
        "Opens the thing under the cursor: the stack's plan, the file's diff, a change, a finding's explanation, a log.",
        &["<enter>"],
        open
    ),
];

fn step(app: &mut App, by: isize) -> Vec<Effect> {
    let pane = app.gaze.focus;
    app.list_mut(pane).step(by);
    moved(app, pane);
    nothing()
}

fn page(app: &mut App, direction: isize, part: usize) -> Vec<Effect> {
    let rows = (app.layout.rows(app.gaze.focus) / part).max(1);
    step(app, direction * rows as isize)
}

/// What follows when the person moved in a pane by hand.
pub fn moved(app: &mut App, pane: Pane) {
    match pane {
        Pane::Stacks => {
            app.chose();
            let stack = app.stack().cloned();
            let here = app.screens.changes.selected().map(|row| row.file.path.clone());
            let own = |path: &crate::model::place::RepoPath| app.stack_of(path) == stack;
            if here.as_ref().is_none_or(|path| !own(path)) {
                let rows = app.screens.changes.list.rows();
                let first = rows.iter().map(|row| row.file.path.clone()).find(|path| own(path));
                if let Some(path) = first {
                    app.screens.changes.choose(&path);
                }
            }
        }
        Pane::Changes => {
            app.chose();
            if let Some(path) = app.screens.changes.selected().map(|row| row.file.path.clone()) {
                app.follow_file(&path);
            }
        }
        Pane::Activity => app.stop_watching(),
        _ => {}
    }
}

fn fold(app: &mut App, open: bool) -> Vec<Effect> {
    let pane = app.gaze.focus;
    let changed = match pane {
        Pane::Stacks => fold_stack(app, open),
        Pane::Plan => fold_plan(app, open),
        Pane::Tests | Pane::Checks => fold_line(app, pane, open),
        Pane::Diff => shift(app, open),
        _ => false,
    };
    if changed {
        app.mark([pane]);
    } else if !open {
        to_parent(app, pane);
    }
    nothing()
}

/// How far long lines of a diff move at once.
const SHIFT: u16 = 8;
/// How far they move at most.
const FARTHEST: u16 = 4_000;

/// Moves long lines of a diff to the left or back.
fn shift(app: &mut App, right: bool) -> bool {
    let shift = &mut app.screens.diff.shift;
    let before = *shift;
    *shift = if right { (before + SHIFT).min(FARTHEST) } else { before.saturating_sub(SHIFT) };
    *shift != before
}

fn fold_stack(app: &mut App, open: bool) -> bool {
    let Some(path) = app.stack().cloned() else { return false };
    let screen = &mut app.screens.stacks;
    if open {
        return screen.open.insert(path);
    }
    let removed = screen.open.remove(&path);
    if removed {
        screen.choose(&path);
    }
    removed
}

fn fold_plan(app: &mut App, open: bool) -> bool {
    let screen = &mut app.screens.plan;
    let Some(row) = screen.list.current() else { return false };
    let id = row.id;
    match &row.body {
        PlanBody::Module { .. } if open => screen.closed.remove(&id),
        PlanBody::Module { .. } => screen.closed.insert(id),
        PlanBody::Change { .. } | PlanBody::Output { .. } if open => screen.open.insert(id),
        PlanBody::Change { .. } | PlanBody::Output { .. } => screen.open.remove(&id),
        _ => false,
    }
}

fn fold_line(app: &mut App, pane: Pane, open: bool) -> bool {
    let (list, folds) = match pane {
        Pane::Tests => (&app.screens.tests.list, &mut app.screens.tests.folds),
        _ => (&app.screens.checks.list, &mut app.screens.checks.folds),
    };
    match list.current() {
        Some(row) if row.open.is_some_and(|is| is != open) => {
            folds.insert(row.id, open);
            true
        }
        _ => false,
    }
}

/// Goes to the nearest row above that is less deep.
fn to_parent(app: &mut App, pane: Pane) {
    let at = app.list(pane).index();
    let indents: Vec<u16> = match pane {
        Pane::Plan => app.screens.plan.list.rows().iter().map(|row| row.indent).collect(),
        Pane::Tests => app.screens.tests.list.rows().iter().map(|row| row.indent).collect(),
        Pane::Checks => app.screens.checks.list.rows().iter().map(|row| row.indent).collect(),
        Pane::Diff => {
            let header = |body: &DiffBody| u16::from(!matches!(body, DiffBody::Header { .. }));
            app.screens.diff.list.rows().iter().map(|row| header(&row.body)).collect()
        }
        _ => return,
    };
    let Some(own) = indents.get(at) else { return };
    if let Some(parent) = indents[..at].iter().rposition(|indent| indent < own) {
        app.list_mut(pane).select(parent);
    }
}

fn open(app: &mut App) -> Vec<Effect> {
    match app.gaze.focus {
        Pane::Stacks => {
            let detail = app.screens.stacks.list.current().is_some_and(|row| matches!(row.body, StackBody::Detail(_)));
            if !detail {
                app.focus(Pane::Plan);
            }
            nothing()
        }
        Pane::Changes => {
            app.focus(Pane::Diff);
            nothing()
        }
        Pane::Plan => open_plan(app),
        Pane::Diff => match app.screens.diff.list.current().map(|row| &row.body) {
            Some(DiffBody::Header { .. }) => follow_effects(app),
            Some(_) => open_place(app),
            None => nothing(),
        },
        Pane::Lint => explain_finding(app),
        Pane::Tests | Pane::Checks => toggle_line(app),
        Pane::Environment => match app.screens.environment.process().map(str::to_owned) {
            Some(process) => vec![Effect::ReadLog { environment: app.environment_name().to_owned(), process }],
            None => {
                app.focus(Pane::Activity);
                nothing()
            }
        },
        Pane::Activity => nothing(),
    }
}

fn toggle_line(app: &mut App) -> Vec<Effect> {
    let pane = app.gaze.focus;
    let row = match pane {
        Pane::Tests => app.screens.tests.list.current(),
        _ => app.screens.checks.list.current(),
    };
    match row.map(|row| (row.open, row.place.is_some())) {
        Some((Some(open), _)) => fold(app, !open),
        Some((None, true)) => open_place(app),
        _ => nothing(),
    }
}

fn open_plan(app: &mut App) -> Vec<Effect> {
    let open = match app.screens.plan.list.current().map(|row| &row.body) {
        Some(PlanBody::Module { open, .. } | PlanBody::Change { open, .. } | PlanBody::Output { open, .. }) => *open,
        Some(_) => return open_place(app),
        None => return nothing(),
    };
    fold(app, !open)
}
