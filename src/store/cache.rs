//! Results by the content they were made from. The oldest go when there are too many.

use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::SystemTime;

use super::memory::{Memory, file_name};
use crate::model::id::ContentHash;

/// How many bytes are kept.
const MOST: u64 = 96 * 1024 * 1024;
/// A single result larger than this is not kept.
const LARGEST: usize = 24 * 1024 * 1024;

impl Memory {
    /// The result of a kind (`plan`, `lint`) that was made from this content before.
    pub fn cached(&self, kind: &str, key: ContentHash) -> Option<Vec<u8>> {
        self.read(&place(kind, key))
    }

    /// Remembers a result. A full disk or the like is no fault of the result: it is said, once a session.
    pub fn cache(&self, kind: &str, key: ContentHash, bytes: &[u8]) {
        if bytes.len() > LARGEST {
            return;
        }
        if let Err(error) = self.write(&place(kind, key), bytes, false) {
            self.cannot_write(&error);
            return;
        }
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        *fresh += bytes.len() as u64;
        if *fresh > MOST / 8 {
            *fresh = 0;
            drop(fresh);
            self.tidy(MOST);
        }
    }

    /// Removes the oldest results until at most `most` bytes are left; says how many went.
    pub fn tidy(&self, most: u64) -> usize {
        let mut found: Vec<(Option<SystemTime>, PathBuf, u64)> = Vec::new();
        for kind in self.names("cache".as_ref()) {
            let kind = PathBuf::from("cache").join(kind);
            for part in self.names(&kind) {
                let part = kind.join(part);
                for name in self.names(&part) {
                    let path = part.join(name);
                    if let Ok(meta) = self.files.metadata(&self.root().join(&path)) {
                        found.push((meta.modified, path, meta.size));
                    }
                }
            }
        }
        found.sort();
        let mut total: u64 = found.iter().map(|(_, _, size)| size).sum();
        let mut gone = 0;
        for (_, path, size) in found {
            if total <= most {
                break;
            }
            self.remove(&path);
            total -= size;
            gone += 1;
        }
        gone
    }

    pub(super) fn cannot_write(&self, error: &std::io::Error) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        // Once is enough: a disk stays full.
        if *fresh != u64::MAX / 2 {
            *fresh = u64::MAX / 2;
            drop(fresh);
            self.notice(crate::model::diagnostic::Diagnostic::warning(
                "Results cannot be remembered",
                format!("{}: {error}. Everything works, but starts anew next time.", self.root().display()),
            ));
        }
    }
}

fn place(kind: &str, key: ContentHash) -> PathBuf {
    let key = key.to_string();
    PathBuf::from("cache").join(file_name(kind)).join(&key[..2]).join(&key[2..])
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests build their own world")]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::sys::files::{FakeFiles, RealFiles};

    fn key(n: u8) -> ContentHash {
        ContentHash([n; 32])
    }

    #[test]
    fn results_come_back_by_their_content() {
        let memory = Memory::open(Arc::new(FakeFiles::default()), "/k".into());
        memory.cache("plan", key(1), b"one");
        memory.cache("lint", key(1), b"other");
        assert_eq!(memory.cached("plan", key(1)).as_deref(), Some(&b"one"[..]));
        assert_eq!(memory.cached("lint", key(1)).as_deref(), Some(&b"other"[..]));
        assert_eq!(memory.cached("plan", key(2)), None);
        memory.cache("plan", key(3), &vec![0; LARGEST + 1]);
        assert_eq!(memory.cached("plan", key(3)), None, "too large to keep");
    }

    #[test]
    fn the_oldest_go_first() {
        let directory = tempfile::tempdir().unwrap();
        let memory = Memory::open(Arc::new(RealFiles), directory.path().to_path_buf());
        for n in 0..10u8 {
            memory.cache("plan", key(n), &[n; 1000]);
            let file = std::fs::File::options().write(true).open(directory.path().join(place("plan", key(n)))).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(1000 - u64::from(n))).unwrap();
        }
        assert_eq!(memory.tidy(5 * 1100), 5);
        let left: Vec<u8> = (0..10).filter(|n| memory.cached("plan", key(*n)).is_some()).collect();
        assert_eq!(left, [0, 1, 2, 3, 4]);
        assert_eq!(memory.tidy(5 * 1100), 0);
    }

    #[test]
    fn a_disk_that_refuses_is_said_once() {
        // A file where the directory belongs.
        let real = tempfile::tempdir().unwrap();
        std::fs::write(real.path().join("k"), "").unwrap();
        let memory = Memory::open(Arc::new(RealFiles), real.path().join("k"));
        memory.cache("plan", key(1), b"x");
        memory.cache("plan", key(2), b"x");
        assert_eq!(memory.take_notices().len(), 1);
        assert_eq!(memory.cached("plan", key(1)), None);
    }
}
