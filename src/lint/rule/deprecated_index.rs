//! Indexes written as attributes: `list.0`.

use crate::lang::syntax::ast::{ExprKind, StepKind};
use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::lint::walk;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_deprecated_index",
    title: "Legacy index",
    level: Level::Warning,
    explanation: "`list.0` is the index syntax of Terraform 0.11. Write list[0].",
    bad: r#"output "first" {
  value = terraform_data.all.0.id
}

resource "terraform_data" "all" {
  count = 2
}
"#,
    good: r#"output "first" {
  value = terraform_data.all[0].id
}

resource "terraform_data" "all" {
  count = 2
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_deprecated_index.md",
};

fn check(module: &Module, report: &mut Report) {
    for file in module.files.iter().filter(|file| !file.is_json()) {
        walk::expressions(&file.parsed.body, &mut |expr, _| {
            let steps = match &expr.kind {
                ExprKind::Traversal(traversal) => &traversal.steps,
                ExprKind::Relative { steps, .. } => steps,
                _ => return,
            };
            for step in steps {
                let is_legacy = file.source.slice(step.span).starts_with('.');
                if matches!(step.kind, StepKind::Index(_)) && is_legacy {
                    report.add(&file.source, step.span, "List items should be accessed using square brackets");
                }
            }
        });
    }
}
