//! Colours of code in diffs. The Terraform language is coloured from our own tokens; everything else by grammars that are
//! loaded once, off the loop. Only what is visible is worked out, and remembered; huge hunks stay without colours.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};

use crate::lang::syntax::{SourceFile, TokenClass, classify, tokens};
use crate::model::place::RepoPath;
use crate::model::snapshot::{FileDiff, LineKind};
use crate::ui::theme::Role;

/// Longer hunks are not coloured.
const LONGEST_HUNK: usize = 4_000;
/// Longer lines are not coloured.
const LONGEST_LINE: usize = 2_000;
/// So many lines are worked out by grammars for one frame.
const PER_FRAME: usize = 120;

/// The coloured pieces of a line.
pub type Pieces = Vec<(Range<usize>, Role)>;

/// Grammars that may still be loading. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Grammars(Arc<OnceLock<SyntaxSet>>);

impl Grammars {
    /// Loads them; takes some ten milliseconds, so it is for a thread that may wait.
    pub fn load(&self) {
        self.0.get_or_init(two_face::syntax::extra_newlines);
    }

    fn ready(&self) -> Option<&SyntaxSet> {
        self.0.get()
    }
}

/// What was worked out for one hunk.
#[derive(Debug)]
struct Hunk {
    /// Keeps the diff alive, so that its address names it.
    diff: Arc<FileDiff>,
    lines: Vec<Option<Arc<Pieces>>>,
    /// Parsers of the old and the new side, and how many lines they have seen.
    sides: Option<Sides>,
}

struct Sides {
    old: (ParseState, ScopeStack),
    new: (ParseState, ScopeStack),
    seen: usize,
}

impl std::fmt::Debug for Sides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sides(seen {})", self.seen)
    }
}

/// Remembered colours.
#[derive(Debug, Default)]
pub struct SyntaxColours {
    grammars: Grammars,
    hunks: RefCell<HashMap<(usize, usize), Hunk>>,
}

/// Hunks remembered at most.
const REMEMBERED: usize = 64;

impl SyntaxColours {
    /// Shares grammars that something else loads.
    pub fn with_grammars(grammars: Grammars) -> Self {
        SyntaxColours { grammars, hunks: RefCell::default() }
    }

    /// The grammars, to load them.
    pub fn grammars(&self) -> Grammars {
        self.grammars.clone()
    }

    /// The colours of one line of a hunk; `None` when it has none (yet).
    pub fn line(&self, diff: &Arc<FileDiff>, hunk: usize, line: usize) -> Option<Arc<Pieces>> {
        let source = diff.hunks.get(hunk)?;
        if source.lines.len() > LONGEST_HUNK || source.lines.get(line)?.text.len() > LONGEST_LINE {
            return None;
        }
        let mut hunks = self.hunks.borrow_mut();
        let key = (Arc::as_ptr(diff) as usize, hunk);
        if hunks.len() > REMEMBERED && !hunks.contains_key(&key) {
            hunks.clear();
        }
        let entry = hunks.entry(key).or_insert_with(|| Hunk {
            diff: diff.clone(),
            lines: vec![None; source.lines.len()],
            sides: None,
        });
        if entry.lines[line].is_none() {
            entry.work_out(hunk, line, &self.grammars);
        }
        entry.lines[line].clone()
    }
}

fn is_terraform(path: &RepoPath) -> bool {
    [".tf", ".tofu", ".hcl", ".tfvars"].iter().any(|end| path.as_str().ends_with(end))
}

impl Hunk {
    fn work_out(&mut self, hunk: usize, line: usize, grammars: &Grammars) {
        if is_terraform(&self.diff.path) {
            self.by_tokens(hunk);
        } else if let Some(set) = grammars.ready() {
            self.by_grammar(hunk, line, set);
        }
    }

