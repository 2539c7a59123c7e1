//! What git ignores: `.gitignore` files at every level, `.git/info/exclude` and the person's own excludes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::sys::files::ReadFiles;

/// The rules of one working tree, read as they are needed.
pub struct Ignores {
    files: Arc<dyn ReadFiles>,
    root: PathBuf,
    exclude: Option<PathBuf>,
    person: Option<PathBuf>,
    extra: Vec<String>,
    /// The rules for the whole tree, the strongest first.
    whole: Vec<Gitignore>,
    by_directory: HashMap<PathBuf, Option<Arc<Gitignore>>>,
}

impl std::fmt::Debug for Ignores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ignores").field("root", &self.root).field("extra", &self.extra).finish_non_exhaustive()
    }
}

impl Ignores {
    /// What is ignored below `root`: by the repo whose shared directory is given, by the person, and by `patterns`.
    pub fn of(files: Arc<dyn ReadFiles>, root: &Path, common_directory: Option<&Path>, patterns: Vec<String>) -> Self {
        let exclude = common_directory.map(|directory| directory.join("info/exclude"));
        Ignores::new(files, root, exclude, ignore::gitignore::gitconfig_excludes_path(), patterns)
    }

    /// The rules below `root`. `exclude` is `.git/info/exclude`, `person` the file of `core.excludesFile`, `extra`
    /// patterns of Kilter's settings.
    pub fn new(
        files: Arc<dyn ReadFiles>,
        root: &Path,
        exclude: Option<PathBuf>,
        person: Option<PathBuf>,
        extra: Vec<String>,
    ) -> Self {
        let root = root.to_path_buf();
        let mut ignores =
            Ignores { files, root, exclude, person, extra, whole: Vec::new(), by_directory: HashMap::new() };
        ignores.reload();
        ignores
    }

    /// Reads everything again when it is needed next.
    pub fn reload(&mut self) {
        self.by_directory.clear();
        let extra = rules(&self.root, &self.extra.join("\n"));
        let files = [&self.exclude, &self.person];
        let read = files.into_iter().flatten().filter_map(|path| self.files.read(path).ok());
        let whole = read.map(|bytes| rules(&self.root, &String::from_utf8_lossy(&bytes)));
        self.whole = std::iter::once(extra).chain(whole).collect();
    }

    /// Reads the `.gitignore` of one directory again when it is needed next.
    pub fn reload_directory(&mut self, directory: &Path) {
        self.by_directory.remove(directory);
    }

    /// Whether git ignores `path`, whose directory is not ignored.
    pub fn is_ignored(&mut self, path: &Path, is_directory: bool) -> bool {
        if let Some(extra) = self.whole.first()
            && extra.matched(path, is_directory).is_ignore()
        {
            return true;
        }
        let root = self.root.clone();
        for directory in path.ancestors().skip(1).take_while(|directory| directory.starts_with(&root)) {
            if let Some(rules) = self.in_directory(directory) {
                match rules.matched(path, is_directory) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => {}
                }
            }
        }
        for rules in self.whole.iter().skip(1) {
            match rules.matched(path, is_directory) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => {}
            }
        }
        false
    }

    /// Whether git ignores `path` or a directory above it.
    pub fn is_below_ignored(&mut self, path: &Path, is_directory: bool) -> bool {
        let root = self.root.clone();
        let above: Vec<&Path> = path.ancestors().skip(1).take_while(|a| a.starts_with(&root) && **a != root).collect();
        above.iter().rev().any(|directory| self.is_ignored(directory, true)) || self.is_ignored(path, is_directory)
    }

    fn in_directory(&mut self, directory: &Path) -> Option<Arc<Gitignore>> {
        if let Some(known) = self.by_directory.get(directory) {
            return known.clone();
        }
        let read = self.files.read(&directory.join(".gitignore")).ok();
        let found = read.map(|bytes| Arc::new(rules(directory, &String::from_utf8_lossy(&bytes))));
        self.by_directory.insert(directory.to_path_buf(), found.clone());
        found
    }
}

/// Lines that are no pattern are left out, as git does.
fn rules(directory: &Path, text: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new(directory);
    for line in text.trim_start_matches('\u{feff}').lines() {
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// All files below `directory` that nobody ignores, in order; links are not followed. Hidden directories are left out.
pub fn walk_files(directory: &Path) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(directory).sort_by_file_name(std::cmp::Ord::cmp).require_git(false).build();
    let entries = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    entries.map(ignore::DirEntry::into_path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::FakeFiles;

    #[test]
    fn the_nearest_rule_wins() {
        let files = Arc::new(FakeFiles::with([
            ("/r/.gitignore", "*.log\nbuild/\n/top\n!keep.me\n[broken\n"),
            ("/r/web/.gitignore", "!important.log\n*.tmp\n"),
            ("/r/.git/info/exclude", "secret\n*.me\n"),
            ("/home/ignore", "*.mine\n"),
        ]));
        let exclude = Some("/r/.git/info/exclude".into());
        let mut ignores =
            Ignores::new(files.clone(), Path::new("/r"), exclude, Some("/home/ignore".into()), vec!["/vendor".into()]);
        let mut ignored = |path: &str, is_directory| ignores.is_ignored(&Path::new("/r").join(path), is_directory);
        assert!(ignored("a.log", false) && ignored("web/a.log", false) && !ignored("web/important.log", false));
        assert!(ignored("build", true) && !ignored("build", false), "the slash means directories");
        assert!(ignored("top", false) && !ignored("web/top", false));
        assert!(ignored("web/a.tmp", false) && !ignored("a.tmp", false));
        assert!(ignored("secret", false) && ignored("x.me", false) && !ignored("keep.me", false));
        assert!(ignored("a.mine", false) && ignored("vendor", true) && !ignored("main.tf", false));
        assert!(ignores.is_below_ignored(Path::new("/r/build/x/main.tf"), false));
        files.put(Path::new("/r/web/.gitignore"), b"main.tf\n", 0o644);
        assert!(!ignores.is_ignored(Path::new("/r/web/main.tf"), false), "not read again yet");
        ignores.reload_directory(Path::new("/r/web"));
        assert!(ignores.is_ignored(Path::new("/r/web/main.tf"), false));
    }
}
