//! Meta-arguments of resources and calls: `depends_on`, `provider`, `lifecycle`, `count`, `for_each`.

use std::sync::Arc;

use crate::engine::module::conditions::{CheckedBy, condition_blocks};
use crate::engine::module::declared::{
    Content, Ignored, Lifecycle, ProviderReference, Repetition, Spot, Written, WrittenReference,
};
use crate::engine::module::references::{Met, RESERVED_ROOTS, step_name, walk};
use crate::engine::module::sources::NOT_STATIC;
use crate::engine::module::variable::flag;
use crate::lang::expr::start_of;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Expr, ExprKind, StepKind, Traversal};
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;

/// An expression that is nothing but a reference; quoted ones (old style) are read too.
pub fn reference(expr: &Expr, file: &Arc<SourceFile>) -> Option<WrittenReference> {
    let spot = Spot { file: file.clone(), span: expr.span };
    match &expr.kind {
        ExprKind::Traversal(traversal) => Some(WrittenReference { traversal: traversal.clone(), spot }),
        ExprKind::Parens(inner) => reference(inner, file),
        _ => {
            let text = expr.literal_text()?;
            let source = SourceFile::new(file.path().clone(), text.to_string());
            let parsed = crate::lang::syntax::parse_expression(&source);
            match parsed.tree.kind {
                ExprKind::Traversal(traversal) if parsed.diagnostics.is_empty() => {
                    Some(WrittenReference { traversal, spot })
                }
                _ => None,
            }
        }
    }
}

/// The elements of a literal list.
fn list<'e>(written: &'e Written, diagnostics: &mut Vec<Diagnostic>) -> &'e [Expr] {
    match &written.expr.kind {
        ExprKind::Tuple(items) => items,
        _ => {
            let place = written.file.place(start_of(&written.expr, &written.file));
            let detail = "A static list expression is required.";
            diagnostics.push(Diagnostic::error("Invalid expression", detail).at(place));
            &[]
        }
    }
}

