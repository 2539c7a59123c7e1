//! Where a Terraform stack keeps its state, as its configuration says it.

use std::path::{Path, PathBuf};

use crate::engine::module::sources::role;
use crate::lang::syntax::ast::{Block, Body};
use crate::lang::syntax::{SourceFile, parse_file, parse_json_file};
use crate::model::place::RepoPath;
use crate::sys::files::ReadFiles;

/// The `backend` or `cloud` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// A file: the default, or `backend "local"`. The absolute path.
    Local(PathBuf),
    /// Somewhere else; its kind: `s3`, `cloud`.
    Remote(String),
}

/// The backend of the root module in `directory`, as it was initialised or else as it is written. What is broken or not
/// constant counts as not written.
pub fn backend(files: &dyn ReadFiles, directory: &Path) -> Backend {
    let local = match written(files, directory) {
        Written::Elsewhere(kind) => return Backend::Remote(kind),
        Written::Local(local) => local,
        Written::Nothing => Local::default(),
    };
    // `terraform init -backend-config=path=…` is kept there.
    let initialised = files.read(&directory.join(".terraform/terraform.tfstate")).ok();
    let initialised = initialised.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    let initialised = initialised.as_ref().map(|state| &state["backend"]).filter(|known| known["type"] == "local");
    let setting = |name: &str, written: Option<String>| {
        let known = initialised.and_then(|known| known["config"][name].as_str().map(str::to_owned));
        known.filter(|text| !text.is_empty()).or(written)
    };
    let (path, workspace_dir) = (setting("path", local.path), setting("workspace_dir", local.workspace_dir));
    Backend::Local(directory.join(match workspace(files, directory) {
        Some(workspace) => {
            let below = workspace_dir.unwrap_or_else(|| "terraform.tfstate.d".to_owned());
            Path::new(&below).join(workspace).join("terraform.tfstate")
        }
        None => PathBuf::from(path.unwrap_or_else(|| "terraform.tfstate".to_owned())),
    }))
}

/// Where the `backend "local"` block of the root module in `directory` keeps the default workspace's state; `None` when
/// there is no such block, or it does not say.
pub fn configured(files: &dyn ReadFiles, directory: &Path) -> Option<PathBuf> {
    match written(files, directory) {
        Written::Local(local) => local.path.map(|path| directory.join(path)),
        Written::Elsewhere(_) | Written::Nothing => None,
    }
}

/// What a `backend "local"` block says.
#[derive(Default)]
struct Local {
    path: Option<String>,
    workspace_dir: Option<String>,
}

/// What a configuration says about its backend.
enum Written {
    Local(Local),
    Elsewhere(String),
    Nothing,
}

fn written(files: &dyn ReadFiles, directory: &Path) -> Written {
    let entries = files.list(directory).unwrap_or_default();
    let mut sources: Vec<_> =
        entries.iter().filter(|entry| !entry.is_directory && role(&entry.name).is_some()).collect();
    // What an override file says counts.
    sources.sort_by_key(|entry| !entry.name.contains("override."));
    for entry in sources {
        let Ok(bytes) = files.read(&directory.join(&entry.name)) else { continue };
        // Most files have none: they are not worth parsing.
        let Ok(text) = std::str::from_utf8(&bytes) else { continue };
        if !text.contains("backend") && !text.contains("cloud") {
            continue;
        }
        let file = SourceFile::new(RepoPath::new(&entry.name), text);
        let parsed = if entry.name.ends_with(".json") { parse_json_file(&file) } else { parse_file(&file) };
        if let Some(found) = in_body(&parsed.body) {
            return found;
        }
    }
    Written::Nothing
}

fn in_body(body: &Body) -> Option<Written> {
    for terraform in body.blocks_of("terraform") {
        if terraform.body.blocks_of("cloud").next().is_some() {
            return Some(Written::Elsewhere("cloud".to_owned()));
        }
        if let Some(backend) = terraform.body.blocks_of("backend").next() {
            return Some(of_block(backend));
        }
    }
    None
}

fn of_block(block: &Block) -> Written {
    let kind = block.labels.first().map_or("local", |label| &*label.text);
    if kind != "local" {
        return Written::Elsewhere(kind.to_owned());
    }
    let text = |name: &str| {
        let literal = block.body.attribute(name).and_then(|attribute| attribute.expr.literal_text());
        literal.map(|text| text.to_string()).filter(|text| !text.is_empty())
    };
    Written::Local(Local { path: text("path"), workspace_dir: text("workspace_dir") })
}

/// The selected workspace, unless it is the default one.
fn workspace(files: &dyn ReadFiles, directory: &Path) -> Option<String> {
    let selected = files.read(&directory.join(".terraform/environment")).ok()?;
    let name = std::str::from_utf8(&selected).ok()?.trim();
    (!name.is_empty() && name != "default").then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::FakeFiles;

    fn of(text: &str) -> Backend {
        backend(&FakeFiles::with([("/s/main.tf", text)]), Path::new("/s"))
    }

    #[test]
    fn the_backend_is_what_the_configuration_says() {
        assert_eq!(of("locals {}"), Backend::Local("/s/terraform.tfstate".into()));
        assert_eq!(of("terraform {\n  backend \"s3\" {}\n}\n"), Backend::Remote("s3".into()));
        assert_eq!(of("terraform {\n  cloud {}\n}\n"), Backend::Remote("cloud".into()));
        let local = "terraform {\n  backend \"local\" {\n    path = \"x.tfstate\"\n  }\n}\n";
        assert_eq!(of(local), Backend::Local("/s/x.tfstate".into()));
        let files = FakeFiles::with([("/s/main.tf", local)]);
        assert_eq!(configured(&files, Path::new("/s")), Some("/s/x.tfstate".into()));
        let initialised =
            r#"{"version":3,"backend":{"type":"local","config":{"path":"y.tfstate","workspace_dir":null}}}"#;
        files.put(Path::new("/s/.terraform/terraform.tfstate"), initialised.as_bytes(), 0o600);
        assert_eq!(backend(&files, Path::new("/s")), Backend::Local("/s/y.tfstate".into()));
        let json = r#"{"terraform":{"backend":{"local":{"path":"j.tfstate"}}}}"#;
        let files = FakeFiles::with([("/s/main.tf.json", json)]);
        assert_eq!(backend(&files, Path::new("/s")), Backend::Local("/s/j.tfstate".into()));
    }

    #[test]
    fn a_selected_workspace_has_a_state_of_its_own() {
        let files = FakeFiles::with([("/s/main.tf", ""), ("/s/.terraform/environment", "blue\n")]);
        assert_eq!(
            backend(&files, Path::new("/s")),
            Backend::Local("/s/terraform.tfstate.d/blue/terraform.tfstate".into())
        );
        let local = "terraform {\n  backend \"local\" {\n    path = \"x.tfstate\"\n    workspace_dir = \"w\"\n  }\n}\n";
        files.put(Path::new("/s/main.tf"), local.as_bytes(), 0o644);
        assert_eq!(backend(&files, Path::new("/s")), Backend::Local("/s/w/blue/terraform.tfstate".into()));
    }
}
