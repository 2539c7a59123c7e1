//! `data "terraform_remote_state"` with the local backend: another stack's outputs. States in other backends are not
//! asked for.

use super::attributes::{attribute, path_in, text, with};
use super::{DataAnswer, World};
use crate::format::state_json::{self, StateFault};
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::{AttributeSchema, BlockSchema, ResourceSchema};
use crate::model::value::{Type, Value};

pub(super) const TYPE: &str = "terraform_remote_state";

/// Backends that terraform 1.11 has; all but `local` are out of reach here.
const BACKENDS: [&str; 13] =
    ["local", "remote", "azurerm", "consul", "cos", "gcs", "http", "inmem", "kubernetes", "oss", "pg", "s3", "cloud"];

pub(super) fn schema() -> ResourceSchema {
    let block = BlockSchema::with([
        (
            "backend",
            AttributeSchema::of(Type::String).required().about("The remote backend to use, e.g. `remote` or `http`."),
        ),
        ("config", AttributeSchema::of(Type::Dynamic).optional().about("The configuration of the remote backend.")),
        (
            "defaults",
            AttributeSchema::of(Type::Dynamic)
                .optional()
                .about("Default values for outputs, in case the state file is empty or lacks a required output."),
        ),
        (
            "outputs",
            AttributeSchema::of(Type::Dynamic)
                .computed()
                .about("An object containing every root-level output in the remote state."),
        ),
        (
            "workspace",
            AttributeSchema::of(Type::String)
                .optional()
                .about("The Terraform workspace to use, if the backend supports workspaces."),
        ),
    ]);
    ResourceSchema { version: 0, block }
}

pub(super) fn validate(config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    match text(config, "backend") {
        Some(backend) if !BACKENDS.contains(&backend) => found.push(Diagnostic::error(
            "Invalid backend configuration",
            format!("There is no backend type named \"{backend}\"."),
        )),
        _ => {}
    }
    let settings = attribute(config, "config");
    if !settings.is_null() && !settings.is_unknown() && settings.as_entries().is_none() {
        found.push(Diagnostic::error("Invalid backend configuration", "The configuration must be an object value."));
    }
    let defaults = attribute(config, "defaults");
    if !defaults.is_null() && !defaults.is_unknown() && defaults.as_entries().is_none() {
        found.push(Diagnostic::error("Invalid default values", "Defaults must be given in an object value."));
    }
    found
}

pub(super) fn read(config: &Value, world: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
    if text(config, "backend") != Some("local") {
        return Ok(DataAnswer::NotAsked(""));
    }
    let workspace = text(config, "workspace").filter(|name| *name != "default");
    let settings = attribute(config, "config");
    let path = match workspace {
        None => text_in(&settings, "path").unwrap_or("terraform.tfstate").to_owned(),
        Some(name) => {
            let directory = text_in(&settings, "workspace_dir").unwrap_or("terraform.tfstate.d");
            format!("{directory}/{name}/terraform.tfstate")
        }
    };
    if path.is_empty() {
        let detail = "The \"path\" attribute value must not be empty.";
        return Err(vec![Diagnostic::error("Invalid local state file path", detail)]);
    }
    let bytes = match (world.state_file)(&path_in(world, &path)) {
        Ok(bytes) => bytes,
        // A preview asks nobody, and the stack that writes this state was not applied yet: its outputs are not known
        // here, which is no fault of this configuration.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && world.http.is_none() => {
            return Ok(DataAnswer::NotAsked(""));
        }
        Err(error) => return Err(vec![unreadable(&path, &error)]),
    };
    let state = match state_json::read(&bytes) {
        Ok(state) => state,
        Err(StateFault::Empty) => return Err(vec![missing()]),
        Err(fault) => return Err(vec![Diagnostic::error("Error loading state error", format!("{path}: {fault}"))]),
    };
    let defaults = attribute(config, "defaults");
    let mut outputs = defaults.as_entries().cloned().unwrap_or_default();
    for (name, output) in state.outputs {
        outputs.insert(name, output.value);
    }
    Ok(DataAnswer::Read(with(config, [("outputs", Value::object(outputs))])))
}

fn text_in<'a>(settings: &'a Value, name: &str) -> Option<&'a str> {
    settings.as_entries()?.get(name)?.as_str()
}

fn missing() -> Diagnostic {
    Diagnostic::error(
        "Unable to find remote state",
        "No stored state was found for the given workspace in the given backend.",
    )
}

/// The argument that a fault is about.
pub(super) fn argument_of(fault: &Diagnostic) -> Option<&'static str> {
    match &*fault.summary {
        "Unable to find remote state" => Some("workspace"),
        "Invalid local state file path" => Some("path"),
        "Error loading state error" => Some("backend"),
        "Invalid default values" => Some("defaults"),
        "Invalid backend configuration" if fault.detail.starts_with("There is no backend") => Some("backend"),
        "Invalid backend configuration" => Some("config"),
        _ => None,
    }
}

fn unreadable(path: &str, error: &std::io::Error) -> Diagnostic {
    match error.kind() {
        std::io::ErrorKind::NotFound => missing(),
        std::io::ErrorKind::IsADirectory => Diagnostic::error(
            "Failed to read state file",
            format!("The state file could not be read: read {path}: is a directory"),
        ),
        _ => Diagnostic::error(
            "Failed to read state file",
            format!("The state file could not be read: {path}: {error}."),
        ),
    }
}
