//! The log that `terraform plan/apply/destroy/refresh/init -json` prints, one JSON object a line.
//!
//! For progress and diagnostics only: what a plan holds is asked of `show -json`, whose words differ.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::diagnostic_json::DiagnosticIn;
use crate::model::action::Action;
use crate::model::address::ResourceInstanceAddress;
use crate::model::diagnostic::Diagnostic;

/// One line of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// What it says to a person.
    pub message: String,
    /// What it says to a program.
    pub event: LogEvent,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum LogEvent {
    /// Which terraform speaks.
    Version(String),
    /// Something is wrong.
    Diagnostic(Box<Diagnostic>),
    /// One change of the plan.
    Planned {
        /// Where.
        address: ResourceInstanceAddress,
        /// What.
        action: Action,
        /// Where it was before a move.
        previous: Option<ResourceInstanceAddress>,
    },
    /// A difference between the state and the real object.
    Drift {
        /// Where.
        address: ResourceInstanceAddress,
        /// What.
        action: Action,
    },
    /// How many changes were planned or made.
    Summary {
        /// `plan`, `apply` or `destroy`.
        operation: String,
        /// New objects.
        add: usize,
        /// Changed in place.
        change: usize,
        /// Destroyed.
        remove: usize,
        /// Imported.
        import: usize,
    },
    /// An object is looked at.
    Refreshing(ResourceInstanceAddress),
    /// An object was looked at.
    Refreshed(ResourceInstanceAddress),
    /// Work on an object began.
    Started {
        /// Which.
        address: ResourceInstanceAddress,
        /// What is done to it.
        action: Action,
    },
    /// Work on an object goes on.
    Working {
        /// Which.
        address: ResourceInstanceAddress,
        /// For how long already.
        took: Duration,
    },
    /// Work on an object is done.
    Done {
        /// Which.
        address: ResourceInstanceAddress,
        /// What was done to it.
        action: Action,
        /// How long it took, in whole seconds.
        took: Duration,
    },
    /// Work on an object failed; why follows as a diagnostic.
    Failed {
        /// Which.
        address: ResourceInstanceAddress,
        /// What was tried.
        action: Action,
        /// How long it took, in whole seconds.
        took: Duration,
    },
    /// A provisioner began, ended or failed; the message says which.
    Provisioner(ResourceInstanceAddress),
    /// A provisioner printed a line.
    ProvisionerLine {
        /// Of which object.
        address: ResourceInstanceAddress,
        /// The line.
        line: String,
    },
    /// The names of the outputs.
    Outputs(Vec<String>),
    /// A word from terraform that concerns no object (`Stopping operation...`), or a line that is not JSON.
    Note,
}

#[derive(Deserialize)]
struct LineIn {
    #[serde(rename = "@message", default)]
    message: String,
    #[serde(rename = "type", default)]
    kind: String,
    terraform: Option<String>,
    diagnostic: Option<DiagnosticIn>,
    change: Option<ChangeIn>,
    changes: Option<SummaryIn>,
    hook: Option<HookIn>,
    outputs: Option<BTreeMap<String, serde::de::IgnoredAny>>,
}

#[derive(Deserialize)]
struct ResourceIn {
    addr: String,
}

#[derive(Deserialize)]
struct ChangeIn {
    resource: ResourceIn,
    previous_resource: Option<ResourceIn>,
    #[serde(default)]
    action: String,
}

#[derive(Deserialize)]
struct SummaryIn {
    #[serde(default)]
    operation: String,
    #[serde(default)]
    add: usize,
    #[serde(default)]
    change: usize,
    #[serde(default)]
    remove: usize,
    #[serde(default)]
    import: usize,
}

#[derive(Deserialize)]
struct HookIn {
    resource: ResourceIn,
    #[serde(default)]
    action: String,
    elapsed_seconds: Option<u64>,
    output: Option<String>,
}

/// The action that a word of the log means; the words are not those of `show -json`.
fn action(word: &str) -> Action {
    match word {
        "create" => Action::Create,
        "read" => Action::Read,
        "update" => Action::Update,
        "replace" => Action::DeleteThenCreate,
        "delete" => Action::Delete,
        "remove" => Action::Forget,
        _ => Action::NoOp,
    }
}

/// Reads one line. A line that cannot be read is a note: nothing terraform prints is lost.
pub fn read_line(line: &str) -> LogLine {
    match serde_json::from_str::<LineIn>(line) {
        Ok(mut wire) => {
            let message = std::mem::take(&mut wire.message);
            LogLine { message, event: event(wire).unwrap_or(LogEvent::Note) }
        }
        Err(_) => LogLine { message: line.to_owned(), event: LogEvent::Note },
    }
}

fn event(wire: LineIn) -> Option<LogEvent> {
    let parse = |resource: &ResourceIn| ResourceInstanceAddress::parse(&resource.addr).ok();
    match wire.kind.as_str() {
        "version" => wire.terraform.map(LogEvent::Version),
        "diagnostic" => wire.diagnostic.map(|found| LogEvent::Diagnostic(Box::new(found.into_diagnostic()))),
        "planned_change" => {
            let change = wire.change?;
            let previous = change.previous_resource.as_ref().and_then(parse);
            Some(LogEvent::Planned { address: parse(&change.resource)?, action: action(&change.action), previous })
        }
        "resource_drift" => {
            let change = wire.change?;
            Some(LogEvent::Drift { address: parse(&change.resource)?, action: action(&change.action) })
        }
        "change_summary" => wire.changes.map(|summary| LogEvent::Summary {
            operation: summary.operation,
            add: summary.add,
            change: summary.change,
            remove: summary.remove,
            import: summary.import,
        }),
        "outputs" => wire.outputs.map(|outputs| LogEvent::Outputs(outputs.into_keys().collect())),
        kind => hook_event(kind, wire.hook?),
    }
}

fn hook_event(kind: &str, hook: HookIn) -> Option<LogEvent> {
    let address = ResourceInstanceAddress::parse(&hook.resource.addr).ok()?;
    let action = action(&hook.action);
    let took = Duration::from_secs(hook.elapsed_seconds.unwrap_or(0));
    Some(match kind {
        "refresh_start" => LogEvent::Refreshing(address),
        "refresh_complete" => LogEvent::Refreshed(address),
        "apply_start" => LogEvent::Started { address, action },
        "apply_progress" => LogEvent::Working { address, took },
        "apply_complete" => LogEvent::Done { address, action, took },
        "apply_errored" => LogEvent::Failed { address, action, took },
        "provision_start" | "provision_complete" | "provision_errored" => LogEvent::Provisioner(address),
        "provision_progress" => LogEvent::ProvisionerLine { address, line: hook.output.unwrap_or_default() },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_log_line_is_still_shown() {
        assert_eq!(read_line("plain words"), LogLine { message: "plain words".to_owned(), event: LogEvent::Note });
        let odd = read_line(r#"{"@message":"m","type":"apply_start","hook":{"resource":{"addr":"??"}}}"#);
        assert_eq!(odd, LogLine { message: "m".to_owned(), event: LogEvent::Note });
    }
}
