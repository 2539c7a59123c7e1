//! `csvdecode`: RFC 4180 as Go reads it.

use std::collections::BTreeSet;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use super::outcome::string;
use crate::lang::value::quote;
use crate::model::value::{Type, Value};

pub(super) static FUNCTIONS: &[Function] = &[Function::new(
    "csvdecode",
    "A list of objects, one for each line of a CSV text; its first line names the attributes.",
    &[Parameter::new("str", Shape::String)],
    Returns::Decided(rows_type),
    decode,
)];

/// One record and the line that it begins on.
struct Record {
    line: usize,
    fields: Vec<String>,
}

/// Go's reader: quotes may hold line breaks, empty lines are skipped, a carriage return before a line break is dropped.
///
/// (The `csv` crate accepts bare quotes and does not say where a fault is, so it cannot stand in here.)
struct Reader<'a> {
    lines: std::str::SplitInclusive<'a, char>,
    line: usize,
}

fn fault(line: usize, what: &str) -> FunctionError {
    FunctionError::new(format!("CSV parse error on line {line}: {what}"))
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Reader { lines: text.split_inclusive('\n'), line: 0 }
    }

    /// The next line with its break as a single `\n`.
    fn next_line(&mut self) -> Option<String> {
        let line = self.lines.next()?;
        self.line += 1;
        Some(match line.strip_suffix("\r\n") {
            Some(bare) => format!("{bare}\n"),
            // A carriage return at the very end of the text goes too.
            None => line.strip_suffix('\r').unwrap_or(line).to_owned(),
        })
    }

    fn record(&mut self) -> Result<Option<Record>, FunctionError> {
        let line = loop {
            match self.next_line() {
                None => return Ok(None),
                Some(line) if line.is_empty() || line == "\n" => {}
                Some(line) => break line,
            }
        };
        let first = self.line;
        let mut fields = Vec::new();
        let mut rest = line;
        loop {
            match rest.strip_prefix('"') {
                None => match rest.split_once(',') {
                    Some((field, after)) => {
                        fields.push(bare(field, self.line)?);
                        rest = after.to_owned();
                    }
                    None => {
                        fields.push(bare(rest.strip_suffix('\n').unwrap_or(&rest), self.line)?);
                        return Ok(Some(Record { line: first, fields }));
                    }
                },
                Some(quoted) => {
                    let (field, after) = self.quoted(quoted.to_owned())?;
                    fields.push(field);
                    match after {
                        Some(after) => rest = after,
                        None => return Ok(Some(Record { line: first, fields })),
                    }
                }
            }
        }
    }

    /// The rest of a quoted field, and what follows its comma (nothing at the end of the record).
    fn quoted(&mut self, mut rest: String) -> Result<(String, Option<String>), FunctionError> {
        let mut field = String::new();
        loop {
            let Some((before, after)) = rest.split_once('"') else {
                field.push_str(&rest);
                match self.next_line() {
                    Some(line) => rest = line,
                    None => return Err(fault(self.line, "extraneous or missing \" in quoted-field")),
                }
                continue;
            };
            field.push_str(before);
            if let Some(more) = after.strip_prefix('"') {
                field.push('"');
                rest = more.to_owned();
            } else if let Some(next) = after.strip_prefix(',') {
                return Ok((field, Some(next.to_owned())));
            } else if after.is_empty() || after == "\n" {
                return Ok((field, None));
            } else {
                return Err(fault(self.line, "extraneous or missing \" in quoted-field"));
            }
        }
    }
}

fn bare(field: &str, line: usize) -> Result<String, FunctionError> {
    if field.contains('"') {
        return Err(fault(line, "bare \" in non-quoted-field"));
    }
    Ok(field.to_owned())
}

fn headers(reader: &mut Reader<'_>) -> Result<Vec<String>, FunctionError> {
    let record = reader.record()?.ok_or_else(|| FunctionError::new("missing header line"))?;
    let mut seen = BTreeSet::new();
    for name in &record.fields {
        if !seen.insert(name) {
            return Err(FunctionError::new(format!("duplicate column name {}", quote(name))));
        }
    }
    Ok(record.fields)
}

fn rows_type(args: &[Value]) -> Result<Type, FunctionError> {
    let Some(text) = args[0].as_str() else { return Ok(Type::Dynamic) };
    let names = headers(&mut Reader::new(text))?;
    let name = |name: &String| string(name).as_str().map(std::sync::Arc::from);
    Ok(Type::list(Type::object(names.iter().filter_map(name).map(|name: std::sync::Arc<str>| (name, Type::String)))))
}

fn decode(call: &Call<'_>) -> Result<Value, FunctionError> {
    let mut reader = Reader::new(call.text(0));
    let names = headers(&mut reader)?;
    let mut rows = Vec::new();
    while let Some(record) = reader.record()? {
        if record.fields.len() != names.len() {
            return Err(fault(record.line, "wrong number of fields"));
        }
        let fields = names.iter().zip(&record.fields);
        rows.push(Value::object(fields.map(|(name, field)| {
            let name = string(name);
            (name.as_str().unwrap_or_default().to_owned(), string(field))
        })));
    }
    match call.result {
        Type::List(element) => Ok(Value::list((**element).clone(), rows)),
        _ => Ok(call.unknown()),
    }
}
