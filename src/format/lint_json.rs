//! `kilter lint --format json`: `{"findings":[…],"diagnostics":[…]}`.

use serde::Serialize;

use super::diagnostic_json::{self, DiagnosticOut};
use crate::model::diagnostic::Diagnostic;
use crate::model::finding::Finding;

#[derive(Serialize)]
struct All<'a> {
    findings: Vec<One<'a>>,
    diagnostics: Vec<DiagnosticOut>,
}

#[derive(Serialize)]
struct One<'a> {
    rule: &'a str,
    level: &'a str,
    message: &'a str,
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    fingerprint: &'a str,
    suppressed: Option<&'a str>,
}

/// The whole object.
pub fn write(findings: &[Finding], diagnostics: &[Diagnostic]) -> Vec<u8> {
    let all = All {
        findings: findings.iter().map(one).collect(),
        diagnostics: diagnostics.iter().map(|found| diagnostic_json::out(found, &|_| None)).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&all).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn one(finding: &Finding) -> One<'_> {
    One {
        rule: finding.rule.id,
        level: finding.level.word(),
        message: &finding.message,
        path: finding.place.path.as_str(),
        line: finding.place.start.line,
        column: finding.place.start.column,
        end_line: finding.place.end.line,
        end_column: finding.place.end.column,
        fingerprint: &finding.fingerprint,
        suppressed: finding.suppressed.as_deref(),
    }
}
