//! Input variables: where root values come from, and what a value becomes in the module that declares the variable.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use crate::engine::looks::Looks;
use crate::engine::module::declared::{Module, Variable, Written};
use crate::engine::module::library::Library;
use crate::engine::options::VariableInput;
use crate::engine::query::evaluate::{evaluate, evaluate_expr};
use crate::engine::query::given::Given;
use crate::engine::query::inputs::{Nothing, Reader};
use crate::engine::query::scope::{Each, Scope};
use crate::engine::query::session::{Phase, Query};
use crate::lang::syntax::{SourceFile, parse_expression};
use crate::lang::types::convert;
use crate::lang::value::{json_decode, string};
use crate::model::diagnostic::{Diagnostic, has_errors};
use crate::model::place::{Place, RepoPath};
use crate::model::value::{Marks, Str, Type, Value};

/// Values for the root module's variables, by name, and what is wrong with them.
#[derive(Debug, Default)]
pub struct GivenVariables {
    /// By name.
    pub values: BTreeMap<Str, Given>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// What is wrong with files that cannot be read: then only that is told.
    pub unread: Vec<Diagnostic>,
}

/// Gathers all values in order of precedence. `directory` is where tfvars files are looked for.
pub fn gather(
    looks: &Looks,
    shelf: &Library,
    module: &Module,
    directory: &Path,
    inputs: &[VariableInput],
) -> GivenVariables {
    let mut given = GivenVariables::default();
    let mut unknown = Vec::new();
    for input in inputs {
        if let VariableInput::Environment { name, text } = input
            && let Some(at) = module.variable(name)
        {
            given.text(&module.variables[at], text, &format!("<value for var.{name}>"));
        }
    }
    let entries = looks.list(directory).unwrap_or_default();
    let mut names: Vec<&str> = entries.iter().filter(|e| !e.is_directory).map(|e| &*e.name).collect();
    names.retain(|name| auto_rank(name).is_some());
    names.sort_by_key(|name| (auto_rank(name), *name));
    for name in names {
        given.file(looks, shelf, module, &directory.join(name));
    }
    for input in inputs {
        match input {
            VariableInput::Environment { .. } => {}
            VariableInput::Argument { name, text } => match module.variable(name) {
                Some(at) => given.text(&module.variables[at], text, &format!("<value for var.{name}>")),
                None => unknown.push(Diagnostic::error(
                    "Value for undeclared variable",
                    format!("A variable named \"{name}\" was assigned on the command line, but the root module does not declare a variable of that name. To use this value, add a \"variable\" block to the configuration."),
                )),
            },
            VariableInput::File(path) => given.file(looks, shelf, module, &looks.resolve(path)),
            VariableInput::Value { name, value, place } => {
                if module.variable(name).is_some() {
                    given.values.insert(name.clone(), Given { value: value.clone(), place: place.clone() });
                }
            }
        }
    }
    match has_errors(&given.unread) {
        true => given.diagnostics = given.unread.clone(),
        false => given.diagnostics.extend(unknown),
    }
    given
}

/// The order in which tfvars files are read by themselves; later ones win.
fn auto_rank(name: &str) -> Option<u8> {
    match name {
        "terraform.tfvars" => Some(0),
        "terraform.tfvars.json" => Some(1),
        name if name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json") => Some(2),
        _ => None,
    }
}

impl GivenVariables {
    fn text(&mut self, variable: &Variable, text: &str, origin: &str) {
        let value = if variable.reads_expressions {
            let file = SourceFile::new(RepoPath::new(origin), text);
            let parsed = parse_expression(&file);
            if !parsed.diagnostics.is_empty() {
                self.diagnostics.extend(parsed.diagnostics);
                return;
            }
            let evaluated = evaluate_expr(&parsed.tree, &file, &Nothing);
            if evaluated.failed() {
                self.diagnostics.extend(evaluated.diagnostics);
                return;
            }
            evaluated.value
        } else {
            string(text)
        };
        self.values.insert(variable.name.clone(), Given { value, place: None });
    }

