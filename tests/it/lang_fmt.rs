//! Formatting: the bytes of `terraform fmt`, no comment lost, and formatting twice changes nothing more.

use std::path::{Path, PathBuf};
use std::process::Command;

use kilter::lang::fmt::format_source;
use proptest::prelude::*;

use crate::lang_syntax::{Dice, random_text};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/fmt")
}

/// The ugly files with the name of their formatted ones.
fn corpus() -> Vec<(String, String, String)> {
    let mut corpus = Vec::new();
    for entry in std::fs::read_dir(golden()).expect("the goldens are there") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name.contains(".in.") {
            let read = |path: &Path| std::fs::read_to_string(path).expect("a golden is UTF-8");
            let out = path.with_file_name(name.replace(".in.", ".out."));
            corpus.push((name, read(&path), read(&out)));
        }
    }
    corpus.sort();
    assert!(corpus.len() >= 14, "the corpus shrank to {}", corpus.len());
    corpus
}

#[test]
fn ugly_files_become_the_bytes_that_terraform_writes() {
    for (name, ugly, wanted) in corpus() {
        let formatted = format_source(&ugly).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
        assert_eq!(formatted, wanted, "{name}");
        assert_eq!(format_source(&formatted).as_ref(), Ok(&formatted), "{name} again");
    }
}

#[test]
fn broken_files_are_not_touched() {
    let faults = format_source("a = [\n").expect_err("a broken file");
    assert_eq!(faults[0].summary, "Missing expression");
    assert!(format_source("a = 1\na = 2\n").is_err());
}

#[test]
fn comments_between_labels_stay_where_terraform_drops_them() {
    let formatted = format_source("resource /* a */ x /* b */ \"y\" /* c */ {\n}\n").expect("valid");
    assert_eq!(formatted, "resource /* a */ \"x\" /* b */ \"y\" /* c */ {\n}\n");
}

#[test]
fn labels_with_escaped_sequences_stay() {
    let text = "a \"b$${c}\" {\n}\n";
    assert_eq!(format_source(text).as_deref(), Ok(text));
}

#[test]
fn what_was_valid_stays_valid() {
    let nasty = [
        "a = \"${b ? # c\n c : d}\"\n",
        "a = \"${b # c\n}\"\n",
        "a = \"${# c\n b}\"\n",
        "a = \"${f(<<E\nx\nE\n)}\"\n",
        "a = \"${<<E\nx\nE\n}\"\n",
        "a = \"${\"${b}\"}\"\n",
        "a { b = \"${c\n}\" }\n",
        "variable \"a\" {\n  type = /* c */ \"list\" # d\n}\n",
        "a = [\"${b\n? c : d}\"]\n",
    ];
    for text in nasty {
        let once = format_source(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
        assert!(format_source(&once).is_ok(), "{text:?} became {once:?}");
        assert_eq!(comments(text), comments(&once), "{text:?}");
    }
}

/// Changes blanks that do not matter, reproducibly.
fn shake(text: &str, mut seed: u64) -> String {
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let mut shaken = String::new();
    let mut heredoc = false;
    for line in text.split_inclusive('\n') {
        heredoc |= line.contains("<<");
        if heredoc {
            // What is in a heredoc is not blank: leave the rest of the file alone.
            shaken.push_str(line);
            continue;
        }
        let mut quoted = false;
        let mut comment = false;
        if random() % 4 == 0 {
            shaken.push_str(&" ".repeat((random() % 5) as usize));
        }
        if random() % 12 == 0 {
            shaken.push('\n');
        }
        for char in line.chars() {
            quoted ^= char == '"';
            comment |= char == '#' || char == '/';
            let free = !quoted && !comment;
            match char {
                ' ' if free && random() % 3 == 0 => shaken.push_str(&" ".repeat(1 + (random() % 3) as usize)),
                '=' | ',' | '{' | '[' | ']' if free && random() % 4 == 0 => {
                    shaken.push(char);
                    shaken.push(' ');
                }
                char => shaken.push(char),
            }
        }
    }
    shaken
}

#[test]
fn shaken_files_come_out_as_from_terraform() {
    let mut texts = Vec::new();
    for (index, (_, ugly, formatted)) in corpus().into_iter().enumerate() {
        for seed in 0..20 {
            let text = shake(if seed % 2 == 0 { &ugly } else { &formatted }, seed * 100 + index as u64);
            if format_source(&text).is_ok() {
                texts.push(text);
            }
        }
    }
    assert!(texts.len() > 150, "only {} shaken files are still valid", texts.len());
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = |index: usize| directory.path().join(format!("t{index}.tf"));
    for (index, text) in texts.iter().enumerate() {
        std::fs::write(path(index), text).expect("a case is written");
    }
    let ran = Command::new("terraform")
        .args(["fmt", "-list=false", "."])
        .current_dir(directory.path())
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("CHECKPOINT_DISABLE", "1")
        .output();
    let Ok(ran) = ran else {
        eprintln!("SKIPPED: there is no terraform here to compare the formatting with");
        return;
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    for (index, text) in texts.iter().enumerate() {
        let wanted = std::fs::read_to_string(path(index)).expect("terraform wrote it back");
        assert_eq!(format_source(text).expect("valid"), wanted, "{text}");
    }
}

#[test]
fn random_valid_texts_come_out_as_from_terraform() {
    let mut dice = Dice(16_180_339);
    let mut texts = Vec::new();
    for _ in 0..6000 {
        let text = random_text(&mut dice);
        if let Ok(formatted) = format_source(&text) {
            assert!(format_source(&formatted).is_ok(), "{text:?} became {formatted:?}");
            texts.push((text, formatted));
        }
    }
    assert!(texts.len() > 300, "only {} texts are valid", texts.len());
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = |index: usize| directory.path().join(format!("t{index}.tf"));
    for (index, (text, _)) in texts.iter().enumerate() {
        std::fs::write(path(index), text).expect("a case is written");
    }
    let ran = Command::new("terraform")
        .args(["fmt", "-list=false", "."])
        .current_dir(directory.path())
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("CHECKPOINT_DISABLE", "1")
        .output();
    if ran.is_err() {
        eprintln!("SKIPPED: there is no terraform here to compare the formatting with");
        return;
    }
    for (index, (text, ours)) in texts.iter().enumerate() {
        let theirs = std::fs::read_to_string(path(index)).expect("terraform wrote it back");
        // Where terraform loses a comment or a label between two braces, we do not follow.
        let lossy =
            comments(&theirs).len() < comments(text).len() || theirs.matches('"').count() < ours.matches('"').count();
        // Where it writes what it cannot read, neither.
        if !lossy && format_source(&theirs).is_ok() {
            assert_eq!(*ours, theirs, "{text:?}");
        }
    }
}

fn comments(text: &str) -> Vec<String> {
    let source = kilter::lang::syntax::SourceFile::new(kilter::model::place::RepoPath::root(), text);
    kilter::lang::syntax::tokens(&source)
        .iter()
        .filter(|token| token.kind == kilter::lang::syntax::TokenKind::Comment)
        .map(|token| source.slice(token.span).to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn formatting_is_idempotent_and_keeps_every_comment(seed in any::<u64>(), which in any::<prop::sample::Index>()) {
        let corpus = corpus();
        let text = shake(&which.get(&corpus).1, seed);
        if let Ok(once) = format_source(&text) {
            prop_assert_eq!(comments(&text), comments(&once));
            let twice = format_source(&once).map_err(|faults| TestCaseError::fail(format!("{faults:?}\n{once}")))?;
            prop_assert_eq!(once, twice);
        }
    }
}
