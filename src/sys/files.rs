//! The door to files: reading (also from a git tree, see `repo`), and writing in a way that loses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::sys::file_lock::FileLock;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link (only where links are not followed).
    Link,
    /// A device, a socket, a pipe, a submodule.
    Other,
}

/// What is known about a file without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileMeta {
    /// What it is, links followed.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written last; `None` where nobody knows (a git tree).
    pub modified: Option<SystemTime>,
    /// Unix permission bits.
    pub mode: u32,
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirEntry {
    /// The name; what is not UTF-8 is replaced and can then not be opened by this name.
    pub name: String,
    /// Whether it is a directory, links followed.
    pub is_directory: bool,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// Files that can be read: the disk, a git tree, a fake, an overlay.
pub trait ReadFiles: Send + Sync {
    /// All bytes of a file.
    ///
    /// # Errors
    /// As the system says it; `NotFound` when nothing is there, `IsADirectory` for a directory.
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>>;

    /// What stands at a path, links followed.
    ///
    /// # Errors
    /// `NotFound` when nothing is there (also for a dangling link).
    fn metadata(&self, path: &Path) -> io::Result<FileMeta>;

    /// A directory's entries sorted by name.
    ///
    /// # Errors
    /// `NotFound`, `NotADirectory`, or as the system says it.
    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>>;

    /// What stands at a path, the last link not followed.
    ///
    /// # Errors
    /// `NotFound` when nothing is there.
    fn link_metadata(&self, path: &Path) -> io::Result<FileMeta> {
        self.metadata(path)
    }

    /// What a symbolic link says.
    ///
    /// # Errors
    /// `InvalidInput` when it is none, `NotFound` when nothing is there.
    fn link_target(&self, path: &Path) -> io::Result<PathBuf> {
        self.metadata(path).and_then(|_| Err(io::ErrorKind::InvalidInput.into()))
    }

    /// The first `limit` bytes of a file.
    ///
    /// # Errors
    /// As [`ReadFiles::read`].
    fn read_start(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        self.read(path).map(|bytes| bytes[..bytes.len().min(limit)].to_vec())
    }

    /// Whether a regular file stands there.
    fn is_file(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|meta| meta.kind == FileKind::File)
    }

    /// Whether a directory stands there.
    fn is_directory(&self, path: &Path) -> bool {
        self.metadata(path).is_ok_and(|meta| meta.kind == FileKind::Directory)
    }
}

/// Files that can also be written.
pub trait Files: ReadFiles {
    /// Writes a whole file so that at every moment either the old or the new content is there: aside, fsync, rename,
    /// fsync of the directory. Missing directories are made. `mode` are Unix permission bits.
    ///
    /// # Errors
    /// As the system says it; the old content is then untouched.
    fn write_atomic(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()>;

    /// Writes a whole file so that others see either the old or the new content, without waiting for the disk: for
    /// what can be made again. What stood there is replaced, a link is not followed. The directory must exist.
    ///
    /// # Errors
    /// As the system says it; the old content is then untouched.
    fn write_unsynced(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()>;

    /// Makes a symbolic link where nothing stands yet.
    ///
    /// # Errors
    /// `AlreadyExists`, or as the system says it.
    fn make_link(&self, target: &Path, path: &Path) -> io::Result<()>;

    /// Makes a file that must not exist yet: the way to take a lock.
    ///
    /// # Errors
    /// `AlreadyExists` when it does.
    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Appends to a file (made when missing) and syncs it: the way to write a journal.
    ///
    /// # Errors
    /// As the system says it.
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Makes a directory and its parents.
    ///
    /// # Errors
    /// As the system says it.
    fn create_directory(&self, path: &Path) -> io::Result<()>;

    /// Removes a file or a link.
    ///
    /// # Errors
    /// `NotFound` when nothing is there.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty directory.
    ///
    /// # Errors
    /// As the system says it.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory with all that is in it; links are removed, not followed.
    ///
    /// # Errors
    /// As the system says it.
    fn remove_tree(&self, path: &Path) -> io::Result<()>;

    /// Renames, replacing what stands at `to`.
    ///
    /// # Errors
    /// As the system says it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Sets Unix permission bits.
    ///
    /// # Errors
    /// As the system says it.
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()>;

    /// The absolute path without links.
    ///
    /// # Errors
    /// `NotFound` when nothing is there.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;

    /// Locks a whole file against other programs, making an empty one when there is none. While the lock is held, the
    /// file is written through it.
    ///
    /// # Errors
    /// `WouldBlock` when somebody has the lock, `Unsupported` where files cannot be locked.
    fn lock_file<'a>(&'a self, path: &Path) -> io::Result<Box<dyn FileLock + 'a>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("{} cannot be locked here", path.display())))
    }
}

/// The machine's disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFiles;

