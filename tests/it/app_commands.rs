//! Every command: reachable by key and palette, and doing what it says. One row per command; a test proves that none is
//! missing.

use std::collections::BTreeSet;
use std::sync::Arc;

use kilter::app::command::table::{all, keys_page};
use kilter::app::event::{Cause, Event, GitDone, GitOperation, JobKind, JobStart};
use kilter::app::keymap::Meaning;
use kilter::app::layout::Pane;
use kilter::app::overlay::Overlay;
use kilter::app::screen::plan::PlanBody;
use kilter::app::state::Says;
use kilter::app::{App, Effect};
use kilter::model::id::{Generation, JobId};
use kilter::model::report::{Fidelity, Prior};
use kilter::model::run::JobState;
use kilter::model::snapshot::DiffSide;

use crate::scene::{self, HEAD, path, play};

fn full() -> App {
    scene::full(120, 40)
}

fn job(app: &mut App, id: u64, kind: JobKind) {
    app.update(Event::JobStarted(JobStart {
        id: JobId(id),
        kind,
        stack: Some(path("web")),
        generation: Generation(3),
        cause: Cause::Asked,
        at: scene::now(),
    }));
}

fn index(app: &App) -> usize {
    app.list(app.gaze.focus).index()
}

fn reader(app: &App) -> Vec<String> {
    match app.overlays.last() {
        Some(Overlay::Reader(reader)) => std::iter::once(reader.title.clone())
            .chain(reader.lines.told.iter().map(|line| line.text.clone()))
            .collect(),
        other => panic!("no reader on top: {other:?}"),
    }
}

fn picker_labels(app: &App) -> Vec<String> {
    match app.overlays.last() {
        Some(Overlay::Picker(picker)) => picker.items.iter().map(|item| item.label.clone()).collect(),
        other => panic!("no picker on top: {other:?}"),
    }
}

/// A command, the scene it is tried in, the keys (`:` and a name stand for the palette), and what must hold after.
type Trial = (&'static str, fn() -> App, &'static str, fn(&App, &[Effect]) -> bool);

fn undoable() -> App {
    let mut app = full();
    let undo = Some("the commit 3f2a91c0".to_owned());
    app.update(Event::GitDone(GitDone { operation: GitOperation::Commit, message: "committed".to_owned(), undo }));
    app
}

fn untrusted() -> App {
    let mut app = full();
    app.update(Event::Trust(false));
    app
}

fn clean() -> App {
    let mut app = full();
    let snapshot = kilter::model::snapshot::RepoSnapshot { changes: vec![], ..scene::snapshot() };
    app.update(Event::Snapshot(Arc::new(snapshot)));
    app
}

fn faulty() -> App {
    scene::broken(120, 40)
}

fn busy() -> App {
    let mut app = full();
    job(&mut app, 5, JobKind::ToolPlan);
    app
}

fn surveyed() -> App {
    let mut app = full();
    let (mutations, coverage) = scene::survey();
    app.update(Event::Covered(Arc::new(coverage)));
    app.update(Event::Mutated(Arc::new(mutations)));
    app
}

fn printed() -> App {
    let mut app = busy();
    app.update(Event::RawLine(JobId(5), "Initializing the backend...".to_owned()));
    app
}

