//! The changes pane: files that differ from HEAD, with what is staged.

use crate::app::list::{Identity, List, Row, identity};
use crate::app::world::World;
use crate::model::place::RepoPath;
use crate::model::snapshot::{DiffSide, FileChange};

/// One row: a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// The file.
    pub file: FileChange,
}

impl Row for ChangeRow {
    fn id(&self) -> Identity {
        identity(&self.file.path)
    }

    fn text(&self) -> String {
        self.file.path.to_string()
    }
}

impl ChangeRow {
    /// The sides that have something to show, the one to show first in front.
    pub fn sides(&self) -> Vec<DiffSide> {
        let unstaged = self.file.unstaged.map(|_| DiffSide::Unstaged);
        let staged = self.file.staged.map(|_| DiffSide::Staged);
        unstaged.into_iter().chain(staged).collect()
    }
}

/// The pane's memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChangesScreen {
    /// The rows.
    pub list: List<ChangeRow>,
}

impl ChangesScreen {
    /// The selected file.
    pub fn selected(&self) -> Option<&ChangeRow> {
        self.list.current()
    }

    /// Selects a file.
    pub fn choose(&mut self, path: &RepoPath) -> bool {
        self.list.select_id(identity(path))
    }

    /// Makes the rows anew.
    pub fn rebuild(&mut self, world: &World, keep: impl Fn(&str) -> bool) {
        let changes = world.repo.as_ref().map_or(&[][..], |repo| &repo.changes);
        let rows = changes.iter().filter(|file| keep(file.path.as_str())).cloned().map(|file| ChangeRow { file });
        self.list.set_rows(rows.collect());
    }
}
