//! Everything that can happen to the workbench, as one closed enum. `App::update` takes it in; who makes it (the
//! terminal, the watcher, a job, a timer, a signal) is `shell`'s and `runtime`'s business.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::app::key::KeyPress;
use crate::model::action::Action;
use crate::model::environment::{EnvironmentStatus, Verification};
use crate::model::id::{Generation, JobId};
use crate::model::mutation::{CoverageReport, MutationReport};
use crate::model::place::RepoPath;
use crate::model::report::{LintReport, PlanReport, TestReport};
use crate::model::run::Run;
use crate::model::snapshot::{CommitSummary, FileDiff, RepoSnapshot};
use crate::model::stack::{Stack, StackKind, ToolPresence};

/// Something happened.
///
/// The loop sends [`Event::Tick`] with the present moment before every batch of other events, so that ages are right;
/// beyond that it ticks only when `Effect::WakeAt` asked for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key was pressed.
    Key(KeyPress),
    /// The mouse did something.
    Mouse(MouseInput),
    /// Text was pasted (bracketed paste).
    Paste(String),
    /// The terminal has this size now.
    Resize(u16, u16),
    /// The terminal gained (true) or lost focus.
    Focus(bool),
    /// It is this late now.
    Tick(SystemTime),

    /// The repo stands like this now.
    Snapshot(Arc<RepoSnapshot>),
    /// These are the stacks, and the programs that work on them.
    Stacks(StackList),
    /// A plan came.
    Plan(Arc<PlanReport>),
    /// Findings came.
    Lint(Arc<LintReport>),
    /// Test outcomes came.
    Tests(Arc<TestReport>),
    /// It is known what a stack's tests notice.
    Mutated(Arc<MutationReport>),
    /// It is known what the assertions of a stack's tests depend on.
    Covered(Arc<CoverageReport>),
    /// What was known about a stack's tests is of sources that changed since.
    Unsurveyed(RepoPath),
    /// A diff that was asked for came.
    Diff(DiffReport),

    /// A run of the checks stands like this now; sent at each step and once for a remembered run of HEAD.
    Run(Arc<Run>),
    /// What an apply would do, or why it cannot be.
    ApplyPrepared(ApplyOffer),
    /// One object of an apply, rebuild or destroy got further.
    ApplyProgress(ApplyProgress),
    /// An apply, rebuild or destroy ended.
    ApplyDone(ApplyEnd),
    /// An environment stands like this now.
    Environment(Arc<EnvironmentStatus>),
    /// What verification found.
    Verified(VerifyReport),
    /// What drifted.
    Drifted(DriftReport),

    /// A git operation of Kilter's succeeded.
    GitDone(GitDone),
    /// A git operation of Kilter's failed; a commit message is not lost by it.
    GitFailed(GitOperation, Fault),
    /// Who wrote the lines of a file.
    Blame(BlameReport),
    /// The commits that touched a file.
    History(HistoryReport),
    /// A commit in full.
    Commit(CommitReport),

    /// A job began.
    JobStarted(JobStart),
    /// A job says how far it is: a line for people (`terraform: aws_instance.web: refreshing`).
    JobProgress(JobId, String),
    /// A line of raw output of a job.
    RawLine(JobId, String),
    /// A job ended.
    JobFinished(JobId, JobEnd),

    /// A log that was asked for: title and lines.
    Log(String, Vec<String>),
    /// `$EDITOR` gave the terminal back; with what went wrong, if something did.
    EditorClosed(Option<Fault>),
    /// Text went to the clipboard, or could not.
    Copied(Result<(), Fault>),
    /// Whether this repo may execute what it brings.
    Trust(bool),
    /// Settings were loaded, or loaded again.
    Settings(AppSettings),
    /// A theme was loaded, or loaded again: the screen is to be drawn anew.
    ThemeChanged(String),
    /// Something to tell, that is no fault.
    Notice(String),
    /// Something broke: one line, with its story behind a key.
    Fault(Fault),
    /// A signal or the end of the input asks Kilter to quit.
    QuitRequested,
}

/// The mouse, in cells counted from the top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MouseInput {
    /// What it did.
    pub kind: MouseKind,
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Click,
    /// The left button went down twice at the same place.
    DoubleClick,
    /// The wheel turned up.
    ScrollUp,
    /// The wheel turned down.
    ScrollDown,
}

