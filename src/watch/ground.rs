//! Which directories are watched, and what an event at a path means. Knows the file system through its door only, and
//! watching through [`Watches`], so that tests make both up.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batch::WatchBatch;
use super::ignores::Ignores;
use super::names;
use crate::model::place::RepoPath;
use crate::sys::files::{FileKind, ReadFiles};

/// Watching single directories, not what is below them.
pub trait Watches {
    /// Begins to watch a directory.
    ///
    /// # Errors
    /// When it cannot be watched (it may be gone already).
    fn watch(&mut self, directory: &Path) -> io::Result<()>;
    /// Ends watching a directory; one that is not watched is fine.
    fn unwatch(&mut self, directory: &Path);
}

/// What kind of event it was, as far as it matters: the rest is seen on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// Something was made, written or moved here.
    Here,
    /// What stood here is gone or has moved away; something else may stand here already.
    Away,
}

/// The part of the disk that is watched.
pub struct Ground {
    root: PathBuf,
    git_directory: Option<PathBuf>,
    common_directory: Option<PathBuf>,
    files: Arc<dyn ReadFiles>,
    ignores: Ignores,
    watched: BTreeSet<PathBuf>,
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("root", &self.root).field("watched", &self.watched.len()).finish_non_exhaustive()
    }
}

impl Ground {
    /// The working tree at `root` with its git directories, when it has any. Nothing is watched yet.
    pub fn new(
        root: &Path,
        git_directory: Option<PathBuf>,
        common_directory: Option<PathBuf>,
        files: Arc<dyn ReadFiles>,
        ignores: Ignores,
    ) -> Self {
        Ground { root: root.to_path_buf(), git_directory, common_directory, files, ignores, watched: BTreeSet::new() }
    }

    /// Watches everything that is there, without reporting it; watches that are not needed any more go.
    pub fn survey(&mut self, watches: &mut dyn Watches) {
        let before = std::mem::take(&mut self.watched);
        self.ignores.reload();
        self.enter(&self.root.clone(), watches, None);
        self.watch_git(watches);
        for gone in before.difference(&self.watched) {
            watches.unwatch(gone);
        }
    }

    /// How many directories are watched.
    pub fn watched(&self) -> usize {
        self.watched.len()
    }

    /// What an event at `path` means.
    pub fn touched(&mut self, touch: Touch, path: &Path, watches: &mut dyn Watches) -> WatchBatch {
        if let Some(below) = self.in_git(path) {
            return self.git_touched(touch, path, &below, watches);
        }
        let Some(inside) = RepoPath::below(&self.root, path) else { return WatchBatch::default() };
        if inside.is_root() {
            return self.root_touched(watches);
        }
        let name = inside.file_name();
        if name == ".git" || inside.as_str().contains("/.git/") || names::is_scratch(name) {
            return WatchBatch::default();
        }
        let was_directory = self.watched.contains(path);
        if touch == Touch::Away && was_directory {
            self.leave(path, watches);
        }
        let mut batch = WatchBatch::default();
        match self.files.link_metadata(path).map(|meta| meta.kind) {
            Ok(FileKind::Directory) => self.directory_touched(path, watches, &mut batch),
            Ok(_) => {
                // A file where a directory was.
                self.leave(path, watches);
                self.file_touched(path, inside, &mut batch, watches);
            }
            Err(_) if was_directory => {
                self.leave(path, watches);
                batch.paths.insert(inside);
            }
            Err(_) => self.file_touched(path, inside, &mut batch, watches),
        }
        batch
    }

    /// The root was removed, renamed, or made again.
    fn root_touched(&mut self, watches: &mut dyn Watches) -> WatchBatch {
        if self.files.is_directory(&self.root) {
            self.leave(&self.root.clone(), watches);
            self.survey(watches);
            return WatchBatch { rescan: true, ..WatchBatch::default() };
        }
        WatchBatch { gone: true, ..WatchBatch::default() }
    }

    fn file_touched(&mut self, path: &Path, inside: RepoPath, batch: &mut WatchBatch, watches: &mut dyn Watches) {
        if inside.file_name() == ".gitignore" {
            if let Some(directory) = path.parent() {
                self.ignores.reload_directory(directory);
            }
            self.survey(watches);
            batch.rescan = true;
        }
        if self.is_seen(path, inside.file_name()) {
            batch.paths.insert(inside);
        }
    }

