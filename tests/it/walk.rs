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

#[test]
fn an_edit_of_a_stack_whose_state_is_out_of_reach_shows_against_head() {
    let place = Place::new();
    let repo = place.demo("repo");
    let at = repo.to_str().expect("a path");
    let file = repo.join("cloud/variables.tf");
    let text = std::fs::read_to_string(&file).expect("a file of the sample");
    std::fs::write(&file, text.replace("t3.small", "t3.large")).expect("it can be written");
    let plan = place.kilter(&["-C", at, "plan", "cloud", "--format", "json"]).expect(0).json();
    assert_eq!(plan["errored"], false);
    let changes = plan["resource_changes"].as_array().expect("changes");
    let changed: Vec<_> = changes.iter().filter(|change| change["change"]["actions"][0] != "no-op").collect();
    assert_eq!(changed.len(), 2, "{plan}");
    for change in changed {
        assert_eq!(change["change"]["actions"], serde_json::json!(["update"]));
        let (before, after) = (&change["change"]["before"], &change["change"]["after"]);
        assert_eq!((&before["instance_type"], &after["instance_type"]), (&"t3.small".into(), &"t3.large".into()));
        let other = |side: &serde_json::Value| {
            let mut side = side.as_object().expect("an object").clone();
            side.remove("instance_type");
            side
        };
        assert_eq!(other(before), other(after), "one argument was edited, one changes");
    }
    // All stacks together are one object, each with its plan.
    let all = place.kilter(&["-C", at, "plan", "--format", "json"]).expect(0).json();
    let cloud = all["stacks"].as_array().expect("stacks").iter().find(|stack| stack["stack"] == "cloud");
    let cloud = cloud.expect("the stack is there");
    assert_eq!((cloud["prior"].as_str(), cloud["fidelity"].as_str()), (Some("HEAD"), Some("previewed")));
    assert_eq!(cloud["plan"]["format_version"], "1.2");
}

#[test]
fn warnings_alone_keep_no_repo_from_its_walk() {
    let place = Place::new();
    let repo = place.path("plain");
    std::fs::create_dir_all(&repo).expect("a directory");
    place.git(&repo, &["init", "-q", "-b", "main"]);
    std::fs::write(repo.join("main.tf"), "resource \"terraform_data\" \"x\" {\n  input = 1\n}\n").expect("a file");
    place.git(&repo, &["add", "-A"]);
    place.git(&repo, &["commit", "-qm", "Begin"]);
    let at = repo.to_str().expect("a path");
    let found = place.kilter(&["-C", at, "lint"]).expect(0);
    assert!(found.out.contains("terraform_required_version"), "{}", found.out);
    place.kilter(&["-C", at, "lint", "--threshold", "warning"]).expect(3);
    place.kilter(&["-C", at, "ci"]).expect(0);
    place.kilter(&["-C", at, "apply", "--auto-approve"]).expect(0);
    place.kilter(&["-C", at, "destroy", "--auto-approve"]).expect(0);
}
