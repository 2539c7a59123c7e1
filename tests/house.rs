//! The laws of the house, checked on the source text: floors, cycles, headers, what is banned, and docs that are fresh.
//!
//! Each failure names file and line. Sizes are a smell, not a law: the ten largest files are printed so that somebody
//! looks (`cargo test --test house -- --nocapture`).

#![allow(clippy::disallowed_methods, reason = "the test reads its own source")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors of `docs/architecture.md`, bottom to top.
const FLOORS: [&[&str]; 7] = [
    &["model", "sys"],
    &["config", "repo", "watch", "lang", "tool", "format"],
    &["engine", "lint"],
    &["pipeline", "environment", "review", "guide", "store"],
    &["app"],
    &["ui", "runtime"],
    &["shell", "cli"],
];

/// Modules on one floor that another one there may name, each with its reason.
const SAME_FLOOR: [(&str, &str); 3] = [
    // What is remembered on disk is the ground that runs and environments stand on.
    ("pipeline", "store"),
    ("environment", "store"),
    // `kilter` without a command, and `kilter demo`, open the workbench.
    ("cli", "shell"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("the directory is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A source file without what only tests see, line by line (1-based), comments removed.
struct Source {
    path: PathBuf,
    lines: Vec<(usize, String)>,
}

fn sources() -> Vec<Source> {
    rust_files(&root().join("src")).into_iter().map(read_source).collect()
}

fn read_source(path: PathBuf) -> Source {
    let text = fs::read_to_string(&path).expect("a source file is text");
    let mut lines = Vec::new();
    let mut skipping: Option<usize> = None;
    let mut test_attribute = false;
    for (index, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if let Some(depth) = skipping {
            if line.trim_start().starts_with('}') && indent == depth {
                skipping = None;
            }
            continue;
        }
        let trimmed = line.trim();
        if trimmed.starts_with("#[cfg(test)]") || trimmed.starts_with("#[test]") {
            test_attribute = true;
            continue;
        }
        if test_attribute && !trimmed.starts_with('#') {
            test_attribute = false;
            if trimmed.ends_with('{') {
                skipping = Some(indent);
            }
            continue;
        }
        lines.push((index + 1, without_comment(line).to_owned()));
    }
    Source { path, lines }
}

fn without_comment(line: &str) -> &str {
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") {
        return "";
    }
    match line.find(" // ") {
        Some(at) if line[..at].matches('"').count().is_multiple_of(2) => &line[..at],
        _ => line,
    }
}

/// Whether a whole file is only for tests (declared under `#[cfg(test)]` by its parent, by the house's naming).
fn is_test_file(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    name == "tests"
        || name == "fixture"
        || name == "testing"
        || name.ends_with("_tests")
        || path.components().any(|c| c.as_os_str() == "tests")
}

/// `src/a/b.rs` → `[a, b]`, `src/a/mod.rs` → `[a]`.
fn module_of(path: &Path) -> Vec<String> {
    let below = path.strip_prefix(root().join("src")).expect("a source file");
    let mut parts: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let file = parts.pop().expect("a file name");
    match file.trim_end_matches(".rs") {
        "mod" | "lib" | "main" => {}
        stem => parts.push(stem.to_owned()),
    }
    parts
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Every `crate::a::b::…` path with its line, braces expanded.
fn crate_paths(source: &Source) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let joined: String = source.lines.iter().map(|(_, line)| format!("{line}\n")).collect();
    let mut rest = joined.as_str();
    let mut offset = 0;
    while let Some(at) = rest.find("crate::") {
        let before = rest[..at].chars().next_back();
        let begin = at + "crate::".len();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            let line_index = joined[..offset + at].matches('\n').count();
            let line = source.lines.get(line_index).map_or(0, |(number, _)| *number);
            expand(&rest[begin..], &[], &mut |path| found.push((line, path)));
        }
        offset += begin;
        rest = &rest[begin..];
    }
    found
}

/// Expands `a::{b, c::D}` into `a::b` and `a::c::D`; returns how many bytes it took.
fn expand(text: &str, prefix: &[String], found: &mut dyn FnMut(Vec<String>)) -> usize {
    let mut path = prefix.to_vec();
    let mut at = 0;
    loop {
        let word: String = text[at..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if !word.is_empty() {
            at += word.len();
            path.push(word);
            if text[at..].starts_with("::") {
                at += 2;
                continue;
            }
        } else if text[at..].starts_with('{') {
            at += 1;
            loop {
                at += text[at..].len() - text[at..].trim_start_matches([' ', '\n', ',']).len();
                if text[at..].starts_with('}') || text[at..].is_empty() {
                    return at + 1;
                }
                let taken = expand(&text[at..], &path, found);
                if taken == 0 {
                    return at;
                }
                at += taken;
                if text[at..].starts_with(" as ") {
                    at += 4 + text[at + 4..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').count();
                }
            }
        } else if text[at..].starts_with('*') {
            at += 1;
            path.push("*".to_owned());
        }
        found(path);
        return at;
    }
}

fn report(title: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{title}:\n{}", faults.join("\n"));
}

#[test]
fn a_module_names_only_modules_on_floors_below_its_own() {
    let mut faults = Vec::new();
    for source in sources() {
        let Some(own) = module_of(&source.path).first().cloned() else { continue };
        let Some(floor) = floor_of(&own) else {
            faults.push(format!("{}: `{own}` has no floor; give it one in tests/house.rs", shown(&source.path)));
            continue;
        };
        if is_test_file(&source.path) {
            continue;
        }
        for (line, path) in crate_paths(&source) {
            let Some(named) = path.first().filter(|named| **named != own) else { continue };
            if named == "*" {
                faults.push(format!("{}:{line}: a glob of the crate", shown(&source.path)));
            }
            let Some(other) = floor_of(named) else { continue };
            let allowed = other < floor || SAME_FLOOR.contains(&(own.as_str(), named.as_str()));
            if !allowed {
                faults.push(format!(
                    "{}:{line}: `{own}` is on floor {floor} and names `{named}` on floor {other}",
                    shown(&source.path)
                ));
            }
        }
    }
    report("floors", &faults);
}

#[test]
fn files_do_not_import_each_other_in_circles() {
    let sources = sources();
    let modules: BTreeMap<Vec<String>, usize> =
        sources.iter().enumerate().map(|(index, source)| (module_of(&source.path), index)).collect();
    let mut edges: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); sources.len()];
    for (index, source) in sources.iter().enumerate() {
        if is_test_file(&source.path) {
            continue;
        }
        for (_, path) in crate_paths(source) {
            let target = (1..=path.len()).rev().find_map(|length| modules.get(&path[..length]));
            if let Some(&target) = target
                // A parent's `mod.rs` declares and re-exports its children: that is no dependency of a child on it.
                && target != index
                && !module_of(&source.path).starts_with(&module_of(&sources[target].path))
            {
                edges[index].insert(target);
            }
        }
    }
    if let Some(cycle) = find_cycle(&edges) {
        let names: Vec<String> = cycle.iter().map(|index| shown(&sources[*index].path)).collect();
        panic!("files import each other in a circle:\n{}", names.join("\n  → "));
    }
}

fn find_cycle(edges: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    fn visit(at: usize, edges: &[BTreeSet<usize>], state: &mut [u8], path: &mut Vec<usize>) -> Option<Vec<usize>> {
        state[at] = 1;
        path.push(at);
        for &next in &edges[at] {
            if state[next] == 1 {
                let from = path.iter().position(|index| *index == next).unwrap_or(0);
                return Some(path[from..].to_vec());
            }
            if state[next] == 0
                && let Some(cycle) = visit(next, edges, state, path)
            {
                return Some(cycle);
            }
        }
        path.pop();
        state[at] = 2;
        None
    }
    let mut state = vec![0; edges.len()];
    (0..edges.len()).find_map(|at| if state[at] == 0 { visit(at, edges, &mut state, &mut Vec::new()) } else { None })
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut files = rust_files(&root().join("src"));
    files.extend(rust_files(&root().join("tests")));
    files.extend(rust_files(&root().join("benches")));
    let silent = |path: &&PathBuf| !fs::read_to_string(path).expect("text").starts_with("//! ");
    let faults: Vec<String> =
        files.iter().filter(silent).map(|path| format!("{}: no `//!` header", shown(path))).collect();
    report("headers", &faults);
}

#[test]
fn what_is_banned_is_not_there() {
    let banned = [
        (".unwrap()", "use a typed error, or `expect` with the invariant as its text"),
        ("todo!(", "build it"),
        ("unimplemented!(", "build it"),
        ("dbg!(", "a debug print"),
        ("super::super", "name the module from `crate`"),
        ("static mut", "no global mutable state"),
        ("#[allow(dead_code)]", "remove it or use it"),
    ];
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !is_test_file(&source.path)) {
        for (line, text) in &source.lines {
            for (word, why) in banned {
                if text.contains(word) {
                    faults.push(format!("{}:{line}: `{word}`: {why}", shown(&source.path)));
                }
            }
        }
    }
    report("banned", &faults);
}