const TRIALS: &[Trial] = &[
    ("cursor.down", full, "3 j j", |app, _| index(app) == 2),
    ("cursor.up", full, "3 j j k", |app, _| index(app) == 1),
    ("cursor.first", full, "3 G g", |app, _| index(app) == 0),
    ("cursor.last", full, "3 G", |app, _| index(app) + 1 == app.screens.plan.list.rows().len()),
    ("cursor.half-down", full, "3 <c-d>", |app, _| index(app) == app.layout.rows(Pane::Plan) / 2),
    ("cursor.half-up", full, "3 G g <c-d> <c-u>", |app, _| index(app) == 0),
    ("cursor.page-down", full, "3 <pgdn>", |app, _| index(app) >= app.layout.rows(Pane::Plan).min(8)),
    ("cursor.page-up", full, "3 <pgdn> <pgup>", |app, _| index(app) == 0),
    ("cursor.expand", full, "3 j l", |app, _| {
        matches!(app.screens.plan.list.current().map(|row| &row.body), Some(PlanBody::Change { open: true, .. }))
    }),
    ("cursor.collapse", full, "3 j l j h h", |app, _| {
        matches!(app.screens.plan.list.current().map(|row| &row.body), Some(PlanBody::Change { open: false, .. }))
    }),
    ("cursor.open", full, "2 <enter>", |app, _| app.gaze.focus == Pane::Diff),
    ("pane.next", full, "1 <tab>", |app, _| app.gaze.focus == Pane::Changes),
    ("pane.previous", full, "2 <s-tab>", |app, _| app.gaze.focus == Pane::Stacks),
    ("pane.stacks", full, "1", |app, _| app.gaze.focus == Pane::Stacks),
    ("pane.changes", full, "2", |app, _| app.gaze.focus == Pane::Changes),
    ("pane.plan", full, "1 3", |app, _| app.gaze.focus == Pane::Plan),
    ("pane.diff", full, "4", |app, _| app.gaze.focus == Pane::Diff),
    ("pane.lint", full, "5", |app, _| app.gaze.focus == Pane::Lint),
    ("pane.tests", full, "6", |app, _| app.gaze.focus == Pane::Tests),
    ("pane.environment", full, "7", |app, _| app.gaze.focus == Pane::Environment),
    ("pane.checks", full, "8", |app, _| app.gaze.focus == Pane::Checks && app.layout.find(Pane::Diff).is_none()),
    ("pane.activity", full, "9", |app, _| app.gaze.focus == Pane::Activity),
    ("pane.zoom", full, "3 +", |app, _| app.layout.panes.len() == 1),
    ("pane.unzoom", full, "3 + _", |app, _| app.layout.panes.len() > 5),
    ("find.search", full, "3 /vhost<enter>", |app, _| app.list(Pane::Plan).text(index(app)).contains("vhost")),
    ("find.next", full, "3 /local_file<enter> n", |app, _| {
        app.list(Pane::Plan).text(index(app)).contains("local_file")
    }),
    ("find.previous", full, "3 /local_file<enter> N N", |app, _| {
        app.list(Pane::Plan).text(index(app)).contains("local_file")
    }),
    ("find.filter", full, "3 f pet<enter>", |app, _| {
        let changes = app.screens.plan.list.rows().iter();
        changes.filter(|row| matches!(row.body, PlanBody::Change { .. })).count() == 1
    }),
    ("jump.next-change", full, "3 ]c ]c", |app, _| {
        matches!(app.screens.plan.list.current().map(|row| &row.body), Some(PlanBody::Change { .. }))
    }),
    ("jump.previous-change", full, "4 ]c [c", |app, _| app.gaze.focus == Pane::Diff && index(app) == 0),
    ("jump.next-diagnostic", full, "3 ]d", |app, _| app.gaze.focus == Pane::Lint && index(app) == 0),
    ("jump.previous-diagnostic", full, "5 [d", |app, _| index(app) == 1),
    ("jump.next-failing-test", full, "]t", |app, _| {
        app.gaze.focus == Pane::Tests && app.list(Pane::Tests).text(index(app)).contains("listens on the port")
    }),
    ("jump.previous-failing-test", full, "[t", |app, _| app.gaze.focus == Pane::Tests),
    ("jump.next-survivor", surveyed, "]m", |app, _| {
        app.gaze.focus == Pane::Tests && app.list(Pane::Tests).text(index(app)).starts_with("unnoticed literal")
    }),
    ("jump.previous-survivor", surveyed, "1 [m", |app, _| app.gaze.focus == Pane::Tests),
    (
        "tests.mutate",
        full,
        "6 M",
        |_, effects| matches!(effects, [Effect::Rerun { kind: JobKind::Mutation, stack: Some(stack) }] if *stack == path("web")),
    ),
    ("walk.commit", full, "c Open<space>8443<c-s>", |_, effects| {
        matches!(effects, [Effect::Commit { message }]
            if message.starts_with("Open 8443\n\nKilter-Plan: web: ") && message.contains("2 to destroy (previewed against state)"))
    }),
    ("walk.checks", full, "x", |app, effects| {
        app.gaze.focus == Pane::Checks && effects == [Effect::RunChecks { commit: HEAD.to_owned(), only: None }]
    }),
    ("walk.check-menu", full, "X l", |_, effects| {
        matches!(effects, [Effect::RunChecks { only: Some(kilter::model::run::StepKind::Lint), .. }])
    }),
    ("walk.apply", full, "a", |_, effects| effects == [Effect::PrepareApply { environment: "test".to_owned() }]),
    ("walk.verify", full, "v", |app, effects| {
        app.gaze.focus == Pane::Activity && effects == [Effect::Verify { environment: "test".to_owned() }]
    }),
    ("environment.menu", full, "D", |app, _| picker_labels(app) == ["look for drift", "rebuild", "destroy"]),
    ("environment.drift", full, "D d", |_, effects| effects == [Effect::Drift { environment: "test".to_owned() }]),
    ("plan.next-prior", full, "p", |_, effects| {
        effects == [Effect::Preview { stack: path("web"), prior: Prior::Revision("HEAD".to_owned()) }]
    }),
    ("plan.ask-tool", full, "P", |_, effects| {
        effects == [Effect::AskTool { stack: path("web"), fidelity: Fidelity::Planned }]
    }),
    ("plan.hide-attribute", full, "3 /vhost<enter> l j z", |app, _| {
        app.screens.plan.hidden == ["content"] && !rows_text(app).contains("listen 8443")
    }),
    ("plan.show-hidden", full, "3 /vhost<enter> l j z Z", |app, _| {
        app.screens.plan.hidden.is_empty() && rows_text(app).contains("listen 8443")
    }),
    ("plan.show-all", full, "3 .", |app, _| rows_text(app).contains("terraform_data.same")),
    ("plan.expand-all", full, "3 *", |app, _| {
        rows_text(app).contains("forces replacement") && rows_text(app).contains("listen 8443")
    }),
    ("link.follow", full, "4 m <enter>", |app, _| {
        app.gaze.focus == Pane::Plan && app.list(Pane::Plan).text(index(app)).contains("vhost")
    }),
    ("git.stage", full, "2 <space>", |_, effects| effects == [Effect::StageFile(path("web/main.tf"))]),
    ("git.stage-all", full, "2 S", |_, effects| {
        effects == [Effect::StageFile(path("web/main.tf")), Effect::StageFile(path("web/templates/vhost.tftpl"))]
    }),
    ("git.undo", undoable, "u", |_, effects| effects == [Effect::Undo]),
    ("git.blame", full, "4 j j b", |_, effects| matches!(effects, [Effect::Blame { line: 2, .. }])),
    ("git.history", full, "4 H", |_, effects| effects == [Effect::History { path: path("web/main.tf") }]),
    ("git.log", full, ":git.log", |app, _| picker_labels(app).len() == 2),
    ("diff.side", full, "2 j o", |app, effects| {
        app.screens.diff.shown == Some((path("web/templates/vhost.tftpl"), DiffSide::Staged))
            && effects.iter().filter(|effect| matches!(effect, Effect::LoadDiff { .. })).count() == 2
    }),
    ("edit.open", full, "5 e", |_, effects| {
        effects == [Effect::OpenEditor { path: path("web/main.tf"), line: 14, column: 3 }]
    }),
    ("edit.copy", full, "3 ]c ]c ]c y", |_, effects| {
        effects == [Effect::Copy("module.site[\"blog\"].local_file.vhost".to_owned())]
    }),
    ("explain.this", full, "5 i", |app, _| reader(app).iter().any(|line| line == "Not so")),
    ("explain.raw", printed, "L", |app, _| reader(app).contains(&"Initializing the backend...".to_owned())),
    ("rerun.pane", full, "3 r", |_, effects| {
        effects == [Effect::Rerun { kind: JobKind::Preview, stack: Some(path("web")) }]
    }),
    ("rerun.all", full, "R", |_, effects| effects == [Effect::RerunAll]),
    ("jobs.cancel", busy, "C", |_, effects| effects.contains(&Effect::Cancel(JobId(5)))),
    ("look.palette", full, ":", |app, _| picker_labels(app).len() == all().count()),
    ("look.help", full, "4 ?", |app, _| {
        picker_labels(app)[0].contains("Hunk") || picker_labels(app)[0].contains("hunk")
    }),
    ("look.theme", full, ":look.theme", |app, _| picker_labels(app) == ["kilter-dark", "kilter-light"]),
    ("look.redraw", full, "<c-l>", |_, effects| effects == [Effect::Redraw]),
    ("session.back", full, "+ q", |app, effects| !app.gaze.zoomed && effects.is_empty()),
    ("session.escape", full, "3 f pet<enter> <esc>", |app, _| app.finding.filters.is_empty()),
    ("session.quit", full, "<c-c>", |_, effects| effects.last() == Some(&Effect::Quit)),
    ("session.suspend", full, "<c-z>", |_, effects| effects == [Effect::Suspend]),
    ("session.fault", faulty, "!", |app, _| reader(app).iter().any(|line| line.contains("no credentials"))),
    ("trust.grant", untrusted, ":trust.grant", |_, effects| effects == [Effect::GrantTrust]),
    ("trust.revoke", full, ":trust.revoke", |_, effects| effects == [Effect::RevokeTrust]),
];

