//! The commit message editor: what is staged, the message, and the plan summary offered as trailers.

use crate::app::text_box::TextBox;

/// The editor.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageEditor {
    /// The message without trailers.
    pub text: TextBox,
    /// The staged files, each `M web/main.tf`.
    pub staged: Vec<String>,
    /// `Kilter-Plan: web: 1 to add, …`, one per stack that changes.
    pub trailers: Vec<String>,
    /// The trailers go into the message.
    pub with_trailers: bool,
    /// Why it was refused.
    pub problem: Option<String>,
}

impl MessageEditor {
    /// The whole message as git gets it; `None` when nothing was written.
    pub fn message(&self) -> Option<String> {
        let lines: Vec<&str> = self.text.lines().iter().map(|line| line.trim_end()).collect();
        let text = lines.join("\n").trim().to_owned();
        if text.is_empty() {
            return None;
        }
        let trailers = if self.with_trailers { self.trailers.as_slice() } else { &[] };
        let tail = if trailers.is_empty() { String::new() } else { format!("\n\n{}", trailers.join("\n")) };
        Some(format!("{text}{tail}\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_message_is_none_and_trailers_stand_apart() {
        let editor = |text: &str, with_trailers| MessageEditor {
            text: TextBox::text(text),
            staged: vec![],
            trailers: vec!["Kilter-Plan: web: 1 to add".to_owned()],
            with_trailers,
            problem: None,
        };
        assert_eq!(editor(" \n\n", true).message(), None);
        assert_eq!(editor("Open\n\n", true).message().as_deref(), Some("Open\n\nKilter-Plan: web: 1 to add\n"));
        assert_eq!(editor("Open", false).message().as_deref(), Some("Open\n"));
    }
}
