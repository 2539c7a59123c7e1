//! Applying: what was applied has no changes left, in any order of edits, and destroying leaves nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{
    Applied, ApplyEvent, ApplyOptions, ApplySink, Engine, PlanMode, PlanOptions, Source, Surroundings,
};
use kilter::model::action::Action;
use kilter::model::place::RepoPath;
use kilter::model::state::StateSnapshot;
use kilter::sys::files::{FakeFiles, RealFiles};

use crate::engine_plan::engine;

#[derive(Default)]
struct Notes {
    states: Mutex<Vec<Arc<StateSnapshot>>>,
    events: Mutex<Vec<String>>,
    full_after: Option<usize>,
    cancel_after: Option<usize>,
}

impl ApplySink for Notes {
    fn event(&self, event: ApplyEvent) {
        let line = match event {
            ApplyEvent::Started { .. } | ApplyEvent::Progress { .. } => return,
            ApplyEvent::Done { address, action, .. } => format!("{} {address}", action.word()),
            ApplyEvent::Failed { address, action, .. } => format!("failed {} {address}", action.word()),
        };
        self.events.lock().unwrap().push(line);
    }

    fn persist(&self, state: &dyn Fn() -> Arc<StateSnapshot>) -> std::io::Result<()> {
        let mut states = self.states.lock().unwrap();
        if self.full_after.is_some_and(|full| states.len() >= full) {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        states.push(state());
        Ok(())
    }

    fn cancelled(&self) -> bool {
        self.cancel_after.is_some_and(|after| self.states.lock().unwrap().len() >= after)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

fn surroundings() -> Surroundings {
    let mut surroundings = Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    surroundings.files = Some(Arc::new(FakeFiles::default()));
    let count = Mutex::new(0u8);
    surroundings.random = Arc::new(move |buffer| {
        let mut count = count.lock().unwrap();
        *count = count.wrapping_add(1);
        buffer.fill(*count);
    });
    surroundings
}

fn apply(engine: &Engine, source: &Source, options: &PlanOptions, notes: &Notes) -> Applied {
    let around = surroundings();
    let planned = engine.plan(source, options, &around);
    let errors: Vec<_> = planned.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    engine.apply(source, &planned, &ApplyOptions::default(), &around, notes)
}

fn with_state(state: &Arc<StateSnapshot>) -> PlanOptions {
    PlanOptions { state: Some(state.clone()), ..PlanOptions::default() }
}

/// What a plan would still do.
fn left(engine: &Engine, source: &Source, state: &Arc<StateSnapshot>) -> Vec<String> {
    let planned = engine.plan(source, &with_state(state), &surroundings());
    let rows = planned.plan.changes.iter().filter(|row| row.change.action != Action::NoOp);
    let rows = rows.map(|row| format!("{} {}", row.change.action.word(), row.address));
    let outputs = planned.plan.outputs.iter().filter(|(_, output)| output.action != Action::NoOp);
    rows.chain(outputs.map(|(name, output)| format!("{} output.{name}", output.action.word()))).collect()
}

fn source(directory: &Path) -> Source {
    Source::new(Arc::new(RealFiles), directory, RepoPath::root())
}

fn fake(files: &[(&str, &str)]) -> Source {
    let files = FakeFiles::with(files.iter().map(|(path, text)| (format!("/s/{path}"), text.as_bytes().to_vec())));
    Source::new(Arc::new(files), "/s", RepoPath::root())
}

#[test]
fn what_was_applied_has_no_changes_left() {
    let engine = engine();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4/plans");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let mut applied = 0;
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let notes = Notes::default();
        let mut state = Arc::new(StateSnapshot::default());
        // Configurations that are wrong or never settle are judged as plans only.
        if ["unknown", "remote_state"].contains(&&*name)
            || std::fs::read_to_string(case.join("diagnostics.json")).unwrap().contains("\"error\"")
        {
            continue;
        }
        for step in ["before", "after"] {
            let directory = case.join(step);
            if !directory.is_dir() {
                continue;
            }
            let source = source(&directory);
            let done = apply(&engine, &source, &with_state(&state), &notes);
            let errors: Vec<_> = done.diagnostics.iter().filter(|d| d.is_error()).collect();
            assert!(errors.is_empty(), "{name} {step}: {errors:?}");
            state = done.state;
            assert_eq!(left(&engine, &source, &state), Vec::<String>::new(), "{name} {step}");
            let bytes = kilter::format::state_json::write(&state).unwrap();
            let again = kilter::format::state_json::read(&bytes).unwrap();
            assert_eq!(again.resources, state.resources, "{name} {step}: the state survives its file");
            applied += 1;
        }
        let destroy = PlanOptions { mode: PlanMode::Destroy, ..with_state(&state) };
        let gone = apply(&engine, &source(&case.join("after")), &destroy, &notes);
        if !name.contains("prevent") {
            assert!(gone.state.is_empty(), "{name}: {:?} {:?}", gone.state.resources, gone.diagnostics);
        }
    }
    assert!(applied > 10);
}

const CHAIN: &str = r#"
resource "terraform_data" "a" { input = 1 }
resource "terraform_data" "b" { input = terraform_data.a.id }
resource "terraform_data" "c" { input = terraform_data.b.id }
"#;

#[test]
fn dependencies_are_made_first_and_destroyed_last() {
    let engine = engine();
    let source = fake(&[("main.tf", CHAIN)]);
    let notes = Notes::default();
    let done = apply(&engine, &source, &PlanOptions::default(), &notes);
    assert_eq!(
        *notes.events.lock().unwrap(),
        ["create terraform_data.a", "create terraform_data.b", "create terraform_data.c"]
    );
    assert_eq!((done.state.serial, done.state.resources.len()), (1, 3));
    let notes = Notes::default();
    let destroy = PlanOptions { mode: PlanMode::Destroy, ..with_state(&done.state) };
    let gone = apply(&engine, &source, &destroy, &notes);
    assert_eq!(
        *notes.events.lock().unwrap(),
        ["destroy terraform_data.c", "destroy terraform_data.b", "destroy terraform_data.a"]
    );
    assert_eq!((gone.state.serial, &gone.state.lineage), (2, &done.state.lineage));
}

#[test]
fn a_replacement_that_comes_first_leaves_the_old_object_until_its_users_changed() {
    let engine = engine();
    let text = |n: u32| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  triggers_replace = {n}\n  lifecycle {{ create_before_destroy = true }}\n}}\nresource \"terraform_data\" \"b\" {{ input = terraform_data.a.id }}\n"
        )
    };
    let first = apply(&engine, &fake(&[("main.tf", &text(1))]), &PlanOptions::default(), &Notes::default());
    let notes = Notes::default();
    let second = apply(&engine, &fake(&[("main.tf", &text(2))]), &with_state(&first.state), &notes);
    assert_eq!(
        *notes.events.lock().unwrap(),
        ["create terraform_data.a", "no change terraform_data.b", "destroy terraform_data.a"]
            .map(|line| line.replace("no change", "change").replace("change", Action::Update.word()))
    );
    let deposed =
        |state: &StateSnapshot| state.resources.iter().flat_map(|r| &r.instances).any(|i| i.deposed.is_some());
    assert!(deposed(&notes.states.lock().unwrap()[0]), "the old object is put aside");
    assert!(!deposed(&second.state));
}

