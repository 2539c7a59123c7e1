//! Made-up stacks: `main.objects` declares one object a line (`name=content`), each becomes the file `out/name` of its
//! stack and an entry of its state. `?stack` reads the outputs of another stack; `!` in front of a name makes its apply
//! fail.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::engine::{
    Applied, ApplyEvent, ApplyOptions, ApplySink, Checked, PlanMode, PlanOptions, Planned, Reads, Source,
};
use crate::environment::works::Works;
use crate::environment::world::Commits;
use crate::model::action::Action;
use crate::model::address::{ModuleAddress, ResourceAddress, ResourceMode};
use crate::model::check::{CheckInstance, CheckKind, CheckResult, CheckStatus};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::RepoPath;
use crate::model::plan::{Change, Knowledge, OutputChange, Plan, ResourceChange};
use crate::model::stack::{Stack, StackKind};
use crate::model::state::{InstanceState, OutputState, StateSnapshot};
use crate::model::value::Value;
use crate::sys::files::Files;

/// The provider of these objects.
const PROVIDER: &str = "test/objects";

/// Plans and applies them on a disk.
pub struct Objects {
    pub files: Arc<dyn Files>,
    /// Every object that was made, in order.
    pub made: Mutex<Vec<String>>,
    /// Ask to stop after this many objects.
    pub cancel_after: Mutex<Option<usize>>,
}

type Content = BTreeMap<String, String>;

fn address(name: &str) -> ResourceAddress {
    ResourceAddress {
        module: ModuleAddress::root(),
        mode: ResourceMode::Managed,
        type_name: "object".into(),
        name: name.into(),
    }
}

fn object(content: &str) -> Value {
    Value::object([("content", Value::string(content))])
}

fn name_of(resource: &ResourceAddress) -> String {
    resource.name.to_string()
}

impl Objects {
    fn wanted(&self, source: &Source) -> (Content, Vec<Diagnostic>) {
        let mut content = Content::new();
        let mut diagnostics = Vec::new();
        let text = source.files.read(&source.directory.join("main.objects")).unwrap_or_else(|_| Vec::new().into());
        for line in String::from_utf8_lossy(&text).lines() {
            if let Some(other) = line.strip_prefix('?') {
                let path = source.directory.join("..").join(other).join("terraform.tfstate");
                let state =
                    source.files.read(&path).ok().and_then(|bytes| crate::format::state_json::read(&bytes).ok());
                let output = state.and_then(|state| Some(state.outputs.get("all")?.value.as_str()?.to_owned()));
                content.insert(format!("of-{other}"), output.unwrap_or_else(|| "nothing yet".into()));
            } else if let Some((name, value)) = line.split_once('=') {
                content.insert(name.to_owned(), value.to_owned());
            } else {
                diagnostics.push(Diagnostic::error("Broken line", line.to_owned()));
            }
        }
        (content, diagnostics)
    }

    fn file(source: &Source, name: &str) -> std::path::PathBuf {
        source.directory.join("out").join(name)
    }

    /// What the state says, as far as the real files still are as it says.
    fn refreshed(source: &Source, state: Option<&StateSnapshot>) -> Content {
        let resources = state.into_iter().flat_map(|state| &state.resources);
        let stored = |resource: &crate::model::state::ResourceState| {
            let content = resource.instances[0].attributes.get("content")?.as_str()?.to_owned();
            Some((name_of(&resource.address), content))
        };
        let real = |(name, content): &(String, String)| {
            source.files.read(&Self::file(source, name)).is_ok_and(|bytes| *bytes == *content.as_bytes())
        };
        resources.filter_map(stored).filter(real).collect()
    }
}

fn change(name: &str, action: Action, before: Option<&String>, after: Option<&String>) -> ResourceChange {
    let value = |content: Option<&String>| content.map_or(Value::null(), |content| object(content));
    ResourceChange {
        address: address(name).instance(None),
        previous_address: None,
        deposed: None,
        provider: if name.starts_with("aws") { "hashicorp/aws" } else { PROVIDER }.into(),
        change: Change {
            action,
            before: value(before),
            after: value(after),
            replace_paths: Vec::new(),
            importing: None,
        },
        reason: None,
        place: None,
        knowledge: Knowledge::Exact,
    }
}

