//! What changed between two decodings of a module: which items say the same as before, wherever they stand now.
//!
//! Layout, comments and order do not count, so a file that was only reformatted differs in nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::module::declared::{
    Check, Condition, Content, Ignored, ItemId, Lifecycle, Module, Output, Piece, Provisioner, Repetition, Resource,
    Spot, Variable, Written, WrittenReference,
};
use crate::lang::syntax::alike::{alike, all_alike, both_alike, items_alike, traversals_alike};
use crate::lang::syntax::{SourceFile, common_prefix};

/// How an item of the newer module stands to the one of the same name in the older.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sameness {
    /// Its value is computed the same way; for resources and calls: they are repeated the same way.
    pub value: bool,
    /// A resource's body, lifecycle and provisioners say the same.
    pub body: bool,
    /// Its conditions say the same.
    pub conditions: bool,
}

/// The difference of two modules, by the newer one's items.
#[derive(Debug)]
pub struct Delta {
    /// The older module.
    pub old: Arc<Module>,
    /// Where each item was among the items of the older module.
    pub was: Vec<Option<u32>>,
    /// Whether all items are where they were, and there are no others.
    pub same_layout: bool,
    /// How each item stands to its older self.
    pub same: Vec<Sameness>,
    /// What items read of each other is the same: the graph of the configuration looks as before.
    pub same_graph: bool,
    /// Which providers there are and what the shape of foreign objects is guessed from is the same.
    pub same_structure: bool,
    /// Nothing is moved, removed or imported, neither before nor now, and all resources are repeated in the same way.
    pub same_moves: bool,
    /// Output names and whether they are sensitive.
    pub same_outputs: bool,
    prefixes: HashMap<String, usize>,
}

impl Delta {
    /// What changed from `old` to `new`.
    pub fn between(old: &Arc<Module>, new: &Arc<Module>) -> Delta {
        let was: Vec<Option<u32>> = new.item_ids().map(|id| find(old, new, id)).collect();
        let same_layout = was.len() == old.item_count() && was.iter().enumerate().all(|(at, w)| *w == Some(at as u32));
        let old_ids: Vec<ItemId> = old.item_ids().collect();
        let compare = |(id, was): (ItemId, &Option<u32>)| match was {
            Some(at) => same_item(old, old_ids[*at as usize], new, id),
            None => Sameness::default(),
        };
        let same = new.item_ids().zip(&was).map(compare).collect();
        let outputs = |module: &Module| -> Vec<_> {
            module.outputs.iter().map(|o| (o.name.clone(), o.sensitive, o.ephemeral)).collect()
        };
        Delta {
            same_graph: same_layout
                && all_alike(&old.links, &new.links, |a, b| Arc::ptr_eq(a, b) || a == b)
                && old.needed_outputs == new.needed_outputs,
            same_structure: same_structure(old, new),
            same_moves: same_moves(old, new),
            same_outputs: outputs(old) == outputs(new),
            prefixes: prefixes(old, new),
            old: old.clone(),
            was,
            same_layout,
            same,
        }
    }

    /// Whether what stands at `new` now stood at `old` before, on the same line.
    pub fn same_place(&self, old: &Spot, new: &Spot) -> bool {
        let untouched = self.prefixes.get(new.file.path().as_str()).copied().unwrap_or(0);
        if old.span == new.span && old.file.path() == new.file.path() && new.span.end as usize <= untouched {
            return true;
        }
        old.place() == new.place()
    }
}

/// The differences met in one run, each worked out once.
#[derive(Debug, Default)]
pub struct Deltas {
    known: RefCell<HashMap<(usize, usize), Rc<Delta>>>,
}

impl Deltas {
    /// The difference of two modules; `None` when they are one and the same.
    pub fn of(&self, old: &Arc<Module>, new: &Arc<Module>) -> Option<Rc<Delta>> {
        if Arc::ptr_eq(old, new) {
            return None;
        }
        let key = (Arc::as_ptr(old) as usize, Arc::as_ptr(new) as usize);
        let mut known = self.known.borrow_mut();
        Some(known.entry(key).or_insert_with(|| Rc::new(Delta::between(old, new))).clone())
    }
}

