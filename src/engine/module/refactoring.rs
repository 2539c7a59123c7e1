//! `moved`, `removed` and `import` blocks.

use crate::engine::module::declared::{Content, Import, Moved, Removed, WrittenReference};
use crate::engine::module::lifecycle::{reference, static_reference};
use crate::engine::module::provisioner::provisioners;
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
    let (from, to) = (from?, to?);
    match (endpoint(&from), endpoint(&to)) {
        (Some(a), Some(b)) if a.is_module() != b.is_module() => {
            let detail =
                "The \"from\" and \"to\" addresses must either both refer to resources or both refer to modules.";
            let place = content.header.place();
            diagnostics.push(Diagnostic::error("Invalid \"moved\" addresses", detail).at(place));
            return None;
        }
        (Some(_), Some(_)) => {}
        (None, _) => diagnostics.push(bad_address(&from)),
        (_, None) => diagnostics.push(bad_address(&to)),
    }
    Some(Moved { from, to, header: content.header.clone() })
}

fn bad_address(reference: &WrittenReference) -> Diagnostic {
    let detail = "A move goes from and to the address of a resource or a module: `module.a`, `local_file.x[\"key\"]`.";
    Diagnostic::error("Invalid address", detail).at(reference.spot.place())
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
    let provisioners = provisioners(content, diagnostics);
    for provisioner in provisioners.iter().filter(|provisioner| !provisioner.on_destroy) {
        let detail = "Only destroy-time provisioners are valid in \"removed\" blocks. To declare a destroy-time provisioner, use:\n    when = destroy";
        let place = provisioner.content.header.place();
        diagnostics.push(Diagnostic::error("Invalid provisioner block", detail).at(place));
    }
    let from = from?;
    judge_removed(&from, diagnostics);
    Some(Removed { from, destroy, provisioners })
}

/// What is removed is a whole resource or module, and no data source.
fn judge_removed(from: &WrittenReference, diagnostics: &mut Vec<Diagnostic>) {
    let key = from.traversal.steps.iter().find(|step| matches!(step.kind, StepKind::Index(_)));
    let found = match (endpoint(from), key) {
        (Some(Endpoint::Resource { mode: ResourceMode::Data, .. }), _) => {
            let detail = "Data sources are never destroyed, so they are not valid targets of removed blocks. To remove the data source from state, remove the data source block from configuration.";
            Diagnostic::error("Data source address not allowed", detail).at(from.spot.place())
        }
        (Some(Endpoint::Resource { key: Some(_), .. }), Some(step)) => {
            let detail = "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource instance (e.g. \"test_instance.foo[1]\").";
            Diagnostic::error("Resource instance keys not allowed", detail).at(from.spot.file.place(step.span))
        }
        (Some(_), Some(step)) => {
            let detail = "Module address must be a module (e.g. \"module.foo\"), not a module instance (e.g. \"module.foo[1]\").";
            Diagnostic::error("Module instance keys not allowed", detail).at(from.spot.file.place(step.span))
        }
        _ => return,
    };
    diagnostics.push(found);
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
    let (id, to) = (required("id", diagnostics), required("to", diagnostics));
    let to = to?;
    if let Some(reference) = reference(&to.expr, &to.file) {
        let target = endpoint(&reference);
        if matches!(target, Some(Endpoint::Module(_))) {
            let detail = "A resource instance address is required here. The module path must be followed by a resource instance specification.";
            diagnostics.push(Diagnostic::error("Invalid address", detail).at(to.place()));
        }
        if !matches!(target, Some(Endpoint::Resource { mode: ResourceMode::Managed, .. })) {
            let place = content.argument_place("to").unwrap_or_else(|| to.place());
            let detail = "Only managed resources can be imported.";
            diagnostics.push(Diagnostic::error("Invalid import address", detail).at(place));
            return None;
        }
    }
    let id = id?;
    if id.expr.literal_text().is_some_and(|text| text.is_empty()) {
        let detail = "The import ID value evaluates to an empty string, please provide a non-empty value.";
        diagnostics.push(Diagnostic::error("Invalid import id argument", detail).at(id.place()));
    }
    Some(Import { to, id, for_each: content.argument("for_each") })
}

fn address_argument(content: &Content, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<WrittenReference> {
    let Some(written) = content.argument(name) else {
        diagnostics.push(missing_argument(name, content));
        return None;
    };
    static_reference(&written.expr, &written.file, diagnostics)
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

impl Endpoint {
    /// Whether it names a module.
    pub fn is_module(&self) -> bool {
        matches!(self, Endpoint::Module(_))
    }
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
