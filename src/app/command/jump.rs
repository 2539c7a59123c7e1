//! Jumping to the next change, diagnostic, failing test or unnoticed change, from any pane.

use crate::app::command::entry::{Command, Possible, nothing};
use crate::app::effect::Effect;
use crate::app::layout::Pane;
use crate::app::marks::Mark;
use crate::app::screen::diff::DiffBody;
use crate::app::screen::plan::PlanBody;
use crate::app::state::App;

macro_rules! jump {
    ($id:literal, $keys:expr, $title:literal, $doc:literal, $possible:expr, $run:expr) => {
        Command { id: $id, title: $title, doc: $doc, keys: $keys, panes: &[], possible: $possible, run: $run }
    };
}

/// The commands.
pub const COMMANDS: &[Command] = &[
    jump!(
        "jump.next-change",
        &["]c"],
        "Next change",
        "Goes to the next hunk in the diff, else to the next planned change.",
        has_change,
        |app| change(app, true)
    ),
    jump!(
        "jump.previous-change",
        &["[c"],
        "Previous change",
        "Goes to the hunk or planned change before.",
        has_change,
        |app| change(app, false)
    ),
    jump!(
        "jump.next-diagnostic",
        &["]d"],
        "Next diagnostic",
        "Goes to the next error, warning or finding.",
        has_diagnostic,
        |app| diagnostic(app, true)
    ),
    jump!(
        "jump.previous-diagnostic",
        &["[d"],
        "Previous diagnostic",
        "Goes to the error, warning or finding before.",
        has_diagnostic,
        |app| diagnostic(app, false)
    ),
    jump!(
        "jump.next-failing-test",
        &["]t"],
        "Next failing test",
        "Goes to the next test that failed.",
        has_failing,
        |app| failing(app, true)
    ),
    jump!(
        "jump.previous-failing-test",
        &["[t"],
        "Previous failing test",
        "Goes to the test before that failed.",
        has_failing,
        |app| failing(app, false)
    ),
    jump!(
        "jump.next-survivor",
        &["]m"],
        "Next unnoticed change",
        "Goes to the next change that no test notices.",
        has_survivor,
        |app| survivor(app, true)
    ),
    jump!(
        "jump.previous-survivor",
        &["[m"],
        "Previous unnoticed change",
        "Goes to the change before that no test notices.",
        has_survivor,
        |app| survivor(app, false)
    ),
];

/// The rows of the kind that is jumped to.
fn changes(app: &App) -> (Pane, Vec<usize>) {
    if app.gaze.focus == Pane::Diff {
        let rows = app.screens.diff.list.rows().iter().enumerate();
        return (
            Pane::Diff,
            rows.filter(|(_, row)| matches!(row.body, DiffBody::Header { .. })).map(|(at, _)| at).collect(),
        );
    }
    let rows = app.screens.plan.list.rows().iter().enumerate();
    (Pane::Plan, rows.filter(|(_, row)| matches!(row.body, PlanBody::Change { .. })).map(|(at, _)| at).collect())
}

fn diagnostics(app: &App) -> (Pane, Vec<usize>) {
    let plan = app.screens.plan.list.rows().iter().enumerate();
    let in_plan: Vec<usize> =
        plan.filter(|(_, row)| matches!(row.body, PlanBody::Diagnostic { .. })).map(|(at, _)| at).collect();
    if !in_plan.is_empty() && app.gaze.focus != Pane::Lint {
        return (Pane::Plan, in_plan);
    }
    let rows = app.screens.lint.list.rows().iter().enumerate();
    (Pane::Lint, rows.filter(|(_, row)| row.mark.is_some()).map(|(at, _)| at).collect())
}

fn failing_tests(app: &App) -> Vec<usize> {
    let failed = |mark: Option<Mark>| matches!(mark, Some(Mark::Failed | Mark::Error));
    let rows = app.screens.tests.list.rows().iter().enumerate();
    rows.filter(|(_, row)| row.indent == 1 && failed(row.mark)).map(|(at, _)| at).collect()
}

fn has_change(app: &App) -> Possible {
    if changes(app).1.is_empty() { Err("there is no change to go to".to_owned()) } else { Ok(()) }
}

fn has_diagnostic(app: &App) -> Possible {
    if diagnostics(app).1.is_empty() { Err("there is no diagnostic and no finding".to_owned()) } else { Ok(()) }
}

fn has_failing(app: &App) -> Possible {
    if failing_tests(app).is_empty() { Err("no test failed".to_owned()) } else { Ok(()) }
}

fn has_survivor(app: &App) -> Possible {
    match app.screens.tests.survivors().is_empty() {
        true => Err("no unnoticed change is known; M in the tests pane looks for some".to_owned()),
        false => Ok(()),
    }
}

fn survivor(app: &mut App, forwards: bool) -> Vec<Effect> {
    let rows = app.screens.tests.survivors();
    go(app, Pane::Tests, &rows, forwards)
}

fn go(app: &mut App, pane: Pane, rows: &[usize], forwards: bool) -> Vec<Effect> {
    let at = app.list(pane).index();
    // From another pane the first jump goes to the row that is selected there, if it is one.
    let here = app.gaze.focus != pane;
    let next = if forwards {
        rows.iter().find(|row| **row > at || (here && **row == at)).or_else(|| rows.first())
    } else {
        rows.iter().rev().find(|row| **row < at || (here && **row == at)).or_else(|| rows.last())
    };
    if let Some(row) = next.copied() {
        app.focus(pane);
        app.list_mut(pane).select(row);
    }
    nothing()
}

fn change(app: &mut App, forwards: bool) -> Vec<Effect> {
    let (pane, rows) = changes(app);
    go(app, pane, &rows, forwards)
}

fn diagnostic(app: &mut App, forwards: bool) -> Vec<Effect> {
    let (pane, rows) = diagnostics(app);
    go(app, pane, &rows, forwards)
}

fn failing(app: &mut App, forwards: bool) -> Vec<Effect> {
    let rows = failing_tests(app);
    go(app, Pane::Tests, &rows, forwards)
}
