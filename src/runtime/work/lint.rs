//! Lint findings of a stack: of its own files and of the shared modules it calls, wherever they lie in the repo.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::Reads;
use crate::lang::syntax::ast::Body;
use crate::lang::syntax::{Parsed, SourceFile, parse_file};
use crate::lint::{LintOptions, LintTarget, lint_stack};
use crate::model::diagnostic::Diagnostic;
use crate::model::finding::Finding;
use crate::model::id::Generation;
use crate::model::place::RepoPath;
use crate::model::report::{LintReport, Provenance};
use crate::model::stack::{Stack, StackKind};
use crate::pipeline::recording::RecordingFiles;
use crate::runtime::world::World;
use crate::sys::files::{ReadFiles, RealFiles, normal};

/// A directory's files, parsed.
type ParsedFiles = Vec<(Arc<SourceFile>, Arc<Parsed>)>;

/// Lints a stack.
pub fn lint(world: &World, stack: &Stack, generation: Generation) -> (LintReport, Reads) {
    let (at, begun) = (world.clock.now(), world.clock.elapsed());
    let files = RecordingFiles::new(Arc::new(RealFiles));
    let (findings, diagnostics) = lint_in(&*files, world.root(), stack, &LintOptions::from(&world.settings.lint));
    let took = world.clock.elapsed().saturating_sub(begun);
    let provenance = Provenance { generation, at, took, remembered: false };
    (LintReport { stack: stack.path.clone(), findings, diagnostics, provenance }, files.reads())
}

/// The same for a stack below any root: a checkout is linted like the working tree.
pub fn lint_in(
    files: &dyn ReadFiles,
    root: &std::path::Path,
    stack: &Stack,
    options: &LintOptions,
) -> (Vec<Finding>, Vec<Diagnostic>) {
    let mut found = (Vec::new(), Vec::new());
    let mut one = |directory: &RepoPath, parsed: &ParsedFiles| {
        let target = LintTarget { root, directory, kind: stack.kind, parsed };
        let (findings, diagnostics) = lint_stack(files, &target, options);
        found.0.extend(findings);
        found.1.extend(diagnostics);
    };
    if stack.kind != StackKind::Terraform {
        one(&stack.path, &Vec::new());
        return found;
    }
    for (directory, parsed) in with_modules(files, root, &stack.path) {
        one(&directory, &parsed);
    }
    found
}

/// The directory and the local modules it calls, by path, each file parsed once.
fn with_modules(files: &dyn ReadFiles, root: &std::path::Path, start: &RepoPath) -> BTreeMap<RepoPath, ParsedFiles> {
    let mut known: BTreeMap<RepoPath, ParsedFiles> = BTreeMap::new();
    let mut waiting = VecDeque::from([start.clone()]);
    let mut seen: BTreeSet<RepoPath> = BTreeSet::from([start.clone()]);
    while let Some(directory) = waiting.pop_front() {
        let parsed = parse_directory(files, root, &directory);
        for (_, file) in &parsed {
            for called in local_sources(&file.body, &directory) {
                if seen.insert(called.clone()) {
                    waiting.push_back(called);
                }
            }
        }
        known.insert(directory, parsed);
    }
    known
}

fn parse_directory(files: &dyn ReadFiles, root: &std::path::Path, directory: &RepoPath) -> ParsedFiles {
    let on_disk = if directory.is_root() { root.to_path_buf() } else { root.join(directory.as_str()) };
    let entries = files.list(&on_disk).unwrap_or_default();
    let named = entries.iter().filter(|entry| !entry.is_directory);
    let terraform = named.filter(|entry| entry.name.ends_with(".tf") || entry.name.ends_with(".tofu"));
    let parsed = terraform.filter_map(|entry| {
        let bytes = files.read(&on_disk.join(&entry.name)).ok()?;
        let text = std::str::from_utf8(&bytes).ok()?;
        let source = SourceFile::new(directory.join(&entry.name), text);
        let parsed = Arc::new(parse_file(&source));
        Some((source, parsed))
    });
    parsed.collect()
}

/// The directories inside the repo that the module calls of a body name.
fn local_sources(body: &Body, directory: &RepoPath) -> Vec<RepoPath> {
    let sources = body.blocks_of("module").filter_map(|call| call.body.attribute("source")?.expr.literal_text());
    let local = sources.filter(|source| source.starts_with("./") || source.starts_with("../"));
    local
        .filter_map(|source| {
            let path = normal(&PathBuf::from(directory.as_str()).join(&*source));
            (!path.starts_with("..")).then(|| RepoPath::new(&path.to_string_lossy()))
        })
        .collect()
}

/// Findings of several stacks in one list; a shared module's appear once.
pub fn merged(reports: &[LintReport]) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    let mut seen = BTreeSet::new();
    for finding in reports.iter().flat_map(|report| &report.findings) {
        if seen.insert((finding.place.clone(), finding.rule.id, finding.message.clone())) {
            all.push(finding.clone());
        }
    }
    all.sort_by(|a, b| (&a.place, a.rule.id).cmp(&(&b.place, b.rule.id)));
    all
}
