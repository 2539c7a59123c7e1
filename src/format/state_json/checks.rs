//! What checks found, as a state file keeps it.

use super::fault::{StateFault, malformed};
use super::wire::{CheckObjectWire, CheckWire};
use crate::model::check::{CheckInstance, CheckKind, CheckResult, CheckStatus};
use crate::model::value::Str;

pub(super) fn check(wire: CheckWire) -> Result<CheckResult, StateFault> {
    let kind = match wire.object_kind.as_str() {
        "resource" => CheckKind::Resource,
        "output" | "output_value" => CheckKind::OutputValue,
        "check" => CheckKind::Check,
        "var" => CheckKind::InputVariable,
        other => return Err(malformed(format!("`{other}` is not a kind of checked object"))),
    };
    let object = |wire: CheckObjectWire| CheckInstance {
        address: wire.object_addr.into(),
        status: status(&wire.status),
        problems: wire.failure_messages.into_iter().map(Str::from).collect(),
    };
    Ok(CheckResult {
        kind,
        address: wire.config_addr.into(),
        status: status(&wire.status),
        instances: wire.objects.unwrap_or_default().into_iter().map(object).collect(),
    })
}

/// The status that a word names; what is not known counts as unknown.
pub(in crate::format) fn status(word: &str) -> CheckStatus {
    match word {
        "pass" => CheckStatus::Pass,
        "fail" => CheckStatus::Fail,
        "error" => CheckStatus::Error,
        _ => CheckStatus::Unknown,
    }
}

pub(super) fn checks_out(checks: &[CheckResult]) -> Option<Vec<CheckWire>> {
    if checks.is_empty() {
        return None;
    }
    let object = |instance: &CheckInstance| CheckObjectWire {
        object_addr: instance.address.to_string(),
        status: instance.status.word().to_owned(),
        failure_messages: instance.problems.iter().map(ToString::to_string).collect(),
    };
    let mut wires: Vec<CheckWire> = checks
        .iter()
        .map(|check| CheckWire {
            object_kind: match check.kind {
                CheckKind::OutputValue => "output",
                other => other.word(),
            }
            .to_owned(),
            config_addr: check.address.to_string(),
            status: check.status.word().to_owned(),
            objects: (!check.instances.is_empty()).then(|| check.instances.iter().map(object).collect()),
        })
        .collect();
    wires.sort_by(|a, b| (&a.object_kind, &a.config_addr).cmp(&(&b.object_kind, &b.config_addr)));
    Some(wires)
}
