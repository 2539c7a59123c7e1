//! Key presses as values, and their names: `j`, `<enter>`, `<c-d>`, `<s-tab>`, `] c`.
//!
//! Which key does what is `keymap`'s business; turning a terminal's bytes into these is `shell`'s.

use std::fmt;

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    /// A character as typed, with Shift already applied.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab; with Shift it is the key that terminals call back-tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key.
    F(u8),
}

/// A key with the modifiers that were held. Shift counts only where the character does not already show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPress {
    /// Which key.
    pub code: KeyCode,
    /// Ctrl was held.
    pub ctrl: bool,
    /// Alt was held.
    pub alt: bool,
    /// Shift was held (never set for characters).
    pub shift: bool,
}

impl KeyPress {
    /// A key without modifiers.
    pub const fn plain(code: KeyCode) -> Self {
        KeyPress { code, ctrl: false, alt: false, shift: false }
    }

    /// A character.
    pub const fn char(c: char) -> Self {
        KeyPress::plain(KeyCode::Char(c))
    }

    /// A character with Ctrl.
    pub const fn ctrl(c: char) -> Self {
        KeyPress { code: KeyCode::Char(c), ctrl: true, alt: false, shift: false }
    }

    /// The character it types, when no modifier turns it into a command.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }
}

/// Names of the keys that are not characters, as key scripts and settings write them between `<` and `>`.
const NAMES: [(&str, KeyCode); 17] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("del", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
    ("lt", KeyCode::Char('<')),
    ("gt", KeyCode::Char('>')),
    ("bar", KeyCode::Char('|')),
];

/// Why a text names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no key; write a character, `<enter>`, `<c-d>`, `<s-tab>`, `<f5>` or a sequence such as `]c`")]
pub struct KeyError(String);

/// Reads a run of keys: `]c`, `j j <enter> /foo<enter>`. A space separates; `<space>` is the key.
///
/// # Errors
/// When a `<…>` names no key.
pub fn parse_keys(text: &str) -> Result<Vec<KeyPress>, KeyError> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == ' ' {
            rest = &rest[1..];
        } else if c == '<' && rest.len() > 1 {
            let end = rest.find('>').ok_or_else(|| KeyError(text.to_owned()))?;
            keys.push(parse_named(&rest[1..end]).ok_or_else(|| KeyError(text.to_owned()))?);
            rest = &rest[end + 1..];
        } else {
            keys.push(KeyPress::char(c));
            rest = &rest[c.len_utf8()..];
        }
    }
    Ok(keys)
}

fn parse_named(name: &str) -> Option<KeyPress> {
    let mut key = KeyPress::plain(KeyCode::Esc);
    let mut rest = name;
    loop {
        let lower = rest.get(..2).map(str::to_ascii_lowercase);
        match lower.as_deref() {
            Some("c-") => key.ctrl = true,
            Some("a-" | "m-") => key.alt = true,
            Some("s-") => key.shift = true,
            _ => break,
        }
        rest = &rest[2..];
    }
    let lower = rest.to_ascii_lowercase();
    let mut chars = rest.chars();
    key.code = match (chars.next(), chars.next()) {
        (Some(c), None) => KeyCode::Char(c),
        _ => match NAMES.iter().find(|(known, _)| *known == lower) {
            Some((_, code)) => *code,
            None => KeyCode::F(lower.strip_prefix('f')?.parse().ok().filter(|n| (1..=24).contains(n))?),
        },
    };
    Some(key)
}

impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, code)| *code == self.code).map(|(name, _)| *name);
        if let (KeyCode::Char(c), false, false, false) = (self.code, self.ctrl, self.alt, name.is_some()) {
            return write!(f, "{c}");
        }
        f.write_str("<")?;
        for (held, sign) in [(self.ctrl, "c-"), (self.alt, "a-"), (self.shift, "s-")] {
            if held {
                f.write_str(sign)?;
            }
        }
        match (name, self.code) {
            (Some(name), _) => f.write_str(name)?,
            (None, KeyCode::F(n)) => write!(f, "f{n}")?,
            (None, KeyCode::Char(c)) => write!(f, "{c}")?,
            (None, _) => {}
        }
        f.write_str(">")
    }
}

/// A key as help and the bottom line show it: `Enter`, `Ctrl-d`, `]c`.
pub fn human(keys: &[KeyPress]) -> String {
    keys.iter().map(|key| human_one(*key)).collect()
}

fn human_one(key: KeyPress) -> String {
    let name = match key.code {
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Up => "↑".to_owned(),
        KeyCode::Down => "↓".to_owned(),
        KeyCode::Left => "←".to_owned(),
        KeyCode::Right => "→".to_owned(),
        KeyCode::PageUp => "PgUp".to_owned(),
        KeyCode::PageDown => "PgDn".to_owned(),
        KeyCode::F(n) => format!("F{n}"),
        named => format!("{named:?}"),
    };
    let held = [(key.ctrl, "Ctrl-"), (key.alt, "Alt-"), (key.shift, "Shift-")];
    held.iter().filter(|(held, _)| *held).map(|(_, sign)| *sign).chain([name.as_str()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for text in ["j", "<enter>", "<c-d>", "<s-tab>", "<space>", "<f5>", "<lt>", "<a-x>", "G", "]", "<c-space>"] {
            let keys = parse_keys(text).expect(text);
            assert_eq!(keys.len(), 1, "{text}");
            assert_eq!(keys[0].to_string(), text);
        }
    }

    #[test]
    fn a_script_is_a_run_of_keys() {
        let keys = parse_keys("j j <enter> /fo<enter>]c").expect("a script");
        let text: Vec<String> = keys.iter().map(ToString::to_string).collect();
        assert_eq!(text, ["j", "j", "<enter>", "/", "f", "o", "<enter>", "]", "c"]);
        assert!(parse_keys("<nokey>").is_err());
        assert!(parse_keys("<enter").is_err());
    }

    #[test]
    fn people_read_words() {
        assert_eq!(human(&parse_keys("<c-d>").expect("a key")), "Ctrl-d");
        assert_eq!(human(&parse_keys("]c").expect("keys")), "]c");
        assert_eq!(human(&parse_keys("<s-tab>").expect("a key")), "Shift-Tab");
    }
}
