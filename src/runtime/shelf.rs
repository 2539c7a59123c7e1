//! What is known about others' providers, read once for each stack and kept until it changes on disk.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::engine::lore::Lore;
use crate::model::id::ContentHash;
use crate::model::place::RepoPath;

/// By what it is seen that there is something new to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoreStamp {
    /// The hash of the stack's lock file: other versions of providers have other schemas.
    pub lock: Option<ContentHash>,
    /// When the schemas were kept.
    pub schemas: Option<SystemTime>,
    /// When something was learned last.
    pub learned: Option<SystemTime>,
}

impl LoreStamp {
    /// Whether there is anything to know.
    pub fn is_empty(&self) -> bool {
        self.schemas.is_none() && self.learned.is_none()
    }
}

/// Lore by stack.
#[derive(Debug, Default)]
pub struct LoreShelf {
    known: Mutex<BTreeMap<RepoPath, (LoreStamp, Arc<Lore>)>>,
}

impl LoreShelf {
    /// What is known for a stack, read by `read` when the stamp is another than last time.
    pub fn get(&self, stack: &RepoPath, stamp: &LoreStamp, read: impl FnOnce() -> Lore) -> Arc<Lore> {
        if let Some((seen, lore)) = self.lock().get(stack)
            && seen == stamp
        {
            return lore.clone();
        }
        let lore = Arc::new(read());
        self.lock().insert(stack.clone(), (stamp.clone(), lore.clone()));
        lore
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<RepoPath, (LoreStamp, Arc<Lore>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
