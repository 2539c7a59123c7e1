//! Keys and certificates judged by `openssl` and `ssh-keygen` where they are there, and by reading them back.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::super::attributes::object_of;
use super::super::testing::Bench;
use super::*;
use crate::model::value::Type;

fn bench() -> Bench<Tls> {
    Bench::new(Tls::default())
}

fn string<'a>(value: &'a Value, name: &str) -> &'a str {
    text(value, name).unwrap_or_else(|| panic!("{name} in {value:?}"))
}

fn list(items: &[&str]) -> Value {
    Value::list(Type::String, items.iter().map(|item| Value::string(*item)).collect())
}

/// A key made with real chance: RSA does not find primes with dice that repeat.
fn key(algorithm: &str, more: &[(&'static str, Value)]) -> Value {
    let bench = bench();
    let given = [("algorithm", Value::string(algorithm))].into_iter().chain(more.iter().cloned());
    let config = bench.config(PRIVATE_KEY, given);
    assert_eq!(bench.provider.validate(PRIVATE_KEY, &config, false), []);
    let planned = bench.plan(PRIVATE_KEY, &Value::null(), &config).planned;
    let made = bench.in_world(|world| {
        let world = World { random: &crate::sys::chance::fill, ..*world };
        bench.provider.apply(PRIVATE_KEY, &Value::null(), &planned, &planned, &world)
    });
    let made = made.unwrap();
    assert_eq!(bench.plan(PRIVATE_KEY, &made, &config).planned, made, "nothing to do");
    made
}

/// What a program says about a text; `None` (said aloud) when it is not there.
#[allow(clippy::disallowed_methods, reason = "the judge is a program")]
fn asked(program: &str, args: &[&str], input: &str) -> Option<String> {
    let started =
        Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = started else {
        eprintln!("skipped: there is no {program}");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    Some(String::from_utf8(out.stdout).unwrap())
}

#[test]
fn keys_of_every_kind_are_read_back_in_every_form() {
    let bench = bench();
    let curves = ["P224", "P256", "P384", "P521"].map(|curve| key("ECDSA", &[("ecdsa_curve", Value::string(curve))]));
    let mut all = curves.to_vec();
    all.push(key("ED25519", &[("openssh_comment", Value::string("me@here"))]));
    all.push(key("RSA", &[("rsa_bits", Value::int(1024))]));
    for made in &all {
        for name in ["private_key_pem", "private_key_pem_pkcs8", "private_key_openssh"] {
            let written = string(made, name);
            if written.is_empty() {
                assert_eq!((string(made, "ecdsa_curve"), name), ("P224", "private_key_openssh"));
                assert_eq!(string(made, "public_key_openssh"), "");
                continue;
            }
            let argument = if name == "private_key_openssh" { name } else { "private_key_pem" };
            let config = bench.config("tls_public_key", [(argument, Value::string(written))]);
            let DataAnswer::Read(answer) = bench.read_data("tls_public_key", &config).unwrap() else { panic!() };
            for same in
                ["id", "public_key_pem", "public_key_fingerprint_md5", "public_key_fingerprint_sha256", "algorithm"]
            {
                assert_eq!(answer.get(same), made.get(same), "{name} {same}");
            }
        }
        if let Some(public) = asked("openssl", &["pkey", "-pubout"], string(made, "private_key_pem")) {
            assert_eq!(public, string(made, "public_key_pem"));
        }
        if let Some(public) = asked("openssl", &["pkey", "-pubout"], string(made, "private_key_pem_pkcs8")) {
            assert_eq!(public, string(made, "public_key_pem"));
        }
        if !string(made, "public_key_openssh").is_empty()
            && let Some(told) = asked("ssh-keygen", &["-l", "-f", "-"], string(made, "public_key_openssh"))
        {
            assert!(told.contains(string(made, "public_key_fingerprint_sha256")), "{told}");
        }
    }
    assert!(string(&all[4], "public_key_openssh").ends_with(" me@here\n"));
    assert!(string(&all[5], "private_key_pem").starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    assert!(string(&all[1], "private_key_pem").starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
}

fn self_signed(bench: &Bench<Tls>, key: &Value, more: &[(&'static str, Value)]) -> Value {
    let subject = bench.provider.schema().resources[SELF_SIGNED].block.blocks["subject"].block.implied_type();
    let named = object_of(
        &subject,
        [("common_name", Value::string("exämple.com")), ("organization", Value::string("ACME, Inc"))],
    );
    let given = [
        ("private_key_pem", attribute(key, "private_key_pem")),
        ("validity_period_hours", Value::int(12)),
        ("allowed_uses", list(&["digital_signature", "cert_signing", "server_auth"])),
        ("subject", Value::list(subject, vec![named])),
        ("dns_names", list(&["example.com", "www.example.com"])),
        ("ip_addresses", list(&["127.0.0.1", "::1"])),
        ("uris", list(&["spiffe://x/y"])),
    ];
    bench.config(SELF_SIGNED, given.into_iter().chain(more.iter().cloned()))
}

#[test]
fn certificates_sign_themselves_and_each_other() {
    let bench = bench();
    let authority = [("is_ca_certificate", Value::bool(true)), ("max_path_length", Value::int(1))];
    let directory = tempfile::tempdir().unwrap();
    for algorithm in [("ECDSA", "P256"), ("ECDSA", "P521"), ("ECDSA", "P224"), ("ED25519", ""), ("RSA", "")] {
        let curve = (!algorithm.1.is_empty()).then(|| ("ecdsa_curve", Value::string(algorithm.1)));
        let ca_key = key(algorithm.0, &curve.into_iter().collect::<Vec<_>>());
        let config = self_signed(&bench, &ca_key, &authority);
        assert_eq!(bench.provider.validate(SELF_SIGNED, &config, false), []);
        let ca = bench.create(SELF_SIGNED, &config);
        assert_eq!(string(&ca, "validity_end_time"), "2023-11-15T10:13:20Z");
        assert_eq!(string(&ca, "key_algorithm"), algorithm.0);
        assert_eq!(bench.plan(SELF_SIGNED, &ca, &config).planned, ca);

        let own = key("ECDSA", &[("ecdsa_curve", Value::string("P384"))]);
        let subject = bench.provider.schema().resources[REQUEST].block.blocks["subject"].block.implied_type();
        let named = object_of(&subject, [("common_name", Value::string("leaf"))]);
        let config = bench.config(
            REQUEST,
            [
                ("private_key_pem", attribute(&own, "private_key_pem")),
                ("subject", Value::list(subject, vec![named])),
                ("dns_names", list(&["leaf.example.com"])),
            ],
        );
        let asked_for = bench.create(REQUEST, &config);
        let config = bench.config(
            LOCALLY_SIGNED,
            [
                ("cert_request_pem", attribute(&asked_for, "cert_request_pem")),
                ("ca_private_key_pem", attribute(&ca_key, "private_key_pem")),
                ("ca_cert_pem", attribute(&ca, "cert_pem")),
                ("validity_period_hours", Value::int(1)),
                ("allowed_uses", list(&["client_auth"])),
                ("set_subject_key_id", Value::bool(true)),
            ],
        );
        let leaf = bench.create(LOCALLY_SIGNED, &config);
        let both = format!("{}{}", string(&leaf, "cert_pem"), string(&ca, "cert_pem"));
        let told =
            bench.read_data("tls_certificate", &bench.config("tls_certificate", [("content", Value::string(both))]));
        let DataAnswer::Read(told) = told.unwrap() else { panic!() };
        let certificates = told.get("certificates").unwrap();
        let [first, second] = certificates.as_items().unwrap() else { panic!() };
        assert_eq!(string(first, "issuer"), "CN=exämple.com,O=ACME\\, Inc");
        assert_eq!((string(first, "subject"), string(second, "subject")), ("CN=leaf", string(first, "issuer")));
        assert_eq!(
            (flag(first, "is_ca"), flag(second, "is_ca"), whole(second, "max_path_length")),
            (Some(false), Some(true), Some(1))
        );
        assert_eq!(string(first, "serial_number"), string(&leaf, "id"));

        #[allow(clippy::disallowed_methods, reason = "openssl wants a file")]
        std::fs::write(directory.path().join("ca.pem"), string(&ca, "cert_pem")).unwrap();
        let ca_file = directory.path().join("ca.pem").display().to_string();
        let at = ["verify", "-attime", "1700000100", "-CAfile", &ca_file];
        if let Some(said) = asked("openssl", &at, string(&leaf, "cert_pem")) {
            assert!(said.contains("OK"), "{said}");
        }
        if let Some(said) = asked("openssl", &["x509", "-noout", "-text"], string(&ca, "cert_pem")) {
            for part in [
                "DNS:www.example.com",
                "IP Address:127.0.0.1",
                "URI:spiffe://x/y",
                "CA:TRUE, pathlen:1",
                "Certificate Sign",
                "TLS Web Server Authentication",
            ] {
                assert!(said.contains(part), "{part} in {said}");
            }
        }
        if let Some(said) =
            asked("openssl", &["req", "-noout", "-text", "-verify"], string(&asked_for, "cert_request_pem"))
        {
            assert!(said.contains("DNS:leaf.example.com"), "{said}");
        }
    }
}

#[test]
fn what_changes_replaces_and_what_ends_is_due() {
    let bench = bench();
    let own = key("ED25519", &[]);
    let made = bench.create(SELF_SIGNED, &self_signed(&bench, &own, &[]));
    let other = key("ED25519", &[]);
    let replaced = bench.plan(SELF_SIGNED, &made, &self_signed(&bench, &other, &[]));
    assert_eq!(replaced.requires_replace, [ValuePath::attribute("private_key_pem")]);
    let early = bench.plan(SELF_SIGNED, &made, &self_signed(&bench, &own, &[("early_renewal_hours", Value::int(2))]));
    assert_eq!((early.requires_replace, whole(&early.planned, "early_renewal_hours")), (vec![], Some(2)));
    let without = with(
        &self_signed(&bench, &own, &[]),
        [("subject", Value::list(attribute(&made, "subject").as_items().unwrap()[0].ty(), vec![]))],
    );
    assert_eq!(bench.plan(SELF_SIGNED, &made, &without).requires_replace, [ValuePath::attribute("subject")]);

    assert_eq!(bench.read(SELF_SIGNED, &made), made);
    let due = bench.read(SELF_SIGNED, &with(&made, [("early_renewal_hours", Value::int(12))]));
    assert_eq!(flag(&due, "ready_for_renewal"), Some(true));
    let renewed = bench.plan(SELF_SIGNED, &due, &self_signed(&bench, &own, &[("early_renewal_hours", Value::int(12))]));
    assert_eq!(renewed.requires_replace, [ValuePath::attribute("ready_for_renewal")]);
}

#[test]
fn what_cannot_be_is_said_and_old_states_are_upgraded() {
    let bench = bench();
    let said = |type_name: &str, given: &[(&'static str, Value)]| {
        bench.provider.validate(type_name, &bench.config(type_name, given.iter().cloned()), false).len()
    };
    assert_eq!(said(PRIVATE_KEY, &[("algorithm", Value::string("DSA"))]), 1);
    assert_eq!(said(PRIVATE_KEY, &[("algorithm", Value::string("ECDSA")), ("ecdsa_curve", Value::string("P1"))]), 1);
    assert_eq!(said(SELF_SIGNED, &[("allowed_uses", list(&["anything"]))]), 1);
    let neither = bench.config("tls_public_key", []);
    assert_eq!(bench.provider.validate("tls_public_key", &neither, true).len(), 1);
    let garbage = bench.config("tls_public_key", [("private_key_pem", Value::string("x"))]);
    assert!(bench.read_data("tls_public_key", &garbage).is_err());
    for cut in (0..400).step_by(7) {
        let made = key("ED25519", &[]);
        let whole = string(&made, "private_key_openssh").to_owned();
        let cut = bench
            .config("tls_public_key", [("private_key_openssh", Value::string(&whole[..cut.min(whole.len() - 30)]))]);
        assert!(bench.read_data("tls_public_key", &cut).is_err());
    }

    let made = key("ECDSA", &[("ecdsa_curve", Value::string("P256"))]);
    let gone = ["private_key_pem_pkcs8", "private_key_openssh", "public_key_fingerprint_sha256"];
    let old = with(&made, gone.map(|name| (name, Value::null_of(Type::String))));
    let new = bench.provider.upgrade(PRIVATE_KEY, 0, old).unwrap();
    assert_eq!(new.get("private_key_pem_pkcs8"), made.get("private_key_pem_pkcs8"));
    assert_eq!(new.get("public_key_fingerprint_sha256"), made.get("public_key_fingerprint_sha256"));
    let url = bench.config("tls_certificate", [("url", Value::string("https://example.com"))]);
    assert!(matches!(bench.read_data("tls_certificate", &url), Ok(DataAnswer::NotAsked(_))));
}
