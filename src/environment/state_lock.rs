//! The lock on a stack's state, as terraform's local backend takes it: the state file itself is locked, and
//! `.terraform.tfstate.lock.info` beside it says who has it. Kilter and terraform keep each other out this way.
//!
//! Unlike an environment's own lock it needs no taking over: the system gives it back when its holder dies.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::fault::EnvironmentFault;
use super::world::World;
use crate::model::place::RepoPath;
use crate::sys::file_lock::FileLock;
use crate::sys::files::{Files, ReadFiles};
use crate::sys::living;

/// The file that says who has a lock; its members are terraform's.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LockInfo {
    #[serde(rename = "ID")]
    id: String,
    operation: String,
    info: String,
    who: String,
    version: String,
    created: String,
    path: String,
}

/// Where terraform says who has the lock on a state.
fn info_path(state: &Path) -> PathBuf {
    let name = state.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    state.with_file_name(format!(".{name}.lock.info"))
}

/// A state that is locked until this is dropped.
pub struct StateLock<'a> {
    files: &'a dyn Files,
    info: PathBuf,
    /// The locked file. It is `None` only while this is dropped.
    file: Option<Box<dyn FileLock + 'a>>,
}

impl<'a> StateLock<'a> {
    /// Locks the state of a stack.
    ///
    /// # Errors
    /// [`EnvironmentFault::StateLocked`] when somebody has it, [`EnvironmentFault::Files`].
    pub fn take(
        files: &'a dyn Files,
        world: &World,
        stack: &RepoPath,
        state: &Path,
        why: &str,
    ) -> Result<Self, EnvironmentFault> {
        let file = files.lock_file(state).map_err(|error| refused(files, stack, state, error))?;
        let info = LockInfo {
            id: uuid::Uuid::new_v4().to_string(),
            operation: "OperationTypeApply".to_owned(),
            info: why.to_owned(),
            who: format!("{}@{}", world.user, living::host_name()),
            version: concat!("kilter ", env!("CARGO_PKG_VERSION")).to_owned(),
            created: rfc3339(world.clock.now()),
            path: state.display().to_string(),
        };
        let path = info_path(state);
        let bytes = serde_json::to_vec(&info).unwrap_or_default();
        let written = files.write_unsynced(&path, &bytes, 0o600);
        let lock = StateLock { files, info: path, file: Some(file) };
        match written {
            Ok(()) => Ok(lock),
            Err(error) => Err(EnvironmentFault::files("saying who has the lock on the state", &lock.info)(error)),
        }
    }

    /// Replaces the state.
    ///
    /// # Errors
    /// As the system says it; the state before is then untouched.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        // A state may hold what is sensitive.
        match &mut self.file {
            Some(file) => file.write(bytes, 0o600),
            None => Err(io::Error::other("the state is not locked any more")),
        }
    }
}

impl Drop for StateLock<'_> {
    fn drop(&mut self) {
        // First the word, then the lock: the other way round the next one's word would be removed.
        let _ = self.files.remove_file(&self.info);
        self.file.take();
    }
}

/// Who has the lock on a state; `None` when nobody does, or when there is no state.
///
/// # Errors
/// [`EnvironmentFault::StateLocked`] when somebody does.
pub fn probe(files: &dyn Files, stack: &RepoPath, state: &Path) -> Result<(), EnvironmentFault> {
    if !files.is_file(state) {
        return Ok(());
    }
    match files.lock_file(state) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(refused(files, stack, state, error)),
        // A state that may only be read can be planned against.
        _ => Ok(()),
    }
}

fn refused(files: &dyn Files, stack: &RepoPath, state: &Path, error: io::Error) -> EnvironmentFault {
    if error.kind() != io::ErrorKind::WouldBlock {
        return EnvironmentFault::files("locking the state", state)(error);
    }
    EnvironmentFault::StateLocked { stack: stack.clone(), holder: holder(files, state) }
}

/// What there is to say about who has the lock on a state.
pub fn holder(files: &dyn ReadFiles, state: &Path) -> String {
    let info = files.read(&info_path(state)).ok();
    let Some(info) = info.and_then(|bytes| serde_json::from_slice::<LockInfo>(&bytes).ok()) else {
        return format!("somebody has locked {} and does not say who", state.display());
    };
    let who = if info.who.is_empty() { "somebody" } else { &info.who };
    let version = match info.version.as_str() {
        "" => String::new(),
        version if version.starts_with(|c: char| c.is_ascii_digit()) => format!(" with terraform {version}"),
        version => format!(" with {version}"),
    };
    let operation = match (info.operation.as_str(), info.info.as_str()) {
        ("", "") => "something".to_owned(),
        (operation, "") => operation.strip_prefix("OperationType").unwrap_or(operation).to_lowercase(),
        (_, why) => why.to_owned(),
    };
    let since = match info.created.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        Err(_) => "an unknown time".to_owned(),
    };
    format!("{operation} by {who}{version} since {since} (lock {})", info.id)
}

fn rfc3339(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map(|at| at.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::FakeFiles;

    #[test]
    fn who_has_the_lock_is_told_as_far_as_it_is_known() {
        let state = Path::new("/s/terraform.tfstate");
        let told = |info: &str| holder(&FakeFiles::with([("/s/.terraform.tfstate.lock.info", info)]), state);
        let terraforms = r#"{"ID":"3e85e1ae","Operation":"OperationTypeApply","Info":"","Who":"root@vm","Version":"1.11.4","Created":"2026-11-23T17:43:10.641772974Z","Path":"terraform.tfstate"}"#;
        assert_eq!(
            told(terraforms),
            "apply by root@vm with terraform 1.11.4 since 2026-11-23 17:43:10Z (lock 3e85e1ae)"
        );
        assert_eq!(told("{}"), "something by somebody since an unknown time (lock )");
        assert!(told("").contains("does not say who"));
    }
}