    fn file(&mut self, looks: &Looks, shelf: &Library, module: &Module, path: &Path) {
        let display = looks.display(path);
        let seen = match looks.read(path) {
            Ok(seen) => seen,
            Err(error) => {
                let detail = format!("Given variables file {display} could not be read: {error}.");
                self.unread.push(Diagnostic::error("Failed to read variables file", detail));
                return;
            }
        };
        if display.as_str().ends_with(".json") {
            self.json(module, &display, &seen.bytes);
            return;
        }
        let parsed = shelf.parse(display.clone(), &seen.bytes, seen.hash);
        self.unread.extend(parsed.diagnostics.iter().cloned());
        for block in parsed.body.blocks() {
            let summary = format!("Unexpected \"{}\" block", block.kind.text);
            let place = parsed.file.place(block.kind.span);
            self.unread.push(Diagnostic::error(summary, "Blocks are not allowed here.").at(place));
        }
        for attribute in parsed.body.attributes() {
            let name = &attribute.name.text;
            let place = parsed.file.place(attribute.expr.span);
            if module.variable(name).is_none() {
                self.diagnostics.push(undeclared(name, &display));
                continue;
            }
            let evaluated = evaluate_expr(&attribute.expr, &parsed.file, &Nothing);
            if evaluated.failed() {
                self.diagnostics.extend(evaluated.diagnostics);
                continue;
            }
            self.values.insert(name.clone(), Given { value: evaluated.value, place: Some(place) });
        }
    }

    fn json(&mut self, module: &Module, display: &RepoPath, bytes: &[u8]) {
        let decoded = std::str::from_utf8(bytes)
            .map_err(|error| error.to_string())
            .and_then(|text| json_decode(text).map_err(|error| error.message));
        let value = match decoded {
            Ok(value) => value,
            Err(problem) => {
                let detail = format!("{display} is not valid JSON: {problem}.");
                let place = Place::top_of(display.clone());
                self.unread.push(Diagnostic::error("Invalid JSON syntax", detail).at(place));
                return;
            }
        };
        for (name, value) in value.as_entries().into_iter().flatten() {
            let place = Place::top_of(display.clone());
            match module.variable(name) {
                Some(_) => {
                    self.values.insert(name.clone(), Given { value: value.clone(), place: Some(place) });
                }
                None => self.diagnostics.push(undeclared(name, display)),
            }
        }
    }
}

fn undeclared(name: &str, display: &RepoPath) -> Diagnostic {
    Diagnostic::warning(
        "Value for undeclared variable",
        format!(
            "The root module does not declare a variable named \"{name}\" but a value was found in file \"{}\". If you meant to use this value, add a \"variable\" block to the configuration.\n\nTo silence these warnings, use TF_VAR_... environment variables to provide certain \"global\" settings to all configurations in your organization. To reduce the verbosity of these warnings, use the -compact-warnings option.",
            display.file_name()
        ),
    )
}

/// The value of a variable in a module instance.
pub fn value(query: &Query<'_>, scope: &Rc<Scope>, at: usize) -> Value {
    let variable = &query.module(scope).variables[at];
    let value = match &scope.parent {
        None => root_value(query, scope, variable),
        Some((parent, call)) => argument_value(query, scope, variable, parent, *call),
    };
    let mut marks = Marks::NONE;
    if variable.sensitive {
        marks = marks.union(Marks::SENSITIVE);
    }
    if variable.ephemeral {
        marks = marks.union(Marks::EPHEMERAL);
    }
    value.mark(marks)
}

fn root_value(query: &Query<'_>, scope: &Rc<Scope>, variable: &Variable) -> Value {
    if query.setting.phase == Phase::Validate {
        return Value::unknown(variable.ty.without_optional());
    }
    match query.given.get(&variable.name) {
        Some(given) => converted(query, scope, variable, &given.value, given.place.clone()),
        None => match default(variable) {
            Some(value) => value,
            None => {
                query.report([no_value(variable)]);
                Value::not_asked(variable.ty.without_optional(), format!("var.{}", variable.name))
            }
        },
    }
}

