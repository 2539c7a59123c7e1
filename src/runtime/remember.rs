//! Reports from one session to the next: written soon after they come, shown at once at the next start, marked as
//! remembered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
    /// Held while it is written: who closes waits for who writes.
    seen: Mutex<LastSeen>,
    waiting: Mutex<Waiting>,
}

/// Reports that are not written yet; of each kind and stack the last one.
#[derive(Default)]
struct Waiting {
    reports: BTreeMap<(&'static str, RepoPath), Report>,
    /// Somebody will come and write them.
    awaited: bool,
}

/// A report worth remembering.
pub enum Report {
    /// A plan.
    Plan(Arc<PlanReport>),
    /// Findings.
    Lint(Arc<LintReport>),
    /// Test outcomes.
    Tests(Arc<TestReport>),
}

/// So long reports gather before they are written. The plan of a thousand instances is more than a megabyte of JSON, and
/// who types saves several times a second: only what stays is worth writing.
pub const PAUSE: Duration = Duration::from_secs(2);

const PLAN: &str = "plan";
const LINT: &str = "lint";
const TESTS: &str = "test";

impl Remembering {
    /// Takes a report in. When it says yes, [`Remembering::write`] is to be called after a [`PAUSE`].
    #[must_use]
    pub fn take(&self, report: Report) -> bool {
        let key = match &report {
            Report::Plan(report) => (PLAN, report.stack.clone()),
            Report::Lint(report) => (LINT, report.stack.clone()),
            Report::Tests(report) => (TESTS, report.stack.clone()),
        };
        let mut waiting = self.waiting();
        waiting.reports.insert(key, report);
        !std::mem::replace(&mut waiting.awaited, true)
    }

    /// Writes down what was taken in, and what is on the screen, for the next session.
    pub fn write(&self, world: &World) {
        let mut seen = self.seen();
        let taken = std::mem::take(&mut *self.waiting());
        if taken.reports.is_empty() {
            return;
        }
        for ((kind, stack), report) in &taken.reports {
            let (at, bytes) = match report {
                Report::Plan(report) => (report.provenance.at, report_json::write_plan(report)),
                Report::Lint(report) => (report.provenance.at, report_json::write_lint(report)),
                Report::Tests(report) => (report.provenance.at, report_json::write_tests(report)),
            };
            let Some(bytes) = bytes else { continue };
            let key = hash_bytes(&bytes);
            world.store.cache(kind, key, &bytes);
            seen.note(kind, stack, Seen { key, at });
        }
        world.store.remember_seen(&seen);
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

    fn seen(&self) -> MutexGuard<'_, LastSeen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
