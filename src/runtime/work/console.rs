//! A console: expressions against a stack's configuration and state, or against nothing.

use std::sync::Arc;

use super::prior::read_state;
use crate::engine::backend::{Backend, backend};
use crate::engine::{ConsoleAnswer, PlanOptions, Source, Surroundings, VariableInput};
use crate::lang::func;
use crate::lang::syntax::ast::Block;
use crate::lang::syntax::{SourceFile, parse_file, parse_json_file};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::RepoPath;
use crate::model::stack::Stack;
use crate::model::value::Value;
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

    /// The names that a line may refer to: `var.port`, `module.site`, `data.http.page`, functions with their bracket.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            ["path.cwd", "path.module", "path.root", "terraform.workspace"].map(str::to_owned).into();
        let entries = self.source.files.list(&self.source.directory).unwrap_or_default();
        for entry in entries.iter().filter(|entry| !entry.is_directory) {
            let json = entry.name.ends_with(".tf.json") || entry.name.ends_with(".tofu.json");
            if !json && !entry.name.ends_with(".tf") && !entry.name.ends_with(".tofu") {
                continue;
            }
            let Ok(bytes) = self.source.files.read(&self.source.directory.join(&entry.name)) else { continue };
            let Ok(text) = std::str::from_utf8(&bytes) else { continue };
            let file = SourceFile::new(RepoPath::new(&entry.name), text);
            let parsed = if json { parse_json_file(&file) } else { parse_file(&file) };
            parsed.body.blocks().for_each(|block| declared(block, &mut names));
        }
        names.extend(func::all().map(|function| format!("{}(", function.name)));
        names.sort();
        names.dedup();
        names
    }

    /// The names of the attributes that the value of an expression has.
    pub fn attributes(&self, expression: &str) -> Vec<String> {
        let value = self.evaluate(expression).value.unwrap_or_else(Value::null);
        value.as_entries().map(|entries| entries.keys().map(ToString::to_string).collect()).unwrap_or_default()
    }
}

/// The names that a block declares.
fn declared(block: &Block, names: &mut Vec<String>) {
    let labels: Vec<&str> = block.labels.iter().map(|label| &*label.text).collect();
    match (&*block.kind.text, labels.as_slice()) {
        ("variable", [name]) => names.push(format!("var.{name}")),
        ("module", [name]) => names.push(format!("module.{name}")),
        ("resource", [kind, name]) => names.push(format!("{kind}.{name}")),
        ("data", [kind, name]) => names.push(format!("data.{kind}.{name}")),
        ("ephemeral", [kind, name]) => names.push(format!("ephemeral.{kind}.{name}")),
        ("locals", []) => names.extend(block.body.attributes().map(|local| format!("local.{}", local.name.text))),
        _ => {}
    }
}
