//! From a save to the screen: the real binary in a terminal of 120×40 cells, open on one stack of 1,000 instances with
//! their state (100 calls of a module with ten). A line is edited that ten of them depend on, and the time taken from
//! before the write until the terminal shows the new plan. Then keys, while saves go on at five a second.
//!
//! `cargo bench --bench screen` prints the figures; `docs/performance.md` holds them.

#![allow(clippy::disallowed_methods, reason = "a bench lays its own files out")]

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, UNIX_EPOCH};

use kilter::engine::{ApplyEvent, ApplyOptions, ApplySink, Engine, PlanOptions, Source, Surroundings, provider};
use kilter::format::state_json;
use kilter::model::place::RepoPath;
use kilter::model::state::StateSnapshot;
use kilter::sys::files::{FakeFiles, RealFiles};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const CALLS: usize = 100;
const SAVES: usize = 20;
const KEYS: usize = 60;
const MODULE: &str = "variable \"name\" { type = string }\nresource \"terraform_data\" \"r\" {\n  count = 10\n  input = { name = \"x-${var.name}-${count.index}\", index = count.index }\n}\n";
/// Nothing takes so long; whoever waits longer waits for ever.
const PATIENCE: Duration = Duration::from_secs(30);
/// When nothing was written for so long, the screen has settled.
const QUIET: Duration = Duration::from_millis(250);

fn main() {
    // `cargo test --benches` only wants to know that it runs.
    let saves = if std::env::args().any(|word| word == "--test") { 2 } else { SAVES };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let repo = lay_out(directory.path());
    let mut terminal = Terminal::open(directory.path(), &repo);
    terminal.until(|screen| screen.contains("against state"));
    save(&repo, 0);
    terminal.until(|screen| screen.contains("~10"));
    // The plan pane, with every change open: what was saved stands in it.
    terminal.keys("3*");
    terminal.until(|screen| screen.contains(&word(0)));
    terminal.settle();
    let mut waits: Vec<Duration> = (1..=saves).map(|at| terminal.time_save(&repo, at)).collect();
    report("save to screen", &mut waits);
    let mut waits = terminal.time_keys(&repo);
    report("key to screen, five saves a second", &mut waits);
    terminal.keys("q");
}

fn report(what: &str, waits: &mut [Duration]) {
    waits.sort();
    let ms = |wait: Duration| wait.as_secs_f64() * 1000.0;
    let (first, middle, last) = (waits[0], waits[waits.len() / 2], waits[waits.len() - 1]);
    println!(
        "{what}: fastest {:.1} ms, median {:.1} ms, worst {:.1} ms, of {}",
        ms(first),
        ms(middle),
        ms(last),
        waits.len()
    );
}

/// What a save puts where ten instances see it.
fn word(at: usize) -> String {
    format!("x-save{at}-0")
}

fn save(repo: &Path, at: usize) {
    std::fs::write(repo.join("main.tf"), text(&format!("save{at}"))).expect("a file");
}

fn text(ten: &str) -> String {
    let mut main = format!("locals {{\n  ten = \"{ten}\"\n}}\n");
    for call in 0..CALLS {
        let name = if call == 0 { "local.ten".to_owned() } else { format!("\"n{call}\"") };
        let _ = writeln!(main, "module \"m{call}\" {{\n  source = \"./m\"\n  name   = {name}\n}}");
    }
    main
}

/// A repo whose root is the stack, applied and committed.
fn lay_out(directory: &Path) -> PathBuf {
    let repo = directory.join("repo");
    std::fs::create_dir_all(repo.join("m")).expect("a directory");
    std::fs::write(repo.join("m/main.tf"), MODULE).expect("a file");
    std::fs::write(repo.join("main.tf"), text("applied")).expect("a file");
    std::fs::write(repo.join(".gitignore"), "*.tfstate\n").expect("a file");
    for words in [&["init", "-q", "-b", "main"][..], &["add", "-A"], &["commit", "-q", "-m", "A stack"]] {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=A Person", "-c", "user.email=person@example.com"]).args(words);
        assert!(git.current_dir(&repo).status().expect("git runs").success());
    }
    let source = Source::new(Arc::new(RealFiles), &repo, RepoPath::root());
    let engine = Engine::new(provider::builtin());
    let mut around = Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    around.files = Some(Arc::new(FakeFiles::default()));
    let planned = engine.plan(&source, &PlanOptions::default(), &around);
    assert_eq!(planned.plan.changes.len(), CALLS * 10, "{:?}", planned.diagnostics);
    let done = engine.apply(&source, &planned, &ApplyOptions::default(), &around, &Quiet);
    let bytes = state_json::write(&done.state).expect("our own state");
    std::fs::write(repo.join("terraform.tfstate"), bytes).expect("a state");
    repo
}

