//! Assertions whose error message says nothing.

use crate::lint::check::{Check, Run};
use crate::lint::report::Report;
use crate::lint::test_file::TestFiles;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Tests(check));

static RULE: Rule = Rule {
    id: "kilter_test_error_message",
    title: "Error message that says nothing",
    level: Level::Warning,
    explanation: "The message is what people read when the assertion fails, often in a log and months later. Say what is wrong with the module then, and what it is instead: a message may refer to values.",
    bad: r#"run "three" {
  assert {
    condition     = output.size == 3
    error_message = "Failed."
  }
}
"#,
    good: r#"run "three" {
  assert {
    condition     = output.size == 3
    error_message = "There are ${output.size} of them, not three."
  }
}
"#,
    source: "https://developer.hashicorp.com/terraform/language/tests#assertions",
};

/// What a failed assertion says by itself.
const EMPTY_WORDS: [&str; 18] = [
    "assert failed",
    "assertion failed",
    "bad",
    "condition failed",
    "err",
    "error",
    "error message",
    "fail",
    "failed",
    "failure",
    "invalid",
    "message",
    "tbd",
    "test",
    "test failed",
    "test failure",
    "todo",
    "wrong",
];

fn check(tests: &TestFiles<'_>, report: &mut Report) {
    for file in tests.files {
        let runs = file.parsed.body.blocks_of("run");
        let messages = runs
            .flat_map(|run| run.body.blocks_of("assert"))
            .filter_map(|assert| assert.body.attribute("error_message"));
        for message in messages {
            let Some(text) = message.expr.literal_text() else { continue };
            let said = text.trim().trim_end_matches(['.', '!', ':', '…']).trim_end().to_lowercase();
            let told = match &*said {
                "" => "The error message is empty".to_owned(),
                words if EMPTY_WORDS.contains(&words) => {
                    format!("The error message \"{}\" does not say what is wrong", text.trim())
                }
                _ => continue,
            };
            report.add(&file.source, message.expr.span, told);
        }
    }
}
