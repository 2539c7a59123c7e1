//! `kilter status`: branch, changes, stacks, tools, environments.

use crate::cli::Here;
use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};
use crate::cli::output::{Format, Paint, Tone, safe};
use crate::cli::text::{commit, counted};
use crate::format::status_json;
use crate::model::environment::{EnvironmentStatus, Health};
use crate::model::snapshot::RepoSnapshot;
use crate::model::stack::{Stack, ToolPresence};
use crate::runtime::work::{environments, scan, tools};
use crate::runtime::world::World;

/// Runs the command.
pub fn run(here: &Here) -> Result<Exit, Fault> {
    of(here, &here.world()?)
}

/// The status of an opened repo.
pub fn of(here: &Here, world: &World) -> Result<Exit, Fault> {
    let outputs = here.outputs(&[Format::Text, Format::Json])?;
    let snapshot =
        scan::snapshot(world).map_err(|fault| Fault::new(FaultKind::User, "cannot read the repo").because(&fault))?;
    let stacks: Vec<(Stack, ToolPresence)> = scan::stacks(world)
        .into_iter()
        .map(|stack| {
            let tool = tools::for_stack(world, stack.kind);
            (stack, tool)
        })
        .collect();
    let environments = environments::all(world);
    outputs.write(&|format, paint| match format {
        Format::Json => status_json::status(&snapshot, &stacks, &environments),
        _ => as_text(&snapshot, &stacks, &environments, paint).into_bytes(),
    })?;
    Ok(Exit::Fine)
}

fn as_text(
    snapshot: &RepoSnapshot,
    stacks: &[(Stack, ToolPresence)],
    environments: &[EnvironmentStatus],
    paint: &Paint,
) -> String {
    let mut out = format!("{}\n", paint.tone(Tone::Strong, &snapshot.root.display().to_string()));
    out += &match (&snapshot.branch, snapshot.is_git) {
        (_, false) => "not a git repo: commit, checks and environments need one (git init)\n".to_owned(),
        (Some(branch), true) => format!("on {}{}\n", safe(branch), head(snapshot)),
        (None, true) => format!("detached{}\n", head(snapshot)),
    };
    out += &format!("\n{}\n", paint.tone(Tone::Strong, &counted(stacks.len(), "stack", "stacks")));
    let width = stacks.iter().map(|(stack, _)| stack.name().chars().count()).max().unwrap_or(0);
    for (stack, tool) in stacks {
        let missing = if tool.path.is_some() {
            String::new()
        } else {
            paint.tone(Tone::Muted, &format!("  {} is not here: it would unlock {}", tool.program, tool.unlocks))
        };
        out += &format!("  {:width$}  {}{missing}\n", safe(stack.name()), stack.kind.word());
    }
    out +=
        &format!("\n{}\n", paint.tone(Tone::Strong, &counted(snapshot.changes.len(), "changed file", "changed files")));
    for change in &snapshot.changes {
        let letter = |status: Option<crate::model::snapshot::FileStatus>| status.map_or(' ', |s| s.letter());
        out += &format!(
            "  {}{} {}  +{} -{}\n",
            letter(change.staged),
            letter(change.unstaged),
            safe(change.path.as_str()),
            change.added,
            change.removed
        );
    }
    for environment in environments {
        out += &environment_text(environment, paint);
    }
    out
}

fn head(snapshot: &RepoSnapshot) -> String {
    let sync = match (snapshot.ahead, snapshot.behind) {
        (0, 0) => String::new(),
        (ahead, behind) => format!("  ↑{ahead} ↓{behind}"),
    };
    match &snapshot.head {
        Some(id) => format!(" at {}  {}{sync}", commit(id), safe(&snapshot.head_summary)),
        None => ", before the first commit".to_owned(),
    }
}

fn environment_text(environment: &EnvironmentStatus, paint: &Paint) -> String {
    let tone = match environment.health {
        Health::Healthy => Tone::Good,
        Health::Absent | Health::Applied | Health::Busy => Tone::Muted,
        Health::Unhealthy | Health::Interrupted => Tone::Bad,
    };
    let applied = environment.commit.as_deref().map(|id| format!(" at {}", commit(id))).unwrap_or_default();
    let behind = environment.behind.filter(|n| *n > 0).map(|n| format!(", {n} behind")).unwrap_or_default();
    let mut out = format!(
        "\n{} {}{applied}{behind}\n",
        paint.tone(Tone::Strong, &format!("environment {}", environment.name)),
        paint.tone(tone, environment.health.word())
    );
    for process in &environment.processes {
        let how = match process.pid {
            Some(pid) => format!("runs as {pid}"),
            None => format!("down: {}", process.last_exit.as_deref().unwrap_or("not started")),
        };
        out += &format!("  {}  {}\n", safe(&process.name), safe(&how));
    }
    for line in environment.lock.iter().chain(&environment.notice) {
        out += &format!("  {}\n", paint.tone(Tone::Warn, line));
    }
    out
}
