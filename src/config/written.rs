//! Settings exactly as they are written, every key optional: what the JSON schema and the reference are made from.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::settings::{
    CheckSettings, EnvironmentSettings, Icons, LintSettings, PlanSettings, RuleSetting, Settings, UiSettings,
    VariableSetting, WatchSettings,
};
use crate::model::finding::Level;
use crate::model::limits::Limits;
use crate::model::place::RepoPath;
use crate::model::run::StepKind;

/// Settings of Kilter: `kilter.toml` in a repo, `~/.config/kilter/config.toml` for a person. Every key is optional.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(title = "kilter.toml")]
pub(super) struct Written {
    /// Test environments by name. Without any, there is `test`.
    environment: BTreeMap<String, WrittenEnvironment>,
    /// Lint rules.
    lint: WrittenLint,
    /// The CI-style checks of the working tree and of commits.
    checks: WrittenChecks,
    /// How the workbench looks.
    ui: WrittenUi,
    /// Keys by command name, instead of the built-in ones: `"plan.next-prior" = "p"`. A list gives several keys, an
    /// empty one none. The names are in the command palette.
    keys: BTreeMap<String, OneOrMany>,
    /// How plans are shown.
    plan: WrittenPlan,
    /// How files are watched.
    watch: WrittenWatch,
    /// What Kilter does not look at, besides what git ignores.
    ignore: WrittenIgnore,
    /// How far native evaluation goes before it says that something is too large.
    limits: WrittenLimits,
    /// Programs to call instead of those in PATH: `terraform = "/opt/tofu/bin/tofu"`. In a repo's own file this counts
    /// only once the repo is trusted.
    tools: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(rename = "Environment")]
struct WrittenEnvironment {
    /// Files of variables (`.tfvars`), from the repo's root; later ones win. Without any,
    /// `environments/NAME.tfvars` is read if it exists.
    var_file: Option<OneOrMany>,
    /// Variables; they win over the files.
    variables: BTreeMap<String, serde_json::Value>,
    /// Stacks in the order of applying. Without it, the order of their references.
    apply_order: Vec<String>,
    /// Stacks that are not applied here.
    exclude: Vec<String>,
    /// The Procfile whose processes run in the environment. Without it, `Procfile` in the repo's root if it exists.
    procfile: Option<String>,
    /// The gossfile that verify looks at. Without it, `goss.yaml` in the repo's root if it exists.
    goss: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(rename = "Lint")]
