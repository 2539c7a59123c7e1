//! A source text with its name: turns byte spans into lines and columns.

use std::sync::{Arc, OnceLock};

use unicode_segmentation::UnicodeSegmentation;

use crate::model::place::{Place, Position, RepoPath, Span};

/// Columns further right than this are counted in bytes.
const LONG_LINE: usize = 64 << 10;

/// One file's text. Made once per content and shared.
#[derive(Debug)]
pub struct SourceFile {
    path: RepoPath,
    text: Arc<str>,
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    /// A file's text under the path that diagnostics name it by.
    pub fn new(path: RepoPath, text: impl Into<Arc<str>>) -> Arc<Self> {
        Arc::new(SourceFile { path, text: text.into(), line_starts: OnceLock::new() })
    }

    /// The path that diagnostics name.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// Line, column (in grapheme clusters, as terraform counts) and byte of an offset.
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.line_starts.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(newlines.map(|(at, _)| at as u32 + 1)).collect()
        });
        let line = starts.partition_point(|start| *start <= offset).max(1);
        // A byte order mark is no column.
        let mark = if line == 1 && self.text.starts_with('\u{feff}') { 3.min(offset) } else { 0 };
        let start = starts[line - 1] + mark;
        let before = self.text.get(start as usize..offset as usize).unwrap_or("");
        // In a line of a megabyte nobody counts columns, and counting them for every finding would take for ever.
        let plain = before.len() > LONG_LINE || before.is_ascii();
        let column = if plain { before.len() } else { before.graphemes(true).count() };
        Position { line: line as u32, column: column as u32 + 1, byte: offset }
    }

    /// The place that a span marks.
    pub fn place(&self, span: Span) -> Place {
        Place { path: self.path.clone(), start: self.position(span.start), end: self.position(span.end) }
    }
}

/// How many bytes two texts begin with in common, to a character's edge.
pub fn common_prefix(a: &str, b: &str) -> usize {
    let (a, bytes) = (a.as_bytes(), b.as_bytes());
    const STEP: usize = 256;
    let most = a.len().min(bytes.len());
    let mut at = 0;
    while at + STEP <= most && a[at..at + STEP] == bytes[at..at + STEP] {
        at += STEP;
    }
    while at < most && a[at] == bytes[at] {
        at += 1;
    }
    while !b.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_graphemes() {
        let file = SourceFile::new(RepoPath::new("a.tf"), "ab\näb = 1\n");
        assert_eq!(file.position(0), Position { line: 1, column: 1, byte: 0 });
        assert_eq!(file.position(3), Position { line: 2, column: 1, byte: 3 });
        assert_eq!(file.position(5), Position { line: 2, column: 2, byte: 5 });
        assert_eq!(file.slice(Span::new(0, 2)), "ab");
        let marked = SourceFile::new(RepoPath::new("a.tf"), "\u{feff}a = 1\nb");
        assert_eq!(marked.position(0), Position { line: 1, column: 1, byte: 0 });
        assert_eq!(marked.position(4), Position { line: 1, column: 2, byte: 4 });
        assert_eq!(marked.position(9), Position { line: 2, column: 1, byte: 9 });
    }
    #[test]
    fn common_prefixes_end_at_characters() {
        assert_eq!(common_prefix("abc", "abd"), 2);
        assert_eq!(common_prefix("aä", "aö"), 1, "the two share their first byte");
        assert_eq!(common_prefix("", "x"), 0);
        let long = "x".repeat(1000);
        assert_eq!(common_prefix(&long, &format!("{long}y")), 1000);
    }
}
