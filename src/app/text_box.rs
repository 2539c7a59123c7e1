//! A small editor for text that is typed into the workbench: one line (search, filter, palette, a typed name) or many
//! (a commit message). The crate `ratatui-textarea` would bring the terminal library onto this floor.

use unicode_segmentation::UnicodeSegmentation;

use crate::app::key::{KeyCode, KeyPress};

/// Text with a cursor. Columns count grapheme clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextBox {
    lines: Vec<String>,
    row: usize,
    column: usize,
    many: bool,
}

fn byte_at(line: &str, column: usize) -> usize {
    line.grapheme_indices(true).nth(column).map_or(line.len(), |(at, _)| at)
}

fn width(line: &str) -> usize {
    line.graphemes(true).count()
}

impl TextBox {
    /// An empty line.
    pub fn line() -> Self {
        TextBox { lines: vec![String::new()], row: 0, column: 0, many: false }
    }

    /// A text of many lines, with the cursor at the end of the first.
    pub fn text(text: &str) -> Self {
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let column = width(&lines[0]);
        TextBox { lines, row: 0, column, many: true }
    }

    /// Everything in it.
    pub fn content(&self) -> String {
        self.lines.join("\n")
    }

    /// Its lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Row and column of the cursor, counted from 0; the column counts grapheme clusters.
    pub fn cursor(&self) -> (usize, usize) {
        (self.row, self.column)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(String::is_empty)
    }

    /// Types a text at the cursor. In a single line, line ends become spaces.
    pub fn insert(&mut self, text: &str) {
        for c in text.replace("\r\n", "\n").replace('\r', "\n").chars() {
            match c {
                '\n' if self.many => self.split(),
                '\n' | '\t' => self.insert_char(' '),
                c if c.is_control() => {}
                c => self.insert_char(c),
            }
        }
    }

    fn insert_char(&mut self, c: char) {
        let at = byte_at(&self.lines[self.row], self.column);
        self.lines[self.row].insert(at, c);
        // A combining character joins the cluster before it.
        self.column = width(&self.lines[self.row][..at + c.len_utf8()]);
    }

    fn split(&mut self) {
        let at = byte_at(&self.lines[self.row], self.column);
        let rest = self.lines[self.row].split_off(at);
        self.row += 1;
        self.column = 0;
        self.lines.insert(self.row, rest);
    }

    /// Takes a key in; false when it means nothing here.
    pub fn press(&mut self, key: KeyPress) -> bool {
        if let Some(c) = key.typed() {
            self.insert_char(c);
            return true;
        }
        match (key.code, key.ctrl, key.alt) {
            (KeyCode::Enter, false, false) if self.many => self.split(),
            (KeyCode::Backspace, false, false) | (KeyCode::Char('h'), true, false) => self.erase_back(),
            (KeyCode::Backspace, _, _) | (KeyCode::Char('w'), true, false) => self.erase_word(),
            (KeyCode::Delete, _, _) | (KeyCode::Char('d'), true, false) => self.erase_forward(),
            (KeyCode::Char('u'), true, false) => self.erase_to_start(),
            (KeyCode::Char('k'), true, false) => {
                let at = byte_at(&self.lines[self.row], self.column);
                self.lines[self.row].truncate(at);
            }
            (KeyCode::Left, false, false) | (KeyCode::Char('b'), true, false) => self.left(),
            (KeyCode::Right, false, false) | (KeyCode::Char('f'), true, false) => self.right(),
            (KeyCode::Left, _, _) | (KeyCode::Char('b'), false, true) => self.word_left(),
            (KeyCode::Right, _, _) | (KeyCode::Char('f'), false, true) => self.word_right(),
            (KeyCode::Home, _, _) | (KeyCode::Char('a'), true, false) => self.column = 0,
            (KeyCode::End, _, _) | (KeyCode::Char('e'), true, false) => self.column = width(&self.lines[self.row]),
            (KeyCode::Up, false, false) if self.many => self.go_to_row(self.row.saturating_sub(1)),
            (KeyCode::Down, false, false) if self.many => self.go_to_row(self.row + 1),
            _ => return false,
        }
        true
    }

