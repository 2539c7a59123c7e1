//! The line at the top: where we are and how the environment is. The line at the bottom: the walk, what is next, and what
//! there is to say.

use std::time::SystemTime;

use crate::app::App;
use crate::app::age::ago;
use crate::app::command::table::{find_command, keys_text};
use crate::app::key::human;
use crate::app::marks::of_health;
use crate::app::overlay::Overlay;
use crate::app::state::Says;
use crate::app::walk::{Standing, Walk, of};
use crate::model::environment::{EnvironmentStatus, Health};
use crate::ui::pen::{Pen, Row, Shrink};
use crate::ui::text::width;
use crate::ui::theme::Role;

/// Draws the line at the top.
pub fn header(pen: &mut Pen<'_>, app: &App) {
    let area = app.layout.header;
    let (muted, text) = (pen.style(Role::Muted), pen.style(Role::Text));
    let mut line = Row::new().fixed(" kilter  ", pen.style(Role::Focus));
    line = line.push(app.settings.name.as_str(), pen.style(Role::Heading), Shrink::Middle);
    match &app.world.repo {
        None => line = line.push("   reading …", muted, Shrink::Drop),
        Some(repo) if !repo.is_git => line = line.push("   no git repo", pen.style(Role::Warning), Shrink::Drop),
        Some(repo) => {
            let head = repo.head.as_deref().map_or("no commit yet", |id| id.get(..8).unwrap_or(id));
            let branch = repo.branch.clone().unwrap_or_else(|| format!("detached at {head}"));
            line = line.fixed("  ", text).push(format!(" {branch}"), text, Shrink::End);
            let mut steps = String::new();
            if repo.ahead > 0 {
                steps.push_str(&format!(" ↑{}", repo.ahead));
            }
            if repo.behind > 0 {
                steps.push_str(&format!(" ↓{}", repo.behind));
            }
            line = line.push(steps, pen.style(Role::Link), Shrink::Drop);
            if let Some(operation) = &repo.operation {
                line = line.push(format!("   {operation} under way"), pen.style(Role::Warning), Shrink::Never);
            }
            let count = repo.changes.len();
            let (changed, role) =
                if count == 0 { ("clean".to_owned(), Role::Muted) } else { (format!("{count} changed"), Role::Update) };
            line = line.push(format!("   {changed}"), pen.style(role), Shrink::Drop);
        }
    }
    if !app.world.trusted {
        line = line.push("   not trusted", pen.style(Role::Warning), Shrink::Drop);
    }
    if let Some(status) = app.environment() {
        for (words, role) in environment_words(status, app.now, area.width) {
            line = line.right(words, pen.style(role));
        }
    }
    line = line.right(" ", text);
    pen.row(area.x, area.y, area.width, line);
}

fn environment_words(status: &EnvironmentStatus, now: SystemTime, cells: u16) -> Vec<(String, Role)> {
    let role = match of_health(status.health) {
        crate::app::marks::Mark::Ok => Role::Ok,
        crate::app::marks::Mark::Failed | crate::app::marks::Mark::Error => Role::Error,
        crate::app::marks::Mark::Running => Role::Running,
        crate::app::marks::Mark::Unknown => Role::Unknown,
        _ => Role::Muted,
    };
    let sign = if status.health == Health::Absent { "○" } else { "●" };
    let mut words = vec![(format!("{} ", status.name), Role::Text), (format!("{sign} {}", status.health.word()), role)];
    if cells >= 90 {
        if let Some(applied) = status.applied.filter(|_| status.health != Health::Absent) {
            words.push((format!(" · applied {}", ago(now, applied)), Role::Muted));
        }
        if let Some(behind) = status.behind.filter(|behind| *behind > 0) {
            words.push((format!(" · {behind} behind"), Role::Warning));
        }
    }
    words
}

/// Draws the line at the bottom.
pub fn walk(pen: &mut Pen<'_>, app: &App) {
    let area = app.layout.walk;
    if !app.pending.is_empty() {
        let row = continuations(pen, app);
        return pen.row(area.x, area.y, area.width, row);
    }
    let walk = of(app);
    let steps = steps_row(pen, app, &walk);
    let wide = steps.clone().wants();
    if let Some(says) = &app.says {
        let row = says_row(pen, app, says);
        // What is said stands beside the walk when both fit, else in its place.
        if wide + row.clone().wants() + 3 > usize::from(area.width) {
            return pen.row(area.x, area.y, area.width, row);
        }
        pen.row(area.x, area.y, wide as u16, steps);
        let x = area.x + wide as u16 + 2;
        return pen.row(x, area.y, area.width.saturating_sub(wide as u16 + 2), row);
    }
    // Where the whole sentence does not fit, the key and the step's name say enough.
    let room = usize::from(area.width).saturating_sub(wide + 3);
    let whole = hints_row(pen, app, &walk, &walk.say, room);
    let open = walk.steps.iter().find(|step| step.standing != Standing::Done);
    let hints = match open {
        Some(step) if whole.wants() > room => hints_row(pen, app, &walk, &step.label, room),
        _ => whole,
    };
    if wide + 20 <= usize::from(area.width) {
        pen.row(area.x, area.y, wide as u16, steps);
        let room = area.width.saturating_sub(wide as u16 + 3);
        let cells = (hints.clone().wants() as u16).min(room);
        pen.row(area.x + area.width - cells, area.y, cells, hints);
    } else {
        let short = short_row(pen, app, &walk);
        pen.row(area.x, area.y, area.width, short);
    }
}

