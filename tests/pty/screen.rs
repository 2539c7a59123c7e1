//! A terminal to run Kilter in: keys go in, the screen is read. Waiting is for text to appear, never for time to pass.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A test that waits longer than this has failed; a busy machine is no reason.
const PATIENCE: Duration = Duration::from_secs(60);
/// When nothing was written for so long, the screen has settled.
const QUIET: Duration = Duration::from_millis(150);

/// A temporary home.
pub struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    /// An empty place.
    pub fn new() -> Self {
        Place { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("HOME", self.directory.path().display().to_string()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TERM", "xterm-256color".to_owned()),
            ("COLORFGBG", "15;0".to_owned()),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_AUTHOR_NAME", "A Person".to_owned()),
            ("GIT_AUTHOR_EMAIL", "person@example.com".to_owned()),
            ("GIT_COMMITTER_NAME", "A Person".to_owned()),
            ("GIT_COMMITTER_EMAIL", "person@example.com".to_owned()),
        ]
    }

    /// The sample repo.
    pub fn demo(&self) -> PathBuf {
        let repo = self.directory.path().join("shop");
        self.kilter(self.directory.path(), &["demo", "shop", "--no-open"]);
        repo
    }

    /// Runs Kilter headless; its standard output.
    pub fn kilter(&self, directory: &Path, args: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kilter"));
        command.args(args).env_clear().envs(self.environment()).current_dir(directory);
        let output = command.output().expect("kilter runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Moves the sample's web server to a free port.
    pub fn move_port(&self, repo: &Path) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port().to_string();
        for file in ["Procfile", "goss.yaml", "environments/test.tfvars"] {
            let path = repo.join(file);
            let text = std::fs::read_to_string(&path).expect("a file of the sample");
            std::fs::write(&path, text.replace("18080", &port)).expect("it can be written");
        }
    }
}

/// Kilter in a terminal.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    seen: Vec<u8>,
    _master: Box<dyn MasterPty + Send>,
}

impl Session {
    /// Opens the workbench on a repo.
    pub fn open(place: &Place, repo: &Path, columns: u16, rows: u16) -> Self {
        Session::run(place, repo, &[&repo.display().to_string()], columns, rows)
    }

    /// Runs a command that talks to a terminal.
    pub fn run(place: &Place, directory: &Path, args: &[&str], columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kilter"));
        command.args(args);
        command.env_clear();
        for (name, value) in place.environment() {
            command.env(name, value);
        }
        command.cwd(directory);
        let child = pair.slave.spawn_command(command).expect("kilter starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let cells = |count| std::num::NonZeroU16::new(count).expect("a terminal has cells");
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        Session { child, writer, output, parser, seen: Vec::new(), _master: pair.master }
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush()).expect("kilter reads keys");
    }

    /// The screen as text.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Waits until the screen holds `text`.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.text().contains(text) {
            match self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(_) => panic!("`{text}` did not appear:\n{}", self.text()),
            }
        }
    }

    /// Waits until nothing is written any more.
    pub fn settle(&mut self) {
        while let Ok(bytes) = self.output.recv_timeout(QUIET) {
            self.take(&bytes);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.seen.extend_from_slice(bytes);
        self.parser.process(bytes);
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("kilter runs").to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Waits until Kilter has ended.
    #[track_caller]
    pub fn ended(&mut self) {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(Duration::from_millis(20)) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    if self.child.try_wait().expect("it can be asked").is_some() {
                        break;
                    }
                }
            }
            assert!(Instant::now() < until, "kilter did not end:\n{}", self.text());
        }
        while let Ok(bytes) = self.output.recv_timeout(QUIET) {
            self.take(&bytes);
        }
    }

    /// Whether the last word about the alternate screen was to leave it, and the cursor is shown.
    pub fn left_alternate_screen(&self) -> bool {
        let seen = String::from_utf8_lossy(&self.seen);
        let last = |sequence: &str| seen.rfind(sequence);
        last("\x1b[?1049l") > last("\x1b[?1049h") && last("\x1b[?25h") > last("\x1b[?25l")
    }
}
