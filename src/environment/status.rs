//! How an environment stands, cheaply: a few small files and a look at some pids. Nothing is planned or asked.

use super::journal;
use super::layout::Layout;
use super::lock::{self, LockState};
use super::processes::{self, is_well};
use super::record;
use super::world::Environment;
use crate::model::environment::{EnvironmentStatus, Health};
use crate::sys::files::ReadFiles;

/// How it stands.
pub fn status(environment: &Environment) -> EnvironmentStatus {
    let (files, layout) = (environment.files(), &environment.layout);
    let record = record::read(files, layout);
    let lock = lock::look(files, &layout.lock());
    let unfinished = journal::unfinished(files, &layout.journal());
    let supervision = processes::supervisor(environment).look();
    let down = supervision.lost || !supervision.processes.iter().all(is_well);
    let health = match () {
        () if matches!(lock, LockState::Held(_)) => Health::Busy,
        () if unfinished.is_some() => Health::Interrupted,
        () if record.commit.is_none() => Health::Absent,
        () if down || record.green == Some(false) => Health::Unhealthy,
        () if record.green == Some(true) => Health::Healthy,
        () => Health::Applied,
    };
    let mut notices: Vec<String> = Vec::new();
    if health != Health::Busy {
        notices.extend(unfinished.map(|unfinished| unfinished.to_string()));
    }
    match &lock {
        LockState::Stale(holder) => {
            notices.push(format!("the lock of a dead process is left: {holder}; the next operation takes it over"))
        }
        LockState::Torn => notices.push("a half written lock is left; the next operation takes it over".to_owned()),
        LockState::Held(_) | LockState::Free => {}
    }
    if supervision.lost {
        notices.push("the supervisor of the processes is gone; applying starts them again".to_owned());
    }
    let fallen = supervision.processes.iter().filter(|process| !is_well(process));
    notices.extend(fallen.map(|process| format!("{}: {}", process.name, processes::standing(process))));
    let held = match lock {
        LockState::Held(holder) | LockState::Stale(holder) => Some(holder.to_string()),
        LockState::Torn => Some("a half written lock".to_owned()),
        LockState::Free => None,
    };
    EnvironmentStatus {
        name: environment.name.clone(),
        health,
        behind: record.commit.as_deref().and_then(|commit| environment.world.commits.behind(commit)),
        commit: record.commit,
        applied: record.applied,
        verified: record.verified,
        drift: record.drift,
        stacks: record.stacks,
        processes: supervision.processes,
        lock: held,
        notice: (!notices.is_empty()).then(|| notices.join("; ")),
    }
}

/// Whether anything of the environment is on the disk.
pub fn exists(files: &dyn ReadFiles, layout: &Layout) -> bool {
    files.is_directory(layout.root())
}
