//! Saying more about the thing under the cursor: explanations, raw output, and what the world answers about it.

use std::time::SystemTime;

use crate::app::age::ago;
use crate::app::command::entry::{Command, nothing};
use crate::app::effect::Effect;
use crate::app::event::{BlameReport, CommitReport};
use crate::app::layout::Pane;
use crate::app::marks;
use crate::app::overlay::Overlay;
use crate::app::overlay::picker::{Choice, Item, Picker};
use crate::app::overlay::reader::Reader;
use crate::app::screen::checks::title;
use crate::app::screen::line::{Tone, ToneLine};
use crate::app::screen::plan::{PlanBody, reason_words};
use crate::app::state::App;
use crate::model::diagnostic::Diagnostic;
use crate::model::finding::Finding;
use crate::model::plan::{Knowledge, ResourceChange};
use crate::model::report::{Fidelity, HitRate, PlanReport};
use crate::model::snapshot::{CommitSummary, LineKind};

/// The commands.
pub const COMMANDS: &[Command] = &[
    Command {
        id: "explain.this",
        title: "Explain",
        doc: "Explains the thing under the cursor: a rule with a bad and a good example, a change and why, a mark, a test.",
        keys: &["i"],
        panes: &[],
        possible: |app| explanation(app).map(|_| ()),
        run: |app| {
            if let Ok(reader) = explanation(app) {
                app.overlays.push(Overlay::Reader(reader));
            }
            nothing()
        },
    },
    Command {
        id: "explain.raw",
        title: "Raw output",
        doc: "Shows what the tool behind this pane printed, or the log of the job or process under the cursor.",
        keys: &["L"],
        panes: &[],
        possible: |app| match raw(app) {
            Raw::Nothing(why) => Err(why),
            _ => Ok(()),
        },
        run: |app| match raw(app) {
            Raw::Reader(reader) => {
                app.overlays.push(Overlay::Reader(reader));
                nothing()
            }
            Raw::Effect(effect) => vec![effect],
            Raw::Nothing(_) => nothing(),
        },
    },
];

fn text(line: impl Into<String>) -> ToneLine {
    ToneLine::new(Tone::Text, line)
}

fn heading(line: impl Into<String>) -> ToneLine {
    ToneLine::new(Tone::Heading, line)
}

fn muted(line: impl Into<String>) -> ToneLine {
    ToneLine::new(Tone::Muted, line)
}

fn explanation(app: &App) -> Result<Reader, String> {
    let nothing = || "there is nothing under the cursor to explain".to_owned();
    match app.gaze.focus {
        Pane::Lint => {
            let lint = &app.screens.lint;
            let finding = lint.finding().map(rule_reader);
            finding.or_else(|| lint.diagnostic().map(diagnostic_reader)).ok_or_else(nothing)
        }
        Pane::Plan => plan_reader(app).ok_or_else(nothing),
        Pane::Stacks => stack_reader(app).ok_or_else(nothing),
        pane => {
            let list = app.list(pane);
            if list.is_empty() {
                return Err(nothing());
            }
            Ok(Reader::new(pane.title(), vec![text(list.text(list.index())), text(""), muted(about(pane))]))
        }
    }
}

fn about(pane: Pane) -> &'static str {
    match pane {
        Pane::Changes => "A file that differs from HEAD. The first letter is what is staged, the second what is not.",
        Pane::Diff => "A line of the change. Space stages or unstages its hunk, m goes to the plan changes it causes.",
        Pane::Tests => "A test of this stack, run natively after every save. Details of a failure stand below it.",
        Pane::Environment => "The test environment: its own checkout of a commit, its own state, its own processes.",
        Pane::Checks => "A check of the commit, run on a clean checkout of it. L shows its whole log.",
        Pane::Activity => "What happened to the environment last: applied objects, verification, drift.",
        Pane::Stacks | Pane::Plan | Pane::Lint => "",
    }
}

