//! Random expressions, judged where a terraform is present.

use super::kilter::World;
use super::table::{agree, difference};
use super::{Answer, terraform};

/// A small generator of random numbers (xorshift), so that a seed gives the same expressions everywhere.
pub struct Dice(u64);

impl Dice {
    /// The dice of a seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    /// One of the choices.
    pub fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.roll(choices.len())]
    }
}

const ATOMS: &[&str] = &[
    "1",
    "0",
    "-3",
    "2.5",
    "0.1",
    "1e3",
    "\"\"",
    "\"a\"",
    "\"b-\"",
    "\"5\"",
    "\"true\"",
    "true",
    "false",
    "null",
    "local.U",
    "local.UN",
    "local.UB",
    "local.UL",
    "local.UM",
    "local.US",
    "local.UO",
    "local.UT",
    "local.UD",
    "local.S",
    "local.SN",
    "local.SB",
    "local.SL",
    "local.L",
    "local.LN",
    "local.M",
    "local.SET",
    "local.O",
    "local.LO",
    "local.T",
    "local.N",
    "[]",
    "{}",
];
const BINARY: &[&str] = &["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];
const CALLS: &[&str] = &[
    "tostring",
    "tonumber",
    "tobool",
    "tolist",
    "toset",
    "tomap",
    "length",
    "keys",
    "values",
    "upper",
    "sensitive",
    "nonsensitive",
    "issensitive",
    "can",
    "try",
    "flatten",
    "distinct",
    "compact",
    "sort",
    "reverse",
    "sum",
    "max",
    "jsonencode",
    "one",
    "alltrue",
    "anytrue",
    "abs",
    "floor",
    "ceil",
    "trimspace",
    "coalesce",
    "concat",
    "merge",
    "transpose",
    "strrev",
];
const TWO: &[&str] = &[
    "contains",
    "lookup",
    "element",
    "join",
    "split",
    "startswith",
    "trimprefix",
    "chunklist",
    "concat",
    "merge",
    "coalesce",
    "setunion",
    "setintersection",
    "zipmap",
    "format",
    "index",
    "try",
    "max",
    "min",
    "pow",
    "setsubtract",
    "setproduct",
    "coalescelist",
    "formatlist",
    "endswith",
    "trimsuffix",
    "replace",
    "substr",
    "range",
    "regexall",
    "strcontains",
    "indent",
    "log",
    "parseint",
    "matchkeys",
    "slice",
];

fn expression(dice: &mut Dice, depth: usize) -> String {
    if depth == 0 || dice.roll(8) == 0 {
        return dice.pick(ATOMS).to_owned();
    }
    let inner = |dice: &mut Dice| expression(dice, depth - 1);
    match dice.roll(16) {
        0..=2 => format!("({} {} {})", inner(dice), dice.pick(BINARY), inner(dice)),
        3 => format!("({} ? {} : {})", dice.pick(&["true", "false", "local.UB", "local.SB"]), inner(dice), inner(dice)),
        4 => format!("[{}, {}]", inner(dice), inner(dice)),
        5 => format!("{{ a = {}, {} = {} }}", inner(dice), dice.pick(&["b", "c", "(local.S)", "\"a\""]), inner(dice)),
        6 => format!("\"x-${{{}}}{}\"", inner(dice), dice.pick(&["", "-y", "$${z}", "%{ if true }t%{ endif }"])),
        7..=8 => format!("{}({})", dice.pick(CALLS), inner(dice)),
        9..=10 => format!("{}({}, {})", dice.pick(TWO), inner(dice), inner(dice)),
        11 => format!("[for v in {} : {}]", inner(dice), dice.pick(&["v", "[v]", "\"${v}\"", "v == null", "v.id"])),
        12 if dice.roll(2) == 0 => {
            let condition = dice.pick(&["v != null", "local.UB", "local.SB", "k == 0", "true"]);
            format!("[for k, v in {} : {} if {condition}]", inner(dice), dice.pick(&["v", "k", "\"${k}\""]))
        }
        12 if dice.roll(3) == 0 => {
            format!("{{ for k, v in {} : {} => v... }}", inner(dice), dice.pick(&["k", "v", "\"x\""]))
        }
        12 if dice.roll(3) == 0 => format!("\"%{{ for x in {} }}${{x}},%{{ endfor }}\"", inner(dice)),
        12 => format!("{{ for k, v in {} : k => {} }}", inner(dice), dice.pick(&["v", "k", "[v]"])),
        13 => format!("({})[*]{}", inner(dice), dice.pick(&["", ".id", "[0]"])),
        14 => format!("({})[{}]", inner(dice), dice.pick(&["0", "\"a\"", "local.UN", "local.SN", "\"name\"", "1"])),
        _ => format!("({}).{}", inner(dice), dice.pick(&["a", "id", "name", "tags"])),
    }
}

/// Where terraform crashes there is nothing to agree with.
fn is_alike(expected: &Answer, given: &Answer) -> bool {
    matches!(expected, Answer::Faults(faults) if faults.iter().any(|fault| fault.detail.contains("panic in function")))
        || agree(expected, given)
}

/// A number from the environment.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Fails when terraform and Kilter answer any of these expressions differently.
pub fn judge(seed: u64, texts: &[String]) {
    if !terraform::is_present() {
        eprintln!("SKIPPED: no terraform 1.11 on PATH, random expressions are not judged");
        return;
    }
    let answers = terraform::ask(texts);
    let world = World::new();
    let differences: Vec<String> = texts
        .iter()
        .zip(&answers)
        .filter_map(|(text, expected)| {
            let given = world.ask(text);
            (!is_alike(expected, &given)).then(|| difference(text, expected, &given))
        })
        .collect();
    let (wrong, cases) = (differences.len(), texts.len());
    assert!(wrong == 0, "seed {seed}: {wrong} of {cases} differ:\n{}", differences.join("\n"));
}

#[test]
fn random_expressions_get_the_same_answers() {
    let (seed, cases) = (setting("KILTER_ORACLE_SEED", 42), setting("KILTER_ORACLE_CASES", 300));
    let mut dice = Dice::new(seed);
    let texts: Vec<String> = (0..cases).map(|_| expression(&mut dice, 3)).collect();
    judge(seed, &texts);
}
