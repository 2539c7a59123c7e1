//! `local-exec` provisioners: what they run, where the repo is trusted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::engine::module::declared::{Provisioner, Resource};
use crate::engine::plan::body::{Frame, Items, decode};
use crate::engine::query::session::Query;
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::{AttributeSchema, BlockSchema};
use crate::model::value::{Type, Value};
use crate::sys::processes::Invocation;

/// What keeps a resource's provisioners from being run, when something does.
pub fn obstacle(resource: &Resource, trusted: bool) -> Option<Diagnostic> {
    let kinds = resource.provisioners.iter();
    let mut faults = kinds.filter_map(|provisioner| {
        let place = provisioner.content.header.place();
        if &*provisioner.kind != "local-exec" {
            let detail = format!("Kilter runs \"local-exec\" provisioners only, not \"{}\". Apply this stack with terraform.", provisioner.kind);
            return Some(Diagnostic::error("Provisioner not supported", detail).at(place));
        }
        (!trusted).then(|| {
            let detail = "This provisioner runs a command that the repo brings along, and the repo is not trusted. Trust it, or take the provisioner out.";
            Diagnostic::error("Provisioner not run", detail).at(place)
        })
    });
    faults.next()
}

fn schema() -> BlockSchema {
    let attribute = |ty: Type, required: bool| {
        let attribute = AttributeSchema::of(ty);
        if required { attribute.required() } else { attribute.optional() }
    };
    let attributes = BTreeMap::from([
        ("command".into(), attribute(Type::String, true)),
        ("interpreter".into(), attribute(Type::list(Type::String), false)),
        ("working_dir".into(), attribute(Type::String, false)),
        ("environment".into(), attribute(Type::map(Type::String), false)),
        ("quiet".into(), attribute(Type::Bool, false)),
    ]);
    BlockSchema { attributes, blocks: BTreeMap::new() }
}

/// What a provisioner runs; `None` when something is wrong (it is reported).
pub fn invocation(query: &Query<'_>, provisioner: &Provisioner, frame: &Frame<'_>) -> Option<Invocation> {
    let decoded = decode(&Items::of(&provisioner.content), &schema(), frame);
    let failed = decoded.failed();
    query.report(decoded.diagnostics);
    if failed {
        return None;
    }
    let config = decoded.value.unmark_deep();
    let text = |name: &str| config.get(name).and_then(|value| value.as_str().map(str::to_owned));
    let command = text("command")?;
    let interpreter: Vec<String> = config
        .get("interpreter")
        .and_then(|list| {
            list.as_items().map(|items| items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        })
        .unwrap_or_default();
    let mut words = if interpreter.is_empty() { vec!["/bin/sh".to_owned(), "-c".to_owned()] } else { interpreter };
    words.push(command);
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
    Some(invocation)
}
