//! Lint of `.tftest.hcl` and `.tftest.json`: what each rule about tests finds, and what it leaves alone.

use std::path::Path;

use kilter::lint::{LintOptions, LintTarget, lint_stack};
use kilter::model::finding::Finding;
use kilter::model::place::RepoPath;
use kilter::model::stack::StackKind;
use kilter::sys::files::FakeFiles;

const MAIN: &str = r#"
variable "size" {
  type    = number
  default = 3
  validation {
    condition     = var.size > 0
    error_message = "Nothing is not a size."
  }
}
variable "settings" {
  type    = object({ port = optional(number, 80) })
  default = {}
}
variable "free" {
  default = ""
}
resource "terraform_data" "one" {
  count = var.size
  input = [var.settings, var.free]
  lifecycle {
    postcondition {
      condition     = self.input != null
      error_message = "It has no input."
    }
  }
}
resource "terraform_data" "two" {}
output "size" {
  value = length(terraform_data.one)
}
output "guarded" {
  value = 1
  precondition {
    condition     = var.size < 9
    error_message = "Too big."
  }
}
check "sound" {
  data "terraform_remote_state" "there" {
    backend = "local"
  }
  assert {
    condition     = var.size != 7
    error_message = "Seven."
  }
}
"#;

const SETUP: &str = "variable \"where\" {}\noutput \"id\" { value = var.where }\n";

fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let root = Path::new("/repo");
    let disk = FakeFiles::with(files.iter().map(|(path, text)| (root.join(path), *text)));
    let directory = RepoPath::new("stack");
    let target = LintTarget { root, directory: &directory, kind: StackKind::Terraform, parsed: &[] };
    let (findings, diagnostics) = lint_stack(&disk, &target, &LintOptions::default());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    findings.into_iter().filter(|finding| finding.rule.id.starts_with("kilter_test_")).collect()
}

/// What is found in a test file: by line the rule, without its common part, and the message.
fn told(tests: &str) -> Vec<String> {
    let files = [("stack/main.tf", MAIN), ("stack/tests/a.tftest.hcl", tests), ("stack/setup/main.tf", SETUP)];
    let tell = |finding: &Finding| {
        let rule = finding.rule.id.trim_start_matches("kilter_test_");
        format!("{} {rule}: {}", finding.place.start.line, finding.message)
    };
    findings(&files).iter().map(tell).collect()
}

/// A run that asserts something, with more in it.
fn run(more: &str) -> String {
    format!(
        "run \"r\" {{\n{more}\n  assert {{\n    condition     = output.size == 3\n    error_message = \"It is not 3.\"\n  }}\n}}\n"
    )
}

fn asserting(condition: &str, message: &str) -> Vec<String> {
    told(&format!(
        "run \"r\" {{\n  variables {{\n    size = 3\n    settings = {{}}\n    free = null\n  }}\n  assert {{\n    condition = {condition}\n    error_message = {message}\n  }}\n}}\n"
    ))
}

#[test]
fn a_test_without_fault_has_no_findings() {
    assert_eq!(told(&run("  variables {\n    size = 3\n  }")), Vec::<String>::new());
}

#[test]
fn runs_that_assert_nothing_are_found_unless_they_prepare() {
    let nothing = |line: u32| vec![format!("{line} without_assertion: run \"a\" asserts nothing")];
    let ends = run("");
    let cases = [
        ("run \"a\" {}\n".to_owned(), nothing(1)),
        ("run \"a\" {\n  command = plan\n}\n".to_owned() + &ends, nothing(1)),
        ("run \"a\" {\n  expect_failures = []\n}\n".to_owned(), nothing(1)),
        (ends.clone() + "run \"a\" {}\n", nothing(8)),
        // It leaves a state that the next run begins with.
        ("run \"a\" {}\n".to_owned() + &ends, vec![]),
        ("run \"a\" {\n  state_key = \"other\"\n}\n".to_owned() + &ends, nothing(1)),
        // Its outputs are used.
        ("run \"a\" {\n  command = plan\n}\n".to_owned() + &run("  variables {\n    size = run.a.size\n  }"), vec![]),
        // It makes what the module under test needs.
        ("run \"a\" {\n  module {\n    source = \"./setup\"\n  }\n}\n".to_owned(), vec![]),
        ("run \"a\" {\n  expect_failures = [var.size]\n}\n".to_owned(), vec![]),
        ("# kilter-ignore: kilter_test_without_assertion\nrun \"a\" {}\n".to_owned(), nothing(2)),
    ];
    for (tests, wanted) in cases {
        assert_eq!(told(&tests), wanted, "{tests}");
    }
    assert_eq!(
        told("variables {\n  size = 1\n}\n"),
        ["1 without_assertion: This test file has no run: nothing is tested"]
    );
}

#[test]
fn a_comment_suppresses_what_is_found_in_a_test() {
    let files = [
        ("stack/main.tf", MAIN),
        ("stack/a.tftest.hcl", "# kilter-ignore: kilter_test_without_assertion # smoke\nrun \"a\" {}\n"),
    ];
    let found = findings(&files);
    assert_eq!(found.len(), 1);
    assert!(found[0].suppressed.is_some());
}

