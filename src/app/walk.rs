//! The walk: edit → commit → checks → apply → verify. Where the change stands, what is next, which command does it, and
//! why a step is not possible.

use crate::app::event::JobKind;
use crate::app::state::App;
use crate::model::environment::Health;
use crate::model::run::Verdict;

/// The steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stop {
    /// The working tree differs from HEAD.
    Edit,
    /// The change is committed.
    Commit,
    /// The checks of the commit.
    Checks,
    /// The commit is applied to the environment.
    Apply,
    /// The environment was verified.
    Verify,
}

/// Where one step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Behind us.
    Done,
    /// The next thing to do.
    Next,
    /// At work.
    Running,
    /// Went wrong.
    Failed,
    /// Not yet.
    Later,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkStep {
    /// Which.
    pub stop: Stop,
    /// What it is called: `apply test`.
    pub label: String,
    /// Where it stands.
    pub standing: Standing,
}

/// The walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The steps in order.
    pub steps: Vec<WalkStep>,
    /// What is next, in words.
    pub say: String,
    /// The command that does it.
    pub command: Option<&'static str>,
}

/// Works out where the change stands.
pub fn of(app: &App) -> Walk {
    let Some(repo) = &app.world.repo else { return plain("reading the repo …") };
    if !repo.is_git {
        return plain("no git repo here: `git init` begins the walk");
    }
    let staged = repo.changes.iter().any(|file| file.staged.is_some());
    let dirty = !repo.changes.is_empty();
    let standings = standings(app, dirty);
    let next = standings.iter().position(|standing| !matches!(standing, Standing::Done));
    let (say, command) = match next.map(|at| (STOPS[at], standings[at])) {
        None => ("all done: the change lives in the environment".to_owned(), None),
        Some((Stop::Edit, _)) => ("edit a file, in any editor".to_owned(), None),
        Some((Stop::Commit, _)) => next_commit(repo.operation.as_deref(), staged),
        Some((Stop::Checks, standing)) => next_checks(standing, repo.head.is_some()),
        Some((Stop::Apply, standing)) => next_apply(app, standing),
        Some((Stop::Verify, standing)) => drifted(app).filter(|_| standing == Standing::Failed).map_or_else(
            || next_verify(standing),
            |count| {
                let objects = if count == 1 { "object" } else { "objects" };
                (format!("{count} {objects} drifted: applying again repairs it"), Some("walk.apply"))
            },
        ),
    };
    let label = |stop: Stop| match stop {
        Stop::Edit => "edit".to_owned(),
        Stop::Commit => "commit".to_owned(),
        Stop::Checks => "checks".to_owned(),
        Stop::Apply => format!("apply {}", app.environment_name()),
        Stop::Verify => "verify".to_owned(),
    };
    let step = |(stop, standing): (&Stop, Standing)| WalkStep { stop: *stop, label: label(*stop), standing };
    Walk { steps: STOPS.iter().zip(standings).map(step).collect(), say, command }
}

const STOPS: [Stop; 5] = [Stop::Edit, Stop::Commit, Stop::Checks, Stop::Apply, Stop::Verify];

fn plain(say: &str) -> Walk {
    Walk { steps: Vec::new(), say: say.to_owned(), command: None }
}

fn standings(app: &App, dirty: bool) -> [Standing; 5] {
    let running = |kind| app.jobs.find(kind, None).is_some();
    let verdict = app.world.head_run().map(|run| run.verdict());
    let checks = match verdict {
        _ if running(JobKind::Checks) => Standing::Running,
        Some(Verdict::Running) => Standing::Running,
        Some(Verdict::Green) => Standing::Done,
        Some(Verdict::Red | Verdict::Broken) => Standing::Failed,
        Some(Verdict::Cancelled) | None => Standing::Next,
    };
    let environment = app.environment();
    let applied_here =
        environment.is_some_and(|status| status.commit.is_some() && status.commit.as_deref() == app.world.head());
    let health = environment.map(|status| status.health);
    let apply = match health {
        _ if running(JobKind::Apply) || running(JobKind::Prepare) => Standing::Running,
        Some(Health::Interrupted) => Standing::Failed,
        Some(Health::Absent) | None => Standing::Next,
        Some(_) if applied_here => Standing::Done,
        Some(_) => Standing::Next,
    };
    let verify = match health {
        _ if running(JobKind::Verify) => Standing::Running,
        Some(_) if drifted(app).is_some() => Standing::Failed,
        Some(Health::Healthy) => Standing::Done,
        Some(Health::Unhealthy) => Standing::Failed,
        _ => Standing::Next,
    };
    let commit = if dirty { Standing::Next } else { Standing::Done };
    let mut all = [Standing::Done, commit, checks, apply, verify];
    // Only the first open step is next; what lies behind it waits, unless it is at work.
    let mut open = false;
    for standing in &mut all {
        let runs = *standing == Standing::Running;
        if open && !runs {
            *standing = Standing::Later;
        }
        open |= *standing != Standing::Done;
    }
    all
}

