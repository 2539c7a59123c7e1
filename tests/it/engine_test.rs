//! `.tftest.hcl`, validate, check, console and compare on small stacks, and on the sample repo.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::lore::Lore;
use kilter::engine::{PlanOptions, Source, Surroundings, TestOptions};
use kilter::model::action::Action;
use kilter::model::place::RepoPath;
use kilter::model::schema::{AttributeSchema, BlockSchema, NestedBlock, Nesting, ProviderSchema, ResourceSchema};
use kilter::model::test::TestStatus;
use kilter::model::value::Type;
use kilter::sys::files::{FakeFiles, Files, ReadFiles, RealFiles};

use crate::engine_plan::engine;

fn around() -> Surroundings {
    Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
}

fn fake(files: &[(&str, &str)]) -> (Arc<FakeFiles>, Source) {
    let files = FakeFiles::with(files.iter().map(|(path, text)| (format!("/s/{path}"), text.as_bytes().to_vec())));
    let files = Arc::new(files);
    (files.clone(), Source::new(files, "/s", RepoPath::root()))
}

fn statuses(source: &Source) -> Vec<String> {
    let tested = engine().test(source, &TestOptions::default(), &around());
    let mut lines = Vec::new();
    for suite in tested.suites {
        lines.extend(suite.diagnostics.iter().map(|d| format!("{}: {}", suite.name, d.summary)));
        for case in suite.cases {
            let why: Vec<&str> = case.diagnostics.iter().map(|d| &*d.summary).collect();
            lines.push(format!("{} {} {}", case.name, case.status.word(), why.join(", ")).trim_end().to_owned());
        }
    }
    lines
}

const STACK: &str = r#"
variable "port" {
  type    = number
  default = 80
  validation {
    condition     = var.port > 0
    error_message = "Positive."
  }
}
resource "terraform_data" "a" {
  input = var.port
}
check "standard" {
  assert {
    condition     = var.port == 80
    error_message = "Not standard."
  }
}
output "port" { value = terraform_data.a.output }
"#;

#[test]
fn runs_come_out_as_terraforms_do() {
    let tests = r#"
variables { port = 80 }
run "plans" {
  command = plan
  assert {
    condition     = terraform_data.a.input == 80
    error_message = "no"
  }
}
run "applies" {
  assert {
    condition     = output.port == 80
    error_message = "no"
  }
}
run "reads_earlier_runs" {
  variables { port = run.applies.port }
  assert {
    condition     = terraform_data.a.output == run.applies.port
    error_message = "no"
  }
}
run "fails" {
  command = plan
  assert {
    condition     = var.port == 81
    error_message = "It is ${var.port}."
  }
}
run "expects" {
  command         = plan
  variables { port = -1 }
  expect_failures = [var.port]
}
run "fails_unasked" {
  command = plan
  variables { port = 81 }
}
run "is_not_reached" {}
"#;
    let (_, source) = fake(&[("main.tf", STACK), ("tests/a.tftest.hcl", tests)]);
    assert_eq!(
        statuses(&source),
        [
            "plans pass",
            "applies pass",
            "reads_earlier_runs pass",
            "fails fail Test assertion failed",
            "expects pass",
            "fails_unasked error Check block assertion failed",
            "is_not_reached skip",
        ]
    );
}

#[test]
fn a_failure_expected_in_vain_ends_the_file() {
    let tests = r#"
run "expects_in_vain" {
  command         = plan
  expect_failures = [check.standard]
}
run "is_not_reached" {}
"#;
    let (_, source) = fake(&[("main.tf", STACK), ("tests/a.tftest.hcl", tests)]);
    assert_eq!(statuses(&source), ["expects_in_vain error Missing expected failure", "is_not_reached skip"]);
}

