//! The parser: what is accepted, what is rejected and how it is said, recovery, and the laws (lossless, no panic).

use std::process::Command;
use std::sync::Arc;

use kilter::lang::syntax::ast::{Expr, ExprKind, Item, TemplatePart};
use kilter::lang::syntax::{SourceFile, parse_expression, parse_file, parse_json_file, parse_template, tokens};
use kilter::model::place::RepoPath;
use proptest::prelude::*;

use crate::ugly::ugly_file;

fn source(text: &str) -> Arc<SourceFile> {
    SourceFile::new(RepoPath::new("main.tf"), text)
}

fn faults(text: &str) -> Vec<String> {
    parse_file(&source(text)).diagnostics.iter().map(|diagnostic| diagnostic.summary.clone()).collect()
}

fn attribute(text: &str) -> Expr {
    let parsed = parse_file(&source(text));
    assert_eq!(parsed.diagnostics, [], "{text}");
    match parsed.body.items.into_iter().next() {
        Some(Item::Attribute(attribute)) => (*attribute.expr).clone(),
        other => panic!("no attribute first in {text:?}: {other:?}"),
    }
}

fn texts(parts: &[TemplatePart]) -> Vec<String> {
    parts
        .iter()
        .map(|part| match part {
            TemplatePart::Text { text, .. } => text.to_string(),
            TemplatePart::Interpolation { .. } => "${}".to_owned(),
            TemplatePart::If { yes, no, .. } => format!("if{:?}else{:?}", texts(yes), texts(no)),
            TemplatePart::For { body, .. } => format!("for{:?}", texts(body)),
        })
        .collect()
}

/// Valid snippets, each a whole file.
const VALID: &[&str] = &[
    "",
    "\u{feff}a = 1\n",
    "a = 1",
    "a = 1\r\nb = 2\r\n",
    "a { b = 1 }\n",
    "a \"l\" m \"n\" {}\n",
    "a {\n}\n",
    "a = (1 +\n 2)\n",
    "a = [1,\n2\n,3,]\n",
    "a = { b = 1, c : 2\n d = 3 }\n",
    "a = { b = 1, b = 2 }\n",
    "a = { for k, v in c : k => v\n || true if v }\n",
    "a = {\n for k in c :\n k => \"x\"... }\n",
    "a = [ for k in\n c\n : k ]\n",
    "a = f(1,\n2,)\n",
    "a = f(b...)\n",
    "a = provider::x::f(1)\n",
    "a = x.0.y.*.z[*].w[0][\"k\"][k]\n",
    "a = x ? y : z ? 1 : 2\n",
    "a = -x.y + !z\n",
    "a = 007 + 1e5 + 1.5e-3\n",
    "a = \"$${x} %%{y} $ % ${z}\"\n",
    "a = \"\\u00e9\\U0001F600\\n\"\n",
    "a = <<EOT\nhello ${x}\n  EOT\n",
    "a = <<-EOT\n  hello\n    ${x ~} there\n  EOT\n",
    "a = f(<<EOT\nx\nEOT\n, 1)\n",
    "a = \"%{ if x ~} yes %{ else } no %{ endif }\"\n",
    "# c\n// d\n/* e\n f */ a = 1 # g\n",
    "a = { (b) = 1, \"c\" = 2, \"${d}\" = 3, e.f = 4 }\n",
    "é-x = ünï\n",
    "a = b /* c */ .d\n",
    "a = [for x in [1]: x]\n",
    "a = \"${{a = 1}.a}\"\n",
    "a = \"${\"${\"x\"}\"}\"\n",
];

#[test]
fn what_terraform_accepts_is_accepted() {
    for text in VALID {
        assert_eq!(faults(text), Vec::<String>::new(), "{text:?}");
    }
}

#[test]
fn a_broken_block_leaves_the_others_alive() {
    let text = "variable \"a\" {\n  default = [1,\n}\n\nvariable \"b\" {}\n\nresource \"x\" \"y\" {\n  z = \"unclosed\n}\n\nvariable \"c\" {\n  type = string\n}\n";
    let parsed = parse_file(&source(text));
    let names: Vec<String> = parsed.body.blocks().map(|block| block.labels[0].text.to_string()).collect();
    assert_eq!(names, ["b", "c"]);
    assert_eq!(parsed.broken.len(), 2);
    assert!(parsed.diagnostics.len() >= 2, "{:?}", parsed.diagnostics);
    let c = parsed.body.blocks().last().expect("c");
    assert_eq!(&text[c.span.range()], "variable \"c\" {\n  type = string\n}");
}

