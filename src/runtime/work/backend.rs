//! Where a Terraform stack keeps its state, as its configuration says it.

use std::path::{Path, PathBuf};

use crate::lang::syntax::ast::{Block, Body};
use crate::lang::syntax::{SourceFile, parse_file};
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

/// The backend of the root module in `directory`. What is broken or not constant counts as not written.
pub fn backend(files: &dyn ReadFiles, directory: &Path) -> Backend {
    let entries = files.list(directory).unwrap_or_default();
    let sources = entries.iter().filter(|entry| !entry.is_directory && entry.name.ends_with(".tf"));
    for entry in sources {
        let Ok(bytes) = files.read(&directory.join(&entry.name)) else { continue };
        // Most files have none: they are not worth parsing.
        let Ok(text) = std::str::from_utf8(&bytes) else { continue };
        if !text.contains("backend") && !text.contains("cloud") {
            continue;
        }
        let parsed = parse_file(&SourceFile::new(RepoPath::new(&entry.name), text));
        if let Some(found) = in_body(&parsed.body, directory) {
            return found;
        }
    }
    Backend::Local(directory.join(workspace_state(files, directory, "terraform.tfstate")))
}

fn in_body(body: &Body, directory: &Path) -> Option<Backend> {
    for terraform in body.blocks_of("terraform") {
        if terraform.body.blocks_of("cloud").next().is_some() {
            return Some(Backend::Remote("cloud".to_owned()));
        }
        if let Some(backend) = terraform.body.blocks_of("backend").next() {
            return Some(of_block(backend, directory));
        }
    }
    None
}

fn of_block(block: &Block, directory: &Path) -> Backend {
    let kind = block.labels.first().map_or("local", |label| &*label.text);
    if kind != "local" {
        return Backend::Remote(kind.to_owned());
    }
    let path = block.body.attribute("path").and_then(|attribute| attribute.expr.literal_text());
    Backend::Local(directory.join(path.as_deref().unwrap_or("terraform.tfstate")))
}

/// The default state file, or the selected workspace's.
fn workspace_state(files: &dyn ReadFiles, directory: &Path, name: &str) -> PathBuf {
    let selected = files.read(&directory.join(".terraform/environment")).ok();
    let selected = selected.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::trim);
    match selected {
        Some(workspace) if !workspace.is_empty() && workspace != "default" => {
            Path::new("terraform.tfstate.d").join(workspace).join(name)
        }
        _ => PathBuf::from(name),
    }
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
    }

    #[test]
    fn a_selected_workspace_has_a_state_of_its_own() {
        let files = FakeFiles::with([("/s/main.tf", ""), ("/s/.terraform/environment", "blue\n")]);
        assert_eq!(
            backend(&files, Path::new("/s")),
            Backend::Local("/s/terraform.tfstate.d/blue/terraform.tfstate".into())
        );
    }
}
