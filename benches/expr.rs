//! What evaluating expressions costs.

use std::collections::HashMap;
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::SystemTime;

use divan::{Bencher, black_box};
use kilter::lang::expr::evaluate;
use kilter::lang::inputs::{InputEntry, InputKind, Inputs, Resolved};
use kilter::lang::syntax::ast::{StepKind, Traversal};
use kilter::lang::syntax::{SourceFile, parse_expression};
use kilter::model::diagnostic::Diagnostic;
use kilter::model::place::RepoPath;
use kilter::model::value::{Type, Value};

/// Locals only.
struct World(HashMap<&'static str, Value>);

impl World {
    fn new() -> World {
        let object = Value::object([("name", Value::string("web")), ("port", Value::int(80))]);
        let many =
            (0..1000).map(|at| Value::object([("id", Value::int(at)), ("name", Value::string(format!("n{at}")))]));
        let element = object.ty();
        let list = (0..100).map(|_| object.clone()).collect();
        World(
            [
                ("object", object),
                ("many", Value::tuple(many.collect::<Vec<_>>())),
                ("list", Value::list(element, list)),
                ("number", Value::int(7)),
                ("unknown", Value::unknown(Type::String)),
            ]
            .into(),
        )
    }
}

impl Inputs for World {
    fn reference(&self, traversal: &Traversal) -> Result<Resolved, Box<Diagnostic>> {
        match traversal.steps.first().map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) => match self.0.get(&**name) {
                Some(value) => Ok(Resolved { value: value.clone(), consumed: 1 }),
                None => Err(Box::new(Diagnostic::error("no such name", ""))),
            },
            _ => Err(Box::new(Diagnostic::error("no such name", ""))),
        }
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
        None
    }

    fn plan_time(&self) -> Option<SystemTime> {
        None
    }

    fn random(&self) -> Option<[u8; 16]> {
        None
    }
}

const EXPRESSIONS: &[&str] = &[
    "5",
    "\"text\"",
    "local.object.name",
    "local.number + 1",
    "local.number * 2 > 10 && local.number != 8",
    "\"${local.object.name}-${local.object.port}\"",
    "\"x-${local.unknown}\"",
    "{ name = local.object.name, port = local.object.port, tags = [\"a\", \"b\"] }",
    "local.number > 5 ? local.object.name : \"none\"",
    "upper(local.object.name)",
    "local.list[*].name",
    "[for x in local.many : x.name if x.id > 500]",
    "{ for x in local.many : x.name => x }",
    "merge({ a = 1 }, { b = 2 })",
    "1 / 3 + 0.1",
];

#[divan::bench(args = EXPRESSIONS)]
fn expression(bencher: Bencher<'_, '_>, text: &str) {
    let source = SourceFile::new(RepoPath::new("bench.tf"), text);
    let parsed = parse_expression(&source);
    assert!(parsed.diagnostics.is_empty());
    let world = World::new();
    assert!(!evaluate(&parsed.tree, &source, &world).has_errors());
    bencher.bench_local(|| evaluate(black_box(&parsed.tree), &source, &world));
}

fn main() {
    divan::main();
}