fn rows_text(app: &App) -> String {
    use kilter::app::list::Row;
    app.screens.plan.list.rows().iter().map(|row| row.text() + "\n").collect()
}

/// Plays keys; a script that begins with `:` and an id runs that command as the palette does.
fn perform(app: &mut App, script: &str) -> Vec<Effect> {
    match script.strip_prefix(':').filter(|id| !id.is_empty()) {
        Some(id) => app.run_command(id),
        None => play(app, script),
    }
}

fn without_bookkeeping(effects: Vec<Effect>) -> Vec<Effect> {
    effects.into_iter().filter(|effect| !matches!(effect, Effect::WakeAt(_))).collect()
}

#[test]
fn every_command_does_what_it_says() {
    for (id, scene, script, holds) in TRIALS {
        let mut app = scene();
        let effects = without_bookkeeping(perform(&mut app, script));
        assert!(holds(&app, &effects), "{id}: after `{script}`: {effects:?}\nsays {:?}", app.says);
    }
}

#[test]
fn every_command_has_a_trial_a_place_in_the_palette_and_in_help() {
    let tried: BTreeSet<&str> = TRIALS.iter().map(|(id, ..)| *id).collect();
    let mut app = full();
    play(&mut app, ":");
    let titles = picker_labels(&app);
    for command in all() {
        assert!(tried.contains(command.id), "{} has no trial", command.id);
        assert!(titles.iter().any(|title| title == command.title), "{} is not in the palette", command.id);
        let panes = if command.panes.is_empty() { &[Pane::Plan][..] } else { command.panes };
        for keys in app.keymap.keys_of(command.id) {
            for pane in panes {
                assert_eq!(app.keymap.meaning(keys, *pane), Meaning::Command(command.id), "{}", command.id);
            }
        }
    }
}