#[test]
fn conditions_that_cannot_fail_are_found() {
    let same = "is compared with itself, so the condition always holds";
    let own =
        "The condition depends on nothing but what this test sets itself (var.size): it says nothing about the module";
    let cases = [
        ("output.size == 3", None),
        ("output.size == output.size", Some(format!("output.size {same}"))),
        ("(output.size   ==output.size)", Some(format!("output.size {same}"))),
        ("output.size != output.size", None),
        ("uuid() == uuid() || output.size == 1", None),
        ("output.size == 3 && output.size >= output.size", Some(format!("output.size {same}"))),
        ("output.size == 4 || true", Some("One side of || is true, so the condition always holds".to_owned())),
        ("output.size == 4 || false", None),
        (
            "length(terraform_data.one) >= 0",
            Some("length(terraform_data.one) is never less than 0, so the condition always holds".to_owned()),
        ),
        (
            "-1 < length(terraform_data.one)",
            Some("length(terraform_data.one) is never less than 0, so the condition always holds".to_owned()),
        ),
        ("length(terraform_data.one) > 0", None),
        ("var.size == 3", Some(own.to_owned())),
        ("var.size == 3 && contains([for x in [1] : x + 2], var.size)", Some(own.to_owned())),
        ("var.size == output.size", None),
        // Types fill in what is not set, and null is not what a module sees.
        ("var.settings.port == 80", None),
        ("var.free == null", None),
    ];
    for (condition, wanted) in cases {
        let wanted: Vec<String> = wanted.map(|it| format!("8 constant_condition: {it}")).into_iter().collect();
        assert_eq!(asserting(condition, "\"It is another.\""), wanted, "{condition}");
    }
}

#[test]
fn messages_that_say_nothing_are_found() {
    let cases = [
        ("\"There is another size.\"", None),
        ("\"\"", Some("The error message is empty")),
        ("\"  \"", Some("The error message is empty")),
        ("\"Failed!\"", Some("The error message \"Failed!\" does not say what is wrong")),
        ("\"error\"", Some("The error message \"error\" does not say what is wrong")),
        ("\"Failed: ${output.size}\"", None),
        ("\"Invalid size\"", None),
    ];
    for (message, wanted) in cases {
        let wanted: Vec<String> = wanted.map(|it| format!("9 error_message: {it}")).into_iter().collect();
        assert_eq!(asserting("output.size == 3", message), wanted, "{message}");
    }
}

#[test]
fn variables_that_nobody_declares_are_found() {
    let cases = [
        (
            run("  variables {\n    sise = 3\n  }"),
            vec![
                "3 undeclared_variable: run \"r\" sets \"sise\", which the module under test does not declare; did you mean \"size\"?",
            ],
        ),
        // The assertions of the run may refer to it.
        (
            "run \"r\" {\n  variables {\n    wanted = 3\n  }\n  assert {\n    condition = output.size == var.wanted\n    error_message = \"Other.\"\n  }\n}\n".to_owned(),
            vec![],
        ),
        (
            run("  module {\n    source = \"./setup\"\n  }\n  variables {\n    size = 3\n    where = 1\n  }"),
            vec!["6 undeclared_variable: run \"r\" sets \"size\", which the module under test does not declare"],
        ),
        // Nobody knows what a module declares that lies elsewhere.
        (run("  module {\n    source = \"a/b/c\"\n  }\n  variables {\n    any = 3\n  }"), vec![]),
        (run("  module {\n    source = \"../../../up\"\n  }\n  variables {\n    any = 3\n  }"), vec![]),
        (
            "variables {\n  sise  = 3\n  where = 2\n}\n".to_owned() + &run(""),
            vec![
                "2 undeclared_variable: The file sets \"sise\", which no module that its runs test declares; did you mean \"size\"?",
                "3 undeclared_variable: The file sets \"where\", which no module that its runs test declares",
            ],
        ),
        (
            "variables {\n  where = 2\n}\nrun \"s\" {\n  module {\n    source = \"./setup\"\n  }\n}\n".to_owned() + &run(""),
            vec![],
        ),
        ("variables {\n  wanted = 2\n}\n".to_owned() + &run("  variables {\n    size = var.wanted\n  }"), vec![]),
    ];
    for (tests, wanted) in cases {
        assert_eq!(told(&tests), wanted, "{tests}");
    }
}

