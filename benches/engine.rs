//! Plans of generated stacks: N `terraform_data` in one `for_each`, in a chain, and as N/10 calls of a module with 10,
//! cold (nothing parsed yet) and warm (files parsed before), against no state and against a matching one.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use kilter::engine::{ApplyEvent, ApplyOptions, ApplySink, Engine, PlanOptions, Source, Surroundings, provider};
use kilter::model::place::RepoPath;
use kilter::model::state::StateSnapshot;
use kilter::sys::files::FakeFiles;

fn main() {
    divan::main();
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Modules,
    ForEach,
    Chain,
}

fn stack(form: Form, count: usize) -> Source {
    let mut main = String::new();
    let mut files = vec![];
    match form {
        Form::Modules => {
            for call in 0..count / 10 {
                let _ = writeln!(main, "module \"m{call}\" {{\n  source = \"./m\"\n  name   = \"n{call}\"\n}}");
            }
            let module = "variable \"name\" { type = string }\nlocals { prefix = \"x-${var.name}\" }\nresource \"terraform_data\" \"r\" {\n  count = 10\n  input = { name = \"${local.prefix}-${count.index}\", index = count.index }\n}\noutput \"ids\" { value = terraform_data.r[*].id }\n";
            files.push(("/s/m/main.tf".to_owned(), module.to_owned()));
        }
        Form::ForEach => {
            let _ = writeln!(
                main,
                "resource \"terraform_data\" \"r\" {{\n  for_each = {{ for i in range({count}) : \"k${{i}}\" => i }}\n  input = {{ name = each.key, index = each.value }}\n}}"
            );
        }
        Form::Chain => {
            main.push_str("resource \"terraform_data\" \"r0\" { input = \"first\" }\n");
            for at in 1..count {
                let _ = writeln!(
                    main,
                    "resource \"terraform_data\" \"r{at}\" {{\n  input = terraform_data.r{}.output\n}}",
                    at - 1
                );
            }
        }
    }
    files.push(("/s/main.tf".to_owned(), main));
    Source::new(Arc::new(FakeFiles::with(files)), "/s", RepoPath::root())
}

fn around() -> Surroundings {
    let mut around = Surroundings::none(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    around.files = Some(Arc::new(FakeFiles::default()));
    around
}

struct Quiet;

impl ApplySink for Quiet {
    fn event(&self, _: ApplyEvent) {}
    fn persist(&self, _: &Arc<StateSnapshot>) -> std::io::Result<()> {
        Ok(())
    }
    fn cancelled(&self) -> bool {
        false
    }
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

fn engine() -> Engine {
    Engine::new(provider::builtin())
}

fn applied(source: &Source) -> PlanOptions {
    let engine = engine();
    let planned = engine.plan(source, &PlanOptions::default(), &around());
    let done = engine.apply(source, &planned, &ApplyOptions::default(), &around(), &Quiet);
    PlanOptions { state: Some(done.state), ..PlanOptions::default() }
}

#[divan::bench(args = [1000, 5000], sample_count = 10)]
fn modules_cold_against_state(bencher: divan::Bencher<'_, '_>, count: usize) {
    let source = stack(Form::Modules, count);
    let options = applied(&source);
    bencher.bench_local(|| {
        let planned = engine().plan(&source, &options, &around());
        assert_eq!(planned.plan.changes.len(), count);
        planned
    });
}

#[divan::bench(args = [1000, 5000], sample_count = 10)]
fn modules_cold_without_state(bencher: divan::Bencher<'_, '_>, count: usize) {
    let source = stack(Form::Modules, count);
    bencher.bench_local(|| engine().plan(&source, &PlanOptions::default(), &around()));
}

#[divan::bench(args = [1000, 5000], sample_count = 10)]
fn modules_warm_against_state(bencher: divan::Bencher<'_, '_>, count: usize) {
    let source = stack(Form::Modules, count);
    let options = applied(&source);
    let engine = engine();
    bencher.bench_local(|| engine.plan(&source, &options, &around()));
}

#[divan::bench(args = [1000], sample_count = 10)]
fn for_each_cold_against_state(bencher: divan::Bencher<'_, '_>, count: usize) {
    let source = stack(Form::ForEach, count);
    let options = applied(&source);
    bencher.bench_local(|| engine().plan(&source, &options, &around()));
}

#[divan::bench(args = [1000, 5000], sample_count = 10)]
fn chain_cold_without_state(bencher: divan::Bencher<'_, '_>, count: usize) {
    let source = stack(Form::Chain, count);
    bencher.bench_local(|| engine().plan(&source, &PlanOptions::default(), &around()));
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
        let discovery = kilter::engine::stacks::Discovery {
            files: &files,
            root: std::path::Path::new("/r"),
            ignored: &|_, _| false,
        };
        assert_eq!(kilter::engine::stacks::discover(&discovery).len(), count);
    });
}
