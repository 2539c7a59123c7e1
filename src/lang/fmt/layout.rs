//! Blanks: indentation by brackets, one blank or none between tokens, and columns of `=` and of comments in runs of
//! lines.

use unicode_segmentation::UnicodeSegmentation;

use super::piece::Piece;
use crate::lang::syntax::TokenKind as K;

/// A line as three cells, each a range of pieces. A heredoc is part of the line that it begins on.
#[derive(Default, Clone)]
struct Line {
    lead: std::ops::Range<usize>,
    assign: std::ops::Range<usize>,
    comment: std::ops::Range<usize>,
}

/// Sets the blanks before every piece.
pub(super) fn arrange(pieces: &mut [Piece<'_>]) {
    let lines = lines(pieces);
    indent(pieces, &lines);
    for line in &lines {
        space(&mut pieces[line.lead.clone()]);
        if let Some(first) = pieces[line.assign.clone()].first_mut() {
            first.spaces = 1;
        }
        space(&mut pieces[line.assign.clone()]);
    }
    align(pieces, &lines, |line| line.assign.clone(), |pieces, line| columns(&pieces[line.lead.clone()]));
    align(
        pieces,
        &lines,
        |line| line.comment.clone(),
        |pieces, line| columns(&pieces[line.lead.clone()]) + columns(&pieces[line.assign.clone()]),
    );
}

fn ends_line(piece: &Piece<'_>) -> bool {
    piece.kind == K::Newline || (piece.kind == K::Comment && piece.text.ends_with('\n'))
}

fn bracket_change(kind: K) -> i64 {
    match kind {
        K::OpenBrace | K::OpenBracket | K::OpenParen | K::OpenInterpolation | K::OpenDirective => 1,
        K::CloseBrace | K::CloseBracket | K::CloseParen | K::CloseSequence => -1,
        _ => 0,
    }
}

fn net_brackets(pieces: &[Piece<'_>]) -> i64 {
    pieces.iter().map(|piece| bracket_change(piece.kind)).sum()
}

fn columns(pieces: &[Piece<'_>]) -> usize {
    let width = |text: &str| {
        let plain = text.is_ascii() && !text.contains('\r');
        if plain { text.len() } else { text.graphemes(true).count() }
    };
    pieces.iter().map(|piece| piece.spaces + width(&piece.text)).sum()
}

fn lines(pieces: &[Piece<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (index, piece) in pieces.iter().enumerate() {
        if piece.kind == K::End {
            lines.push(cells(pieces, start..index));
            break;
        }
        if ends_line(piece) {
            lines.push(cells(pieces, start..index + 1));
            start = index + 1;
        }
    }
    lines
}

fn cells(pieces: &[Piece<'_>], all: std::ops::Range<usize>) -> Line {
    let mut line = Line { lead: all.clone(), assign: 0..0, comment: 0..0 };
    if all.len() > 1 && pieces[all.end - 1].kind == K::Comment {
        line.comment = all.end - 1..all.end;
        line.lead.end -= 1;
    }
    let equals = pieces[line.lead.clone()].iter().skip(1).position(|piece| piece.kind == K::Equal);
    if let Some(at) = equals {
        let at = line.lead.start + 1 + at;
        // A value that goes on over further lines is not aligned with others.
        if net_brackets(&pieces[at..line.lead.end]) == 0 {
            line.assign = at..line.lead.end;
            line.lead.end = at;
        }
    }
    line
}

/// Two blanks for each line that left brackets open. What one line opens, a later one closes as a whole.
fn indent(pieces: &mut [Piece<'_>], lines: &[Line]) {
    let mut opened: Vec<i64> = Vec::new();
    for line in lines {
        let Some(first) = pieces[line.lead.clone()].first() else { continue };
        if first.kind == K::Newline {
            pieces[line.lead.start].spaces = 0;
            continue;
        }
        let mut net = 0;
        for piece in &pieces[line.lead.clone()] {
            net += bracket_change(piece.kind);
            if piece.kind == K::OpenHeredoc {
                break;
            }
        }
        net += net_brackets(&pieces[line.assign.clone()]);
        if net < 0 {
            close(&mut opened, -net);
        }
        pieces[line.lead.start].spaces = 2 * opened.len();
        if net > 0 {
            opened.push(net);
        }
    }
}

fn close(opened: &mut Vec<i64>, mut count: i64) {
    while count > 0 {
        let Some(last) = opened.last_mut() else { return };
        if count < *last {
            *last -= count;
            return;
        }
        count -= *last;
        opened.pop();
    }
}

fn space(pieces: &mut [Piece<'_>]) {
    for index in 1..pieces.len() {
        let before = index.checked_sub(2).map(|before| pieces[before].kind);
        let is_in = pieces[index - 1].kind == K::Ident && pieces[index - 1].text == "in";
        let apart = space_between(before, pieces[index - 1].kind, is_in, pieces[index].kind);
        // `x.0 .1` without the blank would be a number, which terraform could not read back.
        let number = |piece: Option<&Piece<'_>>| piece.is_some_and(|piece| piece.kind == K::Number);
        let would_join = pieces[index].kind == K::Dot && number(pieces.get(index - 1)) && number(pieces.get(index + 1));
        pieces[index].spaces = usize::from(apart || would_join);
    }
}

/// Whether a blank stands between `subject` and `after`.
fn space_between(before: Option<K>, subject: K, is_in: bool, after: K) -> bool {
    let template = |kind| matches!(kind, K::QuotedText | K::Text);
    match (subject, after) {
        (_, K::Newline) => false,
        (K::Ident, K::OpenParen | K::DoubleColon) | (K::DoubleColon, K::Ident) => false,
        (K::Dot, _) | (_, K::Dot) => false,
        (_, K::Comma | K::Ellipsis) => false,
        (K::Comma, _) => true,
        (K::OpenQuote | K::OpenHeredoc, _) | (_, K::CloseQuote | K::CloseHeredoc) => false,
        (subject, after) if template(subject) || template(after) => false,
        // `for x in [a]`: not an index into `in`.
        _ if is_in && before == Some(K::Ident) => true,
        (K::Ident | K::Number, K::OpenBracket) => false,
        (subject, K::OpenBracket) if bracket_change(subject) < 0 => false,
        (K::Bang, _) => false,
        (K::Minus, _) => !is_negation(before),
        (K::OpenBrace, K::CloseBrace) => false,
        (K::OpenBrace, _) | (_, K::CloseBrace) => true,
        (K::OpenInterpolation | K::OpenDirective, K::OpenBrace) | (K::CloseBrace, K::CloseSequence) => true,
        (K::CloseSequence, K::OpenInterpolation | K::OpenDirective) => false,
        (subject, after) => bracket_change(subject) <= 0 && bracket_change(after) >= 0,
    }
}

/// Whether a minus after `before` is a sign: nothing before it can be the end of an expression.
fn is_negation(before: Option<K>) -> bool {
    match before {
        None => true,
        Some(kind) => matches!(
            kind,
            K::OpenParen
                | K::OpenBrace
                | K::OpenBracket
                | K::Equal
                | K::Colon
                | K::Comma
                | K::Question
                | K::Plus
                | K::Star
                | K::Slash
                | K::Percent
                | K::Minus
                | K::EqualOperator
                | K::NotEqual
                | K::Greater
                | K::GreaterOrEqual
                | K::Less
                | K::LessOrEqual
                | K::And
                | K::Or
                | K::Bang
        ),
    }
}

/// Moves the cell that `cell` names to one column in each run of lines that have it.
fn align(
    pieces: &mut [Piece<'_>],
    lines: &[Line],
    cell: impl Fn(&Line) -> std::ops::Range<usize>,
    width: impl Fn(&[Piece<'_>], &Line) -> usize,
) {
    for run in lines.split(|line| cell(line).is_empty()) {
        let widths: Vec<usize> = run.iter().map(|line| width(pieces, line)).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        for (line, width) in run.iter().zip(widths) {
            pieces[cell(line).start].spaces = widest - width + 1;
        }
    }
}
