//! Expected failures of what cannot fail.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::lang::syntax::ast::{Block, ExprKind, Traversal};
use crate::lint::check::{Check, Run};
use crate::lint::module::{Module, attribute_step};
use crate::lint::report::Report;
use crate::lint::rule::hint::hint;
use crate::lint::test_file::TestFiles;
use crate::model::finding::{Level, Rule};
use crate::model::value::Str;

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Tests(check));

static RULE: Rule = Rule {
    id: "kilter_test_expect_failures",
    title: "Expected failure of what cannot fail",
    level: Level::Error,
    explanation: "The module under test declares nothing of this name, or nothing in it can fail: a variable without a validation, an output without a precondition, a resource without conditions. The run always ends in an error that says only that the failure did not happen. Correct the name, or write the condition that the test is about.",
    bad: r#"run "nothing_is_refused" {
  command = plan

  variables {
    size = 0
  }

  expect_failures = [var.sise]
}
"#,
    good: r#"run "nothing_is_refused" {
  command = plan

  variables {
    size = 0
  }

  expect_failures = [var.size]
}
"#,
    source: "https://developer.hashicorp.com/terraform/language/tests#expecting-failures",
};

fn check(tests: &TestFiles<'_>, report: &mut Report) {
    for file in tests.files {
        for run in file.parsed.body.blocks_of("run") {
            let expected = run.body.attribute("expect_failures").map(|expected| &expected.expr.kind);
            let (Some(ExprKind::Tuple(items)), Some(module)) = (expected, tests.under_test(run)) else { continue };
            for item in items {
                let ExprKind::Traversal(traversal) = &item.kind else { continue };
                if let Some(message) = judge(traversal, module) {
                    report.add(&file.source, item.span, message);
                }
            }
        }
    }
}

/// What is wrong with an expected failure. What can never be expected to fail is for terraform to refuse.
fn judge(traversal: &Traversal, module: &Module) -> Option<String> {
    let first = attribute_step(traversal, 0)?;
    match &*traversal.root.text {
        "var" => named(module, "variable", first, "var", "an input variable", "validation"),
        "output" => named(module, "output", first, "output", "an output value", "precondition"),
        "check" => named(module, "check", first, "check", "a check", "assert"),
        "data" => object(module, "data", first, attribute_step(traversal, 1)?),
        "resource" => object(module, "resource", first, attribute_step(traversal, 1)?),
        "local" | "module" | "run" | "path" | "each" | "count" | "self" | "terraform" | "ephemeral" => None,
        _ => object(module, "resource", &traversal.root.text, first),
    }
}

fn named(module: &Module, kind: &str, name: &Str, root: &str, what: &str, condition: &str) -> Option<String> {
    let of_name = |block: &&Arc<Block>| block.labels.first().is_some_and(|label| label.text == *name);
    let found: Vec<&Arc<Block>> = module.blocks(kind).map(|(_, block)| block).filter(of_name).collect();
    if found.is_empty() {
        let all = module.blocks(kind).filter_map(|(_, block)| block.labels.first());
        let near = hint(name, all.map(|label| &*label.text).collect::<BTreeSet<_>>());
        return Some(format!("{root}.{name} cannot fail: {what} of that name is not declared{near}"));
    }
    let can_fail = found.iter().any(|block| block.body.blocks_of(condition).next().is_some());
    (!can_fail).then(|| format!("{root}.{name} cannot fail: it has no {condition} block"))
}

fn object(module: &Module, mode: &str, kind: &Str, name: &Str) -> Option<String> {
    let address = if mode == "data" { format!("data.{kind}.{name}") } else { format!("{kind}.{name}") };
    let is_it = |block: &&Arc<Block>| {
        &*block.kind.text == mode
            && matches!(block.labels.as_slice(), [first, second] if first.text == *kind && second.text == *name)
    };
    let found: Vec<&Arc<Block>> = module.resources().map(|(_, block)| block).filter(is_it).collect();
    if found.is_empty() {
        let mut nested = module.blocks("check").flat_map(|(_, check)| check.body.blocks_of("data"));
        return match nested.find(is_it) {
            Some(_) => Some(format!("{address} cannot fail by itself: its check does, expect that instead")),
            None => Some(format!("{address} cannot fail: it is not declared")),
        };
    }
    let conditions = |block: &Arc<Block>| {
        let mut lifecycles = block.body.blocks_of("lifecycle");
        lifecycles.any(|it| it.body.blocks().any(|it| matches!(&*it.kind.text, "precondition" | "postcondition")))
    };
    let can_fail = found.iter().any(|block| conditions(block));
    (!can_fail).then(|| format!("{address} cannot fail: it has neither a precondition nor a postcondition"))
}
