//! Assertions that come out the same whatever the module does.

use std::collections::BTreeMap;

use crate::lang::syntax::ast::{BinaryOperator, Block, Expr, ExprKind, TemplatePart, Traversal};
use crate::lint::check::{Check, Run};
use crate::lint::module::{ModuleFile, attribute_step};
use crate::lint::report::Report;
use crate::lint::test_file::TestFiles;
use crate::lint::walk;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Tests(check));

static RULE: Rule = Rule {
    id: "kilter_test_constant_condition",
    title: "Assertion that says nothing about the module",
    level: Level::Warning,
    explanation: "The condition comes out the same whatever the module does: it compares something with itself, a length with less than nothing, or looks only at variables that the test itself sets. Compare what the module makes of its input with what it ought to make of it.",
    bad: r#"run "three" {
  variables {
    size = 3
  }

  assert {
    condition     = var.size == 3
    error_message = "It is not three."
  }
}
"#,
    good: r#"run "three" {
  variables {
    size = 3
  }

  assert {
    condition     = output.size == 3
    error_message = "The size is not handed on."
  }
}
"#,
    source: "https://developer.hashicorp.com/terraform/language/tests#assertions",
};

/// What a test sets variables to.
type Own<'a> = BTreeMap<&'a str, &'a Expr>;

fn check(tests: &TestFiles<'_>, report: &mut Report) {
    for file in tests.files {
        let shared: Own<'_> = own(file.parsed.body.blocks_of("variables").map(|block| &**block));
        for run in file.parsed.body.blocks_of("run") {
            let mut set = shared.clone();
            set.extend(own(run.body.blocks_of("variables").map(|block| &**block)));
            for assert in run.body.blocks_of("assert") {
                judge(assert, file, &set, report);
            }
        }
    }
}

fn own<'a>(blocks: impl Iterator<Item = &'a Block>) -> Own<'a> {
    let set = blocks.flat_map(|block| block.body.attributes());
    set.map(|attribute| (&*attribute.name.text, &*attribute.expr)).collect()
}

fn judge(assert: &Block, file: &ModuleFile, set: &Own<'_>, report: &mut Report) {
    let Some(condition) = assert.body.attribute("condition") else { return };
    let before = report.findings.len();
    parts(&condition.expr, &mut |part| {
        if let Some(why) = always_true(part, file) {
            report.add(&file.source, part.span, why);
        }
    });
    if report.findings.len() > before {
        return;
    }
    if let Some(names) = only_own(assert, set) {
        let message = format!(
            "The condition depends on nothing but what this test sets itself ({}): it says nothing about the module",
            names.join(", ")
        );
        report.add(&file.source, condition.expr.span, message);
    }
}

/// The parts that must all hold.
fn parts<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    match &expr.kind {
        ExprKind::Parens(inner) => parts(inner, visit),
        // All of an expression in JSON.
        ExprKind::Template(template) => match template.parts.as_slice() {
            [TemplatePart::Interpolation { expr, .. }] => parts(expr, visit),
            _ => visit(expr),
        },
        ExprKind::Binary { operator: BinaryOperator::And, left, right } => {
            parts(left, visit);
            parts(right, visit);
        }
        _ => visit(expr),
    }
}

/// Why an expression is true whatever its references are.
fn always_true(expr: &Expr, file: &ModuleFile) -> Option<String> {
    use BinaryOperator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Or};
    let ExprKind::Binary { operator, left, right } = &expr.kind else { return None };
    let text = |expr: &Expr| file.source.slice(expr.span).split_whitespace().collect::<Vec<_>>().join(" ");
    match operator {
        Or if is_true(left) || is_true(right) => {
            Some("One side of || is true, so the condition always holds".to_owned())
        }
        Equal | LessOrEqual | GreaterOrEqual if !is_fickle(left) && text(left) == text(right) => {
            Some(format!("{} is compared with itself, so the condition always holds", text(left)))
        }
        GreaterOrEqual if is_length(left) && is_number(right, 0) => Some(never_less(&text(left))),
        Greater if is_length(left) && is_number(right, -1) => Some(never_less(&text(left))),
        LessOrEqual if is_length(right) && is_number(left, 0) => Some(never_less(&text(right))),
        Less if is_length(right) && is_number(left, -1) => Some(never_less(&text(right))),
        _ => None,
    }
}

fn never_less(length: &str) -> String {
    format!("{length} is never less than 0, so the condition always holds")
}

fn is_true(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Parens(inner) => is_true(inner),
        ExprKind::Literal(value) => value.as_bool() == Some(true),
        _ => false,
    }
}

fn is_number(expr: &Expr, number: i64) -> bool {
    match &expr.kind {
        ExprKind::Literal(value) => value.as_number().and_then(|it| it.to_i64()) == Some(number),
        ExprKind::Unary { operand, .. } => number < 0 && is_number(operand, -number),
        _ => false,
    }
}

fn is_length(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { name, .. } if matches!(&*name.text, "length" | "core::length"))
}

/// Functions that answer differently each time.
fn is_fickle(expr: &Expr) -> bool {
    let mut fickle = false;
    expr.each_within(&mut |inner| {
        if let ExprKind::Call { name, .. } = &inner.kind {
            fickle |= matches!(name.text.trim_start_matches("core::"), "uuid" | "bcrypt" | "timestamp");
        }
    });
    fickle
}

/// The variables that a condition depends on, when it depends on nothing else and the test sets them all.
fn only_own(assert: &Block, set: &Own<'_>) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut others = false;
    walk::references(&assert.body, &mut |traversal, _, context| {
        if context.argument() != "condition" {
            return;
        }
        match own_variable(traversal, set) {
            Some(name) if names.contains(&name) => {}
            Some(name) => names.push(name),
            None => others = true,
        }
    });
    (!others && !names.is_empty()).then_some(names)
}

/// A variable that is what the test sets it to. Inside an object, or instead of null, a default may speak.
fn own_variable(traversal: &Traversal, set: &Own<'_>) -> Option<String> {
    if &*traversal.root.text != "var" || traversal.steps.len() != 1 {
        return None;
    }
    let name = attribute_step(traversal, 0)?;
    let value = set.get(&**name)?;
    let is_null = matches!(&value.kind, ExprKind::Literal(value) if value.is_null());
    let is_plain = matches!(&value.kind, ExprKind::Literal(_)) || value.literal_text().is_some();
    (is_plain && !is_null).then(|| format!("var.{name}"))
}