    fn directory_touched(&mut self, path: &Path, watches: &mut dyn Watches, batch: &mut WatchBatch) {
        if self.watched.contains(path) {
            return;
        }
        if is_terraform(path) {
            self.enter_terraform(path, watches, Some(&mut batch.paths));
        } else if in_terraform(path) {
            // Only `.terraform/modules` is of interest below it.
            if path.file_name().is_some_and(|name| name == "modules")
                && path.parent().is_some_and(is_terraform)
                && let Some(above) = path.parent()
            {
                self.enter_terraform(above, watches, Some(&mut batch.paths));
            }
        } else if !self.ignores.is_below_ignored(path, true) {
            self.enter(path, watches, Some(&mut batch.paths));
        }
    }

    /// Whether a change of a file is reported.
    fn is_seen(&mut self, path: &Path, name: &str) -> bool {
        if in_terraform(path) {
            return names::matters_in_terraform(name);
        }
        let directory_seen = path.parent().is_some_and(|directory| self.watched.contains(directory));
        directory_seen && (names::matters_though_ignored(name) || !self.ignores.is_ignored(path, false))
    }

    /// Watches a directory and all below it that are not ignored; `report` gets the files that lie there.
    fn enter(&mut self, directory: &Path, watches: &mut dyn Watches, mut report: Option<&mut BTreeSet<RepoPath>>) {
        let mut todo = vec![directory.to_path_buf()];
        while let Some(directory) = todo.pop() {
            // First watched, then listed: what appears in between is seen twice rather than never.
            if watches.watch(&directory).is_err() && !self.files.is_directory(&directory) {
                continue;
            }
            self.watched.insert(directory.clone());
            let Ok(entries) = self.files.list(&directory) else { continue };
            for entry in entries {
                let path = directory.join(&entry.name);
                if entry.name == ".git" {
                    continue;
                }
                if !entry.is_directory || entry.is_link {
                    if let Some(report) = report.as_deref_mut() {
                        self.report(&path, &entry.name, report);
                    }
                } else if entry.name == names::TERRAFORM {
                    self.enter_terraform(&path, watches, report.as_deref_mut());
                } else if !self.ignores.is_ignored(&path, true) {
                    todo.push(path);
                }
            }
        }
    }

    fn report(&mut self, path: &Path, name: &str, report: &mut BTreeSet<RepoPath>) {
        if !names::is_scratch(name)
            && self.is_seen(path, name)
            && let Some(inside) = RepoPath::below(&self.root, path)
        {
            report.insert(inside);
        }
    }

    /// Of `.terraform` only what says what was initialised is watched, not the downloads.
    fn enter_terraform(
        &mut self,
        directory: &Path,
        watches: &mut dyn Watches,
        mut report: Option<&mut BTreeSet<RepoPath>>,
    ) {
        for directory in [directory.to_path_buf(), directory.join("modules")] {
            if !self.files.is_directory(&directory) || watches.watch(&directory).is_err() {
                continue;
            }
            self.watched.insert(directory.clone());
            let Ok(entries) = self.files.list(&directory) else { continue };
            for entry in entries.iter().filter(|entry| !entry.is_directory) {
                if let Some(report) = report.as_deref_mut() {
                    self.report(&directory.join(&entry.name), &entry.name, report);
                }
            }
        }
    }

    /// Ends watching a directory and all below it.
    fn leave(&mut self, directory: &Path, watches: &mut dyn Watches) {
        let below: Vec<PathBuf> = self
            .watched
            .range(directory.to_path_buf()..)
            .take_while(|watched| watched.starts_with(directory))
            .cloned()
            .collect();
        for watched in below {
            watches.unwatch(&watched);
            self.watched.remove(&watched);
        }
    }

    fn watch_git(&mut self, watches: &mut dyn Watches) {
        let directories: BTreeSet<PathBuf> =
            [&self.git_directory, &self.common_directory].into_iter().flatten().cloned().collect();
        for directory in directories {
            for below in ["", "info"] {
                let path = if below.is_empty() { directory.clone() } else { directory.join(below) };
                if self.files.is_directory(&path) && watches.watch(&path).is_ok() {
                    self.watched.insert(path);
                }
            }
            self.enter_refs(&directory.join("refs"), watches);
        }
    }