impl Works for Objects {
    fn stacks(&self, checkout: &Path) -> Vec<Stack> {
        let directories = self.files.list(checkout).unwrap_or_default();
        let stack = |name: String| {
            let text = self.files.read(&checkout.join(&name).join("main.objects")).ok()?;
            let text = String::from_utf8_lossy(&text).into_owned();
            let reads = text.lines().filter_map(|line| line.strip_prefix('?')).map(RepoPath::new).collect();
            Some(Stack { path: RepoPath::new(&name), kind: StackKind::Terraform, reads })
        };
        directories.into_iter().filter(|entry| entry.is_directory).filter_map(|entry| stack(entry.name)).collect()
    }

    fn is_built_in(&self, provider: &str) -> bool {
        provider == PROVIDER
    }

    fn plan(&self, source: &Source, options: &PlanOptions) -> Planned {
        let (mut wanted, diagnostics) = self.wanted(source);
        if options.mode == PlanMode::Destroy {
            wanted.clear();
        }
        let state = options.state.as_deref();
        let now = Self::refreshed(source, state);
        let mut plan = Plan { errored: !diagnostics.is_empty(), ..Plan::default() };
        for (name, after) in &wanted {
            let before = now.get(name);
            let action = match before {
                None => Action::Create,
                Some(before) if before == after => Action::NoOp,
                Some(_) => Action::Update,
            };
            plan.changes.push(Arc::new(change(name, action, before, Some(after))));
        }
        let stored = state.into_iter().flat_map(|state| &state.resources).map(|resource| name_of(&resource.address));
        for name in stored.filter(|name| !wanted.contains_key(name)) {
            plan.changes.push(Arc::new(change(&name, Action::Delete, now.get(&name), None)));
        }
        let all: String = wanted.iter().map(|(name, content)| format!("{name}={content};")).collect();
        let before = state.and_then(|state| state.outputs.get("all")).map(|output| output.value.clone());
        let after = if wanted.is_empty() { None } else { Some(Value::string(all)) };
        let action = match (&before, &after) {
            (None, None) => Action::NoOp,
            (None, Some(_)) => Action::Create,
            (Some(_), None) => Action::Delete,
            (Some(before), Some(after)) if before == after => Action::NoOp,
            _ => Action::Update,
        };
        let null = |value: Option<Value>| value.unwrap_or(Value::null());
        if action != Action::NoOp || before.is_some() {
            let output = OutputChange { action, before: null(before), after: null(after), sensitive: false };
            plan.outputs.insert("all".into(), output);
        }
        plan.applyable =
            plan.changes.iter().any(|change| change.change.action != Action::NoOp) || action != Action::NoOp;
        Planned { plan: Arc::new(plan), diagnostics, reads: Reads::default(), options: options.clone() }
    }

    fn hindrances(&self, _: &Source, planned: &Planned, trusted: bool) -> Vec<Diagnostic> {
        let runs = planned.plan.changes.iter().any(|change| name_of(&change.address.resource).starts_with("run"));
        let fault = || Diagnostic::error("Provisioner not run", "A provisioner runs a command.");
        (runs && !trusted).then(fault).into_iter().collect()
    }

