//! What goes into an archive: contents given, one file, or a directory with its exclusions.

use std::path::Path;

use crate::engine::provider::World;
use crate::engine::provider::attributes::{attribute, flag, path_in, text};
use crate::lang::func::path_matches;
use crate::model::value::Value;
use crate::sys::files::FileKind;

/// One file in an archive.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
    /// Permission bits, where there are any.
    pub(super) mode: Option<u32>,
    /// It was a file before, not a content that was configured.
    pub(super) from_file: bool,
}

/// How deep directories are followed: links can make them endless.
const DEPTH: usize = 64;
/// More is not put into one archive.
const MOST_BYTES: usize = 1 << 30;

/// Everything that a configuration puts into its archive.
///
/// # Errors
/// In words.
pub(super) fn gather(config: &Value, world: &World<'_>) -> Result<Vec<Entry>, String> {
    let mode = text(config, "output_file_mode").filter(|mode| !mode.is_empty());
    let mode = mode.map(|mode| octal(mode).ok_or_else(|| format!("error parsing output_file_mode value: {mode}")));
    let mode = mode.transpose()?;
    if let Some(directory) = text(config, "source_dir") {
        return directory_entries(directory, config, mode, world)
            .map_err(|fault| format!("error archiving directory: {fault}"));
    }
    if let Some(file) = text(config, "source_file") {
        return Ok(vec![file_entry(file, mode, world).map_err(|fault| format!("error archiving file: {fault}"))?]);
    }
    if let Some(name) = text(config, "source_content_filename") {
        let content = text(config, "source_content").unwrap_or_default().as_bytes().to_vec();
        return Ok(vec![Entry { name: name.to_owned(), content, mode, from_file: false }]);
    }
    let sources = attribute(config, "source");
    let mut entries: Vec<Entry> = Vec::new();
    for source in sources.as_items().unwrap_or_default() {
        let name = text(source, "filename").unwrap_or_default().to_owned();
        let content = text(source, "content").unwrap_or_default().as_bytes().to_vec();
        entries.retain(|entry| entry.name != name);
        entries.push(Entry { name, content, mode, from_file: false });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// As Go reads a number with a prefix: `0666`, `0o666`, `438`.
fn octal(text: &str) -> Option<u32> {
    match text.strip_prefix("0o").or_else(|| text.strip_prefix('0').filter(|rest| !rest.is_empty())) {
        Some(digits) => u32::from_str_radix(digits, 8).ok(),
        None => text.parse().ok(),
    }
}

fn file_entry(file: &str, mode: Option<u32>, world: &World<'_>) -> Result<Entry, String> {
    let path = path_in(world, file);
    let meta = world.files.metadata(&path).map_err(|_| format!("could not archive missing file: {file}"))?;
    let content =
        world.files.read(&path).map_err(|error| format!("could not open file '{file}', got error '{error}'"))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Entry { name, content: content.to_vec(), mode: Some(mode.unwrap_or(meta.mode)), from_file: true })
}

fn directory_entries(
    directory: &str,
    config: &Value,
    mode: Option<u32>,
    world: &World<'_>,
) -> Result<Vec<Entry>, String> {
    let path = path_in(world, directory);
    match world.files.metadata(&path).map(|meta| meta.kind) {
        Ok(FileKind::Directory) => {}
        Ok(_) => return Err(format!("could not archive directory that is a file: {directory}")),
        Err(_) => return Err(format!("could not archive missing directory: {directory}")),
    }
    let excludes = attribute(config, "excludes");
    let excludes: Vec<&str> = excludes
        .as_items()
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_str)
        .filter(|text| !text.is_empty())
        .collect();
    let links = !flag(config, "exclude_symlink_directories").unwrap_or(false);
    let mut walk = Walk { world, excludes, mode, links, entries: Vec::new(), bytes: 0 };
    walk.directory(&path, "", 0)?;
    if walk.entries.is_empty() {
        return Err("archive has not been created as it would be empty".to_owned());
    }
    Ok(walk.entries)
}

struct Walk<'a> {
    world: &'a World<'a>,
    excludes: Vec<&'a str>,
    mode: Option<u32>,
    /// Follow links to directories.
    links: bool,
    entries: Vec<Entry>,
    bytes: usize,
}

impl Walk<'_> {
    fn directory(&mut self, directory: &Path, below: &str, depth: usize) -> Result<(), String> {
        if depth > DEPTH {
            return Err(format!("{} is nested too deeply; do links lead in a circle?", directory.display()));
        }
        let entries =
            self.world.files.list(directory).map_err(|error| format!("error encountered during file walk: {error}"))?;
        for entry in entries {
            let name = if below.is_empty() { entry.name.clone() } else { format!("{below}/{}", entry.name) };
            if self.is_excluded(&name)? {
                continue;
            }
            let path = directory.join(&entry.name);
            match (entry.is_directory, entry.is_link) {
                (true, true) if !self.links => {}
                (true, _) => self.directory(&path, &name, depth + 1)?,
                (false, _) => self.file(&path, name)?,
            }
        }
        Ok(())
    }

    fn is_excluded(&self, name: &str) -> Result<bool, String> {
        for exclude in &self.excludes {
            let found = path_matches(exclude, name);
            if found.map_err(|fault| format!("error checking excludes matches: {fault}"))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn file(&mut self, path: &Path, name: String) -> Result<(), String> {
        let unreadable =
            |error: std::io::Error| format!("error reading file for archival: {}: {error}", path.display());
        let meta = self.world.files.metadata(path).map_err(unreadable)?;
        let content = self.world.files.read(path).map_err(unreadable)?;
        self.bytes += content.len();
        if self.bytes > MOST_BYTES {
            return Err(format!("there is more than {} MiB in it", MOST_BYTES >> 20));
        }
        let mode = Some(self.mode.unwrap_or(meta.mode));
        self.entries.push(Entry { name, content: content.to_vec(), mode, from_file: true });
        Ok(())
    }
}
