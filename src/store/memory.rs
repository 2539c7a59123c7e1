//! The directory of everything remembered: its layout, its version, and what happens to a file that is damaged.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::sealed;
use crate::model::diagnostic::Diagnostic;
use crate::sys::files::Files;

/// What this Kilter writes. A directory with a higher number is left alone.
const VERSION: u32 = 1;

/// Everything remembered about one repo. Nothing is written before there is something to remember.
pub struct Memory {
    pub(super) files: Arc<dyn Files>,
    root: PathBuf,
    usable: bool,
    notices: Mutex<Vec<Diagnostic>>,
    /// How many bytes the cache got since it was last tidied.
    pub(super) fresh: Mutex<u64>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("root", &self.root).field("usable", &self.usable).finish_non_exhaustive()
    }
}

impl Memory {
    /// What is remembered in `root`: `.git/kilter`, or a directory of the person's for a directory without git.
    pub fn open(files: Arc<dyn Files>, root: PathBuf) -> Memory {
        let mut memory = Memory { files, root, usable: true, notices: Mutex::default(), fresh: Mutex::default() };
        let version = memory.files.read(&memory.root.join("version")).ok();
        let version = version.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.trim().parse::<u32>().ok());
        if let Some(version) = version.filter(|version| *version > VERSION) {
            memory.usable = false;
            memory.notice(Diagnostic::warning(
                "A newer Kilter works in this repository",
                format!(
                    "{} was written by a version of Kilter that remembers differently (format {version}, this one \
                     writes {VERSION}). Nothing is remembered in this session; update Kilter to use both.",
                    memory.root.display()
                ),
            ));
        }
        memory
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a clean checkout of a commit goes, by its purpose: `checks`.
    pub fn checkout(&self, purpose: &str) -> PathBuf {
        self.root.join("checkouts").join(file_name(purpose))
    }

    /// What happened to the memory that a person should know; each is told once.
    pub fn take_notices(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn notice(&self, diagnostic: Diagnostic) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(diagnostic);
    }

    /// A file's content as it was written; a damaged file is moved aside, said, and as good as absent.
    pub(super) fn read(&self, below: &Path) -> Option<Vec<u8>> {
        if !self.usable {
            return None;
        }
        let path = self.root.join(below);
        let bytes = match self.files.read(&path) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return None;
            }
            Err(error) => {
                self.notice(Diagnostic::warning(
                    "Something remembered could not be read",
                    format!("{}: {error}. It is made again.", path.display()),
                ));
                return None;
            }
        };
        match sealed::open(&bytes) {
            Some(body) => Some(body.to_vec()),
            None => {
                self.set_aside(below);
                None
            }
        }
    }

    /// Writes a file. What is `precious` reaches the disk before this returns; everything else may be lost with the
    /// power and is then made again.
    ///
    /// # Errors
    /// As the disk says it.
    pub(super) fn write(&self, below: &Path, body: &[u8], precious: bool) -> io::Result<()> {
        if !self.usable {
            return Ok(());
        }
        let path = self.root.join(below);
        if let Some(directory) = path.parent()
            && !self.files.is_directory(directory)
        {
            self.begin()?;
            self.files.create_directory(directory)?;
        }
        let bytes = sealed::seal(body);
        if precious {
            self.files.write_atomic(&path, &bytes, 0o600)
        } else {
            self.files.write_unsynced(&path, &bytes, 0o600)
        }
    }

    pub(super) fn remove(&self, below: &Path) {
        if self.usable {
            // Absent is what is wanted, and another Kilter may have been quicker.
            let _ = self.files.remove_file(&self.root.join(below));
        }
    }

    /// The names in a directory.
    pub(super) fn names(&self, below: &Path) -> Vec<String> {
        if !self.usable {
            return Vec::new();
        }
        self.files.list(&self.root.join(below)).unwrap_or_default().into_iter().map(|entry| entry.name).collect()
    }

    /// Marks the directory as written by this version.
    fn begin(&self) -> io::Result<()> {
        let version = self.root.join("version");
        if self.files.is_file(&version) {
            return Ok(());
        }
        self.files.write_atomic(&version, format!("{VERSION}\n").as_bytes(), 0o600)
    }

    /// Moves a damaged file to where a person can look at it.
    pub(super) fn set_aside(&self, below: &Path) {
        let damaged = self.root.join("damaged");
        let to = damaged.join(below.to_string_lossy().replace('/', "-"));
        let moved = self.files.create_directory(&damaged).and_then(|()| self.files.rename(&self.root.join(below), &to));
        let whereto = match moved {
            Ok(()) => format!("It was moved to {} and is made again.", to.display()),
            Err(_) => "It is made again.".to_owned(),
        };
        self.notice(Diagnostic::warning(
            "Something remembered was damaged",
            format!("{} is not as Kilter wrote it. {whereto}", self.root.join(below).display()),
        ));
    }
}

