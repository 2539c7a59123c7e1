//! The things that a module declares, in the shape the engine works on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Expr, Item, Traversal};
use crate::lang::types::Defaults;
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::place::{Place, Span};
use crate::model::value::{Str, Type};

/// A span in a file.
#[derive(Debug, Clone)]
pub struct Spot {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Where in it.
    pub span: Span,
}

impl Spot {
    /// As people read it.
    pub fn place(&self) -> Place {
        self.file.place(self.span)
    }
}

/// An expression and the file it stands in.
#[derive(Debug, Clone)]
pub struct Written {
    /// The expression.
    pub expr: Arc<Expr>,
    /// Its file.
    pub file: Arc<SourceFile>,
}

impl Written {
    /// Where it stands.
    pub fn place(&self) -> Place {
        self.file.place(self.expr.span)
    }
}

/// An item of a body and the file it stands in: override files mix files within one block.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The item.
    pub item: Item,
    /// Its file.
    pub file: Arc<SourceFile>,
}

/// A block's own items, meta-arguments taken out, and its header.
#[derive(Debug, Clone)]
pub struct Content {
    /// The items.
    pub pieces: Vec<Piece>,
    /// The block's header.
    pub header: Spot,
    /// Its opening brace: where terraform points when something is missing.
    pub opening: Spot,
    /// Its labels, in the header's file.
    pub labels: Vec<Span>,
}

/// A reference written where only references may stand: in `depends_on`, `ignore_changes`, `moved`.
#[derive(Debug, Clone)]
pub struct WrittenReference {
    /// The traversal.
    pub traversal: Traversal,
    /// Where it stands.
    pub spot: Spot,
}

/// `variable "name" { … }`
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name.
    pub name: Str,
    /// What values are converted to.
    pub ty: Type,
    /// The defaults of optional attributes within the type.
    pub defaults: Defaults,
    /// Whether values given as text are read as expressions: the type is not a primitive one.
    pub reads_expressions: bool,
    /// The default.
    pub default: Option<Written>,
    /// Masked.
    pub sensitive: bool,
    /// Never written to a plan or state.
    pub ephemeral: bool,
    /// May be null; when false, null means the default.
    pub nullable: bool,
    /// What it is for.
    pub description: Option<Str>,
    /// Its validations.
    pub validations: Vec<Condition>,
    /// The block's header.
    pub header: Spot,
}

/// One name in a `locals` block.
#[derive(Debug, Clone)]
pub struct Local {
    /// Its name.
    pub name: Str,
    /// Its value.
    pub value: Written,
}

/// `output "name" { … }`
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name.
    pub name: Str,
    /// Its value; `None` in a block that lacks one (a diagnostic says so).
    pub value: Option<Written>,
    /// Masked.
    pub sensitive: bool,
    /// Never written to a plan or state.
    pub ephemeral: bool,
    /// What it waits for.
    pub depends_on: Vec<WrittenReference>,
    /// What it is for.
    pub description: Option<Str>,
    /// What must hold before it is given out.
    pub preconditions: Vec<Condition>,
    /// The block's header.
    pub header: Spot,
}

/// A condition with its message: a validation, a pre- or postcondition, an assertion.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What must hold.
    pub condition: Written,
    /// What to say when it does not.
    pub message: Option<Written>,
    /// The block's header.
    pub header: Spot,
}

/// How many instances.
#[derive(Debug, Clone, Default)]
pub enum Repetition {
    /// One, without a key.
    #[default]
    Single,
    /// `count`
    Count(Written),
    /// `for_each`
    ForEach(Written),
}

impl Repetition {
    /// The expression that decides.
    pub fn expression(&self) -> Option<&Written> {
        match self {
            Repetition::Single => None,
            Repetition::Count(expr) | Repetition::ForEach(expr) => Some(expr),
        }
    }
}

/// A provider configuration by its local name and alias.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderReference {
    /// The name that the module knows the provider by.
    pub local_name: Str,
    /// Its alias.
    pub alias: Option<Str>,
}

