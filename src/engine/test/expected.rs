//! Expected failures: which diagnostics they take away, and which of them did not happen.

use crate::engine::module::declared::{Module, WrittenReference};
use crate::lang::syntax::ast::StepKind;
use crate::lang::value::to_expression_text;
use crate::model::diagnostic::{Diagnostic, Severity};

/// An object that is expected to fail.
pub struct Expected<'a> {
    /// Its address: `var.network`, `check.web`, `terraform_data.x[0]`.
    pub name: String,
    /// Where it is written.
    pub reference: &'a WrittenReference,
}

/// Reads what is expected.
///
/// # Errors
/// terraform's words for what cannot fail.
pub fn read(references: &[WrittenReference]) -> Result<Vec<Expected<'_>>, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut read = Vec::new();
    for reference in references {
        let steps = &reference.traversal.steps;
        let root = &*reference.traversal.root.text;
        let named = match root {
            "var" | "output" | "check" | "local" | "run" | "path" => 1,
            "module" => 2,
            "data" => 2,
            _ => 1,
        };
        let mut name = root.to_owned();
        for (at, step) in steps.iter().enumerate() {
            match &step.kind {
                StepKind::Attribute(part) if at < named => name.push_str(&format!(".{part}")),
                StepKind::Index(key) if at == named && !matches!(root, "var" | "output" | "check") => {
                    name.push_str(&format!("[{}]", to_expression_text(key)));
                }
                _ => break,
            }
        }
        if matches!(root, "local" | "module" | "run" | "path" | "each" | "count" | "self" | "terraform" | "ephemeral") {
            let detail = format!(
                "You cannot expect failures from {name}. You can only expect failures from checkable objects such as input variables, output values, check blocks, managed resources and data sources."
            );
            let fault = Diagnostic::error("Invalid `expect_failures` reference", detail);
            faults.push(fault.at(reference.spot.place()));
            continue;
        }
        read.push(Expected { name, reference });
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

/// Whether a check's instance is one that `name` means: itself, or any instance of the block.
fn is_meant(name: &str, address: &str) -> bool {
    address == name || address.strip_prefix(name).is_some_and(|rest| rest.starts_with('['))
}

/// What is left of a run's diagnostics, and which failures did happen.
pub struct Sifted {
    /// What was not expected. A check that fails unasked is an error.
    pub kept: Vec<Diagnostic>,
    /// For each expected one, whether it happened.
    pub happened: Vec<bool>,
}

/// The address of what a condition's diagnostic is about; `None` for diagnostics of another kind.
fn checked(diagnostic: &Diagnostic, root: &Module) -> Option<String> {
    const CONDITIONS: [&str; 6] = [
        "Resource precondition failed",
        "Resource postcondition failed",
        "Module output value precondition failed",
        "Check block assertion failed",
        "Check block assertion known after apply",
        "Invalid value for variable",
    ];
    let address = diagnostic.address.clone()?;
    if CONDITIONS.contains(&&*diagnostic.summary) {
        return Some(address);
    }
    owner(diagnostic, root)
}

/// The check in which the data stands that a diagnostic is about: what is wrong with it is the check's failure.
fn owner(diagnostic: &Diagnostic, root: &Module) -> Option<String> {
    let address = diagnostic.address.as_ref()?;
    let mut checks = root.checks.iter();
    let owner = checks.find(|check| check.data.is_some_and(|at| root.resources[at].label() == *address))?;
    Some(format!("check.{}", owner.name))
}

/// Sorts diagnostics.
pub fn sift(diagnostics: Vec<Diagnostic>, expected: &[Expected<'_>], root: &Module) -> Sifted {
    let mut sifted = Sifted { kept: Vec::new(), happened: vec![false; expected.len()] };
    let unread: Vec<String> = diagnostics.iter().filter_map(|found| owner(found, root)).collect();
    for mut diagnostic in diagnostics {
        let later = diagnostic.summary == "Check block assertion known after apply";
        if later && diagnostic.address.as_ref().is_some_and(|address| unread.contains(address)) {
            // Its data could not be read: that says it all.
            continue;
        }
        let Some(address) = checked(&diagnostic, root) else {
            sifted.kept.push(diagnostic);
            continue;
        };
        let meant = expected.iter().position(|one| is_meant(&one.name, &address));
        match meant {
            Some(_) => {
                for (at, one) in expected.iter().enumerate() {
                    sifted.happened[at] |= is_meant(&one.name, &address);
                }
            }
            None => {
                diagnostic.severity = Severity::Error;
                sifted.kept.push(diagnostic);
            }
        }
    }
    sifted
}

/// The failures that did not happen.
pub fn missing(expected: &[Expected<'_>], happened: &[bool]) -> Vec<Diagnostic> {
    let did_not = expected.iter().zip(happened).filter(|(_, happened)| !**happened);
    let fault = |(one, _): (&Expected<'_>, _)| {
        let detail = format!("The checkable object, {}, was expected to report an error but did not.", one.name);
        Diagnostic::error("Missing expected failure", detail).at(one.reference.spot.place())
    };
    did_not.map(fault).collect()
}

/// What is said of an apply that an expected failure kept from beginning.
pub fn while_planning(expected: &[Expected<'_>], happened: &[bool]) -> Vec<Diagnostic> {
    let did = expected.iter().zip(happened).filter(|(_, happened)| **happened);
    let warning = |(one, _): (&Expected<'_>, _)| {
        let detail = format!(
            "A custom condition within {} failed during the planning stage and prevented the requested apply operation. While this was an expected failure, the apply operation could not be executed and so the overall test case will be marked as a failure and the original diagnostic included in the test report.",
            one.name
        );
        Diagnostic::warning("Expected failure while planning", detail).at(one.reference.spot.place())
    };
    did.map(warning).collect()
}
