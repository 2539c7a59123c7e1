//! One at a time: who works on an environment, since when and why. The lock of a process that died is taken over, and
//! that is said.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::event::{Progress, Watcher};
use super::fault::EnvironmentFault;
use crate::sys::clock::{Clock, pause};
use crate::sys::files::Files;
use crate::sys::living::{self, ProcessIdentity};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LockFile {
    pid: u32,
    started: String,
    host: String,
    user: String,
    operation: String,
    since_millis: u64,
    /// Tells two locks of one process in one moment apart.
    #[serde(default)]
    token: u64,
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process.
    pub process: ProcessIdentity,
    /// The machine it runs on.
    pub host: String,
    /// Whose it is.
    pub user: String,
    /// What it does: `apply 1a2b3c4`.
    pub operation: String,
    /// Since when.
    pub since: SystemTime,
}

impl Holder {
    /// Whether the process that took it is certainly gone.
    pub fn is_dead(&self) -> bool {
        self.host == living::host_name() && !self.process.is_alive()
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let since = jiff::Timestamp::try_from(self.since).map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
        let since = since.unwrap_or_default();
        write!(f, "{} by {} (process {} on {}) since {since}", self.operation, self.user, self.process.pid, self.host)
    }
}

/// What stands at a lock's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockState {
    /// Nobody works.
    Free,
    /// This process does.
    Held(Holder),
    /// The process that took it is dead.
    Stale(Holder),
    /// The file is torn: whoever took it died in the middle of it.
    Torn,
}

/// Looks who works.
pub fn look(files: &dyn Files, path: &Path) -> LockState {
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(_) => return LockState::Free,
    };
    let Ok(file) = serde_json::from_slice::<LockFile>(&bytes) else { return LockState::Torn };
    let holder = Holder {
        process: ProcessIdentity { pid: file.pid, started: file.started },
        host: file.host,
        user: file.user,
        operation: file.operation,
        since: UNIX_EPOCH + Duration::from_millis(file.since_millis),
    };
    if holder.is_dead() { LockState::Stale(holder) } else { LockState::Held(holder) }
}

/// A lock that is held; dropping it lets it go.
pub struct Lock {
    files: Arc<dyn Files>,
    path: PathBuf,
    bytes: Vec<u8>,
    /// What there is to say about the lock that was here before.
    pub taken_over: Option<String>,
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lock({})", self.path.display())
    }
}

/// Takes the lock, or says who has it.
///
/// # Errors
/// [`EnvironmentFault::Locked`] when a living process has it, [`EnvironmentFault::Files`].
pub fn take(
    files: &Arc<dyn Files>,
    clock: &dyn Clock,
    path: &Path,
    user: &str,
    operation: &str,
) -> Result<Lock, EnvironmentFault> {
    let own = ProcessIdentity::own();
    let millis = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let file = LockFile {
        pid: own.pid,
        started: own.started,
        host: living::host_name(),
        user: user.to_owned(),
        operation: operation.to_owned(),
        since_millis: u64::try_from(millis).unwrap_or(u64::MAX),
        token: RandomState::new().build_hasher().finish(),
    };
    let bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
    let mut taken_over = None;
    for _ in 0..ATTEMPTS {
        match files.create_new(path, &bytes) {
            // Whoever took a lock for torn that was only slow to be written removed it.
            Ok(()) if files.read(path).is_ok_and(|now| *now == *bytes) => {
                return Ok(Lock { files: files.clone(), path: path.to_owned(), bytes, taken_over });
            }
            Ok(()) => continue,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                // It may have been made and not filled: nobody would ever be able to take that one.
                let _ =
                    files.read(path).map(|now| if now.len() < bytes.len() { files.remove_file(path) } else { Ok(()) });
                return Err(EnvironmentFault::files("taking the lock", path)(error));
            }
        }
        let said = match look(files.as_ref(), path) {
            LockState::Held(holder) => return Err(EnvironmentFault::Locked(holder.to_string())),
            LockState::Free => continue,
            LockState::Stale(holder) => format!("took over the lock of a process that is dead: {holder}"),
            LockState::Torn => {
                // Perhaps it is being written this very moment.
                pause(Duration::from_millis(100));
                "took over a lock that was left half written".to_owned()
            }
        };
        if remove_stale(files.as_ref(), path)? {
            taken_over = Some(said);
        }
    }
    Err(EnvironmentFault::Locked("others keep taking it".to_owned()))
}

/// How often it is tried to take a lock that others take over at the same time.
const ATTEMPTS: usize = 100;

/// Removes a lock that is stale or torn; whether there was one. However many find the same dead lock, one of them at a
/// time looks again and removes it, so that nobody removes the lock that somebody else took in the meantime.
fn remove_stale(files: &dyn Files, path: &Path) -> Result<bool, EnvironmentFault> {
    let guard = path.with_extension("takeover");
    let held = match files.lock_file(&guard) {
        Ok(held) => held,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            pause(Duration::from_millis(2));
            return Ok(false);
        }
        Err(error) => return Err(EnvironmentFault::files("taking a stale lock over", &guard)(error)),
    };
    let removed = match look(files, path) {
        LockState::Stale(_) | LockState::Torn => files.remove_file(path).map(|()| true),
        LockState::Held(_) | LockState::Free => Ok(false),
    };
    // The guard's file stays: who had it open while it was removed would hold a lock on nothing beside somebody's new one.
    drop(held);
    removed.map_err(EnvironmentFault::files("taking a stale lock over", path))
}

