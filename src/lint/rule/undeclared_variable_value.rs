//! Values in tfvars files for variables that nobody declares.

use std::collections::HashSet;

use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "kilter_undeclared_variable_value",
    title: "Value for undeclared variable",
    level: Level::Warning,
    explanation: "A tfvars file sets a variable that this module does not declare, so the value goes nowhere. Correct the name, declare the variable, or remove the line.",
    bad: "regoin = \"eu-central-1\"\n",
    good: "# Every name that is set here is a variable of the module.\n",
    source: "https://developer.hashicorp.com/terraform/language/values/variables",
};

fn check(module: &Module, report: &mut Report) {
    if !module.complete {
        return;
    }
    let labels = module.blocks("variable").filter_map(|(_, block)| block.labels.first());
    let declared: HashSet<&str> = labels.map(|label| &*label.text).collect();
    for file in &module.variable_files {
        let unknown = |name: &str| !declared.contains(name);
        for value in file.parsed.body.attributes().filter(|value| unknown(&value.name.text)) {
            let message = format!("No variable named \"{}\" is declared in this module", value.name.text);
            report.add(&file.source, value.name.span, message);
        }
    }
}
