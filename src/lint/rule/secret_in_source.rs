//! Passwords and keys written into arguments.

use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Attribute, Expr, ExprKind};
use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::lint::walk::{self, Context};
use crate::model::finding::{Level, Rule};
use crate::model::value::Str;

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "kilter_secret_in_source",
    title: "Secret in the source",
    level: Level::Error,
    explanation: "A password or key in the source is in every clone and in the history for ever. Revoke it, take it out, and pass it in through a sensitive variable, the environment or a secret store.",
    bad: r#"resource "aws_db_instance" "db" {
  password = "hunter2hunter2"
}

terraform {
  required_version = ">= 1.5"
}
"#,
    good: r#"variable "db_password" {
  type      = string
  sensitive = true
}

resource "aws_db_instance" "db" {
  password = var.db_password
}
"#,
    source: "https://cwe.mitre.org/data/definitions/798.html",
};

/// Words in the name of an argument that hold a secret.
const SECRET_WORDS: [&str; 9] =
    ["password", "passwd", "passphrase", "secret", "secret_key", "api_key", "access_key", "private_key", "token"];
/// Ends of names that are about a secret and are none.
const HARMLESS_ENDS: [&str; 22] = [
    "_id",
    "_arn",
    "_name",
    "_path",
    "_file",
    "_length",
    "_ttl",
    "_type",
    "_version",
    "_url",
    "_uri",
    "_policy",
    "_algorithm",
    "_enabled",
    "_count",
    "_days",
    "_wo_version",
    "_ref",
    "_key_name",
    "_prefix",
    "_keepers",
    "_required",
];

fn check(module: &Module, report: &mut Report) {
    for file in module.files.iter().chain(&module.variable_files) {
        walk::expressions(&file.parsed.body, &mut |expr, context| {
            let Some(attribute) = context.attribute else { return };
            match &expr.kind {
                ExprKind::Object(items) => {
                    for item in items {
                        let name = item.key.bare_word().cloned().or_else(|| item.key.literal_text());
                        let text = item.value.literal_text();
                        if let (Some(name), Some(text)) = (name, text) {
                            judge_named(&name, &text, &item.value, &file.source, report);
                        }
                    }
                }
                ExprKind::Template(_) | ExprKind::Literal(_) => {
                    let Some(text) = expr.literal_text() else { return };
                    let is_whole = std::ptr::eq(expr, &*attribute.expr);
                    let name = is_whole.then(|| name_of(attribute, context)).flatten();
                    let told = name.is_some_and(|name| judge_named(&name, &text, expr, &file.source, report));
                    if !told {
                        judge_text(&text, expr, &file.source, report);
                    }
                }
                _ => {}
            }
        });
    }
}

/// The name that says what a value is: a variable's own for its default.
fn name_of(attribute: &Attribute, context: &Context<'_>) -> Option<Str> {
    match (context.inner_kind(), &*attribute.name.text) {
        ("variable", "default") => context.blocks.last()?.labels.first().map(|label| label.text.clone()),
        ("variable" | "output", _) => None,
        _ => Some(attribute.name.text.clone()),
    }
}

/// Whether the name says that the text is a secret; if so it is reported.
fn judge_named(name: &str, text: &str, expr: &Expr, source: &SourceFile, report: &mut Report) -> bool {
    let is_secret = is_secret_name(name) && !is_placeholder(text);
    if is_secret {
        let message = format!("`{name}` has a secret written into the source");
        report.add(source, expr.span, message);
    }
    is_secret
}

/// Texts that are secrets whatever they are called.
fn judge_text(text: &str, expr: &Expr, source: &SourceFile, report: &mut Report) {
    let is_private_key = text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----");
    if is_private_key {
        report.add(source, expr.span, "A private key is written into the source");
    } else if is_access_key(text) {
        report.add(source, expr.span, "A cloud access key is written into the source");
    }
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if HARMLESS_ENDS.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    SECRET_WORDS.iter().any(|word| name == *word || name.ends_with(&format!("_{word}")))
}

/// Empty, an address into a secret store, or a word that says "put it here".
fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let told = [
        "changeme",
        "change-me",
        "change_me",
        "replace",
        "example",
        "placeholder",
        "dummy",
        "todo",
        "xxx",
        "your-",
        "your_",
    ];
    let reference = ["arn:", "vault:", "ssm:", "op://", "projects/", "http://", "https://", "/"];
    text.trim().len() < 4
        || text.starts_with('<')
        || told.iter().any(|word| lower.contains(word))
        || reference.iter().any(|start| lower.starts_with(start))
        || lower.bytes().all(|byte| byte == b'*' || byte == b'x')
}

/// `AKIA` and sixteen capitals or digits.
fn is_access_key(text: &str) -> bool {
    ["AKIA", "ASIA"].iter().any(|start| {
        text.match_indices(start).any(|(at, _)| {
            let rest = text.as_bytes().get(at + 4..at + 20).unwrap_or(&[]);
            let next = text.as_bytes().get(at + 20).copied().unwrap_or(b' ');
            let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            rest.len() == 16 && rest.iter().all(is_part) && !is_part(&next)
        })
    })
}
