//! The plan pane: a tree by module and resource, destroys and replacements first, closed per resource.

use std::collections::BTreeSet;

use crate::app::change::attributes::{self, AttributeLine};
use crate::app::change::hide::Hidden;
use crate::app::filter::Filter;
use crate::app::list::{Identity, List, Row, identity};
use crate::app::marks::Mark;
use crate::app::screen::diff::is_real;
use crate::app::screen::line::Tone;
use crate::model::action::{Action, ActionReason};
use crate::model::address::ModuleAddress;
use crate::model::check::CheckStatus;
use crate::model::diagnostic::Diagnostic;
use crate::model::place::Place;
use crate::model::plan::{ChangeSummary, Knowledge, Plan, ResourceChange};
use crate::model::report::{HitRate, PlanReport};

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRow {
    /// Which thing.
    pub id: Identity,
    /// How deep it is nested.
    pub indent: u16,
    /// What it shows.
    pub body: PlanBody,
    /// What `e` opens.
    pub place: Option<Place>,
    /// The change it belongs to, by its number in the plan.
    pub change: Option<usize>,
}

/// What a row shows.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanBody {
    /// What is wrong with the configuration now.
    Diagnostic {
        /// Error or warning.
        mark: Mark,
        /// Its title.
        summary: String,
        /// Where, in short.
        where_: String,
    },
    /// A heading between parts.
    Section {
        /// What it says.
        title: String,
        /// It is about destruction.
        danger: bool,
    },
    /// A module.
    Module {
        /// Its address.
        address: String,
        /// What hangs below shows.
        open: bool,
        /// What happens in it.
        summary: ChangeSummary,
    },
    /// A resource instance.
    Change {
        /// What happens to it.
        action: Action,
        /// Its address without the module.
        address: String,
        /// Its attributes show.
        open: bool,
        /// What differs, in short.
        names: String,
        /// Moved, imported, deposed: what is not a change of attributes.
        besides: String,
        /// How sure it is.
        knowledge: Knowledge,
        /// What the preview and the real plan disagree about.
        disagreement: Option<String>,
    },
    /// An attribute of the change above.
    Attribute(AttributeLine),
    /// A root output.
    Output {
        /// What happens to it.
        action: Action,
        /// Its name.
        name: String,
        /// Its value shows.
        open: bool,
    },
    /// A block whose instances are not decided.
    Undecided {
        /// The block.
        block: String,
        /// What decides it.
        decided_by: String,
        /// What would unlock it.
        unlock: String,
    },
    /// A check that does not hold.
    Check {
        /// How it came out.
        mark: Mark,
        /// What holds it.
        address: String,
        /// What it says.
        problem: String,
    },
    /// A line to read.
    Note(Tone, String),
}

impl Row for PlanRow {
    fn id(&self) -> Identity {
        self.id
    }

    fn text(&self) -> String {
        match &self.body {
            PlanBody::Diagnostic { summary, where_, .. } => format!("{summary} {where_}"),
            PlanBody::Section { title, .. } => title.clone(),
            PlanBody::Module { address, .. } => address.clone(),
            PlanBody::Change { action, address, names, besides, .. } => {
                format!("{} {address} {names} {besides}", action.sign()).trim_end().to_owned()
            }
            PlanBody::Attribute(line) => line.text(),
            PlanBody::Output { action, name, .. } => format!("{} output.{name}", action.sign()),
            PlanBody::Undecided { block, decided_by, .. } => format!("{block} decided by {decided_by}"),
            PlanBody::Check { address, problem, .. } => format!("{address} {problem}"),
            PlanBody::Note(_, text) => text.clone(),
        }
    }
}

/// The pane's memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanScreen {
    /// The rows.
    pub list: List<PlanRow>,
    /// Changes and outputs whose attributes show.
    pub open: BTreeSet<Identity>,
    /// Modules that are closed.
    pub closed: BTreeSet<Identity>,
    /// Changes without effect show too.
    pub show_all: bool,
    /// Attribute paths that the person hid.
    pub hidden: Vec<String>,
    /// So many attributes are hidden, and so many changes that consist of nothing else.
    pub left_out: (usize, usize),
}

