//! Small random configurations of the builtin provider, as a model that can be edited and written out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::dice::Dice;
use super::written::{KINDS, Kind, Scope, leaf, literal, write};

/// Files by their path below the root module.
pub type Files = BTreeMap<String, String>;

/// A root module and the modules below it.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The root first.
    pub modules: Vec<Module>,
    /// What `terraform.tfvars` sets.
    pub values: Vec<(String, String)>,
    /// For names that were never used before.
    pub counter: usize,
}

/// One module.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its directory below the root; empty for the root.
    pub directory: String,
    pub variables: Vec<Variable>,
    /// In an order in which later ones refer to earlier ones.
    pub items: Vec<Item>,
    pub outputs: Vec<Output>,
    pub checks: Vec<Check>,
    /// Blocks of moved, removed and import as they are written.
    pub refactorings: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Variable {
    pub name: String,
    pub kind: Kind,
    pub ty: String,
    pub default: Option<String>,
    pub sensitive: bool,
    pub nullable: Option<bool>,
    pub validation: Option<(String, String)>,
}

#[derive(Debug, Clone)]
pub enum Item {
    Local { name: String, kind: Kind, value: String },
    Resource(Resource),
    Call(Call),
    Remote { name: String, path: String, depends: Vec<String> },
}

#[derive(Debug, Clone)]
pub enum Repeat {
    Once,
    Count(String),
    Each(String),
}

#[derive(Debug, Clone)]
pub struct Resource {
    pub name: String,
    pub repeat: Repeat,
    pub kind: Kind,
    pub input: Option<String>,
    pub triggers: Option<String>,
    pub depends: Vec<String>,
    pub lifecycle: Lifecycle,
}

#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    pub create_before_destroy: Option<bool>,
    pub prevent_destroy: bool,
    pub ignore: Option<String>,
    pub triggered_by: Vec<String>,
    /// `precondition` or `postcondition`, condition, message.
    pub conditions: Vec<(&'static str, String, String)>,
}

