//! Variables that a test sets and no module under test declares.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::lang::syntax::ast::Block;
use crate::lint::check::{Check, Run};
use crate::lint::module::{Module, ModuleFile};
use crate::lint::report::Report;
use crate::lint::rule::hint::hint;
use crate::lint::test_file::{TestFiles, name, refers};
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Tests(check));

static RULE: Rule = Rule {
    id: "kilter_test_undeclared_variable",
    title: "Test sets an undeclared variable",
    level: Level::Warning,
    explanation: "The module under test declares no variable of this name, and nothing in the test refers to it either, so the value goes nowhere: the run tests the default instead of what it says. Correct the name, or remove the line. For all runs of a file terraform says nothing about it, for one run it warns.",
    bad: r#"run "three" {
  variables {
    sise = 3
  }

  assert {
    condition     = output.size == 3
    error_message = "The size is not handed on."
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
    source: "https://developer.hashicorp.com/terraform/language/tests#variables",
};

fn check(tests: &TestFiles<'_>, report: &mut Report) {
    for file in tests.files {
        of_file(tests, file, report);
        for run in file.parsed.body.blocks_of("run") {
            of_run(tests, file, run, report);
        }
    }
}

fn declared(module: &Module) -> BTreeSet<&str> {
    let labels = module.blocks("variable").filter_map(|(_, block)| block.labels.first());
    labels.map(|label| &*label.text).collect()
}

fn of_run(tests: &TestFiles<'_>, file: &ModuleFile, run: &Arc<Block>, report: &mut Report) {
    let Some(module) = tests.under_test(run) else { return };
    let set: Vec<_> = run.body.blocks_of("variables").flat_map(|block| block.body.attributes()).collect();
    if set.is_empty() {
        return;
    }
    let declared = declared(module);
    for variable in set {
        let known = &*variable.name.text;
        if declared.contains(known) || refers(run, "var", known) {
            continue;
        }
        let message = format!(
            "run \"{}\" sets \"{known}\", which the module under test does not declare{}",
            name(run),
            hint(known, declared.iter().copied())
        );
        report.add(&file.source, variable.name.span, message);
    }
}

fn of_file(tests: &TestFiles<'_>, file: &ModuleFile, report: &mut Report) {
    let body = &file.parsed.body;
    let set: Vec<_> = body.blocks_of("variables").flat_map(|block| block.body.attributes()).collect();
    if set.is_empty() {
        return;
    }
    if body.blocks_of("run").next().is_none() {
        return;
    }
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for run in body.blocks_of("run") {
        // What is not known may declare anything.
        let Some(module) = tests.under_test(run) else { return };
        known.extend(declared(module));
    }
    for variable in set {
        let name = &*variable.name.text;
        if known.contains(name) || body.blocks().any(|block| refers(block, "var", name)) {
            continue;
        }
        let message = format!(
            "The file sets \"{name}\", which no module that its runs test declares{}",
            hint(name, known.iter().copied())
        );
        report.add(&file.source, variable.name.span, message);
    }
}
