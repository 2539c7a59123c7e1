//! States, judged by the real terraform: each case of `tests/golden/terraform-1.11.4/applies` is applied step by step by
//! Kilter and by terraform in turns, in two directories that begin with the other one. After each step the two states
//! must say the same, and both programs must find that nothing is left to do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use kilter::engine::{ApplyEvent, ApplyOptions, ApplySink, Engine, PlanMode, PlanOptions, Source, Surroundings};
use kilter::format::state_json;
use kilter::model::action::Action;
use kilter::model::address::ResourceInstanceAddress;
use kilter::model::diagnostic::Diagnostic;
use kilter::model::place::RepoPath;
use kilter::model::state::StateSnapshot;
use kilter::sys::files::RealFiles;
use kilter::sys::http::FakeHttp;
use kilter::sys::machine::fill_random;
use kilter::sys::processes::RealProcesses;
use serde_json::{Value as Json, json};

use crate::engine_plan::engine;

/// One step of a case.
#[derive(Default)]
struct Step {
    files: Vec<(String, String)>,
    args: Vec<String>,
    fails: bool,
    unsettled: bool,
}

/// The steps of a case; files of `all/` are in every step.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: BTreeMap<String, Step> = BTreeMap::new();
    let mut at: Option<(String, String)> = None;
    let mut pieces: Vec<(String, String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            let (step, path) = name.split_once('/').expect("STEP/PATH");
            at = Some((step.to_owned(), path.to_owned()));
            pieces.push((step.to_owned(), path.to_owned(), String::new()));
        } else if at.is_some() {
            let piece = pieces.last_mut().expect("a piece");
            piece.2 += line;
            piece.2.push('\n');
        }
    }
    for (step, path, text) in pieces.iter().filter(|(step, ..)| step != "all") {
        let step = steps.entry(step.clone()).or_default();
        match path.as_str() {
            "args" => step.args = text.lines().map(str::to_owned).collect(),
            "fails" => step.fails = true,
            "unsettled" => step.unsettled = true,
            _ => step.files.push((path.clone(), text.clone())),
        }
    }
    for (_, path, text) in pieces.iter().filter(|(step, ..)| step == "all") {
        for step in steps.values_mut() {
            step.files.push((path.clone(), text.clone()));
        }
    }
    steps.into_values().collect()
}

fn terraform(directory: &Path, args: &[&str]) -> Option<(i32, String)> {
    let mut command = Command::new("terraform");
    command.args(args).current_dir(directory).env("TF_CLI_CONFIG_FILE", "/dev/null").env("CHECKPOINT_DISABLE", "1");
    command.env("TF_IN_AUTOMATION", "1").env_remove("TF_VAR_v");
    let done = command.output().ok()?;
    let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Some((done.status.code().unwrap_or(-1), said))
}

/// Keeps the state in the directory, as an environment does.
struct OnDisk {
    path: PathBuf,
    serial: Mutex<u64>,
    lines: Mutex<Vec<String>>,
}

impl ApplySink for OnDisk {
    fn event(&self, event: ApplyEvent) {
        if let ApplyEvent::Progress { address, line } = event {
            self.lines.lock().unwrap().push(format!("{address}: {line}"));
        }
    }

    fn persist(&self, state: &dyn Fn() -> Arc<StateSnapshot>) -> std::io::Result<()> {
        let mut serial = self.serial.lock().unwrap();
        *serial += 1;
        let state = StateSnapshot { serial: *serial, ..(*state()).clone() };
        std::fs::write(&self.path, state_json::write(&state).expect("a state that can be written"))
    }

