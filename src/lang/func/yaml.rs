//! `yamldecode` and `yamlencode`.

use std::collections::{BTreeMap, HashMap};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use super::outcome::string;
use super::yaml_scalar::{Scalar, resolve};
use super::{limit, yaml_write};
use crate::lang::types;
use crate::lang::value::quote;
use crate::model::limits::Limits;
use crate::model::value::{Str, Type, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "yamldecode",
        "The value that a YAML text describes.",
        &[Parameter::new("src", Shape::String)],
        Returns::Decided(decoded_type),
        yamldecode,
    )
    .maybe_null(),
    Function::new(
        "yamlencode",
        "The value as YAML text.",
        &[Parameter::new("value", Shape::Any).null().dynamic()],
        Returns::Always(Shape::String),
        yamlencode,
    )
    .maybe_null(),
];

/// How deep values may nest.
const DEPTH: usize = 500;

fn yamlencode(call: &Call<'_>) -> Result<Value, FunctionError> {
    let given = &call.args[0];
    Ok(if given.is_wholly_known() { string(yaml_write::write(given)) } else { call.unknown() })
}

fn decoded_type(args: &[Value]) -> Result<Type, FunctionError> {
    args[0].as_str().map_or(Ok(Type::Dynamic), |text| Ok(decode(text, Limits::default())?.ty()))
}

fn yamldecode(call: &Call<'_>) -> Result<Value, FunctionError> {
    decode(call.text(0), call.inputs.limits())
}

/// A message with its place, when that is beyond the first line: terraform's way to count lines from nought.
fn at(mark: &Marker, message: &str) -> FunctionError {
    match mark.line().saturating_sub(1) {
        0 => FunctionError::new(message),
        line => FunctionError::new(format!("on line {line}, column {}: {message}", mark.col() + 1)),
    }
}

/// A fault of the parser in the words and with the line of libyaml, where it has the same fault.
fn syntax(error: &ScanError, text: &str) -> FunctionError {
    let (info, mark) = (error.info(), error.marker());
    if info.contains("found unknown anchor") {
        return at(mark, &format!("reference to undefined anchor {}", quote(alias_name(text, mark))));
    }
    let what = info.strip_prefix("while ").and_then(|info| info.split_once(", ")).map_or(info, |(_, what)| what);
    let message = match what {
        "expected ',' or ']'" => "did not find expected ',' or ']'",
        "simple key expected" | "simple key expect ':'" => "could not find expected ':'",
        "misplaced bracket" => "did not find expected node content",
        _ if what.contains("tab") || what.starts_with("unexpected character") => CANNOT_START,
        other => other,
    };
    let of_parser = info.starts_with("while parsing a flow")
        || info.starts_with("while parsing a block")
        || info.starts_with("while parsing a node")
        || info.contains("<document");
    // An open quote is noticed at the end.
    let line = if message == "found unexpected end of stream" {
        text.matches('\n').count()
    } else {
        mark.line().saturating_sub(1)
    };
    match line {
        0 => FunctionError::new(message),
        line if of_parser => FunctionError::new(format!("on line {line}, column {}: {message}", mark.col() + 1)),
        line => FunctionError::new(format!("on line {}, column 1: {message}", line + 1)),
    }
}

const CANNOT_START: &str = "found character that cannot start any token";

/// The name of the alias that stands at a mark.
fn alias_name<'a>(text: &'a str, mark: &Marker) -> &'a str {
    let line = text.lines().nth(mark.line().saturating_sub(1)).unwrap_or_default();
    let rest = line.char_indices().nth(mark.col()).map_or("", |(start, _)| &line[start..]);
    let name = rest.strip_prefix('*').unwrap_or(rest);
    name.split(|end: char| !(end.is_alphanumeric() || matches!(end, '_' | '-'))).next().unwrap_or_default()
}

/// Whether the first line with content is indented with a tab, which libyaml refuses.
fn begins_with_tab(text: &str) -> bool {
    let content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    text.lines().find(content).is_some_and(|line| line.trim_start_matches(' ').starts_with('\t'))
}

/// A collection that is being read.
struct Open {
    anchor: usize,
    nodes: usize,
    kind: OpenKind,
}

enum OpenKind {
    Sequence(Vec<Value>),
    Mapping { entries: BTreeMap<Str, Value>, key: Key },
}

/// The key that waits for its value.
enum Key {
    None,
    Name(Str),
    Merge(Marker),
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, (Value, usize)>,
    result: Option<Value>,
    /// All nodes, those that aliases repeat counted each time.
    nodes: usize,
    limits: Limits,
}

