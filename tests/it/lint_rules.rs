//! Lint: every rule finds its own bad example and leaves its good one alone; suppressions, settings, fingerprints.

use std::path::Path;
use std::time::Instant;

use kilter::lint::{LintOptions, LintTarget, all_rules, find_rule, lint_stack};
use kilter::model::finding::{Finding, Level};
use kilter::model::place::RepoPath;
use kilter::model::stack::StackKind;
use kilter::sys::files::FakeFiles;

fn lint_with(files: &[(&str, &str)], kind: StackKind, options: &LintOptions) -> Vec<Finding> {
    let root = Path::new("/repo");
    let disk = FakeFiles::with(files.iter().map(|(path, text)| (root.join("stack").join(path), *text)));
    let directory = RepoPath::new("stack");
    let target = LintTarget { root, directory: &directory, kind, parsed: &[] };
    lint_stack(&disk, &target, options).0
}

fn lint(text: &str) -> Vec<Finding> {
    lint_with(&[("main.tf", text)], StackKind::Terraform, &LintOptions::default())
}

fn ids(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.rule.id).collect()
}

/// All rules on, each at its own level.
fn everything_on() -> LintOptions {
    all_rules().fold(LintOptions::default(), |options, rule| options.with(rule.id, Some(rule.level)))
}

/// What the examples of the rules about tests test.
const SIZED: &str = r#"
variable "size" {
  type    = number
  default = 3
  validation {
    condition     = var.size > 0
    error_message = "Nothing is not a size."
  }
}
output "size" { value = length(terraform_data.one) }
resource "terraform_data" "one" { count = var.size }
"#;

#[test]
fn every_rule_finds_its_bad_example_and_not_its_good_one() {
    for rule in all_rules() {
        let (file, kind) = match rule.id {
            "FC045" => ("metadata.rb", StackKind::Chef),
            "kilter_yaml_syntax" | "name[missing]" => ("site.yml", StackKind::Ansible),
            "kilter_undeclared_variable_value" => ("terraform.tfvars", StackKind::Terraform),
            id if id.starts_with("kilter_test_") => ("tests/size.tftest.hcl", StackKind::Terraform),
            _ => ("main.tf", StackKind::Terraform),
        };
        let found = |text: &str| {
            let beside = (file.starts_with("tests/")).then_some(("main.tf", SIZED));
            let files: Vec<(&str, &str)> = [(file, text)].into_iter().chain(beside).collect();
            let findings = lint_with(&files, kind, &everything_on());
            findings.iter().filter(|finding| finding.rule.id == rule.id).count()
        };
        assert!(found(rule.bad) > 0, "{} does not find its bad example", rule.id);
        assert_eq!(found(rule.good), 0, "{} finds its good example", rule.id);
        assert!(!rule.title.is_empty() && rule.explanation.len() > 40, "{} explains nothing", rule.id);
    }
}

#[test]
fn rules_have_distinct_ids_and_are_found_by_them() {
    let mut ids: Vec<&str> = all_rules().map(|rule| rule.id).collect();
    assert!(ids.len() >= 20, "{}", ids.len());
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all_rules().count());
    assert_eq!(find_rule("FC045").map(|rule| rule.id), Some("FC045"));
    assert_eq!(find_rule("nope"), None);
}

#[test]
fn the_page_of_rules_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let wanted = kilter::lint::reference();
    if std::env::var_os("KILTER_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).expect("docs can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/rules.md is stale: KILTER_WRITE_DOCS=1 cargo test --test it lint_ writes it anew");
}

#[test]
fn values_for_declared_variables_are_fine() {
    let files = [
        (
            "main.tf",
            "variable \"a\" {\n  type        = string\n  description = \"A.\"\n}\noutput \"b\" {\n  value = var.a\n}\n",
        ),
        ("terraform.tfvars", "a = 1\nc = 2\n"),
    ];
    let found = lint_with(&files, StackKind::Terraform, &LintOptions::default());
    let messages: Vec<&str> = found
        .iter()
        .filter(|finding| finding.rule.id == "kilter_undeclared_variable_value")
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(messages, ["No variable named \"c\" is declared in this module"]);
}

/// A module that breaks no rule, to add one thing to.
const CLEAN: &str = "terraform {\n  required_version = \">= 1.5\"\n}\n";

