//! The diff pane: the selected file's hunks, as one column or side by side, and the plan changes that each hunk causes.

use crate::app::event::{BlockLines, DiffReport};
use crate::app::list::{Identity, List, Row, identity};
use crate::model::place::RepoPath;
use crate::model::plan::{Plan, ResourceChange};
use crate::model::snapshot::{DiffSide, FileDiff, Hunk, LineKind};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffRow {
    /// Which thing.
    pub id: Identity,
    /// The hunk it belongs to.
    pub hunk: usize,
    /// What it shows.
    pub body: DiffBody,
    /// The text, for searching.
    pub text: String,
    /// The line on the new side that `e` opens.
    pub line: u32,
}

/// What a row shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffBody {
    /// A hunk's header with the plan changes it causes.
    Header {
        /// What stands after `@@`.
        heading: String,
        /// The planned changes, each `~ module.site["blog"].local_file.vhost`.
        effects: Vec<String>,
    },
    /// A line, by its number in the hunk.
    Line(usize),
    /// Old and new side by side, by their numbers in the hunk.
    Pair(Option<usize>, Option<usize>),
    /// Said instead of hunks.
    Note(String),
}

impl Row for DiffRow {
    fn id(&self) -> Identity {
        self.id
    }

    fn text(&self) -> String {
        self.text.clone()
    }
}

/// The pane's memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiffScreen {
    /// The rows.
    pub list: List<DiffRow>,
    /// The file and side that show.
    pub shown: Option<(RepoPath, DiffSide)>,
    /// The person asked for the staged side although there is an unstaged one.
    pub prefer_staged: bool,
    /// Rows stand side by side.
    pub side_by_side: bool,
    /// So many cells of long lines are scrolled out at the left.
    pub shift: u16,
}

impl DiffScreen {
    /// The hunk under the cursor.
    pub fn hunk(&self) -> Option<usize> {
        self.list.current().filter(|row| !matches!(row.body, DiffBody::Note(_))).map(|row| row.hunk)
    }

    /// Makes the rows anew.
    pub fn rebuild(&mut self, report: Option<&DiffReport>, plan: Option<&Plan>, side_by_side: bool) {
        self.side_by_side = side_by_side;
        let mut rows = Vec::new();
        if let Some(report) = report {
            let diff = &report.diff;
            if let Some(note) = &diff.note {
                rows.push(note_row(note));
            } else if diff.binary {
                rows.push(note_row("binary file"));
            } else if diff.hunks.is_empty() {
                rows.push(note_row("no differences in the text"));
            }
            for (index, hunk) in diff.hunks.iter().enumerate() {
                push_hunk(&mut rows, report, index, hunk, plan, side_by_side);
            }
        }
        self.list.set_rows(rows);
    }
}

fn note_row(note: &str) -> DiffRow {
    DiffRow {
        id: identity(("note", note)),
        hunk: 0,
        body: DiffBody::Note(note.to_owned()),
        text: note.to_owned(),
        line: 1,
    }
}

fn push_hunk(
    rows: &mut Vec<DiffRow>,
    report: &DiffReport,
    index: usize,
    hunk: &Hunk,
    plan: Option<&Plan>,
    side_by_side: bool,
) {
    let effects = plan.map(|plan| effects(report, hunk, plan)).unwrap_or_default();
    let effects: Vec<String> =
        effects.iter().map(|change| format!("{} {}", change.change.action.sign(), change.address)).collect();
    // A hunk is the same hunk while what it removes and adds is the same.
    let changed = hunk.lines.iter().filter(|line| line.kind != LineKind::Context);
    let key = identity((&report.diff.path, changed.map(|line| (&line.text, line.kind)).collect::<Vec<_>>()));
    let first = hunk.lines.iter().find(|line| line.kind != LineKind::Context);
    let line = first.and_then(|line| line.new_number).unwrap_or(hunk.new_start.max(1));
    rows.push(DiffRow {
        id: key,
        hunk: index,
        text: format!("@@ {} {}", hunk.heading, effects.join(" ")),
        body: DiffBody::Header { heading: hunk.heading.clone(), effects },
        line,
    });
    if side_by_side {
        rows.extend(pairs(hunk).into_iter().map(|(old, new)| {
            let line = |at: Option<usize>| at.and_then(|at| hunk.lines.get(at));
            let (left, right) = (line(old), line(new));
            let numbers = (left.and_then(|l| l.old_number), right.and_then(|l| l.new_number));
            let text =
                [left, right].into_iter().flatten().map(|line| line.text.as_str()).collect::<Vec<_>>().join("  ");
            DiffRow {
                id: identity((key, numbers)),
                hunk: index,
                body: DiffBody::Pair(old, new),
                text,
                line: numbers.1.or(numbers.0).unwrap_or(1),
            }
        }));
        return;
    }
    rows.extend(hunk.lines.iter().enumerate().map(|(at, line)| DiffRow {
        id: identity((key, line.old_number, line.new_number)),
        hunk: index,
        body: DiffBody::Line(at),
        text: line.text.clone(),
        line: line.new_number.or(line.old_number).unwrap_or(1),
    }));
}

