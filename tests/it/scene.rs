//! A small company's repo as the workbench would know it, built from model values: for tests of `app` and `ui`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kilter::app::event::{
    AppSettings, ApplyOffer, ApplyPhase, ApplyProgress, BlockLines, DiffReport, Event, OfferId, Operation, Refusal,
    StackList, VerifyReport,
};
use kilter::app::key::parse_keys;
use kilter::app::{App, Effect};
use kilter::model::action::{Action, ActionReason};
use kilter::model::address::ResourceInstanceAddress;
use kilter::model::diagnostic::Diagnostic;
use kilter::model::environment::{
    EnvironmentStack, EnvironmentStatus, Health, ProcessStatus, Verification, VerifyOutcome,
};
use kilter::model::finding::{Finding, Level, Rule};
use kilter::model::id::Generation;
use kilter::model::mutation::{CoverageReport, Covered, CoveredKind, Mutant, MutantFate, MutantKind, MutationReport};
use kilter::model::place::{Place, Position, RepoPath};
use kilter::model::plan::{Change, Knowledge, OutputChange, Plan, ResourceChange, Undecided};
use kilter::model::report::{Fidelity, LintReport, PlanReport, Prior, Provenance, TestReport};
use kilter::model::run::{Job, JobState, Run, StepKind};
use kilter::model::snapshot::{
    CommitSummary, DiffLine, DiffSide, FileChange, FileDiff, FileStatus, Hunk, LineKind, RepoSnapshot,
};
use kilter::model::stack::{Stack, StackKind, ToolPresence};
use kilter::model::test::{TestCase, TestStatus, TestSuite};
use kilter::model::value::{Marks, Type, Value, ValuePath};

/// The id of HEAD.
pub const HEAD: &str = "3f2a91c0d4e5f60718293a4b5c6d7e8f90a1b2c3";

/// The present moment of all scenes.
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000)
}

fn ago(seconds: u64) -> SystemTime {
    now() - Duration::from_secs(seconds)
}

/// A path.
pub fn path(text: &str) -> RepoPath {
    RepoPath::new(text)
}

/// A place.
pub fn place(file: &str, line: u32) -> Place {
    let start = Position { line, column: 3, byte: 10 };
    Place { path: path(file), start, end: Position { line, column: 9, byte: 16 } }
}

/// A workbench that knows nothing yet.
pub fn empty(width: u16, height: u16) -> App {
    let settings = AppSettings {
        name: "shop-infra".to_owned(),
        themes: vec!["kilter-dark".to_owned(), "kilter-light".to_owned()],
        ..AppSettings::default()
    };
    App::new(settings, now(), (width, height))
}

/// A workbench of a repo without stacks and changes.
pub fn bare(width: u16, height: u16) -> App {
    let mut app = empty(width, height);
    app.update(Event::Snapshot(Arc::new(RepoSnapshot {
        root: PathBuf::from("/repo"),
        is_git: true,
        branch: Some("main".to_owned()),
        head: Some(HEAD.to_owned()),
        head_summary: "Open the shop".to_owned(),
        ..RepoSnapshot::default()
    })));
    app.update(Event::Stacks(StackList::default()));
    app
}

/// A workbench with everything in it.
pub fn full(width: u16, height: u16) -> App {
    let mut app = empty(width, height);
    for event in events() {
        app.update(event);
    }
    app
}

