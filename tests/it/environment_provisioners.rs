//! The real program and repos with provisioners: trust, locks shared with the real terraform, interrupts, `kill -9`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::world::Place;

/// A repo with one stack, committed.
struct Site {
    place: Place,
    repo: PathBuf,
}

impl Site {
    fn new(main: &str) -> Site {
        let place = Place::new();
        let repo = place.path("repo");
        std::fs::create_dir_all(repo.join("web")).unwrap();
        place.git(&place.path(""), &["init", "-q", "-b", "main", "repo"]);
        std::fs::write(repo.join(".gitignore"), ".terraform/\n*.out\n").unwrap();
        let site = Site { place, repo };
        site.commit(main);
        site
    }

    fn commit(&self, main: &str) {
        std::fs::write(self.repo.join("web/main.tf"), main).unwrap();
        self.place.git(&self.repo, &["add", "-A"]);
        self.place.git(&self.repo, &["commit", "-qm", "Change the stack"]);
    }

    fn kilter(&self, args: &[&str]) -> crate::world::Ran {
        let at = self.repo.to_str().expect("a path");
        self.place.kilter(&[&["-C", at], args].concat())
    }

    fn apply(&self) -> crate::world::Ran {
        self.kilter(&["apply", "--auto-approve", "--skip-checks"])
    }