/// `resource`, `data` and `ephemeral` blocks.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Which kind of block.
    pub mode: ResourceMode,
    /// The type.
    pub type_name: Str,
    /// The name.
    pub name: Str,
    /// How many.
    pub repetition: Repetition,
    /// Which provider configuration.
    pub provider: ProviderReference,
    /// What it waits for.
    pub depends_on: Vec<WrittenReference>,
    /// `lifecycle`
    pub lifecycle: Lifecycle,
    /// Its provisioners in order.
    pub provisioners: Vec<Provisioner>,
    /// Its own arguments and blocks.
    pub content: Content,
    /// The name of the `check` block that it stands in, for scoped data.
    pub check: Option<Str>,
}

/// The `lifecycle` block.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// The replacement comes first.
    pub create_before_destroy: Option<bool>,
    /// Plans that destroy it are refused; where that is written.
    pub prevent_destroy: Option<Spot>,
    /// Whose changes are ignored.
    pub ignore_changes: Ignored,
    /// What replaces it when it changes.
    pub replace_triggered_by: Vec<Written>,
    /// What must hold before.
    pub preconditions: Vec<Condition>,
    /// What must hold after.
    pub postconditions: Vec<Condition>,
}

/// `ignore_changes`
#[derive(Debug, Clone, Default)]
pub enum Ignored {
    /// Nothing.
    #[default]
    Nothing,
    /// `all`
    All,
    /// Some attributes.
    Paths(Vec<WrittenReference>),
}

/// A `provisioner` block.
#[derive(Debug, Clone)]
pub struct Provisioner {
    /// `local-exec`
    pub kind: Str,
    /// Runs before the object is destroyed rather than after it is created.
    pub on_destroy: bool,
    /// A failure does not count.
    pub continue_on_failure: bool,
    /// Its arguments.
    pub content: Content,
}

/// `module "name" { … }`
#[derive(Debug, Clone)]
pub struct Call {
    /// Its name.
    pub name: Str,
    /// Where the module comes from; `None` in a block that lacks it (a diagnostic says so).
    pub source: Option<Str>,
    /// Which versions of it are wanted.
    pub version: Option<Str>,
    /// Where the source is written.
    pub source_spot: Option<Spot>,
    /// How many.
    pub repetition: Repetition,
    /// What everything in it waits for.
    pub depends_on: Vec<WrittenReference>,
    /// Which provider configurations it gets: the child's name for it and ours.
    pub providers: Vec<(ProviderReference, ProviderReference)>,
    /// Its arguments.
    pub content: Content,
    /// The same by name.
    pub arguments: BTreeMap<Str, Written>,
}

/// `check "name" { … }`
#[derive(Debug, Clone)]
pub struct Check {
    /// Its name.
    pub name: Str,
    /// What must hold.
    pub asserts: Vec<Condition>,
    /// Its scoped data source, as an index into the module's resources.
    pub data: Option<usize>,
}

/// `moved { from = …, to = … }`
#[derive(Debug, Clone)]
pub struct Moved {
    /// The old address.
    pub from: WrittenReference,
    /// The new one.
    pub to: WrittenReference,
    /// The block's header.
    pub header: Spot,
}

/// `removed { from = … }`
#[derive(Debug, Clone)]
pub struct Removed {
    /// What is gone.
    pub from: WrittenReference,
    /// Whether the real object is destroyed too.
    pub destroy: bool,
    /// What runs before the object is destroyed.
    pub provisioners: Vec<Provisioner>,
}

/// `import { to = …, id = … }`
#[derive(Debug, Clone)]
pub struct Import {
    /// Where it goes.
    pub to: Written,
    /// What it is called there.
    pub id: Written,
    /// Several at once.
    pub for_each: Option<Written>,
}

/// `provider "name" { … }`
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Its local name and alias.
    pub reference: ProviderReference,
    /// Its arguments.
    pub content: Content,
}

/// One entry of `required_providers`.
#[derive(Debug, Clone)]
pub struct RequiredProvider {
    /// The name in this module.
    pub local_name: Str,
    /// Its full source address.
    pub source: Str,
    /// The further configurations that whoever calls the module has to hand to it.
    pub aliases: Vec<ProviderReference>,
}

/// What names stand for in a module: positions in its lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemId {
    /// A variable.
    Variable(u32),
    /// A local.
    Local(u32),
    /// An output.
    Output(u32),
    /// A resource or data source.
    Resource(u32),
    /// A module call.
    Call(u32),
    /// A check block.
    Check(u32),
}