#[test]
fn an_unclosed_block_does_not_swallow_the_rest() {
    let text = "variable \"a\" {\n  type = string\n\nvariable \"b\" {}\noutput \"o\" {\n  value = 1\n}\n";
    let parsed = parse_file(&source(text));
    let names: Vec<String> = parsed.body.blocks().map(|block| block.labels[0].text.to_string()).collect();
    assert_eq!(names, ["b", "o"]);
    assert_eq!(parsed.diagnostics[0].summary, "Unclosed configuration block");
    assert_eq!(parsed.diagnostics[0].subject.as_ref().map(|place| place.start.line), Some(1));
}

#[test]
fn garbage_and_stray_braces_cost_only_themselves() {
    let text = "}\nvariable \"a\" {}\n?? nonsense ??\nvariable \"b\" {}\nlocals {\n  x = 1\n}}\nvariable \"c\" {}\n";
    let parsed = parse_file(&source(text));
    let names: Vec<String> =
        parsed.body.blocks().filter_map(|block| block.labels.first().map(|label| label.text.to_string())).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(!parsed.diagnostics.is_empty());
}

#[test]
fn deep_nesting_is_a_diagnostic_even_on_a_small_stack() {
    let deep = |open: &str, inner: &str, close: &str, levels: usize| {
        format!("a = {}{inner}{}\n", open.repeat(levels), close.repeat(levels))
    };
    let blocks = format!("{}{}", "a {\n".repeat(3000), "}\n".repeat(3000));
    let texts = [
        deep("(", "1", ")", 3000),
        deep("[", "1", "]", 3000),
        deep("{a=", "1", "}", 3000),
        deep("f(", "1", ")", 3000),
        deep("\"${", "1", "}\"", 3000),
        deep("!", "x", "", 3000),
        deep("-", "x", "", 3000),
        deep("x[", "1", "]", 3000),
        deep("true ? 1 : ", "1", "", 3000),
        deep("1 + ", "1", "", 30_000),
        deep("", "x", "[y]", 30_000),
        deep("", "x", "[*]", 30_000),
        deep("[for a in ", "b", ": a]", 3000),
        format!("a = \"{}{}\"\n", "%{if x}".repeat(3000), "%{endif}".repeat(3000)),
        blocks,
    ];
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            for text in &texts {
                let parsed = parse_file(&source(text));
                assert!(!parsed.diagnostics.is_empty(), "{}", &text[..20]);
                let summary = &parsed.diagnostics[0].summary;
                assert!(
                    summary == "Nesting too deep" || summary == "Expression too long",
                    "{summary}: {}",
                    &text[..20]
                );
            }
            for (open, close) in [("(", ")"), ("[", "]"), ("{a=", "}"), ("f(", ")"), ("\"${", "}\""), ("-", "")] {
                assert_eq!(faults(&deep(open, "1", close, 90)), Vec::<String>::new(), "{open} 90 deep");
            }
        })
        .expect("a thread starts")
        .join()
        .expect("no overflow");
}

#[test]
fn heredocs_are_exact_to_the_byte() {
    let cases: &[(&str, &[&str])] = &[
        ("a = <<EOT\nx\n  y\nEOT\n", &["x\n  y\n"]),
        ("a = <<-EOT\n    x\n  y\n\n   EOT\n", &["  x\ny\n\n"]),
        ("a = <<-EOT\n    x ${b}\n   y\n  EOT\n", &[" x ", "${}", "\ny\n"]),
        ("a = <<-EOT\n    ${b}\n   y\n  EOT\n", &[" ", "${}", "\ny\n"]),
        ("a = <<EOT\n$${x} %%{y} $x\nEOT\n", &["${x} %{y} $x\n"]),
        ("a = <<EOT\r\nx\r\nEOT\r\n", &["x\r\n"]),
        ("a = <<EOT\na \\n b\nEOT\n", &["a \\n b\n"]),
        ("a = <<EOT\na ${~ b ~}\n c\nEOT\n", &["a", "${}", " c\n"]),
    ];
    for (text, parts) in cases {
        let ExprKind::Template(template) = attribute(text).kind else { panic!("{text}") };
        assert_eq!(texts(&template.parts), *parts, "{text:?}");
        assert!(template.heredoc);
    }
}

