//! The two files between a supervisor and its clients, as JSON: what to run and what runs.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::spec::{ProcessSpec, Spec};
use crate::model::environment::ProcessStatus;
use crate::sys::files::Files;
use crate::sys::living::ProcessIdentity;

#[derive(Serialize, Deserialize)]
struct SpecFile {
    marker: String,
    grace_millis: u64,
    processes: Vec<ProcessSpecFile>,
}

#[derive(Serialize, Deserialize)]
struct ProcessSpecFile {
    name: String,
    command: String,
    words: Vec<String>,
    directory: PathBuf,
    env: BTreeMap<String, String>,
}

/// Writes what a supervisor is to run; `marker` tells its processes apart from all others.
pub(super) fn write_spec(files: &dyn Files, path: &Path, spec: &Spec, marker: &str) -> io::Result<()> {
    let process = |spec: &ProcessSpec| ProcessSpecFile {
        name: spec.name.clone(),
        command: spec.command.clone(),
        words: spec.words.clone(),
        directory: spec.directory.clone(),
        env: spec.env.clone(),
    };
    let file = SpecFile {
        marker: marker.to_owned(),
        grace_millis: u64::try_from(spec.grace.as_millis()).unwrap_or(u64::MAX),
        processes: spec.processes.iter().map(process).collect(),
    };
    // The variables may hold secrets of `.env`: for the owner's eyes only.
    files.write_atomic(path, &serde_json::to_vec_pretty(&file).map_err(io::Error::from)?, 0o600)
}

/// Reads what a supervisor is to run, and its marker.
pub(super) fn read_spec(files: &dyn Files, path: &Path) -> io::Result<(Spec, String)> {
    let file: SpecFile = serde_json::from_slice(&files.read(path)?).map_err(io::Error::from)?;
    let process = |file: ProcessSpecFile| ProcessSpec {
        name: file.name,
        command: file.command,
        words: file.words,
        directory: file.directory,
        env: file.env,
    };
    let spec = Spec {
        processes: file.processes.into_iter().map(process).collect(),
        grace: Duration::from_millis(file.grace_millis),
    };
    Ok((spec, file.marker))
}

/// What a supervisor says about itself and its processes.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The supervisor.
    pub supervisor: ProcessIdentity,
    /// Each process, with its identity while it runs.
    pub processes: Vec<(ProcessStatus, Option<ProcessIdentity>)>,
}

#[derive(Serialize, Deserialize)]
struct StandingFile {
    supervisor: IdentityFile,
    processes: Vec<ProcessFile>,
}

#[derive(Serialize, Deserialize)]
struct IdentityFile {
    pid: u32,
    started: String,
}

#[derive(Serialize, Deserialize)]
struct ProcessFile {
    name: String,
    command: String,
    running: Option<IdentityFile>,
    since_millis: Option<u64>,
    restarts: u32,
    last_exit: Option<String>,
}

/// Writes what runs.
pub(super) fn write_standing(files: &dyn Files, path: &Path, standing: &Standing) -> io::Result<()> {
    let identity = |id: &ProcessIdentity| IdentityFile { pid: id.pid, started: id.started.clone() };
    let millis = |time: SystemTime| {
        u64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
    };
    let process = |(status, running): &(ProcessStatus, Option<ProcessIdentity>)| ProcessFile {
        name: status.name.clone(),
        command: status.command.clone(),
        running: running.as_ref().map(identity),
        since_millis: status.since.map(millis),
        restarts: status.restarts,
        last_exit: status.last_exit.clone(),
    };
    let file = StandingFile {
        supervisor: identity(&standing.supervisor),
        processes: standing.processes.iter().map(process).collect(),
    };
    files.write_atomic(path, &serde_json::to_vec_pretty(&file).map_err(io::Error::from)?, 0o644)
}

/// Reads what ran when the supervisor wrote last.
pub(super) fn read_standing(files: &dyn Files, path: &Path) -> io::Result<Standing> {
    let file: StandingFile = serde_json::from_slice(&files.read(path)?).map_err(io::Error::from)?;
    let identity = |id: IdentityFile| ProcessIdentity { pid: id.pid, started: id.started };
    let process = |file: ProcessFile| {
        let running = file.running.map(identity);
        let status = ProcessStatus {
            name: file.name,
            command: file.command,
            pid: running.as_ref().map(|id| id.pid),
            since: file.since_millis.map(|millis| UNIX_EPOCH + Duration::from_millis(millis)),
            restarts: file.restarts,
            last_exit: file.last_exit,
        };
        (status, running)
    };
    Ok(Standing { supervisor: identity(file.supervisor), processes: file.processes.into_iter().map(process).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::{FakeFiles, ReadFiles};

    #[test]
    fn both_files_survive_the_way_there_and_back() {
        let files = FakeFiles::default();
        let path = Path::new("/run/x.json");
        let spec = Spec {
            processes: vec![ProcessSpec {
                name: "web".into(),
                command: "kilter serve".into(),
                words: vec!["/bin/kilter".into(), "serve".into()],
                directory: "/repo".into(),
                env: BTreeMap::from([("PORT".into(), "5000".into())]),
            }],
            grace: Duration::from_secs(5),
        };
        write_spec(&files, path, &spec, "m").unwrap();
        assert_eq!(read_spec(&files, path).unwrap(), (spec, "m".to_owned()));
        assert_eq!(files.metadata(path).unwrap().mode, 0o600);
        let id = ProcessIdentity { pid: 7, started: "1@b".into() };
        let status = ProcessStatus {
            name: "web".into(),
            command: "kilter serve".into(),
            pid: Some(7),
            since: Some(UNIX_EPOCH + Duration::from_millis(1234)),
            restarts: 2,
            last_exit: Some("exit code 1".into()),
        };
        let standing = Standing { supervisor: id.clone(), processes: vec![(status, Some(id))] };
        write_standing(&files, path, &standing).unwrap();
        assert_eq!(read_standing(&files, path).unwrap(), standing);
    }

    #[test]
    fn a_torn_file_is_an_error_and_no_panic() {
        let files = FakeFiles::with([("/run/x.json", "{\"supervisor\":{")]);
        assert!(read_standing(&files, Path::new("/run/x.json")).is_err());
        assert!(read_spec(&files, Path::new("/run/x.json")).is_err());
    }
}
