//! The supervisor with real processes: it starts, restarts, is found again, and leaves nothing behind.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kilter::environment::supervise::client::{SuperviseError, Supervision, Supervisor};
use kilter::environment::supervise::spec::{ProcessSpec, Spec};
use kilter::sys::files::RealFiles;
use kilter::sys::living::{self, Ending};

/// A supervisor's directory that ends its processes whatever a test does.
struct Run {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

impl Run {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("run");
        std::fs::create_dir_all(path.join("logs")).unwrap();
        Run { _directory: directory, path }
    }

    fn supervisor(&self) -> Supervisor<'static> {
        Supervisor::of(&RealFiles, &self.path)
    }

    fn start(&self, processes: &[(&str, &str)]) -> Supervision {
        self.supervisor().start(&spec(&self.path, processes), kilter()).unwrap()
    }

    fn until(&self, what: &str, done: impl Fn(&Supervision) -> bool) -> Supervision {
        let begun = Instant::now();
        loop {
            let now = self.supervisor().look();
            if done(&now) {
                return now;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}: {now:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The pids of everything that carries this run's marker.
    fn carriers(&self) -> Vec<u32> {
        let spec = std::fs::read_to_string(self.path.join("spec.json")).unwrap();
        let marker = spec.split("\"marker\": \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        living::carrying(&format!("KILTER_SUPERVISED={marker}")).into_iter().map(|entry| entry.pid).collect()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.supervisor().stop();
    }
}

fn kilter() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_kilter"))
}

fn spec(directory: &Path, processes: &[(&str, &str)]) -> Spec {
    let process = |(name, line): &(&str, &str)| ProcessSpec {
        name: (*name).to_owned(),
        command: (*line).to_owned(),
        words: vec!["sh".into(), "-c".into(), (*line).to_owned()],
        directory: directory.to_owned(),
        env: [("GREETING".to_owned(), "hello".to_owned())].into(),
    };
    Spec { processes: processes.iter().map(process).collect(), grace: Duration::from_millis(500) }
}

fn alive(pid: u32) -> bool {
    living::find(pid).is_some_and(|entry| !entry.zombie)
}

#[test]
fn processes_live_in_groups_of_their_own_and_end_without_a_trace() {
    let run = Run::new();
    let now = run.start(&[("web", "echo $GREETING; exec sleep 300"), ("family", "sleep 300 & sleep 300 & wait")]);
    assert!(now.supervised && !now.lost);
    let pids: Vec<u32> = now.processes.iter().map(|process| process.pid.unwrap()).collect();
    assert!(pids.iter().all(|pid| living::find(*pid).unwrap().group == *pid));
    run.until("the log", |_| run.supervisor().log_tail("web", 5).is_ok_and(|lines| lines == ["hello"]));
    run.until("the family", |_| run.carriers().len() == 5);
    let carriers = run.carriers();
    assert_eq!(run.supervisor().running_spec().unwrap().processes.len(), 2);
    run.supervisor().stop().unwrap();
    assert!(carriers.iter().all(|pid| !alive(*pid)), "{carriers:?}");
    assert_eq!(run.supervisor().look(), Supervision::default());
    run.supervisor().stop().unwrap();
}

#[test]
fn what_falls_over_is_started_again_and_its_last_words_are_known() {
    let run = Run::new();
    let now = run.start(&[("web", "echo 'port 8080 is already taken' >&2; exit 3"), ("steady", "exec sleep 300")]);
    let steady = now.processes[1].pid;
    let now = run.until("a second try", |now| now.processes[0].restarts >= 1 && now.processes[0].pid.is_none());
    assert_eq!(now.processes[0].last_exit.as_deref(), Some("exit code 3: port 8080 is already taken"));
    assert_eq!((now.processes[1].pid, now.processes[1].restarts), (steady, 0));

    living::end(steady.unwrap(), Ending::Force);
    let now = run.until("the kill", |now| now.processes[1].last_exit.is_some());
    assert_eq!(now.processes[1].last_exit.as_deref(), Some("killed (signal 9)"));
    run.until("the new one", |now| now.processes[1].pid.is_some_and(|pid| Some(pid) != steady));
    let log = std::fs::read_to_string(run.path.join("supervisor.log")).unwrap();
    assert!(log.contains("web ended: exit code 3: port 8080 is already taken; starting again in 1 s"), "{log}");
}

#[test]
fn a_program_that_is_not_there_is_said() {
    let run = Run::new();
    let mut spec = spec(&run.path, &[("web", "x")]);
    spec.processes[0].words = vec!["no-such-program-anywhere".into()];
    let now = run.supervisor().start(&spec, kilter()).unwrap();
    assert!(now.supervised);
    let said = now.processes[0].last_exit.as_deref();
    assert_eq!(said, Some("could not be started: no program \"no-such-program-anywhere\""));
}

#[test]
fn who_ignores_the_asking_and_who_runs_away_are_ended_too() {
    let run = Run::new();
    let stubborn = "trap '' TERM INT; while :; do sleep 1; done";
    let runaway = "setsid sh -c 'sleep 301 & sleep 302' & exec sleep 300";
    run.start(&[("stubborn", stubborn), ("runaway", runaway)]);
    run.until("all of them", |_| run.carriers().len() >= 6);
    let carriers = run.carriers();
    run.supervisor().stop().unwrap();
    assert!(carriers.iter().all(|pid| !alive(*pid)), "{carriers:?}");
}

#[test]
fn a_supervisor_that_was_killed_is_noticed_and_its_processes_are_found() {
    let run = Run::new();
    let now = run.start(&[("web", "exec sleep 300")]);
    let web = now.processes[0].pid.unwrap();
    let supervisor = run.carriers().into_iter().find(|pid| *pid != web).unwrap();
    living::end(supervisor, Ending::Force);
    let now = run.until("the loss", |now| now.lost);
    assert!(!now.supervised);
    assert_eq!(now.processes[0].pid, Some(web), "the process itself lives on");
    // Starting again takes over: nothing of the old one is left beside the new one.
    let now = run.start(&[("web", "exec sleep 300")]);
    assert!(now.supervised && now.processes[0].pid != Some(web));
    assert!(!alive(web));
}

#[test]
fn a_supervisor_ends_with_its_directory() {
    let run = Run::new();
    run.start(&[("web", "exec sleep 300")]);
    let carriers = run.carriers();
    assert_eq!(carriers.len(), 2);
    std::fs::remove_dir_all(&run.path).unwrap();
    let begun = Instant::now();
    while carriers.iter().any(|pid| alive(*pid)) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{carriers:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!run.path.exists(), "and it does not make it anew");
}

#[test]
fn a_recycled_pid_is_not_taken_for_ours() {
    let run = Run::new();
    run.start(&[("web", "exec sleep 300")]);
    let path = run.path.join("processes.json");
    let text = std::fs::read_to_string(&path).unwrap();
    // The same pids, started at another time: other processes.
    std::fs::write(&path, text.replace("\"started\": \"", "\"started\": \"9")).unwrap();
    let now = run.supervisor().look();
    assert!(now.lost && now.processes[0].pid.is_none(), "{now:?}");
}

#[test]
fn a_supervisor_that_cannot_begin_says_why() {
    let run = Run::new();
    let missing = run.supervisor().start(&spec(&run.path, &[]), Path::new("/no/kilter")).unwrap_err();
    assert!(matches!(missing, SuperviseError::Start(_)), "{missing}");
    let other = run.supervisor().start(&spec(&run.path, &[("web", "x")]), Path::new("/bin/false")).unwrap_err();
    assert!(other.to_string().contains("ended at once"), "{other}");
}

#[test]
fn a_supervisor_that_waits_uses_no_processor() {
    let run = Run::new();
    run.start(&[("web", "exec sleep 300")]);
    let web = run.supervisor().look().processes[0].pid.unwrap();
    let supervisor = run.carriers().into_iter().find(|pid| *pid != web).unwrap();
    let switches = || {
        let tasks = std::fs::read_dir(format!("/proc/{supervisor}/task")).unwrap();
        let of = |path: PathBuf| std::fs::read_to_string(path.join("status")).unwrap_or_default();
        let all: String = tasks.flatten().map(|task| of(task.path())).collect();
        all.lines().filter(|line| line.contains("voluntary_ctxt_switches")).map(str::to_owned).collect::<Vec<_>>()
    };
    std::thread::sleep(Duration::from_millis(300));
    let before = switches();
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(switches(), before, "it woke up although nothing happened");
}