/// A name that is safe as a file's: letters, digits and dashes stay, everything else is spelt out.
pub(super) fn file_name(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => out.push(char::from(byte)),
            b'.' if !out.is_empty() => out.push('.'),
            other => out.push_str(&format!("%{other:02x}")),
        }
    }
    if out.is_empty() { "%".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::{FakeFiles, ReadFiles, RealFiles};

    #[test]
    fn what_is_written_is_read_and_damage_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let fake: Arc<dyn Files> = Arc::new(FakeFiles::default());
        for (files, root) in
            [(fake, PathBuf::from("/r/.git/kilter")), (Arc::new(RealFiles), directory.path().join("k"))]
        {
            let memory = Memory::open(files.clone(), root.clone());
            assert!(!files.is_directory(&root), "looking writes nothing");
            assert_eq!(memory.read(Path::new("a/b")), None);
            memory.write(Path::new("a/b"), b"body", true).unwrap();
            memory.write(Path::new("a/c"), b"", false).unwrap();
            assert_eq!(memory.read(Path::new("a/b")).as_deref(), Some(&b"body"[..]));
            assert_eq!(memory.read(Path::new("a/c")).as_deref(), Some(&b""[..]));
            assert_eq!(memory.names(Path::new("a")), ["b", "c"]);
            files.write_atomic(&root.join("a/b"), b"torn", 0o600).unwrap();
            assert_eq!(memory.read(Path::new("a/b")), None);
            let notices = memory.take_notices();
            assert!(notices.len() == 1 && notices[0].detail.contains("damaged/a-b"), "{notices:?}");
            assert_eq!(&*files.read(&root.join("damaged/a-b")).unwrap(), b"torn");
            assert_eq!((memory.read(Path::new("a/b")), memory.take_notices()), (None, vec![]));
            memory.write(Path::new("a/b"), b"again", false).unwrap();
            assert_eq!(memory.read(Path::new("a/b")).as_deref(), Some(&b"again"[..]));
            memory.remove(Path::new("a/b"));
            memory.remove(Path::new("a/b"));
            assert_eq!(memory.read(Path::new("a/b")), None);
        }
    }

    #[test]
    fn a_directory_of_the_future_is_left_alone() {
        let files = Arc::new(FakeFiles::with([("/k/version", "7\n"), ("/k/a", "different")]));
        let memory = Memory::open(files.clone(), "/k".into());
        memory.write(Path::new("a"), b"mine", true).unwrap();
        assert_eq!(memory.read(Path::new("a")), None);
        assert_eq!(&*files.read(Path::new("/k/a")).unwrap(), b"different");
        assert_eq!(memory.take_notices().len(), 1);
    }

    #[test]
    fn names_are_safe() {
        assert_eq!(file_name("web/main"), "web%2fmain");
        assert_eq!(file_name(".."), "%2e.");
        assert_eq!(file_name(""), "%");
        assert_ne!(file_name("a%2fb"), file_name("a/b"));
    }
}
