//! Outputs without a description.

use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_documented_outputs",
    title: "Output without description",
    level: Level::Note,
    explanation: "The description of an output is what people read in the registry, in prompts and in generated documentation. One sentence is enough.",
    bad: r#"output "size" {
  value = 1
}
"#,
    good: r#"output "size" {
  description = "How many."
  value       = 1
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_documented_outputs.md",
};

fn check(module: &Module, report: &mut Report) {
    for (file, block) in module.blocks("output") {
        let name = block.labels.first().map_or("", |label| &*label.text);
        match block.body.attribute("description") {
            None => report.add(&file.source, block.header, format!("`{name}` output has no description")),
            Some(description) if description.expr.literal_text().is_some_and(|text| text.trim().is_empty()) => {
                report.add(&file.source, description.span, format!("`{name}` output has an empty description"));
            }
            Some(_) => {}
        }
    }
}
