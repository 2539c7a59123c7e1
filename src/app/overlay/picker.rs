//! A list to choose from with a fuzzy search: the palette, help for a pane, menus, histories.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::app::effect::Effect;
use crate::app::text_box::TextBox;

/// What choosing does.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// Runs a command.
    Command(&'static str),
    /// Asks the world.
    Effect(Effect),
    /// Goes to a row of the plan, by the change's number.
    PlanChange(usize),
    /// Goes to a hunk of the diff.
    Hunk(usize),
    /// Asks for a typed name, then rebuilds the environment.
    Rebuild,
    /// Asks for a typed name, then destroys the environment.
    Destroy,
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it is called.
    pub label: String,
    /// What it does or is.
    pub detail: String,
    /// The keys that do the same, or the letter that picks it in a menu.
    pub keys: String,
    /// Why it cannot be chosen now.
    pub impossible: Option<String>,
    /// What it does.
    pub choice: Choice,
}

/// The list.
#[derive(Debug, Clone, PartialEq)]
pub struct Picker {
    /// What it is about.
    pub title: String,
    /// What was typed; a menu has no line to type.
    pub query: Option<TextBox>,
    /// Everything.
    pub items: Vec<Item>,
    /// What fits, best first, by number in `items`.
    pub shown: Vec<usize>,
    /// The selected one, by number in `shown`.
    pub index: usize,
    /// The first one that shows.
    pub offset: usize,
}

impl Picker {
    /// A list with a line to type.
    pub fn searchable(title: impl Into<String>, items: Vec<Item>) -> Self {
        Picker { query: Some(TextBox::line()), ..Picker::menu(title, items) }
    }

    /// A menu: each item has a letter.
    pub fn menu(title: impl Into<String>, items: Vec<Item>) -> Self {
        let shown = (0..items.len()).collect();
        Picker { title: title.into(), query: None, items, shown, index: 0, offset: 0 }
    }

    /// The selected item.
    pub fn current(&self) -> Option<&Item> {
        self.items.get(*self.shown.get(self.index)?)
    }

    /// Works out what fits what was typed.
    pub fn refresh(&mut self) {
        let query = self.query.as_ref().map(TextBox::content).unwrap_or_default();
        self.index = 0;
        self.offset = 0;
        if query.trim().is_empty() {
            self.shown = (0..self.items.len()).collect();
            return;
        }
        let pattern = Pattern::parse(&query, CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            // A hit in the name counts for more than one in the explanation.
            let label = score(&item.label).map(|points| points * 2 + 1);
            let other = score(&format!("{} {}", item.label, item.detail));
            let keys = (item.keys == query).then_some(10_000);
            if let Some(points) = label.into_iter().chain(other).chain(keys).max() {
                scored.push((points, index));
            }
        }
        scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        self.shown = scored.into_iter().map(|(_, index)| index).collect();
    }

    /// Moves the selection.
    pub fn step(&mut self, by: isize, height: usize) {
        let last = self.shown.len().saturating_sub(1);
        self.index = self.index.saturating_add_signed(by).min(last);
        let height = height.max(1);
        if self.index < self.offset {
            self.offset = self.index;
        } else if self.index >= self.offset + height {
            self.offset = self.index + 1 - height;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_best_stands_first() {
        let item = |label: &str, detail: &str, keys: &str| Item {
            label: label.to_owned(),
            detail: detail.to_owned(),
            keys: keys.to_owned(),
            impossible: None,
            choice: Choice::Command("x"),
        };
        let items = vec![
            item("Commit", "write a message", "c"),
            item("Run the checks", "of a commit", "x"),
            item("Quit", "", "q"),
        ];
        let mut picker = Picker::searchable("palette", items);
        picker.query.as_mut().expect("a line").insert("com");
        picker.refresh();
        assert_eq!(picker.current().map(|item| item.label.as_str()), Some("Commit"));
        assert_eq!(picker.shown.len(), 2);
    }
}
