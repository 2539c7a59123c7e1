//! What events do to the workbench. The one way in: [`App::update`].

use std::sync::Arc;
use std::time::SystemTime;

use crate::app::change::hide::Hidden;
use crate::app::command::explain::{blame_reader, commit_picker, commit_reader};
use crate::app::command::table;
use crate::app::effect::Effect;
use crate::app::event::{
    AppSettings, ApplyEnd, ApplyOffer, Event, Fault, GitDone, GitOperation, JobEnd, JobKind, Refusal,
};
use crate::app::layout::Pane;
use crate::app::marks::Mark;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::{Confirm, Need};
use crate::app::overlay::reader::Reader;
use crate::app::screen::activity::object_id;
use crate::app::screen::line::{LineRow, Tone, ToneLine};
use crate::app::screen::plan::counts;
use crate::app::settle;
use crate::app::state::{App, Says};
use crate::app::{keyboard, mouse};
use crate::model::diagnostic::Diagnostic;
use crate::model::report::PlanReport;
use crate::model::run::Verdict;
use crate::model::snapshot::RepoSnapshot;

impl App {
    /// A workbench that knows nothing yet.
    pub fn new(settings: AppSettings, now: SystemTime, size: (u16, u16)) -> App {
        let (keys, problems) = table::keymap(&settings.keys);
        let mut app = App::with_keys(keys, settings, now, size);
        app.says = problems.into_iter().next().map(Says::Refusal);
        app
    }

    /// Takes an event in and gives out what the world is to do. Total: no event in no order makes it panic.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = match event {
            Event::Key(key) => keyboard::press(self, key),
            Event::Mouse(input) => mouse::mouse(self, input),
            Event::Paste(text) => keyboard::paste(self, &text),
            Event::Resize(width, height) => {
                self.layout.screen.width = width;
                self.layout.screen.height = height;
                self.relayout();
                self.mark([Pane::Diff]);
                Vec::new()
            }
            Event::Focus(here) => {
                self.inner.away = !here;
                self.inner.dirty |= here;
                Vec::new()
            }
            Event::Tick(now) => {
                settle::tick(self, now);
                Vec::new()
            }
            Event::QuitRequested => self.leave(),
            other => take(self, other),
        };
        effects.extend(settle::settle(self));
        effects
    }
}

/// What is known about the tests themselves.
fn take_survey(app: &mut App, event: Event) {
    let changed = match event {
        Event::Mutated(report) => {
            // It is not tried any more; the pane says what was found.
            app.says = None;
            app.world.take_mutations(report)
        }
        Event::Covered(report) => {
            app.world.coverage.insert(report.stack.clone(), report);
            true
        }
        Event::Unsurveyed(stack) => {
            app.world.forget_survey(&stack);
            true
        }
        _ => false,
    };
    if changed {
        app.mark([Pane::Tests]);
    }
}

/// What the world tells.
fn take(app: &mut App, event: Event) -> Vec<Effect> {
    match event {
        Event::Snapshot(snapshot) => take_snapshot(app, snapshot),
        Event::Stacks(list) => {
            app.world.take_stacks(list);
            app.mark(Pane::ALL);
        }
        Event::Plan(report) => {
            if app.world.take_plan(report) {
                app.mark([Pane::Plan, Pane::Stacks, Pane::Diff]);
            }
        }
        Event::Lint(report) => {
            if app.world.take_lint(report) {
                app.mark([Pane::Lint, Pane::Stacks]);
            }
        }
        Event::Tests(report) => {
            if app.world.take_tests(report) {
                app.mark([Pane::Tests, Pane::Stacks]);
            }
        }
        Event::Mutated(_) | Event::Covered(_) | Event::Unsurveyed(_) => take_survey(app, event),
        Event::Diff(report) => {
            let key = (report.diff.path.clone(), report.diff.side);
            app.world.diffs.insert(key, report);
            app.mark([Pane::Diff]);
        }
        Event::Environment(_) | Event::Verified(_) | Event::Drifted(_) | Event::Run(_) => take_run(app, event),
        Event::ApplyPrepared(offer) => offer_apply(app, offer),
        Event::ApplyProgress(progress) => {
            let id = object_id(&progress);
            app.world.take_progress(progress);
            app.mark([Pane::Activity]);
            if app.inner.watching {
                app.rebuild(Pane::Activity);
                app.screens.activity.list.select_id(id);
            }
        }
        Event::ApplyDone(end) => apply_done(app, end),
        other => return take_rest(app, other),
    }
    Vec::new()
}

