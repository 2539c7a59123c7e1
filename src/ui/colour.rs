//! Colours as themes write them, and what a terminal of less depth shows instead.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: `NO_COLOR`, or a terminal without.
    None,
    /// The terminal's own 16.
    Sixteen,
    /// The 256 of xterm.
    Palette,
    /// 24 bits.
    True,
}

impl Depth {
    /// What the environment says: `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`, `COLORTERM`, `TERM`.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Depth {
        let set = |name: &str| get(name).is_some_and(|value| !value.is_empty());
        let forced = get("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
        if set("NO_COLOR") || (get("CLICOLOR").as_deref() == Some("0") && !forced) {
            return Depth::None;
        }
        let term = get("TERM").unwrap_or_default();
        match get("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") => return Depth::True,
            _ if term.contains("direct") || term.contains("kitty") || term.contains("ghostty") => return Depth::True,
            _ if term == "dumb" && !forced => return Depth::None,
            _ => {}
        }
        if term.contains("256color") { Depth::Palette } else { Depth::Sixteen }
    }
}

/// The terminal's own colours by the names that themes use.
const NAMES: [(&str, Color); 18] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
    ("grey", Color::DarkGray),
];

/// Reads `#rrggbb`, a name of the terminal's 16, or a number of the 256.
pub fn parse(text: &str) -> Option<Color> {
    if let Some(hex) = text.strip_prefix('#') {
        if hex.len() != 6 || !hex.is_ascii() {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok();
        return Some(Color::Rgb(part(0)?, part(2)?, part(4)?));
    }
    let named = NAMES.iter().find(|(name, _)| *name == text).map(|(_, colour)| *colour);
    named.or_else(|| text.parse().ok().map(Color::Indexed))
}

/// The nearest colour that a terminal of this depth has.
pub fn degrade(colour: Color, depth: Depth) -> Color {
    match (colour, depth) {
        (_, Depth::None) => Color::Reset,
        (Color::Rgb(r, g, b), Depth::Palette) => Color::Indexed(nearest_indexed(r, g, b)),
        (Color::Rgb(r, g, b), Depth::Sixteen) => nearest_named(r, g, b),
        (Color::Indexed(index), Depth::Sixteen) => {
            let (r, g, b) = rgb_of(index);
            nearest_named(r, g, b)
        }
        (colour, _) => colour,
    }
}

const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn rgb_of(index: u8) -> (u8, u8, u8) {
    match index {
        0..=15 => SIXTEEN[usize::from(index)].1,
        16..=231 => {
            let at = usize::from(index - 16);
            (CUBE[at / 36], CUBE[at / 6 % 6], CUBE[at % 6])
        }
        232..=255 => {
            let grey = 8 + (index - 232) * 10;
            (grey, grey, grey)
        }
    }
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> u32 {
    let square = |x: u8, y: u8| u32::from(x.abs_diff(y)).pow(2);
    // The eye weighs green most and blue least.
    3 * square(a.0, b.0) + 6 * square(a.1, b.1) + square(a.2, b.2)
}

fn nearest_indexed(r: u8, g: u8, b: u8) -> u8 {
    (16..=255).min_by_key(|index| distance(rgb_of(*index), (r, g, b))).unwrap_or(16)
}

/// The 16 as most terminals show them.
const SIXTEEN: [(Color, (u8, u8, u8)); 16] = [
    (Color::Black, (0, 0, 0)),
    (Color::Red, (205, 49, 49)),
    (Color::Green, (13, 188, 121)),
    (Color::Yellow, (229, 229, 16)),
    (Color::Blue, (36, 114, 200)),
    (Color::Magenta, (188, 63, 188)),
    (Color::Cyan, (17, 168, 205)),
    (Color::Gray, (204, 204, 204)),
    (Color::DarkGray, (118, 118, 118)),
    (Color::LightRed, (241, 76, 76)),
    (Color::LightGreen, (35, 209, 139)),
    (Color::LightYellow, (245, 245, 67)),
    (Color::LightBlue, (59, 142, 234)),
    (Color::LightMagenta, (214, 112, 214)),
    (Color::LightCyan, (41, 184, 219)),
    (Color::White, (255, 255, 255)),
];

fn nearest_named(r: u8, g: u8, b: u8) -> Color {
    let nearest = SIXTEEN.iter().min_by_key(|(_, rgb)| distance(*rgb, (r, g, b)));
    nearest.map_or(Color::Reset, |(colour, _)| *colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_read_and_degrade() {
        assert_eq!(parse("#ff8000"), Some(Color::Rgb(255, 128, 0)));
        assert_eq!(parse("bright-red"), Some(Color::LightRed));
        assert_eq!(parse("231"), Some(Color::Indexed(231)));
        assert_eq!(parse("#ff80"), None);
        assert_eq!(parse("mauve"), None);
        assert_eq!(degrade(Color::Rgb(255, 255, 255), Depth::Palette), Color::Indexed(231));
        assert_eq!(degrade(Color::Rgb(250, 10, 10), Depth::Sixteen), Color::Red);
        assert_eq!(degrade(Color::Red, Depth::None), Color::Reset);
    }

    #[test]
    fn the_environment_decides_the_depth() {
        let depth = |pairs: &[(&str, &str)]| {
            let pairs: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            Depth::from_env(move |name| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
        };
        assert_eq!(depth(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]), Depth::None);
        assert_eq!(depth(&[("NO_COLOR", ""), ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(depth(&[("CLICOLOR", "0"), ("TERM", "xterm-256color")]), Depth::None);
        assert_eq!(depth(&[("CLICOLOR", "0"), ("CLICOLOR_FORCE", "1"), ("TERM", "xterm-256color")]), Depth::Palette);
        assert_eq!(depth(&[("TERM", "xterm")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "dumb")]), Depth::None);
    }
}