impl Lock {
    /// Tells what there is to say about the lock that was here before.
    pub fn tell(&self, watcher: &dyn Watcher) {
        if let Some(said) = &self.taken_over {
            watcher.progress(Progress::Notice(said.clone()));
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A directory that was destroyed meanwhile took the lock with it, and another one may stand there already.
        if self.files.read(&self.path).is_ok_and(|now| *now == *self.bytes) {
            let _ = self.files.remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::clock::FakeClock;
    use crate::sys::files::{FakeFiles, ReadFiles};

    const PATH: &str = "/e/lock.json";

    fn take_it(files: &Arc<FakeFiles>) -> Result<Lock, EnvironmentFault> {
        let files: Arc<dyn Files> = files.clone();
        take(&files, &FakeClock::at(Duration::from_secs(90)), Path::new(PATH), "me", "apply 1a2b3c4")
    }

    #[test]
    fn one_holds_it_at_a_time_and_dropping_lets_it_go() {
        let files = Arc::new(FakeFiles::default());
        let lock = take_it(&files).unwrap();
        assert_eq!(lock.taken_over, None);
        let refused = take_it(&files).unwrap_err().to_string();
        let expected = format!("apply 1a2b3c4 by me (process {} on ", std::process::id());
        assert!(refused.contains(&expected) && refused.ends_with("since 1970-01-01 00:01:30Z"), "{refused}");
        drop(lock);
        assert_eq!(look(files.as_ref(), Path::new(PATH)), LockState::Free);
        take_it(&files).unwrap();
    }

    #[test]
    fn the_lock_of_a_dead_process_is_taken_over_and_said() {
        let dead = |host: &str| {
            format!(
                r#"{{"pid":{},"started":"1@never","host":"{host}","user":"her","operation":"apply","since_millis":0}}"#,
                std::process::id()
            )
        };
        let files = Arc::new(FakeFiles::with([(PATH, dead(&living::host_name()))]));
        assert!(matches!(look(files.as_ref(), Path::new(PATH)), LockState::Stale(_)));
        let lock = take_it(&files).unwrap();
        assert!(lock.taken_over.as_ref().unwrap().contains("dead: apply by her"), "{:?}", lock.taken_over);
        drop(lock);
        let left: Vec<String> = files.list(Path::new("/e")).unwrap().into_iter().map(|entry| entry.name).collect();
        assert!(left.iter().all(|name| name == "lock.takeover"), "nothing is left of either: {left:?}");

        let elsewhere = Arc::new(FakeFiles::with([(PATH, dead("another-machine"))]));
        assert!(take_it(&elsewhere).is_err(), "nobody here can know about another machine's processes");
    }

    #[test]
    fn a_torn_lock_does_not_lock_anybody_out() {
        for torn in ["", "{\"pid\":12"] {
            let files = Arc::new(FakeFiles::with([(PATH, torn)]));
            assert_eq!(look(files.as_ref(), Path::new(PATH)), LockState::Torn);
            assert!(take_it(&files).unwrap().taken_over.clone().unwrap().contains("half written"));
        }
    }

    #[test]
    fn many_that_find_the_same_dead_lock_take_it_one_at_a_time() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock.json");
        let dead = format!(
            r#"{{"pid":{},"started":"1@never","host":"{}","user":"her","operation":"apply","since_millis":0}}"#,
            std::process::id(),
            living::host_name()
        );
        let (holders, taken, told) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        for round in 0..20 {
            let left = if round % 4 == 3 { &dead[..20] } else { &dead };
            std::fs::write(&path, left).unwrap();
            std::thread::scope(|threads| {
                for _ in 0..8 {
                    threads.spawn(|| {
                        let files: Arc<dyn Files> = Arc::new(crate::sys::files::RealFiles);
                        let clock = FakeClock::at(Duration::from_secs(90));
                        let Ok(lock) = take(&files, &clock, &path, "me", "apply") else { return };
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "two hold it at once");
                        taken.fetch_add(1, Ordering::SeqCst);
                        told.fetch_add(usize::from(lock.taken_over.is_some()), Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(1));
                        holders.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    });
                }
            });
        }
        assert!(taken.load(Ordering::SeqCst) >= 20, "in every round somebody takes it");
        // Who saw the dead one may say so although another was faster; nobody says it who did not take it.
        let (told, taken) = (told.load(Ordering::SeqCst), taken.load(Ordering::SeqCst));
        assert!(told >= 1 && told <= taken, "{told} of {taken} say that they took it over");
        assert!(!path.exists(), "nothing is left");
    }
}
