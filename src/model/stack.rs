//! Stacks: directories that one tool plans and applies as a whole.

use super::place::RepoPath;
use super::value::Str;

/// What a stack is made of, and so which tool applies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StackKind {
    /// A Terraform or OpenTofu root module.
    Terraform,
    /// An Ansible playbook with its inventory.
    Ansible,
    /// A Packer template.
    Packer,
    /// A Chef cookbook.
    Chef,
    /// A ServerSpec suite.
    Serverspec,
    /// A Puppet manifest directory.
    Puppet,
    /// A Kustomization.
    Kustomize,
    /// A Compose file.
    Compose,
}

impl StackKind {
    /// All of them.
    pub const ALL: [StackKind; 8] = [
        StackKind::Terraform,
        StackKind::Ansible,
        StackKind::Packer,
        StackKind::Chef,
        StackKind::Serverspec,
        StackKind::Puppet,
        StackKind::Kustomize,
        StackKind::Compose,
    ];

    /// The word in JSON and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            StackKind::Terraform => "terraform",
            StackKind::Ansible => "ansible",
            StackKind::Packer => "packer",
            StackKind::Chef => "chef",
            StackKind::Serverspec => "serverspec",
            StackKind::Puppet => "puppet",
            StackKind::Kustomize => "kustomize",
            StackKind::Compose => "compose",
        }
    }
}

/// The unit of everything. Its path names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stack {
    /// Its directory.
    pub path: RepoPath,
    /// What it is made of.
    pub kind: StackKind,
    /// The names of other stacks whose outputs it reads (`terraform_remote_state`), in order.
    pub reads: Vec<RepoPath>,
}

impl Stack {
    /// The name people give on the command line: the path from the repo's root.
    pub fn name(&self) -> &str {
        self.path.as_str()
    }
}

/// Which program works on a kind of stack, whether it is here, and what it would unlock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolPresence {
    /// The program's name: `terraform`.
    pub program: Str,
    /// Its version when it was found and asked.
    pub version: Option<Str>,
    /// Where it was found; `None` when it is missing.
    pub path: Option<std::path::PathBuf>,
    /// What having it makes possible.
    pub unlocks: Str,
    /// How to get it.
    pub install: Str,
}
