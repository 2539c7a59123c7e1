//! Runs the jobs of a schedule on a few threads, looking up first what is known already.

use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::cache::Cache;
use super::schedule::{Ended, Schedule};
use super::work::Work;
use crate::model::run::{Job, Run};
use crate::sys::clock::Clock;
use crate::sys::files::ReadFiles;

/// What running needs.
pub(super) struct Runner<'a> {
    /// Does the jobs.
    pub(super) work: &'a dyn Work,
    /// Knows outcomes.
    pub(super) cache: &'a Cache<'a>,
    /// The root that is checked.
    pub(super) root: &'a Path,
    /// Its files.
    pub(super) files: &'a dyn ReadFiles,
    /// Measures.
    pub(super) clock: &'a dyn Clock,
    /// How many jobs run at the same time.
    pub(super) parallel: usize,
    /// Told at each step.
    pub(super) tell: &'a (dyn Fn(&Run) + Sync),
    /// Whether to begin nothing more.
    pub(super) cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Runner<'_> {
    /// Runs every job to its end.
    pub(super) fn run(&self, schedule: Schedule) -> Schedule {
        let shared = Mutex::new(schedule);
        let changed = Condvar::new();
        std::thread::scope(|scope| {
            for _ in 0..self.parallel.max(1) {
                scope.spawn(|| self.work_off(&shared, &changed));
            }
        });
        shared.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn work_off(&self, shared: &Mutex<Schedule>, changed: &Condvar) {
        let mut schedule = lock(shared);
        loop {
            if (self.cancelled)() {
                schedule.cancel();
            }
            if let Some(index) = schedule.begin() {
                (self.tell)(schedule.run());
                let job = schedule.job(index).cloned();
                drop(schedule);
                let began = self.clock.elapsed();
                let ended = job.map(|job| self.perform(&job));
                let took = self.clock.elapsed().saturating_sub(began);
                schedule = lock(shared);
                if let Some(ended) = ended {
                    schedule.ended(index, ended, took);
                }
                (self.tell)(schedule.run());
                changed.notify_all();
            } else if schedule.is_done() {
                changed.notify_all();
                return;
            } else {
                schedule = changed.wait(schedule).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn perform(&self, job: &Job) -> Ended {
        let salt = self.work.salt(job);
        if let Some(known) = self.cache.find(job, &salt, self.root, self.files) {
            return Ended { state: known.state, summary: known.summary, log: known.log, cached: true };
        }
        let outcome = self.work.perform(job, self.cancelled);
        self.cache.keep(job, &salt, self.root, &outcome);
        Ended { state: outcome.state, summary: outcome.summary, log: outcome.log, cached: false }
    }
}

fn lock(shared: &Mutex<Schedule>) -> MutexGuard<'_, Schedule> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
