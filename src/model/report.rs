//! Reports: what one look at a stack gave, with how true and how old it is. The screen and the headless commands show
//! these same values.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::address::ResourceInstanceAddress;
use super::diagnostic::Diagnostic;
use super::finding::Finding;
use super::id::Generation;
use super::place::RepoPath;
use super::plan::Plan;
use super::test::TestSuite;
use super::value::Str;

/// The fidelity ladder: a lower rung never poses as a higher one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fidelity {
    /// Read natively; nothing evaluated.
    Parsed,
    /// Planned natively from configuration and prior; no provider asked.
    Previewed,
    /// Planned by the real tool without reading the real world.
    Planned,
    /// Planned by the real tool (or by built-in providers) reading the real world.
    Refreshed,
}

impl Fidelity {
    /// The word in titles, JSON and flags.
    pub fn word(self) -> &'static str {
        match self {
            Fidelity::Parsed => "parsed",
            Fidelity::Previewed => "previewed",
            Fidelity::Planned => "planned",
            Fidelity::Refreshed => "refreshed",
        }
    }
}

/// What a plan is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Prior {
    /// The state of an environment.
    Environment(String),
    /// The stack's own local state file (also when it does not exist yet and nothing better does).
    State,
    /// A remembered copy of a remote state.
    Remembered,
    /// The configuration at a revision (`HEAD`, `main`).
    Revision(String),
}

impl Prior {
    /// As titles say it: `against test`, `against state`, `against HEAD`.
    pub fn title(&self) -> String {
        match self {
            Prior::Environment(name) => format!("against {name}"),
            Prior::State => "against state".to_owned(),
            Prior::Remembered => "against remembered state".to_owned(),
            Prior::Revision(revision) => format!("against {revision}"),
        }
    }

    /// As JSON and `--against` say it: `env:test`, `state`, `remembered`, `HEAD`.
    pub fn word(&self) -> String {
        match self {
            Prior::Environment(name) => format!("env:{name}"),
            Prior::State => "state".to_owned(),
            Prior::Remembered => "remembered".to_owned(),
            Prior::Revision(revision) => revision.clone(),
        }
    }
}

/// How a report came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The generation of the inputs.
    pub generation: Generation,
    /// When it was computed.
    pub at: SystemTime,
    /// How long Kilter took.
    pub took: Duration,
    /// It was remembered from an earlier session and not computed in this one.
    pub remembered: bool,
}

/// A plan of one stack.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanReport {
    /// The stack.
    pub stack: RepoPath,
    /// How true.
    pub fidelity: Fidelity,
    /// Compared with what.
    pub prior: Prior,
    /// Priors that exist for this stack, in the order that `p` walks.
    pub priors: Vec<Prior>,
    /// The plan; the last good one when the configuration is broken now.
    pub plan: Arc<Plan>,
    /// The configuration is broken and `plan` is the last good one.
    pub stale: bool,
    /// What is wrong now.
    pub diagnostics: Vec<Diagnostic>,
    /// How it came to be.
    pub provenance: Provenance,
    /// Where the preview and a real plan said different things, after a real plan.
    pub disagreements: Vec<Disagreement>,
    /// How often previews were right so far, of the types of others' providers in this plan.
    pub rates: Vec<HitRate>,
    /// What the real tool printed, when it was asked.
    pub raw: Vec<String>,
}

/// How often previews of a resource type said what the real tool's plan then said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitRate {
    /// The resource type.
    pub type_name: Str,
    /// Rows that were right.
    pub agreed: u64,
    /// Rows that were compared.
    pub compared: u64,
}

impl HitRate {
    /// `12 of 13`
    pub fn words(&self) -> String {
        format!("{} of {}", self.agreed, self.compared)
    }
}

/// One row where preview and real plan differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// Which instance.
    pub address: ResourceInstanceAddress,
    /// What differs, in words: `preview: update, plan: replace`.
    pub what: String,
}

/// Lint findings of one stack or of files outside all stacks (then `stack` is the directory).
#[derive(Debug, Clone, PartialEq)]
pub struct LintReport {
    /// The stack.
    pub stack: RepoPath,
    /// By place.
    pub findings: Vec<Finding>,
    /// Files that could not be read or parsed.
    pub diagnostics: Vec<Diagnostic>,
    /// How it came to be.
    pub provenance: Provenance,
}

/// Test outcomes of one stack.
#[derive(Debug, Clone, PartialEq)]
pub struct TestReport {
    /// The stack.
    pub stack: RepoPath,
    /// By file.
    pub suites: Vec<TestSuite>,
    /// What concerns all of it.
    pub diagnostics: Vec<Diagnostic>,
    /// How it came to be.
    pub provenance: Provenance,
}