/// How many objects of the environment drifted, when any did.
fn drifted(app: &App) -> Option<usize> {
    app.environment()?.drift.filter(|count| *count > 0)
}

fn next_commit(operation: Option<&str>, staged: bool) -> (String, Option<&'static str>) {
    match (operation, staged) {
        (Some(operation), _) => (format!("a {operation} is under way: finish it with git first"), None),
        (None, true) => ("commit what is staged".to_owned(), Some("walk.commit")),
        (None, false) => ("stage what belongs together".to_owned(), Some("git.stage")),
    }
}

fn next_checks(standing: Standing, has_head: bool) -> (String, Option<&'static str>) {
    match (standing, has_head) {
        (_, false) => ("nothing is committed yet".to_owned(), None),
        (Standing::Running, _) => ("the checks run".to_owned(), Some("pane.checks")),
        (Standing::Failed, _) => ("the checks are red: see why, mend it, commit".to_owned(), Some("pane.checks")),
        _ => ("run the checks of this commit".to_owned(), Some("walk.checks")),
    }
}

fn next_apply(app: &App, standing: Standing) -> (String, Option<&'static str>) {
    let name = app.environment_name();
    match standing {
        Standing::Running => (format!("working on {name}"), Some("pane.activity")),
        Standing::Failed => {
            (format!("an apply of {name} was interrupted: applying again completes it"), Some("walk.apply"))
        }
        _ => (format!("apply to {name}"), Some("walk.apply")),
    }
}

fn next_verify(standing: Standing) -> (String, Option<&'static str>) {
    match standing {
        Standing::Running => ("verification runs".to_owned(), Some("pane.activity")),
        Standing::Failed => ("verification is red: see what".to_owned(), Some("pane.environment")),
        _ => ("verify what lives there".to_owned(), Some("walk.verify")),
    }
}

/// Why the checks cannot run now.
pub fn refuse_checks(app: &App) -> Option<String> {
    let repo = app.world.repo.as_ref()?;
    if !repo.is_git {
        return Some("the checks run on a commit, and there is no git repo here".to_owned());
    }
    if repo.head.is_none() {
        return Some("nothing is committed yet: the checks run on a commit".to_owned());
    }
    app.jobs.find(JobKind::Checks, None).map(|_| "the checks run already".to_owned())
}

/// Why nothing can be applied now. What only the world knows (locks) is asked when it is prepared.
pub fn refuse_apply(app: &App) -> Option<String> {
    let Some(repo) = app.world.repo.as_ref() else { return Some("the repo is not read yet".to_owned()) };
    if !repo.is_git || repo.head.is_none() {
        return Some("only a commit can be applied, and there is none yet".to_owned());
    }
    let busy = [JobKind::Apply, JobKind::Prepare, JobKind::Verify, JobKind::Drift];
    if let Some(note) = busy.iter().find_map(|kind| app.jobs.find(*kind, None)) {
        return Some(format!("{} is at work: wait, or C cancels it", note.start.kind.word()));
    }
    let verdict = app.world.head_run().map(|run| run.verdict());
    match verdict {
        Some(Verdict::Green) => None,
        Some(Verdict::Running) => Some("the checks of this commit still run".to_owned()),
        Some(Verdict::Red | Verdict::Broken) => Some("the checks of this commit are red".to_owned()),
        Some(Verdict::Cancelled) | None => Some("the checks of this commit did not run yet: x runs them".to_owned()),
    }
}

/// Why the environment cannot be looked at or destroyed now.
pub fn refuse_environment(app: &App) -> Option<String> {
    match app.environment().map(|status| status.health) {
        None | Some(Health::Absent) => Some(format!("nothing is applied to {}", app.environment_name())),
        Some(_) => {
            let busy = [JobKind::Apply, JobKind::Prepare, JobKind::Verify, JobKind::Drift];
            let note = busy.iter().find_map(|kind| app.jobs.find(*kind, None))?;
            Some(format!("{} is at work: wait, or C cancels it", note.start.kind.word()))
        }
    }
}
