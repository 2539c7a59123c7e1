//! The exit codes, as the documentation promises them.

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Fine.
    Fine,
    /// Kilter or a tool broke, or the configuration cannot be planned.
    Broke,
    /// The plan has changes; only with `--detailed-exitcode`.
    Changes,
    /// Findings at or above the threshold; files that are not formatted.
    Findings,
    /// Tests or verifications failed.
    TestsFailed,
    /// The real world differs.
    Drift,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Broke => 1,
            Exit::Changes => 2,
            Exit::Findings => 3,
            Exit::TestsFailed => 4,
            Exit::Drift => 5,
            Exit::Interrupted => 130,
        }
    }
}