/// A reference where only a reference may stand. Quoted ones are old style; that is said.
pub fn static_reference(
    expr: &Expr,
    file: &Arc<SourceFile>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<WrittenReference> {
    let quoted = matches!(expr.kind, ExprKind::Template(_)) && !file.path().as_str().ends_with(".json");
    let found = reference(expr, file);
    match &found {
        Some(_) if quoted => {
            let detail = "In this context, references are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted references are now deprecated and will be removed in a future version of Terraform. Remove the quotes surrounding this reference to silence this warning.";
            let found = Diagnostic::warning("Quoted references are deprecated", detail).at(file.place(expr.span));
            diagnostics.push(found);
        }
        Some(_) => {}
        None => {
            diagnostics.push(Diagnostic::error("Invalid expression", NOT_STATIC).at(file.place(expr.span)));
        }
    }
    found
}

/// `depends_on = [a.b, module.c]`
pub fn depends_on(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Vec<WrittenReference> {
    let Some(written) = content.argument("depends_on") else { return Vec::new() };
    let items = list(&written, diagnostics).to_vec();
    items.iter().filter_map(|item| static_reference(item, &written.file, diagnostics)).collect()
}

/// `provider = aws.west`
pub fn provider_reference(written: &Written, diagnostics: &mut Vec<Diagnostic>) -> Option<ProviderReference> {
    let fault = || {
        Diagnostic::error(
            "Invalid provider configuration reference",
            "The provider argument requires a provider type name, optionally followed by a period and then a configuration alias.",
        )
        .at(written.place())
    };
    let reference = static_reference(&written.expr, &written.file, diagnostics)?;
    let Traversal { root, steps } = &reference.traversal;
    let alias = match steps.as_slice() {
        [] => None,
        [step] => match &step.kind {
            StepKind::Attribute(name) => Some(name.clone()),
            StepKind::Index(_) => {
                diagnostics.push(fault());
                return None;
            }
        },
        _ => {
            diagnostics.push(fault());
            return None;
        }
    };
    Some(ProviderReference { local_name: root.text.clone(), alias })
}

/// `count` or `for_each`.
pub fn repetition(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Repetition {
    match (content.argument("count"), content.argument("for_each")) {
        (Some(_), Some(for_each)) => {
            let detail = "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be explicit about the number of resources to be created.";
            let place = content.name_place("for_each").unwrap_or_else(|| for_each.place());
            diagnostics.push(Diagnostic::error("Invalid combination of \"count\" and \"for_each\"", detail).at(place));
            Repetition::ForEach(for_each)
        }
        (Some(count), None) => Repetition::Count(count),
        (None, Some(for_each)) => Repetition::ForEach(for_each),
        (None, None) => Repetition::Single,
    }
}

/// The `lifecycle` block of a resource; data and ephemeral ones may only have conditions there.
pub fn lifecycle(mode: ResourceMode, content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Lifecycle {
    let mut lifecycle = Lifecycle::default();
    let mut first: Option<Spot> = None;
    for (block, file) in content.blocks("lifecycle") {
        let header = Spot { file: file.clone(), span: block.header };
        // Override files may say more about the same one.
        if let Some(first) = first.as_ref().filter(|first| Arc::ptr_eq(&first.file, file)) {
            let detail = format!("This resource already has a lifecycle block at {}.", first.place().range_text());
            diagnostics.push(Diagnostic::error("Duplicate lifecycle block", detail).at(header.place()));
            continue;
        }
        first.get_or_insert(header);
        one_lifecycle(mode, &Content::of(block, file), &mut lifecycle, diagnostics);
    }
    lifecycle
}

fn one_lifecycle(mode: ResourceMode, content: &Content, lifecycle: &mut Lifecycle, diagnostics: &mut Vec<Diagnostic>) {
    let arguments = ["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];
    content.expect_only(&arguments, &["precondition", "postcondition"], diagnostics);
    if mode != ResourceMode::Managed {
        let what = mode.word();
        for argument in arguments {
            let Some(place) = content.name_place(argument) else { continue };
            let detail = format!(
                "The lifecycle argument \"{argument}\" is defined only for managed resources (\"resource\" blocks), and is not valid for {what} resources."
            );
            let summary = format!("Invalid {what} resource lifecycle argument");
            diagnostics.push(Diagnostic::error(summary, detail).at(place));
        }
    } else {
        managed_lifecycle(content, lifecycle, diagnostics);
    }
    let mut conditions = condition_blocks(content, CheckedBy::Precondition, diagnostics);
    lifecycle.preconditions.append(&mut conditions);
    let mut conditions = condition_blocks(content, CheckedBy::Postcondition, diagnostics);
    lifecycle.postconditions.append(&mut conditions);
}

fn managed_lifecycle(content: &Content, lifecycle: &mut Lifecycle, diagnostics: &mut Vec<Diagnostic>) {
    if let Some(first) = flag(content, "create_before_destroy", diagnostics) {
        lifecycle.create_before_destroy = Some(first);
    }
    if flag(content, "prevent_destroy", diagnostics) == Some(true) {
        let written = content.argument("prevent_destroy");
        lifecycle.prevent_destroy = written.map(|w| Spot { span: w.expr.span, file: w.file });
    }
    if let Some(written) = content.argument("ignore_changes") {
        lifecycle.ignore_changes = ignored(&written, diagnostics);
    }
    if let Some(written) = content.argument("replace_triggered_by") {
        let items = list(&written, diagnostics).to_vec();
        let of = |item: Expr| Written { expr: Arc::new(item), file: written.file.clone() };
        lifecycle.replace_triggered_by = items.into_iter().map(of).collect();
        // Terraform stops at the first that is wrong.
        let errors = |diagnostics: &[Diagnostic]| diagnostics.iter().filter(|d| d.is_error()).count();
        let before = errors(diagnostics);
        for trigger in &lifecycle.replace_triggered_by {
            if errors(diagnostics) == before {
                judge_trigger(trigger, diagnostics);
            }
        }
    }
}

/// Only a reference to a resource, with keys of the instance at most, may trigger a replacement.
fn judge_trigger(trigger: &Written, diagnostics: &mut Vec<Diagnostic>) {
    let mut resources = 0;
    walk(&trigger.expr, &mut |met| {
        let Met::Traversal(traversal) = met else { return };
        let root = &*traversal.root.text;
        if is_key(traversal) {
            return;
        }
        if RESERVED_ROOTS.contains(&root) && root != "resource" {
            let detail = "Only resources, count.index, and each.key may be used in replace_triggered_by.";
            let summary = "Invalid reference in replace_triggered_by expression";
            diagnostics.push(Diagnostic::error(summary, detail).at(trigger.place()));
            return;
        }
        resources += 1;
    });
    let problem = match resources {
        0 => "Missing resource reference in replace_triggered_by expression.",
        1 => return,
        _ => "Multiple resource references in replace_triggered_by expression.",
    };
    diagnostics.push(Diagnostic::error("Invalid replace_triggered_by expression", problem).at(trigger.place()));
}

/// `each.key` and `count.index`
fn is_key(traversal: &Traversal) -> bool {
    matches!(
        (&*traversal.root.text, step_name(traversal.steps.first())),
        ("each", Some("key")) | ("count", Some("index"))
    )
}

fn ignored(written: &Written, diagnostics: &mut Vec<Diagnostic>) -> Ignored {
    if written.expr.bare_word().is_some_and(|word| &**word == "all") {
        return Ignored::All;
    }
    let mut paths = Vec::new();
    for item in list(written, diagnostics).to_vec() {
        if item.literal_text().is_some_and(|text| &*text == "*") {
            let detail = "The [\"*\"] form of ignore_changes wildcard is was deprecated and is now invalid. Use \"ignore_changes = all\" to ignore changes to all attributes.";
            diagnostics.push(Diagnostic::error("Invalid ignore_changes wildcard", detail).at(written.place()));
            continue;
        }
        paths.extend(static_reference(&item, &written.file, diagnostics));
    }
    Ignored::Paths(paths)
}
