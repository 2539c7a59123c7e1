//! A plan as text, in the manner of terraform's own.

use super::{Paint, Tone, counted, diagnostics, duration};
use crate::cli::output::safe;
use crate::lang::value::to_expression_text;
use crate::model::action::Action;
use crate::model::plan::{Knowledge, OutputChange, Plan, ResourceChange};
use crate::model::report::PlanReport;
use crate::model::value::{Marks, UnknownSource, Value, ValueKind};

/// A report: title, diagnostics, changes, summary.
pub fn report(report: &PlanReport, paint: &Paint) -> String {
    let title = format!(
        "{}  {} · {} · {}",
        report.stack,
        report.fidelity.word(),
        report.prior.title(),
        duration(report.provenance.took)
    );
    let mut out = format!("{}\n", paint.tone(Tone::Strong, &title));
    out += &diagnostics(&report.diagnostics, paint);
    out += &plan(&report.plan, paint);
    for disagreement in &report.disagreements {
        out += &format!("  {} {}: {}\n", paint.tone(Tone::Warn, "!"), disagreement.address, safe(&disagreement.what));
    }
    if !report.rates.is_empty() {
        let rates: Vec<String> =
            report.rates.iter().map(|rate| format!("{} {}", rate.type_name, rate.words())).collect();
        let line = format!("Previews were right so far in: {} rows.", safe(&rates.join(" · ")));
        out += &format!("  {}\n", paint.tone(Tone::Muted, &line));
    }
    out
}

/// The changes and their summary.
pub fn plan(plan: &Plan, paint: &Paint) -> String {
    let mut out = String::new();
    let mut changes: Vec<&ResourceChange> =
        plan.changes.iter().map(|change| &**change).filter(|change| is_shown(change)).collect();
    changes.sort_by_key(|change| !change.change.action.destroys());
    for change in changes {
        out += &resource(change, paint);
    }
    for row in &plan.undecided {
        out += &format!(
            "  {} {}: instances decided by {} ({})\n",
            paint.tone(Tone::Muted, "?"),
            safe(&row.block),
            safe(&row.decided_by),
            safe(&row.unlock)
        );
    }
    for (name, output) in plan.outputs.iter().filter(|(_, output)| output.action != Action::NoOp) {
        out += &output_change(name, output, paint);
    }
    out + &format!("  {}\n", paint.tone(Tone::Strong, &summary(plan)))
}

/// The last line: `Plan: 2 to add, 1 to change, 0 to destroy.`
pub fn summary(plan: &Plan) -> String {
    let summary = plan.summary();
    if plan.errored {
        return "Plan: errors stand in the way; what is shown is what could be planned.".to_owned();
    }
    if summary.is_empty() {
        return "No changes.".to_owned();
    }
    let mut line =
        format!("Plan: {} to add, {} to change, {} to destroy.", summary.add, summary.change, summary.remove);
    let more = [
        (summary.import, "to import"),
        (summary.moved, "moved"),
        (summary.forget, "to forget"),
        (summary.read, "to read"),
    ];
    for (count, words) in more.into_iter().filter(|(count, _)| *count > 0) {
        line += &format!(" {count} {words}.");
    }
    if summary.outputs > 0 {
        line += &format!(" {}.", counted(summary.outputs, "output changes", "outputs change"));
    }
    if summary.undecided > 0 {
        line += &format!(" {}.", counted(summary.undecided, "block is not decided", "blocks are not decided"));
    }
    line
}

fn is_shown(change: &ResourceChange) -> bool {
    change.is_effective() || change.previous_address.is_some() || change.change.importing.is_some()
}

fn tone(action: Action) -> Tone {
    match action {
        Action::Create => Tone::Good,
        Action::Update => Tone::Warn,
        Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete => Tone::Bad,
        Action::NoOp | Action::Read | Action::Forget => Tone::Muted,
    }
}

fn resource(change: &ResourceChange, paint: &Paint) -> String {
    let action = change.change.action;
    let mut notes = Vec::new();
    if let Some(previous) = &change.previous_address {
        notes.push(format!("moved from {previous}"));
    }
    if let Some(reason) = change.reason {
        notes.push(reason.word().replace('_', " "));
    }
    if let Some(id) = &change.change.importing {
        notes.push(format!("import {id}"));
    }
    match &change.knowledge {
        Knowledge::Exact | Knowledge::FromConfiguration => {}
        Knowledge::FromSchema => notes.push("by the provider's schema".to_owned()),
        Knowledge::Learned(day) => notes.push(format!("learned from the plan of {day}")),
        Knowledge::ProviderDecides => notes.push("the provider decides the rest".to_owned()),
    }
    let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join("; ")) };
    let place = change.place.as_ref().map(|place| format!("  {place}")).unwrap_or_default();
    let head = format!("{:>3} {}", action.sign(), change.address);
    let mut out = format!(
        "{}{}{}\n",
        paint.tone(tone(action), &head),
        paint.tone(Tone::Muted, &notes),
        paint.tone(Tone::Muted, &place)
    );
    if action != Action::Delete && action != Action::Forget {
        out += &attributes(change, paint);
    }
    out
}

fn attributes(change: &ResourceChange, paint: &Paint) -> String {
    let empty = Value::empty_object();
    let entries = |value: &Value| value.as_object().or(empty.as_object()).cloned().unwrap_or_default();
    let (before, after) = (entries(&change.change.before), entries(&change.change.after));
    let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let mut out = String::new();
    for name in names {
        let null = Value::null();
        let (old, new) = (before.get(name).unwrap_or(&null), after.get(name).unwrap_or(&null));
        if old == new || (old.is_null() && new.is_null()) {
            continue;
        }
        let forces = change.change.replace_paths.iter().any(|path| path.to_string().starts_with(&**name));
        let forces = if forces { "  # forces replacement" } else { "" };
        let (sign, line) = match (old.is_null(), new.is_null()) {
            (true, _) => (Action::Create, shown(new)),
            (_, true) => (Action::Delete, shown(old)),
            _ => (Action::Update, format!("{} -> {}", shown(old), shown(new))),
        };
        let mark = match sign {
            Action::Create => "+",
            Action::Delete => "-",
            _ => "~",
        };
        out += &format!(
            "      {} {} = {}{}\n",
            paint.tone(tone(sign), mark),
            safe(name),
            safe(&line),
            paint.tone(Tone::Bad, forces)
        );
    }
    out
}

fn output_change(name: &str, output: &OutputChange, paint: &Paint) -> String {
    let line = match output.action {
        Action::Create => shown(&output.after),
        Action::Delete => shown(&output.before),
        _ => format!("{} -> {}", shown(&output.before), shown(&output.after)),
    };
    let line = if output.sensitive { "(sensitive value)".to_owned() } else { line };
    let head = format!("{:>3} output.{name}", output.action.sign());
    format!("{} = {}\n", paint.tone(tone(output.action), &head), safe(&line))
}

/// A value in one line; sensitive ones masked, the two kinds of unknown told apart.
pub fn shown(value: &Value) -> String {
    if value.deep_marks().contains(Marks::SENSITIVE) {
        return "(sensitive value)".to_owned();
    }
    if let ValueKind::Unknown(unknown) = &value.kind {
        return match &unknown.source {
            UnknownSource::AfterApply => "(known after apply)".to_owned(),
            UnknownSource::NotAsked(who) => format!("(not asked: {who})"),
        };
    }
    let text = to_expression_text(value);
    let mut lines = text.lines();
    match (lines.next(), lines.next()) {
        (Some(first), None) => first.to_owned(),
        _ => text.replace('\n', "\n        "),
    }
}
