//! Where reports go: the formats asked for, each to standard output or to a file. Data goes to standard output,
//! everything else to standard error.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::fault::Fault;
use crate::sys::files::{Files, RealFiles};

/// The formats of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for findings.
    Sarif,
    /// JUnit XML, for tests and checks.
    Junit,
    /// GitHub's workflow commands.
    Github,
}

impl Format {
    const ALL: [(Format, &'static str); 5] = [
        (Format::Text, "text"),
        (Format::Json, "json"),
        (Format::Sarif, "sarif"),
        (Format::Junit, "junit"),
        (Format::Github, "github"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, word)| word)
    }
}

/// One `--format`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    format: Format,
    file: Option<PathBuf>,
}

/// All that was asked for; text to standard output when nothing was.
#[derive(Debug, Clone)]
pub struct Outputs {
    targets: Vec<Target>,
    colour: bool,
    plain: bool,
}

impl Outputs {
    /// Reads the `--format` flags of a command that knows the formats in `known`.
    ///
    /// # Errors
    /// When a word is no format, or one that the command does not know, or two go to standard output.
    pub fn parse(words: &[String], known: &[Format], no_color: bool, plain: bool) -> Result<Self, Fault> {
        let names = known.iter().map(|format| format.word()).collect::<Vec<_>>().join(", ");
        let mut targets = Vec::new();
        for word in words {
            let (name, file) = match word.split_once(':') {
                Some((name, file)) => (name, Some(PathBuf::from(file))),
                None => (word.as_str(), None),
            };
            let format = known.iter().find(|format| format.word() == name);
            let Some(&format) = format else {
                return Err(
                    Fault::user(format!("`{name}` is not a format of this command")).hint(format!("it knows: {names}"))
                );
            };
            targets.push(Target { format, file });
        }
        if targets.is_empty() {
            targets.push(Target { format: Format::Text, file: None });
        }
        if targets.iter().filter(|target| target.file.is_none()).count() > 1 {
            return Err(Fault::user("two formats cannot share standard output")
                .hint("give one of them a file: --format sarif:findings.sarif"));
        }
        let colour = !no_color && colour_wanted();
        Ok(Outputs { targets, colour, plain })
    }

    /// Writes the report in each format asked for.
    ///
    /// # Errors
    /// When a file cannot be written. A reader that closed standard output is no error.
    pub fn write(&self, render: &dyn Fn(Format, &Paint) -> Vec<u8>) -> Result<(), Fault> {
        for target in &self.targets {
            let paint = Paint { colour: self.colour && target.file.is_none(), plain: self.plain };
            let bytes = render(target.format, &paint);
            match &target.file {
                Some(path) => write_file(path, &bytes)?,
                None => write_out(&bytes),
            }
        }
        Ok(())
    }

    /// Whether people read standard output.
    pub fn is_text(&self) -> bool {
        self.targets.iter().any(|target| target.format == Format::Text && target.file.is_none())
    }

    /// How text on standard output is painted.
    pub fn paint(&self) -> Paint {
        Paint { colour: self.colour, plain: self.plain }
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    // Where a link stands, what it leads to is written.
    let path = &RealFiles.canonical(path).unwrap_or_else(|_| path.to_owned());
    RealFiles
        .write_atomic(path, bytes, 0o644)
        .map_err(|error| Fault::io(format!("cannot write {}", path.display()), &error))
}

/// Writes to standard output; a closed pipe (`kilter plan | head`) ends quietly.
pub fn write_out(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// Tells a person how it goes, on standard error.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", safe(line));
}

/// <https://no-color.org> and <https://bixense.com/clicolors>.
fn colour_wanted() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let zero = |name: &str| std::env::var_os(name).is_some_and(|value| value == "0");
    if set("NO_COLOR") {
        return false;
    }
    if set("CLICOLOR_FORCE") && !zero("CLICOLOR_FORCE") {
        return true;
    }
    !zero("CLICOLOR") && std::io::stdout().is_terminal()
}

/// Text without control sequences: what comes from a repo or a tool is shown, never obeyed.
pub fn safe(text: &str) -> String {
    let harmless = |c: char| !c.is_control() || c == '\n' || c == '\t';
    if text.chars().all(harmless) {
        return text.to_owned();
    }
    text.chars().flat_map(|c| if harmless(c) { vec![c] } else { c.escape_default().collect() }).collect()
}

/// Paints text for a terminal, or leaves it plain.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    colour: bool,
    plain: bool,
}

/// What a painted text means; the colours are the terminal's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Added, fine.
    Good,
    /// Changed, worth a look.
    Warn,
    /// Destroyed, broken.
    Bad,
    /// Less important.
    Muted,
    /// A title.
    Strong,
}

impl Paint {
    /// The text in a tone, control sequences neutralised.
    pub fn tone(&self, tone: Tone, text: &str) -> String {
        let text = safe(text);
        if !self.colour {
            return text;
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "31",
            Tone::Muted => "2",
            Tone::Strong => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// A sign, or its ASCII twin with `--plain`.
    pub fn sign(&self, sign: &'static str, ascii: &'static str) -> &'static str {
        if self.plain { ascii } else { sign }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_read_with_their_files() {
        let known = [Format::Text, Format::Json];
        let words = ["json:x.json".to_owned(), "text".to_owned()];
        assert!(Outputs::parse(&words, &known, true, false).is_ok());
        assert!(Outputs::parse(&["sarif".to_owned()], &known, true, false).is_err());
        assert!(Outputs::parse(&["json".to_owned(), "text".to_owned()], &known, true, false).is_err());
    }

    #[test]
    fn control_sequences_are_shown_not_obeyed() {
        assert_eq!(safe("a\x1b[31mb\u{9b}"), "a\\u{1b}[31mb\\u{9b}");
        assert_eq!(safe("plain\ttext\n"), "plain\ttext\n");
    }
}
