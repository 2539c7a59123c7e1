//! Verdicts equal to terraform's: each case in `tests/golden/terraform-1.11.4/tests` is a root module with tests, and
//! `verdicts.json` holds what `terraform test -json` said to it (`record.py` beside them asks it).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{Source, Surroundings, TestOptions};
use kilter::model::diagnostic::Diagnostic;
use kilter::model::place::RepoPath;
use kilter::model::test::TestSuite;
use kilter::sys::files::RealFiles;
use kilter::sys::processes::RealProcesses;
use serde_json::Value as Json;

use crate::engine_plan::engine;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4/tests")
}

fn cases() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("verdicts.json").exists())
        .collect();
    found.sort();
    assert!(found.len() > 40, "{}", found.len());
    found
}

/// Words that are Kilter's own, where terraform's are about its own machinery. The beginnings of details that agree.
const OWN_WORDS: [(&str, &str); 2] = [
    ("Unable to find remote state", "No stored state was found for the given workspace in the given backend"),
    ("Cycle: ", ""),
];

/// A diagnostic as it is compared: columns are not, and Kilter may give a place where terraform gives none.
fn line(file: Option<&str>, run: Option<&str>, severity: &str, summary: &str, detail: &str, at: &str) -> String {
    // terraform points at the provisioner, Kilter names the object.
    let at = if summary == "local-exec provisioner error" { "" } else { at };
    let own = OWN_WORDS.iter().find(|(begins, _)| summary.starts_with(begins));
    let (summary, detail) = match own {
        Some((begins, detail)) => (*begins, *detail),
        None => (summary, detail),
    };
    format!("[{}/{}] {severity} {summary} | {detail:?} @{at}", file.unwrap_or(""), run.unwrap_or(""))
}

fn theirs(verdicts: &Json) -> BTreeSet<String> {
    let of = |found: &Json| {
        let at = found["at"].as_str().unwrap_or_default();
        let at = at.rsplit_once(':').map_or("", |(line, _)| line);
        line(
            found["file"].as_str(),
            found["run"].as_str(),
            found["severity"].as_str().unwrap(),
            found["summary"].as_str().unwrap(),
            found["detail"].as_str().unwrap(),
            at,
        )
    };
    verdicts["diagnostics"].as_array().unwrap().iter().map(of).collect()
}

fn ours(suites: &[TestSuite], overall: &[Diagnostic], theirs: &BTreeSet<String>) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut push = |file: Option<&str>, run: Option<&str>, found: &Diagnostic| {
        let severity = if found.is_error() { "error" } else { "warning" };
        let at = found.subject.as_ref().map_or(String::new(), |place| format!("{}:{}", place.path, place.start.line));
        let placeless = line(file, run, severity, &found.summary, &found.detail, "");
        lines.insert(match theirs.contains(&placeless) {
            true => placeless,
            false => line(file, run, severity, &found.summary, &found.detail, &at),
        });
    };
    overall.iter().for_each(|found| push(None, None, found));
    for suite in suites {
        suite.diagnostics.iter().for_each(|found| push(Some(&suite.name), None, found));
        for case in &suite.cases {
            case.diagnostics.iter().for_each(|found| push(Some(&suite.name), Some(&case.name), found));
        }
        for left in &suite.left {
            left.diagnostics.iter().for_each(|found| push(Some(&suite.name), Some(&left.run), found));
        }
    }
    lines
}

