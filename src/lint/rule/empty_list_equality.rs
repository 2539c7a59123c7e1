//! Comparisons with an empty tuple, which never hold.

use crate::lang::syntax::ast::{BinaryOperator, Expr, ExprKind};
use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::lint::walk;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_empty_list_equality",
    title: "Comparison with []",
    level: Level::Warning,
    explanation: "`x == []` is never true for a list: [] is a tuple, and == does not convert. Ask for length(x) == 0.",
    bad: r#"output "empty" {
  value = tolist([1]) == []
}
"#,
    good: r#"output "empty" {
  value = length(tolist([1])) == 0
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_empty_list_equality.md",
};

fn check(module: &Module, report: &mut Report) {
    for file in &module.files {
        walk::expressions(&file.parsed.body, &mut |expr, _| {
            if let ExprKind::Binary { operator, left, right } = &expr.kind
                && matches!(operator, BinaryOperator::Equal | BinaryOperator::NotEqual)
                && (is_empty_tuple(left) || is_empty_tuple(right))
            {
                let message = "Comparing a collection with an empty list is invalid. To detect an empty collection, check its length.";
                report.add(&file.source, expr.span, message);
            }
        });
    }
}

fn is_empty_tuple(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Tuple(items) if items.is_empty())
}
