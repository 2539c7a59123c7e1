//! Formatting: the bytes of `terraform fmt`, no comment lost, and formatting twice changes nothing more.

use std::path::{Path, PathBuf};
use std::process::Command;

use kilter::lang::fmt::format_source;
use proptest::prelude::*;

use crate::lang_syntax::{Dice, cases, random_text, seed};
use crate::ugly::ugly_file;
use crate::world::Place;

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

/// Each found by the generator; the right sides are terraform's.
#[test]
fn line_ends_in_brackets_need_no_more_brackets() {
    let cases = [
        ("a = \"${f( #c\nb ...)}\"\n", "a = f( #c\nb...)\n"),
        ("a = \"${[ b, #c\n]}\"\n", "a = [b, #c\n]\n"),
        ("a = \"${[ b,\n]}\"\n", "a = ([b,\n])\n"),
        ("a = \"${\"${b  # c\n}\"}\"\n", "a = \"${b # c\n}\"\n"),
        ("a = \"${ \"${b}\" # c\n~}\" # d\n", "a = \"${b}\" # c\n# d\n"),
        ("a { b = \"${[c # d\n]}\" }\n", "a { b = [c # d\n] }\n"),
        ("a = \"${(b\n)}\"\n", "a = (b\n)\n"),
    ];
    for (ugly, wanted) in cases {
        assert_eq!(format_source(ugly).as_deref(), Ok(wanted), "{ugly:?}");
    }
    compare(&cases.map(|(ugly, _)| ugly.to_owned()));
}

