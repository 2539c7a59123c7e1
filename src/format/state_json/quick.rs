//! Reads a state file in one pass over its bytes, sharing what repeats: names, types, dependencies, equal objects.
//!
//! It gives up on anything that is not as terraform writes it, and says nothing then: the slow reader judges what is
//! wrong. What it does read, it reads as the slow reader does (a property test compares the two).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::wire::{CheckObjectWire, CheckWire, DependenciesIn, InstanceIn, OutputIn, ResourceIn, StateIn, StepIn};
use crate::model::address::{ResourceAddress, ResourceInstanceAddress};
use crate::model::value::json::{Json, normal_form};
use crate::model::value::{Number, Str, Value};

/// A state file's content; `None` when the slow reader has to look at it.
pub(super) fn read(bytes: &[u8]) -> Option<StateIn> {
    // Once for the whole file, so that no piece of it needs to be looked at again.
    let text = std::str::from_utf8(bytes).ok()?;
    let mut quick = Quick {
        text,
        at: 0,
        depth: 0,
        deepest: 0,
        names: vec![None; NAMES],
        recent: Vec::new(),
        next: 0,
        lists: Vec::new(),
        addresses: HashMap::new(),
    };
    let state = quick.state()?;
    quick.space();
    (quick.at == text.len()).then_some(state)
}

/// Deeper values are left to the slow reader, which has a limit of its own.
const DEEP: usize = 100;
/// So many objects and tuples that were met last are kept, to be met again.
const RECENT: usize = 6;
/// Smaller ones are read faster than they are found.
const WORTH: usize = 24;

struct Quick<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// The deepest that was reached below the value that is read.
    deepest: usize,
    /// Names that were met last, each in the place that its length and its ends give it.
    names: Vec<Option<(&'a str, Str)>>,
    /// Objects and tuples by how they are written.
    recent: Vec<Met<'a>>,
    next: usize,
    /// Lists of dependencies by how they are written.
    lists: Vec<(&'a str, Arc<[ResourceAddress]>)>,
    /// Addresses in them by how they are written: in a chain each list holds all of the one before.
    addresses: HashMap<&'a str, ResourceAddress>,
}

/// An object or a tuple that was met: how it is written, what it is, and how many levels it has.
struct Met<'a> {
    written: &'a str,
    value: Value,
    levels: usize,
}

/// So many names are kept.
const NAMES: usize = 256;

fn place_of(name: &str) -> usize {
    let bytes = name.as_bytes();
    let end = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
    (name.len() * 31 + end(bytes.first()) * 7 + end(bytes.last())) % NAMES
}

/// Takes a member that may come once.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