fn added(text: &str) -> Vec<String> {
    lint(&format!("{CLEAN}{text}")).iter().map(|finding| format!("{}: {}", finding.rule.id, finding.message)).collect()
}

#[test]
fn the_clean_module_is_clean() {
    assert_eq!(added(""), Vec::<String>::new());
}

#[test]
fn uses_are_seen_wherever_they_stand() {
    let text = r#"
variable "a" {
  type        = list(string)
  description = "A."
}
locals {
  b = { for k, v in var.a : k => upper(v) if v != "" }
}
data "terraform_remote_state" "c" {
  backend = "local"
  config  = { path = "x" }
}
resource "terraform_data" "d" {
  for_each = local.b
  input    = "%{for x in data.terraform_remote_state.c.outputs.l~}${x}${each.key}%{endfor}"
  lifecycle {
    ignore_changes = [input, triggers_replace]
  }
}
output "e" {
  description = "E."
  value       = terraform_data.d["k"].output[*].f
}
"#;
    assert_eq!(added(text), Vec::<String>::new());
}

#[test]
fn undeclared_names_are_errors_with_a_hint() {
    let cases = [
        (
            "var.nam",
            "kilter_undeclared_reference: Reference to undeclared input variable: an input variable with the name \"nam\" has not been declared; did you mean \"name\"?",
        ),
        (
            "local.x",
            "kilter_undeclared_reference: Reference to undeclared local value: a local value with the name \"x\" has not been declared",
        ),
        (
            "module.x.y",
            "kilter_undeclared_reference: Reference to undeclared module: no module call named \"x\" is declared",
        ),
        (
            "data.a_b.c.d",
            "kilter_undeclared_reference: Reference to undeclared resource: A data resource \"a_b\" \"c\" has not been declared",
        ),
        (
            "a_b.c.d",
            "kilter_undeclared_reference: Reference to undeclared resource: A managed resource \"a_b\" \"c\" has not been declared",
        ),
    ];
    for (reference, message) in cases {
        let text = format!(
            "output \"o\" {{\n  description = \"O.\"\n  value       = [var.name, {reference}]\n}}\nvariable \"name\" {{\n  type        = string\n  description = \"N.\"\n}}\n"
        );
        assert_eq!(added(&text), [message]);
    }
}

#[test]
fn names_inside_expressions_are_not_undeclared() {
    let text = r#"
resource "terraform_data" "d" {
  count = 2
  input = [for x in [{ y = 1 }] : x.y if x.y > 0]
  dynamic "setting" {
    for_each = [1]
    content {
      v = setting.value
    }
  }
  dynamic "other" {
    for_each = [1]
    iterator = it
    content {
      v = it.value + count.index
    }
  }
  provisioner "local-exec" {
    when    = destroy
    command = self.input
  }
}
check "c" {
  data "terraform_remote_state" "s" {
    backend = "local"
  }
  assert {
    condition     = data.terraform_remote_state.s.outputs.ok
    error_message = "${path.module} ${terraform.workspace}"
  }
}
"#;
    assert_eq!(added(text), Vec::<String>::new());
}

#[test]
fn a_broken_file_stops_only_what_needs_the_whole_module() {
    let text = "variable \"a\" {\n  type = string\n}\nlocals {\n  b = [1,\n}\noutput \"c\" {\n  value = var.zzz\n}\n";
    let found = ids(&lint(text));
    assert!(!found.contains(&"terraform_unused_declarations"), "{found:?}");
    assert!(!found.contains(&"kilter_undeclared_reference"), "{found:?}");
    assert!(found.contains(&"terraform_documented_outputs"), "{found:?}");
}

#[test]
fn module_sources_are_told_apart() {
    let cases = [
        ("./local", None),
        ("../local", None),
        ("git::https://x.test/a.git?ref=v1", None),
        ("git::https://x.test/a.git", Some("terraform_module_pinned_source")),
        ("git::https://x.test/a.git?ref=main", Some("terraform_module_pinned_source")),
        ("git::https://x.test/a.git//sub?depth=1&ref=abc", None),
        ("github.com/a/b", Some("terraform_module_pinned_source")),
        ("git@github.com:a/b.git", Some("terraform_module_pinned_source")),
        ("hg::http://x.test/a?rev=1", None),
        ("hashicorp/consul/aws", Some("terraform_module_version")),
        ("app.terraform.io/org/consul/aws", Some("terraform_module_version")),
        ("hashicorp/consul/aws//modules/x", Some("terraform_module_version")),
        ("https://x.test/a.zip", None),
        ("s3::https://s3.amazonaws.com/b/a.zip", None),
    ];
    for (source, wanted) in cases {
        let found = lint(&format!("{CLEAN}module \"m\" {{\n  source = \"{source}\"\n}}\n"));
        assert_eq!(ids(&found).first().copied(), wanted, "{source}");
    }
}

