//! Where overlays stand: in the middle, as large as they need to be.

use crate::app::layout::Area;

/// The most columns an overlay takes: longer lines are hard to read.
const WIDEST: u16 = 110;

/// A box in the middle for so many rows of content (without its border).
pub fn centred(screen: Area, columns: u16, rows: u16) -> Area {
    let width = columns.min(WIDEST).min(screen.width.saturating_sub(if screen.width < 60 { 0 } else { 4 }));
    let height = rows.saturating_add(2).min(screen.height.saturating_sub(2)).max(3);
    Area::new((screen.width - width) / 2, 1 + (screen.height.saturating_sub(height + 2)) / 2, width, height)
}

/// The columns that texts to read get.
pub fn reading(screen: Area) -> u16 {
    screen.width.saturating_sub(4).min(WIDEST)
}
