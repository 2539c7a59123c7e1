//! The door to the clock.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn now(&self) -> SystemTime;
    /// Time since some fixed moment, never going back: for measuring.
    fn elapsed(&self) -> Duration;
}

/// Waits. For what has no event to wait for: another process that ends, a server that comes up.
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// The machine's clock.
#[derive(Debug)]
pub struct RealClock {
    start: std::time::Instant,
}

impl Default for RealClock {
    #[allow(clippy::disallowed_methods, reason = "this is the door")]
    fn default() -> Self {
        RealClock { start: std::time::Instant::now() }
    }
}

impl Clock for RealClock {
    #[allow(clippy::disallowed_methods, reason = "this is the door")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug, Default)]
pub struct FakeClock {
    since_epoch: Mutex<Duration>,
}

impl FakeClock {
    /// A clock that shows `since_epoch` after the Unix epoch.
    pub fn at(since_epoch: Duration) -> Self {
        FakeClock { since_epoch: Mutex::new(since_epoch) }
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        *self.since_epoch.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += by;
    }
}

impl Clock for FakeClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.since_epoch.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
