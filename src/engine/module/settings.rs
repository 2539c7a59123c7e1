//! `terraform` and `provider` blocks.

use std::sync::Arc;

use crate::engine::module::declared::{
    Content, Module, ProviderConfig, ProviderReference, RequiredProvider, Spot, Written,
};
use crate::engine::module::lifecycle::provider_reference;
use crate::engine::module::sources::brace;
use crate::engine::module::variable::text;
use crate::engine::module::version::allows;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Attribute, Block, Expr, ExprKind, Item};
use crate::lang::types::convert;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::{Str, Type};

/// A `provider` block.
pub fn provider_config(name: &Str, content: &Content, diagnostics: &mut Vec<Diagnostic>) -> ProviderConfig {
    let alias = text(content, "alias", diagnostics);
    ProviderConfig {
        reference: ProviderReference { local_name: name.clone(), alias },
        content: content.without(&["alias", "version"], &[]),
    }
}

/// A `terraform` block: adds what it says to the module.
pub fn terraform_block(module: &mut Module, content: &Content, first: &mut FirstSettings) {
    let mut diagnostics = Vec::new();
    content.expect_only(
        &["required_version", "experiments", "language"],
        &["backend", "cloud", "required_providers", "provider_meta"],
        &mut diagnostics,
    );
    if let Some(written) = content.argument("required_version") {
        required_version(module, &written, content, &mut diagnostics);
    }
    if let Some(written) = content.argument("experiments")
        && !matches!(&written.expr.kind, ExprKind::Tuple(items) if items.is_empty())
    {
        let place = content.name_place("experiments").unwrap_or_else(|| written.place());
        let detail = "Experimental features are intended only for gathering early feedback on new language designs, and so are available only in alpha releases of Terraform.";
        diagnostics.push(Diagnostic::error("Module uses experimental features", detail).at(place));
    }
    for piece in &content.pieces {
        let Item::Block(block) = &piece.item else { continue };
        let header = Spot { file: piece.file.clone(), span: block.header };
        match &*block.kind.text {
            "backend" | "cloud" => backend(module, block, header, first, &mut diagnostics),
            "required_providers" => {
                if let Some(earlier) = &first.required_providers {
                    let detail = format!(
                        "A module may have only one required providers configuration. The required providers were previously configured at {}.",
                        earlier.place().range_text()
                    );
                    let summary = "Duplicate required providers configuration";
                    diagnostics.push(Diagnostic::error(summary, detail).at(header.place()));
                    continue;
                }
                for attribute in block.body.attributes() {
                    required_provider(module, attribute, &piece.file, &mut diagnostics);
                }
                if !first.overriding {
                    first.required_providers = Some(header);
                }
            }
            _ => {}
        }
    }
    module.diagnostics.extend(diagnostics);
}

/// Where each setting that a module may have only once was met first. Override files replace them.
#[derive(Default)]
pub struct FirstSettings {
    /// Whether what comes now stands in an override file.
    pub overriding: bool,
    backend: Option<Spot>,
    cloud: Option<Spot>,
    required_providers: Option<Spot>,
}

fn required_version(module: &mut Module, written: &Written, content: &Content, diagnostics: &mut Vec<Diagnostic>) {
    let whole = content.argument_place("required_version").unwrap_or_else(|| written.place());
    let text = match &written.expr.kind {
        ExprKind::Literal(value) => convert(value, &Type::String).ok().and_then(|v| v.as_str().map(Str::from)),
        _ => written.expr.literal_text(),
    };
    module.required_version.push(written.clone());
    match text.as_deref().map(allows) {
        Some(Some(true)) => {}
        Some(Some(false)) => module.unsupported.push(whole),
        Some(None) => {
            let detail = "This string does not use correct version constraint syntax.";
            diagnostics.push(Diagnostic::error("Invalid version constraint", detail).at(written.place()));
        }
        None => {
            let detail = format!("A string value is required for {}.", "required_version");
            diagnostics.push(Diagnostic::error("Invalid version constraint", detail).at(whole));
        }
    }
}

