//! The test environment: verify, drift, rebuild, destroy.

use crate::app::command::entry::{Command, Possible, nothing};
use crate::app::effect::Effect;
use crate::app::event::Operation;
use crate::app::layout::Pane;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::{Confirm, Need};
use crate::app::overlay::picker::{Choice, Item, Picker};
use crate::app::screen::line::{Tone, ToneLine};
use crate::app::state::App;
use crate::app::walk::refuse_environment;

/// The commands.
pub const COMMANDS: &[Command] = &[
    Command {
        id: "walk.verify",
        title: "Verify the environment",
        doc: "Runs the check blocks and goss.yaml against what lives in the environment.",
        keys: &["v"],
        panes: &[],
        possible: there,
        run: |app| {
            app.focus(Pane::Activity);
            vec![Effect::Verify { environment: app.environment_name().to_owned() }]
        },
    },
    Command {
        id: "environment.menu",
        title: "Drift, rebuild, destroy",
        doc: "Opens the menu of the environment: look for drift, rebuild it, destroy it (its name must be typed).",
        keys: &["D"],
        panes: &[],
        possible: there,
        run: menu,
    },
    Command {
        id: "environment.drift",
        title: "Look for drift",
        doc: "Compares what is there with what was applied.",
        keys: &[],
        panes: &[],
        possible: there,
        run: |app| {
            app.focus(Pane::Activity);
            vec![Effect::Drift { environment: app.environment_name().to_owned() }]
        },
    },
];

fn there(app: &App) -> Possible {
    refuse_environment(app).map_or(Ok(()), Err)
}

fn menu(app: &mut App) -> Vec<Effect> {
    let name = app.environment_name().to_owned();
    let item = |label: &str, key: &str, detail: &str, choice| Item {
        label: label.to_owned(),
        detail: detail.to_owned(),
        keys: key.to_owned(),
        impossible: None,
        choice,
    };
    let items = vec![
        item(
            "look for drift",
            "d",
            "compare what is there with what was applied",
            Choice::Command("environment.drift"),
        ),
        item("rebuild", "r", "destroy everything, then apply HEAD again; asks for the name", Choice::Rebuild),
        item("destroy", "x", "destroy everything; asks for the name", Choice::Destroy),
    ];
    app.overlays.push(Overlay::Picker(Picker::menu(format!("Environment {name}"), items)));
    nothing()
}

/// Asks for the environment's name before it is destroyed or rebuilt.
pub fn ask_for_name(app: &mut App, operation: Operation) {
    let name = app.environment_name().to_owned();
    let mut lines = vec![ToneLine::new(
        Tone::Error,
        match operation {
            Operation::Rebuild => format!("Everything in {name} is destroyed, then HEAD is applied anew."),
            Operation::Destroy | Operation::Apply => format!("Everything in {name} is destroyed."),
        },
    )];
    if let Some(status) = app.environment() {
        lines.extend(status.stacks.iter().rev().map(|stack| {
            let objects = if stack.objects == 1 { "object" } else { "objects" };
            ToneLine::new(Tone::Removed, format!("- {}: {} {objects}", stack.stack, stack.objects))
        }));
        lines.extend(
            status.processes.iter().map(|process| ToneLine::new(Tone::Removed, format!("- process {}", process.name))),
        );
    }
    let effect = match operation {
        Operation::Rebuild => Effect::Rebuild { environment: name.clone() },
        Operation::Destroy | Operation::Apply => Effect::Destroy { environment: name.clone() },
    };
    let title = format!("{} {name}?", if operation == Operation::Rebuild { "Rebuild" } else { "Destroy" });
    let mut confirm = Confirm::new(title, lines, Need::Typed(name), vec![effect]);
    confirm.danger = true;
    app.overlays.push(Overlay::Confirm(confirm));
}
