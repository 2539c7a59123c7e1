//! Meta-arguments of resources and calls: `depends_on`, `provider`, `lifecycle`, `count`, `for_each`.

use std::sync::Arc;

use crate::engine::module::conditions::condition_blocks;
use crate::engine::module::declared::{
    Content, Ignored, Lifecycle, ProviderReference, Repetition, Spot, Written, WrittenReference,
};
use crate::engine::module::variable::flag;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Expr, ExprKind, StepKind, Traversal};
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
fn list<'e>(written: &'e Written, what: &str, diagnostics: &mut Vec<Diagnostic>) -> &'e [Expr] {
    match &written.expr.kind {
        ExprKind::Tuple(items) => items,
        _ => {
            let detail = format!("A static list expression is required for \"{what}\".");
            diagnostics.push(Diagnostic::error("Invalid expression", detail).at(written.place()));
            &[]
        }
    }
}

/// `depends_on = [a.b, module.c]`
pub fn depends_on(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Vec<WrittenReference> {
    let Some(written) = content.argument("depends_on") else { return Vec::new() };
    let mut references = Vec::new();
    for item in list(&written, "depends_on", diagnostics) {
        match reference(item, &written.file) {
            Some(reference) => references.push(reference),
            None => diagnostics.push(
                Diagnostic::error(
                    "Invalid expression",
                    "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.",
                )
                .at(written.file.place(item.span)),
            ),
        }
    }
    references
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
    let Some(reference) = reference(&written.expr, &written.file) else {
        diagnostics.push(fault());
        return None;
    };
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
            diagnostics.push(
                Diagnostic::error("Invalid combination of \"count\" and \"for_each\"", detail).at(for_each.place()),
            );
            Repetition::ForEach(for_each)
        }
        (Some(count), None) => Repetition::Count(count),
        (None, Some(for_each)) => Repetition::ForEach(for_each),
        (None, None) => Repetition::Single,
    }
}

/// The `lifecycle` block.
pub fn lifecycle(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Lifecycle {
    let mut lifecycle = Lifecycle::default();
    for (block, file) in content.blocks("lifecycle") {
        let content = Content::of(block, file);
        let arguments = ["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];
        content.expect_only(&arguments, &["precondition", "postcondition"], diagnostics);
        lifecycle.create_before_destroy = flag(&content, "create_before_destroy", diagnostics);
        if flag(&content, "prevent_destroy", diagnostics) == Some(true) {
            let written = content.argument("prevent_destroy");
            lifecycle.prevent_destroy = written.map(|w| Spot { span: w.expr.span, file: w.file });
        }
        if let Some(written) = content.argument("ignore_changes") {
            lifecycle.ignore_changes = ignored(&written, diagnostics);
        }
        if let Some(written) = content.argument("replace_triggered_by") {
            let items = list(&written, "replace_triggered_by", diagnostics);
            let of = |item: &Expr| Written { expr: Arc::new(item.clone()), file: written.file.clone() };
            lifecycle.replace_triggered_by = items.iter().map(of).collect();
        }
        lifecycle.preconditions = condition_blocks(&content, "precondition", diagnostics);
        lifecycle.postconditions = condition_blocks(&content, "postcondition", diagnostics);
    }
    lifecycle
}

fn ignored(written: &Written, diagnostics: &mut Vec<Diagnostic>) -> Ignored {
    if written.expr.bare_word().is_some_and(|word| &**word == "all") {
        return Ignored::All;
    }
    let mut paths = Vec::new();
    for item in list(written, "ignore_changes", diagnostics) {
        match reference(item, &written.file) {
            Some(path) if path.traversal.root.text.contains('*') => return Ignored::All,
            Some(path) => paths.push(path),
            None => {
                let detail = "A static reference to an attribute is required in \"ignore_changes\".";
                let place = written.file.place(item.span);
                diagnostics.push(Diagnostic::error("Invalid ignore_changes expression", detail).at(place));
            }
        }
    }
    Ignored::Paths(paths)
}
