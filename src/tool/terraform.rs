//! Asking terraform (or tofu): what to run for each purpose, and what its exit codes mean.
//!
//! The pattern for every adapter: values in, an [`Invocation`] out; an [`Outcome`] in, a verdict out. What was printed is
//! read by `format::{ui_log, plan_json, validate_json, provider_schema}`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::diagnostic::Diagnostic;
use crate::model::plan::Plan;
use crate::sys::processes::{Invocation, Outcome};

/// Variables of the environment that would change what our own arguments say.
const CLEARED: &[&str] = &[
    "TF_CLI_ARGS",
    "TF_CLI_ARGS_apply",
    "TF_CLI_ARGS_fmt",
    "TF_CLI_ARGS_get",
    "TF_CLI_ARGS_init",
    "TF_CLI_ARGS_output",
    "TF_CLI_ARGS_plan",
    "TF_CLI_ARGS_providers",
    "TF_CLI_ARGS_show",
    "TF_CLI_ARGS_state",
    "TF_CLI_ARGS_validate",
    "TF_CLI_ARGS_version",
    "TF_LOG",
    "TF_LOG_CORE",
    "TF_LOG_PATH",
    "TF_LOG_PROVIDER",
];

/// An interrupted plan may wait for a data source; nothing is lost when it is killed.
const READING_GRACE: Duration = Duration::from_secs(20);
/// An apply that is killed loses track of what it made: it gets time to write its state.
const WRITING_GRACE: Duration = Duration::from_secs(600);

/// A terraform at work in one stack's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terraform {
    /// The program: a name or a path.
    pub program: String,
    /// The root module.
    pub directory: PathBuf,
    /// The workspace; the selected one when `None`.
    pub workspace: Option<String>,
    /// Where downloaded providers are kept for all stacks.
    pub plugin_cache: Option<PathBuf>,
    /// Instead of `.terraform`: lets Kilter work without touching what a person initialised.
    pub data_directory: Option<PathBuf>,
}

/// What a plan is to be made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanRequest {
    /// Where the plan file is written.
    pub out: PathBuf,
    /// Look at the real world first.
    pub refresh: bool,
    /// Plan the destruction of everything.
    pub destroy: bool,
    /// Take over what the real world says, change nothing.
    pub refresh_only: bool,
    /// `-var`, in order.
    pub variables: Vec<(String, String)>,
    /// `-var-file`, in order.
    pub variable_files: Vec<PathBuf>,
    /// `-target`
    pub targets: Vec<String>,
    /// `-replace`
    pub replace: Vec<String>,
    /// Another state file (local backend only).
    pub state: Option<PathBuf>,
}

/// How a plan came out, by its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanVerdict {
    /// Nothing to do.
    NoChanges,
    /// Something to do.
    Changes,
    /// It failed. A plan file may lie there all the same and must not be applied.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// How anything else came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It did what was asked.
    Done,
    /// It failed; the diagnostics say why.
    Failed,
    /// Somebody stopped it. An apply may have done part of its work.
    Cancelled,
}

/// Failures that call for something other than mending the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// `terraform init` must run first.
    NotInitialised,
    /// Somebody else holds the state lock.
    Locked,
    /// The state moved on since the plan was made.
    StalePlan,
}

impl Terraform {
    /// A terraform in a directory, otherwise as a person has it.
    pub fn new(program: impl Into<String>, directory: impl Into<PathBuf>) -> Self {
        Terraform {
            program: program.into(),
            directory: directory.into(),
            workspace: None,
            plugin_cache: None,
            data_directory: None,
        }
    }

