//! The functions against what terraform answered: `tests/golden/terraform-1.11.4/functions/`, recorded by
//! `record_functions.py` beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kilter::lang::expr::evaluate;
use kilter::lang::func::{self, Parameter};
use kilter::lang::inputs::{InputEntry, InputKind, Inputs, Resolved};
use kilter::lang::syntax::ast::{StepKind, Traversal};
use kilter::lang::syntax::{SourceFile, parse_expression};
use kilter::lang::value::{json_encode, type_to_json};
use kilter::model::diagnostic::Diagnostic;
use kilter::model::place::RepoPath;
use kilter::model::value::{Type, UnknownSource, Value, ValueKind};
use serde_json::Value as Json;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4")
}

/// The directory of the recorded cases while planning, with `local.u` as an unknown string.
struct Planning {
    directory: PathBuf,
}

impl Planning {
    fn new() -> Self {
        Planning { directory: golden().join("functions/files") }
    }
}

impl Inputs for Planning {
    fn reference(&self, traversal: &Traversal) -> Result<Resolved, Box<Diagnostic>> {
        match traversal.steps.first().map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) if &*traversal.root.text == "local" && &**name == "u" => {
                Ok(Resolved { value: Value::unknown(Type::String), consumed: 1 })
            }
            _ => Err(Box::new(Diagnostic::error("Reference to undeclared local value", ""))),
        }
    }

    fn read_file(&self, path: &str) -> std::io::Result<Arc<[u8]>> {
        std::fs::read(self.directory.join(path)).map(Into::into)
    }

    fn kind_of(&self, path: &str) -> InputKind {
        match std::fs::metadata(self.directory.join(path)) {
            Ok(found) if found.is_dir() => InputKind::Directory,
            Ok(_) => InputKind::File,
            Err(_) => InputKind::Absent,
        }
    }

    fn list(&self, path: &str) -> std::io::Result<Vec<InputEntry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(self.directory.join(path))? {
            let entry = entry?;
            let name = entry.file_name().into_string().expect("names of golden files are text");
            entries.push(InputEntry { name, is_directory: entry.path().is_dir() });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn working_directory(&self) -> String {
        "/somewhere/here".to_owned()
    }

    fn home_directory(&self) -> Option<String> {
        Some("/root".to_owned())
    }

    fn now(&self) -> Option<SystemTime> {
        None
    }

    fn plan_time(&self) -> Option<SystemTime> {
        None
    }

    fn random(&self) -> Option<[u8; 16]> {
        None
    }
}

/// What an expression gives, in the form of the recorded answers.
fn answer(case: &str, inputs: &Planning) -> Result<Value, Box<Diagnostic>> {
    let source = SourceFile::new(RepoPath::new("case.tf"), case);
    let parsed = parse_expression(&source);
    if let Some(first) = parsed.diagnostics.into_iter().next() {
        return Err(Box::new(first));
    }
    let evaluation = evaluate(&parsed.tree, &source, inputs);
    match evaluation.diagnostics.into_iter().next() {
        Some(first) => Err(Box::new(first)),
        None => Ok(evaluation.value),
    }
}

/// The value as a plan holds it: null for what is unknown, without unknown attributes.
fn planned(value: &Value) -> Option<Json> {
    let element = |item: &Value| planned(item).unwrap_or(Json::Null);
    match &value.kind {
        ValueKind::Unknown(_) => None,
        ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Tuple(_) => {
            Some(value.as_items().into_iter().flatten().map(element).collect())
        }
        ValueKind::Map(_) | ValueKind::Object(_) => {
            let entries = value.as_entries().into_iter().flatten();
            Some(Json::Object(entries.filter_map(|(key, item)| Some((key.to_string(), planned(item)?))).collect()))
        }
        // A plan does not keep the sign of a zero.
        _ => json_encode(value).ok().and_then(|text| serde_json::from_str(if text == "-0" { "0" } else { &text }).ok()),
    }
}

/// The places in a value where something holds, as paths of keys and positions.
fn places(value: &Value, holds: &dyn Fn(&Value) -> bool, at: &str, found: &mut BTreeSet<String>) {
    if holds(value) {
        found.insert(at.to_owned());
        return;
    }
    for (index, item) in value.as_items().into_iter().flatten().enumerate() {
        places(item, holds, &format!("{at}/{index}"), found);
    }
    for (key, item) in value.as_entries().into_iter().flatten() {
        places(item, holds, &format!("{at}/{key}"), found);
    }
}

