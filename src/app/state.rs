//! `App`: everything the workbench remembers, and what follows from it. What events do to it is `update`'s business,
//! what keys do `command`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use crate::app::effect::{Effect, UiState};
use crate::app::event::{AppSettings, Fault};
use crate::app::filter::Filter;
use crate::app::jobs::Jobs;
use crate::app::key::KeyPress;
use crate::app::keymap::KeyMap;
use crate::app::layout::{Gaze, Layout, Pane};
use crate::app::list::Motion;
use crate::app::overlay::Overlay;
use crate::app::screen::activity::ActivityScreen;
use crate::app::screen::changes::ChangesScreen;
use crate::app::screen::checks::ChecksScreen;
use crate::app::screen::diff::DiffScreen;
use crate::app::screen::environment::EnvironmentScreen;
use crate::app::screen::line::Tone;
use crate::app::screen::lint::LintScreen;
use crate::app::screen::plan::{PlanScreen, PlanView};
use crate::app::screen::stacks::StacksScreen;
use crate::app::screen::tests::{Survey, TestsScreen};
use crate::app::world::World;
use crate::model::environment::EnvironmentStatus;
use crate::model::place::RepoPath;
use crate::model::report::{PlanReport, Prior};
use crate::model::snapshot::DiffSide;
use crate::model::stack::StackKind;

/// The memory of every pane.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Screens {
    /// Stacks.
    pub stacks: StacksScreen,
    /// Changes.
    pub changes: ChangesScreen,
    /// Plan.
    pub plan: PlanScreen,
    /// Diff.
    pub diff: DiffScreen,
    /// Lint.
    pub lint: LintScreen,
    /// Tests.
    pub tests: TestsScreen,
    /// Environment.
    pub environment: EnvironmentScreen,
    /// Checks.
    pub checks: ChecksScreen,
    /// Activity.
    pub activity: ActivityScreen,
}

/// What the bottom line says besides the walk, until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// Something went well.
    Notice(String),
    /// Something cannot be done, and why.
    Refusal(String),
    /// Something broke; `!` tells the story.
    Fault(Fault),
}

/// What the person typed to find things.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Finding {
    /// Filters by pane.
    pub filters: BTreeMap<Pane, Filter>,
    /// The last search.
    pub search: Option<String>,
}

/// The workbench.
#[derive(Debug, Clone, PartialEq)]
pub struct App {
    /// The present moment, as the last tick told it.
    pub now: SystemTime,
    /// What is known of the world.
    pub world: World,
    /// The panes.
    pub screens: Screens,
    /// What the person looks at.
    pub gaze: Gaze,
    /// Where everything stands.
    pub layout: Layout,
    /// What lies over the panes, the topmost last.
    pub overlays: Vec<Overlay>,
    /// Which keys do what.
    pub keymap: KeyMap,
    /// The beginning of a key sequence.
    pub pending: Vec<KeyPress>,
    /// What runs.
    pub jobs: Jobs,
    /// What the bottom line says.
    pub says: Option<Says>,
    /// The last thing that broke.
    pub last_fault: Option<Fault>,
    /// A commit message that was begun.
    pub draft: String,
    /// The settings.
    pub settings: AppSettings,
    /// What the person typed to find things.
    pub finding: Finding,
    /// Inner bookkeeping.
    pub(crate) inner: Inner,
}

/// Bookkeeping that nobody looks at.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Inner {
    /// Something changed that shows.
    pub(crate) dirty: bool,
    /// Panes whose rows are to be made anew.
    pub(crate) stale: BTreeSet<Pane>,
    /// The tick that was asked for.
    pub(crate) wake: Option<SystemTime>,
    /// The terminal lost focus.
    pub(crate) away: bool,
    /// The person chose a stack or a file; until then the selection follows the edits.
    pub(crate) chose: bool,
    /// The stack that the panes show.
    pub(crate) stack: Option<RepoPath>,
    /// The cursor of the activity pane follows the apply that runs.
    pub(crate) watching: bool,
    /// A stack to select once it appears.
    pub(crate) wanted: Option<RepoPath>,
    /// The diff that was asked for last.
    pub(crate) asked: Option<(RepoPath, DiffSide)>,
    /// The file edited last, to select its stack once that appears.
    pub(crate) followed: Option<RepoPath>,
}

impl App {
    /// A workbench that knows nothing yet, with these keys.
    pub fn with_keys(keymap: KeyMap, settings: AppSettings, now: SystemTime, size: (u16, u16)) -> App {
        let gaze = Gaze { focus: Pane::Plan, ..Gaze::default() };
        let mut screens = Screens::default();
        screens.plan.hidden.clone_from(&settings.hidden_attributes);
        App {
            now,
            world: World::default(),
            screens,
            gaze,
            layout: Layout::of(size.0, size.1, gaze),
            overlays: Vec::new(),
            keymap,
            pending: Vec::new(),
            jobs: Jobs::default(),
            says: None,
            last_fault: None,
            draft: String::new(),
            settings,
            finding: Finding::default(),
            inner: Inner { dirty: true, stale: Pane::ALL.into_iter().collect(), ..Inner::default() },
        }
    }

