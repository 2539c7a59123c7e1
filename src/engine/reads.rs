//! What a computation read: the key under which its result may be used again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::model::id::ContentHash;
use crate::sys::files::{FileKind, ReadFiles};

/// One look at the files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// The bytes of a file.
    Content(PathBuf),
    /// The names in a directory.
    Listing(PathBuf),
    /// Whether something stands there, and what.
    Kind(PathBuf),
}

impl Read {
    /// The path that was looked at.
    pub fn path(&self) -> &Path {
        match self {
            Read::Content(path) | Read::Listing(path) | Read::Kind(path) => path,
        }
    }
}

/// Everything that was looked at, each with a hash of what was there. Equal answers to all of it mean an equal result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reads {
    seen: BTreeMap<Read, ContentHash>,
}

impl Reads {
    /// Notes one look.
    pub fn note(&mut self, read: Read, hash: ContentHash) {
        self.seen.insert(read, hash);
    }

    /// Takes all of `other` in.
    pub fn extend(&mut self, other: &Reads) {
        self.seen.extend(other.seen.iter().map(|(read, hash)| (read.clone(), *hash)));
    }

    /// All looks in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Read, &ContentHash)> {
        self.seen.iter()
    }

    /// Whether looking again would give the same everywhere.
    pub fn still_hold(&self, files: &dyn ReadFiles) -> bool {
        self.seen.iter().all(|(read, hash)| look(files, read) == *hash)
    }

    /// Whether a change of the file or directory at `path` can change the result.
    pub fn concern(&self, path: &Path) -> bool {
        let of = |read: fn(PathBuf) -> Read, path: &Path| self.seen.contains_key(&read(path.to_path_buf()));
        of(Read::Content, path)
            || of(Read::Kind, path)
            || of(Read::Listing, path)
            || path.parent().is_some_and(|parent| of(Read::Listing, parent))
    }

    /// One hash over all of it.
    pub fn hash(&self) -> ContentHash {
        let mut hasher = Sha256::new();
        for (read, hash) in &self.seen {
            let kind: u8 = match read {
                Read::Content(_) => 0,
                Read::Listing(_) => 1,
                Read::Kind(_) => 2,
            };
            hasher.update([kind]);
            hasher.update(read.path().as_os_str().as_encoded_bytes());
            hasher.update([0]);
            hasher.update(hash.0);
        }
        ContentHash(hasher.finalize().into())
    }
}

/// Looks and hashes what is there; a fault hashes as its kind.
fn look(files: &dyn ReadFiles, read: &Read) -> ContentHash {
    match read {
        Read::Content(path) => match files.read(path) {
            Ok(bytes) => hash_bytes(&bytes),
            Err(error) => hash_fault(&error),
        },
        Read::Listing(path) => match files.list(path) {
            Ok(entries) => hash_listing(entries.iter().map(|entry| (entry.name.as_str(), entry.is_directory))),
            Err(error) => hash_fault(&error),
        },
        Read::Kind(path) => hash_kind(files.metadata(path).ok().map(|meta| meta.kind)),
    }
}

/// The hash of a file's content.
pub fn hash_bytes(bytes: &[u8]) -> ContentHash {
    ContentHash(Sha256::digest(bytes).into())
}

/// The hash of a directory's names.
pub fn hash_listing<'a>(entries: impl Iterator<Item = (&'a str, bool)>) -> ContentHash {
    let mut hasher = Sha256::new();
    for (name, is_directory) in entries {
        hasher.update(name.as_bytes());
        hasher.update([0, u8::from(is_directory)]);
    }
    ContentHash(hasher.finalize().into())
}

/// The hash of what stands at a path.
pub fn hash_kind(kind: Option<FileKind>) -> ContentHash {
    let byte = match kind {
        None => 0,
        Some(FileKind::File) => 1,
        Some(FileKind::Directory) => 2,
        Some(FileKind::Link) => 3,
        Some(FileKind::Other) => 4,
    };
    ContentHash([byte; 32])
}

/// The hash of a look that failed.
pub fn hash_fault(error: &std::io::Error) -> ContentHash {
    hash_bytes(format!("fault {:?}", error.kind()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::FakeFiles;

    #[test]
    fn a_result_holds_until_what_it_read_changes() {
        let files = FakeFiles::with([("/r/a.tf", "one"), ("/r/b.txt", "two")]);
        let mut reads = Reads::default();
        for read in [
            Read::Content("/r/a.tf".into()),
            Read::Listing("/r".into()),
            Read::Kind("/r/b.txt".into()),
            Read::Content("/r/missing".into()),
        ] {
            let hash = look(&files, &read);
            reads.note(read, hash);
        }
        assert!(reads.still_hold(&files));
        files.put(Path::new("/r/b.txt"), b"other content is not looked at", 0o644);
        assert!(reads.still_hold(&files));
        files.put(Path::new("/r/a.tf"), b"three", 0o644);
        assert!(!reads.still_hold(&files));
        assert!(reads.concern(Path::new("/r/new.tf")), "a new name in a listed directory");
        assert!(!reads.concern(Path::new("/q/new.tf")));
    }
}
