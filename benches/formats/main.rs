//! What reading large files costs: a plan's JSON of 100 MB; formatting and linting 2,000 files.

#![allow(clippy::disallowed_methods, reason = "a bench builds its own world")]

mod plan;
mod repo;

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Instant;

use divan::{Bencher, black_box};
use kilter::format::plan_json;
use kilter::lang::fmt::format_source;
use kilter::lang::syntax::{SourceFile, parse_file};
use kilter::model::place::RepoPath;

const PLAN_BYTES: usize = 100_000_000;
const FILES: usize = 2_000;

static PLAN: LazyLock<Vec<u8>> = LazyLock::new(|| plan::plan_json(PLAN_BYTES));

fn main() {
    peak_of_reading_a_plan();
    commands_over_many_files();
    divan::main();
}

#[divan::bench(sample_count = 5)]
fn read_a_plan_of_100_mb(bencher: Bencher<'_, '_>) {
    bencher.bench(|| plan_json::read(black_box(&PLAN)).expect("a plan"));
}

#[divan::bench(sample_count = 20)]
fn parse_2000_files_on_one_core(bencher: Bencher<'_, '_>) {
    let texts: Vec<String> = (0..FILES).map(repo::file).collect();
    bencher.bench(|| {
        for text in &texts {
            black_box(parse_file(&SourceFile::new(RepoPath::new("main.tf"), text.as_str())));
        }
    });
}

#[divan::bench(sample_count = 20)]
fn format_2000_files_on_one_core(bencher: Bencher<'_, '_>) {
    let texts: Vec<String> = (0..FILES).map(repo::file).collect();
    bencher.bench(|| {
        for text in &texts {
            black_box(format_source(text).expect("valid"));
        }
    });
}

/// The most memory that was ever in use, in bytes; `None` where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// The bytes themselves are in the figure: a plan is read from memory.
fn peak_of_reading_a_plan() {
    let size = PLAN.len() as u64;
    let began = Instant::now();
    let plan = plan_json::read(&PLAN).expect("a plan");
    let took = began.elapsed();
    if let Some(peak) = peak() {
        println!(
            "plan JSON: {} MB, {} changes, first read {took:?}, peak {} MB with the text itself: {:.2} times its size",
            size / 1_000_000,
            plan.changes.len(),
            peak / 1_000_000,
            peak as f64 / size as f64
        );
    }
}

/// The commands as a person runs them: the binary, cold, from a directory that it sees for the first time.
fn commands_over_many_files() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    repo::write(directory.path(), FILES);
    let kilter = Path::new(env!("CARGO_BIN_EXE_kilter"));
    for args in [["fmt", "--check"], ["lint", "--threshold=error"]] {
        let mut best = None;
        for _ in 0..5 {
            let home = tempfile::tempdir().expect("a temporary directory");
            let began = Instant::now();
            let ran = Command::new(kilter)
                .args(args)
                .current_dir(directory.path())
                .env("HOME", home.path())
                .output()
                .expect("kilter runs");
            let took = began.elapsed();
            assert!(ran.status.code().is_some_and(|code| code != 1), "{}", String::from_utf8_lossy(&ran.stderr));
            best = Some(best.map_or(took, |best: std::time::Duration| best.min(took)));
        }
        println!("kilter {} over {FILES} files: {:?}", args.join(" "), best.unwrap_or_default());
    }
}
