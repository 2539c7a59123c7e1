//! Disks that fail: one that dies at a certain step as a killed process would leave it, and one that fills up.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::sys::file_lock::FileLock;
use crate::sys::files::{DirEntry, FakeFiles, FileMeta, Files, ReadFiles};

/// How a disk fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Never.
    Sound,
    /// After this many changes nothing is changed any more; the change in between is torn where it can be.
    DiesAfter(usize),
    /// It holds this many bytes.
    Holds(usize),
}

/// A disk in memory that fails as told.
pub struct FailingDisk {
    pub inner: Arc<FakeFiles>,
    pub mode: Mutex<Mode>,
    changes: Mutex<usize>,
    sizes: Mutex<BTreeMap<PathBuf, usize>>,
}

impl FailingDisk {
    pub fn new(inner: Arc<FakeFiles>, mode: Mode) -> Arc<Self> {
        Arc::new(FailingDisk { inner, mode: Mutex::new(mode), changes: Mutex::new(0), sizes: Mutex::default() })
    }

    /// How many changes were made or tried.
    pub fn changes(&self) -> usize {
        *self.changes.lock().unwrap()
    }

    /// Counts a change. `Some(true)`: carry it out. `Some(false)`: this is the one in which the process dies.
    fn step(&self) -> Option<bool> {
        let mut changes = self.changes.lock().unwrap();
        *changes += 1;
        match *self.mode.lock().unwrap() {
            Mode::DiesAfter(limit) if *changes == limit + 1 => Some(false),
            Mode::DiesAfter(limit) if *changes > limit => None,
            _ => Some(true),
        }
    }

    fn dead() -> io::Error {
        io::Error::other("killed")
    }

    fn whole(&self) -> io::Result<()> {
        if self.step() == Some(true) { Ok(()) } else { Err(Self::dead()) }
    }

    fn room(&self, path: &Path, size: usize) -> io::Result<()> {
        let mut sizes = self.sizes.lock().unwrap();
        if let Mode::Holds(capacity) = *self.mode.lock().unwrap() {
            // A file that is replaced stands beside its successor for a moment.
            let used: usize = sizes.values().sum();
            if used + size > capacity {
                return Err(io::ErrorKind::StorageFull.into());
            }
        }
        sizes.insert(path.to_owned(), size);
        Ok(())
    }

    fn forget(&self, path: &Path) {
        self.sizes.lock().unwrap().retain(|known, _| !known.starts_with(path));
    }
}

impl ReadFiles for FailingDisk {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        self.inner.read(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMeta> {
        self.inner.metadata(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.inner.list(path)
    }
}

impl Files for FailingDisk {
    fn write_atomic(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.whole()?;
        self.room(path, bytes.len())?;
        self.inner.write_atomic(path, bytes, mode)
    }

    fn write_unsynced(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.write_atomic(path, bytes, mode)
    }

    fn make_link(&self, target: &Path, path: &Path) -> io::Result<()> {
        self.whole()?;
        self.inner.make_link(target, path)
    }

    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self.step() {
            Some(true) => {
                self.room(path, bytes.len())?;
                self.inner.create_new(path, bytes)
            }
            Some(false) => self.inner.create_new(path, &bytes[..bytes.len() / 2]).and(Err(Self::dead())),
            None => Err(Self::dead()),
        }
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let before = self.inner.metadata(path).map_or(0, |meta| meta.size as usize);
        match self.step() {
            Some(true) => {
                self.room(path, before + bytes.len())?;
                self.inner.append(path, bytes)
            }
            Some(false) => self.inner.append(path, &bytes[..bytes.len() / 2]).and(Err(Self::dead())),
            None => Err(Self::dead()),
        }
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.whole()?;
        self.inner.create_directory(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.whole()?;
        self.forget(path);
        self.inner.remove_file(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.whole()?;
        self.inner.remove_directory(path)
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        match self.step() {
            Some(true) => {
                self.forget(path);
                self.inner.remove_tree(path)
            }
            Some(false) => {
                let first = self.inner.list(path)?.into_iter().next();
                let _ = first.map(|entry| self.inner.remove_tree(&path.join(entry.name)));
                Err(Self::dead())
            }
            None => Err(Self::dead()),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.whole()?;
        self.forget(from);
        self.inner.rename(from, to)
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.whole()?;
        self.inner.set_mode(path, mode)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.inner.canonical(path)
    }

    fn lock_file<'a>(&'a self, path: &Path) -> io::Result<Box<dyn FileLock + 'a>> {
        let held = self.inner.lock_file(path)?;
        Ok(Box::new(FailingLock { disk: self, path: path.to_owned(), _held: held }))
    }
}

/// A lock on a disk that fails.
struct FailingLock<'a> {
    disk: &'a FailingDisk,
    path: PathBuf,
    _held: Box<dyn FileLock + 'a>,
}

impl FileLock for FailingLock<'_> {
    fn write(&mut self, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.disk.write_atomic(&self.path, bytes, mode)
    }
}
