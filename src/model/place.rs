//! Where something stands: byte spans, lines and columns, and paths inside a repo.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
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

    /// A path as git and the system give it, in bytes. What is not UTF-8 is written `\xNN`, and a backslash that
    /// would read like that is written `\x5c`, so that [`RepoPath::to_bytes`] gives the same bytes again.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains("\\x") => RepoPath::new(text),
            _ => RepoPath::new(&escaped(bytes)),
        }
    }

    /// `path` below `root`; `None` when it lies elsewhere.
    pub fn below(root: &Path, path: &Path) -> Option<Self> {
        path.strip_prefix(root).ok().map(|rest| RepoPath::from_bytes(rest.as_os_str().as_bytes()))
    }

    /// The bytes that git and the system know the path by.
    pub fn to_bytes(&self) -> Cow<'_, [u8]> {
        if self.0.contains("\\x") { Cow::Owned(unescaped(&self.0)) } else { Cow::Borrowed(self.0.as_bytes()) }
    }

    /// Where it lies when the repo's root is `root`.
    pub fn under(&self, root: &Path) -> PathBuf {
        if self.is_root() { root.to_path_buf() } else { root.join(OsStr::from_bytes(&self.to_bytes())) }
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

/// The hexadecimal digits of an escape at the start of `bytes`.
fn escape_at(bytes: &[u8]) -> Option<u8> {
    let digits = bytes.strip_prefix(b"\\x")?.get(..2)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn escaped(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = bytes;
    for chunk in bytes.utf8_chunks() {
        for (at, c) in chunk.valid().char_indices() {
            if c == '\\' && escape_at(&rest[at..]).is_some() { out.push_str("\\x5c") } else { out.push(c) }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
        rest = &rest[chunk.valid().len() + chunk.invalid().len()..];
    }
    out
}

fn unescaped(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match escape_at(&bytes[at..]) {
            // Only these are ever written as escapes; nothing else may turn into a slash or a dot.
            Some(byte) if byte >= 0x80 || byte == b'\\' => {
                out.push(byte);
                at += 4;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
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

    /// The place as terraform names it inside a sentence: `main.tf:3,5-9`.
    pub fn range_text(&self) -> String {
        let (start, end) = (self.start, self.end);
        if start.line == end.line {
            format!("{}:{},{}-{}", self.path, start.line, start.column, end.column)
        } else {
            format!("{}:{},{}-{},{}", self.path, start.line, start.column, end.line, end.column)
        }
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

    #[test]
    fn names_that_are_not_utf8_survive() {
        for name in [&b"a/\xff.tf"[..], b"a\\xff", b"\\x5c\xfe\\x41", b"\\x", b"\\\\xzz", "ä \\ö".as_bytes()] {
            assert_eq!(&*RepoPath::from_bytes(name).to_bytes(), name, "{:?}", RepoPath::from_bytes(name));
        }
        assert_eq!(RepoPath::from_bytes(b"a/\xff.tf").as_str(), "a/\\xff.tf");
        assert_eq!(RepoPath::from_bytes(b"a/\xff.tf").under(Path::new("/r")).as_os_str().as_bytes(), b"/r/a/\xff.tf");
        assert_eq!(RepoPath::below(Path::new("/r"), Path::new("/r/a/b")), Some(RepoPath::new("a/b")));
        assert_eq!(RepoPath::below(Path::new("/r"), Path::new("/s/a")), None);
        assert_eq!(RepoPath::new("\\x2fetc").under(Path::new("/r")), Path::new("/r/\\x2fetc"));
    }
}
