//! The contract that the machine and the fake keep alike.

use std::cell::Cell;

use super::lines::{LINE_LIMIT, Lines};
use super::*;

fn shell(script: &str) -> Invocation {
    Invocation::new("sh", ["-c", script], "/")
}

const TALK: &str = "echo one; echo two; echo oops >&2; exit 3";
/// It waits by itself: a shell that waits for a child sees the interrupt through the child's end, which is a race.
const WAIT: &str = "trap 'exit 7' INT; echo ready; while :; do :; done";

/// Whether this process was started with SIGINT ignored, as a script's background jobs are.
fn interrupts_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0)
}

/// What the machine and the fake keep alike.
fn contract(processes: &dyn Processes) {
    let mut out = Vec::new();
    let mut err = Vec::new();
    let outcome = processes
        .run(
            &shell(TALK),
            &mut |stream, line| {
                if stream == Stream::Out { out.push(line.to_owned()) } else { err.push(line.to_owned()) }
            },
            &|| CancelLevel::None,
        )
        .unwrap();
    assert_eq!((out.join(","), err.join(",")), ("one,two".to_owned(), "oops".to_owned()));
    assert_eq!((outcome.code, outcome.cancelled), (Some(3), false));
    assert_eq!((outcome.stdout.as_slice(), outcome.stderr.as_slice()), (&b"one\ntwo\n"[..], &b"oops\n"[..]));

    let ready = Cell::new(false);
    let stop = || if ready.get() { CancelLevel::Interrupt } else { CancelLevel::None };
    let mut wait = shell(WAIT);
    wait.grace = Duration::from_millis(500);
    let outcome = processes.run(&wait, &mut |_, _| ready.set(true), &stop).unwrap();
    if interrupts_are_ignored() {
        // Started in the background of a script: what is started from here ignores interrupts too, and is killed.
        eprintln!("SKIPPED: an interrupt reaches nobody here, since this process was started ignoring it");
        assert!(outcome.cancelled);
    } else {
        assert_eq!((outcome.code, outcome.cancelled), (Some(7), true));
    }

    let missing = processes.run_quietly(&Invocation::new("no-such-program", [""; 0], "/")).unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    assert!(missing.to_string().contains("no-such-program"));
    assert!(processes.find_program("sh").is_some_and(|path| path.ends_with("sh")));
    assert_eq!(processes.find_program("no-such-program"), None);
}

#[test]
fn the_machine_keeps_the_contract() {
    contract(&RealProcesses);
}

#[test]
fn the_fake_keeps_the_contract() {
    let fake = FakeProcesses::default();
    let answer = |script: &str, lines: &[(Stream, &str)], code, until_cancelled| FakeAnswer {
        program: "sh".to_owned(),
        args: vec!["-c".to_owned(), script.to_owned()],
        lines: lines.iter().map(|(stream, line)| (*stream, (*line).to_owned())).collect(),
        code,
        until_cancelled,
    };
    fake.answer(answer(TALK, &[(Stream::Out, "one"), (Stream::Out, "two"), (Stream::Err, "oops")], 3, false));
    fake.answer(answer(WAIT, &[(Stream::Out, "ready")], 7, true));
    contract(&fake);
    assert_eq!(fake.asked().len(), 3);
}

#[test]
fn whoever_ignores_the_interrupt_is_killed_with_its_children() {
    let mut invocation = shell("trap '' INT; echo ready; sleep 60 & wait; sleep 60");
    invocation.grace = Duration::from_millis(100);
    let ready = Cell::new(false);
    let stop = || if ready.get() { CancelLevel::Again } else { CancelLevel::None };
    let outcome = RealProcesses.run(&invocation, &mut |_, _| ready.set(true), &stop).unwrap();
    assert_eq!((outcome.signal, outcome.cancelled), (Some(9), true));
    assert!(outcome.took < Duration::from_secs(20));
}

#[test]
fn a_grandchild_that_keeps_the_pipe_open_holds_nobody_up() {
    let outcome = RealProcesses.run_quietly(&shell("sleep 30 & echo done")).unwrap();
    assert_eq!(outcome.stdout, b"done\n");
    assert!(outcome.took < Duration::from_secs(20));
}

#[test]
fn input_environment_and_directory_arrive() {
    let mut invocation =
        shell("cat; printf '%s %s' \"$KILTER_X\" \"$PWD\"; [ -z \"${HOME+x}\" ]").with_env("KILTER_X", "y");
    invocation.env.insert("HOME".to_owned(), None);
    invocation.stdin = Some(b"in\n".to_vec());
    let outcome = RealProcesses.run_quietly(&invocation).unwrap();
    assert_eq!((outcome.code, outcome.stdout.as_slice()), (Some(0), b"in\ny /".as_slice()));
}

#[test]
fn lines_are_cut_at_line_ends_only_and_overlong_ones_are_marked() {
    let mut lines = Lines::default();
    let mut seen = Vec::new();
    lines.feed("a\r\nb\nhal".as_bytes(), &mut |line| seen.push(line.to_owned()));
    lines.feed(b"f", &mut |line| seen.push(line.to_owned()));
    lines.end(&mut |line| seen.push(line.to_owned()));
    lines.feed(&vec![b'x'; LINE_LIMIT + 10], &mut |line| seen.push(line.to_owned()));
    lines.end(&mut |line| seen.push(line.to_owned()));
    assert_eq!(seen[..3], ["a", "b", "half"]);
    assert!(seen[3].ends_with('…') && seen[3].len() < LINE_LIMIT + 10);
}

#[test]
fn a_command_line_reads_as_a_person_would_type_it() {
    assert_eq!(
        Invocation::new("terraform", ["plan", "-var", "a=it's"], ".").command_line(),
        r"terraform plan -var 'a=it'\''s'"
    );
}
