//! The watcher itself: the system's events, through the ground and the debounce, to whoever listens. One thread, which
//! sleeps until something is written.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{Config, ErrorKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::batch::WatchBatch;
use super::debounce::{Debounce, Window};
use super::ground::{Ground, Touch, Watches};
use super::ignores::Ignores;
use crate::model::diagnostic::Diagnostic;
use crate::sys::clock::{Clock, RealClock};
use crate::sys::files::RealFiles;

/// How often directories are looked at that the system cannot watch.
const POLL: Duration = Duration::from_secs(2);

/// What to watch.
#[derive(Debug, Clone, Default)]
pub struct WatchPlace {
    /// The root of the working tree, without links.
    pub root: PathBuf,
    /// Where HEAD and the index lie; `None` without git.
    pub git_directory: Option<PathBuf>,
    /// Where the refs lie; `None` without git.
    pub common_directory: Option<PathBuf>,
    /// Patterns, as in `.gitignore`, that are left out besides what git ignores.
    pub ignore: Vec<String>,
    /// How long changes are gathered.
    pub window: Window,
    /// At most so many directories are watched by the system; the rest is looked at every two seconds.
    pub most: Option<usize>,
}

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    sender: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

enum Message {
    Event(notify::Result<notify::Event>),
    Stop,
}

