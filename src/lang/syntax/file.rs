//! A whole file with recovery: when it does not parse, it is cut into top-level items and each is parsed by itself, so
//! that one broken block leaves the others alive.

use std::sync::Arc;

use super::ast::{Body, Expr, Item, Template};
use super::fault::{Fault, Faults};
use super::lexer::{Start, lex};
use super::token::{Token, TokenKind as K};
use super::{SourceFile, parser};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::{Place, Span};

/// Spans are 32 bits wide and nobody writes such files: more is refused.
const MAX_BYTES: usize = 64 << 20;

/// What a file was read into.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// All items that could be read.
    pub body: Body,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The parts of the file that nothing could be read from, in order.
    pub broken: Vec<Span>,
}

/// An expression or a template that was read by itself, with what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedPart<T> {
    /// What was read; not to be evaluated when there are diagnostics.
    pub tree: T,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a configuration file in native syntax.
pub fn parse_file(source: &Arc<SourceFile>) -> Parsed {
    if let Err(diagnostic) = check_size(source) {
        let whole = Span::new(0, u32::try_from(source.text().len()).unwrap_or(u32::MAX));
        return Parsed { body: Body::default(), diagnostics: vec![diagnostic], broken: vec![whole] };
    }
    let whole = Span::new(0, source.text().len() as u32);
    let (body, faults) = parser::body(source, whole);
    if faults.count == 0 {
        return Parsed { body, diagnostics: Vec::new(), broken: Vec::new() };
    }
    recover(source, whole, faults)
}

/// Reads one expression, as `terraform console` does: newlines are free.
pub fn parse_expression(source: &SourceFile) -> ParsedPart<Expr> {
    let (tree, faults) = parser::expression(source, bounded(source));
    ParsedPart { tree, diagnostics: with_size(source, faults) }
}

/// Reads one expression out of a part of a file.
pub fn parse_expression_at(source: &SourceFile, part: Span) -> ParsedPart<Expr> {
    let (tree, faults) = parser::expression(source, part);
    ParsedPart { tree, diagnostics: faults.diagnostics(source) }
}

/// Reads a bare template, as `templatefile` does.
pub fn parse_template(source: &SourceFile) -> ParsedPart<Template> {
    let (tree, faults) = parser::template(source, bounded(source));
    ParsedPart { tree, diagnostics: with_size(source, faults) }
}

/// All tokens of a file, trivia included: joined they are the text.
pub fn tokens(source: &SourceFile) -> Vec<Token> {
    lex(source.slice(bounded(source)), Start::Normal, 0)
}

pub(super) fn check_size(source: &SourceFile) -> Result<(), Diagnostic> {
    if source.text().len() <= MAX_BYTES {
        return Ok(());
    }
    let detail = format!(
        "{} has {} bytes; files of more than {MAX_BYTES} bytes are not read. Split it, or move data into a file that is read with file().",
        source.path(),
        source.text().len()
    );
    Err(Diagnostic::error("File too large", detail).at(Place::top_of(source.path().clone())))
}

fn bounded(source: &SourceFile) -> Span {
    if source.text().len() > MAX_BYTES { Span::new(0, 0) } else { Span::new(0, source.text().len() as u32) }
}

fn with_size(source: &SourceFile, faults: Faults) -> Vec<Diagnostic> {
    match check_size(source) {
        Ok(()) => faults.diagnostics(source),
        Err(diagnostic) => vec![diagnostic],
    }
}

/// Parses each top-level item by itself. Terraform's own diagnostics of the whole file come first; those of further
/// items that are broken on their own follow.
fn recover(source: &Arc<SourceFile>, whole: Span, first: Faults) -> Parsed {
    let text = source.text();
    let mut items: Vec<Item> = Vec::new();
    let mut broken: Vec<Span> = Vec::new();
    let mut faults = first.list;
    let told: Vec<Span> = faults.iter().map(|fault| fault.subject).collect();
    for part in cut(text) {
        let (body, part_faults) = parser::body(source, part);
        if part_faults.count == 0 {
            items.extend(body.items);
            continue;
        }
        if !told.iter().any(|span| part.start <= span.start && span.start <= part.end) {
            faults.extend(part_faults.list.into_iter().filter(|fault: &Fault| !told.contains(&fault.subject)));
        }
        match broken.last_mut() {
            Some(last) if last.end == part.start => last.end = part.end,
            _ => broken.push(part),
        }
    }
    if broken.is_empty() {
        // Each part is fine by itself, so it is the seams that are wrong: an argument set twice.
        broken.extend(told.iter().map(|span| line_of(text, *span)));
        items.retain(|item| !broken.iter().any(|span| span.contains(span_of(item).start)));
    }
    let mut all = Faults::default();
    all.list = faults;
    Parsed { body: Body { items, span: whole }, diagnostics: all.diagnostics(source), broken }
}

