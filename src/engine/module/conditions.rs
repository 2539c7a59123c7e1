//! Conditions: validations, pre- and postconditions, assertions, and the `check` blocks that hold some.

use crate::engine::module::declared::{Check, Condition, Content, Resource};
use crate::engine::module::resource::resource;
use crate::engine::module::sources::missing_argument;
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;

/// All condition blocks of a kind.
pub fn condition_blocks(content: &Content, kind: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<Condition> {
    content.blocks(kind).filter_map(|(block, file)| condition(&Content::of(block, file), diagnostics)).collect()
}

/// A block of `condition` and `error_message`.
pub fn condition(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Option<Condition> {
    content.expect_only(&["condition", "error_message"], &[], diagnostics);
    let message = content.argument("error_message");
    if message.is_none() {
        diagnostics.push(missing_argument("error_message", content));
    }
    let Some(condition) = content.argument("condition") else {
        diagnostics.push(missing_argument("condition", content));
        return None;
    };
    Some(Condition { condition, message, header: content.header.clone() })
}

/// A `check` block and its scoped data source.
pub fn check(name: &Str, content: &Content, diagnostics: &mut Vec<Diagnostic>) -> (Check, Option<Resource>) {
    content.expect_only(&["depends_on"], &["assert", "data"], diagnostics);
    let asserts = condition_blocks(content, "assert", diagnostics);
    if asserts.is_empty() {
        diagnostics.push(
            Diagnostic::error(
                "Zero assert blocks",
                format!("Check blocks must have at least one assert block: check \"{name}\" has none."),
            )
            .at(content.header.place()),
        );
    }
    let mut data = None;
    for (block, file) in content.blocks("data") {
        let [type_name, data_name] = block.labels.as_slice() else {
            let detail = "A data block within a check wants a type and a name.";
            diagnostics.push(Diagnostic::error("Missing name for data", detail).at(file.place(block.header)));
            continue;
        };
        if data.is_some() {
            let detail = "Each check block may hold at most one data block.";
            diagnostics.push(Diagnostic::error("Multiple data resource blocks", detail).at(file.place(block.header)));
            continue;
        }
        let content = Content::of(block, file);
        let mut decoded = resource(ResourceMode::Data, &type_name.text, &data_name.text, &content, diagnostics);
        decoded.check = Some(name.clone());
        data = Some(decoded);
    }
    (Check { name: name.clone(), asserts, data: None }, data)
}