/// A workbench whose configuration is broken, whose checks are red and whose environment is unwell.
pub fn broken(width: u16, height: u16) -> App {
    let mut app = full(width, height);
    let fault = Diagnostic::error("Invalid expression", "Expected the start of an expression, but found \"=\".")
        .at(place("web/main.tf", 14));
    let held = app.world.plans[&path("web")].clone();
    let mut report = PlanReport { stale: true, diagnostics: vec![fault.clone()], ..(*held).clone() };
    report.provenance.at = ago(240);
    report.provenance.generation = Generation(9);
    app.update(Event::Plan(Arc::new(report)));
    app.update(Event::Lint(Arc::new(LintReport {
        stack: path("web"),
        findings: Vec::new(),
        diagnostics: vec![fault],
        provenance: provenance(9, 3),
    })));
    app.update(Event::Tests(Arc::new(TestReport {
        stack: path("web"),
        suites: vec![TestSuite {
            name: "tests/site.tftest.hcl".to_owned(),
            cases: vec![case(
                "renders",
                TestStatus::Error,
                "Unsupported argument",
                "An argument named \"prot\" is not expected here.",
            )],
            diagnostics: vec![],
            left: vec![],
        }],
        diagnostics: vec![],
        provenance: provenance(9, 7),
    })));
    app.update(Event::Run(Arc::new(run(JobState::Failed))));
    let mut status = environment();
    status.health = Health::Unhealthy;
    status.processes[0].pid = None;
    status.processes[0].last_exit = Some("exit code 1".to_owned());
    status.drift = Some(2);
    app.update(Event::Environment(Arc::new(status)));
    app.update(Event::Verified(VerifyReport {
        environment: "test".to_owned(),
        results: vec![
            verification("check.web_answers", VerifyOutcome::Failed, "http://127.0.0.1:8080/ gave no answer"),
            verification("process web", VerifyOutcome::Failed, "down: exit code 1"),
            verification("goss file site/index.html", VerifyOutcome::Passed, "exists"),
        ],
        at: ago(30),
        took: Duration::from_millis(310),
    }));
    app.update(Event::Fault(kilter::app::event::Fault {
        line: "terraform plan broke in web: exit code 1".to_owned(),
        hint: "L shows what it printed".to_owned(),
        story: vec!["terraform plan -json -out …".to_owned(), "\u{1b}[31mError\u{1b}[0m: no credentials".to_owned()],
    }));
    app
}

fn events() -> Vec<Event> {
    vec![
        Event::Trust(true),
        Event::Snapshot(Arc::new(snapshot())),
        Event::Stacks(stacks()),
        Event::Plan(Arc::new(plan_report("network", Plan::default(), Fidelity::Previewed))),
        Event::Plan(Arc::new(plan_report("web", plan(), Fidelity::Previewed))),
        Event::Lint(Arc::new(lint())),
        Event::Tests(Arc::new(tests())),
        Event::Diff(diff()),
        Event::Environment(Arc::new(environment())),
        Event::Run(Arc::new(run(JobState::Passed))),
    ]
}

fn provenance(generation: u64, millis: u64) -> Provenance {
    Provenance { generation: Generation(generation), at: now(), took: Duration::from_millis(millis), remembered: false }
}

/// The repo.
pub fn snapshot() -> RepoSnapshot {
    let file = |name: &str, staged, unstaged, added, removed| FileChange {
        path: path(name),
        old_path: None,
        staged,
        unstaged,
        added,
        removed,
        binary: false,
    };
    let commit = |id: &str, summary: &str, seconds| CommitSummary {
        id: id.to_owned(),
        summary: summary.to_owned(),
        author: "Ada Example".to_owned(),
        time: ago(seconds),
    };
    RepoSnapshot {
        root: PathBuf::from("/repo"),
        is_git: true,
        branch: Some("main".to_owned()),
        head: Some(HEAD.to_owned()),
        head_summary: "Render the vhosts from one template".to_owned(),
        ahead: 1,
        behind: 0,
        operation: None,
        changes: vec![
            file("web/main.tf", None, Some(FileStatus::Modified), 3, 1),
            file("web/templates/vhost.tftpl", Some(FileStatus::Added), Some(FileStatus::Modified), 12, 0),
            file("README.md", Some(FileStatus::Modified), None, 1, 1),
        ],
        log: vec![
            commit(HEAD, "Render the vhosts from one template", 7_200),
            commit("aa11bb22cc33dd44ee55ff66aa77bb88cc99dd00", "Plan the addresses with cidrsubnet", 90_000),
        ],
    }
}

/// The stacks.
pub fn stacks() -> StackList {
    let stack = |name: &str, kind, reads: &[&str]| Stack {
        path: path(name),
        kind,
        reads: reads.iter().map(|r| path(r)).collect(),
    };
    let tool = |program: &str, version: Option<&str>, unlocks: &str| ToolPresence {
        program: program.into(),
        version: version.map(Into::into),
        path: version.map(|_| PathBuf::from("/usr/bin").join(program)),
        unlocks: unlocks.into(),
        install: format!("apt-get install {program}").into(),
    };
    StackList {
        stacks: vec![
            stack("network", StackKind::Terraform, &[]),
            stack("web", StackKind::Terraform, &["network"]),
            stack("hosts", StackKind::Ansible, &[]),
        ],
        tools: BTreeMap::from([
            (StackKind::Terraform, tool("terraform", Some("1.11.4"), "real plans")),
            (StackKind::Ansible, tool("ansible-playbook", None, "what a play would change (--check)")),
        ]),
    }
}

fn address(text: &str) -> ResourceInstanceAddress {
    ResourceInstanceAddress::parse(text).expect("an address")
}

