//! Themes: which colour each role has. The only place that knows colours; a widget names a role.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::ui::colour::{Depth, degrade, parse};

macro_rules! roles {
    ($($role:ident $word:literal $doc:literal,)*) => {
        /// What something means, so that a theme can colour it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role {
            $(#[doc = $doc] $role,)*
        }

        impl Role {
            /// All roles with their names in theme files.
            pub const ALL: &'static [(Role, &'static str)] = &[$((Role::$role, $word),)*];
        }
    };
}

roles! {
    Create "create" "Something new.",
    Update "update" "Something changed in place.",
    Delete "delete" "Something destroyed.",
    Replace "replace" "Something destroyed and made anew.",
    Read "read" "Something read.",
    Move "move" "Something under another address.",
    Import "import" "Something taken in.",
    Forget "forget" "Something let go.",
    Noop "noop" "Nothing happens.",
    Ok "ok" "Fine.",
    Warning "warning" "To look at.",
    Error "error" "Broken.",
    Running "running" "At work.",
    Stale "stale" "Not of this moment.",
    Unknown "unknown" "Not known.",
    Skipped "skipped" "Does not apply.",
    Focus "focus" "The border and title of the pane that has the keys.",
    Selection "selection" "The selected row.",
    SelectionDim "selection_dim" "The selected row of a pane without the keys.",
    Text "text" "Text.",
    Muted "muted" "Text of less weight.",
    Border "border" "Borders.",
    Heading "heading" "Headings.",
    Link "link" "Places and things to go to.",
    Code "code" "Code without a syntax.",
    Added "added" "An added line.",
    Removed "removed" "A removed line.",
    AddedWord "added_word" "The words that were added in a line.",
    RemovedWord "removed_word" "The words that were removed in a line.",
    Match "match" "What a search found.",
    Keyword "syntax_keyword" "Keywords and block types in code.",
    Argument "syntax_argument" "Names of arguments in code.",
    Function "syntax_function" "Functions in code.",
    String "syntax_string" "Strings in code.",
    Number "syntax_number" "Numbers and constants in code.",
    Comment "syntax_comment" "Comments in code.",
    Operator "syntax_operator" "Operators and punctuation in code.",
}

/// A theme, ready for a terminal.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// Made for a dark background.
    pub dark: bool,
    styles: Vec<Style>,
}

