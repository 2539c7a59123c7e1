//! Round trips, and broken files.

use std::sync::Arc;

use proptest::prelude::*;

use super::reading::{judge, slowly};
use super::{StateFault, quick, read, write};
use crate::model::address::{InstanceKey, ResourceInstanceAddress};
use crate::model::state::{InstanceState, OutputState, StateSnapshot};
use crate::model::value::{PathStep, Value, ValuePath};

fn fault(text: &str) -> String {
    read(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_used_is_refused_with_what_to_do() {
    assert_eq!(read(b" \n").unwrap_err(), StateFault::Empty);
    assert!(fault("{\"version\": 4, \"serial\": 1,").contains("ends in the middle"));
    assert!(fault("hello").contains("not valid JSON"));
    assert!(fault(r#"{"version":5,"terraform_version":"3.0.0","resources":{"x":1}}"#).contains("terraform 3.0.0"));
    assert!(fault(r#"{"version":3,"modules":[]}"#).contains("terraform 0.12"));
    assert!(fault("{}").contains("no `version`"));
    assert!(
        fault(r#"{"version":4,"resources":[{"mode":"odd","type":"a","name":"b","provider":"p"}]}"#).contains("odd")
    );
    let instances = |text: &str| {
        fault(&format!(
            r#"{{"version":4,"resources":[{{"mode":"managed","type":"a","name":"b","provider":"p","instances":[{text}]}}]}}"#
        ))
    };
    assert!(instances(r#"{"index_key":"k"},{"index_key":"k"}"#).contains(r#"a.b["k"] appears multiple times"#));
    let deposed = r#"{"deposed":"aaaaaaaa"}"#;
    assert!(instances(&format!("{deposed},{{}},{deposed}")).contains(r#"a.b deposed object "aaaaaaaa" appears"#));
    assert!(instances(r#"{"status":"weird"}"#).contains("weird"));
    assert!(fault(r#"{"version":4,"outputs":{"o":{"value":1,"type":"strng"}}}"#).contains("output `o`"));
}

/// Pieces that were met before do not make a value deeper than any may be.
#[test]
fn depth_is_counted_through_what_repeats() {
    let deeper = |inner: &str| format!("{}{inner}{}", "[".repeat(60), "]".repeat(60));
    let first = deeper("\"a text that is long enough to be kept\"");
    let second = deeper(&first);
    let file = |values: &[&str]| {
        let values = values.join(",");
        format!(
            r#"{{"version":4,"resources":[{{"mode":"managed","type":"a","name":"b","provider":"p","instances":[{{"attributes":{{"x":[{values}]}}}}]}}]}}"#
        )
    };
    assert!(quick::read(file(&[&first, &first]).as_bytes()).is_some());
    assert!(quick::read(file(&[&second]).as_bytes()).is_none());
    assert!(quick::read(file(&[&first, &second]).as_bytes()).is_none(), "the first is a part of the second");
    assert!(quick::read(file(&[&first, &format!("[[{first}]]")]).as_bytes()).is_some());
    let mut values = vec![first];
    for _ in 0..60 {
        values.push(deeper(values.last().unwrap()));
    }
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    assert!(matches!(read(file(&values).as_bytes()), Err(StateFault::NotJson { .. })));
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::null()),
        any::<bool>().prop_map(Value::bool),
        any::<i64>().prop_map(|n| Value::number(n.to_string().parse().unwrap())),
        "-?[1-9][0-9]{0,40}\\.[0-9]{0,5}[1-9]".prop_map(|text| Value::number(text.parse().unwrap())),
        "[ -~äß<>&\u{2028}]{0,8}".prop_map(Value::string),
    ]
}

fn plain() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::tuple),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..4).prop_map(Value::object),
        ]
    })
}

fn key() -> impl Strategy<Value = Option<InstanceKey>> {
    prop_oneof![
        Just(None),
        (0..50i64).prop_map(|n| Some(InstanceKey::Int(n))),
        "[a-z\"${ ]{0,5}".prop_map(|k| Some(InstanceKey::String(k.into()))),
    ]
}

fn instance_strategy() -> impl Strategy<Value = InstanceState> {
    let paths = prop::collection::vec(
        prop::collection::vec(
            prop_oneof![
                "[a-z]{1,3}".prop_map(|n| PathStep::Attribute(n.into())),
                "[a-z]{0,3}".prop_map(|n| PathStep::Key(n.into())),
                (0..9i64).prop_map(PathStep::Index),
            ],
            1..3,
        )
        .prop_map(ValuePath),
        0..2,
    );
    (key(), any::<bool>(), any::<bool>(), prop::collection::btree_map("[a-z]{1,4}", plain(), 0..4), paths).prop_map(
        |(key, tainted, flag, attributes, sensitive_paths)| InstanceState {
            key,
            deposed: flag.then(|| "deadbeef".into()),
            tainted,
            schema_version: u64::from(flag),
            attributes: Value::object(attributes),
            sensitive_paths,
            private: flag.then(|| "eyJ4IjoxfQ==".into()),
            dependencies: Arc::new([ResourceInstanceAddress::parse("module.m.data.http.x").unwrap().resource]),
            create_before_destroy: flag,
        },
    )
}

proptest! {
    #[test]
    fn a_state_survives_its_own_file(
        outputs in prop::collection::btree_map("[a-z]{1,4}", (plain(), any::<bool>()), 0..3),
        names in prop::collection::btree_set("[a-z]{1,4}", 0..3),
        instances in prop::collection::vec(instance_strategy(), 1..3),
        serial in any::<u64>(),
    ) {
        let mut state = StateSnapshot { serial, lineage: "l".into(), terraform_version: "1.11.4".into(), ..Default::default() };
        for (name, (value, sensitive)) in outputs {
            state.outputs.insert(name.into(), OutputState { value, sensitive });
        }
        for name in names {
            let address = ResourceInstanceAddress::parse(&format!("module.a[\"k\"].x_y.{name}")).unwrap().resource;
            for instance in &instances {
                state.put(&address, &"provider[\"terraform.io/builtin/terraform\"]".into(), instance.clone());
            }
        }
        let bytes = write(&state).unwrap();
        prop_assert!(quick::read(&bytes).is_some(), "what we write is read quickly");
        prop_assert_eq!(judge(slowly(&bytes).unwrap()).unwrap(), state.clone());
        prop_assert_eq!(read(&bytes).unwrap(), state);
    }

    #[test]
    fn a_broken_state_is_judged_as_the_slow_reader_judges_it(
        instances in prop::collection::vec(instance_strategy(), 1..3),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let mut state = StateSnapshot { serial: 1, lineage: "l".into(), ..Default::default() };
        let address = ResourceInstanceAddress::parse("module.a[\"k\"].x_y.z").unwrap().resource;
        for instance in instances {
            state.put(&address, &"provider[\"terraform.io/builtin/terraform\"]".into(), instance);
        }
        let mut bytes = write(&state).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let slow = slowly(&bytes).and_then(judge);
        match quick::read(&bytes) {
            Some(file) => prop_assert_eq!(judge(file), slow),
            None => prop_assert_eq!(read(&bytes), if bytes.iter().all(u8::is_ascii_whitespace) { Err(StateFault::Empty) } else { slow }),
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = read(&bytes);
    }
}