/// The parts of the tree, in the order they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Destroyed,
    Changed,
    Kept,
    Same,
}

impl Part {
    fn of(change: &ResourceChange) -> Part {
        match change.change.action {
            _ if !is_real(change) => Part::Same,
            action if action.destroys() => Part::Destroyed,
            Action::Create | Action::Update | Action::Read => Part::Changed,
            Action::Forget => Part::Kept,
            _ => Part::Kept,
        }
    }
}

/// What the rows are made from.
pub struct PlanView<'a> {
    /// The report.
    pub report: &'a PlanReport,
    /// What the person typed.
    pub filter: Option<&'a Filter>,
    /// No edit explains any of it: the working tree is clean and its commit is what is compared with.
    pub unexplained: bool,
}

impl PlanScreen {
    /// The number of the change under the cursor in its plan.
    pub fn change(&self) -> Option<usize> {
        self.list.current()?.change
    }

    /// The path of the attribute under the cursor.
    pub fn attribute(&self) -> Option<&str> {
        match &self.list.current()?.body {
            PlanBody::Attribute(line) if !line.path.is_empty() => Some(&line.path),
            _ => None,
        }
    }

    /// Makes the rows anew. Without a plan, `notes` say why.
    pub fn rebuild(&mut self, view: Option<PlanView<'_>>, notes: Vec<(Tone, String)>) {
        let mut rows = Vec::new();
        self.left_out = (0, 0);
        for (index, (tone, text)) in notes.into_iter().enumerate() {
            rows.push(note(identity(("note", index)), 0, tone, text));
        }
        if let Some(view) = view {
            push_diagnostics(&mut rows, &view.report.diagnostics);
            self.push_changes(&mut rows, &view);
            self.push_outputs(&mut rows, &view);
            push_undecided(&mut rows, &view);
            push_checks(&mut rows, &view);
            self.push_ending(&mut rows, &view);
        }
        self.list.set_rows(rows);
    }

    fn push_changes(&mut self, rows: &mut Vec<PlanRow>, view: &PlanView<'_>) {
        let plan = &view.report.plan;
        let mut parts: Vec<(Part, usize)> = Vec::new();
        for (index, change) in plan.changes.iter().enumerate() {
            let part = Part::of(change);
            if part == Part::Same && !self.show_all {
                continue;
            }
            if !self.keeps(view.filter, change) {
                continue;
            }
            if self.is_noise(change) {
                self.left_out.1 += 1;
                continue;
            }
            parts.push((part, index));
        }
        parts.sort_by(|(a, i), (b, j)| {
            let module = |index: &usize| &plan.changes[*index].address.resource.module;
            a.cmp(b).then_with(|| module(i).cmp(module(j))).then(i.cmp(j))
        });
        if view.unexplained && !parts.is_empty() {
            let text = "no edit explains these: drift, or an input that moved".to_owned();
            rows.push(section(text, false));
        }
        let only_changes = parts.iter().all(|(part, _)| *part == Part::Changed);
        let mut rest = parts.as_slice();
        while let Some((part, _)) = rest.first() {
            let end = rest.iter().position(|(other, _)| other != part).unwrap_or(rest.len());
            if !only_changes {
                rows.push(section(part_title(*part, end), *part == Part::Destroyed));
            }
            self.push_modules(rows, view, *part, &rest[..end]);
            rest = &rest[end..];
        }
    }

    fn keeps(&self, filter: Option<&Filter>, change: &ResourceChange) -> bool {
        let text = || {
            let (lines, _) = attributes::lines(&change.change, &Hidden::of(&self.hidden, change));
            let lines: Vec<String> = lines.iter().map(AttributeLine::text).collect();
            format!("{}\n{}", change.address, lines.join("\n"))
        };
        filter.is_none_or(|filter| filter.keeps_change(change.change.action, text))
    }

    /// Whether nothing but hidden attributes differ.
    fn is_noise(&self, change: &ResourceChange) -> bool {
        if self.hidden.is_empty() || change.change.action != Action::Update || change.previous_address.is_some() {
            return false;
        }
        let (lines, left_out) = attributes::lines(&change.change, &Hidden::of(&self.hidden, change));
        left_out > 0 && lines.iter().all(|line| line.sign == attributes::Sign::Same)
    }

