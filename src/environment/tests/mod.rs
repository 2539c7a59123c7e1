//! The order of things in an environment, driven with made-up stacks: killed at every step, on a disk that fills up,
//! with plans that change. The engine's own work is tested where the engine is.

mod disks;
mod stacks;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use disks::{FailingDisk, Mode};
use stacks::{FakeCommits, Objects};

use super::apply::{ApplyReport, Approval, apply};
use super::destroy::destroy;
use super::drift::drift;
use super::event::{Progress, Unwatched, Watcher};
use super::fault::EnvironmentFault;
use super::journal;
use super::lock;
use super::prepare::{Gate, Prepared, prepare};
use super::record;
use super::states;
use super::status::status;
use super::verify::{is_green, verify};
use super::world::{Environment, World};
use crate::model::environment::{Health, VerifyOutcome};
use crate::model::place::RepoPath;
use crate::model::run::Verdict;
use crate::sys::clock::FakeClock;
use crate::sys::files::{FakeFiles, Files, ReadFiles};
use crate::sys::http::FakeHttp;
use crate::sys::machine::FakeMachine;
use crate::sys::processes::FakeProcesses;

const GREEN: Gate = Gate { checks: Some(Verdict::Green), skip_checks: false };

/// A machine with one environment whose process can be killed and started again.
struct Town {
    disk: Arc<FakeFiles>,
    failing: Arc<FailingDisk>,
    objects: Arc<Objects>,
    commits: Arc<FakeCommits>,
    test: Environment,
}

fn commits() -> BTreeMap<String, Vec<(String, String)>> {
    let files =
        |files: &[(&str, &str)]| files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    BTreeMap::from([
        ("one".to_owned(), files(&[("network/main.objects", "a=1\nb=2\n"), ("web/main.objects", "?network\nc=3\n")])),
        ("two".to_owned(), files(&[("network/main.objects", "a=1\nb=22\n"), ("web/main.objects", "?network\n")])),
        ("broken".to_owned(), files(&[("network/main.objects", "a=1\nwhat\n")])),
        ("failing".to_owned(), files(&[("network/main.objects", "!x=1\na=1\nb=2\n")])),
        ("cloud".to_owned(), files(&[("network/main.objects", "a=1\n"), ("cloud/main.objects", "aws=1\n")])),
        ("circle".to_owned(), files(&[("a/main.objects", "?b\n"), ("b/main.objects", "?a\n")])),
        ("tracked".to_owned(), files(&[("network/main.objects", "a=1\n"), ("network/terraform.tfstate", "{}")])),
        ("empty".to_owned(), files(&[("README", "")])),
    ])
}

impl Town {
    fn new() -> Self {
        Town::on(Arc::new(FakeFiles::default()), Mode::Sound)
    }

    /// The same disk seen by a process that begins now.
    fn on(disk: Arc<FakeFiles>, mode: Mode) -> Self {
        let failing = FailingDisk::new(disk.clone(), mode);
        let files: Arc<dyn Files> = failing.clone();
        let objects =
            Arc::new(Objects { files: files.clone(), made: Mutex::default(), cancel_after: Mutex::default() });
        let commits = Arc::new(FakeCommits {
            files: files.clone(),
            commits: commits(),
            head: Mutex::new("one".into()),
            broken: false.into(),
        });
        let world = World {
            files,
            clock: Arc::new(FakeClock::at(Duration::from_secs(1_000_000))),
            works: objects.clone(),
            commits: commits.clone(),
            http: Arc::new(FakeHttp::default()),
            machine: Arc::new(FakeMachine::default()),
            programs: Arc::new(FakeProcesses::default()),
            trusted: false,
            kilter: "/bin/kilter".into(),
            user: "me".into(),
        };
        let test = Environment::new("test", Path::new("/r/.git/kilter"), world).unwrap();
        Town { disk, failing, objects, commits, test }
    }

