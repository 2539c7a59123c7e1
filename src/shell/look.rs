//! Which theme the screen gets: the person's choice, else by the terminal's background. Themes of the person's own lie in
//! the settings folder and win over embedded ones of the same name.

use super::Looks;
use super::background::is_dark;
use crate::config::settings::Icons;
use crate::runtime::world::World;
use crate::ui::Look;
use crate::ui::colour::Depth;
use crate::ui::theme::Theme;

/// The look at the start.
pub fn choose(world: &World, looks: Looks) -> Look {
    let chosen = world.settings.ui.theme.clone();
    let (depth, plain) = (depth(looks), plain(world, looks));
    match chosen.and_then(|name| find(world, &name, depth)) {
        Some(theme) => Look::new(theme, plain),
        None => Look::for_terminal(
            None,
            depth == Depth::None || is_dark(std::env::var("COLORFGBG").ok().as_deref()),
            depth,
            plain,
        ),
    }
}

/// The look with a theme that was chosen by name; a theme that is gone or broken leaves the one for the terminal.
pub fn named(world: &World, name: &str, looks: Looks) -> Look {
    let (depth, plain) = (depth(looks), plain(world, looks));
    match find(world, name, depth) {
        Some(theme) => Look::new(theme, plain),
        None => Look::for_terminal(None, true, depth, plain),
    }
}

/// The names of all themes, embedded ones first.
pub fn names(world: &World) -> Vec<String> {
    let mut names: Vec<String> = Theme::names().map(str::to_owned).collect();
    let own = world.files.list(&world.places().themes()).unwrap_or_default();
    for entry in own {
        if let Some(name) = entry.name.strip_suffix(".toml")
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

fn find(world: &World, name: &str, depth: Depth) -> Option<Theme> {
    let plain_name = !name.contains(['/', '\\']) && !name.starts_with('.');
    let path = world.places().themes().join(format!("{name}.toml"));
    let own = if plain_name { world.files.read(&path).ok() } else { None };
    let own = own.and_then(|bytes| Theme::parse(std::str::from_utf8(&bytes).ok()?, depth).ok());
    own.or_else(|| Theme::embedded(name, depth))
}

fn depth(looks: Looks) -> Depth {
    if looks.no_color { Depth::None } else { Depth::from_env(|name| std::env::var(name).ok()) }
}

fn plain(world: &World, looks: Looks) -> bool {
    looks.plain || world.settings.ui.icons == Icons::Ascii
}
