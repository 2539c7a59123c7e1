//! Draws the commit message editor.

use unicode_segmentation::UnicodeSegmentation;

use crate::app::App;
use crate::app::layout::Area;
use crate::app::overlay::message::MessageEditor;
use crate::ui::frame::Title;
use crate::ui::overlay::place::centred;
use crate::ui::overlay::reader::footer;
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::text::{clean, skip, width};
use crate::ui::theme::Role;

/// The summary line is best kept shorter than this.
const SUMMARY: usize = 72;
/// Staged files named at most.
const FILES: usize = 6;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, editor: &MessageEditor) -> Option<(u16, u16)> {
    let screen = app.layout.screen;
    let trailers = if editor.with_trailers { editor.trailers.len() as u16 + 1 } else { 0 };
    let files = editor.staged.len().min(FILES) as u16;
    let wanted = (editor.text.lines().len() as u16).max(6) + trailers + files + 3;
    let area = centred(screen, 84, wanted);
    let mut title = Title::named("Commit");
    let first = editor.text.lines().first().map_or(0, |line| width(line));
    let role = if first > SUMMARY { Role::Warning } else { Role::Muted };
    title.right.push((format!("{first}/{SUMMARY}"), role));
    pen.boxed(area, title, Role::Focus);
    let inner = area.inner();
    let place = Area::new(inner.x + 1, inner.y, inner.width.saturating_sub(2), inner.height);
    // From the bottom: keys, staged files, trailers; what is left belongs to the text.
    let mut bottom = inner.y + inner.height.saturating_sub(1);
    let room = |bottom: u16| bottom.saturating_sub(place.y) > 4;
    bottom = staged(pen, place, bottom, editor, room);
    if editor.with_trailers {
        for trailer in editor.trailers.iter().rev() {
            if !room(bottom) {
                break;
            }
            bottom -= 1;
            let style = pen.style(Role::Code);
            pen.row(place.x, bottom, place.width, Row::new().push(trailer.as_str(), style, Shrink::End));
        }
        bottom = bottom.saturating_sub(1);
    }
    let cursor = text(pen, Area { height: bottom.saturating_sub(place.y).max(1), ..place }, editor);
    match &editor.problem {
        Some(problem) => {
            let style = pen.style(Role::Warning);
            let row = Row::new().push(format!("! {problem}"), style, Shrink::End);
            pen.row(place.x, inner.y + inner.height - 1, place.width, row);
        }
        None => {
            let plan = match (editor.trailers.is_empty(), editor.with_trailers) {
                (true, _) => "",
                (false, true) => "  Ctrl-t leave the plan out",
                (false, false) => "  Ctrl-t put the plan in",
            };
            footer(pen, inner, &format!("Ctrl-s commit{plan}  Esc keep as draft"));
        }
    }
    Some(cursor)
}

fn staged(pen: &mut Pen<'_>, place: Area, mut bottom: u16, editor: &MessageEditor, room: impl Fn(u16) -> bool) -> u16 {
    let muted = pen.style(Role::Muted);
    let more = editor.staged.len().saturating_sub(FILES);
    for (index, file) in editor.staged.iter().take(FILES).enumerate().rev() {
        if !room(bottom) {
            return bottom;
        }
        bottom -= 1;
        let rest = if more > 0 && index + 1 == FILES { format!("  and {more} more") } else { String::new() };
        let row = Row::new().fixed("staged ", muted).push(file.as_str(), pen.style(Role::Create), Shrink::Middle);
        pen.row(place.x, bottom, place.width, row.fixed(rest, muted));
    }
    bottom.saturating_sub(1)
}

fn text(pen: &mut Pen<'_>, place: Area, editor: &MessageEditor) -> (u16, u16) {
    let (row, column) = editor.text.cursor();
    let height = usize::from(place.height);
    let top = (row + 1).saturating_sub(height);
    let line = editor.text.lines().get(row).map(String::as_str).unwrap_or_default();
    let before: String = line.graphemes(true).take(column).collect();
    let at = width(&clean(&before));
    let skipped = (at + 1).saturating_sub(usize::from(place.width));
    for (index, line) in editor.text.lines().iter().enumerate().skip(top).take(height) {
        let style = pen.style(if index == 0 { Role::Heading } else { Role::Text });
        let cleaned = clean(line);
        let shown = if index == row { skip(&cleaned, skipped) } else { cleaned.clone() };
        pen.raw(place.x, place.y + (index - top) as u16, &shown, place.width, style);
    }
    if editor.text.is_empty() {
        let muted = pen.style(Role::Muted);
        pen.text(place.x, place.y, "what changes, in a line; then why, below an empty line", place.width, muted);
    }
    (place.x + (at - skipped) as u16, place.y + (row - top) as u16)
}