    /// Both sides of the hunk are read as wholes, so that heredocs and comments over several lines come out right.
    fn by_tokens(&mut self, hunk: usize) {
        for (skip, own) in [(LineKind::Added, LineKind::Removed), (LineKind::Removed, LineKind::Added)] {
            let mut text = String::new();
            let mut starts = Vec::new();
            for (at, line) in self.diff.hunks[hunk].lines.iter().enumerate().filter(|(_, line)| line.kind != skip) {
                starts.push((text.len(), at, line.kind == own || line.kind == LineKind::Context));
                text.push_str(&line.text);
                text.push('\n');
            }
            let source = SourceFile::new(self.diff.path.clone(), text.as_str());
            let classes = classify(&text, &tokens(&source));
            let mut next = 0;
            for (index, (start, at, wanted)) in starts.iter().enumerate() {
                let end = starts.get(index + 1).map_or(text.len(), |(start, _, _)| *start);
                let mut pieces = Pieces::new();
                while let Some((span, class)) = classes.get(next) {
                    let (from, to) = (span.start as usize, span.end as usize);
                    if from >= end {
                        break;
                    }
                    if let Some(role) = role_of_class(*class) {
                        let line_end = self.diff.hunks[hunk].lines[*at].text.len();
                        let from = from.max(*start) - start;
                        let to = (to.min(end) - start).min(line_end);
                        if from < to {
                            pieces.push((from..to, role));
                        }
                    }
                    if to > end {
                        break;
                    }
                    next += 1;
                }
                if *wanted {
                    self.lines[*at] = Some(Arc::new(pieces));
                }
            }
        }
    }

    fn by_grammar(&mut self, hunk: usize, line: usize, set: &SyntaxSet) {
        let Some(syntax) = syntax_of(&self.diff.path, set) else { return };
        let start = || (ParseState::new(syntax), ScopeStack::new());
        let sides = self.sides.get_or_insert_with(|| Sides { old: start(), new: start(), seen: 0 });
        let last = line.min(sides.seen + PER_FRAME);
        while sides.seen <= last {
            let source = &self.diff.hunks[hunk].lines[sides.seen];
            let text = format!("{}\n", source.text);
            let pieces = match source.kind {
                LineKind::Removed => parse_line(&mut sides.old, &text, set),
                LineKind::Added => parse_line(&mut sides.new, &text, set),
                LineKind::Context => {
                    parse_line(&mut sides.old, &text, set);
                    parse_line(&mut sides.new, &text, set)
                }
            };
            self.lines[sides.seen] = Some(Arc::new(pieces));
            sides.seen += 1;
        }
    }
}

fn syntax_of<'s>(path: &RepoPath, set: &'s SyntaxSet) -> Option<&'s SyntaxReference> {
    let name = path.file_name();
    let by_name = set.find_syntax_by_extension(name);
    let plain = name.strip_suffix(".tftpl").or_else(|| name.strip_suffix(".tpl")).or_else(|| name.strip_suffix(".j2"));
    let ending = |name: &str| name.rsplit_once('.').map(|(_, end)| end.to_owned());
    let by_ending = ending(plain.unwrap_or(name)).and_then(|end| set.find_syntax_by_extension(&end));
    by_name.or(by_ending)
}

fn parse_line(side: &mut (ParseState, ScopeStack), text: &str, set: &SyntaxSet) -> Pieces {
    let (state, stack) = side;
    let Ok(ops) = state.parse_line(text, set) else { return Pieces::new() };
    let mut pieces = Pieces::new();
    let mut at = 0;
    let end = text.len() - 1;
    let mut push = |from: usize, to: usize, stack: &ScopeStack| {
        if from < to.min(end)
            && let Some(role) = role_of_scopes(stack)
        {
            pieces.push((from..to.min(end), role));
        }
    };
    for (offset, op) in ops {
        push(at, offset, stack);
        at = offset.max(at);
        if stack.apply(&op).is_err() {
            return Pieces::new();
        }
    }
    push(at, end, stack);
    pieces
}

