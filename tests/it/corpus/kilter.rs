//! What Kilter says to a case, in terraform's JSON.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{Engine, PlanMode, PlanOptions, Source, Surroundings, VariableInput};
use kilter::format::plan_json::{self, PlanParts};
use kilter::format::validate_json;
use kilter::model::address::ResourceInstanceAddress;
use kilter::model::diagnostic::Diagnostic;
use kilter::model::place::RepoPath;
use kilter::sys::files::RealFiles;
use serde_json::{Value as Json, json};

use super::case::{self, Case};

/// Its answers to a case whose state is given.
pub fn answers(engine: &Engine, case: &Case, state: Option<&Json>) -> Json {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    case::write(&root, &case.after);
    let source = Source::new(Arc::new(RealFiles), &root, RepoPath::root());
    let validated = engine.validate(&source);
    let surroundings = Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let planned = engine.plan(&source, &options(case, state), &surroundings);
    let mut plan = json!({ "diagnostics": written(&root, &planned.diagnostics) });
    let details = engine.details(&source, &planned);
    let parts = PlanParts {
        schemas: &super::super::engine_plan::EngineSchemas(engine),
        configuration: details.configuration.as_ref(),
        relevant_attributes: &details.relevant,
    };
    match plan_json::write(&details.plan, &parts) {
        Ok(bytes) => plan["show"] = serde_json::from_slice(&bytes).unwrap(),
        Err(fault) => plan["show"] = json!(fault.to_string()),
    }
    json!({ "validate": written(&root, &validated.diagnostics), "plan": plan })
}

fn written(root: &Path, diagnostics: &[Diagnostic]) -> Json {
    let text = |path: &RepoPath| std::fs::read_to_string(path.under(root)).ok();
    let bytes = validate_json::write(diagnostics, &text).unwrap();
    serde_json::from_slice::<Json>(&bytes).unwrap()["diagnostics"].take()
}

fn options(case: &Case, state: Option<&Json>) -> PlanOptions {
    let state = state.map(|state| {
        let bytes = serde_json::to_vec(state).unwrap();
        Arc::new(kilter::format::state_json::read(&bytes).expect("a state"))
    });
    let mut options = PlanOptions { state, ..PlanOptions::default() };
    for (name, value) in &case.env {
        if let Some(name) = name.strip_prefix("TF_VAR_") {
            options.variables.push(VariableInput::Environment { name: name.into(), text: value.clone() });
        }
    }
    for flag in &case.flags {
        match flag.split_once('=').unwrap_or((flag, "")) {
            ("-destroy", _) => options.mode = PlanMode::Destroy,
            ("-refresh-only", _) => options.mode = PlanMode::RefreshOnly,
            ("-target", target) => options.targets.push(target.to_owned()),
            ("-replace", address) => options.replace.push(ResourceInstanceAddress::parse(address).unwrap()),
            ("-var-file", path) => options.variables.push(VariableInput::File(path.into())),
            ("-var", text) => {
                let (name, text) = text.split_once('=').unwrap();
                options.variables.push(VariableInput::Argument { name: name.into(), text: text.to_owned() });
            }
            other => panic!("{other:?} is no flag of these tests"),
        }
    }
    options
}