fn change(text: &str, action: Action, before: Value, after: Value, at: (&str, u32)) -> ResourceChange {
    ResourceChange {
        address: address(text),
        previous_address: None,
        deposed: None,
        provider: "registry.terraform.io/hashicorp/local".into(),
        change: Change { action, before, after, replace_paths: Vec::new(), importing: None },
        reason: None,
        place: Some(place(at.0, at.1)),
        knowledge: Knowledge::Exact,
    }
}

/// A plan with everything a plan can have.
pub fn plan() -> Plan {
    let vhost = |port: &str| {
        let lines: String =
            (1..=14).map(|n| if n == 4 { format!("  listen {port};\n") } else { format!("  line {n};\n") }).collect();
        Value::object([
            ("content", Value::string(lines)),
            ("filename", Value::string("site/blog.conf")),
            ("file_permission", Value::string("0644")),
        ])
    };
    let pet = Value::object([("id", Value::unknown(Type::String)), ("length", Value::int(2))]);
    let secret = |text: &str| {
        Value::object([
            ("length", Value::int(20)),
            ("result", Value::string(text).mark(Marks::SENSITIVE)),
            ("ami", Value::not_asked(Type::String, "data.aws_ami.base")),
        ])
    };
    let mut replaced = change(
        "random_password.admin",
        Action::DeleteThenCreate,
        secret("hunter2"),
        Value::object([
            ("length", Value::int(32)),
            ("result", Value::unknown(Type::String).mark(Marks::SENSITIVE)),
            ("ami", Value::not_asked(Type::String, "data.aws_ami.base")),
        ]),
        ("web/main.tf", 40),
    );
    replaced.change.replace_paths = vec![ValuePath::attribute("length")];
    replaced.reason = Some(ActionReason::ReplaceBecauseCannotUpdate);
    let mut gone = change("local_file.old[0]", Action::Delete, vhost("80"), Value::null(), ("web/main.tf", 50));
    gone.reason = Some(ActionReason::DeleteBecauseNoResourceConfig);
    let mut moved = change("local_file.index", Action::NoOp, vhost("1"), vhost("1"), ("web/main.tf", 60));
    moved.previous_address = Some(address("local_file.home"));
    let same = change("terraform_data.same", Action::NoOp, vhost("1"), vhost("1"), ("web/main.tf", 70));
    let module = "module.site[\"blog\"]";
    Plan {
        terraform_version: "1.11.4".into(),
        changes: [
            gone,
            moved,
            replaced,
            same,
            change(
                &format!("{module}.local_file.vhost"),
                Action::Update,
                vhost("8080"),
                vhost("8443"),
                ("modules/site/main.tf", 31),
            ),
            change(
                &format!("{module}.random_pet.name"),
                Action::Create,
                Value::null(),
                pet,
                ("modules/site/main.tf", 12),
            ),
        ]
        .map(Arc::new)
        .into(),
        outputs: BTreeMap::from([(
            "url".into(),
            OutputChange {
                action: Action::Update,
                before: Value::string("http://localhost:8080"),
                after: Value::string("http://localhost:8443"),
                sensitive: false,
            },
        )]),
        undecided: vec![Undecided {
            module: kilter::model::address::ModuleAddress::root(),
            block: "aws_subnet.zone".into(),
            decided_by: "data.aws_availability_zones.here".into(),
            unlock: "terraform init".into(),
            place: Some(place("web/main.tf", 80)),
        }],
        applyable: true,
        complete: true,
        ..Plan::default()
    }
}

/// A report of a plan.
pub fn plan_report(stack: &str, plan: Plan, fidelity: Fidelity) -> PlanReport {
    PlanReport {
        stack: path(stack),
        fidelity,
        prior: Prior::State,
        priors: vec![Prior::Environment("test".to_owned()), Prior::State, Prior::Revision("HEAD".to_owned())],
        plan: Arc::new(plan),
        stale: false,
        diagnostics: Vec::new(),
        provenance: provenance(3, 4),
        disagreements: Vec::new(),
        rates: Vec::new(),
        raw: Vec::new(),
    }
}

static UNUSED: Rule = Rule {
    id: "terraform_unused_declarations",
    title: "Declared and not used",
    level: Level::Warning,
    explanation: "What nothing reads is a promise nobody keeps.\nDelete it, or use it.",
    bad: "variable \"port\" {\n  type = number\n}",
    good: "variable \"port\" {\n  type = number\n}\n\nlocals {\n  url = \"http://localhost:${var.port}\"\n}",
    source: "tflint",
};