impl<'a> Quick<'a> {
    fn space(&mut self) {
        let bytes = self.text.as_bytes();
        // Half of a file is indentation.
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(self.at) {
            self.at += 1;
            while bytes.get(self.at..self.at + 8).is_some_and(|next| next == b"        ") {
                self.at += 8;
            }
        }
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.space();
        self.text[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    /// Whether a `null` stands here; it is taken.
    fn null(&mut self) -> Option<bool> {
        match self.peek()? {
            b'n' => self.word("null").map(|()| true),
            _ => Some(false),
        }
    }

    /// What stands between the quotes of a string, and whether something in it is escaped.
    fn raw_string(&mut self) -> Option<(&'a str, bool)> {
        self.take(b'"')?;
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut escaped = false;
        loop {
            match *bytes.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
        let inner = self.text.get(start..self.at)?;
        self.at += 1;
        Some((inner, escaped))
    }

    fn string(&mut self) -> Option<String> {
        let before = self.at;
        match self.raw_string()? {
            (inner, false) => Some(inner.to_owned()),
            _ => serde_json::from_str(self.text[before..self.at].trim_start()).ok(),
        }
    }

    fn text_value(&mut self) -> Option<Str> {
        let before = self.at;
        match self.raw_string()? {
            (inner, false) => Some(normal_form(inner)),
            _ => {
                let text: String = serde_json::from_str(self.text[before..self.at].trim_start()).ok()?;
                Some(normal_form(&text))
            }
        }
    }

    /// A name of an attribute: there are few, and they come again and again.
    fn name(&mut self) -> Option<Str> {
        let before = self.at;
        let (inner, escaped) = self.raw_string()?;
        let place = place_of(inner);
        if let Some((written, known)) = &self.names[place]
            && *written == inner
        {
            return Some(known.clone());
        }
        let name = match escaped {
            false => normal_form(inner),
            true => normal_form(&serde_json::from_str::<String>(self.text[before..self.at].trim_start()).ok()?),
        };
        self.names[place] = Some((inner, name.clone()));
        Some(name)
    }

    fn number_text(&mut self) -> Option<&'a str> {
        self.space();
        let bytes = self.text.as_bytes();
        let start = self.at;
        let digits = |at: &mut usize| {
            let from = *at;
            while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            *at > from
        };
        let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
        let first = at;
        if !digits(&mut at) || (bytes[first] == b'0' && at > first + 1) {
            return None;
        }
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            if !digits(&mut at) {
                return None;
            }
        }
        if let Some(b'e' | b'E') = bytes.get(at) {
            at += 1;
            at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
            if !digits(&mut at) {
                return None;
            }
        }
        self.at = at;
        Some(&self.text[start..at])
    }

    fn whole(&mut self) -> Option<u64> {
        self.number_text()?.parse().ok()
    }

    fn flag(&mut self) -> Option<bool> {
        match self.peek()? {
            b't' => self.word("true").map(|()| true),
            _ => self.word("false").map(|()| false),
        }
    }

    fn value(&mut self) -> Option<Value> {
        match self.peek()? {
            b'"' => self.text_value().map(Value::string),
            b'{' | b'[' => self.shared(),
            b'n' => self.word("null").map(|()| Value::null()),
            b't' | b'f' => self.flag().map(Value::bool),
            _ => Number::parse(self.number_text()?).ok().map(Value::number),
        }
    }

    /// An object or a tuple; one that is written like one before is the one before.
    fn shared(&mut self) -> Option<Value> {
        let rest = &self.text[self.at..];
        if let Some(met) = self.recent.iter().find(|met| rest.starts_with(met.written)) {
            self.at += met.written.len();
            self.deepest = self.deepest.max(self.depth + met.levels);
            return (self.deepest <= DEEP).then(|| met.value.clone());
        }
        let start = self.at;
        self.depth += 1;
        if self.depth > DEEP {
            return None;
        }
        let deepest = std::mem::replace(&mut self.deepest, self.depth);
        let value = if self.peek()? == b'{' { self.object()? } else { self.tuple()? };
        self.depth -= 1;
        let levels = self.deepest - self.depth;
        self.deepest = self.deepest.max(deepest);
        let written = &self.text[start..self.at];
        if written.len() >= WORTH {
            let met = Met { written, value: value.clone(), levels };
            match self.recent.get_mut(self.next) {
                Some(place) => *place = met,
                None => self.recent.push(met),
            }
            self.next = (self.next + 1) % RECENT;
        }
        Some(value)
    }

    fn object(&mut self) -> Option<Value> {
        let mut entries = BTreeMap::new();
        self.take(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(Value::object(entries));
        }
        loop {
            let name = self.name()?;
            self.take(b':')?;
            let value = self.value()?;
            entries.insert(name, value);
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(Value::object(entries))
    }

    fn tuple(&mut self) -> Option<Value> {
        self.list(Quick::value).map(Value::tuple)
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        self.take(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Some(items);
        }
        loop {
            items.push(item(self)?);
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(items)
    }

    /// The members of an object of ours. Members that nobody knows are left to the slow reader.
    fn members(&mut self, mut member: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.space();
            let (name, escaped) = self.raw_string()?;
            if escaped {
                return None;
            }
            self.take(b':')?;
            member(self, name)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.null()? { Some(None) } else { read(self).map(Some) }
    }

    fn state(&mut self) -> Option<StateIn> {
        let (mut version, mut written_by, mut serial, mut lineage) = (None, None, None, None);
        let (mut outputs, mut resources, mut checks) = (None, None, None);
        self.members(|quick, name| match name {
            "version" => once(&mut version, quick.whole()?),
            "terraform_version" => once(&mut written_by, quick.string()?),
            "serial" => once(&mut serial, quick.whole()?),
            "lineage" => once(&mut lineage, quick.string()?),
            "outputs" => once(&mut outputs, quick.optional(Quick::outputs)?),
            "resources" => once(&mut resources, quick.optional(|quick| quick.list(Quick::resource))?),
            "check_results" => once(&mut checks, quick.optional(|quick| quick.list(Quick::check))?),
            _ => None,
        })?;
        Some(StateIn {
            version,
            terraform_version: written_by.unwrap_or_default(),
            serial: serial.unwrap_or_default(),
            lineage: lineage.unwrap_or_default(),
            outputs: outputs.flatten(),
            resources: resources.flatten(),
            check_results: checks.flatten(),
        })
    }

    fn outputs(&mut self) -> Option<BTreeMap<String, OutputIn>> {
        let mut outputs = BTreeMap::new();
        self.members(|quick, name| {
            let (mut value, mut ty, mut sensitive) = (None, None, None);
            quick.members(|quick, member| match member {
                "value" => once(&mut value, Json(quick.value()?)),
                "type" => once(&mut ty, Json(quick.value()?)),
                "sensitive" => once(&mut sensitive, quick.flag()?),
                _ => None,
            })?;
            let output = OutputIn { value: value?, ty: ty?, sensitive: sensitive.unwrap_or_default() };
            outputs.insert(name.to_owned(), output);
            Some(())
        })?;
        Some(outputs)
    }

    fn resource(&mut self) -> Option<ResourceIn> {
        let (mut module, mut mode, mut type_name, mut name) = (None, None, None, None);
        let (mut provider, mut instances) = (None, None);
        self.members(|quick, member| match member {
            "module" => once(&mut module, quick.string()?),
            "mode" => once(&mut mode, quick.string()?),
            "type" => once(&mut type_name, quick.name()?),
            "name" => once(&mut name, quick.string()?),
            "provider" => once(&mut provider, quick.name()?),
            "instances" => once(&mut instances, quick.list(Quick::instance)?),
            _ => None,
        })?;
        Some(ResourceIn {
            module: module.unwrap_or_default(),
            mode: mode?,
            type_name: type_name?,
            name: name?,
            provider: provider?,
            instances: instances.unwrap_or_default(),
        })
    }

    fn instance(&mut self) -> Option<InstanceIn> {
        let (mut key, mut status, mut deposed, mut schema, mut attributes) = (None, None, None, None, None);
        let (mut sensitive, mut private, mut dependencies, mut first) = (None, None, None, None);
        self.members(|quick, member| match member {
            "index_key" => once(&mut key, quick.optional(|quick| quick.value().map(Json))?),
            "status" => once(&mut status, quick.string()?),
            "deposed" => once(&mut deposed, quick.string()?),
            "schema_version" => once(&mut schema, quick.whole()?),
            "attributes" => once(&mut attributes, quick.optional(|quick| quick.value().map(Json))?),
            "sensitive_attributes" => once(&mut sensitive, quick.optional(Quick::paths)?),
            "private" => once(&mut private, quick.optional(Quick::string)?),
            "dependencies" => once(&mut dependencies, quick.optional(Quick::dependencies)?),
            "create_before_destroy" => once(&mut first, quick.flag()?),
            _ => None,
        })?;
        Some(InstanceIn {
            index_key: key.flatten(),
            status: status.unwrap_or_default(),
            deposed: deposed.unwrap_or_default(),
            schema_version: schema.unwrap_or_default(),
            attributes: attributes.flatten(),
            attributes_flat: None,
            sensitive_attributes: sensitive.flatten(),
            private: private.flatten(),
            dependencies: dependencies.flatten(),
            create_before_destroy: first.unwrap_or_default(),
        })
    }

    fn paths(&mut self) -> Option<Vec<Vec<StepIn>>> {
        self.list(|quick| {
            quick.list(|quick| {
                let (mut kind, mut value) = (None, None);
                quick.members(|quick, member| match member {
                    "type" => once(&mut kind, quick.string()?),
                    "value" => once(&mut value, Json(quick.value()?)),
                    _ => None,
                })?;
                Some(StepIn { kind: kind?, value: value? })
            })
        })
    }

    fn dependencies(&mut self) -> Option<DependenciesIn> {
        self.space();
        let rest = &self.text[self.at..];
        if let Some((written, list)) = self.lists.iter().rev().take(RECENT).find(|(w, _)| rest.starts_with(w)) {
            self.at += written.len();
            return Some(DependenciesIn::Read(list.clone()));
        }
        let start = self.at;
        let list: Arc<[ResourceAddress]> = self.list(Quick::address)?.into();
        self.lists.push((&self.text[start..self.at], list.clone()));
        Some(DependenciesIn::Read(list))
    }

    fn address(&mut self) -> Option<ResourceAddress> {
        let (inner, escaped) = self.raw_string()?;
        // What is escaped or no address is left to the slow reader, which can say what is wrong with it.
        if escaped {
            return None;
        }
        if let Some(known) = self.addresses.get(inner) {
            return Some(known.clone());
        }
        let address = ResourceInstanceAddress::parse(inner).ok()?.resource;
        self.addresses.insert(inner, address.clone());
        Some(address)
    }

    fn check(&mut self) -> Option<CheckWire> {
        let (mut kind, mut address, mut status, mut objects) = (None, None, None, None);
        self.members(|quick, member| match member {
            "object_kind" => once(&mut kind, quick.string()?),
            "config_addr" => once(&mut address, quick.string()?),
            "status" => once(&mut status, quick.string()?),
            "objects" => once(&mut objects, quick.optional(|quick| quick.list(Quick::check_object))?),
            _ => None,
        })?;
        Some(CheckWire { object_kind: kind?, config_addr: address?, status: status?, objects: objects.flatten() })
    }

    fn check_object(&mut self) -> Option<CheckObjectWire> {
        let (mut address, mut status, mut messages) = (None, None, None);
        self.members(|quick, member| match member {
            "object_addr" => once(&mut address, quick.string()?),
            "status" => once(&mut status, quick.string()?),
            "failure_messages" => once(&mut messages, quick.list(Quick::string)?),
            _ => None,
        })?;
        Some(CheckObjectWire { object_addr: address?, status: status?, failure_messages: messages.unwrap_or_default() })
    }
}