#[test]
fn the_palette_finds_and_runs() {
    let mut app = full();
    let effects = play(&mut app, ": rerun<space>every <enter>");
    assert!(effects.contains(&Effect::RerunAll), "{effects:?}");
    assert!(app.overlays.is_empty());
}

#[test]
fn the_keys_page_is_fresh() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
    if std::env::var_os("KILTER_WRITE_DOCS").is_some() {
        std::fs::write(file, keys_page()).expect("docs/keys.md can be written");
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    assert!(written == keys_page(), "docs/keys.md is stale: run the tests once with KILTER_WRITE_DOCS=1");
}

#[test]
fn a_key_that_means_nothing_says_so() {
    let mut app = full();
    play(&mut app, "Q");
    assert!(matches!(&app.says, Some(Says::Refusal(why)) if why.contains("Q does nothing here")));
    play(&mut app, "]");
    assert_eq!(app.pending.len(), 1);
    play(&mut app, "<esc>");
    assert!(app.pending.is_empty() && app.says.is_none());
}

#[test]
fn what_is_not_possible_says_why() {
    let say = |mut app: App, script: &str| {
        let effects = without_bookkeeping(play(&mut app, script));
        assert!(effects.is_empty(), "{script}: {effects:?}");
        match app.says {
            Some(Says::Refusal(why)) => why,
            other => panic!("{script}: {other:?}"),
        }
    };
    assert!(say(faulty(), "a").contains("red"));
    assert!(say(scene::bare(120, 40), "a").contains("x runs them"));
    assert!(say(scene::bare(120, 40), "v").contains("nothing is applied"));
    assert!(say(scene::empty(120, 40), "c").contains("not read yet"));
    assert!(say(clean(), "c").contains("nothing to commit"));
    assert!(say(full(), "1 j P").contains("ansible"), "hosts has no plan");
    assert!(say(full(), "u").contains("take back"));
    assert!(say(full(), "n").contains("/ searches"));
}

