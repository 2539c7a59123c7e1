//! Which directories of a repo are stacks, and which of them an edit concerns.

mod kinds;
mod terraform;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::engine::reads::Reads;
use crate::model::place::RepoPath;
use crate::model::stack::{Stack, StackKind};
use crate::sys::files::{ReadFiles, normal};

/// What discovery is told.
pub struct Discovery<'a> {
    /// What the repo is read through.
    pub files: &'a dyn ReadFiles,
    /// The repo's root, as `files` knows it.
    pub root: &'a Path,
    /// Whether to leave out a path (the flag says directory): what git and the settings ignore.
    pub ignored: &'a dyn Fn(&RepoPath, bool) -> bool,
}

/// Deeper directories are not walked: a loop of links ends here.
const MAX_DEPTH: usize = 24;

/// More directories than this are not walked.
const MAX_DIRECTORIES: usize = 50_000;

/// A directory with the names in it.
pub(super) struct Directory {
    pub(super) path: RepoPath,
    pub(super) files: Vec<String>,
    pub(super) directories: Vec<String>,
}

/// All stacks below the root, by path.
pub fn discover(discovery: &Discovery<'_>) -> Vec<Stack> {
    let directories = walk(discovery);
    let mut stacks = terraform::stacks(discovery, &directories);
    for directory in &directories {
        stacks.extend(kinds::of(discovery, directory));
    }
    stacks.sort();
    stacks.dedup_by(|a, b| a.path == b.path && a.kind == b.kind);
    stacks
}

