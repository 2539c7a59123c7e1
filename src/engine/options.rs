//! What is asked of the engine: variables, prior state, mode, targets.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::engine::lore::Lore;
use crate::engine::stand_ins::StandIns;
use crate::model::address::ResourceInstanceAddress;
use crate::model::place::Place;
use crate::model::state::StateSnapshot;
use crate::model::value::{Str, Value};

/// A value for a root variable, and where it comes from.
///
/// Order of precedence, lowest first: [`VariableInput::Environment`], `terraform.tfvars`, `terraform.tfvars.json`,
/// `*.auto.tfvars(.json)` in lexical order (the engine finds these itself), then all others in the order given.
#[derive(Debug, Clone, PartialEq)]
pub enum VariableInput {
    /// `TF_VAR_name=text` (the name without its prefix).
    Environment {
        /// The variable.
        name: Str,
        /// A string, or an expression when the variable's type is not a primitive one.
        text: String,
    },
    /// `--var name=text`
    Argument {
        /// The variable.
        name: Str,
        /// A string, or an expression when the variable's type is not a primitive one.
        text: String,
    },
    /// `--var-file PATH`; a relative path is relative to the root module.
    File(PathBuf),
    /// A value that somebody computed.
    Value {
        /// The variable.
        name: Str,
        /// Its value.
        value: Value,
        /// Where it is written.
        place: Option<Place>,
    },
}

/// What kind of plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlanMode {
    /// Make the world as the configuration says.
    #[default]
    Normal,
    /// Destroy everything in the state.
    Destroy,
    /// Only take into the state what the world became.
    RefreshOnly,
}

/// What to plan, and against what.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// Values for root variables.
    pub variables: Vec<VariableInput>,
    /// The state to compare with; `None` when there is none yet.
    pub state: Option<Arc<StateSnapshot>>,
    /// What kind of plan.
    pub mode: PlanMode,
    /// Look at the real objects through the built-in providers first.
    pub refresh: bool,
    /// Only these and what they need (`module.x`, `local_file.y`, `local_file.y[0]`); everything when empty.
    pub targets: Vec<String>,
    /// Replace these even if nothing about them changes.
    pub replace: Vec<ResourceInstanceAddress>,
    /// What `terraform.workspace` gives.
    pub workspace: String,
    /// What is known about providers that are not built in.
    pub lore: Option<Arc<Lore>>,
    /// What a test mocks and overrides; what is planned with it is true of nothing else.
    pub stand_ins: Option<Arc<dyn StandIns>>,
}

impl Default for PlanOptions {
    fn default() -> Self {
        PlanOptions {
            variables: Vec::new(),
            state: None,
            mode: PlanMode::Normal,
            refresh: false,
            targets: Vec::new(),
            replace: Vec::new(),
            workspace: "default".to_owned(),
            lore: None,
            stand_ins: None,
        }
    }
}

/// How to apply.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// How many providers work at the same time.
    pub parallelism: usize,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        ApplyOptions { parallelism: 10 }
    }
}

/// How to try mutants.
#[derive(Debug, Clone)]
pub struct MutationOptions {
    /// Which tests judge them.
    pub tests: TestOptions,
    /// No more than so many are tried.
    pub limit: Option<usize>,
    /// None is begun after this time.
    pub budget: Option<Duration>,
    /// How many are tried at the same time.
    pub workers: usize,
}

/// Which tests to run.
#[derive(Debug, Clone, Default)]
pub struct TestOptions {
    /// Values for root variables.
    pub variables: Vec<VariableInput>,
    /// Only these files (`tests/site.tftest.hcl`, relative to the root module); all when empty.
    pub files: Vec<String>,
    /// Only runs whose name holds this text (runs before them in a file that they read from are carried out too).
    pub run: Option<String>,
    /// Nothing is run after the first run that does not pass.
    pub stop_early: bool,
    /// What is known about providers that are not built in: what a mock of one makes up needs its schema.
    pub lore: Option<Arc<Lore>>,
    /// Nobody asked for them, a file was saved: runs that would run commands are left out and say so.
    pub unasked: bool,
    /// How they are stopped.
    pub stop: Stop,
}

/// Somebody's wish that something ends. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicU8>);

impl Stop {
    /// Wishes it: once more than before.
    pub fn ask(&self) {
        // It wraps around only for somebody who asks 256 times.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was wished.
    pub fn asked(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}
