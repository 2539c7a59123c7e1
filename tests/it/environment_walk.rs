//! The whole walk with the real engine, real git and real processes on the sample repo: checks, apply, verify, drift,
//! repair, destroy; and what is left when the applying process is killed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kilter::config::settings::EnvironmentSettings;
use kilter::engine::provider::builtin;
use kilter::engine::{Engine, VariableInput};
use kilter::environment::apply::{ApplyReport, Approval, apply};
use kilter::environment::commits::RepoCommits;
use kilter::environment::destroy::destroy;
use kilter::environment::drift::drift;
use kilter::environment::prepare::{Gate, prepare};
use kilter::environment::processes::supervisor;
use kilter::environment::status::status;
use kilter::environment::variables;
use kilter::environment::verify::{is_green, verify};
use kilter::environment::works::EngineWorks;
use kilter::environment::{Commits, Environment, Progress, Unwatched, Watcher, World};
use kilter::guide::sample::lay_out;
use kilter::lint::LintOptions;
use kilter::model::environment::{Health, Verification, VerifyOutcome};
use kilter::model::finding::Level;
use kilter::model::place::RepoPath;
use kilter::model::run::{JobState, Run, Verdict};
use kilter::pipeline::Checks;
use kilter::repo::Repo;
use kilter::sys::clock::{Clock, RealClock};
use kilter::sys::files::{Files, RealFiles};
use kilter::sys::http::RealHttp;
use kilter::sys::living::{self, Ending};
use kilter::sys::machine::RealMachine;
use kilter::sys::processes::RealProcesses;

/// The sample repo, laid out, with its environment `test` on a port of its own.
struct Sample {
    _directory: tempfile::TempDir,
    root: PathBuf,
    engine: Arc<Engine>,
    test: Environment,
}

impl Sample {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("sample repo");
        lay_out(&root, &RealFiles).unwrap();
        let engine = Arc::new(Engine::new(builtin()));
        let sample = Sample { test: environment(&root, &engine), _directory: directory, root, engine };
        // Tests run side by side: each needs a port of its own.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for file in ["Procfile", "goss.yaml", "environments/test.tfvars"] {
            let path = sample.root.join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains("18080"), "{file}");
            std::fs::write(&path, text.replace("18080", &port.to_string())).unwrap();
        }
        sample.commit("Use another port");
        sample
    }

    fn git(&self, args: &[&str]) -> String {
        let output = std::process::Command::new("git")
            .args(["-c", "user.name=T", "-c", "user.email=t@example.org"])
            .args(args)
            .current_dir(&self.root)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["commit", "-qam", message]);
        self.head()
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn checks(&self) -> Run {
        let files: Arc<dyn Files> = Arc::new(RealFiles);
        let clock = RealClock::default();
        let settings = EnvironmentSettings::default();
        let reads = RealFiles;
        let given = |root: &Path, stack: &RepoPath| variables::given(&reads, root, "test", &settings, stack);
        let ignored = |path: &RepoPath, _: bool| path.file_name().starts_with('.');
        let checks = Checks {
            engine: &self.engine,
            files,
            clock: &clock,
            directory: self.root.join(".git/kilter/checks"),
            lint: LintOptions::default(),
            threshold: Level::Error,
            parallel: 2,
            skip: Vec::new(),
            variables: &given,
            lore: &|_| (String::new(), None),
            ignored: &ignored,
        };
        let repo = Repo::open(&self.root).unwrap();
        let head = self.head();
        let check_out = |into: &Path| repo.checkout_commit(&head, into).map(drop).map_err(|fault| fault.to_string());
        checks.run_commit(&head, &check_out, None, &|_| {}, &|| false).unwrap()
    }

    fn apply(&self) -> ApplyReport {
        let gate = Gate { checks: Some(Verdict::Green), skip_checks: false };
        let prepared = prepare(&self.test, &self.head(), gate, &Unwatched).unwrap();
        assert_eq!(
            prepared.refusals,
            [],
            "{:#?}",
            prepared.plans.iter().map(|p| &p.planned.diagnostics).collect::<Vec<_>>()
        );
        apply(&self.test, &prepared, Approval::Shown, &Unwatched).unwrap()
    }

    fn verify(&self) -> Vec<Verification> {
        verify(&self.test, &Unwatched).unwrap()
    }

    fn public(&self) -> PathBuf {
        self.test.layout.checkout().join("web/public")
    }

    fn web(&self) -> u32 {
        supervisor(&self.test).look().processes[0].pid.unwrap()
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = supervisor(&self.test).stop();
    }
}

