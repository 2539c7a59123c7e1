//! `mock_provider`, `mock_resource`, `mock_data`, `override_*` and the files of mocks, decoded.

use std::collections::BTreeMap;

use crate::engine::module::declared::{Content, Spot, Written};
use crate::engine::test::decoding::{Decoding, address_text, labels_fit};
use crate::lang::expr;
use crate::lang::inputs::NoInputs;
use crate::lang::syntax::ast::{Block, Body, ExprKind, Item};
use crate::model::address::{ModuleAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::place::Span;
use crate::model::value::{Str, Value};

/// What a mock provider knows.
#[derive(Debug, Default)]
pub struct MockBlock {
    /// Values for computed attributes, by type.
    pub types: BTreeMap<(ResourceMode, Str), Mocked>,
    /// Values for single objects.
    pub overrides: Vec<Override>,
    /// A directory with more of it, and where that is written.
    pub source: Option<Str>,
    /// Whether its values are known while planning.
    pub during_plan: bool,
}

/// A `mock_resource` or `mock_data` block.
#[derive(Debug, Clone)]
pub struct Mocked {
    /// Values for computed attributes: an object.
    pub defaults: Option<Value>,
    /// Whether they are known while planning.
    pub during_plan: Option<bool>,
    /// Where `defaults` stands, as terraform writes places.
    pub range: String,
    /// The label.
    pub label: Spot,
    /// The header.
    pub header: Spot,
}

/// What an override is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A module, or one instance of it.
    Module(ModuleAddress),
    /// A resource or data source, or one instance of it.
    Object(ResourceInstanceAddress),
}

/// An `override_*` block.
#[derive(Debug, Clone)]
pub struct Override {
    /// The block's kind.
    pub kind: Str,
    /// What it is about.
    pub target: Target,
    /// The target as written.
    pub text: String,
    /// Values for computed attributes, or outputs: an object.
    pub values: Value,
    /// Whether they are known while planning, when it says so.
    pub during_plan: Option<bool>,
    /// Where the values stand, as terraform writes places.
    pub range: String,
    /// Where the target is written.
    pub target_spot: Spot,
    /// The header.
    pub header: Spot,
}

/// Decodes the content of a `mock_provider` block.
pub fn decode_provider(content: &Content, decoding: &mut Decoding<'_>) -> MockBlock {
    content.expect_only(
        &["alias", "source", "override_during"],
        &["mock_resource", "mock_data", "override_resource", "override_data"],
        &mut decoding.diagnostics,
    );
    let mut mock = MockBlock {
        source: decoding.text(content, "source"),
        during_plan: during(content, decoding).unwrap_or(false),
        ..MockBlock::default()
    };
    decode_blocks(content, &mut mock, decoding);
    mock
}

/// Decodes a file of mocks.
pub fn decode_file(body: &Body, decoding: &mut Decoding<'_>) -> MockBlock {
    let content = Content::of_body(body, decoding.file, body.span);
    content.expect_only(
        &[],
        &["mock_resource", "mock_data", "override_resource", "override_data"],
        &mut decoding.diagnostics,
    );
    let mut mock = MockBlock::default();
    decode_blocks(&content, &mut mock, decoding);
    mock
}

fn decode_blocks(content: &Content, mock: &mut MockBlock, decoding: &mut Decoding<'_>) {
    for piece in &content.pieces {
        let Item::Block(block) = &piece.item else { continue };
        match &*block.kind.text {
            "mock_resource" | "mock_data" => decode_type(block, mock, decoding),
            kind @ ("override_resource" | "override_data") => {
                let made = decode_override(kind, &Content::of(block, decoding.file), decoding);
                push_override(made, &mut mock.overrides, decoding);
            }
            _ => {}
        }
    }
}

fn decode_type(block: &Block, mock: &mut MockBlock, decoding: &mut Decoding<'_>) {
    if !labels_fit(block, 1, decoding) {
        return;
    }
    let content = Content::of(block, decoding.file);
    content.expect_only(&["defaults", "override_during"], &[], &mut decoding.diagnostics);
    let label = &block.labels[0];
    let kind = &block.kind.text;
    let mode = if &**kind == "mock_data" { ResourceMode::Data } else { ResourceMode::Managed };
    let during_plan = during(&content, decoding);
    let mut mocked = Mocked {
        defaults: None,
        during_plan,
        range: String::new(),
        label: Spot { file: decoding.file.clone(), span: label.span },
        header: content.header.clone(),
    };
    if let Some((written, span)) = argument(&content, "defaults") {
        mocked.range = decoding.range(span);
        mocked.defaults = constant(&written, decoding);
        if mocked.defaults.as_ref().is_some_and(|value| value.as_entries().is_none()) {
            let detail = format!("{kind} blocks must specify a defaults attribute that is an object.");
            decoding.fault("Invalid defaults attribute", detail, span);
        }
    }
    if let Some(first) = mock.types.get(&(mode, label.text.clone())) {
        let detail = format!(
            "A {kind} block for {} has already been defined at {}.",
            label.text,
            decoding.range(first.header.span)
        );
        decoding.fault(format!("Duplicate {kind} block"), detail, label.span);
        return;
    }
    mock.types.insert((mode, label.text.clone()), mocked);
}