struct WrittenLint {
    /// Findings at or above this level make the lint check red.
    #[schemars(extend("default" = "error"))]
    threshold: Option<WrittenLevel>,
    /// Other levels for single rules, or `off`: `terraform_naming_convention = "note"`.
    rules: BTreeMap<String, WrittenRule>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Level")]
enum WrittenLevel {
    Note,
    Warning,
    Error,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Rule")]
enum WrittenRule {
    Off,
    Note,
    Warning,
    Error,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(rename = "Checks")]
struct WrittenChecks {
    /// How many checks run at the same time; 0 for as many as there are processors.
    #[schemars(extend("default" = 0))]
    jobs: Option<u16>,
    /// Steps that are left out.
    skip: Vec<WrittenStep>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Step")]
enum WrittenStep {
    Format,
    Validate,
    Lint,
    Plan,
    Test,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(rename = "Ui")]
struct WrittenUi {
    /// The theme's name, built in or from the `themes` folder beside the person's settings. Without it, dark or light
    /// as the terminal is.
    theme: Option<String>,
    /// Whether the mouse is used. Shift keeps the terminal's own selection.
    #[schemars(extend("default" = true))]
    mouse: Option<bool>,
    /// Which signs are drawn.
    #[schemars(extend("default" = "unicode"))]
    icons: Option<WrittenIcons>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Icons")]
enum WrittenIcons {
    Unicode,
    Ascii,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(rename = "Plan")]
struct WrittenPlan {
    /// Attributes whose changes are hidden, and counted in the pane: `tags_all`, `aws_instance.*.tags["Built"]`.
    hide: Vec<String>,
    /// What plans are compared with first: `state`, `env:NAME`, `HEAD`, or a revision. Without it, the first that
    /// exists.
    against: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(rename = "Watch")]
struct WrittenWatch {
    /// How long it must be quiet after a change before everything is looked at again, in milliseconds.
    #[schemars(range(min = 1, max = 5000), extend("default" = 12))]
    debounce_ms: Option<u16>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(rename = "Ignore")]
struct WrittenIgnore {
    /// Patterns as in `.gitignore`.
    paths: Vec<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
#[schemars(rename = "Limits")]
struct WrittenLimits {
    /// The longest text that one function builds, in bytes.
    #[schemars(extend("default" = 67_108_864))]
    text_bytes: Option<u32>,
    /// The most elements that one function builds.
    #[schemars(extend("default" = 2_000_000))]
    elements: Option<u32>,
    /// The most steps that one expression takes.
    #[schemars(extend("default" = 20_000_000))]
    steps: Option<u32>,
    /// How many bytes of values one expression builds at most. All large values of a stack together may be twice that.
    #[schemars(extend("default" = 268_435_456))]
    memory_bytes: Option<u32>,
    /// The most instances of all blocks of a stack together.
    #[schemars(extend("default" = 50_000))]
    instances: Option<u32>,
}

impl WrittenLimits {
    fn meaning(&self) -> Limits {
        let usual = Limits::default();
        let or = |written: Option<u32>, usual: usize| written.map_or(usual, |most| most as usize);
        Limits {
            text_bytes: or(self.text_bytes, usual.text_bytes),
            elements: or(self.elements, usual.elements),
            steps: self.steps.map_or(usual.steps, u64::from),
            memory_bytes: self.memory_bytes.map_or(usual.memory_bytes, u64::from),
            instances: or(self.instances, usual.instances),
        }
    }
}

/// The JSON schema of the settings, for editors.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Written).to_value()
}

impl WrittenLevel {
    fn meaning(self) -> Level {
        match self {
            WrittenLevel::Note => Level::Note,
            WrittenLevel::Warning => Level::Warning,
            WrittenLevel::Error => Level::Error,
        }
    }
}

impl WrittenRule {
    fn meaning(self) -> RuleSetting {
        match self {
            WrittenRule::Off => RuleSetting::Off,
            WrittenRule::Note => RuleSetting::At(Level::Note),
            WrittenRule::Warning => RuleSetting::At(Level::Warning),
            WrittenRule::Error => RuleSetting::At(Level::Error),
        }
    }
}

impl WrittenStep {
    fn meaning(self) -> StepKind {
        match self {
            WrittenStep::Format => StepKind::Format,
            WrittenStep::Validate => StepKind::Validate,
            WrittenStep::Lint => StepKind::Lint,
            WrittenStep::Plan => StepKind::Plan,
            WrittenStep::Test => StepKind::Test,
        }
    }
}

impl Written {
    /// What it means, with the defaults filled in.
    pub(super) fn meaning(self) -> Settings {
        let environments = self.environment.into_iter().map(|(name, written)| (name, environment(written)));
        let (lint, ui) = (LintSettings::default(), UiSettings::default());
        Settings {
            environments: environments.collect(),
            lint: LintSettings {
                threshold: self.lint.threshold.map_or(lint.threshold, WrittenLevel::meaning),
                rules: self.lint.rules.into_iter().map(|(id, rule)| (id, rule.meaning())).collect(),
            },
            checks: CheckSettings {
                jobs: self.checks.jobs.map_or(0, usize::from),
                skip: self.checks.skip.into_iter().map(WrittenStep::meaning).collect(),
            },
            ui: UiSettings {
                theme: self.ui.theme,
                mouse: self.ui.mouse.unwrap_or(ui.mouse),
                icons: self.ui.icons.map_or(ui.icons, |icons| match icons {
                    WrittenIcons::Unicode => Icons::Unicode,
                    WrittenIcons::Ascii => Icons::Ascii,
                }),
            },
            keys: self.keys.into_iter().map(|(command, keys)| (command, keys.into_vec())).collect(),
            plan: PlanSettings { hide: self.plan.hide, against: self.plan.against },
            watch: self.watch.debounce_ms.map_or_else(WatchSettings::default, |milliseconds| WatchSettings {
                debounce: Duration::from_millis(milliseconds.into()),
            }),
            ignore: self.ignore.paths,
            limits: self.limits.meaning(),
            tools: self.tools.into_iter().map(|(name, path)| (name, path.into())).collect(),
        }
    }
}

fn environment(written: WrittenEnvironment) -> EnvironmentSettings {
    let paths = |texts: Vec<String>| texts.iter().map(|text| RepoPath::new(text)).collect();
    EnvironmentSettings {
        var_files: paths(written.var_file.map(OneOrMany::into_vec).unwrap_or_default()),
        variables: written.variables.into_iter().map(|(name, value)| (name, variable(value))).collect(),
        apply_order: paths(written.apply_order),
        exclude: paths(written.exclude),
        procfile: written.procfile.map(|path| RepoPath::new(&path)),
        goss: written.goss.map(|path| RepoPath::new(&path)),
    }
}

fn variable(value: serde_json::Value) -> VariableSetting {
    match value {
        serde_json::Value::String(text) => VariableSetting::Text(text),
        other => VariableSetting::Expression(other.to_string()),
    }
}
