//! Leaving, going back, trust, and the story behind a fault.

use crate::app::command::entry::{Command, Possible, always, nothing};
use crate::app::effect::Effect;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::{Confirm, Need};
use crate::app::overlay::reader::Reader;
use crate::app::screen::line::{Tone, ToneLine};
use crate::app::state::App;

macro_rules! plain {
    ($id:literal, $keys:expr, $title:literal, $doc:literal, $possible:expr, $run:expr) => {
        Command { id: $id, title: $title, doc: $doc, keys: $keys, panes: &[], possible: $possible, run: $run }
    };
}

/// The commands.
pub const COMMANDS: &[Command] = &[
    plain!(
        "session.back",
        &["q"],
        "Back, or quit",
        "Brings zoomed panes back; at the root it quits, asking when something runs.",
        always,
        |app| if app.gaze.zoomed { unzoom(app) } else { quit(app) }
    ),
    plain!(
        "session.escape",
        &["<esc>"],
        "Back out",
        "Takes back the zoom, else the filter of this pane; never quits.",
        always,
        escape
    ),
    plain!(
        "session.quit",
        &["<c-c>"],
        "Quit",
        "Quits, asking when something runs that would be left half done.",
        always,
        quit
    ),
    plain!(
        "session.suspend",
        &["<c-z>"],
        "Suspend",
        "Gives the terminal back to the shell; `fg` returns.",
        always,
        |_| vec![Effect::Suspend]
    ),
    plain!(
        "session.fault",
        &["!"],
        "The story of the last fault",
        "Shows everything known about the last thing that broke.",
        has_fault,
        story
    ),
    plain!(
        "trust.grant",
        &[],
        "Trust this repo",
        "Allows tools, hooks and commands of this repo to run; remembered outside the repo.",
        |app| if app.world.trusted { Err("this repo is trusted already".to_owned()) } else { Ok(()) },
        |_| vec![Effect::GrantTrust]
    ),
    plain!(
        "trust.revoke",
        &[],
        "Trust this repo no more",
        "Nothing that this repo brings runs any more.",
        |app| if app.world.trusted { Ok(()) } else { Err("this repo is not trusted".to_owned()) },
        |_| vec![Effect::RevokeTrust]
    ),
];

fn unzoom(app: &mut App) -> Vec<Effect> {
    app.gaze.zoomed = false;
    app.relayout();
    nothing()
}

fn escape(app: &mut App) -> Vec<Effect> {
    if app.gaze.zoomed {
        return unzoom(app);
    }
    if app.finding.filters.remove(&app.gaze.focus).is_some() {
        app.mark([app.gaze.focus]);
    }
    app.finding.search = None;
    nothing()
}

fn quit(app: &mut App) -> Vec<Effect> {
    let delicate: Vec<String> = app
        .jobs
        .running()
        .filter(|note| note.start.kind.is_delicate())
        .map(|note| note.start.kind.word().to_owned())
        .collect();
    if delicate.is_empty() {
        return app.leave();
    }
    let lines = vec![
        ToneLine::new(Tone::Text, format!("At work: {}.", delicate.join(", "))),
        ToneLine::new(Tone::Muted, "Quitting interrupts it; an interrupted apply is completed by applying again."),
    ];
    let effects = app.leave();
    app.overlays.push(Overlay::Confirm(Confirm::new("Quit while something runs?", lines, Need::Key, effects)));
    nothing()
}

fn has_fault(app: &App) -> Possible {
    app.last_fault.as_ref().map(|_| ()).ok_or_else(|| "nothing broke".to_owned())
}

fn story(app: &mut App) -> Vec<Effect> {
    let Some(fault) = &app.last_fault else { return nothing() };
    let mut lines = vec![ToneLine::new(Tone::Error, fault.line.clone())];
    if !fault.hint.is_empty() {
        lines.push(ToneLine::new(Tone::Text, fault.hint.clone()));
    }
    lines.push(ToneLine::new(Tone::Text, ""));
    lines.extend(fault.story.iter().map(|line| ToneLine::new(Tone::Muted, line.clone())));
    app.overlays.push(Overlay::Reader(Reader::new("What broke", lines)));
    nothing()
}
