//! What the oracle cannot judge: the two kinds of unknown, limits, locals, references.

use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::SystemTime;

use super::{Answer, Evaluation, evaluate, evaluate_for_console, evaluate_with, references};
use crate::lang::inputs::{InputEntry, InputKind, Inputs, Resolved};
use crate::lang::syntax::ast::{StepKind, Traversal};
use crate::lang::syntax::{SourceFile, parse_expression};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::RepoPath;
use crate::model::value::{Type, UnknownSource, Value};

/// `local.later` is known after apply, `local.unasked` was not asked for; nothing else exists.
struct World;

impl Inputs for World {
    fn reference(&self, traversal: &Traversal) -> Result<Resolved, Box<Diagnostic>> {
        let value = match traversal.steps.first().map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) => match &**name {
                "later" => Value::unknown(Type::String),
                "unasked" => Value::not_asked(Type::String, "data.x.y"),
                "list" => Value::not_asked(Type::list(Type::String), "data.x.y"),
                "flag" => Value::not_asked(Type::Bool, "data.x.y"),
                "object" => Value::not_asked(Type::object([("a", Type::Number)]), "data.x.y"),
                "long" => Value::tuple((0..1000).map(Value::int).collect::<Vec<_>>()),
                _ => return Err(Box::new(Diagnostic::error("Reference to undeclared local value", "none"))),
            },
            _ => return Err(Box::new(Diagnostic::error("Reference to undeclared resource", "none"))),
        };
        Ok(Resolved { value, consumed: 1 })
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

fn ask(text: &str) -> Evaluation {
    let source = SourceFile::new(RepoPath::new("test.tf"), text);
    let parsed = parse_expression(&source);
    assert_eq!(parsed.diagnostics, [], "{text}");
    evaluate(&parsed.tree, &source, &World)
}

fn source_of(text: &str) -> UnknownSource {
    let evaluation = ask(text);
    assert_eq!(evaluation.diagnostics, [], "{text}");
    evaluation.value.as_unknown().unwrap_or_else(|| panic!("{text} is known")).source.clone()
}

#[test]
fn not_asked_stays_not_asked_through_every_form() {
    for text in [
        "local.unasked",
        "\"a-${local.unasked}\"",
        "\"%{ for x in local.list }${x}%{ endfor }\"",
        "\"%{ if local.flag }a%{ else }b%{ endif }\"",
        "local.unasked == \"x\"",
        "!local.flag",
        "local.flag && true",
        "length(local.list) + 1",
        "local.object.a",
        "local.object[\"a\"]",
        "local.list[0]",
        "local.list[*]",
        "[for x in local.list : x]",
        "{ for x in local.list : x => 1 }",
        "[for x in [1, 2] : x if local.flag]",
        "{ (local.unasked) = 1 }",
        "local.flag ? \"a\" : \"b\"",
        "local.flag ? local.later : \"b\"",
        "upper(local.unasked)",
        "join(\",\", local.list)",
        "toset(local.list)",
        "try(local.unasked, 1)",
        "can(local.unasked)",
        "tolist(local.list)[0]",
        "merge(local.object, { b = 1 })",
        "flatten([local.list])",
        "jsonencode({ a = local.unasked })",
        "format(\"%s\", local.unasked)",
        "max(local.list...)",
    ] {
        assert_eq!(source_of(text), UnknownSource::NotAsked("data.x.y".into()), "{text}");
    }
}

#[test]
fn known_after_apply_wins() {
    for text in ["\"${local.unasked}${local.later}\"", "local.later == local.unasked", "join(local.later, local.list)"]
    {
        assert_eq!(source_of(text), UnknownSource::AfterApply, "{text}");
    }
}