    fn push_modules(&mut self, rows: &mut Vec<PlanRow>, view: &PlanView<'_>, part: Part, members: &[(Part, usize)]) {
        let plan = &view.report.plan;
        let mut rest = members;
        while let Some((_, first)) = rest.first() {
            let module = &plan.changes[*first].address.resource.module;
            let same = |(_, index): &(Part, usize)| plan.changes[*index].address.resource.module == *module;
            let end = rest.iter().position(|member| !same(member)).unwrap_or(rest.len());
            let indent = u16::from(!module.is_root());
            let id = identity(("module", part as u8, module));
            let open = !self.closed.contains(&id);
            if !module.is_root() {
                let summary = summary_of(plan, &rest[..end]);
                let body = PlanBody::Module { address: module.to_string(), open, summary };
                rows.push(PlanRow { id, indent: 0, body, place: None, change: None });
            }
            if open || module.is_root() {
                for (_, index) in &rest[..end] {
                    self.push_change(rows, view, *index, indent);
                }
            }
            rest = &rest[end..];
        }
    }

    fn push_change(&mut self, rows: &mut Vec<PlanRow>, view: &PlanView<'_>, index: usize, indent: u16) {
        let change = &view.report.plan.changes[index];
        let id = change_id(change);
        let open = self.open.contains(&id);
        let disagreement = view.report.disagreements.iter().find(|d| d.address == change.address);
        let body = PlanBody::Change {
            action: change.change.action,
            address: local_address(change),
            open,
            names: attributes::names(&change.change, &Hidden::of(&self.hidden, change)),
            besides: besides(change),
            knowledge: change.knowledge.clone(),
            disagreement: disagreement.map(|d| d.what.clone()),
        };
        rows.push(PlanRow { id, indent, body, place: change.place.clone(), change: Some(index) });
        if !open {
            return;
        }
        let below =
            |id, body| PlanRow { id, indent: indent + 2, body, place: change.place.clone(), change: Some(index) };
        let rate = view.report.rates.iter().find(|rate| rate.type_name == change.address.resource.type_name);
        for (at, (tone, text)) in remarks(change, disagreement.map(|d| d.what.as_str()), rate).into_iter().enumerate() {
            rows.push(below(identity((id, "remark", at)), PlanBody::Note(tone, text)));
        }
        let (lines, left_out) = attributes::lines(&change.change, &Hidden::of(&self.hidden, change));
        self.left_out.0 += left_out;
        let mut twins = std::collections::HashMap::new();
        for line in lines {
            let key = identity((id, &line.path, &line.name, line.depth, line.sign, line.text()));
            let twin = twins.entry(key).and_modify(|count| *count += 1).or_insert(0u32);
            rows.push(below(identity((key, *twin)), PlanBody::Attribute(line)));
        }
    }

    fn push_outputs(&mut self, rows: &mut Vec<PlanRow>, view: &PlanView<'_>) {
        let changed = |name: &str, action: Action| {
            action != Action::NoOp
                && view.filter.is_none_or(|filter| filter.keeps_change(action, || format!("output.{name}")))
        };
        let outputs = view.report.plan.outputs.iter().filter(|(name, output)| changed(name, output.action));
        for (at, (name, output)) in outputs.enumerate() {
            if at == 0 {
                rows.push(section("outputs".to_owned(), false));
            }
            let id = identity(("output", name));
            let open = self.open.contains(&id);
            let body = PlanBody::Output { action: output.action, name: name.to_string(), open };
            rows.push(PlanRow { id, indent: 0, body, place: None, change: None });
            if open {
                let lines = if output.sensitive {
                    let masked =
                        |value: &crate::model::value::Value| value.clone().mark(crate::model::value::Marks::SENSITIVE);
                    let before = if output.before.is_null() { output.before.clone() } else { masked(&output.before) };
                    attributes::named(name, &before, &masked(&output.after))
                } else {
                    attributes::named(name, &output.before, &output.after)
                };
                rows.extend(lines.into_iter().enumerate().map(|(at, line)| PlanRow {
                    id: identity((id, at)),
                    indent: 2,
                    body: PlanBody::Attribute(line),
                    place: None,
                    change: None,
                }));
            }
        }
    }

