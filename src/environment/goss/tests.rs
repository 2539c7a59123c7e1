//! Tables: a gossfile and a made-up machine in, verdicts out.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::{Reach, verify};
use crate::model::environment::VerifyOutcome::{self, Error, Failed, Passed, Unsupported};
use crate::sys::clock::FakeClock;
use crate::sys::files::FakeFiles;
use crate::sys::http::{HttpClient, HttpRequest, HttpResponse};
use crate::sys::machine::{FakeMachine, FileStat, Protocol};
use crate::sys::processes::{Invocation, Outcome};

struct FakeHttp;

impl HttpClient for FakeHttp {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        if request.url.contains("down") {
            return Err("connection refused".into());
        }
        let body = format!("{} {:?} {:?}\nhello", request.method, request.headers, request.timeout);
        let headers = vec![("content-type".into(), "text/html; charset=utf-8".into())];
        Ok(HttpResponse { status: if request.follow { 200 } else { 301 }, headers, body: body.into() })
    }
}

fn stat(file_type: &'static str, mode: u32, size: u64) -> FileStat {
    FileStat { file_type, mode, size, uid: 0, gid: 4242, link: None }
}

fn verdicts(text: &str, trusted: bool) -> Vec<(VerifyOutcome, String)> {
    let files = FakeFiles::with([("/c/goss.yaml", text), ("/c/a.txt", "hello\nworld\n")]);
    let link = FileStat { link: Some("a.txt".into()), ..stat("symlink", 0o777, 5) };
    let machine = FakeMachine {
        files: BTreeMap::from([
            ("/c/a.txt".into(), stat("file", 0o644, 12)),
            ("/c/link".into(), link),
            ("/etc".into(), stat("directory", 0o755, 4096)),
        ]),
        sockets: vec![(Protocol::Tcp, 8080, [127, 0, 0, 1].into())],
        programs: vec!["kilter".into(), "a-rather-long-n".into()],
        reachable: vec!["127.0.0.1:8080".into()],
        names: BTreeMap::from([("localhost".into(), vec![[127, 0, 0, 1].into()])]),
    };
    let run = |invocation: &Invocation, limit: Duration| {
        if limit < Duration::from_secs(1) {
            return Err("it took longer than 0.1 s".to_owned());
        }
        Ok(Outcome {
            code: Some(3),
            signal: None,
            stdout: invocation.command_line().into_bytes(),
            stderr: b"oops\n".to_vec(),
            truncated: false,
            cancelled: false,
            took: Duration::ZERO,
        })
    };
    let reach = Reach {
        files: &files,
        machine: &machine,
        http: &FakeHttp,
        run: if trusted { Some(&run) } else { None },
        clock: &FakeClock::default(),
        directory: Path::new("/c"),
    };
    verify("goss.yaml", &reach).into_iter().map(|v| (v.outcome, format!("{}: {}", v.subject, v.message))).collect()
}

fn check(text: &str, outcome: VerifyOutcome, message: &str) {
    let found = verdicts(text, true);
    assert_eq!(found, [(outcome, message.to_owned())], "{text}");
}

#[test]
fn files() {
    check(
        "file: {a.txt: {exists: true, mode: '0644', size: 12, owner: root, group: '4242', filetype: file, contents: [hello, '!bye']}}",
        Passed,
        "goss file a.txt: exists, mode, size, owner, group, filetype, contents as expected",
    );
    check("file: {x: {path: a.txt, mode: 0644, size: {lt: 20}}}", Passed, "goss file x: mode, size as expected");
    check(
        "file: {a.txt: {mode: '0600', contents: ['/wor.d/', bye]}}",
        Failed,
        "goss file a.txt: mode: expected \"0600\", found \"0644\"; contents: no line matches \"bye\"",
    );
    check(
        "file: {no.txt: {exists: true, mode: '0644'}}",
        Failed,
        "goss file no.txt: exists: expected true, found false",
    );
    check("file: {no.txt: {exists: false}}", Passed, "goss file no.txt: exists as expected");
    check("file: {no.txt: {mode: '0644'}}", Failed, "goss file no.txt: exists: expected true, found false");
    check("file: {a.txt: {exists: false}}", Failed, "goss file a.txt: exists: expected false, found true");
    check(
        "file: {link: {filetype: symlink, linked-to: a.txt}}",
        Passed,
        "goss file link: filetype, linked-to as expected",
    );
    check("file: {/etc: {filetype: directory}}", Passed, "goss file /etc: filetype as expected");
    check("file: {/etc: {linked-to: x}}", Failed, "goss file /etc: linked-to: it is not a link");
    check(
        "file: {a.txt: {md5: 0f723ae7f9bf07744445e93ac5595156, sha256: 0c5b6b0d8e7a1e2dd3cf0d2f7b7b3d4e}}",
        Failed,
        "goss file a.txt: sha256: expected \"0c5b6b0d8e7a1e2dd3cf0d2f7b7b3d4e\", found \"4a1e67f2fe1d1cc7b31d0ca2ec441da4778203a036a77da10344c85e24ff0f92\"",
    );
    check(
        "file: {a.txt: {color: red}}",
        Unsupported,
        "goss file a.txt: color: the attribute \"color\" (line 1) is not supported",
    );
    check(
        "file: {a.txt: {contents: ['/(/']}}",
        Error,
        "goss file a.txt: contents: the pattern /(/ cannot be read: unclosed group",
    );
}