    fn invocation(&self, args: Vec<String>, grace: Duration) -> Invocation {
        let mut invocation = Invocation::new(self.program.clone(), args, self.directory.clone())
            .with_env("TF_IN_AUTOMATION", "1")
            .with_env("TF_INPUT", "0")
            .with_env("CHECKPOINT_DISABLE", "1");
        invocation.grace = grace;
        invocation.env.extend(CLEARED.iter().map(|name| ((*name).to_owned(), None)));
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                invocation.env.insert(name.to_owned(), Some(value));
            }
        };
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        set("TF_WORKSPACE", self.workspace.clone());
        set("TF_PLUGIN_CACHE_DIR", path(&self.plugin_cache));
        set("TF_DATA_DIR", path(&self.data_directory));
        invocation
    }

    fn ask<const N: usize>(&self, args: [&str; N]) -> Invocation {
        self.invocation(args.map(str::to_owned).to_vec(), READING_GRACE)
    }

    /// Its version, as JSON.
    pub fn version(&self) -> Invocation {
        self.ask(["version", "-json"])
    }

    /// Installs providers and modules and sets up the backend. Existing locks are kept.
    pub fn init(&self) -> Invocation {
        self.ask(["init", "-input=false", "-no-color", "-json"])
    }

    /// Whether the configuration is sound, as JSON.
    pub fn validate(&self) -> Invocation {
        self.ask(["validate", "-no-color", "-json"])
    }

    /// Which files are not formatted (exit code 3), without writing.
    pub fn format_check(&self) -> Invocation {
        self.ask(["fmt", "-check", "-list=true", "-recursive", "-no-color"])
    }

    /// The schemas of all its providers, as JSON.
    pub fn provider_schemas(&self) -> Invocation {
        self.ask(["providers", "schema", "-json"])
    }

    /// The schemas of all providers of an initialised directory, as JSON.
    pub fn providers_schema(&self) -> Invocation {
        self.ask(["providers", "schema", "-json"])
    }

    /// The state wherever it is kept, as a state file.
    pub fn state_pull(&self) -> Invocation {
        self.ask(["state", "pull"])
    }

    /// Makes a plan, telling its progress as JSON lines.
    pub fn plan(&self, request: &PlanRequest) -> Invocation {
        let mut args: Vec<String> =
            ["plan", "-input=false", "-no-color", "-json", "-detailed-exitcode"].map(str::to_owned).to_vec();
        args.push(format!("-out={}", request.out.display()));
        if request.refresh_only {
            args.push("-refresh-only".to_owned());
        } else if !request.refresh {
            args.push("-refresh=false".to_owned());
        }
        if request.destroy {
            args.push("-destroy".to_owned());
        }
        args.extend(request.variable_files.iter().map(|file| format!("-var-file={}", file.display())));
        args.extend(request.variables.iter().map(|(name, value)| format!("-var={name}={value}")));
        args.extend(request.targets.iter().map(|address| format!("-target={address}")));
        args.extend(request.replace.iter().map(|address| format!("-replace={address}")));
        args.extend(request.state.iter().map(|file| format!("-state={}", file.display())));
        self.invocation(args, READING_GRACE)
    }

    /// A plan file, as JSON.
    pub fn show_plan(&self, plan: &Path) -> Invocation {
        self.invocation(
            vec!["show".to_owned(), "-no-color".to_owned(), "-json".to_owned(), plan.display().to_string()],
            READING_GRACE,
        )
    }

    /// Carries out exactly what a plan file says, telling its progress as JSON lines.
    pub fn apply(&self, plan: &Path) -> Invocation {
        let mut args = ["apply", "-input=false", "-no-color", "-json", "-auto-approve"].map(str::to_owned).to_vec();
        args.push(plan.display().to_string());
        self.invocation(args, WRITING_GRACE)
    }
}

/// How a plan that was asked with [`Terraform::plan`] came out.
pub fn judge_plan(outcome: &Outcome) -> PlanVerdict {
    match outcome.code {
        Some(0) => PlanVerdict::NoChanges,
        Some(2) => PlanVerdict::Changes,
        _ if outcome.cancelled => PlanVerdict::Cancelled,
        _ => PlanVerdict::Failed,
    }
}

/// How anything but a plan came out.
pub fn judge(outcome: &Outcome) -> Verdict {
    match outcome.code {
        Some(0) => Verdict::Done,
        _ if outcome.cancelled => Verdict::Cancelled,
        _ => Verdict::Failed,
    }
}

/// Which known trouble the diagnostics tell of. Terraform has no codes for these: its summaries are what there is.
pub fn trouble(diagnostics: &[Diagnostic]) -> Option<Trouble> {
    let summary = |diagnostic: &Diagnostic| match diagnostic.summary.as_str() {
        "Error acquiring the state lock" => Some(Trouble::Locked),
        "Saved plan is stale" => Some(Trouble::StalePlan),
        "Inconsistent dependency lock file"
        | "Backend initialization required, please run \"terraform init\""
        | "Backend initialization required: please run \"terraform init\""
        | "Module not installed"
        | "Missing required provider"
        | "Required plugins are not installed" => Some(Trouble::NotInitialised),
        _ => None,
    };
    diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).find_map(summary)
}

