//! `provisioner` blocks, in resources and in `removed` blocks.

use crate::engine::module::declared::{Content, Provisioner};
use crate::engine::module::references::{Met, step_name, walk};
use crate::engine::module::sources::brace;
use crate::lang::syntax::ast::Item;
use crate::model::diagnostic::Diagnostic;

/// The `provisioner` blocks of a block.
pub fn provisioners(content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Vec<Provisioner> {
    let mut found = Vec::new();
    for (block, file) in content.blocks("provisioner") {
        let Some(kind) = block.labels.first() else {
            let detail = "All provisioner blocks must have 1 labels (type).";
            let place = file.place(brace(&block.body, file));
            diagnostics.push(Diagnostic::error("Missing type for provisioner", detail).at(place));
            continue;
        };
        let content = Content::of(block, file);
        let word =
            |name: &str| content.argument(name).and_then(|w| w.expr.bare_word().cloned().or(w.expr.literal_text()));
        let keyword = |name: &str, words: &[&str], diagnostics: &mut Vec<Diagnostic>| {
            if let Some(written) = content.argument(name)
                && word(name).is_none_or(|word| !words.contains(&&*word))
            {
                let detail =
                    format!("The \"{name}\" argument requires one of the following keywords: {}.", words.join(" or "));
                let summary = format!("Invalid \"{name}\" keyword");
                diagnostics.push(Diagnostic::error(summary, detail).at(written.place()));
            }
        };
        keyword("when", &["create", "destroy"], diagnostics);
        keyword("on_failure", &["continue", "fail"], diagnostics);
        if word("when").is_some_and(|when| &*when == "destroy") {
            only_self(&content, diagnostics);
        }
        found.push(Provisioner {
            kind: kind.text.clone(),
            on_destroy: word("when").is_some_and(|when| &*when == "destroy"),
            continue_on_failure: word("on_failure").is_some_and(|then| &*then == "continue"),
            content: content.without(&["when", "on_failure"], &["connection"]),
        });
    }
    found
}

/// Says where a destroy-time provisioner refers to anything but its own object.
fn only_self(provisioner: &Content, diagnostics: &mut Vec<Diagnostic>) {
    let detail = "Destroy-time provisioners and their connection configurations may only reference attributes of the related resource, via 'self', 'count.index', or 'each.key'.\n\nReferences to other resources during the destroy phase can cause dependency cycles and interact poorly with create_before_destroy.";
    for piece in &provisioner.pieces {
        let Item::Attribute(attribute) = &piece.item else { continue };
        if matches!(&*attribute.name.text, "when" | "on_failure") {
            continue;
        }
        let mut foreign = false;
        walk(&attribute.expr, &mut |met| {
            let Met::Traversal(traversal) = met else { return };
            let step = step_name(traversal.steps.first());
            foreign |= !matches!(
                (&*traversal.root.text, step),
                ("self" | "path" | "terraform", _) | ("count", Some("index")) | ("each", Some("key"))
            );
        });
        if foreign {
            let place = piece.file.place(attribute.expr.span);
            diagnostics.push(Diagnostic::error("Invalid reference from destroy provisioner", detail).at(place));
        }
    }
}