fn walk(discovery: &Discovery<'_>) -> Vec<Directory> {
    let mut found = Vec::new();
    let mut open = vec![(RepoPath::root(), 0)];
    while let Some((path, depth)) = open.pop() {
        let Ok(entries) = discovery.files.list(&discovery.root.join(path.as_str())) else { continue };
        let mut directory = Directory { path: path.clone(), files: Vec::new(), directories: Vec::new() };
        for entry in entries {
            let below = path.join(&entry.name);
            if matches!(&*entry.name, ".git" | ".terraform" | "node_modules")
                || (discovery.ignored)(&below, entry.is_directory)
            {
                continue;
            }
            if entry.is_directory {
                // A linked directory is seen where it really lies.
                if !entry.is_link && depth < MAX_DEPTH {
                    open.push((below, depth + 1));
                }
                directory.directories.push(entry.name);
            } else {
                directory.files.push(entry.name);
            }
        }
        found.push(directory);
        if found.len() >= MAX_DIRECTORIES {
            break;
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The stacks that a change of these paths can concern. `reads` is what the last computation of a stack read; without
/// one, everything below the stack's directory and its local modules counts.
pub fn affected<'a>(
    discovery: &Discovery<'_>,
    stacks: &'a [Stack],
    changed: &[RepoPath],
    reads: &dyn Fn(&Stack) -> Option<Reads>,
) -> Vec<&'a Stack> {
    let full: Vec<PathBuf> = changed.iter().map(|path| normal(&discovery.root.join(path.as_str()))).collect();
    let mut hit: BTreeSet<usize> = BTreeSet::new();
    for (index, stack) in stacks.iter().enumerate() {
        let within = changed.iter().any(|path| path.is_within(&stack.path) && !belongs_deeper(path, stack, stacks));
        let concerns = |reads: &Reads| full.iter().any(|path| reads.concern(path));
        let known = reads(stack);
        let read = match (&known, stack.kind) {
            (Some(reads), _) => concerns(reads),
            (None, StackKind::Terraform) => {
                let modules = terraform::modules_of(discovery, &stack.path);
                changed.iter().any(|path| modules.iter().any(|module| path.is_within(module)))
            }
            (None, _) => false,
        };
        if within || read {
            hit.insert(index);
        }
    }
    hit.into_iter().map(|index| &stacks[index]).collect()
}

/// Whether a path lies in another stack further down.
fn belongs_deeper(path: &RepoPath, stack: &Stack, stacks: &[Stack]) -> bool {
    stacks
        .iter()
        .any(|other| other.path != stack.path && other.path.is_within(&stack.path) && path.is_within(&other.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::FakeFiles;

    fn repo(files: &[(&str, &str)]) -> FakeFiles {
        FakeFiles::with(files.iter().map(|(path, text)| (format!("/r/{path}"), text.as_bytes().to_vec())))
    }

    fn found(files: &FakeFiles) -> Vec<String> {
        let discovery = Discovery { files, root: Path::new("/r"), ignored: &|path, _| path.as_str() == "vendor" };
        let show = |stack: Stack| {
            let reads: Vec<String> = stack.reads.iter().map(|path| format!(" reads {path}")).collect();
            format!("{} {}{}", stack.kind.word(), stack.path, reads.concat())
        };
        discover(&discovery).into_iter().map(show).collect()
    }

    #[test]
    fn roots_are_stacks_and_called_modules_are_not() {
        let files = repo(&[
            ("network/main.tf", "module \"n\" {\n  source = \"../modules/net\"\n}\n"),
            ("modules/net/main.tf", "variable \"x\" {\n  default = 1\n}\n"),
            ("vendor/x/main.tf", "locals {}"),
            (
                "web/main.tf",
                "data \"terraform_remote_state\" \"n\" {\n  backend = \"local\"\n  config = { path = \"../network/terraform.tfstate\" }\n}\n",
            ),
        ]);
        assert_eq!(found(&files), ["terraform network", "terraform web reads network"]);
    }

    #[test]
    fn a_state_belongs_to_the_stack_whose_backend_keeps_it_there() {
        let backend = "terraform {\n  backend \"local\" {\n    path = \"../states/n.tfstate\"\n  }\n}\n";
        let reads = "data \"terraform_remote_state\" \"n\" {\n  backend = \"local\"\n  config = { path = \"../states/n.tfstate\" }\n}\n";
        let files = repo(&[("network/main.tf", backend), ("web/main.tf", reads)]);
        assert_eq!(found(&files), ["terraform network", "terraform web reads network"]);
    }

    #[test]
    fn other_tools_have_stacks_too() {
        let files = repo(&[
            ("ansible/site.yml", "---\n- hosts: all\n  roles: [web]\n"),
            ("ansible/roles/web/tasks/main.yml", "- ping:\n"),
            ("packer/image.pkr.hcl", "source \"null\" \"x\" {}\n"),
            ("cookbooks/web/metadata.rb", "version '1'\n"),
            ("serverspec/spec/spec_helper.rb", "require 'serverspec'\n"),
            ("serverspec/Rakefile", ""),
            ("k/kustomization.yaml", "resources: []\n"),
            ("c/compose.yaml", "services: {}\n"),
        ]);
        assert_eq!(
            found(&files),
            [
                "ansible ansible",
                "compose c",
                "chef cookbooks/web",
                "kustomize k",
                "packer packer",
                "serverspec serverspec"
            ]
        );
    }

    #[test]
    fn an_edit_concerns_the_stacks_that_read_it() {
        let files = repo(&[
            ("a/main.tf", "module \"m\" {\n  source = \"../m\"\n}\n"),
            ("b/main.tf", "locals {}\n"),
            ("m/main.tf", "locals {}\n"),
        ]);
        let discovery = Discovery { files: &files, root: Path::new("/r"), ignored: &|_, _| false };
        let stacks = discover(&discovery);
        let names = |changed: &str| -> Vec<String> {
            let hit = affected(&discovery, &stacks, &[RepoPath::new(changed)], &|_| None);
            hit.iter().map(|stack| stack.path.to_string()).collect()
        };
        assert_eq!(names("m/main.tf"), ["a"]);
        assert_eq!(names("b/x.tftpl"), ["b"]);
        assert!(names("README.md").is_empty());
    }
}
