//! The door to one event: a directory is gone. For processes that must not outlive what they serve.

use std::io;
use std::path::Path;

/// Sleeps until the directory is removed or moved away. Blocking; what happens inside it wakes nobody.
///
/// # Errors
/// As the system says it, `NotFound` when there is no such directory.
#[cfg(target_os = "linux")]
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn wait_until_gone(directory: &Path) -> io::Result<()> {
    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
    let directory = std::fs::canonicalize(directory)?;
    // A directory somebody still stands in, or has a file of open, is not told of its own removal. Its parent is.
    let parent = directory.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let inotify = init(CreateFlags::CLOEXEC)?;
    let gone = WatchFlags::DELETE | WatchFlags::MOVED_FROM | WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF;
    add_watch(&inotify, parent, gone | WatchFlags::ONLYDIR)?;
    let mut buffer = [std::mem::MaybeUninit::<u8>::uninit(); 4096];
    let mut reader = Reader::new(&inotify, &mut buffer);
    while std::fs::metadata(&directory).is_ok() {
        match reader.next() {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Looks every few seconds: other systems have no event for this that needs no descriptor on the directory itself.
///
/// # Errors
/// `NotFound` when there is no such directory.
#[cfg(not(target_os = "linux"))]
#[allow(clippy::disallowed_methods, reason = "this is the door")]
pub fn wait_until_gone(directory: &Path) -> io::Result<()> {
    std::fs::metadata(directory)?;
    while std::fs::metadata(directory).is_ok() {
        std::thread::sleep(std::time::Duration::from_secs(5));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removal_is_noticed_and_traffic_inside_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("run");
        std::fs::create_dir(&directory).unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        let watched = directory.clone();
        std::thread::spawn(move || sender.send(wait_until_gone(&watched)));
        std::thread::sleep(std::time::Duration::from_millis(100));
        let open = std::fs::File::create(directory.join("x")).unwrap();
        std::fs::write(parent.path().join("beside"), "").unwrap();
        std::fs::remove_file(parent.path().join("beside")).unwrap();
        assert!(receiver.recv_timeout(std::time::Duration::from_millis(200)).is_err());
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(receiver.recv_timeout(std::time::Duration::from_secs(10)).unwrap().is_ok());
        assert!(wait_until_gone(&directory).is_err());
        drop(open);
    }
}
