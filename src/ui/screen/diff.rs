//! Draws the diff pane: one column, or both sides beside each other in wide terminals.

use std::ops::Range;
use std::sync::Arc;

use ratatui::style::Style;

use crate::app::App;
use crate::app::layout::Area;
use crate::app::screen::diff::{DiffBody, DiffRow};
use crate::model::snapshot::{DiffLine, FileDiff, LineKind};
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::screen::window::{put, window};
use crate::ui::text::{ascii, clean, skip, width};
use crate::ui::theme::Role;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, area: Area, focused: bool) {
    let shown = app.screens.diff.shown.as_ref();
    let report = shown.and_then(|target| app.world.diffs.get(target));
    let diff = report.map(|report| &report.diff);
    let digits = diff.map_or(1, |diff| digits_of(diff));
    let shift = usize::from(app.screens.diff.shift);
    let format = Format { digits, shift };
    window(pen, &app.screens.diff.list, area, focused, |pen, row: &DiffRow, at| match (&row.body, diff) {
        (DiffBody::Note(text), _) => {
            let muted = pen.style(Role::Muted);
            put(pen, at, Row::new().push(text.as_str(), muted, Shrink::End));
        }
        (DiffBody::Header { heading, effects }, _) => header(pen, at, heading, effects),
        (DiffBody::Line(line), Some(diff)) => one(pen, at, diff, row.hunk, *line, format),
        (DiffBody::Pair(old, new), Some(diff)) => pair(pen, at, diff, row.hunk, (*old, *new), format),
        (_, None) => {}
    });
}

/// What all lines of a diff have in common.
#[derive(Clone, Copy)]
struct Format {
    /// The digits of line numbers.
    digits: usize,
    /// The cells scrolled out at the left.
    shift: usize,
}

fn digits_of(diff: &FileDiff) -> usize {
    let last =
        diff.hunks.last().map_or(1, |hunk| (hunk.old_start + hunk.old_lines).max(hunk.new_start + hunk.new_lines));
    last.max(1).ilog10() as usize + 1
}

fn header(pen: &mut Pen<'_>, at: Area, heading: &str, effects: &[String]) {
    let mut line = Row::new().fixed("@@ ", pen.style(Role::Link)).push(
        heading.to_owned(),
        pen.style(Role::Heading),
        Shrink::Middle,
    );
    if let [first, rest @ ..] = effects {
        let more = if rest.is_empty() { String::new() } else { format!(" +{}", rest.len()) };
        line = line.push("  ⇒ ", pen.style(Role::Muted), Shrink::Never);
        line = line.push(first.clone(), pen.style(Role::Update), Shrink::Middle).fixed(more, pen.style(Role::Muted));
    }
    put(pen, at, line);
}

fn roles(kind: LineKind) -> (&'static str, Role, Role) {
    match kind {
        LineKind::Context => (" ", Role::Code, Role::Code),
        LineKind::Added => ("+", Role::Added, Role::AddedWord),
        LineKind::Removed => ("−", Role::Removed, Role::RemovedWord),
    }
}

fn one(pen: &mut Pen<'_>, at: Area, diff: &Arc<FileDiff>, hunk: usize, line: usize, format: Format) {
    let digits = format.digits;
    let Some(source) = diff.hunks.get(hunk).and_then(|hunk| hunk.lines.get(line)) else { return };
    let number = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
    let both = at.width >= 60;
    let numbers = if both {
        format!("{:>digits$} {:>digits$} ", number(source.old_number), number(source.new_number))
    } else {
        format!("{:>digits$} ", number(source.new_number.or(source.old_number)))
    };
    code(pen, at, &numbers, diff, (hunk, line, format.shift), source);
}

