//! How Kilter answers the same expressions, in the same form.

use std::collections::HashMap;
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::SystemTime;

use kilter::lang::expr::evaluate;
use kilter::lang::inputs::{InputEntry, InputKind, Inputs, Resolved};
use kilter::lang::syntax::ast::{StepKind, Traversal};
use kilter::lang::syntax::{SourceFile, parse_expression};
use kilter::lang::types::{convert, parse_type};
use kilter::lang::value::{json_encode, type_to_json};
use kilter::model::diagnostic::Diagnostic;
use kilter::model::place::RepoPath;
use kilter::model::value::{Marks, Refinement, Type, Unknown, UnknownSource, Value, ValueKind};
use serde_json::{Value as Json, json};

use super::{Answer, FILES, Fault, LOCALS, UNKNOWNS};

/// Kilter's side of the comparison. Terraform validates before it plans, and then it does not know the types of
/// `terraform_data` outputs: faults found there hide what planning would find.
pub struct World {
    validating: Names,
    planning: Names,
}

/// What a variable of this type with this default gives.
pub fn convert_default(ty: &str, value: &str) -> Answer {
    let names = Names { locals: HashMap::new() };
    let ty_source = SourceFile::new(RepoPath::new("type.tf"), ty);
    let parsed = match parse_type(&parse_expression(&ty_source).tree, &ty_source) {
        Ok(parsed) => parsed,
        Err(diagnostic) => return Answer::Faults(vec![fault(&diagnostic)]),
    };
    let source = SourceFile::new(RepoPath::new("value.tf"), value);
    let value = evaluate(&parse_expression(&source).tree, &source, &names).value;
    let filled = if value.is_null() { value } else { parsed.1.apply(&value) };
    match convert(&filled, &parsed.0) {
        Ok(value) => Answer::Value {
            ty: type_to_json(&value.ty()),
            after: after(&value).unwrap_or(Json::Null),
            unknown: Json::Bool(false),
            sensitive: Json::Bool(false),
        },
        Err(error) => Answer::Faults(vec![Fault {
            summary: "Invalid default value for variable".to_owned(),
            detail: format!(
                "This default value is not compatible with the variable's type constraint: {}.",
                error.with_path()
            ),
            start: (0, 0),
            end: (0, 0),
        }]),
    }
}

/// The names of the oracle's expressions at their values.
struct Names {
    locals: HashMap<&'static str, Value>,
}

impl World {
    /// Both walks.
    pub fn new() -> World {
        World { validating: Names::new(true), planning: Names::new(false) }
    }

    /// The answer to an expression.
    pub fn ask(&self, expression: &str) -> Answer {
        match self.validating.ask(expression) {
            Answer::Value { .. } => self.planning.ask(expression),
            faults => faults,
        }
    }
}

impl Names {
    fn new(validating: bool) -> Names {
        let mut world = Names { locals: HashMap::new() };
        for (name, text) in LOCALS {
            let source = SourceFile::new(RepoPath::new("locals.tf"), *text);
            let parsed = parse_expression(&source);
            assert_eq!(parsed.diagnostics, []);
            let evaluation = evaluate(&parsed.tree, &source, &world);
            assert_eq!(evaluation.diagnostics, [], "{name}");
            world.locals.insert(name, evaluation.value);
        }
        for (name, constraint, _) in UNKNOWNS {
            let source = SourceFile::new(RepoPath::new("types.tf"), *constraint);
            let (ty, _) = parse_type(&parse_expression(&source).tree, &source).unwrap();
            let value = match *name {
                _ if validating => Value::unknown(Type::Dynamic),
                // An id that is not known yet is known not to be null.
                "U" => {
                    let refinement = Refinement::not_null();
                    Value::from(ValueKind::Unknown(Arc::new(Unknown {
                        ty,
                        source: UnknownSource::AfterApply,
                        refinement,
                    })))
                }
                _ => Value::unknown(ty),
            };
            world.locals.insert(name, value);
        }
        world
    }

    fn ask(&self, expression: &str) -> Answer {
        let source = SourceFile::new(RepoPath::new("expression.tf"), expression);
        let parsed = parse_expression(&source);
        let mut diagnostics = parsed.diagnostics;
        let mut value = Value::null();
        if diagnostics.is_empty() {
            let evaluation = evaluate(&parsed.tree, &source, self);
            diagnostics = evaluation.diagnostics;
            value = evaluation.value;
        }
        if diagnostics.is_empty() && value.any(&|value| value.as_number().is_some_and(|number| number.is_infinite())) {
            return Answer::Infinite;
        }
        if diagnostics.is_empty() {
            return Answer::Value {
                ty: if value.is_wholly_known() { type_to_json(&value.ty()) } else { Json::Null },
                after: after(&value).unwrap_or(Json::Null),
                unknown: flags(&value, &|value| value.is_unknown(), Json::Bool(false), true),
                sensitive: flags(&value, &|value| value.marks.contains(Marks::SENSITIVE), Json::Bool(false), false),
            };
        }
        Answer::Faults(diagnostics.iter().map(fault).collect())
    }
}

