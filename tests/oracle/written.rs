//! Random expressions of a wanted kind over the names of a scope: mostly sound, seldom not.

use super::dice::Dice;

/// What an expression should give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Bool,
    /// A list or tuple of texts.
    Texts,
    /// A set of texts.
    TextSet,
    /// A map or object of texts.
    TextMap,
    /// `{ name = text, port = number, tags = texts }`
    Thing,
    /// A list of things.
    Things,
    Anything,
}

/// All kinds but [`Kind::Anything`].
pub const KINDS: &[Kind] =
    &[Kind::Text, Kind::Number, Kind::Bool, Kind::Texts, Kind::TextSet, Kind::TextMap, Kind::Thing, Kind::Things];

/// The names that an expression may use.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Reference and kind.
    pub names: Vec<(String, Kind)>,
    /// How many `for` variables were bound around.
    bound: usize,
    /// Whether what is wrong is wanted as often as what is sound.
    pub wild: bool,
}

impl Scope {
    /// A scope with one more name.
    pub fn with(&self, name: impl Into<String>, kind: Kind) -> Scope {
        let mut scope = self.clone();
        scope.add(name, kind);
        scope
    }

    /// Adds a name.
    pub fn add(&mut self, name: impl Into<String>, kind: Kind) {
        self.names.push((name.into(), kind));
    }

    /// A reference to something of the kind.
    fn reference(&self, dice: &mut Dice, kind: Kind) -> Option<String> {
        let fitting: Vec<&String> = self
            .names
            .iter()
            .filter(|(_, found)| *found == kind || kind == Kind::Anything)
            .map(|(name, _)| name)
            .collect();
        (!fitting.is_empty()).then(|| (*dice.one_of(&fitting)).clone())
    }

    fn bind(&self, kinds: &[Kind]) -> (Scope, Vec<String>) {
        let mut scope = self.clone();
        let mut names = Vec::new();
        for kind in kinds {
            let name = ["v", "w", "x", "y", "z", "p", "q", "r"][scope.bound % 8].to_owned();
            scope.bound += 1;
            scope.add(name.clone(), *kind);
            names.push(name);
        }
        (scope, names)
    }
}

/// An expression that should give `kind`.
pub fn write(dice: &mut Dice, scope: &Scope, kind: Kind, depth: usize) -> String {
    // Now and then something of another kind.
    let kind = if dice.once_in(if scope.wild { 20 } else { 1500 }) { *dice.one_of(KINDS) } else { kind };
    if depth == 0 || dice.once_in(5) {
        return leaf(dice, scope, kind);
    }
    let depth = depth - 1;
    match dice.roll(24) {
        0 => {
            let condition = write(dice, scope, Kind::Bool, depth);
            let (yes, no) = (write(dice, scope, kind, depth), write(dice, scope, kind, depth));
            format!("({condition} ? {yes} : {no})")
        }
        1 => format!("try({}, {})", loose(dice, scope, depth), write(dice, scope, kind, depth)),
        2 if scope.wild || matches!(kind, Kind::Text | Kind::Number | Kind::Bool) => {
            format!("coalesce({}, {})", leaf(dice, scope, kind), write(dice, scope, kind, depth))
        }
        3 if scope.wild => {
            format!("[{}, {}][{}]", write(dice, scope, kind, depth), leaf(dice, scope, kind), dice.pick(&["0", "1"]))
        }
        4 => {
            let key = dice.pick(&["a", "b"]);
            format!("{{ a = {}, b = {} }}.{key}", write(dice, scope, kind, depth), leaf(dice, scope, kind))
        }
        5 if dice.once_in(3) => format!("sensitive({})", write(dice, scope, kind, depth)),
        5 if dice.once_in(2) => format!("one([{}])", write(dice, scope, kind, depth)),
        _ => of_kind(dice, scope, kind, depth),
    }
}

