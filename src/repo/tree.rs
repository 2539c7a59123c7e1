//! The files of a commit, mounted where the working tree lies: whatever reads files can look at a commit instead.
//! Nothing is checked out; links are followed inside the tree only.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use git2::{Oid, Repository};

use super::discover::Repo;
use super::fault::{RepoFault, While};
use super::side::{MODE_EXECUTABLE, MODE_LINK, MODE_SUBMODULE};
use crate::sys::files::{DirEntry, FileKind, FileMeta, ReadFiles};

/// As many links as Linux follows before it says that they go in circles.
const MOST_LINKS: usize = 40;

/// A commit's files, read straight from git. Paths outside the working tree do not exist for it.
pub struct TreeFiles {
    root: PathBuf,
    tree: Oid,
    shared: Mutex<Shared>,
}

struct Shared {
    git: Repository,
    trees: HashMap<Oid, Arc<Entries>>,
}

type Entries = BTreeMap<Vec<u8>, Node>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Directory(Oid),
    File(Oid, u32),
    Link(Oid),
    Submodule,
}

impl Repo {
    /// The files of a revision, seen at the place of the working tree.
    ///
    /// # Errors
    /// [`RepoFault::UnknownRevision`] when there is none.
    pub fn tree_files(&self, revision: &str) -> Result<TreeFiles, RepoFault> {
        let what = "opening a commit's files";
        let commit = self.resolve_id(revision)?;
        // A handle of its own, so that reading a tree never waits for a status.
        let git = Repository::open(self.git_directory()).during(what)?;
        let tree = git.find_commit(commit).and_then(|commit| commit.tree()).during(what)?.id();
        let shared = Mutex::new(Shared { git, trees: HashMap::new() });
        Ok(TreeFiles { root: self.root().to_path_buf(), tree, shared })
    }
}

impl std::fmt::Debug for TreeFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TreeFiles").field("root", &self.root).field("tree", &self.tree).finish_non_exhaustive()
    }
}

impl Shared {
    fn entries(&mut self, tree: Oid) -> io::Result<Arc<Entries>> {
        if let Some(known) = self.trees.get(&tree) {
            return Ok(known.clone());
        }
        let found = self.git.find_tree(tree).map_err(io::Error::other)?;
        let entries = found.iter().map(|entry| {
            let mode = u32::try_from(entry.filemode()).unwrap_or_default();
            let node = match entry.kind() {
                Some(git2::ObjectType::Tree) => Node::Directory(entry.id()),
                Some(git2::ObjectType::Blob) if mode == MODE_LINK => Node::Link(entry.id()),
                Some(git2::ObjectType::Blob) => Node::File(entry.id(), mode),
                _ if mode == MODE_SUBMODULE => Node::Submodule,
                _ => Node::Submodule,
            };
            (entry.name_bytes().to_vec(), node)
        });
        let entries = Arc::new(entries.collect::<Entries>());
        self.trees.insert(tree, entries.clone());
        Ok(entries)
    }

    fn bytes(&self, blob: Oid) -> io::Result<Vec<u8>> {
        self.git.find_blob(blob).map(|blob| blob.content().to_vec()).map_err(io::Error::other)
    }
}

/// A walk from the root of the tree downwards.
struct Lookup<'a> {
    shared: &'a mut Shared,
    root: &'a Path,
    /// The directories on the way, the tree's root first.
    above: Vec<Oid>,
    links: usize,
}

