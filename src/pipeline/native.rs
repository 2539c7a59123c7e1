//! The jobs that Kilter does itself: formatting, validity, lint, plan and tests, all pure.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::recording::RecordingFiles;
use super::work::{Outcome, Work};
use crate::engine::lore::Lore;
use crate::engine::{Engine, PlanOptions, Source, Surroundings, TestOptions, VariableInput};
use crate::lang::fmt::format_file;
use crate::lang::syntax::SourceFile;
use crate::lint::{LintOptions, LintTarget, lint_stack};
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::finding::Level;
use crate::model::place::RepoPath;
use crate::model::plan::ChangeSummary;
use crate::model::run::{Job, JobState, StepKind};
use crate::model::stack::{Stack, StackKind};
use crate::model::test::{TestCounts, TestSuite};
use crate::sys::clock::Clock;
use crate::sys::files::ReadFiles;

/// Gives values to the variables of a stack in a checked tree: its root and the stack.
pub type VariablesOf<'a> = &'a (dyn Fn(&Path, &RepoPath) -> Vec<VariableInput> + Sync);

/// Gives what is known about a stack's providers that are not built in, with a text that changes with it.
pub type LoreOf<'a> = &'a (dyn Fn(&RepoPath) -> (String, Option<Arc<Lore>>) + Sync);

/// Does the native jobs in one tree.
pub struct NativeWork<'a> {
    /// Plans and tests.
    pub engine: &'a Engine,
    /// What the tree is read through.
    pub files: Arc<dyn ReadFiles>,
    /// The tree's root.
    pub root: PathBuf,
    /// Its stacks.
    pub stacks: Vec<Stack>,
    /// The moment.
    pub clock: &'a dyn Clock,
    /// Which rules are on.
    pub lint: &'a LintOptions,
    /// Findings of this level and above make lint red.
    pub threshold: Level,
    /// Values for variables.
    pub variables: VariablesOf<'a>,
    /// What mocks of others' providers need to know.
    pub lore: LoreOf<'a>,
    /// What is no part of the repo: directories that formatting does not enter.
    pub ignored: &'a (dyn Fn(&RepoPath, bool) -> bool + Sync),
}

impl Work for NativeWork<'_> {
    fn perform(&self, job: &Job, cancelled: &(dyn Fn() -> bool + Sync)) -> Outcome {
        let files = RecordingFiles::new(self.files.clone());
        let stack = job.stack.as_ref().and_then(|path| self.stacks.iter().find(|stack| stack.path == *path));
        let (state, summary, log) = match (job.step, stack) {
            (StepKind::Format, _) => self.format(&files, cancelled),
            (StepKind::Validate, Some(stack)) => self.validate(&files, stack),
            (StepKind::Lint, Some(stack)) => self.lint(&files, stack),
            (StepKind::Plan, Some(stack)) => self.plan(&files, stack),
            (StepKind::Test, Some(stack)) => self.test(&files, stack),
            (StepKind::Checkout, _) | (_, None) => return Outcome::broken("there is nothing to do this on"),
        };
        if cancelled() && state == JobState::Broken {
            return Outcome::broken("cancelled");
        }
        Outcome { state, summary, log, reads: files.reads() }
    }

    fn salt(&self, job: &Job) -> String {
        let version = env!("CARGO_PKG_VERSION");
        match (job.step, &job.stack) {
            (StepKind::Lint, _) => format!("{version} {:?} {:?}", self.threshold, self.lint),
            (StepKind::Plan | StepKind::Test, Some(stack)) => {
                // The files among them are read, and so are part of what was read.
                let variables = (self.variables)(&self.root, stack);
                let named = |input: &VariableInput| match input {
                    VariableInput::File(path) => format!("{:?}", path.strip_prefix(&self.root).unwrap_or(path)),
                    other => format!("{other:?}"),
                };
                let known = if job.step == StepKind::Test { (self.lore)(stack).0 } else { String::new() };
                format!("{version} {known} {}", variables.iter().map(named).collect::<Vec<_>>().join(" "))
            }
            _ => version.to_owned(),
        }
    }
}

type Said = (JobState, String, Vec<String>);