/// The stacks of the repo.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StackList {
    /// In the order of display.
    pub stacks: Vec<Stack>,
    /// The program for each kind that occurs.
    pub tools: BTreeMap<StackKind, ToolPresence>,
}

/// A diff with what it takes to tie its hunks to a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffReport {
    /// The diff.
    pub diff: Arc<FileDiff>,
    /// The top-level blocks of the new side, when it is in the Terraform language.
    pub blocks: Vec<BlockLines>,
}

/// The lines that a top-level block takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockLines {
    /// Its type: `resource`, `module`, `locals`.
    pub kind: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Its first line, counted from 1.
    pub first: u32,
    /// Its last line.
    pub last: u32,
}

/// What an apply would do, stack by stack in the order of applying.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplyOffer {
    /// Names what was prepared; the confirmation carries it back.
    pub id: OfferId,
    /// The environment.
    pub environment: String,
    /// The commit that would be applied.
    pub commit: String,
    /// The exact plan of each stack.
    pub plans: Vec<Arc<PlanReport>>,
    /// Why it cannot be (checks red, tree moved, lock held), and what to do; empty when it can.
    pub refusals: Vec<Refusal>,
}

/// Names a prepared apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct OfferId(pub u64);

/// One reason why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why not.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
}

/// Which operation changes an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Apply.
    Apply,
    /// Destroy, then apply.
    Rebuild,
    /// Destroy.
    Destroy,
}

impl Operation {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Operation::Apply => "apply",
            Operation::Rebuild => "rebuild",
            Operation::Destroy => "destroy",
        }
    }
}

/// One object of an apply or destroy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyProgress {
    /// Which operation.
    pub operation: Operation,
    /// Which environment.
    pub environment: String,
    /// Which stack; `None` for what concerns the environment (a process that starts).
    pub stack: Option<RepoPath>,
    /// The object: an address, `output.url`, `process web`.
    pub subject: String,
    /// What happens to it, when it is a planned action.
    pub action: Option<Action>,
    /// How far it is.
    pub phase: ApplyPhase,
    /// How long it took so far.
    pub took: Duration,
    /// What there is to say: `id=3f2a…`, an error.
    pub message: String,
}

/// How far one object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApplyPhase {
    /// Waits for others.
    Waiting,
    /// At work.
    Started,
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Not reached.
    Skipped,
}

/// How an apply, rebuild or destroy ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyEnd {
    /// Which operation.
    pub operation: Operation,
    /// Which environment.
    pub environment: String,
    /// `None` when it succeeded.
    pub fault: Option<Fault>,
    /// It was interrupted by the person.
    pub cancelled: bool,
    /// One line: `3 added, 1 changed, 0 destroyed`.
    pub summary: String,
    /// How long it took.
    pub took: Duration,
}

/// What verification found.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifyReport {
    /// Which environment.
    pub environment: String,
    /// Everything it looked at.
    pub results: Vec<Verification>,
    /// When.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
}

/// What drifted.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftReport {
    /// Which environment.
    pub environment: String,
    /// One refreshed plan per stack; its `drift` says what differs from the state.
    pub plans: Vec<Arc<PlanReport>>,
    /// When.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
}

/// A git operation of Kilter's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GitOperation {
    /// Stage a file or hunk.
    Stage,
    /// Unstage a file or hunk.
    Unstage,
    /// Commit.
    Commit,
    /// Take the last one back.
    Undo,
}

/// A git operation that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitDone {
    /// Which.
    pub operation: GitOperation,
    /// What was done, in one line: `committed 3f2a91c  Open port 8443`.
    pub message: String,
    /// What `u` would take back now, in words; `None` when nothing.
    pub undo: Option<String>,
}

/// Who wrote the lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameReport {
    /// The file.
    pub path: RepoPath,
    /// The line that was asked about, counted from 1.
    pub line: u32,
    /// The lines in order.
    pub lines: Vec<BlameLine>,
}

/// One line with who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameLine {
    /// The commit; `None` when the line is not committed.
    pub commit: Option<CommitSummary>,
    /// The text.
    pub text: String,
}

/// The commits that touched a file, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryReport {
    /// The file.
    pub path: RepoPath,
    /// The commits.
    pub commits: Vec<CommitSummary>,
}