fn role_of_class(class: TokenClass) -> Option<Role> {
    Some(match class {
        TokenClass::Space | TokenClass::Name => return None,
        TokenClass::Comment => Role::Comment,
        TokenClass::BlockKind | TokenClass::Keyword => Role::Keyword,
        TokenClass::Argument => Role::Argument,
        TokenClass::Function => Role::Function,
        TokenClass::Constant | TokenClass::Number => Role::Number,
        TokenClass::String => Role::String,
        TokenClass::Sequence | TokenClass::Operator | TokenClass::Punctuation => Role::Operator,
        TokenClass::Invalid => Role::Error,
    })
}

/// What the scopes of most grammars begin with, and what it means here.
const SCOPES: [(&str, Role); 12] = [
    ("comment", Role::Comment),
    ("string", Role::String),
    ("constant", Role::Number),
    ("keyword.operator", Role::Operator),
    ("keyword", Role::Keyword),
    ("storage", Role::Keyword),
    ("entity.name.function", Role::Function),
    ("entity.name.tag", Role::Argument),
    ("entity.name", Role::Argument),
    ("support.function", Role::Function),
    ("variable.function", Role::Function),
    ("punctuation", Role::Operator),
];

fn role_of_scopes(stack: &ScopeStack) -> Option<Role> {
    stack.as_slice().iter().rev().find_map(|scope| {
        let name = scope.build_string();
        let fits =
            |prefix: &str| name.starts_with(prefix) && name[prefix.len()..].chars().next().is_none_or(|c| c == '.');
        // The quotes of a string belong to it.
        if name.starts_with("punctuation.definition.string") {
            return Some(Role::String);
        }
        SCOPES.iter().find(|(prefix, _)| fits(prefix)).map(|(_, role)| *role)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::snapshot::{DiffLine, DiffSide, Hunk as DiffHunk};

    fn diff(path: &str, lines: &[(LineKind, &str)]) -> Arc<FileDiff> {
        let line = |(kind, text): &(LineKind, &str)| DiffLine {
            kind: *kind,
            text: (*text).to_owned(),
            old_number: Some(1),
            new_number: Some(1),
            emphasis: vec![],
            no_newline: false,
        };
        let lines: Vec<DiffLine> = lines.iter().map(line).collect();
        let hunk = DiffHunk { old_start: 1, old_lines: 1, new_start: 1, new_lines: 1, heading: String::new(), lines };
        Arc::new(FileDiff {
            path: RepoPath::new(path),
            side: DiffSide::Unstaged,
            hunks: vec![hunk],
            binary: false,
            note: None,
        })
    }

    fn roles(diff: &Arc<FileDiff>, line: usize, colours: &SyntaxColours) -> Vec<(String, Role)> {
        let text = &diff.hunks[0].lines[line].text;
        let pieces = colours.line(diff, 0, line).expect("colours");
        pieces.iter().map(|(range, role)| (text[range.clone()].to_owned(), *role)).collect()
    }

    #[test]
    fn terraform_is_coloured_from_our_own_tokens_on_both_sides() {
        let diff = diff(
            "web/main.tf",
            &[
                (LineKind::Context, "resource \"local_file\" \"x\" {"),
                (LineKind::Removed, "  content = <<EOT"),
                (LineKind::Removed, "port = 1"),
                (LineKind::Removed, "EOT"),
                (LineKind::Added, "  content = lower(\"A\") # why"),
            ],
        );
        let colours = SyntaxColours::default();
        assert_eq!(roles(&diff, 0, &colours)[0], ("resource".to_owned(), Role::Keyword));
        assert!(roles(&diff, 2, &colours).iter().all(|(_, role)| *role == Role::String), "inside a heredoc");
        let added = roles(&diff, 4, &colours);
        assert!(added.contains(&("lower".to_owned(), Role::Function)), "{added:?}");
        assert!(added.contains(&("# why".to_owned(), Role::Comment)), "{added:?}");
    }

    #[test]
    fn other_files_wait_for_their_grammars() {
        let diff = diff("site.yml", &[(LineKind::Added, "port: 80 # why")]);
        let colours = SyntaxColours::default();
        assert!(colours.line(&diff, 0, 0).is_none());
        colours.grammars().load();
        assert!(roles(&diff, 0, &colours).iter().any(|(_, role)| *role == Role::Comment));
    }
}