/// The same from a plan's `after_unknown` or `after_sensitive`.
fn recorded_places(flags: &Json, at: &str, found: &mut BTreeSet<String>) {
    match flags {
        Json::Bool(true) => {
            found.insert(at.to_owned());
        }
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| recorded_places(item, &format!("{at}/{index}"), found));
        }
        Json::Object(entries) => {
            entries.iter().for_each(|(key, item)| recorded_places(item, &format!("{at}/{key}"), found));
        }
        _ => {}
    }
}

/// Where Kilter answers otherwise on purpose.
const DELIBERATE: [(&str, &str); 3] = [
    // Terraform 1.11 shows the sensitive text.
    ("parseint(sensitive(\"x\"), 10)", "cannot parse (sensitive value) as a base 10 integer."),
    ("parseint(\"x\", sensitive(10))", "cannot parse \"x\" as a base (sensitive value) integer."),
    ("filesha256(sensitive(\"nope\"))", "open (sensitive value): no such file or directory."),
];

/// How an answer differs from the recorded one.
fn difference(ours: &Result<Value, Box<Diagnostic>>, recorded: &Json) -> Option<String> {
    if let Some((_, expected)) = DELIBERATE.iter().find(|(case, _)| *case == recorded["case"]) {
        let kept = ours.as_ref().is_err_and(|error| error.detail.ends_with(expected));
        return (!kept).then(|| format!("{ours:?} instead of {expected}"));
    }
    let value = match (ours, recorded.get("error")) {
        (Err(error), Some(expected)) => {
            let detail = expected["detail"].as_str().unwrap_or_default();
            // Where terraform itself panics, any error is better.
            let is_panic = detail.contains("panic in function implementation");
            let same = error.summary == expected["summary"] && error.detail == detail;
            return (!is_panic && !same).then(|| {
                format!("{} | {}\n       instead of {} | {detail}", error.summary, error.detail, expected["summary"])
            });
        }
        (Err(error), None) => {
            return Some(format!("{} | {}\n       instead of {recorded}", error.summary, error.detail));
        }
        (Ok(value), Some(expected)) => return Some(format!("{value:?}\n       instead of {expected}")),
        (Ok(value), None) => value,
    };
    if recorded.get("infinity").is_some() {
        let found = value.any(&|value| value.as_number().is_some_and(|number| number.is_infinite()));
        return (!found).then(|| format!("{value:?} without an infinity"));
    }
    let ours = planned(value).unwrap_or(Json::Null);
    if ours != recorded["value"] {
        return Some(format!("{ours}\n       instead of {}", recorded["value"]));
    }
    if let Some(expected) = recorded.get("type") {
        let ty = type_to_json(&value.ty());
        if ty != *expected {
            return Some(format!("type {ty}\n       instead of {expected}"));
        }
    }
    for (name, holds) in
        [("unknown", &(|v: &Value| v.is_unknown()) as &dyn Fn(&Value) -> bool), ("sensitive", &|v| v.is_sensitive())]
    {
        let (mut found, mut expected) = (BTreeSet::new(), BTreeSet::new());
        places(value, holds, "", &mut found);
        recorded_places(&recorded[name], "", &mut expected);
        if found != expected {
            return Some(format!("{name} at {found:?}\n       instead of {expected:?}"));
        }
    }
    None
}

