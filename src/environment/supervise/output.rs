//! What a supervised process prints: line by line into its log, the last line remembered for its status.

use std::io::PipeReader;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

use crate::sys::log_file::LogFile;

/// Two files of this size per process at most.
const LOG_CAP: u64 = 4 << 20;
/// A longer line is cut into lines of this length.
const LINE_CAP: usize = 16 << 10;

/// The last line that a process printed.
#[derive(Debug, Clone, Default)]
pub(super) struct LastLine(Arc<Mutex<String>>);

impl LastLine {
    /// The line; empty when there was none.
    pub(super) fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, line: &str) {
        line.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Copies everything from `reader` to the log at `path` until its end.
pub(super) async fn keep(reader: PipeReader, path: PathBuf, last: LastLine) {
    let Ok(mut receiver) = Receiver::from_owned_fd(OwnedFd::from(reader)) else { return };
    let mut log = LogFile::open(&path, LOG_CAP);
    let mut lines = Lines::default();
    let mut buffer = vec![0u8; 8 << 10];
    while let Ok(count) = receiver.read(&mut buffer).await {
        let whole = if count == 0 { lines.finish() } else { lines.take(&buffer[..count]) };
        for line in whole {
            log.write_line(&line);
            if !line.trim().is_empty() {
                last.set(line.trim());
            }
        }
        if count == 0 {
            return;
        }
    }
}

/// Cuts a stream of bytes into lines.
#[derive(Debug, Default)]
struct Lines {
    pending: Vec<u8>,
}

impl Lines {
    fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        self.pending.extend_from_slice(bytes);
        let mut lines = Vec::new();
        let mut from = 0;
        while let Some(length) = self.pending[from..].iter().position(|byte| *byte == b'\n') {
            lines.push(text(&self.pending[from..from + length]));
            from += length + 1;
        }
        self.pending.drain(..from);
        if self.pending.len() >= LINE_CAP {
            lines.append(&mut self.finish());
        }
        lines
    }

    fn finish(&mut self) -> Vec<String> {
        let rest = std::mem::take(&mut self.pending);
        if rest.is_empty() { Vec::new() } else { vec![text(&rest)] }
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_lines_however_they_arrive() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(b"one\r\ntw"), ["one"]);
        assert_eq!(lines.take(b"o\n\nthr"), ["two", ""]);
        assert_eq!(lines.take(b"\xff"), Vec::<String>::new());
        assert_eq!(lines.finish(), ["thr\u{fffd}"]);
        assert_eq!(lines.take(&vec![b'x'; LINE_CAP + 1]).len(), 1, "an endless line is cut");
    }
}