fn fault(diagnostic: &Diagnostic) -> Fault {
    let place = diagnostic.subject.clone().expect("every fault has a place");
    let position = |at: kilter::model::place::Position| (u64::from(at.line), u64::from(at.column));
    Fault {
        summary: diagnostic.summary.clone(),
        detail: diagnostic.detail.clone(),
        start: position(place.start),
        end: position(place.end),
    }
}

/// The value with null for unknown elements and without unknown attributes; `None` when it is unknown itself.
fn after(value: &Value) -> Option<Json> {
    match &value.kind {
        ValueKind::Unknown(_) => None,
        ValueKind::List(list) | ValueKind::Set(list) => {
            Some(list.items.iter().map(|item| after(item).unwrap_or(Json::Null)).collect())
        }
        ValueKind::Tuple(items) => Some(items.iter().map(|item| after(item).unwrap_or(Json::Null)).collect()),
        ValueKind::Map(_) | ValueKind::Object(_) => {
            let entries = value.as_entries().unwrap().iter();
            Some(Json::Object(entries.filter_map(|(key, item)| Some((key.to_string(), after(item)?))).collect()))
        }
        _ => Some(match json_encode(value) {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(message) => json!({ "cannot be written": message }),
        }),
    }
}

/// Terraform's `after_unknown` and `after_sensitive`: true where it holds, structures around it, entries without any left
/// out of objects and maps.
fn flags(value: &Value, holds: &dyn Fn(&Value) -> bool, no: Json, top: bool) -> Json {
    if holds(value) {
        return Json::Bool(true);
    }
    if top && !value.any(&|value| holds(value)) && value.children().next().is_none() {
        return no;
    }
    match &value.kind {
        ValueKind::List(list) | ValueKind::Set(list) => {
            list.items.iter().map(|item| flags(item, holds, no.clone(), false)).collect()
        }
        ValueKind::Tuple(items) => items.iter().map(|item| flags(item, holds, no.clone(), false)).collect(),
        ValueKind::Map(_) | ValueKind::Object(_) => {
            let entries = value.as_entries().unwrap().iter();
            let flagged = entries.map(|(key, item)| (key.to_string(), flags(item, holds, no.clone(), false)));
            Json::Object(flagged.filter(|(_, flag)| !is_empty(flag)).collect())
        }
        _ => no,
    }
}

fn is_empty(flag: &Json) -> bool {
    *flag == Json::Bool(false)
}

impl Inputs for Names {
    fn reference(&self, traversal: &Traversal) -> Result<Resolved, Box<Diagnostic>> {
        let name = match traversal.steps.first().map(|step| &step.kind) {
            Some(StepKind::Attribute(name)) => &**name,
            _ => "",
        };
        let value = match (&*traversal.root.text, name) {
            ("local", name) => self.locals.get(name).cloned(),
            ("path", "module" | "root") => Some(Value::string(".")),
            ("terraform", "workspace") => Some(Value::string("default")),
            _ => None,
        };
        match (value, &*traversal.root.text) {
            (Some(value), _) => Ok(Resolved { value, consumed: 1 }),
            (None, "local") => Err(Box::new(Diagnostic::error(
                "Reference to undeclared local value",
                format!("A local value with the name \"{name}\" has not been declared."),
            ))),
            (None, root) => Err(Box::new(Diagnostic::error(
                "Reference to undeclared resource",
                format!("A managed resource \"{root}\" \"{name}\" has not been declared in the root module."),
            ))),
        }
    }

    fn read_file(&self, path: &str) -> std::io::Result<Arc<[u8]>> {
        let path = path.trim_start_matches("./");
        if path == "." {
            return Err(Error::from(ErrorKind::IsADirectory));
        }
        let found = FILES.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| Arc::from(text.as_bytes())).ok_or_else(|| Error::from(ErrorKind::NotFound))
    }

    fn kind_of(&self, path: &str) -> InputKind {
        match path.trim_start_matches("./") {
            "." | "" => InputKind::Directory,
            path if FILES.iter().any(|(name, _)| *name == path) => InputKind::File,
            _ => InputKind::Absent,
        }
    }

    fn list(&self, path: &str) -> std::io::Result<Vec<InputEntry>> {
        match self.kind_of(path) {
            InputKind::Directory => {
                Ok(FILES.iter().map(|(name, _)| InputEntry { name: (*name).to_owned(), is_directory: false }).collect())
            }
            _ => Err(Error::from(ErrorKind::NotFound)),
        }
    }

    fn working_directory(&self) -> String {
        "/work".to_owned()
    }

    fn home_directory(&self) -> Option<String> {
        None
    }

    fn now(&self) -> Option<SystemTime> {
        None
    }

    fn plan_time(&self) -> Option<SystemTime> {
        None
    }

    fn random(&self) -> Option<[u8; 16]> {
        None
    }
}
