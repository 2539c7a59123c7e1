//! Reading expressions at a terminal: line editing, history, completion of names, and lines that go on while brackets
//! are open. What the expressions mean is for the session that is asked.

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::{History, MemHistory, SearchDirection};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use crate::lang::syntax::{SourceFile, TokenKind as K, tokens};
use crate::model::place::RepoPath;

/// Who knows what can be completed.
pub trait Names {
    /// Every name that can begin a reference, and functions with their bracket.
    fn names(&self) -> Vec<String>;

    /// The attributes of what an expression gives.
    fn attributes(&self, expression: &str) -> Vec<String>;
}

/// How a prompt was answered.
pub enum Typed {
    /// An expression, perhaps over several lines.
    Line(String),
    /// Ctrl-C: the line is given up.
    GivenUp,
    /// Ctrl-D, or the terminal is gone.
    End,
}

/// A line editor with its history.
pub struct LineEditor<N: Names> {
    editor: Editor<Assistant<N>, MemHistory>,
}

impl<N: Names> LineEditor<N> {
    /// An editor that calls back these lines, oldest first.
    ///
    /// # Errors
    /// When the terminal cannot be used.
    pub fn open(names: N, lines: &[String]) -> std::io::Result<Self> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .auto_add_history(false)
            .build();
        let history = MemHistory::with_config(&config);
        let mut editor = Editor::with_history(config, history).map_err(std::io::Error::other)?;
        editor.set_helper(Some(Assistant { names }));
        for line in lines {
            let _ = editor.add_history_entry(line.as_str());
        }
        Ok(LineEditor { editor })
    }

    /// Asks for an expression.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub fn ask(&mut self) -> std::io::Result<Typed> {
        match self.editor.readline("> ") {
            Ok(line) => {
                if is_kept(&line) {
                    let _ = self.editor.add_history_entry(line.as_str());
                }
                Ok(Typed::Line(line))
            }
            Err(ReadlineError::Interrupted) => Ok(Typed::GivenUp),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(ReadlineError::Io(error)) => Err(error),
            Err(other) => Err(std::io::Error::other(other)),
        }
    }

    /// All lines that can be called back, oldest first.
    pub fn lines(&self) -> Vec<String> {
        let history = self.editor.history();
        let line = |at| history.get(at, SearchDirection::Forward).ok().flatten().map(|found| found.entry.into_owned());
        (0..history.len()).filter_map(line).collect()
    }
}

/// Words beside which a quoted text is a secret.
const SECRET_WORDS: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "api_key", "access_key", "private_key", "token"];

/// Whether a line may be remembered: not when it begins with a blank, as in shells, nor when it spells out a secret.
fn is_kept(line: &str) -> bool {
    let lower = line.to_lowercase();
    let spells_out = line.contains('"') && SECRET_WORDS.iter().any(|word| lower.contains(word));
    !line.trim().is_empty() && !line.starts_with([' ', '\t']) && !lower.contains("sensitive(") && !spells_out
}

struct Assistant<N: Names> {
    names: N,
}

impl<N: Names> Helper for Assistant<N> {}

impl<N: Names> Highlighter for Assistant<N> {}

impl<N: Names> Hinter for Assistant<N> {
    type Hint = String;
}

