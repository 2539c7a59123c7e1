//! Modules that do not say which Terraform they need.

use crate::lang::syntax::ast::Block;
use crate::lint::check::{Check, Run};
use crate::lint::module::{Module, ModuleFile};
use crate::lint::report::Report;
use crate::model::finding::{Level, Rule};
use crate::model::place::Place;

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_required_version",
    title: "No required_version",
    level: Level::Warning,
    explanation: "Without terraform { required_version } somebody will run this with a version that reads it differently. Name the oldest version that it works with.",
    bad: r#"output "a" {
  value = 1
}
"#,
    good: r#"terraform {
  required_version = ">= 1.5"
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_required_version.md",
};

fn check(module: &Module, report: &mut Report) {
    let required = |(_, block): (_, &std::sync::Arc<Block>)| block.body.attribute("required_version").is_some();
    if module.files.is_empty() || !module.complete || module.blocks("terraform").any(required) {
        return;
    }
    let message = "terraform \"required_version\" attribute is required";
    if let Some((file, block)) = module.blocks("terraform").next() {
        return report.add(&file.source, block.header, message);
    }
    let is_main = |file: &&ModuleFile| file.source.path().file_name() == "main.tf";
    if let Some(file) = module.files.iter().find(is_main).or(module.files.first()) {
        report.add_at(Place::top_of(file.source.path().clone()), "", message);
    }
}
