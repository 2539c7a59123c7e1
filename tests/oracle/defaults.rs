//! Random type constraints with random defaults.

use super::dice::{Dice, setting};
use super::kilter::convert_default;
use super::table::{difference, says_the_same};
use super::{Answer, terraform};

fn constraint(dice: &mut Dice, depth: usize, in_object: bool) -> String {
    let plain = ["string", "number", "bool", "any"];
    if in_object && dice.once_in(2) {
        let inner = constraint(dice, depth, false);
        return match dice.roll(3) {
            0 => format!("optional({inner})"),
            _ => format!("optional({inner}, {})", value(dice, depth.min(1))),
        };
    }
    if depth == 0 || dice.once_in(4) {
        return dice.pick(&plain).to_owned();
    }
    match dice.roll(6) {
        0 => format!("list({})", constraint(dice, depth - 1, false)),
        1 => format!("set({})", constraint(dice, depth - 1, false)),
        2 => format!("map({})", constraint(dice, depth - 1, false)),
        3 => format!("tuple([{}, {}])", constraint(dice, depth - 1, false), constraint(dice, depth - 1, false)),
        _ => {
            let names = ["a", "b", "c"];
            let count = 1 + dice.roll(3);
            let attributes: Vec<String> = names
                .iter()
                .take(count)
                .map(|name| format!("{name} = {}", constraint(dice, depth - 1, true)))
                .collect();
            format!("object({{ {} }})", attributes.join(", "))
        }
    }
}

fn value(dice: &mut Dice, depth: usize) -> String {
    let plain = ["null", "1", "\"a\"", "\"1\"", "true", "\"true\"", "-2", "1.5", "[]", "{}", "\"\""];
    if depth == 0 || dice.once_in(3) {
        return dice.pick(&plain).to_owned();
    }
    match dice.roll(5) {
        0 | 1 => {
            let items: Vec<String> = (0..dice.roll(3)).map(|_| value(dice, depth - 1)).collect();
            format!("[{}]", items.join(", "))
        }
        _ => {
            let entries: Vec<String> = ["a", "b", "c", "d"]
                .iter()
                .filter_map(|name| match dice.once_in(3) {
                    true => None,
                    false => Some(format!("{name} = {}", value(dice, depth - 1))),
                })
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// A random constraint and a value.
pub fn some(dice: &mut Dice, count: usize) -> Vec<(String, String)> {
    (0..count).map(|_| (constraint(dice, 3, false), value(dice, 3))).collect()
}

/// The pairs that give something else, as they are shown.
pub fn differing(pairs: &[(String, String)]) -> Vec<String> {
    let answers = terraform::ask_conversions(pairs);
    let judged = pairs.iter().zip(&answers).filter_map(|((ty, value), theirs)| {
        let ours = convert_default(ty, value);
        let alike = says_the_same(theirs, &ours) || name_others(theirs, &ours);
        (!alike).then(|| difference(&format!("{ty} <- {value}"), theirs, &ours))
    });
    judged.collect()
}

/// Of several wrong elements of a map, or attributes of an object, terraform names any: both name one, and not the same.
fn name_others(theirs: &Answer, ours: &Answer) -> bool {
    /// What is named on the way, and all that is said.
    fn named(answer: &Answer) -> Option<(Vec<&str>, &str)> {
        let Answer::Faults(faults) = answer else { return None };
        faults.iter().find_map(|fault| {
            let parts = fault
                .detail
                .split(": ")
                .filter(|part| part.starts_with("element \"") || part.starts_with("attribute \""));
            let names: Vec<&str> = parts.filter_map(|part| part.split('"').nth(1)).collect();
            (!names.is_empty()).then_some((names, &*fault.detail))
        })
    }
    match (named(theirs), named(ours)) {
        (Some((one, detail)), Some((other, own))) => one != other || detail == own || detail.contains(": element \""),
        _ => false,
    }
}

#[test]
fn random_defaults_are_converted_alike() {
    if !terraform::is_present() {
        eprintln!("SKIPPED: no terraform 1.11 on PATH, random defaults are not judged");
        return;
    }
    let (seed, cases) = (setting("KILTER_ORACLE_SEED", 5), setting("KILTER_ORACLE_DEFAULTS", 150) as usize);
    let mut dice = Dice::new(seed);
    let found = differing(&some(&mut dice, cases));
    assert!(found.is_empty(), "seed {seed}: {} of {cases} differ:\n{}", found.len(), found.join("\n"));
}
