//! Where an environment keeps what: all of it under `.git/kilter/environments/<name>/`, nothing anywhere else.

use std::path::{Path, PathBuf};

use crate::model::place::RepoPath;

/// The places of one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The environment `name` of the repo whose `.git/kilter` is `kilter`; `None` when the name is none that could be
    /// a directory's.
    pub fn new(kilter: &Path, name: &str) -> Option<Self> {
        let letters = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let sound = !name.is_empty() && name.len() <= 64 && !name.starts_with(['.', '-']) && name.chars().all(letters);
        sound.then(|| Layout { root: kilter.join("environments").join(name) })
    }

    /// The names of all environments that have a directory.
    pub fn names(files: &dyn crate::sys::files::ReadFiles, kilter: &Path) -> Vec<String> {
        let entries = files.list(&kilter.join("environments")).unwrap_or_default();
        entries
            .into_iter()
            .filter(|e| e.is_directory && Layout::new(kilter, &e.name).is_some())
            .map(|e| e.name)
            .collect()
    }

    /// The environment's directory: gone once it is destroyed.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where its directory goes in one step when it is destroyed, before it is removed in many.
    pub fn gone(&self) -> PathBuf {
        let name = self.root.file_name().unwrap_or_default().to_string_lossy();
        self.root.with_file_name(format!(".{name}.gone"))
    }

    /// Its own checkout of the commit.
    pub fn checkout(&self) -> PathBuf {
        self.root.join("checkout")
    }

    /// A stack's directory in the checkout.
    pub fn stack(&self, stack: &RepoPath) -> PathBuf {
        if stack.is_root() { self.checkout() } else { self.checkout().join(stack.as_str()) }
    }

    /// A stack's state, unless its configuration says otherwise: the local backend's own place, so that `terraform_remote_state` with a relative path finds it
    /// and a real terraform could take over.
    pub fn state(&self, stack: &RepoPath) -> PathBuf {
        self.stack(stack).join("terraform.tfstate")
    }

    /// Where the states lie that a plan foresees, for the stacks that read them.
    pub fn foreseen(&self) -> PathBuf {
        self.root.join("foreseen")
    }

    /// Who is at work.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock.json")
    }

    /// What was about to be done.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal.jsonl")
    }

    /// How it stands.
    pub fn record(&self) -> PathBuf {
        self.root.join("status.json")
    }

    /// What was done.
    pub fn history(&self) -> PathBuf {
        self.root.join("history.jsonl")
    }

    /// Space kept for the last writes on a disk that fills up.
    pub fn ballast(&self) -> PathBuf {
        self.root.join("ballast")
    }

    /// The supervisor's directory.
    pub fn processes(&self) -> PathBuf {
        self.root.join("run")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_directories_and_never_paths() {
        let layout = |name: &str| Layout::new(Path::new("/r/.git/kilter"), name);
        assert_eq!(
            layout("test").unwrap().state(&RepoPath::new("web")),
            Path::new("/r/.git/kilter/environments/test/checkout/web/terraform.tfstate")
        );
        assert_eq!(layout("test").unwrap().stack(&RepoPath::root()), layout("test").unwrap().checkout());
        for name in ["", "..", ".git", "a/b", "-x", "a b", &"x".repeat(65)] {
            assert_eq!(layout(name), None, "{name}");
        }
    }
}
