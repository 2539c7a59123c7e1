//! What each fuzz target does with its bytes: no panic, no hang, no more than a gigabyte, whatever they are.
//!
//! Plain functions, so that libFuzzer (`fuzz_targets/`) and the loop that runs on a stable compiler
//! (`tests/it/fuzz.rs`) try the very same things.

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kilter::engine::{Engine, PlanOptions, Source, Surroundings, TestOptions};
use kilter::format::{plan_json, state_json};
use kilter::lang::expr::evaluate as evaluate_expression;
use kilter::lang::fmt::format_source;
use kilter::lang::inputs::{InputEntry, InputKind, Inputs, Resolved};
use kilter::lang::syntax::ast::Traversal;
use kilter::lang::syntax::{SourceFile, parse_expression, parse_file, parse_json_file, parse_template, tokens};
use kilter::model::diagnostic::Diagnostic;
use kilter::model::place::RepoPath;
use kilter::model::value::{Type, Value};
use kilter::sys::files::FakeFiles;

/// A target: its name and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 8] = [
    ("parse", parse),
    ("fmt", fmt),
    ("evaluate", evaluate),
    ("stack", stack),
    ("state", state),
    ("plan_json", plan),
    ("tfvars", tfvars),
    ("tftest", tftest),
];

/// No text makes a parser panic, and no token is lost.
pub fn parse(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let source = SourceFile::new(RepoPath::new("main.tf"), text);
    let joined: String = tokens(&source).iter().map(|token| source.slice(token.span)).collect();
    assert_eq!(joined, text, "tokens are lost");
    let parsed = parse_file(&source);
    assert_eq!(parsed.diagnostics.is_empty(), parsed.broken.is_empty());
    parse_expression(&source);
    parse_template(&source);
    parse_json_file(&source);
}

/// What was valid is valid after formatting.
pub fn fmt(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(once) = format_source(text) {
        assert!(format_source(&once).is_ok(), "{text:?} became {once:?}");
    }
}

/// No expression makes the evaluator panic, hang or eat the machine.
pub fn evaluate(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let source = SourceFile::new(RepoPath::new("main.tf"), text);
    let parsed = parse_expression(&source);
    if parsed.diagnostics.is_empty() {
        let evaluation = evaluate_expression(&parsed.tree, &source, &World);
        for diagnostic in &evaluation.diagnostics {
            assert!(!diagnostic.summary.is_empty());
        }
    }
}

/// No configuration makes planning panic, hang or eat the machine.
pub fn stack(bytes: &[u8]) {
    plan_of(&[("main.tf", bytes), ("m/main.tf", MODULE.as_bytes())]);
}

/// No state file is read into a panic.
pub fn state(bytes: &[u8]) {
    if let Ok(state) = state_json::read(bytes) {
        let options = PlanOptions { state: Some(Arc::new(state)), ..PlanOptions::default() };
        engine().plan(&source(&[("main.tf", MODULE.as_bytes())]), &options, &around());
    }
}

/// No plan's JSON is read into a panic; what was read can be summed up.
pub fn plan(bytes: &[u8]) {
    if let Ok(plan) = plan_json::read(bytes) {
        plan.summary();
        plan_json::embedded(&plan);
    }
}

/// No variables file makes planning panic.
pub fn tfvars(bytes: &[u8]) {
    plan_of(&[("main.tf", MODULE.as_bytes()), ("terraform.tfvars", bytes)]);
    plan_of(&[("main.tf", MODULE.as_bytes()), ("terraform.tfvars.json", bytes)]);
}

/// No test file makes a test run panic.
pub fn tftest(bytes: &[u8]) {
    let source = source(&[("main.tf", MODULE.as_bytes()), ("m.tftest.hcl", bytes)]);
    engine().test(&source, &TestOptions::default(), &around());
}

/// Something for variables, tests and states to be about.
const MODULE: &str = r#"
variable "name" {
  type    = string
  default = "x"
}
variable "many" {
  type    = map(object({ a = optional(number, 1), b = list(string) }))
  default = {}
}
resource "terraform_data" "a" {
  for_each = var.many
  input    = { name = var.name, size = each.value.a, all = each.value.b }
}
resource "terraform_data" "b" {
  input = var.name
}
output "name" { value = terraform_data.b.output }
"#;

fn engine() -> Engine {
    Engine::new(kilter::engine::provider::builtin())
}

fn around() -> Surroundings {
    Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
}

fn source(files: &[(&str, &[u8])]) -> Source {
    let files = FakeFiles::with(files.iter().map(|(path, bytes)| (format!("/s/{path}"), bytes.to_vec())));
    Source::new(Arc::new(files), "/s", RepoPath::root())
}

fn plan_of(files: &[(&str, &[u8])]) {
    engine().plan(&source(files), &PlanOptions::default(), &around());
}

/// Every name is something else: unknown, a list, an object.
struct World;

impl Inputs for World {
    fn reference(&self, traversal: &Traversal) -> Result<Resolved, Box<Diagnostic>> {
        let value = match traversal.root.text.len() % 4 {
            0 => Value::unknown(Type::Dynamic),
            1 => Value::tuple((0..50).map(Value::int)),
            2 => Value::object([("a", Value::string("x")), ("b", Value::null())]),
            _ => Value::not_asked(Type::list(Type::String), "data.x.y"),
        };
        Ok(Resolved { value, consumed: 0 })
    }

    fn read_file(&self, _: &str) -> std::io::Result<Arc<[u8]>> {
        Err(Error::from(ErrorKind::NotFound))
    }

    fn kind_of(&self, _: &str) -> InputKind {
        InputKind::Absent
    }

    fn list(&self, _: &str) -> std::io::Result<Vec<InputEntry>> {
        Err(Error::from(ErrorKind::NotFound))
    }

    fn working_directory(&self) -> String {
        "/".to_owned()
    }

    fn home_directory(&self) -> Option<String> {
        None
    }

    fn now(&self) -> Option<SystemTime> {
        Some(UNIX_EPOCH)
    }

    fn plan_time(&self) -> Option<SystemTime> {
        Some(UNIX_EPOCH)
    }

    fn random(&self) -> Option<[u8; 16]> {
        Some([7; 16])
    }
}
