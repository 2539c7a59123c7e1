//! The tests of a stack in the live loop: what a save runs, what a person who asks gets, and how it is stopped.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kilter::app::event::{Cause, Event, JobKind};
use kilter::model::place::RepoPath;
use kilter::model::report::TestReport;
use kilter::model::test::TestStatus;
use kilter::runtime::live::Live;
use kilter::runtime::world::World;
use kilter::watch::WatchBatch;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::world::Place;

/// A live repo with one stack whose object runs a command.
struct Loop {
    place: Place,
    runtime: Runtime,
    live: Live,
    events: UnboundedReceiver<Event>,
}

impl Loop {
    fn new(command: &str, trusted: bool) -> Loop {
        let place = Place::new();
        let repo = place.path("repo");
        std::fs::create_dir_all(&repo).expect("a directory");
        place.git(&repo, &["init", "-q"]);
        let runtime = Runtime::new().expect("threads");
        let (sender, events) = unbounded_channel();
        let around = Loop { live: Self::live(&repo, trusted, &runtime, sender), place, runtime, events };
        around.write(command, 1);
        std::fs::write(
            around.repo().join("a.tftest.hcl"),
            "run \"it_is_made\" {\n  assert {\n    condition     = terraform_data.a.output > 0\n    error_message = \"It has no output.\"\n  }\n}\n",
        )
        .expect("a test");
        around.live.look();
        around
    }

    fn live(
        repo: &std::path::Path,
        trusted: bool,
        runtime: &Runtime,
        sender: tokio::sync::mpsc::UnboundedSender<Event>,
    ) -> Live {
        let _context = runtime.enter();
        Live::new(Arc::new(World::open(repo, trusted).expect("a repo")), sender)
    }

    fn repo(&self) -> PathBuf {
        self.place.path("repo")
    }

    fn write(&self, command: &str, input: u32) {
        let text = format!(
            "resource \"terraform_data\" \"a\" {{\n  input = {input}\n  provisioner \"local-exec\" {{\n    command = \"{command}\"\n  }}\n}}\n"
        );
        std::fs::write(self.repo().join("main.tf"), text).expect("a file");
    }

    /// What comes next that is wanted.
    fn next<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let Loop { runtime, events, .. } = self;
        runtime.block_on(async {
            loop {
                let event = tokio::time::timeout(Duration::from_secs(60), events.recv()).await;
                let event = event.expect("it happens in time").expect("the loop lives");
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        })
    }

    /// The next report about tests.
    fn report(&mut self) -> (TestStatus, Vec<String>) {
        let report: Arc<TestReport> = self.next(|event| match event {
            Event::Tests(report) => Some(report.clone()),
            _ => None,
        });
        let case = &report.suites[0].cases[0];
        (case.status, case.diagnostics.iter().map(|found| found.summary.clone()).collect())
    }

    fn ask(&self) {
        self.live.again(JobKind::Test, Some(RepoPath::root()));
    }

    /// How often the command ran.
    fn ran(&self) -> usize {
        std::fs::read_to_string(self.repo().join("ran")).map_or(0, |text| text.lines().count())
    }
}

fn said(status: TestStatus, summary: &str) -> (TestStatus, Vec<String>) {
    (status, vec![summary.to_owned()])
}

#[test]
fn commands_run_in_a_trusted_repo_when_somebody_asks_and_never_because_of_a_save() {
    let mut around = Loop::new("echo x >> ran", true);
    assert_eq!(around.report(), said(TestStatus::Skipped, "Run not made"));
    assert_eq!(around.ran(), 0);
    around.ask();
    assert_eq!(around.report(), (TestStatus::Passed, vec![]));
    assert_eq!(around.ran(), 1);
    around.write("echo x >> ran", 2);
    around.live.changed(&WatchBatch { paths: [RepoPath::new("main.tf")].into(), ..WatchBatch::default() });
    assert_eq!(around.report(), said(TestStatus::Skipped, "Run not made"));
    assert_eq!(around.ran(), 1);
}

#[test]
fn nothing_runs_in_a_repo_that_is_not_trusted_whoever_asks() {
    let mut around = Loop::new("echo x >> ran", false);
    assert_eq!(around.report(), said(TestStatus::Skipped, "Run not made"));
    around.ask();
    assert_eq!(around.report(), said(TestStatus::Error, "Provisioner not run"));
    assert_eq!(around.ran(), 0);
}

#[test]
fn a_command_that_does_not_end_is_interrupted_by_who_asked_for_it() {
    let mut around = Loop::new("echo x >> ran; sleep 300", true);
    assert_eq!(around.report().0, TestStatus::Skipped);
    around.ask();
    let id = around.next(|event| match event {
        Event::JobStarted(job) if job.kind == JobKind::Test && job.cause == Cause::Asked => Some(job.id),
        _ => None,
    });
    while around.ran() == 0 {
        std::thread::yield_now();
    }
    around.live.cancel(id);
    assert_eq!(around.report(), said(TestStatus::Error, "local-exec provisioner error"));
}

#[test]
fn closing_interrupts_what_tests_run() {
    let mut around = Loop::new("echo $$ >> ran; exec sleep 300", true);
    assert_eq!(around.report().0, TestStatus::Skipped);
    around.ask();
    while around.ran() == 0 {
        std::thread::yield_now();
    }
    let pid = std::fs::read_to_string(around.repo().join("ran")).expect("it was written").trim().to_owned();
    around.live.close();
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "the command is gone");
}

#[test]
fn what_is_shown_is_remembered_whether_the_session_ends_well_or_not() {
    let remembered = |around: &Loop| {
        let (sender, mut events) = unbounded_channel();
        let live = Loop::live(&around.repo(), false, &around.runtime, sender);
        live.open();
        around.runtime.block_on(async {
            while let Some(event) = events.recv().await {
                match event {
                    Event::Plan(report) => return report.provenance.remembered,
                    Event::JobStarted(_) => return false,
                    _ => {}
                }
            }
            false
        })
    };
    let mut around = Loop::new("true", false);
    around.next(|event| matches!(event, Event::Plan(_)).then_some(()));
    around.next(|event| matches!(event, Event::JobFinished(..)).then_some(()));
    assert!(!remembered(&around), "nothing is written while it may change any moment");
    // It is written after a while, for a session that is killed.
    let last = around.repo().join(".git/kilter/last.json");
    while !last.exists() {
        std::thread::yield_now();
    }
    assert!(remembered(&around));
    // And at once when the session ends.
    std::fs::remove_file(&last).expect("it can be removed");
    around.live.again(JobKind::Preview, Some(RepoPath::root()));
    around.next(|event| matches!(event, Event::Plan(_)).then_some(()));
    while !last.exists() {
        around.live.close();
    }
    assert!(remembered(&around));
}
