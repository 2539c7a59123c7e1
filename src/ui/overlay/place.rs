//! Where overlays stand: in the middle, as large as they need to be.

use crate::app::keyboard::overlay_columns;
use crate::app::layout::Area;
use crate::ui::pen::Pen;
use crate::ui::theme::Role;

/// A box in the middle for so many rows of content (without its border).
pub fn centred(screen: Area, columns: u16, rows: u16) -> Area {
    let width = columns.min(overlay_columns(screen.width));
    let height = rows.saturating_add(2).min(screen.height.saturating_sub(2)).max(3);
    Area::new((screen.width - width) / 2, 1 + (screen.height.saturating_sub(height + 2)) / 2, width, height)
}

/// The columns that texts to read get.
pub fn reading(screen: Area) -> u16 {
    overlay_columns(screen.width)
}

/// Says at the right border of the lines in `area` that there is more above or below.
pub fn scroll_marks(pen: &mut Pen<'_>, area: Area, above: bool, below: bool) {
    let style = pen.style(Role::Focus);
    let x = area.x + area.width;
    if above {
        pen.text(x, area.y, "↑", 1, style);
    }
    if below && area.height > 0 {
        pen.text(x, area.y + area.height - 1, "↓", 1, style);
    }
}