#[test]
fn a_full_disk_stops_the_apply_and_keeps_the_state_whole() {
    let engine = engine();
    let notes = Notes { full_after: Some(1), ..Notes::default() };
    let done = apply(&engine, &fake(&[("main.tf", CHAIN)]), &PlanOptions::default(), &notes);
    assert!(done.diagnostics.iter().any(|d| d.summary == "Failed to persist state"), "{:?}", done.diagnostics);
    assert_eq!(notes.states.lock().unwrap().len(), 1);
    assert_eq!(notes.events.lock().unwrap().len(), 2, "nothing is begun after the fault");
}

#[test]
fn a_cancelled_apply_begins_nothing_more_and_can_be_completed() {
    let engine = engine();
    let source = fake(&[("main.tf", CHAIN)]);
    let notes = Notes { cancel_after: Some(1), ..Notes::default() };
    let done = apply(&engine, &source, &PlanOptions::default(), &notes);
    assert!(done.cancelled);
    assert_eq!(done.state.resources.len(), 1);
    let rest = apply(&engine, &source, &with_state(&done.state), &Notes::default());
    assert_eq!(left(&engine, &source, &rest.state), Vec::<String>::new());
}

#[test]
fn a_provider_that_waits_is_called_back() {
    let engine = engine();
    let text =
        "resource \"terraform_data\" \"a\" {}\nresource \"time_sleep\" \"b\" {\n  create_duration = \"10h\"\n}\n";
    let source = fake(&[("main.tf", text)]);
    let mut around = surroundings();
    // Something is made in the real world: then waiting is meant.
    around.http = Some(Arc::new(kilter::sys::http::FakeHttp::default()));
    let planned = engine.plan(&source, &PlanOptions::default(), &around);
    let notes = Notes { cancel_after: Some(1), ..Notes::default() };
    let done = engine.apply(&source, &planned, &ApplyOptions::default(), &around, &notes);
    assert!(done.cancelled);
    assert!(done.state.resources.iter().all(|resource| &*resource.address.type_name == "terraform_data"));
}

