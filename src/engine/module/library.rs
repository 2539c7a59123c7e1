//! Modules by content: a file is parsed once per content, a directory decoded once per contents of its files.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::engine::looks::Looks;
use crate::engine::module::declared::{Lost, Module};
use crate::engine::module::decode::{ModuleFile, decode};
use crate::engine::module::lost::lost_names;
use crate::engine::module::sources::role;
use crate::lang::syntax::ast::Body;
use crate::lang::syntax::{SourceFile, parse_file, parse_file_after, parse_json_file};
use crate::model::diagnostic::Diagnostic;
use crate::model::id::ContentHash;
use crate::model::place::{Place, RepoPath};

/// A file that was parsed.
#[derive(Debug)]
pub struct ParsedFile {
    /// The file.
    pub file: Arc<SourceFile>,
    /// What it holds.
    pub body: Body,
    /// What is wrong in it.
    pub diagnostics: Vec<Diagnostic>,
    /// What else is wrong where terraform has stopped reading.
    pub further: Vec<Diagnostic>,
    /// What its parts seem to declare that cannot be read.
    pub lost: Vec<Lost>,
}

/// Remembers parsed files and decoded modules between operations. Shared between threads.
#[derive(Debug, Default)]
pub struct Library {
    files: Versions<ParsedFile>,
    modules: Versions<Module>,
    templates: Versions<SourceFile>,
}

/// Things by path, and for each path what was made of its last contents: the one on the disk, the one at HEAD, the one
/// before the last edit.
type Versions<T> = Mutex<HashMap<RepoPath, Vec<(ContentHash, Arc<T>)>>>;

/// Older contents of one path are forgotten: each save makes a new one.
const MAX_VERSIONS: usize = 4;
/// More paths are forgotten all at once: they are cheap to read again.
const MAX_PATHS: usize = 20_000;

impl Library {
    /// The files of a directory, decoded; `None` when the directory cannot be read.
    pub fn module(&self, looks: &Looks, directory: &Path) -> Option<Arc<Module>> {
        let entries = looks.list(directory).ok()?;
        let display = looks.display(directory);
        let mut hasher = Sha256::new();
        hasher.update(directory.as_os_str().as_encoded_bytes());
        hasher.update([0]);
        hasher.update(display.as_str());
        let mut seen = Vec::new();
        for entry in entries.iter().filter(|entry| !entry.is_directory) {
            let Some(role) = role(&entry.name) else { continue };
            let path = directory.join(&entry.name);
            let content = looks.read(&path);
            hasher.update([0]);
            hasher.update(&entry.name);
            hasher.update(content.as_ref().map_or([0; 32], |seen| seen.hash.0));
            seen.push((role, looks.display(&path), content));
        }
        let key = ContentHash(hasher.finalize().into());
        if let Some(known) = recall(&self.modules, &display, key) {
            return Some(known);
        }
        let mut parsed = Vec::new();
        let mut diagnostics = Vec::new();
        for (role, path, content) in seen {
            match content {
                Ok(content) => parsed.push((role, self.parse(path, &content.bytes, content.hash))),
                Err(error) => diagnostics.push(unreadable(path, &error)),
            }
        }
        diagnostics.extend(parsed.iter().flat_map(|(_, file)| file.diagnostics.clone()));
        let files: Vec<ModuleFile<'_>> =
            parsed.iter().map(|(role, p)| ModuleFile { role: *role, file: &p.file, body: &p.body }).collect();
        let before =
            lock(&self.modules).get(&display).and_then(|versions| versions.last()).map(|(_, last)| last.clone());
        let mut module = decode(directory.to_path_buf(), &files, before.as_deref());
        diagnostics.append(&mut module.diagnostics);
        module.diagnostics = diagnostics;
        module.further = parsed.iter().flat_map(|(_, file)| file.further.iter().cloned()).collect();
        module.lost = parsed.iter().flat_map(|(_, file)| file.lost.iter().cloned()).collect();
        let module = Arc::new(module);
        remember(&self.modules, display, key, module.clone());
        Some(module)
    }

    /// A file of configuration, parsed.
    pub fn parse(&self, path: RepoPath, bytes: &[u8], hash: ContentHash) -> Arc<ParsedFile> {
        if let Some(known) = recall(&self.files, &path, hash) {
            return known;
        }
        let before = lock(&self.files).get(&path).and_then(|versions| versions.last()).map(|(_, file)| file.clone());
        let parsed = Arc::new(parse(path.clone(), bytes, before.as_deref()));
        remember(&self.files, path, hash, parsed.clone());
        parsed
    }

    /// A template's text as a file, the same one for the same content.
    ///
    /// # Errors
    /// When it is not UTF-8 text.
    pub fn template(&self, path: RepoPath, bytes: &[u8], hash: ContentHash) -> std::io::Result<Arc<SourceFile>> {
        if let Some(known) = recall(&self.templates, &path, hash) {
            return Ok(known);
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidData, "the file is not UTF-8 text"))?;
        let file = SourceFile::new(path.clone(), text);
        remember(&self.templates, path, hash, file.clone());
        Ok(file)
    }
}

