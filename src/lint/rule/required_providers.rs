//! Providers that are used without a version constraint.

use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::lint::rule::providers;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_required_providers",
    title: "Provider without version constraint",
    level: Level::Warning,
    explanation: "A provider that is not in required_providers with a version is taken in whatever version is newest on the day of init. Name its source and the versions that this works with.",
    bad: r#"resource "aws_instance" "web" {
}

terraform {
  required_version = ">= 1.5"
}
"#,
    good: r#"terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

resource "aws_instance" "web" {
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_required_providers.md",
};

fn check(module: &Module, report: &mut Report) {
    if !module.complete {
        return;
    }
    let required = providers::required(module);
    for used in providers::used(module) {
        if &*used.name == "terraform" || required.iter().any(|entry| entry.name == used.name && entry.versioned) {
            continue;
        }
        let message = match required.iter().any(|entry| entry.name == used.name) {
            true => format!("Missing version constraint for provider \"{}\" in `required_providers`", used.name),
            false => format!("Provider \"{}\" is used but not listed in `required_providers`", used.name),
        };
        report.add(&used.file.source, used.span, message);
    }
}
