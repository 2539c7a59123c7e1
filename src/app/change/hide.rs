//! Which attributes a person does not want to see in plans: `tags_all`, `aws_instance.*.tags["Built"]`.

use crate::model::address::{InstanceKey, ModuleAddress};
use crate::model::plan::ResourceChange;

/// The patterns that can match attributes of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hidden<'a> {
    patterns: &'a [String],
    resource: String,
}

impl<'a> Hidden<'a> {
    /// Nothing is hidden.
    pub fn nothing() -> Self {
        Hidden::default()
    }

    /// What of a change is hidden.
    pub fn of(patterns: &'a [String], change: &ResourceChange) -> Self {
        if patterns.is_empty() {
            return Hidden::default();
        }
        let mut address = change.address.clone();
        address.resource.module = ModuleAddress::root();
        address.key = None::<InstanceKey>;
        Hidden { patterns, resource: address.to_string() }
    }

    /// Whether an attribute is hidden. A pattern is its path, or its path behind type and name; `*` stands for anything
    /// but a dot.
    pub fn holds(&self, path: &str) -> bool {
        self.patterns.iter().any(|pattern| {
            glob(pattern.as_bytes(), path.as_bytes())
                || glob(pattern.as_bytes(), format!("{}.{path}", self.resource).as_bytes())
        })
    }

    /// Whether nothing is hidden.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}

/// Matches with backtracking to the last `*` only: linear in practice, never exponential.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, eaten)) if text[eaten] != b'.' => {
                    star = Some((at, eaten + 1));
                    p = at + 1;
                    t = eaten + 1;
                }
                _ => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_paths_with_or_without_their_resource() {
        let patterns = |text: &str| vec![text.to_owned()];
        let holds = |pattern: &str, path: &str| {
            let patterns = patterns(pattern);
            Hidden { patterns: &patterns, resource: "aws_instance.web".to_owned() }.holds(path)
        };
        assert!(holds("tags_all", "tags_all"));
        assert!(!holds("tags_all", "tags"));
        assert!(holds("aws_instance.*.tags[\"Built\"]", "tags[\"Built\"]"));
        assert!(!holds("aws_s3_bucket.*.tags[\"Built\"]", "tags[\"Built\"]"));
        assert!(holds("tags*", "tags_all"));
        assert!(!holds("tags*", "tags.a.b"));
        assert!(holds("aws_instance.web.ami", "ami"));
    }
}