#[test]
fn provisioners_wait_for_trust() {
    let engine = engine();
    let source = fake(&[(
        "main.tf",
        "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"touch x\"\n  }\n}\n",
    )]);
    let notes = Notes::default();
    let done = apply(&engine, &source, &PlanOptions::default(), &notes);
    assert_eq!(done.diagnostics.iter().map(|d| &*d.summary).collect::<Vec<_>>(), ["Provisioner not run"]);
    assert!(notes.events.lock().unwrap().is_empty());
}

/// Runs terraform in a directory; `None` when there is none on PATH.
fn terraform(directory: &Path, args: &[&str]) -> Option<(i32, String)> {
    let mut command = std::process::Command::new("terraform");
    command.args(args).current_dir(directory).env("TF_CLI_CONFIG_FILE", "/dev/null").env("CHECKPOINT_DISABLE", "1");
    match command.output() {
        Ok(done) => Some((done.status.code().unwrap_or(-1), String::from_utf8_lossy(&done.stdout).into_owned())),
        Err(_) => None,
    }
}

#[test]
fn terraform_has_nothing_to_change_about_our_state() {
    let directory = tempfile::tempdir().unwrap();
    let text = r#"
variable "secret" {
  default   = "s"
  sensitive = true
}
resource "terraform_data" "a" {
  for_each         = { x = 1, y = [true, null, "t"] }
  input            = { value = each.value, secret = var.secret }
  triggers_replace = [each.key]
}
resource "terraform_data" "b" {
  count = 2
  input = terraform_data.a["x"].id
  lifecycle { create_before_destroy = true }
}
output "all" {
  value     = terraform_data.a
  sensitive = true
}
output "ids" { value = tolist(terraform_data.b[*].output) }
check "there" {
  assert {
    condition     = length(terraform_data.b) == 2
    error_message = "no"
  }
}
"#;
    std::fs::write(directory.path().join("main.tf"), text).unwrap();
    let engine = engine();
    let done = apply(&engine, &source(directory.path()), &PlanOptions::default(), &Notes::default());
    let bytes = kilter::format::state_json::write(&done.state).unwrap();
    std::fs::write(directory.path().join("terraform.tfstate"), bytes).unwrap();
    let Some(_) = terraform(directory.path(), &["init", "-backend=false"]) else {
        eprintln!("skipped: there is no terraform on PATH to judge our state");
        return;
    };
    let (code, said) = terraform(directory.path(), &["plan", "-no-color", "-detailed-exitcode"]).unwrap();
    assert_eq!(code, 0, "{said}");
    let (code, said) = terraform(directory.path(), &["destroy", "-no-color", "-auto-approve"]).unwrap();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("Destroy complete! Resources: 4 destroyed."), "{said}");
}
