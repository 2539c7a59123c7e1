//! Test files as rules see them: their runs, and the modules that the runs test.

use std::collections::BTreeMap;

use super::module::{Module, ModuleFile};
use super::walk;
use crate::lang::syntax::ast::{Block, ExprKind};
use crate::model::value::Str;

/// The test files of a module.
pub(super) struct TestFiles<'a> {
    /// The module that is tested unless a run says otherwise.
    pub(super) module: &'a Module,
    /// The files that could be read as a whole.
    pub(super) files: &'a [ModuleFile],
    /// The other local modules that runs test, by their sources.
    pub(super) others: &'a BTreeMap<Str, Module>,
}

impl<'a> TestFiles<'a> {
    /// The module that a run tests; `None` when it lies elsewhere, or not all of it could be read.
    pub(super) fn under_test(&self, run: &Block) -> Option<&'a Module> {
        let module = match run.body.blocks_of("module").next() {
            None => Some(self.module),
            Some(module) => self.others.get(&source(module)?),
        };
        module.filter(|module| module.complete)
    }
}

/// The sources of all modules that the runs of a file name.
pub(super) fn sources(file: &ModuleFile) -> impl Iterator<Item = Str> {
    let runs = file.parsed.body.blocks_of("run");
    runs.flat_map(|run| run.body.blocks_of("module")).filter_map(|module| source(module))
}

fn source(module: &Block) -> Option<Str> {
    module.body.attribute("source")?.expr.literal_text()
}

/// The name of a run.
pub(super) fn name(run: &Block) -> &str {
    run.labels.first().map_or("", |label| &label.text)
}

/// Whether a run judges anything.
pub(super) fn asserts(run: &Block) -> bool {
    let expected = run.body.attribute("expect_failures").map(|expected| &expected.expr.kind);
    let expects = matches!(expected, Some(ExprKind::Tuple(items)) if !items.is_empty());
    expects || run.body.blocks_of("assert").next().is_some()
}

/// Whether something in a block refers to `root.name`.
pub(super) fn refers(block: &Block, root: &str, name: &str) -> bool {
    let mut found = false;
    walk::references(&block.body, &mut |traversal, _, _| {
        found |= &*traversal.root.text == root
            && super::module::attribute_step(traversal, 0).is_some_and(|step| &**step == name);
    });
    found
}
