//! From the bodies of a directory's files to a [`Module`]: blocks are gathered, overridden, and decoded by kind.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::module::check::check;
use crate::engine::module::conditions::{CheckedBy, condition_blocks};
use crate::engine::module::declared::{Call, Content, Local, Module, Output, Resource, Spot, Written};
use crate::engine::module::lifecycle::depends_on;
use crate::engine::module::refactoring::{import, moved, removed};
use crate::engine::module::references;
use crate::engine::module::resource::{call, resource};
use crate::engine::module::settings::{FirstSettings, judge_backends, provider_config, terraform_block};
use crate::engine::module::sources::{FileRole, brace, missing_argument, role, unexpected_argument, unexpected_block};
use crate::engine::module::variable::{flag, text, variable};
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Block, Body, Item};
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::place::{Place, RepoPath};
use crate::model::value::Str;

/// One file of a module, parsed.
pub struct ModuleFile<'a> {
    /// How it counts.
    pub role: FileRole,
    /// The file.
    pub file: &'a Arc<SourceFile>,
    /// What it holds.
    pub body: &'a Body,
}

/// A block's identity: its kind and labels.
type Identity = (Str, Vec<Str>);

/// Decodes the files of a directory. Of an earlier version of it, resources and calls in files that did not change are
/// taken over as they are.
pub fn decode(directory: PathBuf, files: &[ModuleFile<'_>], before: Option<&Module>) -> Module {
    let mut gathered = Gathered::default();
    let before = before.filter(|before| can_be_taken_over(files, before));
    let same: HashSet<*const SourceFile> = before.iter().flat_map(|old| &old.files).map(Arc::as_ptr).collect();
    for file in files.iter().filter(|file| file.role == FileRole::Primary) {
        gathered.primary(file, same.contains(&Arc::as_ptr(file.file)));
    }
    for file in files.iter().filter(|file| file.role == FileRole::Override) {
        gathered.overrides(file);
    }
    let mut module = Module {
        directory,
        files: files.iter().map(|file| file.file.clone()).collect(),
        diagnostics: std::mem::take(&mut gathered.diagnostics),
        ..Module::default()
    };
    let now: HashSet<*const SourceFile> = files.iter().map(|file| Arc::as_ptr(file.file)).collect();
    let stays = |header: &Spot| now.contains(&Arc::as_ptr(&header.file));
    let (resources, calls) = before.map(|old| taken_over(old, &stays)).unwrap_or_default();
    if !gathered.into_module(&mut module, resources, calls) {
        return decode(module.directory, files, None);
    }
    references::link(&mut module, before);
    module
}

/// Whether blocks of an earlier version may stand for themselves: nothing was wrong in it, which would have to be said
/// again, and no file changes the blocks of others.
fn can_be_taken_over(files: &[ModuleFile<'_>], before: &Module) -> bool {
    let primary = |name: &str| role(name) == Some(FileRole::Primary);
    before.diagnostics.is_empty()
        && before.further.is_empty()
        && files.iter().all(|file| file.role == FileRole::Primary)
        && before.files.iter().all(|file| primary(file.path().file_name()))
}

/// The resources and calls of an earlier version that stand in files which are still the same, in order.
fn taken_over(old: &Module, stays: &dyn Fn(&Spot) -> bool) -> (Vec<Arc<Resource>>, Vec<Arc<Call>>) {
    let resources = old.resources.iter().filter(|one| one.check.is_none() && stays(&one.content.header));
    let calls = old.calls.iter().filter(|call| stays(&call.content.header));
    (resources.cloned().collect(), calls.cloned().collect())
}

/// A block as it was gathered.
enum Found<'f> {
    /// As it is written.
    Written(&'f Arc<Block>, &'f Arc<SourceFile>),
    /// With what override files say.
    Overridden(Content),
}

impl Found<'_> {
    fn content(&self) -> Cow<'_, Content> {
        match self {
            Found::Written(block, file) => Cow::Owned(Content::of(block, file)),
            Found::Overridden(content) => Cow::Borrowed(content),
        }
    }

    fn place(&self) -> Place {
        match self {
            Found::Written(block, file) => file.place(block.header),
            Found::Overridden(content) => content.header.place(),
        }
    }
}

