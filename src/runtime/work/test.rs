//! A stack's tests, run natively and in memory.

use crate::engine::{Reads, TestOptions};
use crate::model::id::Generation;
use crate::model::report::{Provenance, TestReport};
use crate::model::stack::Stack;
use crate::runtime::world::World;

/// Runs the tests of a Terraform stack.
pub fn test(world: &World, stack: &Stack, options: &TestOptions, generation: Generation) -> (TestReport, Reads) {
    let (at, begun) = (world.clock.now(), world.clock.elapsed());
    let mut surroundings = world.preview_surroundings();
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
