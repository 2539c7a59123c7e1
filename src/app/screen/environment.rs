//! The environment pane: what is applied there, what runs there, what was found out about it.

use std::time::SystemTime;

use crate::app::age::{ago, short};
use crate::app::list::{Identity, List, identity};
use crate::app::marks::{Mark, of_health, of_verification};
use crate::app::screen::line::{LineRow, Tone};
use crate::app::world::World;
use crate::model::environment::{EnvironmentStatus, Health, ProcessStatus, VerifyOutcome};

/// The pane's memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EnvironmentScreen {
    /// The rows.
    pub list: List<LineRow>,
    processes: Vec<(Identity, String)>,
}

impl EnvironmentScreen {
    /// The process under the cursor.
    pub fn process(&self) -> Option<&str> {
        let id = self.list.current()?.id;
        self.processes.iter().find(|(known, _)| *known == id).map(|(_, name)| name.as_str())
    }

    /// Makes the rows anew.
    pub fn rebuild(&mut self, world: &World, name: &str, now: SystemTime) {
        let mut rows = Vec::new();
        self.processes.clear();
        if let Some(status) = world.environments.get(name) {
            rows.push(summary_row(status));
            if let Some(notice) = &status.notice {
                rows.push(LineRow::outcome(identity("notice"), Mark::Warning, notice.clone()));
            }
            if let Some(lock) = &status.lock {
                rows.push(LineRow::outcome(identity("lock"), Mark::Warning, format!("locked: {lock}")));
            }
            push_facts(&mut rows, status, now);
            for process in &status.processes {
                let row = process_row(process, now);
                self.processes.push((row.id, process.name.clone()));
                rows.push(row);
            }
        }
        if let Some(report) = world.verified.get(name) {
            let heading = format!("verified {} · {}", ago(now, report.at), short(report.took));
            rows.push(LineRow::text(identity("verified"), Tone::Heading, heading));
            // What is wrong comes first.
            let mut results: Vec<_> = report.results.iter().collect();
            results.sort_by_key(|result| match result.outcome {
                VerifyOutcome::Failed | VerifyOutcome::Error => 0,
                VerifyOutcome::Passed => 1,
                VerifyOutcome::Unsupported => 2,
            });
            rows.extend(results.into_iter().map(|result| {
                let text = format!("{}  {}", result.subject, result.message);
                let id = identity(("verification", &result.subject));
                LineRow::outcome(id, of_verification(result.outcome), text).right(short(result.took))
            }));
        }
        self.list.set_rows(rows);
    }
}

fn summary_row(status: &EnvironmentStatus) -> LineRow {
    let drift = match status.drift {
        None => String::new(),
        Some(0) => "  drift 0".to_owned(),
        Some(count) => format!("  drift {count}"),
    };
    let text = format!("{}{drift}", status.health.word());
    let mark = if status.drift.is_some_and(|count| count > 0) { Mark::Failed } else { of_health(status.health) };
    let behind = match status.behind {
        Some(0) | None => String::new(),
        Some(count) => format!("{count} behind"),
    };
    LineRow::outcome(identity("environment"), mark, text).right(behind)
}

fn push_facts(rows: &mut Vec<LineRow>, status: &EnvironmentStatus, now: SystemTime) {
    if status.health == Health::Absent {
        let text = "nothing is applied: a applies the commit when its checks are green";
        rows.push(LineRow::text(identity("absent"), Tone::Muted, text));
        return;
    }
    if let Some(commit) = &status.commit {
        let when = status.applied.map(|at| ago(now, at)).unwrap_or_default();
        let text = format!("commit {}", commit.get(..8).unwrap_or(commit));
        rows.push(LineRow::text(identity("commit"), Tone::Text, text).right(when));
    }
    rows.extend(status.stacks.iter().map(|stack| {
        let objects = if stack.objects == 1 { "object" } else { "objects" };
        let text = format!("{}  {} {objects}", stack.stack, stack.objects);
        LineRow::text(identity(("in environment", &stack.stack)), Tone::Text, text)
    }));
}

fn process_row(process: &ProcessStatus, now: SystemTime) -> LineRow {
    let (mark, state) = match (process.pid, &process.last_exit) {
        (Some(pid), _) => (Mark::Ok, format!("pid {pid}")),
        (None, Some(exit)) => (Mark::Failed, format!("down: {exit}")),
        (None, None) => (Mark::Waiting, "not started".to_owned()),
    };
    let restarts = if process.restarts > 0 { format!("  restarted {}×", process.restarts) } else { String::new() };
    let since = process.since.filter(|_| process.pid.is_some()).map(|at| ago(now, at)).unwrap_or_default();
    let text = format!("{}  {state}{restarts}", process.name);
    LineRow::outcome(identity(("process", &process.name)), mark, text).right(since)
}