impl NativeWork<'_> {
    fn source(&self, files: &Arc<RecordingFiles>, stack: &Stack) -> Source {
        let directory = if stack.path.is_root() { self.root.clone() } else { self.root.join(stack.path.as_str()) };
        Source::new(files.clone(), directory, stack.path.clone())
    }

    fn format(&self, files: &Arc<RecordingFiles>, cancelled: &(dyn Fn() -> bool + Sync)) -> Said {
        let mut paths = Vec::new();
        self.collect(files.as_ref(), &RepoPath::root(), 0, &mut paths);
        let mut log = Vec::new();
        let mut wrong = 0;
        for path in &paths {
            if cancelled() {
                return (JobState::Broken, "cancelled".to_owned(), log);
            }
            match well_formatted(files.as_ref(), &self.root, path) {
                Ok(true) => {}
                Ok(false) => {
                    wrong += 1;
                    log.push(format!("{path}: not formatted; `kilter fmt` does it"));
                }
                Err(lines) => {
                    wrong += 1;
                    log.extend(lines);
                }
            }
        }
        match wrong {
            0 => (JobState::Passed, format!("{} formatted", counted(paths.len(), "file")), log),
            _ => (JobState::Failed, format!("{wrong} of {} not formatted", counted(paths.len(), "file")), log),
        }
    }

    /// All files that are in the language's canonical form, by path.
    fn collect(&self, files: &dyn ReadFiles, directory: &RepoPath, depth: usize, paths: &mut Vec<RepoPath>) {
        const DEEPEST: usize = 32;
        let Ok(entries) = files.list(&on_disk(&self.root, directory)) else { return };
        for entry in entries {
            let path = directory.join(&entry.name);
            if entry.name.starts_with('.') || (self.ignored)(&path, entry.is_directory) {
                continue;
            }
            // A link to a directory leads to files that are formatted where they are, or in a circle.
            if entry.is_directory && !entry.is_link && depth < DEEPEST {
                self.collect(files, &path, depth + 1, paths);
            } else if [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl", ".tofu"]
                .iter()
                .any(|end| entry.name.ends_with(end))
            {
                paths.push(path);
            }
        }
    }

    fn validate(&self, files: &Arc<RecordingFiles>, stack: &Stack) -> Said {
        let validated = self.engine.validate(&self.source(files, stack));
        judged(&validated.diagnostics, || "valid".to_owned())
    }

    fn plan(&self, files: &Arc<RecordingFiles>, stack: &Stack) -> Said {
        let options = PlanOptions { variables: (self.variables)(&self.root, &stack.path), ..PlanOptions::default() };
        let surroundings = Surroundings::none(self.clock.now());
        let planned = self.engine.plan(&self.source(files, stack), &options, &surroundings);
        let (state, summary, mut log) = judged(&planned.diagnostics, || line(&planned.plan.summary()));
        let changes = planned.plan.changes.iter().filter(|change| change.change.action.word() != "no-op");
        log.extend(changes.map(|change| format!("{} {}", change.change.action.sign(), change.address)));
        log.extend(planned.plan.undecided.iter().map(|u| format!("? {}: decided by {}", u.block, u.decided_by)));
        (state, summary, log)
    }

    fn lint(&self, files: &Arc<RecordingFiles>, stack: &Stack) -> Said {
        let target = LintTarget { root: &self.root, directory: &stack.path, kind: stack.kind, parsed: &[] };
        let (mut findings, diagnostics) = lint_stack(files.as_ref(), &target, self.lint);
        findings.retain(|finding| finding.suppressed.is_none());
        let mut log: Vec<String> = diagnostics.iter().flat_map(lines).collect();
        log.extend(findings.iter().map(|f| format!("{}: {}: {}: {}", f.level.word(), f.place, f.rule.id, f.message)));
        let severe = findings.iter().filter(|finding| finding.level >= self.threshold).count();
        let summary = match (severe, findings.len() - severe) {
            (0, 0) => "no findings".to_owned(),
            (0, rest) => format!("{} below the threshold", counted(rest, "finding")),
            (severe, 0) => counted(severe, "finding"),
            (severe, rest) => format!("{}, {rest} more below the threshold", counted(severe, "finding")),
        };
        // What cannot be read in Terraform is validation's to say; of other kinds, nobody else says it.
        let unreadable = has_errors(&diagnostics) && stack.kind != StackKind::Terraform;
        let state = if severe > 0 || unreadable { JobState::Failed } else { JobState::Passed };
        (state, summary, log)
    }

    fn test(&self, files: &Arc<RecordingFiles>, stack: &Stack) -> Said {
        let options = TestOptions {
            variables: (self.variables)(&self.root, &stack.path),
            lore: (self.lore)(&stack.path).1,
            ..TestOptions::default()
        };
        let surroundings = Surroundings::none(self.clock.now());
        let tested = self.engine.test(&self.source(files, stack), &options, &surroundings);
        if tested.suites.is_empty() && !has_errors(&tested.diagnostics) {
            return (JobState::Skipped, "no tests".to_owned(), Vec::new());
        }
        let mut log: Vec<String> = tested.diagnostics.iter().flat_map(lines).collect();
        log.extend(tested.suites.iter().flat_map(suite_lines));
        let counts = TestCounts::of(&tested.suites);
        let summary = format!("{} of {} passed", counts.passed, counted(counts.total(), "test"));
        let red = has_errors(&tested.diagnostics) || !counts.is_green();
        (if red { JobState::Failed } else { JobState::Passed }, summary, log)
    }
}

