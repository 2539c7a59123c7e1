//! Smaller versions of an expression, a file or a state: each with one thing left out.

use std::ops::Range;
use std::sync::Arc;

use kilter::lang::syntax::ast::{Body, Expr, ExprKind, Item, Step, StepKind, TemplatePart};
use kilter::lang::syntax::{SourceFile, parse_expression, parse_file};
use kilter::model::place::{RepoPath, Span};
use serde_json::Value as Json;

/// A replacement of a part of a text.
type Cut = (Range<usize>, String);

/// Smaller versions of an expression, the smallest first.
pub fn expressions(text: &str) -> Vec<String> {
    let source = SourceFile::new(RepoPath::new("case.tf"), text);
    let parsed = parse_expression(&source);
    if !parsed.diagnostics.is_empty() {
        return Vec::new();
    }
    let mut cuts = Vec::new();
    in_expression(text, &parsed.tree, &mut cuts);
    let mut smaller = carried_out(text, cuts);
    smaller.retain(|text| {
        parse_expression(&SourceFile::new(RepoPath::new("case.tf"), text.as_str())).diagnostics.is_empty()
    });
    smaller
}

/// Smaller versions of a file, the smallest first.
pub fn files(text: &str) -> Vec<String> {
    let source = Arc::new(SourceFile::new(RepoPath::new("case.tf"), text));
    let mut cuts = Vec::new();
    in_body(text, &parse_file(&source).body, &mut cuts);
    carried_out(text, cuts)
}

/// Smaller versions of a state.
pub fn states(text: &str) -> Vec<String> {
    let Ok(state) = serde_json::from_str::<Json>(text) else { return Vec::new() };
    let mut smaller = Vec::new();
    for at in 0..state["resources"].as_array().map_or(0, Vec::len) {
        let mut less = state.clone();
        less["resources"].as_array_mut().unwrap().remove(at);
        smaller.push(less.to_string());
        for instance in 0..state["resources"][at]["instances"].as_array().map_or(0, Vec::len) {
            let mut less = state.clone();
            less["resources"][at]["instances"].as_array_mut().unwrap().remove(instance);
            smaller.push(less.to_string());
        }
    }
    for name in state["outputs"].as_object().into_iter().flatten().map(|(name, _)| name) {
        let mut less = state.clone();
        less["outputs"].as_object_mut().unwrap().remove(name);
        smaller.push(less.to_string());
    }
    if state["check_results"].is_array() {
        let mut less = state.clone();
        less["check_results"] = Json::Null;
        smaller.push(less.to_string());
    }
    smaller
}

fn carried_out(text: &str, cuts: Vec<Cut>) -> Vec<String> {
    let mut made: Vec<String> = cuts
        .into_iter()
        .filter(|(range, new)| new.len() < range.len())
        .map(|(range, new)| format!("{}{new}{}", &text[..range.start], &text[range.end..]))
        .collect();
    made.sort_by_key(String::len);
    made.dedup();
    made
}

fn in_body(text: &str, body: &Body, cuts: &mut Vec<Cut>) {
    for item in &body.items {
        let span = match item {
            Item::Attribute(attribute) => attribute.span,
            Item::Block(block) => block.span,
        };
        let mut range = span.range();
        range.start = text[..range.start].trim_end_matches(' ').len();
        if text[range.end..].starts_with('\n') {
            range.end += 1;
        }
        cuts.push((range, String::new()));
        match item {
            Item::Attribute(attribute) => in_expression(text, &attribute.expr, cuts),
            Item::Block(block) => in_body(text, &block.body, cuts),
        }
    }
}

/// Leaves out one of a row and the comma beside it.
fn without_one(spans: &[Span], cuts: &mut Vec<Cut>) {
    for (at, span) in spans.iter().enumerate() {
        let range = match (at.checked_sub(1), spans.get(at + 1)) {
            (_, Some(next)) => span.range().start..next.range().start,
            (Some(before), None) => spans[before].range().end..span.range().end,
            (None, None) => span.range(),
        };
        cuts.push((range, String::new()));
    }
}