    /// Takes over what was remembered of the screen.
    pub fn restore(&mut self, ui: UiState) {
        self.inner.wanted = ui.stack;
        if let Some(pane) = Pane::from_number(ui.pane) {
            self.gaze.look_at(pane);
        }
        for path in ui.hidden_attributes {
            if !self.screens.plan.hidden.contains(&path) {
                self.screens.plan.hidden.push(path);
            }
        }
        self.draft = ui.draft;
        self.mark(Pane::ALL);
    }

    /// What is worth remembering of the screen.
    pub fn ui_state(&self) -> UiState {
        let own = |path: &&String| !self.settings.hidden_attributes.contains(path);
        UiState {
            stack: self.stack().cloned(),
            pane: self.gaze.focus.number(),
            hidden_attributes: self.screens.plan.hidden.iter().filter(own).cloned().collect(),
            draft: self.draft.clone(),
        }
    }

    /// Whether a frame is due.
    pub fn is_dirty(&self) -> bool {
        self.inner.dirty
    }

    /// A frame was drawn.
    pub fn drawn(&mut self) {
        self.inner.dirty = false;
    }

    /// The stack that the panes show.
    pub fn stack(&self) -> Option<&RepoPath> {
        self.screens.stacks.selected()
    }

    /// The plan that the plan pane shows.
    pub fn plan(&self) -> Option<&PlanReport> {
        self.world.plans.get(self.stack()?).map(|report| &**report)
    }

    /// The name of the environment that `a`, `v` and `D` work on.
    pub fn environment_name(&self) -> &str {
        &self.settings.environment
    }

    /// That environment, when it is known.
    pub fn environment(&self) -> Option<&EnvironmentStatus> {
        self.world.environments.get(self.environment_name()).map(|status| &**status)
    }

    /// The file and side that the diff pane shows.
    pub fn diff_target(&self) -> Option<(RepoPath, DiffSide)> {
        let row = self.screens.changes.selected()?;
        let sides = row.sides();
        let staged = self.screens.diff.prefer_staged && sides.contains(&DiffSide::Staged);
        let side = if staged { DiffSide::Staged } else { *sides.first()? };
        Some((row.file.path.clone(), side))
    }

    /// The list of a pane.
    pub fn list(&self, pane: Pane) -> &dyn Motion {
        match pane {
            Pane::Stacks => &self.screens.stacks.list,
            Pane::Changes => &self.screens.changes.list,
            Pane::Plan => &self.screens.plan.list,
            Pane::Diff => &self.screens.diff.list,
            Pane::Lint => &self.screens.lint.list,
            Pane::Tests => &self.screens.tests.list,
            Pane::Environment => &self.screens.environment.list,
            Pane::Checks => &self.screens.checks.list,
            Pane::Activity => &self.screens.activity.list,
        }
    }

    /// The list of a pane, to move in.
    pub fn list_mut(&mut self, pane: Pane) -> &mut dyn Motion {
        match pane {
            Pane::Stacks => &mut self.screens.stacks.list,
            Pane::Changes => &mut self.screens.changes.list,
            Pane::Plan => &mut self.screens.plan.list,
            Pane::Diff => &mut self.screens.diff.list,
            Pane::Lint => &mut self.screens.lint.list,
            Pane::Tests => &mut self.screens.tests.list,
            Pane::Environment => &mut self.screens.environment.list,
            Pane::Checks => &mut self.screens.checks.list,
            Pane::Activity => &mut self.screens.activity.list,
        }
    }

    /// The rows of these panes are to be made anew.
    pub fn mark(&mut self, panes: impl IntoIterator<Item = Pane>) {
        self.inner.stale.extend(panes);
        self.inner.dirty = true;
    }

    /// Looks at another pane.
    pub fn focus(&mut self, pane: Pane) {
        self.gaze.look_at(pane);
        self.relayout();
    }

    /// Works the areas out anew.
    pub fn relayout(&mut self) {
        self.layout = Layout::of(self.layout.screen.width, self.layout.screen.height, self.gaze);
        self.inner.dirty = true;
    }

    /// Says why something cannot be done.
    pub fn refuse(&mut self, why: impl Into<String>) {
        self.says = Some(Says::Refusal(why.into()));
    }

    /// The person chose by hand: the selection follows edits no more.
    pub fn chose(&mut self) {
        self.inner.chose = true;
    }

