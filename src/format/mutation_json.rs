//! Mutants and coverage as JSON. Written only.

use serde::Serialize;

use super::diagnostic_json::{self, DiagnosticOut};
use crate::model::mutation::{CoverageReport, Mutant, MutantFate, MutationReport, StoppedBy};

#[derive(Serialize)]
struct MutationsOut<'a> {
    stacks: Vec<MutationOut<'a>>,
}

#[derive(Serialize)]
struct MutationOut<'a> {
    stack: &'a str,
    found: usize,
    tried: usize,
    stopped_by: Option<&'static str>,
    killed: usize,
    survived: usize,
    unchanged: usize,
    unsound: usize,
    took_ms: u128,
    mutants: Vec<MutantOut<'a>>,
    diagnostics: Vec<DiagnosticOut>,
}

#[derive(Serialize)]
struct MutantOut<'a> {
    outcome: &'static str,
    killed_by: Option<&'a str>,
    kind: &'static str,
    block: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    before: &'a str,
    after: &'a str,
    ran: &'a [String],
}

fn mutant(mutant: &Mutant) -> MutantOut<'_> {
    MutantOut {
        outcome: mutant.fate.word(),
        killed_by: match &mutant.fate {
            MutantFate::Killed(by) => Some(by),
            MutantFate::Survived | MutantFate::Unchanged => None,
        },
        kind: mutant.kind.word(),
        block: &mutant.block,
        file: mutant.place.path.as_str(),
        line: mutant.place.start.line,
        column: mutant.place.start.column,
        before: &mutant.before,
        after: &mutant.after,
        ran: &mutant.ran,
    }
}

fn mutation(report: &MutationReport) -> MutationOut<'_> {
    MutationOut {
        stack: report.stack.as_str(),
        found: report.found,
        tried: report.tried(),
        stopped_by: report.stopped.map(|stopped| match stopped {
            StoppedBy::Limit => "limit",
            StoppedBy::Budget => "budget",
            StoppedBy::Cancelled => "cancelled",
        }),
        killed: report.killed(),
        survived: report.survivors().count(),
        unchanged: report.unchanged(),
        unsound: report.unsound,
        took_ms: report.provenance.took.as_millis(),
        mutants: report.mutants.iter().map(mutant).collect(),
        diagnostics: report.diagnostics.iter().map(|found| diagnostic_json::out(found, &|_| None)).collect(),
    }
}

/// Writes how mutants fared.
pub fn write_mutations(reports: &[MutationReport]) -> Vec<u8> {
    bytes(&MutationsOut { stacks: reports.iter().map(mutation).collect() })
}

#[derive(Serialize)]
struct CoveragesOut<'a> {
    stacks: Vec<CoverageOut<'a>>,
}

#[derive(Serialize)]
struct CoverageOut<'a> {
    stack: &'a str,
    covered: usize,
    total: usize,
    things: Vec<ThingOut<'a>>,
    diagnostics: Vec<DiagnosticOut>,
}

#[derive(Serialize)]
struct ThingOut<'a> {
    kind: &'static str,
    module: &'a str,
    name: &'a str,
    covered: bool,
    file: &'a str,
    line: u32,
}

fn coverage(report: &CoverageReport) -> CoverageOut<'_> {
    let things = report.things.iter().map(|thing| ThingOut {
        kind: thing.kind.word(),
        module: thing.module.as_str(),
        name: &thing.name,
        covered: thing.covered,
        file: thing.place.path.as_str(),
        line: thing.place.start.line,
    });
    CoverageOut {
        stack: report.stack.as_str(),
        covered: report.things.iter().filter(|thing| thing.covered).count(),
        total: report.things.len(),
        things: things.collect(),
        diagnostics: report.diagnostics.iter().map(|found| diagnostic_json::out(found, &|_| None)).collect(),
    }
}

/// Writes what assertions depend on.
pub fn write_coverage(reports: &[CoverageReport]) -> Vec<u8> {
    bytes(&CoveragesOut { stacks: reports.iter().map(coverage).collect() })
}

fn bytes(all: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(all).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
