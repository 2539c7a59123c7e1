//! `terraform` and `provider` blocks.

use crate::engine::module::declared::{Content, Module, ProviderConfig, ProviderReference, RequiredProvider};
use crate::engine::module::variable::text;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Attribute, Block, Expr, ExprKind, Item};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;

/// A `provider` block.
pub fn provider_config(name: &Str, content: &Content, diagnostics: &mut Vec<Diagnostic>) -> ProviderConfig {
    let alias = text(content, "alias", diagnostics);
    ProviderConfig {
        reference: ProviderReference { local_name: name.clone(), alias },
        content: content.without(&["alias", "version"], &[]),
    }
}

/// A `terraform` block: adds what it says to the module.
pub fn terraform_block(module: &mut Module, content: &Content) {
    let mut diagnostics = Vec::new();
    content.expect_only(
        &["required_version", "experiments", "language"],
        &["backend", "cloud", "required_providers", "provider_meta"],
        &mut diagnostics,
    );
    module.required_version.extend(content.argument("required_version"));
    for piece in &content.pieces {
        let Item::Block(block) = &piece.item else { continue };
        match &*block.kind.text {
            "backend" => backend(module, block, &piece.file, &mut diagnostics),
            "cloud" => {
                module.backend = Some(Str::from("cloud"));
            }
            "required_providers" => {
                for attribute in block.body.attributes() {
                    required_provider(module, attribute, &piece.file, &mut diagnostics);
                }
            }
            _ => {}
        }
    }
    module.diagnostics.extend(diagnostics);
}

fn backend(module: &mut Module, block: &Block, file: &std::sync::Arc<SourceFile>, diagnostics: &mut Vec<Diagnostic>) {
    match block.labels.first() {
        Some(kind) => {
            module.backend = Some(kind.text.clone());
        }
        None => diagnostics.push(
            Diagnostic::error("Missing type for backend", "All backend blocks must have 1 labels (type).")
                .at(file.place(block.header)),
        ),
    }
}

fn required_provider(module: &mut Module, attribute: &Attribute, file: &SourceFile, diagnostics: &mut Vec<Diagnostic>) {
    let local_name = attribute.name.text.clone();
    let source = match &attribute.expr.kind {
        ExprKind::Object(items) => {
            let find = |name: &str| {
                let item = items.iter().find(|item| key_text(&item.key).is_some_and(|key| &*key == name));
                item.and_then(|item| item.value.literal_text())
            };
            find("source")
        }
        _ => None,
    };
    let source = match source {
        None if &*local_name == "terraform" => Str::from("terraform.io/builtin/terraform"),
        None => Str::from(format!("registry.terraform.io/hashicorp/{local_name}")),
        Some(source) => match full_source(&source) {
            Some(full) => full,
            None => {
                let detail = format!(
                    "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\", not \"{source}\"."
                );
                let place = file.place(attribute.expr.span);
                diagnostics.push(Diagnostic::error("Invalid provider source string", detail).at(place));
                source
            }
        },
    };
    module.required_providers.retain(|known| known.local_name != local_name);
    module.required_providers.push(RequiredProvider { local_name, source });
}

fn key_text(key: &Expr) -> Option<Str> {
    key.bare_word().cloned().or_else(|| key.literal_text())
}

/// `hashicorp/local` in full: `registry.terraform.io/hashicorp/local`.
fn full_source(source: &str) -> Option<Str> {
    let parts: Vec<&str> = source.split('/').collect();
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    match parts.as_slice() {
        [name] => Some(Str::from(format!("registry.terraform.io/hashicorp/{name}"))),
        [namespace, name] => Some(Str::from(format!("registry.terraform.io/{namespace}/{name}"))),
        [_, _, _] => Some(Str::from(source)),
        _ => None,
    }
}