/// What an item reads within its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// Another item.
    Item(ItemId),
    /// An output of a call: the call and the output's name as an index into [`Module::needed_outputs`].
    Output(u32, u32),
    /// Everything in a called module: what `depends_on` means by `module.x`.
    Whole(u32),
}

/// What an item refers to, told by its text alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// What it reads.
    pub needs: Vec<Need>,
    /// Of a call: what each of its arguments reads, by the argument's name.
    pub arguments: Vec<(Str, Vec<Need>)>,
    /// Names of attributes that it takes of things whose shape the syntax does not tell (splats, loop variables).
    pub loose: Vec<Str>,
    /// It refers to itself.
    pub itself: bool,
    /// It reads something and converts collections by name: whether that can be done at all depends on types, of which
    /// less is known while validating than while planning.
    pub converts: bool,
}

/// Everything that the files of one directory declare. Names are sorted in every list that has them.
#[derive(Debug, Default)]
pub struct Module {
    /// The directory as files know it.
    pub directory: PathBuf,
    /// The files it was decoded from.
    pub files: Vec<Arc<SourceFile>>,
    /// Its variables.
    pub variables: Vec<Variable>,
    /// Its locals.
    pub locals: Vec<Local>,
    /// Its outputs.
    pub outputs: Vec<Output>,
    /// Its resources, data sources (also those scoped in checks) and ephemeral resources.
    pub resources: Vec<Arc<Resource>>,
    /// Its module calls.
    pub calls: Vec<Arc<Call>>,
    /// Its checks.
    pub checks: Vec<Check>,
    /// What was renamed.
    pub moved: Vec<Moved>,
    /// What was removed.
    pub removed: Vec<Removed>,
    /// What is imported.
    pub imports: Vec<Import>,
    /// Provider configurations.
    pub providers: Vec<ProviderConfig>,
    /// Required providers.
    pub required_providers: Vec<RequiredProvider>,
    /// Which backend it names: `local`, `s3`; `cloud` for a cloud block.
    pub backend: Option<Str>,
    /// `required_version` constraints.
    pub required_version: Vec<Written>,
    /// Where it asks for another version of terraform.
    pub unsupported: Vec<Place>,
    /// What the parts of its files that cannot be read seem to declare.
    pub lost: Vec<Lost>,
    /// What is wrong in these files.
    pub diagnostics: Vec<Diagnostic>,
    /// What else is wrong where terraform has stopped reading.
    pub further: Vec<Diagnostic>,
    /// For each item (in the order of [`Module::item_ids`]) what it refers to.
    pub links: Vec<Arc<Links>>,
    /// Names of outputs of calls that are read somewhere, or were in an earlier version.
    pub needed_outputs: Vec<Str>,
    /// Names of attributes that some item takes of things whose shape the syntax does not tell.
    pub loose_attributes: Vec<Str>,
}

/// A name that a part of a file seems to declare that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The kind of block: `resource`, `variable`; `local` for a name in a `locals` block.
    pub kind: Str,
    /// The labels.
    pub labels: Vec<Str>,
}

impl Content {
    /// Where a label stands; the whole header when there is none.
    pub fn label_place(&self, at: usize) -> Place {
        self.labels.get(at).map_or_else(|| self.header.place(), |span| self.header.file.place(*span))
    }
}

impl Module {
    /// The position of a variable.
    pub fn variable(&self, name: &str) -> Option<usize> {
        self.variables.binary_search_by(|v| (*v.name).cmp(name)).ok()
    }

    /// The position of a local.
    pub fn local(&self, name: &str) -> Option<usize> {
        self.locals.binary_search_by(|l| (*l.name).cmp(name)).ok()
    }

    /// The position of an output.
    pub fn output(&self, name: &str) -> Option<usize> {
        self.outputs.binary_search_by(|o| (*o.name).cmp(name)).ok()
    }

    /// The position of a module call.
    pub fn call(&self, name: &str) -> Option<usize> {
        self.calls.binary_search_by(|c| (*c.name).cmp(name)).ok()
    }

