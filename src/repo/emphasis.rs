//! Which words of a changed line differ from its counterpart on the other side.

use similar::{Algorithm, DiffOp, DiffableStr, capture_diff_slices};

use crate::model::snapshot::{DiffLine, LineKind};

/// A run of changes with more pairs than this is not refined: nobody reads it word by word.
const MOST_PAIRS: usize = 900;
/// Longer lines (minified JSON, keys) are not refined.
const LONGEST_LINE: usize = 4000;
/// The share of equal text from which on two lines count as versions of each other.
const ALIKE: f64 = 0.4;

/// Sets the emphasis of all lines of a hunk.
pub(super) fn emphasise(lines: &mut [DiffLine]) {
    let mut at = 0;
    while at < lines.len() {
        let removed = at..run(lines, at, LineKind::Removed);
        let added = removed.end..run(lines, removed.end, LineKind::Added);
        if removed.is_empty() || added.is_empty() {
            at = added.end.max(at + 1);
            continue;
        }
        refine(lines, removed, added.clone());
        at = added.end;
    }
}

fn run(lines: &[DiffLine], from: usize, kind: LineKind) -> usize {
    from + lines[from..].iter().take_while(|line| line.kind == kind).count()
}

fn refine(lines: &mut [DiffLine], removed: std::ops::Range<usize>, added: std::ops::Range<usize>) {
    if removed.len() * added.len() > MOST_PAIRS {
        return;
    }
    for (old, new) in pairs(lines, removed, added) {
        let (old_words, new_words) =
            (lines[old].text.tokenize_unicode_words(), lines[new].text.tokenize_unicode_words());
        let ops = capture_diff_slices(Algorithm::Myers, &old_words, &new_words);
        let old_marks = marks(&old_words, ops.iter().filter(differs).map(DiffOp::old_range));
        let new_marks = marks(&new_words, ops.iter().filter(differs).map(DiffOp::new_range));
        lines[old].emphasis = old_marks;
        lines[new].emphasis = new_marks;
    }
}

fn differs(op: &&DiffOp) -> bool {
    !matches!(op, DiffOp::Equal { .. })
}

/// Byte ranges of some words, neighbours joined.
fn marks(words: &[&str], ranges: impl Iterator<Item = std::ops::Range<usize>>) -> Vec<(u32, u32)> {
    let mut starts = vec![0u32];
    for word in words {
        let last = starts.last().copied().unwrap_or_default();
        starts.push(last + u32::try_from(word.len()).unwrap_or_default());
    }
    let mut marks: Vec<(u32, u32)> = Vec::new();
    for range in ranges.filter(|range| !range.is_empty()) {
        let (start, end) = (starts[range.start], starts[range.end]);
        match marks.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => marks.push((start, end)),
        }
    }
    marks
}

/// Which removed line became which added line: the pairing in order with the most text in common.
fn pairs(lines: &[DiffLine], removed: std::ops::Range<usize>, added: std::ops::Range<usize>) -> Vec<(usize, usize)> {
    let (rows, columns) = (removed.len(), added.len());
    let alike: Vec<Vec<f64>> = removed
        .clone()
        .map(|old| added.clone().map(|new| likeness(&lines[old].text, &lines[new].text)).collect())
        .collect();
    let mut best = vec![vec![0.0f64; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let paired = if alike[row][column] >= ALIKE { alike[row][column] + best[row + 1][column + 1] } else { 0.0 };
            best[row][column] = paired.max(best[row + 1][column]).max(best[row][column + 1]);
        }
    }
    let (mut row, mut column, mut found) = (0, 0, Vec::new());
    while row < rows && column < columns {
        if best[row][column] == best[row + 1][column] {
            row += 1;
        } else if best[row][column] == best[row][column + 1] {
            column += 1;
        } else {
            found.push((removed.start + row, added.start + column));
            (row, column) = (row + 1, column + 1);
        }
    }
    found
}

/// How much of two lines is equal from the left and from the right, or word by word: between 0 and 1.
fn likeness(old: &str, new: &str) -> f64 {
    let (old, new) = (old.trim(), new.trim());
    if old.is_empty() || new.is_empty() || old.len().max(new.len()) > LONGEST_LINE {
        return 0.0;
    }
    let (old_words, new_words) = (old.tokenize_unicode_words(), new.tokenize_unicode_words());
    let ops = capture_diff_slices(Algorithm::Myers, &old_words, &new_words);
    let equal = ops.iter().filter(|op| matches!(op, DiffOp::Equal { .. })).flat_map(DiffOp::old_range);
    let common: usize = equal.map(|word| old_words[word]).filter(|word| !word.trim().is_empty()).map(str::len).sum();
    let letters = |words: &[&str]| words.iter().filter(|word| !word.trim().is_empty()).map(|w| w.len()).sum::<usize>();
    let all = letters(&old_words).max(letters(&new_words));
    if all == 0 { 0.0 } else { common as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: LineKind, text: &str) -> DiffLine {
        DiffLine {
            kind,
            text: text.to_owned(),
            old_number: None,
            new_number: None,
            emphasis: Vec::new(),
            no_newline: false,
        }
    }

    fn marked(removed: &[&str], added: &[&str]) -> Vec<String> {
        let old = removed.iter().map(|text| line(LineKind::Removed, text));
        let mut lines: Vec<_> = old.chain(added.iter().map(|text| line(LineKind::Added, text))).collect();
        emphasise(&mut lines);
        let show = |line: &DiffLine| {
            let mut text = line.text.clone();
            for (start, end) in line.emphasis.iter().rev() {
                text.insert(*end as usize, ']');
                text.insert(*start as usize, '[');
            }
            text
        };
        lines.iter().map(show).collect()
    }

    #[test]
    fn only_the_words_that_differ_are_marked() {
        assert_eq!(marked(&["  port = 8080"], &["  port = 8443"]), ["  port = [8080]", "  port = [8443]"]);
        assert_eq!(marked(&["größe = \"ä\""], &["größe = \"äö\""]), ["größe = \"[ä]\"", "größe = \"[äö]\""]);
        assert_eq!(marked(&["a = 1"], &["resource \"x\" {"]), ["a = 1", "resource \"x\" {"], "nothing in common");
    }

    #[test]
    fn a_line_finds_its_counterpart() {
        let shown = marked(&["name = \"web\""], &["# the web server", "name = \"www\""]);
        assert_eq!(shown, ["name = \"[web]\"", "# the web server", "name = \"[www]\""]);
    }
}
