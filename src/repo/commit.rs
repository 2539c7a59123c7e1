//! Committing what is staged: by libgit2, or as the command line of the `git` program when hooks or a signature are
//! due, which only a trusted repo gets.

use std::collections::BTreeMap;
use std::path::PathBuf;

use git2::{Index, Repository, RepositoryState, Signature};

use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::operation::Operation;
use super::side::head_tree;
use crate::model::place::RepoPath;
use crate::sys::files::{ReadFiles, RealFiles};
use crate::sys::processes::Invocation;

/// Hooks that `git commit` runs.
const HOOKS: [&str; 6] =
    ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-merge-commit", "reference-transaction"];

/// What to commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommitRequest {
    /// What the person wrote.
    pub message: String,
    /// Trailers to add: `("Plan", "1 to add, 2 to change")`.
    pub trailers: Vec<(String, String)>,
}

impl CommitRequest {
    /// A commit with this message.
    pub fn new(message: impl Into<String>) -> Self {
        CommitRequest { message: message.into(), trailers: Vec::new() }
    }

    /// The whole message as git stores it: spaces at line ends and doubled blank lines gone, trailers as its last
    /// paragraph. `None` when nothing is left.
    pub fn text(&self) -> Option<String> {
        let clean = git2::message_prettify(self.message.replace('\0', ""), None).ok()?;
        if clean.trim().is_empty() {
            return None;
        }
        if self.trailers.is_empty() {
            return Some(clean);
        }
        let line = |(key, value): &(String, String)| format!("{key}: {}\n", value.replace('\n', "\n  "));
        let trailers: String = self.trailers.iter().map(line).collect();
        let has_trailers = git2::message_trailers_strs(&clean).is_ok_and(|found| found.len() > 0);
        Some(format!("{clean}{}{trailers}", if has_trailers { "" } else { "\n" }))
    }
}

/// How a commit has to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitRoute {
    /// By Kilter itself.
    Native,
    /// By the `git` program, once the repo is trusted; why, in words (`hook pre-commit`, `signature`).
    Program(Vec<String>),
}

/// Where HEAD stood, to see afterwards what a commit by the `git` program did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadMark {
    reference: String,
    id: Option<String>,
}

impl Repo {
    /// Commits what is staged, without hooks.
    ///
    /// # Errors
    /// Refused with the reason when the message is empty, nothing is staged, files are in conflict, nobody is
    /// configured as author, or commits are to be signed.
    pub fn commit(&self, request: &CommitRequest) -> Result<Operation, RepoFault> {
        let before = self.head_mark()?;
        let mut git = self.git();
        let (message, mut index) = self.ready(&git, request)?;
        if signs(&git) {
            return Err(RepoFault::MustSign);
        }
        let what = "committing";
        let (author, committer) = identities(&git)?;
        let mut merged = Vec::new();
        if git.state() == RepositoryState::Merge {
            git.mergehead_foreach(|id| {
                merged.push(*id);
                true
            })
            .during(what)?;
        }
        let git = &*git;
        let tree = index.write_tree().and_then(|id| git.find_tree(id)).during(what)?;
        let first = git.head().ok().map(|head| head.peel_to_commit()).transpose().during(what)?;
        let others = merged.into_iter().map(|id| git.find_commit(id)).collect::<Result<Vec<_>, _>>().during(what)?;
        let parents: Vec<_> = first.iter().chain(&others).collect();
        let id = git.commit(Some("HEAD"), &author, &committer, &message, &tree, &parents).during(what)?;
        if matches!(git.state(), RepositoryState::Merge | RepositoryState::CherryPick | RepositoryState::Revert) {
            git.cleanup_state().during(what)?;
        }
        Ok(committed(before, id.to_string(), &message))
    }

    /// Whether hooks or a signature ask for the `git` program.
    pub fn commit_route(&self) -> CommitRoute {
        let git = self.git();
        let mut reasons: Vec<String> = self.hooks(&git).into_iter().map(|hook| format!("hook {hook}")).collect();
        if signs(&git) {
            reasons.push("signature".to_owned());
        }
        if reasons.is_empty() { CommitRoute::Native } else { CommitRoute::Program(reasons) }
    }

