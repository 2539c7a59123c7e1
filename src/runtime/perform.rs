//! Effects to deeds: what the workbench wishes is done here, and every outcome comes back as an event.
//!
//! What concerns the terminal itself (the editor, the clipboard, suspending, quitting) is left to `shell`.

use super::git_work;
use super::live::Live;
use super::walk::Walk;
use super::work::diff;
use crate::app::effect::Effect;
use crate::app::event::{Event, Fault, GitOperation, JobKind};
use crate::repo::RepoFault;

/// Carries effects out.
#[derive(Clone)]
pub struct Performer {
    live: Live,
    walk: Walk,
    git: git_work::GitWork,
}

impl Performer {
    /// A performer over the live side.
    pub fn new(live: Live) -> Self {
        Performer { walk: Walk::new(live.clone()), git: git_work::GitWork::new(live.clone()), live }
    }

    /// The live side.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// Does what an effect wishes; gives back what only the terminal's side can do.
    pub fn perform(&self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::LoadDiff { path, side } => {
                self.live.spawn(move |live| match diff::diff(live.world(), &path, side) {
                    Ok(report) => live.send(Event::Diff(report)),
                    Err(fault) => live.send(Event::Fault(repo_fault(&format!("cannot compare {path}"), &fault))),
                })
            }
            Effect::StageFile(path) => self.git.change(GitOperation::Stage, move |repo| repo.stage(&[path])),
            Effect::UnstageFile(path) => self.git.change(GitOperation::Unstage, move |repo| repo.unstage(&[path])),
            Effect::StageHunk { diff, hunk } => {
                self.git.hunk(GitOperation::Stage, diff, hunk);
            }
            Effect::UnstageHunk { diff, hunk } => {
                self.git.hunk(GitOperation::Unstage, diff, hunk);
            }
            Effect::Commit { message } => self.git.commit(message),
            Effect::Undo => self.git.undo(),
            Effect::Blame { path, line } => self.git.blame(path, line),
            Effect::History { path } => self.git.history(path),
            Effect::ShowCommit(id) => self.git.show(id),
            Effect::RunChecks { commit, only } => self.walk.checks(commit, only),
            Effect::PrepareApply { environment } => self.walk.prepare(environment),
            Effect::Apply { environment, offer } => self.walk.apply(environment, offer),
            Effect::Verify { environment } => self.walk.verify(environment),
            Effect::Drift { environment } => self.walk.drift(environment),
            Effect::Destroy { environment } => self.walk.destroy(environment),
            Effect::Rebuild { environment } => self.walk.rebuild(environment),
            Effect::ReadLog { environment, process } => self.walk.log(environment, process),
            Effect::Preview { stack, prior } => self.live.choose_prior(stack, prior),
            Effect::AskTool { stack, fidelity } => self.walk.ask_tool(stack, fidelity),
            Effect::Rerun { kind, stack } => self.again(kind, stack),
            Effect::RerunAll => self.live.all_again(),
            Effect::Cancel(job) => {
                self.live.cancel(job);
                self.walk.cancel(job);
            }
            Effect::GrantTrust => self.trust(true),
            Effect::RevokeTrust => self.trust(false),
            Effect::SaveUiState(state) => {
                self.live.spawn(move |live| super::ui_state::save(live.world(), &state));
            }
            Effect::OpenEditor { .. }
            | Effect::Copy(_)
            | Effect::ChooseTheme(_)
            | Effect::WakeAt(_)
            | Effect::Suspend
            | Effect::Redraw
            | Effect::Quit => return Some(effect),
        }
        None
    }

    fn again(&self, kind: JobKind, stack: Option<crate::model::place::RepoPath>) {
        match kind {
            JobKind::Verify => self.walk.verify(self.walk.environment_name()),
            JobKind::Drift => self.walk.drift(self.walk.environment_name()),
            JobKind::Preview | JobKind::Lint | JobKind::Test | JobKind::Mutation | JobKind::Scan => {
                self.live.again(kind, stack);
            }
            JobKind::ToolPlan | JobKind::Git | JobKind::Checks | JobKind::Prepare | JobKind::Apply => {
                self.live.again(JobKind::Scan, None);
            }
        }
    }

    fn trust(&self, trusted: bool) {
        self.live.spawn(move |live| {
            let world = live.world();
            let stored = if trusted { world.grant_trust() } else { world.revoke_trust() };
            if let Err(error) = stored {
                let line = format!("this holds for this session only: it could not be remembered: {error}");
                live.send(Event::Fault(Fault::new(line)));
            }
            live.send(Event::Trust(trusted));
        });
    }
}

/// A repo's fault as the workbench tells it.
pub fn repo_fault(doing: &str, fault: &RepoFault) -> Fault {
    Fault { line: format!("{doing}: {fault}"), hint: fault.hint().unwrap_or_default(), story: Vec::new() }
}
