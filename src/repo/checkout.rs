//! A commit's files laid out in a directory of Kilter's own: no index, no hooks, no filters. Files that nobody tracks
//! (a state!) stay; a checkout that was cut off is completed by the next one.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use git2::{ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult};

use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::side::{MODE_EXECUTABLE, MODE_LINK};
use crate::model::place::RepoPath;
use crate::sys::files::{FileKind, Files, ReadFiles, RealFiles};

/// What a checkout did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkout {
    /// The full id of the commit.
    pub commit: String,
    /// Files that were written.
    pub written: usize,
    /// Files that were right already.
    pub kept: usize,
    /// Files of an earlier commit that were removed.
    pub removed: usize,
    /// What was left out, with the reason: links that lead out of the checkout, submodules.
    pub skipped: Vec<(RepoPath, String)>,
}

struct Item {
    path: PathBuf,
    id: Oid,
    mode: u32,
}

impl Repo {
    /// Lays the files of a commit out in `into`, which becomes exactly the commit but for files that no commit ever
    /// checked out there tracks. A list of the tracked files is kept beside it (`into` + `.files`).
    ///
    /// # Errors
    /// [`RepoFault::InTheWay`] when a directory with untracked files stands where a file belongs; otherwise as git or
    /// the disk says it. Trying again completes it.
    pub fn checkout_commit(&self, revision: &str, into: &Path) -> Result<Checkout, RepoFault> {
        let what = "reading a commit's files";
        let id = self.resolve_id(revision)?;
        let git = self.git();
        let mut checkout = Checkout { commit: id.to_string(), ..Checkout::default() };
        let items = items(&git, id, &mut checkout)?;
        let wanted: BTreeSet<PathBuf> = items.iter().map(|item| item.path.clone()).collect();
        let list = list_path(into);
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |source| RepoFault::Io { path, source }
        };
        RealFiles.create_directory(into).map_err(failed(into))?;
        let earlier = read_list(&list);
        // First what may be there, then the change, then what is there: a cut leaves nothing unaccounted for.
        write_list(&list, &earlier.union(&wanted).cloned().collect()).map_err(failed(&list))?;
        for path in earlier.difference(&wanted) {
            checkout.removed += usize::from(remove(into, path).map_err(failed(path))?);
        }
        for item in &items {
            let bytes = git.find_blob(item.id).during(what)?;
            if place(into, item, bytes.content())? {
                checkout.written += 1;
            } else {
                checkout.kept += 1;
            }
        }
        write_list(&list, &wanted).map_err(failed(&list))?;
        Ok(checkout)
    }

    /// Removes a checkout with everything in it, tracked or not.
    ///
    /// # Errors
    /// As the disk says it.
    pub fn remove_checkout(&self, into: &Path) -> Result<(), RepoFault> {
        let gone = |result: io::Result<()>| match result {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        };
        let failed = |source| RepoFault::Io { path: into.to_path_buf(), source };
        gone(RealFiles.remove_tree(into)).map_err(failed)?;
        gone(RealFiles.remove_file(&list_path(into))).map_err(failed)
    }
}

fn list_path(into: &Path) -> PathBuf {
    let mut name = into.file_name().unwrap_or_default().to_os_string();
    name.push(".files");
    into.with_file_name(name)
}

fn read_list(path: &Path) -> BTreeSet<PathBuf> {
    let Ok(bytes) = RealFiles.read(path) else { return BTreeSet::new() };
    let names = bytes.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.map(|name| PathBuf::from(std::ffi::OsStr::from_bytes(name))).filter(|name| is_inside(name)).collect()
}

fn write_list(path: &Path, files: &BTreeSet<PathBuf>) -> io::Result<()> {
    let bytes: Vec<u8> = files.iter().flat_map(|file| [file.as_os_str().as_bytes(), b"\0"].concat()).collect();
    RealFiles.write_atomic(path, &bytes, 0o644)
}

/// A relative path of plain names, none of them git's own directory.
fn is_inside(path: &Path) -> bool {
    path.components().all(|part| match part {
        Component::Normal(name) => !name.eq_ignore_ascii_case(".git"),
        Component::CurDir | Component::ParentDir | Component::RootDir | Component::Prefix(_) => false,
    })
}

