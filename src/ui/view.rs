//! The whole frame: header, panes, the walk, and what lies over them.

use ratatui::Frame;

use crate::app::App;
use crate::app::filter::pattern;
use crate::app::layout::{Area, Pane, Placed, SMALLEST};
use crate::app::overlay::Overlay;
use crate::app::overlay::prompt::PromptKind;
use crate::ui::bar;
use crate::ui::look::Look;
use crate::ui::overlay::{confirm, message, picker, prompt, reader};
use crate::ui::pen::Pen;
use crate::ui::screen::{changes, diff, lines, plan, stacks};
use crate::ui::theme::Role;
use crate::ui::title;

/// Draws the workbench.
pub fn view(app: &App, look: &Look, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut cursor = None;
    let mut pen = Pen { buffer: frame.buffer_mut(), look };
    let text = pen.style(Role::Text);
    pen.tint(app.layout.screen, text);
    if app.layout.too_small {
        let say = format!("kilter wants {}×{}, this is {}×{}", SMALLEST.0, SMALLEST.1, area.width, area.height);
        pen.text(0, 0, &say, area.width, text);
        return;
    }
    bar::header(&mut pen, app);
    // The focused pane comes last: the lines it shares are in its colour.
    let focused = |placed: &&Placed| placed.pane == app.gaze.focus;
    for placed in app.layout.panes.iter().filter(|placed| !focused(placed)) {
        pane(&mut pen, app, placed, false);
    }
    for placed in app.layout.panes.iter().filter(focused) {
        pane(&mut pen, app, placed, app.overlays.is_empty());
    }
    bar::walk(&mut pen, app);
    for (index, overlay) in app.overlays.iter().enumerate() {
        let top = index + 1 == app.overlays.len();
        let place = match overlay {
            Overlay::Reader(it) => reader::draw(&mut pen, app, it),
            Overlay::Picker(it) => picker::draw(&mut pen, app, it),
            Overlay::Confirm(it) => confirm::draw(&mut pen, app, it),
            Overlay::Message(it) => message::draw(&mut pen, app, it),
            Overlay::Prompt(it) => prompt::draw(&mut pen, app, it),
        };
        if top {
            cursor = place;
        }
    }
    if let Some((x, y)) = cursor {
        frame.set_cursor_position((x.min(area.right().saturating_sub(1)), y.min(area.bottom().saturating_sub(1))));
    }
}

/// Shades what the search holds in the rows of the focused pane.
fn highlight(pen: &mut Pen<'_>, app: &App, inner: Area) {
    let typed = app.overlays.iter().rev().find_map(|overlay| match overlay {
        Overlay::Prompt(prompt) if prompt.kind == PromptKind::Search && !prompt.in_reader => {
            Some(prompt.text.content())
        }
        _ => None,
    });
    let Some(search) = typed.or_else(|| app.finding.search.clone()).filter(|text| !text.is_empty()) else { return };
    let Ok(pattern) = pattern(&search) else { return };
    let style = pen.style(Role::Match);
    for y in inner.y..inner.y + inner.height {
        // The cell that each byte of the line stands in.
        let mut line = String::new();
        let mut cells = Vec::new();
        for x in inner.x..inner.x + inner.width {
            let symbol = pen.buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
            cells.resize(line.len() + symbol.len(), x);
            line.push_str(symbol);
        }
        for hit in pattern.find_iter(&line).filter(|hit| !hit.is_empty()) {
            let (first, last) = (cells[hit.start()], cells[hit.end() - 1]);
            pen.tint(Area::new(first, y, last - first + 1, 1), style);
        }
    }
}

fn pane(pen: &mut Pen<'_>, app: &App, placed: &Placed, focused: bool) {
    let title = title::of(app, pen.look, placed, focused);
    pen.pane(placed, title, focused);
    if !placed.open {
        return;
    }
    let inner = placed.area.inner();
    let list = app.list(placed.pane);
    if list.is_empty() {
        return title::empty(pen, app, placed.pane, inner);
    }
    match placed.pane {
        Pane::Stacks => stacks::draw(pen, app, inner, focused),
        Pane::Changes => changes::draw(pen, app, inner, focused),
        Pane::Plan => plan::draw(pen, app, inner, focused),
        Pane::Diff => diff::draw(pen, app, inner, focused),
        Pane::Lint => lines::draw(pen, app, &app.screens.lint.list, inner, focused),
        Pane::Tests => lines::draw(pen, app, &app.screens.tests.list, inner, focused),
        Pane::Environment => lines::draw(pen, app, &app.screens.environment.list, inner, focused),
        Pane::Checks => lines::draw(pen, app, &app.screens.checks.list, inner, focused),
        Pane::Activity => lines::draw(pen, app, &app.screens.activity.list, inner, focused),
    }
    if placed.pane == app.gaze.focus {
        highlight(pen, app, inner);
    }
}
