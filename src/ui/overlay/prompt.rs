//! Draws the line for a search or a filter, in the place of the walk.

use crate::app::App;
use crate::app::layout::Area;
use crate::app::overlay::prompt::Prompt;
use crate::ui::overlay::picker::line_to_type;
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::text::width;
use crate::ui::theme::Role;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, prompt: &Prompt) -> Option<(u16, u16)> {
    let area = app.layout.walk;
    let text = pen.style(Role::Text);
    pen.clear(area, text);
    let label = format!(" {}", prompt.kind.label());
    let key = pen.style(Role::Focus);
    let wide = pen.text(area.x, area.y, &label, area.width, key);
    let problem = prompt.problem.as_ref().map(|problem| format!("  ! {problem}")).unwrap_or_default();
    let taken = (width(&problem) as u16).min(area.width / 2);
    let field = Area::new(area.x + wide, area.y, area.width.saturating_sub(wide + taken + 1), 1);
    let cursor = line_to_type(pen, field, &prompt.text);
    if !problem.is_empty() {
        let style = pen.style(Role::Warning);
        let x = area.x + area.width - taken;
        pen.row(x, area.y, taken, Row::new().push(problem, style, Shrink::End));
    }
    Some(cursor)
}
