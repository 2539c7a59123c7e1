//! What Kilter says to a [`Question`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{ApplyOptions, Engine, PlanMode, PlanOptions, Source, Surroundings, Unwatched};
use kilter::format::state_json;
use kilter::model::address::ResourceInstanceAddress;
use kilter::model::diagnostic::{Diagnostic, has_errors};
use kilter::model::place::RepoPath;
use kilter::sys::files::FakeFiles;
use kilter::sys::http::{HttpClient, HttpRequest, HttpResponse};
use serde_json::Value as Json;

use super::question::{Question, REMOTE, Reply, Said};
use crate::engine_plan::{engine, try_written};

/// A network in which nobody answers: it makes the difference between a plan and a preview, which asks nobody.
struct Nobody;

impl HttpClient for Nobody {
    fn send(&self, _: &HttpRequest) -> Result<HttpResponse, String> {
        Err("nobody answers".to_owned())
    }
}

/// Hands out ids: numbers first, then, once it is known which number became which object's id, the ids that terraform
/// gave the same objects.
#[derive(Default)]
struct Ids {
    handed: AtomicU64,
    given: Mutex<HashMap<u64, [u8; 16]>>,
}

impl Ids {
    fn fill(&self, buffer: &mut [u8]) {
        let number = self.handed.fetch_add(1, Ordering::SeqCst) + 1;
        let bytes = self.given.lock().unwrap().get(&number).copied().unwrap_or_else(|| numbered(number));
        let length = buffer.len().min(16);
        buffer[..length].copy_from_slice(&bytes[16 - length..]);
    }
}

fn numbered(number: u64) -> [u8; 16] {
    let mut bytes = [0xee; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn from_text(id: &str) -> Option<[u8; 16]> {
    let hex: String = id.chars().filter(|c| *c != '-').collect();
    let bytes: Option<Vec<u8>> = (0..16).map(|at| u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()).collect();
    bytes?.try_into().ok()
}

/// Kilter's answer. Objects that are made get the ids that `theirs` has for them.
pub fn ask(question: &Question, theirs: Option<&str>) -> Reply {
    let engine = engine();
    let ids = Arc::new(Ids::default());
    let first = ask_with(&engine, question, &ids);
    let (Some(ours), Some(theirs)) = (&first.state, theirs) else { return first };
    let (ours, theirs) = (ids_of(ours), ids_of(theirs));
    let mut given = HashMap::new();
    for (place, id) in ours {
        if let (Some(bytes), Some(other)) = (from_text(&id), theirs.get(&place))
            && bytes[..8] == [0xee; 8]
            && let Some(other) = from_text(other)
        {
            given.insert(u64::from_be_bytes(bytes[8..].try_into().unwrap()), other);
        }
    }
    if given.is_empty() {
        return first;
    }
    ids.handed.store(0, Ordering::SeqCst);
    *ids.given.lock().unwrap() = given;
    ask_with(&engine, question, &ids)
}

/// The ids in a state, by where they stand.
fn ids_of(state: &str) -> HashMap<String, String> {
    let state: Json = serde_json::from_str(state).unwrap_or(Json::Null);
    let mut found = HashMap::new();
    for resource in state["resources"].as_array().into_iter().flatten() {
        for instance in resource["instances"].as_array().into_iter().flatten() {
            if instance.get("deposed").is_some() {
                continue;
            }
            if let Some(id) = instance["attributes"]["id"].as_str() {
                let place = format!("{} {} {}", resource["module"], resource["name"], instance["index_key"]);
                found.insert(place, id.to_owned());
            }
        }
    }
    found
}

fn ask_with(engine: &Engine, question: &Question, ids: &Arc<Ids>) -> Reply {
    let mut files: Vec<(String, Vec<u8>)> =
        question.files.iter().map(|(path, text)| (format!("/s/{path}"), text.clone().into_bytes())).collect();
    files.push(("/s/remote.tfstate".to_owned(), REMOTE.as_bytes().to_vec()));
    let files: Arc<FakeFiles> = Arc::new(FakeFiles::with(files));
    let source = Source::new(files.clone(), "/s", RepoPath::root());
    let mut around = Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    around.files = Some(files.clone() as Arc<dyn kilter::sys::files::Files>);
    around.http = Some(Arc::new(Nobody));
    let ids = ids.clone();
    around.random = Arc::new(move |buffer| ids.fill(buffer));
    let options = match options(question) {
        Ok(options) => options,
        Err(said) => return Reply { plan: vec![said], ..Reply::default() },
    };
    let mut reply = Reply { validate: said(&engine.validate(&source).diagnostics), ..Reply::default() };
    let planned = engine.plan(&source, &options, &around);
    reply.plan = said(&planned.diagnostics);
    if has_errors(&planned.diagnostics) {
        return reply;
    }
    match try_written(engine, &planned) {
        Ok(json) => reply.plan_json = Some(json),
        // Terraform cannot write such a plan either.
        Err(fault) => {
            let (severity, summary) = ("error".to_owned(), "Failed to write plan file".to_owned());
            reply.plan.push(Said { severity, summary, detail: fault, at: None });
            return reply;
        }
    }
    let applied = engine.apply(&source, &planned, &ApplyOptions { parallelism: 1 }, &around, &Unwatched);
    reply.apply = said(&applied.diagnostics);
    reply.state = state_json::write(&applied.state).ok().map(|bytes| String::from_utf8(bytes).unwrap());
    reply
}

fn options(question: &Question) -> Result<PlanOptions, Said> {
    let unreadable = |detail: String| Said {
        severity: "error".to_owned(),
        summary: "The state cannot be read".to_owned(),
        detail,
        at: None,
    };
    let state = match &question.state {
        Some(text) => Some(Arc::new(state_json::read(text.as_bytes()).map_err(|fault| unreadable(fault.to_string()))?)),
        None => None,
    };
    let mut options = PlanOptions { state, ..PlanOptions::default() };
    for flag in &question.flags {
        match flag.split_once('=').unwrap_or((flag, "")) {
            ("-destroy", _) => options.mode = PlanMode::Destroy,
            ("-target", target) => options.targets.push(target.to_owned()),
            ("-replace", address) => options.replace.push(ResourceInstanceAddress::parse(address).unwrap()),
            other => panic!("{other:?} is no flag of these tests"),
        }
    }
    Ok(options)
}

fn said(diagnostics: &[Diagnostic]) -> Vec<Said> {
    let one = |diagnostic: &Diagnostic| Said {
        severity: if diagnostic.is_error() { "error" } else { "warning" }.to_owned(),
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        at: diagnostic.subject.as_ref().map(|at| format!("{}:{}:{}", at.path, at.start.line, at.start.column)),
    };
    diagnostics.iter().map(one).collect()
}