    /// The process is killed: its lock stays, and nobody with its start time lives.
    fn after_kill(&self) -> Town {
        let path = self.test.layout.lock();
        if let Ok(bytes) = self.disk.read(&path) {
            let text = String::from_utf8_lossy(&bytes);
            let dead: String = text
                .lines()
                .map(|line| {
                    if line.contains("\"started\"") {
                        "\"started\": \"0@before\",\n".into()
                    } else {
                        format!("{line}\n")
                    }
                })
                .collect();
            self.disk.put(&path, dead.as_bytes(), 0o644);
        }
        Town::on(self.disk.clone(), Mode::Sound)
    }

    fn prepare(&self, commit: &str) -> Result<Prepared, EnvironmentFault> {
        *self.commits.head.lock().unwrap() = commit.to_owned();
        prepare(&self.test, commit, GREEN, &Unwatched)
    }

    fn apply(&self, commit: &str) -> Result<ApplyReport, EnvironmentFault> {
        apply(&self.test, &self.prepare(commit)?, Approval::Shown, &Unwatched)
    }

    fn health(&self) -> Health {
        status(&self.test).health
    }

    /// The objects in a stack's state.
    fn state(&self, stack: &str) -> Vec<String> {
        let state = states::load(self.test.files(), &self.test.layout, &RepoPath::new(stack)).unwrap();
        state.iter().flat_map(|state| &state.resources).map(|resource| resource.address.name.to_string()).collect()
    }

    /// The real objects of a stack, with their contents.
    fn real(&self, stack: &str) -> Vec<String> {
        let directory = self.test.layout.stack(&RepoPath::new(stack)).join("out");
        let entries = self.disk.list(&directory).unwrap_or_default();
        let content =
            |name: &str| String::from_utf8_lossy(&self.disk.read(&directory.join(name)).unwrap()).into_owned();
        entries.iter().map(|entry| format!("{}={}", entry.name, content(&entry.name))).collect()
    }

    /// Everything under the environments' directory.
    fn left(&self) -> Vec<String> {
        let entries = self.disk.list(Path::new("/r/.git/kilter/environments")).unwrap_or_default();
        entries.into_iter().map(|entry| entry.name).collect()
    }
}

#[test]
fn a_commit_is_applied_verified_and_destroyed() {
    let town = Town::new();
    assert_eq!(town.health(), Health::Absent);
    let prepared = town.prepare("one").unwrap();
    assert_eq!(prepared.refusals, []);
    let order: Vec<&str> = prepared.plans.iter().map(|plan| plan.stack.as_str()).collect();
    assert_eq!(order, ["network", "web"]);
    assert_eq!(town.real("network"), Vec::<String>::new(), "nothing is made before somebody agreed");
    let report = apply(&town.test, &prepared, Approval::Shown, &Unwatched).unwrap();
    assert_eq!(report.line(), "4 added, 0 changed, 0 destroyed");
    assert!(report.is_green(), "{:?}", report.verifications);
    assert_eq!(town.real("web"), ["c=3", "of-network=a=1;b=2;"], "the second stack saw what the first one gave out");
    let now = status(&town.test);
    assert_eq!((now.health, now.commit.as_deref(), now.behind), (Health::Applied, Some("one"), Some(0)));
    assert_eq!(now.stacks.iter().map(|stack| stack.objects).collect::<Vec<_>>(), [2, 2]);
    assert!(is_green(&verify(&town.test, &Unwatched).unwrap()));
    assert_eq!(town.health(), Health::Healthy);
    assert_eq!(drift(&town.test, &Unwatched).unwrap().count, 0);
    let typo = destroy(&town.test, "tset", &Unwatched).unwrap_err();
    assert!(typo.is_refusal(), "{typo}");
    assert_eq!(destroy(&town.test, "test", &Unwatched).unwrap().line(), "0 added, 0 changed, 4 destroyed");
    assert_eq!(town.left(), Vec::<String>::new());
    assert_eq!(town.health(), Health::Absent);
    assert!(destroy(&town.test, "test", &Unwatched).unwrap_err().is_refusal());
}