#[test]
fn functions_answer_as_terraform_does() {
    let inputs = Planning::new();
    let recorded = std::fs::read_to_string(golden().join("functions/answers.jsonl")).unwrap();
    let mut differences = Vec::new();
    for line in recorded.lines() {
        let expected: Json = serde_json::from_str(line).unwrap();
        let case = expected["case"].as_str().unwrap();
        if let Some(difference) = difference(&answer(case, &inputs), &expected) {
            differences.push(format!("{case}\n    gives {difference}"));
        }
    }
    assert!(recorded.lines().count() > 1500);
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn the_table_of_functions_is_terraforms() {
    let text = std::fs::read_to_string(golden().join("functions.json")).unwrap();
    let signatures: Json = serde_json::from_str(&text).unwrap();
    let expected = signatures["function_signatures"].as_object().unwrap();
    let ours: BTreeSet<&str> =
        func::all().filter(|function| !function.tofu_only).map(|function| function.name).collect();
    assert_eq!(ours, expected.keys().map(String::as_str).collect());
    let matches = |parameter: &Parameter, expected: &Json| {
        parameter.name == expected["name"]
            && type_to_json(&parameter.shape.ty()) == expected["type"]
            && parameter.allow_null == (expected["is_nullable"] == true)
    };
    for (name, signature) in expected {
        let function = func::find(name).unwrap();
        let parameters = signature["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(function.parameters.len(), parameters.len(), "{name}");
        for (parameter, expected) in function.parameters.iter().zip(parameters) {
            assert!(matches(parameter, expected), "{name}: {parameter:?} is not {expected}");
        }
        match (&function.variadic, signature.get("variadic_parameter")) {
            (None, None) => {}
            (Some(parameter), Some(expected)) => assert!(matches(parameter, expected), "{name}: {parameter:?}"),
            _ => panic!("{name} takes further arguments in one table only"),
        }
        assert!(std::ptr::eq(func::find(&format!("core::{name}")).unwrap(), function));
    }
}

/// An apply at a fixed moment with fixed random bytes.
struct Applying(Planning);

impl Inputs for Applying {
    fn reference(&self, traversal: &Traversal) -> Result<Resolved, Box<Diagnostic>> {
        let name = match traversal.steps.first().map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) => &**name,
            _ => "",
        };
        match name {
            "asked" => Ok(Resolved { value: Value::not_asked(Type::String, "data.x.y"), consumed: 1 }),
            _ => self.0.reference(traversal),
        }
    }

    fn read_file(&self, path: &str) -> std::io::Result<Arc<[u8]>> {
        self.0.read_file(path)
    }

    fn kind_of(&self, path: &str) -> InputKind {
        self.0.kind_of(path)
    }

    fn list(&self, path: &str) -> std::io::Result<Vec<InputEntry>> {
        self.0.list(path)
    }

    fn working_directory(&self) -> String {
        self.0.working_directory()
    }

    fn home_directory(&self) -> Option<String> {
        None
    }

    fn now(&self) -> Option<SystemTime> {
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))
    }

    fn plan_time(&self) -> Option<SystemTime> {
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000))
    }

    fn random(&self) -> Option<[u8; 16]> {
        Some([0xab; 16])
    }
}

fn applied(case: &str) -> Result<Value, String> {
    let source = SourceFile::new(RepoPath::new("case.tf"), case);
    let parsed = parse_expression(&source);
    assert_eq!(parsed.diagnostics, [], "{case}");
    let evaluation = evaluate(&parsed.tree, &source, &Applying(Planning::new()));
    match evaluation.diagnostics.into_iter().next() {
        Some(first) => Err(first.detail),
        None => Ok(evaluation.value),
    }
}

#[test]
fn what_is_unknown_while_planning_is_known_while_applying() {
    let text = |case: &str| applied(case).unwrap().as_str().map(str::to_owned).unwrap();
    assert_eq!(text("timestamp()"), "2023-11-14T22:13:20Z");
    assert_eq!(text("plantimestamp()"), "2020-09-13T12:26:40Z");
    assert_eq!(text("uuid()"), "abababab-abab-abab-abab-abababababab");
    let hash = text("bcrypt(\"secret\", 4)");
    assert!(hash.starts_with("$2a$04$"), "{hash}");
    assert!(bcrypt::verify("secret", &hash).unwrap());
    assert!(applied("bcrypt(\"a\", 4, 5)").unwrap_err().contains("no more than two arguments"));
    assert!(applied("bcrypt(\"a\", 31)").unwrap_err().contains("takes too long"));
    assert!(applied("pathexpand(\"~/x\")").unwrap_err().contains("home directory"));
}

#[test]
fn opentofus_own_functions_do_what_they_say() {
    let json = |case: &str| json_encode(&applied(case).unwrap()).unwrap();
    for (case, expected) in [
        ("base64gunzip(base64gzip(\"hällo\"))", "\"hällo\""),
        ("base64gunzip(base64gzip(\"\"))", "\"\""),
        ("urldecode(urlencode(\"a b/c?d=é\"))", "\"a b/c?d=é\""),
        ("urldecode(\"a+b%20c%2B\")", "\"a b c+\""),
        ("cidrcontains(\"192.168.2.0/20\", \"192.168.2.1\")", "true"),
        ("cidrcontains(\"192.168.2.0/20\", \"192.168.2.0/22\")", "true"),
        ("cidrcontains(\"192.168.2.0/20\", \"192.126.2.1\")", "false"),
        ("cidrcontains(\"192.168.2.0/20\", \"192.126.2.0/18\")", "false"),
        ("cidrcontains(\"192.168.2.0/24\", \"192.168.0.0/16\")", "false"),
        ("cidrcontains(\"fe80::/48\", \"fe80::1\")", "true"),
        ("core::cidrcontains(\"fe81::/48\", \"fe80::1\")", "false"),
    ] {
        assert_eq!(json(case), expected, "{case}");
    }
    for (case, expected) in [
        ("cidrcontains(\"not-a-cidr\", \"192.168.2.1\")", "invalid CIDR address: not-a-cidr"),
        ("cidrcontains(\"192.168.2.0/20\", \"not-an-address\")", "invalid IP address or prefix: not-an-address"),
        ("cidrcontains(\"fe80::/48\", \"192.168.2.1\")", "address family mismatch: fe80::/48 vs. 192.168.2.1"),
        ("urldecode(\"%zz\")", "invalid URL escape \"%zz\""),
        ("base64gunzip(\"x\")", "failed to decode base64 data \"x\""),
        ("base64gunzip(\"YQ==\")", "failed to gunzip bytestream"),
    ] {
        let error = applied(case).unwrap_err();
        assert!(error.contains(expected), "{case}: {error}");
    }
}