#[derive(Default)]
struct Gathered<'f> {
    named: BTreeMap<Identity, Found<'f>>,
    anonymous: Vec<(Str, Content)>,
    locals: BTreeMap<Str, (Written, Spot)>,
    diagnostics: Vec<Diagnostic>,
}

/// All kinds of blocks of a module.
const KINDS: [&str; 13] = [
    "terraform",
    "provider",
    "variable",
    "locals",
    "output",
    "module",
    "resource",
    "data",
    "ephemeral",
    "moved",
    "import",
    "check",
    "removed",
];

/// How many labels a kind of block has; `None` for a kind that nobody knows.
fn label_count(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "resource" | "data" | "ephemeral" => &["type", "name"],
        "variable" | "output" | "module" | "provider" | "check" => &["name"],
        "terraform" | "locals" | "moved" | "removed" | "import" => &[],
        _ => return None,
    })
}

impl<'f> Gathered<'f> {
    /// Of a file that was read before as it is, resources and calls are there already.
    fn primary(&mut self, file: &ModuleFile<'f>, is_same: bool) {
        self.stray_arguments(file);
        for block in file.body.blocks() {
            if is_same && matches!(&*block.kind.text, "resource" | "data" | "ephemeral" | "module") {
                continue;
            }
            let Some(labels) = self.labels(block, file.file) else { continue };
            match &*block.kind.text {
                "locals" => self.locals(block, file.file, false),
                "terraform" | "moved" | "removed" | "import" => {
                    self.anonymous.push((block.kind.text.clone(), Content::of(block, file.file)));
                }
                "provider" => self.provider(labels, Content::of(block, file.file)),
                _ => {
                    let identity = (block.kind.text.clone(), labels);
                    match self.named.get(&identity) {
                        Some(first) => self.diagnostics.push(duplicate(&identity, first, block, file.file)),
                        None => {
                            self.named.insert(identity, Found::Written(block, file.file));
                        }
                    }
                }
            }
        }
    }

    /// Provider blocks share their label; the alias tells them apart.
    fn provider(&mut self, mut labels: Vec<Str>, content: Content) {
        let alias = content.argument("alias").and_then(|alias| alias.expr.literal_text());
        labels.extend(alias);
        let identity = (Str::from("provider"), labels);
        match self.named.get(&identity) {
            Some(first) => {
                let (name, first) = (&identity.1[0], at(&first.place()));
                let detail = match identity.1.get(1) {
                    None => format!(
                        "A default (non-aliased) provider configuration for \"{name}\" was already given at {first}. If multiple configurations are required, set the \"alias\" argument for alternative configurations."
                    ),
                    Some(alias) => format!(
                        "A provider configuration for \"{name}\" with alias \"{alias}\" was already given at {first}. Each configuration for the same provider must have a distinct alias."
                    ),
                };
                let place = content.header.place();
                self.diagnostics.push(Diagnostic::error("Duplicate provider configuration", detail).at(place));
            }
            None => {
                self.named.insert(identity, Found::Overridden(content));
            }
        }
    }

    fn overrides(&mut self, file: &ModuleFile<'_>) {
        self.stray_arguments(file);
        for block in file.body.blocks() {
            let Some(labels) = self.labels(block, file.file) else { continue };
            let content = Content::of(block, file.file);
            let place = file.file.place(block.header);
            match &*block.kind.text {
                "locals" => self.locals(block, file.file, true),
                "terraform" | "removed" => self.anonymous.push((block.kind.text.clone(), content)),
                kind @ ("moved" | "import" | "check") => {
                    self.diagnostics.push(never_overridden(kind).at(place));
                }
                kind => match self.named.get_mut(&(block.kind.text.clone(), labels.clone())) {
                    Some(base) => {
                        let mut overridden = base.content().into_owned();
                        overridden.overridden_by(&content);
                        *base = Found::Overridden(overridden);
                    }
                    None if kind == "provider" => self.provider(labels, content),
                    // Terraform takes it for one of its own.
                    None if kind == "ephemeral" => {
                        self.named.insert((block.kind.text.clone(), labels), Found::Overridden(content));
                    }
                    None => self.diagnostics.push(nothing_to_override(kind, &labels).at(place)),
                },
            }
        }
    }

