//! `kilter doctor`: which tools are here, and what the missing ones would unlock.

use crate::cli::Here;
use crate::cli::exit::Exit;
use crate::cli::fault::Fault;
use crate::cli::output::{Format, Paint, Tone, safe};
use crate::format::doctor_json;
use crate::model::stack::ToolPresence;
use crate::runtime::work::tools;

/// Runs the command.
pub fn run(here: &Here) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json])?;
    let tools = tools::all(&here.world()?);
    outputs.write(&|format, paint| match format {
        Format::Json => doctor_json::write(&tools),
        _ => as_text(&tools, paint).into_bytes(),
    })?;
    Ok(Exit::Fine)
}

fn as_text(tools: &[ToolPresence], paint: &Paint) -> String {
    let mut out = "Kilter needs none of these; each unlocks more.\n".to_owned();
    let width = tools.iter().map(|tool| tool.program.chars().count()).max().unwrap_or(0);
    for tool in tools {
        let name = format!("{:width$}", tool.program);
        match &tool.path {
            Some(path) => {
                let version = tool.version.as_deref().unwrap_or("version unknown");
                let sign = paint.tone(Tone::Good, paint.sign("✓", "ok"));
                out += &format!("{sign} {name}  {}  {}\n", safe(version), safe(&path.display().to_string()));
            }
            None => {
                let sign = paint.tone(Tone::Muted, paint.sign("–", "-"));
                out += &format!("{sign} {name}  missing: would unlock {}\n", tool.unlocks);
                out += &format!("  {:width$}  {}\n", "", paint.tone(Tone::Muted, &tool.install));
            }
        }
    }
    out
}
