//! Plans of generated stacks of N `terraform_data` with a matching state: one `for_each`, chains of a hundred in a file
//! each, and N/10 calls of a module with 10. Cold (nothing parsed, nothing remembered; files and state are read from the disk), and after edits of
//! one line that touch ten instances or a tenth of them. Also the discovery of stacks.
//!
//! `docs/performance.md` holds the figures and says how to repeat them.

#![allow(clippy::disallowed_methods, reason = "a bench lays its own files out")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{ApplyOptions, Engine, PlanOptions, Source, Surroundings, Unwatched, provider};
use kilter::format::state_json;
use kilter::model::place::RepoPath;
use kilter::sys::files::{FakeFiles, RealFiles};

fn main() {
    divan::main();
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Modules,
    ForEach,
    Chain,
}

/// Links of one chain. A state names for each object everything that it hangs on, so the state of a single chain of
/// 10,000 has fifty million names: more than a gigabyte, for terraform as for Kilter.
const LINKS: usize = 100;

/// Which line was edited last.
#[derive(Clone, Copy, Debug)]
enum Line {
    /// None.
    Untouched,
    /// The one that ten instances depend on; its number.
    Ten(usize),
    /// The one that a tenth of them depends on; its number.
    Tenth(usize),
}

const MODULE: &str = "variable \"name\" { type = string }\nlocals { prefix = \"x-${var.name}\" }\nresource \"terraform_data\" \"r\" {\n  count = 10\n  input = { name = \"${local.prefix}-${count.index}\", index = count.index }\n}\noutput \"ids\" { value = terraform_data.r[*].id }\n";

fn text(form: Form, count: usize, line: Line) -> String {
    let (ten, tenth) = match line {
        Line::Untouched => (0, 0),
        Line::Ten(at) => (at, 0),
        Line::Tenth(at) => (0, at),
    };
    let mut main = String::new();
    match form {
        Form::Modules => {
            let _ = writeln!(main, "locals {{\n  ten = \"t{ten}\"\n  tenth = \"u{tenth}\"\n}}");
            for call in 0..count / 10 {
                let name = match call {
                    0 => "local.ten".to_owned(),
                    _ if call <= count / 100 => format!("\"n{call}-${{local.tenth}}\""),
                    _ => format!("\"n{call}\""),
                };
                let _ = writeln!(main, "module \"m{call}\" {{\n  source = \"./m\"\n  name   = {name}\n}}");
            }
        }
        Form::ForEach => {
            let rest = count - 10 - count / 10;
            let _ = writeln!(
                main,
                "locals {{\n  ten = \"t{ten}\"\n  tenth = \"u{tenth}\"\n  digits = range(100)\n  rest = [for p in setproduct(range({}), local.digits) : \"k${{p[0]}}-${{p[1]}}\"]\n  all = merge(\n    {{ for key in slice(local.rest, 0, {rest}) : key => \"same\" }},\n    {{ for i in range(10) : \"ten${{i}}\" => local.ten }},\n    {{ for p in setproduct(range({}), range(100)) : \"tenth${{p[0]}}-${{p[1]}}\" => local.tenth }},\n  )\n}}",
                count / 100,
                count / 1000,
            );
            main.push_str("resource \"terraform_data\" \"r\" {\n  for_each = local.all\n  input = { name = each.key, text = each.value }\n}\n");
        }
        Form::Chain => {
            let _ = writeln!(main, "locals {{\n  ten = \"t{ten}\"\n  tenth = \"u{tenth}\"\n}}");
        }
    }
    main
}

/// One of the chains, a file of its own.
fn chain(count: usize, first: usize) -> String {
    let mut text = String::new();
    for at in first..first + LINKS {
        let input = match at {
            90 => "\"${terraform_data.r89.id}-${local.ten}\"".to_owned(),
            _ if at >= LINKS && at % LINKS == 0 && at <= count / 10 => "local.tenth".to_owned(),
            _ if at % LINKS == 0 => "\"first\"".to_owned(),
            _ => format!("terraform_data.r{}.output", at - 1),
        };
        let _ = writeln!(text, "resource \"terraform_data\" \"r{at}\" {{\n  input = {input}\n}}");
    }
    text
}

/// A stack on the disk with its state beside it.
struct Stack {
    directory: tempfile::TempDir,
    form: Form,
    count: usize,
}

impl Stack {
    fn new(form: Form, count: usize) -> Stack {
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir(directory.path().join("m")).expect("a directory");
        std::fs::write(directory.path().join("m/main.tf"), MODULE).expect("a file");
        for first in (0..count).step_by(LINKS).filter(|_| form == Form::Chain) {
            std::fs::write(directory.path().join(format!("c{first}.tf")), chain(count, first)).expect("a file");
        }
        let stack = Stack { directory, form, count };
        stack.edit(Line::Untouched);
        let engine = engine();
        let planned = engine.plan(&stack.source(), &PlanOptions::default(), &around());
        assert_eq!(planned.plan.changes.len(), count, "{:?}", planned.diagnostics);
        let done = engine.apply(&stack.source(), &planned, &ApplyOptions::default(), &around(), &Unwatched);
        let bytes = state_json::write(&done.state).expect("our own state");
        std::fs::write(stack.state_path(), bytes).expect("a state");
        stack
    }

    fn state_path(&self) -> PathBuf {
        self.directory.path().join("terraform.tfstate")
    }

    fn source(&self) -> Source {
        Source::new(Arc::new(RealFiles), self.directory.path(), RepoPath::root())
    }

