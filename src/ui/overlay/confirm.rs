//! Draws a question before something that cannot be taken back.

use crate::app::App;
use crate::app::layout::Area;
use crate::app::overlay::confirm::{Confirm, Need};
use crate::ui::frame::Title;
use crate::ui::overlay::picker::line_to_type;
use crate::ui::overlay::place::{centred, reading, scroll_marks};
use crate::ui::overlay::reader::draw_line;
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::text::width;
use crate::ui::theme::Role;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, confirm: &Confirm) -> Option<(u16, u16)> {
    let screen = app.layout.screen;
    let area = centred(screen, reading(screen), confirm.lines.shown.len() as u16 + 2);
    let role = if confirm.danger { Role::Error } else { Role::Focus };
    let inner = area.inner();
    let shown = usize::from(inner.height.saturating_sub(2));
    let offset = confirm.offset.min(confirm.lines.shown.len().saturating_sub(shown));
    let mut title = Title::named(confirm.title.clone());
    if confirm.lines.shown.len() > shown {
        let last = (offset + shown).min(confirm.lines.shown.len());
        title.right.push((format!("{}–{last} of {} ↑↓", offset + 1, confirm.lines.shown.len()), Role::Muted));
    }
    pen.boxed(area, title, role);
    for (at, line) in confirm.lines.shown.iter().skip(offset).take(shown).enumerate() {
        let place = Area::new(inner.x + 1, inner.y + at as u16, inner.width.saturating_sub(2), 1);
        draw_line(pen, place, line);
    }
    let lines = Area { height: shown as u16, ..inner };
    scroll_marks(pen, lines, offset > 0, offset + shown < confirm.lines.shown.len());
    let y = inner.y + inner.height.saturating_sub(1);
    let place = Area::new(inner.x + 1, y, inner.width.saturating_sub(2), 1);
    let (key, muted) = (pen.style(Role::Focus), pen.style(Role::Muted));
    match &confirm.need {
        Need::Key => {
            let row = Row::new().fixed("y", key).fixed(" yes   ", muted).fixed("n", key).fixed(" no", muted);
            pen.row(place.x, place.y, place.width, row);
            None
        }
        Need::Nothing => {
            pen.row(place.x, place.y, place.width, Row::new().fixed("Esc", key).fixed(" close", muted));
            None
        }
        Need::Typed(text) => {
            let ask = format!("type {text} and press Enter: ");
            let wide = (width(&ask) as u16).min(place.width.saturating_sub(4));
            pen.row(place.x, place.y, wide, Row::new().push(ask, pen.style(Role::Warning), Shrink::Middle));
            let field = Area::new(place.x + wide, place.y, place.width.saturating_sub(wide), 1);
            Some(line_to_type(pen, field, &confirm.typed))
        }
    }
}