#[derive(Debug, Clone)]
pub struct Call {
    pub name: String,
    /// Which of the modules.
    pub module: usize,
    pub repeat: Repeat,
    pub arguments: Vec<(String, String)>,
    pub depends: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Output {
    pub name: String,
    pub kind: Kind,
    pub value: String,
    pub sensitive: bool,
    pub depends: Vec<String>,
    pub precondition: Option<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct Check {
    pub name: String,
    pub asserts: Vec<(String, String)>,
    /// A data source of its own.
    pub data: bool,
}

const TYPES: &[(&str, Kind)] = &[
    ("string", Kind::Text),
    ("number", Kind::Number),
    ("bool", Kind::Bool),
    ("list(string)", Kind::Texts),
    ("set(string)", Kind::TextSet),
    ("map(string)", Kind::TextMap),
    ("object({ name = string, port = optional(number, 8), tags = optional(list(string), [\"d\"]) })", Kind::Thing),
    (
        "list(object({ name = optional(string), port = optional(number, 1), tags = optional(set(string)) }))",
        Kind::Things,
    ),
    ("any", Kind::Text),
    ("tuple([string, string])", Kind::Texts),
    ("object({ a = optional(string, \"o\"), b = optional(string) })", Kind::TextMap),
];

impl Item {
    /// How others refer to it, without an instance.
    pub fn reference(&self) -> String {
        match self {
            Item::Local { name, .. } => format!("local.{name}"),
            Item::Resource(resource) => format!("terraform_data.{}", resource.name),
            Item::Call(call) => format!("module.{}", call.name),
            Item::Remote { name, .. } => format!("data.terraform_remote_state.{name}"),
        }
    }
}

impl Repeat {
    fn add_scope(&self, scope: &mut Scope) {
        match self {
            Repeat::Once => {}
            Repeat::Count(_) => scope.add("count.index", Kind::Number),
            Repeat::Each(_) => {
                scope.add("each.key", Kind::Text);
                scope.add("each.value", Kind::Text);
            }
        }
    }

    fn render(&self, out: &mut String) {
        match self {
            Repeat::Once => {}
            Repeat::Count(count) => line(out, 1, &format!("count = {count}")),
            Repeat::Each(each) => line(out, 1, &format!("for_each = {each}")),
        }
    }

    /// References to attributes of what is repeated.
    fn names(&self, base: &str, attribute: &str, kind: Kind, scope: &mut Scope) {
        match self {
            Repeat::Once => scope.add(format!("{base}.{attribute}"), kind),
            Repeat::Count(_) => {
                let one = if kind == Kind::Text {
                    format!("{base}[*].{attribute}")
                } else {
                    format!("{base}[0].{attribute}")
                };
                scope.add(if kind == Kind::Text { format!("join(\"/\", {one})") } else { one }, kind);
                if kind == Kind::Text {
                    scope.add(format!("{base}[*].{attribute}"), Kind::Texts);
                }
            }
            Repeat::Each(_) => {
                scope.add(format!("try({base}[\"a\"].{attribute}, null)"), kind);
                if kind == Kind::Text {
                    scope.add(format!("values({base})[*].{attribute}"), Kind::Texts);
                    scope.add(format!("{{ for k, o in {base} : k => o.{attribute} }}"), Kind::TextMap);
                }
            }
        }
    }
}

impl Configuration {
    /// A random one.
    pub fn random(dice: &mut Dice) -> Configuration {
        let mut made = Configuration { modules: Vec::new(), values: Vec::new(), counter: 0 };
        let modules = dice.roll(3);
        for (index, directory) in ["", "mods/one", "mods/two"].iter().enumerate().take(modules + 1) {
            made.modules.push(Module {
                directory: (*directory).to_owned(),
                variables: Vec::new(),
                items: Vec::new(),
                outputs: Vec::new(),
                checks: Vec::new(),
                refactorings: Vec::new(),
            });
            let variables = if index == 0 { dice.roll(3) } else { 1 + dice.roll(3) };
            (0..variables).for_each(|_| made.add_variable(dice, index));
        }
        // The innermost first, so that calls know outputs.
        for index in (0..made.modules.len()).rev() {
            (0..2 + dice.roll(4)).for_each(|_| made.add_item(dice, index));
            (0..1 + dice.roll(2)).for_each(|_| made.add_output(dice, index));
            if dice.once_in(4) {
                made.add_check(dice, index);
            }
        }
        for variable in made.modules[0].variables.clone() {
            if variable.default.is_none() || dice.once_in(2) {
                made.values.push((variable.name.clone(), constant(dice, variable.kind)));
            }
        }
        made
    }

    /// A name that was never used before.
    pub fn fresh(&mut self, prefix: &str) -> String {
        self.counter += 1;
        format!("{prefix}{}", self.counter)
    }

    /// What the items of a module before `until` are called by, and its variables.
    pub fn scope(&self, module: usize, until: usize) -> Scope {
        let mut scope = Scope::default();
        let here = &self.modules[module];
        for variable in &here.variables {
            scope.add(format!("var.{}", variable.name), variable.kind);
        }
        if module > 0 {
            scope.add("path.module", Kind::Text);
        }
        scope.add("terraform.workspace", Kind::Text);
        for item in here.items.iter().take(until) {
            let base = item.reference();
            match item {
                Item::Local { kind, .. } => scope.add(base, *kind),
                Item::Resource(resource) => {
                    resource.repeat.names(&base, "id", Kind::Text, &mut scope);
                    if resource.input.is_some() {
                        resource.repeat.names(&base, "output", resource.kind, &mut scope);
                        resource.repeat.names(&base, "input", resource.kind, &mut scope);
                    }
                }
                Item::Call(call) => {
                    for output in &self.modules[call.module].outputs {
                        call.repeat.names(&base, &output.name, output.kind, &mut scope);
                    }
                }
                Item::Remote { .. } => {
                    scope.add(format!("{base}.outputs.text"), Kind::Text);
                    scope.add(format!("{base}.outputs.list"), Kind::Texts);
                }
            }
        }
        scope
    }

    /// Adds a variable.
    pub fn add_variable(&mut self, dice: &mut Dice, module: usize) {
        let name = self.fresh("v");
        let (ty, kind) = *dice.one_of(TYPES);
        let default = (!dice.once_in(3)).then(|| constant(dice, kind));
        let scope = Scope::default().with(format!("var.{name}"), kind);
        let validation =
            dice.once_in(4).then(|| (condition(dice, &scope, &format!("var.{name}")), message(dice, &scope)));
        let nullable = dice.once_in(5).then(|| dice.once_in(2));
        let variable =
            Variable { name, kind, ty: ty.to_owned(), default, sensitive: dice.once_in(6), nullable, validation };
        self.modules[module].variables.push(variable);
    }

    /// Adds a local value, a resource, a call or a data source.
    pub fn add_item(&mut self, dice: &mut Dice, module: usize) {
        let until = self.modules[module].items.len();
        let scope = self.scope(module, until);
        let callable = module + 1 < self.modules.len();
        let item = match dice.roll(12) {
            0..=2 => {
                let (name, kind) = (self.fresh("l"), *dice.one_of(KINDS));
                Item::Local { name, kind, value: write(dice, &scope, kind, 2) }
            }
            3..=5 if callable => {
                let target = module + 1 + dice.roll(self.modules.len() - module - 1);
                Item::Call(self.call(dice, module, target, &scope))
            }
            6 if dice.once_in(3) => {
                let depends = self.depends(dice, module, until, 3);
                let path =
                    if dice.once_in(4) { leaf(dice, &scope, Kind::Text) } else { "\"remote.tfstate\"".to_owned() };
                Item::Remote { name: self.fresh("d"), path, depends }
            }
            _ => Item::Resource(self.resource(dice, module, until)),
        };
        self.modules[module].items.push(item);
    }

    fn call(&mut self, dice: &mut Dice, module: usize, target: usize, scope: &Scope) -> Call {
        let repeat = repeat(dice, scope);
        let mut inside = scope.clone();
        repeat.add_scope(&mut inside);
        let arguments = self.arguments(dice, target, &inside);
        let until = self.modules[module].items.len();
        Call { name: self.fresh("m"), module: target, repeat, arguments, depends: self.depends(dice, module, until, 8) }
    }

    /// Arguments for a call of a module.
    pub fn arguments(&self, dice: &mut Dice, target: usize, scope: &Scope) -> Vec<(String, String)> {
        let mut arguments = Vec::new();
        for variable in &self.modules[target].variables {
            if variable.default.is_none() || dice.once_in(2) {
                arguments.push((variable.name.clone(), write(dice, scope, variable.kind, 2)));
            }
        }
        arguments
    }

    fn depends(&self, dice: &mut Dice, module: usize, until: usize, sides: usize) -> Vec<String> {
        if until == 0 || !dice.once_in(sides) {
            return Vec::new();
        }
        let item = &self.modules[module].items[dice.roll(until)];
        if matches!(item, Item::Local { .. }) { Vec::new() } else { vec![item.reference()] }
    }

    /// A new resource that stands at `until`.
    pub fn resource(&mut self, dice: &mut Dice, module: usize, until: usize) -> Resource {
        let scope = self.scope(module, until);
        let repeat = repeat(dice, &scope);
        let kind = *dice.one_of(KINDS);
        let mut resource = Resource {
            name: self.fresh("r"),
            repeat,
            kind,
            input: None,
            triggers: None,
            depends: self.depends(dice, module, until, 6),
            lifecycle: Lifecycle::default(),
        };
        let inside = inside(&resource, &scope);
        resource.input = (!dice.once_in(8)).then(|| write(dice, &inside, kind, 2));
        resource.triggers = dice.once_in(4).then(|| write(dice, &inside, Kind::Anything, 1));
        if dice.once_in(3) {
            resource.lifecycle = self.lifecycle(dice, module, until, &resource, &inside);
        }
        resource
    }

    /// A random lifecycle of a resource.
    pub fn lifecycle(
        &self,
        dice: &mut Dice,
        module: usize,
        until: usize,
        resource: &Resource,
        scope: &Scope,
    ) -> Lifecycle {
        let mut made = Lifecycle::default();
        if dice.once_in(3) {
            made.create_before_destroy = Some(!dice.once_in(4));
        }
        made.prevent_destroy = dice.once_in(20);
        if dice.once_in(5) {
            let paths =
                ["all", "[input]", "[triggers_replace]", "[input, triggers_replace]", "[input.name]", "[input[0]]"];
            made.ignore = Some(dice.pick(&paths).to_owned());
        }
        if dice.once_in(4) {
            let earlier = self.modules[module].items.iter().take(until).filter_map(|item| match item {
                Item::Resource(resource) => Some((item.reference(), &resource.repeat)),
                _ => None,
            });
            let earlier: Vec<_> = earlier.collect();
            if !earlier.is_empty() {
                let (base, repeat) = dice.one_of(&earlier);
                let index = match (repeat, dice.roll(2)) {
                    (Repeat::Count(_), 0) => "[0]",
                    (Repeat::Each(_), 0) => "[\"a\"]",
                    _ => "",
                };
                let attribute = if index.is_empty() && !matches!(repeat, Repeat::Once) {
                    ""
                } else {
                    dice.pick(&["", "", ".input", ".output", ".id"])
                };
                made.triggered_by.push(format!("{base}{index}{attribute}"));
            }
        }
        if dice.once_in(4) {
            made.conditions.push(("precondition", condition(dice, scope, "terraform.workspace"), message(dice, scope)));
        }
        if dice.once_in(4) {
            let inside = scope.with("self.id", Kind::Text).with("self.output", resource.kind);
            made.conditions.push(("postcondition", condition(dice, &inside, "self.id"), message(dice, &inside)));
        }
        made
    }

    /// Adds an output.
    pub fn add_output(&mut self, dice: &mut Dice, module: usize) {
        let scope = self.scope(module, usize::MAX);
        let kind = *dice.one_of(KINDS);
        let value = write(dice, &scope, kind, 2);
        let precondition =
            dice.once_in(8).then(|| (condition(dice, &scope, "terraform.workspace"), message(dice, &scope)));
        let depends = self.depends(dice, module, self.modules[module].items.len(), 10);
        let sensitive = dice.once_in(if module == 0 { 2 } else { 6 });
        let name = self.fresh("o");
        self.modules[module].outputs.push(Output { name, kind, value, sensitive, depends, precondition });
    }

    /// Adds a check.
    pub fn add_check(&mut self, dice: &mut Dice, module: usize) {
        let mut scope = self.scope(module, usize::MAX);
        // In a called module terraform takes it for a cycle as soon as a resource looks at the module as a whole.
        let (name, data) = (self.fresh("c"), module == 0 && dice.once_in(4));
        if data {
            scope.add("data.terraform_remote_state.here.outputs.text", Kind::Text);
        }
        let asserts =
            (0..1 + dice.roll(2)).map(|_| (condition(dice, &scope, "terraform.workspace"), message(dice, &scope)));
        let asserts = asserts.collect();
        self.modules[module].checks.push(Check { name, asserts, data });
    }

    /// The files.
    pub fn files(&self) -> Files {
        let mut files = Files::new();
        for module in &self.modules {
            let path = |name: &str| {
                if module.directory.is_empty() { name.to_owned() } else { format!("{}/{name}", module.directory) }
            };
            let (variables, main) = self.render(module);
            if !variables.is_empty() {
                files.insert(path("variables.tf"), variables);
            }
            files.insert(path("main.tf"), main);
        }
        if !self.values.is_empty() {
            let values = self.values.iter().map(|(name, value)| format!("{name} = {value}\n"));
            files.insert("terraform.tfvars".to_owned(), values.collect());
        }
        files
    }

    fn render(&self, module: &Module) -> (String, String) {
        let (mut variables, mut main) = (String::new(), String::new());
        module.variables.iter().for_each(|variable| variable.render(&mut variables));
        for item in &module.items {
            match item {
                Item::Local { name, value, .. } => main += &format!("locals {{\n  {name} = {value}\n}}\n"),
                Item::Resource(resource) => resource.render(&mut main),
                Item::Call(call) => {
                    let up = "../".repeat(module.directory.split('/').filter(|part| !part.is_empty()).count());
                    let source = format!("./{up}{}", self.modules[call.module].directory);
                    call.render(&source, &mut main);
                }
                Item::Remote { name, path, depends } => {
                    main += &format!("data \"terraform_remote_state\" \"{name}\" {{\n  backend = \"local\"\n");
                    line(&mut main, 1, &format!("config = {{ path = {path} }}"));
                    depends_line(depends, &mut main);
                    main += "}\n";
                }
            }
        }
        module.outputs.iter().for_each(|output| output.render(&mut main));
        module.checks.iter().for_each(|check| check.render(&mut main));
        module.refactorings.iter().for_each(|block| main += block);
        (variables, main)
    }
}

impl Variable {
    fn render(&self, out: &mut String) {
        let _ = writeln!(out, "variable \"{}\" {{\n  type = {}", self.name, self.ty);
        if let Some(default) = &self.default {
            line(out, 1, &format!("default = {default}"));
        }
        if self.sensitive {
            line(out, 1, "sensitive = true");
        }
        if let Some(nullable) = self.nullable {
            line(out, 1, &format!("nullable = {nullable}"));
        }
        if let Some((condition, message)) = &self.validation {
            condition_block(out, "validation", condition, message);
        }
        out.push_str("}\n");
    }
}

impl Resource {
    fn render(&self, out: &mut String) {
        let _ = writeln!(out, "resource \"terraform_data\" \"{}\" {{", self.name);
        self.repeat.render(out);
        if let Some(input) = &self.input {
            line(out, 1, &format!("input = {input}"));
        }
        if let Some(triggers) = &self.triggers {
            line(out, 1, &format!("triggers_replace = {triggers}"));
        }
        depends_line(&self.depends, out);
        let lifecycle = &self.lifecycle;
        let mut inner = String::new();
        if let Some(first) = lifecycle.create_before_destroy {
            line(&mut inner, 2, &format!("create_before_destroy = {first}"));
        }
        if lifecycle.prevent_destroy {
            line(&mut inner, 2, "prevent_destroy = true");
        }
        if let Some(ignore) = &lifecycle.ignore {
            line(&mut inner, 2, &format!("ignore_changes = {ignore}"));
        }
        if !lifecycle.triggered_by.is_empty() {
            line(&mut inner, 2, &format!("replace_triggered_by = [{}]", lifecycle.triggered_by.join(", ")));
        }
        for (kind, condition, message) in &lifecycle.conditions {
            condition_block(&mut inner, kind, condition, message);
        }
        if !inner.is_empty() {
            let _ = writeln!(out, "  lifecycle {{\n{inner}  }}");
        }
        out.push_str("}\n");
    }
}

impl Call {
    fn render(&self, source: &str, out: &mut String) {
        let _ = writeln!(out, "module \"{}\" {{\n  source = \"{source}\"", self.name);
        self.repeat.render(out);
        for (name, value) in &self.arguments {
            line(out, 1, &format!("{name} = {value}"));
        }
        depends_line(&self.depends, out);
        out.push_str("}\n");
    }
}

impl Output {
    fn render(&self, out: &mut String) {
        let _ = writeln!(out, "output \"{}\" {{\n  value = {}", self.name, self.value);
        if self.sensitive {
            line(out, 1, "sensitive = true");
        }
        depends_line(&self.depends, out);
        if let Some((condition, message)) = &self.precondition {
            condition_block(out, "precondition", condition, message);
        }
        out.push_str("}\n");
    }
}

impl Check {
    fn render(&self, out: &mut String) {
        let _ = writeln!(out, "check \"{}\" {{", self.name);
        if self.data {
            out.push_str("  data \"terraform_remote_state\" \"here\" {\n    backend = \"local\"\n");
            out.push_str("    config = { path = \"remote.tfstate\" }\n  }\n");
        }
        for (condition, message) in &self.asserts {
            condition_block(out, "assert", condition, message);
        }
        out.push_str("}\n");
    }
}

fn line(out: &mut String, depth: usize, text: &str) {
    let _ = writeln!(out, "{}{text}", "  ".repeat(depth));
}

fn depends_line(depends: &[String], out: &mut String) {
    if !depends.is_empty() {
        line(out, 1, &format!("depends_on = [{}]", depends.join(", ")));
    }
}

fn condition_block(out: &mut String, kind: &str, condition: &str, message: &str) {
    let _ = writeln!(out, "  {kind} {{\n    condition = {condition}\n    error_message = {message}\n  }}");
}

/// The scope inside a resource's block.
pub fn inside(resource: &Resource, scope: &Scope) -> Scope {
    let mut inside = scope.clone();
    resource.repeat.add_scope(&mut inside);
    inside
}

/// A condition that refers to something and holds more often than not.
pub fn condition(dice: &mut Dice, scope: &Scope, something: &str) -> String {
    match dice.roll(12) {
        0 => format!("{something} != null && {}", write(dice, scope, Kind::Bool, 2)),
        1 | 2 => format!("{something} == null || {}", write(dice, scope, Kind::Bool, 1)),
        3 => format!("{something} != \"zz\" && {}", write(dice, scope, Kind::Bool, 1)),
        4 => format!("{} || {something} != \"zz\"", write(dice, scope, Kind::Bool, 1)),
        _ => format!("{something} != \"zz\""),
    }
}

fn message(dice: &mut Dice, scope: &Scope) -> String {
    match dice.roll(6) {
        0 => format!("\"Not so: ${{{}}}.\"", leaf(dice, scope, Kind::Text)),
        1 if dice.once_in(3) => write(dice, scope, Kind::Text, 1),
        _ => "\"It is not so.\"".to_owned(),
    }
}

/// Whether and how something is repeated.
pub fn repeat(dice: &mut Dice, scope: &Scope) -> Repeat {
    let keyed = if dice.once_in(2) { Kind::TextSet } else { Kind::TextMap };
    match dice.roll(10) {
        0 | 1 => Repeat::Count(dice.pick(&["0", "1", "2", "3"]).to_owned()),
        2 => Repeat::Count(format!("length({})", leaf(dice, scope, Kind::Texts))),
        3 | 4 => Repeat::Each(literal(dice, keyed)),
        5 => Repeat::Each(write(dice, scope, keyed, 1)),
        _ => Repeat::Once,
    }
}

/// A constant, as variables and their defaults take them.
pub fn constant(dice: &mut Dice, kind: Kind) -> String {
    let choices: &[&str] = match kind {
        Kind::TextSet => &["[]", "[\"a\"]", "[\"b\", \"a\", \"b\"]", "[1, true]"],
        Kind::Texts => &["[\"a\", \"b\"]", "[\"b\", \"a\"]", "[\"1\", 2]", "[null, \"a\"]"],
        Kind::TextMap => &["{}", "{ a = \"x\" }", "{ a = \"x\", b = \"y\" }", "{ b = null }", "{ a = 1 }"],
        Kind::Thing => &["{ name = \"n\" }", "{ name = \"m\", port = 1, tags = [\"t\"] }", "{ name = 1, port = null }"],
        Kind::Things => &["[]", "[{ name = \"n\" }]", "[{}, { name = \"n\", port = \"2\", tags = [\"b\", \"a\"] }]"],
        _ if dice.once_in(12) => &["null"],
        _ => return literal(dice, kind),
    };
    dice.pick(choices).to_owned()
}
