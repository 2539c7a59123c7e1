//! Whether the terminal is light or dark, asked of the terminal itself.

use std::time::Duration;

use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

/// How long a terminal may take to answer before dark is assumed.
const PATIENCE: Duration = Duration::from_millis(15);

/// Whether the background is dark. `COLORFGBG` and the terminal's own answer are asked; silence means dark.
pub fn is_dark(colorfgbg: Option<&str>) -> bool {
    if let Some(dark) = colorfgbg.and_then(by_variable) {
        return dark;
    }
    let mut options = QueryOptions::default();
    options.timeout = PATIENCE;
    theme_mode(options).map_or(true, |mode| mode == ThemeMode::Dark)
}

/// `15;0`: foreground and background as numbers of the 16.
fn by_variable(text: &str) -> Option<bool> {
    let background: u8 = text.rsplit(';').next()?.parse().ok()?;
    Some(background < 7 || background == 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_names_the_background_last() {
        assert_eq!(by_variable("15;0"), Some(true));
        assert_eq!(by_variable("0;default;15"), Some(false));
        assert_eq!(by_variable("x"), None);
    }
}
