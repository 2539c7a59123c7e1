//! The door to other programs: what to run, and what came of it.
//!
//! A program is always started as an argument vector, in a process group of its own, with its output captured line by
//! line. Cancelling interrupts the group, waits, then kills.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What to run. A value, so that `tool` can be tested without running anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invocation {
    /// The program: a name to look up in PATH, or a path.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Set or (with `None`) removed in its environment; the rest is inherited.
    pub env: BTreeMap<String, Option<String>>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Given on its standard input, which is empty otherwise.
    pub stdin: Option<Vec<u8>>,
    /// How long after an interrupt the group is killed.
    pub grace: Duration,
}

impl Invocation {
    /// Runs `program` with `args` in `directory`.
    pub fn new<A: Into<String>>(
        program: impl Into<String>,
        args: impl IntoIterator<Item = A>,
        directory: impl Into<PathBuf>,
    ) -> Self {
        Invocation {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            directory: directory.into(),
            grace: Duration::from_secs(10),
            ..Invocation::default()
        }
    }

    /// The same with a variable set.
    #[must_use]
    pub fn with_env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.insert(name.into(), Some(value.into()));
        self
    }

    /// The command line as a person would type it.
    pub fn command_line(&self) -> String {
        let quote = |word: &String| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
            if !word.is_empty() && word.chars().all(plain) {
                word.clone()
            } else {
                format!("'{}'", word.replace('\'', "'\\''"))
            }
        };
        std::iter::once(&self.program).chain(&self.args).map(quote).collect::<Vec<_>>().join(" ")
    }
}

/// Which stream a line came on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// All of its standard error.
    pub stderr: Vec<u8>,
    /// It printed more than is kept; `stdout` or `stderr` lack their ends.
    pub truncated: bool,
    /// It was cancelled by Kilter.
    pub cancelled: bool,
    /// How long it ran.
    pub took: Duration,
}

impl Outcome {
    /// Whether it exited with code 0.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// How much of a hurry there is to end a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum CancelLevel {
    /// Let it run.
    #[default]
    None,
    /// Ask it to stop (an interrupt), and kill it when its grace is over.
    Interrupt,
    /// Ask again: terraform takes a second interrupt as "give up what you are waiting for".
    Again,
}

/// Starts programs.
pub trait Processes: Send + Sync {
    /// Runs a program to its end. Each line it prints is given to `on_line` as it comes, without its line end;
    /// `cancelled` is asked several times a second.
    ///
    /// # Errors
    /// When it cannot be started: `NotFound` when there is no such program.
    fn run(
        &self,
        invocation: &Invocation,
        on_line: &mut dyn FnMut(Stream, &str),
        cancelled: &dyn Fn() -> CancelLevel,
    ) -> io::Result<Outcome>;

    /// Where a program lies: a name is looked up in PATH, a path is checked.
    fn find_program(&self, name: &str) -> Option<PathBuf>;

    /// Runs a program to its end without watching it.
    ///
    /// # Errors
    /// As [`Processes::run`].
    fn run_quietly(&self, invocation: &Invocation) -> io::Result<Outcome> {
        self.run(invocation, &mut |_, _| {}, &|| CancelLevel::None)
    }
}

/// The machine's processes.
#[derive(Debug, Default, Clone, Copy)]
pub struct RealProcesses;

impl Processes for RealProcesses {
    fn run(
        &self,
        invocation: &Invocation,
        on_line: &mut dyn FnMut(Stream, &str),
        cancelled: &dyn Fn() -> CancelLevel,
    ) -> io::Result<Outcome> {
        real::run(invocation, on_line, cancelled)
    }

    fn find_program(&self, name: &str) -> Option<PathBuf> {
        real::find_program(name)
    }
}

/// Cuts a stream of bytes into lines for people; what is kept whole is kept elsewhere.
#[derive(Debug, Default)]
struct Lines {
    partial: Vec<u8>,
    overlong: bool,
}

/// Longer lines are shown cut.
const LINE_LIMIT: usize = 4 << 20;

