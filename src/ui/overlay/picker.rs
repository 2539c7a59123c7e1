//! Draws a list to choose from.

use crate::app::App;
use crate::app::layout::Area;
use crate::app::overlay::picker::{Item, Picker};
use crate::app::text_box::TextBox;
use crate::ui::frame::Title;
use crate::ui::overlay::place::{centred, reading, scroll_marks};
use crate::ui::overlay::reader::footer;
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::screen::window::mark_selected;
use crate::ui::text::{clean, width};
use crate::ui::theme::Role;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, picker: &Picker) -> Option<(u16, u16)> {
    let screen = app.layout.screen;
    let head = u16::from(picker.query.is_some());
    let rows = picker.items.len().min(app.picker_height()) as u16;
    let area = centred(screen, reading(screen), rows + head + 1);
    let mut title = Title::named(picker.title.clone());
    title.right.push((format!("{} of {}", picker.shown.len(), picker.items.len()), Role::Muted));
    pen.boxed(area, title, Role::Focus);
    let inner = area.inner();
    let cursor = picker.query.as_ref().map(|query| {
        let style = pen.style(Role::Focus);
        pen.text(inner.x + 1, inner.y, "> ", 2, style);
        line_to_type(pen, Area::new(inner.x + 3, inner.y, inner.width.saturating_sub(4), 1), query)
    });
    let list = Area::new(inner.x, inner.y + head, inner.width, inner.height.saturating_sub(head + 1));
    let keys = picker.items.iter().map(|item| width(&item.keys)).max().unwrap_or(0);
    let keys = keys.clamp(1, 14) as u16;
    // The window follows the selection whatever height the list got here.
    let height = usize::from(list.height).max(1);
    let offset = picker.offset.max((picker.index + 1).saturating_sub(height)).min(picker.index);
    let shown = picker.shown.iter().enumerate().skip(offset).take(height);
    for (line, (index, item)) in shown.enumerate() {
        let at = Area::new(list.x, list.y + line as u16, list.width, 1);
        if let Some(item) = picker.items.get(*item) {
            draw_item(pen, at, item, keys);
        }
        if index == picker.index {
            mark_selected(pen, at, true);
        }
    }
    scroll_marks(pen, list, offset > 0, offset + height < picker.shown.len());
    footer(pen, inner, "Enter pick  Esc close  ↑↓ move");
    cursor
}

fn draw_item(pen: &mut Pen<'_>, at: Area, item: &Item, keys: u16) {
    let possible = item.impossible.is_none();
    let (key, label) = if possible { (Role::Focus, Role::Text) } else { (Role::Muted, Role::Muted) };
    let (key, label, muted) = (pen.style(key), pen.style(label), pen.style(Role::Muted));
    pen.text(at.x + 1, at.y, &item.keys, keys, key);
    let detail = match &item.impossible {
        Some(why) => format!("  not now: {why}"),
        None => format!("  {}", item.detail),
    };
    let row = Row::new().push(item.label.as_str(), label, Shrink::Middle).push(detail, muted, Shrink::End);
    pen.row(at.x + keys + 3, at.y, at.width.saturating_sub(keys + 4), row);
}

/// Draws a line that is being typed, scrolled so that its cursor shows; says where the cursor is.
pub fn line_to_type(pen: &mut Pen<'_>, place: Area, text: &TextBox) -> (u16, u16) {
    use unicode_segmentation::UnicodeSegmentation;
    let (_, column) = text.cursor();
    let line = text.lines().first().map(String::as_str).unwrap_or_default();
    let before: String = line.graphemes(true).take(column).collect();
    let at = width(&clean(&before));
    let room = usize::from(place.width).max(1);
    let skipped = (at + 1).saturating_sub(room);
    let cleaned = clean(line);
    let shown = crate::ui::text::skip(&cleaned, skipped);
    let style = pen.style(Role::Text);
    pen.raw(place.x, place.y, &shown, place.width, style);
    (place.x + (at - skipped) as u16, place.y)
}
