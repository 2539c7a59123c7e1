//! `kilter doctor --format json`: `{"tools":[{"program","present","version","path","unlocks","install"}…]}`.

use serde::Serialize;

use crate::model::stack::ToolPresence;

#[derive(Serialize)]
struct All<'a> {
    tools: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    program: &'a str,
    present: bool,
    version: Option<&'a str>,
    path: Option<String>,
    unlocks: &'a str,
    install: &'a str,
}

/// The whole object.
pub fn write(tools: &[ToolPresence]) -> Vec<u8> {
    let tools = tools
        .iter()
        .map(|tool| One {
            program: &tool.program,
            present: tool.path.is_some(),
            version: tool.version.as_deref(),
            path: tool.path.as_ref().map(|path| path.to_string_lossy().into_owned()),
            unlocks: &tool.unlocks,
            install: &tool.install,
        })
        .collect();
    let mut bytes = serde_json::to_vec_pretty(&All { tools }).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
