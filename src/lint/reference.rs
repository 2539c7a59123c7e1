//! The page of all rules, made from the catalogue so that it cannot lag behind it.

use std::fmt::Write as _;

use super::catalogue::CHECKS;
use super::check::{Check, Run};

/// `docs/rules.md`.
pub fn reference() -> String {
    let mut page = String::from(
        "# Lint rules\n\nMade from the catalogue in `src/lint/`; do not edit.\n\nA rule is turned off or given another level in `kilter.toml` (`[lint.rules]`), or turned off in a repo's own\n`.tflint.hcl`. A comment `# tflint-ignore: RULE` or `# kilter-ignore: RULE` on the line or above it suppresses a finding;\n`# tflint-ignore-file: RULE` suppresses it in the whole file.\n\n| rule | level | about |\n|---|---|---|\n",
    );
    let mut checks: Vec<&Check> = CHECKS.iter().collect();
    checks.sort_by_key(|check| check.rule.id);
    // Writing into a String cannot fail.
    for check in &checks {
        let off = if check.by_default { "" } else { " (off by default)" };
        let (id, level, title) = (check.rule.id, check.rule.level.word(), check.rule.title);
        let _ = writeln!(page, "| `{id}` | {level}{off} | {title} |");
    }
    for check in &checks {
        let language = match check.run {
            Run::Terraform(_) | Run::Tests(_) => "hcl",
            Run::Yaml(_) => "yaml",
            Run::ChefMetadata(_) => "ruby",
        };
        let rule = check.rule;
        let explanation = rule.explanation;
        let _ = write!(
            page,
            "\n## {}\n\n{explanation}\n\nBad:\n\n```{language}\n{}```\n\nGood:\n\n```{language}\n{}```\n\nSource: <{}>\n",
            rule.id, rule.bad, rule.good, rule.source
        );
    }
    page
}