    fn stray_arguments(&mut self, file: &ModuleFile<'_>) {
        for attribute in file.body.attributes() {
            self.diagnostics.push(unexpected_argument(&attribute.name, file.file, &[], &KINDS));
        }
    }

    fn labels(&mut self, block: &Block, file: &Arc<SourceFile>) -> Option<Vec<Str>> {
        let kind = &block.kind.text;
        let Some(wanted) = label_count(kind) else {
            self.diagnostics.push(unexpected_block(&block.kind, file, &[], &KINDS));
            return None;
        };
        if let Some(missing) = wanted.get(block.labels.len()) {
            let all = wanted.join(", ");
            let detail = format!("All {kind} blocks must have {} labels ({all}).", wanted.len());
            let summary = format!("Missing {missing} for {kind}");
            let place = file.place(brace(&block.body, file));
            self.diagnostics.push(Diagnostic::error(summary, detail).at(place));
            return None;
        }
        if let Some(extra) = block.labels.get(wanted.len()) {
            let detail = match wanted.len() {
                0 => format!("No labels are expected for {kind} blocks."),
                count => format!("Only {count} labels ({}) are expected for {kind} blocks.", wanted.join(", ")),
            };
            let summary = format!("Extraneous label for {kind}");
            self.diagnostics.push(Diagnostic::error(summary, detail).at(file.place(extra.span)));
            return None;
        }
        for label in &block.labels {
            if !is_identifier(&label.text) {
                let what = if matches!(&**kind, "resource" | "data" | "ephemeral") { "resource" } else { kind };
                let mut summary = format!("Invalid {what} name");
                if &**kind == "module" {
                    summary = "Invalid module instance name".to_owned();
                }
                let detail = "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.";
                self.diagnostics.push(Diagnostic::error(summary, detail).at(file.place(label.span)));
                return None;
            }
        }
        Some(block.labels.iter().map(|label| label.text.clone()).collect())
    }

    fn locals(&mut self, block: &Block, file: &Arc<SourceFile>, overriding: bool) {
        for item in &block.body.items {
            match item {
                Item::Attribute(attribute) => {
                    let name = &attribute.name.text;
                    if overriding && !self.locals.contains_key(name) {
                        let detail = format!(
                            "There is no local value named \"{name}\". An override file can only override a local value that was already defined in a primary configuration file."
                        );
                        let summary = "Missing base local value definition to override";
                        let place = file.place(attribute.span);
                        self.diagnostics.push(Diagnostic::error(summary, detail).at(place));
                    }
                    if let (Some((_, first)), false) = (self.locals.get(name), overriding) {
                        let detail = format!(
                            "A local value named \"{name}\" was already defined at {}. Local value names must be unique within a module.",
                            at(&first.place())
                        );
                        let place = file.place(attribute.span);
                        self.diagnostics.push(Diagnostic::error("Duplicate local value definition", detail).at(place));
                        continue;
                    }
                    let value = Written { expr: attribute.expr.clone(), file: file.clone() };
                    if let Some(place) = refers_to_itself(name, &value) {
                        let detail =
                            format!("Local value local.{name} cannot use its own result as part of its expression.");
                        self.diagnostics.push(Diagnostic::error("Self-referencing local value", detail).at(place));
                    }
                    self.locals.insert(name.clone(), (value, Spot { file: file.clone(), span: attribute.span }));
                }
                Item::Block(block) => {
                    let place = file.place(block.kind.span);
                    let summary = format!("Unexpected \"{}\" block", block.kind.text);
                    self.diagnostics.push(Diagnostic::error(summary, "Blocks are not allowed here.").at(place));
                }
            }
        }
    }

