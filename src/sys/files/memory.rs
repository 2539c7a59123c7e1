//! Files in memory: the disk's stand-in in tests and in runs that must leave nothing behind.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{DirEntry, FileKind, FileMeta, Files, ReadFiles, normal};
use crate::sys::file_lock::FileLock;

/// Files in memory. Paths are taken as they are, except that `.` and `..` are resolved; a link can be made and read,
/// but is not followed.
#[derive(Debug, Default)]
pub struct FakeFiles {
    nodes: Mutex<BTreeMap<PathBuf, Node>>,
    locked: Mutex<BTreeSet<PathBuf>>,
}

#[derive(Debug, Clone)]
enum Node {
    File { bytes: Arc<[u8]>, mode: u32 },
    Directory,
    Link { target: PathBuf },
}

impl FakeFiles {
    /// Files with these contents.
    pub fn with<P: AsRef<Path>, B: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, B)>) -> Self {
        let fake = FakeFiles::default();
        for (path, bytes) in files {
            fake.put(path.as_ref(), bytes.as_ref(), 0o644);
        }
        fake
    }

    /// Writes a file, making its directories.
    pub fn put(&self, path: &Path, bytes: &[u8], mode: u32) {
        let path = normal(path);
        let mut nodes = self.nodes();
        make_directories(&mut nodes, path.parent());
        nodes.insert(path, Node::File { bytes: Arc::from(bytes), mode });
    }

    fn nodes(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Node>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_directories(nodes: &mut BTreeMap<PathBuf, Node>, directory: Option<&Path>) {
    for ancestor in directory.into_iter().flat_map(Path::ancestors) {
        nodes.entry(ancestor.to_path_buf()).or_insert(Node::Directory);
    }
}

impl ReadFiles for FakeFiles {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        match self.nodes().get(&normal(path)) {
            Some(Node::File { bytes, .. }) => Ok(bytes.clone()),
            Some(Node::Directory) => Err(io::ErrorKind::IsADirectory.into()),
            Some(Node::Link { .. }) | None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn link_metadata(&self, path: &Path) -> io::Result<FileMeta> {
        match self.nodes().get(&normal(path)) {
            Some(Node::Link { target }) => {
                let size = target.as_os_str().len() as u64;
                return Ok(FileMeta { kind: FileKind::Link, size, modified: None, mode: 0o777 });
            }
            Some(Node::File { .. } | Node::Directory) | None => {}
        }
        self.metadata(path)
    }

    fn link_target(&self, path: &Path) -> io::Result<PathBuf> {
        match self.nodes().get(&normal(path)) {
            Some(Node::Link { target }) => Ok(target.clone()),
            Some(Node::File { .. } | Node::Directory) => Err(io::ErrorKind::InvalidInput.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMeta> {
        match self.nodes().get(&normal(path)) {
            Some(Node::File { bytes, mode }) => {
                Ok(FileMeta { kind: FileKind::File, size: bytes.len() as u64, modified: None, mode: *mode })
            }
            Some(Node::Directory) => Ok(FileMeta { kind: FileKind::Directory, size: 0, modified: None, mode: 0o755 }),
            Some(Node::Link { .. }) | None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let path = normal(path);
        let nodes = self.nodes();
        match nodes.get(&path) {
            Some(Node::Directory) => {}
            Some(Node::File { .. } | Node::Link { .. }) => return Err(io::ErrorKind::NotADirectory.into()),
            None => return Err(io::ErrorKind::NotFound.into()),
        }
        let children = nodes.iter().filter(|(child, _)| child.parent() == Some(&path) && **child != path);
        let mut entries: Vec<DirEntry> = children
            .map(|(child, node)| DirEntry {
                name: child.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                is_directory: matches!(node, Node::Directory),
                is_link: matches!(node, Node::Link { .. }),
            })
            .collect();
        entries.sort();
        Ok(entries)
    }
}

impl Files for FakeFiles {
    fn write_atomic(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        if self.is_directory(path) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        self.put(path, bytes, mode);
        Ok(())
    }

    fn write_unsynced(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.write_atomic(path, bytes, mode)
    }

    fn make_link(&self, target: &Path, path: &Path) -> io::Result<()> {
        let path = normal(path);
        let mut nodes = self.nodes();
        if nodes.contains_key(&path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        make_directories(&mut nodes, path.parent());
        nodes.insert(path, Node::Link { target: target.to_path_buf() });
        Ok(())
    }

    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.nodes().contains_key(&normal(path)) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.put(path, bytes, 0o644);
        Ok(())
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut all = match self.read(path) {
            Ok(old) => old.to_vec(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        all.extend_from_slice(bytes);
        self.put(path, &all, 0o644);
        Ok(())
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        make_directories(&mut self.nodes(), Some(&normal(path)));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut nodes = self.nodes();
        match nodes.get(&normal(path)) {
            Some(Node::File { .. } | Node::Link { .. }) => {
                nodes.remove(&normal(path));
                Ok(())
            }
            Some(Node::Directory) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        if !self.list(path)?.is_empty() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.nodes().remove(&normal(path));
        Ok(())
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        if !self.is_directory(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let path = normal(path);
        self.nodes().retain(|node, _| !node.starts_with(&path));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (normal(from), normal(to));
        let mut nodes = self.nodes();
        if !nodes.contains_key(&from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let moved: Vec<PathBuf> = nodes.keys().filter(|node| node.starts_with(&from)).cloned().collect();
        make_directories(&mut nodes, to.parent());
        for old in moved {
            let below = old.strip_prefix(&from).map(Path::to_path_buf).unwrap_or_default();
            let new = if below.as_os_str().is_empty() { to.clone() } else { to.join(below) };
            if let Some(node) = nodes.remove(&old) {
                nodes.insert(new, node);
            }
        }
        Ok(())
    }

    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        match self.nodes().get_mut(&normal(path)) {
            Some(Node::File { mode: old, .. }) => {
                *old = mode;
                Ok(())
            }
            Some(Node::Directory) => Ok(()),
            Some(Node::Link { .. }) | None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.metadata(path).map(|_| normal(path))
    }

    fn lock_file<'a>(&'a self, path: &Path) -> io::Result<Box<dyn FileLock + 'a>> {
        let path = normal(path);
        if !self.locked.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let made = self.metadata(&path).is_err();
        if made {
            self.put(&path, b"", 0o600);
        }
        Ok(Box::new(FakeLock { files: self, path, made }))
    }
}

/// A lock on a file in memory.
struct FakeLock<'a> {
    files: &'a FakeFiles,
    path: PathBuf,
    made: bool,
}

impl FileLock for FakeLock<'_> {
    fn write(&mut self, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.files.write_atomic(&self.path, bytes, mode)
    }
}

impl Drop for FakeLock<'_> {
    fn drop(&mut self) {
        if self.made && self.files.read(&self.path).is_ok_and(|bytes| bytes.is_empty()) {
            let _ = self.files.remove_file(&self.path);
        }
        self.files.locked.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}
