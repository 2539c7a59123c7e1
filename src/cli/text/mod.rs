//! Reports as text for people.

pub mod plan;

use super::output::{Paint, Tone, safe};
use crate::model::diagnostic::{Diagnostic, Severity};

/// A diagnostic in one line: `main.tf:3: error: Unsupported argument: …`.
pub fn diagnostic_line(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.subject.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let word = word(diagnostic.severity);
    let detail = diagnostic.detail.lines().next().unwrap_or("");
    let joined = if detail.is_empty() { String::new() } else { format!(": {detail}") };
    safe(&format!("{place}{word}: {}{joined}", diagnostic.summary))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A diagnostic in full.
pub fn diagnostic(diagnostic: &Diagnostic, paint: &Paint) -> String {
    let tone = match diagnostic.severity {
        Severity::Warning => Tone::Warn,
        Severity::Error => Tone::Bad,
    };
    let mut out =
        format!("{}: {}\n", paint.tone(tone, word(diagnostic.severity)), paint.tone(Tone::Strong, &diagnostic.summary));
    if let Some(place) = &diagnostic.subject {
        let about = diagnostic.address.as_ref().map(|address| format!(", in {address}")).unwrap_or_default();
        out += &format!("  at {}{}\n", safe(&place.to_string()), safe(&about));
    }
    for line in diagnostic.detail.lines() {
        out += &format!("  {}\n", safe(line));
    }
    out
}

/// Several diagnostics in full.
pub fn diagnostics(list: &[Diagnostic], paint: &Paint) -> String {
    list.iter().map(|one| diagnostic(one, paint)).collect()
}

/// `1 site`, `2 sites`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The beginning of a commit's id, as far as people read it.
pub fn commit(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// A duration as people say it: `4 ms`, `1.2 s`, `3 min`.
pub fn duration(took: std::time::Duration) -> String {
    let millis = took.as_millis();
    match millis {
        0 => "< 1 ms".to_owned(),
        1..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{:.1} s", took.as_secs_f64()),
        _ => format!("{} min", millis / 60_000),
    }
}
