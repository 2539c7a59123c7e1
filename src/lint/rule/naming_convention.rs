//! Names that are not in snake_case.

use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::Name;
use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_naming_convention",
    title: "Name not in snake_case",
    level: Level::Note,
    explanation: "Names of variables, outputs, local values, modules and resources are lower case with single underscores between words: that is how everyone else's look, and how they read in addresses.",
    bad: r#"output "siteUrl" {
  value = 1
}
"#,
    good: r#"output "site_url" {
  value = 1
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_naming_convention.md",
};

fn check(module: &Module, report: &mut Report) {
    for file in &module.files {
        for block in file.parsed.body.blocks() {
            let kind = &*block.kind.text;
            let named = match kind {
                "variable" | "output" | "module" | "check" => block.labels.first(),
                "resource" | "data" | "ephemeral" => block.labels.get(1),
                _ => None,
            };
            if let Some(name) = named {
                judge(kind, name, &file.source, report);
            }
            if kind == "locals" {
                for local in block.body.attributes() {
                    judge("local value", &local.name, &file.source, report);
                }
            }
        }
    }
}

fn judge(kind: &str, name: &Name, source: &SourceFile, report: &mut Report) {
    if !is_snake_case(&name.text) {
        let message = format!("{kind} name `{}` must match the following format: snake_case", name.text);
        report.add(source, name.span, message);
    }
}

fn is_snake_case(name: &str) -> bool {
    let starts = name.starts_with(|char: char| char.is_ascii_lowercase());
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    starts && name.split('_').all(word)
}