    fn cancelled(&self) -> bool {
        false
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

fn surroundings() -> Surroundings {
    let mut surroundings = Surroundings::none(SystemTime::now());
    surroundings.files = Some(Arc::new(RealFiles));
    surroundings.commands = Some(Arc::new(RealProcesses));
    surroundings.http = Some(Arc::new(FakeHttp::default()));
    surroundings.random = Arc::new(fill_random);
    surroundings
}

fn source(directory: &Path) -> Source {
    Source::new(Arc::new(RealFiles), directory, RepoPath::root())
}

fn state(directory: &Path) -> Option<Arc<StateSnapshot>> {
    let bytes = std::fs::read(directory.join("terraform.tfstate")).ok()?;
    Some(Arc::new(state_json::read(&bytes).expect("a state that can be read")))
}

fn options(directory: &Path, args: &[String]) -> PlanOptions {
    let mut options = PlanOptions { state: state(directory), refresh: true, ..PlanOptions::default() };
    for arg in args {
        match arg.split_once('=') {
            Some(("-target", target)) => options.targets.push(target.to_owned()),
            Some(("-replace", address)) => options.replace.push(ResourceInstanceAddress::parse(address).unwrap()),
            None if arg == "-destroy" => options.mode = PlanMode::Destroy,
            None if arg == "-refresh-only" => options.mode = PlanMode::RefreshOnly,
            _ => panic!("{arg}"),
        }
    }
    options
}

fn errors(diagnostics: &[Diagnostic]) -> Vec<String> {
    let wrong = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    wrong.map(|diagnostic| format!("{}: {}", diagnostic.summary, diagnostic.detail)).collect()
}

/// Kilter applies; gives what went wrong.
fn apply(engine: &Engine, directory: &Path, args: &[String]) -> Vec<String> {
    let (source, around) = (source(directory), surroundings());
    let planned = engine.plan(&source, &options(directory, args), &around);
    let wrong = errors(&planned.diagnostics);
    if !wrong.is_empty() {
        return wrong;
    }
    let serial = planned.options.state.as_ref().map_or(0, |state| state.serial);
    let sink =
        OnDisk { path: directory.join("terraform.tfstate"), serial: Mutex::new(serial), lines: Mutex::default() };
    let applied = engine.apply(&source, &planned, &ApplyOptions::default(), &around, &sink);
    errors(&applied.diagnostics)
}

/// What Kilter would still do.
fn left(engine: &Engine, directory: &Path) -> Vec<String> {
    let planned = engine.plan(&source(directory), &options(directory, &[]), &surroundings());
    let mut left = errors(&planned.diagnostics);
    let rows = planned.plan.changes.iter().filter(|row| row.change.action != Action::NoOp);
    // A data source in a check is read with every plan.
    let rows = rows.filter(|row| row.change.action != Action::Read);
    left.extend(rows.map(|row| format!("{} {}", row.change.action.word(), row.address)));
    let outputs = planned.plan.outputs.iter().filter(|(_, output)| output.action != Action::NoOp);
    left.extend(outputs.map(|(name, output)| format!("{} output.{name}", output.action.word())));
    left
}

/// A state as it can be compared with another one of the same story: ids are named after their objects.
fn comparable(directory: &Path) -> String {
    let Ok(text) = std::fs::read_to_string(directory.join("terraform.tfstate")) else { return String::new() };
    let mut state: Json = serde_json::from_str(&text).expect("JSON");
    let mut names: Vec<(String, String)> = Vec::new();
    for resource in state["resources"].as_array().expect("resources") {
        for instance in resource["instances"].as_array().expect("instances") {
            let deposed = instance["deposed"].as_str().map(|_| " deposed").unwrap_or_default();
            let key = instance.get("index_key").unwrap_or(&Json::Null);
            let name = format!("<{} {} {} {key}{deposed}>", resource["module"], resource["type"], resource["name"]);
            if let Some(id) = instance["attributes"]["id"].as_str().filter(|id| id.len() == 36) {
                names.push((id.to_owned(), name));
            }
        }
    }
    for member in ["lineage", "serial", "terraform_version"] {
        assert!(state.get(member).is_some(), "{member}");
        state[member] = Json::Null;
    }
    let by = |member: &'static str| move |value: &Json| value[member].to_string();
    if let Some(checks) = state["check_results"].as_array_mut() {
        checks.sort_by_cached_key(|check| format!("{} {}", check["object_kind"], check["config_addr"]));
        for check in checks {
            if let Some(objects) = check["objects"].as_array_mut() {
                objects.sort_by_cached_key(by("object_addr"));
            }
        }
    }
    for resource in state["resources"].as_array_mut().expect("resources") {
        for instance in resource["instances"].as_array_mut().expect("instances") {
            if instance.get("deposed").is_some() {
                instance["deposed"] = json!("some key");
            }
            if let Some(paths) = instance["sensitive_attributes"].as_array_mut() {
                paths.sort_by_cached_key(Json::to_string);
            }
        }
    }
    for resource in state["resources"].as_array_mut().expect("resources") {
        // Objects put aside have keys of chance, and stand in their order.
        let instances = resource["instances"].as_array_mut().expect("instances");
        instances.sort_by_cached_key(|instance| {
            let member = |name: &str| instance.get(name).map(Json::to_string).unwrap_or_default();
            let triggers = &instance["attributes"]["triggers_replace"];
            format!("{} {} {} {triggers}", member("index_key"), member("deposed"), member("status"))
        });
    }
    let text = serde_json::to_string_pretty(&state).expect("JSON");
    names.iter().fold(text, |text, (id, name)| text.replace(id, &name.replace('"', "'")))
}

fn lay(directory: &Path, step: &Step) {
    for old in ["main.tf", "more.tf.json"] {
        let _ = std::fs::remove_file(directory.join(old));
    }
    for (path, text) in &step.files {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// The difference of two texts, short enough to read.
fn difference(ours: &str, theirs: &str) -> String {
    let diff = similar::TextDiff::from_lines(theirs, ours);
    diff.unified_diff().context_radius(6).header("terraform", "kilter").to_string()
}

/// What is wrong with a case.
fn judge(engine: &Engine, name: &str, text: &str) -> Vec<String> {
    let place = tempfile::tempdir().unwrap();
    let directories = [place.path().join("kilter-first"), place.path().join("terraform-first")];
    let mut faults = Vec::new();
    for (number, step) in steps(text).iter().enumerate() {
        for (at, directory) in directories.iter().enumerate() {
            lay(directory, step);
            let (code, said) = terraform(directory, &["init", "-no-color"]).expect("terraform is there");
            assert_eq!(code, 0, "{name}: {said}");
            let ours = at == number % 2;
            let (wrong, who) = if ours {
                (apply(engine, directory, &step.args), "Kilter")
            } else {
                let mut args = vec!["apply", "-no-color", "-auto-approve"];
                args.extend(step.args.iter().map(String::as_str));
                let (code, said) = terraform(directory, &args).expect("terraform is there");
                (if code == 0 { Vec::new() } else { vec![said] }, "terraform")
            };
            if wrong.is_empty() == step.fails {
                faults.push(format!("{name}, step {}: {who} said {wrong:?}", number + 1));
            }
        }
        let [ours, theirs] = if number % 2 == 0 { [0, 1] } else { [1, 0] };
        let (kilters, terraforms) = (comparable(&directories[ours]), comparable(&directories[theirs]));
        if kilters != terraforms {
            faults.push(format!("{name}, step {}:\n{}", number + 1, difference(&kilters, &terraforms)));
        }
        if step.fails || step.unsettled {
            continue;
        }
        for (at, directory) in directories.iter().enumerate() {
            let whose = if at == ours { "Kilter's" } else { "terraform's" };
            let (code, said) =
                terraform(directory, &["plan", "-no-color", "-detailed-exitcode"]).expect("terraform is there");
            // A data source in a check is read with every plan, and counts as something to do.
            if code != 0 && !said.contains("Plan: 0 to add, 0 to change, 0 to destroy.") {
                faults.push(format!("{name}, step {}: terraform on {whose} state: {said}", number + 1));
            }
            let left = left(engine, directory);
            if !left.is_empty() {
                faults.push(format!("{name}, step {}: Kilter on {whose} state: {left:?}", number + 1));
            }
        }
    }
    for (at, directory) in directories.iter().enumerate() {
        let wrong = if at == 0 {
            let (code, said) = terraform(directory, &["destroy", "-no-color", "-auto-approve"]).expect("terraform");
            if code == 0 { Vec::new() } else { vec![said] }
        } else {
            apply(engine, directory, &["-destroy".to_owned()])
        };
        if !wrong.is_empty() || state(directory).is_some_and(|state| !state.is_empty()) {
            faults.push(format!("{name}: destroying: {wrong:?} {}", comparable(directory)));
        }
    }
    let [a, b] = directories.map(|directory| comparable(&directory));
    if a != b {
        faults.push(format!("{name}, destroyed:\n{}", difference(&b, &a)));
    }
    faults
}

#[test]
fn kilter_and_terraform_write_the_same_states_and_find_nothing_to_do_on_each_others() {
    if terraform(Path::new("/"), &["version"]).is_none() {
        eprintln!("SKIPPED: there is no terraform on PATH to judge our states");
        return;
    }
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4/applies");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let only = std::env::var("KILTER_CASE").unwrap_or_default();
    cases.retain(|case| case.to_string_lossy().contains(&only));
    assert!(!cases.is_empty());
    let engine = engine();
    let mut faults = Vec::new();
    for case in &cases {
        let name = case.file_stem().unwrap().to_string_lossy().into_owned();
        faults.extend(judge(&engine, &name, &std::fs::read_to_string(case).unwrap()));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// A process that is killed at one of its sink's steps: what it does afterwards reaches nobody.
struct Killed {
    path: PathBuf,
    after: usize,
    steps: Mutex<usize>,
    serial: Mutex<u64>,
    settled: Mutex<Vec<String>>,
}

impl Killed {
    fn alive(&self) -> bool {
        let mut steps = self.steps.lock().unwrap();
        *steps += 1;
        *steps <= self.after
    }
}

impl ApplySink for Killed {
    fn event(&self, event: ApplyEvent) {
        let alive = self.alive();
        if let (ApplyEvent::Done { address, action, .. }, true) = (event, alive) {
            self.settled.lock().unwrap().push(format!("{} {address}", action.word()));
        }
    }

    fn persist(&self, state: &dyn Fn() -> Arc<StateSnapshot>) -> std::io::Result<()> {
        if !self.alive() {
            return Err(std::io::Error::other("killed"));
        }
        let mut serial = self.serial.lock().unwrap();
        *serial += 1;
        let state = StateSnapshot { serial: *serial, ..(*state()).clone() };
        std::fs::write(&self.path, state_json::write(&state).expect("a state that can be written"))
    }

    fn cancelled(&self) -> bool {
        *self.steps.lock().unwrap() > self.after
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// Applies and is killed after so many steps of the sink; gives how many there were, and what was settled before.
fn apply_and_die(engine: &Engine, directory: &Path, args: &[String], after: usize) -> (usize, Vec<String>) {
    let (source, around) = (source(directory), surroundings());
    let planned = engine.plan(&source, &options(directory, args), &around);
    let sink = Killed {
        path: directory.join("terraform.tfstate"),
        after,
        steps: Mutex::default(),
        serial: Mutex::new(planned.options.state.as_ref().map_or(0, |state| state.serial)),
        settled: Mutex::default(),
    };
    engine.apply(&source, &planned, &ApplyOptions::default(), &around, &sink);
    (sink.steps.into_inner().unwrap(), sink.settled.into_inner().unwrap())
}

#[test]
fn killed_at_any_step_of_its_sink_an_apply_is_completed_by_the_next_one_and_nothing_is_done_twice() {
    let engine = engine();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4/applies");
    let mut kills = 0;
    for case in ["everything", "replace", "dependencies", "data", "moved", "checks", "nothing"] {
        let text = std::fs::read_to_string(cases.join(format!("{case}.txt"))).unwrap();
        let steps = steps(&text);
        let place = tempfile::tempdir().unwrap();
        let (sound, killed) = (place.path().join("sound"), place.path().join("killed"));
        for (number, step) in steps.iter().enumerate() {
            let before = std::fs::read(sound.join("terraform.tfstate")).ok();
            lay(&sound, step);
            assert_eq!(apply(&engine, &sound, &step.args), Vec::<String>::new(), "{case}");
            let expected = comparable(&sound);
            let mut after = 0;
            loop {
                let _ = std::fs::remove_dir_all(&killed);
                lay(&killed, step);
                if let Some(before) = &before {
                    std::fs::write(killed.join("terraform.tfstate"), before).unwrap();
                }
                let (all, settled) = apply_and_die(&engine, &killed, &step.args, after);
                let place = format!("{case}, step {}, killed after {after} of {all}", number + 1);
                let left = left(&engine, &killed);
                // What was asked for by an argument is asked for once; it is done when it was settled.
                let args: Vec<String> = match step.args.iter().any(|arg| arg.starts_with("-replace")) {
                    true if settled.iter().any(|line| line.starts_with("create")) => Vec::new(),
                    _ => step.args.clone(),
                };
                let again: Vec<&String> = settled.iter().filter(|line| left.contains(line)).collect();
                assert!(again.is_empty(), "{place}: done twice: {again:?}");
                assert_eq!(apply(&engine, &killed, &args), Vec::<String>::new(), "{place}");
                let now = comparable(&killed);
                assert!(now == expected, "{place}:\n{}", difference(&now, &expected));
                kills += 1;
                if all <= after {
                    break;
                }
                after += 1;
            }
        }
    }
    assert!(kills > 200, "{kills}");
}
