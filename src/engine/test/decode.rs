//! Test files decoded from their syntax trees. A file with an error in it is never run.

use crate::engine::module::declared::{Content, ProviderReference};
use crate::engine::module::sources::{unsupported_argument, unsupported_block};
use crate::engine::test::decoding::{BAD_NAME, Decoding, arguments, is_identifier, labels_fit};
use crate::engine::test::file::{TestFile, TestProvider, reference_text};
use crate::engine::test::mocks::{self};
use crate::engine::test::run_block;
use crate::lang::syntax::ast::{Block, Body, Item};
use crate::model::place::Span;
use crate::model::value::Str;

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
