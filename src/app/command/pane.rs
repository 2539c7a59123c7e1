//! Going from pane to pane, and making one fill the screen.

use crate::app::command::entry::{Command, always, nothing};
use crate::app::effect::Effect;
use crate::app::layout::Pane;
use crate::app::state::App;

macro_rules! go {
    ($id:literal, $key:literal, $pane:expr, $title:literal, $doc:literal) => {
        Command {
            id: $id,
            title: $title,
            doc: $doc,
            keys: &[$key],
            panes: &[],
            possible: always,
            run: |app| {
                app.focus($pane);
                nothing()
            },
        }
    };
}

macro_rules! plain {
    ($id:literal, $keys:expr, $title:literal, $doc:literal, $run:expr) => {
        Command { id: $id, title: $title, doc: $doc, keys: $keys, panes: &[], possible: always, run: $run }
    };
}

/// The commands.
pub const COMMANDS: &[Command] = &[
    plain!("pane.next", &["<tab>"], "Next pane", "Goes to the next pane.", |app| turn(app, 1)),
    plain!("pane.previous", &["<s-tab>"], "Previous pane", "Goes to the pane before.", |app| turn(app, -1)),
    go!("pane.stacks", "1", Pane::Stacks, "Stacks", "Goes to the stacks."),
    go!("pane.changes", "2", Pane::Changes, "Changes", "Goes to the changed files."),
    go!("pane.plan", "3", Pane::Plan, "Plan", "Goes to the plan."),
    go!("pane.diff", "4", Pane::Diff, "Diff", "Goes to the diff."),
    go!("pane.lint", "5", Pane::Lint, "Lint", "Goes to the findings."),
    go!("pane.tests", "6", Pane::Tests, "Tests", "Goes to the tests."),
    go!("pane.environment", "7", Pane::Environment, "Environment", "Goes to the test environment."),
    go!(
        "pane.checks",
        "8",
        Pane::Checks,
        "Checks",
        "Goes to the checks of the commit; they share a place with the diff."
    ),
    go!(
        "pane.activity",
        "9",
        Pane::Activity,
        "Activity",
        "Goes to the apply at work and what verification and drift found."
    ),
    plain!("pane.zoom", &["+"], "Zoom", "Makes the pane fill the screen.", |app| zoom(app, true)),
    plain!("pane.unzoom", &["_"], "Zoom back", "Brings the other panes back.", |app| zoom(app, false)),
];

fn turn(app: &mut App, by: isize) -> Vec<Effect> {
    // The order is that of the numbers, over the panes that show.
    let mut shown: Vec<Pane> = app.layout.panes.iter().map(|placed| placed.pane).collect();
    if shown.len() < 2 {
        shown = Pane::ALL.to_vec();
    }
    shown.sort();
    let at = shown.iter().position(|pane| *pane == app.gaze.focus).unwrap_or(0);
    let next = (at as isize + by).rem_euclid(shown.len() as isize) as usize;
    app.focus(shown[next]);
    nothing()
}

fn zoom(app: &mut App, zoomed: bool) -> Vec<Effect> {
    app.gaze.zoomed = zoomed;
    app.relayout();
    nothing()
}