#[test]
fn the_two_kinds_of_unknown_are_kept_apart() {
    let source = |case: &str| applied(case).unwrap().as_unknown().map(|unknown| unknown.source.clone()).unwrap();
    let asked = UnknownSource::NotAsked("data.x.y".into());
    assert_eq!(source("upper(local.asked)"), asked);
    assert_eq!(source("format(\"%s\", local.asked)"), asked);
    assert_eq!(source("join(\",\", [local.asked, \"a\"])"), asked);
    assert_eq!(source("coalesce(local.asked, \"a\")"), asked);
    assert_eq!(source("length(split(\",\", local.asked))"), asked);
    assert_eq!(source("jsondecode(local.asked)"), asked);
    assert_eq!(source("format(\"%s%s\", local.asked, local.u)"), UnknownSource::AfterApply);
    let sorted = applied("sort([local.asked, \"a\"])").unwrap();
    assert!(sorted.as_items().unwrap().iter().all(|item| item.as_unknown().unwrap().source == asked));
}

#[test]
fn what_would_never_end_is_refused() {
    for case in [
        "range(1000000000)",
        "format(\"%99999999999s\", \"a\")",
        "join(\",\", [for i in range(100) : format(\"%9000000s\", \"a\")])",
        "indent(1000000000, \"a\\nb\\nc\")",
        "setproduct(range(1024), range(1024), range(1024), range(1024))",
        "replace(format(\"%9000000s\", \"a\"), \"\", \"0123456789\")",
        "regex(\"((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9}\", \"a\")",
        "regex(\"(a|aa)+$\", join(\"\", concat([for i in range(1000) : \"a\"], [\"b\"])))",
        "fileset(\".\", \"**/**/**/**/**/**/**/**/nope\")",
        "yamldecode(\"a: &a [x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\")",
        "yamldecode(join(\"\", [for i in range(1000) : \"[\"]))",
        "jsondecode(join(\"\", [for i in range(1000) : \"[\"]))",
    ] {
        let started = std::time::Instant::now();
        let _ = applied(case);
        assert!(started.elapsed() < Duration::from_secs(10), "{case}");
    }
    for case in ["indent(1000000000, \"a\\nb\\nc\")", "setproduct(range(1024), range(1024), range(1024), range(1024))"]
    {
        assert!(applied(case).unwrap_err().contains("this function stops at"), "{case}");
    }
}

/// An RSA key of 2048 bits in each of its wrappings, made for this test with openssl and ssh-keygen.
#[test]
fn rsa_keys_of_every_wrapping_decrypt() {
    let directory = golden().join("functions/keys");
    let cipher = std::fs::read_to_string(directory.join("cipher.b64")).unwrap();
    for kind in ["pkcs1.pem", "pkcs8.pem", "openssh.pem"] {
        let key = std::fs::read_to_string(directory.join(kind)).unwrap();
        let function = func::find("rsadecrypt").unwrap();
        let args = [Value::string(cipher.trim()), Value::string(key)];
        let plain = function.call(&args, &Planning::new()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(plain.as_str(), Some("attack at dawn"), "{kind}");
    }
    let wrong = [Value::string("AAAA"), Value::string(std::fs::read_to_string(directory.join("pkcs1.pem")).unwrap())];
    let error = func::find("rsadecrypt").unwrap().call(&wrong, &Planning::new()).unwrap_err();
    assert_eq!(error.message, "failed to decrypt: crypto/rsa: decryption error");
}
