//! Lints one stack: reads its files, runs every rule that is on, and marks what comments suppress.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::catalogue::CHECKS;
use super::check::Run;
use super::module::{Module, ModuleFile};
use super::report::Report;
use super::settings::LintOptions;
use super::suppression::Suppressions;
use super::test_file::{self, TestFiles};
use super::text_file::{TextFile, YamlFile};
use crate::lang::syntax::{Parsed, SourceFile, parse_file, parse_json_file};
use crate::model::diagnostic::Diagnostic;
use crate::model::finding::{Finding, Level};
use crate::model::place::{Place, RepoPath};
use crate::model::stack::StackKind;
use crate::model::value::Str;
use crate::sys::files::{ReadFiles, normal};

/// A stack to lint.
pub struct LintTarget<'a> {
    /// The root of the repo on disk.
    pub root: &'a Path,
    /// The stack's directory.
    pub directory: &'a RepoPath,
    /// What it is made of.
    pub kind: StackKind,
    /// Files that are parsed already, so that they are not parsed again.
    pub parsed: &'a [(Arc<SourceFile>, Arc<Parsed>)],
}

/// Directories below an Ansible or Chef stack are read this deep.
const DEEPEST: usize = 8;
/// No stack has more files of one kind than a person could look at.
const MOST_FILES: usize = 5000;

/// All findings about the files of one stack, by place, and what could not be read.
pub fn lint_stack(
    files: &dyn ReadFiles,
    target: &LintTarget<'_>,
    options: &LintOptions,
) -> (Vec<Finding>, Vec<Diagnostic>) {
    let mut reading = Reading { files, root: target.root, diagnostics: Vec::new() };
    let options = reading.options(target, options);
    let mut sources: Vec<Arc<SourceFile>> = Vec::new();
    let mut findings = match target.kind {
        StackKind::Terraform => reading.terraform(target, &options, &mut sources),
        StackKind::Chef => reading.chef(target, &options, &mut sources),
        StackKind::Ansible | StackKind::Kustomize | StackKind::Compose => reading.yaml(target, &options, &mut sources),
        StackKind::Packer => reading.packer(target),
        StackKind::Serverspec | StackKind::Puppet => Vec::new(),
    };
    let suppressions: HashMap<&str, Suppressions> =
        sources.iter().map(|source| (source.path().as_str(), Suppressions::of(source))).collect();
    for finding in &mut findings {
        if let Some(suppressions) = suppressions.get(finding.place.path.as_str()) {
            suppressions.apply(finding);
        }
    }
    findings.sort_by(|a, b| (&a.place, a.rule.id).cmp(&(&b.place, b.rule.id)));
    (findings, reading.diagnostics)
}

struct Reading<'a> {
    files: &'a dyn ReadFiles,
    root: &'a Path,
    diagnostics: Vec<Diagnostic>,
}

