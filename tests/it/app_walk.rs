//! The walk by keys alone against a runtime that answers at once; what survives updates; what is asked for when.

use std::sync::Arc;
use std::time::Duration;

use kilter::app::event::{
    ApplyEnd, ApplyPhase, Cause, Event, Fault, GitDone, GitOperation, JobEnd, JobKind, JobStart, Operation,
};
use kilter::app::layout::Pane;
use kilter::app::overlay::Overlay;
use kilter::app::overlay::confirm::Need;
use kilter::app::walk::{self, Standing};
use kilter::app::{App, Effect};
use kilter::model::environment::{EnvironmentStatus, Health};
use kilter::model::id::{Generation, JobId};
use kilter::model::report::Fidelity;
use kilter::model::run::JobState;
use kilter::model::snapshot::{FileStatus, RepoSnapshot};

use crate::scene::{self, HEAD, path, play};

/// A runtime in the mind of a test: it knows a working tree and an environment, and answers every effect at once.
struct FakeRuntime {
    snapshot: RepoSnapshot,
    environment: EnvironmentStatus,
    asked: Vec<Effect>,
}

impl FakeRuntime {
    fn new() -> Self {
        let mut environment = scene::environment();
        environment.health = Health::Absent;
        environment.commit = None;
        FakeRuntime { snapshot: scene::snapshot(), environment, asked: Vec::new() }
    }

    fn play(&mut self, app: &mut App, script: &str) {
        let effects = play(app, script);
        self.perform(app, effects);
    }

    fn perform(&mut self, app: &mut App, effects: Vec<Effect>) {
        for effect in effects {
            let events = self.answer(&effect);
            self.asked.push(effect);
            for event in events {
                let more = app.update(event);
                self.perform(app, more);
            }
        }
    }

    fn answer(&mut self, effect: &Effect) -> Vec<Event> {
        match effect {
            Effect::StageFile(path) => {
                let staged = self.snapshot.changes.iter_mut().filter(|file| file.path == *path);
                staged.for_each(|file| file.staged = file.unstaged.take());
                vec![Event::Snapshot(Arc::new(self.snapshot.clone()))]
            }
            Effect::Commit { message } => {
                self.snapshot.changes.clear();
                self.snapshot.head_summary = message.lines().next().unwrap_or_default().to_owned();
                let done = GitDone {
                    operation: GitOperation::Commit,
                    message: "committed".to_owned(),
                    undo: Some("the commit".to_owned()),
                };
                vec![Event::GitDone(done), Event::Snapshot(Arc::new(self.snapshot.clone()))]
            }
            Effect::RunChecks { .. } => vec![
                Event::Run(Arc::new(scene::run(JobState::Running))),
                Event::Run(Arc::new(scene::run(JobState::Passed))),
            ],
            Effect::PrepareApply { .. } => vec![Event::ApplyPrepared(scene::offer(false))],
            Effect::Apply { .. } => {
                self.environment.health = Health::Applied;
                self.environment.commit = Some(HEAD.to_owned());
                vec![
                    Event::ApplyProgress(scene::progress("local_file.a", ApplyPhase::Started, "")),
                    Event::ApplyProgress(scene::progress("local_file.a", ApplyPhase::Done, "id=1")),
                    Event::ApplyDone(end(Operation::Apply)),
                    Event::Environment(Arc::new(self.environment.clone())),
                ]
            }
            Effect::Verify { .. } => {
                self.environment.health = Health::Healthy;
                vec![Event::Environment(Arc::new(self.environment.clone()))]
            }
            Effect::Destroy { .. } => {
                self.environment.health = Health::Absent;
                self.environment.commit = None;
                vec![Event::ApplyDone(end(Operation::Destroy)), Event::Environment(Arc::new(self.environment.clone()))]
            }
            _ => vec![],
        }
    }
}

fn end(operation: Operation) -> ApplyEnd {
    ApplyEnd {
        operation,
        environment: "test".to_owned(),
        fault: None,
        cancelled: false,
        summary: "1 added".to_owned(),
        took: Duration::from_millis(900),
    }
}

fn next(app: &App) -> Option<&'static str> {
    walk::of(app).command
}

