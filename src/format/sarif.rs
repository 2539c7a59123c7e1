//! SARIF 2.1.0 of lint findings: rules with their help, levels, fingerprints, suppressions. Written only.

use std::collections::BTreeMap;

use serde_sarif::sarif::{
    ArtifactLocation, Location, Message, MultiformatMessageString, PhysicalLocation, Region, ReportingConfiguration,
    ReportingDescriptor, Result as ResultOut, ResultLevel, Run, SCHEMA_URL, Sarif, Suppression, Tool, ToolComponent,
};

use crate::model::finding::{Finding, Level, Rule};
use crate::model::place::Place;
use crate::model::value::json;

/// Writes findings, with every rule that could have found something.
///
/// # Errors
/// Never for findings; the signature is that of all writers.
pub fn write(version: &str, rules: &[&'static Rule], findings: &[Finding]) -> Result<Vec<u8>, json::JsonFault> {
    let mut listed: Vec<&'static Rule> = rules.to_vec();
    for finding in findings {
        if !listed.iter().any(|rule| rule.id == finding.rule.id) {
            listed.push(finding.rule);
        }
    }
    listed.sort_by_key(|rule| rule.id);
    let driver = ToolComponent::builder()
        .name("kilter")
        .version(version)
        .rules(listed.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>())
        .build();
    let results: Vec<ResultOut> = findings.iter().map(|finding| result(&listed, finding)).collect();
    let run = Run::builder().tool(Tool::builder().driver(driver).build()).results(results).build();
    let log = Sarif::builder().schema(SCHEMA_URL).version("2.1.0").runs(vec![run]).build();
    let mut bytes = json::pretty(&log)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let plain =
        format!("{}\n\nBad:\n{}\n\nGood:\n{}\n\nSource: {}", rule.explanation, rule.bad, rule.good, rule.source);
    let markdown = format!(
        "{}\n\n**Bad**\n```\n{}\n```\n**Good**\n```\n{}\n```\n{}",
        rule.explanation, rule.bad, rule.good, rule.source
    );
    let help = MultiformatMessageString::builder().text(plain).markdown(markdown).build();
    let level = ReportingConfiguration::builder().level(rule.level.word()).build();
    let mut out = ReportingDescriptor::builder()
        .id(rule.id)
        .name(rule.id)
        .short_description(text(rule.title))
        .full_description(text(rule.explanation))
        .help(help)
        .default_configuration(level)
        .build();
    if rule.source.starts_with("https://") {
        out.help_uri = Some(rule.source.to_owned());
    }
    out
}

fn level(level: Level) -> ResultLevel {
    match level {
        Level::Note => ResultLevel::Note,
        Level::Warning => ResultLevel::Warning,
        Level::Error => ResultLevel::Error,
    }
}

fn result(rules: &[&'static Rule], finding: &Finding) -> ResultOut {
    let index = rules.iter().position(|rule| rule.id == finding.rule.id).and_then(|at| i64::try_from(at).ok());
    let fingerprints = BTreeMap::from([("kilter/v1".to_owned(), finding.fingerprint.to_string())]);
    let mut out = ResultOut::builder()
        .rule_id(finding.rule.id)
        .level(level(finding.level))
        .message(Message::builder().text(finding.message.as_str()).build())
        .locations(vec![location(&finding.place)])
        .partial_fingerprints(fingerprints)
        .build();
    out.rule_index = index;
    if let Some(comment) = &finding.suppressed {
        let suppression = Suppression::builder().kind("inSource").justification(comment.to_string()).build();
        out.suppressions = Some(vec![suppression]);
    }
    out
}

fn location(place: &Place) -> Location {
    let artifact = ArtifactLocation::builder().uri(uri(place.path.as_str())).build();
    let end = if place.end > place.start { place.end } else { place.start };
    let region = Region::builder()
        .start_line(i64::from(place.start.line.max(1)))
        .start_column(i64::from(place.start.column.max(1)))
        .end_line(i64::from(end.line.max(1)))
        .end_column(i64::from(end.column.max(1)))
        .build();
    let physical = PhysicalLocation::builder().artifact_location(artifact).region(region).build();
    Location::builder().physical_location(physical).build()
}

/// A path as a relative URI reference.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("my stack/ä.tf"), "my%20stack/%C3%A4.tf");
    }
}