#[allow(clippy::disallowed_methods, reason = "this is the door")]
mod real {
    use std::fs;
    use std::io::{self, Read, Write};
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use super::{DirEntry, FileKind, FileMeta, Files, ReadFiles, RealFiles};
    use crate::sys::file_lock::{self, FileLock};

    impl ReadFiles for RealFiles {
        fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
            fs::read(path).map(Arc::from)
        }

        fn metadata(&self, path: &Path) -> io::Result<FileMeta> {
            let meta = fs::metadata(path)?;
            let kind = match () {
                () if meta.is_file() => FileKind::File,
                () if meta.is_dir() => FileKind::Directory,
                () => FileKind::Other,
            };
            Ok(FileMeta { kind, size: meta.len(), modified: meta.modified().ok(), mode: meta.mode() & 0o7777 })
        }

        fn link_metadata(&self, path: &Path) -> io::Result<FileMeta> {
            let meta = fs::symlink_metadata(path)?;
            let kind = match () {
                () if meta.is_file() => FileKind::File,
                () if meta.is_dir() => FileKind::Directory,
                () if meta.is_symlink() => FileKind::Link,
                () => FileKind::Other,
            };
            Ok(FileMeta { kind, size: meta.len(), modified: meta.modified().ok(), mode: meta.mode() & 0o7777 })
        }

        fn link_target(&self, path: &Path) -> io::Result<PathBuf> {
            fs::read_link(path)
        }

        fn read_start(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            fs::File::open(path)?.take(limit as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        }

        fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
            let mut entries = Vec::new();
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                let is_directory = if kind.is_symlink() {
                    fs::metadata(entry.path()).is_ok_and(|m| m.is_dir())
                } else {
                    kind.is_dir()
                };
                let name = entry.file_name().to_string_lossy().into_owned();
                entries.push(DirEntry { name, is_directory, is_link: kind.is_symlink() });
            }
            entries.sort();
            Ok(entries)
        }
    }

    impl Files for RealFiles {
        fn write_atomic(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
            let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            fs::create_dir_all(directory)?;
            let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
            let aside = directory.join(format!(".{}.{}.kilter", name.to_string_lossy(), std::process::id()));
            let written = (|| {
                let mut file =
                    fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&aside)?;
                file.write_all(bytes)?;
                file.set_permissions(fs::Permissions::from_mode(mode))?;
                file.sync_all()?;
                fs::rename(&aside, path)
            })();
            if written.is_err() {
                let _ = fs::remove_file(&aside);
                return written;
            }
            // The rename itself must survive a power cut; not every file system lets a directory be synced.
            let _ = fs::File::open(directory).and_then(|d| d.sync_all());
            Ok(())
        }

        fn write_unsynced(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
            let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
            let mut aside_name = std::ffi::OsString::from(format!(".kilter.{}.", std::process::id()));
            aside_name.push(name);
            let aside = path.with_file_name(aside_name);
            let written = (|| {
                let mut file =
                    fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&aside)?;
                file.write_all(bytes)?;
                file.set_permissions(fs::Permissions::from_mode(mode))?;
                fs::rename(&aside, path)
            })();
            if written.is_err() {
                let _ = fs::remove_file(&aside);
            }
            written
        }

        fn make_link(&self, target: &Path, path: &Path) -> io::Result<()> {
            std::os::unix::fs::symlink(target, path)
        }

        fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
            }
            let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
            file.write_all(bytes)?;
            file.sync_all()
        }

        fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
            }
            let mut file = fs::OpenOptions::new().append(true).create(true).open(path)?;
            file.write_all(bytes)?;
            file.sync_data()
        }

        fn create_directory(&self, path: &Path) -> io::Result<()> {
            fs::create_dir_all(path)
        }

        fn remove_file(&self, path: &Path) -> io::Result<()> {
            fs::remove_file(path)
        }

        fn remove_directory(&self, path: &Path) -> io::Result<()> {
            fs::remove_dir(path)
        }

        fn remove_tree(&self, path: &Path) -> io::Result<()> {
            fs::remove_dir_all(path)
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            fs::rename(from, to)
        }

        fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
            fs::set_permissions(path, fs::Permissions::from_mode(mode))
        }

        fn lock_file<'a>(&'a self, path: &Path) -> io::Result<Box<dyn FileLock + 'a>> {
            file_lock::lock(path)
        }

        fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
            fs::canonicalize(path)
        }
    }
}

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

/// Resolves `.` and `..` by their text alone.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
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

/// Files of `base`, where some paths show other files instead: how a preview sees an environment's state files in the
/// places where the configuration expects a stack's own.
pub struct OverlayFiles {
    base: Arc<dyn ReadFiles>,
    instead: BTreeMap<PathBuf, PathBuf>,
    elsewhere: Arc<dyn ReadFiles>,
}

