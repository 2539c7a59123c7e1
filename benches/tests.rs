//! `.tftest.hcl` natively: 20 runs with 10 assertions each, over a stack of 20 `terraform_data` in two modules; all
//! mutants of the same stack with the tests that judge them; and `terraform test` of the same files.
//!
//! `docs/performance.md` holds the figures and says how to repeat them.

#![allow(clippy::disallowed_methods, reason = "a bench lays its own files out, and runs terraform beside it")]

use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{Engine, MutationOptions, Source, Surroundings, SurveyWatch, TestOptions, provider};
use kilter::model::place::RepoPath;
use kilter::model::test::{TestCounts, TestStatus};
use kilter::sys::files::RealFiles;

fn main() {
    divan::main();
}

const MAIN: &str = r#"
variable "size" {
  type    = number
  default = 10
  validation {
    condition     = var.size > 0
    error_message = "Positive."
  }
}

locals {
  names = [for at in range(var.size) : "n${at}"]
}

resource "terraform_data" "node" {
  count = var.size
  input = { name = local.names[count.index], port = 8000 + count.index }
}

module "site" {
  source = "./site"
  names  = local.names
}

output "ports" { value = [for node in terraform_data.node : node.input.port] }
output "pages" { value = module.site.pages }
"#;

const SITE: &str = r#"
variable "names" { type = list(string) }
resource "terraform_data" "page" {
  for_each = toset(var.names)
  input    = upper(each.key)
}
output "pages" { value = { for name, page in terraform_data.page : name => page.input } }
"#;

/// What the runs plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runs {
    /// All the same: after the first apply there is nothing to do.
    Alike,
    /// Each another number of objects: every apply makes some or destroys some.
    EachItsOwn,
}

/// 20 runs, every other one an apply, with 10 assertions each.
fn tests(runs: Runs) -> String {
    let mut text = String::new();
    for run in 0..20 {
        let command = if run % 2 == 0 { "plan" } else { "apply" };
        let _ = writeln!(text, "run \"r{run}\" {{\n  command = {command}");
        if runs == Runs::EachItsOwn {
            let _ = writeln!(text, "  variables {{\n    size = {}\n  }}", 6 + (run * 3) % 8);
        }
        for at in 0..5 {
            let _ = writeln!(
                text,
                "  assert {{\n    condition     = output.ports[{at}] == {}\n    error_message = \"port {at}\"\n  }}",
                8000 + at
            );
            let _ = writeln!(
                text,
                "  assert {{\n    condition     = module.site.pages[\"n{at}\"] == \"N{at}\"\n    error_message = \"page {at}\"\n  }}"
            );
        }
        text.push_str("}\n");
    }
    text
}

/// The stack on the disk.
struct Stack {
    directory: tempfile::TempDir,
}

impl Stack {
    fn new(runs: Runs) -> Stack {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for (name, text) in [("main.tf", MAIN), ("site/main.tf", SITE), ("tests/all.tftest.hcl", tests(runs).as_str())]
        {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it has a directory")).expect("a directory");
            std::fs::write(path, text).expect("a file");
        }
        Stack { directory }
    }

    fn source(&self) -> Source {
        Source::new(Arc::new(RealFiles), self.directory.path(), RepoPath::root())
    }

    /// `None` when there is no terraform.
    fn terraform(&self, args: &[&str]) -> Option<bool> {
        let mut command = Command::new("terraform");
        command.args(args).current_dir(self.directory.path());
        command.envs([("TF_CLI_CONFIG_FILE", "/dev/null"), ("CHECKPOINT_DISABLE", "1")]);
        Some(command.output().ok()?.status.success())
    }
}

fn around() -> Surroundings {
    Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
}

fn run(engine: &Engine, source: &Source) {
    let tested = engine.test(source, &TestOptions::default(), &around());
    assert_eq!(TestCounts::of(&tested.suites).passed, 20);
    assert!(tested.suites[0].cases.iter().all(|case| case.status == TestStatus::Passed));
}

const RUNS: [Runs; 2] = [Runs::Alike, Runs::EachItsOwn];

/// Nothing parsed, nothing remembered; files are read from the disk.
#[divan::bench(args = RUNS)]
fn twenty_runs_cold(bencher: divan::Bencher<'_, '_>, runs: Runs) {
    let stack = Stack::new(runs);
    bencher.with_inputs(|| Engine::new(provider::builtin())).bench_refs(|engine| run(engine, &stack.source()));
}

/// As after a save in the workbench: files that did not change are parsed already.
#[divan::bench(args = RUNS)]
fn twenty_runs_warm(bencher: divan::Bencher<'_, '_>, runs: Runs) {
    let (stack, engine) = (Stack::new(runs), Engine::new(provider::builtin()));
    run(&engine, &stack.source());
    bencher.bench(|| run(&engine, &stack.source()));
}

/// The whole of `terraform test`, its start included; `terraform init` is not counted.
#[divan::bench(args = RUNS, sample_count = 5, sample_size = 1)]
fn terraform_test(bencher: divan::Bencher<'_, '_>, runs: Runs) {
    let stack = Stack::new(runs);
    match stack.terraform(&["init", "-input=false"]) {
        None => eprintln!("SKIPPED: there is no terraform on the PATH to compare with"),
        Some(sound) => {
            assert!(sound, "terraform init refuses the stack");
            bencher.bench(|| assert_eq!(stack.terraform(&["test"]), Some(true), "terraform test passes too"));
        }
    }
}

struct Quiet;

impl SurveyWatch for Quiet {
    fn progress(&self, _: usize, _: usize) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// All mutants of the stack, each judged by the 20 runs until one notices it; on as many cores as there are.
#[divan::bench(sample_count = 5)]
fn all_mutants(bencher: divan::Bencher<'_, '_>) {
    let (stack, engine) = (Stack::new(Runs::Alike), Engine::new(provider::builtin()));
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = MutationOptions { tests: TestOptions::default(), limit: None, budget: None, workers };
    bencher.bench(|| engine.mutate(&stack.source(), &options, &around(), &Quiet).mutants.len());
}
