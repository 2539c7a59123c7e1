//! `moved`, `removed` and `import` blocks.

use crate::engine::module::declared::{Content, Import, Moved, Removed, WrittenReference};
use crate::engine::module::lifecycle::reference;
use crate::engine::module::sources::missing_argument;
use crate::engine::module::variable::flag;
use crate::lang::syntax::ast::StepKind;
use crate::model::address::{InstanceKey, ModuleAddress, ModuleStep, ResourceMode};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;

/// `moved { from = …, to = … }`
pub fn moved(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Option<Moved> {
    content.expect_only(&["from", "to"], &[], diagnostics);
    let from = address_argument(content, "from", diagnostics);
    let to = address_argument(content, "to", diagnostics);
    Some(Moved { from: from?, to: to?, header: content.header.clone() })
}

/// `removed { from = …, lifecycle { destroy = … } }`
pub fn removed(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Option<Removed> {
    content.expect_only(&["from"], &["lifecycle", "provisioner", "connection"], diagnostics);
    let from = address_argument(content, "from", diagnostics);
    let mut destroy = true;
    for (block, file) in content.blocks("lifecycle") {
        let inner = Content::of(block, file);
        inner.expect_only(&["destroy"], &[], diagnostics);
        destroy = flag(&inner, "destroy", diagnostics).unwrap_or(true);
    }
    Some(Removed { from: from?, destroy })
}

/// `import { to = …, id = … }`
pub fn import(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Option<Import> {
    content.expect_only(&["to", "id", "for_each", "provider"], &[], diagnostics);
    let required = |name: &str, diagnostics: &mut Vec<Diagnostic>| {
        let written = content.argument(name);
        if written.is_none() {
            diagnostics.push(missing_argument(name, content));
        }
        written
    };
    let (to, id) = (required("to", diagnostics), required("id", diagnostics));
    Some(Import { to: to?, id: id?, for_each: content.argument("for_each") })
}

fn address_argument(content: &Content, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<WrittenReference> {
    let Some(written) = content.argument(name) else {
        diagnostics.push(missing_argument(name, content));
        return None;
    };
    let found = reference(&written.expr, &written.file);
    if found.is_none() {
        let detail = "A single static reference to a resource or a module is required.";
        diagnostics.push(Diagnostic::error("Invalid address", detail).at(written.place()));
    }
    found
}

/// What an address in a `moved`, `removed` or `import` block names, relative to the module it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// `module.a`, `module.a["k"]`: all steps but the last may have keys too.
    Module(ModuleAddress),
    /// A resource in a module below, perhaps one instance of it.
    Resource {
        /// The module's steps.
        module: ModuleAddress,
        /// Which kind of block.
        mode: ResourceMode,
        /// The type.
        type_name: Str,
        /// The name.
        name: Str,
        /// One instance.
        key: Option<InstanceKey>,
    },
}

/// Reads an address out of a reference.
pub fn endpoint(reference: &WrittenReference) -> Option<Endpoint> {
    // The traversal as a flat run of names, each with the key that follows it.
    let mut names: Vec<(Str, Option<InstanceKey>)> = vec![(reference.traversal.root.text.clone(), None)];
    for step in &reference.traversal.steps {
        match &step.kind {
            StepKind::Attribute(name) => names.push((name.clone(), None)),
            StepKind::Index(value) => {
                let (_, key) = names.last_mut()?;
                if key.is_some() {
                    return None;
                }
                *key = Some(match (value.as_str(), value.as_number()) {
                    (Some(text), _) => InstanceKey::String(Str::from(text)),
                    (None, Some(number)) => InstanceKey::Int(number.to_i64()?),
                    (None, None) => return None,
                });
            }
        }
    }
    let mut names = names.into_iter().peekable();
    let mut module = ModuleAddress::root();
    while names.peek().is_some_and(|(name, _)| &**name == "module") {
        names.next();
        let (name, key) = names.next()?;
        module.0.push(ModuleStep { name, key });
    }
    let Some((first, first_key)) = names.next() else { return Some(Endpoint::Module(module)) };
    let (mode, type_name) = match &*first {
        "data" => (ResourceMode::Data, names.next()?.0),
        "resource" => (ResourceMode::Managed, names.next()?.0),
        _ => (ResourceMode::Managed, first),
    };
    let (name, key) = names.next()?;
    (first_key.is_none() && names.next().is_none()).then_some(Endpoint::Resource { module, mode, type_name, name, key })
}
