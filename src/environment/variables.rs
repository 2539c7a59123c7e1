//! What an environment gives to a stack's variables: files under `environments/`, and the settings.
//!
//! One environment serves many stacks, and few of them declare the same variables: what a stack does not declare is
//! not given to it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config::settings::{EnvironmentSettings, VariableSetting};
use crate::engine::VariableInput;
use crate::lang::syntax::{SourceFile, parse_file, parse_json_file};
use crate::model::place::RepoPath;
use crate::sys::files::ReadFiles;

/// What the environment `name` gives to `stack` in the tree at `root`, lowest precedence first: the repo's
/// `environments/<name>.tfvars` (or the files that the settings name), the stack's own, the values in the settings.
pub fn given(
    files: &dyn ReadFiles,
    root: &Path,
    name: &str,
    settings: &EnvironmentSettings,
    stack: &RepoPath,
) -> Vec<VariableInput> {
    let directory = if stack.is_root() { root.to_owned() } else { root.join(stack.as_str()) };
    let mut inputs: Vec<VariableInput> = places(root, &directory, name, settings)
        .into_iter()
        .filter(|place| files.is_file(place))
        .map(VariableInput::File)
        .collect();
    if !settings.variables.is_empty() {
        let declared = declared(files, &directory);
        let ours = settings.variables.iter().filter(|(name, _)| declared.contains(*name));
        inputs.extend(ours.map(|(name, value)| {
            let (VariableSetting::Text(text) | VariableSetting::Expression(text)) = value;
            VariableInput::Argument { name: name.as_str().into(), text: text.clone() }
        }));
    }
    inputs
}

/// Where files of values may lie, whether they are there or not.
pub fn places(root: &Path, directory: &Path, name: &str, settings: &EnvironmentSettings) -> Vec<PathBuf> {
    if !settings.var_files.is_empty() {
        return settings.var_files.iter().map(|path| root.join(path.as_str())).collect();
    }
    let below = format!("environments/{name}.tfvars");
    let mut places = vec![root.join(&below)];
    if directory != root {
        places.push(directory.join(&below));
    }
    places.into_iter().flat_map(|place| [place.with_extension("tfvars.json"), place]).collect()
}

/// The names of the variables that a root module declares.
fn declared(files: &dyn ReadFiles, directory: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in files.list(directory).unwrap_or_default() {
        let json = entry.name.ends_with(".tf.json") || entry.name.ends_with(".tofu.json");
        if !json && !entry.name.ends_with(".tf") && !entry.name.ends_with(".tofu") {
            continue;
        }
        let Ok(bytes) = files.read(&directory.join(&entry.name)) else { continue };
        let Ok(text) = std::str::from_utf8(&bytes) else { continue };
        let source = SourceFile::new(RepoPath::new(&entry.name), text);
        let parsed = if json { parse_json_file(&source) } else { parse_file(&source) };
        let variables = parsed.body.blocks_of("variable");
        names.extend(variables.filter_map(|block| Some(block.labels.first()?.text.to_string())));
    }
    names
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sys::files::FakeFiles;

    #[test]
    fn a_stack_is_given_what_it_declares_and_no_more() {
        let files = FakeFiles::with([
            ("/r/environments/test.tfvars", ""),
            ("/r/web/environments/test.tfvars.json", "{}"),
            ("/r/web/v.tf", "variable \"port\" {\n  type = number\n}\nresource \"x\" \"y\" {\n"),
            ("/r/web/w.tf.json", "{\"variable\": {\"name\": {}}}"),
        ]);
        let variables = BTreeMap::from([
            ("port".to_owned(), VariableSetting::Expression("80".to_owned())),
            ("name".to_owned(), VariableSetting::Text("x".to_owned())),
            ("other".to_owned(), VariableSetting::Text("y".to_owned())),
        ]);
        let settings = EnvironmentSettings { variables, ..EnvironmentSettings::default() };
        let said = |settings: &EnvironmentSettings, stack: &str| {
            let given = given(&files, Path::new("/r"), "test", settings, &RepoPath::new(stack));
            let one = |input: VariableInput| match input {
                VariableInput::File(path) => path.display().to_string(),
                VariableInput::Argument { name, text } => format!("{name}={text}"),
                other => format!("{other:?}"),
            };
            given.into_iter().map(one).collect::<Vec<_>>()
        };
        let both = ["/r/environments/test.tfvars", "/r/web/environments/test.tfvars.json", "name=x", "port=80"];
        assert_eq!(said(&settings, "web"), both);
        assert_eq!(said(&settings, "."), both[..1]);
        let named =
            EnvironmentSettings { var_files: vec![RepoPath::new("web/v.tf")], ..EnvironmentSettings::default() };
        assert_eq!(said(&named, "web"), ["/r/web/v.tf"]);
    }
}
