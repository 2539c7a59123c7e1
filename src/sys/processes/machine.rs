//! The programs of this machine: started in a group of their own, listened to, stopped.

use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::lines::Lines;
use super::{CancelLevel, Invocation, Outcome, Processes, Stream};

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
        run(invocation, on_line, cancelled)
    }

    fn find_program(&self, name: &str) -> Option<PathBuf> {
        find_program(name)
    }
}

/// How often a running program is looked at when it says nothing.
const GLANCE: Duration = Duration::from_millis(40);
/// How long the output of an ended program is awaited when a grandchild keeps its pipe open.
const LINGER: Duration = Duration::from_millis(400);
/// At most so much of a stream is kept: a plan's JSON may be large, an error text is not.
const KEEP_OUT: usize = 1 << 30;
const KEEP_ERR: usize = 16 << 20;

fn run(
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
            io::ErrorKind::NotFound if invocation.directory.as_os_str().is_empty() || invocation.directory.is_dir() => {
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

fn find_program(name: &str) -> Option<PathBuf> {
    let executable = |path: &Path| {
        std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| executable(path));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|path| executable(path))
}
