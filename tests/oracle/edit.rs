//! Random edits of a configuration, as people make them.

use super::configuration::{Configuration, Files, Item, Repeat, constant, inside, repeat};
use super::dice::Dice;
use super::written::{Kind, leaf, write};

/// Makes one to three edits.
pub fn edit(dice: &mut Dice, configuration: &mut Configuration) {
    for _ in 0..1 + dice.roll(3) {
        // Not every edit finds something to edit.
        (0..5).any(|_| one(dice, configuration));
    }
}

fn one(dice: &mut Dice, it: &mut Configuration) -> bool {
    let module = dice.roll(it.modules.len());
    match dice.roll(20) {
        0..=3 => rewrite_resource(dice, it, module),
        4 => repeat_otherwise(dice, it, module),
        5 => {
            it.add_item(dice, module);
            true
        }
        6 | 7 => remove_item(dice, it, module),
        8 | 9 => rename(dice, it, module),
        10 => rewrite_local(dice, it, module),
        11 => rewrite_output(dice, it, module),
        12 => {
            it.add_output(dice, module);
            true
        }
        13 => other_values(dice, it),
        14 | 15 => other_lifecycle(dice, it, module),
        16 => {
            if it.modules[module].checks.pop().is_none() {
                it.add_check(dice, module);
            }
            true
        }
        17 => other_arguments(dice, it, module),
        18 => into_module(dice, it),
        _ => import(dice, it),
    }
}

/// The positions of resources in a module.
fn resources(it: &Configuration, module: usize) -> Vec<usize> {
    let items = it.modules[module].items.iter().enumerate();
    items.filter(|(_, item)| matches!(item, Item::Resource(_))).map(|(at, _)| at).collect()
}

fn rewrite_resource(dice: &mut Dice, it: &mut Configuration, module: usize) -> bool {
    let found = resources(it, module);
    if found.is_empty() {
        return false;
    }
    let at = *dice.one_of(&found);
    let scope = it.scope(module, at);
    let Item::Resource(resource) = &mut it.modules[module].items[at] else { return false };
    let scope = inside(resource, &scope);
    if dice.once_in(4) {
        resource.triggers = if dice.once_in(4) { None } else { Some(write(dice, &scope, Kind::Anything, 1)) };
    } else {
        resource.input = if dice.once_in(10) { None } else { Some(write(dice, &scope, resource.kind, 2)) };
    }
    true
}

fn repeat_otherwise(dice: &mut Dice, it: &mut Configuration, module: usize) -> bool {
    if it.modules[module].items.is_empty() {
        return false;
    }
    let at = dice.roll(it.modules[module].items.len());
    let scope = it.scope(module, at);
    let new = repeat(dice, &scope);
    // Others spoke of it in another form.
    let plain = match &new {
        Repeat::Once => "",
        Repeat::Count(_) => "[0]",
        Repeat::Each(_) => "[\"a\"]",
    };
    let base = it.modules[module].items[at].reference();
    let old = match &mut it.modules[module].items[at] {
        Item::Resource(resource) => std::mem::replace(&mut resource.repeat, new),
        Item::Call(call) => std::mem::replace(&mut call.repeat, new),
        _ => return false,
    };
    let was = match old {
        Repeat::Once => format!("{base}."),
        Repeat::Count(_) => format!("{base}[0]."),
        Repeat::Each(_) => format!("{base}[\"a\"]."),
    };
    it.replace(module, &was, &format!("{base}{plain}."));
    true
}

fn remove_item(dice: &mut Dice, it: &mut Configuration, module: usize) -> bool {
    if it.modules[module].items.is_empty() {
        return false;
    }
    let at = dice.roll(it.modules[module].items.len());
    let base = it.modules[module].items[at].reference();
    let item = it.modules[module].items.remove(at);
    let used = it.uses(module, &base);
    if used && !dice.once_in(25) {
        it.modules[module].items.insert(at, item);
        return false;
    }
    if matches!(item, Item::Resource(_) | Item::Call(_)) && dice.once_in(3) {
        let destroy = dice.pick(&["true", "false", "false"]);
        let block = format!("removed {{\n  from = {base}\n  lifecycle {{\n    destroy = {destroy}\n  }}\n}}\n");
        it.modules[module].refactorings.push(block);
    }
    true
}

fn rename(dice: &mut Dice, it: &mut Configuration, module: usize) -> bool {
    if it.modules[module].items.is_empty() {
        return false;
    }
    let at = dice.roll(it.modules[module].items.len());
    let from = it.modules[module].items[at].reference();
    let name = it.fresh("n");
    match &mut it.modules[module].items[at] {
        Item::Local { name: old, .. } => *old = name,
        Item::Resource(resource) => resource.name = name,
        Item::Call(call) => call.name = name,
        Item::Remote { .. } => return false,
    }
    let to = it.modules[module].items[at].reference();
    it.replace(module, &from, &to);
    if !from.starts_with("local.") && !dice.once_in(4) {
        it.modules[module].refactorings.push(format!("moved {{\n  from = {from}\n  to = {to}\n}}\n"));
    }
    true
}

