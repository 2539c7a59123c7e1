//! Git operations of the workbench: staging, committing, undoing, blame and history.

use std::sync::{Arc, Mutex, PoisonError};

use super::live::Live;
use super::perform::repo_fault;
use super::work::scan;
use crate::app::event::{
    BlameLine, BlameReport, CommitReport, Event, Fault, GitDone, GitOperation, HistoryReport, JobKind,
};
use crate::model::place::RepoPath;
use crate::model::snapshot::FileDiff;
use crate::repo::Operation;
use crate::repo::commit::{CommitRequest, CommitRoute};
use crate::repo::{Repo, RepoFault};

/// Performs git operations and remembers what can be taken back.
#[derive(Clone)]
pub struct GitWork {
    live: Live,
    done: Arc<Mutex<Vec<Operation>>>,
}

/// Most commits of a file's history that are read.
const HISTORY: usize = 200;

impl GitWork {
    /// Git operations over the live side.
    pub fn new(live: Live) -> Self {
        GitWork { live, done: Arc::default() }
    }

    /// Does something to the index.
    pub fn change(
        &self,
        operation: GitOperation,
        change: impl FnOnce(&Repo) -> Result<Operation, RepoFault> + Send + 'static,
    ) {
        let work = self.clone();
        self.live.spawn(move |live| {
            let Some(repo) = live.world().repo() else { return work.no_repo(operation) };
            match change(repo) {
                Ok(done) => work.succeeded(operation, done),
                Err(fault) => work.failed(operation, repo_fault("git", &fault)),
            }
        });
    }

    /// Stages or unstages one hunk of a diff as it was shown.
    pub fn hunk(&self, operation: GitOperation, diff: Arc<FileDiff>, hunk: usize) {
        self.change(operation, move |repo| match (diff.hunks.get(hunk), operation) {
            (Some(hunk), GitOperation::Stage) => repo.stage_hunk(&diff.path, hunk),
            (Some(hunk), _) => repo.unstage_hunk(&diff.path, hunk),
            (None, GitOperation::Stage) => repo.stage(std::slice::from_ref(&diff.path)),
            (None, _) => repo.unstage(std::slice::from_ref(&diff.path)),
        });
    }

    /// Commits what is staged: through the `git` program where hooks or a signature are due and the repo is trusted.
    pub fn commit(&self, message: String) {
        let work = self.clone();
        self.live.spawn(move |live| {
            let Some(repo) = live.world().repo() else { return work.no_repo(GitOperation::Commit) };
            let request = CommitRequest::new(message);
            let made = match repo.commit_route() {
                CommitRoute::Native => repo.commit(&request).map_err(|fault| repo_fault("not committed", &fault)),
                CommitRoute::Program(_) if live.world().is_trusted() => work.by_program(repo, &request),
                CommitRoute::Program(reasons) => Err(Fault {
                    line: format!("not committed: this repo wants {} to run", reasons.join(", ")),
                    hint: "trust it first (palette: trust this repo)".to_owned(),
                    story: Vec::new(),
                }),
            };
            match made {
                Ok(done) => work.succeeded(GitOperation::Commit, done),
                Err(fault) => work.failed(GitOperation::Commit, fault),
            }
        });
    }

    fn by_program(&self, repo: &Repo, request: &CommitRequest) -> Result<Operation, Fault> {
        let refused = |fault: &RepoFault| repo_fault("not committed", fault);
        let before = repo.head_mark().map_err(|fault| refused(&fault))?;
        let invocation = repo.commit_invocation(request).map_err(|fault| refused(&fault))?;
        let outcome = self.live.world().processes.run_quietly(&invocation);
        let outcome =
            outcome.map_err(|error| Fault::new(format!("not committed: git could not be started: {error}")))?;
        let said = || {
            let text = [outcome.stdout.as_slice(), outcome.stderr.as_slice()].concat();
            String::from_utf8_lossy(&text).lines().map(str::to_owned).collect::<Vec<_>>()
        };
        match repo.commit_made(&before).map_err(|fault| refused(&fault))? {
            Some(done) => Ok(done),
            None => Err(Fault {
                line: "not committed: a hook or git itself refused".to_owned(),
                hint: "what it said is in the story".to_owned(),
                story: said(),
            }),
        }
    }

