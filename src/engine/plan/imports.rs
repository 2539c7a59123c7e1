//! `import` blocks: which addresses get their object from an id.

use std::collections::HashMap;
use std::rc::Rc;

use crate::engine::module::declared::{Import, ItemId, Repetition, Spot, Written, WrittenReference};
use crate::engine::module::lifecycle::reference;
use crate::engine::module::refactoring::{Endpoint, endpoint};
use crate::engine::module::references::target;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::targets::Targets;
use crate::engine::query::evaluate::evaluate;
use crate::engine::query::graph::Vertex;
use crate::engine::query::inputs::Reader;
use crate::engine::query::scope::{Instances, Scope};
use crate::engine::query::session::Query;
use crate::engine::query::statements::statements;
use crate::lang::expr::{Cause, references};
use crate::lang::syntax::ast::{Expr, ExprKind, Step, StepKind};
use crate::lang::types::convert;
use crate::lang::value::deep_source;
use crate::model::address::{InstanceKey, ResourceAddress, ResourceInstanceAddress};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Str, Type, UnknownSource, Value, ValueKind};

/// Finds the ids of all import blocks whose objects the state does not hold yet.
pub fn gather(planner: &Planner<'_>, query: &Query<'_>) {
    let root = query.root();
    let mut found = HashMap::new();
    for import in &query.module(&root).imports {
        let pairs: Vec<Option<(Value, Value)>> = match &import.for_each {
            None => vec![None],
            Some(written) => {
                let value = evaluate(written, &Reader::new(query, &root)).into_value(query);
                if let Some(fault) = unfit(query, &value, written) {
                    query.report([fault]);
                    fail(planner, import);
                    continue;
                }
                let value = value.unmark();
                match (value.as_entries(), value.as_items()) {
                    (Some(entries), _) => {
                        entries.iter().map(|(k, v)| Some((Value::string(k.clone()), v.clone()))).collect()
                    }
                    (None, Some(items)) => items.iter().map(|item| Some((item.clone(), item.clone()))).collect(),
                    (None, None) => continue,
                }
            }
        };
        for pair in pairs {
            let Some((address, id)) = one(query, import, pair) else {
                fail(planner, import);
                continue;
            };
            if planner.prior.current(&address.resource, address.key.as_ref()).is_none() {
                check_target(planner, query, import, &address);
                found.insert(address, id);
            }
        }
    }
    *planner.imports.borrow_mut() = found;
}

/// Says which objects to import have no instance in the configuration.
pub fn without_instance(planner: &Planner<'_>, query: &Query<'_>, targets: &Targets) {
    for address in planner.imports.borrow().keys() {
        let resource = &address.resource;
        let Some(node) = planner.config.node(&resource.module) else { continue };
        let module = &planner.config.nodes[node].module;
        let Some(at) = module.resource(resource.mode, &resource.type_name, &resource.name) else { continue };
        let number = planner.graph.number(planner.config, Vertex { node, item: ItemId::Resource(at as u32) });
        // Nobody looked, because it is not asked for or something that it reads is wrong.
        if !targets.include(number) || planner.wrong.borrow().get(number as usize).copied().unwrap_or(false) {
            continue;
        }
        let has_instance = query.scope_at(&resource.module).is_some_and(|scope| {
            let expansion = query.expansion(&scope, at);
            !matches!(expansion.instances, Instances::Known(_)) || expansion.find(address.key.as_ref()).is_some()
        });
        if !has_instance {
            query.report([no_instance(address)]);
        }
    }
}

/// What keeps an import's `for_each` from saying what is imported.
fn unfit(query: &Query<'_>, value: &Value, written: &Written) -> Option<Diagnostic> {
    let detail = match deep_source(value) {
        Some(UnknownSource::AfterApply) => {
            "The \"for_each\" expression includes values derived from other resource attributes that cannot be determined until apply, and so Terraform cannot determine the full set of values that might be used to import this resource."
        }
        _ => return None,
    };
    let found = Diagnostic::error("Invalid for_each argument", detail).at(written.place());
    Some(found.with_values(statements(&written.expr, &Reader::new(query, &query.root()), Cause::Unknown)))
}