    /// An apply that goes on in the background.
    fn begin(&self) -> Child {
        let at = self.repo.to_str().expect("a path");
        let mut command = self.place.command(env!("CARGO_BIN_EXE_kilter"));
        command.args(["-C", at, "apply", "--auto-approve", "--skip-checks"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("kilter starts")
    }

    fn stack(&self) -> PathBuf {
        self.repo.join(".git/kilter/environments/test/checkout/web")
    }

    fn terraform(&self, args: &[&str]) -> Option<Command> {
        Command::new("terraform").arg("version").output().ok()?;
        let mut command = self.place.command("terraform");
        command.args(args).current_dir(self.stack());
        Some(command)
    }

    fn state(&self) -> serde_json::Value {
        let bytes = std::fs::read(self.stack().join("terraform.tfstate")).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// The statuses of the objects named `name`: `""` or `tainted`.
    fn status(&self, name: &str) -> Vec<String> {
        let state = self.state();
        let resources = state["resources"].as_array().cloned().unwrap_or_default();
        let named = resources.iter().filter(|resource| resource["name"] == name);
        let instances = named.flat_map(|resource| resource["instances"].as_array().cloned().unwrap_or_default());
        instances.map(|instance| instance["status"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// Waits for something that is bound to happen.
fn until(what: &str, happened: impl Fn() -> bool) {
    let began = Instant::now();
    while !happened() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

/// Makes something, then waits until a file appears.
const WAITS: &str = r#"
resource "terraform_data" "first" {}
resource "terraform_data" "slow" {
  input = terraform_data.first.id
  provisioner "local-exec" {
    command = "echo begun >> begun.out; while [ ! -e go.out ]; do sleep 0.02; done; echo done >> done.out"
  }
}
resource "terraform_data" "last" {
  input = terraform_data.slow.id
}
"#;

#[test]
fn provisioners_are_refused_before_anything_is_touched_until_the_repo_is_trusted() {
    let site = Site::new(WAITS);
    let refused = site.apply();
    assert_ne!(refused.code, Some(0));
    assert!(refused.err.contains("Provisioner not run") && refused.err.contains("kilter trust"), "{}", refused.err);
    assert!(site.state().is_null(), "nothing was made: {}", site.state());
    std::fs::create_dir_all(site.stack()).unwrap();
    std::fs::write(site.stack().join("go.out"), "").unwrap();
    site.kilter(&["trust"]).expect(0);
    let done = site.apply().expect(0);
    assert!(done.err.contains("(local-exec): Executing: [\"/bin/sh\" \"-c\""), "{}", done.err);
    assert_eq!((lines(&site.stack().join("done.out")), site.status("slow")), (1, vec![String::new()]));
    site.kilter(&["trust", "--revoke"]).expect(0);
    site.kilter(&["destroy", "--auto-approve"]).expect(0);
    assert!(!site.stack().exists());
}

#[test]
fn what_runs_before_a_destroy_waits_for_trust_too() {
    let site = Site::new("");
    let gone = site.place.path("gone.out");
    site.commit(&format!(
        "resource \"terraform_data\" \"a\" {{\n  input = \"{}\"\n  provisioner \"local-exec\" {{\n    when    = destroy\n    command = \"echo gone >> ${{self.input}}\"\n  }}\n}}\n",
        gone.display()
    ));
    site.apply().expect(0);
    let before = site.state();
    let refused = site.kilter(&["destroy", "--auto-approve"]);
    assert_ne!(refused.code, Some(0));
    assert!(refused.err.contains("Provisioner not run") && refused.err.contains("kilter trust"), "{}", refused.err);
    assert_eq!((site.state(), lines(&gone)), (before, 0), "nothing is touched");
    site.kilter(&["trust"]).expect(0);
    site.kilter(&["destroy", "--auto-approve", "--parallelism", "1"]).expect(0);
    assert_eq!(lines(&gone), 1);
}

#[test]
fn kilter_and_terraform_keep_each_other_from_a_state() {
    let site = Site::new(WAITS);
    site.kilter(&["trust"]).expect(0);
    if site.place.command("terraform").arg("version").output().is_err() {
        eprintln!("SKIPPED: there is no terraform on PATH to share a lock with");
        return;
    }
    let mut kilter = site.begin();
    until("the provisioner", || lines(&site.stack().join("begun.out")) == 1);
    let run = |args: &[&str]| {
        let done = site.terraform(args).expect("terraform").output().expect("terraform runs");
        (done.status.code(), [done.stdout, done.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat())
    };
    assert_eq!(run(&["init", "-no-color"]).0, Some(0));
    let (code, said) = run(&["plan", "-no-color"]);
    assert_eq!(code, Some(1), "{said}");
    for word in
        ["Error acquiring the state lock", "Who:       somebody@", "Version:   kilter", "Info:      kilter apply"]
    {
        assert!(said.contains(word), "{word}: {said}");
    }
    std::fs::write(site.stack().join("go.out"), "").unwrap();
    assert!(kilter.wait().expect("a child").success());
    let (code, said) = run(&["plan", "-no-color", "-detailed-exitcode"]);
    assert_eq!(code, Some(0), "the lock is given back, and nothing is left to do: {said}");

    // The other way round.
    std::fs::remove_file(site.stack().join("go.out")).unwrap();
    let mut command = site.terraform(&["apply", "-auto-approve", "-replace=terraform_data.slow"]).expect("terraform");
    let mut terraform = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("terraform starts");
    until("terraform's provisioner", || lines(&site.stack().join("begun.out")) == 2);
    let refused = site.apply();
    assert_ne!(refused.code, Some(0));
    let expected = "the state of web is locked: apply by ";
    assert!(refused.err.contains(expected) && refused.err.contains(" with terraform 1."), "{}", refused.err);
    assert!(refused.err.contains(" since 20"), "{}", refused.err);
    std::fs::write(site.stack().join("go.out"), "").unwrap();
    assert!(terraform.wait().expect("a child").success());
    let done = site.apply().expect(0);
    assert!(done.out.contains("0 added, 0 changed, 0 destroyed"), "{}", done.out);
}

#[test]
fn an_interrupt_ends_the_command_and_keeps_what_was_done() {
    let site = Site::new(WAITS);
    site.kilter(&["trust"]).expect(0);
    let kilter = site.begin();
    until("the provisioner", || lines(&site.stack().join("begun.out")) == 1);
    let pid = kilter.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let ended = kilter.wait_with_output().expect("a child");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert_eq!(
        (site.status("first"), site.status("slow")),
        (vec![String::new()], vec!["tainted".to_owned()]),
        "{said}"
    );
    assert_eq!(site.status("last"), Vec::<String>::new());
    assert_eq!(lines(&site.stack().join("done.out")), 0);
    std::fs::write(site.stack().join("go.out"), "").unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(lines(&site.stack().join("done.out")), 0, "the command does not go on by itself");
    let done = site.apply().expect(0);
    assert!(done.out.contains("2 added, 0 changed, 1 destroyed"), "{}", done.out);
    assert_eq!(site.status("slow"), [""]);
}

#[test]
fn what_was_being_provisioned_when_the_process_died_is_made_anew() {
    let site = Site::new(WAITS);
    site.kilter(&["trust"]).expect(0);
    let mut kilter = site.begin();
    until("the provisioner", || lines(&site.stack().join("begun.out")) == 1);
    kilter.kill().expect("it can be killed");
    kilter.wait().expect("a child");
    assert_eq!(site.status("slow"), ["tainted"]);
    // The command of the dead process ends in its own time.
    std::fs::write(site.stack().join("go.out"), "").unwrap();
    let first = site.state()["resources"][0]["instances"][0]["attributes"]["id"].clone();
    site.apply().expect(0);
    assert_eq!((site.status("slow"), site.status("last")), (vec![String::new()], vec![String::new()]));
    assert_eq!(site.state()["resources"][0]["instances"][0]["attributes"]["id"], first, "what was done stays done");
}

#[test]
fn a_corrupt_or_future_state_is_refused_and_left_alone_with_what_to_do() {
    let site = Site::new("resource \"terraform_data\" \"a\" {\n  input = 1\n}\n");
    site.apply().expect(0);
    site.commit("resource \"terraform_data\" \"a\" {\n  input = 2\n}\n");
    site.apply().expect(0);
    let path = site.stack().join("terraform.tfstate");
    let whole = std::fs::read_to_string(&path).unwrap();
    let resource = &site.state()["resources"][0];
    let twice = whole.replacen("\"resources\": [", &format!("\"resources\": [ {resource},"), 1);
    for (broken, word) in [
        (whole[..whole.len() / 2].to_owned(), "ends in the middle"),
        (whole.replace("\"version\": 4", "\"version\": 5"), "format version 5"),
        (twice, "appears multiple times"),
        ("hello".to_owned(), "not valid JSON"),
    ] {
        std::fs::write(&path, &broken).unwrap();
        for command in [&["apply", "--auto-approve", "--skip-checks"][..], &["destroy", "--auto-approve"]] {
            let refused = site.kilter(command);
            assert_ne!(refused.code, Some(0));
            assert!(refused.err.contains(word), "{word}: {}", refused.err);
            assert!(refused.err.contains("terraform.tfstate.backup (serial 1)"), "{}", refused.err);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), broken, "it is untouched");
        }
    }
    std::fs::copy(site.stack().join("terraform.tfstate.backup"), &path).unwrap();
    assert!(site.apply().expect(0).out.contains("0 added, 1 changed, 0 destroyed"));
}

#[test]
fn a_state_lies_where_the_local_backend_says() {
    let text = |path: &str, input: u32| {
        format!(
            "terraform {{\n  backend \"local\" {{\n    path = \"{path}\"\n  }}\n}}\nresource \"terraform_data\" \"a\" {{\n  input = {input}\n}}\n"
        )
    };
    let site = Site::new(&text("../states/web.tfstate", 1));
    site.apply().expect(0);
    let states = site.stack().join("../states");
    assert!(states.join("web.tfstate").is_file() && !site.stack().join("terraform.tfstate").exists());
    site.commit(&text("../states/web.tfstate", 2));
    site.apply().expect(0);
    assert!(states.join("web.tfstate.backup").is_file());
    if let Some(mut init) = site.terraform(&["init", "-no-color"]) {
        assert!(init.output().expect("terraform").status.success());
        let plan = site.terraform(&["plan", "-no-color", "-detailed-exitcode"]).expect("terraform").output();
        let plan = plan.expect("terraform runs");
        assert_eq!(plan.status.code(), Some(0), "{}", String::from_utf8_lossy(&plan.stdout));
    }
    site.commit(&text("moved.tfstate", 2));
    let done = site.apply().expect(0);
    assert!(done.out.contains("0 added, 0 changed, 0 destroyed"), "the state goes along: {}", done.out);
    assert!(site.stack().join("moved.tfstate").is_file());
    // What lies outside the checkout is none of an environment's business.
    let outside = site.place.path("outside.tfstate");
    site.commit(&text(outside.to_str().expect("a path"), 2));
    site.apply().expect(0);
    assert!(!outside.exists() && site.stack().join("terraform.tfstate").is_file());
    site.kilter(&["destroy", "--auto-approve"]).expect(0);
}