    /// The command that commits with hooks and signature. To be run in a trusted repo only; afterwards
    /// [`Repo::commit_made`] says what came of it.
    ///
    /// # Errors
    /// As [`Repo::commit`], found out before anything runs.
    pub fn commit_invocation(&self, request: &CommitRequest) -> Result<Invocation, RepoFault> {
        let git = self.git();
        let (message, _) = self.ready(&git, request)?;
        identities(&git)?;
        let mut invocation =
            Invocation::new("git", ["--no-pager", "commit", "--cleanup=whitespace", "-F", "-"], self.root())
                .with_env("GIT_TERMINAL_PROMPT", "0")
                .with_env("GIT_EDITOR", "true");
        invocation
            .env
            .extend(BTreeMap::from(["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"].map(|n| (n.to_owned(), None))));
        invocation.stdin = Some(message.into_bytes());
        Ok(invocation)
    }

    /// Where HEAD stands now.
    ///
    /// # Errors
    /// When git cannot read it.
    pub fn head_mark(&self) -> Result<HeadMark, RepoFault> {
        let git = self.git();
        let head = git.find_reference("HEAD").during("reading HEAD")?;
        let reference = head.symbolic_target().ok().flatten().unwrap_or("HEAD").to_owned();
        Ok(HeadMark { reference, id: git.refname_to_id("HEAD").ok().map(|id| id.to_string()) })
    }

    /// The commit that moved HEAD since `before`, as an operation that can be undone; `None` when it did not move.
    ///
    /// # Errors
    /// When git cannot read it.
    pub fn commit_made(&self, before: &HeadMark) -> Result<Option<Operation>, RepoFault> {
        let now = self.head_mark()?;
        match now.id {
            Some(id) if before.id.as_ref() != Some(&id) && before.reference == now.reference => {
                let message = self.message(&id)?;
                Ok(Some(committed(before.clone(), id, &message)))
            }
            _ => Ok(None),
        }
    }

    /// Everything that refuses a commit, before anything is written.
    fn ready(&self, git: &Repository, request: &CommitRequest) -> Result<(String, Index), RepoFault> {
        self.need_workdir()?;
        let message = request.text().ok_or(RepoFault::EmptyMessage)?;
        let mut index = Repo::fresh_index(git)?;
        if index.has_conflicts() {
            return Err(RepoFault::Conflicts(conflicts(&index)));
        }
        let tree = index.write_tree().during("writing the tree")?;
        let head = head_tree(git)?.map(|tree| tree.id());
        let nothing = head.map_or(index.is_empty(), |head| head == tree);
        if nothing && git.state() != RepositoryState::Merge {
            return Err(RepoFault::NothingStaged);
        }
        Ok((message, index))
    }

    /// The executable hooks that `git commit` would run.
    fn hooks(&self, git: &Repository) -> Vec<&'static str> {
        let configured = git.config().and_then(|config| config.get_path("core.hooksPath")).ok();
        let directory: PathBuf = match configured {
            Some(path) => self.root().join(path),
            None => self.common_directory().join("hooks"),
        };
        let runs = |hook: &&&str| {
            let path = directory.join(hook);
            RealFiles.is_file(&path) && RealFiles.metadata(&path).is_ok_and(|meta| meta.mode & 0o111 != 0)
        };
        HOOKS.iter().filter(runs).copied().collect()
    }
}

fn committed(before: HeadMark, after: String, message: &str) -> Operation {
    let summary = message.trim_start().lines().next().unwrap_or_default().to_owned();
    Operation::Commit { summary, reference: before.reference, before: before.id, after }
}

fn signs(git: &Repository) -> bool {
    git.config().and_then(|config| config.get_bool("commit.gpgsign")).unwrap_or(false)
}

/// Author and committer, from git's variables and configuration.
fn identities(git: &Repository) -> Result<(Signature<'static>, Signature<'static>), RepoFault> {
    let known = |signature: Result<Signature<'static>, git2::Error>| {
        let signature = signature.map_err(|_| RepoFault::NoIdentity)?;
        let missing = signature.name_bytes().is_empty() || signature.email_bytes().is_empty();
        if missing { Err(RepoFault::NoIdentity) } else { Ok(signature) }
    };
    Ok((known(git.author_from_env())?, known(git.committer_from_env())?))
}