#[test]
fn expected_failures_of_what_cannot_fail_are_found() {
    let cases = [
        ("var.size", None),
        (
            "var.sise",
            Some("var.sise cannot fail: an input variable of that name is not declared; did you mean \"size\"?"),
        ),
        ("var.free", Some("var.free cannot fail: it has no validation block")),
        ("output.guarded", None),
        ("output.size", Some("output.size cannot fail: it has no precondition block")),
        ("output.gone", Some("output.gone cannot fail: an output value of that name is not declared")),
        ("check.sound", None),
        ("check.found", Some("check.found cannot fail: a check of that name is not declared; did you mean \"sound\"?")),
        ("terraform_data.one", None),
        ("terraform_data.one[0]", None),
        (
            "terraform_data.two",
            Some("terraform_data.two cannot fail: it has neither a precondition nor a postcondition"),
        ),
        ("terraform_data.three", Some("terraform_data.three cannot fail: it is not declared")),
        ("data.http.page", Some("data.http.page cannot fail: it is not declared")),
        (
            "data.terraform_remote_state.there",
            Some("data.terraform_remote_state.there cannot fail by itself: its check does, expect that instead"),
        ),
        // terraform refuses these itself.
        ("local.x", None),
    ];
    for (reference, wanted) in cases {
        let tests = format!("run \"r\" {{\n  command = plan\n  expect_failures = [{reference}]\n}}\n");
        let wanted: Vec<String> = wanted.map(|it| format!("3 expect_failures: {it}")).into_iter().collect();
        assert_eq!(told(&tests), wanted, "{reference}");
    }
}

#[test]
fn mocks_that_no_run_gets_are_found() {
    let unused = |written: &str| vec![format!("1 unused_mock: No run uses the mocked provider {written}")];
    let fake = "mock_provider \"terraform\" {\n  alias = \"fake\"\n}\n";
    let cases = [
        ("mock_provider \"terraform\" {}\n".to_owned() + &run(""), vec![]),
        ("mock_provider \"aws\" {}\n".to_owned() + &run(""), unused("aws")),
        (fake.to_owned() + &run(""), unused("terraform.fake")),
        (fake.to_owned() + &run("  providers = {\n    terraform = terraform.fake\n  }"), vec![]),
        (fake.to_owned() + &run("  providers = {\n    terraform = terraform.real\n  }"), unused("terraform.fake")),
        (
            "mock_provider \"terraform\" {}\n".to_owned()
                + &run("  providers = {\n    terraform = terraform.real\n  }"),
            unused("terraform"),
        ),
        // Nobody knows what a module uses that lies elsewhere.
        (fake.to_owned() + &run("  module {\n    source = \"a/b/c\"\n  }"), vec![]),
    ];
    for (tests, wanted) in cases {
        assert_eq!(told(&tests), wanted, "{tests}");
    }
    let aliased = "terraform {\n  required_version = \">= 1.5\"\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n      version = \"~> 5.0\"\n      configuration_aliases = [aws.west]\n    }\n  }\n}\noutput \"size\" { value = 3 }\n";
    let tests = format!("mock_provider \"aws\" {{\n  alias = \"west\"\n}}\n{}", run(""));
    assert_eq!(findings(&[("stack/main.tf", aliased), ("stack/a.tftest.hcl", &tests)]), []);
    let calling = "module \"m\" {\n  source = \"./m\"\n}\noutput \"size\" { value = 3 }\n";
    let tests = "mock_provider \"aws\" {}\n".to_owned() + &run("");
    assert_eq!(findings(&[("stack/main.tf", calling), ("stack/a.tftest.hcl", &tests)]), []);
}

#[test]
fn a_module_that_cannot_be_read_as_a_whole_is_not_judged() {
    let broken = "variable \"size\" {\n  default = 3\n}\nlocals {\n  b = [1,\n}\n";
    let tests = run("  variables {\n    sise = 1\n  }\n  expect_failures = [var.gone]");
    let root = Path::new("/repo");
    let disk = FakeFiles::with([(root.join("stack/main.tf"), broken), (root.join("stack/a.tftest.hcl"), &*tests)]);
    let directory = RepoPath::new("stack");
    let target = LintTarget { root, directory: &directory, kind: StackKind::Terraform, parsed: &[] };
    let (found, diagnostics) = lint_stack(&disk, &target, &LintOptions::default());
    assert!(!diagnostics.is_empty());
    assert!(!found.iter().any(|finding| finding.rule.id.starts_with("kilter_test_")), "{found:?}");
}

#[test]
fn tests_in_json_are_judged_too() {
    let tests = r#"{
  "variables": { "sise": 3 },
  "run": {
    "a": { "command": "plan" },
    "b": {
      "expect_failures": ["var.gone"],
      "assert": [{ "condition": "${output.size == output.size}", "error_message": "" }]
    }
  }
}"#;
    let found = findings(&[("stack/main.tf", MAIN), ("stack/tests/a.tftest.json", tests)]);
    let rules: Vec<String> =
        found.iter().map(|finding| format!("{} {}", finding.place.start.line, finding.rule.id)).collect();
    assert_eq!(
        rules,
        [
            "2 kilter_test_undeclared_variable",
            "3 kilter_test_without_assertion",
            "6 kilter_test_expect_failures",
            "7 kilter_test_constant_condition",
            "7 kilter_test_error_message",
        ]
    );
}

#[test]
fn files_below_the_directory_of_tests_are_not_read() {
    let files = [("stack/main.tf", MAIN), ("stack/tests/deeper/a.tftest.hcl", "run \"a\" {}\n")];
    assert_eq!(findings(&files), []);
}