/// Pairs removed lines with the added lines that follow them.
fn pairs(hunk: &Hunk) -> Vec<(Option<usize>, Option<usize>)> {
    let mut out = Vec::new();
    let mut removed: Vec<usize> = Vec::new();
    let mut added: Vec<usize> = Vec::new();
    let flush = |removed: &mut Vec<usize>, added: &mut Vec<usize>, out: &mut Vec<_>| {
        for at in 0..removed.len().max(added.len()) {
            out.push((removed.get(at).copied(), added.get(at).copied()));
        }
        removed.clear();
        added.clear();
    };
    for (at, line) in hunk.lines.iter().enumerate() {
        match line.kind {
            LineKind::Removed if added.is_empty() => removed.push(at),
            LineKind::Removed => {
                flush(&mut removed, &mut added, &mut out);
                removed.push(at);
            }
            LineKind::Added => added.push(at),
            LineKind::Context => {
                flush(&mut removed, &mut added, &mut out);
                out.push((Some(at), Some(at)));
            }
        }
    }
    flush(&mut removed, &mut added, &mut out);
    out
}

/// The first and last line of the new side that a hunk touches, without its context.
fn touched(hunk: &Hunk) -> (u32, u32) {
    let mut at = hunk.new_start;
    let (mut first, mut last) = (u32::MAX, 0);
    for line in &hunk.lines {
        let here = line.new_number.unwrap_or(at);
        if line.kind != LineKind::Context {
            first = first.min(here);
            last = last.max(here);
        }
        if let Some(number) = line.new_number {
            at = number + 1;
        }
    }
    (first, last)
}

/// The planned changes that a hunk causes: those whose block it touches.
pub fn effects<'p>(report: &DiffReport, hunk: &Hunk, plan: &'p Plan) -> Vec<&'p ResourceChange> {
    let (first, last) = touched(hunk);
    let overlaps = |block: &&BlockLines| block.first <= last && first <= block.last;
    let blocks: Vec<&BlockLines> = report.blocks.iter().filter(overlaps).collect();
    let real = |change: &&ResourceChange| is_real(change);
    let caused = |change: &&ResourceChange| blocks.iter().any(|block| causes(&report.diff, block, change));
    plan.changes.iter().map(|change| &**change).filter(real).filter(caused).collect()
}

/// Whether a change is one: more than "nothing", or a move or import.
pub fn is_real(change: &ResourceChange) -> bool {
    change.is_effective() || change.previous_address.is_some() || change.change.importing.is_some()
}

/// Whether a block of the diff's file is the one that a change comes from: its own block, or the call of its module.
fn causes(diff: &FileDiff, block: &BlockLines, change: &ResourceChange) -> bool {
    let own = change
        .place
        .as_ref()
        .is_some_and(|place| place.path == diff.path && (block.first..=block.last).contains(&place.start.line));
    let called = block.kind == "module"
        && change
            .address
            .resource
            .module
            .0
            .first()
            .is_some_and(|step| block.labels.first().map(String::as_str) == Some(&*step.name))
        && change.place.as_ref().is_none_or(|place| place.path.parent() != diff.path.parent());
    own || called
}

/// The hunks of a diff that cause a change.
pub fn causes_of(report: &DiffReport, change: &ResourceChange) -> Vec<usize> {
    let touches = |hunk: &Hunk| {
        let (first, last) = touched(hunk);
        let mut blocks = report.blocks.iter().filter(|block| block.first <= last && first <= block.last);
        blocks.any(|block| causes(&report.diff, block, change))
    };
    report.diff.hunks.iter().enumerate().filter(|(_, hunk)| touches(hunk)).map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::snapshot::DiffLine;

    fn line(kind: LineKind, text: &str, old: Option<u32>, new: Option<u32>) -> DiffLine {
        DiffLine { kind, text: text.to_owned(), old_number: old, new_number: new, emphasis: vec![], no_newline: false }
    }

    #[test]
    fn removed_lines_stand_beside_what_replaced_them() {
        let hunk = Hunk {
            old_start: 1,
            old_lines: 3,
            new_start: 1,
            new_lines: 3,
            heading: String::new(),
            lines: vec![
                line(LineKind::Context, "a", Some(1), Some(1)),
                line(LineKind::Removed, "b", Some(2), None),
                line(LineKind::Added, "B", None, Some(2)),
                line(LineKind::Added, "C", None, Some(3)),
                line(LineKind::Context, "d", Some(3), Some(4)),
            ],
        };
        let expected = [(Some(0), Some(0)), (Some(1), Some(2)), (None, Some(3)), (Some(4), Some(4))];
        assert_eq!(pairs(&hunk), expected);
        assert_eq!(touched(&hunk), (2, 3));
    }
}
