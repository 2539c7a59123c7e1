//! Keys that an object literal sets twice.

use crate::lint::check::{Check, Run};
use std::collections::HashMap;

use crate::lang::syntax::ast::{Expr, ExprKind};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::lint::walk;
use crate::model::finding::{Level, Rule};
use crate::model::place::Span;
use crate::model::value::Str;

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_map_duplicate_keys",
    title: "Duplicate key",
    level: Level::Warning,
    explanation: "Of two equal keys in one object the last one wins silently. Remove one of them.",
    bad: r#"locals {
  tags = {
    a = 1
    a = 2
  }
}

output "tags" {
  value = local.tags
}
"#,
    good: r#"locals {
  tags = {
    a = 1
    b = 2
  }
}

output "tags" {
  value = local.tags
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_map_duplicate_keys.md",
};

fn check(module: &Module, report: &mut Report) {
    for file in module.files.iter().chain(&module.variable_files) {
        walk::expressions(&file.parsed.body, &mut |expr, _| {
            let ExprKind::Object(items) = &expr.kind else { return };
            let mut first: HashMap<Str, Span> = HashMap::new();
            for item in items {
                let Some(key) = constant(&item.key) else { continue };
                match first.get(&key) {
                    Some(earlier) => {
                        let place = file.source.place(*earlier);
                        let message = format!("The map key \"{key}\" is already set at {place}");
                        report.add(&file.source, item.key.span, message);
                    }
                    None => {
                        first.insert(key, item.key.span);
                    }
                }
            }
        });
    }
}

fn constant(key: &Expr) -> Option<Str> {
    match &key.kind {
        ExprKind::Literal(value) => match (value.as_number(), value.as_bool()) {
            (Some(number), _) => Some(Str::from(number.to_string())),
            (_, Some(flag)) => Some(Str::from(flag.to_string())),
            _ => None,
        },
        _ => key.bare_word().cloned().or_else(|| key.literal_text()),
    }
}
