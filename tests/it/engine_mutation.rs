//! Mutants and coverage of small stacks: who is killed, who survives, what no assertion depends on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{Mutated, MutationOptions, Source, Surroundings, SurveyWatch, TestOptions};
use kilter::model::mutation::{MutantFate, MutantKind, StoppedBy};
use kilter::model::place::RepoPath;
use kilter::sys::files::{FakeFiles, ReadFiles};

use crate::engine_plan::engine;

const STACK: &str = r#"
variable "port" {
  type    = number
  default = 80
  validation {
    condition     = var.port > 0
    error_message = "Positive."
  }
}

variable "other" {
  type    = number
  default = 80
}

variable "spare" {
  default = "x"
}

locals {
  url = "http://localhost:${var.port}"
}

resource "terraform_data" "web" {
  count = 2
  input = {
    url  = local.url
    note = "nobody looks"
  }
}

resource "terraform_data" "idle" {
  input = var.other == 81 ? "a" : "b"
}

module "site" {
  source = "./site"
  name   = "blog"
}

output "url" {
  value = terraform_data.web[0].input.url
}

output "site" {
  value = module.site.title
}

check "unused" {
  assert {
    condition     = var.port != 1
    error_message = "One."
  }
}
"#;

const SITE: &str = r#"
variable "name" {}

resource "terraform_data" "page" {
  input = upper(var.name)
}

output "title" {
  value = terraform_data.page.input
}

output "id" {
  value = terraform_data.page.id
}
"#;

const TESTS: &str = r#"
run "serves" {
  command = plan
  assert {
    condition     = output.url == "http://localhost:80"
    error_message = "It is ${output.url}."
  }
  assert {
    condition     = length(terraform_data.web) == 2
    error_message = "Two."
  }
}

run "refuses" {
  command = plan
  variables { port = 0 }
  expect_failures = [var.port]
}

run "titles" {
  assert {
    condition     = output.site == "BLOG"
    error_message = "It is ${output.site}."
  }
}
"#;

fn stack(tests: &str) -> (Arc<FakeFiles>, Source) {
    let files = FakeFiles::with([("/s/main.tf", STACK), ("/s/site/main.tf", SITE), ("/s/tests/web.tftest.hcl", tests)]);
    let files = Arc::new(files);
    (files.clone(), Source::new(files, "/s", RepoPath::root()))
}

fn around() -> Surroundings {
    Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
}

#[derive(Default)]
struct Counting {
    tried: AtomicUsize,
    cancel_after: Option<usize>,
}

impl SurveyWatch for Counting {
    fn progress(&self, _: usize, _: usize) {
        self.tried.fetch_add(1, Ordering::SeqCst);
    }

    fn cancelled(&self) -> bool {
        self.cancel_after.is_some_and(|after| self.tried.load(Ordering::SeqCst) >= after)
    }
}

fn options() -> MutationOptions {
    MutationOptions { tests: TestOptions::default(), limit: None, budget: None, workers: 2 }
}

fn mutate(tests: &str, options: &MutationOptions, watch: &Counting) -> Mutated {
    let (files, source) = stack(tests);
    let mutated = engine().mutate(&source, options, &around(), watch);
    assert_eq!(&*files.read(std::path::Path::new("/s/main.tf")).unwrap(), STACK.as_bytes(), "nothing is written");
    mutated
}

/// Each mutant in a line: kind, block, what stands there afterwards, fate.
fn lines(mutated: &Mutated) -> Vec<String> {
    let line = |mutant: &kilter::model::mutation::Mutant| {
        let after = mutant.after.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{} {} [{after}] {}", mutant.kind.word(), mutant.block, mutant.fate.word())
    };
    mutated.mutants.iter().map(line).collect()
}

#[test]
fn mutants_are_killed_survive_or_change_nothing() {
    let mutated = mutate(TESTS, &options(), &Counting::default());
    assert!(mutated.diagnostics.is_empty(), "{:?}", mutated.diagnostics);
    let lines = lines(&mutated);
    let all = lines.join("\n");
    for wanted in [
        "check var.port [condition = true || (var.port > 0)] killed",
        "operator var.port [condition = var.port >= 0] killed",
        "literal var.port [default = 81] killed",
        "literal var.port [condition = var.port > 1] survived",
        "reference locals [url = \"http://localhost:${var.other}\"] survived",
        "count terraform_data.web [count = 0] killed",
        "literal terraform_data.web [count = 3] killed",
        "literal terraform_data.web [note = \"nobody looks-kilter\"] survived",
        "argument terraform_data.web [] killed",
        "condition terraform_data.idle [input = !(var.other == 81) ? \"a\" : \"b\"] survived",
        "literal terraform_data.idle [input = var.other == 81 ? \"a-kilter\" : \"b\"] unchanged",
        "operator terraform_data.idle [input = var.other != 81 ? \"a\" : \"b\"] survived",
        "literal module.site [name = \"blog-kilter\"] killed",
        "check check.unused [condition = true || (var.port != 1)] survived",
    ] {
        assert!(lines.iter().any(|line| line == wanted), "{wanted} is not among\n{all}");
    }
    assert!(lines.iter().all(|line| !line.contains("error_message") && !line.contains("source")), "{all}");
    assert_eq!(mutated.found, mutated.mutants.len() + mutated.unsound);
    assert_eq!(mutated.stopped, None);
    let killed = mutated.mutants.iter().find(|mutant| mutant.kind == MutantKind::Check).unwrap();
    assert_eq!(killed.fate, MutantFate::Killed("tests/web.tftest.hcl/refuses".to_owned()));
    assert_eq!(killed.ran, ["tests/web.tftest.hcl"]);
}

