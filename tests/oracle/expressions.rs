//! Random expressions, answered by terraform in few runs, and what differs made small.

use super::dice::{Dice, setting};
use super::kilter::World;
use super::table::{agree, difference};
use super::written::{KINDS, Kind, Scope, write};
use super::{Answer, LOCALS, UNKNOWNS, calls, random, reduce, terraform};

/// How expressions are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Of any sort, half of them wrong.
    Any,
    /// Calls of every function.
    Calls,
    /// Of a wanted kind, mostly sound.
    Sound,
}

/// All of them.
pub const SORTS: &[Sort] = &[Sort::Any, Sort::Calls, Sort::Sound];

/// An expression on which they differ.
pub struct Found {
    pub text: String,
    pub theirs: Answer,
    pub ours: Answer,
}

impl Found {
    /// What sort of difference it is, so that the same fault met again is known as the same.
    pub fn kind(&self) -> String {
        let side = |answer: &Answer| match answer {
            Answer::Value { .. } => "a value".to_owned(),
            Answer::Infinite => "infinity".to_owned(),
            Answer::Faults(faults) => {
                let mut words: Vec<String> =
                    faults.iter().map(|fault| skeleton(&fault.summary, &fault.detail)).collect();
                words.sort();
                words.dedup();
                words.join(" + ")
            }
        };
        format!("terraform gives {}, Kilter {}", side(&self.theirs), side(&self.ours))
    }

    /// How it is shown.
    pub fn shown(&self) -> String {
        difference(&self.text, &self.theirs, &self.ours)
    }
}

/// A message without what is particular to the case.
fn skeleton(summary: &str, detail: &str) -> String {
    let quoted = detail.split('"').step_by(2).collect::<Vec<_>>().join("…");
    let words: Vec<&str> =
        quoted.split_whitespace().filter(|word| !word.contains(|c: char| c.is_ascii_digit())).collect();
    format!("{summary}: {}", words.join(" ").chars().take(90).collect::<String>())
}

/// Random expressions of one sort.
pub fn some(sort: Sort, dice: &mut Dice, count: usize) -> Vec<String> {
    let scope = scope();
    let mut one = || match sort {
        Sort::Any => random::expression(dice, 3),
        Sort::Calls => calls::random(dice),
        Sort::Sound => {
            let mut scope = scope.clone();
            scope.wild = dice.once_in(3);
            let kind = if dice.once_in(6) { Kind::Anything } else { *dice.one_of(KINDS) };
            write(dice, &scope, kind, 3)
        }
    };
    (0..count).map(|_| one()).collect()
}

/// The names of [`LOCALS`] and [`UNKNOWNS`] with their kinds.
fn scope() -> Scope {
    let mut scope = Scope::default();
    let kinds = [
        ("S", Kind::Text),
        ("SN", Kind::Number),
        ("SB", Kind::Bool),
        ("SL", Kind::Texts),
        ("L", Kind::Texts),
        ("SET", Kind::TextSet),
        ("M", Kind::TextMap),
        ("O", Kind::Thing),
        ("U", Kind::Text),
        ("UN", Kind::Number),
        ("UB", Kind::Bool),
        ("UL", Kind::Texts),
        ("UM", Kind::TextMap),
        ("US", Kind::TextSet),
        ("UD", Kind::Anything),
        ("T", Kind::Anything),
    ];
    for (name, kind) in kinds {
        let known = LOCALS.iter().any(|(other, _)| *other == name) || UNKNOWNS.iter().any(|(other, ..)| *other == name);
        assert!(known, "{name}");
        scope.add(format!("local.{name}"), kind);
    }
    scope
}

/// Where terraform crashes there is nothing to agree with.
fn is_alike(theirs: &Answer, ours: &Answer) -> bool {
    // Many of terraform's functions show sensitive text in their messages; Kilter's do not.
    let hides = |answer: &Answer| matches!(answer, Answer::Faults(faults) if faults.iter().any(|fault| fault.detail.contains("(sensitive value)")));
    if hides(ours) && !hides(theirs) && matches!(theirs, Answer::Faults(_)) {
        return true;
    }
    matches!(theirs, Answer::Faults(faults) if faults.iter().any(|fault| fault.detail.contains("panic in function")))
        || agree(theirs, ours)
}

/// The expressions that are answered differently.
pub fn differing(world: &World, texts: &[String]) -> Vec<Found> {
    let answers = terraform::ask(texts);
    let pairs = texts.iter().zip(answers);
    let judged = pairs.map(|(text, theirs)| Found { text: text.clone(), ours: world.ask(text), theirs });
    judged.filter(|found| !is_alike(&found.theirs, &found.ours)).collect()
}

/// The smallest expression found that differs in the same way.
pub fn shrunk(world: &World, found: Found) -> Found {
    let kind = found.kind();
    let mut best = found;
    for _ in 0..30 {
        let mut smaller = reduce::expressions(&best.text);
        smaller.truncate(250);
        if smaller.is_empty() {
            break;
        }
        // The smallest come first.
        match differing(world, &smaller).into_iter().find(|other| other.kind() == kind) {
            Some(other) => best = other,
            None => break,
        }
    }
    best
}

#[test]
fn random_expressions_get_the_same_answers() {
    if !terraform::is_present() {
        eprintln!("SKIPPED: no terraform 1.11 on PATH, random expressions are not judged");
        return;
    }
    let (seed, cases) = (setting("KILTER_ORACLE_SEED", 42), setting("KILTER_ORACLE_CASES", 200) as usize);
    let world = World::new();
    let mut dice = Dice::new(seed);
    let texts: Vec<String> = SORTS.iter().flat_map(|sort| some(*sort, &mut dice, cases)).collect();
    let found = differing(&world, &texts);
    let wrong = found.len();
    let shown: Vec<String> = found.into_iter().take(5).map(|found| shrunk(&world, found).shown()).collect();
    assert!(wrong == 0, "seed {seed}: {wrong} of {} differ, the first made small:\n{}", texts.len(), shown.join("\n"));
}