#[test]
fn nothing_looks_unfinished() {
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let mut files = rust_files(&root().join("src"));
    files.extend(rust_files(&root().join("tests")));
    let mut faults = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("text");
        for (index, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                faults.push(format!("{}:{}: {}", shown(&path), index + 1, line.trim()));
            }
        }
    }
    report("unfinished", &faults);
}

#[test]
fn names_say_what_a_thing_is() {
    let vague = ["Manager", "Helper", "Util", "Handler", "Common", "Misc"];
    let mut faults = Vec::new();
    for source in sources() {
        for (line, text) in &source.lines {
            let declared = ["struct ", "enum ", "trait ", "type "]
                .iter()
                .find_map(|word| text.trim_start().trim_start_matches("pub ").strip_prefix(word));
            if let Some(name) = declared
                && vague
                    .iter()
                    .any(|word| name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("").contains(word))
            {
                faults.push(format!("{}:{line}: {}", shown(&source.path), text.trim()));
            }
        }
    }
    report("vague names", &faults);
}

#[test]
fn each_external_crate_has_its_home() {
    let homes: [(&str, &[&str]); 17] = [
        ("ratatui", &["ui", "shell"]),
        ("syntect", &["ui"]),
        ("two_face", &["ui"]),
        ("crossterm", &["shell", "ui"]),
        ("terminal_colorsaurus", &["shell", "ui"]),
        ("git2", &["repo"]),
        ("notify", &["watch"]),
        ("ignore", &["watch", "repo"]),
        ("clap", &["cli"]),
        ("nucleo_matcher", &["app"]),
        ("dashu_float", &["model", "lang"]),
        ("foldhash", &["model"]),
        ("ipnet", &["lang"]),
        ("hyper", &["runtime"]),
        ("nix", &["sys"]),
        ("rustyline", &["cli"]),
        ("ureq", &["sys"]),
    ];
    let mut faults = Vec::new();
    for source in sources().iter().filter(|source| !is_test_file(&source.path)) {
        let module = module_of(&source.path);
        let own = module.first().map(String::as_str).unwrap_or("");
        for (line, text) in &source.lines {
            for (name, rooms) in homes {
                let used = text.contains(&format!("use {name}::")) || text.contains(&format!(" {name}::"));
                if used && !rooms.contains(&own) {
                    faults.push(format!("{}:{line}: `{name}` is at home in {}", shown(&source.path), rooms.join(", ")));
                }
            }
        }
    }
    report("homes", &faults);
}

