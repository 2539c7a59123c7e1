//! Variables outside of variables.tf and outputs outside of outputs.tf.

use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check)).off_by_default();

static RULE: Rule = Rule {
    id: "terraform_standard_module_structure",
    title: "Not the standard module structure",
    level: Level::Note,
    explanation: "Readers look for variables in variables.tf, for outputs in outputs.tf and for everything else from main.tf on.",
    bad: r#"variable "a" {
  type = string
}

output "b" {
  value = var.a
}
"#,
    good: r#"# Variables stand in variables.tf, outputs in outputs.tf.
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_standard_module_structure.md",
};

fn check(module: &Module, report: &mut Report) {
    for (kind, home) in [("variable", "variables"), ("output", "outputs")] {
        for (file, block) in module.blocks(kind) {
            let name = file.source.path().file_name();
            if name.split('.').next() != Some(home) {
                let label = block.labels.first().map_or("", |label| &*label.text);
                let message = format!("{kind} \"{label}\" should be moved from {name} to {home}.tf");
                report.add(&file.source, block.header, message);
            }
        }
    }
}
