//! Outcomes that are known already: for each job the last few, each with what it read and a hash of all of it.
//!
//! Paths are kept relative to the root that was checked, so that a result holds in every checkout.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::work::Outcome;
use crate::engine::{Read, Reads};
use crate::model::id::ContentHash;
use crate::model::run::{Job, JobState};
use crate::sys::files::{Files, ReadFiles};

/// How many outcomes are kept for one job: a few branches are walked between.
const KEPT: usize = 6;

/// Outcomes on the disk.
pub struct Cache<'a> {
    files: &'a dyn Files,
    directory: PathBuf,
}

#[derive(Serialize, Deserialize, Default)]
struct CacheFile {
    entries: Vec<EntryFile>,
}

#[derive(Serialize, Deserialize)]
struct EntryFile {
    salt: String,
    state: String,
    summary: String,
    log: Vec<String>,
    reads: Vec<(u8, String, String)>,
}

impl<'a> Cache<'a> {
    /// The outcomes kept in `directory`.
    pub fn new(files: &'a dyn Files, directory: &Path) -> Self {
        Cache { files, directory: directory.to_owned() }
    }

    fn path(&self, job: &Job) -> PathBuf {
        let stack = job.stack.as_ref().map_or("", |stack| stack.as_str());
        let hash = ContentHash(Sha256::digest(stack.as_bytes()).into()).to_string();
        self.directory.join(format!("{}-{}.json", job.step.word(), &hash[..16]))
    }

    fn load(&self, path: &Path) -> CacheFile {
        self.files.read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// The outcome of a job, if everything that it read before is still the same in `root`.
    pub fn find(&self, job: &Job, salt: &str, root: &Path, files: &dyn ReadFiles) -> Option<Outcome> {
        let entries = self.load(&self.path(job)).entries;
        entries.into_iter().filter(|entry| entry.salt == salt).find_map(|entry| {
            let reads = absolute(&entry.reads, root)?;
            let state = [JobState::Passed, JobState::Failed, JobState::Skipped];
            let state = state.into_iter().find(|state| state.word() == entry.state)?;
            reads.still_hold(files).then_some(Outcome { state, summary: entry.summary, log: entry.log, reads })
        })
    }

    /// Keeps an outcome. Only what was found out is kept, not what could not be carried out; and nothing that depends
    /// on files outside `root`.
    pub fn keep(&self, job: &Job, salt: &str, root: &Path, outcome: &Outcome) {
        if !matches!(outcome.state, JobState::Passed | JobState::Failed | JobState::Skipped) {
            return;
        }
        let Some(reads) = relative(&outcome.reads, root) else { return };
        let path = self.path(job);
        let mut file = self.load(&path);
        file.entries.retain(|entry| entry.salt == salt && entry.reads != reads);
        let entry = EntryFile {
            salt: salt.to_owned(),
            state: outcome.state.word().to_owned(),
            summary: outcome.summary.clone(),
            log: outcome.log.clone(),
            reads,
        };
        file.entries.insert(0, entry);
        file.entries.truncate(KEPT);
        // A cache that cannot be written costs time and nothing else.
        let _ = self.files.create_directory(&self.directory);
        let _ = serde_json::to_vec(&file).map(|bytes| self.files.write_unsynced(&path, &bytes, 0o644));
    }
}

fn relative(reads: &Reads, root: &Path) -> Option<Vec<(u8, String, String)>> {
    let one = |(read, hash): (&Read, &ContentHash)| {
        let kind = match read {
            Read::Content(_) => 0,
            Read::Listing(_) => 1,
            Read::Kind(_) => 2,
        };
        let below = crate::sys::files::normal(read.path());
        let below = below.strip_prefix(root).ok()?.to_str()?.to_owned();
        Some((kind, below, hash.to_string()))
    };
    reads.iter().map(one).collect()
}

fn absolute(entries: &[(u8, String, String)], root: &Path) -> Option<Reads> {
    let mut reads = Reads::default();
    for (kind, below, hash) in entries {
        let path = if below.is_empty() { root.to_owned() } else { root.join(below) };
        let read = match kind {
            0 => Read::Content(path),
            1 => Read::Listing(path),
            2 => Read::Kind(path),
            _ => return None,
        };
        reads.note(read, ContentHash::parse(hash)?);
    }
    Some(reads)
}
