//! Text from outside made fit for the screen: control sequences neutralised, widths counted, long names shortened. Every
//! string that Kilter did not write itself goes through [`clean`].

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What a tab becomes.
const TAB: &str = "    ";

/// Whether a character would move the cursor, change the terminal's mind, or reorder or hide text.
fn is_dangerous(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// The text with control characters, direction marks and invisible characters shown as escapes; tabs become blanks.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => out.push_str(TAB),
            '\r' => out.push_str("\\r"),
            '\n' => out.push_str("\\n"),
            c if is_dangerous(c) && (c as u32) < 0x100 => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if is_dangerous(c) => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// How many cells a text takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { UnicodeWidthStr::width(text) }
}

/// The beginning of a text that fits into so many cells.
fn head(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        used += width(cluster);
        if used > cells {
            return &text[..at];
        }
    }
    text
}

/// The end of a text that fits into so many cells.
fn tail(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true).rev() {
        used += width(cluster);
        if used > cells {
            return &text[at + cluster.len()..];
        }
    }
    text
}

/// The text cut at the end with a sign, when it does not fit.
pub fn cut(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    match cells {
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}…", head(text, cells - 1))),
    }
}

/// The text shortened in the middle, when it does not fit: the end is what differs between paths and addresses.
pub fn middle(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    if cells < 5 {
        return cut(text, cells);
    }
    let front = (cells - 1) / 3;
    let back = cells - 1 - front;
    Cow::Owned(format!("{}…{}", head(text, front), tail(text, back)))
}

/// A text without its first cells; a wide character that is cut in two leaves a blank.
pub fn skip(text: &str, cells: usize) -> Cow<'_, str> {
    if cells == 0 {
        return Cow::Borrowed(text);
    }
    let mut used = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        if used >= cells {
            let pad = used - cells;
            let rest = &text[at..];
            return if pad == 0 { Cow::Borrowed(rest) } else { Cow::Owned(format!("{}{rest}", " ".repeat(pad))) };
        }
        used += width(cluster);
    }
    Cow::Borrowed("")
}

/// The signs that Kilter itself writes, by what they are in a terminal that knows only ASCII.
const TWINS: [(char, &str); 40] = [
    ('…', "~"),
    ('·', "-"),
    ('→', "->"),
    ('⇒', "=>"),
    ('↑', "^"),
    ('↓', "v"),
    ('←', "<-"),
    ('×', "x"),
    ('±', "+-"),
    ('−', "-"),
    ('–', "-"),
    ('—', "-"),
    ('✓', "v"),
    ('✗', "x"),
    ('●', "*"),
    ('○', "o"),
    ('◐', ">"),
    ('◌', "."),
    ('▸', ">"),
    ('▾', "v"),
    ('▌', ">"),
    ('│', "|"),
    ('─', "-"),
    ('╭', "+"),
    ('╮', "+"),
    ('╰', "+"),
    ('╯', "+"),
    ('├', "+"),
    ('┤', "+"),
    ('┬', "+"),
    ('┴', "+"),
    ('┼', "+"),
    ('‘', "'"),
    ('’', "'"),
    ('“', "\""),
    ('”', "\""),
    ('█', "#"),
    ('░', "."),
    ('≥', ">="),
    ('≤', "<="),
];

/// The text with Kilter's own signs in ASCII.
pub fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match TWINS.iter().find(|(sign, _)| *sign == c) {
            Some((_, twin)) => out.push_str(twin),
            None if ('⠀'..='⣿').contains(&c) => out.push('*'),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        assert_eq!(clean("plain é 漢字"), "plain é 漢字");
        assert_eq!(clean("\u{1b}[2J\u{7}\u{9b}31m"), "\\x1b[2J\\x07\\x9b31m");
        assert_eq!(clean("a\u{202e}b\u{2066}c\u{200b}\u{e0041}"), "a\\u{202e}b\\u{2066}c\\u{200b}\\u{e0041}");
        assert_eq!(clean("a\tb\r"), "a    b\\r");
    }

    #[test]
    fn long_names_keep_their_ends() {
        assert_eq!(middle("module.site[\"blog\"].local_file.vhost", 20), "module…al_file.vhost");
        assert_eq!(cut("server_name", 6), "serve…");
        assert_eq!(cut("漢字漢字", 5), "漢字…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(skip("漢字ab", 1), " 字ab");
        assert_eq!(skip("ab", 5), "");
    }

    proptest! {
        #[test]
        fn shortened_text_fits(text in "\\PC{0,40}", cells in 0usize..30) {
            let text = clean(&text).into_owned();
            prop_assert!(width(&cut(&text, cells)) <= cells);
            prop_assert!(width(&middle(&text, cells)) <= cells);
        }

        #[test]
        fn clean_text_is_clean(text in any::<String>()) {
            prop_assert!(!clean(&text).chars().any(is_dangerous));
        }
    }
}
