//! `validate`, `plan` and the whole plan JSON as terraform 1.11.4 has them, over a corpus of small configurations.
//!
//! Each case of `tests/golden/terraform-1.11.4/corpus` is a text of files and, beside it, what terraform said to them.
//! `KILTER_RECORD=new` records cases without an answer, `KILTER_RECORD=all` all of them; `CASE=text` picks by name;
//! `KILTER_LIVE=all` asks the terraform at hand about every case again rather than about a few.

mod case;
mod compare;
mod kilter;
mod terraform;

use serde_json::{Value as Json, json};

use case::Case;

fn recorded(case: &Case) -> Option<Json> {
    let bytes = std::fs::read(case::directory().join(format!("{}.json", case.name))).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap())
}

fn record(case: &Case) {
    let state = terraform::state_before(case);
    let mut answers = terraform::answers(case, state.as_ref());
    if let Some(state) = state {
        answers = json!({ "state": state, "validate": answers["validate"], "plan": answers["plan"] });
    }
    let path = case::directory().join(format!("{}.json", case.name));
    std::fs::write(path, format!("{}\n", serde_json::to_string_pretty(&answers).unwrap())).unwrap();
}

#[test]
fn plans_and_verdicts_are_terraforms() {
    let engine = super::engine_plan::engine();
    let wanted = std::env::var("KILTER_RECORD").unwrap_or_default();
    let (mut faults, mut right) = (Vec::new(), 0);
    let cases = case::all();
    for case in &cases {
        if wanted == "all" || (wanted == "new" && recorded(case).is_none()) {
            record(case);
        }
        let Some(theirs) = recorded(case) else {
            faults.push(format!("{}: no answer of terraform is recorded; KILTER_RECORD=new records it", case.name));
            continue;
        };
        let ours = kilter::answers(&engine, case, theirs.get("state"));
        let found = compare::differences(&theirs, &ours);
        right += usize::from(found.is_empty());
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", case.name)));
    }
    println!("{right} of {} cases are as terraform has them", cases.len());
    assert!(faults.is_empty(), "{right} of {} are right\n{}", cases.len(), faults.join("\n"));
}

#[test]
fn the_terraform_at_hand_still_says_so() {
    if !super::oracle::is_present() {
        eprintln!("SKIPPED: no terraform 1.11 on PATH to compare the recorded answers with");
        return;
    }
    let every = if std::env::var("KILTER_LIVE").is_ok_and(|live| live == "all") { 1 } else { 12 };
    let mut faults = Vec::new();
    for case in case::all().iter().step_by(every) {
        let Some(known) = recorded(case) else { continue };
        let now = terraform::answers(case, known.get("state"));
        faults.extend(compare::differences(&known, &now).into_iter().map(|fault| format!("{}: {fault}", case.name)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
