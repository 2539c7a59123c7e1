//! goss's matchers: what was found against what a gossfile expects of it.

use regex::Regex;

use super::plain::{Entry, Plain};

/// What was found on the machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// A value.
    Value(Plain),
    /// A stream of text (a file, an answer, an output): a list of expectations are patterns for its lines.
    Stream(String),
}

impl From<bool> for Found {
    fn from(value: bool) -> Self {
        Found::Value(Plain::Bool(value))
    }
}

impl From<String> for Found {
    fn from(value: String) -> Self {
        Found::Value(Plain::Text(value))
    }
}

/// Why something does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// It was compared and is different.
    Differs(String),
    /// The expectation makes no sense.
    Invalid(String),
    /// Kilter does not know this matcher.
    Unknown(String),
}

type Verdict = Result<(), Mismatch>;

/// Compares.
///
/// # Errors
/// [`Mismatch`]
pub fn compare(found: &Found, expected: &Plain) -> Verdict {
    match (found, expected) {
        (Found::Stream(text), Plain::List(patterns)) => {
            patterns.iter().try_for_each(|expected| stream_has(text, expected))
        }
        // One line end more or less is nobody's intention.
        (Found::Stream(text), Plain::Text(expected)) => {
            equal(&Plain::Text(text.trim_end().to_owned()), &Plain::Text(expected.trim_end().to_owned()))
        }
        (Found::Stream(text), Plain::Map(_)) => value_matches(&Plain::Text(text.clone()), expected),
        (Found::Stream(text), expected) => value_matches(&Plain::Text(text.trim_end().to_owned()), expected),
        (Found::Value(value), expected) => value_matches(value, expected),
    }
}

/// A pattern: part of a line, `/regex/`, either negated by `!`; `\!` begins a literal `!`.
fn stream_has(text: &str, expected: &Plain) -> Verdict {
    let Some(pattern) = expected.text() else {
        return contains_element(&lines(text), expected);
    };
    let (negated, pattern) = match pattern.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, pattern.strip_prefix('\\').filter(|rest| rest.starts_with('!')).unwrap_or(&pattern)),
    };
    let regex = match pattern.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        Some(inner) => Some(compile(inner)?),
        None => None,
    };
    let matches = |line: &str| regex.as_ref().map_or_else(|| line.contains(pattern), |regex| regex.is_match(line));
    match text.lines().any(matches) {
        found if found != negated => Ok(()),
        true => Err(Mismatch::Differs(format!("a line matches {pattern:?}, and none should"))),
        false => Err(Mismatch::Differs(format!("no line matches {pattern:?}"))),
    }
}

fn compile(pattern: &str) -> Result<Regex, Mismatch> {
    Regex::new(pattern).map_err(|error| {
        let why = error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Mismatch::Invalid(format!("the pattern /{pattern}/ cannot be read: {why}"))
    })
}

fn value_matches(found: &Plain, expected: &Plain) -> Verdict {
    match expected {
        Plain::Text(text) => match found.text() {
            Some(now) if now == *text => Ok(()),
            _ => differs(found, expected),
        },
        Plain::Number(number) => match found.number() {
            #[allow(clippy::float_cmp, reason = "both were written down as decimal numbers")]
            Some(now) if now == *number => Ok(()),
            _ => differs(found, expected),
        },
        Plain::Bool(_) => equal(found, expected),
        Plain::List(expected) => contains_elements(&items(found), expected),
        Plain::Map(entries) => match &entries[..] {
            [one] => named(found, one),
            _ => Err(Mismatch::Invalid(format!("a matcher has one name, and this has {}", entries.len()))),
        },
        Plain::Null => Err(Mismatch::Invalid("nothing is expected here: write the value, or leave the key out".into())),
    }
}

fn named(found: &Plain, matcher: &Entry) -> Verdict {
    let expected = &matcher.value;
    match matcher.key.as_str() {
        "equal" => equal(found, expected),
        "not" => match value_matches(found, expected) {
            Ok(()) => Err(Mismatch::Differs(format!("found {found}, and it should not match {expected}"))),
            Err(Mismatch::Differs(_)) => Ok(()),
            Err(other) => Err(other),
        },
        "and" => list(expected)?.iter().try_for_each(|each| value_matches(found, each)),
        "or" => any(found, list(expected)?),
        "gt" => numeric(found, expected, "greater than", |a, b| a > b),
        "ge" | "gte" => numeric(found, expected, "at least", |a, b| a >= b),
        "lt" => numeric(found, expected, "less than", |a, b| a < b),
        "le" | "lte" => numeric(found, expected, "at most", |a, b| a <= b),
        "have-prefix" => textual(found, expected, "begin with", |text, part| text.starts_with(part)),
        "have-suffix" => textual(found, expected, "end with", |text, part| text.ends_with(part)),
        "contain-substring" => textual(found, expected, "contain", |text, part| text.contains(part)),
        "match-regexp" => {
            let regex = compile(&expected.text().unwrap_or_default())?;
            textual(found, expected, "match", |text, _| regex.is_match(text))
        }
        "have-len" => length(found, expected),
        "have-key" => have_key(found, expected),
        "contain-element" => contains_element(&items(found), expected),
        "contain-elements" => contains_elements(&items(found), list(expected)?),
        "consist-of" => consists_of(&items(found), list(expected)?),
        "have-patterns" => {
            let text = found.text().unwrap_or_default();
            list(expected)?.iter().try_for_each(|each| stream_has(&text, each))
        }
        other => Err(Mismatch::Unknown(format!("the matcher \"{other}\""))),
    }
}

