//! A whole file with recovery: when it does not parse, it is cut into top-level items and each is parsed by itself, so
//! that one broken block leaves the others alive.

use std::collections::HashSet;
use std::sync::Arc;

use super::ast::{Block, Body, Expr, Item, Template};
use super::fault::{Fault, Faults, MOST};
use super::lexer::{Start, lex};
use super::parser;
use super::source::{SourceFile, common_prefix};
use super::token::{Token, TokenKind as K};
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
    /// How many of these terraform says too; it stops where Kilter goes on with the next block.
    pub told: usize,
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
    if let Some(diagnostic) = too_big(source) {
        let whole = Span::new(0, u32::try_from(source.text().len()).unwrap_or(u32::MAX));
        return Parsed { body: Body::default(), diagnostics: vec![diagnostic], told: 1, broken: vec![whole] };
    }
    let whole = Span::new(0, source.text().len() as u32);
    let (body, faults) = parser::body(source, whole);
    if faults.count == 0 {
        return Parsed { body, diagnostics: Vec::new(), told: 0, broken: Vec::new() };
    }
    recover(source, whole, faults)
}

/// Reads a configuration file, of which an earlier version was read without a fault: the blocks that both begin with are
/// taken over. The result is that of [`parse_file`].
pub fn parse_file_after(before: &SourceFile, body: &Body, source: &Arc<SourceFile>) -> Parsed {
    let same = common_prefix(before.text(), source.text());
    // A block counts with the end of its line: what follows on the same line would belong to it, or be a fault.
    let line_end = |block: &Block| {
        let after = before.text().get(block.span.end as usize..same)?;
        after.starts_with('\n').then_some(block.span.end + 1)
    };
    let mut kept = Vec::new();
    let mut cut = 0;
    for item in &body.items {
        let Item::Block(block) = item else { break };
        let Some(end) = line_end(block) else { break };
        kept.push(item.clone());
        cut = end;
    }
    let whole = Span::new(0, source.text().len() as u32);
    if kept.is_empty() || too_big(source).is_some() {
        return parse_file(source);
    }
    let (rest, faults) = parser::body(source, Span::new(cut, whole.end));
    if faults.count > 0 {
        return parse_file(source);
    }
    kept.extend(rest.items);
    Parsed { body: Body { items: kept, span: whole }, diagnostics: Vec::new(), told: 0, broken: Vec::new() }
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

/// What is wrong when a file is too big.
pub(super) fn too_big(source: &SourceFile) -> Option<Diagnostic> {
    if source.text().len() <= MAX_BYTES {
        return None;
    }
    let detail = format!(
        "{} has {} bytes; files of more than {MAX_BYTES} bytes are not read. Split it, or move data into a file that is read with file().",
        source.path(),
        source.text().len()
    );
    Some(Diagnostic::error("File too large", detail).at(Place::top_of(source.path().clone())))
}

fn bounded(source: &SourceFile) -> Span {
    if source.text().len() > MAX_BYTES { Span::new(0, 0) } else { Span::new(0, source.text().len() as u32) }
}

fn with_size(source: &SourceFile, faults: Faults) -> Vec<Diagnostic> {
    match too_big(source) {
        None => faults.diagnostics(source),
        Some(diagnostic) => vec![diagnostic],
    }
}

/// Parses each top-level item by itself. Terraform's own diagnostics of the whole file come first; those of further
/// items that are broken on their own follow.
fn recover(source: &Arc<SourceFile>, whole: Span, first: Faults) -> Parsed {
    let text = source.text();
    let mut items: Vec<Item> = Vec::new();
    let mut broken: Vec<Span> = Vec::new();
    let mut faults = first.list;
    let own = faults.len();
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
    faults.truncate(MOST);
    let all = Faults { count: faults.len(), list: faults };
    Parsed { body: Body { items, span: whole }, diagnostics: all.diagnostics(source), told: own, broken }
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

/// Cuts a text into parts that each begin at a top-level item. Brackets are followed, but a line that can only be a
/// new top-level block ends even what was left open before it. In a file without blocks (variables) the lines that
/// begin an argument take their place.
fn cut(text: &str) -> Vec<Span> {
    let mut windows = headers(text, is_block_header);
    if windows.len() == 1 {
        windows = headers(text, is_argument);
    }
    let ends: Vec<usize> = windows.iter().skip(1).copied().chain([text.len()]).collect();
    let mut parts = Vec::new();
    for (start, end) in windows.into_iter().zip(ends) {
        cut_window(&text[start..end], start as u32, &mut parts);
    }
    parts
}

/// Cuts a window at each line end where its brackets are closed.
fn cut_window(window: &str, base: u32, parts: &mut Vec<Span>) {
    let mut start = base;
    let mut depth = 0i64;
    let mut seen = false;
    for token in lex(window, Start::Normal, base) {
        match token.kind {
            K::OpenBrace | K::OpenBracket | K::OpenParen | K::OpenInterpolation | K::OpenDirective => depth += 1,
            K::OpenQuote | K::OpenHeredoc => depth += 1,
            K::CloseBrace | K::CloseBracket | K::CloseParen | K::CloseSequence => depth -= 1,
            K::CloseQuote | K::CloseHeredoc => depth -= 1,
            K::Newline | K::Comment if depth <= 0 && seen && ends_line(window, token.span.end - base) => {
                parts.push(Span::new(start, token.span.end));
                start = token.span.end;
                depth = 0;
                seen = false;
                continue;
            }
            _ => {}
        }
        seen |= !token.kind.is_trivia();
    }
    let end = base + window.len() as u32;
    if start < end {
        parts.push(Span::new(start, end));
    }
}

/// Whether the text up to `end` ends with a line end (a comment between two things on one line does not).
fn ends_line(text: &str, end: u32) -> bool {
    text.as_bytes()[..end as usize].last() == Some(&b'\n')
}

/// The starts of the lines that `is_header` knows, and of the text. Heredocs that are closed are skipped.
fn headers(text: &str, is_header: fn(&str) -> bool) -> Vec<usize> {
    let mut starts = vec![0];
    let mut heredoc: Option<&str> = None;
    let mut never_closed: HashSet<&str> = HashSet::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        match heredoc {
            Some(marker) if line.trim() == marker => heredoc = None,
            Some(_) => {}
            None => {
                if start > 0 && is_header(line) {
                    starts.push(start);
                }
                heredoc = opened_heredoc(line).filter(|marker| !never_closed.contains(marker));
                if let Some(marker) = heredoc
                    && !closes_later(&text[at..], marker)
                {
                    never_closed.insert(marker);
                    heredoc = None;
                }
            }
        }
    }
    starts
}

fn closes_later(text: &str, marker: &str) -> bool {
    text.lines().take(500).any(|line| line.trim() == marker)
}

fn opened_heredoc(line: &str) -> Option<&str> {
    let (_, after) = line.trim_end().rsplit_once("<<")?;
    let marker = after.strip_prefix('-').unwrap_or(after);
    let is_word = marker.chars().all(|char| char.is_alphanumeric() || char == '_' || char == '-');
    (!marker.is_empty() && is_word).then_some(marker)
}

/// At the left edge a word, labels and a brace.
fn is_block_header(line: &str) -> bool {
    if !line.starts_with(|char: char| char.is_alphabetic() || char == '_') || !line.contains('{') {
        return false;
    }
    let tokens = lex(line, Start::Normal, 0);
    for token in tokens.iter().filter(|token| token.kind != K::Space) {
        match token.kind {
            K::Ident | K::OpenQuote | K::QuotedText | K::CloseQuote => {}
            K::OpenBrace => return true,
            _ => return false,
        }
    }
    false
}

/// At the left edge a word and an equals sign.
fn is_argument(line: &str) -> bool {
    if !line.starts_with(|char: char| char.is_alphabetic() || char == '_') || !line.contains('=') {
        return false;
    }
    let tokens = lex(line, Start::Normal, 0);
    let mut kinds = tokens.iter().map(|token| token.kind).filter(|kind| *kind != K::Space);
    kinds.next() == Some(K::Ident) && kinds.next() == Some(K::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::RepoPath;

    const TEXT: &str = "a \"b\" {\n  x = 1\n}\n# between\n\nc {\n  y = <<E\n}\nE\n}\n\nd { z = [1, 2] } # here\ne {}\nlocals {\n  q = \"${a}\"\n}\n";

    #[test]
    fn a_file_read_after_an_edit_is_read_as_if_for_the_first_time() {
        let file = |text: &str| SourceFile::new(RepoPath::new("a.tf"), text);
        let old = file(TEXT);
        let first = parse_file(&old);
        assert!(first.diagnostics.is_empty());
        for at in (0..=TEXT.len()).filter(|at| TEXT.is_char_boundary(*at)) {
            for (more, less) in
                [("1", 0), ("\n", 0), ("}", 0), ("{", 0), ("\"", 0), ("f {}\n", 0), ("#", 0), ("", 1), ("x", 1)]
            {
                if at + less > TEXT.len() {
                    continue;
                }
                let new = file(&format!("{}{more}{}", &TEXT[..at], &TEXT[at + less..]));
                let again = parse_file_after(&old, &first.body, &new);
                assert_eq!(again, parse_file(&new), "{:?} at {at}", new.text());
            }
        }
    }
}
