//! The title of each pane: what it is about, how true, how old, how many. And what an empty pane says.

use std::time::SystemTime;

use crate::app::App;
use crate::app::age::{ago, short};
use crate::app::event::JobKind;
use crate::app::layout::{Area, Pane, Placed};
use crate::app::screen::line::{Tone, ToneLine};
use crate::app::screen::lint::counts as lint_counts;
use crate::app::screen::plan::counts;
use crate::app::update::is_at_work;
use crate::app::wrap::Wrapped;
use crate::model::report::{PlanReport, Provenance};
use crate::model::run::{JobState, Verdict};
use crate::model::snapshot::DiffSide;
use crate::model::stack::StackKind;
use crate::model::test::TestCounts;
use crate::ui::frame::Title;
use crate::ui::look::Look;
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::theme::Role;

/// The title of a pane.
pub fn of(app: &App, look: &Look, placed: &Placed, focused: bool) -> Title {
    let pane = placed.pane;
    let name = if focused { Role::Focus } else { Role::Heading };
    let mut title =
        Title { left: vec![(format!("{} {}", pane.number(), pane.title()), name, Shrink::Never)], right: Vec::new() };
    match pane {
        Pane::Stacks => stacks(&mut title, app),
        Pane::Changes => changes(&mut title, app),
        Pane::Plan => plan(&mut title, app),
        Pane::Diff => diff(&mut title, app),
        Pane::Lint => lint(&mut title, app),
        Pane::Tests => tests(&mut title, app),
        Pane::Environment => push(&mut title, app.environment_name(), Role::Text, Shrink::End),
        Pane::Checks => checks(&mut title, app),
        Pane::Activity => activity(&mut title, app),
    }
    if let Some(filter) = app.finding.filters.get(&pane) {
        push(&mut title, &format!("/{}/", filter.source()), Role::Warning, Shrink::End);
    }
    if is_at_work(app, kinds(pane), app.stack()) {
        push(&mut title, look.spinner(app.now), Role::Running, Shrink::Never);
    }
    if matches!(pane, Pane::Diff | Pane::Checks | Pane::Activity) && focused && placed.area.width >= 60 {
        let others = [Pane::Diff, Pane::Checks, Pane::Activity].into_iter().filter(|other| *other != pane);
        let words: Vec<String> = others.map(|other| format!("{} {}", other.number(), other.title())).collect();
        title.right.insert(0, (format!("{}  ", words.join(" · ")), Role::Muted));
    }
    title
}

fn kinds(pane: Pane) -> &'static [JobKind] {
    match pane {
        Pane::Stacks | Pane::Changes => &[JobKind::Scan],
        Pane::Plan => &[JobKind::Preview, JobKind::ToolPlan],
        Pane::Diff => &[],
        Pane::Lint => &[JobKind::Lint],
        Pane::Tests => &[JobKind::Test, JobKind::Mutation],
        Pane::Environment => &[JobKind::Apply, JobKind::Verify, JobKind::Drift, JobKind::Prepare],
        Pane::Checks => &[JobKind::Checks],
        Pane::Activity => &[JobKind::Apply, JobKind::Verify, JobKind::Drift],
    }
}

fn push(title: &mut Title, text: &str, role: Role, shrink: Shrink) {
    if !text.is_empty() {
        title.left.push((format!("  {text}"), role, shrink));
    }
}

/// `just now`, or `remembered, 2 h ago`.
fn push_age(title: &mut Title, provenance: &Provenance, now: SystemTime, stale: bool) {
    let age = ago(now, provenance.at);
    // That something is not of this moment is never left out.
    let (text, role, shrink) = match (stale, provenance.remembered) {
        (true, _) => (format!("last good {age}"), Role::Stale, Shrink::Never),
        (false, true) => (format!("remembered, {age}"), Role::Stale, Shrink::Never),
        (false, false) => (age, Role::Muted, Shrink::Drop),
    };
    title.left.push((format!(" · {text}"), role, shrink));
}

fn stacks(title: &mut Title, app: &App) {
    if let Some(list) = &app.world.stacks {
        title.right.push((list.stacks.len().to_string(), Role::Muted));
    }
}

fn changes(title: &mut Title, app: &App) {
    let Some(repo) = &app.world.repo else { return };
    let staged = repo.changes.iter().filter(|file| file.staged.is_some()).count();
    if staged > 0 {
        push(title, &format!("{staged} staged"), Role::Create, Shrink::Drop);
    }
    if !repo.changes.is_empty() {
        title.right.push((repo.changes.len().to_string(), Role::Muted));
    }
}

