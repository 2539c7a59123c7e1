//! Draws the panes that list outcomes: lint, tests, environment, checks, activity.

use ratatui::style::Style;

use crate::app::App;
use crate::app::layout::Area;
use crate::app::list::List;
use crate::app::marks::Mark;
use crate::app::screen::line::{LineRow, Tone};
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::screen::window::{put, window};
use crate::ui::theme::Role;

/// The role of a tone.
pub fn role_of(tone: Tone) -> Role {
    match tone {
        Tone::Text => Role::Text,
        Tone::Muted => Role::Muted,
        Tone::Heading => Role::Heading,
        Tone::Code => Role::Code,
        Tone::Added => Role::Create,
        Tone::Removed => Role::Delete,
        Tone::Ok => Role::Ok,
        Tone::Warning => Role::Warning,
        Tone::Error => Role::Error,
    }
}

/// Draws one.
pub fn draw(pen: &mut Pen<'_>, app: &App, list: &List<LineRow>, area: Area, focused: bool) {
    let spinner = pen.look.spinner(app.now);
    window(pen, list, area, focused, |pen, row: &LineRow, at| {
        let muted = pen.style(Role::Muted);
        let mut line = Row::new().fixed("  ".repeat(usize::from(row.indent)), Style::new());
        if let Some(open) = row.open {
            line = line.fixed(if open { "▾ " } else { "▸ " }, muted);
        }
        if let Some(mark) = row.mark {
            let (sign, role) = pen.look.mark(mark);
            let sign = if mark == Mark::Running { spinner } else { sign };
            line = line.fixed(format!("{sign} "), pen.style(role));
        }
        line = line.push(row.text.as_str(), pen.style(role_of(row.tone)), Shrink::End);
        put(pen, at, line.right(row.right.as_str(), muted));
    });
}
