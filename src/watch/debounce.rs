//! Gathering what belongs together: a save is several events, a checkout thousands. Pure: time is told, not asked.

use std::time::Duration;

use super::batch::WatchBatch;

/// How long changes are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// A batch is reported when nothing happened for so long.
    pub quiet: Duration,
    /// A batch is reported at the latest so long after its first event.
    pub longest: Duration,
}

impl Default for Window {
    fn default() -> Self {
        Window { quiet: Duration::from_millis(12), longest: Duration::from_millis(50) }
    }
}

impl Window {
    /// The window for a wish in the settings: the quiet time, with the longest in proportion.
    pub fn of_quiet(quiet: Duration) -> Self {
        Window { quiet, longest: quiet * 4 }
    }
}

/// Gathers batches.
#[derive(Debug, Default)]
pub struct Debounce {
    window: Window,
    pending: Option<Pending>,
}

#[derive(Debug)]
struct Pending {
    batch: WatchBatch,
    first: Duration,
    last: Duration,
}

impl Debounce {
    /// Gathers for as long as `window` says.
    pub fn new(window: Window) -> Self {
        Debounce { window, pending: None }
    }

    /// Something changed at `now`.
    pub fn add(&mut self, batch: WatchBatch, now: Duration) {
        if batch.is_empty() {
            return;
        }
        match &mut self.pending {
            Some(pending) => {
                pending.batch.absorb(batch);
                pending.last = now;
            }
            None => self.pending = Some(Pending { batch, first: now, last: now }),
        }
    }

    /// When [`Debounce::due`] will have something; `None` while nothing happened.
    pub fn deadline(&self) -> Option<Duration> {
        let pending = self.pending.as_ref()?;
        Some((pending.last + self.window.quiet).min(pending.first + self.window.longest))
    }

    /// The batch, once it is due at `now`.
    pub fn due(&mut self, now: Duration) -> Option<WatchBatch> {
        if self.deadline()? > now {
            return None;
        }
        self.pending.take().map(|pending| pending.batch)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::place::RepoPath;
    use crate::sys::clock::{Clock, FakeClock};

    fn change(path: &str) -> WatchBatch {
        WatchBatch { paths: [RepoPath::new(path)].into(), ..WatchBatch::default() }
    }

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn one_save_is_reported_after_the_quiet_time() {
        let clock = FakeClock::at(MS * 1000);
        let mut debounce = Debounce::default();
        assert_eq!((debounce.deadline(), debounce.due(clock.elapsed())), (None, None));
        debounce.add(change("a"), clock.elapsed());
        clock.advance(MS * 5);
        debounce.add(change("b"), clock.elapsed());
        assert_eq!(debounce.deadline(), Some(MS * 1017));
        clock.advance(MS * 11);
        assert_eq!(debounce.due(clock.elapsed()), None);
        clock.advance(MS);
        assert_eq!(debounce.due(clock.elapsed()).unwrap().paths.len(), 2);
        assert_eq!(debounce.deadline(), None, "nothing wakes while nothing happens");
    }

    #[test]
    fn a_stream_of_events_does_not_wait_for_ever() {
        let clock = FakeClock::default();
        let mut debounce = Debounce::default();
        let mut reported = Vec::new();
        for n in 0..20 {
            debounce.add(change(&n.to_string()), clock.elapsed());
            clock.advance(MS * 10);
            reported.extend(debounce.due(clock.elapsed()).map(|batch| (clock.elapsed(), batch.paths.len())));
        }
        assert_eq!(reported[0], (MS * 50, 5));
        assert_eq!(reported.len(), 4);
    }

    #[test]
    fn an_empty_batch_starts_nothing() {
        let mut debounce = Debounce::default();
        debounce.add(WatchBatch::default(), MS);
        assert_eq!(debounce.deadline(), None);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_late(gaps in proptest::collection::vec(0u32..40, 1..60)) {
            let (mut debounce, mut now, mut told, mut made) = (Debounce::default(), Duration::ZERO, 0, 0);
            let mut oldest: Option<Duration> = None;
            for gap in gaps {
                for _ in 0..gap {
                    now += MS;
                    if let Some(batch) = debounce.due(now) {
                        told += batch.paths.len();
                        prop_assert!(now - oldest.take().unwrap() <= MS * 50);
                    }
                }
                debounce.add(change(&made.to_string()), now);
                oldest.get_or_insert(now);
                made += 1;
            }
            told += debounce.due(now + MS * 50).map_or(0, |batch| batch.paths.len());
            prop_assert_eq!(told, made);
        }
    }
}
