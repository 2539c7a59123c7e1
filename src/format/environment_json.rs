//! What the environment commands print with `--format json`.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use super::plan_json;
use crate::model::environment::Verification;
use crate::model::place::RepoPath;
use crate::model::plan::Plan;

#[derive(Serialize)]
struct Applied<'a> {
    environment: &'a str,
    commit: &'a str,
    summary: &'a str,
    verifications: Vec<One<'a>>,
    millis: u128,
}

#[derive(Serialize)]
struct Verified<'a> {
    environment: &'a str,
    verifications: Vec<One<'a>>,
}

#[derive(Serialize)]
struct Drifted<'a> {
    environment: &'a str,
    drift: usize,
    stacks: Vec<DriftedStack<'a>>,
    processes: Vec<One<'a>>,
}

#[derive(Serialize)]
struct DriftedStack<'a> {
    stack: &'a str,
    plan: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct Destroyed<'a> {
    environment: &'a str,
    summary: &'a str,
    millis: u128,
}

#[derive(Serialize)]
struct One<'a> {
    subject: &'a str,
    outcome: &'static str,
    message: &'a str,
    millis: u128,
}

fn ones(found: &[Verification]) -> Vec<One<'_>> {
    found.iter().map(one).collect()
}

fn one(verification: &Verification) -> One<'_> {
    One {
        subject: &verification.subject,
        outcome: verification.outcome.word(),
        message: &verification.message,
        millis: verification.took.as_millis(),
    }
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// How an apply ended.
pub fn applied(environment: &str, commit: &str, summary: &str, found: &[Verification], took: Duration) -> Vec<u8> {
    bytes(&Applied { environment, commit, summary, verifications: ones(found), millis: took.as_millis() })
}

/// What verification found.
pub fn verified(environment: &str, found: &[Verification]) -> Vec<u8> {
    bytes(&Verified { environment, verifications: ones(found) })
}

/// What drifted.
pub fn drifted<'a>(
    environment: &str,
    drift: usize,
    plans: impl Iterator<Item = (&'a RepoPath, &'a Plan)>,
    processes: &[Verification],
) -> Vec<u8> {
    let stack = |(stack, plan): (&'a RepoPath, &'a Plan)| DriftedStack {
        stack: stack.as_str(),
        plan: plan_json::embedded(plan),
    };
    bytes(&Drifted { environment, drift, stacks: plans.map(stack).collect(), processes: ones(processes) })
}

/// How a destroy ended.
pub fn destroyed(environment: &str, summary: &str, took: Duration) -> Vec<u8> {
    bytes(&Destroyed { environment, summary, millis: took.as_millis() })
}
