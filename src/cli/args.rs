//! The command line as typed: one definition from which parsing, help, man page and completions are made.
//!
//! What the words mean is for the command modules.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// A terminal workbench for infrastructure repos.
///
/// Without a command it opens the workbench on PATH (or here). With a command it prints the same reports and ends.
///
/// Exit codes: 0 fine, 1 Kilter or a tool broke, 2 the plan has changes (only with --detailed-exitcode), 3 findings at
/// or above the threshold, 4 tests or verifications failed, 5 drift, 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "kilter", version, disable_help_subcommand = true)]
pub struct Cli {
    /// The repo, or a directory in it; also a plain directory.
    pub path: Option<PathBuf>,

    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,

    /// What to do; the workbench opens when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that every command has.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Work in this directory.
    // Its own name: commands have a `directory` of theirs, and clap takes equal names for one argument.
    #[arg(id = "work_in", short = 'C', long = "directory", value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,

    /// text, json, sarif, junit or github, with an optional `:FILE`; may be given several times.
    #[arg(long, value_name = "FORMAT[:FILE]", global = true)]
    pub format: Vec<String>,

    /// No colours.
    #[arg(long, global = true)]
    pub no_color: bool,

    /// ASCII only: no box drawing, no signs beyond the keyboard's.
    #[arg(long, global = true)]
    pub plain: bool,

    /// Trust this repo for this run: what executes something the repo brings may run.
    #[arg(long, global = true)]
    pub trust: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lay the sample repo out, with its history, and open it.
    Demo(Demo),
    /// Branch, changes, stacks, tools and environments.
    Status,
    /// What applying would do, of one stack or of all.
    Plan(Plan),
    /// Whether the configuration is sound.
    Validate(Stacks),
    /// Format Terraform files in place.
    Fmt(Fmt),
    /// Lint findings.
    Lint(Lint),
    /// Run the tests natively, in memory.
    Test(Test),
    /// Evaluate expressions, one a line from standard input.
    Console(Console),
    /// The CI-style checks of a commit in a clean checkout.
    Ci(Ci),
    /// The same checks of the working tree, as it would be committed.
    CommitCheck(Stacks),
    /// Apply a commit to a test environment.
    Apply(Apply),
    /// Verify a test environment: checks, goss, processes, an empty plan.
    Verify(Environment),
    /// Look for drift in a test environment.
    Drift(Environment),
    /// Destroy a test environment, leaving nothing.
    Destroy(Destroy),
    /// Print a stack's state.
    State(State),
    /// Print a line for each report that changed, after each save.
    Watch(Watch),
    /// Which tools are here, and what the missing ones would unlock.
    Doctor,
    /// Trust this repo, or withdraw it.
    Trust(Trust),
    /// Serve a directory's files over HTTP.
    Serve(Serve),
    /// Print the JSON schema of kilter.toml, or the schemas of providers.
    Schema(Schema),
    /// Print a completion script.
    Completions {
        /// For this shell.
        shell: Shell,
    },
    /// Print the man page.
    Man,
    /// Keep an environment's processes running (Kilter starts this by itself).
    #[command(hide = true)]
    Supervise {
        /// The directory of the environment's processes.
        directory: PathBuf,
    },
}

/// `kilter demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Where; made when missing, a temporary directory when not given.
    pub directory: Option<PathBuf>,
    /// Only lay it out.
    #[arg(long)]
    pub no_open: bool,
}

/// Which stacks.
#[derive(Debug, Clone, Args)]
pub struct Stacks {
    /// The stack: its directory's path from the repo's root (`.` for the root itself); all when left out.
    pub stack: Vec<String>,
}

/// `kilter plan`
#[derive(Debug, Args)]
pub struct Plan {
    /// Which stacks.
    #[command(flatten)]
    pub stacks: Stacks,
    /// Values for root variables.
    #[command(flatten)]
    pub variables: Variables,
    /// Compare with this state file.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Compare with: state, env:NAME, HEAD or another revision.
    #[arg(long, value_name = "PRIOR", conflicts_with = "state")]
    pub against: Option<String>,
    /// How true: previewed natively, planned by the real tool, or refreshed by it.
    #[arg(long, value_enum, default_value_t = Rung::Previewed)]
    pub fidelity: Rung,
    /// Plan to destroy everything.
    #[arg(long)]
    pub destroy: bool,
    /// Only this address and what it needs; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub target: Vec<String>,
    /// Replace this instance; may be given several times.
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<String>,
    /// Exit with 2 when there are changes.
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// The rungs of the ladder that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rung {
    /// Natively, nobody asked.
    Previewed,
    /// By the real tool, without reading the real world.
    Planned,
    /// By the real tool, reading the real world.
    Refreshed,
}

/// Values for root variables.
#[derive(Debug, Clone, Default, Args)]
pub struct Variables {
    /// A variable's value; may be given several times.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub var: Vec<String>,
    /// A file of values; may be given several times.
    #[arg(long = "var-file", value_name = "FILE")]
    pub var_file: Vec<PathBuf>,
}