fn compare(case: &Path, verdicts: &Json, whose: &str) -> Vec<String> {
    let mut around = Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    around.random = Arc::new(kilter::sys::chance::fill);
    around.commands = Some(Arc::new(RealProcesses));
    // Whoever may ask the network also finds that a state which is read is not there.
    around.http = Some(Arc::new(kilter::sys::http::RealHttp));
    let source = Source::new(Arc::new(RealFiles), case, RepoPath::root());
    let tested = engine().test(&source, &TestOptions::default(), &around);
    let name = case.file_name().unwrap().to_string_lossy().into_owned();
    let mut faults = Vec::new();
    let wanted: Vec<String> = verdicts["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| {
            format!(
                "{}/{} {}",
                run["file"].as_str().unwrap(),
                run["run"].as_str().unwrap(),
                run["status"].as_str().unwrap()
            )
        })
        .collect();
    let got: Vec<String> = tested
        .suites
        .iter()
        .flat_map(|suite| suite.cases.iter().map(|case| format!("{}/{} {}", suite.name, case.name, case.status.word())))
        .collect();
    for (wanted, got) in wanted.iter().zip(&got).filter(|(wanted, got)| wanted != got) {
        faults.push(format!("{name}: {whose} says {wanted}, kilter {got}"));
    }
    if wanted.len() != got.len() {
        faults.push(format!("{name}: {whose} ran {wanted:?}, kilter {got:?}"));
    }
    let left: Vec<&String> =
        tested.suites.iter().flat_map(|suite| &suite.left).flat_map(|left| &left.resources).collect();
    let left_there: Vec<&str> = verdicts["left"].as_array().unwrap().iter().map(|l| l.as_str().unwrap()).collect();
    if left != left_there {
        faults.push(format!("{name}: {whose} left {left_there:?}, kilter {left:?}"));
    }
    let theirs = theirs(verdicts);
    let ours = ours(&tested.suites, &tested.diagnostics, &theirs);
    faults.extend(theirs.difference(&ours).map(|line| format!("{name}: only {whose}: {line}")));
    faults.extend(ours.difference(&theirs).map(|line| format!("{name}: only kilter: {line}")));
    faults
}

#[test]
fn tests_come_out_as_terraform_recorded() {
    let mut faults = Vec::new();
    let (mut runs, mut count) = (0, 0);
    for case in cases() {
        let verdicts: Json = serde_json::from_slice(&std::fs::read(case.join("verdicts.json")).unwrap()).unwrap();
        runs += verdicts["runs"].as_array().unwrap().len();
        count += 1;
        faults.extend(compare(&case, &verdicts, "terraform"));
    }
    println!("{count} stacks, {runs} runs");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "verdicts.json" {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn terraform(directory: &Path, home: &Path, args: &[&str]) -> Option<String> {
    let mut command = Command::new("terraform");
    command.args(args).current_dir(directory).env("HOME", home).env("CHECKPOINT_DISABLE", "1");
    let output = command.env("TF_CLI_CONFIG_FILE", "/dev/null").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What `record.py` writes down.
fn verdicts(log: &str) -> Json {
    let (mut runs, mut diagnostics, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for line in log.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok()) {
        let (file, run) = (&line["@testfile"], &line["@testrun"]);
        match line["type"].as_str() {
            Some("test_run") if line["test_run"]["progress"] == "complete" => {
                runs.push(serde_json::json!({"file": file, "run": run, "status": line["test_run"]["status"]}));
            }
            Some("test_cleanup") => {
                let failed = line["test_cleanup"]["failed_resources"].as_array().unwrap();
                left.extend(failed.iter().map(|resource| resource["instance"].clone()));
            }
            Some("diagnostic") => {
                let found = &line["diagnostic"];
                let range = &found["range"];
                let at = range["filename"]
                    .as_str()
                    .map(|name| format!("{name}:{}:{}", range["start"]["line"], range["start"]["column"]));
                diagnostics.push(serde_json::json!({"file": file, "run": run, "severity": found["severity"],
                    "summary": found["summary"], "detail": found["detail"].as_str().unwrap_or_default(), "at": at}));
            }
            _ => {}
        }
    }
    left.sort_by_key(ToString::to_string);
    serde_json::json!({"runs": runs, "diagnostics": diagnostics, "left": left})
}

#[test]
fn tests_come_out_as_terraform_says_now() {
    let home = tempfile::tempdir().unwrap();
    let version = terraform(home.path(), home.path(), &["version"]);
    if !version.is_some_and(|version| version.starts_with("Terraform v1.11.")) {
        eprintln!("SKIPPED: no terraform 1.11 on PATH; only what it once said was compared.");
        return;
    }
    let cases = cases();
    let faults = std::sync::Mutex::new(Vec::new());
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    let work = tempfile::tempdir().unwrap();
                    copy(case, work.path());
                    terraform(work.path(), home.path(), &["init", "-backend=false"]);
                    let log = terraform(work.path(), home.path(), &["test", "-json"]).unwrap_or_default();
                    faults.lock().unwrap().extend(compare(case, &verdicts(&log), "terraform"));
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
