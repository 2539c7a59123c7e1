//! The activity pane: an apply, rebuild or destroy object by object as it goes, then what verification and the look for
//! drift found.

use std::time::SystemTime;

use crate::app::age::{ago, short};
use crate::app::change::attributes;
use crate::app::change::hide::Hidden;
use crate::app::event::{ApplyPhase, ApplyProgress};
use crate::app::list::{Identity, List, identity};
use crate::app::marks::{Mark, of_verification};
use crate::app::screen::line::{LineRow, Tone};
use crate::app::world::World;
use crate::model::action::Action;

/// The pane's memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ActivityScreen {
    /// The rows.
    pub list: List<LineRow>,
}

impl ActivityScreen {
    /// Makes the rows anew.
    pub fn rebuild(&mut self, world: &World, environment: &str, now: SystemTime, keep: impl Fn(&str) -> bool) {
        let mut rows = Vec::new();
        // What runs stands first; once it ended, what was found out since does, the newest before the older.
        let at_work = world.applied.is_none();
        if at_work {
            push_applying(&mut rows, world);
        }
        let verified = world.verified.get(environment).map(|report| report.at);
        let drifted = world.drifted.get(environment).map(|report| report.at);
        if drifted > verified {
            push_drifted(&mut rows, world, environment, now);
            push_verified(&mut rows, world, environment, now);
        } else {
            push_verified(&mut rows, world, environment, now);
            push_drifted(&mut rows, world, environment, now);
        }
        if !at_work {
            push_ending(&mut rows, world);
            push_applying(&mut rows, world);
        }
        rows.retain(|row| row.tone == Tone::Heading || keep(&row.text));
        self.list.set_rows(rows);
    }
}

fn push_applying(rows: &mut Vec<LineRow>, world: &World) {
    let mut stack = None;
    for progress in &world.applying {
        if stack != Some(&progress.stack) {
            stack = Some(&progress.stack);
            let heading = progress.stack.as_ref().map_or("environment", |path| path.as_str());
            let text = format!("{} {heading}", progress.operation.word());
            rows.push(LineRow::text(identity(("applying", &progress.stack)), Tone::Heading, text));
        }
        push_object(rows, progress, world.applied.is_none());
    }
}

fn push_ending(rows: &mut Vec<LineRow>, world: &World) {
    let Some(end) = &world.applied else { return };
    let word = end.operation.word();
    let (mark, text) = match (&end.fault, end.cancelled) {
        (_, true) => (Mark::Warning, format!("{word} interrupted: applying again completes it")),
        (Some(fault), false) => (Mark::Failed, format!("{word} failed: {}", fault.line)),
        (None, false) => (Mark::Ok, format!("{word} done: {}", end.summary)),
    };
    rows.push(LineRow::outcome(identity("ending"), mark, text).right(short(end.took)));
    let fault = end.fault.iter().filter(|fault| !fault.hint.is_empty());
    rows.extend(fault.map(|fault| LineRow::text(identity("hint"), Tone::Muted, fault.hint.clone()).indented(1)));
}

/// The identity of an object's row.
pub fn object_id(progress: &ApplyProgress) -> Identity {
    identity(("object", &progress.stack, &progress.subject, progress.action))
}

fn push_object(rows: &mut Vec<LineRow>, progress: &ApplyProgress, at_work: bool) {
    let mark = match progress.phase {
        ApplyPhase::Waiting => Mark::Waiting,
        ApplyPhase::Started if at_work => Mark::Running,
        // It was broken off.
        ApplyPhase::Started => Mark::Warning,
        ApplyPhase::Done => Mark::Ok,
        ApplyPhase::Failed => Mark::Failed,
        ApplyPhase::Skipped => Mark::Nothing,
    };
    let sign = progress.action.map(|action| format!("{} ", action.sign())).unwrap_or_default();
    let mut lines = progress.message.lines();
    let first = lines.next().unwrap_or_default();
    let text = format!("{sign}{}  {first}", progress.subject);
    let id = object_id(progress);
    let took = match progress.phase {
        ApplyPhase::Waiting | ApplyPhase::Skipped => String::new(),
        ApplyPhase::Started if progress.took.is_zero() => String::new(),
        _ => short(progress.took),
    };
    rows.push(LineRow::outcome(id, mark, text.trim_end()).right(took).indented(1));
    let tone = if progress.phase == ApplyPhase::Failed { Tone::Error } else { Tone::Muted };
    rows.extend(lines.enumerate().map(|(at, line)| LineRow::text(identity((id, at)), tone, line).indented(3)));
}

fn push_verified(rows: &mut Vec<LineRow>, world: &World, environment: &str, now: SystemTime) {
    let Some(report) = world.verified.get(environment) else { return };
    let heading = format!("verify {environment} · {} · {}", ago(now, report.at), short(report.took));
    rows.push(LineRow::text(identity("verified"), Tone::Heading, heading));
    rows.extend(report.results.iter().map(|result| {
        let text = format!("{}  {}", result.subject, result.message);
        let id = identity(("verification", &result.subject));
        LineRow::outcome(id, of_verification(result.outcome), text).right(short(result.took)).indented(1)
    }));
}

fn push_drifted(rows: &mut Vec<LineRow>, world: &World, environment: &str, now: SystemTime) {
    let Some(report) = world.drifted.get(environment) else { return };
    let heading = format!("drift in {environment} · {} · {}", ago(now, report.at), short(report.took));
    rows.push(LineRow::text(identity("drifted"), Tone::Heading, heading));
    let mut any = false;
    for plan in &report.plans {
        for drift in plan.plan.drift.iter().filter(|drift| drift.change.action != Action::NoOp) {
            any = true;
            let id = identity(("drift", &plan.stack, &drift.address));
            let text = format!("{} {}", drift.change.action.sign(), drift.address);
            rows.push(LineRow::outcome(id, Mark::Failed, text).right(plan.stack.to_string()).indented(1));
            let (lines, _) = attributes::lines(&drift.change, &Hidden::nothing());
            rows.extend(
                lines
                    .iter()
                    .enumerate()
                    .map(|(at, line)| LineRow::text(identity((id, at)), Tone::Muted, line.text()).indented(3)),
            );
        }
    }
    if !any {
        rows.push(LineRow::outcome(identity("no drift"), Mark::Ok, "nothing drifted").indented(1));
    }
}
