//! References to variables, local values, modules and resources that the module does not declare.

use crate::lint::check::{Check, Run};
use std::collections::HashSet;
use std::sync::Arc;

use crate::lang::syntax::ast::{Block, Traversal};
use crate::lint::module::{Module, attribute_step};
use crate::lint::report::Report;
use crate::lint::rule::hint::hint;
use crate::lint::walk::{self, Context};
use crate::model::finding::{Level, Rule};
use crate::model::value::Str;

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Terraform(check));

static RULE: Rule = Rule {
    id: "kilter_undeclared_reference",
    title: "Reference to something undeclared",
    level: Level::Error,
    explanation: "Nothing in this module has that name, so nothing can be planned. Correct the name, or declare it.",
    bad: r#"output "a" {
  value = var.nmae
}

variable "name" {
  type = string
}
"#,
    good: r#"output "a" {
  value = var.name
}

variable "name" {
  type = string
}
"#,
    source: "https://developer.hashicorp.com/terraform/language/expressions/references",
};

fn check(module: &Module, report: &mut Report) {
    if !module.complete {
        return;
    }
    let declared = Declared::of(module);
    for file in &module.files {
        walk::references(&file.parsed.body, &mut |traversal, expr, context| {
            if context.is_static() {
                return;
            }
            if let Some(message) = declared.judge(traversal, context) {
                report.add(&file.source, expr.span, message);
            }
        });
    }
}

/// What the module declares.
struct Declared {
    variables: HashSet<Str>,
    locals: HashSet<Str>,
    modules: HashSet<Str>,
    /// `resource`, `data` or `ephemeral`, the type and the name.
    resources: HashSet<(Str, Str, Str)>,
}

impl Declared {
    fn of(module: &Module) -> Self {
        let labels = |kind| module.blocks(kind).filter_map(|(_, block)| Some(block.labels.first()?.text.clone()));
        let locals = module.blocks("locals").flat_map(|(_, block)| block.body.attributes());
        let nested = module.blocks("check").flat_map(|(_, block)| block.body.blocks_of("data"));
        let resources = module.resources().map(|(_, block)| block).chain(nested);
        Declared {
            variables: labels("variable").collect(),
            locals: locals.map(|local| local.name.text.clone()).collect(),
            modules: labels("module").collect(),
            resources: resources.filter_map(key).collect(),
        }
    }

    /// What is wrong with a reference.
    fn judge(&self, traversal: &Traversal, context: &Context<'_>) -> Option<String> {
        let root = &*traversal.root.text;
        let first = attribute_step(traversal, 0);
        let missing = |set: &HashSet<Str>, name: &Str| !set.contains(name);
        match (root, first) {
            ("var", Some(name)) if missing(&self.variables, name) => Some(format!(
                "Reference to undeclared input variable: an input variable with the name \"{name}\" has not been declared{}",
                hint(name, self.variables.iter().map(|known| &**known))
            )),
            ("local", Some(name)) if missing(&self.locals, name) => Some(format!(
                "Reference to undeclared local value: a local value with the name \"{name}\" has not been declared{}",
                hint(name, self.locals.iter().map(|known| &**known))
            )),
            ("module", Some(name)) if missing(&self.modules, name) => Some(format!(
                "Reference to undeclared module: no module call named \"{name}\" is declared{}",
                hint(name, self.modules.iter().map(|known| &**known))
            )),
            ("data" | "ephemeral", Some(kind)) => self.resource(root, kind, attribute_step(traversal, 1)?),
            ("resource", Some(kind)) => self.resource(root, kind, attribute_step(traversal, 1)?),
            ("var" | "local" | "module" | "each" | "count" | "self" | "path" | "terraform" | "run" | "data", _) => None,
            // `action` and `list` are of later terraforms.
            ("ephemeral" | "resource" | "action" | "list", _) => None,
            (_, Some(name)) => self.resource("resource", &traversal.root.text, name),
            // A bare word: what it may mean depends on arguments of providers that nobody asked here.
            (_, None) if context.argument() == "depends_on" => None,
            (_, None) if traversal.steps.is_empty() => Some(format!(
                "Invalid reference: \"{root}\" alone is no reference; a reference to a resource type must be followed by at least one attribute access, specifying the resource name"
            )),
            _ => None,
        }
    }

    fn resource(&self, mode: &str, kind: &Str, name: &Str) -> Option<String> {
        if self.resources.contains(&(Str::from(mode), kind.clone(), name.clone())) {
            return None;
        }
        let what = match mode {
            "data" => format!("A data resource \"{kind}\" \"{name}\""),
            "ephemeral" => format!("An ephemeral resource \"{kind}\" \"{name}\""),
            _ => format!("A managed resource \"{kind}\" \"{name}\""),
        };
        Some(format!("Reference to undeclared resource: {what} has not been declared"))
    }
}

fn key(block: &Arc<Block>) -> Option<(Str, Str, Str)> {
    match block.labels.as_slice() {
        [kind, name] => Some((block.kind.text.clone(), kind.text.clone(), name.text.clone())),
        _ => None,
    }
}
