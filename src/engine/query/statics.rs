//! What is wrong with a reference before anything is evaluated: keys where there are none, attributes that a type does not
//! have, data that only a check may read.

use crate::engine::module::declared::{ItemId, Module, Repetition};
use crate::engine::module::references::{step_name, target};
use crate::engine::query::scope::Scope;
use crate::engine::query::session::Query;
use crate::lang::expr::suggest;
use crate::lang::syntax::ast::{Step, StepKind, Traversal};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Type;

type Verdict = Result<(), Box<Diagnostic>>;

/// Judges a reference to a resource by the steps behind its name. `check` is the check block that it stands in.
///
/// # Errors
/// terraform's words for what is wrong.
pub fn resource(query: &Query<'_>, scope: &Scope, position: usize, steps: &[Step], check: Option<&str>) -> Verdict {
    let resource = query.resource(scope, position);
    let keyed = steps.first().is_some_and(|step| matches!(step.kind, StepKind::Index(_)));
    let label = resource.label();
    let (by, key) = match &resource.repetition {
        Repetition::Single => ("", ""),
        Repetition::Count(_) => ("count", "count.index"),
        Repetition::ForEach(_) => ("for_each", "each.key"),
    };
    if keyed && by.is_empty() {
        let detail = format!(
            "Because {label} does not have \"count\" or \"for_each\" set, references to it must not include an index key. Remove the bracketed index to refer to the single instance of this resource."
        );
        return fault("Unexpected resource instance key", detail);
    }
    if !keyed && !steps.is_empty() && !by.is_empty() {
        let detail = format!(
            "Because {label} has \"{by}\" set, its attributes must be accessed on specific instances.\n\nFor example, to correlate with indices of a referring resource, use:\n    {label}[{key}]"
        );
        return fault("Missing resource instance key", detail);
    }
    if resource.check.as_deref().is_some_and(|own| check != Some(own)) {
        let detail = format!(
            "The referenced data resource \"{}\" \"{}\" is not available from this context.",
            resource.type_name, resource.name
        );
        return fault("Reference to scoped resource", detail);
    }
    let behind = &steps[usize::from(keyed)..];
    match behind.first().map(|step| &step.kind) {
        Some(StepKind::Attribute(name)) => attribute(query, scope, position, name),
        _ => Ok(()),
    }
}

fn attribute(query: &Query<'_>, scope: &Scope, position: usize, name: &str) -> Verdict {
    let Some(schema) = query.objects.schema(query, scope, position) else { return Ok(()) };
    let block = &schema.block;
    if block.attributes.contains_key(name) || block.blocks.contains_key(name) {
        return Ok(());
    }
    let known = block.attributes.keys().chain(block.blocks.keys()).map(|name| &**name);
    let hint = suggest(name, known).map_or_else(String::new, |near| format!(" Did you mean \"{near}\"?"));
    let detail = format!("This object has no argument, nested block, or exported attribute named \"{name}\".{hint}");
    fault("Unsupported attribute", detail)
}

/// The type of the attribute of a resource that a reference names, with the number of steps that name it.
pub fn shape(query: &Query<'_>, scope: &Scope, traversal: &Traversal) -> Option<(usize, Type)> {
    let target = target(query.module(scope), traversal)?;
    let ItemId::Resource(position) = target.item else { return None };
    let keyed = matches!(traversal.steps.get(target.steps)?.kind, StepKind::Index(_));
    let at = target.steps + usize::from(keyed);
    let StepKind::Attribute(name) = &traversal.steps.get(at)?.kind else { return None };
    let schema = query.objects.schema(query, scope, position as usize)?;
    Some((at + 1, schema.block.attributes.get(name)?.ty.clone()))
}

fn fault(summary: &str, detail: String) -> Verdict {
    Err(Box::new(Diagnostic::error(summary, detail)))
}

/// Whether a reference names what a part of a file seems to declare that cannot be read.
pub fn is_lost(module: &Module, traversal: &Traversal) -> bool {
    if module.lost.is_empty() {
        return false;
    }
    let step = |at: usize| step_name(traversal.steps.get(at));
    match (&*traversal.root.text, step(0), step(1)) {
        ("var", Some(name), _) => module.is_lost("variable", &[name]),
        ("local", Some(name), _) => module.is_lost("local", &[name]),
        ("module", Some(name), _) => module.is_lost("module", &[name]),
        ("data", Some(of), Some(name)) => module.is_lost("data", &[of, name]),
        ("ephemeral", Some(of), Some(name)) => module.is_lost("ephemeral", &[of, name]),
        ("resource", Some(of), Some(name)) => module.is_lost("resource", &[of, name]),
        (of, Some(name), _) => module.is_lost("resource", &[of, name]),
        _ => false,
    }
}
