//! The states of an environment's stacks on disk: read with care, written after every object, never lost to a full
//! disk.
//!
//! The wire form is `format`'s business. A full disk is met with ballast: space that was taken before anything was
//! begun and is given back for the last writes.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::fault::EnvironmentFault;
use super::layout::Layout;
use crate::format::state_json::{self, StateFault};
use crate::model::place::RepoPath;
use crate::model::state::StateSnapshot;
use crate::sys::files::{Files, ReadFiles};

/// Room for the state, the journal and the status, once more each.
const BALLAST: usize = 1 << 20;

/// The state of a stack; `None` when it has none yet.
///
/// # Errors
/// [`EnvironmentFault::State`] when it cannot be used; it is then untouched.
pub fn load(
    files: &dyn ReadFiles,
    layout: &Layout,
    stack: &RepoPath,
) -> Result<Option<Arc<StateSnapshot>>, EnvironmentFault> {
    let path = layout.state(stack);
    let bytes = match files.read(&path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(EnvironmentFault::files("reading the state", &path)(error)),
    };
    match state_json::read(&bytes) {
        Ok(state) => Ok(Some(Arc::new(state))),
        Err(StateFault::Empty) => Ok(None),
        Err(fault) => Err(EnvironmentFault::State {
            stack: stack.clone(),
            reason: format!("{fault} ({}; the one before is {})", path.display(), layout.backup(stack).display()),
        }),
    }
}

/// How many objects a state holds.
pub fn objects(state: Option<&StateSnapshot>) -> usize {
    state.map_or(0, |state| state.resources.iter().map(|resource| resource.instances.len()).sum())
}

/// Space on the disk, kept for the last writes of an operation.
pub struct Ballast {
    files: Arc<dyn Files>,
    path: PathBuf,
}

impl Ballast {
    /// Takes the space.
    ///
    /// # Errors
    /// [`EnvironmentFault::Files`] when there is too little: then nothing should be begun.
    pub fn take(files: &Arc<dyn Files>, layout: &Layout) -> Result<Self, EnvironmentFault> {
        let path = layout.ballast();
        // Nothing that a file system could store in less space than it has.
        let block: Vec<u8> = (0..4096usize).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let bytes = block.repeat(BALLAST / block.len());
        let taken = files.write_atomic(&path, &bytes, 0o600);
        taken.map_err(EnvironmentFault::files("keeping space for the state (is the disk full?)", &path))?;
        Ok(Ballast { files: files.clone(), path })
    }

    /// Gives the space back.
    pub fn release(&self) {
        let _ = self.files.remove_file(&self.path);
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        self.release();
    }
}

/// The state of one stack while it is applied.
pub struct StateWriter<'a> {
    files: &'a dyn Files,
    path: PathBuf,
    ballast: &'a Ballast,
    last: Mutex<Option<Arc<StateSnapshot>>>,
}

impl<'a> StateWriter<'a> {
    /// Begins with the state as it is, keeping a backup of it.
    ///
    /// # Errors
    /// [`EnvironmentFault::Files`] when the backup cannot be written; then nothing should be begun.
    pub fn begin(
        files: &'a dyn Files,
        layout: &Layout,
        stack: &RepoPath,
        state: Option<Arc<StateSnapshot>>,
        ballast: &'a Ballast,
    ) -> Result<Self, EnvironmentFault> {
        let path = layout.state(stack);
        if let Ok(bytes) = files.read(&path) {
            let backup = layout.backup(stack);
            let written = files.write_atomic(&backup, &bytes, 0o600);
            written.map_err(EnvironmentFault::files("keeping a backup of the state", &backup))?;
        }
        Ok(StateWriter { files, path, ballast, last: Mutex::new(state) })
    }

    /// Writes the state down. On a full disk the ballast makes room for this write, and it still is an error: nothing
    /// more may be begun.
    ///
    /// # Errors
    /// As the system says it.
    pub fn persist(&self, state: &Arc<StateSnapshot>) -> io::Result<()> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let numbered = numbered(state, last.as_deref());
        let bytes = state_json::write(&numbered)
            .map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault.to_string()))?;
        // A state may hold what is sensitive.
        let result = match self.files.write_atomic(&self.path, &bytes, 0o600) {
            Err(error) if is_full(&error) => {
                self.ballast.release();
                match self.files.write_atomic(&self.path, &bytes, 0o600) {
                    Ok(()) => Err(io::Error::new(error.kind(), format!("{error}; the state was saved all the same"))),
                    Err(again) => return Err(again),
                }
            }
            Err(error) => return Err(error),
            Ok(()) => Ok(()),
        };
        *last = Some(Arc::new(numbered));
        result
    }

    /// Writes the state down if what was written last is another one.
    ///
    /// # Errors
    /// As the system says it.
    pub fn settle(&self, state: &Arc<StateSnapshot>) -> io::Result<()> {
        let last = self.last();
        let same = match &last {
            Some(last) => {
                StateSnapshot { serial: last.serial, lineage: last.lineage.clone(), ..(**state).clone() } == **last
            }
            None => state.is_empty(),
        };
        if same { Ok(()) } else { self.persist(state) }
    }

    /// The state as it was written last.
    pub fn last(&self) -> Option<Arc<StateSnapshot>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The state with its lineage, and a serial above the one that was written before.
fn numbered(state: &StateSnapshot, last: Option<&StateSnapshot>) -> StateSnapshot {
    let mut numbered = state.clone();
    if let Some(last) = last {
        numbered.lineage = last.lineage.clone();
        numbered.serial = numbered.serial.max(last.serial + 1);
    }
    if numbered.lineage.is_empty() {
        numbered.lineage = uuid::Uuid::new_v4().to_string().as_str().into();
    }
    numbered.serial = numbered.serial.max(1);
    numbered
}

/// Whether the system says that there is no space left.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