fn environment(root: &Path, engine: &Arc<Engine>) -> Environment {
    let files: Arc<dyn Files> = Arc::new(RealFiles);
    let clock: Arc<dyn Clock> = Arc::new(RealClock::default());
    let works = EngineWorks {
        engine: engine.clone(),
        files: files.clone(),
        clock: clock.clone(),
        http: Arc::new(RealHttp),
        commands: None,
        home: None,
        limits: kilter::model::limits::Limits::default(),
    };
    let world = World {
        files,
        clock,
        works: Arc::new(works),
        commits: Arc::new(RepoCommits { root: root.to_owned() }),
        http: Arc::new(RealHttp),
        machine: Arc::new(RealMachine),
        programs: Arc::new(RealProcesses),
        trusted: true,
        kilter: env!("CARGO_BIN_EXE_kilter").into(),
        user: "test".to_owned(),
    };
    Environment::new("test", &root.join(".git/kilter"), world).unwrap()
}

fn not_passed(found: &[Verification]) -> Vec<String> {
    let bad = found.iter().filter(|one| one.outcome != VerifyOutcome::Passed);
    bad.map(|one| format!("{} {}: {}", one.outcome.word(), one.subject, one.message)).collect()
}

#[test]
fn the_sample_walks_from_commit_to_destroy() {
    let sample = Sample::new();
    let run = sample.checks();
    let told: Vec<String> = run
        .jobs
        .iter()
        .filter(|job| !matches!(job.state, JobState::Passed | JobState::Skipped))
        .map(|job| format!("{:?} {:?} {}: {:#?}", job.step, job.stack, job.summary, job.log))
        .collect();
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(run.verdict(), Verdict::Green);
    let again = sample.checks();
    let done: Vec<String> = again
        .jobs
        .iter()
        .skip(1)
        .filter(|job| !job.cached)
        .map(|job| format!("{} {:?} {}", job.step.word(), job.stack, job.summary))
        .collect();
    assert_eq!(done, Vec::<String>::new(), "everything is known by now");

    let gate = Gate { checks: Some(run.verdict()), skip_checks: false };
    let prepared = prepare(&sample.test, &sample.head(), gate, &Unwatched).unwrap();
    assert_eq!(prepared.refusals, []);
    let order: Vec<&str> = prepared.plans.iter().map(|plan| plan.stack.as_str()).collect();
    assert_eq!(order, ["network", "web"]);
    assert_eq!(prepared.left_out[0].stack.as_str(), "cloud");
    let report = apply(&sample.test, &prepared, Approval::Shown, &Unwatched).unwrap();
    assert_eq!(not_passed(&report.verifications), Vec::<String>::new());
    assert!(report.summary.add >= 6, "{:?}", report.summary);
    assert!(sample.public().join("blog/index.html").is_file());

    let found = sample.verify();
    assert_eq!(not_passed(&found), Vec::<String>::new());
    assert!(found.iter().any(|one| one.subject.starts_with("check.front_page_answers")), "{found:#?}");
    let now = status(&sample.test);
    assert_eq!((now.health, now.behind, now.notice), (Health::Healthy, Some(0), None));
    assert_eq!(drift(&sample.test, &Unwatched).unwrap().count, 0);

    // A rendered file is changed by hand.
    std::fs::write(sample.public().join("index.html"), "by hand").unwrap();
    assert_eq!(drift(&sample.test, &Unwatched).unwrap().count, 1);
    assert!(!is_green(&sample.verify()));
    let report = sample.apply();
    assert!(report.summary.add + report.summary.change >= 1, "{:?}", report.summary);
    assert_eq!(not_passed(&sample.verify()), Vec::<String>::new());

    // The process is killed.
    living::end(sample.web(), Ending::Force);
    let seen = || supervisor(&sample.test).look().processes[0].last_exit.is_some();
    assert!((0..2000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        seen()
    }));
    let red = not_passed(&sample.verify());
    assert!(red.iter().any(|line| line.contains("process web") && line.contains("killed (signal 9)")), "{red:#?}");
    assert_eq!(status(&sample.test).health, Health::Unhealthy);
    sample.apply();
    assert_eq!(not_passed(&sample.verify()), Vec::<String>::new());

    let (web, layout) = (sample.web(), sample.test.layout.clone());
    let report = destroy(&sample.test, "test", &Unwatched).unwrap();
    assert!(report.summary.remove >= 6, "{:?}", report.summary);
    assert!(!layout.root().exists() && !layout.gone().exists());
    assert!(living::find(web).is_none_or(|entry| entry.zombie));
    assert_eq!(status(&sample.test).health, Health::Absent);
}