    fn push_ending(&self, rows: &mut Vec<PlanRow>, view: &PlanView<'_>) {
        let plan = &view.report.plan;
        let broken = crate::model::diagnostic::has_errors(&view.report.diagnostics);
        let (attributes, changes) = self.left_out;
        if attributes + changes > 0 {
            let text = format!("hidden by you: {attributes} attributes, {changes} changes · Z shows them");
            rows.push(note(identity("hidden"), 0, Tone::Warning, text));
        }
        if let Some(filter) = view.filter {
            rows.push(note(identity("filter"), 0, Tone::Muted, format!("filter: {}", filter.source())));
        } else if plan.summary().is_empty() && !broken {
            let text = "No changes. What is there matches the configuration.".to_owned();
            rows.insert(0, note(identity("no changes"), 0, Tone::Ok, text));
        }
        let same = plan.changes.iter().filter(|change| Part::of(change) == Part::Same).count();
        if same > 0 && !self.show_all {
            let text = format!("{same} without changes · . shows them");
            rows.push(note(identity("same"), 0, Tone::Muted, text));
        }
    }
}

fn part_title(part: Part, count: usize) -> String {
    match part {
        Part::Destroyed => format!("destroyed or replaced: {count}"),
        Part::Changed => format!("changed: {count}"),
        Part::Kept => format!("moved, imported or forgotten; nothing else happens to them: {count}"),
        Part::Same => format!("without changes: {count}"),
    }
}

fn section(title: String, danger: bool) -> PlanRow {
    let id = identity(("section", title.split(':').next().unwrap_or_default()));
    PlanRow { id, indent: 0, body: PlanBody::Section { title, danger }, place: None, change: None }
}

fn note(id: Identity, indent: u16, tone: Tone, text: String) -> PlanRow {
    PlanRow { id, indent, body: PlanBody::Note(tone, text), place: None, change: None }
}

/// The identity of a change.
pub fn change_id(change: &ResourceChange) -> Identity {
    identity(("change", &change.address, &change.deposed))
}

fn local_address(change: &ResourceChange) -> String {
    let mut address = change.address.clone();
    address.resource.module = ModuleAddress::root();
    address.to_string()
}

fn besides(change: &ResourceChange) -> String {
    let mut words = Vec::new();
    if let Some(previous) = &change.previous_address {
        words.push(format!("moved from {previous}"));
    }
    if let Some(id) = &change.change.importing {
        words.push(format!("imported from {id:?}"));
    }
    if let Some(key) = &change.deposed {
        words.push(format!("deposed {key}"));
    }
    words.join(", ")
}

/// What is to be said about a change before its attributes.
fn remarks(change: &ResourceChange, disagreement: Option<&str>, rate: Option<&HitRate>) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    if let Some(reason) = change.reason {
        lines.push((Tone::Muted, format!("because {}", reason_words(reason))));
    }
    match &change.knowledge {
        Knowledge::Exact => {}
        Knowledge::Learned(day) => {
            lines.push((Tone::Muted, format!("learned from the plan of {day}")));
        }
        Knowledge::FromSchema => {
            lines.push((Tone::Muted, "computed attributes follow the provider's cached schema".to_owned()));
        }
        Knowledge::ProviderDecides => {
            lines
                .push((Tone::Muted, "only what is configured is known here; the provider decides the rest".to_owned()));
        }
        Knowledge::FromConfiguration => {
            lines.push((Tone::Muted, "compared with the configuration, not with a state".to_owned()));
        }
    }
    if let Some(what) = disagreement {
        lines.push((Tone::Warning, format!("preview and plan disagree: {what}")));
    }
    if let Some(rate) = rate {
        let what = format!("previews of {} were right in {} rows so far", rate.type_name, rate.words());
        lines.push((Tone::Muted, what));
    }
    lines
}