impl<N: Names> Validator for Assistant<N> {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let goes_on = is_open(context.input());
        Ok(if goes_on { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl<N: Names> Completer for Assistant<N> {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = completions(&self.names, line.get(..at).unwrap_or(line));
        Ok((start, found.into_iter().map(|text| Pair { display: text.clone(), replacement: text }).collect()))
    }
}

/// Whether brackets or a heredoc are open at the end of a text.
fn is_open(text: &str) -> bool {
    let source = SourceFile::new(RepoPath::new("<console-input>"), format!("{text}\n"));
    let mut depth = 0i64;
    for token in tokens(&source) {
        match token.kind {
            K::OpenBrace | K::OpenBracket | K::OpenParen | K::OpenHeredoc => depth += 1,
            K::CloseBrace | K::CloseBracket | K::CloseParen | K::CloseHeredoc => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}

/// Where the word before the cursor begins, and what it could become.
fn completions(names: &impl Names, before: &str) -> (usize, Vec<String>) {
    let start = word_start(before);
    let word = &before[start..];
    let mut found: Vec<String> = names.names().into_iter().filter(|name| name.starts_with(word)).collect();
    if let Some((head, tail)) = word.rsplit_once('.')
        && !head.is_empty()
    {
        let attributes = names.attributes(head);
        let fitting = attributes.into_iter().filter(|name| name.starts_with(tail));
        found.extend(
            fitting.map(|name| if is_word(&name) { format!("{head}.{name}") } else { format!("{head}[{name:?}]") }),
        );
    }
    found.sort();
    found.dedup();
    (start, found)
}

fn is_word(text: &str) -> bool {
    let source = SourceFile::new(RepoPath::new("<console-input>"), text);
    matches!(tokens(&source).as_slice(), [word, end] if word.kind == K::Ident && end.kind == K::End)
}

/// Where the reference begins that the text ends with: names, dots, and indexes in brackets.
fn word_start(before: &str) -> usize {
    let source = SourceFile::new(RepoPath::new("<console-input>"), before);
    let mut start = before.len();
    let mut depth = 0i64;
    for token in tokens(&source).iter().rev().filter(|token| token.kind != K::End) {
        match token.kind {
            K::CloseBracket => depth += 1,
            K::OpenBracket if depth > 0 => depth -= 1,
            K::Ident | K::Dot | K::DoubleColon | K::Number => {}
            _ if depth > 0 => {}
            _ => break,
        }
        start = token.span.start as usize;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known;

    impl Names for Known {
        fn names(&self) -> Vec<String> {
            ["var.port", "var.sites", "upper(", "module.site", "local.a"].map(str::to_owned).into()
        }

        fn attributes(&self, expression: &str) -> Vec<String> {
            match expression {
                "var.sites" => vec!["blog".to_owned(), "a shop".to_owned()],
                "module.site[\"x\"]" => vec!["url".to_owned()],
                _ => Vec::new(),
            }
        }
    }

    #[test]
    fn words_are_completed_where_they_stand() {
        let complete = |before: &str| completions(&Known, before);
        assert_eq!(complete("var.p"), (0, vec!["var.port".to_owned()]));
        assert_eq!(complete("[1, up"), (4, vec!["upper(".to_owned()]));
        assert_eq!(complete("upper(var.sites.b"), (6, vec!["var.sites.blog".to_owned()]));
        assert_eq!(complete("var.sites.a"), (0, vec!["var.sites[\"a shop\"]".to_owned()]));
        assert_eq!(complete("module.site[\"x\"].u"), (0, vec!["module.site[\"x\"].url".to_owned()]));
        assert_eq!(complete("\"${lo"), (3, vec!["local.a".to_owned()]));
        assert_eq!(complete("1 + ").0, 4);
        assert_eq!(complete("zz").1, Vec::<String>::new());
    }

    #[test]
    fn a_text_goes_on_while_brackets_are_open() {
        for open in ["[1,", "f(", "{", "[for a in b :", "<<E\nx", "{ a = [1"] {
            assert!(is_open(open), "{open}");
        }
        for closed in ["", "[1]", "\"(\"", "\"(", "1 + ", "]", "<<E\nx\nE", "# ("] {
            assert!(!is_open(closed), "{closed}");
        }
    }

    #[test]
    fn secrets_are_not_remembered() {
        for kept in ["1 + 1", "var.db_password", "upper(\"x\")"] {
            assert!(is_kept(kept), "{kept}");
        }
        for secret in ["", " 1 + 1", "sensitive(\"x\")", "nonsensitive(\"x\")", "{ password = \"hunter2\" }"] {
            assert!(!is_kept(secret), "{secret}");
        }
    }
}