fn of_kind(dice: &mut Dice, scope: &Scope, kind: Kind, depth: usize) -> String {
    match kind {
        Kind::Text => text(dice, scope, depth),
        Kind::Number => number(dice, scope, depth),
        Kind::Bool => truth(dice, scope, depth),
        Kind::Texts => texts(dice, scope, depth),
        Kind::TextSet => text_set(dice, scope, depth),
        Kind::TextMap => text_map(dice, scope, depth),
        Kind::Thing => thing(dice, scope, depth),
        Kind::Things => things(dice, scope, depth),
        Kind::Anything if scope.wild => loose(dice, scope, depth),
        Kind::Anything => {
            let (one, other) = (*dice.one_of(KINDS), *dice.one_of(KINDS));
            let (one, other) = (write(dice, scope, one, depth), write(dice, scope, other, depth));
            match dice.roll(4) {
                0 => format!("[{one}, {other}]"),
                1 => format!("{{ k = {one}, l = {other} }}"),
                _ => one,
            }
        }
    }
}

/// A name or a literal.
pub fn leaf(dice: &mut Dice, scope: &Scope, kind: Kind) -> String {
    if !dice.once_in(3)
        && let Some(name) = scope.reference(dice, kind)
    {
        return name;
    }
    literal(dice, kind)
}

/// A constant of a kind.
pub fn literal(dice: &mut Dice, kind: Kind) -> String {
    let choices: &[&str] = match kind {
        Kind::Text if dice.once_in(30) => &["null", "\"\""],
        Kind::Text => &["\"a\"", "\"b\"", "\"one two\"", "\"é\"", "\"10\"", "\"x-y\"", "\"$${z}\"", "\"c\""],
        Kind::Number => &["0", "1", "2", "3", "-1", "1.5", "10", "0.1"],
        Kind::Bool => &["true", "false"],
        Kind::Texts if dice.once_in(8) => &["[]"],
        Kind::Texts => &["[\"a\"]", "[\"b\", \"a\"]", "[\"a\", \"b\", \"a\"]", "tolist([\"a\", \"c\"])"],
        Kind::TextSet => &["toset([])", "toset([\"a\"])", "toset([\"b\", \"a\"])", "toset([\"a\", \"b\", \"c\"])"],
        Kind::TextMap => &["{}", "{ a = \"x\" }", "{ a = \"x\", b = \"y\" }", "tomap({ k = \"v\" })"],
        Kind::Thing => &["{ name = \"n\", port = 80, tags = [\"t\"] }", "{ name = null, port = 1, tags = [] }"],
        Kind::Things => &["[]", "[{ name = \"n\", port = 80, tags = [] }]"],
        Kind::Anything => &["null", "1", "\"a\"", "[]", "{}", "[1, \"a\"]", "{ a = [1], b = null }", "true", "[null]"],
    };
    dice.pick(choices).to_owned()
}

/// Something that may well be wrong.
pub fn loose(dice: &mut Dice, scope: &Scope, depth: usize) -> String {
    let kind = *dice.one_of(KINDS);
    let inner = if depth == 0 { leaf(dice, scope, kind) } else { write(dice, scope, kind, depth - 1) };
    match dice.roll(14) {
        0 => format!("{inner}.name"),
        1 => format!("({inner})[0]"),
        2 => format!("({inner})[*]"),
        3 => format!("tonumber({inner})"),
        4 => format!("tolist({inner})"),
        5 => format!("[{inner}, {}]", leaf(dice, scope, Kind::Anything)),
        6 => format!("{{ k = {inner}, l = {} }}", leaf(dice, scope, Kind::Anything)),
        7 => format!("{{ ({}) = {inner} }}", leaf(dice, scope, Kind::Text)),
        8 => {
            let (inside, names) = scope.bind(&[Kind::Anything, Kind::Anything]);
            let value = leaf(dice, &inside, Kind::Anything);
            format!("[for {}, {} in {inner} : {value}]", names[0], names[1])
        }
        9 => format!("values({inner})"),
        10 => format!("toset({inner})"),
        _ => inner,
    }
}

