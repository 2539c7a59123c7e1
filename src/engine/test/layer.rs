//! Files in memory over files that are only read: what tests write is seen by later runs and never by the disk.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::sys::files::{DirEntry, FakeFiles, FileMeta, Files, ReadFiles, normal};

/// A layer of memory over other files.
pub struct Layer {
    below: Arc<dyn ReadFiles>,
    above: FakeFiles,
    gone: Mutex<BTreeSet<PathBuf>>,
    version: AtomicU64,
}

impl Layer {
    /// Nothing written yet.
    pub fn over(below: Arc<dyn ReadFiles>) -> Self {
        Layer { below, above: FakeFiles::default(), gone: Mutex::default(), version: AtomicU64::new(0) }
    }

    /// Rises with everything that is written or removed.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    fn gone(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_gone(&self, path: &Path) -> bool {
        let gone = self.gone();
        path.ancestors().any(|ancestor| gone.contains(ancestor))
    }

    fn written(&self, path: &Path) {
        self.version.fetch_add(1, Ordering::AcqRel);
        self.gone().remove(path);
    }
}

impl ReadFiles for Layer {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let path = normal(path);
        match self.above.read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_gone(&path) => self.below.read(&path),
            answer => answer,
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMeta> {
        let path = normal(path);
        match self.above.metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_gone(&path) => self.below.metadata(&path),
            answer => answer,
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let path = normal(path);
        let above = self.above.list(&path);
        if self.is_gone(&path) {
            return above;
        }
        let below = self.below.list(&path);
        if below.is_err() && above.is_err() {
            return below;
        }
        let mut entries = above.unwrap_or_default();
        for entry in below.unwrap_or_default() {
            if !entries.iter().any(|known| known.name == entry.name) && !self.is_gone(&path.join(&entry.name)) {
                entries.push(entry);
            }
        }
        entries.sort();
        Ok(entries)
    }
}

impl Files for Layer {
    fn write_atomic(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        if self.is_directory(path) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let path = normal(path);
        self.above.put(&path, bytes, mode);
        self.written(&path);
        Ok(())
    }

    fn write_unsynced(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.write_atomic(path, bytes, mode)
    }

    fn make_link(&self, _: &Path, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.metadata(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.write_atomic(path, bytes, 0o644)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut all = match self.read(path) {
            Ok(old) => old.to_vec(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        all.extend_from_slice(bytes);
        self.write_atomic(path, &all, 0o644)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.version.fetch_add(1, Ordering::AcqRel);
        self.above.create_directory(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        if !self.is_file(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let path = normal(path);
        // It may lie below only; then there is nothing to take out above.
        let _ = self.above.remove_file(&path);
        self.version.fetch_add(1, Ordering::AcqRel);
        self.gone().insert(path);
        Ok(())
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        if !self.list(path)?.is_empty() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.remove_tree(path)
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        if !self.is_directory(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let path = normal(path);
        let _ = self.above.remove_tree(&path);
        self.version.fetch_add(1, Ordering::AcqRel);
        self.gone().insert(path);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (bytes, mode) = (self.read(from)?, self.metadata(from)?.mode);
        self.write_atomic(to, &bytes, mode)?;
        self.remove_file(from)
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        if self.is_directory(path) {
            return Ok(());
        }
        let bytes = self.read(path)?;
        self.write_atomic(path, &bytes, mode)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.metadata(path).map(|_| normal(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_hides_what_is_below_and_leaves_it_alone() {
        let below = Arc::new(FakeFiles::with([("/r/a", "a"), ("/r/b", "b")]));
        let layer = Layer::over(below.clone());
        layer.write_atomic(Path::new("/r/a"), b"new", 0o644).unwrap();
        layer.write_atomic(Path::new("/r/c"), b"c", 0o600).unwrap();
        layer.remove_file(Path::new("/r/b")).unwrap();
        assert_eq!(&*layer.read(Path::new("/r/a")).unwrap(), b"new");
        assert!(layer.read(Path::new("/r/b")).is_err());
        let names: Vec<String> = layer.list(Path::new("/r")).unwrap().into_iter().map(|e| e.name).collect();
        assert_eq!(names, ["a", "c"]);
        assert_eq!(&*below.read(Path::new("/r/a")).unwrap(), b"a");
        assert_eq!(&*below.read(Path::new("/r/b")).unwrap(), b"b");
        assert!(below.read(Path::new("/r/c")).is_err());
    }
}
