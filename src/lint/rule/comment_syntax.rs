//! One-line comments that begin with `//`.

use crate::lang::syntax::{TokenKind, tokens};
use crate::lint::check::{Check, Run};
use crate::lint::module::Module;
use crate::lint::report::Report;
use crate::model::finding::{Level, Rule};
use crate::model::place::Span;

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "terraform_comment_syntax",
    title: "Comment with //",
    level: Level::Warning,
    explanation: "Terraform's style is # for comments of one line. // works, and mixes two habits in one repo.",
    bad: r#"// how many
locals {
  a = 1
}

output "a" {
  value = local.a
}
"#,
    good: r#"# how many
locals {
  a = 1
}

output "a" {
  value = local.a
}
"#,
    source: "https://github.com/terraform-linters/tflint-ruleset-terraform/blob/main/docs/rules/terraform_comment_syntax.md",
};

fn check(module: &Module, report: &mut Report) {
    let native = module.files.iter().chain(&module.variable_files).filter(|file| !file.is_json());
    for file in native.filter(|file| file.source.text().contains("//")) {
        for token in tokens(&file.source).iter().filter(|token| token.kind == TokenKind::Comment) {
            let text = file.source.slice(token.span);
            if text.starts_with("//") {
                let end = token.span.start + text.trim_end().len() as u32;
                report.add(&file.source, Span::new(token.span.start, end), "Single line comments should begin with #");
            }
        }
    }
}