/// What an import was to become is not planned when the import itself is wrong.
fn fail(planner: &Planner<'_>, import: &Import) {
    let named = references(&import.to.expr).into_iter().next().cloned();
    let Some(traversal) = named else { return };
    let reference =
        WrittenReference { traversal, spot: Spot { file: import.to.file.clone(), span: import.to.expr.span } };
    if let Some(Endpoint::Resource { module, mode, type_name, name, .. }) = endpoint(&reference) {
        planner.failed_imports.borrow_mut().push(ResourceAddress { module, mode, type_name, name });
    }
}

fn check_target(planner: &Planner<'_>, query: &Query<'_>, import: &Import, address: &ResourceInstanceAddress) {
    let resource = &address.resource;
    let declared = planner.config.node(&resource.module).is_some_and(|node| {
        planner.config.nodes[node].module.resource(resource.mode, &resource.type_name, &resource.name).is_some()
    });
    if !declared {
        let detail = format!(
            "The configuration for the given import target {address} does not exist. If you wish to automatically generate config for this resource, use the -generate-config-out option within terraform plan. Otherwise, make sure the target resource exists within your configuration. For example:\n\n  terraform plan -generate-config-out=generated.tf"
        );
        query.report([
            Diagnostic::error("Configuration for import target does not exist", detail).at(import.to.place())
        ]);
    }
}

fn one(query: &Query<'_>, import: &Import, pair: Option<(Value, Value)>) -> Option<(ResourceInstanceAddress, Str)> {
    let root = query.root();
    let each = crate::engine::query::scope::Each { pair, ..Default::default() };
    let reader = Reader::new(query, &root).within(&each);
    let value = evaluate(&import.id, &reader).into_value(query);
    let id = match convert(&value.clone().unmark(), &Type::String) {
        Ok(id) if !id.is_null() && !id.is_unknown() => id.as_str().map(Str::from)?,
        _ if value.is_unknown() => {
            let detail = "The import block \"id\" argument depends on resource attributes that cannot be determined until apply, so Terraform cannot plan to import this resource.";
            query.report([Diagnostic::error("Invalid import id argument", detail).at(import.id.place())]);
            return None;
        }
        _ => {
            let detail = "The import ID cannot be null.";
            query.report([Diagnostic::error("Invalid import id argument", detail).at(import.id.place())]);
            return None;
        }
    };
    let written = constant(&import.to.expr, &import.to, &reader, query)?;
    match endpoint(&written)? {
        Endpoint::Resource { module, mode, type_name, name, key } => {
            Some((ResourceAddress { module, mode, type_name, name }.instance(key), id))
        }
        Endpoint::Module(_) => None,
    }
}

/// A reference whose keys may be expressions, with the keys evaluated.
fn constant(
    expr: &Expr,
    written: &crate::engine::module::declared::Written,
    reader: &Reader<'_>,
    query: &Query<'_>,
) -> Option<WrittenReference> {
    match &expr.kind {
        ExprKind::Index { collection, key } => {
            let mut inner = constant(collection, written, reader, query)?;
            let value =
                crate::engine::query::evaluate::evaluate_expr(key, &written.file, reader).into_value(query).unmark();
            inner.traversal.steps.push(Step { kind: StepKind::Index(value), span: key.span });
            Some(inner)
        }
        ExprKind::Relative { source, steps } => {
            let mut inner = constant(source, written, reader, query)?;
            inner.traversal.steps.extend(steps.iter().cloned());
            Some(inner)
        }
        _ => reference(expr, &written.file),
    }
}

/// What is wrong with import blocks before anything is known.
pub fn sound(planner: &Planner<'_>, query: &Query<'_>) {
    let root = query.root();
    for import in &query.module(&root).imports {
        if reads_wrong(planner, query, import) {
            continue;
        }
        query.report(unsound(query, import).map(|fault| fault.at(import.to.place())));
    }
}

