//! Draws the plan pane.

use ratatui::style::{Modifier, Style};

use crate::app::App;
use crate::app::change::attributes::{AttributeLine, Body, Sign, unchanged};
use crate::app::change::shown::Shown;
use crate::app::layout::Area;
use crate::app::screen::plan::{PlanBody, PlanRow, counts};
use crate::model::action::Action;
use crate::model::plan::Knowledge;
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::screen::lines::role_of;
use crate::ui::screen::window::{put, window};
use crate::ui::theme::Role;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, area: Area, focused: bool) {
    window(pen, &app.screens.plan.list, area, focused, |pen, row: &PlanRow, at| {
        let line = Row::new().fixed("  ".repeat(usize::from(row.indent)), Style::new());
        let line = make(pen, line, row, at.width);
        put(pen, at, line);
    });
}

fn fold(open: bool) -> &'static str {
    if open { "▾ " } else { "▸ " }
}

fn make(pen: &Pen<'_>, line: Row, row: &PlanRow, cells: u16) -> Row {
    let muted = pen.style(Role::Muted);
    match &row.body {
        PlanBody::Diagnostic { mark, summary, where_ } => {
            let (sign, role) = pen.look.mark(*mark);
            line.fixed(format!("{sign} "), pen.style(role))
                .push(summary.as_str(), pen.style(role), Shrink::End)
                .right(where_.as_str(), pen.style(Role::Link))
        }
        PlanBody::Section { title, danger } => {
            let role = if *danger { Role::Delete } else { Role::Heading };
            let sign = if *danger { "✗ " } else { "" };
            line.fixed(sign, pen.style(role)).push(title.as_str(), pen.style(role), Shrink::End)
        }
        PlanBody::Module { address, open, summary } => line
            .fixed(fold(*open), muted)
            .push(address.as_str(), pen.style(Role::Heading), Shrink::Middle)
            .right(counts(summary), muted),
        PlanBody::Change { .. } => change(pen, line, row, cells),
        PlanBody::Attribute(attribute) => attribute_row(pen, line, attribute),
        PlanBody::Output { action, name, open } => line
            .fixed(fold(*open), muted)
            .fixed(format!("{} ", action.sign()), pen.style(pen.look.action(*action)))
            .push(format!("output.{name}"), pen.style(Role::Text), Shrink::Middle),
        PlanBody::Undecided { block, decided_by, unlock } => line
            .fixed("? ", pen.style(Role::Unknown))
            .push(block.as_str(), pen.style(Role::Text), Shrink::Middle)
            .push(format!("  instances decided by {decided_by}"), pen.style(Role::Unknown), Shrink::End)
            .push(format!("  unlock: {unlock}"), muted, Shrink::Drop),
        PlanBody::Check { mark, address, problem } => {
            let (sign, role) = pen.look.mark(*mark);
            line.fixed(format!("{sign} "), pen.style(role))
                .push(address.as_str(), pen.style(Role::Text), Shrink::Middle)
                .push(format!("  {problem}"), pen.style(role), Shrink::End)
        }
        PlanBody::Note(tone, text) => line.push(text.as_str(), pen.style(role_of(*tone)), Shrink::End),
    }
}

fn change(pen: &Pen<'_>, line: Row, row: &PlanRow, cells: u16) -> Row {
    let PlanBody::Change { action, address, open, names, besides, knowledge, disagreement } = &row.body else {
        return line;
    };
    let role = pen.look.action(*action);
    let (style, muted) = (pen.style(role), pen.style(Role::Muted));
    let address_style = if action.destroys() { style } else { pen.style(Role::Text) };
    let mut line = line.fixed(fold(*open), muted).fixed(format!("{:<3} ", action.sign()), style).push(
        address.as_str(),
        address_style,
        Shrink::Middle,
    );
    if action.destroys() {
        let word = if *action == Action::Delete { "  destroyed" } else { "  replaced" };
        line = line.fixed(word, style.add_modifier(Modifier::BOLD));
    }
    if let Some(what) = disagreement {
        line = line.push(format!("  ! {what}"), pen.style(Role::Warning), Shrink::End);
    }
    if !besides.is_empty() {
        line = line.push(format!("  {besides}"), pen.style(Role::Move), Shrink::End);
    }
    if !names.is_empty() {
        line = line.push(format!("  {names}"), muted, Shrink::End);
    }
    let doubt = match knowledge {
        Knowledge::Exact | Knowledge::FromConfiguration => String::new(),
        Knowledge::FromSchema => "  by schema".to_owned(),
        Knowledge::Learned(day) => format!("  learned {day}"),
        Knowledge::ProviderDecides => "  provider decides the rest".to_owned(),
    };
    line = line.push(doubt, pen.style(Role::Unknown), Shrink::Drop);
    match &row.place {
        Some(place) if cells >= 50 => line.right(format!("  {}:{}", place.path.file_name(), place.start.line), muted),
        _ => line,
    }
}

fn shown(pen: &Pen<'_>, line: Row, value: &Shown, style: Style) -> Row {
    let style = match value {
        Shown::AfterApply => pen.style(Role::Unknown),
        Shown::NotAsked(_) => pen.style(Role::Unknown).add_modifier(Modifier::ITALIC),
        Shown::Sensitive | Shown::Null => pen.style(Role::Muted),
        Shown::Text(_) => style,
    };
    line.push(value.words(), style, Shrink::End)
}

fn attribute_row(pen: &Pen<'_>, line: Row, attribute: &AttributeLine) -> Row {
    let role = pen.look.sign(attribute.sign);
    let (style, muted) = (pen.style(role), pen.style(Role::Muted));
    let mut line = line.fixed("  ".repeat(usize::from(attribute.depth)), Style::new());
    line = line.fixed(format!("{} ", attribute.sign.text()), style);
    if !attribute.name.is_empty() {
        line = line.push(attribute.name.as_str(), pen.style(Role::Argument), Shrink::Middle).fixed(" = ", muted);
    }
    line = match &attribute.body {
        Body::Value(value) => shown(pen, line, value, value_style(pen, attribute.sign)),
        Body::Change(old, new) => {
            let line = shown(pen, line, old, pen.style(Role::Removed));
            shown(pen, line.fixed(" → ", muted), new, pen.style(Role::Added))
        }
        Body::Open(text) => line.fixed(text.as_str(), muted),
        Body::Close(text) => line.fixed(*text, muted),
        Body::Text(text) => line.push(text.as_str(), value_style(pen, attribute.sign), Shrink::End),
        Body::Unchanged(count, what) => line.push(unchanged(*count, what), muted, Shrink::End),
    };
    if attribute.forces {
        line = line.fixed("  # forces replacement", pen.style(Role::Replace));
    }
    line
}

fn value_style(pen: &Pen<'_>, sign: Sign) -> Style {
    match sign {
        Sign::Add => pen.style(Role::Added),
        Sign::Remove => pen.style(Role::Removed),
        Sign::Change | Sign::Same => pen.style(Role::Text),
    }
}