fn plan(title: &mut Title, app: &App) {
    if let Some(stack) = app.stack() {
        push(title, stack.as_str(), Role::Text, Shrink::Middle);
    }
    let Some(report) = app.plan() else { return };
    push(title, report.fidelity.word(), Role::Text, Shrink::Drop);
    title.left.push((format!(" {}", report.prior.title()), Role::Text, Shrink::Drop));
    title.left.push((format!(" · {}", short(report.provenance.took)), Role::Muted, Shrink::Drop));
    let broken = crate::model::diagnostic::has_errors(&report.diagnostics);
    push_age(title, &report.provenance, app.now, report.stale);
    if broken {
        title.right.push(("! broken  ".to_owned(), Role::Error));
    }
    if !report.disagreements.is_empty() {
        title.right.push((format!("! {} disagree  ", report.disagreements.len()), Role::Warning));
    }
    title.right.extend(count_parts(report));
}

fn count_parts(report: &PlanReport) -> Vec<(String, Role)> {
    let summary = report.plan.summary();
    let role = |count: usize, role: Role| if count > 0 { role } else { Role::Muted };
    let mut parts = vec![
        (format!("+{}", summary.add), role(summary.add, Role::Create)),
        (format!(" ~{}", summary.change), role(summary.change, Role::Update)),
        (format!(" -{}", summary.remove), role(summary.remove, Role::Delete)),
    ];
    let text = counts(&summary);
    let rest = text.splitn(4, ' ').nth(3).unwrap_or_default();
    if !rest.is_empty() {
        parts.push((format!(" {rest}"), Role::Muted));
    }
    parts
}

fn diff(title: &mut Title, app: &App) {
    let Some((path, side)) = app.screens.diff.shown.as_ref().cloned().or_else(|| app.diff_target()) else { return };
    push(title, path.as_str(), Role::Text, Shrink::Middle);
    let word = match side {
        DiffSide::Unstaged => "unstaged",
        DiffSide::Staged => "staged",
    };
    push(title, word, if side == DiffSide::Staged { Role::Create } else { Role::Muted }, Shrink::Drop);
    if app.screens.changes.selected().is_some_and(|row| row.sides().len() > 1) {
        title.left.push((" · o other side".to_owned(), Role::Muted, Shrink::Drop));
    }
    if let Some(report) = app.world.diffs.get(&(path, side))
        && report.diff.hunks.len() > 1
    {
        let at = app.screens.diff.hunk().map_or(0, |at| at + 1);
        title.right.push((format!("{at} of {}", report.diff.hunks.len()), Role::Muted));
    }
}

fn lint(title: &mut Title, app: &App) {
    let Some(report) = app.stack().and_then(|stack| app.world.lints.get(stack)) else { return };
    let [errors, warnings, notes, suppressed] = lint_counts(report);
    let words = [
        (errors, "error", Role::Error),
        (warnings, "warning", Role::Warning),
        (notes, "note", Role::Muted),
        (suppressed, "suppressed", Role::Muted),
    ];
    let mut any = false;
    for (count, word, role) in words.into_iter().filter(|(count, _, _)| *count > 0) {
        any |= word != "suppressed";
        let plural = if count == 1 || word == "suppressed" { "" } else { "s" };
        push(title, &format!("{count} {word}{plural}"), role, Shrink::Drop);
    }
    if !any {
        push(title, "✓ clean", Role::Ok, Shrink::Drop);
    }
    push_age(title, &report.provenance, app.now, false);
}

fn tests(title: &mut Title, app: &App) {
    let Some(report) = app.stack().and_then(|stack| app.world.tests.get(stack)) else { return };
    let counts = TestCounts::of(&report.suites);
    let ran = counts.total() - counts.skipped;
    let (text, role) = match () {
        () if counts.total() == 0 => ("none".to_owned(), Role::Muted),
        () if counts.is_green() => (format!("✓ {} of {}", counts.passed, counts.total()), Role::Ok),
        () => (format!("✗ {} of {}", counts.passed, counts.total()), Role::Error),
    };
    push(title, &text, role, Shrink::Never);
    if ran > 0 {
        title.left.push((format!(" · {}", short(report.provenance.took)), Role::Muted, Shrink::Drop));
    }
    push_age(title, &report.provenance, app.now, false);
}