fn lint() -> LintReport {
    let finding = |level, message: &str, line, suppressed: Option<&str>| Finding {
        rule: &UNUSED,
        level,
        message: message.to_owned(),
        place: place("web/main.tf", line),
        fingerprint: message.into(),
        suppressed: suppressed.map(Into::into),
    };
    LintReport {
        stack: path("web"),
        findings: vec![
            finding(Level::Error, "variable \"prot\" is not declared", 14, None),
            finding(Level::Warning, "variable \"colour\" is declared but not used", 22, None),
            finding(Level::Note, "local \"old\" is not used", 30, Some("tflint-ignore: terraform_unused_declarations")),
        ],
        diagnostics: Vec::new(),
        provenance: provenance(3, 6),
    }
}

fn case(name: &str, status: TestStatus, summary: &str, detail: &str) -> TestCase {
    let diagnostics = if summary.is_empty() {
        vec![]
    } else {
        vec![Diagnostic::error(summary, detail).at(place("web/tests/site.tftest.hcl", 9))]
    };
    TestCase {
        name: name.to_owned(),
        status,
        took: Duration::from_millis(2),
        diagnostics,
        place: Some(place("web/tests/site.tftest.hcl", 7)),
    }
}

fn tests() -> TestReport {
    TestReport {
        stack: path("web"),
        suites: vec![TestSuite {
            name: "tests/site.tftest.hcl".to_owned(),
            cases: vec![
                case("renders every site", TestStatus::Passed, "", ""),
                case(
                    "vhost listens on the port",
                    TestStatus::Failed,
                    "Test assertion failed",
                    "the vhost must listen on 8080\nit listens on 8443",
                ),
                case("refuses port 80", TestStatus::Passed, "", ""),
                case("not reached", TestStatus::Skipped, "", ""),
            ],
            diagnostics: vec![],
            left: vec![],
        }],
        diagnostics: vec![],
        provenance: provenance(3, 12),
    }
}

/// The diff of `web/main.tf`.
/// What the tests of `web` notice: one change is killed, one survives; one output is under no assertion.
pub fn survey() -> (MutationReport, CoverageReport) {
    let mutant = |line: u32, kind, block: &str, before: &str, after: &str, fate| Mutant {
        kind,
        place: place("web/main.tf", line),
        block: block.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
        fate,
        ran: vec!["tests/site.tftest.hcl".to_owned()],
    };
    let killed = MutantFate::Killed("tests/site.tftest.hcl/renders every site".to_owned());
    let mutations = MutationReport {
        stack: path("web"),
        mutants: vec![
            mutant(9, MutantKind::Count, "local_file.vhost", "  count = 1", "  count = 0", killed),
            mutant(
                31,
                MutantKind::Literal,
                "local_file.vhost",
                "  file_permission = \"0644\"",
                "  file_permission = \"0644-kilter\"",
                MutantFate::Survived,
            ),
        ],
        found: 3,
        unsound: 1,
        stopped: None,
        diagnostics: vec![],
        provenance: provenance(9, 40),
    };
    let thing = |name: &str, covered: bool| Covered {
        kind: CoveredKind::Output,
        module: path("web"),
        name: name.to_owned(),
        place: place("web/outputs.tf", 3),
        covered,
    };
    let things = vec![thing("output.urls", true), thing("output.pet", false)];
    (mutations, CoverageReport { stack: path("web"), things, diagnostics: vec![] })
}