fn decode(text: &str, limits: Limits) -> Result<Value, FunctionError> {
    if begins_with_tab(text) {
        return Err(FunctionError::new(CANNOT_START));
    }
    if text.contains(|character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{85}')) {
        return Err(FunctionError::new("control characters are not allowed"));
    }
    let mut builder = Builder { limits, ..Builder::default() };
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| syntax(&error, text))?;
        let mark = &span.start;
        match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(at(mark, "unexpected extra content after value"));
                }
            }
            Event::Scalar(text, style, anchor, tag) => builder.scalar(&text, style, anchor, tag.as_deref(), mark)?,
            Event::Alias(anchor) => builder.alias(anchor, text, mark)?,
            Event::SequenceStart(anchor, tag) => {
                builder.start(OpenKind::Sequence(Vec::new()), anchor, tag.as_deref(), "seq", mark)?;
            }
            Event::MappingStart(anchor, tag) => {
                let kind = OpenKind::Mapping { entries: BTreeMap::new(), key: Key::None };
                builder.start(kind, anchor, tag.as_deref(), "map", mark)?;
            }
            Event::SequenceEnd | Event::MappingEnd => builder.end()?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    builder.result.ok_or_else(|| {
        if text.lines().any(|line| line.starts_with("...")) {
            return FunctionError::new("did not find expected node content");
        }
        let lines = text.matches('\n').count() + usize::from(!text.ends_with('\n'));
        FunctionError::new(format!("on line {lines}, column 1: missing start of document"))
    })
}

fn full_tag(tag: Option<&Tag>) -> String {
    tag.map_or_else(String::new, |tag| format!("{}{}", tag.handle, tag.suffix))
}

impl Builder {
    /// Whether the next node is the key of a mapping.
    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: OpenKind::Mapping { key: Key::None, .. }, .. }))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        mark: &Marker,
    ) -> Result<(), FunctionError> {
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        let meaning = resolve(&full_tag(tag), text, quoted);
        if self.wants_key() {
            let key = match meaning.map_err(FunctionError::new)? {
                Scalar::Merge => Key::Merge(*mark),
                Scalar::Value(value) => Key::Name(key_text(&value, mark)?),
            };
            self.set_key(key);
            return Ok(());
        }
        let value = match meaning.map_err(|message| at(mark, &message))? {
            Scalar::Merge => string("<<"),
            // A block scalar is text, but terraform first reads it as if it were plain.
            Scalar::Value(value) if tag.is_none() && style != ScalarStyle::Plain => {
                types::convert(&value, &Type::String).unwrap_or(value)
            }
            Scalar::Value(value) => value,
        };
        self.add(value, 1, anchor)
    }

    fn set_key(&mut self, new: Key) {
        if let Some(Open { kind: OpenKind::Mapping { key, .. }, .. }) = self.open.last_mut() {
            *key = new;
        }
    }

    fn alias(&mut self, anchor: usize, text: &str, mark: &Marker) -> Result<(), FunctionError> {
        if self.wants_key() {
            return Err(at(mark, "only strings are allowed as mapping keys"));
        }
        match self.anchors.get(&anchor) {
            Some((value, nodes)) => {
                let (value, nodes) = (value.clone(), *nodes);
                self.add(value, nodes, 0)
            }
            None => {
                let name = quote(alias_name(text, mark));
                Err(at(mark, &format!("cannot refer to anchor {name} from inside its own definition")))
            }
        }
    }

    fn start(
        &mut self,
        kind: OpenKind,
        anchor: usize,
        tag: Option<&Tag>,
        own: &str,
        mark: &Marker,
    ) -> Result<(), FunctionError> {
        if self.wants_key() {
            return Err(at(mark, "only strings are allowed as mapping keys"));
        }
        let tag = full_tag(tag);
        if !tag.is_empty() && tag != format!("tag:yaml.org,2002:{own}") {
            let what = if own == "seq" { "sequence" } else { "mapping" };
            return Err(at(mark, &format!("can't interpret {what} as {tag}")));
        }
        if self.open.len() >= DEPTH {
            return Err(at(mark, "the document nests too deeply"));
        }
        self.open.push(Open { anchor, nodes: 1, kind });
        Ok(())
    }

    fn end(&mut self) -> Result<(), FunctionError> {
        let Some(closed) = self.open.pop() else { return Ok(()) };
        let value = match closed.kind {
            OpenKind::Sequence(items) => Value::tuple(items),
            OpenKind::Mapping { entries, .. } => Value::object(entries),
        };
        self.add(value, closed.nodes, closed.anchor)
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, value: Value, nodes: usize, anchor: usize) -> Result<(), FunctionError> {
        self.nodes = self.nodes.saturating_add(nodes);
        limit::elements(&self.limits, self.nodes)?;
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), nodes));
        }
        let Some(open) = self.open.last_mut() else {
            self.result = Some(value);
            return Ok(());
        };
        open.nodes = open.nodes.saturating_add(nodes);
        match &mut open.kind {
            OpenKind::Sequence(items) => items.push(value),
            OpenKind::Mapping { entries, key } => match std::mem::replace(key, Key::None) {
                Key::Name(name) => {
                    entries.insert(name, value);
                }
                Key::Merge(mark) => {
                    let Some(merged) = value.as_object() else {
                        let got = types::friendly_name(&value.ty());
                        return Err(at(&mark, &format!("cannot merge {got} into mapping")));
                    };
                    entries.extend(merged.iter().map(|(name, value)| (name.clone(), value.clone())));
                }
                Key::None => {}
            },
        }
        Ok(())
    }
}

fn key_text(value: &Value, mark: &Marker) -> Result<Str, FunctionError> {
    if value.is_null() {
        return Err(at(mark, "mapping key cannot be null"));
    }
    let converted = types::convert(value, &Type::String).ok();
    converted
        .and_then(|text| text.as_str().map(Str::from))
        .ok_or_else(|| at(mark, "only strings are allowed as mapping keys"))
}
