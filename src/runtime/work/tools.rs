//! The programs that work on stacks: which are here.

use std::time::Duration;

use crate::model::stack::{StackKind, ToolPresence};
use crate::runtime::world::World;
use crate::tool::{TOOLS, Tool};

/// How long a program may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program for a kind of stack: the first that is here, else the preferred one as missing. Nothing is started.
pub fn for_stack(world: &World, kind: StackKind) -> ToolPresence {
    let mut known = Tool::for_kind(kind).map(|tool| tool.locate(&*world.processes));
    let Some(first) = known.next() else {
        return ToolPresence {
            program: kind.word().into(),
            version: None,
            path: None,
            unlocks: "nothing yet: Kilter knows no program for this kind".into(),
            install: "".into(),
        };
    };
    if first.path.is_some() {
        return first;
    }
    known.find(|tool| tool.path.is_some()).unwrap_or(first)
}

/// All programs, with the versions of those that are here.
pub fn all(world: &World) -> Vec<ToolPresence> {
    let begun = world.clock.elapsed();
    let give_up = || world.clock.elapsed().saturating_sub(begun) > PATIENCE;
    TOOLS.iter().map(|tool| tool.ask(&*world.processes, &give_up)).collect()
}
