//! The window of a list: which rows show, and how the selected one looks.

use crate::app::layout::Area;
use crate::app::list::{List, Motion, Row as ListRow};
use crate::ui::pen::{Pen, Row};
use crate::ui::theme::Role;

/// Draws the rows in the window, each made by `make` with the cells it has.
pub fn window<R: ListRow>(
    pen: &mut Pen<'_>,
    list: &List<R>,
    area: Area,
    focused: bool,
    mut make: impl FnMut(&mut Pen<'_>, &R, Area),
) {
    let shown = list.rows().iter().enumerate().skip(list.offset()).take(usize::from(area.height));
    for (line, (index, row)) in shown.enumerate() {
        let at = Area::new(area.x, area.y + line as u16, area.width, 1);
        let selected = index == list.index();
        let content = Area::new(at.x + 1, at.y, at.width.saturating_sub(1), 1);
        make(pen, row, content);
        if selected {
            mark_selected(pen, at, focused);
        }
    }
    scroll_mark(pen, list, area);
}

/// The selected row has a sign and a shade.
pub fn mark_selected(pen: &mut Pen<'_>, at: Area, focused: bool) {
    let style = pen.style(if focused { Role::Selection } else { Role::SelectionDim });
    pen.tint(at, style);
    let sign = pen.style(if focused { Role::Focus } else { Role::Muted }).patch(style);
    pen.text(at.x, at.y, "▌", 1, sign);
}

/// Says at the right border that there is more above or below.
fn scroll_mark<R: ListRow>(pen: &mut Pen<'_>, list: &List<R>, area: Area) {
    let style = pen.style(Role::Muted);
    let x = area.x + area.width;
    if list.offset() > 0 {
        pen.text(x, area.y, "↑", 1, style);
    }
    if list.offset() + usize::from(area.height) < list.len() && area.height > 0 {
        pen.text(x, area.y + area.height - 1, "↓", 1, style);
    }
}

/// Draws one made line into its place.
pub fn put(pen: &mut Pen<'_>, at: Area, row: Row) {
    pen.row(at.x, at.y, at.width, row);
}
