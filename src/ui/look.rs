//! How the screen looks: theme, signs, and the remembered colours of code. One value, made at the start and when a theme
//! changes.

use crate::app::change::attributes::Sign;
use crate::app::marks::Mark;
use crate::model::action::Action;
use crate::ui::colour::Depth;
use crate::ui::syntax::SyntaxColours;
use crate::ui::theme::{Role, Theme};

/// Everything that drawing needs besides the app.
#[derive(Debug)]
pub struct Look {
    /// The colours.
    pub theme: Theme,
    /// ASCII only, no box drawing.
    pub plain: bool,
    /// The colours of code that were worked out already.
    pub syntax: SyntaxColours,
}

impl Look {
    /// A look with a theme.
    pub fn new(theme: Theme, plain: bool) -> Self {
        Look { theme, plain, syntax: SyntaxColours::default() }
    }

    /// The look for a terminal: by the person's choice, else by its background.
    pub fn for_terminal(theme: Option<&str>, dark: bool, depth: Depth, plain: bool) -> Self {
        let chosen = theme.filter(|_| depth != Depth::None).and_then(|name| Theme::embedded(name, depth));
        Look::new(chosen.unwrap_or_else(|| Theme::for_background(dark, depth)), plain)
    }

    /// The sign and role of an outcome.
    pub fn mark(&self, mark: Mark) -> (&'static str, Role) {
        match mark {
            Mark::Same => ("=", Role::Noop),
            Mark::Changes => ("~", Role::Update),
            Mark::Ok => ("✓", Role::Ok),
            Mark::Warning => ("!", Role::Warning),
            Mark::Failed => ("✗", Role::Error),
            Mark::Error => ("!", Role::Error),
            Mark::Unknown => ("?", Role::Unknown),
            Mark::Waiting => ("·", Role::Skipped),
            Mark::Running => ("◌", Role::Running),
            Mark::Nothing => ("–", Role::Skipped),
        }
    }

    /// The role of a planned action.
    pub fn action(&self, action: Action) -> Role {
        match action {
            Action::NoOp => Role::Noop,
            Action::Create => Role::Create,
            Action::Read => Role::Read,
            Action::Update => Role::Update,
            Action::Delete => Role::Delete,
            Action::DeleteThenCreate | Action::CreateThenDelete => Role::Replace,
            Action::Forget => Role::Forget,
        }
    }

    /// The role of an attribute's sign.
    pub fn sign(&self, sign: Sign) -> Role {
        match sign {
            Sign::Add => Role::Create,
            Sign::Remove => Role::Delete,
            Sign::Change => Role::Update,
            Sign::Same => Role::Muted,
        }
    }

    /// A spinner at this moment.
    pub fn spinner(&self, now: std::time::SystemTime) -> &'static str {
        const TURNS: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
        const PLAIN: [&str; 4] = ["|", "/", "-", "\\"];
        let millis = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let turn = (millis / crate::app::jobs::TURN.as_millis()) as usize;
        if self.plain { PLAIN[turn % PLAIN.len()] } else { TURNS[turn % TURNS.len()] }
    }
}
