//! The judge: expressions answered by the real terraform and by Kilter, compared.
//!
//! What terraform answered is kept in `tests/golden/terraform-1.11.4/console.jsonl`, so that the table is judged without
//! one. `KILTER_RECORD=1 cargo test --test it oracle` asks anew; with a terraform on PATH random expressions are judged
//! as well (`KILTER_ORACLE_SEED`, `KILTER_ORACLE_CASES`).

mod calls;
mod configuration;
mod console;
mod defaults;
mod dice;
mod edit;
mod expressions;
mod kilter;
mod long;
mod ours;
mod question;
mod random;
mod recorded;
mod reduce;
mod sequences;
mod table;
mod terraform;
mod theirs;
mod verdict;
mod written;

pub use terraform::is_present;

use serde_json::{Value as Json, json};

/// One thing that is wrong with an expression: what, and where (line and column from 1 in the expression's own text).
#[derive(Debug, Clone, PartialEq)]
struct Fault {
    summary: String,
    detail: String,
    start: (u64, u64),
    end: (u64, u64),
}

/// What an expression gives, as a plan shows it.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "few of them, and only in a test")]
enum Answer {
    /// It has a value.
    Value {
        /// The type as JSON when the value is wholly known.
        ty: Json,
        /// The value with null in the place of what is unknown.
        after: Json,
        /// What is unknown.
        unknown: Json,
        /// What is sensitive.
        sensitive: Json,
    },
    /// There is an infinity in it, which no plan can hold.
    Infinite,
    /// It is wrong.
    Faults(Vec<Fault>),
}

impl Answer {
    fn to_json(&self) -> Json {
        match self {
            Answer::Value { ty, after, unknown, sensitive } => {
                json!({"type": ty, "after": after, "unknown": unknown, "sensitive": sensitive})
            }
            Answer::Infinite => json!({"infinite": true}),
            Answer::Faults(faults) => {
                let faults = faults.iter().map(|fault| {
                    json!({"summary": fault.summary, "detail": fault.detail,
                           "start": [fault.start.0, fault.start.1], "end": [fault.end.0, fault.end.1]})
                });
                json!({"faults": faults.collect::<Vec<_>>()})
            }
        }
    }

    fn from_json(json: &Json) -> Answer {
        if json["infinite"] == true {
            return Answer::Infinite;
        }
        let Some(faults) = json["faults"].as_array() else {
            let part = |name: &str| json[name].clone();
            return Answer::Value {
                ty: part("type"),
                after: part("after"),
                unknown: part("unknown"),
                sensitive: part("sensitive"),
            };
        };
        let position = |json: &Json| (json[0].as_u64().unwrap(), json[1].as_u64().unwrap());
        Answer::Faults(
            faults
                .iter()
                .map(|fault| Fault {
                    summary: fault["summary"].as_str().unwrap().to_owned(),
                    detail: fault["detail"].as_str().unwrap().to_owned(),
                    start: position(&fault["start"]),
                    end: position(&fault["end"]),
                })
                .collect(),
        )
    }
}

/// The names that every expression may use, with the expression that gives each. The unknown ones come from resources
/// that are not there yet.
const LOCALS: &[(&str, &str)] = &[
    ("S", "sensitive(\"secret\")"),
    ("SN", "sensitive(7)"),
    ("SB", "sensitive(true)"),
    ("SL", "[sensitive(\"a\"), \"b\"]"),
    ("L", "tolist([\"a\", \"b\", \"c\"])"),
    ("LN", "tolist([3, 1, 2])"),
    ("M", "tomap({ a = 1, b = 2 })"),
    ("SET", "toset([\"b\", \"a\"])"),
    ("O", "{ name = \"x\", port = 80, tags = [\"t\"], none = null }"),
    ("LO", "tolist([{ id = \"a\", n = 1 }, { id = \"b\", n = 2 }])"),
    ("T", "[1, \"two\", true, null]"),
    ("N", "null"),
    ("TPL", "\"hello $${name}%%{ if n > 1 } many%%{ endif }\""),
];

/// Names of values that are known only after apply: name, type constraint and what terraform is given for it.
const UNKNOWNS: &[(&str, &str, &str)] = &[
    ("U", "string", "terraform_data.u.id"),
    ("UN", "number", "terraform_data.n.output"),
    ("UB", "bool", "terraform_data.b.output"),
    ("UL", "list(string)", "terraform_data.l.output"),
    ("UM", "map(string)", "terraform_data.m.output"),
    ("US", "set(string)", "terraform_data.s.output"),
    ("UO", "object({ a = string, b = number })", "terraform_data.o.output"),
    ("UT", "tuple([string, number])", "terraform_data.t.output"),
    ("UD", "any", "jsondecode(terraform_data.u.id)"),
];

/// The resources behind [`UNKNOWNS`].
const RESOURCES: &str = r#"
resource "terraform_data" "u" {}
resource "terraform_data" "n" { input = 1 }
resource "terraform_data" "b" { input = true }
resource "terraform_data" "l" { input = tolist(["a"]) }
resource "terraform_data" "m" { input = tomap({ a = "x" }) }
resource "terraform_data" "s" { input = toset(["a"]) }
resource "terraform_data" "o" { input = { a = "x", b = 1 } }
resource "terraform_data" "t" { input = ["x", 1] }
"#;

/// Files that expressions may read, next to the configuration.
const FILES: &[(&str, &str)] = &[
    ("hello.tmpl", "hello ${name}, %{ for i, x in items }${i}=${x};%{ endfor }\n"),
    ("wrap.tmpl", "${v}"),
    ("broken.tmpl", "a ${ b"),
    ("nested.tmpl", "${templatefile(\"wrap.tmpl\", { v = 1 })}"),
    ("bad.tmpl", "x=${a.b}"),
    ("plain.txt", "plain text"),
];
