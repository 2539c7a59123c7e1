//! A console: expressions against a stack's configuration and state, or against nothing.

use std::sync::Arc;

use super::prior::read_state;
use crate::engine::backend::{Backend, backend};
use crate::engine::{ConsoleAnswer, PlanOptions, Source, Surroundings, VariableInput};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::RepoPath;
use crate::model::stack::Stack;
use crate::runtime::world::World;
use crate::sys::files::FakeFiles;

/// An open console.
pub struct Session<'a> {
    world: &'a World,
    source: Source,
    options: PlanOptions,
    surroundings: Surroundings,
    /// What went wrong while it was opened; said with the first answer's diagnostics.
    trouble: Option<Diagnostic>,
}

impl<'a> Session<'a> {
    /// A console over a stack; without one, over an empty configuration.
    pub fn open(world: &'a World, stack: Option<&Stack>, variables: Vec<VariableInput>) -> Self {
        let source = match stack {
            Some(stack) => world.source(stack),
            None => {
                let empty = FakeFiles::default();
                empty.put(&world.root().join("main.tf"), b"", 0o644);
                Source::new(Arc::new(empty), world.root(), RepoPath::root())
            }
        };
        let mut options = PlanOptions { variables, ..PlanOptions::default() };
        let mut trouble = None;
        if let (Some(stack), Backend::Local(path)) = (stack, backend(&*world.files, &source.directory)) {
            match read_state(world, &path, &stack.path) {
                Ok(state) => options.state = state,
                Err(diagnostic) => trouble = Some(*diagnostic),
            }
        }
        let mut surroundings = world.preview_surroundings();
        surroundings.random = world.real_surroundings().random;
        Session { world, source, options, surroundings, trouble }
    }

    /// The value of one line.
    pub fn evaluate(&self, line: &str) -> ConsoleAnswer {
        let mut answer = self.world.engine.console(&self.source, &self.options, &self.surroundings, line);
        answer.diagnostics.extend(self.trouble.clone());
        answer
    }
}