impl Reading<'_> {
    /// A text file; `None` with a diagnostic when it cannot be read.
    fn source(&mut self, path: &RepoPath) -> Option<Arc<SourceFile>> {
        let fault = |detail: String| Diagnostic::error("Cannot read file", detail).at(Place::top_of(path.clone()));
        match self.files.read(&self.root.join(path.as_str())) {
            Ok(bytes) => match std::str::from_utf8(&bytes) {
                Ok(text) => return Some(SourceFile::new(path.clone(), text)),
                Err(_) => self.diagnostics.push(fault(format!(
                    "{path} is not UTF-8 text. Save it in UTF-8, or keep binary files out of this directory."
                ))),
            },
            Err(error) => self.diagnostics.push(fault(format!("{path} could not be read: {error}."))),
        }
        None
    }

    /// The names of a directory's files that `wanted` takes.
    fn names(&mut self, directory: &RepoPath, wanted: impl Fn(&str) -> bool) -> Vec<RepoPath> {
        match self.files.list(&self.root.join(directory.as_str())) {
            Ok(entries) => {
                let files = entries.iter().filter(|entry| !entry.is_directory && wanted(&entry.name));
                files.map(|entry| directory.join(&entry.name)).take(MOST_FILES).collect()
            }
            Err(error) => {
                let detail = format!("{directory} could not be listed: {error}.");
                let place = Place::top_of(directory.clone());
                self.diagnostics.push(Diagnostic::error("Cannot read directory", detail).at(place));
                Vec::new()
            }
        }
    }

    /// The caller's options and those of the `.tflint.hcl` nearest to the stack.
    fn options(&mut self, target: &LintTarget<'_>, options: &LintOptions) -> LintOptions {
        let mut directory = target.directory.clone();
        loop {
            let path = directory.join(".tflint.hcl");
            if self.files.is_file(&self.root.join(path.as_str()))
                && let Some(source) = self.source(&path)
            {
                let parsed = parse_file(&source);
                self.diagnostics.extend(parsed.diagnostics);
                return options.with_tflint(&parsed.body);
            }
            if directory.is_root() {
                return options.clone();
            }
            directory = directory.parent();
        }
    }

    fn terraform(
        &mut self,
        target: &LintTarget<'_>,
        options: &LintOptions,
        sources: &mut Vec<Arc<SourceFile>>,
    ) -> Vec<Finding> {
        let paths = self.names(target.directory, |name| is_terraform(name) || is_test(name));
        let (mut tests, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| is_test(path.file_name()));
        tests.extend(self.test_paths(target.directory));
        let module = Module::new(self.parsed(files, target.parsed));
        let mut tests = self.parsed(tests, target.parsed);
        let read = module.files.iter().chain(&module.variable_files).chain(&tests);
        sources.extend(read.map(|file| file.source.clone()));
        tests.retain(|file| file.parsed.broken.is_empty());
        let others = self.modules_under_test(&tests, target.directory);
        let tests = TestFiles { module: &module, files: &tests, others: &others };
        run(options, |checked, report| match checked {
            Run::Terraform(check) => check(&module, report),
            Run::Tests(check) => check(&tests, report),
            Run::Yaml(_) | Run::ChefMetadata(_) => {}
        })
    }

    /// Files in Terraform's language, parsed unless they are already. What is wrong in them is told.
    fn parsed(&mut self, paths: Vec<RepoPath>, already: &[(Arc<SourceFile>, Arc<Parsed>)]) -> Vec<ModuleFile> {
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let offered = already.iter().find(|(source, _)| *source.path() == path);
            let file = match offered {
                Some((source, parsed)) => Some(ModuleFile { source: source.clone(), parsed: parsed.clone() }),
                None => self.source(&path).map(parse),
            };
            files.extend(file);
        }
        for file in &files {
            self.diagnostics.extend(file.parsed.diagnostics.iter().cloned());
        }
        files
    }

    /// The test files in the directory's own `tests`; those further down are for nobody.
    fn test_paths(&self, directory: &RepoPath) -> Vec<RepoPath> {
        let directory = directory.join("tests");
        let entries = self.files.list(&self.root.join(directory.as_str())).unwrap_or_default();
        let tests = entries.iter().filter(|entry| !entry.is_directory && is_test(&entry.name));
        tests.map(|entry| directory.join(&entry.name)).take(MOST_FILES).collect()
    }

    /// The local modules that runs test instead of the directory's own. What is wrong in them is told where they are
    /// linted.
    fn modules_under_test(&self, tests: &[ModuleFile], directory: &RepoPath) -> BTreeMap<Str, Module> {
        let mut modules = BTreeMap::new();
        for source in tests.iter().flat_map(test_file::sources) {
            if !(source.starts_with("./") || source.starts_with("../")) || modules.contains_key(&source) {
                continue;
            }
            let path = normal(&PathBuf::from(directory.as_str()).join(&*source));
            if path.starts_with("..") {
                continue;
            }
            let directory = RepoPath::new(&path.to_string_lossy());
            let mut whole = true;
            let mut files = Vec::new();
            for entry in self.files.list(&self.root.join(directory.as_str())).unwrap_or_default() {
                if entry.is_directory || !is_terraform(&entry.name) {
                    continue;
                }
                let path = directory.join(&entry.name);
                let bytes = self.files.read(&self.root.join(path.as_str()));
                match bytes.as_ref().map(|bytes| std::str::from_utf8(bytes)) {
                    Ok(Ok(text)) => files.push(parse(SourceFile::new(path, text))),
                    _ => whole = false,
                }
            }
            if whole && !files.is_empty() {
                modules.insert(source, Module::new(files));
            }
        }
        modules
    }

    /// Packer's templates are HCL too: there are no rules for them yet, but a broken one is told.
    fn packer(&mut self, target: &LintTarget<'_>) -> Vec<Finding> {
        let is_template = |name: &str| name.ends_with(".pkr.hcl") || name.ends_with(".pkrvars.hcl");
        for path in self.names(target.directory, is_template) {
            if let Some(source) = self.source(&path) {
                self.diagnostics.extend(parse_file(&source).diagnostics);
            }
        }
        Vec::new()
    }

    fn chef(
        &mut self,
        target: &LintTarget<'_>,
        options: &LintOptions,
        sources: &mut Vec<Arc<SourceFile>>,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for path in self.names(target.directory, |name| name == "metadata.rb") {
            let Some(source) = self.source(&path) else { continue };
            sources.push(source.clone());
            let file = TextFile { source };
            findings.extend(run(options, |checked, report| {
                if let Run::ChefMetadata(check) = checked {
                    check(&file, report);
                }
            }));
        }
        findings
    }

    fn yaml(
        &mut self,
        target: &LintTarget<'_>,
        options: &LintOptions,
        sources: &mut Vec<Arc<SourceFile>>,
    ) -> Vec<Finding> {
        let mut paths = Vec::new();
        self.yaml_paths(target.directory, DEEPEST, target.kind == StackKind::Ansible, &mut paths);
        let mut findings = Vec::new();
        for path in paths {
            let Some(source) = self.source(&path) else { continue };
            sources.push(source.clone());
            let Some(file) = YamlFile::read(&source, target.kind == StackKind::Ansible) else { continue };
            findings.extend(run(options, |checked, report| {
                if let Run::Yaml(check) = checked {
                    check(&file, report);
                }
            }));
        }
        findings
    }

    /// YAML files of a stack. Templates are not YAML yet.
    fn yaml_paths(&mut self, directory: &RepoPath, depth: usize, deep: bool, paths: &mut Vec<RepoPath>) {
        paths.extend(self.names(directory, |name| name.ends_with(".yml") || name.ends_with(".yaml")));
        if depth == 0 || !deep || paths.len() > MOST_FILES {
            return;
        }
        let Ok(entries) = self.files.list(&self.root.join(directory.as_str())) else { return };
        let skipped = |name: &str| name.starts_with('.') || name == "templates" || name == "files";
        for entry in entries.iter().filter(|entry| entry.is_directory && !entry.is_link && !skipped(&entry.name)) {
            self.yaml_paths(&directory.join(&entry.name), depth - 1, deep, paths);
        }
    }
}

/// Runs every check that is on.
fn run(options: &LintOptions, mut check: impl FnMut(&Run, &mut Report)) -> Vec<Finding> {
    let Some(first) = CHECKS.first() else { return Vec::new() };
    let mut report = Report::new(first.rule);
    for candidate in CHECKS {
        let level: Option<Level> = options.level(candidate);
        if let Some(level) = level {
            report.start(candidate.rule, level);
            check(&candidate.run, &mut report);
        }
    }
    report.findings
}

fn parse(source: Arc<SourceFile>) -> ModuleFile {
    let json = source.path().as_str().ends_with(".json");
    let parsed = Arc::new(if json { parse_json_file(&source) } else { parse_file(&source) });
    ModuleFile { source, parsed }
}

fn is_test(name: &str) -> bool {
    !is_ignored(name) && [".tftest.hcl", ".tftest.json"].iter().any(|extension| name.ends_with(extension))
}

/// Editors' backups and hidden files are not configuration.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

fn is_terraform(name: &str) -> bool {
    let extensions = [".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json"];
    !is_ignored(name) && extensions.iter().any(|extension| name.ends_with(extension))
}