fn span_of(item: &Item) -> Span {
    match item {
        Item::Attribute(attribute) => attribute.span,
        Item::Block(block) => block.span,
    }
}

fn line_of(text: &str, span: Span) -> Span {
    let start = text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end as usize..].find('\n').map_or(text.len(), |at| span.end as usize + at + 1);
    Span::new(start as u32, end as u32)
}

/// Cuts a text into parts that each begin at a top-level item: at a line that starts, without indentation, like an
/// argument or a block. Brackets are followed, but a line that can only be a new top-level block ends even what was
/// left open before it.
fn cut(text: &str) -> Vec<Span> {
    let mut starts: Vec<u32> = vec![0];
    let mut at = 0usize;
    while at < text.len() {
        let end = item_end(text, at);
        at = end.max(at + 1);
        if at < text.len() {
            starts.push(at as u32);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len() as u32]);
    starts.iter().zip(ends).map(|(start, end)| Span::new(*start, end)).collect()
}

/// Where the item that begins at `from` ends: after the line on which its brackets are closed, or before the next
/// line that opens a top-level block.
fn item_end(text: &str, from: usize) -> usize {
    let window_end = next_header(text, from);
    let part = &text[from..window_end];
    let tokens = lex(part, Start::Normal, 0);
    let mut depth = 0i64;
    let mut seen = false;
    for token in &tokens {
        match token.kind {
            K::OpenBrace | K::OpenBracket | K::OpenParen | K::OpenInterpolation | K::OpenDirective => depth += 1,
            K::OpenQuote | K::OpenHeredoc => depth += 1,
            K::CloseBrace | K::CloseBracket | K::CloseParen | K::CloseSequence => depth -= 1,
            K::CloseQuote | K::CloseHeredoc => depth -= 1,
            K::Newline | K::Comment if depth <= 0 && seen && part.as_bytes()[token.span.end as usize - 1] == b'\n' => {
                return from + token.span.end as usize;
            }
            _ => {}
        }
        seen |= !token.kind.is_trivia();
    }
    window_end
}

/// The next line after `from`'s own that looks like the opening of a top-level block: at the left edge a word, labels
/// and a brace. Heredocs of the part before are skipped when they are closed.
fn next_header(text: &str, from: usize) -> usize {
    let mut heredoc: Option<&str> = None;
    let mut at = from;
    for (index, line) in text[from..].split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        match heredoc {
            Some(marker) => {
                if line.trim() == marker {
                    heredoc = None;
                }
            }
            None => {
                if index > 0 && is_header(line) {
                    return start;
                }
                heredoc = opened_heredoc(line).filter(|marker| closes_later(&text[at..], marker));
            }
        }
    }
    text.len()
}

fn closes_later(text: &str, marker: &str) -> bool {
    text.lines().take(2000).any(|line| line.trim() == marker)
}

fn opened_heredoc(line: &str) -> Option<&str> {
    let (_, after) = line.trim_end().rsplit_once("<<")?;
    let marker = after.strip_prefix('-').unwrap_or(after);
    let is_word = marker.chars().all(|char| char.is_alphanumeric() || char == '_' || char == '-');
    (!marker.is_empty() && is_word).then_some(marker)
}

fn is_header(line: &str) -> bool {
    if !line.starts_with(|char: char| char.is_alphabetic() || char == '_') {
        return false;
    }
    let tokens = lex(line, Start::Normal, 0);
    let mut kinds = tokens.iter().map(|token| token.kind).filter(|kind| *kind != K::Space);
    if kinds.next() != Some(K::Ident) {
        return false;
    }
    for kind in kinds {
        match kind {
            K::Ident | K::OpenQuote | K::QuotedText | K::CloseQuote => {}
            K::OpenBrace => return true,
            _ => return false,
        }
    }
    false
}
