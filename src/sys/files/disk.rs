//! The machine's disk: what is written stands there whole or not at all.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::libc;

use super::{DirEntry, FileKind, FileMeta, Files, ReadFiles};
use crate::sys::aside::Aside;
use crate::sys::file_lock::{self, FileLock};

/// No file is read that is larger.
const MOST_BYTES: u64 = 2 << 30;

/// So much room is made beforehand for what calls itself that large: some lie.
const PROBABLE: u64 = 64 << 20;

/// The machine's disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealFiles;

impl ReadFiles for RealFiles {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        // Not waiting, so that a pipe nobody writes to is found out rather than waited for.
        let file = fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        let meta = file.metadata()?;
        match () {
            () if meta.is_file() || meta.is_dir() => {}
            // What a shell makes of `<(…)`: named by whoever types the command, and written by a program that ends.
            () if meta.file_type().is_fifo() && path.starts_with("/dev") => return fs::read(path).map(Arc::from),
            () => return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
        }
        // Some files that call themselves regular never end.
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len().min(PROBABLE)).unwrap_or_default());
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            let told = format!("larger than {} GiB, the most that is read of a file", MOST_BYTES >> 30);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, told));
        }
        Ok(bytes.into())
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
            let is_directory =
                if kind.is_symlink() { fs::metadata(entry.path()).is_ok_and(|m| m.is_dir()) } else { kind.is_dir() };
            let name = entry.file_name().to_string_lossy().into_owned();
            entries.push(DirEntry { name, is_directory, is_link: kind.is_symlink() });
        }
        entries.sort();
        Ok(entries)
    }
}

impl Files for RealFiles {
    fn write_atomic(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        // A device or a pipe (`/dev/null`, `/dev/stdout`) is written to; a file in its place would be the end of it.
        if fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
            return fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
        }
        let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(directory)?;
        let mut aside = Aside::of(path, mode)?;
        aside.file().write_all(bytes)?;
        aside.file().set_permissions(fs::Permissions::from_mode(mode))?;
        aside.file().sync_all()?;
        aside.takes_the_place()?;
        // The rename itself must survive a power cut; not every file system lets a directory be synced.
        let _ = fs::File::open(directory).and_then(|d| d.sync_all());
        Ok(())
    }

    fn write_unsynced(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let mut aside = Aside::of(path, mode)?;
        aside.file().write_all(bytes)?;
        aside.file().set_permissions(fs::Permissions::from_mode(mode))?;
        aside.takes_the_place().map(drop)
    }

    fn make_link(&self, target: &Path, path: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, path)
    }

    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        if written.is_err() {
            // Half of it would stand in everybody's way.
            let _ = fs::remove_file(path);
        }
        written
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
