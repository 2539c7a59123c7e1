//! Leaving for the editor and the clipboard.

use crate::app::command::entry::{Command, nothing};
use crate::app::effect::Effect;
use crate::app::layout::Pane;
use crate::app::screen::plan::PlanBody;
use crate::app::state::App;
use crate::model::place::{Place, RepoPath};

/// The commands.
pub const COMMANDS: &[Command] = &[
    Command {
        id: "edit.open",
        title: "Edit",
        doc: "Opens the thing under the cursor in $EDITOR at its line; the screen comes back as it was.",
        keys: &["e"],
        panes: &[],
        possible: |app| place(app).map(|_| ()),
        run: open_place,
    },
    Command {
        id: "edit.copy",
        title: "Copy",
        doc: "Copies the thing under the cursor: an address, a path, a message, a line (through OSC 52 too).",
        keys: &["y"],
        panes: &[],
        possible: |app| copy_text(app).map(|_| ()),
        run: |app| match copy_text(app) {
            Ok(text) => vec![Effect::Copy(text)],
            Err(_) => nothing(),
        },
    },
];

/// Opens the editor at the thing under the cursor.
pub fn open_place(app: &mut App) -> Vec<Effect> {
    match place(app) {
        Ok((path, line, column)) => vec![Effect::OpenEditor { path, line, column }],
        Err(why) => {
            app.refuse(why);
            nothing()
        }
    }
}

/// File, line and column of the thing under the cursor.
///
/// # Errors
/// Why there is none.
pub fn place(app: &App) -> Result<(RepoPath, u32, u32), String> {
    let none = || "the thing under the cursor stands in no file".to_owned();
    let of = |place: &Place| (place.path.clone(), place.start.line.max(1), place.start.column.max(1));
    let screens = &app.screens;
    match app.gaze.focus {
        Pane::Plan => screens.plan.list.current().and_then(|row| row.place.as_ref()).map(of).ok_or_else(none),
        Pane::Lint => screens.lint.list.current().and_then(|row| row.place.as_ref()).map(of).ok_or_else(none),
        Pane::Tests => screens.tests.list.current().and_then(|row| row.place.as_ref()).map(of).ok_or_else(none),
        Pane::Changes => {
            let row = screens.changes.selected().ok_or_else(none)?;
            let shown = screens.diff.shown.as_ref().is_some_and(|(path, _)| *path == row.file.path);
            let first = screens.diff.list.rows().first().filter(|_| shown).map_or(1, |row| row.line);
            Ok((row.file.path.clone(), first, 1))
        }
        Pane::Diff => {
            let (path, _) = screens.diff.shown.clone().ok_or_else(none)?;
            let line = screens.diff.list.current().map_or(1, |row| row.line);
            Ok((path, line.max(1), 1))
        }
        Pane::Stacks => stack_place(app).ok_or_else(none),
        Pane::Environment | Pane::Checks | Pane::Activity => Err(none()),
    }
}

/// The first edited file of the stack, else the first block that its plan shows.
fn stack_place(app: &App) -> Option<(RepoPath, u32, u32)> {
    let stack = app.stack()?;
    let changed = app.world.repo.iter().flat_map(|repo| &repo.changes).find(|file| file.path.is_within(stack));
    if let Some(file) = changed {
        return Some((file.path.clone(), 1, 1));
    }
    let plan = app.world.plans.get(stack)?;
    let place = plan.plan.changes.iter().find_map(|change| change.place.as_ref())?;
    Some((place.path.clone(), place.start.line.max(1), 1))
}

/// The text of the thing under the cursor. Sensitive values are masked in it as on the screen.
fn copy_text(app: &App) -> Result<String, String> {
    let pane = app.gaze.focus;
    if app.list(pane).is_empty() {
        return Err("there is nothing under the cursor".to_owned());
    }
    let row = app.list(pane).text(app.list(pane).index());
    Ok(match pane {
        Pane::Plan => {
            let change = app.screens.plan.change().zip(app.plan()).and_then(|(at, plan)| plan.plan.changes.get(at));
            let on_change =
                app.screens.plan.list.current().is_some_and(|row| matches!(row.body, PlanBody::Change { .. }));
            match change {
                Some(change) if on_change => change.address.to_string(),
                _ => row.trim().to_owned(),
            }
        }
        Pane::Lint => match app.screens.lint.finding() {
            Some(finding) => format!("{}: {} ({})", finding.place, finding.message, finding.rule.id),
            None => row,
        },
        _ => row,
    })
}
