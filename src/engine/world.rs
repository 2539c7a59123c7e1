//! What providers may reach: the surroundings of an operation as a [`World`], and files that refuse to be written.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::provider::World;
use crate::engine::reads::{Read, Reads, hash_bytes, hash_fault, hash_kind, hash_listing};
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::model::id::ContentHash;
use crate::sys::files::{DirEntry, FileMeta, Files, ReadFiles};

/// Files of which every look is noted: what a provider read decides whether its answer still holds.
struct Noted {
    files: Arc<dyn ReadFiles>,
    reads: Arc<Mutex<Reads>>,
}

impl Noted {
    fn note(&self, read: fn(PathBuf) -> Read, path: &Path, hash: ContentHash) {
        let path = crate::sys::files::normal(path);
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).note(read(path), hash);
    }
}

impl ReadFiles for Noted {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        let answer = self.files.read(path);
        self.note(Read::Content, path, answer.as_ref().map_or_else(hash_fault, |bytes| hash_bytes(bytes)));
        answer
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMeta> {
        let answer = self.files.metadata(path);
        self.note(Read::Kind, path, hash_kind(answer.as_ref().ok().map(|meta| meta.kind)));
        answer
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let answer = self.files.list(path);
        let named = |entries: &Vec<DirEntry>| {
            hash_listing(entries.iter().map(|entry| (entry.name.as_str(), entry.is_directory)))
        };
        self.note(Read::Listing, path, answer.as_ref().map_or_else(hash_fault, named));
        answer
    }
}

/// Files that can only be read.
struct ReadOnly(Arc<dyn ReadFiles>);

impl ReadFiles for ReadOnly {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        self.0.read(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMeta> {
        self.0.metadata(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.0.list(path)
    }
}

fn refused<T>() -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "nothing is written while planning"))
}

impl Files for ReadOnly {
    fn write_atomic(&self, _: &Path, _: &[u8], _: u32) -> io::Result<()> {
        refused()
    }

    fn write_unsynced(&self, _: &Path, _: &[u8], _: u32) -> io::Result<()> {
        refused()
    }

    fn make_link(&self, _: &Path, _: &Path) -> io::Result<()> {
        refused()
    }

    fn create_new(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        refused()
    }

    fn append(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        refused()
    }

    fn create_directory(&self, _: &Path) -> io::Result<()> {
        refused()
    }

    fn remove_file(&self, _: &Path) -> io::Result<()> {
        refused()
    }

    fn remove_directory(&self, _: &Path) -> io::Result<()> {
        refused()
    }

    fn remove_tree(&self, _: &Path) -> io::Result<()> {
        refused()
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        refused()
    }

    fn set_mode(&self, _: &Path, _: u32) -> io::Result<()> {
        refused()
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        self.0.metadata(path).map(|_| crate::sys::files::normal(path))
    }
}

/// Owns what a [`World`] borrows.
pub struct Reach {
    files: Arc<dyn Files>,
    states: Arc<dyn ReadFiles>,
    directory: PathBuf,
    surroundings: Surroundings,
    earnest: bool,
    reads: Arc<Mutex<Reads>>,
}

impl Reach {
    /// For looking only: nothing can be written.
    pub fn reading(source: &Source, surroundings: &Surroundings) -> Self {
        let reads = Arc::default();
        let noted: Arc<dyn ReadFiles> = Arc::new(Noted { files: source.files.clone(), reads: Arc::clone(&reads) });
        Reach {
            files: Arc::new(ReadOnly(noted.clone())),
            states: noted,
            reads,
            directory: source.directory.clone(),
            surroundings: surroundings.clone(),
            earnest: false,
        }
    }

    /// For doing: files are written where the surroundings say; states of other stacks are still read as the source
    /// shows them.
    pub fn writing(source: &Source, surroundings: &Surroundings) -> Self {
        let reading = Reach::reading(source, surroundings);
        match &surroundings.files {
            // Tests work in memory and reach no network: there is nothing to wait for.
            Some(files) => Reach { files: files.clone(), earnest: surroundings.http.is_some(), ..reading },
            None => reading,
        }
    }

    /// What providers looked at so far.
    pub fn reads(&self) -> Reads {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether something is made in the real world.
    pub fn is_earnest(&self) -> bool {
        self.earnest
    }

    /// Calls `use_it` with what a provider may reach.
    pub fn with<T>(&self, use_it: impl FnOnce(&World<'_>) -> T) -> T {
        let states = self.states.clone();
        let directory = self.directory.clone();
        let state_file = move |path: &Path| states.read(&crate::sys::files::normal(&directory.join(path)));
        let random = self.surroundings.random.clone();
        let fill = move |buffer: &mut [u8]| random(buffer);
        use_it(&World {
            files: &*self.files,
            directory: &self.directory,
            now: self.surroundings.now,
            random: &fill,
            http: self.surroundings.http.as_deref(),
            commands: self.surroundings.commands.as_deref(),
            earnest: self.earnest,
            cancelled: &|| false,
            state_file: &state_file,
        })
    }
}
