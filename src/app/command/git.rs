//! Git: staging files and hunks, taking back, blame and history.

use crate::app::command::edit::place;
use crate::app::command::entry::{Command, Possible, nothing};
use crate::app::effect::Effect;
use crate::app::layout::Pane;
use crate::app::state::App;
use crate::model::snapshot::{DiffSide, FileChange, FileStatus};

/// The commands.
pub const COMMANDS: &[Command] = &[
    Command {
        id: "git.stage",
        title: "Stage or unstage",
        doc: "Stages the file or hunk under the cursor, or takes it out again.",
        keys: &["<space>"],
        panes: &[],
        possible: can_stage,
        run: stage,
    },
    Command {
        id: "git.stage-all",
        title: "Stage or unstage everything",
        doc: "Stages every changed file; when all are staged, takes them all out again.",
        keys: &["S"],
        panes: &[],
        possible: has_changes,
        run: stage_all,
    },
    Command {
        id: "git.undo",
        title: "Undo",
        doc: "Takes back Kilter's last git operation.",
        keys: &["u"],
        panes: &[],
        possible: can_undo,
        run: |_| vec![Effect::Undo],
    },
    Command {
        id: "git.blame",
        title: "Blame",
        doc: "Shows who wrote the lines around the cursor, and why.",
        keys: &["b"],
        panes: &[],
        possible: |app| place(app).map(|_| ()),
        run: |app| match place(app) {
            Ok((path, line, _)) => vec![Effect::Blame { path, line }],
            Err(_) => nothing(),
        },
    },
    Command {
        id: "git.history",
        title: "History",
        doc: "Shows the commits that touched the file under the cursor.",
        keys: &["H"],
        panes: &[],
        possible: |app| place(app).map(|_| ()),
        run: |app| match place(app) {
            Ok((path, _, _)) => vec![Effect::History { path }],
            Err(_) => nothing(),
        },
    },
    Command {
        id: "git.log",
        title: "Log of the branch",
        doc: "Shows the newest commits of the branch.",
        keys: &[],
        panes: &[],
        possible: has_log,
        run: |app| {
            let commits = app.world.repo.as_ref().map(|repo| repo.log.clone()).unwrap_or_default();
            let picker = crate::app::command::explain::commit_picker("Log of the branch", &commits, app.now);
            app.overlays.push(crate::app::overlay::Overlay::Picker(picker));
            nothing()
        },
    },
    Command {
        id: "diff.side",
        title: "Staged or unstaged side",
        doc: "Shows the other side of a file that is both staged and changed again.",
        keys: &["o"],
        panes: &[Pane::Diff, Pane::Changes],
        possible: two_sides,
        run: |app| {
            app.screens.diff.prefer_staged = !app.screens.diff.prefer_staged;
            app.mark([Pane::Diff]);
            nothing()
        },
    },
];

fn git_repo(app: &App) -> Possible {
    match &app.world.repo {
        None => Err("the repo is not read yet".to_owned()),
        Some(repo) if !repo.is_git => Err("there is no git repo here".to_owned()),
        Some(_) => Ok(()),
    }
}

fn has_changes(app: &App) -> Possible {
    git_repo(app)?;
    if app.world.is_dirty() { Ok(()) } else { Err("nothing differs from HEAD".to_owned()) }
}

fn has_log(app: &App) -> Possible {
    git_repo(app)?;
    let empty = app.world.repo.as_ref().is_none_or(|repo| repo.log.is_empty());
    if empty { Err("nothing is committed yet".to_owned()) } else { Ok(()) }
}

fn can_undo(app: &App) -> Possible {
    app.world.undo.as_ref().map(|_| ()).ok_or_else(|| "there is no git operation of Kilter's to take back".to_owned())
}

fn two_sides(app: &App) -> Possible {
    match app.screens.changes.selected().map(|row| row.sides().len()) {
        Some(2) => Ok(()),
        _ => Err("this file has only one side".to_owned()),
    }
}

fn conflicted(file: &FileChange) -> Possible {
    if file.unstaged == Some(FileStatus::Conflicted) || file.staged == Some(FileStatus::Conflicted) {
        return Err("this file is in conflict: resolve it first, e opens it".to_owned());
    }
    Ok(())
}

fn can_stage(app: &App) -> Possible {
    git_repo(app)?;
    let Some(row) = app.screens.changes.selected() else { return Err("nothing differs from HEAD".to_owned()) };
    conflicted(&row.file)?;
    if app.gaze.focus == Pane::Diff && app.screens.diff.hunk().is_none() && is_hunked(app) {
        return Err("there is no hunk under the cursor".to_owned());
    }
    match app.gaze.focus {
        Pane::Changes | Pane::Diff => Ok(()),
        _ => Err("2 goes to the changed files, where Space stages".to_owned()),
    }
}

fn is_hunked(app: &App) -> bool {
    let shown = app.screens.diff.shown.as_ref().and_then(|target| app.world.diffs.get(target));
    shown.is_some_and(|report| !report.diff.hunks.is_empty())
}

fn stage(app: &mut App) -> Vec<Effect> {
    let Some(file) = app.screens.changes.selected().map(|row| row.file.clone()) else { return nothing() };
    if app.gaze.focus != Pane::Diff || !is_hunked(app) {
        return vec![stage_file(&file)];
    }
    let Some((target, hunk)) = app.screens.diff.shown.clone().zip(app.screens.diff.hunk()) else { return nothing() };
    let Some(report) = app.world.diffs.get(&target) else { return nothing() };
    let diff = report.diff.clone();
    // A file that git does not know has nothing to take hunks from.
    let whole = file.unstaged == Some(FileStatus::Untracked) || diff.hunks.len() == 1;
    match target.1 {
        DiffSide::Unstaged if whole => vec![Effect::StageFile(file.path)],
        DiffSide::Staged if diff.hunks.len() == 1 => vec![Effect::UnstageFile(file.path)],
        DiffSide::Unstaged => vec![Effect::StageHunk { diff, hunk }],
        DiffSide::Staged => vec![Effect::UnstageHunk { diff, hunk }],
    }
}

fn stage_file(file: &FileChange) -> Effect {
    match file.unstaged {
        Some(_) => Effect::StageFile(file.path.clone()),
        None => Effect::UnstageFile(file.path.clone()),
    }
}

fn stage_all(app: &mut App) -> Vec<Effect> {
    let files = app.world.repo.as_ref().map_or(&[][..], |repo| &repo.changes);
    let good = |file: &&FileChange| conflicted(file).is_ok();
    let unstaged: Vec<Effect> =
        files.iter().filter(good).filter(|file| file.unstaged.is_some()).map(stage_file).collect();
    if unstaged.is_empty() { files.iter().filter(good).map(stage_file).collect() } else { unstaged }
}
