//! `kilter status --format json`: `{"repo","branch","stacks":[…],"changes":[…],"environments":[…]}`.

use serde::Serialize;

use crate::model::environment::EnvironmentStatus;
use crate::model::snapshot::RepoSnapshot;
use crate::model::stack::{Stack, ToolPresence};

#[derive(Serialize)]
struct Status<'a> {
    repo: String,
    git: bool,
    branch: Option<&'a str>,
    head: Option<&'a str>,
    ahead: usize,
    behind: usize,
    stacks: Vec<OneStack<'a>>,
    changes: Vec<OneChange<'a>>,
    environments: Vec<OneEnvironment<'a>>,
}

#[derive(Serialize)]
struct OneStack<'a> {
    stack: &'a str,
    kind: &'static str,
    path: &'a str,
    tool: &'a str,
    tool_present: bool,
    reads: Vec<&'a str>,
}

#[derive(Serialize)]
struct OneChange<'a> {
    path: &'a str,
    old_path: Option<&'a str>,
    staged: Option<String>,
    unstaged: Option<String>,
    added: usize,
    removed: usize,
    binary: bool,
}

#[derive(Serialize)]
struct OneEnvironment<'a> {
    name: &'a str,
    health: &'static str,
    commit: Option<&'a str>,
    behind: Option<usize>,
    drift: Option<usize>,
    stacks: Vec<OneApplied<'a>>,
    processes: Vec<OneProcess<'a>>,
    lock: Option<&'a str>,
    notice: Option<&'a str>,
}

#[derive(Serialize)]
struct OneApplied<'a> {
    stack: &'a str,
    objects: usize,
}

#[derive(Serialize)]
struct OneProcess<'a> {
    name: &'a str,
    pid: Option<u32>,
    restarts: u32,
    last_exit: Option<&'a str>,
}

/// The whole object.
pub fn status(
    snapshot: &RepoSnapshot,
    stacks: &[(Stack, ToolPresence)],
    environments: &[EnvironmentStatus],
) -> Vec<u8> {
    let letter = |status: crate::model::snapshot::FileStatus| status.letter().to_string();
    let status = Status {
        repo: snapshot.root.to_string_lossy().into_owned(),
        git: snapshot.is_git,
        branch: snapshot.branch.as_deref(),
        head: snapshot.head.as_deref(),
        ahead: snapshot.ahead,
        behind: snapshot.behind,
        stacks: stacks.iter().map(|(stack, tool)| one_stack(stack, tool)).collect(),
        changes: snapshot
            .changes
            .iter()
            .map(|change| OneChange {
                path: change.path.as_str(),
                old_path: change.old_path.as_ref().map(|path| path.as_str()),
                staged: change.staged.map(letter),
                unstaged: change.unstaged.map(letter),
                added: change.added,
                removed: change.removed,
                binary: change.binary,
            })
            .collect(),
        environments: environments.iter().map(one_environment).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&status).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn one_stack<'a>(stack: &'a Stack, tool: &'a ToolPresence) -> OneStack<'a> {
    OneStack {
        stack: stack.path.as_str(),
        kind: stack.kind.word(),
        path: stack.path.as_str(),
        tool: &tool.program,
        tool_present: tool.path.is_some(),
        reads: stack.reads.iter().map(|path| path.as_str()).collect(),
    }
}

fn one_environment(environment: &EnvironmentStatus) -> OneEnvironment<'_> {
    OneEnvironment {
        name: &environment.name,
        health: environment.health.word(),
        commit: environment.commit.as_deref(),
        behind: environment.behind,
        drift: environment.drift,
        stacks: environment
            .stacks
            .iter()
            .map(|applied| OneApplied { stack: applied.stack.as_str(), objects: applied.objects })
            .collect(),
        processes: environment
            .processes
            .iter()
            .map(|process| OneProcess {
                name: &process.name,
                pid: process.pid,
                restarts: process.restarts,
                last_exit: process.last_exit.as_deref(),
            })
            .collect(),
        lock: environment.lock.as_deref(),
        notice: environment.notice.as_deref(),
    }
}
