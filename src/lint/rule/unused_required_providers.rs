//! Entries of `required_providers` that nothing uses.

use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::lint::rule::providers;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_unused_required_providers",
    title: "Unused required provider",
    level: Level::Warning,
    explanation: "Every entry of required_providers is downloaded by init, also when nothing uses it. Remove the entry.",
    bad: r#"terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
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
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_unused_required_providers.md",
};

fn check(module: &Module, report: &mut Report) {
    if !module.complete {
        return;
    }
    let used = providers::used(module);
    for entry in providers::required(module) {
        if !used.iter().any(|used| used.name == entry.name) {
            let message =
                format!("provider \"{}\" is declared in required_providers but not used by the module", entry.name);
            report.add(&entry.file.source, entry.span, message);
        }
    }
}
