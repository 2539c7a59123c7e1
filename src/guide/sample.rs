//! The sample repo: a small company's infrastructure with a history worth reading, embedded in the program.
//!
//! `sample-repo/` holds its files as they are today, `history.toml` how they came to be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::model::place::RepoPath;
use crate::repo::scribe::{Byline, Scribe, ScribeFault, WrittenFile};
use crate::sys::files::Files;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample-repo");
const HISTORY: &str = include_str!("history.toml");

/// Why the sample could not be laid out.
#[derive(Debug, thiserror::Error)]
pub enum SampleFault {
    /// Something stands there already.
    #[error("{0} is not empty; give another directory, or open it with `kilter {0}`")]
    NotEmpty(PathBuf),
    /// The embedded history does not fit the embedded files: a bug.
    #[error("the embedded history does not fit the embedded files: {0}")]
    History(String),
    /// Git could not.
    #[error(transparent)]
    Git(#[from] ScribeFault),
    /// The disk could not.
    #[error("cannot write {path}: {source}")]
    Write {
        /// What was written.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

#[derive(Deserialize)]
struct History {
    commit: Vec<Commit>,
    branch: Vec<Branch>,
    uncommitted: Vec<Replacement>,
}

#[derive(Deserialize)]
struct Commit {
    author: String,
    date: String,
    message: String,
    add: Vec<String>,
    #[serde(default)]
    earlier: Vec<Replacement>,
}

#[derive(Deserialize)]
struct Branch {
    name: String,
    author: String,
    date: String,
    message: String,
    change: Vec<Replacement>,
}

#[derive(Deserialize)]
struct Replacement {
    path: String,
    find: String,
    text: String,
}

/// Lays the sample repo out in `directory`: its history, a feature branch, and one edit that is not committed.
///
/// # Errors
/// When the directory holds something, or git or the disk cannot.
pub fn lay_out(directory: &Path, files: &dyn Files) -> Result<(), SampleFault> {
    if files.list(directory).is_ok_and(|entries| !entries.is_empty()) || files.is_file(directory) {
        return Err(SampleFault::NotEmpty(directory.to_path_buf()));
    }
    let history: History = toml::from_str(HISTORY).map_err(|error| SampleFault::History(error.to_string()))?;
    let today = sample_files();
    let scribe = Scribe::begin(directory)?;
    let mut last = None;
    for commit in &history.commit {
        let written = commit_files(commit, &today)?;
        let byline = byline(&commit.author, &commit.date)?;
        last = Some(scribe.commit("main", last, &written, &byline, commit.message.trim_start())?);
    }
    for branch in &history.branch {
        let mut changed = BTreeMap::new();
        apply(&branch.change, &today, &mut changed)?;
        let byline = byline(&branch.author, &branch.date)?;
        scribe.commit(&branch.name, last, &written(&changed), &byline, branch.message.trim_start())?;
    }
    scribe.identity("You", "you@fernhill.example")?;
    scribe.check_out()?;
    let mut changed = BTreeMap::new();
    apply(&history.uncommitted, &today, &mut changed)?;
    for (path, bytes) in changed {
        let path = directory.join(path);
        files.write_atomic(&path, &bytes, 0o644).map_err(|source| SampleFault::Write { path, source })?;
    }
    Ok(())
}

/// All files of the sample as they are today, by path.
fn sample_files() -> BTreeMap<String, Vec<u8>> {
    fn collect(directory: &Dir<'_>, into: &mut BTreeMap<String, Vec<u8>>) {
        for file in directory.files() {
            into.insert(file.path().to_string_lossy().into_owned(), file.contents().to_vec());
        }
        directory.dirs().for_each(|below| collect(below, into));
    }
    let mut files = BTreeMap::new();
    collect(&FILES, &mut files);
    files
}

fn commit_files(commit: &Commit, today: &BTreeMap<String, Vec<u8>>) -> Result<Vec<WrittenFile>, SampleFault> {
    let mut chosen = BTreeMap::new();
    for wanted in &commit.add {
        let wanted = RepoPath::new(wanted);
        let below = today.iter().filter(|(path, _)| RepoPath::new(path).is_within(&wanted));
        let before = chosen.len();
        chosen.extend(below.map(|(path, bytes)| (path.clone(), bytes.clone())));
        if chosen.len() == before {
            return Err(SampleFault::History(format!("nothing is at `{wanted}`")));
        }
    }
    let all = chosen.clone();
    apply(&commit.earlier, &all, &mut chosen)?;
    Ok(written(&chosen))
}

/// Applies replacements to the texts of `from`, collecting the changed files (several may change one file).
fn apply(
    replacements: &[Replacement],
    from: &BTreeMap<String, Vec<u8>>,
    into: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), SampleFault> {
    for replacement in replacements {
        let misfit = || SampleFault::History(format!("a text to replace is not in `{}`", replacement.path));
        let bytes = into.get(&replacement.path).or_else(|| from.get(&replacement.path)).ok_or_else(misfit)?;
        let text = String::from_utf8_lossy(bytes);
        if text.matches(&replacement.find).count() != 1 {
            return Err(misfit());
        }
        let changed = text.replacen(&replacement.find, &replacement.text, 1);
        into.insert(replacement.path.clone(), changed.into_bytes());
    }
    Ok(())
}

fn written(files: &BTreeMap<String, Vec<u8>>) -> Vec<WrittenFile> {
    let one = |(path, bytes): (&String, &Vec<u8>)| WrittenFile {
        path: RepoPath::new(path),
        bytes: bytes.clone(),
        executable: bytes.starts_with(b"#!"),
    };
    files.iter().map(one).collect()
}

fn byline(author: &str, date: &str) -> Result<Byline, SampleFault> {
    let moment: jiff::Timestamp =
        date.parse().map_err(|_| SampleFault::History(format!("`{date}` is not a moment")))?;
    let first = author.split(' ').next().unwrap_or(author).to_lowercase();
    Ok(Byline { name: author.to_owned(), email: format!("{first}@fernhill.example"), seconds: moment.as_second() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::{ReadFiles, RealFiles};

    #[test]
    fn the_sample_is_laid_out_with_history_branch_and_edit() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("a place");
        lay_out(&directory, &RealFiles).unwrap();
        let repo = git2::Repository::open(&directory).unwrap();
        let mut walk = repo.revwalk().unwrap();
        walk.push_head().unwrap();
        assert!(walk.count() >= 8);
        assert!(repo.find_branch("feature/server-tokens", git2::BranchType::Local).is_ok());
        let statuses = repo.statuses(None).unwrap();
        let changed: Vec<_> = statuses.iter().filter_map(|s| s.path().ok().map(str::to_owned)).collect();
        assert_eq!(changed, ["web/variables.tf"], "exactly one edit is not committed");
        for (path, bytes) in sample_files() {
            if path != "web/variables.tf" {
                assert_eq!(&*RealFiles.read(&directory.join(&path)).unwrap(), &bytes[..], "{path}");
            }
        }
        assert!(matches!(lay_out(&directory, &RealFiles), Err(SampleFault::NotEmpty(_))));
    }
}
