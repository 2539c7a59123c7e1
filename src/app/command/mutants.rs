//! What the tests themselves are worth.

use crate::app::command::entry::{Command, Possible};
use crate::app::effect::Effect;
use crate::app::event::JobKind;
use crate::app::layout::Pane;
use crate::app::state::{App, Says};

/// The commands.
pub const COMMANDS: &[Command] = &[Command {
    id: "tests.mutate",
    title: "What the tests do not notice",
    doc: "Changes the stack in one small place after the other, in memory, and lists the changes that no test notices; and what no assertion depends on.",
    keys: &["M"],
    panes: &[Pane::Tests],
    possible: has_tests,
    run: |app| {
        let stack = app.stack().cloned();
        app.says = Some(Says::Notice("trying what the tests notice".to_owned()));
        app.focus(Pane::Tests);
        vec![Effect::Rerun { kind: JobKind::Mutation, stack }]
    },
}];

fn has_tests(app: &App) -> Possible {
    let Some(stack) = app.stack() else { return Err("no stack is selected".to_owned()) };
    match app.world.tests.get(stack) {
        Some(report) if report.suites.iter().any(|suite| !suite.cases.is_empty()) => Ok(()),
        _ => Err("this stack has no tests".to_owned()),
    }
}
