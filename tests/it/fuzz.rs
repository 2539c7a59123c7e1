//! The fuzz targets on a stable compiler: mutants of the golden files and the sample repo, a few seconds of each target.
//!
//! `KILTER_FUZZ_SECONDS=1800 cargo test --test it fuzz_ -- --nocapture` runs for half an hour; `KILTER_SEED` gives
//! other mutants; `KILTER_FUZZ_TARGET` names one target. What breaks is kept in the temporary directory before it is tried.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kilter::lang::syntax::ast::Item;
use kilter::lang::syntax::{SourceFile, parse_file};
use kilter::model::place::RepoPath;

use crate::lang_syntax::{Dice, seed};
use crate::ugly::ugly_file;

#[path = "../../fuzz/bodies.rs"]
mod bodies;

/// No input is larger.
const MOST_BYTES: usize = 1 << 20;
/// No input takes more of a processor's time, in a build without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);
/// No input takes more memory.
const MOST_MEMORY: u64 = 1 << 30;

/// What hurts.
const BOMBS: &[&str] = &[
    "range(1e9)",
    "[for a in range(1024) : [for b in range(1024) : [for c in range(1024) : c]]]",
    "[for i in range(1000) : format(\"%9000000s\", i)]",
    "join(\"\", [for i in range(1000) : format(\"%9000000s\", i)])",
    "setproduct(range(1024), range(1024), range(1024))",
    "format(\"%1000000000d\", 1)",
    "1e999999999",
    "1e-999999999",
    "9999999999999999999e99999",
    "pow(1e300, 1e300)",
    "bcrypt(\"x\", 31)",
    "bcrypt(\"x\", 17)",
    "cidrsubnets(\"fd00::/8\", 120, 120, 120)",
    "cidrhost(\"::/0\", 1e38)",
    "regex(\"(a|aa)+$\", join(\"\", [for i in range(1000) : \"a\"]))",
    "replace(join(\"\", [for i in range(1000) : \"a\"]), \"/a/\", join(\"\", [for i in range(1000) : \"b\"]))",
    "jsondecode(join(\"\", [for i in range(1000) : \"[\"]))",
    "yamldecode(\"a: &a [1,1,1,1,1,1,1,1,1]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\")",
    "{ for i in range(1000) : i => { for j in range(1000) : j => i } }",
    "\"%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }x%{ endfor }%{ endfor }%{ endfor }\"",
    "merge([for i in range(1000) : { \"a${i}\" = range(1000) }]...)",
    "flatten([for i in range(1000) : [for j in range(1000) : [i, j]]])",
    "formatlist(\"%s%s\", range(1000), [for i in range(1000) : format(\"%100000s\", i)])",
    "strrev(format(\"%9000000s\", \"a\"))",
    "base64gzip(format(\"%9000000s\", \"a\"))",
    "jsonencode([for i in range(1000) : [for j in range(1000) : \"\\u003c\"]])",
    "indent(1000000, join(\"\\n\", range(1000)))",
    "chunklist(range(1000), 1)",
    "zipmap(range(1000), range(1000))",
    "count = 1000000",
    "for_each = { for i in range(1000) : i => i }",
    "for_each = toset([for p in setproduct(range(1000), range(1000)) : join(\"-\", p)])",
    "locals {\n  a = local.b\n  b = local.a\n}\n",
    "locals {\n  a = \"${local.z}${local.z}\"\n  z = format(\"%9000000s\", \"a\")\n}\n",
    "module \"m\" {\n  source = \"./m\"\n  count = 1000\n}\n",
    "module \"self\" {\n  source = \"./\"\n}\n",
    "resource \"terraform_data\" \"x\" {\n  count = 1000000\n}\n",
];

/// Small pieces that mutants get.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{",
    "~}",
    "<<E\n",
    "E\n",
    "=",
    ",",
    ".",
    ":",
    "?",
    "...",
    "::",
    "=>",
    "!",
    "-",
    "*",
    "\n",
    "\r\n",
    "\0",
    "\u{feff}",
    "é",
    "👩‍👩‍👧",
    "\\",
    "null",
    "true",
    "1e999999",
    "-1",
    "9223372036854775808",
    "0.1",
    "for",
    "in",
    "if",
    "dynamic",
    "count",
    "for_each",
    "sensitive(",
    "each.key",
    "var.name",
    "local.a",
    "terraform_data.a",
    "\"type\"",
    "\"value\"",
    "[\"list\",\"string\"]",
    "{\"a\":",
    "\\ud800",
    "\\u0000",
    "\"resources\":[",
    "\"instances\":[",
    "\"index_key\":",
    "\"version\":4,",
];

fn files_below(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

/// What the mutants of a target are made from.
fn corpus(target: &str, dice: &mut Dice) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    files_below(&root.join("sample-repo"), &mut paths);
    files_below(&root.join("tests/golden"), &mut paths);
    let named = |ends: &[&str]| -> Vec<Vec<u8>> {
        let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let fits = |path: &PathBuf| ends.iter().any(|end| name(path).ends_with(end) || name(path).starts_with(end));
        let fitting = paths.iter().filter(|path| fits(path));
        let texts = fitting.filter_map(|path| std::fs::read(path).ok());
        texts.filter(|text| text.len() < MOST_BYTES / 8).collect()
    };
    let mut corpus = match target {
        "state" => named(&[".tfstate", "state.json"]),
        "plan_json" => named(&["plan.json", "show-plan"]),
        "tfvars" => named(&[".tfvars", ".tfvars.json"]),
        "tftest" => named(&[".tftest.hcl", ".tfmock.hcl"]),
        "evaluate" => named(&[".tf"]).iter().flat_map(|text| expressions(text)).collect(),
        _ => named(&[".tf", ".tf.json", ".hcl"]),
    };
    let json = matches!(target, "state" | "plan_json");
    if !json {
        corpus.extend(BOMBS.iter().map(|bomb| bomb.as_bytes().to_vec()));
    }
    if matches!(target, "parse" | "fmt") {
        corpus.extend((0..50).map(|_| ugly_file(dice).into_bytes()));
    }
    assert!(!corpus.is_empty(), "{target} has no corpus");
    corpus
}

