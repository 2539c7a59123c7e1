//! What a stack's tests notice: its mutants tried, its assertions followed. Native and in memory.

use std::time::Duration;

use super::lore;
use crate::engine::{MutationOptions, Reads, SurveyWatch, TestOptions};
use crate::model::id::Generation;
use crate::model::mutation::{CoverageReport, MutationReport};
use crate::model::report::Provenance;
use crate::model::stack::Stack;
use crate::runtime::world::World;

/// In the workbench a survey ends after this time; what was tried until then is shown.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How to try the mutants of a stack.
pub fn options(tests: TestOptions, limit: Option<usize>, budget: Option<Duration>) -> MutationOptions {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    MutationOptions { tests, limit, budget, workers }
}

/// Tries the mutants of a Terraform stack.
pub fn mutate(
    world: &World,
    stack: &Stack,
    options: &MutationOptions,
    generation: Generation,
    watch: &dyn SurveyWatch,
) -> (MutationReport, Reads) {
    let (at, begun) = (world.clock.now(), world.clock.elapsed());
    let tests = TestOptions { lore: lore::lore(world, stack), ..options.tests.clone() };
    let options = &MutationOptions { tests, ..options.clone() };
    let mutated = world.engine.mutate(&world.source(stack), options, &world.preview_surroundings(), watch);
    let took = world.clock.elapsed().saturating_sub(begun);
    let report = MutationReport {
        stack: stack.path.clone(),
        mutants: mutated.mutants,
        found: mutated.found,
        unsound: mutated.unsound,
        stopped: mutated.stopped,
        diagnostics: mutated.diagnostics,
        provenance: Provenance { generation, at, took, remembered: false },
    };
    (report, mutated.reads)
}

/// What the assertions of a Terraform stack's tests depend on.
pub fn coverage(world: &World, stack: &Stack) -> (CoverageReport, Reads) {
    let found = world.engine.coverage(&world.source(stack));
    (CoverageReport { stack: stack.path.clone(), things: found.things, diagnostics: found.diagnostics }, found.reads)
}