fn text(dice: &mut Dice, scope: &Scope, depth: usize) -> String {
    let scalar = *dice.one_of(&[Kind::Text, Kind::Text, Kind::Number, Kind::Bool]);
    let inner = write(dice, scope, scalar, depth);
    match dice.roll(20) {
        0..=3 => format!("\"{}${{{inner}}}{}\"", dice.pick(&["", "p-", "ab"]), dice.pick(&["", "-s", "$${q}", "\\n"])),
        4 => format!("{}({inner})", dice.pick(&["upper", "lower", "title", "trimspace", "strrev", "md5", "chomp"])),
        5 => format!("join({}, {})", dice.pick(&["\",\"", "\"\""]), write(dice, scope, Kind::Texts, depth)),
        6 => format!("format(\"{}\", {inner}, {})", dice.pick(&["%s-%v", "%q/%s"]), leaf(dice, scope, Kind::Number)),
        7 => format!("jsonencode({})", write(dice, scope, Kind::Anything, depth)),
        8 => format!("tostring({inner})"),
        9 => format!(
            "lookup({}, {}, {})",
            write(dice, scope, Kind::TextMap, depth),
            dice.pick(&["\"a\"", "\"b\"", "\"k\""]),
            leaf(dice, scope, Kind::Text)
        ),
        10 => format!(
            "element(concat({}, [\"e\"]), {})",
            write(dice, scope, Kind::Texts, depth),
            dice.pick(&["0", "1", "5"])
        ),
        11 => format!("{}.name", write(dice, scope, Kind::Thing, depth)),
        12 if scope.wild => format!("{}[0]", write(dice, scope, Kind::Texts, depth)),
        13 if scope.wild => format!("{}[\"a\"]", write(dice, scope, Kind::TextMap, depth)),
        12 => format!("try({}[0], \"none\")", write(dice, scope, Kind::Texts, depth)),
        13 => format!("try({}[\"a\"], \"none\")", write(dice, scope, Kind::TextMap, depth)),
        14 => {
            let yes = leaf(dice, scope, Kind::Text);
            format!("\"%{{ if {} }}${{{yes}}}%{{ else }}n%{{ endif }}\"", write(dice, scope, Kind::Bool, depth))
        }
        15 => {
            let (inside, names) = scope.bind(&[Kind::Text]);
            let value = leaf(dice, &inside, Kind::Text);
            let list = write(dice, scope, Kind::Texts, depth);
            format!("\"%{{ for {} in {list} }}<${{{value}}}>%{{ endfor }}\"", names[0])
        }
        16 => format!("replace({inner}, {}, \"_\")", dice.pick(&["\"a\"", "\"/[ab]+/\"", "\"-\""])),
        17 => format!("substr({inner}, 0, {})", dice.pick(&["1", "3", "-1"])),
        18 => format!("trimprefix({inner}, {})", dice.pick(&["\"p-\"", "\"a\""])),
        _ => format!("split(\"-\", \"x-${{{inner}}}\")[{}]", dice.pick(&["0", "1"])),
    }
}

fn number(dice: &mut Dice, scope: &Scope, depth: usize) -> String {
    match dice.roll(9) {
        0..=2 => {
            let (left, right) = (write(dice, scope, Kind::Number, depth), write(dice, scope, Kind::Number, depth));
            format!("({left} {} {right})", dice.pick(&["+", "-", "*", "/", "%"]))
        }
        3 | 4 => {
            let kind = *dice.one_of(&[Kind::Texts, Kind::TextSet, Kind::TextMap, Kind::Text, Kind::Things]);
            format!("length({})", write(dice, scope, kind, depth))
        }
        5 => format!("{}({})", dice.pick(&["abs", "floor", "ceil", "-"]), write(dice, scope, Kind::Number, depth)),
        6 => format!("max({}, {})", write(dice, scope, Kind::Number, depth), leaf(dice, scope, Kind::Number)),
        7 => format!("{}.port", write(dice, scope, Kind::Thing, depth)),
        _ => format!("sum(concat([0], {}[*].port))", write(dice, scope, Kind::Things, depth)),
    }
}

