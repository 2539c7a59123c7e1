//! Growth: twice the instances take about twice the time. What is measured exactly stands in `benches/engine.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use kilter::engine::{PlanOptions, Source, Surroundings};
use kilter::model::place::RepoPath;
use kilter::sys::files::FakeFiles;

use crate::engine_plan::engine;

fn stack(calls: usize) -> Source {
    let call = |at| format!("module \"m{at}\" {{\n  source = \"./m\"\n  name = \"n{at}\"\n}}\n");
    let main: String = (0..calls).map(call).collect();
    let module = "variable \"name\" { type = string }\nlocals { prefix = \"x-${var.name}\" }\nresource \"terraform_data\" \"r\" {\n  count = 10\n  input = { name = \"${local.prefix}-${count.index}\", index = count.index }\n}\noutput \"ids\" { value = terraform_data.r[*].id }\n";
    let files = FakeFiles::with([("/s/main.tf", main), ("/s/m/main.tf", module.to_owned())]);
    Source::new(Arc::new(files), "/s", RepoPath::root())
}

fn plan(calls: usize) -> Duration {
    let source = stack(calls);
    let around = Surroundings::none(UNIX_EPOCH);
    let began = Instant::now();
    let planned = engine().plan(&source, &PlanOptions::default(), &around);
    let took = began.elapsed();
    assert_eq!(planned.plan.changes.len(), calls * 10);
    took
}

#[test]
fn plans_grow_with_their_instances_and_not_faster() {
    let small = (0..3).map(|_| plan(100)).min().unwrap();
    let large = (0..3).map(|_| plan(400)).min().unwrap();
    eprintln!("1,000 instances {small:?}, 4,000 instances {large:?}");
    // Four times as many; a quadratic step would make it sixteen. The machine may be busy.
    assert!(large < small * 10, "1,000 instances took {small:?}, 4,000 took {large:?}");
}
