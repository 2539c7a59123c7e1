//! Random calls of every function, with arguments that often make sense.

use kilter::lang::func::{self, Function, Shape};

use super::dice::Dice;

/// Functions whose answers come from the machine or differ from call to call.
const APART: &[&str] = &["abspath", "bcrypt", "pathexpand", "timestamp", "uuid", "plantimestamp", "fileset"];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "1.5",
    "\"2\"",
    "10",
    "64",
    "local.UN",
    "local.SN",
    "tonumber(null)",
    "1/3",
    "1e3",
    "length(local.L)",
    "pow(2, 0.5)",
    "null",
];
const TEXTS: &[&str] = &[
    "\"\"",
    "\"a\"",
    "\"b\"",
    "\"a,b,,c\"",
    "\"Hello World\"",
    "\"x-${local.U}\"",
    "local.U",
    "local.S",
    "\"-%s-%v\"",
    "\"é☃🇩🇪\"",
    "\"line\\nnext\\r\\n\"",
    "\"10.0.0.0/8\"",
    "\"fd00::/48\"",
    "\"2024-02-29T12:34:56Z\"",
    "\"2024-02-29T12:34:56+02:00\"",
    "\"1h30m\"",
    "\"[a-z]+\"",
    "\"(a)|(b)\"",
    "\"/[aeo]/\"",
    "\"YQ==\"",
    "\"{\\\"a\\\": [1, null]}\"",
    "\"a: [1, yes]\\nb: x\"",
    "\"a,b\\n1,2\\n\"",
    "\"plain.txt\"",
    "\"UTF-16LE\"",
    "\"ff\"",
    "\",\"",
    "\"YYYY-MM-DD\"",
    "5",
    "true",
    "null",
    "tostring(null)",
    "[]",
];
const LISTS: &[&str] = &[
    "[]",
    "[1, 2, 1]",
    "[\"b\", \"a\", \"\"]",
    "local.L",
    "local.LN",
    "local.SET",
    "local.UL",
    "local.US",
    "local.UT",
    "local.SL",
    "local.T",
    "[local.U, \"a\"]",
    "[[1], [2, 3]]",
    "local.LO",
    "toset([local.U, \"a\"])",
    "tolist([])",
    "[null]",
    "sensitive([\"a\"])",
    "null",
    "[true, local.UB]",
    "toset([[1], []])",
    "split(\",\", local.U)",
    "\"a\"",
];
const MAPS: &[&str] = &[
    "{}",
    "{ a = 1 }",
    "local.M",
    "local.UM",
    "local.UO",
    "local.O",
    "{ b = local.U, a = [1] }",
    "{ a = sensitive(1), c = true }",
    "tomap({ a = \"x\" })",
    "{ x = [\"a\"], y = [\"a\", \"b\"] }",
    "null",
    "{ (local.S) = 1 }",
    "tomap({ (local.U) = 1 })",
];

fn argument(dice: &mut Dice, shape: Shape) -> String {
    let pool = match shape {
        Shape::Number => NUMBERS,
        Shape::String => TEXTS,
        Shape::Map | Shape::MapOfStrings => MAPS,
        Shape::Any | Shape::Bool => match dice.roll(7) {
            0 => NUMBERS,
            1 => TEXTS,
            2 | 3 => MAPS,
            4 => return dice.pick(&["true", "local.UB", "local.SB", "local.UD", "local.S"]).to_owned(),
            _ => LISTS,
        },
        _ => LISTS,
    };
    // Now and then anything at all.
    let pool = if dice.roll(25) == 0 { [NUMBERS, TEXTS, LISTS, MAPS][dice.roll(4)] } else { pool };
    dice.pick(pool).to_owned()
}

fn call(dice: &mut Dice, functions: &[&Function], depth: usize) -> String {
    let function = functions[dice.roll(functions.len())];
    let mut shapes: Vec<Shape> = function.parameters.iter().map(|parameter| parameter.shape).collect();
    if let Some(variadic) = &function.variadic {
        shapes.extend(std::iter::repeat_n(variadic.shape, dice.roll(3) + usize::from(shapes.is_empty())));
    }
    let arguments: Vec<String> = shapes
        .into_iter()
        .map(
            |shape| {
                if depth > 0 && dice.roll(4) == 0 { call(dice, functions, depth - 1) } else { argument(dice, shape) }
            },
        )
        .collect();
    let text = format!("{}({})", function.name, arguments.join(", "));
    match dice.roll(14) {
        0 => format!("({text} == null)"),
        1 => format!("issensitive({text})"),
        2 => format!("[for v in {text} : v]"),
        3 => format!("\"<${{{text}}}>\""),
        4 => format!("({text})[*]"),
        5 => format!("(local.UB ? {text} : {text})"),
        6 => format!("jsonencode({text})"),
        7 => format!("core::{text}"),
        8 => format!("can({text})"),
        _ => text,
    }
}

/// A call of any function but those whose answers come from the machine or the moment.
pub fn random(dice: &mut Dice) -> String {
    let functions: Vec<&Function> = func::all()
        .filter(|function| !function.is_special() && !function.tofu_only && !APART.contains(&function.name))
        .collect();
    call(dice, &functions, 2)
}
