//! Reading gossfiles: resources in their order, other gossfiles included, and everything that cannot be read said.

use std::path::{Path, PathBuf};

use super::plain::{self, Entry, Plain};
use super::resource::Resource;
use crate::sys::files::{Files, normal};

/// Something a gossfile declares.
#[derive(Debug, Clone, PartialEq)]
pub enum Declared {
    /// To be looked at.
    Resource(Resource),
    /// Cannot be looked at.
    Problem(Problem),
}

/// Why something cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it concerns.
    pub subject: String,
    /// What and where.
    pub message: String,
    /// Kilter does not know how, as opposed to: it is broken.
    pub unsupported: bool,
}

/// Gossfiles that include gossfiles that include …
const DEEPEST: usize = 16;

/// Reads the gossfile at `path`, relative to `directory`. What is skipped in it is not declared.
pub fn read(path: &str, files: &dyn Files, directory: &Path) -> Vec<Declared> {
    let mut declared = Vec::new();
    let mut open = Vec::new();
    read_into(path, files, directory, &mut open, &mut declared);
    declared
}

fn read_into(path: &str, files: &dyn Files, directory: &Path, open: &mut Vec<PathBuf>, declared: &mut Vec<Declared>) {
    let problem = |message: String, unsupported| {
        Declared::Problem(Problem { subject: format!("goss {path}"), message, unsupported })
    };
    let file = normal(&directory.join(path));
    if open.contains(&file) || open.len() >= DEEPEST {
        declared.push(problem("this gossfile includes itself".to_owned(), false));
        return;
    }
    let text = match files.read(&file).map(|bytes| String::from_utf8(bytes.to_vec())) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => return declared.push(problem("the file is not UTF-8 text".to_owned(), false)),
        Err(error) => return declared.push(problem(format!("the file cannot be read: {error}"), false)),
    };
    if let Some(line) = text.lines().position(|line| !line.trim_start().starts_with('#') && line.contains("{{")) {
        let message =
            format!("line {}: templates in gossfiles are not supported; `goss render` writes them out", line + 1);
        return declared.push(problem(message, true));
    }
    let kinds = match plain::read(&text) {
        Ok(tree @ (Plain::Map(_) | Plain::Null)) => tree,
        Ok(_) => return declared.push(problem("line 1: a gossfile is a map of resource kinds".to_owned(), false)),
        Err(fault) => return declared.push(problem(format!("line {}: {}", fault.line, fault.message), false)),
    };
    open.push(file);
    for kind in kinds.entries().unwrap_or_default() {
        let Some(resources) = kind.value.entries() else {
            let message = format!("line {}: `{}` must be a map of resources", kind.line, kind.key);
            declared.push(problem(message, false));
            continue;
        };
        for entry in resources.iter().filter(|entry| entry.value.get("skip") != Some(&Plain::Bool(true))) {
            declare(kind, entry, files, directory, open, declared);
        }
    }
    open.pop();
}

fn declare(
    kind: &Entry,
    entry: &Entry,
    files: &dyn Files,
    directory: &Path,
    open: &mut Vec<PathBuf>,
    declared: &mut Vec<Declared>,
) {
    let problem = |message: String, unsupported| {
        let subject = format!("goss {} {}", kind.key, entry.key);
        Declared::Problem(Problem { subject, message, unsupported })
    };
    if entry.value.entries().is_none() {
        let message = format!("line {}: this must be a map of what is expected", entry.line);
        return declared.push(problem(message, false));
    }
    if kind.key != "gossfile" {
        let resource = Resource { kind: kind.key.clone(), key: entry.key.clone(), expected: entry.value.clone() };
        return declared.push(Declared::Resource(resource));
    }
    let included = entry.value.get("file").and_then(Plain::text).unwrap_or_else(|| entry.key.clone());
    if included.contains(['*', '?', '[']) {
        return declared.push(problem(format!("line {}: patterns of gossfiles are not supported", entry.line), true));
    }
    // Paths inside a gossfile are relative to the gossfile that names it.
    let from = open.last().and_then(|file| file.parent()).unwrap_or(directory);
    let path = from.join(included);
    read_into(&path.to_string_lossy(), files, directory, open, declared);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::FakeFiles;

    fn said(files: &[(&str, &str)]) -> Vec<String> {
        let files = FakeFiles::with(files.iter().copied());
        let line = |declared: &Declared| match declared {
            Declared::Resource(resource) => format!("{} {}", resource.kind, resource.key),
            Declared::Problem(problem) => format!("! {}: {}", problem.subject, problem.message),
        };
        read("goss.yaml", &files, Path::new("/c")).iter().map(line).collect()
    }

    #[test]
    fn resources_come_in_order_and_skipped_ones_do_not() {
        let text = "file:\n  b: {exists: true}\n  a: {exists: true, skip: true}\nport:\n  tcp:80: {listening: true}\n";
        assert_eq!(said(&[("/c/goss.yaml", text)]), ["file b", "port tcp:80"]);
        assert_eq!(said(&[("/c/goss.yaml", "")]), Vec::<String>::new());
    }

    #[test]
    fn gossfiles_are_included_relative_to_each_other_and_never_in_circles() {
        let found = said(&[
            ("/c/goss.yaml", "gossfile:\n  sub/more.yaml: {}\n  glob: {file: '*.yaml'}\n"),
            ("/c/sub/more.yaml", "process:\n  x: {running: true}\ngossfile:\n  ../goss.yaml: {}\n"),
        ]);
        assert_eq!(found[0], "process x");
        assert!(found[1].contains("includes itself"), "{}", found[1]);
        assert!(found[2].contains("patterns"), "{}", found[2]);
    }

    #[test]
    fn broken_files_say_where() {
        for (text, expected) in [
            ("file: [1\n", "line 2"),
            ("- a\n", "line 1"),
            ("file: x\n", "line 1: `file` must be a map"),
            ("file:\n  a: true\n", "line 2: this must be a map"),
            ("# {{ fine }}\nfile:\n  {{ .Env.X }}: {exists: true}\n", "line 3: templates"),
        ] {
            let found = said(&[("/c/goss.yaml", text)]);
            assert!(found.len() == 1 && found[0].contains(expected), "{text}: {found:?}");
        }
        assert!(said(&[])[0].contains("cannot be read"));
        let binary = FakeFiles::with([("/c/goss.yaml", b"\xff\xfe")]);
        assert!(
            matches!(&read("goss.yaml", &binary, Path::new("/c"))[..], [Declared::Problem(p)] if p.message.contains("UTF-8"))
        );
    }
}
