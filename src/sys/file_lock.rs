//! A lock on a whole file, the one that terraform's local backend takes (`fcntl`), and writing the file meanwhile.
//!
//! The file is replaced, never overwritten, so that it is whole at every moment; the successor is locked before it
//! stands in its place. Who may take a lock and what stands in the file is the caller's business.

use std::io;
use std::path::Path;

/// A lock that is held until it is dropped. A file that was made for it and never written goes with it.
pub trait FileLock: Send {
    /// Replaces the content of the locked file, like `Files::write_atomic`, and keeps the lock.
    ///
    /// # Errors
    /// As the system says it; the old content is then untouched.
    fn write(&mut self, bytes: &[u8], mode: u32) -> io::Result<()>;
}

/// Locks a file, making an empty one when there is none.
///
/// # Errors
/// `WouldBlock` when somebody else has the lock, otherwise as the system says it.
pub(super) fn lock(path: &Path) -> io::Result<Box<dyn FileLock>> {
    real::Held::take(path).map(|held| Box::new(held) as Box<dyn FileLock>)
}

#[allow(clippy::disallowed_methods, reason = "this is the door")]
mod real {
    use std::collections::VecDeque;
    use std::fs::{self, File, OpenOptions, Permissions};
    use std::io::{self, Write};
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    use super::FileLock;
    use crate::sys::aside::Aside;

    /// Somebody may have opened a file just before it was replaced, and try to lock it a moment later: so many
    /// predecessors stay locked, and the last one for so long.
    const PREDECESSORS: usize = 16;
    const MOMENT: Duration = Duration::from_millis(15);

    pub(super) struct Held {
        path: PathBuf,
        file: File,
        before: VecDeque<File>,
        replaced: Option<Instant>,
        made: bool,
    }

    impl Held {
        pub(super) fn take(path: &Path) -> io::Result<Held> {
            // What a link leads to is locked and replaced, the link stays.
            let target = fs::canonicalize(path);
            let path = target.as_deref().unwrap_or(path);
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
            }
            for _ in 0..100 {
                let made = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path);
                let (file, made) = match made {
                    Ok(file) => (file, true),
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        match OpenOptions::new().read(true).write(true).open(path) {
                            Ok(file) => (file, false),
                            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                            Err(error) => return Err(error),
                        }
                    }
                    Err(error) => return Err(error),
                };
                lock(&file)?;
                // It may have been replaced or removed between opening and locking.
                if same(&file, path) {
                    let before = VecDeque::new();
                    return Ok(Held { path: path.to_owned(), file, before, replaced: None, made });
                }
            }
            Err(io::ErrorKind::WouldBlock.into())
        }
    }

    fn same(file: &File, path: &Path) -> bool {
        match (file.metadata(), fs::metadata(path)) {
            (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
            _ => false,
        }
    }

    /// Locks all of a file. The lock belongs to the open file rather than to the process where the system has such
    /// locks, so that reading the file elsewhere in this process does not give it back.
    fn lock(file: &File) -> io::Result<()> {
        let whole = libc::flock {
            l_type: libc::F_WRLCK as libc::c_short,
            l_whence: libc::SEEK_SET as libc::c_short,
            l_start: 0,
            l_len: 0,
            l_pid: 0,
        };
        #[cfg(target_os = "linux")]
        let request = FcntlArg::F_OFD_SETLK(&whole);
        #[cfg(not(target_os = "linux"))]
        let request = FcntlArg::F_SETLK(&whole);
        match fcntl(file, request) {
            Ok(_) => Ok(()),
            Err(Errno::EAGAIN | Errno::EACCES) => Err(io::ErrorKind::WouldBlock.into()),
            // Some network file systems know no locks: then there is none to hold.
            Err(Errno::ENOLCK | Errno::ENOTSUP | Errno::EINVAL) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    impl FileLock for Held {
        fn write(&mut self, bytes: &[u8], mode: u32) -> io::Result<()> {
            let directory = self.path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let mut aside = Aside::of(&self.path, mode)?;
            lock(aside.file())?;
            aside.file().write_all(bytes)?;
            aside.file().set_permissions(Permissions::from_mode(mode))?;
            aside.file().sync_all()?;
            let file = aside.takes_the_place()?;
            // The rename itself must survive a power cut; not every file system lets a directory be synced.
            let _ = File::open(directory).and_then(|d| d.sync_all());
            self.before.push_back(std::mem::replace(&mut self.file, file));
            if self.before.len() > PREDECESSORS {
                self.before.pop_front();
            }
            self.replaced = Some(Instant::now());
            self.made = false;
            Ok(())
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            if self.made && self.file.metadata().is_ok_and(|meta| meta.len() == 0) && same(&self.file, &self.path) {
                let _ = fs::remove_file(&self.path);
            }
            if let Some(rest) = self.replaced.and_then(|at| MOMENT.checked_sub(at.elapsed())) {
                std::thread::sleep(rest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time_through_all_replacements_and_reads() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("below/state");
        let mut held = lock(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"");
        for text in ["one", "two", "three"] {
            assert_eq!(lock(&path).err().unwrap().kind(), io::ErrorKind::WouldBlock);
            held.write(text.as_bytes(), 0o600).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(lock(&path).err().unwrap().kind(), io::ErrorKind::WouldBlock, "reading gave nothing back");
        drop(held);
        drop(lock(&path).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three");
    }

    #[test]
    fn a_file_that_was_made_for_the_lock_goes_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        drop(lock(&path).unwrap());
        assert!(!path.exists());
        std::fs::write(&path, "").unwrap();
        drop(lock(&path).unwrap());
        assert!(path.exists(), "it was somebody else's");
    }

    #[test]
    fn a_link_stays_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let (real, link) = (directory.path().join("real"), directory.path().join("link"));
        std::fs::write(&real, "one").unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        let mut held = lock(&link).unwrap();
        assert_eq!(lock(&real).err().unwrap().kind(), io::ErrorKind::WouldBlock);
        held.write(b"two", 0o600).unwrap();
        drop(held);
        assert!(link.is_symlink() && std::fs::read_to_string(&real).unwrap() == "two");
    }

    #[test]
    fn threads_that_want_it_get_it_one_after_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("count");
        std::fs::write(&path, "0").unwrap();
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    let mut done = 0;
                    while done < 5 {
                        let Ok(mut held) = lock(&path) else {
                            std::thread::yield_now();
                            continue;
                        };
                        let count: u32 = std::fs::read_to_string(&path).unwrap().parse().unwrap();
                        held.write((count + 1).to_string().as_bytes(), 0o600).unwrap();
                        done += 1;
                    }
                });
            }
        });
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "20");
    }
}
