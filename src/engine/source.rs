//! Where a configuration is read from: a directory seen through some files (the disk, a git tree, a fake).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::place::RepoPath;
use crate::sys::files::ReadFiles;

/// A root module and the files it is read through.
#[derive(Clone)]
pub struct Source {
    /// What files are read through.
    pub files: Arc<dyn ReadFiles>,
    /// The root module's directory, as `files` knows it.
    pub directory: PathBuf,
    /// The same directory as places and diagnostics name it: relative to the repo's root.
    pub display: RepoPath,
}

impl Source {
    /// A root module in `directory`, shown to people as `display`.
    pub fn new(files: Arc<dyn ReadFiles>, directory: impl Into<PathBuf>, display: RepoPath) -> Self {
        Source { files, directory: directory.into(), display }
    }

    /// How people name the file at `path`: relative to the repo's root when it lies in there, else as it is.
    pub fn display_of(&self, path: &Path) -> RepoPath {
        let path = crate::sys::files::normal(path);
        let mut up = self.display.clone();
        for base in crate::sys::files::normal(&self.directory).ancestors() {
            if let Ok(below) = path.strip_prefix(base) {
                return up.join(&below.to_string_lossy());
            }
            if up.is_root() {
                break;
            }
            up = up.parent();
        }
        RepoPath::new(&path.to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::FakeFiles;

    #[test]
    fn files_are_named_from_the_repos_root() {
        let source = Source::new(Arc::new(FakeFiles::default()), "/r/stacks/web", RepoPath::new("stacks/web"));
        assert_eq!(source.display_of(Path::new("/r/stacks/web/main.tf")).as_str(), "stacks/web/main.tf");
        assert_eq!(source.display_of(Path::new("/r/stacks/web/../../m/x.tf")).as_str(), "m/x.tf");
        assert_eq!(source.display_of(Path::new("/elsewhere/x.tf")).as_str(), "elsewhere/x.tf");
    }
}
