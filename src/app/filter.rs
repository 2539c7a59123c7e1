//! Filters that a person types: a regular expression, `!` in front to invert, `action:create` for plan actions.

use regex::{Regex, RegexBuilder};

use crate::model::action::Action;

/// What rows must look like to be shown.
#[derive(Debug, Clone)]
pub struct Filter {
    source: String,
    test: Test,
    invert: bool,
}

#[derive(Debug, Clone)]
enum Test {
    Text(Regex),
    Action(String),
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Filter {
    /// Reads what was typed. Upper case letters make it case-sensitive.
    ///
    /// # Errors
    /// What is wrong with the regular expression, in one line.
    pub fn parse(source: &str) -> Result<Self, String> {
        let (invert, rest) = match source.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, source),
        };
        let test = match rest.strip_prefix("action:") {
            Some(word) => Test::Action(word.trim().to_lowercase()),
            None => Test::Text(pattern(rest)?),
        };
        Ok(Filter { source: source.to_owned(), test, invert })
    }

    /// As it was typed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether a row of a list stays.
    pub fn keeps(&self, text: &str) -> bool {
        match &self.test {
            Test::Text(regex) => regex.is_match(text) != self.invert,
            Test::Action(_) => true,
        }
    }

    /// Whether a planned change stays; its text is made only when it matters.
    pub fn keeps_change(&self, action: Action, text: impl FnOnce() -> String) -> bool {
        match &self.test {
            Test::Text(regex) => regex.is_match(&text()) != self.invert,
            Test::Action(word) => action.word().starts_with(word.as_str()) != self.invert,
        }
    }
}

/// A regular expression that ignores case unless it holds an upper case letter.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn pattern(text: &str) -> Result<Regex, String> {
    let ignore_case = !text.chars().any(char::is_uppercase);
    RegexBuilder::new(text).case_insensitive(ignore_case).size_limit(1 << 20).build().map_err(|fault| {
        let text = fault.to_string();
        text.lines().last().unwrap_or("not a regular expression").trim().trim_start_matches("error: ").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_invert_and_name_actions() {
        let keeps = |source: &str, text: &str| Filter::parse(source).expect("a filter").keeps(text);
        assert!(keeps("site.*vhost", "module.SITE.local_file.vhost"));
        assert!(!keeps("!vhost", "local_file.vhost"));
        assert!(!keeps("Vhost", "local_file.vhost"));
        let action = Filter::parse("action:destroy").expect("a filter");
        assert!(action.keeps_change(Action::Delete, String::new));
        assert!(!action.keeps_change(Action::Create, String::new));
        assert!(Filter::parse("(").is_err_and(|line| !line.contains('\n')));
    }
}