/// Decodes an `override_*` block; `None` when it has no sound target.
pub fn decode_override(kind: &str, content: &Content, decoding: &mut Decoding<'_>) -> Option<Override> {
    let values_name = if kind == "override_module" { "outputs" } else { "values" };
    content.expect_only(&["target", "override_during", values_name], &[], &mut decoding.diagnostics);
    let during_plan = during(content, decoding);
    let target = target(kind, content, decoding);
    let (mut values, mut range) = (Value::empty_object(), String::new());
    if let Some((written, span)) = argument(content, values_name) {
        range = decoding.range(span);
        values = constant(&written, decoding).unwrap_or(values);
        if values.as_entries().is_none() {
            let detail = format!(
                "{kind} blocks must specify {} {values_name} attribute that is an object.",
                article(values_name)
            );
            decoding.fault(format!("Invalid {values_name} attribute"), detail, span);
        }
    }
    let (target, text) = target?;
    let span = argument(content, "target").map_or(content.header.span, |(_, span)| span);
    let target_spot = Spot { file: decoding.file.clone(), span };
    let (kind, header) = (Str::from(kind), content.header.clone());
    Some(Override { kind, target, text, values, during_plan, range, target_spot, header })
}

fn article(word: &str) -> &'static str {
    if word.starts_with('o') { "an" } else { "a" }
}

fn target(kind: &str, content: &Content, decoding: &mut Decoding<'_>) -> Option<(Target, String)> {
    let Some((written, span)) = argument(content, "target") else {
        let detail = format!("{kind} blocks must specify a target address.");
        decoding.fault("Missing target attribute", detail, content.header.span);
        return None;
    };
    let text = address_text(&written);
    let wanted = match kind {
        "override_module" => "modules",
        "override_data" => "data sources",
        _ => "resources",
    };
    let root = text.split(['.', '[']).next().unwrap_or_default();
    if matches!(root, "var" | "local" | "each" | "count" | "self" | "path" | "terraform" | "run" | "output") {
        let detail = format!(
            "The keyword \"{root}\" is reserved and cannot be used to target a resource address. If you are targeting a resource type that uses a reserved keyword, please prefix your address with \"resource.\"."
        );
        decoding.fault("Invalid address", detail, written.expr.span);
        return None;
    }
    let short = text.strip_prefix("resource.").unwrap_or(&text);
    let found = match ResourceInstanceAddress::parse(short) {
        Ok(address) => Some(Target::Object(address)),
        Err(_) => ModuleAddress::parse(&text).ok().filter(|module| !module.is_root()).map(Target::Module),
    };
    let fits = match (&found, kind) {
        (Some(Target::Module(_)), "override_module") => true,
        (Some(Target::Object(object)), "override_resource") => object.resource.mode == ResourceMode::Managed,
        (Some(Target::Object(object)), "override_data") => object.resource.mode == ResourceMode::Data,
        _ => false,
    };
    match found {
        Some(found) if fits => Some((found, text)),
        Some(_) => {
            let detail = format!("You can only target {wanted} from {kind} blocks, not {text}.");
            decoding.fault("Invalid override target", detail, span);
            None
        }
        None => {
            let detail = "Resource specification must include a resource type and name.";
            decoding.fault("Invalid address", detail, written.expr.span);
            None
        }
    }
}

/// Adds an override unless there is one for the same target.
pub fn push_override(made: Option<Override>, known: &mut Vec<Override>, decoding: &mut Decoding<'_>) {
    let Some(made) = made else { return };
    if let Some(first) = known.iter().find(|first| first.target == made.target) {
        let detail = format!(
            "An {} block targeting {} has already been defined at {}.",
            made.kind,
            made.text,
            decoding.range(first.header.span)
        );
        decoding.fault(format!("Duplicate {} block", made.kind), detail, made.header.span);
        return;
    }
    known.push(made);
}

fn argument(content: &Content, name: &str) -> Option<(Written, Span)> {
    let span = content.pieces.iter().find_map(|piece| match &piece.item {
        Item::Attribute(attribute) if &*attribute.name.text == name => Some(attribute.span),
        _ => None,
    })?;
    Some((content.argument(name)?, span))
}

fn during(content: &Content, decoding: &mut Decoding<'_>) -> Option<bool> {
    let (written, span) = argument(content, "override_during")?;
    match written.expr.bare_word().map(|word| &**word) {
        Some("plan") => Some(true),
        Some("apply") => Some(false),
        _ => {
            let detail = "The override_during attribute must be a value of plan or apply.";
            decoding.fault("Invalid override_during value", detail, span);
            None
        }
    }
}

/// The value of an expression that may neither refer to anything nor call a function.
fn constant(written: &Written, decoding: &mut Decoding<'_>) -> Option<Value> {
    let mut sound = true;
    written.expr.each_within(&mut |inner| match &inner.kind {
        ExprKind::Traversal(_) => {
            decoding.fault("Variables not allowed", "Variables may not be used here.", inner.span);
            sound = false;
        }
        ExprKind::Call { name, .. } => {
            decoding.fault("Function calls not allowed", "Functions may not be called here.", name.span);
            sound = false;
        }
        _ => {}
    });
    if !sound {
        return None;
    }
    let evaluated = expr::evaluate(&written.expr, &written.file, &NoInputs);
    let failed = crate::model::diagnostic::has_errors(&evaluated.diagnostics);
    decoding.diagnostics.extend(evaluated.diagnostics);
    (!failed).then_some(evaluated.value)
}
