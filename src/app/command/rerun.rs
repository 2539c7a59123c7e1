//! Doing work again, and interrupting it.

use crate::app::command::entry::{Command, Possible, always, nothing};
use crate::app::command::walk::run_checks;
use crate::app::effect::Effect;
use crate::app::event::JobKind;
use crate::app::layout::Pane;
use crate::app::overlay::Overlay;
use crate::app::overlay::picker::{Choice, Item, Picker};
use crate::app::state::{App, Says};

/// The commands.
pub const COMMANDS: &[Command] = &[
    Command {
        id: "rerun.pane",
        title: "Rerun this pane",
        doc: "Computes what this pane shows again, whatever is cached.",
        keys: &["r"],
        panes: &[],
        possible: |app| work_of(app).map(|_| ()),
        run: |app| match work_of(app) {
            Ok(JobKind::Checks) => run_checks(app, None),
            Ok(JobKind::Verify) => vec![Effect::Verify { environment: app.environment_name().to_owned() }],
            Ok(kind) => {
                let stack = app.stack().cloned().filter(|_| kind != JobKind::Scan);
                vec![Effect::Rerun { kind, stack }]
            }
            Err(_) => nothing(),
        },
    },
    Command {
        id: "rerun.all",
        title: "Rerun everything",
        doc: "Reads the repo and computes every pane again, whatever is cached.",
        keys: &["R"],
        panes: &[],
        possible: always,
        run: |app| {
            app.says = Some(Says::Notice("everything is computed again".to_owned()));
            vec![Effect::RerunAll]
        },
    },
    Command {
        id: "jobs.cancel",
        title: "Cancel what runs",
        doc: "Interrupts the job that runs; asks which when there are several.",
        keys: &["C"],
        panes: &[],
        possible: something_runs,
        run: cancel,
    },
];

fn work_of(app: &App) -> Result<JobKind, String> {
    let kind = match app.gaze.focus {
        Pane::Stacks | Pane::Changes | Pane::Diff => JobKind::Scan,
        Pane::Plan => JobKind::Preview,
        Pane::Lint => JobKind::Lint,
        Pane::Tests => JobKind::Test,
        Pane::Environment | Pane::Activity => {
            crate::app::walk::refuse_environment(app).map_or(Ok(()), Err)?;
            JobKind::Verify
        }
        Pane::Checks => {
            crate::app::walk::refuse_checks(app).map_or(Ok(()), Err)?;
            JobKind::Checks
        }
    };
    Ok(kind)
}

fn something_runs(app: &App) -> Possible {
    if app.jobs.is_idle() { Err("nothing runs".to_owned()) } else { Ok(()) }
}

fn cancel(app: &mut App) -> Vec<Effect> {
    let label = |note: &crate::app::jobs::JobNote| match &note.start.stack {
        Some(stack) => format!("{} {stack}", note.start.kind.word()),
        None => note.start.kind.word().to_owned(),
    };
    let running: Vec<_> =
        app.jobs.running().map(|note| (note.start.id, label(note), note.start.cause.word())).collect();
    match running.as_slice() {
        [] => nothing(),
        [(id, label, _)] => {
            app.says = Some(Says::Notice(format!("interrupting {label}")));
            vec![Effect::Cancel(*id)]
        }
        _ => {
            let item = |(at, (id, label, cause)): (usize, (_, String, &str))| Item {
                label,
                detail: cause.to_owned(),
                keys: char::from_digit(at as u32 + 1, 10).map(String::from).unwrap_or_default(),
                impossible: None,
                choice: Choice::Effect(Effect::Cancel(id)),
            };
            let items = running.into_iter().enumerate().map(item).collect();
            app.overlays.push(Overlay::Picker(Picker::menu("Cancel which?", items)));
            nothing()
        }
    }
}
