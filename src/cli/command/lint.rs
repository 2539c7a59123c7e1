//! `kilter lint [STACK]`: findings with their explanations.

use crate::cli::Here;
use crate::cli::args::{Lint as Args, Threshold};
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::{Format, Paint, Tone, safe, say, write_out};
use crate::cli::text;
use crate::format::{github, lint_json, sarif};
use crate::lint::{all_rules, find_rule};
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::finding::{Finding, Level, Rule};
use crate::runtime::work::lint::lint_all;
use crate::runtime::work::scan;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    if let Some(id) = &args.explain {
        return explain(id);
    }
    let outputs = here.outputs(&[Format::Text, Format::Json, Format::Sarif, Format::Github])?;
    let world = here.world()?;
    let stacks = scan::named(&world, &args.stacks.stack).map_err(|fault| Fault::user(fault.to_string()))?;
    let (findings, diagnostics) = lint_all(&world, &stacks);
    outputs.write(&|format, paint| match format {
        Format::Json => lint_json::write(&findings, &diagnostics),
        Format::Sarif => {
            let rules: Vec<&'static Rule> = all_rules().collect();
            sarif::write(env!("CARGO_PKG_VERSION"), &rules, &findings).unwrap_or_default()
        }
        Format::Github => github::findings(&findings).into_bytes(),
        _ => as_text(&findings, &diagnostics, paint).into_bytes(),
    })?;
    if !outputs.is_text() {
        diagnostics.iter().for_each(|diagnostic| say(&text::diagnostic_line(diagnostic)));
    }
    let threshold = match args.threshold {
        Some(Threshold::Note) => Level::Note,
        Some(Threshold::Warning) => Level::Warning,
        Some(Threshold::Error) => Level::Error,
        None => world.settings.lint.threshold,
    };
    let counts = |finding: &&Finding| finding.suppressed.is_none() && finding.level >= threshold;
    Ok(match (has_errors(&diagnostics), findings.iter().any(|finding| counts(&finding))) {
        (true, _) => Exit::Broke,
        (false, true) => Exit::Findings,
        (false, false) => Exit::Fine,
    })
}

fn as_text(findings: &[Finding], diagnostics: &[Diagnostic], paint: &Paint) -> String {
    let mut out = text::diagnostics(diagnostics, paint);
    for finding in findings.iter().filter(|finding| finding.suppressed.is_none()) {
        let (tone, sign) = match finding.level {
            Level::Error => (Tone::Bad, paint.sign("✗", "x")),
            Level::Warning => (Tone::Warn, "!"),
            Level::Note => (Tone::Muted, paint.sign("·", ".")),
        };
        out += &format!(
            "{} {}  {}  {}\n",
            paint.tone(tone, sign),
            safe(&finding.place.to_string()),
            safe(&finding.message),
            paint.tone(Tone::Muted, finding.rule.id)
        );
    }
    let shown = findings.iter().filter(|finding| finding.suppressed.is_none()).count();
    let suppressed = findings.len() - shown;
    out += &text::counted(shown, "finding", "findings");
    if suppressed > 0 {
        out += &format!(", {suppressed} suppressed by comments");
    }
    if shown > 0 {
        out += "; `kilter lint --explain RULE` says why, with a bad and a good example";
    }
    out + "\n"
}

fn explain(id: &str) -> Result<Exit, Fault> {
    let Some(rule) = find_rule(id) else {
        let known: Vec<&str> = all_rules().map(|rule| rule.id).collect();
        return Err(Fault::user(format!("there is no rule `{id}`")).hint(format!("there are: {}", known.join(", "))));
    };
    write_out(explained(rule).as_bytes());
    Ok(Exit::Fine)
}

fn explained(rule: &Rule) -> String {
    let indented = |text: &str| text.trim_end().lines().map(|line| format!("    {line}\n")).collect::<String>();
    format!(
        "{}  ({})\n{}\n\n{}\n\n  Bad:\n{}\n  Good:\n{}\n  {}\n",
        rule.id,
        rule.level.word(),
        rule.title,
        rule.explanation.trim(),
        indented(rule.bad),
        indented(rule.good),
        rule.source
    )
}
