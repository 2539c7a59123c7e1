//! What a state says about conditions in the end.

use std::collections::HashSet;

use crate::engine::apply::order::Order;
use crate::engine::options::PlanMode;
use crate::engine::plan::planner::Planner;
use crate::model::check::{CheckInstance, CheckKind, CheckResult, CheckStatus};
use crate::model::value::Str;

/// How all conditions came out, with those that the plan knew of and nobody came to.
pub fn results(planner: &Planner<'_>, order: &Order<'_>, reached: &HashSet<Str>) -> Vec<CheckResult> {
    let mut results = planner.checks.borrow().results();
    let destroys = order.options.mode == PlanMode::Destroy;
    for result in &mut results {
        let planned = order.plan.checks.iter().find(|planned| planned.address == result.address);
        for instance in planned.iter().flat_map(|planned| &planned.instances) {
            let root_output = result.kind == CheckKind::OutputValue && !instance.address.starts_with("module.");
            if (!destroys || root_output) && !result.instances.iter().any(|known| known.address == instance.address) {
                let address = instance.address.clone();
                result.instances.push(CheckInstance { address, status: CheckStatus::Unknown, problems: Vec::new() });
            }
        }
        result.instances.sort_by(|a, b| a.address.cmp(&b.address));
        let has = |status: CheckStatus| result.instances.iter().any(|instance| instance.status == status);
        let order = [CheckStatus::Error, CheckStatus::Fail, CheckStatus::Unknown, CheckStatus::Pass];
        let none = match reached.contains(&result.address) {
            // It is known that there is no instance of it.
            true => CheckStatus::Pass,
            false => CheckStatus::Unknown,
        };
        result.status = order.into_iter().find(|status| has(*status)).unwrap_or(none);
    }
    results
}
