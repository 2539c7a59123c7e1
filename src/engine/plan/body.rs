//! The body of a resource as a value of the type that its schema says, `dynamic` blocks unrolled.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::engine::module::declared::Content;
use crate::engine::module::sources::{opening, suggestion, unsupported_argument, unsupported_block};
use crate::engine::provider::Provider;
use crate::engine::query::evaluate::evaluate_expr;
use crate::engine::query::inputs::Reader;
use crate::engine::query::scope::{Each, Scope};
use crate::engine::query::session::Query;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Attribute, Block, Body, Expr, Item};
use crate::lang::types::convert;
use crate::lang::value::{set_of, unknown_because};
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::place::Span;
use crate::model::schema::{AttributeSchema, BlockSchema, NestedBlock, Nesting};
use crate::model::value::{Refinement, Str, Type, Value, ValueKind};

/// Where expressions of a body are evaluated.
#[derive(Clone)]
pub struct Frame<'q> {
    /// The evaluation.
    pub query: &'q Query<'q>,
    /// The module instance.
    pub scope: &'q Rc<Scope>,
    /// The instance of the block.
    pub each: &'q Each,
    /// What `self` is, where there is one.
    pub this: Option<Value>,
    /// Iterators of dynamic blocks.
    pub names: Vec<(Str, Value)>,
    /// What names nothing: while there is any, nothing else is said of a body.
    pub unresolved: Rc<RefCell<Vec<Diagnostic>>>,
}

impl<'q> Frame<'q> {
    /// A frame for an instance of a block.
    pub fn new<'a: 'q>(query: &'q Query<'a>, scope: &'q Rc<Scope>, each: &'q Each) -> Self {
        Frame { query, scope, each, this: None, names: Vec::new(), unresolved: Rc::default() }
    }

    /// What expressions may ask for here.
    pub fn reader(&self) -> Reader<'q> {
        let reader = Reader::new(self.query, self.scope).within(self.each).with_names(self.names.clone());
        match &self.this {
            Some(this) => reader.with_self(this.clone()),
            None => reader,
        }
    }

    fn evaluate(&self, expr: &Expr, file: &SourceFile, diagnostics: &mut Vec<Diagnostic>) -> Option<Value> {
        let evaluated = evaluate_expr(expr, file, &self.reader());
        let failed = evaluated.failed();
        match evaluated.is_unresolved {
            true => self.unresolved.borrow_mut().extend(evaluated.diagnostics),
            false => diagnostics.extend(evaluated.diagnostics),
        }
        (!failed).then_some(evaluated.value)
    }
}