fn checks(title: &mut Title, app: &App) {
    let Some(head) = app.world.head() else { return };
    push(title, head.get(..8).unwrap_or(head), Role::Text, Shrink::Drop);
    let Some(run) = app.world.head_run() else { return };
    let (word, role) = match run.verdict() {
        Verdict::Running => ("running", Role::Running),
        Verdict::Green => ("✓ green", Role::Ok),
        Verdict::Red => ("✗ red", Role::Error),
        Verdict::Broken => ("! broken", Role::Error),
        Verdict::Cancelled => ("! cancelled", Role::Warning),
    };
    push(title, word, role, Shrink::Never);
    if run.verdict() != Verdict::Running {
        title.left.push((format!(" · {} · {}", short(run.took), ago(app.now, run.started)), Role::Muted, Shrink::Drop));
    }
    let done = run.jobs.iter().filter(|job| job.state.is_done()).count();
    let failed = run.jobs.iter().filter(|job| matches!(job.state, JobState::Failed | JobState::Broken)).count();
    if failed > 0 {
        title.right.push((format!("{failed} failed  "), Role::Error));
    }
    title.right.push((format!("{done} of {}", run.jobs.len()), Role::Muted));
}

fn activity(title: &mut Title, app: &App) {
    use crate::app::event::ApplyPhase;
    let world = &app.world;
    if let Some(first) = world.applying.first() {
        push(title, &format!("{} {}", first.operation.word(), first.environment), Role::Text, Shrink::End);
        let done = world.applying.iter().filter(|one| one.phase == ApplyPhase::Done).count();
        title.right.push((format!("{done} of {}", world.applying.len()), Role::Muted));
    }
}

/// What an empty pane says.
pub fn empty(pen: &mut Pen<'_>, app: &App, pane: Pane, area: Area) {
    let (muted, text) = (pen.style(Role::Muted), why_empty(app, pane));
    let mut lines = Wrapped::new(text.split('\n').map(|line| ToneLine::new(Tone::Muted, line)).collect());
    lines.fit(usize::from(area.width.saturating_sub(1)));
    for (at, line) in lines.shown.iter().take(usize::from(area.height)).enumerate() {
        let row = Row::new().push(line.text.as_str(), muted, Shrink::End);
        pen.row(area.x + 1, area.y + at as u16, area.width.saturating_sub(1), row);
    }
}

fn why_empty(app: &App, pane: Pane) -> String {
    if app.finding.filters.contains_key(&pane) {
        return "nothing fits the filter: Esc takes it back".to_owned();
    }
    let world = &app.world;
    let native = app.stack().and_then(|path| world.stack(path)).is_some_and(|stack| stack.kind == StackKind::Terraform);
    let reading = "reading …".to_owned();
    match pane {
        Pane::Stacks if world.stacks.is_none() => reading,
        Pane::Stacks => {
            "no stacks here: no .tf, no playbook, no template that Kilter knows\nkilter demo shows what it does"
                .to_owned()
        }
        Pane::Changes => match &world.repo {
            None => reading,
            Some(repo) if !repo.is_git => "no git repo here".to_owned(),
            Some(_) => "nothing differs from HEAD\nedit a file, in any editor".to_owned(),
        },
        Pane::Plan if world.stacks.is_none() || (app.stack().is_some() && native) => "planning …".to_owned(),
        Pane::Plan => "no stack is selected".to_owned(),
        Pane::Diff if app.screens.changes.selected().is_some() => reading,
        Pane::Diff => "no changed file is selected".to_owned(),
        Pane::Lint => match app.stack().map(|stack| world.lints.contains_key(stack)) {
            Some(true) => "nothing found".to_owned(),
            Some(false) => "looking …".to_owned(),
            None => String::new(),
        },
        Pane::Tests => match app.stack().map(|stack| world.tests.contains_key(stack)) {
            Some(true) => {
                "this stack brings no tests\n*.tftest.hcl files beside it are run after every save".to_owned()
            }
            Some(false) if native => "testing …".to_owned(),
            Some(false) => "no tests of this kind are run here".to_owned(),
            None => String::new(),
        },
        Pane::Environment => "no environment yet\na applies the commit when its checks are green".to_owned(),
        Pane::Checks => "not run yet: x runs the checks of this commit".to_owned(),
        Pane::Activity => {
            "nothing was applied in this session\na applies · v verifies · D drift, rebuild, destroy".to_owned()
        }
    }
}
