//! `kilter console [STACK]`: expressions from standard input, one a line. An error on one line does not stop the next.

use std::io::{BufRead, IsTerminal, Write};

use super::plan::variables;
use crate::cli::Here;
use crate::cli::args::Console as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::{Format, Paint, write_out};
use crate::cli::text;
use crate::engine::ConsoleAnswer;
use crate::format::console_json;
use crate::lang::value::{json_encode, type_to_json};
use crate::model::value::Value;
use crate::runtime::work::console::Session;
use crate::runtime::work::scan;

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
    let interactive = std::io::stdin().is_terminal() && outputs.is_text();
    let mut failed = false;
    prompt(interactive);
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| Fault::io("cannot read standard input", &error))?;
        if line.trim() == "exit" && interactive {
            break;
        }
        if !line.trim().is_empty() {
            let answer = session.evaluate(&line);
            failed |= answer.value.is_none();
            outputs.write(&|format, paint| match format {
                Format::Json => console_json::line(answer.value.as_ref().map(json_answer), &answer.diagnostics),
                _ => as_text(&answer, paint),
            })?;
        }
        prompt(interactive);
    }
    Ok(if failed && !interactive { Exit::Broke } else { Exit::Fine })
}

fn prompt(interactive: bool) {
    if interactive {
        write_out(b"> ");
        let _ = std::io::stdout().flush();
    }
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

fn as_text(answer: &ConsoleAnswer, paint: &Paint) -> Vec<u8> {
    let value = answer.value.as_ref().map(|value| format!("{}\n", crate::cli::output::safe(&text::plan::shown(value))));
    format!("{}{}", text::diagnostics(&answer.diagnostics, paint), value.unwrap_or_default()).into_bytes()
}
