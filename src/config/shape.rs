//! Checks a written TOML file against the schema: unknown keys and wrong types are named with their line, and left out,
//! so that a mistake in one key costs that key only.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::nearest::nearest;

/// Something wrong at some bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) summary: String,
    pub(super) detail: String,
    pub(super) span: Range<usize>,
}

/// The schema, to look things up in.
pub(super) struct Shape {
    schema: Json,
}

/// What a single value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    Text,
    Number,
    Switch,
    List,
    OneOf(Vec<String>),
}

impl Shape {
    pub(super) fn new(schema: Json) -> Self {
        Shape { schema }
    }

    pub(super) fn root(&self) -> &Json {
        &self.schema
    }

    /// What a schema says once its reference is followed and its `null` alternative dropped.
    pub(super) fn follow<'a>(&'a self, schema: &'a Json) -> &'a Json {
        let mut schema = schema;
        loop {
            if let Some(name) = schema["$ref"].as_str().and_then(|text| text.strip_prefix("#/$defs/")) {
                schema = &self.schema["$defs"][name];
                continue;
            }
            let not_null = |alternative: &&Json| alternative["type"] != "null";
            match schema["anyOf"].as_array().map(|all| all.iter().filter(not_null).collect::<Vec<_>>()) {
                Some(one) if one.len() == 1 => schema = one[0],
                _ => return schema,
            }
        }
    }

    /// Every key with a fixed name, from the root: `ui.theme`.
    pub(super) fn leaves(&self) -> BTreeMap<String, Leaf> {
        let mut found = BTreeMap::new();
        self.collect(&self.schema, "", &mut found);
        found
    }

    fn collect(&self, schema: &Json, path: &str, found: &mut BTreeMap<String, Leaf>) {
        let schema = self.follow(schema);
        if let Some(properties) = schema["properties"].as_object() {
            for (name, below) in properties {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                self.collect(below, &path, found);
            }
        } else if let Some(leaf) = self.leaf(schema) {
            found.insert(path.to_owned(), leaf);
        }
    }

    fn leaf(&self, schema: &Json) -> Option<Leaf> {
        if let Some(choices) = choices(schema) {
            return Some(Leaf::OneOf(choices));
        }
        let is = |word: &str| has_type(schema, word);
        match () {
            () if is("boolean") => Some(Leaf::Switch),
            () if is("integer") => Some(Leaf::Number),
            () if is("array") => Some(Leaf::List),
            () if is("string") => Some(Leaf::Text),
            () => None,
        }
    }

    /// The file's values that fit the schema, and the mistakes of the others.
    pub(super) fn read(&self, text: &str) -> Result<(Table, Vec<Mistake>), Vec<Mistake>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let mistake = |error: &toml::de::Error| Mistake {
                summary: "This is not TOML".to_owned(),
                detail: format!("{}.", error.message().trim_end_matches('.')),
                span: error.span().unwrap_or_default(),
            };
            return Err(errors.iter().map(mistake).collect());
        }
        let mut mistakes = Vec::new();
        let table = self.table(&self.schema, table.get_ref(), "", &mut mistakes);
        mistakes.sort_by_key(|mistake| mistake.span.start);
        Ok((table, mistakes))
    }

    fn table(&self, schema: &Json, table: &DeTable<'_>, path: &str, mistakes: &mut Vec<Mistake>) -> Table {
        let schema = self.follow(schema);
        let properties = schema["properties"].as_object();
        let mut out = Table::new();
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let below = properties.and_then(|known| known.get(name)).or_else(|| free(schema));
            match below {
                Some(below) => {
                    if let Some(value) = self.value(below, value, &path, mistakes) {
                        out.insert(name.to_owned(), value);
                    }
                }
                None => {
                    let known: Vec<&str> = properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                    mistakes.push(unknown(&path, name, &known, key.span()));
                }
            }
        }
        out
    }

    fn value(
        &self,
        schema: &Json,
        value: &Spanned<DeValue<'_>>,
        path: &str,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<Value> {
        let schema = self.follow(schema);
        if let Some(table) = value.get_ref().as_table()
            && (has_type(schema, "object") || schema == &Json::Bool(true))
        {
            return Some(Value::Table(self.table(schema, table, path, mistakes)));
        }
        match self.fits(schema, value.get_ref()) {
            Ok(()) => Some(plain(value.get_ref())),
            Err(wanted) => {
                mistakes.push(Mistake {
                    summary: format!("Wrong value for `{path}`"),
                    detail: format!("{wanted} The value is left out."),
                    span: value.span(),
                });
                None
            }
        }
    }

    /// Whether a value is as the schema wants it; otherwise what it wants, in words.
    fn fits(&self, schema: &Json, value: &DeValue<'_>) -> Result<(), String> {
        let schema = self.follow(schema);
        if schema == &Json::Bool(true) || schema.as_object().is_some_and(is_anything) {
            return Ok(());
        }
        if let Some(alternatives) = schema["anyOf"].as_array() {
            let wanted: Result<Vec<String>, ()> =
                alternatives.iter().map(|one| self.fits(one, value).err().ok_or(())).collect();
            return wanted.map_or(Ok(()), |all| Err(all.join(" Or: ")));
        }
        if let Some(choices) = choices(schema) {
            return choice(&choices, value);
        }
        match value {
            DeValue::String(_) if has_type(schema, "string") => Ok(()),
            DeValue::Boolean(_) if has_type(schema, "boolean") => Ok(()),
            DeValue::Integer(number) if has_type(schema, "integer") => in_range(schema, number.as_str()),
            DeValue::Array(items) if has_type(schema, "array") => {
                items.iter().try_for_each(|item| self.fits(&schema["items"], item.get_ref()))
            }
            _ => Err(wanted(schema, value)),
        }
    }
}

