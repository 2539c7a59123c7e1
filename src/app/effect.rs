//! Everything the workbench can ask of the world, as one closed enum. `App::update` gives it out; `runtime` performs it
//! and answers with events.

use std::sync::Arc;
use std::time::SystemTime;

use crate::app::event::{JobKind, OfferId};
use crate::model::id::JobId;
use crate::model::place::RepoPath;
use crate::model::report::{Fidelity, Prior};
use crate::model::run::StepKind;
use crate::model::snapshot::{DiffSide, FileDiff};

/// A wish of the workbench. Each answers with the events named at it.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read a file's diff: `Event::Diff`.
    LoadDiff {
        /// The file.
        path: RepoPath,
        /// Which two sides.
        side: DiffSide,
    },
    /// Stage a whole file: `Event::GitDone` or `GitFailed`, then a `Snapshot`.
    StageFile(RepoPath),
    /// Unstage a whole file.
    UnstageFile(RepoPath),
    /// Stage one hunk of an unstaged diff.
    StageHunk {
        /// The diff that was on the screen.
        diff: Arc<FileDiff>,
        /// Which of its hunks.
        hunk: usize,
    },
    /// Unstage one hunk of a staged diff.
    UnstageHunk {
        /// The diff that was on the screen.
        diff: Arc<FileDiff>,
        /// Which of its hunks.
        hunk: usize,
    },
    /// Commit what is staged: `GitDone` or `GitFailed`, then a `Snapshot`.
    Commit {
        /// The whole message, never empty.
        message: String,
    },
    /// Take back Kilter's last git operation.
    Undo,
    /// Who wrote a file's lines: `Event::Blame`.
    Blame {
        /// The file.
        path: RepoPath,
        /// The line under the cursor.
        line: u32,
    },
    /// Which commits touched a file: `Event::History`.
    History {
        /// The file.
        path: RepoPath,
    },
    /// A commit in full: `Event::Commit`.
    ShowCommit(String),

    /// Run the checks on a commit: `Event::Run` at each step.
    RunChecks {
        /// The full id.
        commit: String,
        /// Only this step (and what it needs).
        only: Option<StepKind>,
    },
    /// Work out what an apply would do: `Event::ApplyPrepared`.
    PrepareApply {
        /// The environment.
        environment: String,
    },
    /// Apply what was prepared and confirmed: `ApplyProgress` …, `ApplyDone`, `Environment`.
    Apply {
        /// The environment.
        environment: String,
        /// What was prepared.
        offer: OfferId,
    },
    /// Verify: `Event::Verified`, `Environment`.
    Verify {
        /// The environment.
        environment: String,
    },
    /// Look for drift: `Event::Drifted`, `Environment`.
    Drift {
        /// The environment.
        environment: String,
    },
    /// Destroy; the person typed the name: `ApplyProgress` …, `ApplyDone`, `Environment`.
    Destroy {
        /// The environment, as typed.
        environment: String,
    },
    /// Destroy and apply again; the person typed the name.
    Rebuild {
        /// The environment, as typed.
        environment: String,
    },
    /// Read a process's log: `Event::Log`.
    ReadLog {
        /// The environment.
        environment: String,
        /// The process's name in the Procfile.
        process: String,
    },

    /// Preview a stack against a prior, from now on: `Event::Plan`.
    Preview {
        /// The stack.
        stack: RepoPath,
        /// Compared with what.
        prior: Prior,
    },
    /// Ask the real tool for a plan: `JobProgress`, `RawLine` …, `Event::Plan`.
    AskTool {
        /// The stack.
        stack: RepoPath,
        /// Which rung: planned or refreshed.
        fidelity: Fidelity,
    },
    /// Do one kind of work again, whatever is cached.
    Rerun {
        /// What.
        kind: JobKind,
        /// On which stack; `None` for all.
        stack: Option<RepoPath>,
    },
    /// Do everything again.
    RerunAll,
    /// Interrupt a job: `Event::JobFinished`.
    Cancel(JobId),

    /// Hand the terminal to `$EDITOR`: `Event::EditorClosed`.
    OpenEditor {
        /// The file.
        path: RepoPath,
        /// Counted from 1.
        line: u32,
        /// Counted from 1.
        column: u32,
    },
    /// Put text on the clipboard (OSC 52 too): `Event::Copied`.
    Copy(String),
    /// Remember that this repo is trusted: `Event::Trust`, and what waited for it starts.
    GrantTrust,
    /// Withdraw it.
    RevokeTrust,
    /// Draw with another theme: `Event::ThemeChanged`.
    ChooseTheme(String),
    /// Remember what the screen looks like.
    SaveUiState(UiState),
    /// Send `Event::Tick` at this moment. The newest wish replaces earlier ones; `None` takes it back.
    WakeAt(Option<SystemTime>),
    /// Give the terminal back and stop, as Ctrl-z does.
    Suspend,
    /// Draw everything anew, whatever the terminal shows.
    Redraw,
    /// Quit.
    Quit,
}

/// What is worth remembering of the screen from one session to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UiState {
    /// The selected stack.
    pub stack: Option<RepoPath>,
    /// The number of the focused pane.
    pub pane: u8,
    /// Attribute paths that the person hid.
    pub hidden_attributes: Vec<String>,
    /// A commit message that was begun.
    pub draft: String,
}
