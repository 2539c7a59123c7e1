//! `Procfile` and its `.env`, in foreman's format: which processes make up the environment, and what they are told.
//!
//! Starting them and keeping them alive is `supervise`'s business.

use std::collections::BTreeMap;

use crate::model::diagnostic::Diagnostic;
use crate::model::place::{Place, Position, RepoPath};

mod command;

pub use command::{Command, resolve};

/// A process that a Procfile declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcfileEntry {
    /// Its name: letters, digits, `_` and `-`.
    pub name: String,
    /// Its command line as written.
    pub command: String,
    /// Counted from 1.
    pub line: u32,
}

/// The port that foreman gives to the first process; the next ones get 100 more each.
const FIRST_PORT: u32 = 5000;

/// Reads a Procfile. Every line that is not a process is a diagnostic; the others count.
pub fn parse(path: &RepoPath, bytes: &[u8]) -> (Vec<ProcfileEntry>, Vec<Diagnostic>) {
    let mut entries: Vec<ProcfileEntry> = Vec::new();
    let mut diagnostics = Vec::new();
    for (line, place) in lines_of(path, bytes, &mut diagnostics) {
        match entry_of(line) {
            Ok((name, _)) if entries.iter().any(|entry| entry.name == name) => {
                let first = entries.iter().find(|entry| entry.name == name).map_or(0, |entry| entry.line);
                diagnostics.push(
                    Diagnostic::error(
                        "Duplicate process",
                        format!(
                            "The process \"{name}\" is declared on line {first} already. Give each a name of its own."
                        ),
                    )
                    .at(place),
                );
            }
            Ok((name, command)) => entries.push(ProcfileEntry {
                name: name.to_owned(),
                command: command.to_owned(),
                line: place.start.line,
            }),
            Err(detail) => diagnostics.push(Diagnostic::error("Invalid line in Procfile", detail).at(place)),
        }
    }
    (entries, diagnostics)
}

fn entry_of(line: &str) -> Result<(&str, &str), String> {
    let hint = "A line reads `name: command`, for example `web: kilter serve public --port 8080`.";
    let (name, command) = line.split_once(':').ok_or_else(|| format!("There is no `:` in this line. {hint}"))?;
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(letters) {
        return Err(format!("\"{}\" is not a name: letters, digits, `_` and `-` make one. {hint}", name.trim()));
    }
    match command.trim() {
        "" => Err(format!("The process \"{name}\" has no command. {hint}")),
        command => Ok((name, command)),
    }
}

/// Reads an `.env` file: `NAME=value`, with `export` before it, in single quotes (as it is) or double quotes (with
/// `\n` and escapes).
pub fn parse_env(path: &RepoPath, bytes: &[u8]) -> (BTreeMap<String, String>, Vec<Diagnostic>) {
    let mut variables = BTreeMap::new();
    let mut diagnostics = Vec::new();
    for (line, place) in lines_of(path, bytes, &mut diagnostics) {
        let assignment = line.strip_prefix("export ").map_or(line, str::trim_start);
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
        match assignment.split_once('=') {
            Some((name, value)) if !name.is_empty() && name.chars().all(letters) => {
                variables.insert(name.to_owned(), unquoted(value.trim()));
            }
            _ => diagnostics.push(
                Diagnostic::warning("Invalid line in .env", "A line reads `NAME=value`. This one is left out.")
                    .at(place),
            ),
        }
    }
    (variables, diagnostics)
}

fn unquoted(value: &str) -> String {
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(literal) = inside('\'') {
        return literal.to_owned();
    }
    let Some(escaped) = inside('"') else { return value.to_owned() };
    let mut out = String::with_capacity(escaped.len());
    let mut letters = escaped.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    out
}

/// The variables of the process at `index` (counted from 0): those of `.env`, and `PORT` as foreman gives it.
pub fn variables(env: &BTreeMap<String, String>, index: usize) -> BTreeMap<String, String> {
    let first = env.get("PORT").and_then(|port| port.trim().parse().ok()).unwrap_or(FIRST_PORT);
    let mut variables = env.clone();
    let port = first.saturating_add(100 * u32::try_from(index).unwrap_or(u32::MAX / 100));
    variables.insert("PORT".to_owned(), port.to_string());
    variables
}

