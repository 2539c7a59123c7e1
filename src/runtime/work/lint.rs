//! Lint findings of a stack: of its own files and of the shared modules it calls, wherever they lie in the repo.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
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
use crate::sys::spread::spread;

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
    root: &Path,
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
fn with_modules(files: &dyn ReadFiles, root: &Path, start: &RepoPath) -> BTreeMap<RepoPath, ParsedFiles> {
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

fn parse_directory(files: &dyn ReadFiles, root: &Path, directory: &RepoPath) -> ParsedFiles {
    configuration_of(files, root, directory).iter().filter_map(|path| parse(files, root, path)).collect()
}

/// The configuration files of a directory.
fn configuration_of(files: &dyn ReadFiles, root: &Path, directory: &RepoPath) -> Vec<RepoPath> {
    let entries = files.list(&on_disk(root, directory)).unwrap_or_default();
    let named = entries.iter().filter(|entry| !entry.is_directory);
    let terraform = named.filter(|entry| entry.name.ends_with(".tf") || entry.name.ends_with(".tofu"));
    terraform.map(|entry| directory.join(&entry.name)).collect()
}

fn on_disk(root: &Path, path: &RepoPath) -> PathBuf {
    if path.is_root() { root.to_path_buf() } else { root.join(path.as_str()) }
}

fn parse(files: &dyn ReadFiles, root: &Path, path: &RepoPath) -> Option<(Arc<SourceFile>, Arc<Parsed>)> {
    let bytes = files.read(&on_disk(root, path)).ok()?;
    let source = SourceFile::new(path.clone(), std::str::from_utf8(&bytes).ok()?);
    let parsed = Arc::new(parse_file(&source));
    Some((source, parsed))
}

/// Lints many stacks on all cores. A module that several of them call is parsed and linted once.
pub fn lint_all(world: &World, stacks: &[Stack]) -> (Vec<Finding>, Vec<Diagnostic>) {
    let (files, root, options) = (RealFiles, world.root(), LintOptions::from(&world.settings.lint));
    let terraform = stacks.iter().filter(|stack| stack.kind == StackKind::Terraform).map(|stack| stack.path.clone());
    let parsed = with_all_modules(&files, root, terraform.collect());
    let nothing = ParsedFiles::new();
    let others = stacks.iter().filter(|stack| stack.kind != StackKind::Terraform);
    let targets: Vec<LintTarget<'_>> = parsed
        .iter()
        .map(|(directory, parsed)| LintTarget { root, directory, kind: StackKind::Terraform, parsed })
        .chain(others.map(|stack| LintTarget { root, directory: &stack.path, kind: stack.kind, parsed: &nothing }))
        .collect();
    let found = spread(&targets, |target| lint_stack(&files, target, &options));
    let mut findings = Vec::new();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for (more_findings, more_diagnostics) in found {
        findings.extend(more_findings);
        for diagnostic in more_diagnostics {
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
    }
    findings.sort_by(|a, b| (&a.place, a.rule.id).cmp(&(&b.place, b.rule.id)));
    (findings, diagnostics)
}

/// The directories and the local modules they call, by path, the files parsed on all cores.
fn with_all_modules(files: &RealFiles, root: &Path, mut waiting: Vec<RepoPath>) -> BTreeMap<RepoPath, ParsedFiles> {
    let mut known: BTreeMap<RepoPath, ParsedFiles> = BTreeMap::new();
    while !waiting.is_empty() {
        let listed = spread(&waiting, |directory| configuration_of(files, root, directory));
        let paths: Vec<(RepoPath, RepoPath)> = waiting
            .drain(..)
            .zip(listed)
            .flat_map(|(directory, paths)| {
                known.insert(directory.clone(), ParsedFiles::new());
                paths.into_iter().map(move |path| (directory.clone(), path))
            })
            .collect();
        let parsed = spread(&paths, |(_, path)| parse(files, root, path));
        let mut called = BTreeSet::new();
        for ((directory, _), parsed) in paths.into_iter().zip(parsed) {
            let Some(parsed) = parsed else { continue };
            called.extend(local_sources(&parsed.1.body, &directory));
            known.entry(directory).or_default().push(parsed);
        }
        waiting = called.into_iter().filter(|directory| !known.contains_key(directory)).collect();
    }
    known
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
