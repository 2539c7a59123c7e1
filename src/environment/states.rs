//! The states of an environment's stacks on disk: where they lie, read with care, written after every object, never
//! lost to a full disk.
//!
//! The wire form is `format`'s business. A full disk is met with ballast: space that was taken before anything was
//! begun and is given back for the last writes.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::EnvironmentFault;
use super::layout::Layout;
use super::state_lock::StateLock;
use crate::engine::backend::configured;
use crate::format::state_json::{self, StateFault};
use crate::model::address::ResourceMode;
use crate::model::place::RepoPath;
use crate::model::state::StateSnapshot;
use crate::sys::files::{Files, ReadFiles, normal};

/// Room for the state, the journal and the status, once more each.
const BALLAST: usize = 1 << 20;

/// Where the state of a stack lies: where its `backend "local"` says, as long as that is inside the checkout; otherwise
/// in the local backend's own place. A state that the configuration keeps elsewhere is nothing that an environment may
/// touch.
pub fn place(files: &dyn ReadFiles, layout: &Layout, stack: &RepoPath) -> PathBuf {
    let (checkout, directory) = (layout.checkout(), layout.stack(stack));
    match configured(files, &directory).map(|path| normal(&path)) {
        Some(path) if path.starts_with(&checkout) && path != checkout => path,
        _ => layout.state(stack),
    }
}

/// Where the state before the last apply lies.
pub fn backup(state: &Path) -> PathBuf {
    let mut name = state.file_name().map(std::ffi::OsStr::to_owned).unwrap_or_default();
    name.push(".backup");
    state.with_file_name(name)
}

/// The state of a stack; `None` when it has none yet.
///
/// # Errors
/// [`EnvironmentFault::State`] when it cannot be used; it is then untouched.
pub fn load(
    files: &dyn ReadFiles,
    layout: &Layout,
    stack: &RepoPath,
) -> Result<Option<Arc<StateSnapshot>>, EnvironmentFault> {
    let path = place(files, layout, stack);
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
        Err(fault) => Err(EnvironmentFault::State { stack: stack.clone(), reason: unusable(files, &path, &fault) }),
    }
}

/// What is wrong with a state, that it is untouched, and what to do.
fn unusable(files: &dyn ReadFiles, path: &Path, fault: &StateFault) -> String {
    let backup = backup(path);
    let before = files.read(&backup).ok().and_then(|bytes| state_json::read(&bytes).ok());
    let way_out = match before {
        Some(before) => format!(
            "The state before the last apply is whole: {} (serial {}); copy it over if that is the one you want.",
            backup.display(),
            before.serial
        ),
        None => "There is no usable backup beside it.".to_owned(),
    };
    format!("{fault} It is untouched: {}. {way_out}", path.display())
}

/// How many real objects a state holds: what data sources read is not one.
pub fn objects(state: Option<&StateSnapshot>) -> usize {
    let resources = state.into_iter().flat_map(|state| &state.resources);
    let managed = resources.filter(|resource| resource.address.mode == ResourceMode::Managed);
    managed.map(|resource| resource.instances.len()).sum()
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

/// The state of one stack while it is applied, locked.
pub struct StateWriter<'a> {
    files: &'a dyn Files,
    path: PathBuf,
    ballast: &'a Ballast,
    inner: Mutex<Inner<'a>>,
}

struct Inner<'a> {
    lock: StateLock<'a>,
    last: Option<Arc<StateSnapshot>>,
    /// The state as it was before, until the first change.
    before: Option<Arc<[u8]>>,
}

impl<'a> StateWriter<'a> {
    /// Begins with the state as it is.
    pub fn begin(
        files: &'a dyn Files,
        path: PathBuf,
        lock: StateLock<'a>,
        state: Option<Arc<StateSnapshot>>,
        ballast: &'a Ballast,
    ) -> Self {
        let before = files.read(&path).ok().filter(|bytes| !bytes.is_empty());
        StateWriter { files, path, ballast, inner: Mutex::new(Inner { lock, last: state, before }) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<'a>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the state down if something about it changed; only then its serial rises. The state before is kept
    /// beside it. On a full disk the ballast makes room for this write, and it still is an error: nothing more may be
    /// begun.
    ///
    /// # Errors
    /// As the system says it.
    pub fn persist(&self, state: &Arc<StateSnapshot>) -> io::Result<()> {
        let mut inner = self.inner();
        if same(state, inner.last.as_deref()) {
            return Ok(());
        }
        let numbered = numbered(state, inner.last.as_deref());
        let bytes = state_json::write(&numbered)
            .map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault.to_string()))?;
        let result = match self.write(&mut inner, &bytes) {
            Err(error) if is_full(&error) => {
                self.ballast.release();
                match self.write(&mut inner, &bytes) {
                    Ok(()) => Err(io::Error::new(error.kind(), format!("{error}; the state was saved all the same"))),
                    Err(again) => return Err(again),
                }
            }
            Err(error) => return Err(error),
            Ok(()) => Ok(()),
        };
        inner.last = Some(Arc::new(numbered));
        result
    }

    fn write(&self, inner: &mut Inner<'a>, bytes: &[u8]) -> io::Result<()> {
        if let Some(before) = &inner.before {
            self.files.write_atomic(&backup(&self.path), before, 0o600)?;
            inner.before = None;
        }
        inner.lock.write(bytes)
    }

    /// The state as it was written last.
    pub fn last(&self) -> Option<Arc<StateSnapshot>> {
        self.inner().last.clone()
    }
}

/// Whether two states say the same, whoever wrote them as whatever version.
fn same(state: &StateSnapshot, last: Option<&StateSnapshot>) -> bool {
    match last {
        Some(last) => state.resources == last.resources && state.outputs == last.outputs && state.checks == last.checks,
        None => state.is_empty() && state.checks.is_empty(),
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
