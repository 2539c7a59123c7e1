//! Comparing two texts line by line, exactly as `git diff` would, into hunks. Pure; words inside lines are
//! `emphasis`'s, headings `heading`'s.

use git2::{DiffOptions, Patch};

use super::emphasis::emphasise;
use super::fault::{RepoFault, While};
use super::heading::Headings;
use super::side::is_binary;
use crate::model::snapshot::{DiffLine, Hunk, LineKind};

/// How many lines of context a hunk has.
const CONTEXT: u32 = 3;

/// The hunks between two texts; `name` decides how headings are found.
pub(super) fn hunks(name: &str, old: &[u8], new: &[u8]) -> Result<Vec<Hunk>, RepoFault> {
    let what = "comparing two texts";
    let mut options = DiffOptions::new();
    options.context_lines(CONTEXT).force_text(true).indent_heuristic(true);
    let patch = Patch::from_buffers(old, None, new, None, Some(&mut options)).during(what)?;
    let headings = Headings::new(name, if new.is_empty() { old } else { new });
    (0..patch.num_hunks()).map(|at| hunk(&patch, at, &headings, new.is_empty()).during(what)).collect()
}

fn hunk(patch: &Patch<'_>, at: usize, headings: &Headings<'_>, old_only: bool) -> Result<Hunk, git2::Error> {
    let (head, count) = patch.hunk(at)?;
    let mut lines: Vec<DiffLine> = Vec::with_capacity(count);
    let mut all_crlf = true;
    for index in 0..count {
        let line = patch.line_in_hunk(at, index)?;
        let kind = match line.origin() {
            ' ' => LineKind::Context,
            '+' => LineKind::Added,
            '-' => LineKind::Removed,
            // Git's remark that the line before ends the file without a newline; our lines carry that themselves.
            _ => continue,
        };
        let content = line.content();
        let text = content.strip_suffix(b"\n").unwrap_or(content);
        all_crlf &= text.ends_with(b"\r");
        lines.push(DiffLine {
            kind,
            text: String::from_utf8_lossy(text).into_owned(),
            old_number: line.old_lineno(),
            new_number: line.new_lineno(),
            emphasis: Vec::new(),
            no_newline: !content.ends_with(b"\n"),
        });
    }
    // A carriage return on every line is the file's line end; on some lines it is a change worth seeing.
    if all_crlf {
        for line in &mut lines {
            line.text.pop();
        }
    }
    emphasise(&mut lines);
    let changed = lines.iter().find(|line| line.kind != LineKind::Context);
    let line = changed.and_then(|line| if old_only { line.old_number } else { line.new_number.or(line.old_number) });
    let heading = headings.around(line.unwrap_or(head.new_start()), head.new_start().max(1));
    Ok(Hunk {
        old_start: head.old_start(),
        old_lines: head.old_lines(),
        new_start: head.new_start(),
        new_lines: head.new_lines(),
        heading,
        lines,
    })
}

/// Added and removed lines, or `None` when one side is not text.
pub(super) fn count(old: &[u8], new: &[u8]) -> Option<(usize, usize)> {
    if is_binary(old) || is_binary(new) {
        return None;
    }
    if old.is_empty() || new.is_empty() {
        return Some((line_count(new), line_count(old)));
    }
    let mut options = DiffOptions::new();
    options.context_lines(0).force_text(true);
    let patch = Patch::from_buffers(old, None, new, None, Some(&mut options)).ok()?;
    let (_, added, removed) = patch.line_stats().ok()?;
    Some((added, removed))
}

fn line_count(text: &[u8]) -> usize {
    let ends = text.iter().filter(|byte| **byte == b'\n').count();
    ends + usize::from(text.last().is_some_and(|byte| *byte != b'\n'))
}

/// The text cut after each newline.
pub(super) fn split(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let mut out = String::new();
        for hunk in hunks("main.tf", old.as_bytes(), new.as_bytes()).unwrap() {
            out.push_str(&format!(
                "@@ -{},{} +{},{} @@ {}\n",
                hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines, hunk.heading
            ));
            for line in hunk.lines {
                let sign = match line.kind {
                    LineKind::Context => ' ',
                    LineKind::Added => '+',
                    LineKind::Removed => '-',
                };
                let end = if line.no_newline { "\\" } else { "" };
                out.push_str(&format!("{sign}{}{end}\n", line.text));
            }
        }
        out
    }

    #[test]
    fn hunks_are_those_of_git() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh";
        assert_eq!(shown(old, new), "@@ -2,7 +2,7 @@ \n b\n c\n d\n-e\n+E\n f\n g\n-h\n+h\\\n");
        assert_eq!(shown("", "x\n"), "@@ -0,0 +1,1 @@ \n+x\n");
        assert_eq!(shown("x", ""), "@@ -1,1 +0,0 @@ \n-x\\\n");
        assert_eq!(shown("same\n", "same\n"), "");
    }

    #[test]
    fn line_ends_show_only_where_they_change() {
        assert_eq!(shown("a\r\nb\r\n", "a\r\nc\r\n"), "@@ -1,2 +1,2 @@ \n a\n-b\n+c\n");
        assert_eq!(shown("a\r\n", "a\n"), "@@ -1,1 +1,1 @@ \n-a\r\n+a\n");
    }

    #[test]
    fn lines_are_counted() {
        assert_eq!(count(b"a\nb\n", b"a\nc\nd\n"), Some((2, 1)));
        assert_eq!(count(b"", b"a\nb"), Some((2, 0)));
        assert_eq!(count(b"a\n", b""), Some((0, 1)));
        assert_eq!(count(b"a\0", b"b"), None);
    }
}
