//! The walk's own commands: commit, checks, apply.

use crate::app::command::entry::{Command, Possible, nothing};
use crate::app::effect::Effect;
use crate::app::layout::Pane;
use crate::app::overlay::Overlay;
use crate::app::overlay::message::MessageEditor;
use crate::app::overlay::picker::{Choice, Item, Picker};
use crate::app::state::{App, Says};
use crate::app::text_box::TextBox;
use crate::app::walk::{refuse_apply, refuse_checks};
use crate::model::run::StepKind;

/// The commands.
pub const COMMANDS: &[Command] = &[
    Command {
        id: "walk.commit",
        title: "Commit",
        doc: "Opens the message editor and commits what is staged; the plan's summary is offered as a trailer.",
        keys: &["c"],
        panes: &[],
        possible: can_commit,
        run: commit,
    },
    Command {
        id: "walk.checks",
        title: "Run the checks",
        doc: "Runs format, validate, lint, plan and test on a clean checkout of HEAD.",
        keys: &["x"],
        panes: &[],
        possible: |app| refuse_checks(app).map_or(Ok(()), Err),
        run: |app| run_checks(app, None),
    },
    Command {
        id: "walk.check-menu",
        title: "Run one of the checks",
        doc: "Asks which of the checks to run, and runs it with what it needs.",
        keys: &["X"],
        panes: &[],
        possible: |app| refuse_checks(app).map_or(Ok(()), Err),
        run: check_menu,
    },
    Command {
        id: "walk.apply",
        title: "Apply to the test environment",
        doc: "Shows exactly what applying HEAD would do, stack by stack, and asks; a typed `yes` when something is destroyed.",
        keys: &["a"],
        panes: &[],
        possible: |app| refuse_apply(app).map_or(Ok(()), Err),
        run: |app| {
            let environment = app.environment_name().to_owned();
            app.says = Some(Says::Notice(format!("working out what applying to {environment} would do")));
            vec![Effect::PrepareApply { environment }]
        },
    },
];

fn can_commit(app: &App) -> Possible {
    let repo = app.world.repo.as_ref().ok_or("the repo is not read yet")?;
    if !repo.is_git {
        return Err("there is no git repo here".to_owned());
    }
    if repo.changes.is_empty() {
        return Err("nothing differs from HEAD: there is nothing to commit".to_owned());
    }
    if let Some(operation) = &repo.operation {
        return Err(format!("a {operation} is under way: finish it with git first"));
    }
    if repo.changes.iter().all(|file| file.staged.is_none()) {
        return Err("nothing is staged: Space stages a file or hunk, S stages everything".to_owned());
    }
    Ok(())
}

fn commit(app: &mut App) -> Vec<Effect> {
    let changes = app.world.repo.as_ref().map_or(&[][..], |repo| &repo.changes);
    let staged = changes.iter().filter_map(|file| Some(format!("{} {}", file.staged?.letter(), file.path))).collect();
    let trailers = trailers(app);
    app.overlays.push(Overlay::Message(MessageEditor {
        text: TextBox::text(&app.draft),
        staged,
        with_trailers: app.settings.plan_trailer && !trailers.is_empty(),
        trailers,
        problem: None,
    }));
    nothing()
}

/// `Kilter-Plan: web: 1 to add, 2 to change, 0 to destroy (previewed against test)`, for each stack that changes.
fn trailers(app: &App) -> Vec<String> {
    let changes = app.world.repo.as_ref().map_or(&[][..], |repo| &repo.changes);
    let staged = || changes.iter().filter(|file| file.staged.is_some());
    // A commit speaks of the stacks it touches; one that touches only shared modules speaks of all that change.
    let touched: Vec<_> = staged().filter_map(|file| app.stack_of(&file.path)).collect();
    let concerns = |stack: &crate::model::place::RepoPath| touched.is_empty() || touched.contains(stack);
    let reports = app.world.plans.values().filter(|report| !report.stale && concerns(&report.stack));
    let line = |report: &std::sync::Arc<crate::model::report::PlanReport>| {
        let summary = report.plan.summary();
        let (add, change, remove) = (summary.add, summary.change, summary.remove);
        (add + change + remove > 0).then(|| {
            let (fidelity, prior) = (report.fidelity.word(), report.prior.title());
            format!(
                "Kilter-Plan: {}: {add} to add, {change} to change, {remove} to destroy ({fidelity} {prior})",
                report.stack
            )
        })
    };
    reports.filter_map(line).collect()
}

/// Runs the checks on HEAD and shows them.
pub fn run_checks(app: &mut App, only: Option<StepKind>) -> Vec<Effect> {
    let Some(commit) = app.world.head().map(str::to_owned) else { return nothing() };
    if app.world.is_dirty() {
        let short = commit.get(..8).unwrap_or(&commit).to_owned();
        app.says = Some(Says::Notice(format!("checking commit {short}; what is not committed is not part of it")));
    }
    app.focus(Pane::Checks);
    vec![Effect::RunChecks { commit, only }]
}

fn check_menu(app: &mut App) -> Vec<Effect> {
    let Some(commit) = app.world.head().map(str::to_owned) else { return nothing() };
    let steps = [
        (StepKind::Format, "f", "is every file formatted"),
        (StepKind::Validate, "v", "is every configuration valid"),
        (StepKind::Lint, "l", "do the rules find something"),
        (StepKind::Plan, "p", "does every stack plan"),
        (StepKind::Test, "t", "do the tests pass"),
    ];
    let item = |(step, key, detail): (StepKind, &str, &str)| Item {
        label: step.word().to_owned(),
        detail: detail.to_owned(),
        keys: key.to_owned(),
        impossible: None,
        choice: Choice::Effect(Effect::RunChecks { commit: commit.clone(), only: Some(step) }),
    };
    let items = steps.into_iter().map(item).collect();
    app.overlays.push(Overlay::Picker(Picker::menu("Run which check?", items)));
    nothing()
}
