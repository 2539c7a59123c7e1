//! One resource of a gossfile and what came of looking at it.

use super::matcher::{Found, Mismatch, compare};
use super::plain::{Entry, Plain};

/// A resource as declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// `file`, `port`, `http`, …
    pub kind: String,
    /// Its key: a path, a URL, a command.
    pub key: String,
    /// What is expected of it.
    pub expected: Plain,
}

/// Keys that every kind has and that expect nothing.
const REMARKS: [&str; 3] = ["title", "meta", "skip"];

impl Resource {
    /// The text of an attribute, else the resource's key.
    pub fn named(&self, attribute: &str) -> String {
        self.expected.get(attribute).and_then(Plain::text).unwrap_or_else(|| self.key.clone())
    }

    /// Text of an attribute.
    pub fn text(&self, attribute: &str) -> Option<String> {
        self.expected.get(attribute).and_then(Plain::text)
    }

    /// Whether an attribute is `true`.
    pub fn is_set(&self, attribute: &str) -> bool {
        self.expected.get(attribute) == Some(&Plain::Bool(true))
    }

    /// The `timeout` in milliseconds.
    pub fn timeout(&self, default_millis: u64) -> std::time::Duration {
        let given = self.expected.get("timeout").and_then(Plain::number).filter(|millis| *millis > 0.0);
        let longest = 600_000.0;
        given.map_or(std::time::Duration::from_millis(default_millis), |millis| {
            std::time::Duration::from_secs_f64(millis.min(longest) / 1000.0)
        })
    }

    /// The attributes that expect something: neither remarks nor `settings`, which only say how to look.
    pub fn expectations<'a>(&'a self, settings: &'a [&'a str]) -> impl Iterator<Item = &'a Entry> {
        let entries = self.expected.entries().unwrap_or_default();
        entries.iter().filter(move |e| !REMARKS.contains(&e.key.as_str()) && !settings.contains(&e.key.as_str()))
    }
}

/// What was compared, by attribute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Attribute and verdict; an empty attribute stands for the whole resource.
    pub compared: Vec<(String, Result<(), Mismatch>)>,
}

impl Look {
    /// Nothing could be compared.
    pub fn fault(mismatch: Mismatch) -> Self {
        Look { compared: vec![(String::new(), Err(mismatch))] }
    }

    /// Compares one attribute.
    pub fn compare(&mut self, entry: &Entry, found: Result<Found, Mismatch>) {
        self.compared.push((entry.key.clone(), found.and_then(|found| compare(&found, &entry.value))));
    }
}

/// The fault of an attribute that this kind does not have here.
pub fn unknown(entry: &Entry) -> Mismatch {
    Mismatch::Unknown(format!("the attribute \"{}\" (line {})", entry.key, entry.line))
}
