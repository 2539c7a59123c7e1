//! The reference of all settings, made from the schema (`docs/configuration.md`).

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::layers::variable_name;
use super::shape::Shape;
use super::written::schema;

const INTRODUCTION: &str = "\
# Settings

<!-- Made from src/config/written.rs; `KILTER_WRITE_DOCS=1 cargo test --test it config_` writes it anew. -->

Kilter works without any settings. They are read, later ones winning, from

1. `kilter.toml` or `.config/kilter.toml` in the repo,
2. `$XDG_CONFIG_HOME/kilter/config.toml` (mostly `~/.config/kilter/config.toml`),
3. variables of the environment (`KILTER_UI_THEME=nord` for `ui.theme`),
4. flags of the command line.

Unknown keys and wrong values are named with their line and left out; everything else counts. Saved changes load while
Kilter runs. The JSON schema for editors is [kilter.schema.json](kilter.schema.json); an editor with a TOML language
server finds it by `#:schema ./docs/kilter.schema.json` (wherever you put it) in the first line.

What names a program (`[tools]`) counts from a repo's own file only once you trust the repo.
";

/// The reference as Markdown.
pub fn reference() -> String {
    let shape = Shape::new(schema());
    let mut out = INTRODUCTION.to_owned();
    for (name, section) in shape.root()["properties"].as_object().into_iter().flatten() {
        let followed = shape.follow(section);
        let text = description(section, followed);
        match followed["properties"].as_object() {
            Some(keys) => write_section(&mut out, &shape, &format!("[{name}]"), name, &text, keys, true),
            None => write_map(&mut out, &shape, name, &text, followed),
        }
    }
    out
}

/// A table whose keys have any name.
fn write_map(out: &mut String, shape: &Shape, name: &str, text: &str, schema: &Json) {
    let below = shape.follow(&schema["additionalProperties"]);
    match below["properties"].as_object() {
        Some(keys) => write_section(out, shape, &format!("[{name}.NAME]"), name, text, keys, false),
        None => {
            let _ = write!(out, "\n## `[{name}]`\n\n{text}\n\nEach value is {}.\n", kind(shape, below));
        }
    }
}

fn write_section(
    out: &mut String,
    shape: &Shape,
    title: &str,
    name: &str,
    text: &str,
    keys: &serde_json::Map<String, Json>,
    with_variables: bool,
) {
    let _ = write!(out, "\n## `{title}`\n\n{text}\n");
    for (key, schema) in keys {
        let followed = shape.follow(schema);
        let default = match schema.get("default") {
            Some(default) if !default.is_object() && !default.is_array() && !default.is_null() => {
                format!(", by default `{default}`")
            }
            _ => String::new(),
        };
        let _ = write!(out, "\n- **`{key}`** ({}{default})", kind(shape, followed));
        if with_variables && !followed["type"].is_null() && followed["additionalProperties"].is_null() {
            let _ = write!(out, " `{}`", variable_name(&format!("{name}.{key}")));
        }
        let _ = write!(out, "\n  {}\n", description(schema, followed).replace('\n', "\n  "));
    }
}

fn description(schema: &Json, followed: &Json) -> String {
    let text = schema["description"].as_str().or(followed["description"].as_str()).unwrap_or_default();
    text.to_owned()
}

/// What a value must be, in words.
fn kind(shape: &Shape, schema: &Json) -> String {
    let schema = shape.follow(schema);
    let choices = |all: &[Json]| {
        let word = |one: &Json| one.as_str().or(one["const"].as_str()).map(|word| format!("`\"{word}\"`"));
        all.iter().filter_map(word).collect::<Vec<_>>().join(", ")
    };
    if let Some(all) = schema["enum"].as_array().or(schema["oneOf"].as_array()) {
        return format!("one of {}", choices(all));
    }
    if let Some(all) = schema["anyOf"].as_array() {
        return all.iter().map(|one| kind(shape, one)).collect::<Vec<_>>().join(" or ");
    }
    let is =
        |word: &str| schema["type"] == word || schema["type"].as_array().is_some_and(|t| t.iter().any(|w| w == word));
    match () {
        () if is("boolean") => "`true` or `false`".to_owned(),
        () if is("integer") => match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
            (Some(least), Some(most)) => format!("a number from {least} to {most}"),
            _ => "a number".to_owned(),
        },
        () if is("array") => format!("a list, each {}", kind(shape, &schema["items"])),
        () if is("object") => format!("a table, each value {}", kind(shape, &schema["additionalProperties"])),
        () if is("string") => "a string".to_owned(),
        () => "anything".to_owned(),
    }
}
