//! Repos for tests, made by the real git with nothing of the machine's configuration.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::discover::Repo;

/// A git repo in a directory of its own, removed at the end.
pub(super) struct Fixture {
    root: PathBuf,
    _directory: tempfile::TempDir,
}

#[allow(clippy::disallowed_methods, reason = "tests build their own world")]
impl Fixture {
    /// An empty repo on branch `main`.
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap().join("a repo");
        std::fs::create_dir(&root).unwrap();
        let f = Fixture { root, _directory: directory };
        f.git(&["init", "-q", "-b", "main", "."]);
        for (key, value) in [
            ("user.name", "Ada"),
            ("user.email", "ada@example.com"),
            ("commit.gpgsign", "false"),
            ("core.autocrlf", "false"),
            ("core.excludesFile", "/dev/null"),
            ("core.hooksPath", ".git/hooks"),
        ] {
            f.git(&["config", key, value]);
        }
        f
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    pub(super) fn repo(&self) -> Repo {
        Repo::open(&self.root).unwrap()
    }

    pub(super) fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub(super) fn read(&self, path: &str) -> String {
        String::from_utf8_lossy(&std::fs::read(self.path(path)).unwrap()).into_owned()
    }

    pub(super) fn remove(&self, path: &str) -> &Self {
        std::fs::remove_file(self.path(path)).unwrap();
        self
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> &Self {
        std::fs::rename(self.path(from), self.path(to)).unwrap();
        self
    }

    pub(super) fn mode(&self, path: &str, mode: u32) -> &Self {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(self.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    pub(super) fn commit_all(&self, message: &str) -> &Self {
        self.git(&["add", "-A"]).git(&["commit", "-q", "--allow-empty", "-m", message])
    }

    /// Runs git; it must succeed.
    pub(super) fn git(&self, args: &[&str]) -> &Self {
        let (ok, text) = self.run(args);
        assert!(ok, "git {args:?}: {text}");
        self
    }

    /// Runs git; it must fail.
    pub(super) fn git_fails(&self, args: &[&str]) -> &Self {
        let (ok, text) = self.run(args);
        assert!(!ok, "git {args:?}: {text}");
        self
    }

    /// What git prints.
    pub(super) fn ask(&self, args: &[&str]) -> String {
        let (ok, text) = self.run(args);
        assert!(ok, "git {args:?}: {text}");
        text
    }

    fn run(&self, args: &[&str]) -> (bool, String) {
        let output = Command::new("git")
            .args(args)
            .current_dir(&self.root)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    }
}