/// How many bytes of each file are as they were.
fn prefixes(old: &Module, new: &Module) -> HashMap<String, usize> {
    let known: HashMap<&str, &Arc<SourceFile>> = old.files.iter().map(|file| (file.path().as_str(), file)).collect();
    let prefix = |file: &Arc<SourceFile>| {
        let old = known.get(file.path().as_str())?;
        Some((file.path().as_str().to_owned(), common_prefix(old.text(), file.text())))
    };
    new.files.iter().filter_map(prefix).collect()
}

fn find(old: &Module, new: &Module, id: ItemId) -> Option<u32> {
    let there = match id {
        ItemId::Variable(n) => ItemId::Variable(old.variable(&new.variables[n as usize].name)? as u32),
        ItemId::Local(n) => ItemId::Local(old.local(&new.locals[n as usize].name)? as u32),
        ItemId::Output(n) => ItemId::Output(old.output(&new.outputs[n as usize].name)? as u32),
        ItemId::Resource(n) => {
            let resource = &new.resources[n as usize];
            // Mostly everything stands where it stood.
            match old.resources.get(n as usize).is_some_and(|old| old.has_name_of(resource)) {
                true => id,
                false => ItemId::Resource(old.resource(resource.mode, &resource.type_name, &resource.name)? as u32),
            }
        }
        ItemId::Call(n) => {
            let name = &new.calls[n as usize].name;
            match old.calls.get(n as usize).is_some_and(|old| old.name == *name) {
                true => id,
                false => ItemId::Call(old.call(name)? as u32),
            }
        }
        ItemId::Check(n) => {
            let name = &new.checks[n as usize].name;
            ItemId::Check(old.checks.iter().position(|check| check.name == *name)? as u32)
        }
    };
    Some(old.item_index(there) as u32)
}

fn same_item(old: &Module, was: ItemId, new: &Module, is: ItemId) -> Sameness {
    match (was, is) {
        (ItemId::Variable(a), ItemId::Variable(b)) => {
            let (a, b) = (&old.variables[a as usize], &new.variables[b as usize]);
            let conditions = all_alike(&a.validations, &b.validations, same_condition);
            Sameness { value: same_variable(a, b), body: false, conditions }
        }
        (ItemId::Local(a), ItemId::Local(b)) => {
            let (a, b) = (&old.locals[a as usize].value, &new.locals[b as usize].value);
            Sameness { value: same_written(a, b), ..Sameness::default() }
        }
        (ItemId::Output(a), ItemId::Output(b)) => {
            let (a, b) = (&old.outputs[a as usize], &new.outputs[b as usize]);
            let conditions = all_alike(&a.preconditions, &b.preconditions, same_condition);
            Sameness { value: same_output(a, b), body: false, conditions }
        }
        (ItemId::Resource(a), ItemId::Resource(b)) => {
            let (a, b) = (&old.resources[a as usize], &new.resources[b as usize]);
            if Arc::ptr_eq(a, b) {
                return Sameness { value: true, body: true, conditions: false };
            }
            Sameness { value: same_repetition(&a.repetition, &b.repetition), body: same_body(a, b), conditions: false }
        }
        (ItemId::Call(a), ItemId::Call(b)) => {
            let (a, b) = (&old.calls[a as usize], &new.calls[b as usize]);
            Sameness { value: same_repetition(&a.repetition, &b.repetition), ..Sameness::default() }
        }
        (ItemId::Check(a), ItemId::Check(b)) => {
            let (a, b): (&Check, &Check) = (&old.checks[a as usize], &new.checks[b as usize]);
            Sameness { conditions: all_alike(&a.asserts, &b.asserts, same_condition), ..Sameness::default() }
        }
        _ => Sameness::default(),
    }
}

/// Whether two expressions say the same.
pub fn same_written(a: &Written, b: &Written) -> bool {
    Arc::ptr_eq(&a.expr, &b.expr) || alike(&a.expr, &b.expr)
}

