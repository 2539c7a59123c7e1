//! State files that were read: one that comes again with the same bytes is not parsed again, and everybody shares it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::format::state_json::{self, StateFault};
use crate::model::state::StateSnapshot;

/// So many states are kept, and so many bytes of them.
const KEPT: usize = 64;
const BYTES: usize = 128 << 20;

/// The bytes of a state and what they say.
type Known = (Arc<[u8]>, Arc<StateSnapshot>);

/// The states that were read last, newest last.
#[derive(Default)]
pub struct States {
    kept: Mutex<Vec<Known>>,
}

impl States {
    /// The state that some bytes are.
    ///
    /// # Errors
    /// When they are none. That is not remembered: it is told again at once.
    pub fn read(&self, bytes: &Arc<[u8]>) -> Result<Arc<StateSnapshot>, StateFault> {
        if let Some(known) = self.known(bytes) {
            return Ok(known);
        }
        let state = Arc::new(state_json::read(bytes)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push((bytes.clone(), state.clone()));
        let mut room = BYTES;
        let fits = kept.iter().rev().take(KEPT).take_while(|(bytes, _)| {
            let fits = bytes.len() <= room;
            room = room.saturating_sub(bytes.len());
            fits
        });
        let old = kept.len() - fits.count();
        kept.drain(..old);
        Ok(state)
    }

    fn known(&self, bytes: &Arc<[u8]>) -> Option<Arc<StateSnapshot>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Bytes differ in their length or at their beginning, where the serial stands.
        let same = |known: &Arc<[u8]>| Arc::ptr_eq(known, bytes) || known == bytes;
        let at = kept.iter().rposition(|(known, _)| same(known))?;
        let found = kept.remove(at);
        let state = found.1.clone();
        kept.push(found);
        Some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_are_the_same_state() {
        let states = States::default();
        let bytes = |serial: u32| Arc::from(format!(r#"{{"version":4,"serial":{serial},"lineage":"l"}}"#).as_bytes());
        let first = states.read(&bytes(1)).unwrap();
        assert!(Arc::ptr_eq(&first, &states.read(&bytes(1)).unwrap()), "it is not parsed again");
        assert_eq!(states.read(&bytes(2)).unwrap().serial, 2);
        assert!(states.read(&Arc::from(b"{}".as_slice())).is_err());
        for serial in 3..100 {
            states.read(&bytes(serial)).unwrap();
        }
        assert_eq!(states.kept.lock().unwrap().len(), KEPT);
        assert!(!Arc::ptr_eq(&first, &states.read(&bytes(1)).unwrap()), "only the last ones are kept");
    }
}