impl Lookup<'_> {
    /// What stands at the end of `path`, which is relative to where the walk stands.
    fn follow(&mut self, path: &Path, follow_last: bool) -> io::Result<Node> {
        let mut parts = path.components().peekable();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            match part {
                Component::Normal(name) => {
                    let node = self.child(name.as_bytes())?;
                    match node {
                        Node::Directory(tree) => self.above.push(tree),
                        Node::Link(blob) if !last || follow_last => {
                            let reached = self.link(blob)?;
                            match reached {
                                Node::Directory(_) => {}
                                node if last => return Ok(node),
                                _ => return Err(io::ErrorKind::NotADirectory.into()),
                            }
                        }
                        node if last => return Ok(node),
                        _ => return Err(io::ErrorKind::NotADirectory.into()),
                    }
                }
                Component::ParentDir if self.above.len() > 1 => drop(self.above.pop()),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(io::ErrorKind::NotFound.into());
                }
            }
        }
        self.above.last().map(|tree| Node::Directory(*tree)).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn child(&mut self, name: &[u8]) -> io::Result<Node> {
        let tree = *self.above.last().ok_or(io::ErrorKind::NotFound)?;
        let entries = self.shared.entries(tree)?;
        entries.get(name).copied().ok_or(io::ErrorKind::NotFound.into())
    }

    /// Where a link in the directory of the walk leads.
    fn link(&mut self, blob: Oid) -> io::Result<Node> {
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(io::Error::other("too many levels of symbolic links"));
        }
        let target = self.shared.bytes(blob)?;
        let target = Path::new(std::ffi::OsStr::from_bytes(&target)).to_path_buf();
        if target.is_absolute() {
            let below = target.strip_prefix(self.root).map_err(|_| io::ErrorKind::NotFound)?.to_path_buf();
            self.above.truncate(1);
            return self.follow(&below, true);
        }
        self.follow(&target, true)
    }
}

impl TreeFiles {
    /// The commit's tree; equal ids are equal files.
    pub fn tree_id(&self) -> String {
        self.tree.to_string()
    }

    fn at<T>(
        &self,
        path: &Path,
        follow_last: bool,
        use_node: impl FnOnce(&mut Shared, Node) -> io::Result<T>,
    ) -> io::Result<T> {
        // Like the system, `x/../y` is walked and not cancelled; only what leads to the root is.
        let below = match path.strip_prefix(&self.root) {
            Ok(below) => below.to_path_buf(),
            Err(_) => crate::sys::files::normal(path)
                .strip_prefix(&self.root)
                .map_err(|_| io::Error::from(io::ErrorKind::NotFound))?
                .to_path_buf(),
        };
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lookup = Lookup { shared: &mut shared, root: &self.root, above: vec![self.tree], links: 0 };
        let node = lookup.follow(&below, follow_last)?;
        use_node(&mut shared, node)
    }
}

fn meta(shared: &Shared, node: Node) -> io::Result<FileMeta> {
    let size = |blob| shared.git.odb().and_then(|odb| odb.read_header(blob)).map(|(size, _)| size as u64);
    let (kind, size, mode) = match node {
        Node::Directory(_) => (FileKind::Directory, 0, 0o755),
        Node::File(blob, MODE_EXECUTABLE) => (FileKind::File, size(blob).map_err(io::Error::other)?, 0o755),
        Node::File(blob, _) => (FileKind::File, size(blob).map_err(io::Error::other)?, 0o644),
        Node::Link(blob) => (FileKind::Link, size(blob).map_err(io::Error::other)?, 0o777),
        Node::Submodule => (FileKind::Other, 0, 0o755),
    };
    Ok(FileMeta { kind, size, modified: None, mode })
}

