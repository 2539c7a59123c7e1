//! Finding rows: search and filter.

use crate::app::command::entry::{Command, Possible, always, nothing};
use crate::app::effect::Effect;
use crate::app::filter::pattern;
use crate::app::layout::Pane;
use crate::app::overlay::Overlay;
use crate::app::overlay::prompt::{Prompt, PromptKind};
use crate::app::state::App;

/// The commands.
pub const COMMANDS: &[Command] = &[
    Command {
        id: "find.search",
        title: "Search",
        doc: "Jumps to rows that hold a text (a regular expression).",
        keys: &["/"],
        panes: &[],
        possible: always,
        run: |app| prompt(app, PromptKind::Search),
    },
    Command {
        id: "find.next",
        title: "Next hit",
        doc: "Jumps to the next row that holds the text.",
        keys: &["n"],
        panes: &[],
        possible: has_search,
        run: |app| again(app, true),
    },
    Command {
        id: "find.previous",
        title: "Previous hit",
        doc: "Jumps to the row before that holds the text.",
        keys: &["N"],
        panes: &[],
        possible: has_search,
        run: |app| again(app, false),
    },
    Command {
        id: "find.filter",
        title: "Filter",
        doc: "Shows only the rows that fit: a regular expression, `!` inverts, `action:create` for plan actions; empty shows all.",
        keys: &["f"],
        panes: &[],
        possible: has_filter,
        run: |app| prompt(app, PromptKind::Filter),
    },
];

fn has_search(app: &App) -> Possible {
    app.finding.search.as_ref().map(|_| ()).ok_or_else(|| "nothing was searched yet: / searches".to_owned())
}

fn has_filter(app: &App) -> Possible {
    match app.gaze.focus {
        Pane::Diff | Pane::Environment => Err(format!("{} has no filter: / searches in it", app.gaze.focus.title())),
        _ => Ok(()),
    }
}

fn prompt(app: &mut App, kind: PromptKind) -> Vec<Effect> {
    let from = app.list(app.gaze.focus).index();
    let mut prompt = Prompt::new(kind, from, false);
    if let (PromptKind::Filter, Some(filter)) = (kind, app.finding.filters.get(&app.gaze.focus)) {
        prompt.text.insert(filter.source());
    }
    app.overlays.push(Overlay::Prompt(prompt));
    nothing()
}

fn again(app: &mut App, forwards: bool) -> Vec<Effect> {
    let from = app.list(app.gaze.focus).index();
    if let Some(search) = app.finding.search.clone()
        && !search_from(app, &search, from, forwards, false)
    {
        app.refuse(format!("no row holds `{search}`"));
    }
    nothing()
}

/// Selects the next row that holds the text, around the end; `here` counts the row it starts from too.
pub fn search_from(app: &mut App, text: &str, from: usize, forwards: bool, here: bool) -> bool {
    let pane = app.gaze.focus;
    let count = app.list(pane).len();
    let Ok(regex) = pattern(text) else { return false };
    let first = usize::from(!here);
    let nth = |step: usize| {
        let step = step % count;
        if forwards { (from + step) % count } else { (from + count - step) % count }
    };
    let found = (first..count + first).map(nth).find(|at| regex.is_match(&app.list(pane).text(*at)));
    if let Some(at) = found {
        app.list_mut(pane).select(at);
        crate::app::command::cursor::moved(app, pane);
    }
    found.is_some()
}
