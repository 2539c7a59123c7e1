//! Files of a module and the bodies they hold: which files count, and how override files change blocks.

use std::sync::Arc;

use crate::engine::module::declared::{Content, Piece, Spot, Written};
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Block, Body, Item, Name};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::{Place, Span};
use crate::model::value::Str;

/// terraform's words for an expression where only a reference may stand.
pub const NOT_STATIC: &str = "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.";

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
        let labels = block.labels.iter().map(|label| label.span).collect();
        Content { labels, ..Content::of_body(&block.body, file, block.header) }
    }

    /// The items of a body.
    pub fn of_body(body: &Body, file: &Arc<SourceFile>, header: Span) -> Self {
        let pieces = body.items.iter().map(|item| Piece { item: item.clone(), file: file.clone() }).collect();
        let spot = |span| Spot { file: file.clone(), span };
        Content { pieces, header: spot(header), opening: spot(opening(body, file)), labels: Vec::new() }
    }

    /// The expression of an argument.
    pub fn argument(&self, name: &str) -> Option<Written> {
        self.pieces.iter().find_map(|piece| match &piece.item {
            Item::Attribute(attribute) if &*attribute.name.text == name => {
                Some(Written { expr: attribute.expr.clone(), file: piece.file.clone() })
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
        Content { pieces: self.pieces.iter().filter(keep).cloned().collect(), ..self.like() }
    }

    fn like(&self) -> Content {
        let Content { header, opening, labels, .. } = self;
        Content { pieces: Vec::new(), header: header.clone(), opening: opening.clone(), labels: labels.clone() }
    }

    /// Where the name of an argument stands.
    pub fn name_place(&self, name: &str) -> Option<Place> {
        self.pieces.iter().find_map(|piece| match &piece.item {
            Item::Attribute(attribute) if &*attribute.name.text == name => Some(piece.file.place(attribute.name.span)),
            _ => None,
        })
    }

    /// Where a whole argument stands.
    pub fn argument_place(&self, name: &str) -> Option<Place> {
        self.pieces.iter().find_map(|piece| match &piece.item {
            Item::Attribute(attribute) if &*attribute.name.text == name => Some(piece.file.place(attribute.span)),
            _ => None,
        })
    }

    /// Says what stands here that should not.
    pub fn expect_only(&self, arguments: &[&str], blocks: &[&str], diagnostics: &mut Vec<Diagnostic>) {
        let open = arguments.iter().filter(|name| self.argument_place(name).is_none()).copied().collect::<Vec<_>>();
        for piece in &self.pieces {
            let found = match &piece.item {
                Item::Attribute(attribute) if !arguments.contains(&&*attribute.name.text) => {
                    unexpected_argument(&attribute.name, &piece.file, &open, blocks)
                }
                Item::Block(block) if !blocks.contains(&&*block.kind.text) => {
                    unexpected_block(&block.kind, &piece.file, arguments, blocks)
                }
                _ => continue,
            };
            diagnostics.push(found);
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
                        // What an override says about the lifecycle is added to it.
                        Item::Block(block) => {
                            let same = block.kind.text == new.kind.text && &*new.kind.text != "lifecycle";
                            !same || Arc::ptr_eq(&old.file, file)
                        }
                        Item::Attribute(_) => true,
                    });
                    self.pieces.push(piece.clone());
                }
            }
        }
    }
}

/// terraform's words for an argument where these arguments and blocks may stand.
pub fn unexpected_argument(name: &Name, file: &SourceFile, arguments: &[&str], blocks: &[&str]) -> Diagnostic {
    let place = file.place(name.span);
    let name = &name.text;
    if is_json(file) {
        return extraneous_property(name, &suggestion(name, &[arguments, blocks].concat())).at(place);
    }
    let mut hint = suggestion(name, arguments);
    if hint.is_empty() && blocks.contains(&&**name) {
        hint = format!(" Did you mean to define a block of type \"{name}\"?");
    }
    let mut found = unsupported_argument(name);
    found.detail.push_str(&hint);
    found.at(place)
}

/// terraform's words for a block where these arguments and blocks may stand.
pub fn unexpected_block(kind: &Name, file: &SourceFile, arguments: &[&str], blocks: &[&str]) -> Diagnostic {
    let place = file.place(kind.span);
    let kind = &kind.text;
    let mut hint = suggestion(kind, blocks);
    if hint.is_empty() && arguments.contains(&&**kind) {
        hint = format!(" Did you mean to define argument \"{kind}\"? If so, use the equals sign to assign it a value.");
    }
    let mut found = unsupported_block(kind);
    found.detail.push_str(&hint);
    found.at(place)
}

fn is_json(file: &SourceFile) -> bool {
    file.path().as_str().ends_with(".json")
}

/// terraform's words for a property in JSON that means nothing.
pub fn extraneous_property(name: &str, hint: &str) -> Diagnostic {
    let detail = format!("No argument or block type is named \"{name}\".{hint}");
    Diagnostic::error("Extraneous JSON object property", detail)
}

/// ` Did you mean "x"?`, when one of the known names is close enough.
pub fn suggestion(name: &str, known: &[&str]) -> String {
    match crate::lang::expr::suggest(name, known.iter().copied()) {
        Some(near) => format!(" Did you mean \"{near}\"?"),
        None => String::new(),
    }
}

/// A body's opening brace.
pub fn brace(body: &Body, file: &SourceFile) -> Span {
    let opening = opening(body, file);
    Span::new(opening.start, opening.start + 1)
}

/// The empty span at a body's opening brace. In JSON the body's own span begins with it.
pub fn opening(body: &Body, file: &SourceFile) -> Span {
    let at = if is_json(file) { body.span.start } else { body.span.start.saturating_sub(1) };
    Span::new(at, at)
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
    .at(content.opening.place())
}
