//! goss.yaml, natively: what the test environment must look like from outside, each resource one [`Verification`].
//!
//! `file`, `port`, `http`, `command`, `process`, `addr`, `dns`, `matching` and included gossfiles are looked at; every
//! other kind is reported as unsupported, never passed over. Paths are relative to the environment's checkout.

mod commands;
mod files;
pub mod gossfile;
pub mod matcher;
mod network;
pub mod plain;
pub mod reach;
mod resource;
#[cfg(test)]
mod tests;

pub use reach::Reach;

use crate::model::environment::{Verification, VerifyOutcome};
use gossfile::{Declared, Problem};
use matcher::Mismatch;
use resource::{Look, Resource};

/// Looks at everything that the gossfile at `path` (relative to the checkout) declares, in its order.
pub fn verify(path: &str, reach: &Reach<'_>) -> Vec<Verification> {
    let declared = gossfile::read(path, reach.files, reach.directory);
    declared.into_iter().map(|declared| look(&declared, reach)).collect()
}

fn look(declared: &Declared, reach: &Reach<'_>) -> Verification {
    let began = reach.clock.elapsed();
    let (subject, outcome, message) = match declared {
        Declared::Resource(resource) => {
            let (outcome, message) = judged(resource.kind.as_str(), &inspect(resource, reach));
            (format!("goss {} {}", resource.kind, resource.key), outcome, message)
        }
        Declared::Problem(Problem { subject, message, unsupported }) => {
            let outcome = if *unsupported { VerifyOutcome::Unsupported } else { VerifyOutcome::Error };
            (subject.clone(), outcome, message.clone())
        }
    };
    Verification { subject, outcome, message, took: reach.clock.elapsed().saturating_sub(began) }
}

fn inspect(resource: &Resource, reach: &Reach<'_>) -> Look {
    match resource.kind.as_str() {
        "file" => files::look(resource, reach),
        "port" => network::port(resource, reach),
        "addr" => network::addr(resource, reach),
        "dns" => network::dns(resource, reach),
        "http" => network::http(resource, reach),
        "command" => commands::command(resource, reach),
        "process" => commands::process(resource, reach),
        "matching" => commands::matching(resource),
        kind => Look::fault(Mismatch::Unknown(format!("the resource kind \"{kind}\""))),
    }
}

/// The worst of what was compared decides; everything that is not well is said.
fn judged(kind: &str, look: &Look) -> (VerifyOutcome, String) {
    let said = |wanted: fn(&Mismatch) -> bool| {
        let of_kind = look.compared.iter().filter_map(|(attribute, verdict)| {
            let mismatch = verdict.as_ref().err().filter(|mismatch| wanted(mismatch))?;
            let why = match mismatch {
                Mismatch::Differs(why) | Mismatch::Invalid(why) => why.clone(),
                Mismatch::Unknown(what) => format!("{what} is not supported"),
            };
            Some(if attribute.is_empty() { why } else { format!("{attribute}: {why}") })
        });
        of_kind.collect::<Vec<_>>()
    };
    let differs = said(|mismatch| matches!(mismatch, Mismatch::Differs(_)));
    let invalid = said(|mismatch| matches!(mismatch, Mismatch::Invalid(_)));
    let unknown = said(|mismatch| matches!(mismatch, Mismatch::Unknown(_)));
    let outcome = match () {
        () if !differs.is_empty() => VerifyOutcome::Failed,
        () if !invalid.is_empty() => VerifyOutcome::Error,
        () if !unknown.is_empty() => VerifyOutcome::Unsupported,
        () => {
            let attributes: Vec<&str> = look.compared.iter().map(|(attribute, _)| attribute.as_str()).collect();
            let what = if attributes.is_empty() { kind.to_owned() } else { attributes.join(", ") };
            return (VerifyOutcome::Passed, format!("{what} as expected"));
        }
    };
    (outcome, [differs, invalid, unknown].concat().join("; "))
}
