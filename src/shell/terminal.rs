//! The terminal as the loop uses it: frames, suspending, and lending it to `$EDITOR`.

use std::io::{self, Stdout};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend};

use crate::app::App;
use crate::shell::guard::TerminalGuard;
use crate::ui::look::Look;
use crate::ui::view;

/// The screen, held until it is dropped.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    guard: TerminalGuard,
}

impl Screen {
    /// Takes the terminal and guards it against panics.
    ///
    /// # Errors
    /// As the terminal says it.
    pub fn open(mouse: bool) -> io::Result<Self> {
        let guard = TerminalGuard::take(mouse)?;
        guard.held().guard_panics();
        let mut screen = Screen { terminal: Terminal::new(CrosstermBackend::new(io::stdout()))?, guard };
        screen.redraw()?;
        Ok(screen)
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// As the terminal says it.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws a frame. Only cells that changed are written.
    ///
    /// # Errors
    /// As the terminal says it.
    pub fn draw(&mut self, app: &App, look: &Look) -> io::Result<()> {
        self.terminal.draw(|frame| view(app, look, frame)).map(|_| ())
    }

    /// Forgets what the terminal shows: the next frame is written whole.
    ///
    /// # Errors
    /// As the terminal says it.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`, which asks where the cursor is: not every terminal answers, and the answer would come in
        // between the keys that the loop reads.
        self.terminal.backend_mut().clear_region(ClearType::All)?;
        self.terminal.swap_buffers();
        Ok(())
    }

    /// Follows a changed setting.
    ///
    /// # Errors
    /// As the terminal says it.
    pub fn set_mouse(&mut self, mouse: bool) -> io::Result<()> {
        self.guard.set_mouse(mouse)
    }

    /// Stops the process as Ctrl-z does in a shell; returns when it is continued.
    ///
    /// # Errors
    /// As the terminal or the system says it.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.guard.release()?;
        // The whole foreground group, as the terminal's own Ctrl-z would.
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        wait_until_continued();
        self.guard.retake()?;
        self.redraw()
    }

    /// Lends the terminal to a program that wants all of it and waits for its end. The caller must not read the
    /// terminal's input meanwhile.
    ///
    /// # Errors
    /// When the program cannot be started, or the terminal says so.
    #[allow(clippy::disallowed_methods, reason = "the editor needs the terminal itself, which no door passes on")]
    pub fn lend(&mut self, words: &[String], directory: &Path) -> io::Result<std::process::ExitStatus> {
        let Some((program, arguments)) = words.split_first() else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no editor is set: set VISUAL or EDITOR"));
        };
        self.guard.release()?;
        let ended = Command::new(program).args(arguments).current_dir(directory).status();
        self.guard.retake()?;
        self.redraw()?;
        ended
    }
}

/// The stop reaches some thread of ours a moment after the signal was sent; to take the terminal back in that moment
/// would leave the shell with our screen. A nap that lasted far too long is one that we were stopped in.
#[allow(clippy::disallowed_methods, reason = "only real time tells that the process stood still")]
fn wait_until_continued() {
    const NAP: Duration = Duration::from_millis(20);
    const STOPPED: Duration = Duration::from_millis(250);
    for _ in 0..25 {
        let before = Instant::now();
        std::thread::sleep(NAP);
        if before.elapsed() > STOPPED {
            return;
        }
    }
}

/// The command line that opens a file at a line in an editor: each has its own way.
pub fn editor_words(editor: &str, file: &str, line: u32, column: u32) -> Vec<String> {
    let mut words: Vec<String> = split_words(editor);
    let name = words.first().map(|word| word.rsplit('/').next().unwrap_or(word).to_owned()).unwrap_or_default();
    match name.as_str() {
        "code" | "code-insiders" | "codium" | "cursor" | "windsurf" => {
            for word in ["--wait", "--goto"] {
                if !words.iter().any(|known| known == word) {
                    words.push(word.to_owned());
                }
            }
            words.push(format!("{file}:{line}:{column}"));
        }
        "hx" | "helix" | "zed" | "subl" | "micro" => words.push(format!("{file}:{line}:{column}")),
        "kak" => words.extend([format!("+{line}:{column}"), file.to_owned()]),
        "emacs" | "emacsclient" => words.extend([format!("+{line}:{column}"), file.to_owned()]),
        "vi" | "vim" | "nvim" | "nano" | "ne" | "joe" | "mg" | "ed" | "view" | "pico" | "jed" => {
            if name != "ed" {
                words.push(format!("+{line}"));
            }
            words.push(file.to_owned());
        }
        _ => words.push(file.to_owned()),
    }
    words
}

/// Splits `$EDITOR` into words as a shell would, as far as people write it: blanks, quotes, backslashes.
fn split_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut open = false;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                open = true;
            }
            (Some('\''), c) => word.push(c),
            (_, '\\') => word.extend(chars.next()),
            (None, c) if c.is_whitespace() => {
                if open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (_, c) => word.push(c),
        }
    }
    if open || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_editor_goes_to_the_line_in_its_own_way() {
        let words = |editor: &str| editor_words(editor, "web/main.tf", 14, 3).join(" ");
        assert_eq!(words("vim"), "vim +14 web/main.tf");
        assert_eq!(words("/usr/bin/nvim -u NONE"), "/usr/bin/nvim -u NONE +14 web/main.tf");
        assert_eq!(words("code --wait"), "code --wait --goto web/main.tf:14:3");
        assert_eq!(words("hx"), "hx web/main.tf:14:3");
        assert_eq!(words("my-editor"), "my-editor web/main.tf");
        assert_eq!(editor_words("'/opt/my editor/vim' -f", "a", 1, 1)[0], "/opt/my editor/vim");
    }
}
