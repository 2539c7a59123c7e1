//! The desk where jobs are handed out: at most one running and one waiting per kind and stack; the newest waits, with
//! its cause. Pure: who runs them, on which threads, is `live`'s business.

use std::collections::BTreeMap;

use crate::app::event::{Cause, JobKind};
use crate::model::id::{Generation, JobId};
use crate::model::place::RepoPath;

/// What a job is about; there is one slot for each.
pub type Slot = (JobKind, Option<RepoPath>);

/// A job that is to be run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Names it.
    pub id: JobId,
    /// What it is about.
    pub slot: Slot,
    /// The generation of its inputs.
    pub generation: Generation,
    /// Why.
    pub cause: Cause,
    /// Cached results do not count.
    pub afresh: bool,
}

#[derive(Debug, Default)]
struct Place {
    running: Option<JobId>,
    waiting: Option<(Generation, Cause, bool)>,
}

/// All slots.
#[derive(Debug, Default)]
pub struct Desk {
    places: BTreeMap<Slot, Place>,
    last: u64,
}

impl Desk {
    /// Asks for a job. It is to be run now when its slot is free; else it waits, taking the place of one that waits.
    pub fn ask(&mut self, slot: Slot, generation: Generation, cause: Cause, afresh: bool) -> Option<Start> {
        let place = self.places.entry(slot.clone()).or_default();
        if place.running.is_some() {
            // A job that must start afresh stays so when a newer one takes its place.
            let afresh = afresh || place.waiting.is_some_and(|(_, _, afresh)| afresh);
            place.waiting = Some((generation, cause, afresh));
            return None;
        }
        self.last += 1;
        let id = JobId(self.last);
        place.running = Some(id);
        Some(Start { id, slot, generation, cause, afresh })
    }

    /// A job ended: the one that waited for its slot is to be run now.
    pub fn finished(&mut self, id: JobId) -> Option<Start> {
        let (slot, place) = self.places.iter_mut().find(|(_, place)| place.running == Some(id))?;
        let slot = slot.clone();
        place.running = None;
        let (generation, cause, afresh) = place.waiting.take()?;
        self.ask(slot, generation, cause, afresh)
    }

    /// A number for a job that takes no slot.
    pub fn number(&mut self) -> JobId {
        self.last += 1;
        JobId(self.last)
    }

    /// Whether a job of a kind runs under this number.
    pub fn is_running(&self, id: JobId, kind: JobKind) -> bool {
        self.places.iter().any(|((of, _), place)| *of == kind && place.running == Some(id))
    }

    /// Whether a job of a kind runs.
    pub fn is_at_work(&self, kind: JobKind) -> bool {
        self.places.iter().any(|((of, _), place)| *of == kind && place.running.is_some())
    }

    /// Whether nothing runs and nothing waits.
    pub fn is_idle(&self) -> bool {
        self.places.values().all(|place| place.running.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot() -> Slot {
        (JobKind::Preview, Some(RepoPath::new("web")))
    }

    #[test]
    fn the_newest_waits_and_runs_next() {
        let mut desk = Desk::default();
        let first = desk.ask(slot(), Generation(1), Cause::Saved, false).expect("the slot is free");
        assert_eq!(desk.ask(slot(), Generation(2), Cause::Asked, true), None);
        assert_eq!(desk.ask(slot(), Generation(3), Cause::Saved, false), None);
        let other = (JobKind::Lint, Some(RepoPath::new("web")));
        assert!(desk.ask(other, Generation(3), Cause::Saved, false).is_some(), "another slot is free");
        assert!(desk.is_at_work(JobKind::Lint) && !desk.is_at_work(JobKind::Test));
        let second = desk.finished(first.id).expect("one waited");
        assert_eq!((second.generation, second.afresh), (Generation(3), true));
        assert_eq!(desk.finished(second.id), None);
        assert!(!desk.is_idle());
    }
}
