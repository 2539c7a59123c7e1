//! How conditions came out, block by block.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::check::{CheckInstance, CheckKind, CheckResult, CheckStatus};
use crate::model::value::Str;

/// How all conditions came out, by the block that holds them.
#[derive(Debug, Clone, Default)]
pub struct Checks {
    blocks: BTreeMap<Str, (CheckKind, BTreeMap<Str, CheckInstance>)>,
    /// Those whose instances are known, if there are any.
    expanded: BTreeSet<Str>,
}

impl Checks {
    /// Notes that a block with conditions exists, reached or not.
    pub fn declare(&mut self, kind: CheckKind, block: &str) {
        if !self.blocks.contains_key(block) {
            self.blocks.insert(Str::from(block), (kind, BTreeMap::new()));
        }
    }

    /// Notes that it is known which instances a block has: with none, nothing about it can fail.
    pub fn expand(&mut self, block: &str) {
        if self.blocks.contains_key(block) {
            self.expanded.insert(Str::from(block));
        }
    }

    /// Notes how one condition of an instance came out. The worst one counts; an error cannot be undone.
    pub fn note(&mut self, kind: CheckKind, block: &str, instance: &str, status: CheckStatus, problem: Option<Str>) {
        self.declare(kind, block);
        let Some((_, instances)) = self.blocks.get_mut(block) else { return };
        let entry = instances.entry(Str::from(instance)).or_insert_with(|| CheckInstance {
            address: Str::from(instance),
            status: CheckStatus::Pass,
            problems: Vec::new(),
        });
        if rank(status) > rank(entry.status) {
            entry.status = status;
        }
        entry.problems.extend(problem);
    }

    /// What a destroy plan tells of them: nobody judges them, and only the root's outputs are visited, in a plan of
    /// everything.
    pub fn before_destroying(&self, everything: bool) -> Vec<CheckResult> {
        let result = |(address, (kind, _)): (&Str, &(CheckKind, BTreeMap<Str, CheckInstance>))| {
            let of_root = *kind == CheckKind::OutputValue && address.starts_with("output.");
            let visited = (everything && of_root).then(|| CheckInstance {
                address: address.clone(),
                status: CheckStatus::Unknown,
                problems: Vec::new(),
            });
            CheckResult {
                kind: *kind,
                address: address.clone(),
                status: CheckStatus::Unknown,
                instances: visited.into_iter().collect(),
            }
        };
        self.blocks.iter().map(result).collect()
    }

    /// All of them by address.
    pub fn results(&self) -> Vec<CheckResult> {
        let result = |(address, (kind, instances)): (&Str, &(CheckKind, BTreeMap<Str, CheckInstance>))| {
            let worst = instances.values().map(|i| i.status).max_by_key(|status| rank(*status));
            CheckResult {
                kind: *kind,
                address: address.clone(),
                status: worst.unwrap_or(if self.expanded.contains(address) {
                    CheckStatus::Pass
                } else {
                    CheckStatus::Unknown
                }),
                instances: instances.values().cloned().collect(),
            }
        };
        self.blocks.iter().map(result).collect()
    }
}

fn rank(status: CheckStatus) -> u8 {
    match status {
        CheckStatus::Pass => 0,
        CheckStatus::Unknown => 1,
        CheckStatus::Fail => 2,
        CheckStatus::Error => 3,
    }
}