fn differs(found: &Plain, expected: &Plain) -> Verdict {
    Err(Mismatch::Differs(format!("expected {expected}, found {found}")))
}

fn equal(found: &Plain, expected: &Plain) -> Verdict {
    if found == expected { Ok(()) } else { differs(found, expected) }
}

fn list(expected: &Plain) -> Result<&[Plain], Mismatch> {
    match expected {
        Plain::List(items) => Ok(items),
        other => Err(Mismatch::Invalid(format!("a list is needed here, and this is {other}"))),
    }
}

fn any(found: &Plain, expected: &[Plain]) -> Verdict {
    let mut said = Vec::new();
    for each in expected {
        match value_matches(found, each) {
            Ok(()) => return Ok(()),
            Err(Mismatch::Differs(why)) => said.push(why),
            Err(other) => return Err(other),
        }
    }
    Err(Mismatch::Differs(said.join(" and ")))
}

fn numeric(found: &Plain, expected: &Plain, word: &str, holds: impl Fn(f64, f64) -> bool) -> Verdict {
    let limit = expected
        .number()
        .ok_or_else(|| Mismatch::Invalid(format!("a number is needed here, and this is {expected}")))?;
    match found.number() {
        Some(now) if holds(now, limit) => Ok(()),
        _ => Err(Mismatch::Differs(format!("expected {word} {limit}, found {found}"))),
    }
}

fn textual(found: &Plain, expected: &Plain, word: &str, holds: impl Fn(&str, &str) -> bool) -> Verdict {
    let part =
        expected.text().ok_or_else(|| Mismatch::Invalid(format!("text is needed here, and this is {expected}")))?;
    match found.text() {
        Some(now) if holds(&now, &part) => Ok(()),
        _ => Err(Mismatch::Differs(format!("expected to {word} {expected}, found {found}"))),
    }
}

fn length(found: &Plain, expected: &Plain) -> Verdict {
    let length = match found {
        Plain::List(items) => items.len(),
        Plain::Map(entries) => entries.len(),
        other => other.text().unwrap_or_default().chars().count(),
    };
    match expected.number() {
        #[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "lengths are far below 2^53")]
        Some(wanted) if wanted == length as f64 => Ok(()),
        Some(_) => Err(Mismatch::Differs(format!("expected a length of {expected}, found {length}"))),
        None => Err(Mismatch::Invalid(format!("a number is needed here, and this is {expected}"))),
    }
}

fn have_key(found: &Plain, expected: &Plain) -> Verdict {
    let key = expected.text().unwrap_or_default();
    match found {
        Plain::Map(entries) if entries.iter().any(|entry| entry.key == key) => Ok(()),
        _ => Err(Mismatch::Differs(format!("expected a key {expected}, found {found}"))),
    }
}

/// What was found, as a list: text is its lines.
fn items(found: &Plain) -> Vec<Plain> {
    match found {
        Plain::List(items) => items.clone(),
        Plain::Null => Vec::new(),
        Plain::Text(text) => lines(text),
        other => vec![other.clone()],
    }
}

fn lines(text: &str) -> Vec<Plain> {
    text.lines().map(|line| Plain::Text(line.to_owned())).collect()
}

fn contains_element(found: &[Plain], expected: &Plain) -> Verdict {
    for item in found {
        match value_matches(item, expected) {
            Ok(()) => return Ok(()),
            Err(Mismatch::Differs(_)) => {}
            Err(other) => return Err(other),
        }
    }
    // An expectation that makes no sense must not hide behind an empty list.
    match value_matches(&Plain::Null, expected) {
        Err(other @ (Mismatch::Invalid(_) | Mismatch::Unknown(_))) => Err(other),
        _ => Err(Mismatch::Differs(format!("expected an element {expected}, found {}", Plain::List(found.to_vec())))),
    }
}

fn consists_of(found: &[Plain], expected: &[Plain]) -> Verdict {
    contains_elements(found, expected)?;
    match found.len() == expected.len() {
        true => Ok(()),
        false => Err(Mismatch::Differs(format!(
            "expected nothing but {}, found {}",
            Plain::List(expected.to_vec()),
            Plain::List(found.to_vec())
        ))),
    }
}