impl ReadFiles for TreeFiles {
    fn read(&self, path: &Path) -> io::Result<Arc<[u8]>> {
        self.at(path, true, |shared, node| match node {
            Node::File(blob, _) => shared.bytes(blob).map(Arc::from),
            Node::Directory(_) | Node::Submodule => Err(io::ErrorKind::IsADirectory.into()),
            Node::Link(_) => Err(io::ErrorKind::NotFound.into()),
        })
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMeta> {
        self.at(path, true, |shared, node| meta(shared, node))
    }

    fn link_metadata(&self, path: &Path) -> io::Result<FileMeta> {
        self.at(path, false, |shared, node| meta(shared, node))
    }

    fn link_target(&self, path: &Path) -> io::Result<PathBuf> {
        self.at(path, false, |shared, node| match node {
            Node::Link(blob) => Ok(PathBuf::from(std::ffi::OsStr::from_bytes(&shared.bytes(blob)?))),
            Node::File(..) | Node::Directory(_) | Node::Submodule => Err(io::ErrorKind::InvalidInput.into()),
        })
    }

    fn list(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let entries = self.at(path, true, |shared, node| match node {
            Node::Directory(tree) => shared.entries(tree),
            Node::Submodule => Ok(Arc::default()),
            Node::File(..) | Node::Link(_) => Err(io::ErrorKind::NotADirectory.into()),
        })?;
        let entry = |(name, node): (&Vec<u8>, &Node)| {
            let is_link = matches!(node, Node::Link(_));
            let full = path.join(std::ffi::OsStr::from_bytes(name));
            let is_directory = match node {
                Node::Directory(_) | Node::Submodule => true,
                Node::Link(_) => self.is_directory(&full),
                Node::File(..) => false,
            };
            DirEntry { name: String::from_utf8_lossy(name).into_owned(), is_directory, is_link }
        };
        let mut entries: Vec<DirEntry> = entries.iter().map(entry).collect();
        entries.sort();
        Ok(entries)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests build their own world")]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::repo::fixture::Fixture;
    use crate::sys::files::RealFiles;

    fn laid_out() -> Fixture {
        let f = Fixture::new();
        f.write("web/main.tf", "v1\n").write("modules/site/x.tf", "m\n").write("run.sh", "x\n").mode("run.sh", 0o755);
        f.write("ü dir/a b.tf", "s\n");
        symlink("../modules/site", f.path("web/site")).unwrap();
        symlink("site/x.tf", f.path("web/direct.tf")).unwrap();
        symlink("loop-b", f.path("loop-a")).unwrap();
        symlink("loop-a", f.path("loop-b")).unwrap();
        symlink("/etc/passwd", f.path("out")).unwrap();
        symlink("../../../../etc", f.path("up")).unwrap();
        symlink(f.path("web"), f.path("absolute")).unwrap();
        symlink("nowhere", f.path("dangling")).unwrap();
        f.commit_all("first");
        f
    }

    /// Whatever the tree shows is what the disk shows right after a commit.
    #[test]
    fn the_tree_and_the_disk_agree() {
        let f = laid_out();
        let tree = f.repo().tree_files("HEAD").unwrap();
        for path in [
            "web/main.tf",
            "web",
            "web/site/x.tf",
            "web/site",
            "web/direct.tf",
            "web/site/../site/x.tf",
            "web/../run.sh",
            "run.sh",
            "ü dir/a b.tf",
            "absolute/main.tf",
            "loop-a",
            "dangling",
            "missing",
            "run.sh/below",
            "missing/../run.sh",
        ] {
            let path = f.path(path);
            let read = |files: &dyn ReadFiles| files.read(&path).map(|b| b.to_vec()).ok();
            let meta = |files: &dyn ReadFiles| files.metadata(&path).map(|m| (m.kind, m.mode & 0o100)).ok();
            let list = |files: &dyn ReadFiles| files.list(&path).ok();
            let target = |files: &dyn ReadFiles| files.link_target(&path).ok();
            assert_eq!(read(&tree), read(&RealFiles), "{path:?}");
            assert_eq!(meta(&tree), meta(&RealFiles), "{path:?}");
            assert_eq!(list(&tree), list(&RealFiles), "{path:?}");
            assert_eq!(target(&tree), target(&RealFiles), "{path:?}");
        }
        let names: Vec<_> = tree.list(f.root()).unwrap().into_iter().map(|entry| entry.name).collect();
        assert!(names.contains(&"web".to_owned()) && !names.contains(&".git".to_owned()));
    }

    #[test]
    fn nothing_outside_the_repo_can_be_read() {
        let f = laid_out();
        let tree = f.repo().tree_files("HEAD").unwrap();
        for path in ["out", "up/passwd", "../elsewhere", "web/../../x"] {
            assert_eq!(tree.read(&f.path(path)).unwrap_err().kind(), io::ErrorKind::NotFound, "{path}");
        }
        assert!(tree.read(Path::new("/etc/passwd")).is_err());
    }

    #[test]
    fn older_revisions_stay_as_they_were() {
        let f = laid_out();
        f.write("web/main.tf", "v2\n").remove("run.sh").commit_all("second").write("web/main.tf", "v3\n");
        let (old, new) = (f.repo().tree_files("HEAD~1").unwrap(), f.repo().tree_files("main").unwrap());
        assert_eq!(&*old.read(&f.path("web/main.tf")).unwrap(), b"v1\n");
        assert_eq!(&*new.read(&f.path("web/main.tf")).unwrap(), b"v2\n");
        assert!(old.is_file(&f.path("run.sh")) && !new.is_file(&f.path("run.sh")));
        assert_ne!(old.tree_id(), new.tree_id());
        assert!(matches!(f.repo().tree_files("nope"), Err(RepoFault::UnknownRevision(_))));
    }
}
