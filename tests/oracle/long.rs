//! The long run: `KILTER_ORACLE_MINUTES=60 cargo test --test it oracle::long -- --nocapture`.
//!
//! `KILTER_ORACLE_SEED` is where it begins, `KILTER_ORACLE_FOUND` a directory for what it finds, a file for each sort of
//! difference.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::dice::{Dice, setting};
use super::expressions::{SORTS, differing, shrunk, some};
use super::kilter::World;
use super::sequences::{self, Tally};
use super::{defaults, terraform};

/// How many expressions are asked for at once.
const BATCH: usize = 250;

/// How many pairs of a type and a default are asked for at once.
const PAIRS: usize = 60;

#[derive(Default)]
struct Counts {
    expressions: BTreeMap<String, usize>,
    defaults: usize,
    sequences: Tally,
    /// How often each sort of difference was met.
    found: BTreeMap<String, usize>,
}

impl Counts {
    /// Whether this is the first of its sort.
    fn is_new(&mut self, kind: &str) -> bool {
        let met = self.found.entry(kind.to_owned()).or_default();
        *met += 1;
        *met == 1
    }

    fn line(&self) -> String {
        let differing: usize = self.found.values().sum();
        format!(
            "expressions {:?}, defaults {}, {:?}, differing {differing} in {} sorts",
            self.expressions,
            self.defaults,
            self.sequences,
            self.found.len()
        )
    }
}

fn report(counts: &Counts, text: &str) {
    println!("{text}\n");
    if let Some(directory) = std::env::var_os("KILTER_ORACLE_FOUND").map(PathBuf::from) {
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join(format!("{:04}.txt", counts.found.len())), text).unwrap();
    }
}

#[test]
fn long_run() {
    let minutes = setting("KILTER_ORACLE_MINUTES", 0);
    if minutes == 0 {
        eprintln!("SKIPPED: the long run wants KILTER_ORACLE_MINUTES");
        return;
    }
    assert!(terraform::is_present(), "the long run wants a terraform 1.11 on PATH");
    let (begun, length) = (Instant::now(), Duration::from_secs(minutes * 60));
    let first = setting("KILTER_ORACLE_SEED", 1_000);
    let only = std::env::var("KILTER_ORACLE_ONLY").unwrap_or_default();
    let world = World::new();
    let mut counts = Counts::default();
    let mut seed = first;
    let mut told = Instant::now();
    while begun.elapsed() < length {
        if only.is_empty() || only == "expressions" {
            let sort = SORTS[seed as usize % SORTS.len()];
            let texts = some(sort, &mut Dice::new(seed), BATCH);
            *counts.expressions.entry(format!("{sort:?}")).or_default() += texts.len();
            for found in differing(&world, &texts) {
                let kind = found.kind();
                if counts.is_new(&kind) {
                    let found = shrunk(&world, found);
                    report(&counts, &format!("## {kind}\n## {sort:?}, seed {seed}\n{}", found.shown()));
                }
            }
        }
        if only.is_empty() || only == "defaults" {
            let pairs = defaults::some(&mut Dice::new(seed), PAIRS);
            counts.defaults += pairs.len();
            for text in defaults::differing(&pairs) {
                if counts.is_new("a default") {
                    report(&counts, &format!("## a default, seed {seed}\n{text}"));
                } else {
                    println!("## a default, seed {seed}\n{text}\n");
                }
            }
        }
        if only.is_empty() || only == "sequences" {
            for part in 0..6 {
                let seed = seed * 6 + part;
                let tally = &mut counts.sequences;
                let found = match catch_unwind(AssertUnwindSafe(|| sequences::run(seed, 8, tally))) {
                    Ok(Some(found)) => found,
                    Ok(None) => continue,
                    Err(_) => {
                        counts.is_new("a panic");
                        println!("## a panic, seed {seed}");
                        continue;
                    }
                };
                if counts.is_new(&found.difference.kind) {
                    let (question, difference) =
                        sequences::shrunk(&found, Duration::from_secs(setting("KILTER_ORACLE_SHRINK", 30)));
                    report(&counts, &sequences::shown(&found, &question, &difference));
                }
            }
        }
        seed += 1;
        if told.elapsed() > Duration::from_secs(60) {
            println!("{:>4} s: {}", begun.elapsed().as_secs(), counts.line());
            told = Instant::now();
        }
    }
    println!("seeds {first} to {seed}, {} s: {}", begun.elapsed().as_secs(), counts.line());
    let sorts: Vec<String> = counts.found.iter().map(|(kind, met)| format!("{met:>5} × {kind}")).collect();
    assert!(sorts.is_empty(), "{} sorts of differences:\n{}", sorts.len(), sorts.join("\n"));
}
