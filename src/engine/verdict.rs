//! A plan with the diagnostics that `terraform plan` gives: it stops at the first of several gates (the configuration does
//! not read, variables lack values, the configuration is not valid), while Kilter's own plan goes on behind them.

use std::sync::Arc;

use crate::engine::lane::Lane;
use crate::engine::loaded::load;
use crate::engine::look;
use crate::engine::module::library::Library;
use crate::engine::options::PlanOptions;
use crate::engine::outcome::Planned;
use crate::engine::preview;
use crate::engine::provider::registry::Providers;
use crate::engine::query::variables::missing;
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::model::diagnostic::{Diagnostic, has_errors};

/// Plans a source, and says about it what `terraform plan` says.
pub fn plan(
    providers: &Providers,
    shelf: &Library,
    source: &Source,
    options: &PlanOptions,
    surroundings: &Surroundings,
) -> Planned {
    let mut planned = preview::plan(providers, shelf, &mut Lane::default(), source, options, surroundings);
    let nothing = Surroundings::none(std::time::SystemTime::UNIX_EPOCH);
    let validated = look::validate(providers, shelf, source, &nothing);
    planned.reads.extend(&validated.reads);
    let said = gates(shelf, source, options, validated.diagnostics, &planned.diagnostics);
    if has_errors(&said) && !planned.plan.errored {
        let plan = Arc::make_mut(&mut planned.plan);
        (plan.errored, plan.applyable, plan.complete) = (true, false, false);
    }
    planned.diagnostics = said;
    planned
}

fn gates(
    shelf: &Library,
    source: &Source,
    options: &PlanOptions,
    validated: Vec<Diagnostic>,
    planned: &[Diagnostic],
) -> Vec<Diagnostic> {
    let Ok(loaded) = load(shelf, source, &options.variables, None) else { return validated };
    if has_errors(&loaded.config.diagnostics) {
        return validated;
    }
    let mut said = loaded.diagnostics.clone();
    said.extend(missing(&loaded.config.nodes[0].module, &loaded.given));
    if has_errors(&said) {
        return said;
    }
    extend_new(&mut said, &validated);
    if !has_errors(&validated) {
        extend_new(&mut said, planned);
    }
    said
}

/// Adds what is not among them yet.
fn extend_new(said: &mut Vec<Diagnostic>, more: &[Diagnostic]) {
    for diagnostic in more {
        let same = |known: &Diagnostic| {
            let parts = |d: &Diagnostic| (d.severity, d.summary.clone(), d.detail.clone(), d.subject.clone());
            parts(known) == parts(diagnostic)
        };
        if !said.iter().any(same) {
            said.push(diagnostic.clone());
        }
    }
}
