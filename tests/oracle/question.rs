//! One question: files, a prior state and flags; and what terraform or Kilter said to it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::configuration::Files;

/// A state that data sources read.
pub const REMOTE: &str = r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"other","outputs":{"text":{"value":"far","type":"string"},"list":{"value":["a","z"],"type":["list","string"]},"secret":{"value":"s","type":"string","sensitive":true}},"resources":[],"check_results":null}"#;

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// The configuration.
    pub files: Files,
    /// The state before.
    pub state: Option<String>,
    /// Flags of plan.
    pub flags: Vec<String>,
}

/// A diagnostic in the form that is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    pub severity: String,
    pub summary: String,
    pub detail: String,
    /// `file:line:column`, when it has a place.
    pub at: Option<String>,
}

/// What was answered.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub validate: Vec<Said>,
    pub plan: Vec<Said>,
    /// Only of a plan without errors.
    pub plan_json: Option<Json>,
    pub apply: Vec<Said>,
    /// After the apply.
    pub state: Option<String>,
}

impl Said {
    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }

    pub fn to_json(&self) -> Json {
        json!({"severity": self.severity, "summary": self.summary, "detail": self.detail, "at": self.at})
    }

    pub fn from_json(json: &Json) -> Said {
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let at = json["at"].as_str().map(str::to_owned);
        Said { severity: text("severity"), summary: text("summary"), detail: text("detail"), at }
    }
}

impl Reply {
    /// Whether everything went through to a state.
    pub fn is_clean(&self) -> bool {
        !self.validate.iter().chain(&self.plan).chain(&self.apply).any(Said::is_error)
    }

    pub fn to_json(&self) -> Json {
        let said = |list: &[Said]| list.iter().map(Said::to_json).collect::<Vec<_>>();
        json!({"validate": said(&self.validate), "plan": said(&self.plan), "plan_json": self.plan_json,
               "apply": said(&self.apply), "state": self.state})
    }

    pub fn from_json(json: &Json) -> Reply {
        let said = |name: &str| json[name].as_array().into_iter().flatten().map(Said::from_json).collect();
        Reply {
            validate: said("validate"),
            plan: said("plan"),
            plan_json: Some(json["plan_json"].clone()).filter(|plan| !plan.is_null()),
            apply: said("apply"),
            state: json["state"].as_str().map(str::to_owned),
        }
    }
}

impl Question {
    /// Writes everything below `root`, with the list of modules that `init` would write.
    pub fn lay_out(&self, root: &Path) {
        let mut directories = std::collections::BTreeSet::new();
        for (path, text) in &self.files {
            let path = root.join(path);
            let directory = path.parent().unwrap();
            if directories.insert(directory.to_path_buf()) {
                std::fs::create_dir_all(directory).unwrap();
            }
            std::fs::write(path, text).unwrap();
        }
        std::fs::write(root.join("remote.tfstate"), REMOTE).unwrap();
        if let Some(state) = &self.state {
            std::fs::write(root.join("terraform.tfstate"), state).unwrap();
        }
        std::fs::create_dir_all(root.join(".terraform/modules")).unwrap();
        let modules: Vec<Json> = self.modules();
        let manifest = json!({ "Modules": modules });
        std::fs::write(root.join(".terraform/modules/modules.json"), manifest.to_string()).unwrap();
    }

    fn modules(&self) -> Vec<Json> {
        let mut found = vec![json!({"Key": "", "Source": "", "Dir": "."})];
        let mut open = vec![(String::new(), String::new())];
        while let Some((key, directory)) = open.pop() {
            for (name, source) in self.calls(&directory) {
                let inner = normal(&format!("{directory}/{source}"));
                let key = if key.is_empty() { name } else { format!("{key}.{name}") };
                found.push(json!({"Key": key, "Source": source, "Dir": inner}));
                if key.len() < 60 {
                    open.push((key, inner));
                }
            }
        }
        found
    }

    /// The module calls of a directory: name and source.
    fn calls(&self, directory: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (path, text) in &self.files {
            if path.rsplit_once('/').map_or("", |(before, _)| before) != directory {
                continue;
            }
            for part in text.split("module \"").skip(1) {
                let Some((name, rest)) = part.split_once('"') else { continue };
                let Some((_, source)) = rest.split_once("source = \"") else { continue };
                let Some((source, _)) = source.split_once('"') else { continue };
                found.push((name.to_owned(), source.to_owned()));
            }
        }
        found
    }

    /// One text with all of it, which [`Question::parse`] reads.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (path, text) in &self.files {
            let _ = write!(out, "-- {path} --\n{text}");
        }
        if let Some(state) = &self.state {
            let _ = writeln!(out, "-- state.json --\n{}", state.trim_end());
        }
        if !self.flags.is_empty() {
            let _ = writeln!(out, "-- flags --\n{}", self.flags.join(" "));
        }
        out
    }

    /// Reads what [`Question::text`] wrote.
    pub fn parse(text: &str) -> Question {
        let mut sections: BTreeMap<String, String> = BTreeMap::new();
        let mut current = None;
        for line in text.lines() {
            match line.strip_prefix("-- ").and_then(|line| line.strip_suffix(" --")) {
                Some(name) => {
                    current = Some(name.to_owned());
                    sections.entry(name.to_owned()).or_default();
                }
                None => {
                    if let Some(name) = &current {
                        let section = sections.get_mut(name).unwrap();
                        section.push_str(line);
                        section.push('\n');
                    }
                }
            }
        }
        let state = sections.remove("state.json");
        let flags = sections.remove("flags").unwrap_or_default();
        Question { files: sections, state, flags: flags.split_whitespace().map(str::to_owned).collect() }
    }
}

fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn a_question_survives_its_text() {
    let files = [("main.tf", "a = 1\n"), ("mods/one/main.tf", "b = <<E\nx\nE\n")];
    let question = Question {
        files: files.map(|(path, text)| (path.to_owned(), text.to_owned())).into(),
        state: Some("{}\n".to_owned()),
        flags: vec!["-destroy".to_owned(), "-target=terraform_data.a".to_owned()],
    };
    assert_eq!(Question::parse(&question.text()), question);
}