    /// Takes the last operation back.
    pub fn undo(&self) {
        let work = self.clone();
        self.live.spawn(move |live| {
            let Some(repo) = live.world().repo() else { return work.no_repo(GitOperation::Undo) };
            let Some(last) = work.operations().pop() else {
                return work.failed(GitOperation::Undo, Fault::new("there is nothing of Kilter's to undo"));
            };
            match repo.undo(&last) {
                Ok(()) => {
                    let message = format!("undone: {}", last.title());
                    let undo = work.next_undo();
                    live.send(Event::GitDone(GitDone { operation: GitOperation::Undo, message, undo }));
                    live.again(JobKind::Scan, None);
                }
                Err(fault) => {
                    work.failed(GitOperation::Undo, repo_fault(&format!("cannot undo {}", last.title()), &fault))
                }
            }
        });
    }

    /// Who wrote the lines of a file.
    pub fn blame(&self, path: RepoPath, line: u32) {
        self.live.spawn(move |live| {
            let Some(repo) = live.world().repo() else { return };
            match repo.blame(&path) {
                Ok(blame) => {
                    let commit = |index: Option<usize>| index.and_then(|index| blame.commits.get(index).cloned());
                    let lines = blame.lines.iter();
                    let lines = lines.map(|line| BlameLine { commit: commit(line.commit), text: line.text.clone() });
                    let lines = lines.collect();
                    live.send(Event::Blame(BlameReport { path, line, lines }));
                }
                Err(fault) => live.send(Event::Fault(repo_fault(&format!("cannot blame {path}"), &fault))),
            }
        });
    }

    /// Which commits touched a file.
    pub fn history(&self, path: RepoPath) {
        self.live.spawn(move |live| {
            let Some(repo) = live.world().repo() else { return };
            match repo.history(&path, HISTORY) {
                Ok(commits) => live.send(Event::History(HistoryReport { path, commits })),
                Err(fault) => {
                    live.send(Event::Fault(repo_fault(&format!("cannot read the history of {path}"), &fault)))
                }
            }
        });
    }

    /// A commit in full.
    pub fn show(&self, id: String) {
        self.live.spawn(move |live| {
            let Some(repo) = live.world().repo() else { return };
            match commit_report(live, repo, &id) {
                Ok(report) => live.send(Event::Commit(report)),
                Err(fault) => live.send(Event::Fault(repo_fault(&format!("cannot show {id}"), &fault))),
            }
        });
    }

    fn succeeded(&self, operation: GitOperation, done: Operation) {
        let message = match (&done, operation) {
            (Operation::Commit { summary, after, .. }, _) => {
                format!("committed {}  {summary}", after.get(..7).unwrap_or(after))
            }
            _ => done.title(),
        };
        self.operations().push(done);
        let undo = self.next_undo();
        // The new HEAD is known before the commit is said to be made: the next key may be the one for its checks.
        if let Ok(snapshot) = scan::snapshot(self.live.world()) {
            self.live.send(Event::Snapshot(Arc::new(snapshot)));
        }
        self.live.send(Event::GitDone(GitDone { operation, message, undo }));
        self.live.again(JobKind::Scan, None);
    }

    fn failed(&self, operation: GitOperation, fault: Fault) {
        self.live.send(Event::GitFailed(operation, fault));
    }

    fn no_repo(&self, operation: GitOperation) {
        let fault = Fault {
            line: "there is no git repo here".to_owned(),
            hint: "git init makes one".to_owned(),
            story: Vec::new(),
        };
        self.failed(operation, fault);
    }

    fn next_undo(&self) -> Option<String> {
        self.operations().last().map(Operation::title)
    }

    fn operations(&self) -> std::sync::MutexGuard<'_, Vec<Operation>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn commit_report(live: &Live, repo: &Repo, id: &str) -> Result<CommitReport, RepoFault> {
    let commit = repo.log(id, 1)?.into_iter().next().ok_or_else(|| RepoFault::NotFound(repo.root().to_path_buf()))?;
    let message = repo.message(id)?;
    let parent = format!("{id}^");
    let parent = repo.resolve(&parent).ok();
    let mut files = Vec::new();
    for change in repo.changed_in(id)? {
        files.push(Arc::new(repo.diff_between(&change.path, parent.as_deref(), Some(id))?));
    }
    let run = live.world().store.run(Some(id)).map(Arc::new);
    Ok(CommitReport { commit, message, files, run })
}