#[test]
fn a_later_commit_changes_only_what_differs() {
    let town = Town::new();
    town.apply("one").unwrap();
    let report = town.apply("two").unwrap();
    assert_eq!(report.line(), "0 added, 2 changed, 1 destroyed");
    assert_eq!(town.real("web"), ["of-network=a=1;b=22;"]);
    assert_eq!(town.objects.made.lock().unwrap().len(), 6, "nothing is made twice");
    assert_eq!(town.apply("two").unwrap().line(), "0 added, 0 changed, 0 destroyed");
    let deeds = record::history(town.test.files(), &town.test.layout);
    assert_eq!(deeds.len(), 3);
    assert!(deeds.iter().all(|deed| deed.success && deed.user == "me"));
    let backup = states::backup(&town.test.layout.state(&RepoPath::new("network")));
    assert!(town.disk.is_file(&backup));
}

#[test]
fn drift_is_found_counted_and_repaired() {
    let town = Town::new();
    town.apply("one").unwrap();
    let file = town.test.layout.stack(&RepoPath::new("web")).join("out/c");
    town.disk.put(&file, b"by hand", 0o644);
    let found = drift(&town.test, &Unwatched).unwrap();
    assert_eq!(found.count, 1);
    assert_eq!(status(&town.test).drift, Some(1));
    let red = verify(&town.test, &Unwatched).unwrap();
    assert!(!is_green(&red));
    let failed: Vec<&str> =
        red.iter().filter(|one| one.outcome == VerifyOutcome::Failed).map(|one| one.message.as_str()).collect();
    assert_eq!(failed, ["1 of 2 files are there", "a second plan is not empty: object.c (create)"]);
    assert_eq!(town.health(), Health::Unhealthy);
    town.apply("one").unwrap();
    assert_eq!(town.health(), Health::Applied);
    assert_eq!(drift(&town.test, &Unwatched).unwrap().count, 0);
}

#[test]
fn red_or_missing_checks_a_held_lock_and_a_moved_head_refuse_with_the_reason() {
    let town = Town::new();
    let with = |checks, skip_checks| prepare(&town.test, "one", Gate { checks, skip_checks }, &Unwatched).unwrap();
    let reason = |prepared: &Prepared| prepared.refusals.iter().map(|r| r.reason.clone()).collect::<Vec<_>>();
    assert_eq!(reason(&with(None, false)), ["the checks of one have not been run"]);
    assert_eq!(reason(&with(Some(Verdict::Red), false)), ["the checks of one are red"]);
    let loud = with(Some(Verdict::Red), true);
    assert_eq!(loud.refusals, []);
    assert!(loud.notices[0].starts_with("CHECKS SKIPPED: the checks of one are red"), "{:?}", loud.notices);

    let world = &town.test.world;
    let held = lock::take(&world.files, world.clock.as_ref(), &town.test.layout.lock(), "her", "apply two").unwrap();
    assert!(reason(&with(Some(Verdict::Green), false))[0].starts_with("the environment is locked: apply two by her"));
    assert_eq!(town.health(), Health::Busy);
    assert!(matches!(apply(&town.test, &loud, Approval::Shown, &Unwatched), Err(EnvironmentFault::Locked(_))));
    drop(held);

    *town.commits.head.lock().unwrap() = "two".into();
    let moved = apply(&town.test, &loud, Approval::Shown, &Unwatched).unwrap_err();
    assert!(moved.is_refusal() && moved.to_string().contains("HEAD moved from one to two"), "{moved}");
    assert_eq!(town.real("network"), Vec::<String>::new());
}

#[test]
fn what_cannot_be_applied_here_is_refused_or_left_out_with_the_reason() {
    let town = Town::new();
    let refusal =
        |commit: &str| town.prepare(commit).unwrap().refusals.iter().map(|r| r.reason.clone()).collect::<Vec<_>>();
    assert_eq!(refusal("broken"), ["network cannot be planned: Broken line: what"]);
    assert_eq!(refusal("empty"), ["this commit has no Terraform stack"]);
    town.apply("one").unwrap();
    let own = town.state("network");
    assert_eq!(
        refusal("tracked"),
        ["network/terraform.tfstate is committed, and an environment keeps its own state there"]
    );
    assert_eq!(town.state("network"), own, "the environment's own state is untouched");
    destroy(&town.test, "test", &Unwatched).unwrap();
    let circle = town.prepare("circle").unwrap_err();
    assert!(circle.is_refusal() && circle.to_string().contains("a → b → a"), "{circle}");
    let cloud = town.prepare("cloud").unwrap();
    assert_eq!(cloud.left_out[0].stack.as_str(), "cloud");
    assert_eq!(cloud.left_out[0].reason, "only a real terraform can ask its provider hashicorp/aws");
    assert_eq!(cloud.refusals, []);
    town.commits.broken.store(true, Ordering::Relaxed);
    let fault = town.prepare("one").unwrap_err().to_string();
    assert_eq!(fault, "commit one could not be checked out: the object database is broken");
    assert_eq!(town.health(), Health::Absent);
}

