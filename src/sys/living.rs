//! The door to processes that outlive Kilter: starting them in groups of their own, knowing them again by pid *and*
//! start time, and ending them with everything they started.
//!
//! Programs that Kilter runs and waits for are `processes`' business; who is restarted when is `environment`'s.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal};

/// A process as the system's table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessEntry {
    /// Its id.
    pub pid: u32,
    /// Its parent's id.
    pub parent: u32,
    /// Its process group.
    pub group: u32,
    /// The name of its program, cut to 15 bytes by the system.
    pub name: String,
    /// When it was started, as an opaque word: a recycled pid has another one, also after a reboot.
    pub started: String,
    /// It ended, and only its parent's wait is missing.
    pub zombie: bool,
}

/// A process that is known again later: a pid alone may be recycled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessIdentity {
    /// Its id.
    pub pid: u32,
    /// When it was started, see [`ProcessEntry::started`].
    pub started: String,
}

impl ProcessIdentity {
    /// The identity of a living process; `None` when there is none with this pid.
    pub fn of(pid: u32) -> Option<Self> {
        find(pid).filter(|entry| !entry.zombie).map(|entry| ProcessIdentity { pid, started: entry.started })
    }

    /// The identity of this very process.
    pub fn own() -> Self {
        let pid = std::process::id();
        ProcessIdentity::of(pid).unwrap_or(ProcessIdentity { pid, started: String::new() })
    }

    /// Whether it still runs.
    pub fn is_alive(&self) -> bool {
        ProcessIdentity::of(self.pid).is_some_and(|now| now.started == self.started)
    }
}

/// What to start, and how it is told apart from everything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Set in its environment; the rest is inherited.
    pub env: BTreeMap<String, String>,
}

/// Starts a process as the leader of a process group of its own, with an empty standard input and its output and
/// errors in `output`.
///
/// # Errors
/// As the system says it: no such program, no such directory.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn start_in_group(launch: &Launch, output: std::io::PipeWriter) -> io::Result<Child> {
    use std::os::unix::process::CommandExt;
    let (program, args) = launch.words.split_first().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    Command::new(program)
        .args(args)
        .current_dir(&launch.directory)
        .envs(&launch.env)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .spawn()
}

/// Starts a process that shall live on: nothing of ours on its standard streams but `log`. It has to leave our session
/// itself with [`leave_session`]. Its end is waited for as long as we live, so that it never stays a zombie.
///
/// # Errors
/// As the system says it.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn start_detached(launch: &Launch, log: &Path) -> io::Result<u32> {
    let (program, args) = launch.words.split_first().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
    let mut child = Command::new(program)
        .args(args)
        .current_dir(&launch.directory)
        .envs(&launch.env)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    let pid = child.id();
    std::thread::Builder::new().name("reaper".to_owned()).spawn(move || child.wait())?;
    Ok(pid)
}

/// Leaves the session and the terminal of whoever started us, and adopts every orphan among our descendants, so that
/// none of them escapes.
pub fn leave_session() {
    // Refused when we lead a group already, which means that somebody put us into one on purpose.
    let _ = rustix::process::setsid();
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// How hard an ending is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// `SIGTERM`: end in order.
    Ask,
    /// `SIGKILL`: end now.
    Force,
}

impl Ending {
    fn signal(self) -> Signal {
        match self {
            Ending::Ask => Signal::TERM,
            Ending::Force => Signal::KILL,
        }
    }
}

/// Ends one process; one that is gone is no error.
pub fn end(pid: u32, how: Ending) {
    if let Some(pid) = pid_of(pid) {
        let _ = rustix::process::kill_process(pid, how.signal());
    }
}

/// Ends a whole process group; one that is gone is no error.
pub fn end_group(group: u32, how: Ending) {
    if let Some(group) = pid_of(group) {
        let _ = rustix::process::kill_process_group(group, how.signal());
    }
}

fn pid_of(pid: u32) -> Option<Pid> {
    // 0 and 1 would mean "my own group" and the system's first process: never ours to end.
    i32::try_from(pid).ok().filter(|pid| *pid > 1).and_then(Pid::from_raw)
}

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit code {code}"),
            Exit::Signal(9) => f.write_str("killed (signal 9)"),
            Exit::Signal(15) => f.write_str("terminated (signal 15)"),
            Exit::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// Whether this child of ours ended. It is left a zombie, so that its pid (and its group's id) cannot be recycled