#[test]
fn the_whole_walk_by_keys_alone() {
    let mut runtime = FakeRuntime::new();
    let mut app = scene::full(120, 40);
    app.update(Event::Environment(Arc::new(runtime.environment.clone())));
    app.world.runs.clear();
    runtime.play(&mut app, "2 S");
    assert_eq!(next(&app), Some("walk.commit"));
    runtime.play(&mut app, "c Open<space>the<space>port <c-s>");
    assert_eq!(next(&app), Some("walk.checks"));
    runtime.play(&mut app, "x");
    assert_eq!(next(&app), Some("walk.apply"));
    runtime.play(&mut app, "a");
    // Something is destroyed: a key is not enough, and neither is the wrong word.
    let Some(Overlay::Confirm(confirm)) = app.overlays.last() else { panic!("nothing asks") };
    assert_eq!(confirm.need, Need::Typed("yes".to_owned()));
    assert!(confirm.lines.told.iter().any(|line| line.text.contains("local_file.old[0]  destroyed")));
    runtime.play(&mut app, "y<enter>");
    assert!(!runtime.asked.iter().any(|effect| matches!(effect, Effect::Apply { .. })));
    runtime.play(&mut app, "es<enter>");
    assert!(runtime.asked.iter().any(|effect| matches!(effect, Effect::Apply { .. })));
    assert_eq!(app.gaze.focus, Pane::Activity);
    assert!(app.screens.activity.list.rows().iter().any(|row| row.text.contains("local_file.a  id=1")));
    assert_eq!(next(&app), Some("walk.verify"));
    runtime.play(&mut app, "v");
    assert_eq!(next(&app), None);
    assert!(walk::of(&app).steps.iter().all(|step| step.standing == Standing::Done));
    // What drifted wants to be repaired, however healthy the rest is.
    runtime.environment.drift = Some(1);
    app.update(Event::Environment(Arc::new(runtime.environment.clone())));
    let drifted = walk::of(&app);
    assert_eq!(
        (drifted.say.as_str(), drifted.command),
        ("1 object drifted: applying again repairs it", Some("walk.apply"))
    );
    assert_eq!(drifted.steps[4].standing, Standing::Failed);
    runtime.environment.drift = Some(0);
    app.update(Event::Environment(Arc::new(runtime.environment.clone())));
    runtime.play(&mut app, "D x tes<enter>");
    assert!(!runtime.asked.iter().any(|effect| matches!(effect, Effect::Destroy { .. })));
    runtime.play(&mut app, "t<enter>");
    assert!(runtime.asked.contains(&Effect::Destroy { environment: "test".to_owned() }));
    assert_eq!(next(&app), Some("walk.apply"));
}

#[test]
fn no_single_key_destroys_or_applies() {
    let dangerous = |effect: &Effect| {
        matches!(effect, Effect::Apply { .. } | Effect::Destroy { .. } | Effect::Rebuild { .. } | Effect::Commit { .. })
    };
    for pane in 1..=9 {
        for byte in 0u8..=255 {
            let Some(c) = char::from_u32(u32::from(byte)).filter(|c| !c.is_control() && *c != '<') else { continue };
            for ctrl in [false, true] {
                let mut app = scene::full(120, 40);
                play(&mut app, &pane.to_string());
                let mut key = kilter::app::key::KeyPress::char(c);
                key.ctrl = ctrl;
                let effects = app.update(Event::Key(key));
                assert!(!effects.iter().any(dangerous), "{key} in pane {pane}: {effects:?}");
            }
        }
    }
}

#[test]
fn a_refused_apply_says_why_and_cannot_be_confirmed() {
    let mut app = scene::full(120, 40);
    app.update(Event::ApplyPrepared(scene::offer(true)));
    assert_eq!(
        play(&mut app, "y yes<enter>").iter().filter(|effect| matches!(effect, Effect::Apply { .. })).count(),
        0
    );
}

#[test]
fn a_commit_message_is_never_lost() {
    let mut app = scene::full(120, 40);
    play(&mut app, "c Half<space>a<space>thought<esc>");
    assert_eq!(app.draft, "Half a thought");
    let effects = play(&mut app, "c<c-s>");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Commit { .. })), "{effects:?}");
    app.update(Event::GitFailed(GitOperation::Commit, Fault::new("the pre-commit hook said no")));
    assert_eq!(app.draft, "Half a thought");
    assert_eq!(app.ui_state().draft, "Half a thought");
    let done = GitDone { operation: GitOperation::Commit, message: "committed".to_owned(), undo: None };
    app.update(Event::GitDone(done));
    assert_eq!(app.draft, "");
}

#[test]
fn an_empty_message_is_refused() {
    let mut app = scene::full(120, 40);
    let effects = play(&mut app, "c<space><enter><c-s>");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Commit { .. })));
    assert!(matches!(app.overlays.last(), Some(Overlay::Message(editor)) if editor.problem.is_some()));
}

#[test]
fn the_selected_thing_survives_new_reports() {
    let mut app = scene::full(120, 40);
    play(&mut app, "3 /vhost<enter>");
    let before = app.screens.plan.list.current().cloned().expect("a row");
    let mut plan = scene::plan();
    plan.changes.remove(0);
    let mut report = scene::plan_report("web", plan, Fidelity::Previewed);
    report.provenance.generation = Generation(4);
    app.update(Event::Plan(Arc::new(report)));
    assert_eq!(app.screens.plan.list.current().map(|row| row.id), Some(before.id));
}

#[test]
fn results_of_older_generations_are_dropped() {
    let mut app = scene::full(120, 40);
    let mut old = scene::plan_report("web", kilter::model::plan::Plan::default(), Fidelity::Refreshed);
    old.provenance.generation = Generation(1);
    app.update(Event::Plan(Arc::new(old)));
    assert_eq!(app.plan().map(|report| report.fidelity), Some(Fidelity::Previewed));
}