#[test]
fn secrets_are_told_from_talk_about_secrets() {
    let cases = [
        ("password = \"correct horse\"", true),
        ("master_password = \"s3cr3t!!\"", true),
        ("tags = { api_key = \"abcdef123456\" }", true),
        ("note = \"AKIAIOSFODNN7EXAMPLZ\"", true),
        ("key = \"-----BEGIN RSA PRIVATE KEY-----\\nMII\"", true),
        ("password = \"\"", false),
        ("password = \"changeme\"", false),
        ("password = var.p", false),
        ("password = \"${var.p}\"", false),
        ("password_length = \"1234\"", false),
        ("secret_arn = \"arn:aws:x\"", false),
        ("secret_name = \"database\"", false),
        ("token_ttl = \"3600\"", false),
        ("note = \"a password\"", false),
    ];
    for (argument, wanted) in cases {
        let text = format!("resource \"terraform_data\" \"d\" {{\n  {argument}\n}}\n");
        let found = ids(&lint(&text)).contains(&"kilter_secret_in_source");
        assert_eq!(found, wanted, "{argument}");
    }
}

#[test]
fn comments_suppress_findings_and_are_kept_with_them() {
    let bad = "output \"siteUrl\" {\n  value = \"${path.module}\"\n}\n";
    let cases = [
        (format!("# tflint-ignore: terraform_naming_convention\n{bad}"), "terraform_naming_convention"),
        (bad.replace("{\n", "{ # tflint-ignore: all\n"), "terraform_naming_convention"),
        (
            format!("# tflint-ignore: a, terraform_naming_convention # for old clients\n{bad}"),
            "terraform_naming_convention",
        ),
        (
            format!("# tflint-ignore-file: terraform_deprecated_interpolation\n\n{bad}"),
            "terraform_deprecated_interpolation",
        ),
        (
            bad.replace("  value", "  # kilter-ignore: terraform_deprecated_interpolation\n  value"),
            "terraform_deprecated_interpolation",
        ),
    ];
    for (text, rule) in cases {
        let findings = lint(&text);
        let suppressed: Vec<&Finding> = findings.iter().filter(|finding| finding.suppressed.is_some()).collect();
        assert!(suppressed.iter().any(|finding| finding.rule.id == rule), "{text}\n{findings:?}");
        assert!(suppressed.iter().all(|finding| finding.suppressed.as_deref().is_some_and(|it| it.starts_with('#'))));
        assert!(suppressed.len() < findings.len(), "too much is suppressed: {text}");
    }
}

#[test]
fn settings_and_tflint_files_turn_rules_on_and_off() {
    let text = "output \"siteUrl\" {\n  value = 1\n}\n";
    let config = "rule \"terraform_naming_convention\" {\n  enabled = false\n}\nrule \"terraform_standard_module_structure\" {\n  enabled = true\n}\n";
    let files = [("main.tf", text), (".tflint.hcl", config)];
    let found = ids(&lint_with(&files, StackKind::Terraform, &LintOptions::default()));
    assert!(!found.contains(&"terraform_naming_convention"));
    assert!(found.contains(&"terraform_standard_module_structure"));
    let ours = LintOptions::default()
        .with("terraform_naming_convention", Some(Level::Error))
        .with("terraform_standard_module_structure", None);
    let found = lint_with(&files, StackKind::Terraform, &ours);
    let naming = found.iter().find(|finding| finding.rule.id == "terraform_naming_convention");
    assert_eq!(naming.map(|finding| finding.level), Some(Level::Error), "our own settings win");
    assert!(!ids(&found).contains(&"terraform_standard_module_structure"));
    let all_off = [("main.tf", text), (".tflint.hcl", "config {\n  disabled_by_default = true\n}\n")];
    assert_eq!(ids(&lint_with(&all_off, StackKind::Terraform, &LintOptions::default())), Vec::<&str>::new());
}

