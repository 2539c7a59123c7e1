//! Which terraform is spoken for, and whether a version constraint lets it through.

use std::cmp::Ordering;

/// The version of the terraform language that plans and states speak for.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// Whether terraform's version meets a constraint like `>= 1.3, < 2.0`; `None` when the text is no constraint.
pub fn allows(constraint: &str) -> Option<bool> {
    let ours = Version::parse(TERRAFORM_VERSION)?;
    let mut all = true;
    for part in constraint.split(',') {
        all &= meets(&ours, part.trim())?;
    }
    Some(all)
}

fn meets(ours: &Version, constraint: &str) -> Option<bool> {
    let at = constraint.find(|c: char| c.is_ascii_digit() || c == 'v').unwrap_or(constraint.len());
    let (operator, version) = constraint.split_at(at);
    let version = Version::parse(version)?;
    let order = ours.cmp(&version);
    Some(match operator.trim() {
        "" | "=" => order == Ordering::Equal,
        "!=" => order != Ordering::Equal,
        ">" => order == Ordering::Greater,
        ">=" => order != Ordering::Less,
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        "~>" => order != Ordering::Less && ours.starts_like(&version),
        _ => return None,
    })
}

/// A version as it is written: its numbers, and what stands behind a dash.
struct Version {
    numbers: Vec<u64>,
    prerelease: Option<String>,
}

impl Version {
    fn parse(text: &str) -> Option<Version> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split('+').next()?;
        let (numbers, prerelease) = match text.split_once('-') {
            Some((numbers, prerelease)) if !prerelease.is_empty() => (numbers, Some(prerelease.to_owned())),
            Some(_) => return None,
            None => (text, None),
        };
        let numbers = numbers.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?;
        Some(Version { numbers, prerelease })
    }

    /// Numbers that are not written are zero. A prerelease comes before its release.
    fn cmp(&self, other: &Version) -> Ordering {
        let number = |version: &Version, at: usize| version.numbers.get(at).copied().unwrap_or(0);
        let longest = self.numbers.len().max(other.numbers.len());
        let by_number = (0..longest).map(|at| number(self, at).cmp(&number(other, at)));
        let by_number = by_number.fold(Ordering::Equal, Ordering::then);
        by_number.then_with(|| match (&self.prerelease, &other.prerelease) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.cmp(b),
        })
    }

    /// Whether all numbers but the last one written in `other` are the same.
    fn starts_like(&self, other: &Version) -> bool {
        let kept = other.numbers.len().saturating_sub(1);
        (0..kept).all(|at| self.numbers.get(at).copied().unwrap_or(0) == other.numbers[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_read_as_terraform_reads_them() {
        let table = [
            (">= 1.0", Some(true)),
            ("~> 1.11", Some(true)),
            ("~> 1.11.0", Some(true)),
            ("~> 1.5.0", Some(false)),
            ("~> 2", Some(false)),
            (">= 1.3, < 2.0", Some(true)),
            (">=1.12", Some(false)),
            ("1.11.4", Some(true)),
            ("= 1.11", Some(false)),
            ("!= 1.11.4", Some(false)),
            ("< 1.12.0-beta1", Some(true)),
            ("> 1.11.4-rc1", Some(true)),
            ("new", None),
            ("", None),
            ("=> 1", None),
            (">= 1.x", None),
        ];
        for (text, wanted) in table {
            assert_eq!(allows(text), wanted, "{text}");
        }
    }
}