fn step_sign(pen: &Pen<'_>, app: &App, standing: Standing) -> (&'static str, Role) {
    match standing {
        Standing::Done => ("●", Role::Ok),
        Standing::Next => ("◐", Role::Focus),
        Standing::Running => (pen.look.spinner(app.now), Role::Running),
        Standing::Failed => ("✗", Role::Error),
        Standing::Later => ("○", Role::Muted),
    }
}

fn steps_row(pen: &Pen<'_>, app: &App, walk: &Walk) -> Row {
    let mut row = Row::new().fixed(" ", pen.style(Role::Text));
    if walk.steps.is_empty() {
        return row.push(walk.say.as_str(), pen.style(Role::Muted), Shrink::End);
    }
    for (index, step) in walk.steps.iter().enumerate() {
        if index > 0 {
            row = row.fixed(" ── ", pen.style(Role::Border));
        }
        let (sign, role) = step_sign(pen, app, step.standing);
        let label = match step.standing {
            Standing::Later => Role::Muted,
            Standing::Next | Standing::Failed => Role::Heading,
            _ => Role::Text,
        };
        row = row.fixed(format!("{} ", step.label), pen.style(label)).fixed(sign, pen.style(role));
    }
    row
}

/// Where the walk stands, for terminals that cannot show all of it.
fn short_row(pen: &Pen<'_>, app: &App, walk: &Walk) -> Row {
    let mut row = Row::new().fixed(" ", pen.style(Role::Text));
    for step in &walk.steps {
        let (sign, role) = step_sign(pen, app, step.standing);
        row = row.fixed(sign, pen.style(role));
    }
    let open = walk.steps.iter().find(|step| step.standing != Standing::Done);
    if let Some(step) = open {
        row = row.fixed(format!(" {}", step.label), pen.style(Role::Heading));
    }
    let key = walk.command.map(|id| first_key(app, id)).unwrap_or_default();
    if !key.is_empty() {
        row = row.fixed(format!("  {key} "), pen.style(Role::Focus));
    }
    row.push(walk.say.as_str(), pen.style(Role::Muted), Shrink::End)
        .right("?", pen.style(Role::Focus))
        .right(" help", pen.style(Role::Muted))
}

fn first_key(app: &App, id: &str) -> String {
    app.keymap.keys_of(id).first().map(|keys| human(keys)).unwrap_or_default()
}

fn hints_row(pen: &Pen<'_>, app: &App, walk: &Walk, say: &str, room: usize) -> Row {
    let (key, muted) = (pen.style(Role::Focus), pen.style(Role::Muted));
    let mut row = Row::new();
    match walk.command {
        Some(id) => {
            row = row.fixed(first_key(app, id), key).push(format!(" {say}"), pen.style(Role::Text), Shrink::End);
        }
        None if !walk.steps.is_empty() => row = row.push(say, muted, Shrink::End),
        None => {}
    }
    for (id, word) in [("look.palette", "palette"), ("look.help", "help")] {
        let pair = row.clone().fixed(format!("  {}", first_key(app, id)), key).fixed(format!(" {word}"), muted);
        if pair.wants() < room {
            row = pair;
        }
    }
    row.fixed(" ", muted)
}

fn says_row(pen: &Pen<'_>, app: &App, says: &Says) -> Row {
    let row = Row::new().fixed(" ", pen.style(Role::Text));
    match says {
        Says::Notice(text) => row.push(text.as_str(), pen.style(Role::Text), Shrink::End),
        Says::Refusal(text) => {
            row.fixed("! ", pen.style(Role::Warning)).push(text.as_str(), pen.style(Role::Warning), Shrink::End)
        }
        Says::Fault(fault) => {
            let key = first_key(app, "session.fault");
            let more = format!("{key} tells the story ");
            row.fixed("✗ ", pen.style(Role::Error))
                .push(fault.line.as_str(), pen.style(Role::Error), Shrink::End)
                .right(more, pen.style(Role::Muted))
        }
    }
}

/// What can follow the keys that were pressed.
fn continuations(pen: &Pen<'_>, app: &App) -> Row {
    let (key, muted) = (pen.style(Role::Focus), pen.style(Role::Muted));
    let mut row = Row::new().fixed(format!(" {} … ", human(&app.pending)), key);
    for (keys, id) in app.keymap.continuations(&app.pending, app.gaze.focus) {
        let title = find_command(id).map_or(id, |command| command.title);
        row = row.push(format!(" {} {title} ", human(&keys)), muted, Shrink::End);
    }
    row
}

/// The keys of a command for texts inside overlays.
pub fn keys_for(app: &App, id: &str) -> String {
    keys_text(&app.keymap, id)
}

/// Whether the bottom line belongs to an overlay now.
pub fn is_covered(app: &App) -> bool {
    matches!(app.overlays.last(), Some(Overlay::Prompt(_)))
}

/// The cells that a text takes, for overlays that place a cursor.
pub fn cells(text: &str) -> u16 {
    width(text).min(usize::from(u16::MAX)) as u16
}
