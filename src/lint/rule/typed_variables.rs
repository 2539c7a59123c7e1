//! Variables without a type.

use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_typed_variables",
    title: "Variable without type",
    level: Level::Warning,
    explanation: "Without a type a variable takes anything, and a wrong value fails far from where it was given. Write the type, be it only string.",
    bad: r#"variable "size" {
  default = 3
}
"#,
    good: r#"variable "size" {
  type    = number
  default = 3
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_typed_variables.md",
};

fn check(module: &Module, report: &mut Report) {
    for (file, block) in module.blocks("variable").filter(|(_, block)| block.body.attribute("type").is_none()) {
        let name = block.labels.first().map_or("", |label| &*label.text);
        report.add(&file.source, block.header, format!("`{name}` variable has no type"));
    }
}
