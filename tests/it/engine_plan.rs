//! Plans equal to terraform's: each case in `tests/golden/terraform-1.11.4/plans` holds a configuration (`after/`), the
//! state it is planned against, and what terraform 1.11.4 said to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{Engine, PlanMode, PlanOptions, Planned, Source, Surroundings};
use kilter::format::plan_json::{self, PlanParts, Schemas};
use kilter::model::address::{ResourceInstanceAddress, ResourceMode};
use kilter::model::place::RepoPath;
use kilter::model::schema::ResourceSchema;
use kilter::sys::files::RealFiles;
use serde_json::{Value as Json, json};

pub struct EngineSchemas<'a>(pub &'a Engine);

impl Schemas for EngineSchemas<'_> {
    fn find(&self, provider: &str, mode: ResourceMode, type_name: &str) -> Option<Arc<ResourceSchema>> {
        let schema = self.0.providers().get(provider)?.schema();
        let types = if mode == ResourceMode::Data { &schema.data_sources } else { &schema.resources };
        types.get(type_name).cloned()
    }
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4/plans")
}

pub fn engine() -> Engine {
    Engine::new(kilter::engine::provider::builtin())
}

fn options(case: &Path) -> PlanOptions {
    let state = std::fs::read(case.join("state.json")).ok();
    let state = state.map(|bytes| Arc::new(kilter::format::state_json::read(&bytes).expect("a state")));
    let mut options = PlanOptions { state, ..PlanOptions::default() };
    for flag in std::fs::read_to_string(case.join("flags")).unwrap_or_default().split_whitespace() {
        match flag.split_once('=').unwrap_or((flag, "")) {
            ("-destroy", _) => options.mode = PlanMode::Destroy,
            ("-target", target) => options.targets.push(target.to_owned()),
            ("-replace", address) => options.replace.push(ResourceInstanceAddress::parse(address).unwrap()),
            other => panic!("{other:?} is no flag of these tests"),
        }
    }
    options
}

fn plan(engine: &Engine, case: &Path) -> Planned {
    let source = Source::new(Arc::new(RealFiles), case.join("after"), RepoPath::root());
    engine.plan(&source, &options(case), &Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000)))
}

/// A plan as terraform's `show -json` would write it.
fn written(engine: &Engine, planned: &Planned) -> Json {
    try_written(engine, planned).unwrap()
}

/// The same; what cannot be written (an infinity) is said.
pub fn try_written(engine: &Engine, planned: &Planned) -> Result<Json, String> {
    let schemas = EngineSchemas(engine);
    let parts = PlanParts { schemas: &schemas, configuration: None, relevant_attributes: &[] };
    let bytes = plan_json::write(&planned.plan, &parts).map_err(|fault| fault.to_string())?;
    Ok(serde_json::from_slice(&bytes).unwrap())
}

/// The parts that are compared, with lists in an order that does not matter sorted.
pub fn judged(plan: &Json) -> BTreeMap<String, Json> {
    let keys = [
        "variables",
        "resource_changes",
        "output_changes",
        "checks",
        "planned_values",
        "prior_state",
        "errored",
        "applyable",
        "complete",
    ];
    let mut judged = BTreeMap::new();
    for key in keys {
        let value = plan.get(key).cloned().unwrap_or(Json::Null);
        match (key, value) {
            ("resource_changes", Json::Array(rows)) => {
                for row in rows {
                    let deposed = row["deposed"].as_str().unwrap_or_default();
                    judged.insert(format!("change {} {deposed}", row["address"].as_str().unwrap()), row);
                }
            }
            ("checks", Json::Array(rows)) => {
                for row in rows {
                    judged.insert(format!("check {}", row["address"]["to_display"].as_str().unwrap()), row);
                }
            }
            (_, mut value) => {
                sort_modules(&mut value);
                judged.insert(key.to_owned(), value);
            }
        }
    }
    judged
}

/// Terraform lists child modules in no stable order.
fn sort_modules(value: &mut Json) {
    match value {
        Json::Object(entries) => {
            for (key, inner) in entries.iter_mut() {
                sort_modules(inner);
                if let ("child_modules", Json::Array(modules)) = (key.as_str(), inner) {
                    modules.sort_by_key(|module| module["address"].to_string());
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(sort_modules),
        _ => {}
    }
}

#[test]
fn plans_are_terraforms() {
    let engine = engine();
    let only = std::env::var("CASE").ok();
    let mut faults = Vec::new();
    let mut cases: Vec<PathBuf> = std::fs::read_dir(cases()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let planned = plan(&engine, &case);
        let diagnostics: Vec<Json> = planned
            .diagnostics
            .iter()
            .map(|d| {
                let severity = if d.is_error() { "error" } else { "warning" };
                let at = d.subject.as_ref().map(|p| format!("{}:{}:{}", p.path, p.start.line, p.start.column));
                json!({"severity": severity, "summary": d.summary, "detail": d.detail, "at": at})
            })
            .collect();
        let wanted: Vec<Json> = serde_json::from_slice(&std::fs::read(case.join("diagnostics.json")).unwrap()).unwrap();
        // Where terraform gives no place Kilter may.
        let same = |a: &Json, b: &Json| {
            ["severity", "summary", "detail"].iter().all(|key| a[*key] == b[*key])
                && (a["at"] == b["at"] || a["at"].is_null() || b["at"].is_null())
        };
        for missing in wanted.iter().filter(|d| !diagnostics.iter().any(|ours| same(ours, d))) {
            faults.push(format!("{name}: terraform says {missing}"));
        }
        for extra in diagnostics.iter().filter(|d| !wanted.iter().any(|theirs| same(theirs, d))) {
            faults.push(format!("{name}: only Kilter says {extra}"));
        }
        let Ok(golden) = std::fs::read(case.join("plan.json")) else { continue };
        let golden = judged(&serde_json::from_slice(&golden).unwrap());
        let ours = judged(&written(&engine, &planned));
        for (key, wanted) in &golden {
            match ours.get(key) {
                Some(got) if got == wanted => {}
                Some(got) => faults.push(format!("{name}: {key}\n  terraform {wanted}\n  kilter    {got}")),
                None => faults.push(format!("{name}: {key} is missing: {wanted}")),
            }
        }
        for key in ours.keys().filter(|key| !golden.contains_key(*key)) {
            faults.push(format!("{name}: only Kilter has {key}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