fn no_value(variable: &Variable) -> Diagnostic {
    let detail = format!(
        "The root module input variable \"{}\" is not set, and has no default value. Use a -var or -var-file command line argument to provide a value for this variable.",
        variable.name
    );
    Diagnostic::error("No value for required variable", detail).at(variable.header.place())
}

fn argument_value(query: &Query<'_>, scope: &Rc<Scope>, variable: &Variable, parent: &Rc<Scope>, call: usize) -> Value {
    let call = &query.module(parent).calls[call];
    match call.arguments.get(&variable.name) {
        Some(written) => {
            // While validating, terraform takes any key for possible in the arguments of a call.
            let open = Each {
                at: 0,
                key: None,
                index: Some(Value::unknown(Type::Number)),
                pair: Some((Value::unknown(Type::String), Value::unknown(Type::Dynamic))),
            };
            let each = if query.setting.phase == Phase::Validate { &open } else { &*scope.each };
            let evaluated = evaluate(written, &Reader::new(query, parent).within(each));
            if evaluated.failed() {
                evaluated.into_value(query);
                return Value::unknown(variable.ty.without_optional());
            }
            let value = evaluated.into_value(query);
            if !variable.ephemeral && value.deep_marks().contains(Marks::EPHEMERAL) {
                let detail = "This input variable is not declared as accepting a ephemeral values, so it cannot be set to a result derived from an ephemeral value.";
                query.report([Diagnostic::error("Ephemeral value not allowed", detail).at(written.place())]);
                return Value::unknown(variable.ty.without_optional());
            }
            converted(query, scope, variable, &value, Some(written.place()))
        }
        None => match default(variable) {
            Some(value) => value,
            None => {
                query.report([crate::engine::module::sources::missing_argument(&variable.name, &call.content)]);
                Value::unknown(variable.ty.without_optional())
            }
        },
    }
}

fn default(variable: &Variable) -> Option<Value> {
    let written: &Written = variable.default.as_ref()?;
    let evaluated = evaluate(written, &Nothing);
    if evaluated.failed() {
        return Some(Value::unknown(variable.ty.without_optional()));
    }
    let value = variable.defaults.apply(&evaluated.value);
    match convert(&value, &variable.ty) {
        Ok(value) => Some(value),
        // That was said when the block was read.
        Err(_) => Some(Value::unknown(variable.ty.without_optional())),
    }
}

fn converted(query: &Query<'_>, scope: &Rc<Scope>, variable: &Variable, given: &Value, place: Option<Place>) -> Value {
    let name = &variable.name;
    let place = place.unwrap_or_else(|| variable.header.place());
    if given.is_null() && !variable.nullable {
        return match default(variable) {
            Some(value) => value,
            None => {
                let detail = format!(
                    "The given value is not suitable for {}var.{name} defined at {}: required variable may not be set to null.",
                    prefix(scope),
                    crate::engine::module::decode::at(&variable.header.place()),
                );
                query.report([Diagnostic::error("Required variable not set", detail).at(place)]);
                Value::unknown(variable.ty.without_optional())
            }
        };
    }
    let value = variable.defaults.apply(given);
    match convert(&value, &variable.ty) {
        Ok(value) => value,
        Err(error) => {
            let (declared, prefix) = (variable.header.place(), prefix(scope));
            let at = crate::engine::module::decode::at;
            let (detail, place) = if variable.sensitive {
                let given = at(&place);
                let detail = format!(
                    "The given value is not suitable for {prefix}var.{name}, which is sensitive: {error}. Invalid value defined at {given}."
                );
                (detail, declared)
            } else {
                let declared = at(&declared);
                let detail =
                    format!("The given value is not suitable for {prefix}var.{name} declared at {declared}: {error}.");
                (detail, place)
            };
            query.report([Diagnostic::error("Invalid value for input variable", detail).at(place)]);
            Value::unknown(variable.ty.without_optional())
        }
    }
}

fn prefix(scope: &Scope) -> String {
    if scope.address.is_root() { String::new() } else { format!("{}.", scope.address) }
}