fn truth(dice: &mut Dice, scope: &Scope, depth: usize) -> String {
    match dice.roll(12) {
        0 | 1 => {
            let (left, right) = (write(dice, scope, Kind::Number, depth), leaf(dice, scope, Kind::Number));
            format!("{left} {} {right}", dice.pick(&["<", "<=", ">", ">=", "==", "!="]))
        }
        2 | 3 => {
            let kind = *dice.one_of(KINDS);
            let (left, right) = (write(dice, scope, kind, depth), leaf(dice, scope, kind));
            format!("{left} {} {right}", dice.pick(&["==", "!="]))
        }
        4 | 5 => {
            let (left, right) = (write(dice, scope, Kind::Bool, depth), leaf(dice, scope, Kind::Bool));
            format!("({left} {} {right})", dice.pick(&["&&", "||"]))
        }
        6 => format!("!{}", wrapped(write(dice, scope, Kind::Bool, depth))),
        7 => format!("{} {} null", write(dice, scope, Kind::Anything, depth), dice.pick(&["==", "!="])),
        8 => format!("contains({}, {})", write(dice, scope, Kind::Texts, depth), leaf(dice, scope, Kind::Text)),
        9 => format!("can({})", loose(dice, scope, depth)),
        10 => {
            let with = dice.pick(&["\"p-\"", "\"a\"", "\"\""]);
            format!("{}({}, {with})", dice.pick(&["startswith", "endswith"]), write(dice, scope, Kind::Text, depth))
        }
        _ => {
            let (inside, names) = scope.bind(&[Kind::Text]);
            let (list, value) = (write(dice, scope, Kind::Texts, depth), leaf(dice, &inside, Kind::Text));
            format!("{}([for {} in {list} : {value} != \"a\"])", dice.pick(&["alltrue", "anytrue"]), names[0])
        }
    }
}

fn wrapped(text: String) -> String {
    format!("({text})")
}

fn texts(dice: &mut Dice, scope: &Scope, depth: usize) -> String {
    match dice.roll(13) {
        0 | 1 => format!("[{}, {}]", write(dice, scope, Kind::Text, depth), leaf(dice, scope, Kind::Text)),
        2 => format!("tolist({})", write(dice, scope, Kind::Texts, depth)),
        3 => format!("sort({})", write(dice, scope, Kind::TextSet, depth)),
        4 => format!("{}({})", dice.pick(&["keys", "values"]), write(dice, scope, Kind::TextMap, depth)),
        5 => format!("concat({}, {})", write(dice, scope, Kind::Texts, depth), leaf(dice, scope, Kind::Texts)),
        6 | 7 => {
            let from = *dice.one_of(&[Kind::Texts, Kind::TextSet]);
            let (inside, names) = scope.bind(&[Kind::Text]);
            let list = write(dice, scope, from, depth);
            let filter = if dice.once_in(3) { format!(" if {} != \"b\"", names[0]) } else { String::new() };
            format!("[for {} in {list} : {}{filter}]", names[0], write(dice, &inside, Kind::Text, depth.min(1)))
        }
        8 => format!("{}({})", dice.pick(&["distinct", "reverse", "compact"]), write(dice, scope, Kind::Texts, depth)),
        9 => format!("{}[*].name", write(dice, scope, Kind::Things, depth)),
        10 => format!("split(\",\", {})", write(dice, scope, Kind::Text, depth)),
        11 => format!("flatten([{}, [{}]])", write(dice, scope, Kind::Texts, depth), leaf(dice, scope, Kind::Text)),
        _ => format!("{}.tags", write(dice, scope, Kind::Thing, depth)),
    }
}

