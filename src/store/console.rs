//! The lines that were typed into consoles, so that they can be called back in the next session.
//!
//! Which lines hold a secret and must not come here is for whoever reads them.

use std::path::Path;

use super::memory::Memory;

/// Older lines are forgotten.
const MOST_LINES: usize = 500;

const FILE: &str = "console.json";

impl Memory {
    /// The remembered lines, oldest first; none when they cannot be read.
    pub fn console_lines(&self) -> Vec<String> {
        let bytes = self.read(Path::new(FILE)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Remembers these lines, oldest first.
    ///
    /// # Errors
    /// As the disk says it.
    pub fn remember_console_lines(&self, lines: &[String]) -> std::io::Result<()> {
        let last = &lines[lines.len().saturating_sub(MOST_LINES)..];
        let bytes = serde_json::to_vec(last).map_err(std::io::Error::other)?;
        self.write(Path::new(FILE), &bytes, false)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::sys::files::FakeFiles;

    #[test]
    fn lines_are_remembered_and_old_ones_forgotten() {
        let memory = Memory::open(Arc::new(FakeFiles::default()), PathBuf::from("/k"));
        assert_eq!(memory.console_lines(), Vec::<String>::new());
        let lines: Vec<String> = (0..MOST_LINES + 3).map(|at| format!("[{at},\n1]")).collect();
        memory.remember_console_lines(&lines).unwrap();
        assert_eq!(memory.console_lines(), lines[3..]);
    }
}
