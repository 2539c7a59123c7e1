//! Where something stands: byte spans, lines and columns, and paths inside a repo.

use std::fmt;
use std::sync::Arc;

/// A path relative to the repo's root (or to the opened directory when there is no repo), with `/` between its
/// parts on every system. `.` is the root itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Arc<str>);

impl RepoPath {
    /// Normalises `./` prefixes, doubled and trailing slashes away; the empty path becomes `.`.
    pub fn new(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if parts.is_empty() { RepoPath(Arc::from(".")) } else { RepoPath(Arc::from(parts.join("/"))) }
    }

    /// The root of the repo.
    pub fn root() -> Self {
        RepoPath(Arc::from("."))
    }

    /// The path as text; `.` for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        &*self.0 == "."
    }

    /// This path with another one below it.
    #[must_use]
    pub fn join(&self, below: &str) -> Self {
        if self.is_root() { RepoPath::new(below) } else { RepoPath::new(&format!("{}/{below}", self.0)) }
    }

    /// The directory that holds this path; the root's parent is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        match self.0.rfind('/') {
            Some(at) => RepoPath(Arc::from(&self.0[..at])),
            None => RepoPath::root(),
        }
    }

    /// The last part of the path.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Whether this path is `directory` or lies below it.
    pub fn is_within(&self, directory: &RepoPath) -> bool {
        directory.is_root()
            || self == directory
            || (self.0.starts_with(&*directory.0) && self.0.as_bytes().get(directory.0.len()) == Some(&b'/'))
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A half-open range of bytes in one source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` up to `end`.
    pub fn new(start: u32, end: u32) -> Self {
        Span { start, end }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// As a range, to slice the source with.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `offset` lies inside.
    pub fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }
}

/// A position as people and terraform's JSON count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in grapheme clusters as terraform does.
    pub column: u32,
    /// The byte offset, counted from 0.
    pub byte: u32,
}

/// A range in a named file: what a diagnostic points at and what `e` opens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub path: RepoPath,
    /// Where it begins.
    pub start: Position,
    /// Where it ends (exclusive).
    pub end: Position,
}

impl Place {
    /// The top of a file, for faults that concern all of it.
    pub fn top_of(path: RepoPath) -> Self {
        let start = Position { line: 1, column: 1, byte: 0 };
        Place { path, start, end: start }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.start.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repo_paths_are_normal() {
        assert_eq!(RepoPath::new("./web//main.tf").as_str(), "web/main.tf");
        assert_eq!(RepoPath::new("").as_str(), ".");
        assert_eq!(RepoPath::new("web").parent(), RepoPath::root());
        assert!(RepoPath::new("web/main.tf").is_within(&RepoPath::new("web")));
        assert!(!RepoPath::new("website/main.tf").is_within(&RepoPath::new("web")));
        assert!(RepoPath::new("a").is_within(&RepoPath::root()));
        assert_eq!(RepoPath::root().join("x/y").as_str(), "x/y");
    }
}
