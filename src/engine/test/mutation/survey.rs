//! Tries the mutants of a stack: each is spliced into its file in memory, must be a sound configuration, and then the
//! test files that plan its module are run until one notices it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::engine::look::validate;
use crate::engine::looks::Looks;
use crate::engine::module::library::Library;
use crate::engine::module::tree::Config;
use crate::engine::options::{MutationOptions, TestOptions};
use crate::engine::outcome::{Mutated, Tested};
use crate::engine::provider::registry::Providers;
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::engine::test::bench::Trace;
use crate::engine::test::layer::Layer;
use crate::engine::test::mutation::sites::{Site, of_file};
use crate::engine::test::run::test_traced;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::mutation::{Mutant, MutantFate, StoppedBy};
use crate::model::test::{TestStatus, TestSuite};
use crate::sys::files::{Files, normal};

/// Watches a survey, and may end it.
pub trait SurveyWatch: Sync {
    /// So many of so many were tried.
    fn progress(&self, tried: usize, of: usize);

    /// Whether to try no more.
    fn cancelled(&self) -> bool;
}

/// Tries the mutants of a stack.
pub fn survey(
    providers: &Providers,
    source: &Source,
    options: &MutationOptions,
    surroundings: &Surroundings,
    watch: &dyn SurveyWatch,
) -> Mutated {
    let shelf = Library::default();
    // Nobody wants to see what a changed command does.
    let tests = TestOptions { stop_early: false, unasked: true, ..options.tests.clone() };
    let bench = Workbench { providers, shelf: &shelf, source, tests: &tests, surroundings };
    let begun = bench.elapsed();
    let (tested, traces) = bench.run(source, &tests);
    let mut mutated = Mutated { reads: tested.reads.clone(), ..Mutated::default() };
    mutated.diagnostics = obstacles(&tested);
    if !mutated.diagnostics.is_empty() {
        return mutated;
    }
    mutated.diagnostics.extend(left_out(&tested));
    let looks = Looks::new(source);
    let Some(config) = Config::load(&shelf, &looks) else { return mutated };
    let sites = sites(&looks, &shelf, &config, &traces);
    mutated.found = sites.len();
    let base = Base { traces: &traces };
    let limit = options.limit.unwrap_or(usize::MAX).min(sites.len());
    let (next, late) = (AtomicUsize::new(0), AtomicBool::new(false));
    let tried = AtomicUsize::new(0);
    let results: Mutex<BTreeMap<usize, Option<Mutant>>> = Mutex::default();
    std::thread::scope(|threads| {
        for _ in 0..options.workers.max(1) {
            threads.spawn(|| {
                loop {
                    let spent = bench.elapsed().saturating_sub(begun);
                    if options.budget.is_some_and(|budget| spent >= budget) {
                        late.store(true, Ordering::Release);
                    }
                    if late.load(Ordering::Acquire) || watch.cancelled() {
                        break;
                    }
                    let at = next.fetch_add(1, Ordering::AcqRel);
                    let Some(site) = sites.get(at).filter(|_| at < limit) else { break };
                    let fate = bench.try_one(site, &base);
                    results.lock().unwrap_or_else(PoisonError::into_inner).insert(at, fate);
                    watch.progress(tried.fetch_add(1, Ordering::AcqRel) + 1, limit);
                }
            });
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    mutated.unsound = results.values().filter(|one| one.is_none()).count();
    let done = results.len();
    mutated.mutants = results.into_values().flatten().collect();
    mutated.stopped = match () {
        () if done < limit && late.load(Ordering::Acquire) => Some(StoppedBy::Budget),
        () if done < limit => Some(StoppedBy::Cancelled),
        () if limit < mutated.found => Some(StoppedBy::Limit),
        () => None,
    };
    mutated
}

/// What keeps mutants from being judged: tests that are missing or do not pass by themselves.
fn obstacles(tested: &Tested) -> Vec<Diagnostic> {
    if has_errors(&tested.diagnostics) {
        return tested.diagnostics.clone();
    }
    let bad = |suite: &TestSuite| {
        let cases = suite.cases.iter().filter(|case| matches!(case.status, TestStatus::Failed | TestStatus::Error));
        let mut names: Vec<String> = cases.map(|case| format!("{}/{}", suite.name, case.name)).collect();
        names.extend(suite.left.iter().map(|left| format!("the cleanup after {}/{}", suite.name, left.run)));
        names
    };
    let failing: Vec<String> = tested.suites.iter().flat_map(bad).collect();
    if !failing.is_empty() {
        let detail =
            format!("Only tests that pass can notice a change. First see to what does not: {}.", failing.join(", "));
        return vec![Diagnostic::error("Tests do not pass", detail)];
    }
    let mut cases = tested.suites.iter().flat_map(|suite| &suite.cases).peekable();
    if cases.peek().is_some() && cases.all(|case| case.status == TestStatus::Skipped) {
        return left_out(tested).into_iter().collect();
    }
    if tested.suites.iter().all(|suite| suite.cases.is_empty()) {
        let detail = "There is no run block in any .tftest.hcl file of this stack, so nothing could notice a change.";
        return vec![Diagnostic::warning("No tests", detail)];
    }
    Vec::new()
}

/// Says which runs judge no change, since no commands are run here.
fn left_out(tested: &Tested) -> Option<Diagnostic> {
    let skipped = |suite: &TestSuite| {
        let cases = suite.cases.iter().filter(|case| case.status == TestStatus::Skipped);
        cases.map(|case| format!("{}/{}", suite.name, case.name)).collect::<Vec<_>>()
    };
    let names: Vec<String> = tested.suites.iter().flat_map(skipped).collect();
    (!names.is_empty()).then(|| {
        let detail = format!(
            "No command of a provisioner is run while changes are tried, so these runs, or what they begin with, judge none: {}.",
            names.join(", ")
        );
        Diagnostic::warning("Runs left out", detail)
    })
}

/// All sites of the modules that the tests plan, by file.
fn sites(looks: &Looks, shelf: &Library, config: &Config, traces: &[Trace]) -> Vec<Site> {
    let mut directories: BTreeSet<PathBuf> = config.nodes.iter().map(|node| node.module.directory.clone()).collect();
    directories.extend(traces.iter().flat_map(|trace| trace.modules.iter().cloned()));
    let mut found = Vec::new();
    for directory in directories.iter().filter(|directory| !is_installed(directory)) {
        // A module that only a run block names is looked at as a root of its own.
        let own;
        let (config, node) = match config.nodes.iter().position(|node| node.module.directory == *directory) {
            Some(node) => (config, node),
            None => match Config::load_at(shelf, looks, directory, "".into()) {
                Some(loaded) => {
                    own = loaded;
                    (&own, 0)
                }
                None => continue,
            },
        };
        for file in &config.nodes[node].module.files {
            let path = directory.join(file.path().file_name());
            let Ok(seen) = looks.read(&path) else { continue };
            if file.path().as_str().ends_with(".json") {
                continue;
            }
            let parsed = shelf.parse(looks.display(&path), &seen.bytes, seen.hash);
            found.extend(of_file(config, node, &parsed.file, &parsed.body, path));
        }
    }
    found
}

/// Downloaded modules are somebody else's.
fn is_installed(directory: &Path) -> bool {
    directory.components().any(|part| part.as_os_str() == ".terraform")
}

/// How everything comes out without a change.
struct Base<'a> {
    traces: &'a [Trace],
}

struct Workbench<'a> {
    providers: &'a Providers,
    shelf: &'a Library,
    source: &'a Source,
    tests: &'a TestOptions,
    surroundings: &'a Surroundings,
}

impl Workbench<'_> {
    fn elapsed(&self) -> Duration {
        self.surroundings.clock.as_ref().map_or(Duration::ZERO, |clock| clock.elapsed())
    }

    /// Runs tests with the same chance every time.
    fn run(&self, source: &Source, tests: &TestOptions) -> (Tested, Vec<Trace>) {
        let drawn = AtomicU64::new(0);
        let random = move |buffer: &mut [u8]| {
            for chunk in buffer.chunks_mut(8) {
                // A plain counter, spread over the bytes: all that is asked of it is not to repeat itself.
                let number = drawn.fetch_add(1, Ordering::Relaxed).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                chunk.copy_from_slice(&number.to_le_bytes()[..chunk.len()]);
            }
        };
        let surroundings = Surroundings { random: Arc::new(random), ..self.surroundings.clone() };
        test_traced(self.providers, self.shelf, source, tests, &surroundings)
    }

    /// How one mutant fares; `None` when it is no sound configuration.
    fn try_one(&self, site: &Site, base: &Base<'_>) -> Option<Mutant> {
        let text = site.file.text();
        let range = site.span.range();
        let changed = format!("{}{}{}", &text[..range.start], site.text, &text[range.end..]);
        let layer = Layer::over(self.source.files.clone());
        layer.write_unsynced(&site.path, changed.as_bytes(), 0o644).ok()?;
        let source = Source { files: Arc::new(layer), ..self.source.clone() };
        let nothing = Surroundings::none(self.surroundings.now);
        if has_errors(&validate(self.providers, self.shelf, &source, &nothing).diagnostics) {
            return None;
        }
        let files = concerned(base.traces, &site.directory);
        let (before, after) = excerpt(text, site);
        let mutant = |fate| Mutant {
            kind: site.kind,
            place: site.file.place(site.subject),
            block: site.block.clone(),
            before,
            after,
            fate,
            ran: files.clone(),
        };
        if files.is_empty() {
            return Some(mutant(MutantFate::Unchanged));
        }
        let tests = TestOptions { files: files.clone(), stop_early: true, ..self.tests.clone() };
        let (tested, traces) = self.run(&source, &tests);
        if has_errors(&tested.diagnostics) {
            return None;
        }
        let noticed = tested.suites.iter().find_map(|suite| {
            let bad = suite.cases.iter().find(|case| matches!(case.status, TestStatus::Failed | TestStatus::Error));
            let left = suite.left.first().map(|left| format!("the cleanup after {}/{}", suite.name, left.run));
            bad.map(|case| format!("{}/{}", suite.name, case.name)).or(left)
        });
        let same = || {
            let ours = base.traces.iter().filter(|trace| files.contains(&trace.suite));
            ours.map(|trace| &trace.plan).eq(traces.iter().map(|trace| &trace.plan))
        };
        Some(mutant(match noticed {
            Some(by) => MutantFate::Killed(by),
            None if !site.in_condition && same() => MutantFate::Unchanged,
            None => MutantFate::Survived,
        }))
    }
}

/// The test files with a run that plans a module.
fn concerned(traces: &[Trace], directory: &Path) -> Vec<String> {
    let directory = normal(directory);
    let of = traces.iter().filter(|trace| trace.modules.contains(&directory)).map(|trace| trace.suite.clone());
    of.collect::<BTreeSet<String>>().into_iter().collect()
}

/// The lines around a change, before and after.
fn excerpt(text: &str, site: &Site) -> (String, String) {
    let range = site.span.range();
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let end = if text[range.clone()].ends_with('\n') {
        range.end
    } else {
        text[range.end..].find('\n').map_or(text.len(), |at| range.end + at)
    };
    let before = text[start..end].trim_end_matches('\n').to_owned();
    let after = format!("{}{}{}", &text[start..range.start], site.text, &text[range.end..end]);
    (before, after.trim_end_matches('\n').to_owned())
}
