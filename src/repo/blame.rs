//! Who wrote each line of a file as it stands in the working tree.

use std::collections::HashMap;

use git2::{BlameOptions, ErrorCode, Oid};

use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::history::summary;
use super::lines::split;
use super::side::{self, Content, relative};
use crate::model::place::RepoPath;
use crate::model::snapshot::{Blame, BlamedLine};

impl Repo {
    /// The blame of a file; lines that are not committed have no commit. A file that HEAD lacks is all uncommitted.
    ///
    /// # Errors
    /// When git or the disk cannot be read.
    pub fn blame(&self, path: &RepoPath) -> Result<Blame, RepoFault> {
        self.need_workdir()?;
        let what = "asking who wrote the lines";
        let git = self.git();
        let index = Repo::fresh_index(&git)?;
        let content = match side::in_workdir(&git, self.root(), &index, path)?.content {
            Content::Bytes(bytes) => bytes,
            Content::Absent | Content::Large(_) | Content::Submodule(_) => Vec::new(),
        };
        let line = |bytes: &[u8]| BlamedLine {
            commit: None,
            text: String::from_utf8_lossy(bytes).trim_end_matches(['\n', '\r']).to_owned(),
        };
        let lines = split(&content).into_iter().map(line).collect();
        let mut blame = Blame { path: path.clone(), commits: Vec::new(), lines };
        if blame.lines.is_empty() || side::head_entry(&git, path)?.is_none() {
            return Ok(blame);
        }
        let committed = match git.blame_file(&relative(path), Some(BlameOptions::new().use_mailmap(true))) {
            Ok(committed) => committed,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(blame),
            Err(error) => return Err(error).during(what),
        };
        let now = committed.blame_buffer(&content).during(what)?;
        let mut known: HashMap<Oid, Option<usize>> = HashMap::new();
        for hunk in now.iter() {
            let id = hunk.final_commit_id();
            let commit = *known.entry(id).or_insert_with(|| {
                let commit = git.find_commit(id).ok()?;
                blame.commits.push(summary(&commit));
                Some(blame.commits.len() - 1)
            });
            let first = hunk.final_start_line().saturating_sub(1);
            blame.lines.iter_mut().skip(first).take(hunk.lines_in_hunk()).for_each(|line| line.commit = commit);
        }
        Ok(blame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::fixture::Fixture;

    #[test]
    fn each_line_has_its_commit() {
        let f = Fixture::new();
        f.write("a", "1\n2\n3\n").commit_all("one").write("a", "1\ntwo\n3\n").commit_all("two");
        f.write("a", "0\n1\ntwo\n3\n4").write("new", "x\n");
        let blame = f.repo().blame(&RepoPath::new("a")).unwrap();
        let by = |line: &BlamedLine| line.commit.map_or("-".to_owned(), |at| blame.commits[at].summary.clone());
        let lines: Vec<_> = blame.lines.iter().map(|line| format!("{} {}", by(line), line.text)).collect();
        assert_eq!(lines, ["- 0", "one 1", "two two", "one 3", "- 4"]);
        assert_eq!(f.repo().blame(&RepoPath::new("new")).unwrap().lines[0].commit, None);
        assert_eq!(f.repo().blame(&RepoPath::new("absent")).unwrap().lines, []);
    }

    #[test]
    fn before_the_first_commit_nothing_is_committed() {
        let f = Fixture::new();
        f.write("a", "1\n");
        assert_eq!(f.repo().blame(&RepoPath::new("a")).unwrap().lines[0].commit, None);
    }
}
