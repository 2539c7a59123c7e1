//! What is too large is refused with a diagnostic that names the limit and how it is raised: one row for each limit.

use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use kilter::engine::{PlanOptions, Source, Surroundings};
use kilter::lang::expr::evaluate;
use kilter::lang::inputs::{InputEntry, InputKind, Inputs, NoInputs, Resolved};
use kilter::lang::syntax::ast::Traversal;
use kilter::lang::syntax::{SourceFile, parse_expression, parse_file};
use kilter::model::diagnostic::Diagnostic;
use kilter::model::limits::Limits;
use kilter::model::place::RepoPath;
use kilter::sys::files::FakeFiles;

use crate::engine_plan::engine;

/// No names, and limits of its own.
struct Small(Limits);

impl Inputs for Small {
    fn reference(&self, traversal: &Traversal) -> Result<Resolved, Box<Diagnostic>> {
        NoInputs.reference(traversal)
    }

    fn read_file(&self, path: &str) -> std::io::Result<Arc<[u8]>> {
        NoInputs.read_file(path)
    }

    fn kind_of(&self, _: &str) -> InputKind {
        InputKind::Absent
    }

    fn list(&self, path: &str) -> std::io::Result<Vec<InputEntry>> {
        NoInputs.list(path)
    }

    fn working_directory(&self) -> String {
        "/".to_owned()
    }

    fn home_directory(&self) -> Option<String> {
        None
    }

    fn now(&self) -> Option<std::time::SystemTime> {
        None
    }

    fn plan_time(&self) -> Option<std::time::SystemTime> {
        None
    }

    fn random(&self) -> Option<[u8; 16]> {
        Some([1; 16])
    }

    fn limits(&self) -> Limits {
        self.0
    }
}

fn told(text: &str, limits: Limits) -> String {
    let source = SourceFile::new(RepoPath::new("main.tf"), text);
    let parsed = parse_expression(&source);
    let mut diagnostics = parsed.diagnostics;
    if diagnostics.is_empty() {
        diagnostics = evaluate(&parsed.tree, &source, &Small(limits)).diagnostics;
    }
    let lines: Vec<String> = diagnostics.iter().map(|found| format!("{}: {}", found.summary, found.detail)).collect();
    lines.join("\n")
}

#[test]
fn expressions_that_grow_too_large_say_which_limit_and_how_to_raise_it() {
    // So that the tests are quick, the limits are smaller than those by default.
    let small = Limits { text_bytes: 1 << 20, elements: 10_000, steps: 200_000, memory_bytes: 4 << 20, instances: 100 };
    let cases = [
        ("indent(1000000000, \"a\\nb\")", "limits.text-bytes"),
        ("join(\",\", [for i in range(200) : format(\"%9000s\", i)])", "limits.text-bytes"),
        ("replace(format(\"%900000s\", \"a\"), \" \", \"xxxx\")", "limits.text-bytes"),
        ("format(\"%s%s\", format(\"%900000s\", \"a\"), format(\"%900000s\", \"a\"))", "limits.text-bytes"),
        ("\"${format(\"%900000s\", 1)}${format(\"%900000s\", 1)}\"", "limits.text-bytes"),
        ("base64gunzip(\"BOMB\")", "limits.text-bytes"),
        ("setproduct(range(1000), range(1000), range(1000))", "limits.elements"),
        ("regexall(\"\", join(\"\", [for i in range(1000) : \"0123456789a\"]))", "limits.elements"),
        (
            "yamldecode(\"a: &a [x,x,x,x,x,x,x,x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\ne: [*c,*c,*c,*c,*c,*c,*c,*c]\")",
            "limits.elements",
        ),
        ("[for i in range(1000) : format(\"%90000s\", i)]", "limits.memory-bytes"),
        ("[for a in range(1000) : [for b in range(1000) : b]]", "limits."),
        ("length([for a in range(1000) : length([for b in range(1000) : b + 1])])", "limits."),
        ("\"%{ for a in range(1000) }%{ for b in range(1000) }%{ endfor }%{ endfor }\"", "limits.steps"),
        // Neither hides it.
        ("try([for i in range(1000) : format(\"%90000s\", i)], 1)", "limits.memory-bytes"),
        ("can([for i in range(1000) : format(\"%90000s\", i)])", "limits.memory-bytes"),
    ];
    let bomb = kilter_gzip(&vec![b'a'; 2 << 20]);
    for (text, limit) in cases {
        let text = text.replace("BOMB", &bomb);
        let began = Instant::now();
        let told = told(&text, small);
        assert!(told.contains(limit) && told.contains("KILTER_LIMITS_"), "{text}: {told}");
        assert!(began.elapsed() < Duration::from_secs(20), "{text} took {:?}", began.elapsed());
    }
    // Raised, the same goes through.
    assert_eq!(told("length(setproduct(range(100), range(100)))", Limits { elements: 20_000, ..small }), "");
}