#[test]
fn the_threshold_says_what_counts() {
    let text = "# tflint-ignore: terraform_required_version\noutput \"a\" {\n  value = \"${path.module}\"\n}\n";
    let findings = lint(text);
    let counting = |threshold| {
        let mut options = LintOptions::default();
        options.threshold = threshold;
        findings.iter().filter(|finding| options.counts(finding)).map(|finding| finding.rule.id).collect::<Vec<_>>()
    };
    assert_eq!(counting(Level::Error), Vec::<&str>::new());
    assert!(counting(Level::Warning).contains(&"terraform_deprecated_interpolation"));
    assert!(!counting(Level::Warning).contains(&"terraform_documented_outputs"));
    assert!(counting(Level::Note).contains(&"terraform_documented_outputs"));
    let off = LintOptions::default().with("fc045", None);
    assert_eq!(lint_with(&[("metadata.rb", "version '1'\n")], StackKind::Chef, &off), []);
}

#[test]
fn packer_templates_that_do_not_parse_are_diagnostics() {
    let root = Path::new("/repo");
    let disk = FakeFiles::with([(root.join("web.pkr.hcl"), "source \"docker\" \"x\" {\n  image = \n}\n")]);
    let directory = RepoPath::root();
    let target = LintTarget { root, directory: &directory, kind: StackKind::Packer, parsed: &[] };
    let (findings, diagnostics) = lint_stack(&disk, &target, &LintOptions::default());
    assert_eq!((findings.len(), diagnostics.len()), (0, 1));
    assert_eq!(diagnostics[0].summary, "Invalid expression");
}

#[test]
fn fingerprints_survive_moved_lines_and_tell_equal_texts_apart() {
    let prints = |text: &str| -> Vec<String> {
        lint(text).iter().map(|finding| format!("{} {}", finding.rule.id, finding.fingerprint)).collect()
    };
    let text = "output \"a\" {\n  value = \"${path.module}\"\n}\noutput \"b\" {\n  value = \"${path.module}\"\n}\n";
    let before = prints(text);
    let mut sorted = before.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), before.len(), "two findings share a fingerprint");
    assert_eq!(prints(&format!("# a\n\n\n{text}")), before);
}

#[test]
fn ansible_tasks_are_found_in_plays_blocks_and_roles() {
    let play = "- hosts: all\n  name: All\n  tasks:\n    - block:\n        - ansible.builtin.ping:\n      rescue:\n        - name: Say so\n          ansible.builtin.debug:\n  handlers:\n    - ansible.builtin.debug: # kilter-ignore: name[missing]\n";
    let role = "- ansible.builtin.ping:\n- name: ok\n  ansible.builtin.ping:\n";
    let files = [("site.yml", play), ("roles/web/tasks/main.yml", role), ("roles/web/templates/x.yml", "{{ a }}: [")];
    let found = lint_with(&files, StackKind::Ansible, &LintOptions::default());
    let places: Vec<String> = found
        .iter()
        .map(|finding| format!("{} {} {}", finding.place, finding.rule.id, finding.suppressed.is_some()))
        .collect();
    assert_eq!(
        places,
        [
            "stack/roles/web/tasks/main.yml:1 name[missing] false",
            "stack/site.yml:5 name[missing] false",
            "stack/site.yml:10 name[missing] true",
        ]
    );
}

#[test]
fn hostile_yaml_is_left_alone() {
    let bomb = format!("a: &a [x]\n{}", (0..200).map(|i| format!("k{i}: [*a, *a]\n")).collect::<String>());
    let deep = "[".repeat(100_000);
    for text in [bomb.as_str(), deep.as_str(), "a: \t- b\n", "\u{0}"] {
        lint_with(&[("x.yml", text)], StackKind::Ansible, &LintOptions::default());
    }
}

#[test]
fn files_that_cannot_be_read_are_said_so_and_the_rest_is_linted() {
    let root = Path::new("/repo");
    let disk = FakeFiles::with([
        (root.join("a.tf"), b"output \"a\" {\n  value = 1\n}\n".as_slice()),
        (root.join("b.tf"), b"\xff\xfe".as_slice()),
    ]);
    let directory = RepoPath::root();
    let target = LintTarget { root, directory: &directory, kind: StackKind::Terraform, parsed: &[] };
    let (findings, diagnostics) = lint_stack(&disk, &target, &LintOptions::default());
    assert!(!findings.is_empty());
    assert_eq!(diagnostics.len(), 1);
    assert!(diagnostics[0].detail.contains("b.tf is not UTF-8"), "{diagnostics:?}");
}

