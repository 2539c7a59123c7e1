//! What the runs of a stack's tests share, and what they leave to be compared.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::looks::Looks;
use crate::engine::module::library::Library;
use crate::engine::module::tree::installed_for_test;
use crate::engine::options::TestOptions;
use crate::engine::provider::registry::Providers;
use crate::engine::reads::Reads;
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::engine::test::file::Run;
use crate::model::plan::{DataRead, OutputChange, Plan, ResourceChange};
use crate::model::value::Str;
use crate::sys::files::normal;

/// What a run planned, to be compared with what another configuration plans in the same run.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The file.
    pub suite: String,
    /// What its plan does.
    pub plan: Deeds,
    /// The directories of all modules that it planned.
    pub modules: Vec<std::path::PathBuf>,
}

/// What a plan does, wherever in the files that is written.
#[derive(Debug, Clone)]
pub struct Deeds {
    changes: Vec<Arc<ResourceChange>>,
    data_read: Vec<DataRead>,
    outputs: BTreeMap<Str, OutputChange>,
}

impl Deeds {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Deeds {
        let Plan { changes, data_read, outputs, .. } = plan;
        Deeds { changes: changes.clone(), data_read: data_read.clone(), outputs: outputs.clone() }
    }
}

impl PartialEq for Deeds {
    fn eq(&self, other: &Deeds) -> bool {
        let does_the_same = |(a, b): (&Arc<ResourceChange>, &Arc<ResourceChange>)| {
            a.address == b.address && a.deposed == b.deposed && a.change == b.change && a.reason == b.reason
        };
        self.changes.len() == other.changes.len()
            && self.changes.iter().zip(&other.changes).all(does_the_same)
            && self.data_read == other.data_read
            && self.outputs == other.outputs
    }
}

/// What runs share.
pub struct Bench<'a> {
    /// The built-in providers.
    pub providers: &'a Providers,
    /// Parsed files.
    pub shelf: &'a Library,
    /// The stack.
    pub source: &'a Source,
    /// What to run.
    pub options: &'a TestOptions,
    /// What may be reached.
    pub surroundings: &'a Surroundings,
    /// What was read.
    pub reads: RefCell<Reads>,
    /// What was planned; kept only when somebody wants it.
    pub traces: Option<RefCell<Vec<Trace>>>,
}

impl Bench<'_> {
    /// Time since some fixed moment.
    pub fn elapsed(&self) -> Duration {
        self.surroundings.clock.as_ref().map_or(Duration::ZERO, |clock| clock.elapsed())
    }

    /// Whether somebody wants to see a run.
    pub fn wants(&self, run: &Run) -> bool {
        self.options.run.as_ref().is_none_or(|part| run.name.contains(part.as_str()))
    }
}

/// Where a run's module lies.
pub fn directory(looks: &Looks, file: &str, run: &str, source: &str) -> Option<std::path::PathBuf> {
    let local = source.starts_with("./") || source.starts_with("../") || matches!(source, "." | "..");
    match local {
        true => Some(normal(&looks.resolve(source))),
        false => installed_for_test(looks, file, run),
    }
}