#[test]
fn values_of_the_settings_reach_the_stacks_that_declare_them() {
    let mut sample = Sample::new();
    let setting = kilter::config::settings::VariableSetting::Text("staging".to_owned());
    sample.test.settings.variables.insert("environment".to_owned(), setting);
    let given = sample.test.variables_of(&RepoPath::new("network"));
    assert!(given.is_empty(), "nothing is checked out yet: {given:?}");
    sample.apply();
    let given = sample.test.variables_of(&RepoPath::new("network"));
    assert!(matches!(given.last(), Some(VariableInput::Argument { .. })), "{given:?}");
    let state = std::fs::read_to_string(sample.test.layout.state(&RepoPath::new("network"))).unwrap();
    assert!(state.contains("fernhill-staging"), "{state}");
}

/// Tells a test when a certain object is begun.
struct At<'a>(&'a (dyn Fn(&Progress) + Sync));

impl Watcher for At<'_> {
    fn progress(&self, progress: Progress) {
        (self.0)(&progress);
    }

    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn terraform_itself_reads_the_states_and_finds_nothing_to_do() {
    if std::process::Command::new("terraform").arg("version").output().is_err() {
        eprintln!("SKIPPED: there is no terraform on PATH to read the state with");
        return;
    }
    let sample = Sample::new();
    let seen = std::sync::Mutex::new(0);
    let gate = Gate { checks: Some(Verdict::Green), skip_checks: false };
    let prepared = prepare(&sample.test, &sample.head(), gate, &Unwatched).unwrap();
    let count = |progress: &Progress| *seen.lock().unwrap() += usize::from(matches!(progress, Progress::Object { .. }));
    apply(&sample.test, &prepared, Approval::Shown, &At(&count)).unwrap();
    assert!(*seen.lock().unwrap() >= 12, "each object begins and ends");
    let network = sample.test.layout.stack(&RepoPath::new("network"));
    let terraform = |args: &[&str]| {
        let output = std::process::Command::new("terraform")
            .args(args)
            .current_dir(&network)
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), text)
    };
    let (code, said) = terraform(&["init", "-no-color", "-input=false"]);
    assert_eq!(code, Some(0), "{said}");
    let file = "-var-file=../environments/test.tfvars";
    let (code, said) = terraform(&["plan", "-no-color", "-input=false", "-detailed-exitcode", file]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_port_that_is_taken_is_said_by_apply_and_status() {
    let sample = Sample::new();
    let text = std::fs::read_to_string(sample.root.join("Procfile")).unwrap();
    let port: u16 = text.trim().rsplit(' ').next().unwrap().parse().unwrap();
    let taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    // Whoever has the port answers nobody.
    std::thread::spawn(move || taken.incoming().for_each(drop));
    let report = sample.apply();
    let red = not_passed(&report.verifications);
    assert!(red.len() == 1 && red[0].contains(&format!("port {port} on 127.0.0.1 is already taken")), "{red:#?}");
    let now = status(&sample.test);
    assert_eq!(now.health, Health::Unhealthy);
    assert!(now.notice.unwrap().contains("is already taken"));
}

#[test]
fn commits_come_from_git() {
    let sample = Sample::new();
    let commits = RepoCommits { root: sample.root.clone() };
    let head = commits.head().unwrap();
    assert_eq!(head, sample.head());
    assert_eq!(commits.tracked_states(&head), Ok(vec![]));
    std::fs::write(sample.root.join("network/terraform.tfstate"), "{}").unwrap();
    sample.git(&["add", "-f", "network/terraform.tfstate"]);
    let tracked = sample.commit("Commit a state");
    assert_eq!(commits.tracked_states(&tracked), Ok(vec![RepoPath::new("network/terraform.tfstate")]));
    assert_eq!((commits.behind(&head), commits.behind(&tracked)), (Some(1), Some(0)));
    let into = sample.root.join(".git/kilter/x");
    assert!(commits.checkout("0123456789012345678901234567890123456789", &into).is_err());
}