#[test]
fn a_plan_that_turns_out_otherwise_is_not_carried_out() {
    let town = Town::new();
    town.apply("one").unwrap();
    let prepared = town.prepare("one").unwrap();
    let gone = town.test.layout.stack(&RepoPath::new("network")).join("out/a");
    town.disk.remove_file(&gone).unwrap();
    let fault = apply(&town.test, &prepared, Approval::Shown, &Unwatched).unwrap_err().to_string();
    assert!(fault.contains("object.a is now to be: create"), "{fault}");
    assert_eq!(town.health(), Health::Interrupted);
    apply(&town.test, &prepared, Approval::Anything, &Unwatched).unwrap();
    assert_eq!(town.real("network"), ["a=1", "b=2"]);
}

#[test]
fn a_failure_keeps_what_was_done_and_applying_again_goes_on() {
    let town = Town::new();
    let fault = town.apply("failing").unwrap_err();
    assert!(fault.to_string().contains("this object cannot be made"), "{fault}");
    let now = status(&town.test);
    assert_eq!((now.health, now.lock), (Health::Interrupted, None));
    assert!(
        now.notice.as_ref().unwrap().contains("the apply of failing failed in network: network: It failed"),
        "{:?}",
        now.notice
    );
    town.apply("one").unwrap();
    assert_eq!(town.health(), Health::Applied);
}

