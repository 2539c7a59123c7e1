//! A stack's tests, run natively and in memory.

use super::lore;
use crate::engine::{Reads, Surroundings, TestOptions};
use crate::model::id::Generation;
use crate::model::report::{Provenance, TestReport};
use crate::model::stack::Stack;
use crate::runtime::world::World;

/// Runs the tests of a Terraform stack. No provisioner runs, since this happens after every save: runs that need one are
/// left out.
pub fn test_after_save(
    world: &World,
    stack: &Stack,
    options: &TestOptions,
    generation: Generation,
) -> (TestReport, Reads) {
    let options = TestOptions { unasked: true, ..options.clone() };
    with(world, stack, &options, generation, world.preview_surroundings())
}

/// Runs them because somebody asked for just that: where the repo is trusted, provisioners run as terraform runs them.
pub fn test_as_asked(
    world: &World,
    stack: &Stack,
    options: &TestOptions,
    generation: Generation,
) -> (TestReport, Reads) {
    let mut surroundings = world.preview_surroundings();
    surroundings.commands = world.is_trusted().then(|| world.processes.clone());
    with(world, stack, options, generation, surroundings)
}

fn with(
    world: &World,
    stack: &Stack,
    options: &TestOptions,
    generation: Generation,
    mut surroundings: Surroundings,
) -> (TestReport, Reads) {
    let (at, begun) = (world.clock.now(), world.clock.elapsed());
    let options = &TestOptions { lore: lore::lore(world, stack), ..options.clone() };
    surroundings.random = world.real_surroundings().random;
    let tested = world.engine.test(&world.source(stack), options, &surroundings);
    let took = world.clock.elapsed().saturating_sub(begun);
    let report = TestReport {
        stack: stack.path.clone(),
        suites: tested.suites,
        diagnostics: tested.diagnostics,
        provenance: Provenance { generation, at, took, remembered: false },
    };
    (report, tested.reads)
}