fn is_anything(schema: &serde_json::Map<String, Json>) -> bool {
    ["type", "anyOf", "oneOf", "enum", "properties"].iter().all(|key| !schema.contains_key(*key))
}

fn has_type(schema: &Json, word: &str) -> bool {
    match &schema["type"] {
        Json::String(one) => one == word,
        Json::Array(many) => many.iter().any(|one| one == word),
        _ => false,
    }
}

/// The words that a value may be, when they are listed.
fn choices(schema: &Json) -> Option<Vec<String>> {
    let texts =
        |all: &[Json]| -> Option<Vec<String>> { all.iter().map(|one| one.as_str().map(str::to_owned)).collect() };
    if let Some(all) = schema["enum"].as_array() {
        let named: Vec<Json> = all.iter().filter(|one| !one.is_null()).cloned().collect();
        return texts(&named);
    }
    let all = schema["oneOf"].as_array()?;
    texts(&all.iter().map(|one| one["const"].clone()).collect::<Vec<_>>())
}

/// What keys of any name hold.
fn free(schema: &Json) -> Option<&Json> {
    if schema == &Json::Bool(true) {
        return Some(schema);
    }
    schema.get("additionalProperties").filter(|below| **below != Json::Bool(false)).or_else(|| {
        // A value of any kind may be a table with any keys.
        schema.as_object().filter(|all| is_anything(all)).map(|_| schema)
    })
}

fn choice(choices: &[String], value: &DeValue<'_>) -> Result<(), String> {
    let given = value.as_str();
    if given.is_some_and(|given| choices.iter().any(|one| one == given)) {
        return Ok(());
    }
    let list = choices.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
    let meant = given.and_then(|given| nearest(given, choices.iter().map(String::as_str)));
    let hint = meant.map(|meant| format!(" Did you mean `{meant}`?")).unwrap_or_default();
    Err(format!("It must be one of {list}.{hint}"))
}

fn in_range(schema: &Json, text: &str) -> Result<(), String> {
    let number: i64 = text.replace('_', "").parse().map_err(|_| "It must be a plain decimal number.".to_owned())?;
    let (least, most) =
        (schema["minimum"].as_i64().unwrap_or(i64::MIN), schema["maximum"].as_i64().unwrap_or(i64::MAX));
    if (least..=most).contains(&number) { Ok(()) } else { Err(format!("It must be between {least} and {most}.")) }
}

fn wanted(schema: &Json, value: &DeValue<'_>) -> String {
    let words = [
        ("string", "a string in quotes"),
        ("boolean", "`true` or `false`"),
        ("integer", "a whole number"),
        ("array", "a list in square brackets"),
        ("object", "a table"),
    ];
    let wanted: Vec<&str> = words.iter().filter(|(word, _)| has_type(schema, word)).map(|(_, text)| *text).collect();
    format!("It must be {}, not {}.", wanted.join(" or "), article(value.type_str()))
}

fn article(kind: &str) -> String {
    if kind.starts_with(['a', 'i']) { format!("an {kind}") } else { format!("a {kind}") }
}

fn unknown(path: &str, name: &str, known: &[&str], span: Range<usize>) -> Mistake {
    let hint = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => format!("Known here are: {}.", known.join(", ")),
    };
    Mistake { summary: format!("Unknown setting `{path}`"), detail: format!("It is ignored. {hint}"), span }
}

fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            i64::from_str_radix(&digits, number.radix()).map_or_else(|_| Value::String(digits.clone()), Value::Integer)
        }
        DeValue::Float(number) => number
            .as_str()
            .replace('_', "")
            .parse()
            .map_or_else(|_| Value::String(number.as_str().into()), Value::Float),
        DeValue::Boolean(switch) => Value::Boolean(*switch),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| plain(item.get_ref())).collect()),
        DeValue::Table(table) => {
            Value::Table(table.iter().map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref()))).collect())
        }
    }
}