impl Watcher {
    /// Begins to watch; when this returns, no later change is missed. Each batch is handed to `report`, on the
    /// watcher's thread.
    ///
    /// # Errors
    /// When the system cannot start a thread. Directories that cannot be watched are no error but a notice.
    pub fn start(place: WatchPlace, report: impl FnMut(WatchBatch) + Send + 'static) -> io::Result<Watcher> {
        let (sender, receiver) = channel();
        let (ready, wait) = channel();
        let events = sender.clone();
        let body = move || run(&place, &events, &receiver, &ready, report);
        let thread = std::thread::Builder::new().name("watcher".to_owned()).spawn(body)?;
        // An error means that the thread is gone; then there is nothing to wait for.
        let _ = wait.recv();
        Ok(Watcher { sender, thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.sender.send(Message::Stop);
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

fn run(
    place: &WatchPlace,
    events: &Sender<Message>,
    receiver: &Receiver<Message>,
    ready: &Sender<()>,
    mut report: impl FnMut(WatchBatch),
) {
    let clock = RealClock::default();
    let files = Arc::new(RealFiles);
    let ignores = Ignores::of(files.clone(), &place.root, place.common_directory.as_deref(), place.ignore.clone());
    let (git, common) = (place.git_directory.clone(), place.common_directory.clone());
    let mut ground = Ground::new(&place.root, git, common, files, ignores);
    let mut watches = SystemWatches::new(events.clone(), place.most);
    let mut debounce = Debounce::new(place.window);
    ground.survey(&mut watches);
    debounce.add(watches.notices(), clock.elapsed());
    let _ = ready.send(());
    loop {
        let message = match debounce.deadline() {
            None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(deadline) => receiver.recv_timeout(deadline.saturating_sub(clock.elapsed())),
        };
        match message {
            Ok(Message::Event(event)) => {
                let batch = interpret(event, &mut ground, &mut watches);
                debounce.add(batch, clock.elapsed());
                debounce.add(watches.notices(), clock.elapsed());
            }
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(batch) = debounce.due(clock.elapsed()) {
            let gone = batch.gone;
            report(batch);
            if gone {
                return;
            }
        }
    }
}

/// What an event of the system means.
fn interpret(event: notify::Result<notify::Event>, ground: &mut Ground, watches: &mut SystemWatches) -> WatchBatch {
    let rescan = |ground: &mut Ground, watches: &mut SystemWatches| {
        ground.survey(watches);
        WatchBatch { rescan: true, git_changed: true, ..WatchBatch::default() }
    };
    let event = match event {
        Ok(event) => event,
        Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => {
            watches.limit_reached();
            return rescan(ground, watches);
        }
        // A path that vanished while it was looked at; its own event tells the rest.
        Err(error) if matches!(error.kind, ErrorKind::PathNotFound | ErrorKind::WatchNotFound) => {
            return WatchBatch::default();
        }
        Err(_) => return rescan(ground, watches),
    };
    if event.need_rescan() {
        return rescan(ground, watches);
    }
    let mut batch = WatchBatch::default();
    for (touch, path) in touches(&event) {
        batch.absorb(ground.touched(touch, path, watches));
    }
    batch
}

fn touches(event: &notify::Event) -> Vec<(Touch, &Path)> {
    let all = |touch| event.paths.iter().map(|path| (touch, path.as_path())).collect();
    match event.kind {
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => all(Touch::Away),
        // Both ends were told on their own before.
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if event.paths.len() == 2 => {
            vec![(Touch::Away, event.paths[0].as_path()), (Touch::Here, event.paths[1].as_path())]
        }
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => all(Touch::Here),
        EventKind::Access(_) => Vec::new(),
        _ => all(Touch::Here),
    }
}

/// Whether an event can matter at all. Everything that is opened tells an event; reading must not wake anybody.
fn is_of_interest(event: &notify::Result<notify::Event>) -> bool {
    match event {
        Ok(event) => event.need_rescan() || !touches(event).is_empty(),
        Err(_) => true,
    }
}

/// The system's watches, and polling for directories beyond its limit.
struct SystemWatches {
    events: Sender<Message>,
    native: Option<RecommendedWatcher>,
    polling: Option<PollWatcher>,
    most: Option<usize>,
    native_directories: HashSet<PathBuf>,
    notices: Vec<Diagnostic>,
    told: bool,
}

impl SystemWatches {
    fn new(events: Sender<Message>, most: Option<usize>) -> Self {
        let forward = forwarder(events.clone());
        let native = RecommendedWatcher::new(forward, Config::default());
        let mut watches = SystemWatches {
            events,
            native: None,
            polling: None,
            most,
            native_directories: HashSet::new(),
            notices: Vec::new(),
            told: false,
        };
        match native {
            Ok(native) => watches.native = Some(native),
            Err(error) => watches.notices.push(no_watcher(&error)),
        }
        watches
    }

    fn notices(&mut self) -> WatchBatch {
        WatchBatch { notices: std::mem::take(&mut self.notices), ..WatchBatch::default() }
    }

    fn limit_reached(&mut self) {
        if !std::mem::replace(&mut self.told, true) {
            self.notices.push(limit_notice());
        }
    }

    fn poll(&mut self, directory: &Path) -> io::Result<()> {
        if self.polling.is_none() {
            let config = Config::default().with_poll_interval(POLL).with_follow_symlinks(false);
            self.polling = PollWatcher::new(forwarder(self.events.clone()), config).ok();
        }
        match &mut self.polling {
            Some(polling) => polling.watch(directory, RecursiveMode::NonRecursive).map_err(io::Error::other),
            None => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

fn forwarder(events: Sender<Message>) -> impl Fn(notify::Result<notify::Event>) + Send + 'static {
    move |event| {
        if is_of_interest(&event) {
            let _ = events.send(Message::Event(event));
        }
    }
}

impl Watches for SystemWatches {
    fn watch(&mut self, directory: &Path) -> io::Result<()> {
        let full = self.most.is_some_and(|most| self.native_directories.len() >= most)
            && !self.native_directories.contains(directory);
        let Some(native) = self.native.as_mut().filter(|_| !full) else {
            if full {
                self.limit_reached();
            }
            return self.poll(directory);
        };
        match native.watch(directory, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.native_directories.insert(directory.to_path_buf());
                Ok(())
            }
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => {
                self.limit_reached();
                self.poll(directory)
            }
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn unwatch(&mut self, directory: &Path) {
        // The system forgets a removed directory by itself, so that not knowing it is no error.
        if let Some(native) = &mut self.native
            && self.native_directories.remove(directory)
        {
            let _ = native.unwatch(directory);
            return;
        }
        if let Some(polling) = &mut self.polling {
            let _ = polling.unwatch(directory);
        }
    }
}

fn limit_notice() -> Diagnostic {
    Diagnostic::warning(
        "Not every directory can be watched",
        "The system's limit of watched directories is reached; the rest is looked at every two seconds, which is slower \
         and costs some CPU. Raise the limit: sudo sysctl fs.inotify.max_user_watches=524288 (and write it into \
         /etc/sysctl.d/ to keep it), or leave directories out with [ignore] paths in kilter.toml.",
    )
}

fn no_watcher(error: &notify::Error) -> Diagnostic {
    Diagnostic::warning(
        "The system cannot tell about changed files",
        format!(
            "Directories are looked at every two seconds instead ({error}). Often too many programs watch files: raise \
             the limit with sudo sysctl fs.inotify.max_user_instances=1024."
        ),
    )
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests build their own world")]
mod tests {
    use std::fs;
    use std::process::Command;
    use std::sync::mpsc;
    use std::time::Instant;

    use super::*;
    use crate::model::place::RepoPath;

    struct World {
        _directory: tempfile::TempDir,
        root: PathBuf,
        batches: Receiver<WatchBatch>,
        watcher: Option<Watcher>,
    }

    const PATIENCE: Duration = Duration::from_secs(20);

    impl World {
        fn new(prepare: impl FnOnce(&Path), most: Option<usize>) -> Self {
            let directory = tempfile::tempdir().unwrap();
            let root = directory.path().canonicalize().unwrap().join("a repo ü");
            fs::create_dir(&root).unwrap();
            git(&root, &["init", "-q", "-b", "main"]);
            prepare(&root);
            let (sender, batches) = mpsc::channel();
            let place = WatchPlace {
                root: root.clone(),
                git_directory: Some(root.join(".git")),
                common_directory: Some(root.join(".git")),
                most,
                ..WatchPlace::default()
            };
            let watcher = Watcher::start(place, move |batch| drop(sender.send(batch))).unwrap();
            World { _directory: directory, root, batches, watcher: Some(watcher) }
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        /// Everything that is reported until all of it is as wished.
        fn until(&self, wished: impl Fn(&WatchBatch) -> bool) -> WatchBatch {
            let (start, mut all) = (Instant::now(), WatchBatch::default());
            while !wished(&all) {
                match self.batches.recv_timeout(PATIENCE.saturating_sub(start.elapsed())) {
                    Ok(batch) => all.absorb(batch),
                    Err(_) => panic!("not reported: {all:?}"),
                }
            }
            all
        }

        fn until_paths(&self, paths: &[&str]) -> WatchBatch {
            self.until(|all| paths.iter().all(|path| all.paths.contains(&RepoPath::new(path))))
        }
    }

    fn git(root: &Path, args: &[&str]) {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=A", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]).args(args);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        let output = command.current_dir(root).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn a_lost_event_means_looking_again() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let files = Arc::new(RealFiles);
        let ignores = Ignores::new(files.clone(), &root, None, None, vec![]);
        let mut ground = Ground::new(&root, None, None, files, ignores);
        let mut watches = SystemWatches::new(channel().0, None);
        fs::create_dir(root.join("new")).unwrap();
        let overflow = notify::Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
        assert!(is_of_interest(&Ok(overflow.clone())));
        assert!(interpret(Ok(overflow), &mut ground, &mut watches).rescan);
        assert_eq!(ground.watched(), 2, "and what was missed is watched");
        assert!(interpret(Err(notify::Error::generic("?")), &mut ground, &mut watches).rescan);
        assert!(interpret(Err(notify::Error::path_not_found()), &mut ground, &mut watches).is_empty());
        assert!(watches.notices().is_empty());
        assert!(interpret(Err(notify::Error::new(ErrorKind::MaxFilesWatch)), &mut ground, &mut watches).rescan);
        assert_eq!(watches.notices().notices.len(), 1);
        let opened = notify::Event::new(EventKind::Access(AccessKind::Open(AccessMode::Read))).add_path(root);
        assert!(!is_of_interest(&Ok(opened)), "reading wakes nobody");
    }

    #[test]
    fn every_way_to_save_is_seen() {
        let world = World::new(
            |root| {
                fs::write(root.join("in-place.tf"), "1").unwrap();
                fs::write(root.join("renamed.tf"), "1").unwrap();
                fs::write(root.join("vim.tf"), "1").unwrap();
                fs::write(root.join("gone.tf"), "1").unwrap();
            },
            None,
        );
        world.write("in-place.tf", "2");
        world.write("renamed.tf.new", "2");
        fs::rename(world.root.join("renamed.tf.new"), world.root.join("renamed.tf")).unwrap();
        // As vim does it: ask, back up, write anew, drop the backup.
        world.write("4913", "");
        fs::remove_file(world.root.join("4913")).unwrap();
        fs::rename(world.root.join("vim.tf"), world.root.join("vim.tf~")).unwrap();
        world.write("vim.tf", "2");
        fs::remove_file(world.root.join("vim.tf~")).unwrap();
        fs::remove_file(world.root.join("gone.tf")).unwrap();
        let all = world.until_paths(&["in-place.tf", "renamed.tf", "vim.tf", "gone.tf"]);
        let scratch: Vec<_> = all.paths.iter().filter(|p| p.as_str().contains('~') || p.as_str() == "4913").collect();
        assert!(scratch.is_empty() && !all.git_changed && !all.rescan, "{all:?}");
    }

    #[test]
    fn a_save_is_reported_at_once() {
        let world = World::new(|root| fs::write(root.join("a.tf"), "1").unwrap(), None);
        let mut took = Vec::new();
        for n in 0..9 {
            let start = Instant::now();
            world.write("a.tf", &n.to_string());
            world.until_paths(&["a.tf"]);
            took.push(start.elapsed());
            // Let an extra event of the same save go by before the next one.
            while world.batches.recv_timeout(Duration::from_millis(60)).is_ok() {}
        }
        took.sort();
        println!("median from save to report: {:?}", took[4]);
        assert!(took[4] < Duration::from_millis(500), "{took:?}");
    }

    #[test]
    fn ten_files_and_new_directories() {
        let world = World::new(|_| {}, None);
        let names: Vec<String> = (0..10).map(|n| format!("f{n}.tf")).collect();
        names.iter().for_each(|name| world.write(name, "x"));
        world.write("deep/er/and/deeper/main.tf", "x");
        let mut wished: Vec<&str> = names.iter().map(String::as_str).collect();
        wished.push("deep/er/and/deeper/main.tf");
        world.until_paths(&wished);
        world.write("deep/er/and/second.tf", "x");
        world.until_paths(&["deep/er/and/second.tf"]);
        fs::rename(world.root.join("deep"), world.root.join("moved")).unwrap();
        world.until_paths(&["deep", "moved/er/and/second.tf"]);
        world.write("moved/er/third.tf", "x");
        world.until_paths(&["moved/er/third.tf"]);
        fs::remove_dir_all(world.root.join("moved")).unwrap();
        world.until_paths(&["moved"]);
        world.write("moved/again.tf", "x");
        world.until_paths(&["moved/again.tf"]);
    }

    #[test]
    fn what_git_ignores_is_silent() {
        let prepare = |root: &Path| {
            fs::write(root.join(".gitignore"), "*.log\nbuild/\n").unwrap();
            fs::create_dir_all(root.join("build/deep")).unwrap();
            std::os::unix::fs::symlink("..", root.join("loop")).unwrap();
        };
        let world = World::new(prepare, None);
        world.write("noise.log", "x");
        world.write("build/deep/x.tf", "x");
        world.write(".git/objects/noise", "x");
        world.write("sentinel.tf", "x");
        assert_eq!(world.until_paths(&["sentinel.tf"]).paths.len(), 1);
        world.write(".gitignore", "*.log\n");
        assert!(world.until(|all| all.rescan).paths.contains(&RepoPath::new(".gitignore")));
        world.write("build/deep/x.tf", "y");
        world.until_paths(&["build/deep/x.tf"]);
    }

    #[test]
    fn a_checkout_of_a_branch_is_seen() {
        let prepare = |root: &Path| {
            fs::write(root.join("a.tf"), "1").unwrap();
            git(root, &["add", "."]);
            git(root, &["commit", "-q", "-m", "one"]);
            git(root, &["checkout", "-q", "-b", "other"]);
            fs::write(root.join("a.tf"), "2").unwrap();
            fs::write(root.join("b.tf"), "2").unwrap();
            git(root, &["add", "."]);
            git(root, &["commit", "-q", "-m", "two"]);
        };
        let world = World::new(prepare, None);
        git(&world.root, &["checkout", "-q", "main"]);
        world.until(|all| all.git_changed && all.paths.len() >= 2);
        git(&world.root, &["checkout", "-q", "-b", "feature/deep/one"]);
        world.until(|all| all.git_changed);
        while world.batches.recv_timeout(Duration::from_millis(100)).is_ok() {}
        // A new branch elsewhere in a directory of refs that did not exist before.
        git(&world.root, &["update-ref", "refs/heads/feature/deep/one", "other"]);
        assert!(world.until(|all| all.git_changed).paths.is_empty());
    }

    #[test]
    fn a_vanished_root_is_told() {
        let mut world = World::new(|_| {}, None);
        fs::remove_dir_all(&world.root).unwrap();
        world.until(|all| all.gone);
        drop(world.watcher.take());
    }

    #[test]
    fn beyond_the_limit_it_polls_and_says_so() {
        let world = World::new(|root| fs::create_dir_all(root.join("z")).unwrap(), Some(1));
        let all = world.until(|all| !all.notices.is_empty());
        assert!(all.notices[0].detail.contains("max_user_watches"));
        world.write("z/late.tf", "x");
        world.until_paths(&["z/late.tf"]);
    }

    #[test]
    fn nothing_is_reported_while_files_are_only_read() {
        let world = World::new(|root| fs::write(root.join("a.tf"), "1").unwrap(), None);
        for _ in 0..50 {
            fs::read(world.root.join("a.tf")).unwrap();
            fs::read_dir(&world.root).unwrap().count();
        }
        world.write("b.tf", "x");
        assert_eq!(world.until_paths(&["b.tf"]).paths.len(), 1);
    }
}