fn take_run(app: &mut App, event: Event) {
    match event {
        Event::Environment(status) => {
            app.world.environments.insert(status.name.clone(), status);
        }
        Event::Verified(report) => {
            let wrong = report.results.iter().filter(|result| {
                use crate::model::environment::VerifyOutcome::{Error, Failed};
                matches!(result.outcome, Failed | Error)
            });
            app.says = Some(Says::Notice(match wrong.count() {
                0 => {
                    format!("{} verified: {} looked at, all as it should be", report.environment, report.results.len())
                }
                count => format!("{}: {count} of {} not as it should be", report.environment, report.results.len()),
            }));
            app.world.verified.insert(report.environment.clone(), report);
            show_newest(app);
        }
        Event::Drifted(report) => {
            app.world.drifted.insert(report.environment.clone(), report);
            show_newest(app);
        }
        Event::Run(run) => {
            if let Some(commit) = run.commit.clone() {
                let red = matches!(run.verdict(), Verdict::Red | Verdict::Broken);
                let over = run.verdict() != Verdict::Running;
                let before = app.world.runs.insert(commit, run).map(|before| before.verdict());
                if over && before == Some(Verdict::Running) && matches!(app.says, Some(Says::Notice(_))) {
                    // That they run is over; the walk says what is next.
                    app.says = None;
                }
                if red && before == Some(Verdict::Running) {
                    show_failed_check(app);
                }
            }
        }
        _ => {}
    }
    app.mark([Pane::Environment, Pane::Activity, Pane::Checks, Pane::Stacks, Pane::Plan]);
}

/// Something new stands at the top of the activity pane: it is looked at from there.
fn show_newest(app: &mut App) {
    app.rebuild(Pane::Activity);
    app.list_mut(Pane::Activity).select(0);
}

/// The checks came out red: the cursor goes to the first that failed.
fn show_failed_check(app: &mut App) {
    app.rebuild(Pane::Checks);
    let failed = |row: &LineRow| row.indent == 0 && matches!(row.mark, Some(Mark::Failed | Mark::Error));
    let first = app.screens.checks.list.rows().iter().position(failed);
    if let Some(first) = first {
        app.list_mut(Pane::Checks).select(first);
    }
}

fn take_rest(app: &mut App, event: Event) -> Vec<Effect> {
    app.inner.dirty = true;
    match event {
        Event::GitDone(done) => git_done(app, done),
        Event::GitFailed(operation, fault) => return git_failed(app, operation, fault),
        Event::Blame(report) => {
            let reader = blame_reader(&report, app.now);
            app.overlays.push(Overlay::Reader(reader));
        }
        Event::History(report) => {
            let picker = commit_picker(&format!("history of {}", report.path), &report.commits, app.now);
            app.overlays.push(Overlay::Picker(picker));
        }
        Event::Commit(report) => {
            let reader = commit_reader(&report, app.now);
            app.overlays.push(Overlay::Reader(reader));
        }
        Event::JobStarted(start) => app.jobs.start(start),
        Event::JobProgress(id, line) => app.jobs.progress(id, line),
        Event::RawLine(id, line) => raw_line(app, id, line),
        Event::JobFinished(id, end) => job_finished(app, id, end),
        Event::Log(title, lines) => app.overlays.push(Overlay::Reader(Reader::plain(title, lines))),
        Event::EditorClosed(fault) => {
            if let Some(fault) = fault {
                broke(app, fault);
            }
            return vec![Effect::Redraw];
        }
        Event::Copied(Ok(())) => app.says = Some(Says::Notice("copied".to_owned())),
        Event::Copied(Err(fault)) | Event::Fault(fault) => broke(app, fault),
        Event::Trust(trusted) => app.world.trusted = trusted,
        Event::Settings(settings) => take_settings(app, settings),
        Event::ThemeChanged(name) => app.says = Some(Says::Notice(format!("theme {name}"))),
        Event::Notice(text) => app.says = Some(Says::Notice(text)),
        _ => {}
    }
    Vec::new()
}