fn backend(
    module: &mut Module,
    block: &Block,
    header: Spot,
    first: &mut FirstSettings,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let is_cloud = &*block.kind.text == "cloud";
    let kind = match block.labels.first() {
        _ if is_cloud => Str::from("cloud"),
        Some(label) => label.text.clone(),
        None => {
            let place = header.file.place(brace(&block.body, &header.file));
            let detail = "All backend blocks must have 1 labels (type).";
            diagnostics.push(Diagnostic::error("Missing type for backend", detail).at(place));
            return;
        }
    };
    if first.overriding {
        module.backend = Some(kind);
        return;
    }
    let own = if is_cloud { &mut first.cloud } else { &mut first.backend };
    if let Some(earlier) = own {
        let earlier = earlier.place().range_text();
        let (summary, detail) = match is_cloud {
            true => (
                "Duplicate HCP Terraform configurations",
                format!(
                    "A module may have only one 'cloud' block configuring HCP Terraform or Terraform Enterprise. The 'cloud' block was previously configured at {earlier}."
                ),
            ),
            false => (
                "Duplicate backend configuration",
                format!(
                    "A module may have only one backend configuration. The backend was previously configured at {earlier}."
                ),
            ),
        };
        diagnostics.push(Diagnostic::error(summary, detail).at(header.place()));
        return;
    }
    *own = Some(header);
    module.backend = Some(kind);
}

/// A backend beside a cloud block.
pub fn judge_backends(first: &FirstSettings, diagnostics: &mut Vec<Diagnostic>) {
    let (Some(cloud), Some(backend)) = (&first.cloud, &first.backend) else { return };
    let detail = format!(
        "A module may declare either one 'cloud' block OR one 'backend' block configuring a state backend. The 'cloud' block is configured at {}; a backend is configured at {}. Remove the backend block to configure HCP Terraform or Terraform Enteprise.",
        cloud.place().range_text(),
        backend.place().range_text()
    );
    let summary = "Both a backend and cloud configuration are present";
    diagnostics.push(Diagnostic::error(summary, detail).at(backend.place()));
}

fn required_provider(
    module: &mut Module,
    attribute: &Attribute,
    file: &Arc<SourceFile>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let local_name = attribute.name.text.clone();
    let mut aliases = Vec::new();
    let mut source = None;
    if let ExprKind::Object(items) = &attribute.expr.kind {
        let find = |name: &str| {
            let item = items.iter().find(|item| key_text(&item.key).is_some_and(|key| &*key == name));
            item.map(|item| &item.value)
        };
        if let Some(ExprKind::Tuple(items)) = find("configuration_aliases").map(|expr| &expr.kind) {
            let of = |item: &Expr| Written { expr: Arc::new(item.clone()), file: file.clone() };
            aliases = items.iter().filter_map(|item| provider_reference(&of(item), diagnostics)).collect();
        }
        source = find("source").and_then(|expr| Some((expr.literal_text()?, expr.span)));
    }
    let source = match source {
        None if &*local_name == "terraform" => Str::from("terraform.io/builtin/terraform"),
        None => Str::from(format!("registry.terraform.io/hashicorp/{local_name}")),
        Some((source, span)) => match full_source(&source) {
            Some(full) => full,
            None => {
                let detail = "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\"";
                diagnostics.push(Diagnostic::error("Invalid provider source string", detail).at(file.place(span)));
                source
            }
        },
    };
    module.required_providers.retain(|known| known.local_name != local_name);
    if let Some(earlier) = module.required_providers.iter().find(|known| known.source == source) {
        let detail = format!(
            "Provider {source} with the local name \"{local_name}\" was previously required as \"{}\". A provider can only be required once within required_providers.",
            earlier.local_name
        );
        let place = file.place(attribute.expr.span);
        diagnostics.push(Diagnostic::warning("Duplicate required provider", detail).at(place));
    }
    module.required_providers.push(RequiredProvider { local_name, source, aliases });
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