fn rewrite_local(dice: &mut Dice, it: &mut Configuration, module: usize) -> bool {
    let items = it.modules[module].items.iter().enumerate();
    let found: Vec<usize> = items.filter(|(_, item)| matches!(item, Item::Local { .. })).map(|(at, _)| at).collect();
    if found.is_empty() {
        return false;
    }
    let at = *dice.one_of(&found);
    let scope = it.scope(module, at);
    let Item::Local { kind, value, .. } = &mut it.modules[module].items[at] else { return false };
    *value = write(dice, &scope, *kind, 2);
    true
}

fn rewrite_output(dice: &mut Dice, it: &mut Configuration, module: usize) -> bool {
    let scope = it.scope(module, usize::MAX);
    let outputs = &mut it.modules[module].outputs;
    if outputs.is_empty() {
        return false;
    }
    let at = dice.roll(outputs.len());
    match dice.roll(4) {
        0 if module == 0 => drop(outputs.remove(at)),
        1 => outputs[at].sensitive = !outputs[at].sensitive,
        _ => outputs[at].value = write(dice, &scope, outputs[at].kind, 2),
    }
    true
}

fn other_values(dice: &mut Dice, it: &mut Configuration) -> bool {
    let variables = it.modules[0].variables.clone();
    if variables.is_empty() {
        return false;
    }
    let variable = dice.one_of(&variables);
    let value = constant(dice, variable.kind);
    match it.values.iter_mut().find(|(name, _)| *name == variable.name) {
        Some((_, old)) => *old = value,
        None => it.values.push((variable.name.clone(), value)),
    }
    true
}

fn other_lifecycle(dice: &mut Dice, it: &mut Configuration, module: usize) -> bool {
    let found = resources(it, module);
    if found.is_empty() {
        return false;
    }
    let at = *dice.one_of(&found);
    let scope = it.scope(module, at);
    let Item::Resource(resource) = it.modules[module].items[at].clone() else { return false };
    let scope = inside(&resource, &scope);
    let lifecycle = it.lifecycle(dice, module, at, &resource, &scope);
    if let Item::Resource(resource) = &mut it.modules[module].items[at] {
        resource.lifecycle = lifecycle;
    }
    true
}

fn other_arguments(dice: &mut Dice, it: &mut Configuration, module: usize) -> bool {
    let items = it.modules[module].items.iter().enumerate();
    let found: Vec<usize> = items.filter(|(_, item)| matches!(item, Item::Call(_))).map(|(at, _)| at).collect();
    if found.is_empty() {
        return false;
    }
    let at = *dice.one_of(&found);
    let scope = it.scope(module, at);
    let Item::Call(call) = &it.modules[module].items[at] else { return false };
    let arguments = it.arguments(dice, call.module, &scope);
    if let Item::Call(call) = &mut it.modules[module].items[at] {
        call.arguments = arguments;
    }
    true
}

/// A resource of the root moves into a module that it calls.
fn into_module(dice: &mut Dice, it: &mut Configuration) -> bool {
    let found = resources(it, 0);
    let call = it.modules[0].items.iter().find_map(|item| match item {
        Item::Call(call) => Some(call.clone()),
        _ => None,
    });
    let (false, Some(call)) = (found.is_empty(), call) else { return false };
    let at = *dice.one_of(&found);
    let base = it.modules[0].items[at].reference();
    let item = it.modules[0].items.remove(at);
    if it.uses(0, &base) {
        it.modules[0].items.insert(at, item);
        return false;
    }
    let Item::Resource(mut resource) = item else { return false };
    let scope = it.scope(call.module, usize::MAX);
    resource.input = Some(leaf(dice, &scope, resource.kind));
    resource.triggers = None;
    resource.depends.clear();
    resource.lifecycle = Default::default();
    if !matches!(&resource.repeat, Repeat::Once) && !dice.once_in(3) {
        resource.repeat = Repeat::Each("toset([\"a\"])".to_owned());
    }
    it.modules[call.module].items.push(Item::Resource(resource));
    let index = match call.repeat {
        Repeat::Once => "",
        Repeat::Count(_) => "[0]",
        Repeat::Each(_) => "[\"a\"]",
    };
    let to = format!("module.{}{index}.{base}", call.name);
    it.modules[0].refactorings.push(format!("moved {{\n  from = {base}\n  to = {to}\n}}\n"));
    true
}