/// before [`reap`] is called.
pub fn has_ended(pid: u32) -> bool {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match pid_of(pid) {
        Some(pid) => !matches!(waitid(WaitId::Pid(pid), options), Ok(None)),
        None => true,
    }
}

/// Takes the exit of a child that ended.
pub fn reap(child: &mut Child) -> Exit {
    use std::os::unix::process::ExitStatusExt;
    match child.wait() {
        Ok(status) => status.code().map(Exit::Code).or(status.signal().map(Exit::Signal)).unwrap_or(Exit::Code(-1)),
        Err(_) => Exit::Code(-1),
    }
}

/// Takes the exits of adopted orphans: children of ours that are not among `known`.
pub fn reap_orphans(known: &[u32]) {
    let own = std::process::id();
    for orphan in list().into_iter().filter(|e| e.parent == own && e.zombie && !known.contains(&e.pid)) {
        if let Some(pid) = pid_of(orphan.pid) {
            let _ = rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::NOHANG);
        }
    }
}

/// The living descendants of a process that carry `entry` (`NAME=value`) in the environment they were started with,
/// wherever they are now: this finds what left its group, its session and its parent.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn carrying(entry: &str) -> Vec<ProcessEntry> {
    let carries = |pid: u32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|found| found == entry.as_bytes())
    };
    list().into_iter().filter(|e| !e.zombie && carries(e.pid)).collect()
}

/// All processes.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn list() -> Vec<ProcessEntry> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut found: Vec<ProcessEntry> = pids.filter_map(find).collect();
    found.sort_by_key(|entry| entry.pid);
    found
}

/// One process; `None` when there is none with this pid.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn find(pid: u32) -> Option<ProcessEntry> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse_stat(&String::from_utf8_lossy(&stat), &boot_id())
}

/// The name of this machine.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn host_name() -> String {
    let read = std::fs::read_to_string("/proc/sys/kernel/hostname");
    read.or_else(|_| std::fs::read_to_string("/etc/hostname")).map(|name| name.trim().to_owned()).unwrap_or_default()
}

#[allow(clippy::disallowed_methods, reason = "this is the door")]
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// Reads a line of `/proc/PID/stat`. The name stands in parentheses and may itself hold spaces and parentheses.
fn parse_stat(line: &str, boot: &str) -> Option<ProcessEntry> {
    let (pid, rest) = line.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    Some(ProcessEntry {
        pid: pid.parse().ok()?,
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        name: name.to_owned(),
        started: format!("{}@{boot}", fields.get(19)?),
        zombie: matches!(*fields.first()?, "Z" | "X"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_whatever_the_program_is_called() {
        let tail = "S 7 42 42 0 -1 4194304 99 0 0 0 0 0 0 0 20 0 1 0 182429 3133440 360";
        let entry = parse_stat(&format!("42 (a) b (c)) {tail}"), "boot").unwrap();
        assert_eq!((entry.pid, entry.parent, entry.group), (42, 7, 42));
        assert_eq!((entry.name.as_str(), entry.started.as_str()), ("a) b (c)", "182429@boot"));
        assert_eq!(parse_stat("42 (x", "boot"), None);
        assert_eq!(parse_stat("42 (x) S 1", "boot"), None);
    }

    #[test]
    fn we_know_ourselves_and_nobody_else_by_our_pid() {
        let own = ProcessIdentity::own();
        assert!(own.is_alive());
        let recycled = ProcessIdentity { started: "0@never".to_owned(), ..own };
        assert!(!recycled.is_alive(), "the same pid with another start is another process");
    }

    #[test]
    fn a_group_ends_whole_and_its_exit_is_seen_before_it_is_reaped() {
        let marker = format!("KILTER_TEST_MARKER={}", std::process::id());
        let (name, value) = marker.split_once('=').unwrap();
        let launch = Launch {
            words: vec!["sh".into(), "-c".into(), "sleep 300 & sleep 300".into()],
            directory: "/".into(),
            env: BTreeMap::from([(name.to_owned(), value.to_owned())]),
        };
        let (_reader, writer) = std::io::pipe().unwrap();
        let mut child = start_in_group(&launch, writer).unwrap();
        let group = child.id();
        let settled = (0..500).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            carrying(&marker).len() == 3
        });
        assert!(settled, "{:?}", carrying(&marker));
        assert!(carrying(&marker).iter().all(|entry| entry.group == group));
        assert!(!has_ended(group));
        end_group(group, Ending::Force);
        while !has_ended(group) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(reap(&mut child), Exit::Signal(9));
        while !carrying(&marker).is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        end_group(0, Ending::Force);
    }
}