impl Lines {
    fn feed(&mut self, bytes: &[u8], emit: &mut dyn FnMut(&str)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (body, ended) = match piece.strip_suffix(b"\n") {
                Some(body) => (body, true),
                None => (piece, false),
            };
            let room = LINE_LIMIT.saturating_sub(self.partial.len());
            self.overlong |= body.len() > room;
            self.partial.extend_from_slice(&body[..body.len().min(room)]);
            if ended {
                self.finish(emit);
            }
        }
    }

    fn finish(&mut self, emit: &mut dyn FnMut(&str)) {
        if self.partial.last() == Some(&b'\r') {
            self.partial.pop();
        }
        let text = String::from_utf8_lossy(&self.partial);
        if self.overlong {
            emit(&format!("{text}…"))
        } else {
            emit(&text)
        }
        self.partial.clear();
        self.overlong = false;
    }

    fn end(&mut self, emit: &mut dyn FnMut(&str)) {
        if !self.partial.is_empty() {
            self.finish(emit);
        }
    }
}

#[allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "this is the door")]
mod real {
    use std::io::{self, Read, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, ExitStatus, Stdio};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process_group};

    use super::{CancelLevel, Invocation, Lines, Outcome, Stream};

    /// How often a running program is looked at when it says nothing.
    const GLANCE: Duration = Duration::from_millis(40);
    /// How long the output of an ended program is awaited when a grandchild keeps its pipe open.
    const LINGER: Duration = Duration::from_millis(400);
    /// At most so much of a stream is kept: a plan's JSON may be large, an error text is not.
    const KEEP_OUT: usize = 1 << 30;
    const KEEP_ERR: usize = 16 << 20;

    pub(super) fn run(
        invocation: &Invocation,
        on_line: &mut dyn FnMut(Stream, &str),
        cancelled: &dyn Fn() -> CancelLevel,
    ) -> io::Result<Outcome> {
        let started = Instant::now();
        let mut child = spawn(invocation)?;
        let (sender, receiver) = sync_channel(64);
        feed_stdin(&mut child, invocation.stdin.clone());
        if let Some(out) = child.stdout.take() {
            drain(out, Stream::Out, sender.clone());
        }
        if let Some(err) = child.stderr.take() {
            drain(err, Stream::Err, sender.clone());
        }
        drop(sender);
        let mut capture = Capture::default();
        let mut leash = Leash::new(&child, invocation.grace);
        let status = supervise(&mut child, &receiver, &mut capture, on_line, cancelled, &mut leash)?;
        capture.end(on_line);
        Ok(Outcome {
            code: status.code(),
            signal: status.signal(),
            stdout: capture.out,
            stderr: capture.err,
            truncated: capture.truncated,
            cancelled: leash.level > CancelLevel::None,
            took: started.elapsed(),
        })
    }

    fn spawn(invocation: &Invocation) -> io::Result<Child> {
        let mut command = Command::new(&invocation.program);
        command.args(&invocation.args).process_group(0);
        if !invocation.directory.as_os_str().is_empty() {
            command.current_dir(&invocation.directory);
        }
        for (name, value) in &invocation.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let stdin = if invocation.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|error| {
            let program = &invocation.program;
            match error.kind() {
                io::ErrorKind::NotFound
                    if invocation.directory.as_os_str().is_empty() || invocation.directory.is_dir() =>
                {
                    io::Error::new(error.kind(), format!("there is no program `{program}`"))
                }
                io::ErrorKind::NotFound => io::Error::new(
                    error.kind(),
                    format!("the directory {} of `{program}` is gone", invocation.directory.display()),
                ),
                kind => io::Error::new(kind, format!("`{program}` cannot be started: {error}")),
            }
        })
    }

    /// A program that does not read its input must not stop anyone.
    fn feed_stdin(child: &mut Child, bytes: Option<Vec<u8>>) {
        if let (Some(mut stdin), Some(bytes)) = (child.stdin.take(), bytes) {
            std::thread::spawn(move || {
                let _ = stdin.write_all(&bytes);
            });
        }
    }

    fn drain(mut from: impl Read + Send + 'static, stream: Stream, to: SyncSender<(Stream, Vec<u8>)>) {
        std::thread::spawn(move || {
            let mut buffer = vec![0u8; 64 << 10];
            loop {
                match from.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(size) => {
                        if to.send((stream, buffer[..size].to_vec())).is_err() {
                            return;
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return,
                }
            }
        });
    }

    #[derive(Default)]
    struct Capture {
        out: Vec<u8>,
        err: Vec<u8>,
        out_lines: Lines,
        err_lines: Lines,
        truncated: bool,
    }

    impl Capture {
        fn take(&mut self, stream: Stream, bytes: &[u8], on_line: &mut dyn FnMut(Stream, &str)) {
            let (kept, lines, limit) = match stream {
                Stream::Out => (&mut self.out, &mut self.out_lines, KEEP_OUT),
                Stream::Err => (&mut self.err, &mut self.err_lines, KEEP_ERR),
            };
            let room = limit.saturating_sub(kept.len());
            self.truncated |= bytes.len() > room;
            kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
            lines.feed(bytes, &mut |line| on_line(stream, line));
        }

        fn end(&mut self, on_line: &mut dyn FnMut(Stream, &str)) {
            self.out_lines.end(&mut |line| on_line(Stream::Out, line));
            self.err_lines.end(&mut |line| on_line(Stream::Err, line));
        }
    }

    /// Interrupts once, again when asked again, and kills when the grace is over.
    struct Leash {
        group: Option<Pid>,
        level: CancelLevel,
        grace: Duration,
        deadline: Option<Instant>,
    }

    impl Leash {
        fn new(child: &Child, grace: Duration) -> Self {
            let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            Leash { group, level: CancelLevel::None, grace, deadline: None }
        }

        fn signal(&self, signal: Signal) {
            if let Some(group) = self.group {
                // The group may be gone already; then there is nothing left to signal.
                let _ = kill_process_group(group, signal);
            }
        }

        fn pull(&mut self, wanted: CancelLevel) {
            while self.level < wanted {
                self.level = if self.level == CancelLevel::None { CancelLevel::Interrupt } else { CancelLevel::Again };
                self.signal(Signal::INT);
                self.deadline = Some(Instant::now() + self.grace);
            }
            if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                self.signal(Signal::KILL);
                self.deadline = None;
            }
        }
    }

    fn supervise(
        child: &mut Child,
        receiver: &Receiver<(Stream, Vec<u8>)>,
        capture: &mut Capture,
        on_line: &mut dyn FnMut(Stream, &str),
        cancelled: &dyn Fn() -> CancelLevel,
        leash: &mut Leash,
    ) -> io::Result<ExitStatus> {
        let mut ended: Option<(ExitStatus, Instant)> = None;
        let mut looked = Instant::now();
        loop {
            match receiver.recv_timeout(GLANCE) {
                Ok((stream, bytes)) => capture.take(stream, &bytes, on_line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => match ended {
                    Some((status, _)) => return Ok(status),
                    None => std::thread::sleep(Duration::from_millis(2)),
                },
            }
            if ended.is_none() {
                ended = child.try_wait()?.map(|status| (status, Instant::now()));
            }
            if let Some((status, since)) = ended
                && since.elapsed() > LINGER
            {
                return Ok(status);
            }
            if ended.is_none() && looked.elapsed() >= GLANCE {
                leash.pull(cancelled());
                looked = Instant::now();
            }
        }
    }

    pub(super) fn find_program(name: &str) -> Option<PathBuf> {
        let executable = |path: &Path| {
            std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
        };
        if name.contains('/') {
            return Some(PathBuf::from(name)).filter(|path| executable(path));
        }
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|directory| directory.join(name)).find(|path| executable(path))
    }
}

