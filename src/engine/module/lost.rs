//! What the parts of a file that cannot be read seem to declare: while somebody types in a block, nobody should be told
//! that its name does not exist.

use crate::engine::module::declared::Lost;
use crate::lang::syntax::SourceFile;
use crate::model::place::Span;
use crate::model::value::Str;

/// The names in the headers of blocks, and those in `locals` blocks.
pub fn lost_names(file: &SourceFile, broken: &[Span]) -> Vec<Lost> {
    let mut found = Vec::new();
    for span in broken {
        let mut in_locals = false;
        for line in file.slice(*span).lines() {
            if let Some((kind, labels)) = header(line) {
                in_locals = kind == "locals";
                if !in_locals {
                    found.push(Lost { kind: Str::from(kind), labels });
                }
            } else if let Some(name) = in_locals.then(|| argument(line)).flatten() {
                found.push(Lost { kind: Str::from("local"), labels: vec![Str::from(name)] });
            }
        }
    }
    found
}

/// A word at the left edge and what labels follow it, when a brace or nothing ends the line.
fn header(line: &str) -> Option<(&str, Vec<Str>)> {
    if !line.starts_with(|c: char| c.is_alphabetic()) {
        return None;
    }
    let (kind, mut rest) = word(line)?;
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with('{') {
            return Some((kind, labels));
        }
        if let Some(quoted) = rest.strip_prefix('"') {
            let (label, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            labels.push(Str::from(label));
            rest = after;
        } else {
            let (label, after) = word(rest)?;
            labels.push(Str::from(label));
            rest = after;
        }
    }
}

fn argument(line: &str) -> Option<&str> {
    let (name, rest) = word(line.trim_start())?;
    rest.trim_start().starts_with('=').then_some(name)
}

fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::RepoPath;

    #[test]
    fn headers_and_locals_are_found_in_what_does_not_read() {
        let text = "resource \"a_b\" \"c\" {\n  x = [1,\n}\nlocals {\n  one = \n  two =1\n}\nvariable \"v\nmodule m";
        let file = SourceFile::new(RepoPath::new("x.tf"), text);
        let all = lost_names(&file, &[Span::new(0, text.len() as u32)]);
        let names: Vec<String> = all.iter().map(|lost| format!("{} {}", lost.kind, lost.labels.join("."))).collect();
        assert_eq!(names, ["resource a_b.c", "local one", "local two", "variable v", "module m"]);
    }
}
