//! The engine: providers and parsed files shared by all operations, and one method per operation.

use crate::engine::apply::carry;
use crate::engine::apply::order::Order;
use crate::engine::apply_sink::ApplySink;
use crate::engine::details::{self, Details};
use crate::engine::lane::{LaneKey, Lanes, Role};
use crate::engine::loaded::load;
use crate::engine::looks::Looks;
use crate::engine::module::library::Library;
use crate::engine::options::{ApplyOptions, MutationOptions, PlanOptions, TestOptions};
use crate::engine::outcome::{Applied, Checked, ConsoleAnswer, Coverage, Mutated, Planned, Tested, Validated};
use crate::engine::preview;
use crate::engine::provider::registry::Providers;
use crate::engine::source::Source;
use crate::engine::states::States;
use crate::engine::surroundings::Surroundings;
use crate::engine::test::coverage::coverage;
use crate::engine::test::mutation::survey::{SurveyWatch, survey};
use crate::engine::test::run;
use crate::engine::{compare, look};
use crate::model::diagnostic::Diagnostic;
use crate::model::value::Str;
use crate::sys::files::normal;

/// Plans, applies and tests. Shared between threads; between calls it remembers what files were parsed to and what plans
/// computed, so that the next plan of the same configuration computes only what an edit touched.
pub struct Engine {
    providers: Providers,
    shelf: Library,
    states: States,
    lanes: Lanes,
}

impl Engine {
    /// An engine with these providers.
    pub fn new(providers: Providers) -> Self {
        Engine { providers, shelf: Library::default(), states: States::default(), lanes: Lanes::default() }
    }

    /// The states that were read so far, to be shared.
    pub fn states(&self) -> &States {
        &self.states
    }

    /// The providers it was made with.
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// What applying the configuration would do.
    pub fn plan(&self, source: &Source, options: &PlanOptions, surroundings: &Surroundings) -> Planned {
        self.lanes.with(LaneKey::of(source, options, surroundings, Role::Plan), |lane| {
            preview::plan(&self.providers, &self.shelf, lane, source, options, surroundings)
        })
    }

    /// What the JSON of a plan of a source tells besides the plan.
    pub fn details(&self, source: &Source, planned: &Planned) -> Details {
        details::details(&self.providers, &self.shelf, source, planned)
    }

    /// What an edit changes, without any state: both configurations are evaluated and their instances compared.
    pub fn compare(
        &self,
        before: &Source,
        after: &Source,
        options: &PlanOptions,
        surroundings: &Surroundings,
    ) -> Planned {
        let key = |source, role| LaneKey::of(source, options, surroundings, role);
        self.lanes.with(key(before, Role::Before), |old| {
            self.lanes.with(key(after, Role::After), |new| {
                let lanes = (old, new);
                compare::compare(&self.providers, &self.shelf, lanes, (before, after), options, surroundings)
            })
        })
    }

    /// Whether the configuration is sound by itself.
    pub fn validate(&self, source: &Source) -> Validated {
        let nothing = Surroundings::none(std::time::SystemTime::UNIX_EPOCH);
        look::validate(&self.providers, &self.shelf, source, &nothing)
    }

    /// Carries a plan out.
    pub fn apply(
        &self,
        source: &Source,
        planned: &Planned,
        options: &ApplyOptions,
        surroundings: &Surroundings,
        sink: &dyn ApplySink,
    ) -> Applied {
        let loaded = match load(&self.shelf, source, &planned.options.variables, None) {
            Ok(loaded) => loaded,
            Err(unloaded) => {
                let state = planned.options.state.clone().unwrap_or_default();
                let diagnostics = unloaded.diagnostics;
                return Applied { state, diagnostics, checks: Vec::new(), cancelled: false };
            }
        };
        let order = Order {
            providers: &self.providers,
            shelf: &self.shelf,
            loaded: &loaded,
            plan: &planned.plan,
            options: &planned.options,
            how: options,
            surroundings,
            sink,
        };
        carry::apply(&order, &|_, _| {})
    }

    /// What keeps a plan from being begun although nothing is wrong with it: provisioners that may not be run.
    pub fn hindrances(&self, source: &Source, planned: &Planned, trusted: bool) -> Vec<Diagnostic> {
        match load(&self.shelf, source, &planned.options.variables, None) {
            Ok(loaded) => carry::hindrances(&loaded, &planned.plan, trusted),
            Err(unloaded) => unloaded.diagnostics,
        }
    }

    /// What the checks and conditions say about an applied state (`options.state`); scoped data sources are read.
    pub fn check(&self, source: &Source, options: &PlanOptions, surroundings: &Surroundings) -> Checked {
        look::check(&self.providers, &self.shelf, source, options, surroundings)
    }

    /// Which backend keeps the state: `local`, `s3`, `cloud`; `None` when the configuration names none.
    pub fn backend(&self, source: &Source) -> Option<Str> {
        let looks = Looks::new(source);
        let module = self.shelf.module(&looks, &normal(&source.directory))?;
        module.backend.clone()
    }

    /// Runs the stack's `.tftest.hcl` files in memory: nothing on disk is touched.
    pub fn test(&self, source: &Source, options: &TestOptions, surroundings: &Surroundings) -> Tested {
        run::test(&self.providers, &self.shelf, source, options, surroundings)
    }

    /// Changes the configuration in one small place after the other, in memory, and says which changes no test notices.
    pub fn mutate(
        &self,
        source: &Source,
        options: &MutationOptions,
        surroundings: &Surroundings,
        watch: &dyn SurveyWatch,
    ) -> Mutated {
        survey(&self.providers, source, options, surroundings, watch)
    }

    /// What the assertions of the stack's tests depend on.
    pub fn coverage(&self, source: &Source) -> Coverage {
        coverage(&self.shelf, source)
    }

    /// The value of one line typed into a console, against the state in `options`.
    pub fn console(
        &self,
        source: &Source,
        options: &PlanOptions,
        surroundings: &Surroundings,
        line: &str,
    ) -> ConsoleAnswer {
        look::console(&self.providers, &self.shelf, source, options, surroundings, line)
    }
}
