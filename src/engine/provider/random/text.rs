//! `random_string` and `random_password`: characters by class, at least so many of each.

use super::dice::Dice;
use crate::engine::provider::attributes::{attribute, flag, text, whole, with};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Value;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMERIC: &str = "0123456789";
const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

/// Longer results are refused: nobody means them.
const LONGEST: i64 = 1 << 20;

/// A class of characters: its switch, its minimum, its characters.
const CLASSES: [(&str, &str, &str); 4] = [
    ("lower", "min_lower", LOWER),
    ("numeric", "min_numeric", NUMERIC),
    ("special", "min_special", SPECIAL),
    ("upper", "min_upper", UPPER),
];

/// `number` is the old name of `numeric`; both always say the same.
pub(super) fn with_both_names(config: &Value, object: &Value) -> Value {
    let given = [attribute(config, "numeric"), attribute(config, "number")];
    let decided = given.into_iter().find(|value| !value.is_null()).unwrap_or(Value::bool(true));
    with(object, [("numeric", decided.clone()), ("number", decided)])
}

/// A configuration with what is not given as it is by default.
pub(super) fn with_defaults(config: &Value) -> Value {
    let on = |name: &str| {
        let given = attribute(config, name);
        if given.is_null() { Value::bool(true) } else { given }
    };
    let least = |name: &str| {
        let given = attribute(config, name);
        if given.is_null() { Value::int(0) } else { given }
    };
    let classes = CLASSES.iter().flat_map(|(switch, minimum, _)| [(*switch, on(switch)), (*minimum, least(minimum))]);
    with(config, classes)
}

/// What a configuration cannot ask for.
pub(super) fn validate(config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(length) = whole(config, "length") else { return found };
    let least: i64 = CLASSES.iter().filter_map(|(_, minimum, _)| whole(config, minimum)).sum();
    if length < 1 {
        found.push(Diagnostic::error(
            "Invalid Attribute Value",
            format!("Attribute length value must be at least 1, got: {length}"),
        ));
    } else if length > LONGEST {
        found.push(Diagnostic::error(
            "Invalid Attribute Value",
            format!("Attribute length value must be at most {LONGEST}, got: {length}"),
        ));
    } else if length < least {
        found.push(Diagnostic::error(
            "Invalid Attribute Value",
            format!("Attribute length value must be at least sum of min_upper + min_lower + min_numeric + min_special, got: {length}"),
        ));
    }
    if let (Some(numeric), Some(number)) = (flag(config, "numeric"), flag(config, "number"))
        && numeric != number
    {
        found.push(Diagnostic::error(
            "Invalid Attribute Combination",
            "The number and numeric attributes must have the same value. number is the old name: remove it.",
        ));
    }
    found
}

/// A new result.
pub(super) fn generate(planned: &Value, dice: &mut Dice<'_>) -> Result<String, String> {
    let special = text(planned, "override_special").filter(|set| !set.is_empty()).unwrap_or(SPECIAL);
    let mut all: Vec<char> = Vec::new();
    let mut result: Vec<char> = Vec::new();
    for (switch, minimum, characters) in CLASSES {
        let characters = if switch == "special" { special } else { characters };
        let characters: Vec<char> = characters.chars().collect();
        if flag(planned, switch).unwrap_or(true) {
            all.extend(&characters);
        }
        let least = whole(planned, minimum).unwrap_or(0).clamp(0, LONGEST);
        result.extend((0..least).filter_map(|_| dice.pick(&characters).copied()));
    }
    let length = usize::try_from(whole(planned, "length").unwrap_or(0).clamp(0, LONGEST)).unwrap_or(0);
    if all.is_empty() && result.len() < length {
        return Err("the character set specified is empty".to_owned());
    }
    while result.len() < length {
        result.extend(dice.pick(&all));
    }
    dice.shuffle(&mut result);
    Ok(result.into_iter().collect())
}

/// The bcrypt hash of a password, with Go's cost. Like Go's, only the first 72 bytes count.
pub(super) fn bcrypt_hash(password: &str, dice: &mut Dice<'_>) -> Option<String> {
    let mut salt = [0u8; 16];
    dice.fill(&mut salt);
    let counted = password.as_bytes();
    let parts = bcrypt::hash_with_salt(&counted[..counted.len().min(72)], 10, salt).ok()?;
    Some(parts.format_for_version(bcrypt::Version::TwoA))
}