struct Quiet;

impl ApplySink for Quiet {
    fn event(&self, _: ApplyEvent) {}

    fn persist(&self, _: &dyn Fn() -> Arc<StateSnapshot>) -> std::io::Result<()> {
        Ok(())
    }

    fn cancelled(&self) -> bool {
        false
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// Kilter in a terminal. What it writes is stamped with the time when it came.
struct Terminal {
    writer: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    parser: vt100::Parser,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Terminal {
    fn open(home: &Path, repo: &Path) -> Terminal {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kilter"));
        command.arg(repo);
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        command.env("COLORFGBG", "15;0");
        command.env("LANG", "C.UTF-8");
        command.cwd(repo);
        drop(pair.slave.spawn_command(command).expect("kilter starts"));
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send((Instant::now(), buffer[..count].to_vec())).is_err() {
                    break;
                }
            }
        });
        let cells = |count| NonZeroU16::new(count).expect("a terminal has cells");
        let parser = vt100::Parser::new(cells(40), cells(120), 0);
        Terminal { writer, output, parser, _master: pair.master }
    }

    fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush()).expect("kilter reads keys");
    }

    /// When the screen first was so.
    fn until(&mut self, wanted: impl Fn(&str) -> bool) -> Instant {
        let mut at = Instant::now();
        let end = at + PATIENCE;
        while !wanted(&self.parser.screen().contents()) {
            let left = end.saturating_duration_since(Instant::now());
            let came = self.output.recv_timeout(left);
            let (when, bytes) = came.unwrap_or_else(|_| panic!("not seen in:\n{}", self.parser.screen().contents()));
            self.parser.process(&bytes);
            at = when;
        }
        at
    }

    fn settle(&mut self) {
        loop {
            match self.output.recv_timeout(QUIET) {
                Ok((_, bytes)) => self.parser.process(&bytes),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => panic!("kilter is gone"),
            }
        }
    }

    fn time_save(&mut self, repo: &Path, at: usize) -> Duration {
        let begun = Instant::now();
        save(repo, at);
        let seen = self.until(|screen| screen.contains(&word(at)));
        self.settle();
        seen - begun
    }

    /// The row of the plan pane that the cursor is on.
    fn cursor(screen: &str) -> Option<usize> {
        screen.lines().position(|line| line.chars().nth(32) == Some('▌'))
    }

    fn time_keys(&mut self, repo: &Path) -> Vec<Duration> {
        let stop = Arc::new(AtomicBool::new(false));
        let (saver_stop, saved_repo) = (stop.clone(), repo.to_path_buf());
        let saver = std::thread::spawn(move || {
            for at in 100.. {
                if saver_stop.load(Ordering::Relaxed) {
                    return;
                }
                save(&saved_repo, at);
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        let waits = (0..KEYS).map(|at| {
            // Out of step with the saves.
            std::thread::sleep(Duration::from_millis(20 + (at as u64 * 37) % 60));
            while let Ok((_, bytes)) = self.output.try_recv() {
                self.parser.process(&bytes);
            }
            let before = Self::cursor(&self.parser.screen().contents());
            let begun = Instant::now();
            self.keys(if (at / 10).is_multiple_of(2) { "j" } else { "k" });
            self.until(|screen| Self::cursor(screen) != before) - begun
        });
        let waits = waits.collect();
        stop.store(true, Ordering::Relaxed);
        saver.join().expect("the saver ends");
        waits
    }
}
