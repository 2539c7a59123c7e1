//! Draws a text to read.

use crate::app::App;
use crate::app::layout::Area;
use crate::app::overlay::reader::Reader;
use crate::app::screen::line::ToneLine;
use crate::ui::frame::Title;
use crate::ui::overlay::place::{centred, reading, scroll_marks};
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::screen::lines::role_of;
use crate::ui::theme::Role;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, reader: &Reader) -> Option<(u16, u16)> {
    let screen = app.layout.screen;
    let area = centred(screen, reading(screen), reader.lines.shown.len() as u16 + 1);
    let inner = area.inner();
    // The last line names the keys.
    let shown = usize::from(inner.height.saturating_sub(1));
    let offset = reader.offset.min(reader.lines.shown.len().saturating_sub(shown));
    let mut title = Title::named(reader.title.clone());
    if reader.lines.shown.len() > shown {
        title.right.push((
            format!(
                "{}–{} of {}",
                offset + 1,
                (offset + shown).min(reader.lines.shown.len()),
                reader.lines.shown.len()
            ),
            Role::Muted,
        ));
    }
    pen.boxed(area, title, Role::Focus);
    for (at, line) in reader.lines.shown.iter().enumerate().skip(offset).take(shown) {
        let place = Area::new(inner.x + 1, inner.y + (at - offset) as u16, inner.width.saturating_sub(2), 1);
        draw_line(pen, place, line);
        if reader.marked == Some(at) {
            let style = pen.style(Role::Selection);
            pen.tint(place, style);
        }
    }
    let lines = Area { height: shown as u16, ..inner };
    scroll_marks(pen, lines, offset > 0, offset + shown < reader.lines.shown.len());
    let mut hints = vec!["Esc close", "/ search", "y copy"];
    if reader.place.is_some() {
        hints.push("e edit");
    }
    footer(pen, inner, &hints.join("  "));
    None
}

/// Draws one line with its tone.
pub fn draw_line(pen: &mut Pen<'_>, place: Area, line: &ToneLine) {
    let style = pen.style(role_of(line.tone));
    pen.row(place.x, place.y, place.width, Row::new().push(line.text.as_str(), style, Shrink::End));
}

/// The line at the bottom of an overlay that names its keys.
pub fn footer(pen: &mut Pen<'_>, inner: Area, hints: &str) {
    if inner.height > 1 {
        let style = pen.style(Role::Muted);
        let row = Row::new().push(hints, style, Shrink::End);
        pen.row(inner.x + 1, inner.y + inner.height - 1, inner.width.saturating_sub(2), row);
    }
}