/// `kilter fmt`
#[derive(Debug, Args)]
pub struct Fmt {
    /// Files or directories; everything when left out, standard input for `-`.
    pub paths: Vec<PathBuf>,
    /// Only say which files differ; exit with 3 when any does.
    #[arg(long)]
    pub check: bool,
    /// Print what would change.
    #[arg(long)]
    pub diff: bool,
    /// Directories with all that is below them: always so; taken for the sake of terraform's own flag.
    #[arg(long)]
    pub recursive: bool,
}

/// `kilter lint`
#[derive(Debug, Args)]
pub struct Lint {
    /// Which stacks.
    #[command(flatten)]
    pub stacks: Stacks,
    /// Explain a rule, with a bad and a good example.
    #[arg(long, value_name = "RULE")]
    pub explain: Option<String>,
    /// Exit with 3 when a finding has this level or a higher one.
    #[arg(long, value_enum)]
    pub threshold: Option<Threshold>,
}

/// Levels of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Threshold {
    /// Any finding.
    Note,
    /// Warnings and errors.
    Warning,
    /// Errors.
    Error,
}

/// `kilter test`
#[derive(Debug, Args)]
pub struct Test {
    /// Which stacks.
    #[command(flatten)]
    pub stacks: Stacks,
    /// Values for root variables.
    #[command(flatten)]
    pub variables: Variables,
    /// Only this file (`tests/site.tftest.hcl`); may be given several times.
    #[arg(long, value_name = "FILE")]
    pub file: Vec<String>,
    /// Only runs whose name holds this text.
    #[arg(long, value_name = "TEXT")]
    pub run: Option<String>,
    /// Change the configuration in one small place after the other, in memory, and report the changes that no test
    /// notices.
    #[arg(long)]
    pub mutate: bool,
    /// List the resources, outputs, variables and checks that no assertion depends on.
    #[arg(long, conflicts_with = "mutate")]
    pub coverage: bool,
    /// With --mutate: try no more than so many changes.
    #[arg(long, value_name = "N", requires = "mutate")]
    pub limit: Option<usize>,
    /// With --mutate: begin no change after so many seconds.
    #[arg(long, value_name = "SECONDS", requires = "mutate")]
    pub budget: Option<u64>,
    /// With --mutate or --coverage: exit with 3 when less than this share is killed or covered.
    #[arg(long, value_name = "PERCENT")]
    pub at_least: Option<u8>,
}

/// `kilter console`
#[derive(Debug, Args)]
pub struct Console {
    /// The stack whose names are in scope.
    pub stack: Option<String>,
    /// Values for root variables.
    #[command(flatten)]
    pub variables: Variables,
}

/// `kilter ci`
#[derive(Debug, Args)]
pub struct Ci {
    /// The commit.
    #[arg(default_value = "HEAD")]
    pub commit: String,
    /// Compute everything again, whatever is cached.
    #[arg(long)]
    pub fresh: bool,
}

/// Which environment.
#[derive(Debug, Clone, Args)]
pub struct Environment {
    /// The environment.
    #[arg(long, value_name = "NAME", default_value = "test")]
    pub env: String,
}

/// `kilter apply`
#[derive(Debug, Args)]
pub struct Apply {
    /// Which environment.
    #[command(flatten)]
    pub environment: Environment,
    /// Do it without asking.
    #[arg(long)]
    pub auto_approve: bool,
    /// How many objects are worked on at the same time.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub parallelism: u16,
    /// Apply although the checks of the commit are red or were not run. Said loudly.
    #[arg(long)]
    pub skip_checks: bool,
}

/// `kilter destroy`
#[derive(Debug, Args)]
pub struct Destroy {
    /// Which environment.
    #[command(flatten)]
    pub environment: Environment,
    /// Do it without asking.
    #[arg(long)]
    pub auto_approve: bool,
    /// How many objects are worked on at the same time.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub parallelism: u16,
}

/// `kilter state`
#[derive(Debug, Args)]
pub struct State {
    /// The stack.
    pub stack: String,
    /// Of this environment; the stack's own local state when left out.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
}

/// `kilter watch`
#[derive(Debug, Args)]
pub struct Watch {
    /// Which stacks.
    #[command(flatten)]
    pub stacks: Stacks,
}

/// `kilter trust`
#[derive(Debug, Args)]
pub struct Trust {
    /// Withdraw it.
    #[arg(long)]
    pub revoke: bool,
}

/// `kilter schema`
#[derive(Debug, Args)]
pub struct Schema {
    /// Print providers' schemas instead, as `terraform providers schema -json` does: those inside Kilter, and with a
    /// stack its others, from the cache or asked of the real tool.
    #[arg(long, value_name = "STACK", num_args = 0..=1, default_missing_value = "")]
    pub providers: Option<String>,
}

/// `kilter serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// The directory.
    pub directory: PathBuf,
    /// The port.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    pub bind: std::net::IpAddr,
}
