//! Test files as values: variables, providers, overrides, runs. Decoding them is for `decode`.

use std::collections::BTreeMap;

use crate::engine::module::declared::{Condition, Content, ProviderReference, Spot, Written, WrittenReference};
use crate::engine::options::PlanMode;
use crate::engine::test::mocks::{MockBlock, Override};
use crate::model::value::Str;

/// A test file.
#[derive(Debug, Default)]
pub struct TestFile {
    /// Variables for all runs.
    pub variables: BTreeMap<Str, Written>,
    /// Real and mocked provider configurations.
    pub providers: Vec<TestProvider>,
    /// What takes the place of resources, data sources and modules in all runs.
    pub overrides: Vec<Override>,
    /// The runs in order.
    pub runs: Vec<Run>,
}

/// A `provider` or `mock_provider` block.
#[derive(Debug)]
pub struct TestProvider {
    /// Its local name and alias.
    pub reference: ProviderReference,
    /// What it mocks; `None` for the real provider.
    pub mock: Option<MockBlock>,
    /// Its arguments.
    pub content: Content,
}

/// A `run` block.
#[derive(Debug)]
pub struct Run {
    /// Its name.
    pub name: Str,
    /// Whether it only plans.
    pub plan_only: bool,
    /// Variables for this run.
    pub variables: BTreeMap<Str, Written>,
    /// What must hold.
    pub asserts: Vec<Condition>,
    /// What must fail.
    pub expected: Vec<WrittenReference>,
    /// The module under test instead of the root, and where that is written.
    pub module: Option<(Str, Spot)>,
    /// Which state it works on, when it says so.
    pub state_key: Option<Str>,
    /// Which provider configurations of the file the module gets: its name for each, and the file's.
    pub providers: Vec<(ProviderReference, ProviderReference, Spot)>,
    /// What takes the place of resources, data sources and modules in this run.
    pub overrides: Vec<Override>,
    /// What kind of plan.
    pub mode: PlanMode,
    /// Look at the objects first.
    pub refresh: bool,
    /// Targets.
    pub targets: Vec<String>,
    /// To be replaced.
    pub replace: Vec<String>,
    /// The block's header.
    pub header: Spot,
}

/// `terraform.second`
pub fn reference_text(reference: &ProviderReference) -> String {
    match &reference.alias {
        Some(alias) => format!("{}.{alias}", reference.local_name),
        None => reference.local_name.to_string(),
    }
}
