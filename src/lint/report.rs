//! Collects the findings of a run and gives them fingerprints that survive moved lines.

use std::collections::HashMap;

use crate::lang::syntax::SourceFile;
use crate::model::finding::{Finding, Level, Rule};
use crate::model::place::{Place, Span};
use crate::model::value::Str;

/// The findings so far, and the rule that is being checked.
pub(super) struct Report {
    rule: &'static Rule,
    level: Level,
    pub(super) findings: Vec<Finding>,
    /// How often the same text was found in the same file by the same rule.
    seen: HashMap<u64, u32>,
}

impl Report {
    pub(super) fn new(rule: &'static Rule) -> Self {
        Report { rule, level: rule.level, findings: Vec::new(), seen: HashMap::new() }
    }

    /// What is added from now on breaks `rule`.
    pub(super) fn start(&mut self, rule: &'static Rule, level: Level) {
        self.rule = rule;
        self.level = level;
    }

    /// Adds a finding about a part of a file.
    pub(super) fn add(&mut self, source: &SourceFile, span: Span, message: impl Into<String>) {
        self.add_at(source.place(span), source.slice(span), message);
    }

    /// Adds a finding about a file as a whole; `text` tells it from others.
    pub(super) fn add_at(&mut self, place: Place, text: &str, message: impl Into<String>) {
        let key = hash([self.rule.id, place.path.as_str(), text]);
        let nth = self.seen.entry(key).or_insert(0);
        *nth += 1;
        let fingerprint =
            Str::from(format!("{:016x}", hash([format!("{key:016x}").as_str(), nth.to_string().as_str()])));
        self.findings.push(Finding {
            rule: self.rule,
            level: self.level,
            message: message.into(),
            place,
            fingerprint,
            suppressed: None,
        });
    }
}

/// FNV-1a: stable over versions and machines, and nobody has a reason to forge a finding.
fn hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}