#[test]
fn signs_before_line_ends_count_as_terraform_counts_them() {
    let case = |text: &str| format!("a = <<E\n{text}${{ # c\nb # d\n}}\nE\n");
    let texts = ["%\r\n", "x$\r\n", "%%\r\n", "$%\r\n", "%\n", "日%\r\n", "%%{a}%\r\n", "$%$\r\n"];
    compare(&texts.map(case));
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
        "a { b = \"${c # d\n}\" }\n",
        "a = \"${(b) &&\n c ||\n (d)}\"\n",
        "a = \"${<<E\nE\n}\" # c\n",
        "a = \"${ # c\n <<E\nE\n}\"\n",
        "a { b = \"${<<E\nE\n}\" }\n",
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

/// What terraform makes of each text; `None` when there is no terraform.
fn formatted_by_terraform(texts: &[&str]) -> Option<Vec<String>> {
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
    ran.ok()?;
    Some((0..texts.len()).map(|index| std::fs::read_to_string(path(index)).expect("it is still there")).collect())
}

/// Compares our formatting with terraform's.
fn compare(texts: &[String]) -> bool {
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let Some(all) = formatted_by_terraform(&borrowed) else {
        eprintln!("SKIPPED: there is no terraform here to compare the formatting with");
        return false;
    };
    let mut differences = Vec::new();
    let mut lost = 0;
    for (text, theirs) in texts.iter().zip(all) {
        let ours = format_source(text).unwrap_or_else(|faults| panic!("{faults:?}\n{text:?}"));
        // Where terraform loses a comment or a label between two braces, we do not follow; nor where it makes one
        // number of `1 .2`.
        let lossy = comments(&theirs).len() < comments(text).len()
            || theirs.matches('"').count() < ours.matches('"').count()
            || words(&theirs).len() < words(&ours).len();
        // Where it writes what it cannot read, neither.
        if lossy || format_source(&theirs).is_err() {
            lost += 1;
        } else if ours != theirs {
            differences.push((text.len(), format!("{text:?}\n  ours   {ours:?}\n  theirs {theirs:?}")));
        }
    }
    differences.sort();
    let shown: Vec<&str> = differences.iter().take(8).map(|(_, text)| text.as_str()).collect();
    assert!(
        differences.is_empty(),
        "{} of {} differ; the shortest:\n{}",
        differences.len(),
        texts.len(),
        shown.join("\n")
    );
    assert!(lost < texts.len() / 4, "{lost} of {} could not be compared", texts.len());
    true
}

#[test]
fn random_valid_texts_come_out_as_from_terraform() {
    let mut dice = Dice(seed(16_180_339));
    let mut texts = Vec::new();
    for _ in 0..cases(6000) {
        let text = random_text(&mut dice);
        if let Ok(formatted) = format_source(&text) {
            assert!(format_source(&formatted).is_ok(), "{text:?} became {formatted:?}");
            texts.push(text);
        }
    }
    assert!(texts.len() > cases(6000) / 20, "only {} texts are valid", texts.len());
    compare(&texts);
}

#[test]
fn ugly_random_files_come_out_as_from_terraform() {
    let mut dice = Dice(seed(27_182_818));
    let texts: Vec<String> = (0..cases(600)).map(|_| ugly_file(&mut dice)).collect();
    if compare(&texts) {
        // What terraform wrote may change once more when it is formatted again: then to the same bytes.
        let again: Vec<String> = texts.iter().map(|text| format_source(text).expect("valid")).collect();
        compare(&again);
    }
}

#[test]
fn ugly_random_files_keep_their_tokens() {
    let mut dice = Dice(seed(14_142_135));
    for _ in 0..cases(1500) {
        let text = ugly_file(&mut dice);
        let once = format_source(&text).unwrap_or_else(|faults| panic!("{faults:?}\n{text}"));
        assert_eq!(comments(&text), comments(&once), "{text}");
        if !text.contains("variable ") {
            assert_eq!(words(&text), words(&once), "{text}");
        }
        let twice = format_source(&once).unwrap_or_else(|faults| panic!("{faults:?}\n{text}\nbecame\n{once}"));
        assert_eq!(words(&once), words(&twice), "{text}");
    }
}

/// What formatting never touches: all tokens but blanks, quotes, brackets of expressions, and how labels are escaped.
fn words(text: &str) -> Vec<String> {
    use kilter::lang::syntax::TokenKind as K;
    let source = kilter::lang::syntax::SourceFile::new(kilter::model::place::RepoPath::root(), text);
    let touched = |kind: K| {
        matches!(
            kind,
            K::Space
                | K::Newline
                | K::Comment
                | K::ByteOrderMark
                | K::OpenQuote
                | K::CloseQuote
                | K::OpenInterpolation
                | K::CloseSequence
                | K::OpenParen
                | K::CloseParen
        )
    };
    kilter::lang::syntax::tokens(&source)
        .iter()
        .filter(|token| !touched(token.kind))
        .map(|token| source.slice(token.span).replace("\\u00e9", "é"))
        .collect()
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

#[test]
fn the_command_formats_files_and_standard_input() {
    let place = Place::new();
    let ugly = "a=1\nlong = 2 # c\n";
    let fine = "a    = 1\nlong = 2 # c\n";
    // The exit codes of `terraform fmt` where it formats or checks.
    for (args, input, code, out) in [
        (&["fmt", "-"][..], ugly, 0, fine),
        (&["fmt", "-"], fine, 0, fine),
        (&["fmt", "--check", "-"], ugly, 3, ""),
        (&["fmt", "--check", "-"], fine, 0, ""),
    ] {
        assert_eq!(place.kilter_with(args, input).expect(code).out, out, "{args:?}");
    }
    let told = place.kilter_with(&["fmt", "--diff", "-"], ugly).expect(0).out;
    assert!(told.contains("-a=1\n") && told.contains("+a    = 1\n"), "{told}");
    assert!(place.kilter_with(&["fmt", "-"], "a = [\n").expect(1).err.contains("does not parse"));

    let write = |name: &str, text: &str| {
        let path = place.path(name);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("it is made");
        std::fs::write(path, text).expect("it is written");
    };
    let read = |name: &str| std::fs::read_to_string(place.path(name)).expect("it is there");
    // Enough files for several threads; what is told keeps their order.
    for at in 0..60 {
        write(&format!("repo/s{at:02}/main.tf"), if at % 2 == 0 { ugly } else { fine });
    }
    write("repo/notes.md", ugly);
    write("repo/bad/main.tf", "a = [\n");
    let checked = place.kilter(&["fmt", "--check", "repo"]).expect(1);
    assert!(checked.err.contains("bad/main.tf"), "{}", checked.err);
    let named: Vec<&str> = checked.out.lines().collect();
    assert_eq!(named.len(), 30);
    assert!(named.is_sorted() && named[1].ends_with("s02/main.tf"), "{named:?}");
    assert_eq!(read("repo/s00/main.tf"), ugly, "a check writes nothing");
    std::fs::remove_file(place.path("repo/bad/main.tf")).expect("it goes");
    place.kilter(&["fmt", "--check", "--recursive", "repo"]).expect(3);
    place.kilter(&["fmt", "repo"]).expect(0);
    assert_eq!((read("repo/s00/main.tf"), read("repo/notes.md")), (fine.to_owned(), ugly.to_owned()));
    assert_eq!(place.kilter(&["fmt", "--check", "repo"]).expect(0).out, "");
}
