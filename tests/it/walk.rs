//! The whole walk, headless, on the sample repo: edit → commit → checks → apply → verify → drift → repair → destroy, with
//! the documented exit codes at each step.

use std::path::Path;

use crate::world::{Place, free_port, move_port};

fn environment(repo: &Path) -> std::path::PathBuf {
    repo.join(".git/kilter/environments/test")
}

#[test]
fn the_walk_headless() {
    let place = Place::new();
    let repo = place.demo("shop infra");
    let at = repo.to_str().expect("a path");
    move_port(&repo, free_port());
    let kilter = |args: &[&str]| place.kilter(&[&["-C", at], args].concat());

    // Nothing is applied before the checks of the commit are green.
    place.git(&repo, &["commit", "-qam", "Open a third site"]);
    let refused = kilter(&["apply", "--auto-approve"]).expect(1);
    assert!(refused.err.contains("checks"), "{}", refused.err);
    let checks = kilter(&["ci", "--format", "json"]).expect(0);
    assert_eq!(checks.json()["verdict"], "green");

    // Headless, nothing happens without --auto-approve.
    let asked = kilter(&["apply"]).expect(1);
    assert!(asked.err.contains("--auto-approve"), "{}", asked.err);
    assert!(!environment(&repo).join("checkout/web/public").exists());

    kilter(&["apply", "--auto-approve"]).expect(0);
    let page = environment(&repo).join("checkout/web/public/events/index.html");
    assert!(std::fs::read_to_string(&page).expect("the page is there").contains("Readings and Events"));
    let verified = kilter(&["verify", "--format", "json"]).expect(0);
    assert!(verified.out.contains("front_page_answers"), "{}", verified.out);
    kilter(&["drift"]).expect(0);

    // A change by hand is drift; applying again repairs it.
    std::fs::write(&page, "by hand").expect("the page can be written");
    let drifted = kilter(&["drift"]).expect(5);
    assert!(drifted.out.contains("module.site[\"events\"].local_file.page"), "{}", drifted.out);
    kilter(&["apply", "--auto-approve"]).expect(0);
    kilter(&["drift"]).expect(0);
    assert!(std::fs::read_to_string(&page).expect("the page is there").contains("Readings and Events"));

    let state = kilter(&["state", "network", "--env", "test"]).expect(0);
    assert_eq!(state.json()["version"], 4);

    // Destroy leaves no file, no process, no lock.
    let status = kilter(&["status", "--format", "json"]).expect(0).json();
    let pid = status["environments"][0]["processes"][0]["pid"].as_u64().expect("the server runs");
    kilter(&["destroy", "--auto-approve"]).expect(0);
    assert!(!environment(&repo).exists());
    assert!(!Path::new(&format!("/proc/{pid}")).exists(), "the server is gone");
    kilter(&["verify"]).expect(1);
}

#[test]
fn a_process_that_dies_is_seen() {
    let place = Place::new();
    let repo = place.demo("repo");
    let at = repo.to_str().expect("a path");
    move_port(&repo, free_port());
    // A process that cannot live: the supervisor tries again with a growing pause, verification says so.
    std::fs::write(repo.join("Procfile"), "web: false\n").expect("the Procfile can be written");
    place.git(&repo, &["commit", "-qam", "Break the server"]);
    let kilter = |args: &[&str]| place.kilter(&[&["-C", at], args].concat());
    kilter(&["ci"]).expect(0);
    kilter(&["apply", "--auto-approve"]);
    let red = kilter(&["verify"]).expect(4);
    assert!(red.out.contains("process web"), "{}", red.out);
    kilter(&["destroy", "--auto-approve"]).expect(0);
}
