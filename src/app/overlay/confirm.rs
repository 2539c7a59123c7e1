//! A question before something that cannot be taken back: what exactly will happen, and what it takes to say yes.

use crate::app::effect::Effect;
use crate::app::screen::line::ToneLine;
use crate::app::text_box::TextBox;
use crate::app::wrap::Wrapped;

/// What it takes to say yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// `y` or Enter.
    Key,
    /// This text, typed, then Enter.
    Typed(String),
    /// Nothing can be confirmed: it only says why.
    Nothing,
}

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    /// What it is about.
    pub title: String,
    /// What exactly will happen.
    pub lines: Wrapped,
    /// The first line that shows.
    pub offset: usize,
    /// What it takes.
    pub need: Need,
    /// What was typed so far.
    pub typed: TextBox,
    /// What happens on yes.
    pub effects: Vec<Effect>,
    /// It is about destruction.
    pub danger: bool,
}

impl Confirm {
    /// A question.
    pub fn new(title: impl Into<String>, lines: Vec<ToneLine>, need: Need, effects: Vec<Effect>) -> Self {
        Confirm {
            title: title.into(),
            lines: Wrapped::new(lines),
            offset: 0,
            need,
            typed: TextBox::line(),
            effects,
            danger: false,
        }
    }

    /// Whether what was typed is what it takes.
    pub fn is_met(&self) -> bool {
        match &self.need {
            Need::Key => true,
            Need::Typed(text) => self.typed.content() == *text,
            Need::Nothing => false,
        }
    }
}
