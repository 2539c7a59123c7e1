//! Terraform and OpenTofu roots: which directories with configuration nobody in the repo calls as a module.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::{Directory, Discovery};
use crate::engine::module::sources::role;
use crate::lang::syntax::ast::{Block, ExprKind};
use crate::lang::syntax::{SourceFile, parse_file, parse_json_file};
use crate::model::place::RepoPath;
use crate::model::stack::{Stack, StackKind};
use crate::sys::files::ReadFiles;
use crate::sys::spread::spread;

/// What a directory's configuration says that matters here.
#[derive(Default)]
struct Seen {
    /// Local modules it calls.
    calls: BTreeSet<RepoPath>,
    /// It has a backend or cloud block, or configures providers.
    is_root: bool,
    /// It holds values for variables.
    has_values: bool,
    /// State files that it reads.
    states: Vec<RepoPath>,
    /// Where a `backend "local"` keeps its own, when it says so.
    keeps: Option<RepoPath>,
}

/// The terraform stacks among some directories.
pub(super) fn stacks(discovery: &Discovery<'_>, directories: &[Directory]) -> Vec<Stack> {
    let holds_configuration = |directory: &&Directory| directory.files.iter().any(|name| role(name).is_some());
    let candidates: Vec<&Directory> = directories.iter().filter(holds_configuration).collect();
    let (files, root) = (discovery.files, discovery.root);
    let seen = spread(&candidates, |directory| look(files, root, directory));
    let all: BTreeMap<RepoPath, Seen> = candidates.iter().map(|directory| directory.path.clone()).zip(seen).collect();
    let called: BTreeSet<RepoPath> = all.values().flat_map(|seen| seen.calls.iter().cloned()).collect();
    let is_stack = |path: &RepoPath, seen: &Seen| {
        let is_example_module = path.as_str().split('/').any(|part| part == "modules");
        seen.is_root || seen.has_values || (!called.contains(path) && !is_example_module)
    };
    let roots: Vec<RepoPath> =
        all.iter().filter(|(path, seen)| is_stack(path, seen)).map(|(path, _)| path.clone()).collect();
    roots
        .iter()
        .map(|path| {
            let states = all.get(path).map(|seen| seen.states.as_slice()).unwrap_or_default();
            let keeper = |state: &RepoPath| {
                roots.iter().find(|root| all.get(root).is_some_and(|seen| seen.keeps.as_ref() == Some(state)))
            };
            let around = |state: &RepoPath| {
                roots.iter().filter(|root| state.is_within(root)).max_by_key(|root| root.as_str().len())
            };
            let mut reads: Vec<RepoPath> = states
                .iter()
                .filter_map(|state| keeper(state).or_else(|| around(state)))
                .filter(|root| *root != path)
                .cloned()
                .collect();
            reads.sort();
            reads.dedup();
            Stack { path: path.clone(), kind: StackKind::Terraform, reads }
        })
        .collect()
}

/// The local modules that a directory calls, directly or through others.
pub(super) fn modules_of(discovery: &Discovery<'_>, path: &RepoPath) -> BTreeSet<RepoPath> {
    let mut found = BTreeSet::new();
    let mut open = vec![path.clone()];
    while let Some(path) = open.pop() {
        let Ok(entries) = discovery.files.list(&discovery.root.join(path.as_str())) else { continue };
        let files = entries.into_iter().filter(|entry| !entry.is_directory).map(|entry| entry.name).collect();
        let directory = Directory { path, files, directories: Vec::new() };
        for call in look(discovery.files, discovery.root, &directory).calls {
            if found.insert(call.clone()) {
                open.push(call);
            }
        }
    }
    found
}

fn look(files: &dyn ReadFiles, root: &Path, directory: &Directory) -> Seen {
    let mut seen = Seen::default();
    for name in &directory.files {
        if name == "terraform.tfvars" || name.ends_with(".auto.tfvars") || name == "terraform.tfstate" {
            seen.has_values = true;
        }
        if role(name).is_none() {
            continue;
        }
        let Ok(bytes) = files.read(&root.join(directory.path.join(name).as_str())) else {
            continue;
        };
        let Ok(text) = std::str::from_utf8(&bytes) else { continue };
        // Most files say nothing of this: they are not parsed at all.
        if !may_matter(text) {
            continue;
        }
        let file = SourceFile::new(directory.path.join(name), text);
        let parsed = if name.ends_with(".json") { parse_json_file(&file) } else { parse_file(&file) };
        for block in parsed.body.blocks() {
            note(&mut seen, &directory.path, block);
        }
    }
    seen
}

/// Whether there may be a block that matters: its word with what can follow it in a block's header.
fn may_matter(text: &str) -> bool {
    let opens = |word: &str| {
        text.match_indices(word).any(|(at, _)| {
            let next = text.as_bytes().get(at + word.len());
            next.is_some_and(|next| !next.is_ascii_alphanumeric() && !matches!(next, b'.' | b'_' | b'-'))
        })
    };
    ["module", "terraform", "provider"].into_iter().any(opens) || text.contains("terraform_remote_state")
}

fn note(seen: &mut Seen, path: &RepoPath, block: &Arc<Block>) {
    match &*block.kind.text {
        "module" => {
            let source = block.body.attribute("source").and_then(|source| source.expr.literal_text());
            if let Some(source) = source.filter(|source| source.starts_with('.')) {
                seen.calls.extend(resolve(path, &source));
            }
        }
        "terraform" => {
            seen.is_root |= block.body.blocks().any(|inner| matches!(&*inner.kind.text, "backend" | "cloud"));
            let local = block.body.blocks_of("backend").find(|b| b.labels.first().is_some_and(|l| &*l.text == "local"));
            let kept = local.and_then(|local| local.body.attribute("path")?.expr.literal_text());
            seen.keeps = kept.and_then(|kept| resolve(path, &kept)).or(seen.keeps.take());
        }
        "provider" => {
            // A module that is called may configure providers, but only old ones do.
            seen.is_root |= block.body.attribute("alias").is_none() && !block.body.items.is_empty();
        }
        "data" if block.labels.first().is_some_and(|label| &*label.text == "terraform_remote_state") => {
            seen.states.extend(state_path(block).and_then(|state| resolve(path, &state)));
        }
        _ => {}
    }
}

/// `config = { path = "…" }` of a remote state with the local backend; `${path.module}/` is the directory itself.
fn state_path(block: &Block) -> Option<String> {
    let config = block.body.attribute("config")?;
    let ExprKind::Object(items) = &config.expr.kind else { return None };
    let path = items.iter().find(|item| {
        item.key.bare_word().is_some_and(|word| &**word == "path") || item.key.literal_text().as_deref() == Some("path")
    })?;
    if let Some(text) = path.value.literal_text() {
        return Some(text.to_string());
    }
    match &path.value.kind {
        ExprKind::Template(template) => {
            use crate::lang::syntax::ast::TemplatePart;
            match template.parts.as_slice() {
                [TemplatePart::Interpolation { expr, .. }, TemplatePart::Text { text, .. }] if matches!(&expr.kind, ExprKind::Traversal(t) if &*t.root.text == "path") => {
                    Some(format!(".{text}"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// A relative path from a directory, as a path of the repo; `None` when it leads out of it.
fn resolve(from: &RepoPath, relative: &str) -> Option<RepoPath> {
    let mut parts: Vec<&str> = if from.is_root() { Vec::new() } else { from.as_str().split('/').collect() };
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(RepoPath::new(&parts.join("/")))
}