/// Whether each expectation finds an element of its own.
fn contains_elements(found: &[Plain], expected: &[Plain]) -> Verdict {
    let mut taken_by: Vec<Option<usize>> = vec![None; found.len()];
    for (index, each) in expected.iter().enumerate() {
        contains_element(found, each)?;
        let mut seen = vec![false; found.len()];
        if !place(index, found, expected, &mut taken_by, &mut seen) {
            return Err(Mismatch::Differs(format!("expected {each} once more, found {}", Plain::List(found.to_vec()))));
        }
    }
    Ok(())
}

/// Finds an element for expectation `index`, moving others where they have another choice (Kuhn's matching).
fn place(index: usize, found: &[Plain], expected: &[Plain], taken_by: &mut [Option<usize>], seen: &mut [bool]) -> bool {
    for at in 0..found.len() {
        if seen[at] || value_matches(&found[at], &expected[index]).is_err() {
            continue;
        }
        seen[at] = true;
        let free = match taken_by[at] {
            None => true,
            Some(other) => place(other, found, expected, taken_by, seen),
        };
        if free {
            taken_by[at] = Some(index);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::goss::plain::read;

    fn verdict(found: &str, expected: &str) -> Verdict {
        compare(&Found::Value(read(found).unwrap()), &read(expected).unwrap())
    }

    #[test]
    fn values_match_as_the_documentation_says() {
        for (found, expected, holds) in [
            ("foo", "foo", true),
            ("foo", "bar", false),
            ("42", "'42'", true),
            ("'42'", "42", true),
            ("42", "42.0", true),
            ("true", "true", true),
            ("true", "'true'", true),
            ("42", "{and: ['42', {have-prefix: '4'}, {have-suffix: '2'}, {match-regexp: '\\d{2}'}]}", true),
            ("'42'", "{and: [42, {gt: 40}, {lt: 45}, {ge: 42}, {le: 42}]}", true),
            ("42", "{gt: 42}", false),
            ("[group1, group2, group3]", "[group1, group2]", true),
            ("[group1, group2, group3]", "[group1, group2, group2]", false),
            ("[foo, bar, moo]", "{contain-elements: [foo, bar]}", true),
            ("[foo, bar, moo]", "{equal: [foo, bar, moo]}", true),
            ("[foo, bar, moo]", "{equal: [bar, foo, moo]}", false),
            ("[foo, bar, moo]", "{consist-of: [foo, {have-prefix: m}, bar]}", true),
            ("[foo, bar, moo]", "{consist-of: [foo, bar]}", false),
            ("[foo, bar]", "{consist-of: [{match-regexp: '.*'}, foo]}", true),
            ("[foo, bar, moo]", "{contain-element: {have-prefix: b}}", true),
            ("[foo]", "{have-len: 1}", true),
            ("föö", "{have-len: 3}", true),
            ("{a: 1, b: 2}", "{have-key: b}", true),
            ("{a: 1}", "{not: {have-key: b}}", true),
            ("foo", "{or: [bar, {contain-substring: oo}]}", true),
            ("foo", "{or: [bar, baz]}", false),
            ("foo", "{not: foo}", false),
        ] {
            assert_eq!(
                verdict(found, expected).is_ok(),
                holds,
                "{found} against {expected}: {:?}",
                verdict(found, expected)
            );
        }
    }

    #[test]
    fn streams_are_matched_line_by_line() {
        let text = Found::Stream("first foo\nsecond !bar\nthird\n".to_owned());
        for (expected, holds) in [
            ("[foo, third]", true),
            ("['!foo']", false),
            ("['!baz', '\\!bar']", true),
            ("['/^first/', '!/^foo/']", true),
            ("['!/^third$/']", false),
            ("['/first.*second/']", false),
            ("[]", true),
            ("third", false),
            ("\"first foo\\nsecond !bar\\nthird\"", true),
            ("{and: [{contain-element: {match-regexp: '^sec'}}, {not: {contain-element: foo}}]}", true),
            ("{contain-substring: \"foo\\nsecond\"}", true),
            ("[{have-prefix: thi}]", true),
        ] {
            assert_eq!(compare(&text, &read(expected).unwrap()).is_ok(), holds, "{expected}");
        }
        assert!(compare(&Found::Stream("7\n".into()), &read("7").unwrap()).is_ok());
    }

    #[test]
    fn nonsense_is_told_from_a_difference() {
        assert!(matches!(verdict("1", "{semver-constraint: '>1'}"), Err(Mismatch::Unknown(_))));
        assert!(matches!(verdict("1", "{gt: x}"), Err(Mismatch::Invalid(_))));
        assert!(matches!(verdict("1", "{gt: 1, lt: 2}"), Err(Mismatch::Invalid(_))));
        assert!(matches!(verdict("a", "{match-regexp: '('}"), Err(Mismatch::Invalid(_))));
        assert!(matches!(verdict("[]", "{contain-element: {match-regexp: '('}}"), Err(Mismatch::Invalid(_))));
        assert!(matches!(verdict("1", "{not: {nonsense: 1}}"), Err(Mismatch::Unknown(_))));
        assert_eq!(verdict("a", "b"), Err(Mismatch::Differs("expected \"b\", found \"a\"".into())));
    }
}