/// The lines that say something, with their places. Comments and empty lines are gone; what is not text is one fault.
fn lines_of<'a>(path: &RepoPath, bytes: &'a [u8], diagnostics: &mut Vec<Diagnostic>) -> Vec<(&'a str, Place)> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(fault) => {
            let line = bytes[..fault.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            diagnostics.push(
                Diagnostic::error(
                    format!("{} is not text", path.file_name()),
                    format!("Line {line} holds bytes that are not UTF-8. Nothing of this file is used."),
                )
                .at(Place::top_of(path.clone())),
            );
            return Vec::new();
        }
    };
    let base = text.as_ptr() as usize;
    let placed = |(index, line): (usize, &'a str)| {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let offset = u32::try_from(line.as_ptr() as usize - base).unwrap_or(u32::MAX);
        let length = u32::try_from(line.len()).unwrap_or(u32::MAX);
        let start = Position { line: number, column: 1, byte: offset };
        let end = Position { line: number, column: 1 + length, byte: offset.saturating_add(length) };
        (line, Place { path: path.clone(), start, end })
    };
    let says = |(_, line): &(usize, &str)| !line.is_empty() && !line.starts_with('#');
    text.lines().map(str::trim).enumerate().filter(says).map(placed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Vec<(String, String, u32)>, Vec<String>) {
        let (entries, diagnostics) = parse(&RepoPath::new("Procfile"), text.as_bytes());
        let line = |d: &Diagnostic| d.subject.as_ref().map_or(0, |place| place.start.line);
        let said = diagnostics.iter().map(|d| format!("{}: {}", line(d), d.summary)).collect();
        (entries.into_iter().map(|e| (e.name, e.command, e.line)).collect(), said)
    }

    #[test]
    fn processes_are_read_and_broken_lines_named() {
        let (entries, said) = parsed(
            "# the site\r\n\r\nweb: kilter serve public --port 8080\r\nworker-2:   sleep 5 # not a comment\n\
             no command\nweb: again\nbad name: x\nempty:\n: y\n",
        );
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0], ("web".into(), "kilter serve public --port 8080".into(), 3));
        assert_eq!(entries[1], ("worker-2".into(), "sleep 5 # not a comment".into(), 4));
        assert_eq!(
            said,
            [
                "5: Invalid line in Procfile",
                "6: Duplicate process",
                "7: Invalid line in Procfile",
                "8: Invalid line in Procfile",
                "9: Invalid line in Procfile",
            ]
        );
    }

    #[test]
    fn what_is_not_text_is_one_fault() {
        let (entries, diagnostics) = parse(&RepoPath::new("Procfile"), b"web: a\n\xff\xfe\x00\n");
        assert!(entries.is_empty());
        assert_eq!(diagnostics.len(), 1);
        assert!(diagnostics[0].detail.contains("Line 2"), "{}", diagnostics[0].detail);
    }

    #[test]
    fn env_files_are_read_as_foreman_does() {
        let text = "A=1\nexport B= two words \nC='raw \\n $x'\nD=\"line\\nnext \\\"q\\\"\"\n# E=1\nnot a line\nF=\n";
        let (variables, diagnostics) = parse_env(&RepoPath::new(".env"), text.as_bytes());
        let expected = [("A", "1"), ("B", "two words"), ("C", "raw \\n $x"), ("D", "line\nnext \"q\""), ("F", "")];
        assert_eq!(variables, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        assert_eq!(diagnostics.len(), 1);
        assert!(!diagnostics[0].is_error());
    }

    #[test]
    fn every_process_gets_a_port_of_its_own() {
        let none = BTreeMap::new();
        assert_eq!(variables(&none, 0)["PORT"], "5000");
        assert_eq!(variables(&none, 2)["PORT"], "5200");
        let given = BTreeMap::from([("PORT".to_owned(), "7000".to_owned())]);
        assert_eq!(variables(&given, 1)["PORT"], "7100");
    }
}
