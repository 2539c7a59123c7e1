//! `check` blocks: assertions and a scoped data source.

use crate::engine::module::conditions::{CheckedBy, condition_blocks};
use crate::engine::module::declared::{Check, Content, Resource, Spot};
use crate::engine::module::resource::resource;
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;

/// A `check` block and its scoped data source.
pub fn check(name: &Str, content: &Content, diagnostics: &mut Vec<Diagnostic>) -> (Check, Option<Resource>) {
    content.expect_only(&["depends_on"], &["assert", "data"], diagnostics);
    let mut data: Option<(Resource, Spot)> = None;
    for (block, file) in content.blocks("data") {
        let header = Spot { file: file.clone(), span: block.header };
        let [type_name, data_name] = block.labels.as_slice() else {
            let detail = "All data blocks must have 2 labels (type, name).";
            diagnostics.push(Diagnostic::error("Missing name for data", detail).at(header.place()));
            continue;
        };
        if let Some((_, first)) = &data {
            let detail =
                format!("This check block already has a data resource defined at {}.", first.place().range_text());
            diagnostics.push(Diagnostic::error("Multiple data resource blocks", detail).at(header.place()));
            continue;
        }
        let content = Content::of(block, file);
        let mut decoded = resource(ResourceMode::Data, &type_name.text, &data_name.text, &content, diagnostics);
        decoded.check = Some(name.clone());
        data = Some((decoded, header));
    }
    let asserts = condition_blocks(content, CheckedBy::Assert, diagnostics);
    if asserts.is_empty() {
        let detail = "Check blocks must have at least one assert block.";
        diagnostics.push(Diagnostic::error("Zero assert blocks", detail).at(content.header.place()));
    }
    (Check { name: name.clone(), asserts, data: None }, data.map(|(data, _)| data))
}
