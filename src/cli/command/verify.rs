//! `kilter verify --env NAME`: the `check` blocks, goss, the processes and an empty plan, against the living thing.

use super::apply::broken;
use crate::cli::Here;
use crate::cli::args::Environment as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::{Format, Paint, Tone};
use crate::cli::text::duration;
use crate::cli::watching::{Telling, verified};
use crate::environment::Watcher;
use crate::environment::verify::{is_green, verify};
use crate::format::environment_json;
use crate::format::junit;
use crate::model::diagnostic::Diagnostic;
use crate::model::environment::{Verification, VerifyOutcome};
use crate::model::test::{TestCase, TestStatus, TestSuite};
use crate::runtime::work::environments::environment;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json, Format::Junit])?;
    let world = here.world()?;
    let environment = environment(&world, &args.env).map_err(|fault| Fault::user(fault.to_string()))?;
    let telling = Telling::begin();
    let found = match verify(&environment, &telling) {
        Ok(found) => found,
        Err(_) if telling.cancelled() => return Ok(Exit::Interrupted),
        Err(fault) => return Err(broken(fault)),
    };
    outputs.write(&|format, paint| match format {
        Format::Json => environment_json::verified(&environment.name, &found),
        Format::Junit => {
            junit::write_tests("kilter verify", &[suite(&environment.name, &found)]).unwrap_or_default().into_bytes()
        }
        _ => as_text(&found, paint).into_bytes(),
    })?;
    Ok(if is_green(&found) { Exit::Fine } else { Exit::TestsFailed })
}

/// Verifications as test cases, for JUnit.
fn suite(environment: &str, found: &[Verification]) -> TestSuite {
    let case = |verification: &Verification| {
        let (status, wrong) = match verification.outcome {
            VerifyOutcome::Passed => (TestStatus::Passed, None),
            VerifyOutcome::Failed => (TestStatus::Failed, Some("Verification failed")),
            VerifyOutcome::Error => (TestStatus::Error, Some("Verification could not be carried out")),
            VerifyOutcome::Unsupported => (TestStatus::Skipped, None),
        };
        let diagnostics =
            wrong.map(|title| Diagnostic::error(title, verification.message.clone())).into_iter().collect();
        TestCase { name: verification.subject.clone(), status, took: verification.took, diagnostics, place: None }
    };
    TestSuite {
        name: environment.to_owned(),
        cases: found.iter().map(case).collect(),
        diagnostics: Vec::new(),
        left: Vec::new(),
    }
}

fn as_text(found: &[Verification], paint: &Paint) -> String {
    let mut out = String::new();
    for verification in found {
        let tone = match verification.outcome {
            VerifyOutcome::Passed => Tone::Good,
            VerifyOutcome::Failed | VerifyOutcome::Error => Tone::Bad,
            VerifyOutcome::Unsupported => Tone::Muted,
        };
        out += &format!("{}  {}\n", paint.tone(tone, &verified(verification)), duration(verification.took));
    }
    let passed = found.iter().filter(|v| v.outcome == VerifyOutcome::Passed).count();
    let failed = found.iter().filter(|v| matches!(v.outcome, VerifyOutcome::Failed | VerifyOutcome::Error)).count();
    out + &format!("{passed} passed, {failed} failed\n")
}