fn import(dice: &mut Dice, it: &mut Configuration) -> bool {
    let until = it.modules[0].items.len();
    let resource = it.resource(dice, 0, until);
    let (index, each) = match &resource.repeat {
        Repeat::Once => ("", ""),
        Repeat::Count(_) => ("[0]", ""),
        Repeat::Each(_) if dice.once_in(2) => ("[each.key]", "  for_each = toset([\"a\"])\n"),
        Repeat::Each(_) => ("[\"a\"]", ""),
    };
    let block = format!(
        "import {{\n{each}  to = terraform_data.{}{index}\n  id = \"imported-{}\"\n}}\n",
        resource.name, resource.name
    );
    it.modules[0].items.push(Item::Resource(resource));
    it.modules[0].refactorings.push(block);
    true
}

/// What a plan may be asked with besides.
pub fn flags(dice: &mut Dice, it: &Configuration) -> Vec<String> {
    let resource = |dice: &mut Dice| {
        let found = resources(it, 0);
        (!found.is_empty()).then(|| {
            let at = *dice.one_of(&found);
            let Item::Resource(resource) = &it.modules[0].items[at] else { return String::new() };
            let index = match &resource.repeat {
                Repeat::Once => "",
                Repeat::Count(_) => "[0]",
                Repeat::Each(_) => "[\"a\"]",
            };
            format!("terraform_data.{}{index}", resource.name)
        })
    };
    match dice.roll(25) {
        0 => vec!["-destroy".to_owned()],
        1 | 2 => resource(dice).map(|address| format!("-replace={address}")).into_iter().collect(),
        3 => {
            let items = &it.modules[0].items;
            let found: Vec<String> = items
                .iter()
                .filter(|item| matches!(item, Item::Resource(_) | Item::Call(_)))
                .map(Item::reference)
                .collect();
            if found.is_empty() { Vec::new() } else { vec![format!("-target={}", dice.one_of(&found))] }
        }
        4 if dice.once_in(2) => {
            let target = resource(dice).map(|address| format!("-target={address}"));
            target.into_iter().chain(["-destroy".to_owned()]).collect()
        }
        _ => Vec::new(),
    }
}

impl Configuration {
    /// Whether anything in a module speaks of `base`.
    fn uses(&self, module: usize, base: &str) -> bool {
        let files = self.files();
        let directory = &self.modules[module].directory;
        in_module(&files, directory).any(|text| replaced(text, base, "").len() != text.len())
    }

    /// Writes `to` where a module's expressions say `from`.
    fn replace(&mut self, module: usize, from: &str, to: &str) {
        let change = |text: &mut String| *text = replaced(text, from, to);
        let module = &mut self.modules[module];
        for item in &mut module.items {
            match item {
                Item::Local { value, .. } => change(value),
                Item::Remote { path, depends, .. } => {
                    change(path);
                    depends.iter_mut().for_each(change);
                }
                Item::Call(call) => {
                    change_repeat(&mut call.repeat, &change);
                    call.arguments.iter_mut().for_each(|(_, value)| change(value));
                    call.depends.iter_mut().for_each(change);
                }
                Item::Resource(resource) => {
                    change_repeat(&mut resource.repeat, &change);
                    resource.input.iter_mut().chain(&mut resource.triggers).for_each(change);
                    resource.depends.iter_mut().chain(&mut resource.lifecycle.triggered_by).for_each(change);
                    for (_, condition, message) in &mut resource.lifecycle.conditions {
                        change(condition);
                        change(message);
                    }
                }
            }
        }
        for output in &mut module.outputs {
            change(&mut output.value);
            output.depends.iter_mut().for_each(change);
            output.precondition.iter_mut().for_each(|(condition, message)| {
                change(condition);
                change(message);
            });
        }
        for (condition, message) in module.checks.iter_mut().flat_map(|check| &mut check.asserts) {
            change(condition);
            change(message);
        }
    }
}

fn change_repeat(repeat: &mut Repeat, change: &dyn Fn(&mut String)) {
    match repeat {
        Repeat::Once => {}
        Repeat::Count(text) | Repeat::Each(text) => change(text),
    }
}

fn in_module<'a>(files: &'a Files, directory: &'a str) -> impl Iterator<Item = &'a String> {
    files
        .iter()
        .filter(move |(path, _)| path.rsplit_once('/').map_or("", |(before, _)| before) == directory)
        .map(|(_, text)| text)
}

/// Replaces whole references only.
fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let whole = !from.ends_with(|c: char| goes_on(c)) || !after.starts_with(goes_on);
        let whole = whole && !before.ends_with(|c: char| goes_on(c) || c == '.');
        out += before;
        out += if whole { to } else { from };
        rest = after;
    }
    out + rest
}
