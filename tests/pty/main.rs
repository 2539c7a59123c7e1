//! The real binary in a real terminal, on a copy of the sample repo. Few tests, and they read the screen.

#![allow(clippy::disallowed_methods, reason = "tests build their own world")]

mod screen;

use std::fs;

use screen::{Place, Session};

#[test]
fn a_save_is_seen_without_a_key() {
    let place = Place::new();
    let repo = place.demo();
    let mut session = Session::open(&place, &repo, 120, 40);
    session.wait_for("Readings and Events");
    session.wait_for("previewed");

    let file = repo.join("web/variables.tf");
    let before = fs::read_to_string(&file).expect("the file is there");
    fs::write(&file, before.replace("Readings and Events", "Evenings at the Shop")).expect("it can be written");
    session.wait_for("Evenings at the Shop");

    // A broken file says where; what was planned last stays in sight.
    fs::write(&file, before.replace("variable \"port\" {", "variable \"port\" {{")).expect("it can be written");
    session.wait_for("variables.tf:");
    let screen = session.text();
    assert!(screen.contains("module.site") || screen.contains("local_file"), "the last good plan is gone:\n{screen}");

    fs::write(&file, &before).expect("it can be written");
    session.wait_for("Readings and Events");
    session.keys("q");
    session.ended();
}

#[test]
fn the_terminal_is_given_back() {
    let place = Place::new();
    let repo = place.demo();
    for signal in ["TERM", "HUP"] {
        let mut session = Session::open(&place, &repo, 80, 24);
        session.wait_for("Stacks");
        session.signal(signal);
        session.ended();
        assert!(session.left_alternate_screen(), "after SIG{signal}");
    }
}

#[test]
fn small_terminals_say_how_large_they_want_to_be() {
    let place = Place::new();
    let repo = place.demo();
    let mut session = Session::open(&place, &repo, 30, 8);
    session.wait_for("kilter wants");
    session.keys("q");
    session.ended();
}

#[test]
fn the_walk_by_keys_alone() {
    let place = Place::new();
    let repo = place.demo();
    place.move_port(&repo);
    let mut session = Session::open(&place, &repo, 120, 40);
    session.wait_for("4 changed");
    // Changes pane: stage every file, then commit with a message.
    session.keys("2");
    for _ in 0..4 {
        session.keys(" ");
        session.settle();
        session.keys("j");
    }
    session.keys("c");
    session.wait_for("Ctrl-s commit");
    session.keys("Open a third site");
    session.keys("\x13");
    session.wait_for("committed");
    session.keys("x");
    session.wait_for("✓ green");
    session.keys("\x1b");
    session.settle();
    session.keys("a");
    session.wait_for("y yes");
    session.keys("y");
    session.wait_for("apply done");
    session.settle();
    session.keys("v");
    session.wait_for("✓ healthy");
    session.keys("q");
    session.ended();
    // It lives on when Kilter quits.
    let status = place.kilter(&repo, &["status", "--format", "json"]);
    assert!(status.contains("\"health\": \"healthy\""), "{status}");
    place.kilter(&repo, &["destroy", "--auto-approve"]);
    assert!(!repo.join(".git/kilter/environments/test").exists());
}

#[test]
fn the_console_edits_completes_and_remembers() {
    let place = Place::new();
    let repo = place.demo();
    let mut session = Session::run(&place, &repo, &["console", "web"], 100, 30);
    session.wait_for("> ");
    // Names and attributes are completed.
    session.keys("var.por\t");
    session.wait_for("> var.port");
    session.keys("\r");
    session.wait_for("\n8080");
    session.keys("var.sites.bl\t");
    session.wait_for("var.sites.blog");
    session.keys(".title\r");
    session.wait_for("\"The Fernhill Blog\"");
    // An open bracket goes on in the next line.
    session.keys("[40 + 2,\r");
    session.settle();
    session.keys("\"x\"]\r");
    // Control keys are for the line editor, so it has to be there: before its prompt the terminal takes them itself.
    session.wait_for("  42,\n  \"x\",\n]\n> ");
    // Ctrl-C gives a line up, an error does not end the session.
    session.keys("nonsense\x03");
    session.settle();
    session.keys("1 +\r");
    session.wait_for("Missing expression");
    session.keys("sensitive(\"hunter2\")\r");
    session.wait_for("(sensitive value)");
    session.keys("6 * 111\r");
    session.wait_for("\n666\n> ");
    session.settle();
    session.keys("\x04");
    session.ended();
    // The next session calls the last line back; what was secret was never kept.
    let mut session = Session::run(&place, &repo, &["console", "web"], 100, 30);
    session.wait_for("> ");
    session.keys("\x1b[A");
    session.wait_for("> 6 * 111");
    session.keys("\r");
    session.wait_for("\n666");
    session.keys("exit\r");
    session.ended();
    let kept = fs::read_to_string(repo.join(".git/kilter/console.json")).expect("a history");
    assert!(kept.contains("6 * 111") && !kept.contains("hunter2"), "{kept}");
}
