//! What tests notice: mutants of a configuration and how they fared, and what no assertion depends on.

use super::diagnostic::Diagnostic;
use super::place::{Place, RepoPath};
use super::report::Provenance;

/// What kind of change makes a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MutantKind {
    /// An argument is left out.
    Argument,
    /// `count` or `for_each` gives nothing.
    Count,
    /// A condition is turned round.
    Condition,
    /// A validation, precondition, postcondition or check always holds.
    Check,
    /// A reference leads to another thing of its kind.
    Reference,
    /// An operator is another one.
    Operator,
    /// A constant has another value.
    Literal,
}

impl MutantKind {
    /// The word for people and for JSON.
    pub fn word(self) -> &'static str {
        match self {
            MutantKind::Argument => "argument",
            MutantKind::Count => "count",
            MutantKind::Condition => "condition",
            MutantKind::Check => "check",
            MutantKind::Reference => "reference",
            MutantKind::Operator => "operator",
            MutantKind::Literal => "literal",
        }
    }
}

/// How a mutant fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MutantFate {
    /// A run noticed it: the file and the run.
    Killed(String),
    /// No run noticed it.
    Survived,
    /// No run plans anything else with it: nothing could be noticed.
    Unchanged,
}

impl MutantFate {
    /// The word for people and for JSON.
    pub fn word(&self) -> &'static str {
        match self {
            MutantFate::Killed(_) => "killed",
            MutantFate::Survived => "survived",
            MutantFate::Unchanged => "unchanged",
        }
    }
}

/// A configuration with one small change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// What kind of change.
    pub kind: MutantKind,
    /// What is changed.
    pub place: Place,
    /// The block it is in: `terraform_data.web`, `var.port`.
    pub block: String,
    /// The lines before.
    pub before: String,
    /// The lines after.
    pub after: String,
    /// How it fared.
    pub fate: MutantFate,
    /// The test files that were run with it.
    pub ran: Vec<String>,
}

/// Why not all mutants were tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoppedBy {
    /// As many as were asked for were tried.
    Limit,
    /// The time was up.
    Budget,
    /// Somebody cancelled it.
    Cancelled,
}

/// What became of a stack's mutants.
#[derive(Debug, Clone, PartialEq)]
pub struct MutationReport {
    /// The stack.
    pub stack: RepoPath,
    /// Those that were tried, in the order they are found.
    pub mutants: Vec<Mutant>,
    /// How many there are.
    pub found: usize,
    /// How many of the tried ones are no sound configuration; they count nowhere else.
    pub unsound: usize,
    /// Why not all were tried.
    pub stopped: Option<StoppedBy>,
    /// What kept it from being begun: tests that do not pass by themselves.
    pub diagnostics: Vec<Diagnostic>,
    /// When, and how long it took.
    pub provenance: Provenance,
}

impl MutationReport {
    /// How many were tried, sound or not.
    pub fn tried(&self) -> usize {
        self.mutants.len() + self.unsound
    }

    /// How many were killed.
    pub fn killed(&self) -> usize {
        self.mutants.iter().filter(|mutant| matches!(mutant.fate, MutantFate::Killed(_))).count()
    }

    /// Those that survived.
    pub fn survivors(&self) -> impl Iterator<Item = &Mutant> {
        self.mutants.iter().filter(|mutant| mutant.fate == MutantFate::Survived)
    }

    /// Those with which no run plans anything else.
    pub fn unchanged(&self) -> usize {
        self.mutants.iter().filter(|mutant| mutant.fate == MutantFate::Unchanged).count()
    }

    /// How many of those that could be noticed were: killed, and killed or survived.
    pub fn score(&self) -> (usize, usize) {
        let killed = self.killed();
        (killed, killed + self.survivors().count())
    }
}

/// What kind of thing no assertion depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoveredKind {
    /// A managed resource.
    Resource,
    /// A data source.
    Data,
    /// An output.
    Output,
    /// A variable.
    Variable,
    /// A check block.
    Check,
}

impl CoveredKind {
    /// All of them.
    pub const ALL: [CoveredKind; 5] =
        [CoveredKind::Resource, CoveredKind::Data, CoveredKind::Output, CoveredKind::Variable, CoveredKind::Check];

    /// The word for people and for JSON.
    pub fn word(self) -> &'static str {
        match self {
            CoveredKind::Resource => "resource",
            CoveredKind::Data => "data source",
            CoveredKind::Output => "output",
            CoveredKind::Variable => "variable",
            CoveredKind::Check => "check",
        }
    }
}

/// One thing, and whether an assertion depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// What kind of thing.
    pub kind: CoveredKind,
    /// The module that declares it, from the repo's root.
    pub module: RepoPath,
    /// Its name there: `output.port`, `terraform_data.web`.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// Whether some assertion or expected failure depends on it.
    pub covered: bool,
}

/// What the assertions of a stack's tests depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct CoverageReport {
    /// The stack.
    pub stack: RepoPath,
    /// Everything that its modules declare.
    pub things: Vec<Covered>,
    /// What kept it from being said.
    pub diagnostics: Vec<Diagnostic>,
}

impl CoverageReport {
    /// Those that no assertion depends on.
    pub fn uncovered(&self) -> impl Iterator<Item = &Covered> {
        self.things.iter().filter(|thing| !thing.covered)
    }

    /// How many of a kind are covered, and how many there are.
    pub fn count(&self, kind: CoveredKind) -> (usize, usize) {
        let of_kind = || self.things.iter().filter(move |thing| thing.kind == kind);
        (of_kind().filter(|thing| thing.covered).count(), of_kind().count())
    }
}
