//! Checks as terraform's plan, state and test JSON tell them: writing and reading.

use serde::{Deserialize, Serialize};

use crate::format::state_json;
use crate::model::address::{InstanceKey, ModuleAddress, ResourceInstanceAddress};
use crate::model::check::{CheckInstance, CheckKind, CheckResult};
use crate::model::value::Str;

/// One checkable block, written.
#[derive(Serialize)]
pub(super) struct CheckOut {
    address: StaticOut,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    instances: Vec<InstanceOut>,
}

#[derive(Serialize)]
struct StaticOut {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    module: String,
    name: String,
    to_display: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    type_name: Option<String>,
}

#[derive(Serialize)]
struct InstanceOut {
    address: DynamicOut,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<ProblemOut>,
}

#[derive(Serialize)]
struct DynamicOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_key: Option<KeyOut>,
    #[serde(skip_serializing_if = "String::is_empty")]
    module: String,
    to_display: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum KeyOut {
    Int(i64),
    String(String),
}

#[derive(Serialize)]
struct ProblemOut {
    message: String,
}

/// All checks, sorted as terraform sorts them: by what it displays.
pub(super) fn checks(checks: &[CheckResult]) -> Vec<CheckOut> {
    let mut sorted: Vec<&CheckResult> = checks.iter().collect();
    sorted.sort_by(|a, b| a.address.cmp(&b.address));
    sorted.into_iter().map(check).collect()
}

fn check(check: &CheckResult) -> CheckOut {
    let mut instances: Vec<InstanceOut> = check.instances.iter().map(|i| instance(check.kind, i)).collect();
    instances.sort_by(|a, b| a.address.to_display.cmp(&b.address.to_display));
    CheckOut { address: static_address(check), status: check.status.word(), instances }
}

/// Cuts `module.a.module.b.REST` into the module and the rest.
fn split_module(address: &str) -> (ModuleAddress, &str) {
    let mut end = 0;
    let mut rest = address;
    while let Some(after) = rest.strip_prefix("module.") {
        let Some(name_end) = end_of_step(after) else { break };
        end += "module.".len() + name_end + 1;
        rest = &address[end.min(address.len())..];
    }
    let module = address[..end.saturating_sub(1)].to_owned();
    (ModuleAddress::parse(&module).unwrap_or_default(), rest)
}

/// Where the dot after `name` or `name["key"]` stands.
fn end_of_step(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '.' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn static_address(check: &CheckResult) -> StaticOut {
    let to_display = check.address.to_string();
    if let (CheckKind::Resource, Ok(address)) = (check.kind, ResourceInstanceAddress::parse(&to_display)) {
        return StaticOut {
            kind: check.kind.word(),
            mode: Some(address.resource.mode.word()),
            module: address.resource.module.to_string(),
            name: address.resource.name.to_string(),
            to_display,
            type_name: Some(address.resource.type_name.to_string()),
        };
    }
    let (module, rest) = split_module(&to_display);
    let name = rest.split_once('.').map_or(rest, |(_, name)| name).to_owned();
    StaticOut { kind: check.kind.word(), mode: None, module: module.to_string(), name, to_display, type_name: None }
}

fn instance(kind: CheckKind, instance: &CheckInstance) -> InstanceOut {
    let to_display = instance.address.to_string();
    let mut key = None;
    let module = match ResourceInstanceAddress::parse(&to_display) {
        Ok(address) if kind == CheckKind::Resource => {
            key = address.key.map(|key| match key {
                InstanceKey::Int(index) => KeyOut::Int(index),
                InstanceKey::String(text) => KeyOut::String(text.to_string()),
            });
            address.resource.module
        }
        _ => split_module(&to_display).0,
    };
    let mut problems: Vec<ProblemOut> =
        instance.problems.iter().map(|message| ProblemOut { message: message.to_string() }).collect();
    problems.sort_by(|a, b| a.message.cmp(&b.message));
    InstanceOut {
        address: DynamicOut { instance_key: key, module: module.to_string(), to_display },
        status: instance.status.word(),
        problems,
    }
}

/// One checkable block, as read.
#[derive(Deserialize)]
pub(super) struct CheckIn {
    address: StaticIn,
    #[serde(default)]
    status: String,
    #[serde(default)]
    instances: Vec<InstanceIn>,
}

#[derive(Deserialize)]
struct StaticIn {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    to_display: String,
}

#[derive(Deserialize)]
struct InstanceIn {
    address: DynamicIn,
    #[serde(default)]
    status: String,
    #[serde(default)]
    problems: Vec<ProblemIn>,
}

#[derive(Deserialize)]
struct DynamicIn {
    #[serde(default)]
    to_display: String,
}

#[derive(Deserialize)]
struct ProblemIn {
    #[serde(default)]
    message: String,
}

impl CheckIn {
    /// The result; a kind of object that is not known counts as a check block.
    pub(super) fn into_result(self) -> CheckResult {
        let kind = match self.address.kind.as_str() {
            "resource" => CheckKind::Resource,
            "output_value" => CheckKind::OutputValue,
            "var" => CheckKind::InputVariable,
            _ => CheckKind::Check,
        };
        let instance = |instance: InstanceIn| CheckInstance {
            address: instance.address.to_display.into(),
            status: state_json::status(&instance.status),
            problems: instance.problems.into_iter().map(|problem| Str::from(problem.message)).collect(),
        };
        CheckResult {
            kind,
            address: self.address.to_display.into(),
            status: state_json::status(&self.status),
            instances: self.instances.into_iter().map(instance).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_checks_are_cut_at_their_modules() {
        let (module, rest) = split_module("module.a[\"x.y\"].module.b[0].check.web");
        assert_eq!((module.to_string().as_str(), rest), ("module.a[\"x.y\"].module.b[0]", "check.web"));
        assert_eq!(split_module("check.web").1, "check.web");
    }
}