fn kilter_gzip(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    let gzip = kilter::lang::func::find("base64gzip").expect("the function");
    let packed = gzip.call(&[kilter::model::value::Value::string(text)], &NoInputs).expect("it is packed");
    packed.as_str().expect("text").to_owned()
}

#[test]
fn what_could_run_for_ever_ends_soon() {
    for text in [
        "range(1e9)",
        "format(\"%1000000000d\", 1)",
        "1e999999999",
        "1e-999999999",
        "[1e999999, 1 / 3e999999]",
        "pow(1e300, 1e300)",
        "bcrypt(\"x\", 31)",
        "bcrypt(\"x\", 18)",
        "cidrsubnets(\"fd00::/8\", 120, 120, 120)",
        "cidrhost(\"::/0\", 1e38)",
        "regex(\"((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9}\", \"a\")",
        "jsondecode(join(\"\", [for i in range(1000) : \"[\"]))",
        "yamldecode(join(\"\", [for i in range(1000) : \"[\"]))",
    ] {
        let began = Instant::now();
        told(text, Limits::default());
        assert!(began.elapsed() < Duration::from_secs(20), "{text} took {:?}", began.elapsed());
    }
}

#[test]
fn nesting_says_its_limit() {
    for (open, inner, close) in [("(", "1", ")"), ("[", "1", "]"), ("\"${", "1", "}\""), ("!", "true", "")] {
        let text = format!("a = {}{inner}{}\n", open.repeat(500), close.repeat(500));
        let parsed = parse_file(&SourceFile::new(RepoPath::new("main.tf"), text));
        assert!(parsed.diagnostics[0].detail.contains("at most 200"), "{open}: {:?}", parsed.diagnostics);
    }
}

fn planned(text: &str, limits: Limits) -> String {
    let files = FakeFiles::with([
        ("/s/main.tf", text),
        ("/s/m/main.tf", "resource \"terraform_data\" \"r\" {\n  count = 60\n}\n"),
    ]);
    let source = Source::new(Arc::new(files), "/s", RepoPath::root());
    let around = Surroundings { limits, ..Surroundings::none(UNIX_EPOCH) };
    let planned = engine().plan(&source, &PlanOptions::default(), &around);
    planned.diagnostics.iter().map(|found| format!("{}: {}\n", found.summary, found.detail)).collect()
}

#[test]
fn stacks_with_too_many_instances_say_so() {
    let cases = [
        "resource \"terraform_data\" \"r\" {\n  count = 1000000\n}\n",
        "resource \"terraform_data\" \"r\" {\n  for_each = toset([for p in setproduct(range(1000), range(1000)) : join(\"-\", p)])\n}\n",
        "module \"m\" {\n  source = \"./m\"\n  count  = 1000\n}\n",
    ];
    for text in cases {
        let began = Instant::now();
        let told = planned(text, Limits::default());
        assert!(told.contains("limits.instances") && told.contains("KILTER_LIMITS_INSTANCES"), "{text}: {told}");
        assert!(began.elapsed() < Duration::from_secs(60), "{text} took {:?}", began.elapsed());
    }
    let few = "resource \"terraform_data\" \"r\" {\n  count = 101\n}\n";
    assert!(planned(few, Limits { instances: 100, ..Limits::default() }).contains("limits.instances"));
    assert_eq!(planned(few, Limits { instances: 101, ..Limits::default() }), "");
}

#[test]
fn locals_that_grow_or_go_in_circles_are_refused() {
    let circle = "locals {\n  a = local.b\n  b = local.a\n}\n";
    assert!(planned(circle, Limits::default()).contains("Cycle"));
    let mut doubling = "locals {\n  l0 = \"0123456789\"\n".to_owned();
    for at in 1..60 {
        doubling += &format!("  l{at} = \"${{local.l{}}}${{local.l{}}}\"\n", at - 1, at - 1);
    }
    assert!(
        planned(&format!("{doubling}}}\noutput \"o\" {{ value = local.l59 }}\n"), Limits::default())
            .contains("limits.text-bytes")
    );
    let mut many = "locals {\n".to_owned();
    for at in 0..200 {
        many += &format!("  l{at} = format(\"%9000000s\", {at})\n");
    }
    assert!(planned(&format!("{many}}}\n"), Limits::default()).contains("limits.memory-bytes"));
}
