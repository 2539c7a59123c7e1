//! `local-exec` provisioners: what they run, where the repo is trusted.

use std::path::PathBuf;

use crate::engine::apply::standing::vertex_of;
use crate::engine::apply::steps::{Step, Work};
use crate::engine::module::declared::{ItemId, Provisioner};
use crate::engine::module::tree::Config;
use crate::engine::plan::body::{Frame, Items, decode};
use crate::engine::plan::deletion::removed;
use crate::engine::plan::provisioners::schema;
use crate::engine::query::graph::Vertex;
use crate::engine::query::session::Query;
use crate::model::action::Action;
use crate::model::address::ResourceInstanceAddress;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Marks, Value};
use crate::sys::processes::Invocation;

/// The provisioners of an object, with the node that they stand in: those of its resource, or those of a `removed` block
/// that took the place of the resource.
pub fn provisioners<'c>(
    config: &'c Config,
    address: &'c ResourceInstanceAddress,
) -> Option<(usize, &'c [Provisioner])> {
    match vertex_of(config, &address.resource) {
        Some(Vertex { node, item: ItemId::Resource(at) }) => {
            Some((node, &config.nodes[node].module.resources[at as usize].provisioners))
        }
        _ => removed(config, &address.resource).next().map(|(node, removed)| (node, removed.provisioners.as_slice())),
    }
}

/// What keeps a step's provisioners from being run, when something does.
pub fn obstacle(provisioners: &[Provisioner], step: &Step, trusted: bool) -> Option<Diagnostic> {
    let fault = |provisioner: &Provisioner| {
        let place = provisioner.content.header.place();
        if &*provisioner.kind != "local-exec" {
            let detail = format!(
                "Kilter runs \"local-exec\" provisioners only, not \"{}\". Apply this stack with terraform.",
                provisioner.kind
            );
            return Some(Diagnostic::error("Provisioner not supported", detail).at(place));
        }
        (!trusted).then(|| {
            let detail = format!(
                "A provisioner of {} runs a command that the repo brings along. That is done in a trusted repo only, and never by the checks of a commit. Read it, then trust the repo with `kilter trust`, or take the provisioner out.",
                step.address
            );
            Diagnostic::error("Provisioner not run", detail).at(place)
        })
    };
    provisioners.iter().filter(|provisioner| runs(provisioner, step)).find_map(fault)
}

/// A command of a provisioner.
pub struct Command {
    /// What is run.
    pub invocation: Invocation,
    /// The command itself, for messages.
    pub text: String,
    /// Something about it is sensitive: neither the command nor what it prints is shown.
    pub hidden: bool,
    /// The command is not shown.
    pub quiet: bool,
}

impl Command {
    /// What is said when it begins, in terraform's words.
    pub fn announcement(&self) -> String {
        if self.hidden {
            return SUPPRESSED.to_owned();
        }
        if self.quiet {
            return "local-exec: Executing: Suppressed by quiet=true".to_owned();
        }
        let words = std::iter::once(&self.invocation.program).chain(&self.invocation.args);
        let quoted: Vec<String> = words.map(|word| format!("{word:?}")).collect();
        format!("Executing: [{}]", quoted.join(" "))
    }

    /// What is said when it did not succeed.
    pub fn failure(&self, why: &str, printed: &str) -> String {
        match self.hidden {
            true => format!("Error running command: {why}. Output: {SUPPRESSED}"),
            false => format!("Error running command '{}': {why}. Output: {printed}", self.text),
        }
    }
}

/// What stands for output that may show something sensitive.
pub const SUPPRESSED: &str = "(output suppressed due to sensitive value in config)";

/// What a provisioner runs; `None` when something is wrong (it is reported).
pub fn command(query: &Query<'_>, provisioner: &Provisioner, frame: &Frame<'_>) -> Option<Command> {
    let place = provisioner.content.header.place();
    let decoded = decode(&Items::of(&provisioner.content), &schema(&provisioner.kind)?, frame);
    let failed = decoded.failed();
    query.report(decoded.diagnostics);
    if failed {
        return None;
    }
    let hidden = decoded.value.deep_marks().contains(Marks::SENSITIVE);
    let config = decoded.value.unmark_deep();
    let text = |name: &str| config.get(name).and_then(|value| value.as_str().map(str::to_owned));
    let Some(command) = text("command").filter(|command| !command.is_empty()) else {
        let detail = "The command must be a non-empty string.";
        query.report([Diagnostic::error("Invalid local-exec provisioner command", detail).at(place)]);
        return None;
    };
    let words = |list: Value| -> Vec<String> {
        list.as_items()
            .map(|items| items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default()
    };
    let interpreter = config.get("interpreter").map(words).unwrap_or_default();
    let mut words = if interpreter.is_empty() { vec!["/bin/sh".to_owned(), "-c".to_owned()] } else { interpreter };
    words.push(command.clone());
    let root: PathBuf = query.looks.source().directory.clone();
    let directory = match text("working_dir") {
        Some(below) => root.join(below),
        None => root,
    };
    let program = words.remove(0);
    let mut invocation = Invocation::new(program, words, directory);
    for (name, value) in config.get("environment").iter().flat_map(|map| map.as_entries()).flatten() {
        if let Some(value) = value.as_str() {
            invocation = invocation.with_env(name.to_string(), value);
        }
    }
    let quiet = config.get("quiet").and_then(|quiet| quiet.as_bool()).unwrap_or(false);
    Some(Command { invocation, text: command, hidden, quiet })
}

/// Whether a step runs a provisioner.
pub fn runs(provisioner: &Provisioner, step: &Step) -> bool {
    match &step.work {
        Work::Write { .. } => step.action == Action::Create && !provisioner.on_destroy,
        // Objects that were put aside are destroyed without them.
        Work::Destroy { deposed } => deposed.is_none() && provisioner.on_destroy,
        Work::DestroyReplaced | Work::Read | Work::Forget => false,
    }
}