#[test]
fn the_same_mutants_come_out_the_same_however_many_work_on_them() {
    let one = mutate(TESTS, &MutationOptions { workers: 1, ..options() }, &Counting::default());
    let four = mutate(TESTS, &MutationOptions { workers: 4, ..options() }, &Counting::default());
    assert_eq!(one.mutants, four.mutants);
    assert_eq!((one.found, one.unsound), (four.found, four.unsound));
}

#[test]
fn limits_are_kept_and_said() {
    let few = mutate(TESTS, &MutationOptions { limit: Some(5), ..options() }, &Counting::default());
    assert_eq!((few.mutants.len() + few.unsound, few.stopped), (5, Some(StoppedBy::Limit)));
    let none = mutate(TESTS, &MutationOptions { budget: Some(Duration::ZERO), ..options() }, &Counting::default());
    assert_eq!((none.mutants.len(), none.stopped), (0, Some(StoppedBy::Budget)));
    let watch = Counting { cancel_after: Some(3), ..Counting::default() };
    let cancelled = mutate(TESTS, &MutationOptions { workers: 1, ..options() }, &watch);
    assert_eq!((cancelled.mutants.len() + cancelled.unsound, cancelled.stopped), (3, Some(StoppedBy::Cancelled)));
}

#[test]
fn tests_that_fail_by_themselves_judge_nobody() {
    let failing = TESTS.replace("== 2", "== 3");
    let mutated = mutate(&failing, &options(), &Counting::default());
    assert_eq!((mutated.mutants.len(), &*mutated.diagnostics[0].summary), (0, "Tests do not pass"));
    assert!(mutated.diagnostics[0].detail.contains("tests/web.tftest.hcl/serves"));
    let none = mutate("", &options(), &Counting::default());
    assert_eq!((none.mutants.len(), &*none.diagnostics[0].summary), (0, "No tests"));
}

fn mutate_files(files: &[(&str, &str)]) -> Mutated {
    let files = Arc::new(FakeFiles::with(files.iter().map(|(path, text)| (format!("/s/{path}"), *text))));
    let source = Source::new(files, "/s", RepoPath::root());
    engine().mutate(&source, &options(), &around(), &Counting::default())
}

#[test]
fn what_comes_out_the_same_by_default_is_no_survivor() {
    let main = "resource \"random_pet\" \"name\" {\n  length = 2\n}\noutput \"o\" {\n  value = \"x\"\n}\n";
    let tests =
        "run \"a\" {\n  assert {\n    condition     = output.o == \"x\"\n    error_message = \"Other.\"\n  }\n}\n";
    let mutated = mutate_files(&[("main.tf", main), ("a.tftest.hcl", tests)]);
    assert_eq!(
        lines(&mutated),
        [
            "argument random_pet.name [] unchanged",
            "literal random_pet.name [length = 3] survived",
            "literal output.o [value = \"x-kilter\"] killed",
        ]
    );
}

#[test]
fn runs_with_commands_judge_nothing_and_that_is_said() {
    let main = "variable \"size\" {\n  default = 1\n}\nresource \"terraform_data\" \"a\" {\n  input = var.size\n  provisioner \"local-exec\" {\n    command = \"true\"\n  }\n}\n";
    let planned = "run \"planned\" {\n  command = plan\n  assert {\n    condition     = terraform_data.a.input == 1\n    error_message = \"Other.\"\n  }\n}\n";
    let applied = planned.replace("planned", "applied").replace("  command = plan\n", "");
    let both = mutate_files(&[("main.tf", main), ("a.tftest.hcl", &format!("{planned}{applied}"))]);
    let [said] = both.diagnostics.as_slice() else { panic!("{:?}", both.diagnostics) };
    assert!(!said.is_error() && said.detail.contains("a.tftest.hcl/applied"), "{said:?}");
    assert!(lines(&both).contains(&"literal var.size [default = 2] killed".to_owned()), "{:?}", lines(&both));
    let none = mutate_files(&[("main.tf", main), ("a.tftest.hcl", &applied)]);
    assert_eq!((none.mutants.len(), &*none.diagnostics[0].summary), (0, "Runs left out"));
}

#[test]
fn coverage_follows_references_through_locals_modules_and_outputs() {
    let (_, source) = stack(TESTS);
    let found = engine().coverage(&source);
    assert!(found.diagnostics.is_empty());
    let uncovered: Vec<String> = found
        .things
        .iter()
        .filter(|thing| !thing.covered)
        .map(|thing| format!("{} {} {}:{}", thing.kind.word(), thing.name, thing.place.path, thing.place.start.line))
        .collect();
    assert_eq!(
        uncovered,
        [
            "resource terraform_data.idle main.tf:32",
            "variable var.other main.tf:11",
            "variable var.spare main.tf:16",
            "check check.unused main.tf:50",
            "output output.id site/main.tf:12",
        ]
    );
    let covered = |name: &str| found.things.iter().any(|thing| thing.name == name && thing.covered);
    for name in ["terraform_data.web", "var.port", "output.url", "output.site", "terraform_data.page", "var.name"] {
        assert!(covered(name), "{name}");
    }
}
