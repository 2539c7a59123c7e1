//! No expression makes the evaluator panic, hang or eat the machine. Run with `cargo +nightly fuzz run evaluate`.

#![no_main]

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::SystemTime;

use kilter::lang::expr::evaluate;
use kilter::lang::inputs::{InputEntry, InputKind, Inputs, Resolved};
use kilter::lang::syntax::ast::Traversal;
use kilter::lang::syntax::{SourceFile, parse_expression};
use kilter::model::diagnostic::Diagnostic;
use kilter::model::place::RepoPath;
use kilter::model::value::{Type, Value};
use libfuzzer_sys::fuzz_target;

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
        None
    }

    fn plan_time(&self) -> Option<SystemTime> {
        None
    }

    fn random(&self) -> Option<[u8; 16]> {
        None
    }
}

fuzz_target!(|text: &str| {
    let source = SourceFile::new(RepoPath::new("main.tf"), text);
    let parsed = parse_expression(&source);
    if parsed.diagnostics.is_empty() {
        evaluate(&parsed.tree, &source, &World);
    }
});
