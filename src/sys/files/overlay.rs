//! Files of which some show others.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{DirEntry, FileMeta, ReadFiles, normal};

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
