//! YAML as a plain tree, with the lines that resources stand on. Knows nothing of goss.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

/// A value of a gossfile, or one found on the machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Plain>),
    /// A map, in its order.
    Map(Vec<Entry>),
}

/// One entry of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its key, as text.
    pub key: String,
    /// Its value.
    pub value: Plain,
    /// Where its key stands, counted from 1.
    pub line: u32,
}

impl Plain {
    /// The entries of a map; of nothing, none.
    pub fn entries(&self) -> Option<&[Entry]> {
        match self {
            Plain::Map(entries) => Some(entries),
            Plain::Null => Some(&[]),
            _ => None,
        }
    }

    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Plain> {
        self.entries()?.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Its text, when it is one line of anything.
    pub fn text(&self) -> Option<String> {
        match self {
            Plain::Text(text) => Some(text.clone()),
            Plain::Number(number) => Some(number.to_string()),
            Plain::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// Its number, when it is one or reads as one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Plain::Number(number) => Some(*number),
            Plain::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

impl std::fmt::Display for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Plain::Null => f.write_str("nothing"),
            Plain::Bool(value) => write!(f, "{value}"),
            Plain::Number(number) => write!(f, "{number}"),
            Plain::Text(text) => write!(f, "{}", shortened(text)),
            Plain::List(items) => {
                let items: Vec<String> = items.iter().map(Plain::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Plain::Map(entries) => {
                let entries: Vec<String> = entries.iter().map(|e| format!("{}: {}", e.key, e.value)).collect();
                write!(f, "{{{}}}", entries.join(", "))
            }
        }
    }
}

/// Text in quotes, cut where a message would drown in it.
fn shortened(text: &str) -> String {
    const LIMIT: usize = 120;
    match text.char_indices().nth(LIMIT) {
        Some((at, _)) => format!("{:?}…", &text[..at]),
        None => format!("{text:?}"),
    }
}

/// What is wrong with a YAML text, and on which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlFault {
    /// Counted from 1.
    pub line: u32,
    /// In words.
    pub message: String,
}

/// Reads the first document of a YAML (or JSON) text; an empty one is nothing.
pub fn read(text: &str) -> Result<Plain, YamlFault> {
    let line_of = |line: usize| u32::try_from(line).unwrap_or(u32::MAX).max(1);
    let documents = MarkedYaml::load_from_str(text)
        .map_err(|fault| YamlFault { line: line_of(fault.marker().line()), message: fault.info().to_owned() })?;
    documents.first().map_or(Ok(Plain::Null), |document| plain(document, 0))
}

/// Deeper trees are no gossfiles, and the stack is not endless.
const DEEPEST: usize = 64;

fn plain(node: &MarkedYaml<'_>, depth: usize) -> Result<Plain, YamlFault> {
    let line = u32::try_from(node.span.start.line()).unwrap_or(u32::MAX).max(1);
    if depth > DEEPEST {
        return Err(YamlFault { line, message: "this is nested too deeply".to_owned() });
    }
    match &node.data {
        YamlData::Value(scalar) => Ok(scalar_of(scalar)),
        YamlData::Representation(text, ..) => Ok(Plain::Text(text.to_string())),
        YamlData::Sequence(items) => {
            items.iter().map(|item| plain(item, depth + 1)).collect::<Result<_, _>>().map(Plain::List)
        }
        YamlData::Mapping(map) => {
            let entry = |(key, value): (&MarkedYaml<'_>, &MarkedYaml<'_>)| {
                let line = u32::try_from(key.span.start.line()).unwrap_or(u32::MAX).max(1);
                let name = plain(key, depth + 1)?.text();
                let key = name.ok_or(YamlFault { line, message: "a key must be text".to_owned() })?;
                Ok(Entry { key, value: plain(value, depth + 1)?, line })
            };
            map.iter().map(entry).collect::<Result<_, _>>().map(Plain::Map)
        }
        YamlData::Tagged(_, inner) => plain(inner, depth + 1),
        YamlData::Alias(_) | YamlData::BadValue => {
            Err(YamlFault { line, message: "this value cannot be read".to_owned() })
        }
    }
}

fn scalar_of(scalar: &Scalar<'_>) -> Plain {
    match scalar {
        Scalar::Null => Plain::Null,
        Scalar::Boolean(value) => Plain::Bool(*value),
        #[allow(clippy::cast_precision_loss, reason = "gossfiles compare sizes and ports, far below 2^53")]
        Scalar::Integer(number) => Plain::Number(*number as f64),
        Scalar::FloatingPoint(number) => Plain::Number(number.into_inner()),
        Scalar::String(text) => Plain::Text(text.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_becomes_plain_with_lines() {
        let read = read("port:\n  tcp:80:\n    listening: true\n    ip: ['0.0.0.0', 1, ~]\n").unwrap();
        let port = read.get("port").unwrap();
        assert_eq!(port.entries().unwrap()[0].key, "tcp:80");
        assert_eq!(port.entries().unwrap()[0].line, 2);
        assert_eq!(port.get("tcp:80").unwrap().to_string(), "{listening: true, ip: [\"0.0.0.0\", 1, nothing]}");
    }

    #[test]
    fn broken_yaml_says_its_line() {
        assert_eq!(read("file:\n  a: [1\n").unwrap_err().line, 3);
        assert!(read("a: 1\na: 2\n").is_err(), "a key given twice would hide the first");
        assert_eq!(read("").unwrap(), Plain::Null);
        let deep = "[".repeat(100) + &"]".repeat(100);
        assert!(read(&deep).unwrap_err().message.contains("deep"));
    }
}
