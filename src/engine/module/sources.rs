//! Files of a module and the bodies they hold: which files count, and how override files change blocks.

use std::sync::Arc;

use crate::engine::module::declared::{Content, Piece, Spot, Written};
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Block, Body, Item};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;

/// How a file of a module counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRole {
    /// Declares things.
    Primary,
    /// Changes what primary files declare.
    Override,
}

/// Whether a file name belongs to a module, and how.
pub fn role(name: &str) -> Option<FileRole> {
    if name.starts_with('.') || name.starts_with('#') || name.ends_with('~') {
        return None;
    }
    let stem = [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().find_map(|ext| name.strip_suffix(ext))?;
    let is_override = stem == "override" || stem.ends_with("_override");
    Some(if is_override { FileRole::Override } else { FileRole::Primary })
}

impl Content {
    /// The items of a block.
    pub fn of(block: &Block, file: &Arc<SourceFile>) -> Self {
        Content::of_body(&block.body, file, block.header)
    }

    /// The items of a body.
    pub fn of_body(body: &Body, file: &Arc<SourceFile>, header: crate::model::place::Span) -> Self {
        let pieces = body.items.iter().map(|item| Piece { item: item.clone(), file: file.clone() }).collect();
        Content { pieces, header: Spot { file: file.clone(), span: header } }
    }

    /// The expression of an argument.
    pub fn argument(&self, name: &str) -> Option<Written> {
        self.pieces.iter().find_map(|piece| match &piece.item {
            Item::Attribute(attribute) if &*attribute.name.text == name => {
                Some(Written { expr: Arc::new(attribute.expr.clone()), file: piece.file.clone() })
            }
            _ => None,
        })
    }

    /// All blocks of a kind with their files.
    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a Arc<Block>, &'a Arc<SourceFile>)> {
        self.pieces.iter().filter_map(move |piece| match &piece.item {
            Item::Block(block) if &*block.kind.text == kind => Some((block, &piece.file)),
            _ => None,
        })
    }

    /// Takes arguments and blocks of these names out.
    pub fn without(&self, arguments: &[&str], blocks: &[&str]) -> Content {
        let keep = |piece: &&Piece| match &piece.item {
            Item::Attribute(attribute) => !arguments.contains(&&*attribute.name.text),
            Item::Block(block) => !blocks.contains(&&*block.kind.text),
        };
        Content { pieces: self.pieces.iter().filter(keep).cloned().collect(), header: self.header.clone() }
    }

    /// Says what stands here that should not.
    pub fn expect_only(&self, arguments: &[&str], blocks: &[&str], diagnostics: &mut Vec<Diagnostic>) {
        for piece in &self.pieces {
            match &piece.item {
                Item::Attribute(attribute) if !arguments.contains(&&*attribute.name.text) => diagnostics
                    .push(unsupported_argument(&attribute.name.text).at(piece.file.place(attribute.name.span))),
                Item::Block(block) if !blocks.contains(&&*block.kind.text) => {
                    diagnostics.push(unsupported_block(&block.kind.text).at(piece.file.place(block.kind.span)));
                }
                _ => {}
            }
        }
    }

    /// What an override file says about the same thing: arguments replace arguments, blocks of a kind replace all of
    /// that kind.
    pub fn overridden_by(&mut self, other: &Content) {
        for piece in &other.pieces {
            match &piece.item {
                Item::Attribute(new) => {
                    let same = |old: &Piece| matches!(&old.item, Item::Attribute(a) if a.name.text == new.name.text);
                    match self.pieces.iter_mut().find(|old| same(old)) {
                        Some(old) => *old = piece.clone(),
                        None => self.pieces.push(piece.clone()),
                    }
                }
                Item::Block(new) => {
                    let file = &piece.file;
                    self.pieces.retain(|old| match &old.item {
                        Item::Block(block) => block.kind.text != new.kind.text || Arc::ptr_eq(&old.file, file),
                        Item::Attribute(_) => true,
                    });
                    self.pieces.push(piece.clone());
                }
            }
        }
    }
}

/// terraform's words for an argument that does not belong.
pub fn unsupported_argument(name: &Str) -> Diagnostic {
    Diagnostic::error("Unsupported argument", format!("An argument named \"{name}\" is not expected here."))
}

/// terraform's words for a block that does not belong.
pub fn unsupported_block(kind: &Str) -> Diagnostic {
    Diagnostic::error("Unsupported block type", format!("Blocks of type \"{kind}\" are not expected here."))
}

/// terraform's words for an argument that is missing.
pub fn missing_argument(name: &str, content: &Content) -> Diagnostic {
    Diagnostic::error(
        "Missing required argument",
        format!("The argument \"{name}\" is required, but no definition was found."),
    )
    .at(content.header.place())
}
