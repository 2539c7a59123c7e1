//! Writes a new repo with a given history: how the sample repo is laid out.
//!
//! It touches no file of the working tree until [`Scribe::check_out`].

use std::path::Path;

use git2::{Oid, RepositoryInitOptions, Signature, Time};

use crate::model::place::RepoPath;

/// Why the history could not be written.
#[derive(Debug, thiserror::Error)]
#[error("git could not {doing}: {source}")]
pub struct ScribeFault {
    doing: &'static str,
    source: git2::Error,
}

fn fault(doing: &'static str) -> impl FnOnce(git2::Error) -> ScribeFault {
    move |source| ScribeFault { doing, source }
}

/// One file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// Where.
    pub path: RepoPath,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it may be executed.
    pub executable: bool,
}

/// Who and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Byline {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Seconds since the Unix epoch.
    pub seconds: i64,
}

/// A repo that is being written.
pub struct Scribe {
    repo: git2::Repository,
}

/// One commit that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written(Oid);

impl Scribe {
    /// Makes an empty repo with the branch `main` in `directory`, which is made when missing.
    ///
    /// # Errors
    /// When git cannot.
    pub fn begin(directory: &Path) -> Result<Self, ScribeFault> {
        let mut options = RepositoryInitOptions::new();
        options.initial_head("main").no_reinit(true).external_template(false);
        let repo = git2::Repository::init_opts(directory, &options).map_err(fault("make the repo"))?;
        Ok(Scribe { repo })
    }

    /// Writes a commit on `branch` whose tree is its parent's with `files` put in.
    ///
    /// # Errors
    /// When git cannot.
    pub fn commit(
        &self,
        branch: &str,
        parent: Option<Written>,
        files: &[WrittenFile],
        byline: &Byline,
        message: &str,
    ) -> Result<Written, ScribeFault> {
        let parent = parent.map(|Written(id)| self.repo.find_commit(id)).transpose().map_err(fault("find a commit"))?;
        let mut index = git2::Index::new().map_err(fault("begin a tree"))?;
        if let Some(parent) = &parent {
            let tree = parent.tree().map_err(fault("read a tree"))?;
            index.read_tree(&tree).map_err(fault("read a tree"))?;
        }
        for file in files {
            let id = self.repo.blob(&file.bytes).map_err(fault("write a file"))?;
            index.add(&entry(file, id)).map_err(fault("add a file"))?;
        }
        let tree = index.write_tree_to(&self.repo).map_err(fault("write a tree"))?;
        let tree = self.repo.find_tree(tree).map_err(fault("read a tree"))?;
        let who = Signature::new(&byline.name, &byline.email, &Time::new(byline.seconds, 0)).map_err(fault("sign"))?;
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        let reference = format!("refs/heads/{branch}");
        let id = self.repo.commit(None, &who, &who, message, &tree, &parents).map_err(fault("write a commit"))?;
        self.repo.reference(&reference, id, true, "commit").map_err(fault("move a branch"))?;
        Ok(Written(id))
    }

    /// Sets an identity for commits made here later, unless the person has one already.
    ///
    /// # Errors
    /// When git cannot.
    pub fn identity(&self, name: &str, email: &str) -> Result<(), ScribeFault> {
        let config = self.repo.config().map_err(fault("read the settings"))?;
        if config.get_entry("user.email").is_ok() && config.get_entry("user.name").is_ok() {
            return Ok(());
        }
        let mut local = config.open_level(git2::ConfigLevel::Local).unwrap_or(config);
        local.set_str("user.name", name).map_err(fault("write the settings"))?;
        local.set_str("user.email", email).map_err(fault("write the settings"))
    }

    /// Writes the branch `main` into the working tree.
    ///
    /// # Errors
    /// When git or the disk cannot.
    pub fn check_out(&self) -> Result<(), ScribeFault> {
        let mut how = git2::build::CheckoutBuilder::new();
        how.force();
        self.repo.checkout_head(Some(&mut how)).map_err(fault("write the working tree"))
    }
}

fn entry(file: &WrittenFile, id: Oid) -> git2::IndexEntry {
    git2::IndexEntry {
        ctime: git2::IndexTime::new(0, 0),
        mtime: git2::IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: if file.executable { 0o100_755 } else { 0o100_644 },
        uid: 0,
        gid: 0,
        file_size: u32::try_from(file.bytes.len()).unwrap_or(u32::MAX),
        id,
        flags: 0,
        flags_extended: 0,
        path: file.path.as_str().as_bytes().to_vec(),
    }
}