/// Programs that exist only in a test's script.
#[derive(Debug, Default)]
pub struct FakeProcesses {
    answers: Mutex<Vec<FakeAnswer>>,
    asked: Mutex<Vec<Invocation>>,
}

/// What a fake program does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FakeAnswer {
    /// The program's name.
    pub program: String,
    /// The first arguments that select this answer.
    pub args: Vec<String>,
    /// What it prints, in order.
    pub lines: Vec<(Stream, String)>,
    /// Its exit code.
    pub code: i32,
    /// It does not end before it is interrupted; it then exits with its code.
    pub until_cancelled: bool,
}

impl FakeProcesses {
    /// Adds a program's answer. The first that fits is given; a program with any answer exists.
    pub fn answer(&self, answer: FakeAnswer) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
    }

    /// A program that prints these lines on its standard output and exits with `code`.
    pub fn prints(&self, command: &str, code: i32, out: &str) {
        let mut words = command.split_whitespace().map(str::to_owned);
        self.answer(FakeAnswer {
            program: words.next().unwrap_or_default(),
            args: words.collect(),
            lines: out.lines().map(|line| (Stream::Out, line.to_owned())).collect(),
            code,
            until_cancelled: false,
        });
    }

    /// What was run so far.
    pub fn asked(&self) -> Vec<Invocation> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Processes for FakeProcesses {
    fn run(
        &self,
        invocation: &Invocation,
        on_line: &mut dyn FnMut(Stream, &str),
        cancelled: &dyn Fn() -> CancelLevel,
    ) -> io::Result<Outcome> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(invocation.clone());
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let program = Path::new(&invocation.program).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let fits = |a: &&FakeAnswer| a.program == program && invocation.args.starts_with(&a.args);
        let Some(answer) = answers.iter().find(fits) else {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no program `{program}`")));
        };
        let mut outcome = Outcome { code: Some(answer.code), ..Outcome::default() };
        for (stream, line) in &answer.lines {
            let kept = if *stream == Stream::Out { &mut outcome.stdout } else { &mut outcome.stderr };
            kept.extend_from_slice(line.as_bytes());
            kept.push(b'\n');
            on_line(*stream, line);
        }
        while answer.until_cancelled && cancelled() == CancelLevel::None {
            std::thread::yield_now();
        }
        outcome.cancelled = answer.until_cancelled;
        Ok(outcome)
    }

    fn find_program(&self, name: &str) -> Option<PathBuf> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.iter().any(|answer| answer.program == name).then(|| Path::new("/fake/bin").join(name))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn shell(script: &str) -> Invocation {
        Invocation::new("sh", ["-c", script], "/")
    }

    const TALK: &str = "echo one; echo two; echo oops >&2; exit 3";
    /// It waits by itself: a shell that waits for a child sees the interrupt through the child's end, which is a race.
    const WAIT: &str = "trap 'exit 7' INT; echo ready; while :; do :; done";

    /// Whether this process was started with SIGINT ignored, as a script's background jobs are.
    fn interrupts_are_ignored() -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0)
    }

    /// What the machine and the fake keep alike.
    fn contract(processes: &dyn Processes) {
        let mut out = Vec::new();
        let mut err = Vec::new();
        let outcome = processes
            .run(
                &shell(TALK),
                &mut |stream, line| {
                    if stream == Stream::Out { out.push(line.to_owned()) } else { err.push(line.to_owned()) }
                },
                &|| CancelLevel::None,
            )
            .unwrap();
        assert_eq!((out.join(","), err.join(",")), ("one,two".to_owned(), "oops".to_owned()));
        assert_eq!((outcome.code, outcome.cancelled), (Some(3), false));
        assert_eq!((outcome.stdout.as_slice(), outcome.stderr.as_slice()), (&b"one\ntwo\n"[..], &b"oops\n"[..]));

        let ready = Cell::new(false);
        let stop = || if ready.get() { CancelLevel::Interrupt } else { CancelLevel::None };
        let mut wait = shell(WAIT);
        wait.grace = Duration::from_millis(500);
        let outcome = processes.run(&wait, &mut |_, _| ready.set(true), &stop).unwrap();
        if interrupts_are_ignored() {
            // Started in the background of a script: what is started from here ignores interrupts too, and is killed.
            eprintln!("SKIPPED: an interrupt reaches nobody here, since this process was started ignoring it");
            assert!(outcome.cancelled);
        } else {
            assert_eq!((outcome.code, outcome.cancelled), (Some(7), true));
        }

        let missing = processes.run_quietly(&Invocation::new("no-such-program", [""; 0], "/")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        assert!(missing.to_string().contains("no-such-program"));
        assert!(processes.find_program("sh").is_some_and(|path| path.ends_with("sh")));
        assert_eq!(processes.find_program("no-such-program"), None);
    }

    #[test]
    fn the_machine_keeps_the_contract() {
        contract(&RealProcesses);
    }

    #[test]
    fn the_fake_keeps_the_contract() {
        let fake = FakeProcesses::default();
        let answer = |script: &str, lines: &[(Stream, &str)], code, until_cancelled| FakeAnswer {
            program: "sh".to_owned(),
            args: vec!["-c".to_owned(), script.to_owned()],
            lines: lines.iter().map(|(stream, line)| (*stream, (*line).to_owned())).collect(),
            code,
            until_cancelled,
        };
        fake.answer(answer(TALK, &[(Stream::Out, "one"), (Stream::Out, "two"), (Stream::Err, "oops")], 3, false));
        fake.answer(answer(WAIT, &[(Stream::Out, "ready")], 7, true));
        contract(&fake);
        assert_eq!(fake.asked().len(), 3);
    }

    #[test]
    fn whoever_ignores_the_interrupt_is_killed_with_its_children() {
        let mut invocation = shell("trap '' INT; echo ready; sleep 60 & wait; sleep 60");
        invocation.grace = Duration::from_millis(100);
        let ready = Cell::new(false);
        let stop = || if ready.get() { CancelLevel::Again } else { CancelLevel::None };
        let outcome = RealProcesses.run(&invocation, &mut |_, _| ready.set(true), &stop).unwrap();
        assert_eq!((outcome.signal, outcome.cancelled), (Some(9), true));
        assert!(outcome.took < Duration::from_secs(20));
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_open_holds_nobody_up() {
        let outcome = RealProcesses.run_quietly(&shell("sleep 30 & echo done")).unwrap();
        assert_eq!(outcome.stdout, b"done\n");
        assert!(outcome.took < Duration::from_secs(20));
    }

    #[test]
    fn input_environment_and_directory_arrive() {
        let mut invocation =
            shell("cat; printf '%s %s' \"$KILTER_X\" \"$PWD\"; [ -z \"${HOME+x}\" ]").with_env("KILTER_X", "y");
        invocation.env.insert("HOME".to_owned(), None);
        invocation.stdin = Some(b"in\n".to_vec());
        let outcome = RealProcesses.run_quietly(&invocation).unwrap();
        assert_eq!((outcome.code, outcome.stdout.as_slice()), (Some(0), b"in\ny /".as_slice()));
    }

    #[test]
    fn lines_are_cut_at_line_ends_only_and_overlong_ones_are_marked() {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        lines.feed("a\r\nb\nhal".as_bytes(), &mut |line| seen.push(line.to_owned()));
        lines.feed(b"f", &mut |line| seen.push(line.to_owned()));
        lines.end(&mut |line| seen.push(line.to_owned()));
        lines.feed(&vec![b'x'; LINE_LIMIT + 10], &mut |line| seen.push(line.to_owned()));
        lines.end(&mut |line| seen.push(line.to_owned()));
        assert_eq!(seen[..3], ["a", "b", "half"]);
        assert!(seen[3].ends_with('…') && seen[3].len() < LINE_LIMIT + 10);
    }

    #[test]
    fn a_command_line_reads_as_a_person_would_type_it() {
        assert_eq!(
            Invocation::new("terraform", ["plan", "-var", "a=it's"], ".").command_line(),
            r"terraform plan -var 'a=it'\''s'"
        );
    }
}
