//! State files of 10,000 objects: read, read again with the same content, written.

use std::collections::BTreeMap;
use std::sync::Arc;

use kilter::format::state_json;
use kilter::model::address::{InstanceKey, ResourceInstanceAddress};
use kilter::model::state::{InstanceState, StateSnapshot};
use kilter::model::value::{Str, Value};

fn main() {
    divan::main();
}

/// Objects as `terraform_data` leaves them: as many in one `for_each` as in modules of ten.
fn state(count: usize) -> StateSnapshot {
    let mut state =
        StateSnapshot { serial: 7, lineage: "l".into(), terraform_version: "1.11.4".into(), ..Default::default() };
    let mut resources: BTreeMap<_, Vec<Arc<InstanceState>>> = BTreeMap::new();
    for at in 0..count {
        let address = if at % 2 == 0 {
            "terraform_data.r".to_owned()
        } else {
            format!("module.m[\"m{}\"].terraform_data.r", at / 20)
        };
        let address = ResourceInstanceAddress::parse(&address).expect("an address").resource;
        let typed = |value: Value, ty: Value| Value::object([("value", value), ("type", ty)]);
        let input = typed(
            Value::object([("name", Value::string(format!("x-{at}"))), ("index", Value::int(at as i64))]),
            Value::tuple([
                Value::string("object"),
                Value::object([("name", Value::string("string")), ("index", Value::string("number"))]),
            ]),
        );
        let attributes = Value::object([
            ("id", Value::string(format!("5fb23858-b2d5-a3b2-1148-{at:012x}"))),
            ("output", input.clone()),
            ("input", input),
            ("triggers_replace", Value::null()),
        ]);
        let dependencies = ["terraform_data.a", "module.base.terraform_data.b", "data.terraform_remote_state.c"];
        resources.entry(address).or_default().push(Arc::new(InstanceState {
            key: Some(InstanceKey::String(Str::from(format!("k{at:05}")))),
            deposed: None,
            tainted: false,
            schema_version: 0,
            attributes,
            sensitive_paths: Vec::new(),
            private: None,
            dependencies: dependencies.map(|text| ResourceInstanceAddress::parse(text).expect("one").resource).into(),
            create_before_destroy: false,
        }));
    }
    let provider = Str::from("provider[\"terraform.io/builtin/terraform\"]");
    state.resources = resources
        .into_iter()
        .map(|(address, instances)| kilter::model::state::ResourceState {
            address,
            provider: provider.clone(),
            instances,
        })
        .collect();
    state
}

#[divan::bench(args = [1_000, 10_000])]
fn read(bencher: divan::Bencher<'_, '_>, count: usize) {
    let bytes = state_json::write(&state(count)).expect("a state");
    bencher.counter(divan::counter::BytesCount::new(bytes.len())).bench(|| state_json::read(&bytes).expect("a state"));
}

#[divan::bench(args = [1_000, 10_000])]
fn write(bencher: divan::Bencher<'_, '_>, count: usize) {
    let state = state(count);
    bencher.bench(|| state_json::write(&state).expect("a state"));
}
