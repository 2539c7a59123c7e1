//! `local-exec` provisioners in the engine: what is said about them, how many run at once, what an interrupt leaves.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{
    Applied, ApplyEvent, ApplyOptions, ApplySink, PlanOptions, Source, Stop, Surroundings, TestOptions,
};
use kilter::model::place::RepoPath;
use kilter::model::state::StateSnapshot;
use kilter::sys::files::FakeFiles;
use kilter::sys::processes::{CancelLevel, Invocation, Outcome, Processes, Stream};

use crate::engine_plan::engine;

/// A shell that understands `print WORD`, `exit N`, `wait` (until it is interrupted) and `together` (with how many
/// others it runs at the same time).
#[derive(Default)]
struct Shell {
    now: AtomicUsize,
    most: AtomicUsize,
    ran: Mutex<Vec<Invocation>>,
}

impl Processes for Shell {
    fn run(
        &self,
        invocation: &Invocation,
        on_line: &mut dyn FnMut(Stream, &str),
        cancelled: &dyn Fn() -> CancelLevel,
    ) -> std::io::Result<Outcome> {
        self.ran.lock().unwrap().push(invocation.clone());
        let mut outcome = Outcome { code: Some(0), ..Outcome::default() };
        for command in invocation.args.last().expect("a command").split(';') {
            match command.trim().split_once(' ').unwrap_or((command.trim(), "")) {
                ("print", word) => on_line(Stream::Out, word),
                ("exit", code) => outcome.code = Some(code.parse().unwrap()),
                ("wait", _) => {
                    while cancelled() == CancelLevel::None {
                        std::thread::yield_now();
                    }
                    outcome = Outcome { code: None, signal: Some(2), cancelled: true, ..Outcome::default() };
                }
                ("together", _) => {
                    self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(30));
                    self.now.fetch_sub(1, Ordering::SeqCst);
                }
                other => panic!("{other:?}"),
            }
        }
        Ok(outcome)
    }

    fn find_program(&self, _: &str) -> Option<std::path::PathBuf> {
        None
    }
}

#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<String>>,
    states: Mutex<Vec<Arc<StateSnapshot>>>,
    /// An interrupt comes when this is said.
    stop_at: Option<&'static str>,
    stopped: AtomicBool,
}

impl ApplySink for Heard {
    fn event(&self, event: ApplyEvent) {
        if let ApplyEvent::Progress { address, line } = event {
            if self.stop_at.is_some_and(|word| line.contains(word)) {
                self.stopped.store(true, Ordering::SeqCst);
            }
            self.lines.lock().unwrap().push(format!("{}: {line}", address.resource.name));
        }
    }

    fn persist(&self, state: &dyn Fn() -> Arc<StateSnapshot>) -> std::io::Result<()> {
        self.states.lock().unwrap().push(state());
        Ok(())
    }

    fn cancelled(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

fn apply(text: &str, shell: &Arc<Shell>, heard: &Heard, parallelism: usize) -> Applied {
    let files = Arc::new(FakeFiles::with([("/s/main.tf", text)]));
    let source = Source::new(files.clone(), Path::new("/s"), RepoPath::root());
    let mut around = Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    around.files = Some(files);
    around.commands = Some(shell.clone());
    let engine = engine();
    let planned = engine.plan(&source, &PlanOptions::default(), &around);
    let errors: Vec<_> = planned.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    engine.apply(&source, &planned, &ApplyOptions { parallelism }, &around, heard)
}

fn problems(applied: &Applied) -> Vec<String> {
    let errors = applied.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    errors.map(|error| format!("{}: {}", error.summary, error.detail)).collect()
}

fn tainted(state: &StateSnapshot) -> Vec<&str> {
    let with = state.resources.iter().filter(|resource| resource.instances.iter().any(|i| i.tainted));
    with.map(|resource| &*resource.address.name).collect()
}

#[test]
fn commands_and_their_output_are_told_as_terraform_tells_them_and_secrets_never() {
    let text = r#"
variable "word" {
  default   = "hush"
  sensitive = true
}
resource "terraform_data" "a" {
  input = "in"
  provisioner "local-exec" {
    command     = "print ${self.input}; exit 3"
    working_dir = "below"
    environment = { X = "y", NONE = null }
    on_failure  = continue
  }
  provisioner "local-exec" {
    command = "print loud"
    quiet   = true
  }
  provisioner "local-exec" {
    command     = "print hush; print hush; exit 2"
    interpreter = ["prog", "-x"]
    environment = { WORD = var.word }
  }
  provisioner "local-exec" {
    command = "print never"
  }
}
"#;
    let (shell, heard) = (Arc::new(Shell::default()), Heard::default());
    let applied = apply(text, &shell, &heard, 10);
    assert_eq!(
        *heard.lines.lock().unwrap(),
        [
            "a: Provisioning with 'local-exec'...",
            r#"a: (local-exec): Executing: ["/bin/sh" "-c" "print in; exit 3"]"#,
            "a: (local-exec): in",
            "a: Provisioning with 'local-exec'...",
            "a: (local-exec): local-exec: Executing: Suppressed by quiet=true",
            "a: (local-exec): loud",
            "a: Provisioning with 'local-exec'...",
            "a: (local-exec): (output suppressed due to sensitive value in config)",
            "a: (local-exec): (output suppressed due to sensitive value in config)",
        ]
    );
    assert_eq!(
        problems(&applied),
        [
            "local-exec provisioner error: Error running command: exit status 2. Output: (output suppressed due to sensitive value in config)"
        ]
    );
    assert_eq!(tainted(&applied.state), ["a"]);
    let ran = shell.ran.lock().unwrap();
    assert_eq!((ran[0].directory.as_path(), ran[0].env.len()), (Path::new("/s/below"), 1));
    assert_eq!((ran[2].program.as_str(), &ran[2].args[..1]), ("prog", &["-x".to_owned()][..]));
}

#[test]
fn so_many_objects_are_worked_on_at_once_as_was_asked_for() {
    let text = "resource \"terraform_data\" \"a\" {\n  count = 6\n  provisioner \"local-exec\" {\n    command = \"together\"\n  }\n}\n";
    for parallelism in [1, 3] {
        let (shell, heard) = (Arc::new(Shell::default()), Heard::default());
        let applied = apply(text, &shell, &heard, parallelism);
        assert_eq!(problems(&applied), Vec::<String>::new());
        assert_eq!((shell.most.load(Ordering::SeqCst), shell.ran.lock().unwrap().len()), (parallelism, 6));
    }
}

#[test]
fn an_interrupt_reaches_the_command_and_nothing_more_is_begun() {
    let text = r#"
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command    = "print ready; wait"
    on_failure = continue
  }
  provisioner "local-exec" {
    command = "print never"
  }
}
resource "terraform_data" "after" { input = terraform_data.slow.id }
"#;
    let shell = Arc::new(Shell::default());
    let heard = Heard { stop_at: Some("(local-exec): ready"), ..Heard::default() };
    let applied = apply(text, &shell, &heard, 10);
    assert!(applied.cancelled);
    assert_eq!(
        problems(&applied),
        ["local-exec provisioner error: The apply was asked to stop before this provisioner was run."]
    );
    assert_eq!((tainted(&applied.state), applied.state.resources.len()), (vec!["slow"], 1));
    let states = heard.states.lock().unwrap();
    assert!(states.iter().all(|state| tainted(state) == ["slow"]), "it never counted as done");
}