fn take_snapshot(app: &mut App, snapshot: Arc<RepoSnapshot>) {
    let before = app.world.repo.replace(snapshot.clone());
    // Diffs of files that are changed no more are forgotten; those of others are read anew.
    let lives = |path: &crate::model::place::RepoPath| snapshot.changes.iter().any(|file| file.path == *path);
    app.world.diffs.retain(|(path, _), _| lives(path));
    app.inner.asked = None;
    app.mark([Pane::Changes, Pane::Stacks, Pane::Plan, Pane::Checks, Pane::Environment]);
    if app.inner.chose {
        return;
    }
    let known = |file: &&crate::model::snapshot::FileChange| {
        before.as_ref().is_some_and(|before| before.changes.iter().any(|old| old == *file))
    };
    let edited = snapshot.changes.iter().filter(|file| file.unstaged.is_some()).find(|file| !known(file));
    if let Some(path) = edited.map(|file| file.path.clone()) {
        app.rebuild(Pane::Changes);
        app.follow_file(&path);
        app.inner.followed = Some(path);
    }
}

fn take_settings(app: &mut App, settings: AppSettings) {
    let (keys, problems) = table::keymap(&settings.keys);
    app.keymap = keys;
    let old = std::mem::replace(&mut app.settings, settings);
    let own = app.screens.plan.hidden.iter().filter(|path| !old.hidden_attributes.contains(path)).cloned();
    app.screens.plan.hidden = app.settings.hidden_attributes.iter().cloned().chain(own.collect::<Vec<_>>()).collect();
    app.screens.plan.hidden.dedup();
    if let Some(problem) = problems.into_iter().next() {
        app.refuse(problem);
    }
    app.mark(Pane::ALL);
}

fn broke(app: &mut App, fault: Fault) {
    app.last_fault = Some(fault.clone());
    app.says = Some(Says::Fault(fault));
}

fn git_done(app: &mut App, done: GitDone) {
    app.world.undo = done.undo;
    if done.operation == GitOperation::Commit {
        app.draft.clear();
    }
    app.says = Some(Says::Notice(done.message));
}

fn git_failed(app: &mut App, operation: GitOperation, fault: Fault) -> Vec<Effect> {
    broke(app, fault);
    // The message is not lost: `c` finds it again.
    if operation == GitOperation::Commit { vec![Effect::SaveUiState(app.ui_state())] } else { Vec::new() }
}

fn raw_line(app: &mut App, id: crate::model::id::JobId, line: String) {
    let height = app.reader_height();
    if let Some(Overlay::Reader(reader)) = app.overlays.last_mut()
        && reader.follows == Some(id)
    {
        reader.append(line.clone(), height);
    }
    app.jobs.raw(id, line);
}

fn job_finished(app: &mut App, id: crate::model::id::JobId, end: JobEnd) {
    if let JobEnd::Failed(fault) = &end {
        broke(app, fault.clone());
    }
    if let JobEnd::Cancelled = &end {
        let what = app.jobs.get(id).map_or("the job", |note| note.start.kind.word());
        app.says = Some(Says::Notice(format!("{what} interrupted")));
    }
    let follows = |overlay: &mut Overlay| match overlay {
        Overlay::Reader(reader) if reader.follows == Some(id) => reader.follows = None,
        _ => {}
    };
    app.overlays.iter_mut().for_each(follows);
    app.jobs.finish(id, end);
}

fn apply_done(app: &mut App, end: ApplyEnd) {
    if let Some(fault) = end.fault.clone().filter(|_| !end.cancelled) {
        broke(app, fault);
    } else {
        let word = if end.cancelled { "interrupted" } else { "done" };
        app.says =
            Some(Says::Notice(format!("{} of {} {word}: {}", end.operation.word(), end.environment, end.summary)));
    }
    app.world.applied = Some(end);
    app.mark([Pane::Activity, Pane::Environment]);
    if std::mem::take(&mut app.inner.watching) {
        app.rebuild(Pane::Activity);
        app.list_mut(Pane::Activity).select(0);
    }
}

