//! Draws the changes pane: staged and unstaged letters, the path, the lines that came and went.

use crate::app::App;
use crate::app::layout::Area;
use crate::app::screen::changes::ChangeRow;
use crate::model::snapshot::FileStatus;
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::screen::window::{put, window};
use crate::ui::theme::Role;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, area: Area, focused: bool) {
    window(pen, &app.screens.changes.list, area, focused, |pen, row: &ChangeRow, at| {
        let file = &row.file;
        let letter = |status: Option<FileStatus>| status.map_or(' ', FileStatus::letter).to_string();
        let role = |status: Option<FileStatus>, fine: Role| match status {
            Some(FileStatus::Conflicted) => Role::Error,
            Some(_) => fine,
            None => Role::Muted,
        };
        let mut line = Row::new()
            .fixed(letter(file.staged), pen.style(role(file.staged, Role::Create)))
            .fixed(letter(file.unstaged), pen.style(role(file.unstaged, Role::Update)))
            .fixed(" ", pen.style(Role::Text));
        if let Some(old) = &file.old_path {
            line = line.push(format!("{old} → "), pen.style(Role::Muted), Shrink::Middle);
        }
        line = line.push(file.path.as_str(), pen.style(Role::Text), Shrink::Middle);
        line = if file.binary {
            line.right("binary", pen.style(Role::Muted))
        } else {
            let added = if file.added > 0 { format!("+{}", file.added) } else { String::new() };
            let gap = if file.added > 0 && file.removed > 0 { " " } else { "" };
            let removed = if file.removed > 0 { format!("{gap}−{}", file.removed) } else { String::new() };
            line.right(added, pen.style(Role::Create)).right(removed, pen.style(Role::Delete))
        };
        put(pen, at, line);
    });
}