/// The explanation of the finding under the cursor.
pub fn explain_finding(app: &mut App) -> Vec<Effect> {
    match app.screens.lint.finding().map(rule_reader) {
        Some(reader) => {
            app.overlays.push(Overlay::Reader(reader));
            nothing()
        }
        None => crate::app::command::edit::open_place(app),
    }
}

/// All that a message says: a pane shows only the beginning of long lines.
fn diagnostic_reader(diagnostic: &Diagnostic) -> Reader {
    let mut lines: Vec<ToneLine> = diagnostic.detail.lines().map(text).collect();
    if let Some(place) = &diagnostic.subject {
        lines.extend([text(""), muted(place.to_string())]);
    }
    let mut reader = Reader::new(diagnostic.summary.clone(), lines);
    reader.place = diagnostic.subject.as_ref().map(|place| (place.path.clone(), place.start.line));
    reader
}

fn rule_reader(finding: &Finding) -> Reader {
    let rule = finding.rule;
    let mut lines = vec![
        text(finding.message.clone()),
        muted(format!("{} · {} · {}", finding.place, finding.level.word(), rule.id)),
        text(""),
        heading(rule.title),
    ];
    lines.extend(rule.explanation.lines().map(text));
    for (title, example, tone) in [("Not so", rule.bad, Tone::Removed), ("But so", rule.good, Tone::Added)] {
        if !example.is_empty() {
            lines.extend([text(""), heading(title)]);
            lines.extend(example.lines().map(|line| ToneLine::new(tone, format!("  {line}"))));
        }
    }
    if !rule.source.is_empty() {
        lines.extend([text(""), muted(format!("from {}", rule.source))]);
    }
    let mut reader = Reader::new(rule.id, lines);
    reader.place = Some((finding.place.path.clone(), finding.place.start.line));
    reader
}

fn stack_reader(app: &App) -> Option<Reader> {
    let path = app.stack()?;
    let stack = app.world.stack(path)?;
    let words = marks::of_stack(&app.world, path, app.environment_name());
    let mut lines = vec![text(format!("A stack of kind {}.", stack.kind.word())), text("")];
    let names = ["plan", "lint", "tests", "environment"];
    lines.extend(names.iter().zip(words).map(|(name, mark)| text(format!("{name}: {}", mark.word()))));
    lines.extend(
        stack.reads.iter().map(|other| muted(format!("reads the outputs of {other}, so it is applied after it"))),
    );
    if let Some(tool) = app.world.stacks.as_ref().and_then(|list| list.tools.get(&stack.kind)) {
        lines.push(text(""));
        match (&tool.path, &tool.version) {
            (Some(path), version) => {
                let version = version.as_deref().unwrap_or("of unknown version");
                lines.push(text(format!("{} {version} is at {}", tool.program, path.display())));
            }
            (None, _) => {
                lines.push(ToneLine::new(Tone::Warning, format!("{} is not here", tool.program)));
                lines.push(text(format!("It would unlock: {}", tool.unlocks)));
                lines.push(muted(format!("To get it: {}", tool.install)));
            }
        }
    }
    Some(Reader::new(path.to_string(), lines))
}

fn plan_reader(app: &App) -> Option<Reader> {
    let report = app.plan()?;
    let row = app.screens.plan.list.current()?;
    let mut lines = Vec::new();
    let title = match (&row.body, row.change.and_then(|at| report.plan.changes.get(at))) {
        (_, Some(change)) => {
            change_lines(&mut lines, change);
            comparison_lines(&mut lines, report, change);
            if let Some(path) = app.screens.plan.attribute() {
                let whole = app.list(Pane::Plan).text(app.list(Pane::Plan).index());
                lines.extend([
                    text(""),
                    text(whole.trim_start()),
                    muted(format!("attribute {path}: z hides it in all plans")),
                ]);
            }
            change.address.to_string()
        }
        (PlanBody::Undecided { block, decided_by, unlock }, _) => {
            lines.push(text("How many instances there are is not known here: something decides it that nobody asked."));
            lines.push(text(format!("Decided by: {decided_by}")));
            lines.push(text(format!("What unlocks it: {unlock}")));
            block.clone()
        }
        (PlanBody::Diagnostic { summary, .. }, None) => {
            let told = report.diagnostics.iter().find(|told| told.summary == *summary && told.subject == row.place);
            lines.extend(told.iter().flat_map(|told| told.detail.lines()).map(text));
            summary.clone()
        }
        (_, None) => {
            let line = app.list(Pane::Plan).text(app.list(Pane::Plan).index());
            lines.push(text(line.trim()));
            "plan".to_owned()
        }
    };
    lines.extend([text(""), heading("How true this is"), text(fidelity_words(report.fidelity))]);
    lines.push(text(format!("compared {}", report.prior.title())));
    let mut reader = Reader::new(title, lines);
    reader.place = row.place.as_ref().map(|place| (place.path.clone(), place.start.line));
    Some(reader)
}

