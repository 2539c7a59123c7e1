//! `kilter schema`: of `kilter.toml`, or of providers in the form of `terraform providers schema -json`.

use std::collections::BTreeMap;

use crate::cli::Here;
use crate::cli::args::Schema as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};
use crate::cli::output::write_out;
use crate::engine::provider::builtin;
use crate::format::provider_schema;
use crate::model::id::Generation;
use crate::model::schema::ProviderSchema;
use crate::model::stack::Stack;
use crate::runtime::work::lore::{ask_schemas, kept_schemas};
use crate::runtime::work::preview::{PreviewAsk, preview};
use crate::runtime::work::scan;
use crate::runtime::work::tool_plan::{ToolFault, terraform};
use crate::runtime::world::World;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    match args.providers.as_deref() {
        None => {
            let text = serde_json::to_string_pretty(&crate::config::schema()).unwrap_or_default();
            write_out(format!("{text}\n").as_bytes());
        }
        Some("") => write_providers(&BTreeMap::new())?,
        Some(name) => {
            let world = here.world()?;
            let found = scan::named(&world, &[name.to_owned()]).map_err(|fault| Fault::user(fault.to_string()))?;
            let Some(stack) = found.first() else { return Err(Fault::user(format!("there is no stack `{name}`"))) };
            write_providers(&of_stack(&world, stack)?)?;
        }
    }
    Ok(Exit::Fine)
}

/// The schemas of a stack's other providers: cached, or asked for where the repo is trusted.
fn of_stack(world: &World, stack: &Stack) -> Result<BTreeMap<String, ProviderSchema>, Fault> {
    if let Some(kept) = kept_schemas(world, stack) {
        return Ok(kept);
    }
    let (report, reads) = preview(world, stack, &PreviewAsk::default(), Generation::default());
    let all_built_in = |provider: &str| world.engine.providers().get(provider).is_some();
    if report.plan.changes.iter().all(|change| all_built_in(&change.provider)) {
        return Ok(BTreeMap::new());
    }
    let fault = |fault: ToolFault| Fault::new(FaultKind::Tool, fault.to_string()).hint(fault.hint());
    if !world.is_trusted() {
        return Err(fault(ToolFault::NotTrusted));
    }
    ask_schemas(world, stack, &terraform(world, stack).map_err(fault)?, &reads);
    kept_schemas(world, stack).ok_or_else(|| {
        Fault::new(FaultKind::Tool, "terraform gave no schemas").hint("is the stack initialised? `terraform init`")
    })
}

fn write_providers(others: &BTreeMap<String, ProviderSchema>) -> Result<(), Fault> {
    let own = builtin();
    let own = own.iter().map(|provider| (provider.source(), provider.schema()));
    let others = others.iter().map(|(source, schema)| (source.as_str(), schema));
    let bytes = provider_schema::write(own.chain(others));
    write_out(&bytes.map_err(|fault| Fault::new(FaultKind::Io, fault.to_string()))?);
    Ok(())
}
