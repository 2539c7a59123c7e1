//! Taking the terminal and giving it back: after a quit, an error, a panic or a signal.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{SetCursorStyle, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, queue};

/// Whether the terminal is ours now. Shared with the panic hook.
#[derive(Debug, Clone, Default)]
pub struct Held(Arc<AtomicBool>);

/// Holds the terminal; dropping it gives the terminal back.
#[derive(Debug)]
pub struct TerminalGuard {
    held: Held,
    mouse: bool,
}

impl TerminalGuard {
    /// Takes the terminal: raw mode, the alternate screen, bracketed paste, focus events and (if wished) the mouse.
    ///
    /// # Errors
    /// As the terminal says it; what was taken is given back.
    pub fn take(mouse: bool) -> io::Result<Self> {
        let guard = TerminalGuard { held: Held::default(), mouse };
        guard.enter()?;
        Ok(guard)
    }

    /// A handle for the panic hook.
    pub fn held(&self) -> Held {
        self.held.clone()
    }

    fn enter(&self) -> io::Result<()> {
        enable_raw_mode()?;
        self.held.0.store(true, Ordering::SeqCst);
        let mut out = io::stdout();
        queue!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
        if self.mouse {
            queue!(out, EnableMouseCapture)?;
        }
        out.flush()
    }

    /// Gives the terminal back for a while: to `$EDITOR`, or to the shell on Ctrl-z.
    ///
    /// # Errors
    /// As the terminal says it.
    pub fn release(&self) -> io::Result<()> {
        self.held.give_back()
    }

    /// Takes it again.
    ///
    /// # Errors
    /// As the terminal says it.
    pub fn retake(&self) -> io::Result<()> {
        self.enter()
    }

    /// Follows a changed setting.
    ///
    /// # Errors
    /// As the terminal says it.
    pub fn set_mouse(&mut self, mouse: bool) -> io::Result<()> {
        if mouse == self.mouse {
            return Ok(());
        }
        self.mouse = mouse;
        match mouse {
            true => execute!(io::stdout(), EnableMouseCapture),
            false => execute!(io::stdout(), DisableMouseCapture),
        }
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        // Nothing is left to tell a fault to.
        let _ = self.held.give_back();
    }
}

impl Held {
    /// Gives the terminal back, once; a second call does nothing.
    ///
    /// # Errors
    /// As the terminal says it.
    pub fn give_back(&self) -> io::Result<()> {
        if !self.0.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let mut out = io::stdout();
        let written = queue!(
            out,
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste,
            SetCursorStyle::DefaultUserShape,
            LeaveAlternateScreen,
            Show
        )
        .and_then(|()| out.flush());
        disable_raw_mode().and(written)
    }

    /// Makes a panic give the terminal back before it is told, so that its message is readable.
    pub fn guard_panics(&self) {
        let held = self.clone();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let _ = held.give_back();
            before(panic);
        }));
    }
}
