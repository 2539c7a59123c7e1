//! The clipboard through the terminal (OSC 52): works over ssh and in tmux, and needs no program.

use std::io::{self, Write};

use base64::Engine;

/// Terminals refuse longer texts.
const LONGEST: usize = 74_000;

/// The sequence that puts a text on the clipboard; inside tmux and screen it is passed on to the terminal around.
///
/// # Errors
/// When the text is too long for terminals.
pub fn sequence(text: &str, tmux: bool) -> io::Result<String> {
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    if encoded.len() > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the text is too long for the terminal's clipboard"));
    }
    let plain = format!("\x1b]52;c;{encoded}\x07");
    // tmux passes on what is wrapped so, and takes the plain one into its own buffer.
    Ok(if tmux { format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\") } else { plain })
}

/// Puts a text on the clipboard.
///
/// # Errors
/// As the terminal says it, or when the text is too long.
pub fn copy(text: &str, tmux: bool) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(sequence(text, tmux)?.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_travels_as_base64() {
        assert_eq!(sequence("vhost", false).expect("short"), "\x1b]52;c;dmhvc3Q=\x07");
        assert!(sequence(&"x".repeat(80_000), false).is_err());
    }
}