#[test]
fn templates_nest_their_directives() {
    let parsed = parse_template(&source("%{ for k, v in m ~}\n${k}=%{ if v }a%{ else }b%{ endif }\n%{ endfor ~}\nend"));
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(
        texts(&parsed.tree.parts),
        ["for[\"\", \"${}\", \"=\", \"if[\\\"a\\\"]else[\\\"b\\\"]\", \"\\n\"]", "end"]
    );
    assert_eq!(parse_template(&source("a $")).diagnostics, []);
    let broken = parse_template(&source("%{ if x }a"));
    assert_eq!(broken.diagnostics[0].summary, "Unexpected end of template");
}

#[test]
fn expressions_stand_alone() {
    assert_eq!(parse_expression(&source("1 +\n 2")).diagnostics, []);
    let extra = parse_expression(&source("1 2"));
    assert_eq!(extra.diagnostics[0].summary, "Extra characters after expression");
    let empty = parse_expression(&source(""));
    assert_eq!(empty.diagnostics[0].summary, "Missing expression");
}

/// Snippets that terraform rejects. Each is judged by terraform itself when it is there.
const INVALID: &[&str] = &[
    "a = 1 2\n",
    "a = \n",
    "a = 1, b = 2\n",
    "a\n",
    "a b\n",
    "a \"b\"\n",
    "a \"b\" = 1\n",
    "a \"${b}\" {}\n",
    "a \"b {}\n",
    "\"a\" = 1\n",
    "a {\n",
    "a {\n b = 1\n",
    "a { b = 1\n}\n",
    "a { b = 1, c = 2 }\n",
    "a { b {} }\n",
    "a { b }\n",
    "a {} b {}\n",
    "a { b = 1",
    "}\n",
    "= 1\n",
    "a = [1 2]\n",
    "a = [1,\n",
    "a = {b}\n",
    "a = {b = 1 c = 2}\n",
    "a = {b c}\n",
    "a = {b = \n",
    "a = {b + }\n",
    "a = {b = 1\n",
    "a = f(1 2)\n",
    "a = f(1\n",
    "a = f(b... c)\n",
    "a = x::(1)\n",
    "a = x::y\n",
    "a = (1\n",
    "a = (1 2)\n",
    "a = x.\n",
    "a = x.0.1\n",
    "a = x.*.*\n",
    "a = x.*.2.5\n",
    "a = x.*.y.2.5\n",
    "a = x ? y ? 1 2 : 3\n",
    "a = x[1\n",
    "a = x[* 1]\n",
    "a = 1.2.3\n",
    "a = .5\n",
    "a = 1.\n",
    "a = 1_000\n",
    "a = 0x1F\n",
    "a = 'b'\n",
    "a = `b`\n",
    "a = b;\n",
    "a = b & c\n",
    "a = b | c\n",
    "a = b ^ c\n",
    "a = ~b\n",
    "a = “b”\n",
    "a = @b\n",
    "a = \"b\nc\"\n",
    "a = \"b\n",
    "a = \"\\x\"\n",
    "a = \"\\u12\"\n",
    "a = \"\\ud83d\\ude00\"\n",
    "a = \"${b\"\n",
    "a = \"${b c}\"\n",
    "a = \"${b:c}\"\n",
    "a = \"%{ if b }c\"\n",
    "a = \"%{ endif }\"\n",
    "a = \"%{ for x }%{ endfor }\"\n",
    "a = \"%{ for x in y }%{ else }%{ endfor }\"\n",
    "a = \"%{ fi x }\"\n",
    "a = \"%{ if x y }%{ endif }\"\n",
    "a = \"%{ if x }%{ else }%{ else }%{ endif }\"\n",
    "a = \"%{ if x }%{ endfor }\"\n",
    "a = \"%{ 1 }\"\n",
    "a = <<EOT\nb\n",
    "a = <<EOT\nb\nEOT",
    "a = <<EOT b\n",
    "a = <<E\nx\n  E%",
    "a = <<E\n$",
    "a = <<E\nx$$",
    "a = <<E\nx$${",
    "a = \"$$",
    "a = \"x%",
    "a = \"x%%{",
    "a = b ? c\n",
    "a = b ? c : \n",
    "a = b +\n",
    "a = b\n + c\n",
    "a = [for]\n",
    "a = [for b c]\n",
    "a = [for b, in c: d]\n",
    "a = [for b in c d]\n",
    "a = [for b in c: d => e]\n",
    "a = [for b in c: d...]\n",
    "a = {for b in c: d}\n",
    "a = [for b in c: d e]\n",
    "a = 1\na = 2\n",
    "a = /* b\n",
    "a = ${b}\n",
    "a = !\n",
    "a = \"b\" \"c\"\n",
    "a = b\rc\n",
    "a = [\n  1\n  2\n]\n",
    "a = {\n  b = 1,\n  c\n}\n",
    "a = \"${}\"\n",
    "a = \"${b ~ }\"\n",
    "a = b !c\n",
    "a = b => c\n",
    "a = b...\n",
    "a {\n  b = [\n}\nc {\n}\n",
    "a {\n  b = \"c\n}\nd {\n}\n",
    "a = \"\\é\"\n",
    "ä = \"é\" b\n",
    "a = <<EOT\n${b c}\nEOT\n",
    "a = {\n  \"b\" : 1\n  (c : 2\n}\n",
];

