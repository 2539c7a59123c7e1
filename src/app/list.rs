//! A list that is looked at through a window: rows, the selected *thing* (not its row number), and the scroll position.
//! Every pane is one.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The identity of the thing in a row: the same for the same thing whatever stands around it.
pub type Identity = u64;

/// Makes an identity of what names a thing.
pub fn identity(parts: impl Hash) -> Identity {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

/// What a list needs to know of its rows.
pub trait Row {
    /// Which thing it is about.
    fn id(&self) -> Identity;
    /// Its text, for searching and copying.
    fn text(&self) -> String;
}

/// Rows with a selection and a window.
#[derive(Debug, Clone, PartialEq)]
pub struct List<R> {
    rows: Vec<R>,
    selected: Option<Identity>,
    index: usize,
    offset: usize,
}

impl<R> Default for List<R> {
    fn default() -> Self {
        List { rows: Vec::new(), selected: None, index: 0, offset: 0 }
    }
}

impl<R: Row> List<R> {
    /// All rows.
    pub fn rows(&self) -> &[R] {
        &self.rows
    }

    /// Puts other rows in place; the selected thing stays selected and keeps its height in the window.
    pub fn set_rows(&mut self, rows: Vec<R>) {
        let above = self.index.saturating_sub(self.offset);
        // Who looks at the top goes on looking at the top: what comes first is the most important.
        let at_top = self.offset == 0;
        self.rows = rows;
        let found = self.selected.and_then(|id| self.rows.iter().position(|row| row.id() == id));
        if let Some(at) = found
            && at != self.index
        {
            self.offset = if at_top { 0 } else { at.saturating_sub(above) };
            self.index = at;
        }
        self.select(self.index);
    }

    /// The selected row.
    pub fn current(&self) -> Option<&R> {
        self.rows.get(self.index)
    }

    /// Selects the thing with an identity, when it is there.
    pub fn select_id(&mut self, id: Identity) -> bool {
        match self.rows.iter().position(|row| row.id() == id) {
            Some(at) => {
                self.select(at);
                true
            }
            None => false,
        }
    }
}

/// Moving in a list without knowing what is in it.
pub trait Motion {
    /// How many rows.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The selected row's number.
    fn index(&self) -> usize;
    /// The first row in the window.
    fn offset(&self) -> usize;
    /// Selects a row; beyond the end it is the last.
    fn select(&mut self, index: usize);
    /// Moves the window so that the selection is in it.
    fn fit(&mut self, height: usize);
    /// Moves the window, and the selection only as far as it must to stay in it.
    fn scroll(&mut self, by: isize, height: usize);
    /// The text of a row.
    fn text(&self, index: usize) -> String;

    /// Moves the selection.
    fn step(&mut self, by: isize) {
        self.select(self.index().saturating_add_signed(by));
    }
}

impl<R: Row> Motion for List<R> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn index(&self) -> usize {
        self.index
    }

    fn offset(&self) -> usize {
        self.offset
    }

    fn select(&mut self, index: usize) {
        self.index = index.min(self.rows.len().saturating_sub(1));
        if let Some(row) = self.rows.get(self.index) {
            self.selected = Some(row.id());
        }
    }

    fn fit(&mut self, height: usize) {
        if height == 0 {
            return;
        }
        self.offset = self.offset.min(self.rows.len().saturating_sub(height));
        if self.index < self.offset {
            self.offset = self.index;
        } else if self.index >= self.offset + height {
            self.offset = self.index + 1 - height;
        }
    }

    fn scroll(&mut self, by: isize, height: usize) {
        if height == 0 {
            return;
        }
        self.offset = self.offset.saturating_add_signed(by).min(self.rows.len().saturating_sub(height));
        let inside = self.index.clamp(self.offset, self.offset + height - 1);
        self.select(inside);
    }

    fn text(&self, index: usize) -> String {
        self.rows.get(index).map(Row::text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Row for &'static str {
        fn id(&self) -> Identity {
            identity(self)
        }
        fn text(&self) -> String {
            (*self).to_owned()
        }
    }

    #[test]
    fn the_selected_thing_survives_rows_that_come_and_go() {
        let mut list = List::default();
        list.set_rows(vec!["a", "b", "c", "d"]);
        list.select(2);
        list.fit(2);
        list.set_rows(vec!["new", "a", "b", "c", "d"]);
        assert_eq!(list.current(), Some(&"c"));
        list.set_rows(vec!["a", "b", "d"]);
        assert_eq!(list.current(), Some(&"d"), "what stands where it stood");
        list.set_rows(vec!["a"]);
        assert_eq!(list.current(), Some(&"a"));
        list.set_rows(vec![]);
        assert_eq!(list.current(), None);
    }

    #[test]
    fn the_window_follows_the_selection() {
        let mut list = List::default();
        list.set_rows(vec!["a", "b", "c", "d", "e"]);
        list.select(4);
        list.fit(3);
        assert_eq!(list.offset(), 2);
        list.scroll(-2, 3);
        assert_eq!((list.offset(), list.index()), (0, 2));
    }
}
