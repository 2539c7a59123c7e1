//! The boxes around panes and overlays, with their titles. Panes above each other share a line.

use ratatui::style::Style;

use crate::app::layout::{Area, Placed};
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::theme::Role;

/// What stands in the upper line of a box.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Title {
    /// From the left: text, role, how it gives way.
    pub left: Vec<(String, Role, Shrink)>,
    /// At the right end.
    pub right: Vec<(String, Role)>,
}

impl Title {
    /// A title that is one name.
    pub fn named(name: impl Into<String>) -> Self {
        Title { left: vec![(name.into(), Role::Heading, Shrink::End)], right: Vec::new() }
    }
}

impl Pen<'_> {
    /// The box of a pane.
    pub fn pane(&mut self, placed: &Placed, title: Title, focused: bool) {
        let area = placed.area;
        let style = self.style(if focused { Role::Focus } else { Role::Border });
        let [top_left, top_right, bottom_left, bottom_right] = placed.joins;
        let line = area.height == 1;
        let left = match (top_left, line && bottom_left) {
            _ if line => {
                if bottom_left {
                    "├"
                } else {
                    "╰"
                }
            }
            (true, _) => "├",
            (false, _) => "╭",
        };
        let right = match (top_right, line) {
            (_, true) => {
                if bottom_right {
                    "┤"
                } else {
                    "╯"
                }
            }
            (true, _) => "┤",
            (false, _) => "╮",
        };
        let left = if line && !top_left { if bottom_left { "╭" } else { left } } else { left };
        let right = if line && !top_right { if bottom_right { "╮" } else { right } } else { right };
        self.top(area, left, right, title, style);
        if line {
            return;
        }
        self.sides(area, style);
        let y = area.y + area.height - 1;
        let corner_left = if bottom_left { "├" } else { "╰" };
        let corner_right = if bottom_right { "┤" } else { "╯" };
        if !placed.shared_below {
            self.bottom(area, style);
        }
        self.text(area.x, y, corner_left, 1, style);
        self.text(area.x + area.width - 1, y, corner_right, 1, style);
    }

    /// The box of an overlay.
    pub fn boxed(&mut self, area: Area, title: Title, role: Role) {
        let style = self.style(role);
        let text = self.style(Role::Text);
        self.clear(area, Style::reset().patch(text));
        self.top(area, "╭", "╮", title, style);
        self.sides(area, style);
        self.bottom(area, style);
        self.text(area.x, area.y + area.height - 1, "╰", 1, style);
        self.text(area.x + area.width - 1, area.y + area.height - 1, "╯", 1, style);
    }

    fn top(&mut self, area: Area, left: &str, right: &str, title: Title, style: Style) {
        let line = "─".repeat(usize::from(area.width));
        self.text(area.x, area.y, &line, area.width, style);
        self.text(area.x, area.y, left, 1, style);
        self.text(area.x + area.width - 1, area.y, right, 1, style);
        let room = area.width.saturating_sub(3);
        let mut row = Row::new();
        for (text, role, shrink) in title.left {
            row = row.push(text, self.style(role), shrink);
        }
        row = row.fixed(" ", Style::new());
        if !title.right.is_empty() {
            row = row.right(" ", Style::new());
        }
        for (text, role) in title.right {
            row = row.right(text, self.style(role));
        }
        let wide = row.clone().wants();
        let has_right = row != row.clone().without_right();
        if has_right {
            row = row.right(" ", Style::new());
            self.title_row(area, room, row);
        } else {
            let cells = room.min(wide as u16);
            self.row(area.x + 1, area.y, cells, row);
        }
    }

    /// A title with something at both ends: the line shows between them.
    fn title_row(&mut self, area: Area, room: u16, row: Row) {
        let (left, right) = row.halves();
        let right_cells = right.wants() as u16;
        let left_room = room.saturating_sub(right_cells);
        if left_room < 10 {
            let cells = room.min(left.wants() as u16);
            return self.row(area.x + 1, area.y, cells, left);
        }
        let cells = left_room.min(left.wants() as u16);
        self.row(area.x + 1, area.y, cells, left);
        self.row(area.x + 1 + room - right_cells, area.y, right_cells, right);
    }

    fn sides(&mut self, area: Area, style: Style) {
        for y in area.y + 1..area.y + area.height - 1 {
            self.text(area.x, y, "│", 1, style);
            self.text(area.x + area.width - 1, y, "│", 1, style);
        }
    }

    fn bottom(&mut self, area: Area, style: Style) {
        let line = "─".repeat(usize::from(area.width));
        self.text(area.x, area.y + area.height - 1, &line, area.width, style);
    }
}
