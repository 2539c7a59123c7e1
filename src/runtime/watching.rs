//! The watcher, wired to the live side.

use super::live::Live;
use crate::app::event::{Event, Fault};
use crate::repo::Repo;
use crate::watch::debounce::Window;
use crate::watch::{WatchPlace, Watcher};

/// Watches the opened repo until the watcher is dropped.
///
/// # Errors
/// When the system cannot start a thread.
pub fn start(live: &Live) -> std::io::Result<Watcher> {
    let world = live.world();
    let place = WatchPlace {
        root: world.root().to_path_buf(),
        git_directory: world.repo().map(|repo| repo.git_directory().to_path_buf()),
        common_directory: world.repo().map(Repo::common_directory).map(std::path::Path::to_path_buf),
        ignore: world.settings.ignore.clone(),
        window: Window::of_quiet(world.settings.watch.debounce),
        most: None,
    };
    let live = live.clone();
    Watcher::start(place, move |batch| {
        for notice in &batch.notices {
            live.send(Event::Notice(format!("{}: {}", notice.summary, notice.detail)));
        }
        if batch.gone {
            live.send(Event::Fault(Fault {
                line: format!("{} is gone", live.world().root().display()),
                hint: "what is on the screen is what was there last; quit with q".to_owned(),
                story: Vec::new(),
            }));
            return;
        }
        live.changed(&batch);
    })
}
