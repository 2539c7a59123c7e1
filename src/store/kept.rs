//! Copies that are not made from what lies in the repo and so are kept until they are replaced: a remote state as it was
//! pulled last, the schemas of providers, what a real plan taught.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use super::memory::{Memory, file_name};
use crate::model::place::RepoPath;

impl Memory {
    /// What was kept of a kind (`remote-state`) for a stack, and since when.
    pub fn kept(&self, kind: &str, stack: &RepoPath) -> Option<(Vec<u8>, Option<SystemTime>)> {
        let place = place(kind, stack);
        let bytes = self.read(&place)?;
        let since = self.files.metadata(&self.root().join(&place)).ok().and_then(|meta| meta.modified);
        Some((bytes, since))
    }

    /// Since when something of a kind is kept, without reading it.
    pub fn kept_since(&self, kind: &str, stack: &RepoPath) -> Option<SystemTime> {
        self.files.metadata(&self.root().join(place(kind, stack))).ok().and_then(|meta| meta.modified)
    }

    /// Keeps bytes of a kind for a stack instead of those before; they survive a power cut.
    ///
    /// # Errors
    /// As the disk says it; what was kept before is then untouched.
    pub fn keep(&self, kind: &str, stack: &RepoPath, bytes: &[u8]) -> io::Result<()> {
        self.write(&place(kind, stack), bytes, true)
    }

    /// Forgets what was kept.
    pub fn forget(&self, kind: &str, stack: &RepoPath) {
        self.remove(&place(kind, stack));
    }
}

fn place(kind: &str, stack: &RepoPath) -> PathBuf {
    PathBuf::from("kept").join(file_name(kind)).join(file_name(stack.as_str()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::sys::files::FakeFiles;

    #[test]
    fn copies_are_kept_by_kind_and_stack() {
        let memory = Memory::open(Arc::new(FakeFiles::default()), "/k".into());
        let (web, root) = (RepoPath::new("stacks/web"), RepoPath::root());
        memory.keep("remote-state", &web, b"one").unwrap();
        memory.keep("remote-state", &root, b"root").unwrap();
        memory.keep("remote-state", &web, b"two").unwrap();
        assert_eq!(memory.kept("remote-state", &web).unwrap().0, b"two");
        assert_eq!(memory.kept("remote-state", &root).unwrap().0, b"root");
        assert!(memory.kept("schema", &web).is_none());
        memory.forget("remote-state", &web);
        assert!(memory.kept("remote-state", &web).is_none());
    }
}
