//! The supervisor's own side: starts, waits, starts again, and at the end leaves nothing behind.

use std::io;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::{sleep, timeout};

use super::backoff::Backoff;
use super::output::{LastLine, keep};
use super::spec::{Layout, MARKER, ProcessSpec};
use super::wire::{Standing, read_spec, write_standing};
use crate::model::environment::ProcessStatus;
use crate::sys::clock::{Clock, RealClock};
use crate::sys::files::{Files, ReadFiles, RealFiles};
use crate::sys::living::{self, Ending, Exit, Launch, ProcessIdentity};
use crate::sys::vanish::wait_until_gone;

/// How long the last words of a process that ended are waited for, when something it left behind holds its output.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Runs the supervisor of `directory` until it is told to end or the directory is gone. What `kilter supervise` does.
///
/// # Errors
/// When it cannot begin: no specification, no signals. Afterwards nothing stops it but its end.
pub fn run(directory: &Path) -> io::Result<()> {
    living::leave_session();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, supervise(directory))
}

async fn supervise(directory: &Path) -> io::Result<()> {
    let layout = Layout::new(directory);
    let (spec, marker) = read_spec(&RealFiles, &layout.spec())?;
    RealFiles.create_directory(&layout.log("x").with_file_name(""))?;
    let mut child_ended = signal(SignalKind::child())?;
    let mut signals = Signals::listen()?;
    let mut gone = watch(directory);
    let children = spec.processes.into_iter().map(Supervised::new).collect();
    let mut house = House { layout, marker, clock: RealClock::default(), children, own: ProcessIdentity::own() };
    loop {
        house.start_due();
        if !house.write_standing() {
            break;
        }
        let pause = house.next_start();
        tokio::select! {
            () = signals.end() => break,
            _ = &mut gone => break,
            _ = child_ended.recv() => {}
            () = sleep(pause.unwrap_or_default()), if pause.is_some() => {}
        }
        house.collect_ended().await;
    }
    house.end_all(spec.grace, &mut child_ended).await;
    house.write_standing();
    Ok(())
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// A hang-up is none of a detached process's business; the other two end it.
    async fn end(&mut self) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => {}
            }
        }
    }
}

/// Resolves when the directory is gone.
fn watch(directory: &Path) -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    let directory = directory.to_owned();
    std::thread::spawn(move || {
        // Without a watch the supervisor lives on, and notices at its next write.
        match wait_until_gone(&directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => std::mem::forget(sender),
            _ => drop(sender.send(())),
        }
    });
    receiver
}

struct House {
    layout: Layout,
    marker: String,
    clock: RealClock,
    children: Vec<Supervised>,
    own: ProcessIdentity,
}

struct Supervised {
    spec: ProcessSpec,
    backoff: Backoff,
    running: Option<Running>,
    status: ProcessStatus,
    started_before: bool,
}

struct Running {
    child: Child,
    identity: ProcessIdentity,
    last: LastLine,
    output: JoinHandle<()>,
}

impl Supervised {
    fn new(spec: ProcessSpec) -> Self {
        let status = ProcessStatus {
            name: spec.name.clone(),
            command: spec.command.clone(),
            pid: None,
            since: None,
            restarts: 0,
            last_exit: None,
        };
        Supervised { spec, backoff: Backoff::default(), running: None, status, started_before: false }
    }

    fn start(&mut self, layout: &Layout, marker: &str, clock: &RealClock) {
        if std::mem::replace(&mut self.started_before, true) {
            self.status.restarts += 1;
        }
        match self.launch(layout, marker) {
            Ok(running) => {
                self.status.pid = Some(running.identity.pid);
                self.status.since = Some(clock.now());
                self.running = Some(running);
                self.backoff.started(clock.elapsed());
            }
            Err(error) => {
                let program = self.spec.words.first().map_or("", String::as_str);
                let why = match error.kind() {
                    io::ErrorKind::NotFound => format!("could not be started: no program \"{program}\""),
                    _ => format!("could not be started: {error}"),
                };
                let pause = self.backoff.ended(clock.elapsed());
                say(&self.spec.name, &format!("{why}; next try in {} s", pause.as_secs()));
                self.status.last_exit = Some(why);
            }
        }
    }

    fn launch(&self, layout: &Layout, marker: &str) -> io::Result<Running> {
        let mut env = self.spec.env.clone();
        env.insert(MARKER.to_owned(), marker.to_owned());
        let launch = Launch { words: self.spec.words.clone(), directory: self.spec.directory.clone(), env };
        let (reader, writer) = io::pipe()?;
        let child = living::start_in_group(&launch, writer)?;
        let pid = child.id();
        let identity = ProcessIdentity::of(pid).unwrap_or(ProcessIdentity { pid, started: String::new() });
        let last = LastLine::default();
        let output = tokio::task::spawn_local(keep(reader, layout.log(&self.spec.name), last.clone()));
        Ok(Running { child, identity, last, output })
    }

