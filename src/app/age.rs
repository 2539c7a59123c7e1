//! Times as people read them: `just now`, `2 h ago`, `4 ms`. The present moment is always given, never asked for.

use std::time::{Duration, SystemTime};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long ago a moment was. A moment in the future is `just now`: clocks differ a little.
pub fn ago(now: SystemTime, then: SystemTime) -> String {
    let seconds = now.duration_since(then).unwrap_or_default().as_secs();
    match seconds {
        0..MINUTE => "just now".to_owned(),
        MINUTE..HOUR => format!("{} min ago", seconds / MINUTE),
        HOUR..DAY => format!("{} h ago", seconds / HOUR),
        _ if seconds < 2 * DAY => "yesterday".to_owned(),
        _ if seconds < 60 * DAY => format!("{} days ago", seconds / DAY),
        _ if seconds < 730 * DAY => format!("{} months ago", seconds / (30 * DAY)),
        _ => format!("{} years ago", seconds / (365 * DAY)),
    }
}

/// When [`ago`] will say something else.
pub fn next_change(now: SystemTime, then: SystemTime) -> SystemTime {
    let seconds = now.duration_since(then).unwrap_or_default().as_secs();
    let unit = match seconds {
        0..HOUR => MINUTE,
        HOUR..DAY => HOUR,
        _ => DAY,
    };
    then.max(now - Duration::from_secs(seconds)) + Duration::from_secs((seconds / unit + 1) * unit)
}

/// A duration in one short word or two.
pub fn short(took: Duration) -> String {
    let millis = took.as_millis();
    let seconds = took.as_secs();
    match millis {
        0 => "<1 ms".to_owned(),
        1..1_000 => format!("{millis} ms"),
        1_000..10_000 => format!("{}.{} s", seconds, (millis % 1_000) / 100),
        10_000..60_000 => format!("{seconds} s"),
        60_000..3_600_000 => format!("{} min {:02} s", seconds / MINUTE, seconds % MINUTE),
        _ => format!("{} h {:02} min", seconds / HOUR, seconds % HOUR / MINUTE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_like_speech_and_know_when_they_change() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(100 * DAY);
        let cases = [
            (0, "just now", 60),
            (59, "just now", 1),
            (60, "1 min ago", 60),
            (7_300, "2 h ago", 3_500),
            (DAY + 1, "yesterday", DAY - 1),
            (5 * DAY, "5 days ago", DAY),
        ];
        for (age, text, next) in cases {
            let then = now - Duration::from_secs(age);
            assert_eq!(ago(now, then), text);
            assert_eq!(next_change(now, then), now + Duration::from_secs(next), "{text}");
            assert_ne!(next_change(now, then), now);
        }
        assert_eq!(ago(now, now + Duration::from_secs(5)), "just now");
    }

    #[test]
    fn durations_are_short() {
        let cases = [(0, "<1 ms"), (4, "4 ms"), (1_250, "1.2 s"), (42_000, "42 s"), (125_000, "2 min 05 s")];
        for (millis, text) in cases {
            assert_eq!(short(Duration::from_millis(millis)), text);
        }
    }
}