#[test]
fn a_lower_rung_never_displaces_a_higher_one_of_the_same_inputs() {
    let mut app = scene::full(120, 40);
    app.update(Event::Plan(Arc::new(scene::plan_report("web", scene::plan(), Fidelity::Planned))));
    app.update(Event::Plan(Arc::new(scene::plan_report("web", scene::plan(), Fidelity::Previewed))));
    assert_eq!(app.plan().map(|report| report.fidelity), Some(Fidelity::Planned));
}

#[test]
fn until_the_person_chooses_the_panes_follow_the_edits() {
    let mut app = scene::full(120, 40);
    assert_eq!(app.stack(), Some(&path("web")));
    let mut snapshot = scene::snapshot();
    let mut file = snapshot.changes[0].clone();
    file.path = path("network/main.tf");
    snapshot.changes.push(file);
    app.update(Event::Snapshot(Arc::new(snapshot.clone())));
    assert_eq!(app.stack(), Some(&path("network")));
    play(&mut app, "1 j");
    snapshot.changes[0].added = 9;
    app.update(Event::Snapshot(Arc::new(snapshot)));
    assert_eq!(app.stack(), Some(&path("web")), "chosen by hand: it stays");
}

#[test]
fn a_new_snapshot_reads_the_shown_diff_again() {
    let mut app = scene::full(120, 40);
    let effects = app.update(Event::Snapshot(Arc::new(scene::snapshot())));
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::LoadDiff { path, .. } if path.as_str() == "web/main.tf"))
    );
    let effects = app.update(Event::Tick(scene::now()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::LoadDiff { .. })), "asked once");
}

#[test]
fn hunks_are_staged_one_by_one_and_single_ones_as_files() {
    let mut app = scene::full(120, 40);
    let effects = play(&mut app, "4 ]c <space>");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::StageHunk { hunk: 1, .. })), "{effects:?}");
    let mut snapshot = scene::snapshot();
    snapshot.changes[0].unstaged = Some(FileStatus::Conflicted);
    app.update(Event::Snapshot(Arc::new(snapshot)));
    assert!(!play(&mut app, "2 g <space>").iter().any(|effect| matches!(effect, Effect::StageFile(_))));
}

#[test]
fn nothing_ticks_when_nothing_moves() {
    let mut app = scene::bare(120, 40);
    app.drawn();
    let effects = app.update(Event::Tick(scene::now() + Duration::from_secs(3_600)));
    assert_eq!(effects, []);
    assert!(!app.is_dirty(), "an hour later nothing is drawn");
}

#[test]
fn a_spinner_is_ordered_when_something_runs_and_taken_back_after() {
    let mut app = scene::bare(120, 40);
    let start = JobStart {
        id: JobId(1),
        kind: JobKind::Scan,
        stack: None,
        generation: Generation(1),
        cause: Cause::Saved,
        at: scene::now(),
    };
    let effects = app.update(Event::JobStarted(start));
    assert_eq!(effects, [Effect::WakeAt(Some(scene::now() + Duration::from_millis(200)))]);
    let effects = app.update(Event::JobFinished(JobId(1), JobEnd::Done));
    assert_eq!(effects, [Effect::WakeAt(None)]);
}

#[test]
fn ages_are_ticked_by_the_minute_only_while_somebody_looks() {
    let mut app = scene::full(120, 40);
    let effects = app.update(Event::Focus(false));
    assert_eq!(effects, [Effect::WakeAt(None)]);
    let effects = app.update(Event::Focus(true));
    assert!(matches!(effects.as_slice(), [Effect::WakeAt(Some(at))] if *at >= scene::now() + Duration::from_secs(20)));
}

#[test]
fn pasted_text_never_runs_as_keys() {
    let mut app = scene::full(120, 40);
    let effects = app.update(Event::Paste("q\nD x test\n".to_owned()));
    assert!(effects.is_empty() && app.overlays.is_empty());
    play(&mut app, "c");
    app.update(Event::Paste("Summary\n\nWhy\u{1b}[2J".to_owned()));
    assert!(
        matches!(app.overlays.last(), Some(Overlay::Message(editor)) if editor.text.content() == "Summary\n\nWhy[2J")
    );
}

#[test]
fn that_checks_run_is_not_said_any_more_when_they_are_over() {
    let mut app = scene::full(120, 40);
    app.world.runs.clear();
    app.update(Event::Run(Arc::new(scene::run(JobState::Running))));
    app.says = Some(kilter::app::state::Says::Notice("checking the commit".to_owned()));
    app.update(Event::Run(Arc::new(scene::run(JobState::Running))));
    assert!(app.says.is_some());
    app.update(Event::Run(Arc::new(scene::run(JobState::Passed))));
    assert!(app.says.is_none());
}
