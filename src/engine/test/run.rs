//! All tests of a stack: its files are read, and run one after the other.

use std::cell::RefCell;

use crate::engine::looks::Looks;
use crate::engine::module::library::Library;
use crate::engine::module::tree::Config;
use crate::engine::options::TestOptions;
use crate::engine::outcome::Tested;
use crate::engine::provider::registry::Providers;
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::engine::test::bench::{Bench, Trace, directory};
use crate::engine::test::file::{Run, TestFile};
use crate::engine::test::read::{files, read};
use crate::engine::test::suite::Suite;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::test::TestStatus;

/// Runs a stack's tests.
pub fn test(
    providers: &Providers,
    shelf: &Library,
    source: &Source,
    options: &TestOptions,
    surroundings: &Surroundings,
) -> Tested {
    let reads = RefCell::default();
    test_on(&Bench { providers, shelf, source, options, surroundings, reads, traces: None }).0
}

/// The same, with what every run planned.
pub fn test_traced(
    providers: &Providers,
    shelf: &Library,
    source: &Source,
    options: &TestOptions,
    surroundings: &Surroundings,
) -> (Tested, Vec<Trace>) {
    let (reads, traces) = (RefCell::default(), Some(RefCell::default()));
    test_on(&Bench { providers, shelf, source, options, surroundings, reads, traces })
}

fn test_on(bench: &Bench<'_>) -> (Tested, Vec<Trace>) {
    let looks = Looks::new(bench.source);
    let mut suites = Vec::new();
    let (config, tests, mut diagnostics) = read_all(bench, &looks);
    if let (Some(config), false) = (&config, has_errors(&diagnostics)) {
        for (name, file) in &tests {
            if !bench.options.files.is_empty() && !bench.options.files.contains(name) {
                continue;
            }
            let suite = Suite::new(bench, &looks, config, name, file).run();
            let green = suite.left.is_empty()
                && suite.cases.iter().all(|case| matches!(case.status, TestStatus::Passed | TestStatus::Skipped));
            suites.push(suite);
            if bench.options.stop_early && !green {
                break;
            }
        }
    } else {
        // Nothing was run; warnings beside errors only distract.
        diagnostics.sort_by_key(|diagnostic| !diagnostic.is_error());
    }
    let mut reads = bench.reads.take();
    reads.extend(&looks.reads());
    let traces = bench.traces.as_ref().map(RefCell::take).unwrap_or_default();
    (Tested { suites, diagnostics, reads }, traces)
}

/// The configuration and all test files with what is wrong in any of them.
fn read_all(bench: &Bench<'_>, looks: &Looks) -> (Option<Config>, Vec<(String, TestFile)>, Vec<Diagnostic>) {
    let names = files(looks);
    if names.is_empty() {
        return (None, Vec::new(), Vec::new());
    }
    let Some(config) = Config::load(bench.shelf, looks) else {
        let detail = format!("There is no directory {}, or it cannot be read.", bench.source.display);
        return (None, Vec::new(), vec![Diagnostic::error("Configuration directory cannot be read", detail)]);
    };
    let mut diagnostics: Vec<Diagnostic> =
        config.diagnostics.iter().filter(|fault| fault.is_error()).cloned().collect();
    let mut tests = Vec::new();
    for (name, path) in names {
        let (file, faults) = read(looks, bench.shelf, &name, &path);
        let sound = !has_errors(&faults);
        diagnostics.extend(faults);
        for run in file.runs.iter().filter(|_| sound) {
            diagnostics.extend(module_faults(bench, looks, &name, run));
        }
        tests.push((name, file));
    }
    (Some(config), tests, diagnostics)
}

/// What is wrong with the module that a run names.
fn module_faults(bench: &Bench<'_>, looks: &Looks, file: &str, run: &Run) -> Vec<Diagnostic> {
    let Some((source, spot)) = &run.module else { return Vec::new() };
    let Some(directory) = directory(looks, file, &run.name, source) else {
        let detail = format!(
            "The module \"{source}\" of run \"{}\" is not downloaded. Run terraform init to install all modules required by this configuration.",
            run.name
        );
        return vec![Diagnostic::error("Module not installed", detail).at(spot.place())];
    };
    match bench.shelf.module(looks, &directory).filter(|module| !module.files.is_empty()) {
        Some(module) => module.diagnostics.iter().filter(|fault| fault.is_error()).cloned().collect(),
        None => {
            let detail = format!(
                "There is no configuration in {}, which run \"{}\" names.",
                looks.display(&directory),
                run.name
            );
            vec![Diagnostic::error("Unreadable module directory", detail).at(spot.place())]
        }
    }
}
