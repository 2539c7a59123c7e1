//! What the terminal says, as events of the app. Double clicks are told from single ones here, by the time that the loop
//! gives.

use std::time::Duration;

use crossterm::event::{
    Event as Said, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use crate::app::event::{Event, MouseInput, MouseKind};
use crate::app::key::{KeyCode, KeyPress};

/// Two clicks at one place within this are a double click.
const DOUBLE: Duration = Duration::from_millis(400);

/// Turns what the terminal says into events.
#[derive(Debug, Default)]
pub struct Translator {
    last_click: Option<(Duration, u16, u16)>,
}

impl Translator {
    /// The event, if what the terminal said is one. `elapsed` is the loop's clock.
    pub fn translate(&mut self, said: Said, elapsed: Duration) -> Option<Event> {
        match said {
            Said::Key(key) if key.kind != KeyEventKind::Release => key_press(key).map(Event::Key),
            Said::Key(_) => None,
            Said::Mouse(mouse) => self.mouse(mouse, elapsed).map(Event::Mouse),
            Said::Paste(text) => Some(Event::Paste(text)),
            Said::Resize(width, height) => Some(Event::Resize(width, height)),
            Said::FocusGained => Some(Event::Focus(true)),
            Said::FocusLost => Some(Event::Focus(false)),
        }
    }

    fn mouse(&mut self, mouse: MouseEvent, elapsed: Duration) -> Option<MouseInput> {
        let (x, y) = (mouse.column, mouse.row);
        let kind = match mouse.kind {
            MouseEventKind::ScrollUp => MouseKind::ScrollUp,
            MouseEventKind::ScrollDown => MouseKind::ScrollDown,
            MouseEventKind::Down(MouseButton::Left) => {
                let again = self
                    .last_click
                    .take()
                    .is_some_and(|(at, column, row)| (column, row) == (x, y) && elapsed.saturating_sub(at) < DOUBLE);
                if again {
                    MouseKind::DoubleClick
                } else {
                    self.last_click = Some((elapsed, x, y));
                    MouseKind::Click
                }
            }
            _ => return None,
        };
        Some(MouseInput { kind, x, y })
    }
}

fn key_press(key: KeyEvent) -> Option<KeyPress> {
    let held = |modifier| key.modifiers.contains(modifier);
    let mut press = KeyPress {
        code: KeyCode::Esc,
        ctrl: held(KeyModifiers::CONTROL),
        alt: held(KeyModifiers::ALT),
        shift: held(KeyModifiers::SHIFT),
    };
    press.code = match key.code {
        Code::Char(c) => {
            // Terminals differ in whether Ctrl-Shift-D is `d` or `D`; Shift alone is in the character already.
            press.shift = false;
            KeyCode::Char(if press.ctrl { c.to_ascii_lowercase() } else { c })
        }
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => {
            press.shift = true;
            KeyCode::Tab
        }
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::F(n) => KeyCode::F(n),
        _ => return None,
    };
    Some(press)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: Code, modifiers: KeyModifiers) -> Said {
        Said::Key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn keys_arrive_by_their_names() {
        let name = |code, modifiers| match Translator::default().translate(said(code, modifiers), Duration::ZERO) {
            Some(Event::Key(key)) => key.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(name(Code::Char('G'), KeyModifiers::SHIFT), "G");
        assert_eq!(name(Code::Char('d'), KeyModifiers::CONTROL), "<c-d>");
        assert_eq!(name(Code::BackTab, KeyModifiers::SHIFT), "<s-tab>");
        assert_eq!(name(Code::Char(' '), KeyModifiers::NONE), "<space>");
    }

    #[test]
    fn two_quick_clicks_are_one_double_click() {
        let click = Said::Mouse(MouseEvent {
            kind: MouseEventKind::Down(MouseButton::Left),
            column: 3,
            row: 4,
            modifiers: KeyModifiers::NONE,
        });
        let mut translator = Translator::default();
        let mut kind = |millis| match translator.translate(click.clone(), Duration::from_millis(millis)) {
            Some(Event::Mouse(input)) => input.kind,
            other => panic!("{other:?}"),
        };
        assert_eq!(kind(1_000), MouseKind::Click);
        assert_eq!(kind(1_200), MouseKind::DoubleClick);
        assert_eq!(kind(1_300), MouseKind::Click);
        assert_eq!(kind(3_000), MouseKind::Click);
    }
}
