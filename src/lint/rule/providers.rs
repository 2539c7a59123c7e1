//! Which providers a module requires and which it uses: shared by the two rules that compare them.

use std::collections::HashSet;

use crate::lang::syntax::ast::{Expr, ExprKind};
use crate::lint::module::{Module, ModuleFile};
use crate::lint::walk;
use crate::model::place::Span;
use crate::model::value::Str;

/// An entry of `required_providers`.
pub(super) struct Required<'a> {
    /// Its local name.
    pub(super) name: Str,
    /// Whether it has a version constraint.
    pub(super) versioned: bool,
    /// Where it stands.
    pub(super) file: &'a ModuleFile,
    /// Its name there.
    pub(super) span: Span,
}

/// The first use of a provider.
pub(super) struct Used<'a> {
    /// Its local name.
    pub(super) name: Str,
    /// Where it is used.
    pub(super) file: &'a ModuleFile,
    /// What uses it.
    pub(super) span: Span,
}

/// All entries of `required_providers`.
pub(super) fn required(module: &Module) -> Vec<Required<'_>> {
    let mut entries = Vec::new();
    for (file, block) in module.blocks("terraform") {
        for attribute in block.body.blocks_of("required_providers").flat_map(|block| block.body.attributes()) {
            let versioned = match &attribute.expr.kind {
                ExprKind::Object(items) => items.iter().any(|item| is_named(&item.key, "version")),
                // The old form: `aws = "~> 5.0"`.
                _ => attribute.expr.literal_text().is_some(),
            };
            entries.push(Required { name: attribute.name.text.clone(), versioned, file, span: attribute.name.span });
        }
    }
    entries
}

fn is_named(key: &Expr, name: &str) -> bool {
    let word = key.bare_word().cloned().or_else(|| key.literal_text());
    word.as_deref() == Some(name)
}

/// Every provider that something uses, by its first use.
pub(super) fn used(module: &Module) -> Vec<Used<'_>> {
    let mut uses = Uses { seen: HashSet::new(), list: Vec::new() };
    for file in &module.files {
        for block in file.parsed.body.blocks() {
            match &*block.kind.text {
                "provider" => uses.add(block.labels.first().map(|label| label.text.clone()), file, block.header),
                "resource" | "data" | "ephemeral" => {
                    let explicit = block.body.attribute("provider").and_then(|it| root_of(&it.expr));
                    let implied = block.labels.first().map(|label| prefix(&label.text));
                    uses.add(explicit.or(implied), file, block.header);
                }
                "check" => {
                    for data in block.body.blocks_of("data") {
                        uses.add(data.labels.first().map(|label| prefix(&label.text)), file, data.header);
                    }
                }
                "module" => uses.passed(block.body.attribute("providers").map(|it| &*it.expr), file),
                "import" => {
                    uses.add(block.body.attribute("provider").and_then(|it| root_of(&it.expr)), file, block.header)
                }
                _ => {}
            }
        }
        walk::expressions(&file.parsed.body, &mut |expr, _| {
            if let ExprKind::Call { name, .. } = &expr.kind {
                let provider = name.text.strip_prefix("provider::").and_then(|rest| rest.split("::").next());
                uses.add(provider.map(Str::from), file, name.span);
            }
        });
    }
    uses.list
}

struct Uses<'a> {
    seen: HashSet<Str>,
    list: Vec<Used<'a>>,
}

impl<'a> Uses<'a> {
    fn add(&mut self, name: Option<Str>, file: &'a ModuleFile, span: Span) {
        if let Some(name) = name
            && self.seen.insert(name.clone())
        {
            self.list.push(Used { name, file, span });
        }
    }

    /// `providers = { aws = aws.west }`
    fn passed(&mut self, providers: Option<&Expr>, file: &'a ModuleFile) {
        if let Some(ExprKind::Object(items)) = providers.map(|expr| &expr.kind) {
            for item in items {
                self.add(root_of(&item.value), file, item.value.span);
            }
        }
    }
}

fn root_of(expr: &Expr) -> Option<Str> {
    match &expr.kind {
        ExprKind::Traversal(traversal) => Some(traversal.root.text.clone()),
        _ => None,
    }
}

/// The provider that a type belongs to unless said otherwise: `aws` for `aws_instance`.
fn prefix(kind: &str) -> Str {
    Str::from(kind.split('_').next().unwrap_or(kind))
}