/// Shows what an apply would do and asks; or says why it cannot be.
fn offer_apply(app: &mut App, offer: ApplyOffer) {
    app.inner.dirty = true;
    app.says = None;
    let short = offer.commit.get(..8).unwrap_or(&offer.commit);
    let title = format!("Apply {short} to {}?", offer.environment);
    let mut lines: Vec<ToneLine> = Vec::new();
    for Refusal { reason, hint } in &offer.refusals {
        lines.push(ToneLine::new(Tone::Error, reason.clone()));
        if !hint.is_empty() {
            lines.push(ToneLine::new(Tone::Muted, format!("  {hint}")));
        }
    }
    let told = lines.len();
    let mut destroys = 0;
    let mut anything = false;
    for report in &offer.plans {
        let (gone, some) = plan_lines(&mut lines, report);
        destroys += gone;
        anything |= some;
    }
    if destroys > 0 {
        let objects = if destroys == 1 { "object is" } else { "objects are" };
        lines.insert(told, ToneLine::new(Tone::Error, format!("{destroys} {objects} destroyed or replaced")));
    }
    if !anything && offer.refusals.is_empty() {
        lines.push(ToneLine::new(
            Tone::Ok,
            "Nothing to change: applying brings the commit and its processes up to date.",
        ));
    }
    let need = match () {
        () if !offer.refusals.is_empty() => Need::Nothing,
        () if destroys > 0 => Need::Typed("yes".to_owned()),
        () => Need::Key,
    };
    let effects = vec![Effect::Apply { environment: offer.environment, offer: offer.id }];
    let mut confirm = Confirm::new(title, lines, need, effects);
    confirm.danger = destroys > 0;
    app.overlays.push(Overlay::Confirm(confirm));
}

/// One stack's part of the offer; how much it destroys, and whether it does anything.
fn plan_lines(lines: &mut Vec<ToneLine>, report: &PlanReport) -> (usize, bool) {
    use crate::model::action::Action;
    let summary = report.plan.summary();
    lines.push(ToneLine::new(Tone::Heading, format!("{}  {}", report.stack, counts(&summary))));
    let mut changes: Vec<_> =
        report.plan.changes.iter().filter(|change| crate::app::screen::diff::is_real(change)).collect();
    changes.sort_by_key(|change| !change.change.action.destroys());
    for change in &changes {
        let action = change.change.action;
        let tone = match action {
            action if action.destroys() => Tone::Removed,
            Action::Create => Tone::Added,
            Action::Update => Tone::Warning,
            _ => Tone::Text,
        };
        let names = crate::app::change::attributes::names(&change.change, &Hidden::nothing());
        let names = if names.is_empty() { names } else { format!("  {names}") };
        let destroyed = match action {
            Action::Delete => "  destroyed",
            action if action.is_replace() => "  replaced",
            _ => "",
        };
        lines.push(ToneLine::new(tone, format!("  {} {}{destroyed}{names}", action.sign(), change.address)));
    }
    for diagnostic in &report.diagnostics {
        let tone = if diagnostic.is_error() { Tone::Error } else { Tone::Warning };
        let place = diagnostic.subject.as_ref().map(|place| format!("  {place}")).unwrap_or_default();
        lines.push(ToneLine::new(tone, format!("  {}: {}{place}", severity_word(diagnostic), diagnostic.summary)));
    }
    (summary.remove, !summary.is_empty())
}

fn severity_word(diagnostic: &Diagnostic) -> &'static str {
    if diagnostic.is_error() { "error" } else { "warning" }
}

/// Whether a job of this kind is at work, for the title of a pane.
pub fn is_at_work(app: &App, kinds: &[JobKind], stack: Option<&crate::model::place::RepoPath>) -> bool {
    app.jobs.noticeable(app.now).any(|note| {
        kinds.contains(&note.start.kind)
            && (stack.is_none() || note.start.stack.is_none() || note.start.stack.as_ref() == stack)
    })
}