    /// The position of a resource.
    pub fn resource(&self, mode: ResourceMode, type_name: &str, name: &str) -> Option<usize> {
        self.resources.binary_search_by(|r| (r.mode, &*r.type_name, &*r.name).cmp(&(mode, type_name, name))).ok()
    }

    /// All items: variables, locals, outputs, resources, calls, checks.
    pub fn item_ids(&self) -> impl Iterator<Item = ItemId> {
        let count = |n: usize| 0..n as u32;
        count(self.variables.len())
            .map(ItemId::Variable)
            .chain(count(self.locals.len()).map(ItemId::Local))
            .chain(count(self.outputs.len()).map(ItemId::Output))
            .chain(count(self.resources.len()).map(ItemId::Resource))
            .chain(count(self.calls.len()).map(ItemId::Call))
            .chain(count(self.checks.len()).map(ItemId::Check))
    }

    /// Whether a part that cannot be read seems to declare this.
    pub fn is_lost(&self, kind: &str, labels: &[&str]) -> bool {
        let same = |lost: &Lost| lost.labels.iter().map(|label| &**label).eq(labels.iter().copied());
        self.lost.iter().any(|lost| &*lost.kind == kind && same(lost))
    }

    /// The position of an item among [`Module::item_ids`].
    pub fn item_index(&self, id: ItemId) -> usize {
        let variables = self.variables.len();
        let locals = variables + self.locals.len();
        let outputs = locals + self.outputs.len();
        let resources = outputs + self.resources.len();
        let calls = resources + self.calls.len();
        match id {
            ItemId::Variable(n) => n as usize,
            ItemId::Local(n) => variables + n as usize,
            ItemId::Output(n) => locals + n as usize,
            ItemId::Resource(n) => outputs + n as usize,
            ItemId::Call(n) => resources + n as usize,
            ItemId::Check(n) => calls + n as usize,
        }
    }

    /// The item at a place in [`Module::item_ids`].
    pub fn item_at(&self, at: u32) -> ItemId {
        let lists = [
            (self.variables.len(), ItemId::Variable as fn(u32) -> ItemId),
            (self.locals.len(), ItemId::Local),
            (self.outputs.len(), ItemId::Output),
            (self.resources.len(), ItemId::Resource),
            (self.calls.len(), ItemId::Call),
        ];
        let mut rest = at;
        for (count, kind) in lists {
            if (rest as usize) < count {
                return kind(rest);
            }
            rest -= count as u32;
        }
        ItemId::Check(rest)
    }

    /// How many items there are.
    pub fn item_count(&self) -> usize {
        self.links.len()
    }

    /// What an item refers to.
    pub fn links_of(&self, id: ItemId) -> &Links {
        &self.links[self.item_index(id)]
    }

    /// The source address behind a provider's local name.
    pub fn provider_source(&self, local_name: &str) -> Str {
        match self.required_providers.iter().find(|p| &*p.local_name == local_name) {
            Some(required) => required.source.clone(),
            None if local_name == "terraform" => Str::from("terraform.io/builtin/terraform"),
            None => Str::from(format!("registry.terraform.io/hashicorp/{local_name}")),
        }
    }

    /// How people name an item: `local.x`.
    pub fn item_name(&self, id: ItemId) -> String {
        match id {
            ItemId::Variable(n) => format!("var.{}", self.variables[n as usize].name),
            ItemId::Local(n) => format!("local.{}", self.locals[n as usize].name),
            ItemId::Output(n) => format!("output.{}", self.outputs[n as usize].name),
            ItemId::Resource(n) => self.resources[n as usize].label(),
            ItemId::Call(n) => format!("module.{}", self.calls[n as usize].name),
            ItemId::Check(n) => format!("check.{}", self.checks[n as usize].name),
        }
    }
}

impl Resource {
    /// Whether it has the mode, the type and the name of another.
    pub fn has_name_of(&self, other: &Resource) -> bool {
        self.name == other.name && self.type_name == other.type_name && self.mode == other.mode
    }

    /// `data.http.front`
    pub fn label(&self) -> String {
        match self.mode {
            ResourceMode::Managed => format!("{}.{}", self.type_name, self.name),
            mode => format!("{}.{}.{}", mode.word(), self.type_name, self.name),
        }
    }
}
