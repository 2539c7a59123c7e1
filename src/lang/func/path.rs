//! Paths as texts: `abspath basename dirname pathexpand`. Cleaning follows Go's `filepath` on Unix.

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use super::outcome::string;
use crate::lang::inputs::Inputs;
use crate::model::value::Value;

const PATH: &[Parameter] = &[Parameter::new("path", Shape::String)];
const STRING: Returns = Returns::Always(Shape::String);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("abspath", "The path from the root of the file system.", PATH, STRING, abspath),
    Function::new("basename", "The last part of a path.", PATH, STRING, basename),
    Function::new("dirname", "A path without its last part.", PATH, STRING, dirname),
    Function::new("pathexpand", "A path with ~ at its start replaced by the home directory.", PATH, STRING, pathexpand),
];

/// The shortest path that means the same: no `.`, no doubled slashes, `..` resolved as text.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            other => parts.push(other),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// Two paths as one, cleaned; empty parts do not count.
pub(super) fn join(first: &str, second: &str) -> String {
    match (first.is_empty(), second.is_empty()) {
        (true, true) => String::new(),
        (true, false) => clean(second),
        (false, true) => clean(first),
        (false, false) => clean(&format!("{first}/{second}")),
    }
}

/// How to get from the clean path `base` to the clean path `target`; `None` when that cannot be told from the texts.
pub(super) fn relative(base: &str, target: &str) -> Option<String> {
    if base == target {
        return Some(".".to_owned());
    }
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    if base.starts_with('/') != target.starts_with('/') {
        return None;
    }
    let (from, to) = (parts(base), parts(target));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if from[shared..].iter().any(|part| part == "..") {
        return None;
    }
    let up = std::iter::repeat_n("..", from.len() - shared);
    Some(up.chain(to[shared..].iter().map(String::as_str)).collect::<Vec<_>>().join("/"))
}

/// A path with `~` replaced by the home directory.
pub(super) fn expand(path: &str, inputs: &dyn Inputs) -> Result<String, FunctionError> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.to_owned()) };
    if !rest.is_empty() && !rest.starts_with(['/', '\\']) {
        return Err(FunctionError::new("cannot expand user-specific home dir"));
    }
    let home = inputs.home_directory().ok_or_else(|| FunctionError::new("the home directory is not known"))?;
    Ok(join(&home, rest))
}

fn abspath(call: &Call<'_>) -> Result<Value, FunctionError> {
    let path = call.text(0);
    if path.starts_with('/') {
        return Ok(string(clean(path)));
    }
    Ok(string(join(&call.inputs.working_directory(), path)))
}

fn basename(call: &Call<'_>) -> Result<Value, FunctionError> {
    let path = call.text(0);
    if path.is_empty() {
        return Ok(string("."));
    }
    let bare = path.trim_end_matches('/');
    let last = bare.rsplit('/').next().unwrap_or_default();
    Ok(string(if last.is_empty() { "/" } else { last }))
}

fn dirname(call: &Call<'_>) -> Result<Value, FunctionError> {
    let path = call.text(0);
    let directory = path.rfind('/').map_or("", |at| &path[..=at]);
    Ok(string(clean(directory)))
}

fn pathexpand(call: &Call<'_>) -> Result<Value, FunctionError> {
    expand(call.text(0), call.inputs).map(string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_like_go_does() {
        for (path, expected) in [
            ("", "."),
            ("a//b/./c/..", "a/b"),
            ("../../a", "../../a"),
            ("/../a", "/a"),
            ("a/../..", ".."),
            ("/", "/"),
            ("a/", "a"),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    #[test]
    fn relative_paths_lead_from_one_to_the_other() {
        assert_eq!(relative(".", "../a").as_deref(), Some("../a"));
        assert_eq!(relative("a/b", "a/c/d").as_deref(), Some("../c/d"));
        assert_eq!(relative("/a", "/a/b").as_deref(), Some("b"));
        assert_eq!(relative("..", "a"), None);
    }
}
