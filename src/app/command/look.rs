//! Help, the palette, and how the screen looks. Both lists are filled by `update`, which knows the command table.

use crate::app::command::entry::{Command, Possible, always, nothing};
use crate::app::effect::Effect;
use crate::app::overlay::Overlay;
use crate::app::overlay::picker::{Choice, Item, Picker};
use crate::app::state::App;

/// The commands that need nothing but themselves.
pub const COMMANDS: &[Command] = &[
    Command {
        id: "look.theme",
        title: "Choose a theme",
        doc: "Shows the themes and draws with the one you pick.",
        keys: &[],
        panes: &[],
        possible: has_themes,
        run: |app| {
            let item = |name: &String| Item {
                label: name.clone(),
                detail: String::new(),
                keys: String::new(),
                impossible: None,
                choice: Choice::Effect(Effect::ChooseTheme(name.clone())),
            };
            let items = app.settings.themes.iter().map(item).collect();
            app.overlays.push(Overlay::Picker(Picker::searchable("Themes", items)));
            nothing()
        },
    },
    Command {
        id: "look.redraw",
        title: "Redraw",
        doc: "Draws everything anew, when something else wrote over the screen.",
        keys: &["<c-l>"],
        panes: &[],
        possible: always,
        run: |_| vec![Effect::Redraw],
    },
];

fn has_themes(app: &App) -> Possible {
    if app.settings.themes.is_empty() { Err("no themes are loaded".to_owned()) } else { Ok(()) }
}
