//! `"${x}"` where `x` says the same.

use crate::lang::syntax::ast::{ExprKind, TemplatePart};
use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::lint::walk;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_deprecated_interpolation",
    title: "Interpolation-only expression",
    level: Level::Warning,
    explanation: "Since Terraform 0.12 an expression needs no quotes around it: \"${var.x}\" is var.x. `terraform fmt` (and Kilter's) rewrites arguments that are nothing else.",
    bad: r#"locals {
  a = ["${path.module}"]
}

output "a" {
  value = local.a
}
"#,
    good: r#"locals {
  a = [path.module]
}

output "a" {
  value = local.a
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_deprecated_interpolation.md",
};

fn check(module: &Module, report: &mut Report) {
    for file in module.files.iter().filter(|file| !file.is_json()) {
        walk::expressions(&file.parsed.body, &mut |expr, _| {
            if let ExprKind::Template(template) = &expr.kind
                && let [TemplatePart::Interpolation { .. }] = template.parts.as_slice()
                && !template.heredoc
            {
                let message = "Interpolation-only expressions are deprecated in Terraform v0.12.14";
                report.add(&file.source, expr.span, message);
            }
        });
    }
}
