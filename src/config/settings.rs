//! What the settings mean, with every default filled in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::finding::Level;
use crate::model::limits::Limits;
use crate::model::place::RepoPath;
use crate::model::run::StepKind;

/// All settings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// Test environments by name; one that is not configured has the defaults.
    pub environments: BTreeMap<String, EnvironmentSettings>,
    /// Lint rules.
    pub lint: LintSettings,
    /// The CI-style checks.
    pub checks: CheckSettings,
    /// How the workbench looks.
    pub ui: UiSettings,
    /// Keys by command name, instead of the built-in ones.
    pub keys: BTreeMap<String, Vec<String>>,
    /// How plans are shown.
    pub plan: PlanSettings,
    /// How files are watched.
    pub watch: WatchSettings,
    /// How far evaluation goes.
    pub limits: Limits,
    /// Patterns, as in `.gitignore`, of files that Kilter does not look at.
    pub ignore: Vec<String>,
    /// Programs to call instead of those in PATH, by name. The repo's own settings reach here only once it is trusted.
    pub tools: BTreeMap<String, PathBuf>,
}

/// One test environment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EnvironmentSettings {
    /// Files of variables, later ones win; none means `environments/NAME.tfvars` if it exists.
    pub var_files: Vec<RepoPath>,
    /// Variables set here; they win over the files.
    pub variables: BTreeMap<String, VariableSetting>,
    /// The stacks in the order of applying; none means the order of their references.
    pub apply_order: Vec<RepoPath>,
    /// Stacks that are not applied here.
    pub exclude: Vec<RepoPath>,
    /// The Procfile; `None` means the one in the repo's root if it exists.
    pub procfile: Option<RepoPath>,
    /// The gossfile; `None` means the one in the repo's root if it exists.
    pub goss: Option<RepoPath>,
}

/// A variable's value as it is written in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableSetting {
    /// A string; terraform converts it to the variable's type.
    Text(String),
    /// Anything else, as JSON, which is an expression of the language too.
    Expression(String),
}

/// Lint rules.
#[derive(Debug, Clone, PartialEq)]
pub struct LintSettings {
    /// Findings at or above this level make the check red.
    pub threshold: Level,
    /// Rules with another level than their own.
    pub rules: BTreeMap<String, RuleSetting>,
}

impl Default for LintSettings {
    fn default() -> Self {
        LintSettings { threshold: Level::Error, rules: BTreeMap::new() }
    }
}

/// What is said about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleSetting {
    /// It is not asked.
    Off,
    /// Its findings have this level.
    At(Level),
}

/// The CI-style checks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CheckSettings {
    /// How many run at the same time; 0 for as many as there are processors.
    pub jobs: usize,
    /// Steps that are left out.
    pub skip: Vec<StepKind>,
}

/// How the workbench looks.
#[derive(Debug, Clone, PartialEq)]
pub struct UiSettings {
    /// The theme's name; `None` follows the terminal's background.
    pub theme: Option<String>,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// Whether signs beyond ASCII are drawn.
    pub icons: Icons,
}

impl Default for UiSettings {
    fn default() -> Self {
        UiSettings { theme: None, mouse: true, icons: Icons::Unicode }
    }
}

/// Which signs are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icons {
    /// Signs and boxes that every modern font has.
    Unicode,
    /// Plain ASCII.
    Ascii,
}

/// How plans are shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanSettings {
    /// Attributes whose changes are hidden (and counted): `tags_all`, `aws_instance.*.tags["Built"]`.
    pub hide: Vec<String>,
    /// What plans are compared with first: `state`, `env:NAME`, `HEAD`, a revision; `None` chooses.
    pub against: Option<String>,
}

/// How files are watched.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchSettings {
    /// How long it must be quiet after a change before it is reported.
    pub debounce: Duration,
}

impl Default for WatchSettings {
    fn default() -> Self {
        WatchSettings { debounce: Duration::from_millis(12) }
    }
}

impl Settings {
    /// An environment's settings, the defaults for one that is not configured.
    pub fn environment(&self, name: &str) -> EnvironmentSettings {
        self.environments.get(name).cloned().unwrap_or_default()
    }
}