#[test]
fn tests_leave_no_file_behind_and_see_what_they_wrote() {
    let stack = r#"
resource "local_file" "page" {
  filename = "out/page.html"
  content  = "hello"
}
"#;
    let tests = r#"
run "writes" {
  assert {
    condition     = file(local_file.page.filename) == "hello"
    error_message = "It is not there."
  }
}
"#;
    let (files, source) = fake(&[("main.tf", stack), ("a.tftest.hcl", tests)]);
    assert_eq!(statuses(&source), ["writes pass"]);
    assert!(files.metadata(Path::new("/s/out/page.html")).is_err());
}

#[test]
fn what_is_not_supported_is_said() {
    let (_, source) = fake(&[("main.tf", STACK), ("a.tftest.hcl", "test {}\nrun \"x\" {}\n")]);
    let tested = engine().test(&source, &TestOptions::default(), &around());
    assert!(tested.suites.is_empty());
    assert_eq!(tested.diagnostics[0].summary, "Unsupported block type");
}

#[test]
fn the_sample_repo_is_sound() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-repo");
    let engine = engine();
    for stack in ["network", "web", "cloud"] {
        let source = Source::new(Arc::new(RealFiles), root.join(stack), RepoPath::new(stack));
        let validated = engine.validate(&source);
        let errors: Vec<_> = validated.diagnostics.iter().filter(|d| d.is_error()).collect();
        assert!(errors.is_empty(), "{stack}: {errors:?}");
        let tested = engine.test(&source, &TestOptions::default(), &around());
        for suite in &tested.suites {
            assert!(suite.diagnostics.is_empty(), "{stack}: {:?}", suite.diagnostics);
            for case in &suite.cases {
                assert_eq!(
                    case.status,
                    TestStatus::Passed,
                    "{stack} {} {}: {:?}",
                    suite.name,
                    case.name,
                    case.diagnostics
                );
            }
        }
    }
    let network = Source::new(Arc::new(RealFiles), root.join("network"), RepoPath::new("network"));
    let planned = engine.plan(&network, &PlanOptions::default(), &around());
    assert!(!planned.plan.errored, "{:?}", planned.diagnostics);
    assert!(planned.plan.summary().add > 0);
}

/// What a run says about a stack of a provider that is not built in, with its schema and without.
fn mocked(lore: Option<Arc<Lore>>) -> Vec<String> {
    let stack = r#"
resource "aws_instance" "web" {
  ami = "ami-1"
  disk { size = 8 }
}
data "aws_ami" "base" { name = "x" }
output "arn" { value = aws_instance.web.arn }
"#;
    let tests = r#"
mock_provider "aws" {
  mock_resource "aws_instance" {
    defaults = { arn = "arn:mocked", disk = { id = "disk-1" } }
  }
}
run "applies" {
  assert {
    condition     = output.arn == "arn:mocked" && aws_instance.web.ami == "ami-1"
    error_message = "It is ${output.arn}."
  }
  assert {
    condition     = length(aws_instance.web.id) == 8 && aws_instance.web.disk[0].id == "disk-1"
    error_message = "It is ${aws_instance.web.id}."
  }
  assert {
    condition     = data.aws_ami.base.count == 0 && data.aws_ami.base.name == "x"
    error_message = "It is ${data.aws_ami.base.count}."
  }
}
"#;
    let (_, source) = fake(&[("main.tf", stack), ("tests/a.tftest.hcl", tests)]);
    let options = TestOptions { lore, ..TestOptions::default() };
    let tested = engine().test(&source, &options, &around());
    let case = |case: &kilter::model::test::TestCase| {
        let why: Vec<&str> = case.diagnostics.iter().map(|d| &*d.summary).collect();
        format!("{} {}", case.status.word(), why.join(", ")).trim_end().to_owned()
    };
    tested.suites.iter().flat_map(|suite| suite.cases.iter().map(case)).collect()
}