fn on_disk(root: &Path, path: &RepoPath) -> PathBuf {
    if path.is_root() { root.to_owned() } else { root.join(path.as_str()) }
}

/// Whether a file is as the formatter would write it; the lines that say why not, when it cannot be formatted at all.
fn well_formatted(files: &dyn ReadFiles, root: &Path, path: &RepoPath) -> Result<bool, Vec<String>> {
    let fault = |why: String| vec![format!("error: {path}: {why}")];
    let bytes = files.read(&on_disk(root, path)).map_err(|error| fault(error.to_string()))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| fault("the file is not UTF-8 text".to_owned()))?;
    let formatted = format_file(&SourceFile::new(path.clone(), text));
    formatted.map(|formatted| formatted == text).map_err(|broken| broken.iter().flat_map(lines).collect())
}

fn judged(diagnostics: &[Diagnostic], fine: impl FnOnce() -> String) -> Said {
    let log = diagnostics.iter().flat_map(lines).collect();
    let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).collect();
    match errors.as_slice() {
        [] => (JobState::Passed, fine(), log),
        [one] => (JobState::Failed, one.summary.clone(), log),
        [first, rest @ ..] => {
            (JobState::Failed, format!("{} and {} more", first.summary, counted(rest.len(), "error")), log)
        }
    }
}

/// A diagnostic as lines of a log.
fn lines(diagnostic: &Diagnostic) -> Vec<String> {
    let severity = if diagnostic.is_error() { "error" } else { "warning" };
    let place = diagnostic.subject.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let mut lines = vec![format!("{severity}: {place}{}", diagnostic.summary)];
    lines.extend(diagnostic.detail.lines().map(|line| format!("  {line}")));
    lines
}

fn suite_lines(suite: &TestSuite) -> Vec<String> {
    let mut out: Vec<String> = suite.diagnostics.iter().flat_map(lines).collect();
    for case in &suite.cases {
        out.push(format!("{}: {}: {}", case.status.word(), suite.name, case.name));
        out.extend(case.diagnostics.iter().flat_map(lines).map(|line| format!("  {line}")));
    }
    for left in &suite.left {
        out.push(format!("error: {}: left behind by {}: {}", suite.name, left.run, left.resources.join(", ")));
        out.extend(left.diagnostics.iter().flat_map(lines).map(|line| format!("  {line}")));
    }
    out
}

fn line(summary: &ChangeSummary) -> String {
    let undecided = match summary.undecided {
        0 => String::new(),
        count => format!(", {} undecided", counted(count, "block")),
    };
    format!("{} to add, {} to change, {} to destroy{undecided}", summary.add, summary.change, summary.remove)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
