//! The rows of one change: attributes that differ, nested values as structure, long strings by line, lists by element.

use similar::{ChangeTag, TextDiff};

use crate::app::change::hide::Hidden;
use crate::app::change::shown::{Shown, key};
use crate::app::change::structure;
use crate::model::plan::Change;
use crate::model::value::{PathStep, Value, ValueKind, ValuePath};

/// What happens to the thing in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// New.
    Add,
    /// Gone.
    Remove,
    /// Different.
    Change,
    /// The same, shown for orientation.
    Same,
}

impl Sign {
    /// As terraform writes it.
    pub fn text(self) -> &'static str {
        match self {
            Sign::Add => "+",
            Sign::Remove => "-",
            Sign::Change => "~",
            Sign::Same => " ",
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeLine {
    /// How deep it is nested.
    pub depth: u16,
    /// What happens to it.
    pub sign: Sign,
    /// The attribute's or key's name; empty for list elements and lines of text.
    pub name: String,
    /// What there is to see.
    pub body: Body,
    /// A change here forces the replacement.
    pub forces: bool,
    /// The path of the attribute in the object, to hide it by.
    pub path: String,
}

/// What a row shows after its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A value that comes or goes.
    Value(Shown),
    /// A value that becomes another.
    Change(Shown, Shown),
    /// The beginning of something nested: `{`, `[`, `json {`.
    Open(String),
    /// Its end.
    Close(&'static str),
    /// A line of a string.
    Text(String),
    /// So many things of a kind are the same and not shown: `3 attributes`.
    Unchanged(usize, &'static str),
}

/// Lines of a string shown around a change.
const CONTEXT: usize = 2;
/// Longer values of collections are shown over several rows.
const ONE_LINE: usize = 56;
/// Deeper nesting is shown on one line.
const DEEPEST: u16 = 40;
/// More elements than these are compared by position.
const MOST_ELEMENTS: usize = 2_000;

/// The rows of a change. Attributes that are hidden are left out and counted.
pub fn lines(change: &Change, hidden: &Hidden<'_>) -> (Vec<AttributeLine>, usize) {
    let mut walk = Walk { out: Vec::new(), forcing: &change.replace_paths, hidden, left_out: 0 };
    let before = Some(&change.before).filter(|value| !value.is_null());
    let after = Some(&change.after).filter(|value| !value.is_null());
    match (before.and_then(Value::as_entries), after.and_then(Value::as_entries)) {
        (None, None) => walk.leaf(0, "", &ValuePath::default(), before, after),
        _ => walk.entries(0, &ValuePath::default(), before, after),
    }
    (walk.out, walk.left_out)
}

/// The rows of two values that have a name: a root output.
pub fn named(name: &str, before: &Value, after: &Value) -> Vec<AttributeLine> {
    let mut walk = Walk { out: Vec::new(), forcing: &[], hidden: &Hidden::nothing(), left_out: 0 };
    let before = Some(before).filter(|value| !value.is_null());
    let after = Some(after).filter(|value| !value.is_null());
    walk.any(0, name, &ValuePath::attribute(name), before, after);
    walk.out
}

/// The names of the attributes that differ, for the one row of a closed change: `content: 2 of 14 lines`, `a, b`.
pub fn names(change: &Change, hidden: &Hidden<'_>) -> String {
    let (Some(before), Some(after)) = (change.before.as_entries(), change.after.as_entries()) else {
        return String::new();
    };
    let mut names: Vec<&str> = Vec::new();
    for (name, new) in after {
        let old = before.get(name);
        let same = old.map_or(new.is_null(), |old| old == new);
        if !same && !hidden.holds(name) {
            names.push(name);
        }
    }
    names.extend(
        before.iter().filter(|(name, old)| !after.contains_key(*name) && !old.is_null()).map(|(name, _)| &**name),
    );
    match names.as_slice() {
        [name] => match line_count(before.get(*name), after.get(*name)) {
            Some((changed, all)) => format!("{name}: {changed} of {all} lines"),
            None => (*name).to_owned(),
        },
        _ => names.join(", "),
    }
}

fn line_count(before: Option<&Value>, after: Option<&Value>) -> Option<(usize, usize)> {
    let (before, after) = (before?, after?);
    if before.is_sensitive() || after.is_sensitive() {
        return None;
    }
    let (before, after) = (before.as_str()?, after.as_str()?);
    if before.len() + after.len() > 64 * 1024 || !(before.contains('\n') && after.contains('\n')) {
        return None;
    }
    let diff = TextDiff::from_lines(before, after);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    Some((count(ChangeTag::Insert).max(count(ChangeTag::Delete)), after.lines().count()))
}

struct Walk<'a> {
    out: Vec<AttributeLine>,
    forcing: &'a [ValuePath],
    hidden: &'a Hidden<'a>,
    left_out: usize,
}

impl Walk<'_> {
    fn push(&mut self, depth: u16, sign: Sign, name: &str, path: &ValuePath, body: Body) {
        let forces = sign != Sign::Same && !path.0.is_empty() && self.forcing.contains(path);
        self.out.push(AttributeLine { depth, sign, name: name.to_owned(), body, forces, path: path.to_string() });
    }

    /// One value against another, whatever they are. `None` is what is not there.
    fn any(&mut self, depth: u16, name: &str, path: &ValuePath, before: Option<&Value>, after: Option<&Value>) {
        let masked = |value: Option<&Value>| value.is_some_and(|value| value.is_sensitive() || value.is_unknown());
        if masked(before) || masked(after) || depth > DEEPEST {
            return self.leaf(depth, name, path, before, after);
        }
        match (before, after) {
            (Some(value), None) => self.whole(depth, Sign::Remove, name, path, value),
            (None, Some(value)) => self.whole(depth, Sign::Add, name, path, value),
            (Some(old), Some(new)) => self.both(depth, name, path, old, new),
            (None, None) => {}
        }
    }

    fn both(&mut self, depth: u16, name: &str, path: &ValuePath, old: &Value, new: &Value) {
        match (&old.kind, &new.kind) {
            (ValueKind::Object(_) | ValueKind::Map(_), ValueKind::Object(_) | ValueKind::Map(_)) => {
                self.push(depth, Sign::Change, name, path, Body::Open("{".to_owned()));
                self.entries(depth + 1, path, Some(old), Some(new));
                self.push(depth, Sign::Same, "", path, Body::Close("}"));
            }
            (
                ValueKind::List(_) | ValueKind::Tuple(_) | ValueKind::Set(_),
                ValueKind::List(_) | ValueKind::Tuple(_) | ValueKind::Set(_),
            ) => {
                self.push(depth, Sign::Change, name, path, Body::Open("[".to_owned()));
                let set = matches!(new.kind, ValueKind::Set(_));
                self.elements(depth + 1, path, old, new, set);
                self.push(depth, Sign::Same, "", path, Body::Close("]"));
            }
            (ValueKind::String(old_text), ValueKind::String(new_text)) => {
                self.strings(depth, name, path, (old, old_text), (new, new_text));
            }
            _ => self.leaf(depth, name, path, Some(old), Some(new)),
        }
    }

    fn leaf(&mut self, depth: u16, name: &str, path: &ValuePath, before: Option<&Value>, after: Option<&Value>) {
        let (sign, body) = match (before.map(Shown::of), after.map(Shown::of)) {
            (Some(old), Some(new)) => (Sign::Change, Body::Change(old, new)),
            (Some(old), None) => (Sign::Remove, Body::Value(old)),
            (None, Some(new)) => (Sign::Add, Body::Value(new)),
            (None, None) => return,
        };
        self.push(depth, sign, name, path, body);
    }

    /// The entries of an object or map.
    fn entries(&mut self, depth: u16, path: &ValuePath, before: Option<&Value>, after: Option<&Value>) {
        let empty = Default::default();
        let old = before.and_then(Value::as_entries).unwrap_or(&empty);
        let new = after.and_then(Value::as_entries).unwrap_or(&empty);
        let is_map = |value: Option<&Value>| value.is_some_and(|value| matches!(value.kind, ValueKind::Map(_)));
        let map = is_map(before) || is_map(after);
        let mut names: Vec<_> = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))).collect();
        names.sort();
        let mut unchanged = 0;
        for name in names {
            let step = if map { PathStep::Key(name.clone()) } else { PathStep::Attribute(name.clone()) };
            let path = path.then(step);
            let present = |value: Option<&'_ Value>| value.filter(|value| map || !value.is_null()).cloned();
            let (old, new) = (present(old.get(name)), present(new.get(name)));
            if old == new {
                unchanged += usize::from(old.is_some());
            } else if self.is_hidden(&path) {
                self.left_out += 1;
            } else {
                self.any(depth, &key(name), &path, old.as_ref(), new.as_ref());
            }
        }
        if unchanged > 0 {
            let what = if map { "elements" } else { "attributes" };
            self.push(depth, Sign::Same, "", path, Body::Unchanged(unchanged, what));
        }
    }

    fn is_hidden(&self, path: &ValuePath) -> bool {
        !self.hidden.is_empty() && self.hidden.holds(&path.to_string())
    }

    /// The elements of a list, tuple or set, matched by content.
    fn elements(&mut self, depth: u16, path: &ValuePath, old: &Value, new: &Value, set: bool) {
        let (old, new) = (old.as_items().unwrap_or(&[]), new.as_items().unwrap_or(&[]));
        let mut unchanged = 0;
        for step in matches(old, new, set) {
            match step {
                Match::Same => unchanged += 1,
                Match::Old(at) => {
                    self.any(depth, "", &path.then(PathStep::Index(at as i64)), Some(&old[at]), None);
                }
                Match::New(at) => {
                    self.any(depth, "", &path.then(PathStep::Index(at as i64)), None, Some(&new[at]));
                }
                Match::Pair(a, b) => {
                    self.any(depth, "", &path.then(PathStep::Index(b as i64)), Some(&old[a]), Some(&new[b]));
                }
            }
        }
        if unchanged > 0 {
            self.push(depth, Sign::Same, "", path, Body::Unchanged(unchanged, "elements"));
        }
    }

    /// A value that comes or goes as a whole.
    fn whole(&mut self, depth: u16, sign: Sign, name: &str, path: &ValuePath, value: &Value) {
        if value.is_sensitive() || value.is_unknown() || depth > DEEPEST {
            return self.push(depth, sign, name, path, Body::Value(Shown::of(value)));
        }
        let shown = Shown::of(value);
        let long = matches!(&shown, Shown::Text(text) if text.chars().count() > ONE_LINE);
        match &value.kind {
            ValueKind::String(text) if text.trim_end_matches('\n').contains('\n') => {
                self.push(depth, sign, name, path, Body::Open("<<text".to_owned()));
                for line in text.lines() {
                    self.push(depth + 1, sign, "", path, Body::Text(line.to_owned()));
                }
                self.push(depth, Sign::Same, "", path, Body::Close("text"));
            }
            ValueKind::Object(entries) if long => {
                self.whole_entries(depth, sign, name, path, entries.iter());
            }
            ValueKind::Map(map) if long => self.whole_entries(depth, sign, name, path, map.entries.iter()),
            ValueKind::List(_) | ValueKind::Set(_) | ValueKind::Tuple(_) if long => {
                self.push(depth, sign, name, path, Body::Open("[".to_owned()));
                for (index, item) in value.children().enumerate() {
                    self.whole(depth + 1, sign, "", &path.then(PathStep::Index(index as i64)), item);
                }
                self.push(depth, Sign::Same, "", path, Body::Close("]"));
            }
            _ => self.push(depth, sign, name, path, Body::Value(shown)),
        }
    }

    fn whole_entries<'v>(
        &mut self,
        depth: u16,
        sign: Sign,
        name: &str,
        path: &ValuePath,
        entries: impl Iterator<Item = (&'v crate::model::value::Str, &'v Value)>,
    ) {
        self.push(depth, sign, name, path, Body::Open("{".to_owned()));
        for (name, item) in entries {
            self.whole(depth + 1, sign, &key(name), &path.then(PathStep::Attribute(name.clone())), item);
        }
        self.push(depth, Sign::Same, "", path, Body::Close("}"));
    }

    fn strings(&mut self, depth: u16, name: &str, path: &ValuePath, old: (&Value, &str), new: (&Value, &str)) {
        if let Some((kind, before, after)) = structure::both(old.1, new.1)
            && before != after
        {
            self.push(depth, Sign::Change, name, path, Body::Open(kind.word().to_owned()));
            self.any(depth + 1, "", path, Some(&before), Some(&after));
            return self.push(depth, Sign::Same, "", path, Body::Close(kind.word()));
        }
        if !(old.1.contains('\n') || new.1.contains('\n')) {
            return self.leaf(depth, name, path, Some(old.0), Some(new.0));
        }
        self.push(depth, Sign::Change, name, path, Body::Open("<<text".to_owned()));
        self.text_lines(depth + 1, path, old.1, new.1);
        self.push(depth, Sign::Same, "", path, Body::Close("text"));
    }

    fn text_lines(&mut self, depth: u16, path: &ValuePath, old: &str, new: &str) {
        let diff = TextDiff::from_lines(old, new);
        let all = diff.iter_all_changes().count();
        let mut shown = 0;
        for group in diff.grouped_ops(CONTEXT) {
            let first = group.first().map_or(0, |op| op.new_range().start);
            let skipped = first.saturating_sub(shown);
            if skipped > 0 {
                self.push(depth, Sign::Same, "", path, Body::Unchanged(skipped, "lines"));
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let sign = match change.tag() {
                    ChangeTag::Insert => Sign::Add,
                    ChangeTag::Delete => Sign::Remove,
                    ChangeTag::Equal => Sign::Same,
                };
                let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
                self.push(depth, sign, "", path, Body::Text(text));
            }
            shown = group.last().map_or(shown, |op| op.new_range().end);
        }
        let rest = new.lines().count().saturating_sub(shown);
        if rest > 0 && all > 0 {
            self.push(depth, Sign::Same, "", path, Body::Unchanged(rest, "lines"));
        }
    }
}