/// The expressions of a file's arguments.
fn expressions(text: &[u8]) -> Vec<Vec<u8>> {
    fn collect(items: &[Item], source: &SourceFile, found: &mut Vec<Vec<u8>>) {
        for item in items {
            match item {
                Item::Attribute(attribute) => found.push(source.slice(attribute.expr.span).as_bytes().to_vec()),
                Item::Block(block) => collect(&block.body.items, source, found),
            }
        }
    }
    let source = SourceFile::new(RepoPath::new("a.tf"), String::from_utf8_lossy(text).into_owned());
    let mut found = Vec::new();
    collect(&parse_file(&source).body.items, &source, &mut found);
    found
}

/// A place between two characters, so that most mutants stay text.
fn place(text: &[u8], dice: &mut Dice) -> usize {
    let mut at = dice.roll(text.len() + 1);
    while at < text.len() && text[at] & 0xc0 == 0x80 {
        at += 1;
    }
    at
}

fn mutate(mut text: Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    for _ in 0..1 + dice.roll(5) {
        let (a, b) = (place(&text, dice), place(&text, dice));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 200));
        match dice.roll(10) {
            0 => drop(text.drain(from..to)),
            1 => {
                let piece = text[from..to].to_vec();
                text.splice(from..from, piece);
            }
            2 | 3 => drop(text.splice(a..a, PIECES[dice.roll(PIECES.len())].bytes())),
            4 => drop(text.splice(from..to, PIECES[dice.roll(PIECES.len())].bytes())),
            5 => {
                // The same again and again, or ever deeper.
                let piece = text[from..to.min(from + 12)].to_vec();
                let times = [10, 300, 5000][dice.roll(3)];
                text.splice(from..from, piece.repeat(times));
            }
            6 => {
                let other = &corpus[dice.roll(corpus.len())];
                let (c, d) = (place(other, dice), place(other, dice));
                text.splice(a..a, other[c.min(d)..c.max(d)].iter().copied());
            }
            7 => drop(text.splice(from..to, BOMBS[dice.roll(BOMBS.len())].bytes())),
            8 if !text.is_empty() => {
                let at = dice.roll(text.len());
                text[at] = dice.roll(256) as u8;
            }
            _ => {
                let digits = text.iter().position(u8::is_ascii_digit);
                if let Some(at) = digits {
                    text.splice(at..at, b"99999".iter().copied());
                }
            }
        }
        text.truncate(MOST_BYTES);
    }
    text
}

/// The memory in use now and the most there ever was, in bytes.
fn memory() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let figure = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
    };
    Some((figure("VmRSS:")?, figure("VmHWM:")?))
}

/// The processor's time that this process has taken, so that a busy machine is no hang.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

fn fuzz(name: &str, run: fn(&[u8]), time: Duration) {
    let mut dice = Dice(seed(577_215_664) ^ name.len() as u64);
    let corpus = corpus(name, &mut dice);
    let kept = std::env::temp_dir().join(format!("kilter-fuzz-{name}-{}", std::process::id()));
    let began = Instant::now();
    let mut count = 0;
    let mut slowest = Duration::ZERO;
    while began.elapsed() < time {
        let input = match corpus.get(count) {
            Some(whole) => whole.clone(),
            None => mutate(corpus[dice.roll(corpus.len())].clone(), &corpus, &mut dice),
        };
        std::fs::write(&kept, &input).expect("the input is kept");
        let before = memory();
        let (started, worked) = (Instant::now(), processor_time());
        run(&input);
        let worked = processor_time().zip(worked).map(|(after, before)| after.saturating_sub(before));
        let took = started.elapsed().min(worked.unwrap_or(Duration::MAX));
        slowest = slowest.max(took);
        assert!(took < PATIENCE, "{name}: {took:?} for {}", kept.display());
        // Other tests run beside this one and take memory too, so only a long run looks at it.
        if let (Some((rss, peak_before)), Some((_, peak))) = (before, memory())
            && time > Duration::from_secs(30)
        {
            assert!(
                peak <= peak_before || peak - rss < MOST_MEMORY,
                "{name}: {} bytes for {}",
                peak - rss,
                kept.display()
            );
        }
        count += 1;
    }
    let _ = std::fs::remove_file(&kept);
    eprintln!("{name}: {count} inputs in {:?}, the slowest {slowest:?}", began.elapsed());
}

#[test]
fn fuzz_targets_take_whatever_comes() {
    let variable = |name: &str| std::env::var(name).ok();
    let seconds = variable("KILTER_FUZZ_SECONDS").and_then(|text| text.parse().ok());
    let only = variable("KILTER_FUZZ_TARGET");
    let chosen: Vec<bodies::Target> =
        bodies::TARGETS.into_iter().filter(|(name, _)| only.as_deref().is_none_or(|only| only == *name)).collect();
    let share = Duration::from_secs_f64(seconds.unwrap_or(8.0) / chosen.len().max(1) as f64);
    for (name, run) in chosen {
        // Deep recursion has to fit the stack of any thread that does such work.
        let work = std::thread::Builder::new().stack_size(2 << 20).spawn(move || fuzz(name, run, share));
        work.expect("a thread starts").join().unwrap_or_else(|_| panic!("{name} broke"));
    }
}