/// Parses a file; what it begins with in common with an earlier version is taken over.
fn parse(path: RepoPath, bytes: &[u8], before: Option<&ParsedFile>) -> ParsedFile {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let file = SourceFile::new(path, text);
            let is_json = file.path().as_str().ends_with(".json");
            let parsed = match before.filter(|before| before.diagnostics.is_empty()) {
                _ if is_json => parse_json_file(&file),
                Some(before) => parse_file_after(&before.file, &before.body, &file),
                None => parse_file(&file),
            };
            let lost = lost_names(&file, &parsed.broken);
            let mut diagnostics = parsed.diagnostics;
            let further = diagnostics.split_off(parsed.told.min(diagnostics.len()));
            ParsedFile { file, body: parsed.body, diagnostics, further, lost }
        }
        Err(error) => {
            let diagnostic = Diagnostic::error(
                "Invalid character encoding",
                format!("{path} is not UTF-8 text: byte {} cannot be read. Save it as UTF-8.", error.valid_up_to()),
            );
            let file = SourceFile::new(path.clone(), "");
            ParsedFile {
                file,
                body: Body::default(),
                diagnostics: vec![diagnostic.at(Place::top_of(path))],
                further: Vec::new(),
                lost: Vec::new(),
            }
        }
    }
}

fn unreadable(path: RepoPath, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("Failed to read file", format!("The file {path} could not be read: {error}."))
        .at(Place::top_of(path))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn recall<T>(map: &Versions<T>, path: &RepoPath, key: ContentHash) -> Option<Arc<T>> {
    let mut map = lock(map);
    let versions = map.get_mut(path)?;
    let at = versions.iter().position(|(known, _)| *known == key)?;
    // The one used last is forgotten last.
    versions[at..].rotate_left(1);
    versions.last().map(|(_, value)| value.clone())
}

fn remember<T>(map: &Versions<T>, path: RepoPath, key: ContentHash, value: Arc<T>) {
    let mut map = lock(map);
    if map.len() >= MAX_PATHS {
        map.clear();
    }
    let versions = map.entry(path).or_default();
    if versions.len() == MAX_VERSIONS {
        versions.remove(0);
    }
    versions.push((key, value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::source::Source;
    use crate::sys::files::FakeFiles;

    const CHAIN: &str = "module \"m\" {\n  source = \"./m\"\n  name   = local.a\n}\nresource \"x_y\" \"one\" {\n  name = module.m.id\n}\nresource \"x_y\" \"two\" {\n  name = [for v in x_y.one : v.b]\n}\n";

    fn module(library: &Library, texts: &[(&str, &str)]) -> Arc<Module> {
        let files = FakeFiles::with(texts.iter().map(|(name, text)| (format!("/s/{name}"), (*text).to_owned())));
        let source = Source::new(Arc::new(files), "/s", RepoPath::root());
        library.module(&Looks::new(&source), Path::new("/s")).unwrap()
    }

    #[test]
    fn blocks_of_files_that_did_not_change_are_taken_over_with_what_they_refer_to() {
        let library = Library::default();
        let first = module(&library, &[("a.tf", "locals {\n  a = 1\n}\n"), ("b.tf", CHAIN)]);
        let texts = [("a.tf", "# longer\nlocals {\n  a = 2\n}\nresource \"x_y\" \"zero\" {}\n"), ("b.tf", CHAIN)];
        let second = module(&library, &texts);
        let anew = module(&Library::default(), &texts);
        assert!(Arc::ptr_eq(&first.resources[0], &second.resources[0]), "it is the same block");
        assert!(Arc::ptr_eq(&first.calls[0], &second.calls[0]));
        assert_eq!(second.resources.len(), 3);
        assert_eq!(second.links, anew.links, "other names: links are found anew");
        assert_eq!(second.loose_attributes, anew.loose_attributes);
        let texts = [("a.tf", "locals {\n  a = 3\n}\nresource \"x_y\" \"zero\" {}\n"), ("b.tf", CHAIN)];
        let third = module(&library, &texts);
        assert!(Arc::ptr_eq(&second.links[1], &third.links[1]), "the same names: a block keeps its links");
        assert_eq!(third.links, module(&Library::default(), &texts).links);
    }

    #[test]
    fn what_was_wrong_or_is_overridden_is_read_again() {
        let library = Library::default();
        let first = module(&library, &[("a.tf", "resource \"x_y\" \"one\" { count = 1 }\n"), ("b.tf", "locals {}\n")]);
        let overridden = "resource \"x_y\" \"one\" { count = 2 }\n";
        let texts = [("a.tf", "resource \"x_y\" \"one\" { count = 1 }\n"), ("b_override.tf", overridden)];
        let second = module(&library, &texts);
        assert!(!Arc::ptr_eq(&first.resources[0], &second.resources[0]));
        let wrong = "resource \"x_y\" \"one\" {\n  lifecycle {\n    bogus = 1\n  }\n}\n";
        let first = module(&library, &[("a.tf", wrong), ("b.tf", "locals {}\n")]);
        let second = module(&library, &[("a.tf", wrong), ("b.tf", "locals { b = 1 }\n")]);
        assert!(!first.diagnostics.is_empty());
        assert_eq!(first.diagnostics, second.diagnostics, "what is wrong is said again");
    }
}