#[test]
fn a_provider_that_is_not_built_in_is_mocked_by_its_cached_schema() {
    let text = || AttributeSchema::of(Type::String);
    let disk = BlockSchema::with([("size", AttributeSchema::of(Type::Number).optional()), ("id", text().computed())]);
    let mut block =
        BlockSchema::with([("ami", text().required()), ("id", text().computed()), ("arn", text().computed())]);
    block.blocks.insert("disk".into(), NestedBlock { nesting: Nesting::List, block: disk, min_items: 0, max_items: 0 });
    let ami = BlockSchema::with([("name", text().optional()), ("count", AttributeSchema::of(Type::Number).computed())]);
    let of = |block| Arc::new(ResourceSchema { block, ..ResourceSchema::default() });
    let schema = ProviderSchema {
        resources: [("aws_instance".into(), of(block))].into(),
        data_sources: [("aws_ami".into(), of(ami))].into(),
        ..ProviderSchema::default()
    };
    let schemas = [("registry.terraform.io/hashicorp/aws".to_owned(), schema)].into();
    let lore = Lore { schemas, ..Lore::default() };
    assert_eq!(mocked(Some(Arc::new(lore))), ["pass"]);
    assert_eq!(mocked(None).len(), 1);
    assert!(mocked(None)[0].starts_with("error "), "nobody can make values up without a schema");
}

#[test]
fn an_edit_shows_as_one_changed_argument_against_head() {
    let stack = |size: &str| {
        format!(
            r#"
terraform {{
  backend "s3" {{}}
}}
data "aws_availability_zones" "here" {{}}
module "vpc" {{
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
}}
resource "aws_instance" "web" {{
  for_each      = toset(data.aws_availability_zones.here.names)
  instance_type = "t3.micro"
}}
resource "aws_instance" "one" {{
  instance_type = "{size}"
  subnet_id     = module.vpc.private_subnets[0]
  user_data     = aws_s3_bucket.logs.arn
  tags          = {{ Name = "one-${{data.aws_availability_zones.here.id}}" }}
}}
resource "aws_s3_bucket" "logs" {{
  bucket = "logs"
}}
output "ids" {{ value = [for i in aws_instance.web : i.id] }}
"#
        )
    };
    let (_, before) = fake(&[("main.tf", &stack("t3.micro"))]);
    let (_, after) = fake(&[("main.tf", &stack("t3.large"))]);
    let planned = engine().compare(&before, &after, &PlanOptions::default(), &around());
    assert!(planned.diagnostics.is_empty(), "{:?}", planned.diagnostics);
    let changed: Vec<_> = planned.plan.changes.iter().filter(|row| row.change.action != Action::NoOp).collect();
    let [row] = changed.as_slice() else { panic!("{changed:?}") };
    assert_eq!((row.address.to_string().as_str(), row.change.action), ("aws_instance.one", Action::Update));
    let differ: Vec<String> = row
        .change
        .after
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, value)| {
            let before = row.change.before.get(name);
            before.as_ref() != Some(*value)
        })
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(differ, ["instance_type"]);
    let undecided: Vec<String> =
        planned.plan.undecided.iter().map(|u| format!("{} by {}", u.block, u.decided_by)).collect();
    assert_eq!(
        undecided,
        ["aws_instance.web by data.aws_availability_zones.here.names", "module.vpc by a module that is not downloaded"]
    );
}

#[test]
fn the_console_answers_line_by_line() {
    let (_, source) = fake(&[("main.tf", STACK)]);
    let engine = engine();
    let ask = |line: &str| engine.console(&source, &PlanOptions::default(), &around(), line);
    assert_eq!(ask("var.port + 1").value, Some(kilter::model::value::Value::int(81)));
    assert!(ask("terraform_data.a.id").value.is_some_and(|value| value.is_unknown()));
    let wrong = ask("local.nope");
    assert_eq!((wrong.value, &*wrong.diagnostics[0].summary), (None, "Reference to undeclared local value"));
}

#[test]
fn a_vanished_directory_is_said() {
    let (files, _) = fake(&[("main.tf", STACK)]);
    files.remove_tree(Path::new("/s")).unwrap();
    let source = Source::new(files, "/s", RepoPath::root());
    let planned = engine().plan(&source, &PlanOptions::default(), &around());
    assert_eq!(&*planned.diagnostics[0].summary, "Configuration directory cannot be read");
}
