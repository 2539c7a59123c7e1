//! Ctrl-c in a headless command: noted, so that what is under way can end in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that the first interrupt (or SIGTERM) raises.
pub fn flag() -> Arc<AtomicBool> {
    let raised = Arc::new(AtomicBool::new(false));
    let flag = raised.clone();
    // Without the thread an interrupt ends the program at once, as it would without Kilter's care.
    let _ = std::thread::Builder::new().name("interrupt".to_owned()).spawn(move || listen(&flag));
    raised
}

fn listen(raised: &AtomicBool) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            raised.store(true, Ordering::Relaxed);
        }
    });
}
