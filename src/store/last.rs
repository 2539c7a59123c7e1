//! Which results were on the screen last, so that the next start shows them at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::memory::Memory;
use crate::model::id::ContentHash;
use crate::model::place::RepoPath;

/// Where one result is and how old it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Its key in the cache.
    pub key: ContentHash,
    /// When it was computed.
    pub at: SystemTime,
}

/// The results that were shown last, by kind (`plan`, `lint`, `test`) and stack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LastSeen(BTreeMap<(String, RepoPath), Seen>);

#[derive(Serialize, Deserialize)]
struct Written {
    kind: String,
    stack: String,
    key: String,
    at_millis: u64,
}

impl LastSeen {
    /// Notes that this result is on the screen now.
    pub fn note(&mut self, kind: &str, stack: &RepoPath, seen: Seen) {
        self.0.insert((kind.to_owned(), stack.clone()), seen);
    }

    /// What was on the screen last.
    pub fn of(&self, kind: &str, stack: &RepoPath) -> Option<Seen> {
        self.0.get(&(kind.to_owned(), stack.clone())).copied()
    }

    /// Everything, in order.
    pub fn all(&self) -> impl Iterator<Item = (&str, &RepoPath, Seen)> {
        self.0.iter().map(|((kind, stack), seen)| (kind.as_str(), stack, *seen))
    }

    /// Forgets stacks that are no more.
    pub fn retain(&mut self, exists: impl Fn(&RepoPath) -> bool) {
        self.0.retain(|(_, stack), _| exists(stack));
    }
}

impl Memory {
    /// What was on the screen at the end of the last session; nothing when that is not known.
    pub fn last_seen(&self) -> LastSeen {
        let Some(bytes) = self.read(Path::new("last.json")) else { return LastSeen::default() };
        let Ok(written) = serde_json::from_slice::<Vec<Written>>(&bytes) else {
            self.set_aside(Path::new("last.json"));
            return LastSeen::default();
        };
        let entry = |written: Written| {
            let at = UNIX_EPOCH.checked_add(Duration::from_millis(written.at_millis))?;
            let seen = Seen { key: ContentHash::parse(&written.key)?, at };
            Some(((written.kind, RepoPath::new(&written.stack)), seen))
        };
        LastSeen(written.into_iter().filter_map(entry).collect())
    }

    /// Remembers what is on the screen.
    pub fn remember_seen(&self, seen: &LastSeen) {
        let write = |((kind, stack), seen): (&(String, RepoPath), &Seen)| Written {
            kind: kind.clone(),
            stack: stack.to_string(),
            key: seen.key.to_string(),
            at_millis: millis(seen.at),
        };
        let written: Vec<Written> = seen.0.iter().map(write).collect();
        let result = serde_json::to_vec(&written)
            .map_err(std::io::Error::other)
            .and_then(|bytes| self.write(Path::new("last.json"), &bytes, false));
        if let Err(error) = result {
            self.cannot_write(&error);
        }
    }
}

pub(super) fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::sys::files::{FakeFiles, Files};

    #[test]
    fn the_last_screen_is_remembered() {
        let files = Arc::new(FakeFiles::default());
        let memory = Memory::open(files.clone(), "/k".into());
        assert_eq!(memory.last_seen(), LastSeen::default());
        let mut seen = LastSeen::default();
        let (web, at) = (RepoPath::new("web"), UNIX_EPOCH + Duration::from_millis(1234));
        seen.note("plan", &web, Seen { key: ContentHash([1; 32]), at });
        seen.note("plan", &web, Seen { key: ContentHash([2; 32]), at });
        seen.note("lint", &RepoPath::root(), Seen { key: ContentHash([3; 32]), at });
        memory.remember_seen(&seen);
        assert_eq!(Memory::open(files.clone(), "/k".into()).last_seen(), seen);
        assert_eq!(seen.of("plan", &web).unwrap().key, ContentHash([2; 32]));
        seen.retain(|stack| !stack.is_root());
        assert_eq!(seen.all().count(), 1);
        files.write_atomic("/k/last.json".as_ref(), &super::super::sealed::seal(b"[{"), 0o600).unwrap();
        assert_eq!((memory.last_seen(), memory.take_notices().len()), (LastSeen::default(), 1));
    }
}
