//! Files that note what is read through them.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::reads::{hash_bytes, hash_fault, hash_kind, hash_listing};
use crate::engine::{Read, Reads};
use crate::sys::files::{DirEntry, FileMeta, ReadFiles};

/// Files read through here are noted with a hash of what was there.
pub struct RecordingFiles {
    inner: Arc<dyn ReadFiles>,
    reads: Mutex<Reads>,
}

impl RecordingFiles {
    /// Nothing is noted yet.
    pub fn new(inner: Arc<dyn ReadFiles>) -> Arc<Self> {
        Arc::new(RecordingFiles { inner, reads: Mutex::default() })
    }

    /// What was read so far.
    pub fn reads(&self) -> Reads {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, read: Read, hash: crate::model::id::ContentHash) {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).note(read, hash);
    }
}

impl ReadFiles for RecordingFiles {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let found = self.inner.read(path);
        let hash = found.as_ref().map_or_else(hash_fault, |bytes| hash_bytes(bytes));
        self.note(Read::Content(path.to_owned()), hash);
        found
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMeta> {
        let found = self.inner.metadata(path);
        self.note(Read::Kind(path.to_owned()), hash_kind(found.as_ref().ok().map(|meta| meta.kind)));
        found
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let found = self.inner.list(path);
        let names = |entries: &Vec<DirEntry>| hash_listing(entries.iter().map(|e| (e.name.as_str(), e.is_directory)));
        self.note(Read::Listing(path.to_owned()), found.as_ref().map_or_else(hash_fault, names));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::FakeFiles;

    #[test]
    fn what_is_read_is_noted_so_that_it_holds_until_it_changes() {
        let disk = Arc::new(FakeFiles::with([("/r/a", "one"), ("/r/b", "two")]));
        let recording = RecordingFiles::new(disk.clone());
        recording.read(Path::new("/r/a")).unwrap();
        recording.list(Path::new("/r")).unwrap();
        assert!(!recording.is_file(Path::new("/r/c")));
        assert!(recording.read(Path::new("/r/gone")).is_err());
        let reads = recording.reads();
        assert!(reads.still_hold(disk.as_ref()));
        disk.put(Path::new("/r/b"), b"other", 0o644);
        assert!(reads.still_hold(disk.as_ref()), "nobody read b");
        disk.put(Path::new("/r/gone"), b"", 0o644);
        assert!(!reads.still_hold(disk.as_ref()));
    }
}