/// A reason as terraform says it to people.
pub fn reason_words(reason: ActionReason) -> &'static str {
    match reason {
        ActionReason::ReplaceBecauseTainted => "it is tainted",
        ActionReason::ReplaceBecauseCannotUpdate => "the provider cannot change it in place",
        ActionReason::ReplaceByRequest => "it was asked for with -replace",
        ActionReason::ReplaceByTriggers => "something in replace_triggered_by changes",
        ActionReason::DeleteBecauseNoResourceConfig => "its block is not in the configuration",
        ActionReason::DeleteBecauseWrongRepetition => "its instance key does not fit count or for_each",
        ActionReason::DeleteBecauseCountIndex => "its index is out of range for count",
        ActionReason::DeleteBecauseEachKey => "its key is not in for_each",
        ActionReason::DeleteBecauseNoModule => "its module is not in the configuration",
        ActionReason::DeleteBecauseNoMoveTarget => "it was moved to an address that is not in the configuration",
        ActionReason::ReadBecauseConfigUnknown => "its configuration is not known before apply",
        ActionReason::ReadBecauseDependencyPending => "something it depends on changes first",
        ActionReason::ReadBecauseCheckNested => "a check reads it again",
    }
}

fn summary_of(plan: &Plan, members: &[(Part, usize)]) -> ChangeSummary {
    let changes = members.iter().map(|(_, index)| plan.changes[*index].clone()).collect();
    Plan { changes, ..Plan::default() }.summary()
}

fn push_diagnostics(rows: &mut Vec<PlanRow>, diagnostics: &[Diagnostic]) {
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        let mark = if diagnostic.is_error() { Mark::Error } else { Mark::Warning };
        let place = diagnostic.subject.clone();
        let id = identity(("diagnostic", index, &diagnostic.summary, &place.as_ref().map(|place| &place.path)));
        let where_ = place.as_ref().map(|place| format!("{}:{}", place.path.file_name(), place.start.line));
        let body =
            PlanBody::Diagnostic { mark, summary: diagnostic.summary.clone(), where_: where_.unwrap_or_default() };
        rows.push(PlanRow { id, indent: 0, body, place: place.clone(), change: None });
        for (at, line) in diagnostic.detail.lines().filter(|line| !line.trim().is_empty()).enumerate() {
            let mut row = note(identity((id, at)), 1, Tone::Muted, line.to_owned());
            row.place = place.clone();
            rows.push(row);
        }
    }
}

fn push_undecided(rows: &mut Vec<PlanRow>, view: &PlanView<'_>) {
    for (at, undecided) in view.report.plan.undecided.iter().enumerate() {
        if at == 0 {
            rows.push(section("not decided yet".to_owned(), false));
        }
        let block = match undecided.module.is_root() {
            true => undecided.block.to_string(),
            false => format!("{}.{}", undecided.module, undecided.block),
        };
        rows.push(PlanRow {
            id: identity(("undecided", &block)),
            indent: 0,
            body: PlanBody::Undecided {
                block,
                decided_by: undecided.decided_by.to_string(),
                unlock: undecided.unlock.to_string(),
            },
            place: undecided.place.clone(),
            change: None,
        });
    }
}

fn push_checks(rows: &mut Vec<PlanRow>, view: &PlanView<'_>) {
    let wrong = |status: CheckStatus| matches!(status, CheckStatus::Fail | CheckStatus::Error);
    let instances = view.report.plan.checks.iter().flat_map(|check| &check.instances);
    for (at, instance) in instances.filter(|instance| wrong(instance.status)).enumerate() {
        if at == 0 {
            rows.push(section("conditions that do not hold".to_owned(), false));
        }
        let mark = if instance.status == CheckStatus::Fail { Mark::Failed } else { Mark::Error };
        let problem = instance.problems.iter().map(|text| &**text).collect::<Vec<_>>().join(" · ");
        let body = PlanBody::Check { mark, address: instance.address.to_string(), problem };
        rows.push(PlanRow { id: identity(("check", &instance.address)), indent: 0, body, place: None, change: None });
    }
}

/// `+1 ~2 -0`, and what else there is.
pub fn counts(summary: &ChangeSummary) -> String {
    let mut text = format!("+{} ~{} -{}", summary.add, summary.change, summary.remove);
    let others = [
        (summary.moved, "moved"),
        (summary.import, "imported"),
        (summary.forget, "forgotten"),
        (summary.undecided, "undecided"),
    ];
    for (count, word) in others.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!(" {count} {word}"));
    }
    text
}
