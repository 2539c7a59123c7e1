//! Telling a person on standard error how an environment's operation goes, and stopping it at an interrupt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::output::{safe, say};
use super::text;
use crate::engine::ApplyEvent;
use crate::environment::{Progress, StackPhase, Watcher};
use crate::model::action::Action;
use crate::model::environment::{Verification, VerifyOutcome};

/// Tells, and listens for Ctrl-c.
pub struct Telling {
    interrupted: Arc<AtomicBool>,
}

impl Telling {
    /// Begins to listen for an interrupt. The first lets what is under way end, as terraform's first does.
    pub fn begin() -> Self {
        Telling { interrupted: super::interrupt::flag() }
    }
}

impl Watcher for Telling {
    fn progress(&self, progress: Progress) {
        match progress {
            Progress::Notice(line) => say(&line),
            Progress::Stack { stack, phase } => {
                let word = match phase {
                    StackPhase::Planning => "planning",
                    StackPhase::Applying => "applying",
                    StackPhase::UpToDate => "up to date",
                    StackPhase::Done => "done",
                };
                say(&format!("{stack}: {word}"));
            }
            Progress::Object { stack, event } => say(&format!("{stack}: {}", object(&event))),
            Progress::Process { name, message } => say(&format!("process {name}: {message}")),
            Progress::Verified(verification) => say(&verified(&verification)),
        }
    }

    fn cancelled(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

fn object(event: &ApplyEvent) -> String {
    let doing = |action: Action| match action {
        Action::Create => "creating",
        Action::Delete => "destroying",
        Action::Update => "changing",
        Action::Read => "reading",
        other => other.word(),
    };
    match event {
        ApplyEvent::Started { address, action } => format!("{address}: {}", doing(*action)),
        ApplyEvent::Progress { address, line } => format!("{address}: {}", safe(line)),
        ApplyEvent::Done { address, took, .. } => format!("{address}: done in {}", text::duration(*took)),
        ApplyEvent::Failed { address, diagnostics, .. } => {
            let why = diagnostics.first().map(text::diagnostic_line).unwrap_or_default();
            format!("{address}: failed: {why}")
        }
    }
}

/// One verification in one line.
pub fn verified(verification: &Verification) -> String {
    let sign = match verification.outcome {
        VerifyOutcome::Passed => "✓",
        VerifyOutcome::Failed => "✗",
        VerifyOutcome::Error => "!",
        VerifyOutcome::Unsupported => "–",
    };
    format!("{sign} {}: {}", safe(&verification.subject), safe(&verification.message))
}
