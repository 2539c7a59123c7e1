//! The door to files: reading (also from a git tree, see `repo`), and writing in a way that loses nothing.

#[allow(clippy::disallowed_methods, reason = "this is the door")]
mod disk;
mod memory;
mod overlay;
#[cfg(test)]
mod tests;

pub use disk::RealFiles;
pub use memory::FakeFiles;
pub use overlay::OverlayFiles;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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
    /// As the system says it; `NotFound` when nothing is there, `IsADirectory` for a directory, `InvalidInput` for
    /// what is no regular file: a device need not end, and a pipe waits for a writer.
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
    /// fsync of the directory. Missing directories are made. `mode` are Unix permission bits. A device or a pipe is
    /// written to as it stands.
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
