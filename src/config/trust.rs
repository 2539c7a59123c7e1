//! Which repos a person trusts: kept outside of them, by path and by a mark that only this repo on this machine has.
//!
//! Trusting means that what the repo brings may be executed. A repo that is replaced at the same path lacks the mark and
//! is not trusted.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::model::diagnostic::Diagnostic;
use crate::sys::files::Files;

/// The file with the mark, in the directory where Kilter remembers things about the repo.
const MARK: &str = "trust-mark";

/// The repos that a person trusts.
#[derive(Clone)]
pub struct TrustStore {
    files: Arc<dyn Files>,
    path: PathBuf,
}

impl std::fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustStore").field("path", &self.path).finish_non_exhaustive()
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Written {
    version: u32,
    #[serde(default)]
    repo: Vec<WrittenRepo>,
}

#[derive(Debug, Serialize, Deserialize)]
struct WrittenRepo {
    path: String,
    mark: String,
    granted: String,
}

impl TrustStore {
    /// The store in the file at `path` ([`super::Places::trust_file`]).
    pub fn new(files: Arc<dyn Files>, path: PathBuf) -> Self {
        TrustStore { files, path }
    }

    /// Whether the repo at `root`, about which Kilter remembers things in `memory`, is trusted.
    pub fn is_trusted(&self, root: &Path, memory: &Path) -> bool {
        let Some(mark) = self.mark(memory) else { return false };
        let known = self.read().unwrap_or_default();
        known.repo.iter().any(|repo| Path::new(&repo.path) == root && repo.mark == mark)
    }

    /// Trusts the repo from now on. A damaged file of trusted repos is moved aside and said.
    ///
    /// # Errors
    /// As the disk says it; then nothing is trusted that was not before.
    pub fn grant(&self, root: &Path, memory: &Path, now: SystemTime) -> io::Result<Option<Diagnostic>> {
        let root = root.to_str().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "a directory whose name is not UTF-8 cannot be trusted")
        })?;
        let (mut known, notice) = self.read_or_set_aside()?;
        let mark = match self.mark(memory) {
            Some(mark) => mark,
            None => {
                let mark = uuid::Uuid::new_v4().to_string();
                self.files.write_atomic(&memory.join(MARK), mark.as_bytes(), 0o600)?;
                mark
            }
        };
        known.repo.retain(|repo| repo.path != root);
        let granted = jiff::Timestamp::try_from(now).map(|moment| moment.to_string()).unwrap_or_default();
        known.repo.push(WrittenRepo { path: root.to_owned(), mark, granted });
        self.write(&known)?;
        Ok(notice)
    }

    /// Trusts the repo no longer; says whether it was trusted.
    ///
    /// # Errors
    /// As the disk says it.
    pub fn revoke(&self, root: &Path) -> io::Result<bool> {
        let (mut known, _) = self.read_or_set_aside()?;
        let before = known.repo.len();
        known.repo.retain(|repo| Path::new(&repo.path) != root);
        let revoked = known.repo.len() < before;
        if revoked {
            self.write(&known)?;
        }
        Ok(revoked)
    }

    /// The roots of all trusted repos, in the order of trusting.
    pub fn all(&self) -> Vec<PathBuf> {
        self.read().unwrap_or_default().repo.into_iter().map(|repo| repo.path.into()).collect()
    }

    fn mark(&self, memory: &Path) -> Option<String> {
        let bytes = self.files.read(&memory.join(MARK)).ok()?;
        String::from_utf8(bytes.to_vec()).ok().map(|mark| mark.trim().to_owned()).filter(|mark| !mark.is_empty())
    }

    /// `None` when the file is damaged; an absent one is empty.
    fn read(&self) -> Option<Written> {
        match self.files.read(&self.path) {
            Ok(bytes) => toml::from_slice(&bytes).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Written::default()),
            Err(_) => None,
        }
    }

    fn read_or_set_aside(&self) -> io::Result<(Written, Option<Diagnostic>)> {
        if let Some(known) = self.read() {
            return Ok((known, None));
        }
        let aside = self.path.with_extension("toml.damaged");
        self.files.rename(&self.path, &aside)?;
        let detail = format!(
            "{} could not be read and was moved to {}. Repositories that you trusted before ask again.",
            self.path.display(),
            aside.display()
        );
        Ok((Written::default(), Some(Diagnostic::warning("The list of trusted repositories is damaged", detail))))
    }

    fn write(&self, known: &Written) -> io::Result<()> {
        let written = Written { version: 1, repo: known.repo.iter().map(WrittenRepo::copy).collect() };
        let text = toml::to_string(&written).map_err(io::Error::other)?;
        self.files.write_atomic(&self.path, text.as_bytes(), 0o600)
    }
}

impl WrittenRepo {
    fn copy(&self) -> WrittenRepo {
        WrittenRepo { path: self.path.clone(), mark: self.mark.clone(), granted: self.granted.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::sys::files::{FakeFiles, ReadFiles};

    const NOW: SystemTime = UNIX_EPOCH;

    fn store() -> (Arc<FakeFiles>, TrustStore) {
        let files = Arc::new(FakeFiles::default());
        (files.clone(), TrustStore::new(files, "/s/kilter/trust.toml".into()))
    }

    #[test]
    fn trust_is_granted_and_withdrawn() {
        let (files, store) = store();
        let (root, memory) = (Path::new("/r"), Path::new("/r/.git/kilter"));
        assert!(!store.is_trusted(root, memory));
        assert_eq!(store.grant(root, memory, NOW + Duration::from_secs(86400)).unwrap(), None);
        store.grant(Path::new("/q"), Path::new("/q/.git/kilter"), NOW).unwrap();
        assert!(store.is_trusted(root, memory));
        assert!(!store.is_trusted(Path::new("/elsewhere"), memory), "a copy elsewhere is another repo");
        let text = String::from_utf8(files.read(Path::new("/s/kilter/trust.toml")).unwrap().to_vec()).unwrap();
        assert!(text.contains("1970-01-02T00:00:00Z"), "{text}");
        assert_eq!(store.all(), [root, Path::new("/q")]);
        assert!(store.revoke(root).unwrap() && !store.revoke(root).unwrap());
        assert!(!store.is_trusted(root, memory) && store.is_trusted(Path::new("/q"), Path::new("/q/.git/kilter")));
    }

    #[test]
    fn a_repo_that_was_replaced_is_not_trusted() {
        let (files, store) = store();
        let (root, memory) = (Path::new("/r"), Path::new("/r/.git/kilter"));
        store.grant(root, memory, NOW).unwrap();
        files.remove_tree(root).unwrap();
        assert!(!store.is_trusted(root, memory));
        files.put(Path::new("/r/.git/kilter/trust-mark"), b"guessed", 0o600);
        assert!(!store.is_trusted(root, memory));
        files.put(Path::new("/r/.git/kilter/trust-mark"), b"", 0o600);
        assert!(!store.is_trusted(root, memory));
    }

    #[test]
    fn a_damaged_list_trusts_nobody_and_is_kept_aside() {
        let (files, store) = store();
        let (root, memory) = (Path::new("/r"), Path::new("/r/.git/kilter"));
        store.grant(root, memory, NOW).unwrap();
        files.put(Path::new("/s/kilter/trust.toml"), b"version = [", 0o600);
        assert!(!store.is_trusted(root, memory) && store.all().is_empty());
        let notice = store.grant(root, memory, NOW).unwrap().unwrap();
        assert!(notice.detail.contains("trust.toml.damaged"));
        assert!(store.is_trusted(root, memory) && files.is_file(Path::new("/s/kilter/trust.toml.damaged")));
    }
}