#[test]
fn nothing_executes_in_a_repo_that_is_not_trusted() {
    let mut app = untrusted();
    assert_eq!(without_bookkeeping(play(&mut app, "P")), []);
    assert!(matches!(app.overlays.last(), Some(Overlay::Confirm(_))));
    let effects = without_bookkeeping(play(&mut app, "y"));
    let ask = Effect::AskTool { stack: path("web"), fidelity: Fidelity::Planned };
    assert_eq!(effects, [Effect::GrantTrust, ask]);
}

#[test]
fn quitting_asks_when_something_runs() {
    let mut app = busy();
    assert_eq!(without_bookkeeping(play(&mut app, "q")), []);
    let effects = play(&mut app, "n");
    assert!(!effects.contains(&Effect::Quit) && app.overlays.is_empty());
    assert!(play(&mut app, "q y").contains(&Effect::Quit));
    assert!(busy().update(Event::QuitRequested).contains(&Effect::Quit), "a signal does not ask");
}

#[test]
fn a_run_that_is_going_on_shows_in_the_checks() {
    let mut app = full();
    app.update(Event::Run(Arc::new(scene::run(JobState::Running))));
    play(&mut app, "8");
    assert!(app.screens.checks.list.rows().iter().any(|row| row.right == "running"));
    app.update(Event::Run(Arc::new(scene::run(JobState::Failed))));
    assert!(app.list(Pane::Checks).text(index(&app)).starts_with("lint web"), "the cursor goes to what failed");
}

#[test]
fn what_the_tests_do_not_notice_stands_below_them_until_the_sources_change() {
    let rows = |app: &App| -> Vec<String> {
        let list = app.screens.tests.list.rows().iter();
        list.map(|row| format!("{} {}", row.text, row.right).trim().to_owned()).collect()
    };
    let mut app = surveyed();
    let told = rows(&app);
    assert!(told.iter().any(|row| row.starts_with("1 of 2 changes noticed · 50 % 3 tried")), "{told:?}");
    assert!(told.iter().any(|row| row == "unnoticed literal in local_file.vhost main.tf:31"), "{told:?}");
    assert!(told.iter().any(|row| row == "1 of 2 declarations under an assertion"), "{told:?}");
    assert!(!told.iter().any(|row| row.contains("file_permission") || row.contains("output.pet")), "closed: {told:?}");
    play(&mut app, "]m l");
    let told = rows(&app);
    assert!(told.iter().any(|row| row == "-   file_permission = \"0644\""), "{told:?}");
    assert!(told.iter().any(|row| row == "+   file_permission = \"0644-kilter\""), "{told:?}");
    let edit = without_bookkeeping(play(&mut app, "e"));
    assert!(
        matches!(&edit[..], [Effect::OpenEditor { path: file, line: 31, .. }] if file.as_str() == "web/main.tf"),
        "{edit:?}"
    );
    app.update(Event::Unsurveyed(path("web")));
    assert!(!rows(&app).iter().any(|row| row.contains("noticed") || row.contains("declarations")));
}

#[test]
fn a_message_that_is_cut_off_is_read_in_full_and_modules_are_told_apart() {
    let mut app = full();
    let mut report = (**app.world.lints.get(&path("web")).expect("the scene is linted")).clone();
    let detail = "Quoted strings may not be split over multiple lines. To produce a multi-line string, use a heredoc.";
    let wrong = kilter::model::diagnostic::Diagnostic::error("Invalid multi-line string", detail);
    report.diagnostics = vec![wrong.at(report.findings[0].place.clone())];
    report.findings[0].place.path = path("web/modules/site/main.tf");
    report.provenance.generation = Generation(9);
    app.update(Event::Lint(Arc::new(report)));
    let shown: Vec<String> = app.screens.lint.list.rows().iter().map(|row| row.right.clone()).collect();
    assert!(shown.contains(&"site/main.tf:14".to_owned()) && shown.contains(&"main.tf:22".to_owned()), "{shown:?}");
    for keys in ["5 g g i", "j i"] {
        play(&mut app, keys);
        let said = reader(&app).join(" ");
        assert!(said.contains("use a heredoc."), "{keys}: {said}");
        play(&mut app, "q");
    }
}
