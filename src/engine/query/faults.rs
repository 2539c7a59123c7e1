//! terraform's words for references that lead nowhere.

use crate::model::address::{ModuleAddress, ResourceMode};
use crate::model::diagnostic::Diagnostic;

/// `the root module` or `module.x`.
fn within(module: &ModuleAddress) -> String {
    if module.is_root() { "the root module".to_owned() } else { module.without_keys().to_string() }
}

/// The first of some names, in their order, that is close enough to be meant.
pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names.filter(|known| distance(name, known) < 3).min()
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = usize::from(x != *y);
            let next = (diagonal + cost).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" Did you mean \"{name}\"?")).unwrap_or_default()
}

/// `var.x` without a variable.
pub fn undeclared_variable<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Box<Diagnostic> {
    let hint = match nearest(name, names) {
        Some(near) => format!(" Did you mean \"{near}\"?"),
        None => format!(" This variable can be declared with a variable \"{name}\" {{}} block."),
    };
    Box::new(Diagnostic::error(
        "Reference to undeclared input variable",
        format!("An input variable with the name \"{name}\" has not been declared.{hint}"),
    ))
}

/// `local.x` without a local.
pub fn undeclared_local<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Box<Diagnostic> {
    let hint = suggestion(nearest(name, names));
    Box::new(Diagnostic::error(
        "Reference to undeclared local value",
        format!("A local value with the name \"{name}\" has not been declared.{hint}"),
    ))
}

/// `module.x` without a call.
pub fn undeclared_module<'n>(
    name: &str,
    module: &ModuleAddress,
    names: impl Iterator<Item = &'n str>,
) -> Box<Diagnostic> {
    let hint = suggestion(nearest(name, names));
    Box::new(Diagnostic::error(
        "Reference to undeclared module",
        format!("No module call named \"{name}\" is declared in {}.{hint}", within(module)),
    ))
}

/// `a.b` without a resource.
pub fn undeclared_resource(
    mode: ResourceMode,
    type_name: &str,
    name: &str,
    module: &ModuleAddress,
    known_as_data: bool,
) -> Box<Diagnostic> {
    let what = match mode {
        ResourceMode::Managed => "A managed resource",
        ResourceMode::Data => "A data resource",
        ResourceMode::Ephemeral => "An ephemeral resource",
    };
    let mut detail = format!("{what} \"{type_name}\" \"{name}\" has not been declared in {}.", within(module));
    if known_as_data {
        detail.push_str(&format!("\n\nDid you mean the data resource data.{type_name}.{name}?"));
    }
    Box::new(Diagnostic::error("Reference to undeclared resource", detail))
}

/// A reference that is too short or names nothing.
pub fn invalid_reference(detail: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("Invalid reference", detail))
}

/// An attribute that one of the language's own objects does not have.
pub fn no_such_member(root: &str, name: &str) -> Box<Diagnostic> {
    let known = match root {
        "each" => {
            " The supported attributes are each.key and each.value, the current key and value pair of the \"for_each\" attribute set."
        }
        "count" => {
            " The only supported attribute is count.index, which is the index of each instance of a resource block that has the \"count\" argument set."
        }
        "terraform" => {
            " The only supported attributes are terraform.workspace, the name of the currently-selected workspace, and terraform.applying, a boolean which is true only during apply."
        }
        _ => "",
    };
    let detail = format!("The \"{root}\" object does not have an attribute named \"{name}\".{known}");
    Box::new(Diagnostic::error(format!("Invalid \"{root}\" attribute"), detail))
}

/// A name that terraform keeps for later.
pub fn reserved(root: &str) -> Box<Diagnostic> {
    let detail = format!(
        "The symbol name \"{root}\" is reserved for use in a future Terraform version. If you are using a provider that already uses this as a resource type name, add the prefix \"resource.\" to force interpretation as a resource type name."
    );
    Box::new(Diagnostic::error("Reserved symbol name", detail))
}

/// `each` or `count` where there is none.
pub fn out_of_place(root: &str) -> Box<Diagnostic> {
    let (summary, detail) = match root {
        "each.value" => (
            "each.value cannot be used in this context",
            "A reference to \"each.value\" has been used in a context in which it is unavailable, such as when the configuration no longer contains the value in its \"for_each\" expression. Remove this reference to each.value in your configuration to work around this error.",
        ),
        "each" => (
            "Reference to \"each\" in context without for_each",
            "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \"for_each\" argument is set.",
        ),
        "count" => (
            "Reference to \"count\" in non-counted context",
            "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when the \"count\" argument is set.",
        ),
        _ => (
            "Invalid \"self\" reference",
            "The \"self\" object is not available in this context. This object can be used only in resource provisioner, connection, and postcondition blocks.",
        ),
    };
    Box::new(Diagnostic::error(summary, detail))
}