/// Why a theme file is no theme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// Not TOML, or not of the shape.
    #[error("the theme does not read: {0}")]
    Shape(String),
    /// A colour that is none.
    #[error("`{role}`: `{colour}` is no colour; write #rrggbb, a name of the terminal's 16 (bright-red) or 0 to 255")]
    Colour {
        /// Which role.
        role: String,
        /// What was written.
        colour: String,
    },
    /// A role that themes do not have.
    #[error("`{0}` is no role of a theme")]
    UnknownRole(String),
    /// A role without a style.
    #[error("the theme gives no style to `{0}`")]
    Missing(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    background: Background,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, WrittenStyle>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Background {
    Dark,
    Light,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenStyle {
    Colour(String),
    Full(FullStyle),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct FullStyle {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

/// The themes inside the program.
const EMBEDDED: [(&str, &str); 9] = [
    ("kilter-dark", include_str!("../../themes/kilter-dark.toml")),
    ("kilter-light", include_str!("../../themes/kilter-light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../themes/colour-blind.toml")),
    ("catppuccin-mocha", include_str!("../../themes/catppuccin-mocha.toml")),
    ("gruvbox-dark", include_str!("../../themes/gruvbox-dark.toml")),
    ("nord", include_str!("../../themes/nord.toml")),
    ("solarized-light", include_str!("../../themes/solarized-light.toml")),
    ("ansi", include_str!("../../themes/ansi.toml")),
];

impl Theme {
    /// The names of the themes inside the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// A theme inside the program.
    pub fn embedded(name: &str, depth: Depth) -> Option<Theme> {
        let (_, text) = EMBEDDED.iter().find(|(known, _)| *known == name)?;
        Theme::parse(text, depth).ok()
    }

    /// The theme for a background, when the person chose none.
    pub fn for_background(dark: bool, depth: Depth) -> Theme {
        let name = match (depth, dark) {
            (Depth::None | Depth::Sixteen, _) => "ansi",
            (_, true) => "kilter-dark",
            (_, false) => "kilter-light",
        };
        Theme::embedded(name, depth).expect("a test reads every embedded theme")
    }

    /// Reads a theme file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str, depth: Depth) -> Result<Theme, ThemeError> {
        let written: Written = toml::from_str(text).map_err(|fault| ThemeError::Shape(fault.message().to_owned()))?;
        let known = |name: &String| Role::ALL.iter().any(|(_, word)| word == name);
        if let Some(name) = written.roles.keys().find(|name| !known(name)) {
            return Err(ThemeError::UnknownRole(name.clone()));
        }
        let mut styles = Vec::with_capacity(Role::ALL.len());
        for (role, word) in Role::ALL {
            let style = written.roles.get(*word).ok_or_else(|| ThemeError::Missing((*word).to_owned()))?;
            styles.push(read_style(*role, word, style, &written.palette, depth)?);
        }
        Ok(Theme { name: written.name, dark: written.background == Background::Dark, styles })
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

fn read_style(
    role: Role,
    word: &str,
    written: &WrittenStyle,
    palette: &BTreeMap<String, String>,
    depth: Depth,
) -> Result<Style, ThemeError> {
    let colour = |text: &String| -> Result<Color, ThemeError> {
        let text = palette.get(text).unwrap_or(text);
        let fault = || ThemeError::Colour { role: word.to_owned(), colour: text.clone() };
        parse(text).map(|colour| degrade(colour, depth)).ok_or_else(fault)
    };
    let mut style = Style::new();
    match written {
        WrittenStyle::Colour(text) => style = style.fg(colour(text)?),
        WrittenStyle::Full(full) => {
            if let Some(fg) = &full.fg {
                style = style.fg(colour(fg)?);
            }
            if let Some(bg) = &full.bg {
                style = style.bg(colour(bg)?);
            }
            let modifiers = [
                (full.bold, Modifier::BOLD),
                (full.dim, Modifier::DIM),
                (full.italic, Modifier::ITALIC),
                (full.underline, Modifier::UNDERLINED),
                (full.reverse, Modifier::REVERSED),
            ];
            for (_, modifier) in modifiers.into_iter().filter(|(on, _)| *on) {
                style = style.add_modifier(modifier);
            }
        }
    }
    Ok(if depth == Depth::None { colourless(role, style) } else { style })
}

/// Without colours, what must not be missed is told by weight.
fn colourless(role: Role, style: Style) -> Style {
    let bare =
        Style::new().add_modifier(style.add_modifier & (Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED));
    match role {
        Role::Selection | Role::Match => bare.add_modifier(Modifier::REVERSED),
        Role::SelectionDim | Role::AddedWord | Role::RemovedWord => bare.add_modifier(Modifier::UNDERLINED),
        Role::Delete | Role::Replace | Role::Error | Role::Focus | Role::Heading => bare.add_modifier(Modifier::BOLD),
        Role::Muted | Role::Border | Role::Stale | Role::Noop | Role::Comment => bare.add_modifier(Modifier::DIM),
        _ => bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_theme_reads_at_every_depth() {
        for (name, text) in EMBEDDED {
            for depth in [Depth::None, Depth::Sixteen, Depth::Palette, Depth::True] {
                let theme = Theme::parse(text, depth).unwrap_or_else(|fault| panic!("{name}: {fault}"));
                assert_eq!(theme.name, name);
                for (role, word) in Role::ALL {
                    let style = theme.style(*role);
                    let coloured = |colour: Option<Color>| colour.is_some_and(|colour| colour != Color::Reset);
                    let shows = coloured(style.fg) || coloured(style.bg);
                    assert!(depth != Depth::None || !shows, "{name}: {word} has a colour under NO_COLOR");
                }
            }
        }
    }

    #[test]
    fn no_theme_tells_good_from_bad_by_one_colour() {
        for (name, text) in EMBEDDED {
            let theme = Theme::parse(text, Depth::True).expect("a theme");
            for (a, b) in [(Role::Create, Role::Delete), (Role::Ok, Role::Error), (Role::Added, Role::Removed)] {
                assert_ne!(theme.style(a), theme.style(b), "{name}");
            }
            assert_ne!(theme.style(Role::Selection), theme.style(Role::SelectionDim), "{name}");
        }
    }

    #[test]
    fn a_theme_says_what_is_wrong_with_it() {
        let text = EMBEDDED[0].1;
        let broken = text.replace("create =", "creat =");
        assert_eq!(Theme::parse(&broken, Depth::True), Err(ThemeError::UnknownRole("creat".to_owned())));
        assert!(matches!(Theme::parse("name = 3", Depth::True), Err(ThemeError::Shape(_))));
    }
}
