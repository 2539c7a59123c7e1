//! Finds and reads a stack's test files and the files of mocks that they name. One file with an error stops all.

use std::path::{Path, PathBuf};

use crate::engine::looks::Looks;
use crate::engine::module::decode::range_text;
use crate::engine::module::library::Library;
use crate::engine::test::decode::decode;
use crate::engine::test::decoding::Decoding;
use crate::engine::test::file::TestFile;
use crate::engine::test::mocks::{MockBlock, decode_file};
use crate::model::diagnostic::Diagnostic;

/// The test files of a root module, by their names from there.
pub fn files(looks: &Looks) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for directory in [".", "tests"] {
        let path = looks.resolve(directory);
        for entry in looks.list(&path).unwrap_or_default() {
            if !entry.is_directory && [".tftest.hcl", ".tftest.json"].iter().any(|end| entry.name.ends_with(end)) {
                let name = if directory == "." { entry.name.clone() } else { format!("tests/{}", entry.name) };
                found.push((name, path.join(&entry.name)));
            }
        }
    }
    found.sort();
    found
}

/// Reads one of them.
pub fn read(looks: &Looks, shelf: &Library, name: &str, path: &Path) -> (TestFile, Vec<Diagnostic>) {
    let seen = match looks.read(path) {
        Ok(seen) => seen,
        Err(error) => {
            let detail = format!("The test file {name} could not be read: {error}.");
            return (TestFile::default(), vec![Diagnostic::error("Failed to read file", detail)]);
        }
    };
    let parsed = shelf.parse(looks.display(path), &seen.bytes, seen.hash);
    let root = looks.source().display.clone();
    let mut decoding = Decoding { file: &parsed.file, root: &root, diagnostics: parsed.diagnostics.clone() };
    let mut file = decode(&parsed.body, &mut decoding);
    let mut diagnostics = decoding.diagnostics;
    for provider in &mut file.providers {
        let Some(mock) = &mut provider.mock else { continue };
        let Some(source) = mock.source.clone() else { continue };
        let directory = looks.resolve(&*source);
        if looks.list(&directory).is_err() {
            let detail = format!("Mock data directory {source} does not exist or cannot be read.");
            let place = provider.content.header.place();
            diagnostics.push(Diagnostic::error("Failed to read mock data directory", detail).at(place));
            continue;
        }
        let more = mock_files(looks, shelf, &directory, &mut diagnostics);
        // What the test file says itself comes first.
        for (key, mocked) in more.types {
            mock.types.entry(key).or_insert(mocked);
        }
        for over in more.overrides {
            if !mock.overrides.iter().any(|known| known.target == over.target) {
                mock.overrides.push(over);
            }
        }
    }
    (file, diagnostics)
}

/// The mocks of all files in a directory.
fn mock_files(looks: &Looks, shelf: &Library, directory: &Path, diagnostics: &mut Vec<Diagnostic>) -> MockBlock {
    let root = looks.source().display.clone();
    let mut all = MockBlock::default();
    for entry in looks.list(directory).unwrap_or_default() {
        let is_mock = [".tfmock.hcl", ".tfmock.json"].iter().any(|end| entry.name.ends_with(end));
        if entry.is_directory || !is_mock {
            continue;
        }
        let path = directory.join(&entry.name);
        let Ok(seen) = looks.read(&path) else { continue };
        let parsed = shelf.parse(looks.display(&path), &seen.bytes, seen.hash);
        let mut decoding = Decoding { file: &parsed.file, root: &root, diagnostics: parsed.diagnostics.clone() };
        let mock = decode_file(&parsed.body, &mut decoding);
        for ((mode, kind), mocked) in mock.types {
            if let Some(first) = all.types.get(&(mode, kind.clone())) {
                let word = if mode == crate::model::address::ResourceMode::Data { "data" } else { "resource" };
                let detail = format!(
                    "A mock_{word} \"{kind}\" block already exists at {}.",
                    range_text(&first.header.place(), &root)
                );
                decoding.fault("Duplicate mock resource block", detail, mocked.label.span);
                continue;
            }
            all.types.insert((mode, kind), mocked);
        }
        for over in mock.overrides {
            if let Some(first) = all.overrides.iter().find(|known| known.target == over.target) {
                let detail = format!(
                    "An override block for {} already exists at {}.",
                    over.text,
                    range_text(&first.header.place(), &root)
                );
                decoding.fault("Duplicate override block", detail, over.header.span);
                continue;
            }
            all.overrides.push(over);
        }
        diagnostics.extend(decoding.diagnostics);
    }
    all
}
