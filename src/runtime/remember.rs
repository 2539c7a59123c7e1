//! Reports from one session to the next: written when they come, shown at once at the next start, marked as remembered.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::world::World;
use crate::app::event::Event;
use crate::engine::reads::hash_bytes;
use crate::format::report_json;
use crate::lint;
use crate::model::place::RepoPath;
use crate::model::report::{LintReport, PlanReport, TestReport};
use crate::store::last::{LastSeen, Seen};

/// What is on the screen now, to be found again by the next session.
#[derive(Default)]
pub struct Remembering {
    seen: Mutex<LastSeen>,
}

const PLAN: &str = "plan";
const LINT: &str = "lint";
const TESTS: &str = "test";

impl Remembering {
    /// Remembers a plan.
    pub fn plan(&self, world: &World, report: &PlanReport) {
        self.keep(world, PLAN, &report.stack, report.provenance.at, report_json::write_plan(report));
    }

    /// Remembers findings.
    pub fn lint(&self, world: &World, report: &LintReport) {
        self.keep(world, LINT, &report.stack, report.provenance.at, report_json::write_lint(report));
    }

    /// Remembers test outcomes.
    pub fn tests(&self, world: &World, report: &TestReport) {
        self.keep(world, TESTS, &report.stack, report.provenance.at, report_json::write_tests(report));
    }

    fn keep(&self, world: &World, kind: &str, stack: &RepoPath, at: SystemTime, bytes: Option<Vec<u8>>) {
        let Some(bytes) = bytes else { return };
        let key = hash_bytes(&bytes);
        world.store.cache(kind, key, &bytes);
        self.seen().note(kind, stack, Seen { key, at });
    }

    /// Writes down what is on the screen, for the next session.
    pub fn save(&self, world: &World) {
        world.store.remember_seen(&self.seen());
    }

    /// Everything that is remembered, as events. What cannot be read any more is not remembered.
    pub fn recall(&self, world: &World) -> Vec<Event> {
        let last = world.store.last_seen();
        let events = last.all().filter_map(|(kind, _, seen)| {
            let bytes = world.store.cached(kind, seen.key)?;
            match kind {
                PLAN => report_json::read_plan(&bytes).map(|report| Event::Plan(Arc::new(report))),
                LINT => report_json::read_lint(&bytes, &lint::find_rule).map(|report| Event::Lint(Arc::new(report))),
                TESTS => report_json::read_tests(&bytes).map(|report| Event::Tests(Arc::new(report))),
                _ => None,
            }
        });
        let events = events.collect();
        *self.seen() = last;
        events
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, LastSeen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
