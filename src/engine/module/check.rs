//! `check` blocks: assertions and a scoped data source.

use crate::engine::module::conditions::condition_blocks;
use crate::engine::module::declared::{Check, Content, Resource};
use crate::engine::module::resource::resource;
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;

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