/// Whether nobody looked at what an import is to become, because something that it reads is wrong.
fn reads_wrong(planner: &Planner<'_>, query: &Query<'_>, import: &Import) -> bool {
    let root = query.root();
    let named = references(&import.to.expr).into_iter().next();
    let Some(ItemId::Resource(at)) = named.and_then(|name| target(query.module(&root), name)).map(|found| found.item)
    else {
        return false;
    };
    let number = planner.graph.number(planner.config, Vertex { node: 0, item: ItemId::Resource(at) });
    let wrong = planner.wrong.borrow();
    planner.graph.edges(number).iter().any(|read| wrong.get(*read as usize).copied().unwrap_or(false))
}

/// How an import's target does not fit the resource that it names.
fn unsound(query: &Query<'_>, import: &Import) -> Option<Diagnostic> {
    let constant = reference(&import.to.expr, &import.to.file);
    // Keys of a repeated import are texts, or numbers where it goes over a list.
    let each = import.for_each.as_ref().filter(|_| constant.is_none());
    let is_constant = constant.is_some();
    let reference = constant.or_else(|| {
        let traversal = references(&import.to.expr).into_iter().next()?.clone();
        Some(WrittenReference { traversal, spot: Spot { file: import.to.file.clone(), span: import.to.expr.span } })
    })?;
    let Some(Endpoint::Resource { module: within, mode, type_name, name, key }) = endpoint(&reference) else {
        return None;
    };
    let invalid = |detail: &str| Some(Diagnostic::error("Invalid import 'to' expression", detail));
    let module = &query.config.nodes[query.config.node(&within.without_keys())?].module;
    let declared = module.resource(mode, &type_name, &name);
    if declared.is_none() && is_constant {
        let generated = key.is_none() && import.for_each.is_none();
        return (!generated && within.is_root()).then(|| {
            Diagnostic::error(
                "Configuration for import target does not exist",
                "The given import block is not compatible with config generation. The -generate-config-out option cannot be used with import blocks which use for_each, or resources which use for_each or count.",
            )
        });
    }
    let repetition = declared.map_or(&Repetition::Single, |at| &module.resources[at].repetition);
    if let Some(written) = each {
        let value = evaluate(written, &Reader::new(query, &query.root())).value;
        let by_number = matches!(value.kind, ValueKind::Tuple(_) | ValueKind::List(_));
        return match repetition {
            Repetition::Count(_) if by_number => None,
            Repetition::ForEach(_) if !by_number => None,
            _ if by_number => invalid("The target resource does not use count."),
            _ => invalid("The target resource does not use for_each."),
        };
    }
    match (repetition, &key) {
        (Repetition::ForEach(_), Some(InstanceKey::String(_))) | (Repetition::Count(_), Some(InstanceKey::Int(_))) => {
            None
        }
        (_, Some(InstanceKey::String(_))) => invalid("The target resource does not use for_each."),
        (_, Some(InstanceKey::Int(_))) => invalid("The target resource does not use count."),
        (Repetition::Single, None) => None,
        (Repetition::Count(_), None) if import.for_each.is_none() => invalid("The target resource is using count."),
        (Repetition::ForEach(_), None) if import.for_each.is_none() => {
            invalid("The target resource is using for_each.")
        }
        (_, None) => None,
    }
}

/// Says which imports into a resource of a module instance name no instance of it.
pub fn stray(planner: &Planner<'_>, query: &Query<'_>, scope: &Rc<Scope>, position: usize) {
    let imports = planner.imports.borrow();
    if imports.is_empty() {
        return;
    }
    let resource = query.resource_address(scope, position);
    let expansion = query.expansion(scope, position);
    if !matches!(expansion.instances, Instances::Known(_)) {
        return;
    }
    let stray = |address: &&ResourceInstanceAddress| {
        address.resource == resource && expansion.find(address.key.as_ref()).is_none()
    };
    query.report(imports.keys().filter(stray).map(no_instance));
}

fn no_instance(address: &ResourceInstanceAddress) -> Diagnostic {
    let detail = format!(
        "The configuration for the given import {address} does not exist. All target instances must have an associated configuration to be imported."
    );
    Diagnostic::error("Configuration for import target does not exist", detail)
}
