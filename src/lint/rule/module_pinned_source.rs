//! Modules from version control without a fixed revision.

use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_module_pinned_source",
    title: "Module source not pinned",
    level: Level::Warning,
    explanation: "A module from a git or Mercurial repo without a fixed revision is another one tomorrow, and nobody's commit says so. Add ?ref= (or ?rev=) with a tag or a commit.",
    bad: r#"module "vpc" {
  source = "git::https://example.com/vpc.git"
}
"#,
    good: r#"module "vpc" {
  source = "git::https://example.com/vpc.git?ref=v1.2.0"
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_module_pinned_source.md",
};

/// Branches that move.
const BRANCHES: [&str; 4] = ["master", "main", "default", "develop"];

fn check(module: &Module, report: &mut Report) {
    for (file, block) in module.blocks("module") {
        let Some(attribute) = block.body.attribute("source") else { continue };
        let Some(source) = attribute.expr.literal_text().filter(|source| is_from_version_control(source)) else {
            continue;
        };
        let revision = revision(&source);
        let message = match revision {
            None => format!("Module source \"{source}\" is not pinned"),
            Some(branch) if BRANCHES.contains(&branch) => {
                format!("Module source \"{source}\" uses a default branch as {} ({branch})", parameter(&source))
            }
            Some(_) => continue,
        };
        report.add(&file.source, attribute.expr.span, message);
    }
}

fn is_from_version_control(source: &str) -> bool {
    let prefixes = ["git::", "hg::", "git@", "github.com/", "bitbucket.org/", "ssh://git@"];
    let address = source.split('?').next().unwrap_or(source);
    let is_repo = address.contains("://") && (address.ends_with(".git") || address.contains(".git//"));
    prefixes.iter().any(|prefix| source.starts_with(prefix)) || is_repo
}

fn parameter(source: &str) -> &'static str {
    if source.starts_with("hg::") { "rev" } else { "ref" }
}

fn revision(source: &str) -> Option<&str> {
    let query = source.split_once('?')?.1;
    let wanted = parameter(source);
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == wanted).map(|(_, value)| value)
}
