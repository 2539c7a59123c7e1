//! The door to one event: a directory is gone. For processes that must not outlive what they serve.

use std::io;
use std::path::Path;

/// Sleeps until the directory is removed or moved away. Blocking, without waking up in between.
///
/// # Errors
/// As the system says it, `NotFound` when there is no such directory.
#[cfg(target_os = "linux")]
pub fn wait_until_gone(directory: &Path) -> io::Result<()> {
    use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
    let inotify = init(CreateFlags::CLOEXEC)?;
    let flags = WatchFlags::DELETE_SELF | WatchFlags::MOVE_SELF | WatchFlags::ONLYDIR;
    add_watch(&inotify, directory, flags)?;
    let mut buffer = [std::mem::MaybeUninit::<u8>::uninit(); 4096];
    let mut reader = Reader::new(&inotify, &mut buffer);
    loop {
        match reader.next() {
            Ok(event)
                if event.events().intersects(ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::IGNORED) =>
            {
                return Ok(());
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
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
        std::fs::write(directory.join("x"), "x").unwrap();
        assert!(receiver.recv_timeout(std::time::Duration::from_millis(200)).is_err());
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(receiver.recv_timeout(std::time::Duration::from_secs(10)).unwrap().is_ok());
        assert!(wait_until_gone(&directory).is_err());
    }
}