/// A commit in full.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitReport {
    /// Its summary.
    pub commit: CommitSummary,
    /// The whole message.
    pub message: String,
    /// What it changed.
    pub files: Vec<Arc<FileDiff>>,
    /// The remembered run of its checks.
    pub run: Option<Arc<Run>>,
}

/// What kind of work a job is; there is at most one running and one waiting per kind and stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    /// Reading the repo: git, stacks, tools.
    Scan,
    /// A native plan.
    Preview,
    /// A plan by the real tool.
    ToolPlan,
    /// Lint.
    Lint,
    /// Tests.
    Test,
    /// What the tests notice.
    Mutation,
    /// A git operation.
    Git,
    /// The CI-style checks.
    Checks,
    /// Preparing an apply.
    Prepare,
    /// An apply, rebuild or destroy.
    Apply,
    /// Verification.
    Verify,
    /// Looking for drift.
    Drift,
}

impl JobKind {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            JobKind::Scan => "scan",
            JobKind::Preview => "preview",
            JobKind::ToolPlan => "plan",
            JobKind::Lint => "lint",
            JobKind::Test => "test",
            JobKind::Mutation => "mutants",
            JobKind::Git => "git",
            JobKind::Checks => "checks",
            JobKind::Prepare => "prepare apply",
            JobKind::Apply => "apply",
            JobKind::Verify => "verify",
            JobKind::Drift => "drift",
        }
    }

    /// Whether quitting while it runs would leave something half done, so that Kilter asks.
    pub fn is_delicate(self) -> bool {
        matches!(self, JobKind::ToolPlan | JobKind::Checks | JobKind::Apply | JobKind::Git)
    }
}

/// Why a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Kilter started.
    Opened,
    /// A file was saved.
    Saved,
    /// The person asked.
    Asked,
    /// Another result made it necessary.
    Followed,
}

impl Cause {
    /// As the job list says it.
    pub fn word(self) -> &'static str {
        match self {
            Cause::Opened => "opened",
            Cause::Saved => "file saved",
            Cause::Asked => "asked",
            Cause::Followed => "follows",
        }
    }
}

/// A job that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStart {
    /// Names it until its end.
    pub id: JobId,
    /// What kind.
    pub kind: JobKind,
    /// On which stack; `None` for the whole repo.
    pub stack: Option<RepoPath>,
    /// The generation of its inputs.
    pub generation: Generation,
    /// Why.
    pub cause: Cause,
    /// When.
    pub at: SystemTime,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// Its result is in an event of its own, sent before this one.
    Done,
    /// A newer one took its place.
    Superseded,
    /// The person interrupted it.
    Cancelled,
    /// It broke.
    Failed(Fault),
}

/// Something that broke, as the rim tells it: one line, and the whole story one key away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fault {
    /// What happened and where, in one line.
    pub line: String,
    /// What to do next, in one line; may be empty.
    pub hint: String,
    /// The whole story: causes, output of the tool.
    pub story: Vec<String>,
}

impl Fault {
    /// A fault told in one line.
    pub fn new(line: impl Into<String>) -> Self {
        Fault { line: line.into(), ..Fault::default() }
    }
}

/// The settings that the screen obeys.
#[derive(Debug, Clone, PartialEq)]
pub struct AppSettings {
    /// What the header calls the repo.
    pub name: String,
    /// The environment that `a`, `v` and `D` work on.
    pub environment: String,
    /// Keys bound by the person: command id and keys (`<c-s>`), later wins; no keys unbinds the command.
    pub keys: Vec<(String, Vec<String>)>,
    /// Attribute paths that plans do not show (their count stays in sight).
    pub hidden_attributes: Vec<String>,
    /// Offer the plan summary as a trailer of commit messages.
    pub plan_trailer: bool,
    /// Use the mouse.
    pub mouse: bool,
    /// Themes to choose from, embedded ones and the person's.
    pub themes: Vec<String>,
}

impl Default for AppSettings {
    fn default() -> Self {
        AppSettings {
            name: String::new(),
            environment: "test".to_owned(),
            keys: Vec::new(),
            hidden_attributes: Vec::new(),
            plan_trailer: true,
            mouse: true,
            themes: Vec::new(),
        }
    }
}
