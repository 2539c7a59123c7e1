//! What the mouse does: a click focuses and selects, a double click opens, the wheel scrolls what is under it.

use crate::app::command::cursor::moved;
use crate::app::command::table;
use crate::app::effect::Effect;
use crate::app::event::{MouseInput, MouseKind};
use crate::app::overlay::Overlay;
use crate::app::screen::stacks::StackBody;
use crate::app::state::App;
use crate::app::{layout::Pane, walk};

/// The four marks of a stack, in the order of their columns, and the panes that a click on them opens.
const MARK_PANES: [Pane; 4] = [Pane::Plan, Pane::Lint, Pane::Tests, Pane::Environment];
/// Columns of one mark.
pub const MARK_WIDTH: u16 = 3;

/// The mouse did something.
pub fn mouse(app: &mut App, input: MouseInput) -> Vec<Effect> {
    if !app.settings.mouse {
        return Vec::new();
    }
    app.inner.dirty = true;
    if !app.overlays.is_empty() {
        return over_overlay(app, input);
    }
    if input.y == app.layout.walk.y && matches!(input.kind, MouseKind::Click) {
        return match walk::of(app).command {
            Some(id) => app.run_command(id),
            None => Vec::new(),
        };
    }
    let Some(placed) = app.layout.at(input.x, input.y).copied() else { return Vec::new() };
    let pane = placed.pane;
    match input.kind {
        MouseKind::ScrollUp => app.list_mut(pane).scroll(-3, usize::from(placed.area.inner().height)),
        MouseKind::ScrollDown => app.list_mut(pane).scroll(3, usize::from(placed.area.inner().height)),
        MouseKind::Click | MouseKind::DoubleClick => {
            app.says = None;
            app.focus(pane);
            let inner = placed.area.inner();
            if placed.open && inner.contains(input.x, input.y) {
                return click_row(app, pane, input, inner.y, inner.x + inner.width);
            }
        }
    }
    Vec::new()
}

fn click_row(app: &mut App, pane: Pane, input: MouseInput, top: u16, right: u16) -> Vec<Effect> {
    let row = app.list(pane).offset() + usize::from(input.y - top);
    if row >= app.list(pane).len() {
        return Vec::new();
    }
    app.list_mut(pane).select(row);
    moved(app, pane);
    if pane == Pane::Stacks
        && app.screens.stacks.list.current().is_some_and(|row| matches!(row.body, StackBody::Stack { .. }))
    {
        let from_right = right.saturating_sub(input.x + 1) / MARK_WIDTH;
        if let Some(target) = 3usize.checked_sub(usize::from(from_right)).and_then(|at| MARK_PANES.get(at)) {
            app.focus(*target);
            return Vec::new();
        }
    }
    if input.kind == MouseKind::DoubleClick {
        return table::find_command("cursor.open").map(|command| table::run(app, command)).unwrap_or_default();
    }
    Vec::new()
}

fn over_overlay(app: &mut App, input: MouseInput) -> Vec<Effect> {
    let (reader, picker) = (app.reader_height(), app.picker_height());
    let by = match input.kind {
        MouseKind::ScrollUp => -3,
        MouseKind::ScrollDown => 3,
        MouseKind::Click | MouseKind::DoubleClick => 0,
    };
    match app.overlays.last_mut() {
        Some(Overlay::Reader(text)) => text.scroll(by, reader),
        Some(Overlay::Picker(list)) => list.step(by, picker),
        _ => {}
    }
    Vec::new()
}
