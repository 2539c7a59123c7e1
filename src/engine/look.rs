//! Looking without planning: `validate`, the checks of an applied state, and the console.

use std::cell::RefCell;
use std::sync::Arc;

use crate::engine::loaded::load;
use crate::engine::module::declared::ItemId;
use crate::engine::module::library::Library;
use crate::engine::options::PlanOptions;
use crate::engine::outcome::{Checked, ConsoleAnswer, Validated};
use crate::engine::plan::body::Frame;
use crate::engine::plan::kinds::KINDS;
use crate::engine::plan::live::Live;
use crate::engine::plan::planner::Planner;
use crate::engine::plan::prior::Prior;
use crate::engine::plan::{conditions, moves};
use crate::engine::provider::registry::Providers;
use crate::engine::query::inputs::Reader;
use crate::engine::query::session::{InstanceAt, Phase, Query};
use crate::engine::soundness::{self, Grounds};
use crate::engine::source::Source;
use crate::engine::surroundings::Surroundings;
use crate::engine::world::Reach;
use crate::lang::expr;
use crate::lang::syntax::{SourceFile, parse_expression};
use crate::model::place::RepoPath;
use crate::model::value::Value;

/// Whether a configuration is sound by itself.
pub fn validate(providers: &Providers, shelf: &Library, source: &Source, surroundings: &Surroundings) -> Validated {
    let loaded = match load(shelf, source, &[], None) {
        Ok(loaded) => loaded,
        Err(unloaded) => return Validated { diagnostics: unloaded.diagnostics, reads: unloaded.looks.reads() },
    };
    // Values for variables do not count here, and neither does what is wrong with them.
    let diagnostics =
        soundness::validated(&Grounds { providers, shelf, loaded: &loaded, surroundings, memory: &RefCell::default() });
    Validated { diagnostics, reads: loaded.looks.reads() }
}

/// What conditions say about the state in `options`.
pub fn check(
    providers: &Providers,
    shelf: &Library,
    source: &Source,
    options: &PlanOptions,
    surroundings: &Surroundings,
) -> Checked {
    let loaded = match load(shelf, source, &options.variables, None) {
        Ok(loaded) => loaded,
        Err(unloaded) => return Checked { results: Vec::new(), diagnostics: unloaded.diagnostics },
    };
    let mut diagnostics = loaded.diagnostics.clone();
    let mut prior = options.state.as_deref().map(Prior::new).unwrap_or_default();
    diagnostics.extend(moves::apply(&loaded.config, &mut prior));
    let reach = Reach::reading(source, surroundings);
    let planner = Planner::new(providers, &loaded.config, &loaded.graph, options, Arc::default(), reach, KINDS);
    let live = Live { planner: &planner, objects: prior.into(), keeps_data: false };
    let random = |buffer: &mut [u8]| (surroundings.random)(buffer);
    let query = loaded.query(shelf, Phase::Look, &options.workspace, surroundings, &live, &random);
    conditions::declare(planner.config, planner.graph, &mut planner.checks.borrow_mut());
    judge(&planner, &query);
    diagnostics.extend(query.take_diagnostics());
    Checked { results: planner.checks.borrow().results(), diagnostics }
}

/// Judges everything that has conditions.
pub fn judge(planner: &Planner<'_>, query: &Query<'_>) {
    for vertex in &planner.graph.order {
        for scope in query.scopes_of(vertex.node).iter() {
            match vertex.item {
                ItemId::Variable(at) => conditions::variable(query, scope, at as usize),
                ItemId::Output(at) => {
                    conditions::output(query, scope, at as usize);
                }
                ItemId::Check(at) => conditions::check(query, scope, at as usize),
                ItemId::Resource(at) => postconditions(query, scope, at as usize),
                ItemId::Local(_) | ItemId::Call(_) => {}
            }
        }
    }
}

fn postconditions(query: &Query<'_>, scope: &std::rc::Rc<crate::engine::query::scope::Scope>, position: usize) {
    let lifecycle = &query.resource(scope, position).lifecycle;
    if lifecycle.preconditions.is_empty() && lifecycle.postconditions.is_empty() {
        return;
    }
    for each in query.expansion(scope, position).known() {
        let at = InstanceAt { scope, position, each };
        let address = query.instance_address(&at);
        let frame = Frame::new(query, scope, each);
        conditions::before(query, &at, &address, &frame.reader());
        let this = query.objects.object(query, &at);
        let frame = Frame { this: Some(this), ..frame };
        conditions::after(query, &at, &address, &frame.reader());
    }
}

/// The answer to one line in the console.
pub fn console(
    providers: &Providers,
    shelf: &Library,
    source: &Source,
    options: &PlanOptions,
    surroundings: &Surroundings,
    line: &str,
) -> ConsoleAnswer {
    let file = SourceFile::new(RepoPath::new("<console-input>"), line);
    let parsed = parse_expression(&file);
    if !parsed.diagnostics.is_empty() {
        return ConsoleAnswer { value: None, diagnostics: parsed.diagnostics };
    }
    let loaded = match load(shelf, source, &options.variables, None) {
        Ok(loaded) => loaded,
        Err(unloaded) => return ConsoleAnswer { value: None, diagnostics: unloaded.diagnostics },
    };
    let mut prior = options.state.as_deref().map(Prior::new).unwrap_or_default();
    moves::apply(&loaded.config, &mut prior);
    let reach = Reach::reading(source, surroundings);
    let planner = Planner::new(providers, &loaded.config, &loaded.graph, options, Arc::default(), reach, KINDS);
    let live = Live { planner: &planner, objects: prior.into(), keeps_data: false };
    let random = |buffer: &mut [u8]| (surroundings.random)(buffer);
    let query = loaded.query(shelf, Phase::Look, &options.workspace, surroundings, &live, &random);
    let root = query.root();
    let answer = expr::evaluate_for_console(&parsed.tree, &file, &Reader::new(&query, &root));
    let (value, mut diagnostics) = match answer {
        expr::Answer::Value(evaluation) => (Some(evaluation.value), evaluation.diagnostics),
        expr::Answer::Type(text) => (Some(Value::string(text)), Vec::new()),
    };
    diagnostics.extend(query.take_diagnostics());
    let failed = diagnostics.iter().any(crate::model::diagnostic::Diagnostic::is_error);
    ConsoleAnswer { value: value.filter(|_| !failed), diagnostics }
}
