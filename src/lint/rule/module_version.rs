//! Modules from a registry without a version.

use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_module_version",
    title: "Registry module without version",
    level: Level::Warning,
    explanation: "A registry module without version is taken in whatever version is newest on the day of init. Add version.",
    bad: r#"module "vpc" {
  source = "terraform-aws-modules/vpc/aws"
}
"#,
    good: r#"module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.8.1"
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_module_version.md",
};

fn check(module: &Module, report: &mut Report) {
    for (file, block) in module.blocks("module") {
        let Some(source) = block.body.attribute("source").and_then(|source| source.expr.literal_text()) else {
            continue;
        };
        if is_from_registry(&source) && block.body.attribute("version").is_none() {
            let name = block.labels.first().map_or("", |label| &*label.text);
            report.add(&file.source, block.header, format!("module \"{name}\" should specify a version"));
        }
    }
}

/// `namespace/name/provider`, with a host before it or a directory after `//`.
fn is_from_registry(source: &str) -> bool {
    let address = source.split("//").next().unwrap_or(source);
    if source.contains("::") || source.contains("://") || source.starts_with('.') || source.starts_with('/') {
        return false;
    }
    let parts: Vec<&str> = address.split('/').collect();
    match parts.as_slice() {
        [_, _, _] => parts.iter().all(|part| is_plain(part)),
        [host, rest @ ..] if rest.len() == 3 => host.contains('.') && rest.iter().all(|part| is_plain(part)),
        _ => false,
    }
}

fn is_plain(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