enum Match {
    Same,
    Old(usize),
    New(usize),
    Pair(usize, usize),
}

/// Pairs elements: equal ones first (sets by membership, lists by longest common run), then what is left by position.
fn matches(old: &[Value], new: &[Value], set: bool) -> Vec<Match> {
    if old.len().max(new.len()) > MOST_ELEMENTS {
        return by_position(old, new, 0, 0);
    }
    if set {
        let gone = old.iter().enumerate().filter(|(_, item)| !new.contains(item)).map(|(at, _)| Match::Old(at));
        let come = new.iter().enumerate().filter(|(_, item)| !old.contains(item)).map(|(at, _)| Match::New(at));
        let same = old.iter().filter(|item| new.contains(item)).map(|_| Match::Same);
        return gone.chain(come).chain(same).collect();
    }
    let ids = |items: &[Value], seen: &mut Vec<Value>| -> Vec<usize> {
        let mut id = |item: &Value| match seen.iter().position(|known| known == item) {
            Some(at) => at,
            None => {
                seen.push(item.clone());
                seen.len() - 1
            }
        };
        items.iter().map(&mut id).collect()
    };
    let mut seen = Vec::new();
    let (old_ids, new_ids) = (ids(old, &mut seen), ids(new, &mut seen));
    let ops = similar::capture_diff_slices(similar::Algorithm::Myers, &old_ids, &new_ids);
    let step = |op: &similar::DiffOp| match op.tag() {
        similar::DiffTag::Equal => op.new_range().map(|_| Match::Same).collect(),
        _ => by_position(&old[op.old_range()], &new[op.new_range()], op.old_range().start, op.new_range().start),
    };
    ops.iter().flat_map(step).collect()
}

