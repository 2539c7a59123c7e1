//! Stacks of the other tools, by the files that their directories hold.

use super::{Directory, Discovery};
use crate::model::stack::{Stack, StackKind};

/// The stacks that a directory is.
pub(super) fn of(discovery: &Discovery<'_>, directory: &Directory) -> Vec<Stack> {
    let has = |name: &str| directory.files.iter().any(|file| file == name);
    let text = |name: &str| -> String {
        let path = discovery.root.join(directory.path.as_str()).join(name);
        discovery.files.read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    };
    let mut kinds = Vec::new();
    let playbook = |file: &&String| (file.ends_with(".yml") || file.ends_with(".yaml")) && is_playbook(&text(file));
    // Playbooks lie beside their roles or inventory, or say what they are by their first keys.
    let role_part = ["tasks", "handlers", "defaults", "vars", "meta", "group_vars", "host_vars"];
    if !role_part.contains(&directory.path.file_name()) && directory.files.iter().any(|file| playbook(&file)) {
        kinds.push(StackKind::Ansible);
    }
    let packer = |file: &&String| {
        file.ends_with(".pkr.hcl")
            || file.ends_with(".pkr.json")
            || (file.ends_with(".json") && file.contains("packer") && text(file).contains("\"builders\""))
    };
    if directory.files.iter().any(|file| packer(&file)) {
        kinds.push(StackKind::Packer);
    }
    if has("metadata.rb") || (has("metadata.json") && directory.directories.iter().any(|name| name == "recipes")) {
        kinds.push(StackKind::Chef);
    }
    if directory.directories.iter().any(|name| name == "spec")
        && (has(".rspec") || has("Rakefile") || has("Gemfile"))
        && !has("metadata.rb")
        && text("spec/spec_helper.rb").contains("serverspec")
    {
        kinds.push(StackKind::Serverspec);
    }
    let puppet = directory.files.iter().any(|file| file.ends_with(".pp"));
    if (puppet && directory.path.file_name() != "manifests") || has("Puppetfile") || puppet_module(directory, discovery)
    {
        kinds.push(StackKind::Puppet);
    }
    if ["kustomization.yaml", "kustomization.yml", "Kustomization"].iter().any(|name| has(name)) {
        kinds.push(StackKind::Kustomize);
    }
    if ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"].iter().any(|name| has(name)) {
        kinds.push(StackKind::Compose);
    }
    kinds.into_iter().map(|kind| Stack { path: directory.path.clone(), kind, reads: Vec::new() }).collect()
}

/// A directory whose `manifests` hold Puppet code.
fn puppet_module(directory: &Directory, discovery: &Discovery<'_>) -> bool {
    directory.directories.iter().any(|name| name == "manifests") && {
        let path = discovery.root.join(directory.path.as_str()).join("manifests");
        discovery.files.list(&path).is_ok_and(|entries| entries.iter().any(|entry| entry.name.ends_with(".pp")))
    }
}

/// A playbook is a list whose plays say where they run.
fn is_playbook(text: &str) -> bool {
    let mut in_list = false;
    for line in text.lines().take(200) {
        let Some(entry) = line.strip_prefix("- ") else {
            if in_list && is_play_key(line.trim_start()) && line.starts_with("  ") && !line.starts_with("   ") {
                return true;
            }
            continue;
        };
        in_list = true;
        if is_play_key(entry.trim_start()) || entry.trim_start().starts_with("import_playbook:") {
            return true;
        }
    }
    false
}

fn is_play_key(text: &str) -> bool {
    text.starts_with("hosts:") || text.starts_with("ansible.builtin.import_playbook:")
}
