//! One case: files in one text, as it is written in `tests/golden/terraform-1.11.4/corpus/NAME.txt`.
//!
//! `-- path --` begins a file. Below `before/` stands what was applied to get the state, below `after/` what is planned
//! against it, anything else belongs to both. `flags` holds one flag of `terraform plan` a line, `env` assignments,
//! `taint` addresses to taint before planning, `state.json` a state to plan against.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A case as it is written.
pub struct Case {
    /// Its name.
    pub name: String,
    /// What was applied before; empty when nothing was.
    pub before: BTreeMap<String, String>,
    /// What is planned.
    pub after: BTreeMap<String, String>,
    /// Flags of the plan.
    pub flags: Vec<String>,
    /// Variables of the environment.
    pub env: Vec<(String, String)>,
    /// What is tainted before the plan.
    pub taint: Vec<String>,
    /// A state written by hand.
    pub state: Option<String>,
}

/// Where the cases lie.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4/corpus")
}

/// All cases by name; only those whose name holds `CASE` when that is set.
pub fn all() -> Vec<Case> {
    let only = std::env::var("CASE").unwrap_or_default();
    let entries = std::fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path());
    let mut texts: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "txt")).collect();
    texts.sort();
    let cases = texts.iter().map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        parse(name, &std::fs::read_to_string(path).unwrap())
    });
    cases.filter(|case| case.name.contains(&only)).collect()
}

fn parse(name: String, text: &str) -> Case {
    let mut case = Case {
        name,
        before: BTreeMap::new(),
        after: BTreeMap::new(),
        flags: Vec::new(),
        env: Vec::new(),
        taint: Vec::new(),
        state: None,
    };
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let head = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        match (head, files.last_mut()) {
            (Some(path), _) => files.push((path.to_owned(), String::new())),
            (None, Some((_, content))) => content.push_str(line),
            (None, None) => {}
        }
    }
    let has_before = files.iter().any(|(path, _)| path.starts_with("before/"));
    for (path, content) in files {
        // A file of another stack's state cannot end in a line of its own without one: `\` takes the last line end away.
        let content = content.strip_suffix("\\\n").map_or_else(|| content.clone(), str::to_owned);
        let lines = || content.lines().filter(|line| !line.is_empty()).map(str::to_owned);
        match path.as_str() {
            "flags" => case.flags.extend(lines()),
            "taint" => case.taint.extend(lines()),
            "env" => case.env.extend(lines().map(|line| {
                let (name, value) = line.split_once('=').unwrap();
                (name.to_owned(), value.to_owned())
            })),
            "state.json" => case.state = Some(content),
            path => match (path.strip_prefix("before/"), path.strip_prefix("after/")) {
                (Some(path), _) => drop(case.before.insert(path.to_owned(), content)),
                (None, Some(path)) => drop(case.after.insert(path.to_owned(), content)),
                (None, None) => {
                    if has_before {
                        case.before.insert(path.to_owned(), content.clone());
                    }
                    case.after.insert(path.to_owned(), content);
                }
            },
        }
    }
    case
}

/// Writes files below a directory.
pub fn write(directory: &Path, files: &BTreeMap<String, String>) {
    for (path, content) in files {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}
