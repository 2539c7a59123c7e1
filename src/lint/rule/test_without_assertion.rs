//! Runs of tests that assert nothing, and test files without a run.

use std::sync::Arc;

use crate::lang::syntax::ast::Block;
use crate::lint::check::{Check, Run};
use crate::lint::report::Report;
use crate::lint::test_file::{TestFiles, asserts, name, refers};
use crate::model::finding::{Level, Rule};
use crate::model::place::Place;

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Tests(check));

static RULE: Rule = Rule {
    id: "kilter_test_without_assertion",
    title: "Run without an assertion",
    level: Level::Warning,
    explanation: "A run without an assertion and without an expected failure is green whatever the module makes, as long as it makes something. Say what must hold. Runs that prepare are left alone: those of another module, those that a later run refers to, and those that apply what a later run looks at.",
    bad: r#"run "it_plans" {
  command = plan
}
"#,
    good: r#"run "it_plans" {
  command = plan

  assert {
    condition     = output.size == 3
    error_message = "There are not three of them unless somebody says otherwise."
  }
}
"#,
    source: "https://developer.hashicorp.com/terraform/language/tests#assertions",
};

fn check(tests: &TestFiles<'_>, report: &mut Report) {
    for file in tests.files {
        let runs: Vec<&Arc<Block>> = file.parsed.body.blocks_of("run").collect();
        if runs.is_empty() {
            let place = Place::top_of(file.source.path().clone());
            report.add_at(place, "", "This test file has no run: nothing is tested");
        }
        for (at, run) in runs.iter().enumerate() {
            if !asserts(run) && !prepares(run, &runs[at + 1..]) {
                let message = format!("run \"{}\" asserts nothing", name(run));
                report.add(&file.source, run.header, message);
            }
        }
    }
}

/// Whether a run is there for others.
fn prepares(run: &Block, later: &[&Arc<Block>]) -> bool {
    let applies = |run: &Block| {
        let command = run.body.attribute("command").and_then(|command| command.expr.bare_word());
        command.is_none_or(|word| &**word == "apply")
    };
    let state = |run: &Block| run.body.attribute("state_key").and_then(|key| key.expr.literal_text());
    let is_of_another_module = |run: &Block| run.body.blocks_of("module").next().is_some();
    let looked_at = |other: &&Arc<Block>| !is_of_another_module(other) && state(other) == state(run) && asserts(other);
    is_of_another_module(run)
        || later.iter().any(|other| refers(other, "run", name(run)))
        || (applies(run) && later.iter().any(looked_at))
}
