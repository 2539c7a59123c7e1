//! Files of other kinds: plain text by lines, and YAML with places.

use std::sync::Arc;

use saphyr::{LoadableYamlNode, MarkedYaml};

use crate::lang::syntax::SourceFile;
use crate::model::place::Span;

/// A text file.
pub(super) struct TextFile {
    /// Its text.
    pub(super) source: Arc<SourceFile>,
}

/// A YAML file: what it holds, or why it does not parse.
pub(super) struct YamlFile<'a> {
    /// Its text.
    pub(super) source: &'a SourceFile,
    /// Its documents.
    pub(super) documents: Result<Vec<MarkedYaml<'a>>, YamlFault>,
    /// Whether it belongs to Ansible.
    pub(super) ansible: bool,
}

/// Why a YAML file does not parse.
pub(super) struct YamlFault {
    /// What is wrong.
    pub(super) message: String,
    /// Where.
    pub(super) span: Span,
}

/// Anchors can multiply a small file into a huge tree; nobody writes more by hand.
const MOST_ALIASES: usize = 60;
const MOST_DEPTH: usize = 150;
const MOST_BYTES: usize = 4 << 20;

impl<'a> YamlFile<'a> {
    /// Reads a file; `None` when it is too big or too odd to be written by a person.
    pub(super) fn read(source: &'a SourceFile, ansible: bool) -> Option<Self> {
        let text = source.text();
        if text.len() > MOST_BYTES || is_odd(text) {
            return None;
        }
        let documents = MarkedYaml::load_from_str(text).map_err(|error| {
            let start = offset_of_line(text, error.marker().line(), error.marker().col());
            YamlFault { message: error.info().to_owned(), span: Span::new(start, start) }
        });
        Some(YamlFile { source, documents, ansible })
    }

    /// The part of the file's text from a node's start to the end of that line.
    pub(super) fn line_span(&self, node: &MarkedYaml<'_>) -> Span {
        let text = self.source.text();
        let start = offset_of_line(text, node.span.start.line(), node.span.start.col());
        let rest = text.get(start as usize..).unwrap_or("");
        let length = rest.find('\n').unwrap_or(rest.len());
        Span::new(start, start + length as u32)
    }
}

/// The byte offset of a line (from 1) and a column (from 0, in characters).
fn offset_of_line(text: &str, line: usize, column: usize) -> u32 {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or("");
    let within = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
    (start + within) as u32
}

fn is_odd(text: &str) -> bool {
    let aliases = [": *", "- *", "[*", ", *"].iter().map(|sign| text.matches(sign).count()).sum::<usize>();
    let mut depth = 0usize;
    let mut deepest = 0usize;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let indents = |line: &str| line.bytes().take_while(|byte| matches!(byte, b' ' | b'-' | b'?')).count();
    aliases > MOST_ALIASES || deepest > MOST_DEPTH || text.lines().any(|line| indents(line) > 2 * MOST_DEPTH)
}
