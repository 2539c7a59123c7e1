//! What decoding a test file goes by, and the words for what is wrong in one. What the blocks mean is for `decode`,
//! `run_block` and `mocks`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::module::declared::{Content, Written, WrittenReference};
use crate::engine::module::decode::range_text;
use crate::engine::module::lifecycle::reference;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Block, ExprKind, Item};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::{RepoPath, Span};
use crate::model::value::Str;

/// What decoding goes by, and what it finds wrong.
pub struct Decoding<'a> {
    /// The file.
    pub file: &'a Arc<SourceFile>,
    /// The root module, as places name it.
    pub root: &'a RepoPath,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl Decoding<'_> {
    /// Says what is wrong somewhere in the file.
    pub fn fault(&mut self, summary: impl Into<String>, detail: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(self.file.place(span)));
    }

    /// A span as terraform writes it into its sentences: `tests/a.tftest.hcl:3,5-12`.
    pub fn range(&self, span: Span) -> String {
        range_text(&self.file.place(span), self.root)
    }

    /// The text of a constant argument; terraform's words when it is none.
    pub fn text(&mut self, content: &Content, name: &str) -> Option<Str> {
        let written = content.argument(name)?;
        let text = written.expr.literal_text();
        if text.is_none() {
            let span = written.expr.span;
            self.fault("Variables not allowed", "Variables may not be used here.", span);
            self.fault("Unsuitable value type", "Unsuitable value: value must be known", span);
        }
        text
    }

    /// The references in a literal list.
    pub fn references(&mut self, content: &Content, name: &str) -> Vec<WrittenReference> {
        let Some(written) = content.argument(name) else { return Vec::new() };
        let ExprKind::Tuple(items) = &written.expr.kind else {
            self.fault("Invalid expression", "A static list expression is required.", written.expr.span);
            return Vec::new();
        };
        for item in items.iter().filter(|item| item.literal_text().is_some() && !is_json(&written.file)) {
            let detail = "In this context, references are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted references are now deprecated and will be removed in a future version of Terraform. Remove the quotes surrounding this reference to silence this warning.";
            let place = written.file.place(item.span);
            self.diagnostics.push(Diagnostic::warning("Quoted references are deprecated", detail).at(place));
        }
        items.iter().filter_map(|item| reference(item, &written.file)).collect()
    }
}

fn is_json(file: &SourceFile) -> bool {
    file.path().as_str().ends_with(".json")
}

/// The text of an address: as it is written, or in quotes in JSON.
pub fn address_text(written: &Written) -> String {
    match written.expr.literal_text() {
        Some(text) => text.to_string(),
        None => written.file.slice(written.expr.span).to_owned(),
    }
}

/// Labels as terraform counts them.
pub fn labels_fit(block: &Block, wanted: usize, decoding: &mut Decoding<'_>) -> bool {
    let kind = &block.kind.text;
    let named = if matches!(&**kind, "mock_resource" | "mock_data") { "type" } else { "name" };
    if block.labels.len() < wanted {
        let after = Span::new(block.header.end + 1, block.header.end + 2);
        let detail = format!("All {kind} blocks must have {wanted} labels ({named}).");
        decoding.fault(format!("Missing {named} for {kind}"), detail, after);
        return false;
    }
    if let Some(extra) = block.labels.get(wanted) {
        let detail = match wanted {
            0 => format!("No labels are expected for {kind} blocks."),
            _ => format!("Only {wanted} labels ({named}) are expected for {kind} blocks."),
        };
        decoding.fault(format!("Extraneous label for {kind}"), detail, extra.span);
        return false;
    }
    true
}

/// terraform's words for what a name may be.
pub const BAD_NAME: &str =
    "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.";

/// Whether a text is a name.
pub fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && chars.all(|c| c == '_' || c == '-' || c.is_alphanumeric())
}

/// The arguments of a block by name.
pub fn arguments(content: &Content) -> BTreeMap<Str, Written> {
    let of = |piece: &crate::engine::module::declared::Piece| match &piece.item {
        Item::Attribute(attribute) => {
            let written = Written { expr: attribute.expr.clone(), file: piece.file.clone() };
            Some((attribute.name.text.clone(), written))
        }
        Item::Block(_) => None,
    };
    content.pieces.iter().filter_map(of).collect()
}
