//! Breaking lines to be read at words, for overlays. Code and changed lines keep their shape.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::app::screen::line::{Tone, ToneLine};

/// Lines as they were told and as they fit into so many cells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wrapped {
    /// As they were told.
    pub told: Vec<ToneLine>,
    /// As they fit.
    pub shown: Vec<ToneLine>,
    cells: usize,
    done: usize,
}

impl Wrapped {
    /// Lines that nobody measured yet.
    pub fn new(told: Vec<ToneLine>) -> Self {
        Wrapped { shown: told.clone(), told, cells: 0, done: 0 }
    }

    /// One more line.
    pub fn push(&mut self, line: ToneLine) {
        if self.cells > 0 {
            wrap(&line, self.cells, &mut self.shown);
            self.done += 1;
        }
        self.told.push(line);
    }

    /// Fits the lines into so many cells; does nothing when they are fitted already.
    pub fn fit(&mut self, cells: usize) {
        if self.cells == cells && self.done == self.told.len() {
            return;
        }
        self.cells = cells;
        self.done = self.told.len();
        self.shown.clear();
        for line in &self.told {
            wrap(line, cells, &mut self.shown);
        }
    }
}

fn wrap(line: &ToneLine, cells: usize, out: &mut Vec<ToneLine>) {
    let keeps = matches!(line.tone, Tone::Code);
    if keeps || cells < 8 || line.text.len() <= cells || line.text.width() <= cells {
        return out.push(line.clone());
    }
    let indent = line.text.len() - line.text.trim_start_matches(' ').len();
    let hang = " ".repeat((indent + 2).min(cells / 2));
    let mut current = String::new();
    let mut used = 0;
    for word in line.text.split_word_bounds() {
        let wide = word.width();
        if used + wide > cells && used > hang.len() {
            out.push(ToneLine::new(line.tone, current.trim_end()));
            current.clone_from(&hang);
            used = hang.len();
            if word.trim().is_empty() {
                continue;
            }
        }
        // A word that is longer than a line is broken where it must be.
        for cluster in word.graphemes(true) {
            let wide = cluster.width();
            if used + wide > cells {
                out.push(ToneLine::new(line.tone, std::mem::take(&mut current)));
                current.clone_from(&hang);
                used = hang.len();
            }
            current.push_str(cluster);
            used += wide;
        }
    }
    out.push(ToneLine::new(line.tone, current));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str, cells: usize) -> Vec<String> {
        let mut wrapped = Wrapped::new(vec![ToneLine::new(Tone::Text, text)]);
        wrapped.fit(cells);
        wrapped.shown.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn lines_break_at_words_and_hang() {
        assert_eq!(shown("short", 10), ["short"]);
        assert_eq!(shown("wait for it, or destroy it", 12), ["wait for it,", "  or destroy", "  it"]);
        assert_eq!(shown("abcdefghijklmnop", 10), ["abcdefghij", "  klmnop"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_everything_fits(text in "[a-z漢 ]{0,60}", cells in 8usize..30) {
            let lines = shown(&text, cells);
            prop_assert!(lines.iter().all(|line| line.width() <= cells));
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
