//! Which rules are on and how bad they are: Kilter's own settings and a repo's `.tflint.hcl`.

use std::collections::BTreeMap;

use crate::config::settings::{LintSettings, RuleSetting};
use crate::lang::syntax::ast::{Body, Expr, ExprKind};
use crate::model::finding::{Finding, Level};

use super::check::Check;

/// What a caller configures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintOptions {
    /// Levels by rule id (case does not matter); `None` turns a rule off.
    levels: BTreeMap<String, Option<Level>>,
    /// Findings at or above this level count.
    pub threshold: Level,
}

impl Default for LintOptions {
    fn default() -> Self {
        LintOptions::from(&LintSettings::default())
    }
}

impl From<&LintSettings> for LintOptions {
    fn from(settings: &LintSettings) -> Self {
        let level = |setting: &RuleSetting| match setting {
            RuleSetting::Off => None,
            RuleSetting::At(level) => Some(*level),
        };
        let levels = settings.rules.iter().map(|(id, setting)| (id.to_ascii_lowercase(), level(setting))).collect();
        LintOptions { levels, threshold: settings.threshold }
    }
}

impl LintOptions {
    /// The same with another level for a rule; `None` turns it off.
    #[must_use]
    pub fn with(mut self, rule: &str, level: Option<Level>) -> Self {
        self.levels.insert(rule.to_ascii_lowercase(), level);
        self
    }

    /// Whether a finding makes the lint check red: it is bad enough and no comment suppresses it.
    pub fn counts(&self, finding: &Finding) -> bool {
        finding.suppressed.is_none() && finding.level >= self.threshold
    }

    /// These options with what a `.tflint.hcl` says of single rules; what is already set here wins.
    pub(super) fn with_tflint(&self, config: &Body) -> Self {
        let mut levels = tflint_levels(config);
        levels.extend(self.levels.clone());
        LintOptions { levels, threshold: self.threshold }
    }

    /// The level of a rule; `None` when it is off.
    pub(super) fn level(&self, check: &Check) -> Option<Level> {
        match self.levels.get(&check.rule.id.to_ascii_lowercase()) {
            Some(level) => *level,
            None => check.by_default.then_some(check.rule.level),
        }
    }
}

/// `rule "x" { enabled = false }` and `config { disabled_by_default = true }`.
fn tflint_levels(config: &Body) -> BTreeMap<String, Option<Level>> {
    let disabled_by_default = config
        .blocks_of("config")
        .any(|block| flag(block.body.attribute("disabled_by_default").map(|it| &*it.expr)) == Some(true));
    let mut levels = BTreeMap::new();
    if disabled_by_default {
        for check in super::catalogue::CHECKS.iter().filter(|check| check.rule.id.starts_with("terraform_")) {
            levels.insert(check.rule.id.to_owned(), None);
        }
    }
    for block in config.blocks_of("rule") {
        let Some(name) = block.labels.first() else { continue };
        let known = super::catalogue::CHECKS.iter().find(|check| check.rule.id == &*name.text);
        match (flag(block.body.attribute("enabled").map(|it| &*it.expr)), known) {
            (Some(false), _) => levels.insert(name.text.to_string(), None),
            (Some(true), Some(check)) => levels.insert(name.text.to_string(), Some(check.rule.level)),
            _ => None,
        };
    }
    levels
}

fn flag(expr: Option<&Expr>) -> Option<bool> {
    match &expr?.kind {
        ExprKind::Literal(value) => value.as_bool(),
        _ => None,
    }
}