fn text_set(dice: &mut Dice, scope: &Scope, depth: usize) -> String {
    match dice.roll(4) {
        0 => {
            let function = dice.pick(&["setunion", "setintersection", "setsubtract"]);
            format!("{function}({}, {})", write(dice, scope, Kind::TextSet, depth), leaf(dice, scope, Kind::TextSet))
        }
        1 => format!("toset(keys({}))", write(dice, scope, Kind::TextMap, depth)),
        _ => format!("toset({})", write(dice, scope, Kind::Texts, depth)),
    }
}

fn text_map(dice: &mut Dice, scope: &Scope, depth: usize) -> String {
    match dice.roll(10) {
        0 | 1 => format!("{{ a = {}, b = {} }}", write(dice, scope, Kind::Text, depth), leaf(dice, scope, Kind::Text)),
        2 => format!("merge({}, {})", write(dice, scope, Kind::TextMap, depth), leaf(dice, scope, Kind::TextMap)),
        3 => format!("tomap({})", write(dice, scope, Kind::TextMap, depth)),
        4 | 5 => {
            let (inside, names) = scope.bind(&[Kind::Text, Kind::Text]);
            let map = write(dice, scope, Kind::TextMap, depth);
            let value = write(dice, &inside, Kind::Text, depth.min(1));
            let filter = if dice.once_in(3) { format!(" if {} != \"b\"", names[0]) } else { String::new() };
            format!("{{ for {}, {} in {map} : {} => {value}{filter} }}", names[0], names[1], names[0])
        }
        6 => {
            let (inside, names) = scope.bind(&[Kind::Text]);
            let set = write(dice, scope, Kind::TextSet, depth);
            let value = write(dice, &inside, Kind::Text, depth.min(1));
            format!("{{ for {} in {set} : {} => {value} }}", names[0], names[0])
        }
        7 if scope.wild => format!("zipmap([\"a\", \"b\"], {})", write(dice, scope, Kind::Texts, depth)),
        7 => format!("zipmap([\"a\"], [{}])", write(dice, scope, Kind::Text, depth)),
        8 => format!("{{ ({}) = {} }}", write(dice, scope, Kind::Text, depth), leaf(dice, scope, Kind::Text)),
        _ => {
            let (inside, names) = scope.bind(&[Kind::Text]);
            let list = write(dice, scope, Kind::Texts, depth);
            let value = leaf(dice, &inside, Kind::Text);
            format!("{{ for {} in {list} : {} => join(\"+\", [{value}]) }}", names[0], names[0])
        }
    }
}

fn thing(dice: &mut Dice, scope: &Scope, depth: usize) -> String {
    match dice.roll(4) {
        0 => format!(
            "merge({}, {{ port = {} }})",
            leaf(dice, scope, Kind::Thing),
            write(dice, scope, Kind::Number, depth)
        ),
        1 if scope.wild => format!("{}[0]", write(dice, scope, Kind::Things, depth)),
        1 => format!("concat({}, [{}])[0]", write(dice, scope, Kind::Things, depth), leaf(dice, scope, Kind::Thing)),
        _ => format!(
            "{{ name = {}, port = {}, tags = {} }}",
            write(dice, scope, Kind::Text, depth),
            leaf(dice, scope, Kind::Number),
            leaf(dice, scope, Kind::Texts)
        ),
    }
}

fn things(dice: &mut Dice, scope: &Scope, depth: usize) -> String {
    match dice.roll(4) {
        0 => {
            let (inside, names) = scope.bind(&[Kind::Text]);
            let list = write(dice, scope, Kind::Texts, depth);
            let name = write(dice, &inside, Kind::Text, depth.min(1));
            format!("[for {} in {list} : {{ name = {name}, port = 1, tags = [{}] }}]", names[0], names[0])
        }
        1 => format!("tolist({})", write(dice, scope, Kind::Things, depth)),
        _ => format!("[{}, {}]", write(dice, scope, Kind::Thing, depth), leaf(dice, scope, Kind::Thing)),
    }
}