/// A body's value with what is wrong in it.
pub struct Decoded {
    /// The value; marks inside.
    pub value: Value,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl Decoded {
    /// Whether there is an error.
    pub fn failed(&self) -> bool {
        has_errors(&self.diagnostics)
    }

    /// The same where the provider itself judges what is set that only it may set.
    #[must_use]
    pub fn judged_by(mut self, provider: &dyn Provider) -> Self {
        if provider.judges_read_only() {
            self.diagnostics.retain(|diagnostic| diagnostic.summary != READ_ONLY);
        }
        self
    }
}

const READ_ONLY: &str = "Invalid Configuration for Read-Only Attribute";

/// The items of one block, possibly of several files, and where it stands.
pub struct Items<'b> {
    /// The items with their files.
    pub items: Vec<(&'b Item, &'b Arc<SourceFile>)>,
    /// The block's header.
    pub header: (&'b Arc<SourceFile>, Span),
    /// Its opening brace.
    pub opening: (&'b Arc<SourceFile>, Span),
}

impl<'b> Items<'b> {
    /// Of a block's content.
    pub fn of(content: &'b Content) -> Self {
        Items {
            items: content.pieces.iter().map(|piece| (&piece.item, &piece.file)).collect(),
            header: (&content.header.file, content.header.span),
            opening: (&content.opening.file, content.opening.span),
        }
    }

    /// Of a nested body.
    pub fn of_body(body: &'b Body, file: &'b Arc<SourceFile>, header: Span) -> Self {
        let items = body.items.iter().map(|item| (item, file)).collect();
        Items { items, header: (file, header), opening: (file, opening(body, file)) }
    }

    fn attribute(&self, name: &str) -> Option<(&'b Attribute, &'b Arc<SourceFile>)> {
        self.items.iter().find_map(|(item, file)| match item {
            Item::Attribute(attribute) if &*attribute.name.text == name => Some((attribute, *file)),
            _ => None,
        })
    }
}

/// One block to decode: a written one, or one that a dynamic block makes.
pub struct Made<'b, 'q> {
    /// Its labels.
    pub labels: Vec<Str>,
    /// What it holds.
    pub items: Items<'b>,
    /// Where its expressions are evaluated.
    pub frame: Frame<'q>,
}

/// All blocks of one kind, or what keeps from knowing them.
pub enum Blocks<'b, 'q> {
    /// These.
    Known(Vec<Made<'b, 'q>>),
    /// A dynamic block's collection is not known.
    Unknown(Value),
}

/// Decodes a body by a schema.
pub fn decode(items: &Items<'_>, schema: &BlockSchema, frame: &Frame<'_>) -> Decoded {
    let mut diagnostics = Vec::new();
    let value = block(items, schema, frame, &mut diagnostics);
    let unresolved = frame.unresolved.take();
    if !unresolved.is_empty() {
        diagnostics = unresolved;
    }
    Decoded { value, diagnostics }
}

fn block(items: &Items<'_>, schema: &BlockSchema, frame: &Frame<'_>, diagnostics: &mut Vec<Diagnostic>) -> Value {
    let mut attributes = BTreeMap::new();
    for (name, attribute) in &schema.attributes {
        attributes.insert(name.clone(), argument(items, name, attribute, frame, diagnostics));
    }
    for (name, nested) in &schema.blocks {
        attributes.insert(name.clone(), nested_blocks(items, name, nested, frame, diagnostics));
    }
    for (item, file) in &items.items {
        match item {
            Item::Attribute(attribute) => {
                let name = &attribute.name.text;
                match schema.attributes.get(name) {
                    None => diagnostics.push(stray(name, schema).at(file.place(attribute.name.span))),
                    Some(known) if !known.required && !known.optional => diagnostics.push(
                        Diagnostic::error(
                            READ_ONLY,
                            format!("Cannot set value for this attribute as the provider has marked it as read-only. Remove the configuration line setting the value of \"{name}\"."),
                        )
                        .at(file.place(attribute.name.span)),
                    ),
                    Some(_) => {}
                }
            }
            Item::Block(block) => {
                let named = block_kind(block);
                if named.is_none_or(|kind| !schema.blocks.contains_key(kind)) {
                    let kind = named.unwrap_or(&block.kind.text);
                    let dynamic = block.labels.first().filter(|_| &*block.kind.text == "dynamic");
                    let span = dynamic.map_or(block.kind.span, |label| label.span);
                    diagnostics.push(stray_block(kind, schema).at(file.place(span)));
                }
            }
        }
    }
    ValueKind::Object(Arc::new(attributes)).into()
}

/// terraform's words for an argument that a schema does not have.
fn stray(name: &Str, schema: &BlockSchema) -> Diagnostic {
    let known: Vec<&str> = schema.attributes.keys().map(|name| &**name).collect();
    let mut hint = suggestion(name, &known);
    if hint.is_empty() && schema.blocks.contains_key(name) {
        hint = format!(" Did you mean to define a block of type \"{name}\"?");
    }
    let mut found = unsupported_argument(name);
    found.detail.push_str(&hint);
    found
}

/// terraform's words for a block that a schema does not have.
fn stray_block(kind: &Str, schema: &BlockSchema) -> Diagnostic {
    let known: Vec<&str> = schema.blocks.keys().map(|name| &**name).collect();
    let mut hint = suggestion(kind, &known);
    if hint.is_empty() && schema.attributes.contains_key(kind) {
        hint = format!(" Did you mean to define argument \"{kind}\"? If so, use the equals sign to assign it a value.");
    }
    let mut found = unsupported_block(kind);
    found.detail.push_str(&hint);
    found
}

/// The kind of block that a block is or makes.
fn block_kind(block: &Block) -> Option<&Str> {
    if &*block.kind.text == "dynamic" { block.labels.first().map(|label| &label.text) } else { Some(&block.kind.text) }
}

fn argument(
    items: &Items<'_>,
    name: &Str,
    schema: &AttributeSchema,
    frame: &Frame<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Value {
    let Some((attribute, file)) = items.attribute(name) else {
        if schema.required {
            let detail = format!("The argument \"{name}\" is required, but no definition was found.");
            let (file, span) = items.opening;
            diagnostics.push(Diagnostic::error("Missing required argument", detail).at(file.place(span)));
        }
        return Value::null_of(schema.ty.clone());
    };
    let Some(value) = frame.evaluate(&attribute.expr, file, diagnostics) else {
        return Value::unknown(schema.ty.clone());
    };
    match convert(&value, &schema.config_type()) {
        Ok(value) if value.is_null() && schema.required => {
            let detail = format!("The argument \"{name}\" is required, but no definition was found.");
            diagnostics
                .push(Diagnostic::error("Missing required argument", detail).at(file.place(attribute.expr.span)));
            value
        }
        Ok(value) => value,
        Err(error) => {
            let path = error.with_path();
            let detail = format!("Inappropriate value for attribute \"{name}\": {}.", path.trim_start_matches('.'));
            diagnostics
                .push(Diagnostic::error("Incorrect attribute value type", detail).at(file.place(attribute.expr.span)));
            Value::unknown(schema.ty.clone())
        }
    }
}

fn nested_blocks(
    items: &Items<'_>,
    kind: &Str,
    nested: &NestedBlock,
    frame: &Frame<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Value {
    let inner = nested.block.implied_type();
    let made = match blocks(items, kind, frame, diagnostics) {
        Blocks::Known(made) => made,
        Blocks::Unknown(why) => {
            let ty = match nested.nesting {
                Nesting::Single | Nesting::Group => inner,
                Nesting::List => Type::list(inner),
                Nesting::Set => Type::set(inner),
                Nesting::Map => Type::map(inner),
            };
            return unknown_because(ty, Refinement::default(), [&why]);
        }
    };
    let (file, span) = items.header;
    let count = made.len() as u64;
    if count < nested.min_items {
        let detail = format!("At least {} \"{kind}\" blocks are required.", nested.min_items);
        diagnostics.push(Diagnostic::error(format!("Insufficient {kind} blocks"), detail).at(file.place(span)));
    }
    let most = if matches!(nested.nesting, Nesting::Single | Nesting::Group) { 1 } else { nested.max_items };
    if most > 0 && count > most {
        let detail = format!("No more than {most} \"{kind}\" blocks are allowed.");
        diagnostics.push(Diagnostic::error(format!("Too many {kind} blocks"), detail).at(file.place(span)));
    }
    let mut values = made.iter().map(|one| {
        let label = one.labels.first().cloned().unwrap_or_default();
        (label, block(&one.items, &nested.block, &one.frame, diagnostics))
    });
    match nested.nesting {
        Nesting::Single => values.next().map_or_else(|| Value::null_of(inner), |(_, value)| value),
        Nesting::Group => match values.next() {
            Some((_, value)) => value,
            None => {
                let empty = Items { items: Vec::new(), header: items.header, opening: items.opening };
                drop(values);
                block(&empty, &nested.block, frame, diagnostics)
            }
        },
        Nesting::List => {
            let all: Vec<Value> = values.map(|(_, value)| value).collect();
            if inner.has_dynamic() { Value::tuple(all) } else { Value::list(inner, all) }
        }
        Nesting::Set => {
            // Elements of a set cannot carry marks of their own.
            let all: Vec<Value> = values.map(|(_, value)| value).collect();
            let marks =
                all.iter().fold(Default::default(), |marks: crate::model::value::Marks, v| marks.union(v.deep_marks()));
            set_of(inner, all.iter().map(Value::unmark_deep).collect()).mark(marks)
        }
        Nesting::Map => {
            let entries: BTreeMap<Str, Value> = values.collect();
            if inner.has_dynamic() { Value::object(entries) } else { Value::map(inner, entries) }
        }
    }
}

/// All blocks of a kind, those that `dynamic` blocks make among them, in order.
pub fn blocks<'b, 'q>(
    items: &Items<'b>,
    kind: &str,
    frame: &Frame<'q>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Blocks<'b, 'q> {
    let mut made = Vec::new();
    for (item, file) in &items.items {
        let Item::Block(block) = item else { continue };
        if &*block.kind.text == kind {
            made.push(Made {
                labels: block.labels.iter().map(|label| label.text.clone()).collect(),
                items: Items::of_body(&block.body, file, block.header),
                frame: frame.clone(),
            });
        } else if &*block.kind.text == "dynamic" && block_kind(block).is_some_and(|named| &**named == kind) {
            match dynamic(block, file, frame, diagnostics) {
                Blocks::Known(more) => made.extend(more),
                unknown @ Blocks::Unknown(_) => return unknown,
            }
        }
    }
    Blocks::Known(made)
}

fn dynamic<'b, 'q>(
    block: &'b Block,
    file: &'b Arc<SourceFile>,
    frame: &Frame<'q>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Blocks<'b, 'q> {
    let none = Blocks::Known(Vec::new());
    let missing = |what: &str| {
        let detail = format!("A dynamic block wants {what}.");
        Diagnostic::error("Missing required argument", detail).at(file.place(block.header))
    };
    let Some(for_each) = block.body.attribute("for_each") else {
        diagnostics.push(missing("a \"for_each\" argument"));
        return none;
    };
    let Some(content) = block.body.blocks_of("content").next() else {
        diagnostics.push(missing("a \"content\" block"));
        return none;
    };
    let Some(collection) = frame.evaluate(&for_each.expr, file, diagnostics) else { return none };
    if collection.is_null() {
        let detail = "Cannot use a null value in for_each.";
        diagnostics
            .push(Diagnostic::error("Invalid dynamic for_each value", detail).at(file.place(for_each.expr.span)));
        return none;
    }
    if collection.is_unknown() {
        return Blocks::Unknown(collection);
    }
    let marks = collection.marks;
    let named = block.body.attribute("iterator").and_then(|a| a.expr.bare_word());
    let Some(iterator) = named.or_else(|| block.labels.first().map(|label| &label.text)) else { return none };
    let pairs: Vec<(Value, Value)> = match (&collection.kind, collection.as_entries(), collection.as_items()) {
        (_, Some(entries), _) => entries.iter().map(|(k, v)| (Value::string(k.clone()), v.clone())).collect(),
        (ValueKind::Set(set), ..) => set.items.iter().map(|item| (item.clone(), item.clone())).collect(),
        (.., Some(items)) => items.iter().enumerate().map(|(at, item)| (Value::int(at as i64), item.clone())).collect(),
        _ => {
            let detail = format!(
                "Cannot use a {} value in for_each. An iterable collection is required.",
                collection.ty().friendly_name()
            );
            diagnostics
                .push(Diagnostic::error("Invalid dynamic for_each value", detail).at(file.place(for_each.expr.span)));
            return none;
        }
    };
    let mut made = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let mut inner = frame.clone();
        let pair = [("key", key.mark(marks)), ("value", value.mark(marks))];
        inner.names.push((iterator.clone(), Value::object(pair)));
        let labels = dynamic_labels(block, file, &inner, diagnostics);
        let items = Items::of_body(&content.body, file, content.header);
        made.push(Made { labels, items, frame: inner });
    }
    Blocks::Known(made)
}

fn dynamic_labels(
    block: &Block,
    file: &Arc<SourceFile>,
    frame: &Frame<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Str> {
    let Some(labels) = block.body.attribute("labels") else { return Vec::new() };
    let value = frame.evaluate(&labels.expr, file, diagnostics);
    let items = value.as_ref().and_then(Value::as_items).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(Str::from)).collect()
}
