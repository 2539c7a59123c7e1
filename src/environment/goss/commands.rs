//! The resources `command`, `process` and `matching`.

use super::matcher::{Found, Mismatch};
use super::plain::Plain;
use super::reach::Reach;
use super::resource::{Look, Resource, unknown};
use crate::sys::processes::Invocation;

/// What a command says and how it ends. Runs only in a trusted repo.
pub fn command(resource: &Resource, reach: &Reach<'_>) -> Look {
    let Some(run) = reach.run else {
        let why = "not run: this repo is not trusted to execute commands; `kilter trust` allows it";
        return Look::fault(Mismatch::Invalid(why.to_owned()));
    };
    let invocation = Invocation::new("sh", ["-c", &resource.named("exec")], reach.directory);
    let outcome = match run(&invocation, resource.timeout(10_000)) {
        Ok(outcome) => outcome,
        Err(why) => return Look::fault(Mismatch::Differs(format!("it did not run to its end: {why}"))),
    };
    let text = |bytes: &[u8]| Ok(Found::Stream(String::from_utf8_lossy(bytes).into_owned()));
    let mut look = Look::default();
    for entry in resource.expectations(&["exec", "timeout"]) {
        let found = match entry.key.as_str() {
            // A shell reports a signal as 128 plus its number.
            "exit-status" => {
                let code = outcome.code.unwrap_or_else(|| 128 + outcome.signal.unwrap_or(0));
                Ok(Found::Value(Plain::Number(f64::from(code))))
            }
            "stdout" => text(&outcome.stdout),
            "stderr" => text(&outcome.stderr),
            _ => Err(unknown(entry)),
        };
        look.compare(entry, found);
    }
    look
}

/// Whether a program of this name runs.
pub fn process(resource: &Resource, reach: &Reach<'_>) -> Look {
    /// The system keeps this much of a program's name.
    const KEPT: usize = 15;
    let named = resource.named("comm");
    let kept = named.char_indices().take_while(|(at, c)| at + c.len_utf8() <= KEPT).map(|(_, c)| c).collect::<String>();
    let running = reach.machine.program_names().contains(&kept);
    let mut look = Look::default();
    for entry in resource.expectations(&["comm"]) {
        let found = if entry.key == "running" { Ok(running.into()) } else { Err(unknown(entry)) };
        look.compare(entry, found);
    }
    look
}

/// A value written down against a matcher.
pub fn matching(resource: &Resource) -> Look {
    let mut look = Look::default();
    let content = resource.expected.get("content").cloned().unwrap_or(Plain::Null);
    for entry in resource.expectations(&["content"]) {
        let found = if entry.key == "matches" { Ok(Found::Value(content.clone())) } else { Err(unknown(entry)) };
        look.compare(entry, found);
    }
    look
}