fn by_position(old: &[Value], new: &[Value], old_start: usize, new_start: usize) -> Vec<Match> {
    let pair = |at: usize| match (old.get(at), new.get(at)) {
        (Some(a), Some(b)) if a == b => Match::Same,
        (Some(_), Some(_)) => Match::Pair(old_start + at, new_start + at),
        (Some(_), None) => Match::Old(old_start + at),
        _ => Match::New(new_start + at),
    };
    (0..old.len().max(new.len())).map(pair).collect()
}

/// `# 3 unchanged attributes`.
pub fn unchanged(count: usize, what: &str) -> String {
    let what = if count == 1 { what.trim_end_matches('s') } else { what };
    format!("# {count} unchanged {what}")
}

impl AttributeLine {
    /// The row as plain text.
    pub fn text(&self) -> String {
        let name = match (&self.body, self.name.is_empty()) {
            (_, true) => String::new(),
            (_, false) => format!("{} = ", self.name),
        };
        let forces = if self.forces { " # forces replacement" } else { "" };
        let body = match &self.body {
            Body::Value(shown) => shown.words(),
            Body::Change(old, new) => format!("{} → {}", old.words(), new.words()),
            Body::Open(text) => text.clone(),
            Body::Close(text) => (*text).to_owned(),
            Body::Text(text) => text.clone(),
            Body::Unchanged(count, what) => unchanged(*count, what),
        };
        let pad = "  ".repeat(usize::from(self.depth));
        format!("{pad}{} {name}{body}{forces}", self.sign.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::Action;
    use crate::model::address::ResourceInstanceAddress;
    use crate::model::plan::{Knowledge, ResourceChange};
    use crate::model::value::{Marks, Type};

    fn render(before: Value, after: Value, replace: Vec<ValuePath>, hidden: &[String]) -> String {
        let change = Change { action: Action::Update, before, after, replace_paths: replace, importing: None };
        let resource = ResourceChange {
            address: ResourceInstanceAddress::parse("a.b").expect("an address"),
            previous_address: None,
            deposed: None,
            provider: "p".into(),
            change,
            reason: None,
            place: None,
            knowledge: Knowledge::Exact,
        };
        let (lines, left_out) = lines(&resource.change, &Hidden::of(hidden, &resource));
        let mut text: Vec<String> = lines.iter().map(AttributeLine::text).collect();
        if left_out > 0 {
            text.push(format!("({left_out} hidden)"));
        }
        text.join("\n")
    }

    #[test]
    fn attributes_that_differ_are_shown_and_the_rest_is_counted() {
        let object = |port: i64, secret: &str| {
            Value::object([
                ("port", Value::int(port)),
                ("same", Value::bool(true)),
                ("none", Value::null()),
                ("secret", Value::string(secret).mark(Marks::SENSITIVE)),
                ("tags", Value::object([("Name", Value::string("web")), ("port", Value::int(port))])),
            ])
        };
        let text =
            render(object(80, "a"), object(81, "b"), vec![ValuePath::attribute("port")], &["tags.port".to_owned()]);
        assert_eq!(
            text,
            "~ port = 80 → 81 # forces replacement\n\
             ~ secret = (sensitive value) → (sensitive value)\n\
             ~ tags = {\n    # 1 unchanged attribute\n  }\n  # 1 unchanged attribute\n(1 hidden)"
        );
        assert!(!text.contains("hunter"));
    }

    #[test]
    fn strings_differ_by_line_and_documents_by_structure() {
        let before: String = (0..20).map(|n| format!("line {n}\n")).collect();
        let after = before.replace("line 10", "line ten");
        let object = |text: &str| Value::object([("content", Value::string(text))]);
        assert_eq!(
            render(object(&before), object(&after), vec![], &[]),
            "~ content = <<text\n    # 8 unchanged lines\n    line 8\n    line 9\n  - line 10\n  + line ten\n    \
             line 11\n    line 12\n    # 7 unchanged lines\n  text"
        );
        assert_eq!(
            render(object(r#"{"a":1,"b":2}"#), object(r#"{"a":1,"b":3}"#), vec![], &[]),
            "~ content = json\n  ~ {\n    ~ b = 2 → 3\n      # 1 unchanged attribute\n    }\n  json"
        );
    }

    #[test]
    fn lists_differ_by_element() {
        let list = |items: &[&str]| {
            Value::object([("l", Value::list(Type::String, items.iter().map(|text| Value::string(*text)).collect()))])
        };
        assert_eq!(
            render(list(&["a", "b", "c"]), list(&["a", "new", "b", "c"]), vec![], &[]),
            "~ l = [\n  + \"new\"\n    # 3 unchanged elements\n  ]"
        );
        assert_eq!(
            render(list(&["a", "b"]), list(&["a", "x"]), vec![], &[]),
            "~ l = [\n  ~ \"b\" → \"x\"\n    # 1 unchanged element\n  ]"
        );
    }

    #[test]
    fn unknowns_keep_their_kind() {
        let before = Value::object([("id", Value::string("x")), ("ami", Value::string("y"))]);
        let after = Value::object([
            ("id", Value::unknown(Type::String)),
            ("ami", Value::not_asked(Type::String, "data.aws_ami.base")),
        ]);
        assert_eq!(
            render(before, after.clone(), vec![], &[]),
            "~ ami = \"y\" → (not asked: data.aws_ami.base)\n~ id = \"x\" → (known after apply)"
        );
        assert_eq!(
            render(Value::null(), after, vec![], &[]),
            "+ ami = (not asked: data.aws_ami.base)\n+ id = (known after apply)"
        );
    }
}
