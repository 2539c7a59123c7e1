//! When a process that ended is started again: at once it never is, and the longer it keeps failing the rarer.
//!
//! Pure: time comes in as a duration since the supervisor began.

use std::time::Duration;

/// The pause after the first end.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A process that lived this long is taken for healthy: its next end counts as the first one.
pub const HEALTHY_AFTER: Duration = Duration::from_secs(60);

/// One process's turn: running since a moment, or waiting for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Running { since: Duration },
    Waiting { until: Duration },
}

/// When one process is started (again).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    turn: Turn,
    pause: Duration,
}

impl Default for Backoff {
    /// To be started now.
    fn default() -> Self {
        Backoff { turn: Turn::Waiting { until: Duration::ZERO }, pause: FIRST_PAUSE }
    }
}

impl Backoff {
    /// Whether it is to be started.
    pub fn is_due(&self, now: Duration) -> bool {
        matches!(self.turn, Turn::Waiting { until } if until <= now)
    }

    /// When it is to be started; `None` while it runs.
    pub fn due_at(&self) -> Option<Duration> {
        match self.turn {
            Turn::Waiting { until } => Some(until),
            Turn::Running { .. } => None,
        }
    }

    /// It was started.
    pub fn started(&mut self, now: Duration) {
        self.turn = Turn::Running { since: now };
    }

    /// It ended, or could not be started. Returns the pause until the next start.
    pub fn ended(&mut self, now: Duration) -> Duration {
        if let Turn::Running { since } = self.turn
            && now.saturating_sub(since) >= HEALTHY_AFTER
        {
            self.pause = FIRST_PAUSE;
        }
        let pause = self.pause;
        self.turn = Turn::Waiting { until: now + pause };
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn the_pause_doubles_up_to_its_limit() {
        let mut backoff = Backoff::default();
        assert!(backoff.is_due(Duration::ZERO));
        let pauses: Vec<u64> = (0..7)
            .map(|_| {
                let now = backoff.due_at().unwrap();
                backoff.started(now);
                assert!(!backoff.is_due(now + seconds(1000)), "what runs is not started twice");
                backoff.ended(now + seconds(1)).as_secs()
            })
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn a_minute_of_life_forgives() {
        let mut backoff = Backoff::default();
        for _ in 0..4 {
            backoff.started(Duration::ZERO);
            backoff.ended(Duration::ZERO);
        }
        backoff.started(seconds(100));
        assert_eq!(backoff.ended(seconds(159)), seconds(16));
        backoff.started(seconds(200));
        assert_eq!(backoff.ended(seconds(260)), seconds(1));
        assert!(!backoff.is_due(seconds(260)) && backoff.is_due(seconds(261)));
    }

    #[test]
    fn what_cannot_be_started_backs_off_too() {
        let mut backoff = Backoff::default();
        assert_eq!([backoff.ended(seconds(0)), backoff.ended(seconds(1))], [seconds(1), seconds(2)]);
    }
}