/// Counts what it is told, and asks to stop at a certain object.
struct StopAt(&'static str, Mutex<bool>);

impl Watcher for StopAt {
    fn progress(&self, progress: Progress) {
        if format!("{progress:?}").contains(self.0) {
            *self.1.lock().unwrap() = true;
        }
    }

    fn cancelled(&self) -> bool {
        *self.1.lock().unwrap()
    }
}

#[test]
fn cancelling_begins_nothing_more() {
    let town = Town::new();
    let prepared = town.prepare("one").unwrap();
    let watcher = StopAt("name: \"a\"", Mutex::new(false));
    let fault = apply(&town.test, &prepared, Approval::Shown, &watcher).unwrap_err();
    assert!(matches!(fault, EnvironmentFault::Cancelled), "{fault}");
    assert_eq!((town.state("network"), town.state("web")), (vec!["a".to_owned()], vec![]));
    town.apply("one").unwrap();
    assert_eq!(*town.objects.made.lock().unwrap(), ["a", "b", "c", "of-network"]);
}

/// What the journal says was being done.
fn now_journal(town: &Town) -> Option<journal::Unfinished> {
    journal::unfinished(town.test.files(), &town.test.layout.journal())
}

fn made_by_one(unfinished: &Option<journal::Unfinished>) -> bool {
    unfinished.as_ref().is_some_and(|unfinished| unfinished.commit == "one")
}

#[test]
fn killed_at_any_step_nothing_is_lost_nothing_is_done_twice_and_applying_again_completes_it() {
    let whole = Town::new();
    whole.apply("one").unwrap();
    whole.apply("two").unwrap();
    let steps = whole.failing.changes();
    assert!(steps > 40, "{steps}");
    for step in 0..steps {
        let town = Town::on(Arc::new(FakeFiles::default()), Mode::DiesAfter(step));
        let _ = town.apply("one").and_then(|_| town.apply("two"));
        let after = town.after_kill();
        let now = status(&after.test);
        let unfinished = now_journal(&after);
        let interrupted = after.disk.is_file(&after.test.layout.journal());
        assert_eq!(now.health == Health::Interrupted, interrupted, "step {step}: {now:?}");
        assert!(!interrupted || now.notice.unwrap().contains("again completes it"), "step {step}");
        // Every state can be read, and lacks at most the object that was being made.
        let before = town.objects.made.lock().unwrap().clone();
        for stack in ["network", "web"] {
            let (state, real) = (after.state(stack), after.real(stack));
            let missing =
                real.iter().filter(|object| !state.iter().any(|name| object.starts_with(&format!("{name}="))));
            assert!(missing.count() <= 1, "step {step}: {stack} has {real:?}, and its state only {state:?}");
        }
        // What was being made and is not in a state is only known to the commit that made it.
        let commits = if made_by_one(&unfinished) { &["one", "two"][..] } else { &["two"] };
        for commit in commits {
            after.apply(commit).unwrap_or_else(|fault| panic!("step {step}: {fault}"));
        }
        assert_eq!(
            (after.real("network"), after.real("web")),
            (whole.real("network"), whole.real("web")),
            "step {step}"
        );
        let made = after.objects.made.lock().unwrap();
        // Only the object that was being made may have to be made once more.
        let again = usize::from(before.last() == made.first());
        assert!(before.len() + made.len() <= 6 + again, "step {step}: {before:?}, then {made:?}");
        assert_eq!(after.health(), Health::Applied, "step {step}");
    }
}

#[test]
fn a_destroy_that_is_killed_at_any_step_is_completed_by_the_next_one() {
    let whole = Town::new();
    whole.apply("one").unwrap();
    let before = whole.failing.changes();
    destroy(&whole.test, "test", &Unwatched).unwrap();
    let steps = whole.failing.changes() - before;
    for step in 0..steps {
        let town = Town::new();
        town.apply("one").unwrap();
        let dying = Town::on(town.disk.clone(), Mode::DiesAfter(step));
        let _ = destroy(&dying.test, "test", &Unwatched);
        let after = dying.after_kill();
        match destroy(&after.test, "test", &Unwatched) {
            Ok(_) => {}
            // It got so far that there is no environment any more.
            Err(EnvironmentFault::Absent(_)) => assert_eq!(after.health(), Health::Absent, "step {step}"),
            Err(fault) => panic!("step {step}: {fault}"),
        }
        assert_eq!(after.left(), Vec::<String>::new(), "step {step}");
    }
}

#[test]
fn a_disk_that_fills_up_stops_the_apply_and_loses_nothing() {
    let mut stopped = 0;
    for room in (0..9_000).step_by(150) {
        let town = Town::on(Arc::new(FakeFiles::default()), Mode::Holds((1 << 20) + room));
        let Err(fault) = town.apply("one") else { continue };
        stopped += 1;
        let said = fault.to_string();
        assert!(said.contains("full") || said.contains("space"), "{room}: {said}");
        for stack in ["network", "web"] {
            let (state, real) = (town.state(stack), town.real(stack));
            assert_eq!(state.len(), real.len(), "{room}: {stack} has {real:?}, and its state {state:?}: {said}");
        }
        *town.failing.mode.lock().unwrap() = Mode::Sound;
        town.apply("one").unwrap();
        assert_eq!(town.objects.made.lock().unwrap().len(), 4, "{room}: nothing is made twice");
    }
    assert!(stopped > 10, "{stopped}");
}

#[test]
fn a_state_that_cannot_be_used_is_refused_and_untouched() {
    let town = Town::new();
    town.apply("one").unwrap();
    let path = town.test.layout.state(&RepoPath::new("network"));
    for torn in ["{\"version\": 4, \"serial\"", "{\"version\": 5}", "garbage"] {
        town.disk.put(&path, torn.as_bytes(), 0o600);
        let fault = town.prepare("two").unwrap_err().to_string();
        assert!(fault.starts_with("the state of network cannot be used: ") && fault.contains("backup"), "{fault}");
        assert!(destroy(&town.test, "test", &Unwatched).is_err());
        assert_eq!(*town.disk.read(&path).unwrap(), *torn.as_bytes());
    }
}
