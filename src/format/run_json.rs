//! `kilter ci --format json`: `{"commit","verdict","millis","jobs":[{"step","stack","state","millis","summary","log","cached"}…]}`.

use serde::Serialize;

use crate::model::run::{Run, Verdict};

#[derive(Serialize)]
struct Wire<'a> {
    commit: Option<&'a str>,
    verdict: &'static str,
    millis: u128,
    jobs: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    step: &'static str,
    stack: Option<&'a str>,
    state: &'static str,
    millis: u128,
    summary: &'a str,
    log: &'a [String],
    cached: bool,
}

/// The whole object.
pub fn write(run: &Run) -> Vec<u8> {
    let jobs = run.jobs.iter().map(|job| One {
        step: job.step.word(),
        stack: job.stack.as_ref().map(|stack| stack.as_str()),
        state: job.state.word(),
        millis: job.took.as_millis(),
        summary: &job.summary,
        log: &job.log,
        cached: job.cached,
    });
    let verdict = match run.verdict() {
        Verdict::Running => "running",
        Verdict::Green => "green",
        Verdict::Red => "red",
        Verdict::Broken => "broken",
        Verdict::Cancelled => "cancelled",
    };
    let wire = Wire { commit: run.commit.as_deref(), verdict, millis: run.took.as_millis(), jobs: jobs.collect() };
    let mut bytes = serde_json::to_vec_pretty(&wire).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