    fn enter_refs(&mut self, directory: &Path, watches: &mut dyn Watches) {
        if !self.files.is_directory(directory) || watches.watch(directory).is_err() {
            return;
        }
        self.watched.insert(directory.to_path_buf());
        for entry in self.files.list(directory).unwrap_or_default() {
            if entry.is_directory && !entry.is_link {
                self.enter_refs(&directory.join(entry.name), watches);
            }
        }
    }

    /// The path inside the git directory, when it lies in one.
    fn in_git(&self, path: &Path) -> Option<String> {
        let directories = [&self.git_directory, &self.common_directory];
        let below = directories.into_iter().flatten().find_map(|directory| path.strip_prefix(directory).ok())?;
        Some(below.to_string_lossy().into_owned())
    }

    fn git_touched(&mut self, touch: Touch, path: &Path, below: &str, watches: &mut dyn Watches) -> WatchBatch {
        let mut batch = WatchBatch { git_changed: names::matters_in_git(below), ..WatchBatch::default() };
        if below == "info/exclude" {
            self.survey(watches);
            batch.rescan = true;
        }
        if below == "refs" || below.starts_with("refs/") {
            if touch == Touch::Away {
                self.leave(path, watches);
            }
            if !self.watched.contains(path) {
                self.enter_refs(path, watches);
            }
        }
        batch
    }
}

fn is_terraform(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == names::TERRAFORM)
}

