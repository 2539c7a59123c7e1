//! `kilter validate [STACK]`: whether the configuration is sound, with terraform's verdicts.

use crate::cli::Here;
use crate::cli::args::Stacks;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::{Format, Paint, Tone};
use crate::cli::text;
use crate::format::validate_json;
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::place::RepoPath;
use crate::model::stack::StackKind;
use crate::runtime::work::{scan, validate};
use crate::runtime::world::World;

/// Runs the command.
pub fn run(here: &Here, args: &Stacks) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json, Format::Github])?;
    let world = here.world()?;
    let stacks = scan::named(&world, &args.stack).map_err(|fault| Fault::user(fault.to_string()))?;
    let terraform = stacks.iter().filter(|stack| stack.kind == StackKind::Terraform);
    let checked: Vec<_> = terraform.map(|stack| (stack, validate::validate(&world, stack).diagnostics)).collect();
    let all: Vec<Diagnostic> = checked.iter().flat_map(|(_, diagnostics)| diagnostics.clone()).collect();
    outputs.write(&|format, paint| match format {
        Format::Json => validate_json::write(&all, &|path| text_of(&world, path)).unwrap_or_default(),
        Format::Github => crate::format::github::diagnostics(&all).into_bytes(),
        _ => checked.iter().map(|(stack, found)| as_text(stack.name(), found, paint)).collect::<String>().into_bytes(),
    })?;
    Ok(if has_errors(&all) { Exit::Broke } else { Exit::Fine })
}

/// A file's text, for the snippets of diagnostics.
pub fn text_of(world: &World, path: &RepoPath) -> Option<String> {
    let bytes = world.files.read(&world.on_disk(path)).ok()?;
    String::from_utf8(bytes.to_vec()).ok()
}

fn as_text(stack: &str, diagnostics: &[Diagnostic], paint: &Paint) -> String {
    let verdict = if has_errors(diagnostics) {
        paint.tone(Tone::Bad, paint.sign("✗", "x"))
    } else {
        paint.tone(Tone::Good, paint.sign("✓", "ok"))
    };
    format!("{verdict} {stack}\n{}", text::diagnostics(diagnostics, paint))
}
