//! `resource`, `data`, `ephemeral` and `module` blocks.

use std::sync::Arc;

use crate::engine::module::declared::{Call, Content, ProviderReference, Resource, Spot, Written};
use crate::engine::module::lifecycle::{depends_on, lifecycle, provider_reference, repetition};
use crate::engine::module::provisioner::provisioners;
use crate::engine::module::sources::{missing_argument, unsupported_block};
use crate::engine::module::variable::text;
use crate::lang::syntax::ast::{Expr, ExprKind, Item};
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;

const RESOURCE_ARGUMENTS: [&str; 4] = ["count", "for_each", "depends_on", "provider"];
const RESOURCE_BLOCKS: [&str; 4] = ["lifecycle", "provisioner", "connection", "_"];
const CALL_ARGUMENTS: [&str; 6] = ["source", "version", "count", "for_each", "depends_on", "providers"];

/// A resource of any mode.
pub fn resource(
    mode: ResourceMode,
    type_name: &Str,
    name: &Str,
    content: &Content,
    diagnostics: &mut Vec<Diagnostic>,
) -> Resource {
    let given = content.argument("provider").and_then(|written| provider_reference(&written, diagnostics));
    let provider = given.unwrap_or_else(|| ProviderReference { local_name: implied_provider(type_name), alias: None });
    let mut own = content.without(&RESOURCE_ARGUMENTS, &RESOURCE_BLOCKS);
    // A block `_` holds arguments that would otherwise be taken for meta-arguments.
    for (block, file) in content.blocks("_") {
        own.pieces.extend(Content::of(block, file).pieces);
    }
    Resource {
        mode,
        type_name: type_name.clone(),
        name: name.clone(),
        repetition: repetition(content, diagnostics),
        provider,
        depends_on: depends_on(content, diagnostics),
        lifecycle: lifecycle(mode, content, diagnostics),
        provisioners: provisioners(content, diagnostics),
        content: own,
        check: None,
    }
}

/// `local` for `local_file`.
fn implied_provider(type_name: &str) -> Str {
    Str::from(type_name.split('_').next().unwrap_or(type_name))
}

/// A module call.
pub fn call(name: &Str, content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Call {
    let source = text(content, "source", diagnostics);
    let written = content.argument("source");
    if written.is_none() {
        diagnostics.push(missing_argument("source", content));
    }
    judge_source(source.as_ref(), content, diagnostics);
    for reserved in ["lifecycle", "locals", "provider"] {
        for (block, file) in content.blocks(reserved) {
            let detail =
                format!("The block type name \"{reserved}\" is reserved for use by Terraform in a future version.");
            let place = file.place(block.header);
            diagnostics.push(Diagnostic::error("Reserved block type name in module block", detail).at(place));
        }
    }
    let mut own = content.without(&CALL_ARGUMENTS, &["lifecycle", "locals", "provider", "_"]);
    for (block, file) in content.blocks("_") {
        own.pieces.extend(Content::of(block, file).pieces);
    }
    let arguments = own.pieces.iter().filter_map(|piece| match &piece.item {
        Item::Attribute(attribute) => {
            let written = Written { expr: attribute.expr.clone(), file: piece.file.clone() };
            Some((attribute.name.text.clone(), written))
        }
        Item::Block(block) => {
            diagnostics.push(unsupported_block(&block.kind.text).at(piece.file.place(block.kind.span)));
            None
        }
    });
    let arguments = arguments.collect();
    Call {
        name: name.clone(),
        source,
        version: text(content, "version", diagnostics),
        source_spot: written.map(|w| Spot { span: w.expr.span, file: w.file }),
        repetition: repetition(content, diagnostics),
        depends_on: depends_on(content, diagnostics),
        providers: passed_providers(content, diagnostics),
        content: own,
        arguments,
    }
}

/// A local path has no versions.
fn judge_source(source: Option<&Str>, content: &Content, diagnostics: &mut Vec<Diagnostic>) {
    let Some(source) = source else { return };
    let local = source.starts_with("./") || source.starts_with("../");
    if let (true, Some(_), Some(written)) = (local, content.argument("version"), content.argument("source")) {
        let detail = format!(
            "Failed to parse module registry address: can't use local directory \"{source}\" as a module registry address.\n\nTerraform assumed that you intended a module registry source address because you also set the argument \"version\", which applies only to registry modules."
        );
        let place = written.place();
        diagnostics.push(Diagnostic::error("Invalid registry module source address", detail).at(place));
    }
}

fn passed_providers(
    content: &Content,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(ProviderReference, ProviderReference)> {
    let Some(written) = content.argument("providers") else { return Vec::new() };
    let ExprKind::Object(items) = &written.expr.kind else {
        let detail = "The \"providers\" argument wants a map from provider names to provider configurations.";
        diagnostics.push(Diagnostic::error("Invalid providers argument", detail).at(written.place()));
        return Vec::new();
    };
    let mut passed = Vec::new();
    for item in items {
        let of = |expr: &Expr, diagnostics: &mut Vec<Diagnostic>| {
            let one = Written { expr: Arc::new(expr.clone()), file: written.file.clone() };
            provider_reference(&one, diagnostics)
        };
        if let (Some(child), Some(ours)) = (of(&item.key, diagnostics), of(&item.value, diagnostics)) {
            passed.push((child, ours));
        }
    }
    passed
}
