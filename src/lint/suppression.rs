//! Comments that say "I know": `# tflint-ignore: rule1, rule2` on the line or above it, `# tflint-ignore-file: rule` at
//! the top, and the same with `kilter-ignore`.

use std::collections::HashMap;

use crate::lang::syntax::{SourceFile, TokenKind, tokens};
use crate::model::finding::Finding;
use crate::model::value::Str;

/// The comments of one file that suppress something.
#[derive(Default)]
pub(super) struct Suppressions {
    by_line: HashMap<u32, Vec<Ignore>>,
    of_file: Vec<Ignore>,
}

struct Ignore {
    rules: Vec<String>,
    comment: Str,
}

impl Ignore {
    fn covers(&self, rule: &str) -> bool {
        self.rules.iter().any(|name| name == rule || name == "all")
    }
}

impl Suppressions {
    /// Those of a file; cheap for the many that have none.
    pub(super) fn of(source: &SourceFile) -> Self {
        let text = source.text();
        if !text.contains("tflint-ignore") && !text.contains("kilter-ignore") {
            return Suppressions::default();
        }
        let path = source.path().as_str();
        if [".tf", ".tfvars", ".tofu", ".hcl"].iter().any(|extension| path.ends_with(extension)) {
            Self::of_native(source)
        } else {
            Self::of_hash_comments(text)
        }
    }

    fn of_native(source: &SourceFile) -> Self {
        let mut found = Suppressions::default();
        let mut code_on_line = 0;
        for token in tokens(source) {
            let line = source.position(token.span.start).line;
            if token.kind == TokenKind::Comment {
                found.add(source.slice(token.span), line, code_on_line == line);
            } else if !token.kind.is_trivia() {
                code_on_line = source.position(token.span.end).line;
            }
        }
        found
    }

    fn of_hash_comments(text: &str) -> Self {
        let mut found = Suppressions::default();
        for (index, line) in text.lines().enumerate() {
            if let Some(at) = line.find("# ").or_else(|| line.find('#')) {
                found.add(&line[at..], index as u32 + 1, !line[..at].trim().is_empty());
            }
        }
        found
    }

    fn add(&mut self, comment: &str, line: u32, after_code: bool) {
        let text = comment.trim_start_matches(['#', '/', '*']).trim();
        let Some(rest) = text.strip_prefix("tflint-ignore").or_else(|| text.strip_prefix("kilter-ignore")) else {
            return;
        };
        let (whole_file, rules) = match (rest.strip_prefix("-file:"), rest.strip_prefix(':')) {
            (Some(rules), _) => (true, rules),
            (None, Some(rules)) => (false, rules),
            (None, None) => return,
        };
        // What follows a second sign is the reason: `# tflint-ignore: rule # because`.
        let names = rules.split('#').next().unwrap_or("").trim_end_matches("*/");
        let rules = names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        let ignore = Ignore { rules, comment: Str::from(comment.trim_end()) };
        if whole_file {
            self.of_file.push(ignore);
        } else {
            self.by_line.entry(if after_code { line } else { line + 1 }).or_default().push(ignore);
        }
    }

    /// Marks a finding that a comment covers.
    pub(super) fn apply(&self, finding: &mut Finding) {
        let here = self.by_line.get(&finding.place.start.line);
        let ignore = here.into_iter().flatten().chain(&self.of_file).find(|ignore| ignore.covers(finding.rule.id));
        finding.suppressed = ignore.map(|ignore| ignore.comment.clone());
    }
}