fn conflicts(index: &Index) -> Vec<RepoPath> {
    let Ok(conflicts) = index.conflicts() else { return Vec::new() };
    let mut paths: Vec<RepoPath> = conflicts
        .flatten()
        .filter_map(|conflict| conflict.our.or(conflict.their).or(conflict.ancestor))
        .map(|entry| RepoPath::from_bytes(&entry.path))
        .collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::fixture::Fixture;

    #[test]
    fn a_commit_is_what_git_would_have_made() {
        let f = Fixture::new();
        f.write("a", "1\n").git(&["add", "a"]);
        let mut request = CommitRequest::new("  Add a  \n\n\n\nBecause.   \n\n");
        request.trailers.push(("Plan".into(), "1 to add".into()));
        f.repo().commit(&request).unwrap();
        assert_eq!(
            f.ask(&["log", "--format=%an <%ae>|%cn|%B"]).trim(),
            "Ada <ada@example.com>|Ada|  Add a\n\nBecause.\n\nPlan: 1 to add"
        );
        assert_eq!(f.ask(&["log", "--format=%(trailers)"]).trim(), "Plan: 1 to add");
        assert_eq!(f.ask(&["status", "--porcelain"]), "");
        assert_eq!(f.ask(&["fsck", "--strict"]), "");
    }

    #[test]
    fn refusals_say_what_to_do() {
        let f = Fixture::new();
        let repo = f.repo();
        let refused = |request: &CommitRequest| {
            let fault = repo.commit(request).unwrap_err();
            assert!(fault.hint().is_some(), "{fault}");
            fault.to_string()
        };
        assert_eq!(refused(&CommitRequest::new("x")), "nothing is staged");
        f.write("a", "1\n").git(&["add", "a"]);
        assert_eq!(refused(&CommitRequest::new(" \n\n")), "the commit message is empty");
        f.git(&["config", "user.name", ""]);
        assert_eq!(refused(&CommitRequest::new("x")), "git does not know who you are");
        f.git(&["config", "user.name", "Ada"]).git(&["config", "commit.gpgsign", "true"]);
        assert!(refused(&CommitRequest::new("x")).contains("sign"));
        assert_eq!(repo.commit_route(), CommitRoute::Program(vec!["signature".into()]));
        f.git(&["config", "commit.gpgsign", "false"]);
        repo.commit(&CommitRequest::new("first")).unwrap();
        assert_eq!(refused(&CommitRequest::new("again")), "nothing is staged");
        assert_eq!(repo.commit_route(), CommitRoute::Native);
    }

    #[test]
    fn a_merge_keeps_both_parents() {
        let f = Fixture::new();
        f.write("a", "1\n").commit_all("first").git(&["branch", "other"]).write("a", "2\n").commit_all("ours");
        f.git(&["checkout", "-q", "other"]).write("a", "3\n").commit_all("theirs").git_fails(&["merge", "-q", "main"]);
        let fault = f.repo().commit(&CommitRequest::new("merge")).unwrap_err();
        assert_eq!(fault.to_string(), "a is still in conflict");
        f.write("a", "4\n");
        f.repo().stage(&[RepoPath::new("a")]).unwrap();
        f.repo().commit(&CommitRequest::new("merge")).unwrap();
        assert_eq!(f.ask(&["log", "-1", "--format=%P"]).split_whitespace().count(), 2);
        assert_eq!(f.repo().snapshot().unwrap().operation, None);
    }

    #[test]
    fn hooks_take_the_git_program() {
        let f = Fixture::new();
        f.write("a", "1\n").write(".git/hooks/commit-msg", "#!/bin/sh\necho 'Seen: yes' >> \"$1\"\n");
        f.mode(".git/hooks/commit-msg", 0o755).write(".git/hooks/pre-commit", "not executable");
        f.git(&["add", "a"]);
        let repo = f.repo();
        assert_eq!(repo.commit_route(), CommitRoute::Program(vec!["hook commit-msg".into()]));
        let invocation = repo.commit_invocation(&CommitRequest::new("first")).unwrap();
        assert_eq!(invocation.command_line(), "git --no-pager commit --cleanup=whitespace -F -");
        let mark = repo.head_mark().unwrap();
        assert_eq!(repo.commit_made(&mark).unwrap(), None);
        f.git(&["commit", "-q", "-m", "first"]);
        let operation = repo.commit_made(&mark).unwrap().unwrap();
        assert_eq!(operation.title(), "commit “first”");
        repo.undo(&operation).unwrap();
    }
}