#[test]
fn json_configuration_is_linted_without_complaints_about_its_own_syntax() {
    let text = r#"{"variable": {"a": {"type": "string"}}, "output": {"b": {"value": "${var.a}"}}}"#;
    let found = ids(&lint_with(&[("main.tf.json", text)], StackKind::Terraform, &LintOptions::default()));
    assert!(!found.contains(&"terraform_deprecated_interpolation"), "{found:?}");
    assert!(!found.contains(&"terraform_unused_declarations"), "{found:?}");
    assert!(found.contains(&"terraform_documented_variables"), "{found:?}");
}

#[test]
fn the_sample_repo_has_findings_to_learn_from_and_no_errors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-repo");
    let disk = kilter::sys::files::RealFiles;
    let mut found = Vec::new();
    for (directory, kind) in [
        ("network", StackKind::Terraform),
        ("web", StackKind::Terraform),
        ("cloud", StackKind::Terraform),
        ("modules/site", StackKind::Terraform),
        ("cookbooks/motd", StackKind::Chef),
        ("ansible", StackKind::Ansible),
    ] {
        let directory = RepoPath::new(directory);
        let target = LintTarget { root: &root, directory: &directory, kind, parsed: &[] };
        let (findings, diagnostics) = lint_stack(&disk, &target, &LintOptions::default());
        assert_eq!(diagnostics, [], "{directory}");
        found.extend(findings);
    }
    for finding in &found {
        println!("{} {} {}", finding.place, finding.rule.id, finding.message);
    }
    assert!(ids(&found).contains(&"FC045"));
    let errors: Vec<&Finding> =
        found.iter().filter(|finding| finding.level == Level::Error && finding.suppressed.is_none()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn a_big_repo_is_linted_quickly() {
    let root = Path::new("/repo");
    let block =
        "resource \"terraform_data\" \"NAME\" {\n  input = {\n    a = var.a\n    b = \"x-${local.b}-y\"\n  }\n}\n\n";
    let file = |index: usize| (0..8).map(|n| block.replace("NAME", &format!("r{index}_{n}"))).collect::<String>();
    let disk = FakeFiles::with((0..2000).map(|index| (root.join(format!("s{}/f{index}.tf", index / 20)), file(index))));
    let started = Instant::now();
    let mut findings = 0;
    for stack in 0..100 {
        let directory = RepoPath::new(&format!("s{stack}"));
        let target = LintTarget { root, directory: &directory, kind: StackKind::Terraform, parsed: &[] };
        findings += lint_stack(&disk, &target, &LintOptions::default()).0.len();
    }
    let took = started.elapsed();
    println!("2,000 files, {findings} findings: {took:?}");
    assert!(findings > 1000);
    // An unoptimised build on a busy machine; optimised it is to be 300 ms.
    assert!(took.as_secs() < 20, "{took:?}");
}

#[test]
fn linting_all_stacks_at_once_finds_what_linting_each_finds() {
    let place = crate::world::Place::new();
    let repo = place.demo("shop");
    let module = repo.join("modules/site/extra.tf");
    std::fs::write(&module, "variable \"never_used\" {}\n").expect("it is written");
    let findings = |stack: Option<&str>| {
        let directory = repo.to_str().expect("a path");
        let mut args = vec!["-C", directory, "lint", "--format", "json"];
        args.extend(stack);
        let ran = place.kilter(&args);
        let told = ran.json();
        let rows = told["findings"].as_array().expect("findings").iter();
        rows.map(ToString::to_string).collect::<std::collections::BTreeSet<String>>()
    };
    let stacks = place.kilter(&["-C", repo.to_str().expect("a path"), "status", "--format", "json"]).json();
    let names: Vec<String> = stacks["stacks"]
        .as_array()
        .expect("stacks")
        .iter()
        .map(|stack| stack["path"].as_str().or(stack["name"].as_str()).expect("a name").to_owned())
        .collect();
    assert!(names.len() >= 3, "{names:?}");
    let mut each = std::collections::BTreeSet::new();
    for name in &names {
        each.extend(findings(Some(name)));
    }
    let all = findings(None);
    assert!(all.iter().any(|row| row.contains("never_used")), "{all:?}");
    assert_eq!(all, each);
}
