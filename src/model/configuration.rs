//! What a configuration says, without being evaluated: the `configuration` part of a plan, and which attributes a plan
//! leans on.

use std::collections::BTreeMap;

use crate::model::address::{ModuleAddress, ResourceInstanceAddress, ResourceMode};
use crate::model::value::{Str, Value, ValuePath};

/// A root module and everything it calls.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Configuration {
    /// Provider configurations by the key that resources name them by.
    pub providers: BTreeMap<String, ProviderEntry>,
    /// The root module.
    pub root: ModuleEntry,
}

/// A provider configuration, written or implied.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderEntry {
    /// Its name in its module.
    pub name: Str,
    /// Its source address.
    pub source: Str,
    /// Its alias.
    pub alias: Option<Str>,
    /// The module that configures it.
    pub module: ModuleAddress,
    /// Its arguments.
    pub expressions: BodyEntry,
}

/// What a module declares.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModuleEntry {
    /// Its outputs.
    pub outputs: BTreeMap<Str, OutputEntry>,
    /// Its resources and data sources.
    pub resources: Vec<ResourceEntry>,
    /// Its calls.
    pub calls: BTreeMap<Str, CallEntry>,
    /// Its variables.
    pub variables: BTreeMap<Str, VariableEntry>,
}

/// An output.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputEntry {
    /// Masked.
    pub sensitive: bool,
    /// Its value.
    pub expression: ExpressionEntry,
    /// What it waits for.
    pub depends_on: Vec<String>,
    /// What it is for.
    pub description: Option<Str>,
}

/// A resource of any mode.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceEntry {
    /// Which kind of block.
    pub mode: ResourceMode,
    /// The type.
    pub type_name: Str,
    /// The name.
    pub name: Str,
    /// The key of its provider configuration.
    pub provider_key: String,
    /// Its provisioners: their types and arguments.
    pub provisioners: Vec<(Str, BodyEntry)>,
    /// Its arguments and blocks.
    pub expressions: BodyEntry,
    /// The version of its schema, when somebody knows it.
    pub schema_version: Option<u64>,
    /// `count`
    pub count: Option<ExpressionEntry>,
    /// `for_each`
    pub for_each: Option<ExpressionEntry>,
    /// What it waits for.
    pub depends_on: Vec<String>,
}

/// A module call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallEntry {
    /// Where the module comes from.
    pub source: Str,
    /// Its arguments.
    pub expressions: BodyEntry,
    /// `count`
    pub count: Option<ExpressionEntry>,
    /// `for_each`
    pub for_each: Option<ExpressionEntry>,
    /// The module, when it is here.
    pub module: ModuleEntry,
    /// Which versions are wanted.
    pub version: Option<Str>,
    /// What it waits for.
    pub depends_on: Vec<String>,
}

/// A variable.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableEntry {
    /// Its default as its type has it.
    pub default: Option<Value>,
    /// What it is for.
    pub description: Option<Str>,
    /// Masked.
    pub sensitive: bool,
}

/// The arguments and blocks of a body.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BodyEntry(pub BTreeMap<Str, ItemEntry>);

/// An argument, or the blocks of one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemEntry {
    /// An argument.
    Expression(ExpressionEntry),
    /// A kind of block that may stand once.
    Block(BodyEntry),
    /// A kind of block that may stand several times.
    Blocks(Vec<BodyEntry>),
    /// A kind of block with a label each.
    Labelled(BTreeMap<Str, BodyEntry>),
}

/// An expression: its value when it is a constant, and what it refers to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExpressionEntry {
    /// The value.
    pub constant: Option<Value>,
    /// What it refers to, each reference followed by what stands in front of its last step.
    pub references: Vec<String>,
}

/// An attribute that something in a plan was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct RelevantAttribute {
    /// The resource instance.
    pub resource: ResourceInstanceAddress,
    /// Which part of it.
    pub path: ValuePath,
}
