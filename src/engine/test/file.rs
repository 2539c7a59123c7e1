//! Test files decoded: variables, providers, overrides, runs. A file with an error in it is never run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::module::declared::{Condition, Content, ProviderReference, Spot, Written, WrittenReference};
use crate::engine::module::decode::range_text;
use crate::engine::module::lifecycle::reference;
use crate::engine::module::sources::{unsupported_argument, unsupported_block};
use crate::engine::options::PlanMode;
use crate::engine::test::mocks::{self, MockBlock, Override};
use crate::engine::test::run_block;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Block, Body, ExprKind, Item};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::{RepoPath, Span};
use crate::model::value::Str;

/// A test file.
#[derive(Debug, Default)]
pub struct TestFile {
    /// Variables for all runs.
    pub variables: BTreeMap<Str, Written>,
    /// Real and mocked provider configurations.
    pub providers: Vec<TestProvider>,
    /// What takes the place of resources, data sources and modules in all runs.
    pub overrides: Vec<Override>,
    /// The runs in order.
    pub runs: Vec<Run>,
}

/// A `provider` or `mock_provider` block.
#[derive(Debug)]
pub struct TestProvider {
    /// Its local name and alias.
    pub reference: ProviderReference,
    /// What it mocks; `None` for the real provider.
    pub mock: Option<MockBlock>,
    /// Its arguments.
    pub content: Content,
}

/// A `run` block.
#[derive(Debug)]
pub struct Run {
    /// Its name.
    pub name: Str,
    /// Whether it only plans.
    pub plan_only: bool,
    /// Variables for this run.
    pub variables: BTreeMap<Str, Written>,
    /// What must hold.
    pub asserts: Vec<Condition>,
    /// What must fail.
    pub expected: Vec<WrittenReference>,
    /// The module under test instead of the root, and where that is written.
    pub module: Option<(Str, Spot)>,
    /// Which state it works on, when it says so.
    pub state_key: Option<Str>,
    /// Which provider configurations of the file the module gets: its name for each, and the file's.
    pub providers: Vec<(ProviderReference, ProviderReference, Spot)>,
    /// What takes the place of resources, data sources and modules in this run.
    pub overrides: Vec<Override>,
    /// What kind of plan.
    pub mode: PlanMode,
    /// Look at the objects first.
    pub refresh: bool,
    /// Targets.
    pub targets: Vec<String>,
    /// To be replaced.
    pub replace: Vec<String>,
    /// The block's header.
    pub header: Spot,
}

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

/// Decodes a test file.
pub fn decode(body: &Body, decoding: &mut Decoding<'_>) -> TestFile {
    let mut decoded = TestFile::default();
    let mut variables_at = None;
    for item in &body.items {
        match item {
            Item::Attribute(attribute) => {
                let place = decoding.file.place(attribute.name.span);
                decoding.diagnostics.push(unsupported_argument(&attribute.name.text).at(place));
            }
            Item::Block(block) => top_block(block, &mut decoded, &mut variables_at, decoding),
        }
    }
    decoded
}

fn top_block(block: &Block, decoded: &mut TestFile, variables_at: &mut Option<Span>, decoding: &mut Decoding<'_>) {
    let kind = &*block.kind.text;
    let labels = match kind {
        "run" | "provider" | "mock_provider" => 1,
        "variables" | "override_resource" | "override_data" | "override_module" => 0,
        _ => {
            let place = decoding.file.place(block.kind.span);
            decoding.diagnostics.push(unsupported_block(&block.kind.text).at(place));
            return;
        }
    };
    if !labels_fit(block, labels, decoding) {
        return;
    }
    let content = Content::of(block, decoding.file);
    match (kind, block.labels.first()) {
        ("run", Some(name)) => {
            let run = run_block::decode(name, &content, decoding);
            if let Some(first) = decoded.runs.iter().find(|known| known.name == run.name) {
                let detail = format!(
                    "This test file already has a run named {} block defined at {}.",
                    run.name,
                    decoding.range(first.header.span)
                );
                decoding.fault("Duplicate \"run\" block names", detail, block.header);
            }
            decoded.runs.push(run);
        }
        ("provider" | "mock_provider", Some(name)) => {
            let mock = (kind == "mock_provider").then(|| mocks::decode_provider(&content, decoding));
            let alias = alias(&content, decoding);
            let provider = TestProvider {
                reference: ProviderReference { local_name: name.text.clone(), alias },
                mock,
                content: content.without(&["alias", "version"], &[]),
            };
            push_provider(provider, name.span, block, decoded, decoding);
        }
        ("variables", _) => match variables_at {
            Some(first) => {
                let detail =
                    format!("This test file already has a variables block defined at {}.", decoding.range(*first));
                decoding.fault("Multiple \"variables\" blocks", detail, block.header);
            }
            None => {
                *variables_at = Some(block.header);
                decoded.variables = arguments(&content);
            }
        },
        (kind, _) => {
            let made = mocks::decode_override(kind, &content, decoding);
            mocks::push_override(made, &mut decoded.overrides, decoding);
        }
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

fn alias(content: &Content, decoding: &mut Decoding<'_>) -> Option<Str> {
    let alias = decoding.text(content, "alias")?;
    if !is_identifier(&alias) {
        let detail = format!("An alias must be a valid name. {BAD_NAME}");
        let span = content.argument("alias").map_or(content.header.span, |written| written.expr.span);
        decoding.fault("Invalid provider configuration alias", detail, span);
    }
    Some(alias)
}

fn push_provider(
    provider: TestProvider,
    label: Span,
    block: &Block,
    decoded: &mut TestFile,
    decoding: &mut Decoding<'_>,
) {
    let known = decoded.providers.iter().find(|known| known.reference == provider.reference);
    let Some(known) = known else {
        decoded.providers.push(provider);
        return;
    };
    // The label closes the header of a provider block.
    let header = known.content.header.span;
    let first = Span::new(header.end - (label.end - label.start), header.end);
    let detail =
        format!("A provider for {} is already defined at {}.", reference_text(&known.reference), decoding.range(first));
    decoding.fault("Duplicate provider block", detail, block.header);
}

/// `terraform.second`
pub fn reference_text(reference: &ProviderReference) -> String {
    match &reference.alias {
        Some(alias) => format!("{}.{alias}", reference.local_name),
        None => reference.local_name.to_string(),
    }
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
            let written = Written { expr: Arc::new(attribute.expr.clone()), file: piece.file.clone() };
            Some((attribute.name.text.clone(), written))
        }
        Item::Block(_) => None,
    };
    content.pieces.iter().filter_map(of).collect()
}