    fn go_to_row(&mut self, row: usize) {
        self.row = row.min(self.lines.len() - 1);
        self.column = self.column.min(width(&self.lines[self.row]));
    }

    fn left(&mut self) {
        if self.column > 0 {
            self.column -= 1;
        } else if self.row > 0 {
            self.row -= 1;
            self.column = width(&self.lines[self.row]);
        }
    }

    fn right(&mut self) {
        if self.column < width(&self.lines[self.row]) {
            self.column += 1;
        } else if self.row + 1 < self.lines.len() {
            self.row += 1;
            self.column = 0;
        }
    }

    fn graphemes(&self) -> Vec<&str> {
        self.lines[self.row].graphemes(true).collect()
    }

    fn word_left(&mut self) {
        let clusters = self.graphemes();
        let blank = |at: usize| clusters[at].trim().is_empty();
        let mut column = self.column;
        while column > 0 && blank(column - 1) {
            column -= 1;
        }
        while column > 0 && !blank(column - 1) {
            column -= 1;
        }
        self.column = column;
    }

    fn word_right(&mut self) {
        let clusters = self.graphemes();
        let blank = |at: usize| clusters[at].trim().is_empty();
        let mut column = self.column;
        while column < clusters.len() && blank(column) {
            column += 1;
        }
        while column < clusters.len() && !blank(column) {
            column += 1;
        }
        self.column = column;
    }

    fn erase_range(&mut self, from: usize, to: usize) {
        let line = &mut self.lines[self.row];
        let (start, end) = (byte_at(line, from), byte_at(line, to));
        line.replace_range(start..end, "");
        self.column = from;
    }

    fn erase_back(&mut self) {
        if self.column > 0 {
            self.erase_range(self.column - 1, self.column);
        } else if self.row > 0 {
            let rest = self.lines.remove(self.row);
            self.row -= 1;
            self.column = width(&self.lines[self.row]);
            self.lines[self.row].push_str(&rest);
        }
    }

    fn erase_forward(&mut self) {
        if self.column < width(&self.lines[self.row]) {
            self.erase_range(self.column, self.column + 1);
        } else if self.row + 1 < self.lines.len() {
            let rest = self.lines.remove(self.row + 1);
            self.lines[self.row].push_str(&rest);
        }
    }

    fn erase_word(&mut self) {
        let end = self.column;
        if end == 0 {
            return self.erase_back();
        }
        self.word_left();
        self.erase_range(self.column, end);
    }

    fn erase_to_start(&mut self) {
        self.erase_range(0, self.column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::key::parse_keys;

    fn typed(mut text: TextBox, script: &str) -> TextBox {
        for key in parse_keys(script).expect("a script") {
            text.press(key);
        }
        text
    }

    #[test]
    fn typing_and_erasing() {
        let text = typed(TextBox::text(""), "Open<space>port<enter>now<up><end>s<c-w>gate");
        assert_eq!(text.content(), "Open gate\nnow");
        let text = typed(text, "<down><home><backspace>");
        assert_eq!(text.content(), "Open gatenow");
        assert_eq!(typed(text, "<c-u>").content(), "now");
    }

    #[test]
    fn one_line_stays_one_line() {
        let mut text = TextBox::line();
        text.insert("a\nb\u{7}c");
        assert_eq!(text.content(), "a bc");
        assert!(!text.press(KeyPress::plain(KeyCode::Enter)));
    }

    #[test]
    fn the_cursor_moves_by_what_people_see() {
        let mut text = TextBox::line();
        text.insert("e\u{301}👩‍👩‍👧x");
        assert_eq!(text.cursor(), (0, 3));
        assert_eq!(typed(text.clone(), "<left><left><backspace>").content(), "👩‍👩‍👧x");
        assert_eq!(typed(text, "<left><backspace>").content(), "e\u{301}x");
    }
}
