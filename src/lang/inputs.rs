//! The one narrow interface through which evaluation asks for everything it reads.
//!
//! Whoever implements it (the engine's query layer, the console, a unit test) sees every dependency pass by and can
//! record it; making evaluation incremental changes an implementation of this trait and no caller.

use std::sync::Arc;
use std::time::SystemTime;

use super::func::Function;
use super::syntax::SourceFile;
use super::syntax::ast::Traversal;
use crate::model::diagnostic::Diagnostic;
use crate::model::limits::Limits;
use crate::model::value::{Type, Value};

/// What a reference led to.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The value of the root and the first `consumed` steps.
    pub value: Value,
    /// How many steps of the traversal the value already covers; the evaluator applies the rest.
    pub consumed: usize,
}

/// A directory entry that `fileset` sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputEntry {
    /// The name without its directory.
    pub name: String,
    /// Whether it is a directory (links are followed).
    pub is_directory: bool,
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// Nothing.
    Absent,
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A device, a socket, a pipe.
    Other,
}

/// What a call of a provider's function leads to.
#[derive(Clone, Copy)]
pub enum ProviderFunction {
    /// The module does not require such a provider.
    Undeclared,
    /// The provider has no such function.
    Missing,
    /// This one.
    Known(&'static Function),
    /// The provider is not here to be asked.
    NotAsked,
}

/// Everything that an expression may ask for.
pub trait Inputs {
    /// The value of a name: `var.x`, `local.x`, `module.m.out`, `local_file.x[0].id`, `each.key`, `path.module`, …
    ///
    /// The traversal is given whole so that an implementation can answer for as little as it covers.
    /// Loop variables of `for` never get here.
    ///
    /// # Errors
    /// A diagnostic without subject when there is no such thing; the evaluator adds the place.
    fn reference(&self, traversal: &Traversal) -> Result<Resolved, Box<Diagnostic>>;

    /// The bytes of a file. Relative paths are relative to the working directory of the run (the root module).
    ///
    /// # Errors
    /// As the file system says it.
    fn read_file(&self, path: &str) -> std::io::Result<Arc<[u8]>>;

    /// What stands at a path (links followed).
    fn kind_of(&self, path: &str) -> InputKind;

    /// A directory's entries, sorted by name.
    ///
    /// # Errors
    /// As the file system says it.
    fn list(&self, path: &str) -> std::io::Result<Vec<InputEntry>>;

    /// The absolute working directory, for `abspath`.
    fn working_directory(&self) -> String;

    /// The home directory, for `pathexpand`.
    fn home_directory(&self) -> Option<String>;

    /// The moment for `timestamp`; `None` while planning, when it is unknown.
    fn now(&self) -> Option<SystemTime>;

    /// The moment for `plantimestamp`; `None` when it is unknown (in `validate`).
    fn plan_time(&self) -> Option<SystemTime>;

    /// Random bytes for `uuid` and `bcrypt`; `None` while planning, when their results are unknown.
    fn random(&self) -> Option<[u8; 16]>;

    /// The type of what the first steps of a reference name, and how many steps these are: where only types are known,
    /// nothing can stand behind it that the type does not have.
    fn shape(&self, _traversal: &Traversal) -> Option<(usize, Type)> {
        None
    }

    /// The function of a provider, by the provider's local name: `provider::NAME::FUNCTION`.
    fn provider_function(&self, _provider: &str, _function: &str) -> ProviderFunction {
        ProviderFunction::Undeclared
    }

    /// How far evaluation goes.
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// Notes that a large value was built, of so many bytes; `false` when all expressions together have built too much.
    fn spend(&self, _bytes: u64) -> bool {
        true
    }

    /// A template file parsed under its path, so that a template used a hundred times is parsed once.
    ///
    /// The default parses anew; the engine caches by content.
    ///
    /// # Errors
    /// As the file system says it.
    fn template_source(&self, path: &str) -> std::io::Result<Arc<SourceFile>> {
        let bytes = self.read_file(path)?;
        let text = String::from_utf8(bytes.to_vec())
            .map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidData, "the file is not UTF-8 text"))?;
        Ok(SourceFile::new(crate::model::place::RepoPath::new(path), text))
    }
}

/// Inputs for constants: nothing may be referred to, nothing read.
pub struct NoInputs;

impl Inputs for NoInputs {
    fn reference(&self, _: &Traversal) -> Result<Resolved, Box<Diagnostic>> {
        Err(Box::new(Diagnostic::error("Variables not allowed", "Variables may not be used here.")))
    }

    fn read_file(&self, _: &str) -> std::io::Result<Arc<[u8]>> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn kind_of(&self, _: &str) -> InputKind {
        InputKind::Absent
    }

    fn list(&self, _: &str) -> std::io::Result<Vec<InputEntry>> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn working_directory(&self) -> String {
        String::from("/")
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
