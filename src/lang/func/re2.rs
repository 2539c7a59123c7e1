//! Regular expressions in Go's syntax, read into the `regex` crate's.
//!
//! The engines match alike (leftmost first, linear time); the notations differ in what letters mean, in what is an error
//! and in how an error reads. Every literal is written escaped, every class as ranges of code points, so nothing that
//! only the crate understands slips through. `\B` alone is looser: it knows Unicode's words, Go's only ASCII's.

use regex::{Regex, RegexBuilder};

use super::re2_escape::{
    CHAR_RANGE, ESCAPE, Outcome, PatternError, class_character, consumed, escaped_character, escaped_class, fault,
    posix_class,
};

const MISSING_PAREN: &str = "missing closing )";
const UNEXPECTED_PAREN: &str = "unexpected )";
const CAPTURE: &str = "invalid named capture";
const PERL: &str = "invalid or unsupported Perl syntax";
const NESTED_REPEAT: &str = "invalid nested repetition operator";
const REPEAT_COUNT: &str = "invalid repeat count";
const NOTHING_TO_REPEAT: &str = "missing argument to repetition operator";
const TOO_DEEP: &str = "expression nests too deeply";
const TOO_LARGE: &str = "expression too large";
/// The most that counted repetitions may multiply to.
const MOST_REPEATS: u32 = 1000;
/// How deep groups may nest.
const MOST_DEPTH: usize = 900;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) regex: Regex,
    /// The names of its groups in order, `None` for those without; the compiled form has names of its own.
    pub(super) names: Vec<Option<String>>,
}

/// The compiled form of a pattern in Go's syntax.
pub(super) fn compile(pattern: &str) -> Outcome<Pattern> {
    let (translated, names) = Translator::new(pattern).translate()?;
    let built = RegexBuilder::new(&translated).nest_limit(4 * MOST_DEPTH as u32).size_limit(32 << 20).build();
    let regex = built.map_err(|_| PatternError { kind: TOO_LARGE, part: pattern.to_owned() })?;
    Ok(Pattern { regex, names })
}

/// What has been read of the group that is open.
#[derive(Default, Clone, Copy)]
struct Level {
    /// How far the counted repetitions of the last item multiply; `None` when there is no item to repeat.
    last: Option<u32>,
    /// The same for all items before.
    worst: u32,
}

impl Level {
    fn item(&mut self, repeats: u32) {
        self.worst = self.worst.max(repeats);
        self.last = Some(repeats);
    }
}

struct Translator<'a> {
    whole: &'a str,
    rest: &'a str,
    out: String,
    levels: Vec<Level>,
    names: Vec<Option<String>>,
}

impl<'a> Translator<'a> {
    fn new(whole: &'a str) -> Self {
        Translator { whole, rest: whole, out: String::new(), levels: vec![Level::default()], names: Vec::new() }
    }