    /// Decodes everything, beside what was taken over; `false` when something is declared here and there: then all of it
    /// has to be read again to say so.
    fn into_module(self, module: &mut Module, resources: Vec<Arc<Resource>>, calls: Vec<Arc<Call>>) -> bool {
        let diagnostics = &mut module.diagnostics;
        module.locals = self.locals.into_iter().map(|(name, (value, _))| Local { name, value }).collect();
        let mut scoped = Vec::new();
        for ((kind, labels), found) in self.named {
            if let ("resource" | "data" | "ephemeral", [type_name, name]) = (&*kind, labels.as_slice()) {
                let mode = mode_of(&kind);
                module.resources.push(Arc::new(resource(mode, type_name, name, &found.content(), diagnostics)));
                continue;
            }
            if let ("module", [name]) = (&*kind, labels.as_slice()) {
                module.calls.push(Arc::new(call(name, &found.content(), diagnostics)));
                continue;
            }
            let content = found.content();
            match (&*kind, labels.as_slice()) {
                ("variable", [name]) => module.variables.push(variable(name, &content, diagnostics)),
                ("output", [name]) => module.outputs.push(output(name, &content, diagnostics)),
                ("check", [name]) => {
                    let (decoded, data) = check(name, &content, diagnostics);
                    scoped.push((module.checks.len(), data));
                    module.checks.push(decoded);
                }
                ("provider", [name, ..]) => module.providers.push(provider_config(name, &content, diagnostics)),
                _ => {}
            }
        }
        for (kind, content) in &self.anonymous {
            match &**kind {
                "moved" => module.moved.extend(moved(content, diagnostics)),
                "removed" => module.removed.extend(removed(content, diagnostics)),
                "import" => module.imports.extend(import(content, diagnostics)),
                _ => {}
            }
        }
        let mut first = FirstSettings::default();
        for (_, content) in self.anonymous.iter().filter(|(kind, _)| &**kind == "terraform") {
            first.overriding = role(content.header.file.path().file_name()) == Some(FileRole::Override);
            terraform_block(module, content, &mut first);
        }
        judge_backends(&first, &mut module.diagnostics);
        module.resources.extend(resources);
        module.resources.sort_by(|a, b| (a.mode, &a.type_name, &a.name).cmp(&(b.mode, &b.type_name, &b.name)));
        module.calls.extend(calls);
        module.calls.sort_by(|a, b| a.name.cmp(&b.name));
        let once = module.resources.windows(2).all(|pair| !pair[0].has_name_of(&pair[1]))
            && module.calls.windows(2).all(|pair| pair[0].name != pair[1].name);
        place_scoped(module, scoped);
        once
    }
}

fn mode_of(kind: &str) -> ResourceMode {
    match kind {
        "data" => ResourceMode::Data,
        "ephemeral" => ResourceMode::Ephemeral,
        _ => ResourceMode::Managed,
    }
}

/// Sorts the resources and puts those scoped in checks among them.
fn place_scoped(module: &mut Module, scoped: Vec<(usize, Option<Resource>)>) {
    let mut owners = Vec::new();
    for (check, data) in scoped {
        if let Some(data) = data {
            owners.push((check, data.type_name.clone(), data.name.clone()));
            module.resources.push(Arc::new(data));
        }
    }
    module.resources.sort_by(|a, b| (a.mode, &a.type_name, &a.name).cmp(&(b.mode, &b.type_name, &b.name)));
    module.resources.dedup_by(|a, b| a.has_name_of(b));
    for (check, type_name, name) in owners {
        module.checks[check].data = module.resource(ResourceMode::Data, &type_name, &name);
    }
}

fn output(name: &Str, content: &Content, diagnostics: &mut Vec<Diagnostic>) -> Output {
    let arguments = ["value", "description", "sensitive", "ephemeral", "depends_on"];
    content.expect_only(&arguments, &["precondition"], diagnostics);
    let value = content.argument("value");
    if value.is_none() {
        diagnostics.push(missing_argument("value", content));
    }
    Output {
        name: name.clone(),
        value,
        sensitive: flag(content, "sensitive", diagnostics).unwrap_or(false),
        ephemeral: flag(content, "ephemeral", diagnostics).unwrap_or(false),
        depends_on: depends_on(content, diagnostics),
        description: text(content, "description", diagnostics),
        preconditions: condition_blocks(content, CheckedBy::Precondition, diagnostics),
        header: content.header.clone(),
    }
}