/// Runs tests of a stack whose object `a` runs a command: by run its outcome and what was said.
fn tested(provisioner: &str, shell: &Arc<Shell>, options: &TestOptions) -> Vec<String> {
    let main = format!(
        "resource \"terraform_data\" \"a\" {{\n  input = 1\n  provisioner \"local-exec\" {{\n{provisioner}\n  }}\n}}\n"
    );
    let tests = "run \"plans\" {\n  command = plan\n}\nrun \"applies\" {}\nrun \"again\" {\n  command = plan\n}\n";
    let files = FakeFiles::with([("/s/main.tf", main.as_str()), ("/s/a.tftest.hcl", tests)]);
    let source = Source::new(Arc::new(files), Path::new("/s"), RepoPath::root());
    let mut around = Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    around.commands = Some(shell.clone());
    let tested = engine().test(&source, options, &around);
    let suite = &tested.suites[0];
    let case = |case: &kilter::model::test::TestCase| {
        let said: Vec<String> = case.diagnostics.iter().map(|d| d.summary.clone()).collect();
        format!("{} {} {}", case.name, case.status.word(), said.join(", ")).trim_end().to_owned()
    };
    let left = suite.left.iter().map(|left| format!("left {}", left.resources.join(", ")));
    suite.cases.iter().map(case).chain(left).collect()
}

#[test]
fn tests_run_commands_when_they_are_asked_for_and_leave_those_runs_out_after_a_save() {
    let (made, destroyed) = ("command = \"print made\"", "when = destroy\n command = \"print gone\"");
    let unasked = TestOptions { unasked: true, ..TestOptions::default() };
    for provisioner in [made, destroyed] {
        let shell = Arc::new(Shell::default());
        let asked = tested(provisioner, &shell, &TestOptions::default());
        assert_eq!(asked, ["plans pass", "applies pass", "again pass"]);
        assert_eq!(shell.ran.lock().unwrap().len(), 1);
        let shell = Arc::new(Shell::default());
        let after_a_save = tested(provisioner, &shell, &unasked);
        assert_eq!(after_a_save, ["plans pass", "applies skip Run not made", "again skip"]);
        assert!(shell.ran.lock().unwrap().is_empty());
    }
}

#[test]
fn tests_that_are_stopped_interrupt_their_command_and_clean_up() {
    let shell = Arc::new(Shell::default());
    let options = TestOptions { stop: Stop::default(), ..TestOptions::default() };
    let stop = options.stop.clone();
    let waits = shell.clone();
    let person = std::thread::spawn(move || {
        while waits.ran.lock().unwrap().is_empty() {
            std::thread::yield_now();
        }
        stop.ask();
    });
    let outcome = tested("command = \"wait\"", &shell, &options);
    person.join().unwrap();
    assert_eq!(outcome, ["plans pass", "applies error local-exec provisioner error", "again skip"]);
}