    fn translate(mut self) -> Outcome<(String, Vec<Option<String>>)> {
        // The start of the repetition that was read last, when nothing followed it yet.
        let mut repetition: Option<&'a str> = None;
        while let Some(first) = self.rest.chars().next() {
            let before = self.rest;
            let mut now = None;
            match first {
                '*' | '+' | '?' => {
                    self.rest = &self.rest[1..];
                    self.repeat(before, repetition, None)?;
                    now = Some(before);
                }
                '{' => match repeat_count(before) {
                    Some((least, most, after)) => {
                        self.rest = after;
                        let too_many = [least, most.unwrap_or(0)].iter().any(|count| *count > MOST_REPEATS);
                        if too_many || most.is_some_and(|most| least > most) {
                            return fault(REPEAT_COUNT, consumed(before, after));
                        }
                        self.repeat(before, repetition, Some(most.unwrap_or(least)))?;
                        now = Some(before);
                    }
                    None => self.literal('{'),
                },
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.out.push('|');
                    self.rest = &self.rest[1..];
                    self.level().last = None;
                }
                '^' | '$' | '.' => {
                    self.out.push(first);
                    self.rest = &self.rest[1..];
                    self.level().item(1);
                }
                '[' => self.class()?,
                '\\' => self.escape()?,
                other => self.literal(other),
            }
            repetition = now;
        }
        if self.levels.len() > 1 {
            return fault(MISSING_PAREN, self.whole);
        }
        Ok((self.out, self.names))
    }

    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn push_literal(&mut self, character: char) {
        self.out.push_str(&format!("\\x{{{:x}}}", u32::from(character)));
        self.level().item(1);
    }

    fn literal(&mut self, character: char) {
        self.rest = &self.rest[character.len_utf8()..];
        self.push_literal(character);
    }

    /// Ends a repetition whose operator (without `?`) has been read from `before`.
    fn repeat(&mut self, before: &'a str, earlier: Option<&'a str>, count: Option<u32>) -> Outcome<()> {
        if let Some(after) = self.rest.strip_prefix('?') {
            self.rest = after;
        }
        if let Some(earlier) = earlier {
            return fault(NESTED_REPEAT, consumed(earlier, self.rest));
        }
        let written = consumed(before, self.rest);
        let Some(inside) = self.level().last else { return fault(NOTHING_TO_REPEAT, written) };
        let repeats = inside.saturating_mul(count.unwrap_or(1).max(1));
        if repeats > MOST_REPEATS {
            return fault(REPEAT_COUNT, written);
        }
        self.out.push_str(written);
        self.level().item(repeats);
        Ok(())
    }

    fn open(&mut self) -> Outcome<()> {
        if self.levels.len() > MOST_DEPTH {
            return fault(TOO_DEEP, self.whole);
        }
        if self.rest.starts_with("(?") {
            return self.open_special();
        }
        self.out.push('(');
        self.names.push(None);
        self.rest = &self.rest[1..];
        self.levels.push(Level::default());
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)`, `(?flags:`
    fn open_special(&mut self) -> Outcome<()> {
        let text = self.rest;
        let name_start = match text {
            _ if text.len() > 4 && text.starts_with("(?P<") => Some(4),
            _ if text.len() > 3 && text.starts_with("(?<") => Some(3),
            _ => None,
        };
        if let Some(start) = name_start {
            let Some(end) = text.find('>') else { return fault(CAPTURE, text) };
            let name = text.get(start..end).unwrap_or_default();
            if name.is_empty() || !name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
                return fault(CAPTURE, &text[..=end]);
            }
            // The crate wants names to begin with a letter: its group stays nameless.
            self.names.push(Some(name.to_owned()));
            self.out.push('(');
            self.rest = &text[end + 1..];
            self.levels.push(Level::default());
            return Ok(());
        }
        let (mut negative, mut seen) = (false, true);
        for (at, flag) in text.char_indices().skip(2) {
            let written = &text[..at + flag.len_utf8()];
            match flag {
                'i' | 'm' | 's' | 'U' => seen = true,
                '-' if !negative => (negative, seen) = (true, false),
                ':' | ')' if seen => {
                    // The crate has no empty list of flags.
                    self.out.push_str(if written == "(?)" { "" } else { written });
                    self.rest = &text[written.len()..];
                    if flag == ':' {
                        self.levels.push(Level::default());
                    }
                    return Ok(());
                }
                _ => return fault(PERL, written),
            }
        }
        fault(PERL, text)
    }

    fn close(&mut self) -> Outcome<()> {
        if self.levels.len() < 2 {
            return fault(UNEXPECTED_PAREN, self.whole);
        }
        let inner = self.levels.pop().unwrap_or_default();
        self.out.push(')');
        self.rest = &self.rest[1..];
        self.level().item(inner.worst.max(1));
        Ok(())
    }

    /// What begins with a backslash, outside of a class.
    fn escape(&mut self) -> Outcome<()> {
        let text = self.rest;
        let second = text.chars().nth(1);
        let simple = match second {
            Some('A') => Some("\\A"),
            Some('z') => Some("\\z"),
            Some('b') => Some("(?-u:\\b)"),
            Some('B') => Some("\\B"),
            _ => None,
        };
        if let Some(simple) = simple {
            self.out.push_str(simple);
            self.rest = &text[2..];
            self.level().item(1);
            return Ok(());
        }
        match second {
            Some('C') => fault(ESCAPE, "\\C"),
            Some('Q') => {
                let (quoted, after) = text[2..].split_once("\\E").unwrap_or((&text[2..], ""));
                quoted.chars().for_each(|character| self.push_literal(character));
                self.rest = after;
                Ok(())
            }
            _ => {
                if let Some((class, after)) = escaped_class(text)? {
                    self.out.push_str(&format!("[{class}]"));
                    self.rest = after;
                    self.level().item(1);
                    return Ok(());
                }
                let (character, after) = escaped_character(text)?;
                self.rest = after;
                self.push_literal(character);
                Ok(())
            }
        }
    }

    fn class(&mut self) -> Outcome<()> {
        let whole = self.rest;
        let mut text = &whole[1..];
        let mut out = String::from("[");
        if let Some(after) = text.strip_prefix('^') {
            out.push('^');
            text = after;
        }
        let mut first = true;
        while first || !text.starts_with(']') {
            first = false;
            if text.len() > 2
                && text.starts_with("[:")
                && let Some(end) = text[2..].find(":]")
            {
                let (name, after) = text.split_at(end + 4);
                out.push_str(posix_class(name).map_or_else(|| fault(CHAR_RANGE, name), Ok)?);
                text = after;
                continue;
            }
            if let Some((class, after)) = escaped_class(text)? {
                out.push_str(&class);
                text = after;
                continue;
            }
            let start = text;
            let (low, after) = class_character(text, whole)?;
            text = after;
            let mut high = low;
            if text.len() >= 2 && text.starts_with('-') && !text[1..].starts_with(']') {
                (high, text) = class_character(&text[1..], whole)?;
                if high < low {
                    return fault(CHAR_RANGE, consumed(start, text));
                }
            }
            out.push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", u32::from(low), u32::from(high)));
        }
        out.push(']');
        self.out.push_str(&out);
        self.rest = &text[1..];
        self.level().item(1);
        Ok(())
    }
}

/// `{2}`, `{2,}` or `{2,3}`: least, most when there is one, and what follows.
fn repeat_count(text: &str) -> Option<(u32, Option<u32>, &str)> {
    fn number(text: &str) -> Option<(u32, &str)> {
        let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        let (digits, after) = text.split_at(end);
        let leading_zero = digits.len() > 1 && digits.starts_with('0');
        (end > 0 && !leading_zero).then(|| (digits.parse().unwrap_or(u32::MAX), after))
    }
    let (least, after) = number(text.strip_prefix('{')?)?;
    if let Some(after) = after.strip_prefix('}') {
        return Some((least, Some(least), after));
    }
    let after = after.strip_prefix(',')?;
    if let Some(after) = after.strip_prefix('}') {
        return Some((least, None, after));
    }
    let (most, after) = number(after)?;
    Some((least, Some(most), after.strip_prefix('}')?))
}