fn change_lines(lines: &mut Vec<ToneLine>, change: &ResourceChange) {
    lines.push(text(format!("{} {}", change.change.action.sign(), change.change.action.word())));
    if let Some(reason) = change.reason {
        lines.push(text(format!("because {}", reason_words(reason))));
    }
    let forcing: Vec<String> = change.change.replace_paths.iter().map(ToString::to_string).collect();
    if !forcing.is_empty() {
        lines.push(text(format!("forced by {}", forcing.join(", "))));
    }
    if let Some(previous) = &change.previous_address {
        lines.push(text(format!("moved from {previous}")));
    }
    if let Some(id) = &change.change.importing {
        lines.push(text(format!("imported from {id:?}")));
    }
    lines.push(muted(format!("provider {}", change.provider)));
    lines.push(muted(match &change.knowledge {
        Knowledge::Exact => "known exactly as terraform would say it".to_owned(),
        Knowledge::FromSchema => {
            "configured arguments are exact; computed ones follow the provider's cached schema".to_owned()
        }
        Knowledge::Learned(day) => format!("as the real tool planned such a change: learned from the plan of {day}"),
        Knowledge::ProviderDecides => "configured arguments are exact; the rest only the provider decides".to_owned(),
        Knowledge::FromConfiguration => "compared with the configuration at a revision, not with a state".to_owned(),
    }));
}

/// How the preview stood to what the real tool planned.
fn comparison_lines(lines: &mut Vec<ToneLine>, report: &PlanReport, change: &ResourceChange) {
    let disagreement = report.disagreements.iter().find(|found| found.address == change.address);
    lines.extend(disagreement.map(|found| text(format!("preview and plan disagree: {}", found.what))));
    let rate = report.rates.iter().find(|rate| rate.type_name == change.address.resource.type_name);
    let words = |rate: &HitRate| format!("previews of {} were right in {} rows so far", rate.type_name, rate.words());
    lines.extend(rate.map(|rate| muted(words(rate))));
}

fn fidelity_words(fidelity: Fidelity) -> &'static str {
    match fidelity {
        Fidelity::Parsed => "parsed: the files were read, nothing was evaluated",
        Fidelity::Previewed => "previewed: planned natively from configuration and prior; no provider was asked",
        Fidelity::Planned => "planned: the real tool planned, without reading the real world",
        Fidelity::Refreshed => "refreshed: the real tool planned and read the real world",
    }
}

enum Raw {
    Reader(Reader),
    Effect(Effect),
    Nothing(String),
}

fn raw(app: &App) -> Raw {
    let focus = app.gaze.focus;
    if let (Pane::Environment, Some(process)) = (focus, app.screens.environment.process()) {
        let environment = app.environment_name().to_owned();
        return Raw::Effect(Effect::ReadLog { environment, process: process.to_owned() });
    }
    if let (Pane::Checks, Some(run)) = (focus, app.world.head_run())
        && let Some(job) = app.screens.checks.job().and_then(|at| run.jobs.get(at))
    {
        return Raw::Reader(Reader::plain(format!("log of {}", title(job)), &job.log));
    }
    let job = app.jobs.newest_raw(app.stack()).or_else(|| app.jobs.newest_raw(None));
    if let Some(note) = job {
        let mut reader = Reader::plain(format!("what {} printed", note.start.kind.word()), &note.raw);
        reader.follows = note.end.is_none().then_some(note.start.id);
        reader.offset = usize::MAX;
        return Raw::Reader(reader);
    }
    match app.plan().filter(|report| !report.raw.is_empty()) {
        Some(report) => Raw::Reader(Reader::plain(format!("plan of {}", report.stack), &report.raw)),
        None => Raw::Nothing("no tool printed anything yet".to_owned()),
    }
}

