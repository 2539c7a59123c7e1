//! The stacks pane: every stack with four marks, and what it is made of when it is opened.

use std::collections::BTreeSet;

use crate::app::list::{Identity, List, Row, identity};
use crate::app::marks::{Mark, of_stack};
use crate::app::world::World;
use crate::model::place::RepoPath;
use crate::model::stack::{Stack, StackKind};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackRow {
    /// The stack.
    pub path: RepoPath,
    /// What it is made of.
    pub kind: StackKind,
    /// What the row shows.
    pub body: StackBody,
}

/// What a row shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StackBody {
    /// The stack itself.
    Stack {
        /// What hangs below shows.
        open: bool,
        /// Plan, lint, tests, environment.
        marks: [Mark; 4],
    },
    /// A line about it.
    Detail(String),
}

impl Row for StackRow {
    fn id(&self) -> Identity {
        match &self.body {
            StackBody::Stack { .. } => identity(&self.path),
            StackBody::Detail(text) => identity((&self.path, text)),
        }
    }

    fn text(&self) -> String {
        match &self.body {
            StackBody::Stack { .. } => self.path.to_string(),
            StackBody::Detail(text) => text.clone(),
        }
    }
}

/// The pane's memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StacksScreen {
    /// The rows.
    pub list: List<StackRow>,
    /// The stacks that are open.
    pub open: BTreeSet<RepoPath>,
}

impl StacksScreen {
    /// The selected stack.
    pub fn selected(&self) -> Option<&RepoPath> {
        self.list.current().map(|row| &row.path)
    }

    /// Selects a stack.
    pub fn choose(&mut self, path: &RepoPath) -> bool {
        self.list.select_id(identity(path))
    }

    /// Makes the rows anew.
    pub fn rebuild(&mut self, world: &World, environment: &str, keep: impl Fn(&str) -> bool) {
        let mut rows = Vec::new();
        for stack in world.stack_list().iter().filter(|stack| keep(stack.name())) {
            let open = self.open.contains(&stack.path);
            let marks = of_stack(world, &stack.path, environment);
            let row = |body| StackRow { path: stack.path.clone(), kind: stack.kind, body };
            rows.push(row(StackBody::Stack { open, marks }));
            if open {
                rows.extend(details(world, stack).into_iter().map(|text| row(StackBody::Detail(text))));
            }
        }
        self.list.set_rows(rows);
    }
}

fn details(world: &World, stack: &Stack) -> Vec<String> {
    let mut lines = Vec::new();
    let tool = world.stacks.as_ref().and_then(|list| list.tools.get(&stack.kind));
    lines.push(match tool {
        Some(tool) => match (&tool.version, &tool.path) {
            (Some(version), _) => format!("{} · {} {version}", stack.kind.word(), tool.program),
            (None, Some(_)) => format!("{} · {}", stack.kind.word(), tool.program),
            (None, None) => format!("{} · {} is not here", stack.kind.word(), tool.program),
        },
        None => stack.kind.word().to_owned(),
    });
    lines.extend(stack.reads.iter().map(|path| format!("reads {path}")));
    lines
}