fn same_variable(a: &Variable, b: &Variable) -> bool {
    (&a.ty, &a.defaults, a.reads_expressions, a.sensitive, a.ephemeral, a.nullable)
        == (&b.ty, &b.defaults, b.reads_expressions, b.sensitive, b.ephemeral, b.nullable)
        && both_alike(a.default.as_ref(), b.default.as_ref(), same_written)
}

fn same_output(a: &Output, b: &Output) -> bool {
    (a.sensitive, a.ephemeral) == (b.sensitive, b.ephemeral)
        && both_alike(a.value.as_ref(), b.value.as_ref(), same_written)
}

fn same_condition(a: &Condition, b: &Condition) -> bool {
    same_written(&a.condition, &b.condition) && both_alike(a.message.as_ref(), b.message.as_ref(), same_written)
}

fn same_repetition(a: &Repetition, b: &Repetition) -> bool {
    match (a, b) {
        (Repetition::Single, Repetition::Single) => true,
        (Repetition::Count(a), Repetition::Count(b)) | (Repetition::ForEach(a), Repetition::ForEach(b)) => {
            same_written(a, b)
        }
        _ => false,
    }
}

fn same_content(a: &Content, b: &Content) -> bool {
    all_alike(&a.pieces, &b.pieces, |a: &Piece, b: &Piece| items_alike(&a.item, &b.item))
}

fn same_reference(a: &WrittenReference, b: &WrittenReference) -> bool {
    traversals_alike(&a.traversal, &b.traversal)
}

fn same_body(a: &Resource, b: &Resource) -> bool {
    a.provider == b.provider
        && a.check == b.check
        && all_alike(&a.depends_on, &b.depends_on, same_reference)
        && same_lifecycle(&a.lifecycle, &b.lifecycle)
        && all_alike(&a.provisioners, &b.provisioners, same_provisioner)
        && same_content(&a.content, &b.content)
}

fn same_provisioner(a: &Provisioner, b: &Provisioner) -> bool {
    (&a.kind, a.on_destroy, a.continue_on_failure) == (&b.kind, b.on_destroy, b.continue_on_failure)
        && same_content(&a.content, &b.content)
}

fn same_lifecycle(a: &Lifecycle, b: &Lifecycle) -> bool {
    let ignored = match (&a.ignore_changes, &b.ignore_changes) {
        (Ignored::Nothing, Ignored::Nothing) | (Ignored::All, Ignored::All) => true,
        (Ignored::Paths(a), Ignored::Paths(b)) => all_alike(a, b, same_reference),
        _ => false,
    };
    ignored
        && a.create_before_destroy == b.create_before_destroy
        && a.prevent_destroy.is_some() == b.prevent_destroy.is_some()
        && all_alike(&a.replace_triggered_by, &b.replace_triggered_by, same_written)
        && all_alike(&a.preconditions, &b.preconditions, same_condition)
        && all_alike(&a.postconditions, &b.postconditions, same_condition)
}

fn same_structure(old: &Module, new: &Module) -> bool {
    let required = |module: &Module| -> Vec<_> {
        module.required_providers.iter().map(|r| (r.local_name.clone(), r.source.clone())).collect()
    };
    let providers = all_alike(&old.providers, &new.providers, |a, b| {
        a.reference == b.reference && same_content(&a.content, &b.content)
    });
    // Calls that came or went change nothing for the others.
    let calls = new.calls.iter().all(|call| match old.call(&call.name) {
        Some(was) => (&old.calls[was].source, &old.calls[was].providers) == (&call.source, &call.providers),
        None => true,
    });
    providers
        && calls
        && required(old) == required(new)
        && old.loose_attributes == new.loose_attributes
        && old.directory == new.directory
}

fn same_moves(old: &Module, new: &Module) -> bool {
    let quiet = |module: &Module| module.moved.is_empty() && module.removed.is_empty() && module.imports.is_empty();
    let shape = |resource: &Resource| std::mem::discriminant(&resource.repetition);
    quiet(old)
        && quiet(new)
        && old.resources.len() == new.resources.len()
        && old.resources.iter().zip(&new.resources).all(|(a, b)| shape(a) == shape(b))
}
