//! What can lie over the panes. Overlays are a stack of values; the topmost has the keys.

pub mod confirm;
pub mod message;
pub mod picker;
pub mod prompt;
pub mod reader;

use confirm::Confirm;
use message::MessageEditor;
use picker::Picker;
use prompt::Prompt;
use reader::Reader;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// Something to read: an explanation, a log, a blame, a commit.
    Reader(Reader),
    /// Something to choose from: palette, help, a menu, a history.
    Picker(Picker),
    /// Something to confirm.
    Confirm(Confirm),
    /// A commit message.
    Message(MessageEditor),
    /// A line to type: search or filter.
    Prompt(Prompt),
}
