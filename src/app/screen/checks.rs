//! The checks pane: the jobs of a run of the CI-style checks, with their logs one key away.

use std::collections::BTreeMap;

use crate::app::age::short;
use crate::app::list::{Identity, List, identity};
use crate::app::marks::of_job;
use crate::app::screen::line::{LineRow, Tone};
use crate::model::run::{Job, JobState, Run};

/// Lines of a log shown in the pane; the rest is in the log view.
const TAIL: usize = 200;

/// The pane's memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChecksScreen {
    /// The rows.
    pub list: List<LineRow>,
    /// Jobs that the person opened or closed; the others are open when they failed.
    pub folds: BTreeMap<Identity, bool>,
    jobs: Vec<(Identity, usize)>,
}

impl ChecksScreen {
    /// The index of the job under the cursor.
    pub fn job(&self) -> Option<usize> {
        let at = crate::app::list::Motion::index(&self.list);
        let id = self.list.rows().iter().take(at + 1).rev().find(|row| row.indent == 0)?.id;
        self.jobs.iter().find(|(known, _)| *known == id).map(|(_, index)| *index)
    }

    /// Makes the rows anew.
    pub fn rebuild(&mut self, run: Option<&Run>, keep: impl Fn(&str) -> bool) {
        let mut rows = Vec::new();
        self.jobs.clear();
        for (index, job) in run.map_or(&[][..], |run| &run.jobs).iter().enumerate() {
            if keep(&title(job)) {
                self.push_job(&mut rows, index, job);
            }
        }
        self.list.set_rows(rows);
    }

    fn push_job(&mut self, rows: &mut Vec<LineRow>, index: usize, job: &Job) {
        let id = identity(("check", job.step, &job.stack));
        self.jobs.push((id, index));
        let failed = matches!(job.state, JobState::Failed | JobState::Broken);
        let open = self.folds.get(&id).copied().unwrap_or(failed) && !job.log.is_empty();
        let took = match (job.cached, job.state.is_done()) {
            (true, _) => "cached".to_owned(),
            (false, true) if job.state != JobState::Skipped => short(job.took),
            (false, _) => job.state.word().to_owned(),
        };
        let text = if job.summary.is_empty() { title(job) } else { format!("{}  {}", title(job), job.summary) };
        let row = LineRow::outcome(id, of_job(job.state), text).right(took);
        rows.push(if job.log.is_empty() { row } else { row.folding(open) });
        if open {
            let skipped = job.log.len().saturating_sub(TAIL);
            if skipped > 0 {
                let text = format!("… {skipped} lines above: L shows all");
                rows.push(LineRow::text(identity((id, "above")), Tone::Muted, text).indented(2));
            }
            let tail = job.log.iter().enumerate().skip(skipped);
            rows.extend(tail.map(|(at, line)| LineRow::text(identity((id, at)), Tone::Muted, line).indented(2)));
        }
    }
}

/// `lint web`, `format`.
pub fn title(job: &Job) -> String {
    match &job.stack {
        Some(stack) => format!("{} {stack}", job.step.word()),
        None => job.step.word().to_owned(),
    }
}
