//! Test files decoded: runs, variables, assertions.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::module::conditions::{CheckedBy, condition_blocks};
use crate::engine::module::declared::{Condition, Content, Spot, Written, WrittenReference};
use crate::engine::module::lifecycle::reference;
use crate::engine::module::sources::unsupported_block;
use crate::engine::module::variable::text;
use crate::engine::options::PlanMode;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Body, ExprKind, Item};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;

/// A test file.
#[derive(Debug, Default)]
pub struct TestFile {
    /// Variables for all runs.
    pub variables: BTreeMap<Str, Written>,
    /// The runs in order.
    pub runs: Vec<Run>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
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
    /// The module under test instead of the root.
    pub module: Option<Str>,
    /// Which state it works on, when it says so.
    pub state_key: Option<Str>,
    /// What kind of plan.
    pub mode: PlanMode,
    /// Targets.
    pub targets: Vec<String>,
    /// To be replaced.
    pub replace: Vec<String>,
    /// The block's header.
    pub header: Spot,
}

/// Decodes a test file.
pub fn decode(body: &Body, file: &Arc<SourceFile>) -> TestFile {
    let mut decoded = TestFile::default();
    for item in &body.items {
        let Item::Block(block) = item else {
            if let Item::Attribute(attribute) = item {
                let place = file.place(attribute.name.span);
                let fault = crate::engine::module::sources::unsupported_argument(&attribute.name.text).at(place);
                decoded.diagnostics.push(fault);
            }
            continue;
        };
        let content = Content::of(block, file);
        match &*block.kind.text {
            "run" => match block.labels.first() {
                Some(name) => {
                    let run = run(&name.text, &content, &mut decoded.diagnostics);
                    decoded.runs.push(run);
                }
                None => decoded.diagnostics.push(
                    Diagnostic::error("Missing name for run", "All run blocks must have 1 labels (name).")
                        .at(content.header.place()),
                ),
            },
            "variables" => decoded.variables.extend(arguments(&content)),
            "provider" | "test" => {}
            "mock_provider" | "override_resource" | "override_data" | "override_module" => {
                decoded.diagnostics.push(not_yet(&block.kind.text).at(content.header.place()));
            }
            _ => decoded.diagnostics.push(unsupported_block(&block.kind.text).at(content.header.place())),
        }
    }
    decoded
}

fn not_yet(kind: &str) -> Diagnostic {
    let detail = format!(
        "Kilter does not carry out {kind} blocks yet, so this file's runs would not mean what they say. Run it with terraform test."
    );
    Diagnostic::error(format!("Unsupported block: {kind}"), detail)
}

fn arguments(content: &Content) -> BTreeMap<Str, Written> {
    let of = |piece: &crate::engine::module::declared::Piece| match &piece.item {
        Item::Attribute(attribute) => {
            let written = Written { expr: Arc::new(attribute.expr.clone()), file: piece.file.clone() };
            Some((attribute.name.text.clone(), written))
        }
        Item::Block(_) => None,
    };
    content.pieces.iter().filter_map(of).collect()
}

fn run(name: &Str, content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Run {
    content.expect_only(
        &["command", "expect_failures", "providers", "state_key", "parallel"],
        &["variables", "assert", "module", "plan_options", "override_resource", "override_data", "override_module"],
        diagnostics,
    );
    for kind in ["override_resource", "override_data", "override_module"] {
        for (block, file) in content.blocks(kind) {
            diagnostics.push(not_yet(kind).at(file.place(block.header)));
        }
    }
    let command = content.argument("command");
    let plan_only = match command.as_ref().and_then(|written| written.expr.bare_word().cloned()).as_deref() {
        Some("plan") => true,
        Some("apply") | None => false,
        Some(_) => {
            let place = command.as_ref().map_or_else(|| content.header.place(), Written::place);
            let detail =
                "The \"command\" argument requires one of the following keywords without quotes: apply or plan.";
            diagnostics.push(Diagnostic::error("Invalid \"command\" keyword", detail).at(place));
            false
        }
    };
    let variables =
        content.blocks("variables").flat_map(|(block, file)| arguments(&Content::of(block, file))).collect();
    let mut run = Run {
        name: name.clone(),
        plan_only,
        variables,
        asserts: condition_blocks(content, CheckedBy::Assert, diagnostics),
        expected: references(content, "expect_failures", diagnostics),
        module: None,
        state_key: text(content, "state_key", diagnostics),
        mode: PlanMode::Normal,
        targets: Vec::new(),
        replace: Vec::new(),
        header: content.header.clone(),
    };
    for (block, file) in content.blocks("module") {
        run.module = text(&Content::of(block, file), "source", diagnostics);
    }
    for (block, file) in content.blocks("plan_options") {
        let options = Content::of(block, file);
        if options.argument("mode").and_then(|w| w.expr.bare_word().cloned()).as_deref() == Some("refresh-only") {
            run.mode = PlanMode::RefreshOnly;
        }
        let texts = |found: Vec<WrittenReference>| -> Vec<String> {
            found.iter().map(|reference| file.slice(reference.spot.span).to_owned()).collect()
        };
        run.targets = texts(references(&options, "target", diagnostics));
        run.replace = texts(references(&options, "replace", diagnostics));
    }
    run
}

fn references(content: &Content, name: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<WrittenReference> {
    let Some(written) = content.argument(name) else { return Vec::new() };
    let ExprKind::Tuple(items) = &written.expr.kind else {
        let detail = format!("A static list of references is required for \"{name}\".");
        diagnostics.push(Diagnostic::error("Invalid expression", detail).at(written.place()));
        return Vec::new();
    };
    items.iter().filter_map(|item| reference(item, &written.file)).collect()
}