/// All files and links of a commit.
fn items(git: &Repository, commit: Oid, checkout: &mut Checkout) -> Result<Vec<Item>, RepoFault> {
    let what = "reading a commit's files";
    let tree = git.find_commit(commit).and_then(|commit| commit.tree()).during(what)?;
    let mut items = Vec::new();
    let mut submodules = Vec::new();
    let mut odd = Vec::new();
    tree.walk(TreeWalkMode::PreOrder, |directory, entry| {
        let mut bytes = directory.as_bytes().to_vec();
        bytes.extend_from_slice(entry.name_bytes());
        let path = PathBuf::from(std::ffi::OsString::from_vec(bytes));
        if !is_inside(&path) || entry.name_bytes().contains(&b'/') {
            odd.push(path);
            return TreeWalkResult::Skip;
        }
        match entry.kind() {
            Some(ObjectType::Blob) => {
                items.push(Item { path, id: entry.id(), mode: u32::try_from(entry.filemode()).unwrap_or_default() });
            }
            Some(ObjectType::Tree) => {}
            _ => submodules.push(path),
        }
        TreeWalkResult::Ok
    })
    .during(what)?;
    let named = |path: &Path| RepoPath::from_bytes(path.as_os_str().as_bytes());
    checkout.skipped.extend(submodules.iter().map(|path| (named(path), "submodule".to_owned())));
    checkout.skipped.extend(odd.iter().map(|path| (named(path), "not a name for a file".to_owned())));
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        if item.mode == MODE_LINK && !stays_inside(git, &item)? {
            checkout.skipped.push((named(&item.path), "link that leads out of the checkout".to_owned()));
        } else {
            kept.push(item);
        }
    }
    Ok(kept)
}

/// Whether a link leads to a place in the checkout. Its own directory is a real one, so leading `..`s are exact; a
/// later `..` could climb out through another link.
fn stays_inside(git: &Repository, link: &Item) -> Result<bool, RepoFault> {
    let blob = git.find_blob(link.id).during("reading a link")?;
    let target = Path::new(std::ffi::OsStr::from_bytes(blob.content()));
    let depth = link.path.components().count() - 1;
    let ups = target.components().take_while(|part| matches!(part, Component::ParentDir | Component::CurDir));
    let ups = ups.filter(|part| matches!(part, Component::ParentDir)).count();
    let mut rest = target.components().skip_while(|part| matches!(part, Component::ParentDir | Component::CurDir));
    Ok(ups <= depth && !target.as_os_str().is_empty() && rest.all(|part| matches!(part, Component::Normal(_))))
}