/// Where the value of a local refers to the local.
fn refers_to_itself(name: &str, value: &Written) -> Option<Place> {
    let own = |traversal: &&crate::lang::syntax::ast::Traversal| {
        &*traversal.root.text == "local" && references::step_name(traversal.steps.first()) == Some(name)
    };
    let found = crate::lang::expr::references(&value.expr).into_iter().find(own)?;
    let step = found.steps.first().map_or(found.root.span, |step| step.span);
    Some(value.file.place(found.root.span.to(step)))
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && chars.all(|c| c == '_' || c == '-' || c.is_alphanumeric())
}

/// `main.tf:1,1-20` as terraform writes places into its sentences.
pub fn at(place: &Place) -> String {
    place.range_text()
}

/// terraform's words for what override files may not hold.
fn never_overridden(kind: &str) -> Diagnostic {
    let (summary, detail) = match kind {
        "moved" => (
            "Cannot override 'moved' blocks",
            "Records of moved objects can appear only in normal files, not in override files.",
        ),
        "import" => {
            ("Cannot override 'import' blocks", "Import blocks can appear only in normal files, not in override files.")
        }
        _ => ("Can't override check blocks", "Override files cannot override check blocks."),
    };
    Diagnostic::error(summary, detail)
}

/// terraform's words for an override of what is not there.
fn nothing_to_override(kind: &str, labels: &[Str]) -> Diagnostic {
    let name = labels.last().cloned().unwrap_or_default();
    let (summary, what, can) = match kind {
        "variable" => (
            "Missing base variable declaration to override",
            "variable".to_owned(),
            "variable that was already declared",
        ),
        "output" => {
            ("Missing base output definition to override", "output".to_owned(), "output that was already defined")
        }
        "module" => ("Missing module call to override", "module call".to_owned(), "module call that was defined"),
        _ => {
            let of = labels.first().cloned().unwrap_or_default();
            let (summary, what) = match kind {
                "data" => ("Missing data resource to override", format!("{of} data resource")),
                "ephemeral" => ("Missing ephemeral resource to override", format!("{of} ephemeral resource")),
                _ => ("Missing resource to override", format!("{of} resource")),
            };
            (summary, what, if kind == "data" { "data block defined" } else { "resource block defined" })
        }
    };
    let detail = format!(
        "There is no {what} named \"{name}\". An override file can only override {} {can} in a primary configuration file.",
        if can.starts_with('o') { "an" } else { "a" }
    );
    Diagnostic::error(summary, detail)
}

/// The same with the whole path from the root module on.
pub fn range_text(place: &Place, root: &RepoPath) -> String {
    let range = place.range_text();
    match range.strip_prefix(root.as_str()) {
        Some(below) if !root.is_root() => below.trim_start_matches('/').to_owned(),
        _ => range,
    }
}

fn duplicate(identity: &Identity, first: &Found<'_>, block: &Block, file: &Arc<SourceFile>) -> Diagnostic {
    let (kind, labels) = identity;
    let place = at(&first.place());
    let (summary, detail) = match (&**kind, labels.as_slice()) {
        ("resource" | "data" | "ephemeral", [ty, name]) => {
            let what =
                if &**kind == "resource" { format!("A {ty} resource") } else { format!("A {ty} {kind} resource") };
            (
                format!("Duplicate {kind} \"{ty}\" configuration"),
                format!(
                    "{what} named \"{name}\" was already declared at {place}. Resource names must be unique per type in each module."
                ),
            )
        }
        ("variable", [name, ..]) => (
            "Duplicate variable declaration".to_owned(),
            format!(
                "A variable named \"{name}\" was already declared at {place}. Variable names must be unique within a module."
            ),
        ),
        ("output", [name, ..]) => (
            "Duplicate output definition".to_owned(),
            format!(
                "An output named \"{name}\" was already defined at {place}. Output names must be unique within a module."
            ),
        ),
        ("module", [name, ..]) => (
            "Duplicate module call".to_owned(),
            format!(
                "A module call named \"{name}\" was already defined at {place}. Module calls must have unique names within a module."
            ),
        ),
        (_, labels) => {
            let name = labels.first().cloned().unwrap_or_default();
            (
                format!("Duplicate {kind} \"{name}\" configuration"),
                format!(
                    "A {kind} block named \"{name}\" was already declared at {place}. Check blocks must be unique within each module."
                ),
            )
        }
    };
    Diagnostic::error(summary, detail).at(file.place(block.header))
}