/// A blame to read, with the line that was asked about marked.
pub fn blame_reader(report: &BlameReport, now: SystemTime) -> Reader {
    let who = |line: &crate::app::event::BlameLine| match &line.commit {
        Some(commit) => {
            let short = commit.id.get(..8).unwrap_or(&commit.id).to_owned();
            let author: String = commit.author.chars().take(12).collect();
            format!("{short} {author:<12} {:<14}", ago(now, commit.time))
        }
        None => format!("{:<36}", "not committed"),
    };
    let lines =
        report.lines.iter().enumerate().map(|(at, line)| text(format!("{} {:>4} {}", who(line), at + 1, line.text)));
    let mut reader = Reader::new(format!("blame {}", report.path), lines.collect());
    reader.wraps = false;
    let at = (report.line as usize).saturating_sub(1).min(report.lines.len().saturating_sub(1));
    reader.marked = Some(at);
    reader.offset = at.saturating_sub(5);
    reader.place = Some((report.path.clone(), report.line));
    if let Some(commit) = report.lines.get(at).and_then(|line| line.commit.as_ref()) {
        reader.title =
            format!("blame {} · {} {}", report.path, commit.id.get(..8).unwrap_or(&commit.id), commit.summary);
    }
    reader
}

/// Commits to choose from; choosing one shows it in full.
pub fn commit_picker(title: &str, commits: &[CommitSummary], now: SystemTime) -> Picker {
    let item = |commit: &CommitSummary| Item {
        label: format!("{} {}", commit.id.get(..8).unwrap_or(&commit.id), commit.summary),
        detail: format!("{} · {}", commit.author, ago(now, commit.time)),
        keys: String::new(),
        impossible: None,
        choice: Choice::Effect(Effect::ShowCommit(commit.id.clone())),
    };
    Picker::searchable(title, commits.iter().map(item).collect())
}

/// A commit to read.
pub fn commit_reader(report: &CommitReport, now: SystemTime) -> Reader {
    let commit = &report.commit;
    let mut lines = vec![muted(format!("{} · {} · {}", commit.id, commit.author, ago(now, commit.time))), text("")];
    lines.extend(report.message.trim_end().lines().map(text));
    if let Some(run) = &report.run {
        lines.extend([text(""), heading("checks")]);
        lines.extend(run.jobs.iter().map(|job| {
            let tone = match marks::of_job(job.state) {
                marks::Mark::Ok => Tone::Ok,
                marks::Mark::Failed | marks::Mark::Error => Tone::Error,
                _ => Tone::Muted,
            };
            ToneLine::new(tone, format!("{}: {} {}", title(job), job.state.word(), job.summary))
        }));
    }
    for file in &report.files {
        lines.extend([text(""), heading(file.path.to_string())]);
        lines.extend(file.note.iter().map(|note| muted(note.clone())));
        for hunk in &file.hunks {
            let (old, new) = (hunk.old_start, hunk.new_start);
            lines.push(muted(format!("@@ -{old} +{new} @@ {}", hunk.heading)));
            lines.extend(hunk.lines.iter().map(|line| match line.kind {
                LineKind::Context => ToneLine::new(Tone::Code, format!("  {}", line.text)),
                LineKind::Added => ToneLine::new(Tone::Added, format!("+ {}", line.text)),
                LineKind::Removed => ToneLine::new(Tone::Removed, format!("- {}", line.text)),
            }));
        }
    }
    Reader::new(format!("commit {}", commit.id.get(..8).unwrap_or(&commit.id)), lines)
}
