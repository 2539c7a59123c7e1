//! From a Procfile's command line to an argument vector: split into words where nothing in it needs a shell, given to
//! `sh -c` otherwise. The word `kilter` in front means this very program, so that it need not be on PATH.

use std::collections::BTreeMap;

/// How a command line is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Without a shell: program and arguments.
    Words(Vec<String>),
    /// By `sh -c`.
    Shell(String),
}

impl Command {
    /// The argument vector to start.
    pub fn into_words(self) -> Vec<String> {
        match self {
            Command::Words(words) => words,
            Command::Shell(line) => vec!["sh".to_owned(), "-c".to_owned(), line],
        }
    }
}

/// Words in front that only a shell understands.
const SHELL_WORDS: [&str; 22] = [
    ".", ":", "!", "{", "case", "cd", "eval", "exec", "exit", "export", "for", "if", "read", "set", "shift", "source",
    "trap", "ulimit", "umask", "unset", "until", "while",
];

/// Resolves a command line. `variables` stand in for `$NAME` and `${NAME}`; `kilter` is this program's path.
pub fn resolve(line: &str, variables: &BTreeMap<String, String>, kilter: &str) -> Command {
    match split(line, variables) {
        Some(mut words)
            if !words.is_empty() && !SHELL_WORDS.contains(&words[0].as_str()) && !words[0].contains('=') =>
        {
            if words[0] == "kilter" {
                words[0] = kilter.to_owned();
            }
            Command::Words(words)
        }
        _ => Command::Shell(match line.strip_prefix("kilter") {
            Some(rest) if rest.starts_with(char::is_whitespace) => format!("{}{rest}", quoted(kilter)),
            _ => line.to_owned(),
        }),
    }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The words of a line that needs no shell; `None` when it does.
fn split(line: &str, variables: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        match letter {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let (literal, after) = rest.split_once('\'')?;
                word.get_or_insert_default().push_str(literal);
                rest = after;
            }
            '"' => {
                let (inside, after) = rest.split_once('"')?;
                if inside.contains(['\\', '`']) {
                    return None;
                }
                expand(inside, variables, word.get_or_insert_default())?;
                rest = after;
            }
            '$' => {
                let (value, after) = variable(rest, variables)?;
                // Unquoted, a shell would split this value into words or match files with it.
                if value.is_empty() || value.contains(|c: char| c.is_whitespace() || "*?[".contains(c)) {
                    return None;
                }
                word.get_or_insert_default().push_str(value);
                rest = after;
            }
            '#' | '~' if word.is_some() => word.get_or_insert_default().push(letter),
            letter if "|&;<>()`\\*?[]{}#~\n".contains(letter) => return None,
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}

fn expand(text: &str, variables: &BTreeMap<String, String>, out: &mut String) -> Option<()> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (value, after) = variable(after, variables)?;
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Some(())
}

/// The value of the variable that `text` begins with, and what follows it; `None` for everything that only a shell
/// knows (`$1`, `${X:-y}`, variables of the inherited environment).
fn variable<'v, 't>(text: &'t str, variables: &'v BTreeMap<String, String>) -> Option<(&'v str, &'t str)> {
    let (name, after) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}')?,
        None => {
            let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
            text.split_at(end)
        }
    };
    Some((variables.get(name)?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_where_no_shell_is_needed() {
        let variables =
            BTreeMap::from([("PORT", "5000"), ("TWO", "a b"), ("EMPTY", "")].map(|(k, v)| (k.into(), v.into())));
        let words = |line: &str| match resolve(line, &variables, "/opt/my kilter") {
            Command::Words(words) => words.join("|"),
            Command::Shell(line) => format!("sh: {line}"),
        };
        for (line, expected) in [
            ("sleep 5", "sleep|5"),
            ("  a\t'b c'  \"d e\"f '' ", "a|b c|d ef|"),
            ("kilter serve site/public --port 8080", "/opt/my kilter|serve|site/public|--port|8080"),
            ("kilter serve x --port $PORT", "/opt/my kilter|serve|x|--port|5000"),
            ("serve \"${PORT}:$TWO\" a#b http://h/~u", "serve|5000:a b|a#b|http://h/~u"),
            ("serve $TWO", "sh: serve $TWO"),
            ("serve $EMPTY", "sh: serve $EMPTY"),
            ("serve $HOME ${PORT:-1}", "sh: serve $HOME ${PORT:-1}"),
            ("kilter serve x > log 2>&1", "sh: '/opt/my kilter' serve x > log 2>&1"),
            ("kilterly x | y", "sh: kilterly x | y"),
            ("RUST_LOG=debug app", "sh: RUST_LOG=debug app"),
            ("cd site && app", "sh: cd site && app"),
            ("exec app", "sh: exec app"),
            ("app *.txt", "sh: app *.txt"),
            ("app 'unclosed", "sh: app 'unclosed"),
            ("app # comment", "sh: app # comment"),
            ("app --level=1", "app|--level=1"),
        ] {
            assert_eq!(words(line), expected, "{line}");
        }
        assert_eq!(resolve("a | b", &variables, "k").into_words(), ["sh", "-c", "a | b"]);
    }
}