#[test]
fn limits_end_what_would_not_end() {
    let nested = "[for a in local.long : [for b in local.long : [for c in local.long : 1]]]";
    assert_eq!(ask(nested).diagnostics[0].summary, "Expression too large");
    // What fails again and again is not told a million times.
    for failing in
        ["1 + true", "rangg(c)", "local.nope", "local.long[*].nope", "\"%{ for d in local.long }${null}%{ endfor }\""]
    {
        let nested = format!("[for a in local.long : [for b in local.long : [for c in local.long : {failing}]]]");
        let count = ask(&nested).diagnostics.len();
        assert!((1..=3000).contains(&count), "{failing}: {count}");
    }
    let hidden = "[for a in local.long : [for b in local.long : [for c in local.long : try(rangg(c), 1)]]]";
    assert_eq!(ask(hidden).diagnostics[0].summary, "Expression too large");
    let deep = format!("{}1{}", "[".repeat(150), "]".repeat(150));
    assert_eq!(ask(&deep).diagnostics, []);
    let chain = vec!["1"; 900].join(" + ");
    assert_eq!(ask(&chain).value, Value::int(900));
}

#[test]
fn undeclared_names_are_errors_wherever_they_stand() {
    for text in [
        "try(local.nope, 1)",
        "true ? 1 : local.nope",
        "[for x in [] : local.nope]",
        "can(local.nope)",
        "\"%{ for x in [] }${local.nope}%{ endfor }\"",
        "nosuchfunction(local.nope)",
        "try(1, local.nope)",
    ] {
        let diagnostics = ask(text).diagnostics;
        assert_eq!(diagnostics.len(), 1, "{text}: {diagnostics:?}");
        assert_eq!(diagnostics[0].summary, "Reference to undeclared local value", "{text}");
        let at = text.find("local.nope").unwrap() as u32;
        assert_eq!(diagnostics[0].subject.as_ref().unwrap().start.byte, at, "{text}");
    }
}

#[test]
fn locals_go_before_everything_else() {
    let source = SourceFile::new(RepoPath::new("test.tf"), "thing.value + local.value");
    let parsed = parse_expression(&source);
    let local = Value::object([("value", Value::int(2))]);
    let locals = [("thing".into(), local.clone()), ("local".into(), local)];
    assert_eq!(evaluate_with(&parsed.tree, &source, &World, &locals).value, Value::int(4));
}

#[test]
fn references_leave_loop_variables_out() {
    let text =
        "{ for k, v in var.m : k => [v, local.a, [for v in v : \"${each.key}${v}\"]] if k != data.x.y.z[local.i].w }";
    let source = SourceFile::new(RepoPath::new("test.tf"), text);
    let parsed = parse_expression(&source);
    let roots: Vec<String> = references(&parsed.tree)
        .iter()
        .map(|traversal| source.slice(traversal.root.span).to_owned() + &format!("+{}", traversal.steps.len()))
        .collect();
    assert_eq!(roots, ["var+1", "local+1", "each+1", "data+3", "local+1"]);
    let keys = SourceFile::new(RepoPath::new("test.tf"), "{ a = 1, (b.c) = 2, \"${d.e}\" = 3 }");
    let parsed = parse_expression(&keys);
    let roots: Vec<&str> = references(&parsed.tree).iter().map(|traversal| &*traversal.root.text).collect();
    assert_eq!(roots, ["b", "d"]);
}

#[test]
fn the_console_knows_type() {
    let answer = |text: &str| {
        let source = SourceFile::new(RepoPath::new("console"), text);
        evaluate_for_console(&parse_expression(&source).tree, &source, &World)
    };
    let text = "tuple([\n    number,\n    object({\n        a: bool,\n    }),\n])";
    assert_eq!(answer("type([1, { a = true }])"), Answer::Type(text.to_owned()));
    let Answer::Value(misused) = answer("[type(1)]") else { panic!("a type inside a tuple") };
    assert_eq!(misused.diagnostics[0].summary, "Invalid use of type function");
    assert_eq!(
        answer("1 + 1"),
        Answer::Value(Evaluation { value: Value::int(2), diagnostics: Vec::new(), is_unresolved: false })
    );
}

proptest::proptest! {
    #[test]
    fn no_expression_panics(text in "[a-c0-9\\[\\]{}().,*?:=+\"$%~ !&|<>-]{0,60}") {
        let source = SourceFile::new(RepoPath::new("test.tf"), text);
        let parsed = parse_expression(&source);
        evaluate(&parsed.tree, &source, &World);
    }
}
