//! Mocked providers that no run gets.

use std::sync::Arc;

use crate::lang::syntax::ast::{Block, Expr, ExprKind};
use crate::lint::check::{Check, Run};
use crate::lint::module::{Module, attribute_step};
use crate::lint::report::Report;
use crate::lint::rule::providers;
use crate::lint::test_file::TestFiles;
use crate::lint::walk;
use crate::model::finding::{Level, Rule};
use crate::model::value::Str;

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Tests(check));

static RULE: Rule = Rule {
    id: "kilter_test_unused_mock",
    title: "Mocked provider that no run gets",
    level: Level::Warning,
    explanation: "The mock takes nobody's place: every run names other provider configurations, or nothing in the modules under test uses a provider of this name and alias. Then either the mock is left over, or a run talks to the real provider where it was meant to talk to the mock. Name it in the run's providers, correct its name or alias, or remove it.",
    bad: r#"mock_provider "terraform" {
  alias = "fake"
}

run "three" {
  providers = {
    terraform = terraform
  }

  assert {
    condition     = output.size == 3
    error_message = "There are not three of them."
  }
}
"#,
    good: r#"mock_provider "terraform" {
  alias = "fake"
}

run "three" {
  providers = {
    terraform = terraform.fake
  }

  assert {
    condition     = output.size == 3
    error_message = "There are not three of them."
  }
}
"#,
    source: "https://developer.hashicorp.com/terraform/language/tests/mocking",
};

fn check(tests: &TestFiles<'_>, report: &mut Report) {
    for file in tests.files {
        let runs: Vec<&Arc<Block>> = file.parsed.body.blocks_of("run").collect();
        if runs.is_empty() {
            continue;
        }
        for mock in file.parsed.body.blocks_of("mock_provider") {
            let Some(name) = mock.labels.first().map(|label| &label.text) else { continue };
            let alias = match mock.body.attribute("alias") {
                None => None,
                Some(alias) => match alias.expr.literal_text() {
                    Some(alias) => Some(alias),
                    None => continue,
                },
            };
            let wanted = Reference { name: name.clone(), alias };
            if runs.iter().any(|run| may_get(tests, run, &wanted)) {
                continue;
            }
            let written = match &wanted.alias {
                Some(alias) => format!("{name}.{alias}"),
                None => name.to_string(),
            };
            report.add(&file.source, mock.header, format!("No run uses the mocked provider {written}"));
        }
    }
}

#[derive(PartialEq)]
struct Reference {
    name: Str,
    alias: Option<Str>,
}

fn may_get(tests: &TestFiles<'_>, run: &Block, wanted: &Reference) -> bool {
    match run.body.attribute("providers").map(|providers| &providers.expr.kind) {
        Some(ExprKind::Object(items)) if !items.is_empty() => {
            items.iter().any(|item| reference(&item.value).is_none_or(|named| named == *wanted))
        }
        _ => tests.under_test(run).is_none_or(|module| may_use(module, wanted)),
    }
}

/// Whether a module may use a configuration: the modules it calls are not looked into.
fn may_use(module: &Module, wanted: &Reference) -> bool {
    match &wanted.alias {
        Some(alias) => aliases(module).iter().any(|known| *known == (wanted.name.clone(), alias.clone())),
        None => {
            let calls = module.blocks("module").next().is_some();
            calls
                || providers::used(module).iter().any(|used| used.name == wanted.name)
                || providers::required(module).iter().any(|required| required.name == wanted.name)
        }
    }
}

/// The aliased configurations that a module declares, expects or refers to.
fn aliases(module: &Module) -> Vec<(Str, Str)> {
    let mut found: Vec<(Str, Str)> = module.used.provider_aliases.iter().cloned().collect();
    for (_, block) in module.blocks("provider") {
        let alias = block.body.attribute("alias").and_then(|alias| alias.expr.literal_text());
        found.extend(block.labels.first().map(|label| label.text.clone()).zip(alias));
    }
    for (_, block) in module.blocks("terraform") {
        // `configuration_aliases = [aws.west]`
        walk::references(&block.body, &mut |traversal, _, _| {
            found.extend(attribute_step(traversal, 0).map(|alias| (traversal.root.text.clone(), alias.clone())));
        });
    }
    found
}

/// `aws.west`, also in quotes in JSON; `None` for anything else.
fn reference(expr: &Expr) -> Option<Reference> {
    if let Some(text) = expr.literal_text() {
        let (name, alias) = text.split_once('.').map_or((&*text, None), |(name, alias)| (name, Some(alias)));
        return Some(Reference { name: Str::from(name), alias: alias.map(Str::from) });
    }
    let ExprKind::Traversal(traversal) = &expr.kind else { return None };
    Some(Reference { name: traversal.root.text.clone(), alias: attribute_step(traversal, 0).cloned() })
}