    /// The person moves in the activity pane by hand: its cursor follows the apply no more.
    pub fn stop_watching(&mut self) {
        self.inner.watching = false;
    }

    /// Selects a file and the stack it belongs to.
    pub fn follow_file(&mut self, path: &RepoPath) {
        self.screens.changes.choose(path);
        if let Some(stack) = self.stack_of(path) {
            self.screens.stacks.choose(&stack);
        }
    }

    /// The stack whose directory holds a file; the deepest one.
    pub fn stack_of(&self, path: &RepoPath) -> Option<RepoPath> {
        let holds = self.world.stack_list().iter().filter(|stack| path.is_within(&stack.path));
        holds.max_by_key(|stack| stack.path.as_str().len() * usize::from(!stack.path.is_root())).map(|s| s.path.clone())
    }

    /// The rows of a pane, made anew.
    pub(crate) fn rebuild(&mut self, pane: Pane) {
        let filter = self.finding.filters.get(&pane).cloned();
        let keep = |text: &str| filter.as_ref().is_none_or(|filter| filter.keeps(text));
        let stack = self.stack().cloned();
        let environment = self.settings.environment.clone();
        let (world, screens) = (&self.world, &mut self.screens);
        match pane {
            Pane::Stacks => screens.stacks.rebuild(world, &environment, keep),
            Pane::Changes => screens.changes.rebuild(world, keep),
            Pane::Plan => self.rebuild_plan(filter.as_ref()),
            Pane::Diff => self.rebuild_diff(),
            Pane::Lint => screens.lint.rebuild(world, stack.as_ref(), keep),
            Pane::Tests => {
                let report = stack.as_ref().and_then(|path| world.tests.get(path));
                let survey = Survey {
                    mutations: stack.as_ref().and_then(|path| world.mutations.get(path)).map(|report| &**report),
                    coverage: stack.as_ref().and_then(|path| world.coverage.get(path)).map(|report| &**report),
                };
                screens.tests.rebuild(report.map(|report| &**report), &survey, keep);
            }
            Pane::Environment => screens.environment.rebuild(world, &environment, self.now),
            Pane::Checks => screens.checks.rebuild(world.head_run().map(|run| &**run), keep),
            Pane::Activity => screens.activity.rebuild(world, &environment, self.now, keep),
        }
    }

    fn rebuild_plan(&mut self, filter: Option<&Filter>) {
        let report = self.stack().and_then(|path| self.world.plans.get(path)).cloned();
        let unexplained = report.as_ref().is_some_and(|report| self.is_unexplained(report));
        let notes = if report.is_some() { Vec::new() } else { self.why_no_plan() };
        let view = report.as_ref().map(|report| PlanView { report, filter, unexplained });
        self.screens.plan.rebuild(view, notes);
    }

    fn rebuild_diff(&mut self) {
        let target = self.diff_target();
        let report = target.as_ref().and_then(|target| self.world.diffs.get(target));
        let plan = self.stack().and_then(|path| self.world.plans.get(path)).map(|report| &*report.plan);
        let side_by_side = self.layout.side_by_side;
        self.screens.diff.rebuild(report, plan, side_by_side);
        self.screens.diff.shown = target;
    }

    /// Nothing in the repo was edited since what the plan compares with, so whatever it shows came from elsewhere.
    fn is_unexplained(&self, report: &PlanReport) -> bool {
        let applied = match &report.prior {
            Prior::Environment(name) => self.world.environments.get(name).and_then(|status| status.commit.clone()),
            _ => return false,
        };
        !self.world.is_dirty() && applied.is_some() && applied.as_deref() == self.world.head()
    }

    /// What the plan pane says when there is no plan.
    fn why_no_plan(&self) -> Vec<(Tone, String)> {
        let Some(stack) = self.stack().and_then(|path| self.world.stack(path)) else { return Vec::new() };
        if stack.kind == StackKind::Terraform {
            return Vec::new();
        }
        let mut lines = vec![(Tone::Text, format!("{} is a stack of kind {}.", stack.path, stack.kind.word()))];
        let tool = self.world.stacks.as_ref().and_then(|list| list.tools.get(&stack.kind));
        match tool {
            Some(tool) if tool.path.is_none() => {
                lines.push((Tone::Warning, format!("{} is not here. It would unlock: {}", tool.program, tool.unlocks)));
                lines.push((Tone::Muted, format!("To get it: {}", tool.install)));
            }
            Some(tool) => {
                lines.push((Tone::Muted, format!("{} is here; Kilter reads its files and lints them.", tool.program)))
            }
            None => {}
        }
        lines
    }

    /// The effects that quitting takes.
    pub fn leave(&self) -> Vec<Effect> {
        vec![Effect::SaveUiState(self.ui_state()), Effect::Quit]
    }
}
