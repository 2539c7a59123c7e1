//! What an environment remembers about itself: how it stands (`status.json`) and what was done (`history.jsonl`).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::fault::EnvironmentFault;
use super::layout::Layout;
use crate::model::environment::EnvironmentStack;
use crate::model::place::RepoPath;
use crate::sys::files::{Files, ReadFiles};

/// How an environment stood when somebody last looked or did something.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// The commit that is applied, also when its apply was not completed.
    pub commit: Option<String>,
    /// The commit that lies in the checkout; `None` while that is changed.
    pub checked_out: Option<String>,
    /// When an apply last succeeded.
    pub applied: Option<SystemTime>,
    /// When a verification was last green.
    pub verified: Option<SystemTime>,
    /// Whether the last verification since the last apply was green.
    pub green: Option<bool>,
    /// How many objects drifted at the last look since the last apply.
    pub drift: Option<usize>,
    /// The stacks in the order of applying, with what their states hold.
    pub stacks: Vec<EnvironmentStack>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct RecordFile {
    commit: Option<String>,
    checked_out: Option<String>,
    applied_millis: Option<u64>,
    verified_millis: Option<u64>,
    green: Option<bool>,
    drift: Option<usize>,
    stacks: Vec<StackFile>,
}

#[derive(Serialize, Deserialize)]
struct StackFile {
    stack: String,
    objects: usize,
}

/// Milliseconds since the epoch.
fn millis(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

fn time(millis: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(millis)).unwrap_or(UNIX_EPOCH)
}

/// Reads how an environment stood. What is missing or torn is as if nobody had looked: states and journal are the
/// truth, and the next operation writes it anew.
pub fn read(files: &dyn ReadFiles, layout: &Layout) -> Record {
    let file: RecordFile =
        files.read(&layout.record()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let stack = |file: StackFile| EnvironmentStack { stack: RepoPath::new(&file.stack), objects: file.objects };
    Record {
        commit: file.commit,
        checked_out: file.checked_out,
        applied: file.applied_millis.map(time),
        verified: file.verified_millis.map(time),
        green: file.green,
        drift: file.drift,
        stacks: file.stacks.into_iter().map(stack).collect(),
    }
}

/// Writes how an environment stands.
///
/// # Errors
/// [`EnvironmentFault::Files`]
pub fn write(files: &dyn Files, layout: &Layout, record: &Record) -> Result<(), EnvironmentFault> {
    let stack = |known: &EnvironmentStack| StackFile { stack: known.stack.to_string(), objects: known.objects };
    let file = RecordFile {
        commit: record.commit.clone(),
        checked_out: record.checked_out.clone(),
        applied_millis: record.applied.map(millis),
        verified_millis: record.verified.map(millis),
        green: record.green,
        drift: record.drift,
        stacks: record.stacks.iter().map(stack).collect(),
    };
    let path = layout.record();
    let bytes = serde_json::to_vec_pretty(&file).unwrap_or_default();
    files.write_atomic(&path, &bytes, 0o644).map_err(EnvironmentFault::files("writing the status", &path))
}

/// Changes how an environment stands.
///
/// # Errors
/// [`EnvironmentFault::Files`]
pub fn update(files: &dyn Files, layout: &Layout, change: impl FnOnce(&mut Record)) -> Result<(), EnvironmentFault> {
    let mut record = read(files, layout);
    change(&mut record);
    write(files, layout, &record)
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// When it ended.
    pub at: SystemTime,
    /// `apply` or `destroy`.
    pub operation: String,
    /// The commit.
    pub commit: String,
    /// Who did it.
    pub user: String,
    /// `3 added, 1 changed, 0 destroyed`, or why it failed.
    pub summary: String,
    /// It succeeded.
    pub success: bool,
}

#[derive(Serialize, Deserialize)]
struct DeedFile {
    at_millis: u64,
    operation: String,
    commit: String,
    user: String,
    summary: String,
    success: bool,
}

/// Adds to the history.
///
/// # Errors
/// [`EnvironmentFault::Files`]
pub fn add_deed(files: &dyn Files, layout: &Layout, deed: &Deed) -> Result<(), EnvironmentFault> {
    let file = DeedFile {
        at_millis: millis(deed.at),
        operation: deed.operation.clone(),
        commit: deed.commit.clone(),
        user: deed.user.clone(),
        summary: deed.summary.clone(),
        success: deed.success,
    };
    let mut bytes = serde_json::to_vec(&file).unwrap_or_default();
    bytes.push(b'\n');
    let path = layout.history();
    files.append(&path, &bytes).map_err(EnvironmentFault::files("writing the history", &path))
}

/// What was done, oldest first. Torn lines are left out.
pub fn history(files: &dyn ReadFiles, layout: &Layout) -> Vec<Deed> {
    let bytes = files.read(&layout.history()).unwrap_or_else(|_| Vec::new().into());
    let text = String::from_utf8_lossy(&bytes);
    let deed = |file: DeedFile| Deed {
        at: time(file.at_millis),
        operation: file.operation,
        commit: file.commit,
        user: file.user,
        summary: file.summary,
        success: file.success,
    };
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).map(deed).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::sys::files::FakeFiles;

    #[test]
    fn record_and_history_survive_the_disk_and_damage() {
        let files = FakeFiles::default();
        let layout = Layout::new(Path::new("/k"), "test").unwrap();
        assert_eq!(read(&files, &layout), Record::default());
        let record = Record {
            commit: Some("c".into()),
            checked_out: Some("c".into()),
            applied: Some(time(1234)),
            verified: None,
            green: Some(false),
            drift: Some(2),
            stacks: vec![EnvironmentStack { stack: RepoPath::new("web"), objects: 3 }],
        };
        write(&files, &layout, &record).unwrap();
        assert_eq!(read(&files, &layout), record);
        update(&files, &layout, |record| record.green = Some(true)).unwrap();
        assert_eq!(read(&files, &layout).green, Some(true));
        files.put(&layout.record(), b"{\"commit\":", 0o644);
        assert_eq!(read(&files, &layout), Record::default());

        let deed = Deed {
            at: time(5),
            operation: "apply".into(),
            commit: "c".into(),
            user: "me".into(),
            summary: "1 added".into(),
            success: true,
        };
        add_deed(&files, &layout, &deed).unwrap();
        files.append(&layout.history(), b"{\"torn").unwrap();
        assert_eq!(history(&files, &layout), [deed]);
    }
}
