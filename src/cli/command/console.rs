//! `kilter console [STACK]`: expressions from standard input, one a line, or typed at a terminal. An error on one line
//! does not stop the next.

use std::io::{BufRead, IsTerminal};

use super::plan::variables;
use crate::cli::Here;
use crate::cli::args::Console as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::line_editor::{LineEditor, Names, Typed};
use crate::cli::output::{Format, Outputs, Paint, safe};
use crate::cli::text;
use crate::engine::ConsoleAnswer;
use crate::format::console_json;
use crate::lang::syntax::ast::ExprKind;
use crate::lang::syntax::{SourceFile, parse_expression};
use crate::lang::value::{json_encode, to_expression_text, type_to_json};
use crate::model::place::RepoPath;
use crate::model::value::{UnknownSource, Value};
use crate::runtime::work::console::Session;
use crate::runtime::work::scan;
use crate::runtime::world::World;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json])?;
    let world = here.world()?;
    let stack = match &args.stack {
        Some(name) => {
            scan::named(&world, std::slice::from_ref(name)).map_err(|fault| Fault::user(fault.to_string()))?
        }
        None => Vec::new(),
    };
    let session = Session::open(&world, stack.first(), variables(&args.variables)?);
    if std::io::stdin().is_terminal() && outputs.is_text() {
        return interactive(&world, &session, &outputs);
    }
    let mut failed = false;
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| Fault::io("cannot read standard input", &error))?;
        if !line.trim().is_empty() {
            failed |= !answer(&session, &outputs, &line)?;
        }
    }
    Ok(if failed { Exit::Broke } else { Exit::Fine })
}

/// At a terminal: until Ctrl-D, `exit`, or Ctrl-C twice.
fn interactive(world: &World, session: &Session<'_>, outputs: &Outputs) -> Result<Exit, Fault> {
    let unusable = |error: std::io::Error| Fault::io("cannot read the terminal", &error);
    let mut editor = LineEditor::open(session, &world.store.console_lines()).map_err(unusable)?;
    let mut given_up = false;
    loop {
        match editor.ask().map_err(unusable)? {
            Typed::Line(line) if line.trim() == "exit" => break,
            Typed::Line(line) => {
                given_up = false;
                if !line.trim().is_empty() {
                    answer(session, outputs, &line)?;
                }
            }
            Typed::GivenUp if given_up => break,
            Typed::GivenUp => given_up = true,
            Typed::End => break,
        }
    }
    // A history that cannot be kept is no reason to fail.
    let _ = world.store.remember_console_lines(&editor.lines());
    Ok(Exit::Fine)
}

impl Names for &Session<'_> {
    fn names(&self) -> Vec<String> {
        Session::names(self)
    }

    fn attributes(&self, expression: &str) -> Vec<String> {
        Session::attributes(self, expression)
    }
}

/// Answers one line; whether there was a value.
fn answer(session: &Session<'_>, outputs: &Outputs, line: &str) -> Result<bool, Fault> {
    let answer = session.evaluate(line);
    outputs.write(&|format, paint| match format {
        Format::Json => console_json::line(answer.value.as_ref().map(json_answer), &answer.diagnostics),
        _ => as_text(&answer, line, paint),
    })?;
    Ok(answer.value.is_some())
}

fn json_answer(value: &Value) -> console_json::Answer<'_> {
    let known = without_unknowns(&value.unmark_deep());
    let content = json_encode(&known).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    console_json::Answer { value, ty: type_to_json(&value.ty()), content }
}

/// What is unknown, at any depth, as null.
fn without_unknowns(value: &Value) -> Value {
    if value.is_unknown() { Value::null() } else { value.map_children(&without_unknowns) }
}

fn as_text(answer: &ConsoleAnswer, line: &str, paint: &Paint) -> Vec<u8> {
    let value = answer.value.as_ref().map(|value| format!("{}\n", safe(&shown(value, line))));
    format!("{}{}", text::diagnostics(&answer.diagnostics, paint), value.unwrap_or_default()).into_bytes()
}

/// As terraform's console shows it; what nobody asked for is told apart from what nobody can know.
fn shown(value: &Value, line: &str) -> String {
    match value.as_str() {
        // `type(…)` answers in words of the language, which are no string.
        Some(text) if asks_for_a_type(line) => text.to_owned(),
        _ if matches!(value.as_unknown(), Some(unknown) if unknown.source != UnknownSource::AfterApply) => {
            text::plan::shown(value)
        }
        _ => to_expression_text(value),
    }
}

fn asks_for_a_type(line: &str) -> bool {
    let parsed = parse_expression(&SourceFile::new(RepoPath::new("<console-input>"), line));
    matches!(&parsed.tree.kind, ExprKind::Call { name, .. } if &*name.text == "type")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::{Marks, Type};

    #[test]
    fn values_are_shown_as_terraform_shows_them() {
        let nested = Value::tuple([Value::int(1), Value::object([("a", Value::string("x").mark(Marks::SENSITIVE))])]);
        assert_eq!(shown(&nested, ""), "[\n  1,\n  {\n    \"a\" = (sensitive value)\n  },\n]");
        assert_eq!(shown(&Value::string("a\nb"), ""), "<<EOT\na\nb\nEOT");
        assert_eq!(shown(&Value::string("number"), "type(1)"), "number");
        assert_eq!(shown(&Value::string("number"), "\"number\""), "\"number\"");
        assert_eq!(shown(&Value::unknown(Type::String), ""), "(known after apply)");
        assert_eq!(shown(&Value::not_asked(Type::String, "data.x.y"), ""), "(not asked: data.x.y)");
    }
}
