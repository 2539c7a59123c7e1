//! The sample's kind of gossfile against the real machine: real files, a real server on the loopback, real commands.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use kilter::environment::goss::{Reach, verify};
use kilter::model::environment::VerifyOutcome;
use kilter::runtime::serve::{ServeOptions, Server};
use kilter::sys::clock::RealClock;
use kilter::sys::files::RealFiles;
use kilter::sys::http::RealHttp;
use kilter::sys::machine::RealMachine;
use kilter::sys::processes::{CancelLevel, Invocation, Processes, RealProcesses};

fn serve(directory: &Path) -> SocketAddr {
    let options = ServeOptions { directory: directory.to_owned(), bind: [127, 0, 0, 1].into(), port: 0 };
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Server::bind(&options).await.unwrap();
            sender.send(server.address).unwrap();
            server.run(|_| ()).await;
        });
    });
    receiver.recv().unwrap()
}

fn look(directory: &Path, gossfile: &str) -> Vec<(VerifyOutcome, String)> {
    std::fs::write(directory.join("goss.yaml"), gossfile).unwrap();
    let run = |invocation: &Invocation, limit: Duration| {
        let begun = std::time::Instant::now();
        let invocation = Invocation { grace: Duration::from_millis(200), ..invocation.clone() };
        let late = || if begun.elapsed() >= limit { CancelLevel::Interrupt } else { CancelLevel::None };
        let outcome = RealProcesses.run(&invocation, &mut |_, _| {}, &late).map_err(|error| error.to_string())?;
        if outcome.cancelled { Err("too slow".to_owned()) } else { Ok(outcome) }
    };
    let clock = RealClock::default();
    let reach =
        Reach { files: &RealFiles, machine: &RealMachine, http: &RealHttp, run: Some(&run), clock: &clock, directory };
    verify("goss.yaml", &reach).into_iter().map(|v| (v.outcome, format!("{}: {}", v.subject, v.message))).collect()
}

#[test]
fn a_living_site_is_as_its_gossfile_says() {
    let directory = tempfile::tempdir().unwrap();
    let public = directory.path().join("web/public");
    std::fs::create_dir_all(&public).unwrap();
    std::fs::write(public.join("index.html"), "<html>\n<title>Fernhill Blog</title>\n</html>\n").unwrap();
    let port = serve(&public).port();
    let found = look(
        directory.path(),
        &format!(
            r#"
file:
  web/public/index.html: {{exists: true, filetype: file, contents: ["/<title>.*Blog.*<\\/title>/"]}}
port:
  tcp:{port}: {{listening: true, ip: [127.0.0.1]}}
http:
  http://127.0.0.1:{port}/: {{status: 200, timeout: 2000, headers: ["Content-Type: text/html"], body: [Fernhill]}}
  http://127.0.0.1:{port}/nothing: {{status: 404, timeout: 2000}}
addr:
  tcp://127.0.0.1:{port}: {{reachable: true, timeout: 2000}}
command:
  cat web/public/index.html | wc -l: {{exit-status: 0, stdout: ["3"], stderr: []}}
dns:
  localhost: {{resolvable: true}}
"#
        ),
    );
    assert_eq!(found.len(), 7);
    assert!(found.iter().all(|(outcome, _)| *outcome == VerifyOutcome::Passed), "{found:#?}");
}

#[test]
fn what_is_not_there_fails_and_what_takes_too_long_is_ended() {
    let directory = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let begun = std::time::Instant::now();
    let found = look(
        directory.path(),
        &format!(
            r#"
port:
  tcp:{port}: {{listening: true}}
http:
  http://127.0.0.1:{port}/: {{status: 200, timeout: 2000}}
addr:
  tcp://127.0.0.1:{port}: {{reachable: true}}
command:
  sleep 60: {{exit-status: 0, timeout: 200}}
process:
  no-such-program-x: {{running: true}}
"#
        ),
    );
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(|(outcome, _)| *outcome == VerifyOutcome::Failed), "{found:#?}");
    assert!(found[1].1.contains("no answer"), "{}", found[1].1);
    assert!(begun.elapsed() < Duration::from_secs(20));
}
