//! Values to YAML as terraform writes it: block style, every string and key in double quotes (or a literal block when it
//! has line breaks), long strings folded at 80 columns, a bare scalar closed with `...`.
//!
//! No library writes exactly this; the rules are those of libyaml's emitter, as far as values can reach them.

use crate::model::value::{Value, ValueKind};

/// Where lines are folded.
const WIDTH: usize = 80;
/// The step of indentation.
const STEP: i32 = 2;
/// Longer keys take the form with a question mark.
const SIMPLE_KEY: usize = 128;

/// The YAML text of a value that is wholly known and unmarked.
pub(super) fn write(value: &Value) -> String {
    let mut emitter =
        Emitter { out: String::new(), column: 0, indent: -1, whitespace: true, indention: true, open_ended: false };
    emitter.node(value, Place::Root);
    emitter.write_indent();
    if emitter.open_ended {
        emitter.indicator("...", true, false, false);
        emitter.write_indent();
    }
    emitter.out
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Sequence,
    /// The value or the long key of a mapping.
    Mapping,
    /// A key on the same line as its value.
    SimpleKey,
}

struct Emitter {
    out: String,
    column: usize,
    indent: i32,
    /// The last character was white space.
    whitespace: bool,
    /// Nothing but indentation stands on the line.
    indention: bool,
    open_ended: bool,
}

impl Emitter {
    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn put_text(&mut self, text: &str) {
        text.chars().for_each(|character| self.put(character));
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn write_indent(&mut self) {
        let indent = usize::try_from(self.indent).unwrap_or(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn indicator(&mut self, text: &str, needs_space: bool, is_space: bool, keeps_indention: bool) {
        if needs_space && !self.whitespace {
            self.put(' ');
        }
        self.put_text(text);
        self.whitespace = is_space;
        self.indention &= keeps_indention;
        self.open_ended = false;
    }

    /// Goes one level in; gives the level to return to.
    fn deeper(&mut self, flow: bool, indentless: bool) -> i32 {
        let before = self.indent;
        if self.indent < 0 {
            self.indent = if flow { STEP } else { 0 };
        } else if !indentless {
            self.indent += STEP;
        }
        before
    }

    fn node(&mut self, value: &Value, place: Place) {
        match (&value.kind, value.as_items(), value.as_entries()) {
            (ValueKind::String(text), _, _) => self.string(text, place),
            (_, Some([]), _) => self.empty("[", "]"),
            (_, Some(items), _) => self.sequence(items, place),
            (_, _, Some(entries)) if entries.is_empty() => self.empty("{", "}"),
            (_, _, Some(_)) => self.mapping(value),
            (ValueKind::Number(number), _, _) => self.plain(&number.to_string(), place),
            (ValueKind::Bool(true), _, _) => self.plain("true", place),
            (ValueKind::Bool(false), _, _) => self.plain("false", place),
            _ => self.plain("null", place),
        }
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, true, false);
        self.indicator(close, false, false, false);
    }

    fn sequence(&mut self, items: &[Value], place: Place) {
        let before = self.deeper(false, place == Place::Mapping && !self.indention);
        for item in items {
            self.write_indent();
            self.indicator("-", true, false, true);
            self.node(item, Place::Sequence);
        }
        self.indent = before;
    }

    fn mapping(&mut self, value: &Value) {
        let before = self.deeper(false, false);
        for (key, entry) in value.as_entries().into_iter().flatten() {
            self.write_indent();
            if key.len() <= SIMPLE_KEY && !key.contains(is_break) {
                self.string(key, Place::SimpleKey);
                self.indicator(":", false, false, false);
            } else {
                self.indicator("?", true, false, true);
                self.string(key, Place::Mapping);
                self.write_indent();
                self.indicator(":", true, false, true);
            }
            self.node(entry, Place::Mapping);
        }
        self.indent = before;
    }

    fn plain(&mut self, text: &str, place: Place) {
        if !self.whitespace {
            self.put(' ');
        }
        self.put_text(text);
        self.whitespace = false;
        self.indention = false;
        self.open_ended |= place == Place::Root;
    }

    fn string(&mut self, text: &str, place: Place) {
        let before = self.deeper(true, false);
        if text.contains('\n') && place != Place::SimpleKey && may_be_literal(text) {
            self.literal(text);
        } else {
            self.quoted(text, place != Place::SimpleKey);
        }
        self.indent = before;
    }

    fn quoted(&mut self, text: &str, may_fold: bool) {
        self.indicator("\"", true, false, false);
        let characters: Vec<char> = text.chars().collect();
        let mut after_space = false;
        for (at, character) in characters.iter().enumerate() {
            if *character == ' ' {
                let inside = at > 0 && at + 1 < characters.len();
                if may_fold && !after_space && self.column > WIDTH && inside {
                    self.write_indent();
                    if characters[at + 1] == ' ' {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                after_space = true;
                continue;
            }
            after_space = false;
            if is_printable(*character) && !is_break(*character) && !matches!(character, '"' | '\\') {
                self.put(*character);
            } else {
                self.put_text(&escaped(*character));
            }
        }
        self.indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false, false);
        if text.starts_with(|first| first == ' ' || is_break(first)) {
            self.indicator("2", false, false, false);
        }
        let mut from_end = text.chars().rev();
        let last_breaks = [from_end.next(), from_end.next()].map(|end| end.map(is_break));
        match last_breaks {
            [Some(true), Some(false)] => {}
            [Some(true), _] => self.indicator("+", false, false, false),
            _ => self.indicator("-", false, false, false),
        }
        self.line_break();
        self.indention = true;
        self.whitespace = true;
        let mut at_break = true;
        for character in text.chars() {
            if is_break(character) {
                if character == '\n' {
                    self.line_break();
                } else {
                    self.out.push(character);
                    self.column = 0;
                }
                self.indention = true;
                at_break = true;
            } else {
                if at_break {
                    self.write_indent();
                }
                self.put(character);
                self.indention = false;
                at_break = false;
            }
        }
    }
}

fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What may stand in a YAML text as it is; nothing beyond the basic plane, by this emitter's reckoning.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && character != '\u{feff}'
}

/// Whether a text with line breaks survives a literal block.
fn may_be_literal(text: &str) -> bool {
    let mut previous = None;
    for character in text.chars() {
        if !is_printable(character) || (is_break(character) && previous == Some(' ')) {
            return false;
        }
        previous = Some(character);
    }
    !text.ends_with(' ')
}

fn escaped(character: char) -> String {
    let short = match character {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        other => {
            return match u32::from(other) {
                code @ 0..=0xff => format!("\\x{code:02X}"),
                code @ 0..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}
