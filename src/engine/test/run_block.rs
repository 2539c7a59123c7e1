//! `run` blocks decoded, with terraform's words for what is wrong in them.

use crate::engine::module::conditions::{CheckedBy, condition_blocks};
use crate::engine::module::declared::{Content, ProviderReference, Spot};
use crate::engine::options::PlanMode;
use crate::engine::test::decoding::{BAD_NAME, Decoding, arguments, is_identifier};
use crate::engine::test::file::Run;
use crate::engine::test::mocks;
use crate::lang::syntax::ast::{Block, Expr, ExprKind, Item, Name, StepKind};
use crate::model::place::Span;
use crate::model::value::Str;

const ARGUMENTS: [&str; 4] = ["command", "expect_failures", "providers", "state_key"];
const BLOCKS: [&str; 7] =
    ["variables", "assert", "module", "plan_options", "override_resource", "override_data", "override_module"];

/// Decodes a run.
pub fn decode(name: &Name, content: &Content, decoding: &mut Decoding<'_>) -> Run {
    content.expect_only(&ARGUMENTS, &BLOCKS, &mut decoding.diagnostics);
    if !is_identifier(&name.text) {
        decoding.fault("Invalid run block name", BAD_NAME, name.span);
    }
    let mut run = Run {
        name: name.text.clone(),
        plan_only: plan_only(content, decoding),
        variables: Default::default(),
        asserts: condition_blocks(content, CheckedBy::Assert, &mut decoding.diagnostics),
        expected: decoding.references(content, "expect_failures"),
        module: None,
        state_key: decoding.text(content, "state_key"),
        providers: providers(content),
        overrides: Vec::new(),
        mode: PlanMode::Normal,
        refresh: true,
        targets: Vec::new(),
        replace: Vec::new(),
        header: content.header.clone(),
    };
    let mut first = Firsts::default();
    for piece in &content.pieces {
        if let Item::Block(block) = &piece.item {
            nested(block, &mut run, &mut first, decoding);
        }
    }
    run
}

/// Where blocks that may occur once were met.
#[derive(Default)]
struct Firsts {
    variables: Option<Span>,
    module: Option<Span>,
    options: Option<Span>,
}

fn nested(block: &Block, run: &mut Run, first: &mut Firsts, decoding: &mut Decoding<'_>) {
    let kind = &*block.kind.text;
    let slot = match kind {
        "variables" => Some(&mut first.variables),
        "module" => Some(&mut first.module),
        "plan_options" => Some(&mut first.options),
        _ => None,
    };
    if let Some(slot) = slot {
        if let Some(earlier) = *slot {
            let detail = format!("This run block already has a {kind} block defined at {}.", decoding.range(earlier));
            decoding.fault(format!("Multiple \"{kind}\" blocks"), detail, block.header);
            return;
        }
        *slot = Some(block.header);
    }
    let content = Content::of(block, decoding.file);
    let faults = decoding.diagnostics.len();
    match kind {
        "variables" => run.variables = arguments(&content),
        "module" => run.module = module(&content, decoding),
        "plan_options" => plan_options(&content, run, decoding),
        "override_resource" | "override_data" | "override_module" => {
            let made = mocks::decode_override(kind, &content, decoding);
            mocks::push_override(made, &mut run.overrides, decoding);
        }
        _ => {}
    }
    // A block that terraform could not read does not count as the first of its kind.
    if kind == "plan_options" && decoding.diagnostics.len() > faults {
        first.options = None;
    }
}

fn plan_only(content: &Content, decoding: &mut Decoding<'_>) -> bool {
    let Some(command) = content.argument("command") else { return false };
    match command.expr.bare_word().map(|word| &**word) {
        Some("plan") => true,
        Some("apply") => false,
        _ => {
            let detail =
                "The \"command\" argument requires one of the following keywords without quotes: apply or plan.";
            decoding.fault("Invalid \"command\" keyword", detail, command.expr.span);
            false
        }
    }
}