pub fn diff() -> DiffReport {
    let line = |kind, text: &str, old, new, emphasis: &[(u32, u32)]| DiffLine {
        kind,
        text: text.to_owned(),
        old_number: old,
        new_number: new,
        emphasis: emphasis.to_vec(),
        no_newline: false,
    };
    use LineKind::{Added, Context, Removed};
    let first = Hunk {
        old_start: 1,
        old_lines: 4,
        new_start: 1,
        new_lines: 5,
        heading: "module \"site\"".to_owned(),
        lines: vec![
            line(Context, "module \"site\" {", Some(1), Some(1), &[]),
            line(Removed, "  port   = 8080", Some(2), None, &[(11, 15)]),
            line(Added, "  port   = 8443 # behind the proxy", None, Some(2), &[(11, 15)]),
            line(Added, "  colour = \"red\"", None, Some(3), &[]),
            line(Context, "}", Some(3), Some(4), &[]),
        ],
    };
    let second = Hunk {
        old_start: 38,
        old_lines: 3,
        new_start: 39,
        new_lines: 3,
        heading: "resource \"random_password\" \"admin\"".to_owned(),
        lines: vec![
            line(Context, "resource \"random_password\" \"admin\" {", Some(39), Some(40), &[]),
            line(Removed, "  length = 20", Some(40), None, &[]),
            line(Added, "  length = 32", None, Some(41), &[]),
            line(Context, "}", Some(41), Some(42), &[]),
        ],
    };
    let block = |kind: &str, labels: &[&str], first, last| BlockLines {
        kind: kind.to_owned(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        first,
        last,
    };
    DiffReport {
        diff: Arc::new(FileDiff {
            path: path("web/main.tf"),
            side: DiffSide::Unstaged,
            hunks: vec![first, second],
            binary: false,
            note: None,
        }),
        blocks: vec![block("module", &["site"], 1, 4), block("resource", &["random_password", "admin"], 40, 42)],
    }
}

/// The environment, healthy.
pub fn environment() -> EnvironmentStatus {
    EnvironmentStatus {
        name: "test".to_owned(),
        health: Health::Healthy,
        commit: Some("aa11bb22cc33dd44ee55ff66aa77bb88cc99dd00".to_owned()),
        behind: Some(1),
        applied: Some(ago(7_200)),
        verified: Some(ago(7_100)),
        drift: Some(0),
        stacks: vec![
            EnvironmentStack { stack: path("network"), objects: 3 },
            EnvironmentStack { stack: path("web"), objects: 11 },
        ],
        processes: vec![ProcessStatus {
            name: "web".to_owned(),
            command: "kilter serve site --port 8080".to_owned(),
            pid: Some(4242),
            since: Some(ago(7_100)),
            restarts: 0,
            last_exit: None,
        }],
        lock: None,
        notice: None,
    }
}

fn verification(subject: &str, outcome: VerifyOutcome, message: &str) -> Verification {
    Verification { subject: subject.to_owned(), outcome, message: message.to_owned(), took: Duration::from_millis(12) }
}

/// A run of HEAD's checks whose lint job is in a state.
pub fn run(lint: JobState) -> Run {
    let job = |step, stack: Option<&str>, state, summary: &str, log: &[&str], cached| Job {
        step,
        stack: stack.map(path),
        state,
        took: Duration::from_millis(48),
        summary: summary.to_owned(),
        log: log.iter().map(|line| (*line).to_owned()).collect(),
        cached,
        after: Vec::new(),
    };
    Run {
        commit: Some(HEAD.to_owned()),
        started: ago(120),
        took: Duration::from_millis(640),
        jobs: vec![
            job(StepKind::Checkout, None, JobState::Passed, "38 files", &[], false),
            job(StepKind::Format, None, JobState::Passed, "all formatted", &[], true),
            job(
                StepKind::Lint,
                Some("web"),
                lint,
                "1 error",
                &["web/main.tf:14 error variable \"prot\" is not declared"],
                false,
            ),
            job(StepKind::Plan, Some("web"), JobState::Passed, "+2 ~1 -2", &[], false),
            job(
                StepKind::Test,
                Some("web"),
                if lint == JobState::Running { JobState::Waiting } else { JobState::Passed },
                "",
                &[],
                false,
            ),
        ],
    }
}

/// What applying HEAD would do.
pub fn offer(refused: bool) -> ApplyOffer {
    ApplyOffer {
        id: OfferId(7),
        environment: "test".to_owned(),
        commit: HEAD.to_owned(),
        plans: vec![
            Arc::new(plan_report("network", Plan::default(), Fidelity::Refreshed)),
            Arc::new(plan_report("web", plan(), Fidelity::Refreshed)),
        ],
        refusals: if refused {
            vec![Refusal {
                reason: "test is locked by ada@desk (pid 77) since 2 min ago".to_owned(),
                hint: "wait for it, or `kilter destroy --env test` when it is gone".to_owned(),
            }]
        } else {
            vec![]
        },
    }
}

/// One object of an apply.
pub fn progress(subject: &str, phase: ApplyPhase, message: &str) -> ApplyProgress {
    ApplyProgress {
        operation: Operation::Apply,
        environment: "test".to_owned(),
        stack: Some(path("web")),
        subject: subject.to_owned(),
        action: Some(Action::Create),
        phase,
        took: Duration::from_millis(1_200),
        message: message.to_owned(),
    }
}

/// Plays a key script and gathers what the app asks of the world.
pub fn play(app: &mut App, script: &str) -> Vec<Effect> {
    parse_keys(script).expect("a key script").into_iter().flat_map(|key| app.update(Event::Key(key))).collect()
}
