//! `.tftest.hcl` natively: 20 runs with 10 assertions each, over a stack of 20 `terraform_data` in two modules; and one
//! mutant of the same stack with the tests that judge it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{Engine, MutationOptions, Source, Surroundings, SurveyWatch, TestOptions, provider};
use kilter::model::place::RepoPath;
use kilter::model::test::{TestCounts, TestStatus};
use kilter::sys::files::FakeFiles;

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

/// 20 runs, every other one an apply, with 10 assertions each.
fn tests() -> String {
    let mut text = String::new();
    for run in 0..20 {
        let command = if run % 2 == 0 { "plan" } else { "apply" };
        let _ = writeln!(text, "run \"r{run}\" {{\n  command = {command}");
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

fn source() -> Source {
    let files = FakeFiles::with([
        ("/s/main.tf", MAIN.to_owned()),
        ("/s/site/main.tf", SITE.to_owned()),
        ("/s/tests/all.tftest.hcl", tests()),
    ]);
    Source::new(Arc::new(files), "/s", RepoPath::root())
}

fn around() -> Surroundings {
    Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
}

fn run(engine: &Engine, source: &Source) {
    let tested = engine.test(source, &TestOptions::default(), &around());
    assert_eq!(TestCounts::of(&tested.suites).passed, 20);
    assert!(tested.suites[0].cases.iter().all(|case| case.status == TestStatus::Passed));
}

#[divan::bench]
fn twenty_runs_cold(bencher: divan::Bencher<'_, '_>) {
    let source = source();
    bencher.with_inputs(|| Engine::new(provider::builtin())).bench_refs(|engine| run(engine, &source));
}

#[divan::bench]
fn twenty_runs_warm(bencher: divan::Bencher<'_, '_>) {
    let (source, engine) = (source(), Engine::new(provider::builtin()));
    run(&engine, &source);
    bencher.bench(|| run(&engine, &source));
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
    let (source, engine) = (source(), Engine::new(provider::builtin()));
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = MutationOptions { tests: TestOptions::default(), limit: None, budget: None, workers };
    bencher.bench(|| engine.mutate(&source, &options, &around(), &Quiet).mutants.len());
}