type Told = Vec<(String, String, usize, usize)>;

/// How many random cases a comparison takes: `KILTER_CASES` for a long run.
pub fn cases(usual: usize) -> usize {
    std::env::var("KILTER_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// Where the random cases begin: `KILTER_SEED` for another run.
pub fn seed(usual: u64) -> u64 {
    std::env::var("KILTER_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(usual)
}

/// What terraform says of each text's syntax: one file per text, one run for all.
fn terraform_verdicts(texts: &[&str]) -> Option<Vec<Told>> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (index, text) in texts.iter().enumerate() {
        std::fs::write(directory.path().join(format!("case{index:03}.tf")), text).expect("a case is written");
    }
    let output = Command::new("terraform")
        .args(["validate", "-json"])
        .current_dir(directory.path())
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .ok()?;
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).expect("validate -json writes JSON");
    let mut told = vec![Told::new(); texts.len()];
    for diagnostic in verdict["diagnostics"].as_array().expect("diagnostics") {
        let Some(name) = diagnostic["range"]["filename"].as_str() else { continue };
        let index: usize = name.trim_start_matches("case").trim_end_matches(".tf").parse().expect("our own name");
        let text = |field: &str| diagnostic[field].as_str().unwrap_or("").to_owned();
        let byte = |end: &str| diagnostic["range"][end]["byte"].as_u64().unwrap_or(0) as usize;
        let (summary, detail) = (text("summary"), text("detail"));
        // What a name means is not the parser's business.
        if ["Unsupported block type", "Unsupported argument", "Missing name for", "Invalid reference"]
            .iter()
            .any(|meaning| summary.starts_with(meaning))
        {
            continue;
        }
        told[index].push((summary, detail, byte("start"), byte("end")));
    }
    Some(told)
}

fn our_verdict(text: &str, name: &str) -> Told {
    let parsed = parse_file(&SourceFile::new(RepoPath::new(name), text));
    let tell = |diagnostic: &kilter::model::diagnostic::Diagnostic| {
        let place = diagnostic.subject.as_ref().expect("a syntax error has a place");
        (
            diagnostic.summary.clone(),
            diagnostic.detail.clone(),
            place.start.byte as usize,
            // Terraform's JSON shows an empty range one byte wide.
            place.end.byte.max(place.start.byte + 1) as usize,
        )
    };
    parsed.diagnostics.iter().map(tell).collect()
}

#[test]
fn what_terraform_rejects_is_rejected_at_the_same_place_in_the_same_words() {
    for text in INVALID {
        assert!(!faults(text).is_empty(), "accepted: {text:?}");
    }
    let Some(verdicts) = terraform_verdicts(INVALID) else {
        eprintln!("SKIPPED: there is no terraform here to compare the syntax errors with");
        return;
    };
    let mut differences = Vec::new();
    for (index, (text, theirs)) in INVALID.iter().zip(verdicts).enumerate() {
        let mut ours = our_verdict(text, &format!("case{index:03}.tf"));
        // Ours may go on to other items that are broken too; what terraform says must come first.
        ours.truncate(theirs.len());
        if ours != theirs {
            differences.push(format!("{text:?}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn terraform_agrees_on_what_is_valid() {
    let Some(verdicts) = terraform_verdicts(VALID) else {
        eprintln!("SKIPPED: there is no terraform here to compare the accepted snippets with");
        return;
    };
    for (text, theirs) in VALID.iter().zip(verdicts) {
        let ours = faults(text);
        let theirs: Vec<String> = theirs.into_iter().map(|told| told.0).collect();
        assert_eq!(ours, theirs, "{text:?}");
    }
}

fn snippet() -> impl Strategy<Value = String> {
    let pieces: Vec<&'static str> = VALID.iter().chain(INVALID).copied().collect();
    (
        prop::collection::vec(prop::sample::select(pieces), 1..4),
        prop::collection::vec((any::<prop::sample::Index>(), 0usize..6, ".{0,3}"), 0..4),
    )
        .prop_map(|(pieces, cuts)| {
            let mut text: Vec<char> = pieces.concat().chars().collect();
            for (at, length, insert) in cuts {
                let at = if text.is_empty() { 0 } else { at.index(text.len()) };
                let end = (at + length).min(text.len());
                text.splice(at..end, insert.chars());
            }
            text.into_iter().collect()
        })
}

fn check_laws(text: &str) -> Result<(), TestCaseError> {
    let source = source(text);
    let joined: String = tokens(&source).iter().map(|token| source.slice(token.span)).collect();
    prop_assert_eq!(&joined, text);
    let parsed = parse_file(&source);
    prop_assert_eq!(parsed.diagnostics.is_empty(), parsed.broken.is_empty());
    for item in &parsed.body.items {
        let span = match item {
            Item::Attribute(attribute) => attribute.span,
            Item::Block(block) => block.span,
        };
        prop_assert!(text.get(span.range()).is_some(), "span off the characters");
    }
    parse_expression(&source);
    parse_template(&source);
    parse_json_file(&source);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn tokens_lose_nothing_and_parsing_never_panics_on_mutated_files(text in snippet()) {
        check_laws(&text)?;
    }

    #[test]
    fn tokens_lose_nothing_and_parsing_never_panics_on_noise(text in "[a-c0-9\\[\\](){}\"$%~<>=:.,*+!?|&/# \n\r\\\\éE-]{0,80}|\\PC{0,40}") {
        check_laws(&text)?;
    }
}

/// A reproducible stream of small numbers.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }

    /// Whether a rare thing happens.
    pub fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }
}

/// What random texts are made of.
const PIECES: &[&str] = &[
    "a", "b = ", "= ", " ", "\n", "\n", "{", "}", "[", "]", "(", ")", "\"", "\"x\"", "${", "%{", "~}", "<<E\n", "E\n",
    "<<-E\n", "if ", "for ", "in ", "else ", "endif ", "endfor ", ":", "::", ",", "...", ".", "*", "1", "2.5", ".0",
    "?", "!", "-", "+", "==", "=>", "&&", "#c\n", "/*c*/", "//d\n", "\\n", "\\u00e9", "$${", "%%{", "é", "\r\n", "\t",
    "true", "null", "f(", "x.y", "[*]", ".*", "[0]", "'", ";", "&", "`", "\\",
];

/// A text made of pieces, or a snippet with a few of them strewn in.
pub fn random_text(dice: &mut Dice) -> String {
    let pieces = |dice: &mut Dice, most: usize| -> String {
        let count = dice.roll(most);
        (0..count).map(|_| PIECES[dice.roll(PIECES.len())]).collect()
    };
    match dice.roll(4) {
        0 => format!("a = {}\n", pieces(dice, 14)),
        1 => pieces(dice, 20),
        _ => {
            let snippets: Vec<&str> = VALID.iter().chain(INVALID).copied().collect();
            let mut text: Vec<char> = snippets[dice.roll(snippets.len())].chars().collect();
            for _ in 0..=dice.roll(2) {
                let at = dice.roll(text.len() + 1);
                let end = (at + dice.roll(4)).min(text.len());
                let insert = pieces(dice, 2);
                text.splice(at..end, insert.chars());
            }
            text.into_iter().collect()
        }
    }
}

/// Compares our verdicts on texts with terraform's; how many are valid, or `None` when there is no terraform.
fn compare_verdicts(texts: &[String]) -> Option<usize> {
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let verdicts = terraform_verdicts(&borrowed)?;
    // Terraform goes on to what names mean; only what a parser can say is compared.
    let ours: Vec<Told> =
        texts.iter().enumerate().map(|(index, text)| our_verdict(text, &format!("case{index:03}.tf"))).collect();
    let known: std::collections::HashSet<&str> = ours.iter().flatten().map(|told| told.0.as_str()).collect();
    let mut valid = 0;
    let mut differences = Vec::new();
    for ((text, ours), theirs) in texts.iter().zip(&ours).zip(verdicts) {
        let mut theirs: Told = theirs.into_iter().filter(|told| known.contains(told.0.as_str())).collect();
        // A bad expression that is evaluated while loading (a default) is told of twice.
        theirs.dedup();
        let mut ours = ours.clone();
        ours.dedup();
        valid += usize::from(theirs.is_empty());
        // Ours may go on to further broken items.
        let shown = &ours[..ours.len().min(theirs.len())];
        if shown != theirs.as_slice() || ours.is_empty() != theirs.is_empty() {
            differences.push((text.len(), format!("{text:?}\n  ours   {ours:?}\n  theirs {theirs:?}")));
        }
    }
    differences.sort();
    let shown: Vec<&str> = differences.iter().take(12).map(|(_, text)| text.as_str()).collect();
    assert!(differences.is_empty(), "{} differ; the shortest:\n{}", differences.len(), shown.join("\n"));
    Some(valid)
}

#[test]
fn random_texts_get_terraforms_verdict() {
    let mut dice = Dice(seed(20_261_123));
    let texts: Vec<String> = (0..cases(2000)).map(|_| random_text(&mut dice)).collect();
    match compare_verdicts(&texts) {
        Some(valid) => assert!(valid > texts.len() / 20, "only {valid} of the texts are valid"),
        None => eprintln!("SKIPPED: there is no terraform here to compare random texts with"),
    }
}

/// A valid text with a token left out, written twice, replaced or added.
fn with_a_token_changed(text: &str, dice: &mut Dice) -> String {
    const ADDED: &[&str] = &[
        "{", "}", "[", "]", "(", ")", "\"", "${", "%{", "~}", "=", ",", ".", ":", "?", "\n", "#", "/*", "*/", "x", " ",
        "-", "<<E\n", "E1\n", "...", "::", "=>", "1", "!", "*", "\r", "'", "for", "if", "in", "\\", "$", "\u{feff}",
        "\u{a0}", "\t",
    ];
    let source = source(text);
    let tokens = tokens(&source);
    let at = dice.roll(tokens.len());
    let other = tokens[dice.roll(tokens.len())].span.range();
    let span = tokens[at].span.range();
    let (before, token, after) = (&text[..span.start], &text[span.clone()], &text[span.end..]);
    let added = ADDED[dice.roll(ADDED.len())];
    match dice.roll(6) {
        0 => format!("{before}{after}"),
        1 => format!("{before}{token}{token}{after}"),
        2 => format!("{before}{}{after}", &text[other]),
        3 => format!("{before}{}{token}{after}", &text[other]),
        4 => format!("{before}{added}{after}"),
        _ => format!("{before}{added}{token}{after}"),
    }
}

#[test]
fn ugly_files_and_their_mutants_get_terraforms_verdict() {
    let mut dice = Dice(seed(31_415_926));
    let texts: Vec<String> = (0..cases(800))
        .map(|index| {
            let text = ugly_file(&mut dice);
            if index % 4 == 0 { text } else { with_a_token_changed(&text, &mut dice) }
        })
        .collect();
    for text in texts.iter().step_by(4) {
        assert_eq!(faults(text), Vec::<String>::new(), "{text}");
    }
    match compare_verdicts(&texts) {
        Some(valid) => assert!(valid > texts.len() / 4, "only {valid} of the texts are valid"),
        None => eprintln!("SKIPPED: there is no terraform here to compare mutants with"),
    }
}