    fn edit(&self, line: Line) {
        std::fs::write(self.directory.path().join("main.tf"), text(self.form, self.count, line)).expect("a file");
    }

    fn options(&self) -> PlanOptions {
        let bytes = std::fs::read(self.state_path()).expect("a state");
        let state = state_json::read(&bytes).expect("our own state");
        PlanOptions { state: Some(Arc::new(state)), ..PlanOptions::default() }
    }

    fn plan(&self, engine: &Engine, options: &PlanOptions, touched: usize) {
        let planned = engine.plan(&self.source(), options, &around());
        let acts = planned.plan.changes.iter().filter(|row| row.change.action != kilter::model::action::Action::NoOp);
        assert_eq!((planned.plan.changes.len(), acts.count()), (self.count, touched), "{:?}", planned.diagnostics);
    }
}

fn around() -> Surroundings {
    let mut around = Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    around.files = Some(Arc::new(FakeFiles::default()));
    around
}

fn engine() -> Engine {
    Engine::new(provider::builtin())
}

const SIZES: [usize; 3] = [1_000, 5_000, 10_000];

fn cold(bencher: divan::Bencher<'_, '_>, form: Form, count: usize) {
    let stack = Stack::new(form, count);
    bencher.bench_local(|| stack.plan(&engine(), &stack.options(), 0));
}

#[divan::bench(args = [1_000, 5_000, 10_000, 50_000], sample_count = 10)]
fn cold_modules(bencher: divan::Bencher<'_, '_>, count: usize) {
    cold(bencher, Form::Modules, count);
}

#[divan::bench(args = [1_000, 5_000, 10_000, 50_000], sample_count = 10)]
fn cold_for_each(bencher: divan::Bencher<'_, '_>, count: usize) {
    cold(bencher, Form::ForEach, count);
}

#[divan::bench(args = [1_000, 5_000, 10_000, 50_000], sample_count = 10)]
fn cold_chain(bencher: divan::Bencher<'_, '_>, count: usize) {
    cold(bencher, Form::Chain, count);
}

/// Each iteration is another edit of the same line, from the bytes on the disk to the plan.
fn edited(bencher: divan::Bencher<'_, '_>, form: Form, count: usize, line: fn(usize) -> Line) {
    let stack = Stack::new(form, count);
    let engine = engine();
    let options = stack.options();
    stack.plan(&engine, &options, 0);
    let touched = match line(1) {
        Line::Untouched => 0,
        Line::Ten(_) => 10,
        Line::Tenth(_) => count / 10,
    };
    let mut at = 0;
    bencher
        .with_inputs(|| {
            at += 1;
            stack.edit(line(at));
        })
        .bench_local_values(|()| stack.plan(&engine, &options, touched));
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn edit_of_ten_modules(bencher: divan::Bencher<'_, '_>, count: usize) {
    edited(bencher, Form::Modules, count, Line::Ten);
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn edit_of_ten_for_each(bencher: divan::Bencher<'_, '_>, count: usize) {
    edited(bencher, Form::ForEach, count, Line::Ten);
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn edit_of_ten_chain(bencher: divan::Bencher<'_, '_>, count: usize) {
    edited(bencher, Form::Chain, count, Line::Ten);
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn edit_of_a_tenth_modules(bencher: divan::Bencher<'_, '_>, count: usize) {
    edited(bencher, Form::Modules, count, Line::Tenth);
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn edit_of_a_tenth_for_each(bencher: divan::Bencher<'_, '_>, count: usize) {
    edited(bencher, Form::ForEach, count, Line::Tenth);
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn edit_of_a_tenth_chain(bencher: divan::Bencher<'_, '_>, count: usize) {
    edited(bencher, Form::Chain, count, Line::Tenth);
}

/// The other comparison: with the configuration before the edit, without a state.
#[divan::bench(args = SIZES, sample_count = 20)]
fn compare_after_an_edit_modules(bencher: divan::Bencher<'_, '_>, count: usize) {
    let stack = Stack::new(Form::Modules, count);
    let before: Vec<(String, String)> = vec![
        (stack.directory.path().join("main.tf").display().to_string(), text(Form::Modules, count, Line::Untouched)),
        (stack.directory.path().join("m/main.tf").display().to_string(), MODULE.to_owned()),
    ];
    let head = Source::new(Arc::new(FakeFiles::with(before)), stack.directory.path(), RepoPath::root());
    let engine = engine();
    let options = PlanOptions::default();
    let mut at = 0;
    bencher
        .with_inputs(|| {
            at += 1;
            stack.edit(Line::Ten(at));
        })
        .bench_local_values(|()| {
            let compared = engine.compare(&head, &stack.source(), &options, &around());
            assert_eq!(compared.plan.changes.len(), count);
        });
}

#[divan::bench(args = [300], sample_count = 10)]
fn discover_stacks(bencher: divan::Bencher<'_, '_>, count: usize) {
    let files = FakeFiles::with((0..count).flat_map(|at| {
        [
            (format!("/r/s{at}/main.tf"), format!("module \"m\" {{\n  source = \"../m{}\"\n}}\n", at % 7)),
            (format!("/r/m{}/main.tf", at % 7), "variable \"x\" { default = 1 }\n".to_owned()),
        ]
    }));
    bencher.bench_local(|| {
        let discovery =
            kilter::engine::stacks::Discovery { files: &files, root: Path::new("/r"), ignored: &|_, _| false };
        assert_eq!(kilter::engine::stacks::discover(&discovery).len(), count);
    });
}
