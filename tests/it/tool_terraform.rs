//! The adapter all the way: the real terraform asked, its answers judged and read.

use std::path::Path;

use kilter::engine::agreement::disagreements;
use kilter::format::ui_log::{LogEvent, read_line};
use kilter::format::{plan_json, state_json, validate_json};
use kilter::model::action::Action;
use kilter::sys::processes::{CancelLevel, Invocation, Outcome, Processes, RealProcesses};
use kilter::tool::terraform::{
    PlanRequest, PlanVerdict, Terraform, Trouble, Verdict, judge, judge_plan, refusal, trouble,
};
use kilter::tool::version_in;

fn run(invocation: Invocation) -> (Outcome, Vec<LogEvent>) {
    let invocation = invocation.with_env("TF_CLI_CONFIG_FILE", "/dev/null");
    let mut events = Vec::new();
    let mut listen = |_, line: &str| events.push(read_line(line).event);
    let outcome = RealProcesses.run(&invocation, &mut listen, &|| CancelLevel::None).unwrap();
    (outcome, events)
}

fn stack(configuration: &str) -> Option<(tempfile::TempDir, Terraform)> {
    if RealProcesses.find_program("terraform").is_none() {
        eprintln!("SKIPPED: there is no terraform on PATH");
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("main.tf"), configuration).unwrap();
    let terraform = Terraform::new("terraform", directory.path());
    Some((directory, terraform))
}

fn request(directory: &Path) -> PlanRequest {
    PlanRequest { out: directory.join("p.tfplan"), ..PlanRequest::default() }
}

#[test]
fn a_plan_is_made_read_applied_and_then_empty() {
    let Some((directory, terraform)) = stack("resource \"terraform_data\" \"a\" {\n  input = [1, \"x\"]\n}\n") else {
        return;
    };
    let at = directory.path();
    assert!(version_in(&run(terraform.version()).0).is_some_and(|version| version.starts_with("1.")));
    let (outcome, events) = run(terraform.plan(&request(at)));
    assert_eq!(judge_plan(&outcome), PlanVerdict::Changes);
    assert!(events.iter().any(|event| matches!(event, LogEvent::Planned { action: Action::Create, .. })));

    let (shown, _) = run(terraform.show_plan(&at.join("p.tfplan")));
    let plan = plan_json::read(&shown.stdout).unwrap();
    assert_eq!((plan.summary().add, refusal(&plan)), (1, None));
    assert!(disagreements(&plan, &plan).is_empty());

    let (applied, events) = run(terraform.apply(&at.join("p.tfplan")));
    assert_eq!(judge(&applied), Verdict::Done);
    assert!(events.iter().any(|event| matches!(event, LogEvent::Done { action: Action::Create, .. })));
    let state = state_json::read(&std::fs::read(at.join("terraform.tfstate")).unwrap()).unwrap();
    assert_eq!(state.resources.len(), 1);
    assert_eq!(state_json::read(&run(terraform.state_pull()).0.stdout).unwrap().lineage, state.lineage);

    let (outcome, _) = run(terraform.plan(&request(at)));
    assert_eq!(judge_plan(&outcome), PlanVerdict::NoChanges);
    let (shown, _) = run(terraform.show_plan(&at.join("p.tfplan")));
    assert!(refusal(&plan_json::read(&shown.stdout).unwrap()).is_some());
}

#[test]
fn a_plan_that_fails_leaves_a_file_that_is_refused() {
    let failing = "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    precondition {\n      condition     = length(path.module) == 99\n      error_message = \"no\"\n    }\n  }\n}\n";
    let Some((directory, terraform)) = stack(failing) else { return };
    let at = directory.path();
    let (outcome, events) = run(terraform.plan(&request(at)));
    assert_eq!(judge_plan(&outcome), PlanVerdict::Failed);
    assert!(
        events.iter().any(
            |event| matches!(event, LogEvent::Diagnostic(found) if found.summary == "Resource precondition failed")
        )
    );
    assert!(at.join("p.tfplan").exists());
    let (shown, _) = run(terraform.show_plan(&at.join("p.tfplan")));
    assert!(refusal(&plan_json::read(&shown.stdout).unwrap()).unwrap().contains("error"));
}

#[test]
fn trouble_is_known_by_its_diagnostics() {
    let text = "terraform {\n  required_providers {\n    local = { source = \"hashicorp/local\" }\n  }\n}\nresource \"local_file\" \"a\" {\n  filename = \"x\"\n  content  = \"\"\n}\n";
    let Some((directory, terraform)) = stack(text) else { return };
    let (outcome, events) = run(terraform.plan(&request(directory.path())));
    assert_eq!(judge_plan(&outcome), PlanVerdict::Failed);
    let found: Vec<_> = events
        .into_iter()
        .filter_map(|event| match event {
            LogEvent::Diagnostic(found) => Some(*found),
            _ => None,
        })
        .collect();
    assert_eq!(trouble(&found), Some(Trouble::NotInitialised), "{found:?}");
    let (validated, _) = run(terraform.validate());
    assert_eq!(judge(&validated), Verdict::Failed);
    assert!(!validate_json::read(&validated.stdout).unwrap().is_empty());
}

#[test]
fn an_interrupt_ends_an_apply_with_its_state_written() {
    let slow =
        "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"sleep 30\"\n  }\n}\n";
    let Some((directory, terraform)) = stack(slow) else { return };
    let at = directory.path();
    assert_eq!(judge_plan(&run(terraform.plan(&request(at))).0), PlanVerdict::Changes);
    let working = std::cell::Cell::new(false);
    let mut listen = |_, line: &str| {
        if matches!(read_line(line).event, LogEvent::ProvisionerLine { .. }) {
            working.set(true);
        }
    };
    let level = || if working.get() { CancelLevel::Interrupt } else { CancelLevel::None };
    let invocation = terraform.apply(&at.join("p.tfplan")).with_env("TF_CLI_CONFIG_FILE", "/dev/null");
    let outcome = RealProcesses.run(&invocation, &mut listen, &level).unwrap();
    assert_eq!(judge(&outcome), Verdict::Cancelled);
    assert!(outcome.took < std::time::Duration::from_secs(25), "{:?}", outcome.took);
    let state = state_json::read(&std::fs::read(at.join("terraform.tfstate")).unwrap()).unwrap();
    assert!(state.resources[0].instances[0].tainted);
}
