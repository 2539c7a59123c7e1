//! Providers that run inside Kilter, and the contract between them and the planner.
//!
//! The contract is that of terraform's plugin protocol: the planner proposes, the provider decides what is computed and
//! what forces a replacement, and later carries it out. Everything a provider touches it reaches through [`World`].

mod archive;
mod attributes;
mod builtin;
mod expression_text;
mod external;
pub mod foreign;
mod functions;
mod hashes;
mod http;
mod local;
mod null;
mod planning;
mod random;
pub mod registry;
mod remote_state;
mod terraform;
mod terraform_data;
#[cfg(test)]
mod testing;
mod time;
mod tls;

pub use builtin::builtin;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::lang::func::Function;
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::ProviderSchema;
use crate::model::value::{Value, ValuePath};
use crate::sys::files::Files;
use crate::sys::http::HttpClient;
use crate::sys::processes::Processes;

/// What a provider may reach while it works.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The disk.
    pub files: &'a dyn Files,
    /// The working directory of the run (the root module's): relative paths start here.
    pub directory: &'a Path,
    /// The moment.
    pub now: SystemTime,
    /// Fills a buffer with random bytes.
    pub random: &'a (dyn Fn(&mut [u8]) + Sync),
    /// Sends HTTP requests; `None` where nobody may be asked (a preview).
    pub http: Option<&'a dyn HttpClient>,
    /// Runs programs; `None` where nothing may run (a preview, a repo that is not trusted).
    pub commands: Option<&'a dyn Processes>,
    /// Whether something is made in the real world: then waiting is meant.
    pub earnest: bool,
    /// Whether somebody wishes the work to end: whoever waits looks at it.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Reads the bytes of another stack's state for `terraform_remote_state` with the local backend.
    pub state_file: &'a (dyn Fn(&Path) -> std::io::Result<Arc<[u8]>> + Sync),
}

/// How often whoever waits looks whether the wait is still wanted.
const GLANCE: Duration = Duration::from_millis(20);

impl World<'_> {
    /// Waits so long; `false` when somebody wished the work to end meanwhile.
    fn wait(&self, time: Duration) -> bool {
        let mut left = time;
        while !left.is_zero() && !(self.cancelled)() {
            let step = left.min(GLANCE);
            crate::sys::clock::pause(step);
            left -= step;
        }
        left.is_zero()
    }
}

/// What a provider says a resource will become.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedObject {
    /// The object with unknowns where only the apply will tell; of the schema's type.
    pub planned: Value,
    /// The attributes whose change forces a replacement.
    pub requires_replace: Vec<ValuePath>,
}

/// What a data source gave.
#[derive(Debug, Clone, PartialEq)]
pub enum DataAnswer {
    /// All its attributes.
    Read(Value),
    /// It would have to ask the world, and nobody may (a preview): the known arguments, the rest marked as not asked.
    /// With the reason, where there is more to say than that nobody was asked.
    NotAsked(&'static str),
}

/// A provider inside Kilter. Values given and returned are of the type that the schema implies; they carry no marks.
pub trait Provider: Send + Sync {
    /// Its source address: `registry.terraform.io/hashicorp/local`.
    fn source(&self) -> &str;

    /// What it declares. Built once.
    fn schema(&self) -> &ProviderSchema;

    /// The types that the real provider has and this one does not carry: nobody is asked for them, and nothing is wrong.
    fn not_carried(&self) -> &'static [(ResourceMode, &'static str)] {
        &[]
    }

    /// Checks a configuration as far as it is known (unknowns inside).
    fn validate(&self, type_name: &str, config: &Value, data: bool) -> Vec<Diagnostic>;

    /// Decides what a create (`prior` is null) or an update becomes. `proposed` is terraform's proposed new value:
    /// configured arguments, and prior values (or unknown, on create) for what is computed and not configured.
    ///
    /// # Errors
    /// Diagnostics with attribute paths in words; also when it has no resources.
    fn plan(
        &self,
        type_name: &str,
        _prior: &Value,
        _proposed: &Value,
        _config: &Value,
    ) -> Result<PlannedObject, Vec<Diagnostic>> {
        Err(vec![no_such(self, "resource type", type_name)])
    }

    /// Creates (`prior` null), updates or destroys (`planned` null) an object and returns what it is now.
    ///
    /// # Errors
    /// Diagnostics, with the object as far as it was made when something exists already (then it is tainted).
    fn apply(
        &self,
        type_name: &str,
        _prior: &Value,
        _planned: &Value,
        _config: &Value,
        _world: &World<'_>,
    ) -> Result<Value, ApplyFault> {
        Err(ApplyFault { object: None, diagnostics: vec![no_such(self, "resource type", type_name)] })
    }

    /// Looks at the real object: what it is now, or null when it is gone. What is only in the state is as it is there.
    ///
    /// # Errors
    /// Diagnostics when it cannot be looked at.
    fn read(&self, _type_name: &str, current: &Value, _world: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        Ok(current.clone())
    }

    /// Reads a data source whose configuration is known.
    ///
    /// # Errors
    /// Diagnostics; also when it has no data sources.
    fn read_data(&self, type_name: &str, _config: &Value, _world: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
        Err(vec![no_such(self, "data source", type_name)])
    }

    /// Whether creating, updating and destroying are a matter of computing a little: not worth a thread of their own.
    fn only_computes(&self) -> bool {
        false
    }

    /// Whether it says itself, in its own words, that what it computes may not be set.
    fn judges_read_only(&self) -> bool {
        false
    }

    /// The argument that one of its faults is about, when it is about one.
    fn argument_of(&self, _fault: &Diagnostic) -> Option<&'static str> {
        None
    }

    /// Whether reading its data sources makes files.
    fn writes_when_read(&self) -> bool {
        false
    }

    /// Opens an ephemeral resource whose configuration is known.
    ///
    /// # Errors
    /// Diagnostics; also when there is no such type.
    fn open(&self, type_name: &str, _config: &Value, _world: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        let detail = format!("The provider {} does not support ephemeral resource \"{type_name}\".", self.source());
        Err(vec![Diagnostic::error("Invalid ephemeral resource", detail)])
    }

    /// Makes an object from an import id.
    ///
    /// # Errors
    /// Diagnostics; also when the type cannot be imported.
    fn import(&self, type_name: &str, _id: &str, _world: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        let detail = format!("{type_name} cannot be imported. Remove the import block; apply makes a new one instead.");
        Err(vec![Diagnostic::error("Resource Import Not Implemented", detail)])
    }

    /// Converts an object written under an older schema version.
    ///
    /// # Errors
    /// Diagnostics when the version is not known.
    fn upgrade(&self, _type_name: &str, _version: u64, stored: Value) -> Result<Value, Vec<Diagnostic>> {
        Ok(stored)
    }

    /// A provider-defined function, to be called by expressions.
    fn function(&self, _name: &str) -> Option<&'static Function> {
        None
    }
}

/// The words for a type that a provider does not have.
fn no_such<P: Provider + ?Sized>(provider: &P, kind: &str, type_name: &str) -> Diagnostic {
    let source = provider.source();
    let name = source.strip_prefix("registry.terraform.io/").unwrap_or(source);
    Diagnostic::error(
        format!("Invalid {kind}"),
        format!("The provider {name} does not support {kind} \"{type_name}\"."),
    )
}

/// An apply that did not succeed.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplyFault {
    /// What exists now, when anything does.
    pub object: Option<Value>,
    /// Why.
    pub diagnostics: Vec<Diagnostic>,
}
