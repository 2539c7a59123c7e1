//! What a command is.

use crate::app::effect::Effect;
use crate::app::layout::Pane;
use crate::app::state::App;

/// Whether a command can run now; if not, why.
pub type Possible = Result<(), String>;

/// A command.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// Stable id for settings: `walk.commit`.
    pub id: &'static str,
    /// What palette and help call it.
    pub title: &'static str,
    /// What it does, in one sentence.
    pub doc: &'static str,
    /// The keys it has unless the person binds others.
    pub keys: &'static [&'static str],
    /// The panes where the keys hold; empty means everywhere.
    pub panes: &'static [Pane],
    /// Whether it can run now.
    pub possible: fn(&App) -> Possible,
    /// Runs it.
    pub run: fn(&mut App) -> Vec<Effect>,
}

/// For commands that can always run.
pub fn always(_: &App) -> Possible {
    Ok(())
}

/// Nothing to ask of the world.
pub fn nothing() -> Vec<Effect> {
    Vec::new()
}