fn pair(
    pen: &mut Pen<'_>,
    at: Area,
    diff: &Arc<FileDiff>,
    hunk: usize,
    (old, new): (Option<usize>, Option<usize>),
    format: Format,
) {
    let digits = format.digits;
    let half = at.width / 2;
    let sides = [
        (old, Area { width: half.saturating_sub(1), ..at }, true),
        (new, Area { x: at.x + half, width: at.width - half, ..at }, false),
    ];
    for (line, area, is_old) in sides {
        let source = line.and_then(|line| diff.hunks.get(hunk)?.lines.get(line));
        if let Some((line, source)) = line.zip(source) {
            let number = if is_old { source.old_number } else { source.new_number };
            let numbers = format!("{:>digits$} ", number.map(|n| n.to_string()).unwrap_or_default());
            code(pen, area, &numbers, diff, (hunk, line, format.shift), source);
        }
    }
    let border = pen.style(Role::Border);
    pen.text(at.x + half - 1, at.y, "│", 1, border);
}

/// A line of code with its number, its sign, its colours and its changed words.
fn code(
    pen: &mut Pen<'_>,
    at: Area,
    numbers: &str,
    diff: &Arc<FileDiff>,
    key: (usize, usize, usize),
    source: &DiffLine,
) {
    let (sign, role, word) = roles(source.kind);
    let base = pen.style(role);
    let changed = source.kind != LineKind::Context;
    let muted = pen.style(Role::Muted);
    let mut x = at.x + pen.text(at.x, at.y, numbers, at.width, muted);
    let end = at.x + at.width;
    if changed {
        pen.tint(Area { x, width: end.saturating_sub(x), ..at }, Style { fg: None, ..base });
    }
    x += pen.text(x, at.y, sign, end.saturating_sub(x), base);
    x += 1;
    let pieces = pen.look.syntax.line(diff, key.0, key.1);
    let empty = Vec::new();
    let pieces = pieces.as_deref().unwrap_or(&empty);
    let mut hidden = key.2;
    let emphasis: Vec<Range<usize>> = source.emphasis.iter().map(|(from, to)| *from as usize..*to as usize).collect();
    for (range, colour, strong) in cuts(source.text.len(), pieces, &emphasis) {
        let Some(text) = source.text.get(range) else { continue };
        let mut style = match colour {
            Some(role) => pen.style(role),
            None if changed => Style { bg: None, ..base },
            None => base,
        };
        if changed {
            style = Style { bg: base.bg, ..style };
        }
        if strong {
            let strong = pen.style(word);
            style = Style { bg: strong.bg.or(style.bg), ..style }.add_modifier(strong.add_modifier);
        }
        let cleaned = clean(text);
        let text = if pen.look.plain { ascii(&cleaned) } else { cleaned };
        let whole = width(&text);
        let text = skip(&text, hidden);
        hidden = hidden.saturating_sub(whole);
        let room = end.saturating_sub(x);
        let wide = width(&text);
        if wide > usize::from(room) {
            pen.text(x, at.y, &text, room, style);
            return;
        }
        x += pen.raw(x, at.y, &text, room, style);
    }
    if source.no_newline {
        pen.text(x, at.y, "  no newline at the end", end.saturating_sub(x), muted);
    }
}

/// The line in runs of one colour and one strength.
fn cuts(
    length: usize,
    pieces: &[(Range<usize>, Role)],
    emphasis: &[Range<usize>],
) -> Vec<(Range<usize>, Option<Role>, bool)> {
    let mut edges: Vec<usize> = vec![0, length];
    edges.extend(pieces.iter().flat_map(|(range, _)| [range.start, range.end]));
    edges.extend(emphasis.iter().flat_map(|range| [range.start, range.end]));
    edges.retain(|edge| *edge <= length);
    edges.sort_unstable();
    edges.dedup();
    let role_at = |at: usize| pieces.iter().find(|(range, _)| range.contains(&at)).map(|(_, role)| *role);
    let strong_at = |at: usize| emphasis.iter().any(|range| range.contains(&at));
    edges.windows(2).map(|edge| (edge[0]..edge[1], role_at(edge[0]), strong_at(edge[0]))).collect()
}
