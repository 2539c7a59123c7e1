//! File patterns as terraform's `fileset` reads them: `*`, `?`, `[a-z]`, `{a,b}` within one name, `**` across directories.
//!
//! Its quirks are kept: hidden files count, only `^` negates a class, `**` joined with text is a plain `*`, a backslash
//! escapes. Patterns that would backtrack without end are refused.

use super::path;
use crate::lang::inputs::{InputKind, Inputs, NoInputs};

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum GlobError {
    /// The pattern is not well formed.
    BadPattern,
    /// The search took too many steps.
    TooMuch,
}

/// How many steps a whole search may take, over all names and directories.
const STEPS: u32 = 20_000_000;
/// How deep `**` follows directories: links can make them endless.
const DEPTH: usize = 100;

/// All paths that match the pattern, whatever stands there.
pub(super) fn glob(pattern: &str, inputs: &dyn Inputs) -> Result<Vec<String>, GlobError> {
    let mut search = Search { inputs, steps: 0, found: Vec::new() };
    let (start, rest) = match pattern.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => (".", pattern),
    };
    let components = split(rest, '/');
    let components: Vec<&str> = components.iter().map(String::as_str).collect();
    search.descend(start, &components, 0)?;
    Ok(search.found)
}

/// Whether a whole path, its components joined by slashes, matches a pattern. `**` stands for any number of them.
///
/// # Errors
/// When the pattern is not well formed, or the search takes too many steps.
pub fn path_matches(pattern: &str, path: &str) -> Result<bool, String> {
    let mut search = Search { inputs: &NoInputs, steps: 0, found: Vec::new() };
    let patterns = split(pattern, '/');
    let patterns: Vec<Vec<char>> = patterns.iter().map(|part| part.chars().collect()).collect();
    let names: Vec<Vec<char>> = path.split('/').map(|part| part.chars().collect()).collect();
    search.matches_all(&patterns, &names).map_err(|error| match error {
        GlobError::BadPattern => "syntax error in pattern".to_owned(),
        GlobError::TooMuch => "the pattern takes too long to match".to_owned(),
    })
}

struct Search<'a> {
    inputs: &'a dyn Inputs,
    steps: u32,
    found: Vec<String>,
}

