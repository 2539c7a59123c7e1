//! Variables, local values, data sources and provider aliases that nothing refers to.

use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_unused_declarations",
    title: "Unused declaration",
    level: Level::Warning,
    explanation: "Nothing refers to it. A variable, local value, data source or provider alias that nobody uses costs every reader a search, and a data source also a request in every plan. Remove it, or use it.",
    bad: r#"variable "region" {
  type = string
}
"#,
    good: r#"variable "region" {
  type = string
}

output "region" {
  value = var.region
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_unused_declarations.md",
};

fn check(module: &Module, report: &mut Report) {
    if !module.complete {
        return;
    }
    for (file, block) in module.blocks("variable") {
        if let Some(name) = block.labels.first()
            && !module.used.variables.contains(&name.text)
        {
            report.add(&file.source, block.header, format!("variable \"{}\" is declared but not used", name.text));
        }
    }
    for (file, block) in module.blocks("locals") {
        for local in block.body.attributes().filter(|local| !module.used.locals.contains(&local.name.text)) {
            let message = format!("local.{} is declared but not used", local.name.text);
            report.add(&file.source, local.name.span, message);
        }
    }
    for (file, block) in module.blocks("data") {
        if let [kind, name] = block.labels.as_slice()
            && !module.used.data.contains(&(kind.text.clone(), name.text.clone()))
        {
            let message = format!("data \"{}\" \"{}\" is declared but not used", kind.text, name.text);
            report.add(&file.source, block.header, message);
        }
    }
    aliases(module, report);
}

fn aliases(module: &Module, report: &mut Report) {
    for (file, block) in module.blocks("provider") {
        let alias = block.body.attribute("alias").and_then(|alias| alias.expr.literal_text());
        if let (Some(name), Some(alias)) = (block.labels.first(), alias)
            && !module.used.provider_aliases.contains(&(name.text.clone(), alias.clone()))
        {
            let message = format!("provider \"{}\" with alias \"{alias}\" is declared but not used", name.text);
            report.add(&file.source, block.header, message);
        }
    }
}