impl OverlayFiles {
    /// `base`, except that each key of `instead` shows the file at its value in `elsewhere`.
    pub fn new(base: Arc<dyn ReadFiles>, instead: BTreeMap<PathBuf, PathBuf>, elsewhere: Arc<dyn ReadFiles>) -> Self {
        OverlayFiles { base, instead, elsewhere }
    }

    fn target(&self, path: &Path) -> Option<&PathBuf> {
        self.instead.get(&normal(path))
    }
}

impl ReadFiles for OverlayFiles {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        match self.target(path) {
            Some(other) => self.elsewhere.read(other),
            None => self.base.read(path),
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMeta> {
        match self.target(path) {
            Some(other) => self.elsewhere.metadata(other),
            None => self.base.metadata(path),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.base.list(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract that the disk and the fake keep alike.
    fn contract(files: &dyn Files, root: &Path) {
        let file = root.join("a/b.txt");
        assert_eq!(files.read(&file).unwrap_err().kind(), io::ErrorKind::NotFound);
        files.write_atomic(&file, b"one", 0o600).unwrap();
        assert_eq!(&*files.read(&file).unwrap(), b"one");
        assert_eq!(files.metadata(&file).unwrap().mode, 0o600);
        files.write_atomic(&file, b"two", 0o644).unwrap();
        files.append(&file, b"!").unwrap();
        assert_eq!(&*files.read(&file).unwrap(), b"two!");
        assert_eq!(files.create_new(&file, b"").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        let names: Vec<_> = files.list(&root.join("a")).unwrap().into_iter().map(|e| e.name).collect();
        assert_eq!(names, ["b.txt"], "nothing is left aside");
        assert!(files.list(&file).is_err());
        assert!(files.read(&root.join("a")).is_err());
        assert!(files.remove_directory(&root.join("a")).is_err());
        files.rename(&root.join("a"), &root.join("c")).unwrap();
        assert!(files.is_file(&root.join("c/b.txt")) && !files.is_directory(&root.join("a")));
        files.remove_file(&root.join("c/b.txt")).unwrap();
        files.remove_directory(&root.join("c")).unwrap();
        files.create_directory(&root.join("d/e")).unwrap();
        files.write_atomic(&root.join("d/e/f"), b"", 0o644).unwrap();
        files.write_unsynced(&root.join("d/e/g"), b"again", 0o755).unwrap();
        assert_eq!(files.read_start(&root.join("d/e/g"), 2).unwrap(), b"ag");
        assert_eq!(files.metadata(&root.join("d/e/g")).unwrap().mode, 0o755);
        assert_eq!(files.link_target(&root.join("d/e/g")).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        files.make_link(Path::new("nowhere"), &root.join("d/l")).unwrap();
        assert_eq!(files.link_target(&root.join("d/l")).unwrap(), Path::new("nowhere"));
        assert_eq!(files.link_metadata(&root.join("d/l")).unwrap().kind, FileKind::Link);
        assert_eq!(files.metadata(&root.join("d/l")).unwrap_err().kind(), io::ErrorKind::NotFound, "dangling");
        assert!(files.make_link(Path::new("x"), &root.join("d/l")).is_err());
        let state = root.join("d/state");
        let mut held = files.lock_file(&state).unwrap();
        assert_eq!(files.lock_file(&state).err().unwrap().kind(), io::ErrorKind::WouldBlock);
        held.write(b"locked", 0o600).unwrap();
        assert_eq!(&*files.read(&state).unwrap(), b"locked");
        drop(held);
        drop(files.lock_file(&state).unwrap());
        drop(files.lock_file(&root.join("d/other")).unwrap());
        assert!(files.is_file(&state) && !files.is_file(&root.join("d/other")));
        files.remove_tree(&root.join("d")).unwrap();
        assert!(!files.is_directory(&root.join("d")));
    }

    #[test]
    fn the_disk_keeps_the_contract() {
        let directory = tempfile::tempdir().unwrap();
        contract(&RealFiles, directory.path());
    }

    #[test]
    fn the_fake_keeps_the_contract() {
        contract(&FakeFiles::with([("/r/x", "")]), Path::new("/r"));
    }

    #[test]
    fn an_overlay_shows_other_files() {
        let base = Arc::new(FakeFiles::with([("/r/a", "a"), ("/r/b", "b")]));
        let other = Arc::new(FakeFiles::with([("/e/s", "s")]));
        let overlay = OverlayFiles::new(base, BTreeMap::from([("/r/b".into(), "/e/s".into())]), other);
        assert_eq!(&*overlay.read(Path::new("/r/x/../b")).unwrap(), b"s");
        assert_eq!(&*overlay.read(Path::new("/r/a")).unwrap(), b"a");
    }
}