#[test]
fn ports_addresses_and_names() {
    check(
        "port: {'tcp:8080': {listening: true, ip: [127.0.0.1]}}",
        Passed,
        "goss port tcp:8080: listening, ip as expected",
    );
    check("port: {8080: {listening: true}}", Passed, "goss port 8080: listening as expected");
    check(
        "port: {tcp:81: {listening: true, ip: [0.0.0.0]}}",
        Failed,
        "goss port tcp:81: listening: expected true, found false; ip: nobody listens",
    );
    check(
        "port: {tcp:8080: {ip: [0.0.0.0]}}",
        Failed,
        "goss port tcp:8080: ip: expected an element \"0.0.0.0\", found [\"127.0.0.1\"]",
    );
    check("port: {tcp:81: {listening: false}}", Passed, "goss port tcp:81: listening as expected");
    check(
        "port: {http: {listening: true}}",
        Error,
        "goss port http: \"http\" is no port: write it as tcp:8080, tcp6, udp or udp6",
    );
    check(
        "addr: {'tcp://127.0.0.1:8080': {reachable: true, timeout: 100}}",
        Passed,
        "goss addr tcp://127.0.0.1:8080: reachable as expected",
    );
    check(
        "addr: {'tcp://127.0.0.1:81': {reachable: true}}",
        Failed,
        "goss addr tcp://127.0.0.1:81: reachable: 127.0.0.1:81 is not reachable: Connection refused",
    );
    check(
        "addr: {'tcp://127.0.0.1:81': {reachable: false}}",
        Passed,
        "goss addr tcp://127.0.0.1:81: reachable as expected",
    );
    check(
        "dns: {localhost: {resolvable: true, addrs: {consist-of: [127.0.0.1]}}}",
        Passed,
        "goss dns localhost: resolvable, addrs as expected",
    );
    check("dns: {x.test: {resolvable: true}}", Failed, "goss dns x.test: resolvable: expected true, found false");
    check(
        "dns: {x: {resolvable: false, server: 8.8.8.8}}",
        Unsupported,
        "goss dns x: server: the attribute \"server\" (line 1) is not supported",
    );
}

#[test]
fn http() {
    check(
        "http: {'http://h/': {status: 200, headers: ['Content-Type: text/html'], body: [hello, '/GET .*5s/'], ca-file: ''}}",
        Passed,
        "goss http http://h/: status, headers, body as expected",
    );
    check(
        "http: {x: {url: 'http://h/', method: put, username: u, password: p, timeout: 250, body: ['PUT [(\"Authorization\", \"Basic dTpw\")] Some(250ms)']}}",
        Passed,
        "goss http x: body as expected",
    );
    check(
        "http: {'http://h/': {status: 301, no-follow-redirects: true}}",
        Passed,
        "goss http http://h/: status as expected",
    );
    check("http: {'http://h/': {status: 404}}", Failed, "goss http http://h/: status: expected 404, found 200");
    check("http: {'http://down/': {status: 200}}", Failed, "goss http http://down/: no answer: connection refused");
    check(
        "http: {'http://h/': {status: 200, proxy: 'http://p'}}",
        Unsupported,
        "goss http http://h/: proxy: the attribute \"proxy\" (line 1) is not supported",
    );
    check(
        "http: {'http://h/': {request-headers: [x]}}",
        Error,
        "goss http http://h/: request-headers: \"x\" is no header: write it as `Name: value`",
    );
}

#[test]
fn commands_and_processes() {
    check(
        "command: {a b: {exit-status: 3, stdout: [\"sh -c 'a b'\"], stderr: [oops]}}",
        Passed,
        "goss command a b: exit-status, stdout, stderr as expected",
    );
    check(
        "command: {a: {exec: b, exit-status: 0, stderr: []}}",
        Failed,
        "goss command a: exit-status: expected 0, found 3",
    );
    check(
        "command: {a: {exit-status: 0, timeout: 100}}",
        Failed,
        "goss command a: it did not run to its end: it took longer than 0.1 s",
    );
    let distrusted = verdicts("command: {a: {exit-status: 3}}", false);
    assert_eq!(distrusted[0].0, Error);
    assert!(distrusted[0].1.contains("not trusted"), "{}", distrusted[0].1);
    check("process: {kilter: {running: true}}", Passed, "goss process kilter: running as expected");
    check(
        "process: {a-rather-long-name: {running: true}}",
        Passed,
        "goss process a-rather-long-name: running as expected",
    );
    check("process: {x: {comm: nginx, running: true}}", Failed, "goss process x: running: expected true, found false");
    check(
        "matching: {m: {content: [1, 2], matches: {contain-element: 2}}}",
        Passed,
        "goss matching m: matches as expected",
    );
}

#[test]
fn what_is_not_known_is_said_and_never_passed_over() {
    check(
        "package: {httpd: {installed: true}}",
        Unsupported,
        "goss package httpd: the resource kind \"package\" is not supported",
    );
    check(
        "matching: {m: {content: 1, matches: {gjson: {a: 1}}}}",
        Unsupported,
        "goss matching m: matches: the matcher \"gjson\" is not supported",
    );
    assert_eq!(verdicts("file: [1", true)[0].0, Error);
    assert_eq!(verdicts("service: {x: {running: true, skip: true}}", true), []);
}