/// What stands at a path, no link followed.
fn standing(path: &Path) -> io::Result<Option<FileKind>> {
    match RealFiles.link_metadata(path) {
        Ok(meta) => Ok(Some(meta.kind)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether every directory above a path is a real directory inside `into`, no link.
fn really_below(into: &Path, path: &Path) -> io::Result<bool> {
    let mut full = into.to_path_buf();
    for part in path.parent().into_iter().flat_map(Path::components) {
        full.push(part);
        if standing(&full)? != Some(FileKind::Directory) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes a file that an earlier commit tracked, and directories that become empty.
fn remove(into: &Path, path: &Path) -> io::Result<bool> {
    let full = into.join(path);
    if !really_below(into, path)? || !matches!(standing(&full)?, Some(FileKind::File | FileKind::Link)) {
        return Ok(false);
    }
    RealFiles.remove_file(&full)?;
    for directory in path.ancestors().skip(1).filter(|directory| !directory.as_os_str().is_empty()) {
        if RealFiles.remove_directory(&into.join(directory)).is_err() {
            break;
        }
    }
    Ok(true)
}

/// Makes the directories above a file; a file or link where one belongs goes away.
fn make_way(into: &Path, path: &Path) -> Result<(), RepoFault> {
    let mut full = into.to_path_buf();
    for part in path.parent().into_iter().flat_map(Path::components) {
        full.push(part);
        let failed = |source| RepoFault::Io { path: full.clone(), source };
        match standing(&full).map_err(failed)? {
            Some(FileKind::Directory) => continue,
            Some(_) => RealFiles.remove_file(&full).map_err(failed)?,
            None => {}
        }
        RealFiles.create_directory(&full).map_err(failed)?;
    }
    Ok(())
}

/// Writes one file unless it is right already; says whether it did.
fn place(into: &Path, item: &Item, bytes: &[u8]) -> Result<bool, RepoFault> {
    let full = into.join(&item.path);
    let failed = |source| RepoFault::Io { path: full.clone(), source };
    make_way(into, &item.path)?;
    match standing(&full).map_err(failed)? {
        Some(FileKind::Directory) => {
            RealFiles.remove_directory(&full).map_err(|_| RepoFault::InTheWay(full.clone()))?;
        }
        Some(_) if is_right(&full, item, bytes) => return Ok(false),
        Some(FileKind::Link) => RealFiles.remove_file(&full).map_err(failed)?,
        Some(FileKind::File | FileKind::Other) if item.mode == MODE_LINK => {
            RealFiles.remove_file(&full).map_err(failed)?;
        }
        Some(FileKind::File | FileKind::Other) | None => {}
    }
    if item.mode == MODE_LINK {
        RealFiles.make_link(Path::new(std::ffi::OsStr::from_bytes(bytes)), &full).map_err(failed)?;
    } else {
        RealFiles.write_unsynced(&full, bytes, permissions(item.mode)).map_err(failed)?;
    }
    Ok(true)
}

fn permissions(mode: u32) -> u32 {
    if mode == MODE_EXECUTABLE { 0o755 } else { 0o644 }
}

/// Whether exactly this file stands there: compared by content, since whoever ran there may have changed it.
fn is_right(full: &Path, item: &Item, bytes: &[u8]) -> bool {
    let Ok(meta) = RealFiles.link_metadata(full) else { return false };
    match meta.kind {
        FileKind::Link => {
            item.mode == MODE_LINK && RealFiles.link_target(full).is_ok_and(|t| t.as_os_str().as_bytes() == bytes)
        }
        FileKind::File => {
            item.mode != MODE_LINK
                && meta.mode == permissions(item.mode)
                && meta.size == bytes.len() as u64
                && RealFiles.read(full).is_ok_and(|now| &*now == bytes)
        }
        FileKind::Directory | FileKind::Other => false,
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests build their own world")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::repo::fixture::Fixture;

    fn put(into: &Path, path: &str, text: &str) {
        std::fs::create_dir_all(into.join(path).parent().unwrap()).unwrap();
        std::fs::write(into.join(path), text).unwrap();
    }

    fn text(into: &Path, path: &str) -> Option<String> {
        std::fs::read_to_string(into.join(path)).ok()
    }

    #[test]
    fn a_commit_is_laid_out_and_replaced_by_another() {
        let f = Fixture::new();
        f.write("web/main.tf", "1\n").write("run.sh", "x\n").mode("run.sh", 0o755).write("old/only.tf", "o\n");
        f.write("becomes-dir", "f\n").write("becomes-file/a", "a\n");
        symlink("web/main.tf", f.path("link")).unwrap();
        f.commit_all("first");
        f.write("web/main.tf", "2\n").remove("old/only.tf").remove("becomes-dir").write("becomes-dir/x", "x\n");
        f.remove("becomes-file/a");
        std::fs::remove_dir(f.path("becomes-file")).unwrap();
        f.write("becomes-file", "now a file\n").commit_all("second");
        let (repo, into) = (f.repo(), f.path(".git/kilter/checkouts/test"));
        let status = f.ask(&["status", "--porcelain"]);
        let first = repo.checkout_commit("HEAD~1", &into).unwrap();
        assert_eq!((first.written, first.kept, first.removed, first.skipped.len()), (6, 0, 0, 0));
        assert_eq!(text(&into, "link").as_deref(), Some("1\n"));
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(into.join("run.sh")).unwrap().permissions().mode() & 0o777, 0o755);
        // A state that nobody tracks, and a tracked file that somebody changed.
        put(&into, "web/terraform.tfstate", "{}");
        put(&into, "old/mine", "m");
        put(&into, "run.sh", "tampered\n");
        let second = repo.checkout_commit("HEAD", &into).unwrap();
        assert_eq!((second.written, second.kept, second.removed), (4, 1, 3));
        assert_eq!(text(&into, "web/terraform.tfstate").as_deref(), Some("{}"));
        assert_eq!((text(&into, "old/mine").as_deref(), text(&into, "old/only.tf")), (Some("m"), None));
        assert_eq!(text(&into, "run.sh").as_deref(), Some("x\n"));
        assert_eq!(text(&into, "becomes-dir/x").as_deref(), Some("x\n"));
        assert_eq!(text(&into, "becomes-file").as_deref(), Some("now a file\n"));
        let again = repo.checkout_commit("HEAD", &into).unwrap();
        assert_eq!((again.written, again.kept, again.removed), (0, 5, 0));
        assert_eq!(f.ask(&["status", "--porcelain"]), status, "the index is as before, and git does not see it");
        repo.remove_checkout(&into).unwrap();
        repo.remove_checkout(&into).unwrap();
        assert!(!into.exists());
    }

    #[test]
    fn untracked_files_in_the_way_are_not_lost() {
        let f = Fixture::new();
        f.write("x/a", "a\n").commit_all("first").remove("x/a");
        std::fs::remove_dir(f.path("x")).unwrap();
        f.write("x", "file\n").commit_all("second");
        let (repo, into) = (f.repo(), f.path(".git/kilter/c"));
        repo.checkout_commit("HEAD~1", &into).unwrap();
        put(&into, "x/terraform.tfstate", "{}");
        assert!(matches!(repo.checkout_commit("HEAD", &into), Err(RepoFault::InTheWay(_))));
        assert_eq!(text(&into, "x/terraform.tfstate").as_deref(), Some("{}"));
        std::fs::remove_file(into.join("x/terraform.tfstate")).unwrap();
        repo.checkout_commit("HEAD", &into).unwrap();
        assert_eq!(text(&into, "x").as_deref(), Some("file\n"));
    }

    #[test]
    fn a_checkout_that_was_cut_off_is_completed() {
        let f = Fixture::new();
        f.write("a", "1\n").write("b", "1\n").commit_all("first").remove("b").write("a", "2\n").write("c", "3\n");
        f.commit_all("second");
        let (repo, into) = (f.repo(), f.path(".git/kilter/c"));
        repo.checkout_commit("HEAD~1", &into).unwrap();
        // As if killed in between: the list of both commits is there, the second one half written.
        write_list(&list_path(&into), &["a", "b", "c"].map(PathBuf::from).into()).unwrap();
        put(&into, "a", "2\n");
        std::fs::remove_file(into.join("b")).unwrap();
        repo.checkout_commit("HEAD~1", &into).unwrap();
        assert_eq!((text(&into, "a").as_deref(), text(&into, "b").as_deref()), (Some("1\n"), Some("1\n")));
        repo.checkout_commit("HEAD", &into).unwrap();
        assert_eq!((text(&into, "b"), text(&into, "c").as_deref()), (None, Some("3\n")));
    }

    #[test]
    fn nothing_is_written_outside() {
        let f = Fixture::new();
        let outside = f.path(".git/outside");
        std::fs::create_dir(&outside).unwrap();
        symlink(&outside, f.path("absolute")).unwrap();
        symlink("../outside", f.path("up")).unwrap();
        std::fs::create_dir(f.path("d")).unwrap();
        symlink(".", f.path("d/here")).unwrap();
        symlink("here/../../outside", f.path("d/sly")).unwrap();
        symlink("../d", f.path("d/fine")).unwrap();
        f.commit_all("links");
        for link in ["absolute", "up"] {
            f.remove(link);
        }
        f.write("absolute/x", "x\n").write("up/x", "x\n").commit_all("directories");
        let (repo, into) = (f.repo(), f.path(".git/c"));
        let checkout = repo.checkout_commit("HEAD~1", &into).unwrap();
        let mut skipped: Vec<_> = checkout.skipped.iter().map(|(path, _)| path.as_str()).collect();
        skipped.sort_unstable();
        assert_eq!(skipped, ["absolute", "d/sly", "up"]);
        assert!(into.join("d/fine").exists());
        // Even a planted link is replaced, not followed.
        symlink(&outside, into.join("absolute")).unwrap();
        repo.checkout_commit("HEAD", &into).unwrap();
        assert!(into.join("absolute/x").exists() && std::fs::read_dir(&outside).unwrap().next().is_none());
    }

    #[test]
    fn a_thousand_files_are_quick() {
        let f = Fixture::new();
        for n in 0..1000 {
            f.write(&format!("d{}/f{n}", n % 50), format!("content {n}\n"));
        }
        f.commit_all("many");
        let start = std::time::Instant::now();
        f.repo().checkout_commit("HEAD", &f.path(".git/kilter/c")).unwrap();
        assert!(start.elapsed().as_millis() < 3000, "{:?}", start.elapsed());
    }
}
