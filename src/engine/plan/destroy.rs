//! The plan that destroys everything in the state.

use crate::engine::plan::deletion::{declaration, row};
use crate::engine::plan::instance::prevented;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::targets::Targets;
use crate::engine::query::session::Query;
use crate::model::action::Action;
use crate::model::address::ResourceMode;
use crate::model::plan::ResourceChange;

/// The rows of a destroy plan.
pub fn rows(planner: &Planner<'_>, query: &Query<'_>, targets: &Targets) -> Vec<ResourceChange> {
    let mut rows = Vec::new();
    for (address, resource) in planner.prior.iter().filter(|(address, _)| address.mode == ResourceMode::Managed) {
        let declared = declaration(planner.config, address);
        for (key, object) in &resource.current {
            let instance = address.instance(key.clone());
            if !targets.include_for_destroy(planner, &instance) {
                continue;
            }
            if let Some((header, Some(_))) = &declared {
                query.report([prevented(&instance).at(header.place()).about(instance.to_string())]);
            }
            rows.push(row(planner, &instance, object, Action::Delete, None, declared.as_ref()));
        }
        for ((key, _), object) in &resource.deposed {
            rows.push(row(planner, &address.instance(key.clone()), object, Action::Delete, None, declared.as_ref()));
        }
    }
    rows
}