fn in_expression(text: &str, expr: &Expr, cuts: &mut Vec<Cut>) {
    let whole = expr.span.range();
    for atom in ["null", "1", "\"a\"", "[]", "{}", "true"] {
        cuts.push((whole.clone(), atom.to_owned()));
    }
    for inner in children(expr) {
        cuts.push((whole.clone(), text[inner.span.range()].to_owned()));
        in_expression(text, inner, cuts);
    }
    match &expr.kind {
        ExprKind::Call { args, .. } => without_one(&args.iter().map(|arg| arg.span).collect::<Vec<_>>(), cuts),
        ExprKind::Tuple(items) => without_one(&items.iter().map(|item| item.span).collect::<Vec<_>>(), cuts),
        ExprKind::Object(items) => {
            let spans: Vec<Span> = items.iter().map(|item| item.key.span.to(item.value.span)).collect();
            without_one(&spans, cuts);
        }
        ExprKind::Template(template) => template.parts.iter().for_each(|part| match part {
            TemplatePart::Text { span, .. }
            | TemplatePart::Interpolation { span, .. }
            | TemplatePart::If { span, .. }
            | TemplatePart::For { span, .. } => cuts.push((span.range(), String::new())),
        }),
        ExprKind::For(inner) => {
            if let Some(condition) = &inner.condition {
                cuts.push((inner.value.span.range().end..condition.span.range().end, String::new()));
            }
        }
        ExprKind::Traversal(traversal) => steps(traversal.steps.get(1..).unwrap_or_default(), cuts),
        ExprKind::Relative { steps: inner, .. } => steps(inner, cuts),
        _ => {}
    }
}

fn steps(steps: &[Step], cuts: &mut Vec<Cut>) {
    for step in steps.iter().filter(|step| matches!(step.kind, StepKind::Attribute(_) | StepKind::Index(_))) {
        cuts.push((step.span.range(), String::new()));
    }
}

/// The expressions directly inside one.
fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Tuple(items) | ExprKind::Call { args: items, .. } => items.iter().collect(),
        ExprKind::Object(items) => items.iter().flat_map(|item| [&item.key, &item.value]).collect(),
        ExprKind::Relative { source, .. } => vec![source],
        ExprKind::Index { collection, key } => vec![collection, key],
        ExprKind::Splat { source, .. } => vec![source],
        ExprKind::Conditional { condition, yes, no } => vec![condition, yes, no],
        ExprKind::Binary { left, right, .. } => vec![left, right],
        ExprKind::Unary { operand, .. } => vec![operand],
        ExprKind::Parens(inner) => vec![inner],
        ExprKind::For(inner) => {
            let parts = [Some(&inner.collection), inner.key.as_ref(), Some(&inner.value), inner.condition.as_ref()];
            parts.into_iter().flatten().collect()
        }
        ExprKind::Template(template) => in_template(&template.parts),
        ExprKind::Literal(_) | ExprKind::Traversal(_) | ExprKind::SplatElement => Vec::new(),
    }
}

fn in_template(parts: &[TemplatePart]) -> Vec<&Expr> {
    let mut found = Vec::new();
    for part in parts {
        match part {
            TemplatePart::Text { .. } => {}
            TemplatePart::Interpolation { expr, .. } => found.push(expr),
            TemplatePart::If { condition, yes, no, .. } => {
                found.push(condition);
                found.extend(in_template(yes));
                found.extend(in_template(no));
            }
            TemplatePart::For { collection, body, .. } => {
                found.push(collection);
                found.extend(in_template(body));
            }
        }
    }
    found
}

#[test]
fn smaller_versions_are_smaller() {
    let smaller = expressions("upper(\"a${local.S}\") == [1, 2][0]");
    for expected in ["upper(\"a${local.S}\")", "upper(\"${local.S}\") == [1, 2][0]", "upper(\"a${local.S}\") == [1][0]"]
    {
        assert!(smaller.iter().any(|text| text == expected), "{expected} is not among {smaller:#?}");
    }
    let text = "locals {\n  a = 1\n}\noutput \"o\" {\n  value = [1]\n}\n";
    assert!(files(text).iter().any(|less| less == "locals {\n  a = 1\n}\n"));
    assert!(files(text).iter().all(|less| less.len() < text.len()));
}