    fn apply(&self, source: &Source, planned: &Planned, _: &ApplyOptions, sink: &dyn ApplySink) -> Applied {
        let mut state = planned.options.state.as_deref().cloned().unwrap_or_default();
        let mut applied =
            Applied { state: Arc::new(state.clone()), diagnostics: Vec::new(), checks: Vec::new(), cancelled: false };
        for change in planned.plan.changes.iter().filter(|change| change.change.action != Action::NoOp) {
            let after_so_many = *self.cancel_after.lock().unwrap();
            if sink.cancelled() || after_so_many.is_some_and(|limit| self.made.lock().unwrap().len() >= limit) {
                applied.cancelled = true;
                return applied;
            }
            let (address, action) = (change.address.clone(), change.change.action);
            let name = name_of(&address.resource);
            sink.event(ApplyEvent::Started { address: address.clone(), action });
            let path = Self::file(source, &name);
            let content = change.change.after.get("content").and_then(|content| content.as_str().map(str::to_owned));
            let done = match &content {
                _ if name.starts_with('!') => Err(std::io::Error::other("this object cannot be made")),
                Some(content) => self.files.write_atomic(&path, content.as_bytes(), 0o644),
                None => match self.files.remove_file(&path) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
                    other => other,
                },
            };
            if let Err(error) = done {
                let diagnostics = vec![Diagnostic::error("It failed", error.to_string())];
                applied.diagnostics.extend(diagnostics.clone());
                sink.event(ApplyEvent::Failed { address, action, took: Duration::ZERO, diagnostics });
                return applied;
            }
            match &content {
                Some(content) => {
                    self.made.lock().unwrap().push(name);
                    let instance = InstanceState {
                        key: None,
                        deposed: None,
                        tainted: false,
                        schema_version: 0,
                        attributes: object(content),
                        sensitive_paths: Vec::new(),
                        private: None,
                        dependencies: Arc::default(),
                        create_before_destroy: false,
                    };
                    state.put(&address.resource, &format!("provider[\"{PROVIDER}\"]").as_str().into(), instance);
                }
                None => drop(state.remove(&address, None)),
            }
            applied.state = Arc::new(state.clone());
            if let Err(error) = sink.persist(&|| applied.state.clone()) {
                applied.diagnostics.push(Diagnostic::error("The state could not be written", error.to_string()));
                return applied;
            }
            sink.event(ApplyEvent::Done { address, action, took: Duration::ZERO });
        }
        state.outputs = planned
            .plan
            .outputs
            .iter()
            .filter(|(_, output)| output.action != Action::Delete)
            .map(|(name, output)| (name.clone(), OutputState { value: output.after.clone(), sensitive: false }))
            .collect();
        applied.state = Arc::new(state);
        if let Err(error) = sink.persist(&|| applied.state.clone()) {
            applied.diagnostics.push(Diagnostic::error("The state could not be written", error.to_string()));
        }
        applied
    }

    fn check(&self, source: &Source, options: &PlanOptions) -> Checked {
        let now = Self::refreshed(source, options.state.as_deref()).len();
        let all = options.state.as_ref().map_or(0, |state| state.resources.len());
        let status = if now == all { CheckStatus::Pass } else { CheckStatus::Fail };
        let problems =
            if now == all { Vec::new() } else { vec![format!("{now} of {all} files are there").as_str().into()] };
        let instances = vec![CheckInstance { address: "check.files".into(), status, problems }];
        let result = CheckResult { kind: CheckKind::Check, address: "check.files".into(), status, instances };
        Checked { results: vec![result], diagnostics: Vec::new() }
    }
}

/// Commits that are maps of files.
pub struct FakeCommits {
    pub files: Arc<dyn Files>,
    pub commits: BTreeMap<String, Vec<(String, String)>>,
    pub head: Mutex<String>,
    pub broken: AtomicBool,
}

impl Commits for FakeCommits {
    fn head(&self) -> Option<String> {
        Some(self.head.lock().unwrap().clone())
    }

    fn checkout(&self, commit: &str, into: &Path) -> Result<(), String> {
        if self.broken.load(Ordering::Relaxed) {
            return Err("the object database is broken".into());
        }
        let wanted = self.commits.get(commit).ok_or("there is no such commit")?;
        // What a commit that was never checked out here tracks is nobody's.
        for (_, files) in self.commits.iter().filter(|(id, _)| *id != commit && *id != "tracked") {
            for (path, _) in files.iter().filter(|(path, _)| !wanted.iter().any(|(other, _)| other == path)) {
                if self.files.is_file(&into.join(path)) {
                    self.files.remove_file(&into.join(path)).map_err(|error| error.to_string())?;
                }
            }
        }
        for (path, text) in wanted {
            let written = self.files.write_atomic(&into.join(path), text.as_bytes(), 0o644);
            written.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn tracked_states(&self, commit: &str) -> Result<Vec<RepoPath>, String> {
        let files = self.commits.get(commit).ok_or("there is no such commit")?;
        let states = files.iter().map(|(path, _)| path).filter(|path| path.ends_with("terraform.tfstate"));
        Ok(states.map(|path| RepoPath::new(path)).collect())
    }

    fn behind(&self, commit: &str) -> Option<usize> {
        Some(usize::from(*self.head.lock().unwrap() != commit))
    }
}
