//! A log on the disk that never grows past its cap: the full file becomes `NAME.1` and a new one begins.
//!
//! Losing a line is better than losing the process whose output it is: a full disk is borne in silence here.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A capped log, open for writing.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    cap: u64,
    size: u64,
    file: Option<File>,
}

#[allow(clippy::disallowed_methods, reason = "this is the door")]
impl LogFile {
    /// Goes on writing at the end of the log at `path`; at most two files of `cap` bytes will lie there.
    pub fn open(path: &Path, cap: u64) -> Self {
        let file = File::options().create(true).append(true).open(path).ok();
        let size = file.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |meta| meta.len());
        LogFile { path: path.to_owned(), cap, size, file }
    }

    /// Writes one line.
    pub fn write_line(&mut self, line: &str) {
        if self.size > 0 && self.size + line.len() as u64 + 1 > self.cap {
            self.rotate();
        }
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        if self.file.as_mut().is_some_and(|file| file.write_all(&bytes).is_ok()) {
            self.size += bytes.len() as u64;
        }
    }

    fn rotate(&mut self) {
        let _ = std::fs::rename(&self.path, older(&self.path));
        *self = LogFile::open(&self.path, self.cap);
    }
}

fn older(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    PathBuf::from(name)
}

/// The last `count` lines of a log, reaching back into the older file when the newer one is shorter.
///
/// # Errors
/// As the system says it; `NotFound` when there is no log.
pub fn tail(path: &Path, count: usize) -> io::Result<Vec<String>> {
    let mut lines = last_lines(path, count)?;
    if lines.len() < count {
        let mut before = last_lines(&older(path), count - lines.len()).unwrap_or_default();
        before.append(&mut lines);
        lines = before;
    }
    Ok(lines)
}

#[allow(clippy::disallowed_methods, reason = "this is the door")]
fn last_lines(path: &Path, count: usize) -> io::Result<Vec<String>> {
    // No reader shows more than this at once, and a log of one endless line must not be read whole.
    const WINDOW: u64 = 1 << 20;
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let cut = size > WINDOW;
    file.seek(SeekFrom::Start(size.saturating_sub(WINDOW)))?;
    let mut bytes = Vec::new();
    file.take(WINDOW).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().skip(usize::from(cut)).collect();
    Ok(lines[lines.len().saturating_sub(count)..].iter().map(|line| (*line).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_capped_and_its_tail_reaches_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("web.log");
        let mut log = LogFile::open(&path, 30);
        for number in 0..10 {
            log.write_line(&format!("line {number:04}"));
        }
        assert_eq!(tail(&path, 4).unwrap(), ["line 0006", "line 0007", "line 0008", "line 0009"]);
        let mut again = LogFile::open(&path, 30);
        again.write_line("a line that is longer than the whole cap of the log");
        again.write_line("after");
        assert_eq!(tail(&path, 1).unwrap(), ["after"]);
        let sizes: Vec<u64> =
            ["web.log", "web.log.1"].iter().map(|n| directory.path().join(n).metadata().unwrap().len()).collect();
        assert!(sizes.iter().all(|size| *size <= 60), "{sizes:?}");
    }

    #[test]
    fn a_log_that_cannot_be_written_is_borne() {
        let mut log = LogFile::open(Path::new("/nonexistent/web.log"), 30);
        log.write_line("lost");
        log.write_line("lost too");
        assert_eq!(tail(Path::new("/nonexistent/web.log"), 3).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
