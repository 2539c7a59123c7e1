//! The real program, killed with `kill -9` at some moment of an apply: the state stays valid, the next start says what
//! happened, and applying again completes it.

use std::time::Duration;

use crate::world::{Place, free_port, move_port};

#[test]
fn an_apply_that_is_killed_is_completed_by_the_next_one() {
    let place = Place::new();
    let repo = place.demo("repo");
    let at = repo.to_str().expect("a path");
    move_port(&repo, free_port());
    place.git(&repo, &["commit", "-qam", "Open a third site"]);
    let kilter = |args: &[&str]| place.kilter(&[&["-C", at], args].concat());
    kilter(&["ci"]).expect(0);
    let journal = repo.join(".git/kilter/environments/test/journal.jsonl");
    let mut interrupted = 0;
    for step in 1..=6 {
        let before = std::fs::read(&journal).unwrap_or_default();
        let mut command = place.command(env!("CARGO_BIN_EXE_kilter"));
        let mut child = command
            .args(["-C", at, "apply", "--auto-approve"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("it starts");
        // From the moment it begins to change something, a little later each time.
        let begun = (0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(2));
            std::fs::read(&journal).is_ok_and(|now| now != before) || child.try_wait().expect("a child").is_some()
        });
        assert!(begun);
        std::thread::sleep(Duration::from_millis(step * 25));
        child.kill().expect("it can be killed");
        child.wait().expect("a child");
        let status = kilter(&["status", "--format", "json"]).expect(0).json();
        let environment = &status["environments"][0];
        if journal.is_file() {
            interrupted += 1;
            assert_eq!(environment["health"], "interrupted", "{environment}");
            let notice = environment["notice"].as_str().unwrap_or_default();
            assert!(
                notice.contains("was interrupted") && notice.contains("applying again completes it"),
                "{environment}"
            );
        }
        for stack in ["network", "web"] {
            let file = journal.with_file_name("checkout").join(stack).join("terraform.tfstate");
            // Locked but not written yet, it is empty.
            if std::fs::metadata(&file).is_ok_and(|meta| meta.len() > 0) {
                let state = kilter(&["state", stack, "--env", "test"]).expect(0).json();
                assert_eq!(state["version"], 4, "the state is whole");
            }
        }
    }
    assert!(interrupted > 0, "no apply was caught in the middle");
    kilter(&["apply", "--auto-approve"]).expect(0);
    kilter(&["verify"]).expect(0);
    kilter(&["drift"]).expect(0);
    kilter(&["destroy", "--auto-approve"]).expect(0);
    assert!(!journal.with_file_name("").exists());
}