    fn has_ended(&self) -> bool {
        self.running.as_ref().is_some_and(|running| living::has_ended(running.identity.pid))
    }

    /// Ends what is left of its group, takes its exit and its last words.
    async fn collect(&mut self) -> Option<String> {
        let mut running = self.running.take()?;
        // Still a zombie, so the group's id is certainly its own: nothing it started may hold a port or a file.
        living::end_group(running.identity.pid, Ending::Force);
        let exit = living::reap(&mut running.child);
        let _ = timeout(LAST_WORDS, &mut running.output).await;
        let words = running.last.get();
        let why = match (&exit, words.as_str()) {
            (Exit::Code(0), _) | (_, "") => exit.to_string(),
            _ => format!("{exit}: {words}"),
        };
        self.status.pid = None;
        self.status.last_exit = Some(why.clone());
        Some(why)
    }
}

impl House {
    fn start_due(&mut self) {
        let now = self.clock.elapsed();
        for child in self.children.iter_mut().filter(|child| child.backoff.is_due(now)) {
            child.start(&self.layout, &self.marker, &self.clock);
        }
    }

    fn next_start(&self) -> Option<Duration> {
        let now = self.clock.elapsed();
        self.children.iter().filter_map(|child| child.backoff.due_at()).min().map(|at| at.saturating_sub(now))
    }

    async fn collect_ended(&mut self) {
        for child in self.children.iter_mut().filter(|child| child.has_ended()) {
            if let Some(why) = child.collect().await {
                let pause = child.backoff.ended(self.clock.elapsed());
                say(&child.spec.name, &format!("ended: {why}; starting again in {} s", pause.as_secs()));
            }
        }
        let known: Vec<u32> = self.running().map(|running| running.identity.pid).collect();
        living::reap_orphans(&known);
    }

    fn running(&self) -> impl Iterator<Item = &Running> {
        self.children.iter().filter_map(|child| child.running.as_ref())
    }

    /// Whether there still is a directory to write to. A full disk is no reason to end.
    fn write_standing(&self) -> bool {
        if !RealFiles.is_directory(&self.layout.directory) {
            return false;
        }
        let identity = |child: &Supervised| child.running.as_ref().map(|running| running.identity.clone());
        let processes = self.children.iter().map(|child| (child.status.clone(), identity(child))).collect();
        let standing = Standing { supervisor: self.own.clone(), processes };
        if let Err(error) = write_standing(&RealFiles, &self.layout.status(), &standing) {
            say("supervisor", &format!("could not write {}: {error}", self.layout.status().display()));
        }
        true
    }

    /// Asks all groups to end, waits, kills what is left: groups first, then whatever escaped from them.
    async fn end_all(&mut self, grace: Duration, child_signal: &mut Signal) {
        self.running().for_each(|running| living::end_group(running.identity.pid, Ending::Ask));
        let deadline = self.clock.elapsed() + grace;
        while self.running().any(|running| !living::has_ended(running.identity.pid)) {
            let left = deadline.saturating_sub(self.clock.elapsed());
            if left.is_zero() {
                break;
            }
            // A signal between the look and the wait is kept, so no end is missed; the cap is for those we adopt.
            let _ = timeout(left.min(Duration::from_millis(200)), child_signal.recv()).await;
        }
        for child in &mut self.children {
            if let Some(running) = &child.running {
                living::end_group(running.identity.pid, Ending::Force);
            }
            if let Some(why) = child.collect().await {
                say(&child.spec.name, &format!("stopped: {why}"));
            }
        }
        let entry = format!("{MARKER}={}", self.marker);
        for _ in 0..100 {
            let mut escaped = living::carrying(&entry);
            escaped.retain(|entry| entry.pid != self.own.pid);
            if escaped.is_empty() {
                return;
            }
            escaped.iter().for_each(|entry| living::end(entry.pid, Ending::Force));
            sleep(Duration::from_millis(10)).await;
            living::reap_orphans(&[]);
        }
    }
}

/// A line for the supervisor's log, which is its standard error.
fn say(who: &str, what: &str) {
    let now = jiff::Timestamp::try_from(RealClock::default().now()).map(|now| now.to_string()).unwrap_or_default();
    eprintln!("{now} {who} {what}");
}