#[test]
fn nothing_names_a_place_outside_the_repo() {
    let words = [concat!("../", "shared"), concat!("/wo", "rk/"), concat!("/.lib", "rary")];
    let mut faults = Vec::new();
    let mut files = rust_files(&root().join("src"));
    files.extend(rust_files(&root().join("tests")));
    for path in files {
        let text = fs::read_to_string(&path).expect("text");
        for (index, line) in text.lines().enumerate().filter(|(_, line)| words.iter().any(|word| line.contains(word))) {
            faults.push(format!("{}:{}: {}", shown(&path), index + 1, line.trim()));
        }
    }
    report("outside", &faults);
}

#[test]
fn the_ten_largest_files_are_looked_at() {
    let mut sizes: Vec<(usize, String)> = rust_files(&root().join("src"))
        .iter()
        .map(|path| (fs::read_to_string(path).expect("text").lines().count(), shown(path)))
        .collect();
    sizes.sort_by(|a, b| b.cmp(a));
    let mut out = String::from("the ten largest files:\n");
    for (lines, path) in sizes.iter().take(10) {
        let _ = writeln!(out, "{lines:>6}  {path}");
    }
    println!("{out}");
    let largest = sizes.first().map_or(0, |(lines, _)| *lines);
    assert!(largest < 1500, "a file of {largest} lines has more than one subject:\n{out}");
}
