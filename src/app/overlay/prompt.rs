//! A line to type at the bottom of the screen: a search or a filter, at work while it is typed.

use crate::app::text_box::TextBox;

/// What the line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    /// Jump to what holds the text.
    Search,
    /// Show only what fits.
    Filter,
}

impl PromptKind {
    /// What stands before the line.
    pub fn label(self) -> &'static str {
        match self {
            PromptKind::Search => "/",
            PromptKind::Filter => "filter: ",
        }
    }
}

/// The line.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// What it is for.
    pub kind: PromptKind,
    /// What was typed.
    pub text: TextBox,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// The row that was selected when it opened, to go back to.
    pub from: usize,
    /// It belongs to the reader below it and not to a pane.
    pub in_reader: bool,
}

impl Prompt {
    /// An empty line.
    pub fn new(kind: PromptKind, from: usize, in_reader: bool) -> Self {
        Prompt { kind, text: TextBox::line(), problem: None, from, in_reader }
    }
}