fn module(content: &Content, decoding: &mut Decoding<'_>) -> Option<(Str, Spot)> {
    content.expect_only(&["source", "version"], &[], &mut decoding.diagnostics);
    let span = content.pieces.iter().find_map(|piece| match &piece.item {
        Item::Attribute(attribute) if &*attribute.name.text == "source" => Some(attribute.span),
        _ => None,
    });
    let Some(span) = span else {
        let detail = "You must specify a source attribute when executing alternate modules during test executions.";
        decoding.fault("Missing \"source\" attribute for module block", detail, content.header.span);
        return None;
    };
    let source = decoding.text(content, "source")?;
    let is_local = source.starts_with("./") || source.starts_with("../") || matches!(&*source, "." | "..");
    let parts = source.split('/').count();
    let is_remote = source.contains("::") || source.contains("://") || source.starts_with("git@");
    if is_remote {
        let detail = "Only local or registry module sources are currently supported from within test run blocks.";
        decoding.fault("Invalid module source address", detail, span);
    } else if !is_local && parts < 3 {
        let detail = format!(
            "Terraform failed to determine your intended installation method for remote module package \"{source}\".\n\nIf you intended this as a path relative to the current module, use \"./{source}\" instead. The \"./\" prefix indicates that the address is a relative filesystem path."
        );
        decoding.fault("Invalid module source address", detail, span);
    }
    Some((source, content.header.clone()))
}

fn plan_options(content: &Content, run: &mut Run, decoding: &mut Decoding<'_>) {
    content.expect_only(&["mode", "refresh", "replace", "target"], &[], &mut decoding.diagnostics);
    if let Some(mode) = content.argument("mode") {
        match mode.expr.bare_word().map(|word| &**word) {
            Some("refresh-only") => run.mode = PlanMode::RefreshOnly,
            Some("normal") => {}
            _ => {
                let detail = "The \"mode\" argument requires one of the following keywords without quotes: normal or refresh-only";
                decoding.fault("Invalid \"mode\" keyword", detail, mode.expr.span);
            }
        }
    }
    run.refresh = crate::engine::module::variable::flag(content, "refresh", &mut decoding.diagnostics).unwrap_or(true);
    if run.mode == PlanMode::RefreshOnly && !run.refresh {
        let detail = "The \"refresh\" option cannot be set to false when running a test in \"refresh-only\" mode.";
        let span = content.argument("refresh").map_or(content.header.span, |written| written.expr.span);
        decoding.fault("Incompatible plan options", detail, span);
    }
    let texts = |found: Vec<crate::engine::module::declared::WrittenReference>| -> Vec<String> {
        found.iter().map(|one| one.spot.file.slice(one.spot.span).trim_matches('"').to_owned()).collect()
    };
    run.targets = texts(decoding.references(content, "target"));
    run.replace = texts(decoding.references(content, "replace"));
}

/// `providers = { child = file }`
fn providers(content: &Content) -> Vec<(ProviderReference, ProviderReference, Spot)> {
    let Some(written) = content.argument("providers") else { return Vec::new() };
    let ExprKind::Object(items) = &written.expr.kind else { return Vec::new() };
    let pair = |item: &crate::lang::syntax::ast::ObjectItem| {
        let spot = Spot { file: written.file.clone(), span: item.value.span };
        Some((provider_reference(&item.key)?, provider_reference(&item.value)?, spot))
    };
    items.iter().filter_map(pair).collect()
}

fn provider_reference(expr: &Expr) -> Option<ProviderReference> {
    if let Some(text) = expr.literal_text() {
        let (name, alias) = text.split_once('.').map_or((&*text, None), |(name, alias)| (name, Some(alias)));
        return Some(ProviderReference { local_name: Str::from(name), alias: alias.map(Str::from) });
    }
    let ExprKind::Traversal(traversal) = &expr.kind else { return None };
    let alias = match traversal.steps.first().map(|step| &step.kind) {
        Some(StepKind::Attribute(alias)) => Some(alias.clone()),
        _ => None,
    };
    Some(ProviderReference { local_name: traversal.root.text.clone(), alias })
}
