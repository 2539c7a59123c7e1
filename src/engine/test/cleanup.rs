//! What a test file made is destroyed in the end, the last state first; what is left is said.

use std::sync::Arc;

use crate::engine::loaded::Loaded;
use crate::engine::preview::{Depth, plan_with};
use crate::engine::test::file::Run;
use crate::engine::test::suite::{Kept, Suite, destroying};
use crate::model::address::ResourceMode;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::state::StateSnapshot;
use crate::model::test::LeftBehind;

impl Suite<'_> {
    /// Destroys everything.
    pub(super) fn clean_up(&mut self) -> Vec<LeftBehind> {
        let mut left = Vec::new();
        for kept in self.take_states() {
            if objects(&kept.state).is_empty() {
                continue;
            }
            let run = &self.file.runs[kept.run];
            let (state, diagnostics) = match self.load(run) {
                Ok(mut loaded) => {
                    let done = self.destroy(run, &mut loaded, &kept);
                    self.keep(run, loaded);
                    done
                }
                Err(faults) => (kept.state.clone(), faults),
            };
            let resources = objects(&state);
            if !resources.is_empty() || has_errors(&diagnostics) {
                left.push(LeftBehind { run: run.name.to_string(), resources, diagnostics });
            }
        }
        left
    }

    fn destroy(&self, _: &Run, loaded: &mut Loaded, kept: &Kept) -> (Arc<StateSnapshot>, Vec<Diagnostic>) {
        self.give(loaded, &kept.options.variables);
        let options = destroying(&kept.options, kept.state.clone());
        let surroundings = self.surroundings();
        let (providers, shelf) = (self.bench.providers, self.bench.shelf);
        let (mut plan, faults) = plan_with(providers, shelf, loaded, &options, &surroundings, Depth::State, &|_, _| {});
        // Conditions had their say while the run was made; they keep nothing from going away.
        let faults: Vec<Diagnostic> =
            faults.into_iter().filter(|fault| fault.is_error() && !is_condition(fault)).collect();
        if !faults.is_empty() {
            return (kept.state.clone(), faults);
        }
        plan.errored = false;
        // What was made is destroyed also when the tests are stopped; who asks again wants just that to end.
        let applied = self.carry_out(loaded, &plan, &options, &surroundings, 2, &|_, _| {});
        let errors = applied.diagnostics.into_iter().filter(|fault| fault.is_error() && !is_condition(fault));
        (applied.state, errors.collect())
    }
}

fn is_condition(fault: &Diagnostic) -> bool {
    matches!(
        &*fault.summary,
        "Resource precondition failed"
            | "Resource postcondition failed"
            | "Module output value precondition failed"
            | "Check block assertion failed"
            | "Invalid value for variable"
    )
}

/// The addresses of all managed objects in a state.
fn objects(state: &StateSnapshot) -> Vec<String> {
    let managed = state.resources.iter().filter(|resource| resource.address.mode == ResourceMode::Managed);
    let mut found: Vec<String> = managed
        .flat_map(|resource| {
            resource.instances.iter().map(|instance| resource.address.instance(instance.key.clone()).to_string())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
