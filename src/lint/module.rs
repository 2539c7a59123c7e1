//! A Terraform module as rules see it: its parsed files, what they declare and what they refer to.

use std::collections::HashSet;
use std::sync::Arc;

use super::walk;
use crate::lang::syntax::ast::{Block, StepKind, Traversal};
use crate::lang::syntax::{Parsed, SourceFile};
use crate::model::value::Str;

/// One file of a module.
pub(super) struct ModuleFile {
    /// Its text.
    pub(super) source: Arc<SourceFile>,
    /// What it was read into.
    pub(super) parsed: Arc<Parsed>,
}

impl ModuleFile {
    /// Whether it is in JSON syntax, where what the native syntax deprecates is the only way.
    pub(super) fn is_json(&self) -> bool {
        self.source.path().as_str().ends_with(".json")
    }

    /// Whether it only sets variables.
    pub(super) fn is_variables(&self) -> bool {
        let path = self.source.path().as_str();
        path.ends_with(".tfvars") || path.ends_with(".tfvars.json")
    }
}

/// All files of a module.
pub(super) struct Module {
    /// The configuration files.
    pub(super) files: Vec<ModuleFile>,
    /// The files that set variables.
    pub(super) variable_files: Vec<ModuleFile>,
    /// Whether every file could be read as a whole: only then can anything be said to be missing or unused.
    pub(super) complete: bool,
    /// What is referred to.
    pub(super) used: Used,
}

/// Names that something refers to.
#[derive(Default)]
pub(super) struct Used {
    /// `var.name`, not counting a variable's own block.
    pub(super) variables: HashSet<Str>,
    /// `local.name`
    pub(super) locals: HashSet<Str>,
    /// `data.type.name`
    pub(super) data: HashSet<(Str, Str)>,
    /// Provider configurations by local name and alias.
    pub(super) provider_aliases: HashSet<(Str, Str)>,
}

impl Module {
    /// A module of parsed files.
    pub(super) fn new(files: Vec<ModuleFile>) -> Self {
        let (variable_files, files): (Vec<_>, Vec<_>) = files.into_iter().partition(ModuleFile::is_variables);
        let complete = files.iter().all(|file| file.parsed.broken.is_empty());
        let used = used(&files);
        Module { files, variable_files, complete, used }
    }

    /// All top-level blocks of a kind with their files.
    pub(super) fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a ModuleFile, &'a Arc<Block>)> {
        self.files.iter().flat_map(move |file| file.parsed.body.blocks_of(kind).map(move |block| (file, block)))
    }

    /// Managed resources, data sources and ephemeral resources.
    pub(super) fn resources(&self) -> impl Iterator<Item = (&ModuleFile, &Arc<Block>)> {
        self.files.iter().flat_map(|file| {
            let is_resource = |block: &&Arc<Block>| matches!(&*block.kind.text, "resource" | "data" | "ephemeral");
            file.parsed.body.blocks().filter(is_resource).map(move |block| (file, block))
        })
    }
}

/// The name after the dot: `name` in `var.name`.
pub(super) fn attribute_step(traversal: &Traversal, index: usize) -> Option<&Str> {
    match &traversal.steps.get(index)?.kind {
        StepKind::Attribute(name) => Some(name),
        StepKind::Index(_) => None,
    }
}

fn used(files: &[ModuleFile]) -> Used {
    let mut used = Used::default();
    for file in files {
        walk::references(&file.parsed.body, &mut |traversal, _, context| {
            let Some(first) = attribute_step(traversal, 0) else { return };
            match &*traversal.root.text {
                "var" => {
                    let in_itself = context.blocks.first().is_some_and(|block| {
                        &*block.kind.text == "variable"
                            && block.labels.first().is_some_and(|label| label.text == *first)
                    });
                    if !in_itself {
                        used.variables.insert(first.clone());
                    }
                }
                "local" => {
                    used.locals.insert(first.clone());
                }
                "data" => {
                    if let Some(second) = attribute_step(traversal, 1) {
                        used.data.insert((first.clone(), second.clone()));
                    }
                }
                _ if matches!(context.argument(), "provider" | "providers") => {
                    used.provider_aliases.insert((traversal.root.text.clone(), first.clone()));
                }
                _ => {}
            }
        });
    }
    used
}
