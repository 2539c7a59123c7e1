//! Reading through a source's files: each file once per operation, every look noted for the cache key.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::reads::{Read, Reads, hash_bytes, hash_fault, hash_kind, hash_listing};
use crate::engine::source::Source;
use crate::model::id::ContentHash;
use crate::model::place::RepoPath;
use crate::sys::files::{DirEntry, FileKind, normal};

/// A file's content and its hash.
#[derive(Clone)]
pub struct Seen {
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// Their hash.
    pub hash: ContentHash,
}

/// What came of reading a file; an error in a form that can be kept.
type Looked = Result<Seen, (io::ErrorKind, String)>;

/// The files of one operation.
pub struct Looks {
    source: Source,
    reads: RefCell<Reads>,
    contents: RefCell<HashMap<PathBuf, Looked>>,
}

impl Looks {
    /// Nothing read yet.
    pub fn new(source: &Source) -> Self {
        Looks { source: source.clone(), reads: RefCell::default(), contents: RefCell::default() }
    }

    /// The source that is read.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The path of something named from the root module: relative paths start there.
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        normal(&self.source.directory.join(path))
    }

    /// How people name a path.
    pub fn display(&self, path: &Path) -> RepoPath {
        self.source.display_of(path)
    }

    /// A file's content.
    ///
    /// # Errors
    /// As the file system says it.
    pub fn read(&self, path: &Path) -> io::Result<Seen> {
        if let Some(known) = self.contents.borrow().get(path) {
            return known.clone().map_err(|(kind, told)| io::Error::new(kind, told));
        }
        let (hash, kept) = match self.source.files.read(path) {
            Ok(bytes) => {
                let hash = hash_bytes(&bytes);
                (hash, Ok(Seen { bytes, hash }))
            }
            Err(error) => (hash_fault(&error), Err((error.kind(), error.to_string()))),
        };
        self.reads.borrow_mut().note(Read::Content(path.to_path_buf()), hash);
        self.contents.borrow_mut().insert(path.to_path_buf(), kept.clone());
        kept.map_err(|(kind, told)| io::Error::new(kind, told))
    }

    /// A directory's entries.
    ///
    /// # Errors
    /// As the file system says it.
    pub fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let answer = self.source.files.list(path);
        let hash = listing_hash(&answer);
        self.reads.borrow_mut().note(Read::Listing(path.to_path_buf()), hash);
        answer
    }

    /// What stands at a path.
    pub fn kind(&self, path: &Path) -> Option<FileKind> {
        let kind = self.source.files.metadata(path).ok().map(|meta| meta.kind);
        self.reads.borrow_mut().note(Read::Kind(path.to_path_buf()), hash_kind(kind));
        kind
    }

    /// Takes in what others read for this operation.
    pub fn note(&self, reads: &Reads) {
        self.reads.borrow_mut().extend(reads);
    }

    /// Looks once more at what was looked at, and says what is there.
    pub fn look(&self, read: &Read) -> ContentHash {
        match read {
            Read::Content(path) => match self.read(path) {
                Ok(seen) => seen.hash,
                Err(error) => hash_fault(&error),
            },
            Read::Listing(path) => listing_hash(&self.list(path)),
            Read::Kind(path) => hash_kind(self.kind(path)),
        }
    }

    /// Everything read so far.
    pub fn reads(&self) -> Reads {
        self.reads.borrow().clone()
    }
}

fn listing_hash(answer: &io::Result<Vec<DirEntry>>) -> ContentHash {
    match answer {
        Ok(entries) => hash_listing(entries.iter().map(|entry| (entry.name.as_str(), entry.is_directory))),
        Err(error) => hash_fault(error),
    }
}