/// Why a plan must not be applied, whatever its file says: a plan that failed leaves a file, too.
pub fn refusal(plan: &Plan) -> Option<&'static str> {
    match () {
        () if plan.errored => Some("planning met an error; mend it and plan again"),
        () if !plan.applyable => Some("there is nothing to apply"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terraform() -> Terraform {
        Terraform::new("terraform", "/repo/web")
    }

    fn ended(code: i32, cancelled: bool) -> Outcome {
        Outcome { code: Some(code), cancelled, ..Outcome::default() }
    }

    #[test]
    fn a_plan_is_asked_for_in_full() {
        let request = PlanRequest {
            out: "/tmp/p".into(),
            variables: vec![("a".to_owned(), "x y".to_owned())],
            variable_files: vec!["t.tfvars".into()],
            targets: vec!["a.b[\"k\"]".to_owned()],
            replace: vec!["c.d".to_owned()],
            destroy: true,
            ..PlanRequest::default()
        };
        assert_eq!(
            terraform().plan(&request).command_line(),
            "terraform plan -input=false -no-color -json -detailed-exitcode -out=/tmp/p -refresh=false -destroy \
             -var-file=t.tfvars '-var=a=x y' '-target=a.b[\"k\"]' -replace=c.d"
        );
        let refreshed = terraform().plan(&PlanRequest { refresh: true, out: "p".into(), ..PlanRequest::default() });
        assert!(!refreshed.args.iter().any(|arg| arg.starts_with("-refresh")));
    }

    #[test]
    fn nothing_in_the_environment_changes_what_is_asked() {
        let mut terraform = terraform();
        terraform.workspace = Some("blue".to_owned());
        terraform.plugin_cache = Some("/cache".into());
        let apply = terraform.apply(Path::new("/tmp/p"));
        assert_eq!(apply.env["TF_CLI_ARGS_apply"], None);
        assert_eq!(apply.env["TF_IN_AUTOMATION"].as_deref(), Some("1"));
        assert_eq!(apply.env["TF_WORKSPACE"].as_deref(), Some("blue"));
        assert_eq!(apply.env["TF_PLUGIN_CACHE_DIR"].as_deref(), Some("/cache"));
        assert!(apply.grace > terraform.validate().grace, "an apply gets time to write its state");
        assert!(!apply.env.contains_key("TF_DATA_DIR"), "what is not asked for is left as a person has it");
    }

    #[test]
    fn exit_codes_are_understood() {
        assert_eq!(judge_plan(&ended(0, false)), PlanVerdict::NoChanges);
        assert_eq!(judge_plan(&ended(2, false)), PlanVerdict::Changes);
        assert_eq!(judge_plan(&ended(1, false)), PlanVerdict::Failed);
        assert_eq!(judge_plan(&ended(1, true)), PlanVerdict::Cancelled);
        assert_eq!(judge_plan(&Outcome { signal: Some(9), ..Outcome::default() }), PlanVerdict::Failed);
        assert_eq!(judge_plan(&ended(2, true)), PlanVerdict::Changes, "it was done before it was stopped");
        assert_eq!((judge(&ended(0, false)), judge(&ended(1, true))), (Verdict::Done, Verdict::Cancelled));
    }

    #[test]
    fn known_trouble_is_recognised_and_broken_plans_are_refused() {
        let found =
            |summary: &str| trouble(&[Diagnostic::warning("Saved plan is stale", ""), Diagnostic::error(summary, "")]);
        assert_eq!(found("Error acquiring the state lock"), Some(Trouble::Locked));
        assert_eq!(found("Inconsistent dependency lock file"), Some(Trouble::NotInitialised));
        assert_eq!(found("Unsupported argument"), None);
        assert!(refusal(&Plan { errored: true, applyable: true, ..Plan::default() }).is_some());
        assert!(refusal(&Plan::default()).is_some());
        assert_eq!(refusal(&Plan { applyable: true, ..Plan::default() }), None);
    }
}
