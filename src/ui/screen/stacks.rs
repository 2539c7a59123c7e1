//! Draws the stacks pane: names, and four marks at the right edge.

use ratatui::style::Style;

use crate::app::App;
use crate::app::layout::Area;
use crate::app::mouse::MARK_WIDTH;
use crate::app::screen::stacks::{StackBody, StackRow};
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::screen::window::{put, window};
use crate::ui::theme::Role;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, area: Area, focused: bool) {
    let current = app.stack().cloned();
    window(pen, &app.screens.stacks.list, area, focused, |pen, row: &StackRow, at| {
        let here = current.as_ref() == Some(&row.path);
        match &row.body {
            StackBody::Stack { open, marks } => {
                let (fold, muted) = (if *open { "▾ " } else { "▸ " }, pen.style(Role::Muted));
                let name = pen.style(if here { Role::Heading } else { Role::Text });
                let marks_wide = MARK_WIDTH * 4;
                let left = Area { width: at.width.saturating_sub(marks_wide), ..at };
                let line = Row::new().fixed(fold, muted).push(row.path.as_str(), name, Shrink::Middle);
                put(pen, left, line);
                for (index, mark) in marks.iter().enumerate() {
                    let (sign, role) = pen.look.mark(*mark);
                    let x = at.x + at.width.saturating_sub(marks_wide) + index as u16 * MARK_WIDTH + 1;
                    let style = pen.style(role);
                    pen.text(x, at.y, sign, 1, style);
                }
            }
            StackBody::Detail(text) => {
                let muted = pen.style(Role::Muted);
                put(pen, at, Row::new().fixed("    ", Style::new()).push(text.as_str(), muted, Shrink::End));
            }
        }
    });
}