impl Search<'_> {
    fn descend(&mut self, base: &str, components: &[&str], depth: usize) -> Result<(), GlobError> {
        let plain = components.iter().take_while(|part| !part.contains(['*', '?', '[', '{', '\\'])).count();
        let directory = components[..plain].iter().fold(base.to_owned(), |at, part| path::join(&at, part));
        let rest = &components[plain..];
        let kind = self.inputs.kind_of(&directory);
        let Some((pattern, after)) = rest.split_first() else {
            if kind != InputKind::Absent {
                self.found.push(directory);
            }
            return Ok(());
        };
        if kind != InputKind::Directory || depth > DEPTH {
            return Ok(());
        }
        let Ok(entries) = self.inputs.list(&directory) else { return Ok(()) };
        if *pattern != "**" {
            return self.match_entries(&directory, rest, &entries, depth);
        }
        for entry in &entries {
            let below = path::join(&directory, &entry.name);
            if after.is_empty() {
                self.found.push(below.clone());
            }
            if entry.is_directory {
                self.step()?;
                self.descend(&below, rest, depth + 1)?;
            }
        }
        if after.is_empty() { Ok(()) } else { self.match_entries(&directory, after, &entries, depth) }
    }

    fn match_entries(
        &mut self,
        directory: &str,
        components: &[&str],
        entries: &[crate::lang::inputs::InputEntry],
        depth: usize,
    ) -> Result<(), GlobError> {
        let Some((pattern, after)) = components.split_first() else { return Ok(()) };
        let pattern: Vec<char> = pattern.chars().collect();
        for entry in entries {
            let name: Vec<char> = entry.name.chars().collect();
            if !self.matches(&pattern, &name)? {
                continue;
            }
            let below = path::join(directory, &entry.name);
            if after.is_empty() {
                self.found.push(below);
            } else {
                self.descend(&below, after, depth + 1)?;
            }
        }
        Ok(())
    }

    fn matches_all(&mut self, patterns: &[Vec<char>], names: &[Vec<char>]) -> Result<bool, GlobError> {
        let Some((pattern, after)) = patterns.split_first() else { return Ok(names.is_empty()) };
        if pattern[..] == ['*', '*'] {
            for skipped in 0..=names.len() {
                self.step()?;
                if self.matches_all(after, &names[skipped..])? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let Some((name, below)) = names.split_first() else { return Ok(false) };
        Ok(self.matches(pattern, name)? && self.matches_all(after, below)?)
    }

    fn step(&mut self) -> Result<(), GlobError> {
        self.steps += 1;
        if self.steps > STEPS { Err(GlobError::TooMuch) } else { Ok(()) }
    }

    /// Whether one name matches one component.
    fn matches(&mut self, pattern: &[char], name: &[char]) -> Result<bool, GlobError> {
        self.step()?;
        if pattern.is_empty() {
            return Ok(name.is_empty());
        }
        if name.is_empty() && pattern != ['*'] {
            return Ok(false);
        }
        let (mut pattern, mut name) = (pattern, name);
        while let (Some((sign, after)), Some((character, rest))) = (pattern.split_first(), name.split_first()) {
            match sign {
                '\\' => match after.split_first() {
                    None => return Err(GlobError::BadPattern),
                    Some((escaped, after)) if escaped == character => (pattern, name) = (after, rest),
                    Some(_) => return Ok(false),
                },
                '*' => return self.matches_anywhere(after, name),
                '[' => {
                    let end = find(after, ']').ok_or(GlobError::BadPattern)?;
                    if !in_class(&after[..end], *character)? {
                        return Ok(false);
                    }
                    (pattern, name) = (&after[end + 1..], rest);
                }
                '{' => return self.matches_any(after, name),
                '?' => (pattern, name) = (after, rest),
                other if other == character => (pattern, name) = (after, rest),
                _ => return Ok(false),
            }
        }
        Ok(name.is_empty() && (pattern.is_empty() || pattern == ['*'] || pattern == ['*', '*']))
    }

    /// After a star: whether the rest of the pattern matches some tail of the name.
    fn matches_anywhere(&mut self, pattern: &[char], name: &[char]) -> Result<bool, GlobError> {
        if pattern.is_empty() {
            return Ok(true);
        }
        for start in 0..name.len() {
            match self.matches(pattern, &name[start..]) {
                Ok(true) => return Ok(true),
                Err(GlobError::TooMuch) => return Err(GlobError::TooMuch),
                Ok(false) | Err(GlobError::BadPattern) => {}
            }
        }
        Ok(false)
    }

    /// After a brace: whether one of the alternatives, with the rest of the pattern, matches.
    fn matches_any(&mut self, pattern: &[char], name: &[char]) -> Result<bool, GlobError> {
        let end = find(pattern, '}').ok_or(GlobError::BadPattern)?;
        let options: String = pattern[..end].iter().collect();
        for option in split(&options, ',') {
            let whole: Vec<char> = option.chars().chain(pattern[end + 1..].iter().copied()).collect();
            if self.matches(&whole, name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The first `wanted` that no backslash stands before.
fn find(text: &[char], wanted: char) -> Option<usize> {
    (0..text.len()).find(|at| text[*at] == wanted && (*at == 0 || text[at - 1] != '\\'))
}

/// The parts between separators that no backslash stands before.
fn split(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut current, mut previous) = (Vec::new(), String::new(), None);
    for character in text.chars() {
        if character == separator && previous != Some('\\') {
            parts.push(std::mem::take(&mut current));
        } else {
            current.push(character);
        }
        previous = Some(character);
    }
    parts.push(current);
    parts
}

/// Whether a character is in the class that stands between brackets.
fn in_class(class: &[char], character: char) -> Result<bool, GlobError> {
    let negated = class.first() == Some(&'^');
    if class.is_empty() {
        return Err(GlobError::BadPattern);
    }
    let mut rest = &class[usize::from(negated)..];
    let mut found = false;
    while !rest.is_empty() {
        let low = class_member(&mut rest)?;
        let mut high = low;
        if let Some(after) = rest.strip_prefix(&['-']) {
            rest = after;
            high = class_member(&mut rest)?;
        }
        found |= (low..=high).contains(&character);
    }
    Ok(found != negated)
}

fn class_member(rest: &mut &[char]) -> Result<char, GlobError> {
    let mut take = || -> Option<char> {
        let (first, after) = rest.split_first()?;
        *rest = after;
        Some(*first)
    };
    match take() {
        None | Some('-') => Err(GlobError::BadPattern),
        Some('\\') => take().ok_or(GlobError::BadPattern),
        Some(plain) => Ok(plain),
    }
}