fn in_terraform(path: &Path) -> bool {
    path.parent().is_some_and(|above| above.components().any(|part| part.as_os_str() == names::TERRAFORM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::{FakeFiles, Files};

    #[derive(Default)]
    struct Fake(BTreeSet<PathBuf>);

    impl Watches for Fake {
        fn watch(&mut self, directory: &Path) -> io::Result<()> {
            self.0.insert(directory.to_path_buf());
            Ok(())
        }
        fn unwatch(&mut self, directory: &Path) {
            self.0.remove(directory);
        }
    }

    struct World {
        files: Arc<FakeFiles>,
        ground: Ground,
        watches: Fake,
    }

    impl World {
        fn new(files: &[(&str, &str)]) -> Self {
            let files = Arc::new(FakeFiles::with(files.iter().copied()));
            let git = PathBuf::from("/r/.git");
            let exclude = Some(git.join("info/exclude"));
            let ignores = Ignores::new(files.clone(), Path::new("/r"), exclude, None, vec![]);
            let ground = Ground::new(Path::new("/r"), Some(git.clone()), Some(git), files.clone(), ignores);
            let mut world = World { files, ground, watches: Fake::default() };
            world.ground.survey(&mut world.watches);
            world
        }

        fn watched(&self) -> Vec<String> {
            assert_eq!(self.watches.0, self.ground.watched);
            self.watches.0.iter().map(|path| path.display().to_string()).collect()
        }

        fn touch(&mut self, touch: Touch, path: &str) -> WatchBatch {
            self.ground.touched(touch, Path::new(path), &mut self.watches)
        }

        fn told(&mut self, touch: Touch, path: &str) -> Vec<String> {
            self.touch(touch, path).paths.iter().map(ToString::to_string).collect()
        }
    }

    fn world() -> World {
        World::new(&[
            ("/r/.git/HEAD", ""),
            ("/r/.git/info/exclude", "private/\n"),
            ("/r/.git/refs/heads/main", ""),
            ("/r/.git/objects/ab/cd", ""),
            ("/r/.gitignore", "node_modules/\n*.log\n*.tfstate\n.terraform/\n"),
            ("/r/web/main.tf", ""),
            ("/r/web/.terraform/modules/modules.json", ""),
            ("/r/web/.terraform/modules/site/main.tf", ""),
            ("/r/web/.terraform/providers/x/y", ""),
            ("/r/node_modules/a/b/c.js", ""),
            ("/r/private/x", ""),
        ])
    }

    #[test]
    fn ignored_directories_are_not_watched() {
        assert_eq!(
            world().watched(),
            [
                "/r",
                "/r/.git",
                "/r/.git/info",
                "/r/.git/refs",
                "/r/.git/refs/heads",
                "/r/web",
                "/r/web/.terraform",
                "/r/web/.terraform/modules"
            ]
        );
    }

    #[test]
    fn files_are_reported_unless_ignored() {
        let mut w = world();
        assert_eq!(w.told(Touch::Here, "/r/web/main.tf"), ["web/main.tf"]);
        assert_eq!(w.told(Touch::Away, "/r/web/gone.tf"), ["web/gone.tf"]);
        for silent in [
            "/r/a.log",
            "/r/web/.main.tf.swp",
            "/r/web/4913",
            "/r/web/main.tf~",
            "/r/.git/objects/ab/ef",
            "/r/.git/index.lock",
            "/r/.git/kilter/cache/x",
            "/r/web/.terraform/providers",
            "/elsewhere",
            "/r/private/x",
        ] {
            assert_eq!(w.touch(Touch::Here, silent), WatchBatch::default(), "{silent}");
        }
        assert_eq!(w.told(Touch::Here, "/r/web/terraform.tfstate"), ["web/terraform.tfstate"], "though ignored");
        assert_eq!(
            w.told(Touch::Here, "/r/web/.terraform/modules/modules.json"),
            ["web/.terraform/modules/modules.json"]
        );
    }

    #[test]
    fn new_directories_are_watched_with_their_files_reported() {
        let mut w = world();
        for (path, text) in
            [("/r/new/a.tf", ""), ("/r/new/deep/b.tf", ""), ("/r/new/deep/c.log", ""), ("/r/new/node_modules/x/y", "")]
        {
            w.files.put(Path::new(path), text.as_bytes(), 0o644);
        }
        assert_eq!(w.told(Touch::Here, "/r/new"), ["new/a.tf", "new/deep/b.tf"]);
        assert!(
            w.watched().contains(&"/r/new/deep".to_owned()) && !w.watched().contains(&"/r/new/node_modules".to_owned())
        );
        assert_eq!(w.told(Touch::Here, "/r/new"), Vec::<String>::new(), "known by now");
        w.files.rename(Path::new("/r/new"), Path::new("/r/newer")).unwrap();
        assert_eq!(w.told(Touch::Away, "/r/new"), ["new"]);
        assert_eq!(w.told(Touch::Here, "/r/newer"), ["newer/a.tf", "newer/deep/b.tf"]);
        assert!(!w.watched().iter().any(|path| path == "/r/new" || path.starts_with("/r/new/")));
        w.files.remove_tree(Path::new("/r/newer")).unwrap();
        w.files.put(Path::new("/r/newer/z.tf"), b"", 0o644);
        assert_eq!(w.told(Touch::Away, "/r/newer"), ["newer/z.tf"], "removed and made again at once");
    }

    #[test]
    fn a_changed_gitignore_changes_what_is_watched() {
        let mut w = world();
        w.files.put(Path::new("/r/.gitignore"), b"web/\n", 0o644);
        let batch = w.touch(Touch::Here, "/r/.gitignore");
        assert!(batch.rescan && batch.paths.contains(&RepoPath::new(".gitignore")));
        let watched = w.watched();
        assert!(watched.contains(&"/r/node_modules/a/b".to_owned()) && !watched.contains(&"/r/web".to_owned()));
        w.files.put(Path::new("/r/.git/info/exclude"), b"node_modules\n", 0o644);
        assert!(w.touch(Touch::Here, "/r/.git/info/exclude").rescan);
        assert!(!w.watched().contains(&"/r/node_modules".to_owned()));
    }

    #[test]
    fn git_itself() {
        let mut w = world();
        for path in ["/r/.git/HEAD", "/r/.git/index", "/r/.git/refs/heads/main", "/r/.git/MERGE_HEAD"] {
            assert!(w.touch(Touch::Here, path).git_changed, "{path}");
        }
        w.files.put(Path::new("/r/.git/refs/heads/feature/x"), b"", 0o644);
        assert!(w.touch(Touch::Here, "/r/.git/refs/heads/feature").git_changed);
        assert!(w.watched().contains(&"/r/.git/refs/heads/feature".to_owned()));
    }

    #[test]
    fn the_root_can_vanish_and_come_back() {
        let mut w = world();
        w.files.remove_tree(Path::new("/r")).unwrap();
        assert!(w.touch(Touch::Away, "/r").gone);
        let mut w = world();
        let batch = w.touch(Touch::Away, "/r");
        assert!(batch.rescan && !batch.gone, "replaced at once");
    }
}
