//! What keys do: to the topmost overlay, else through the key map to a command.

use crate::app::command::environment::ask_for_name;
use crate::app::command::find::search_from;
use crate::app::command::plan::{go_to_change, go_to_hunk};
use crate::app::command::table;
use crate::app::effect::Effect;
use crate::app::event::Operation;
use crate::app::filter::{Filter, pattern};
use crate::app::key::{KeyCode, KeyPress, human};
use crate::app::keymap::Meaning;
use crate::app::layout::Pane;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::{Confirm, Need};
use crate::app::overlay::message::MessageEditor;
use crate::app::overlay::picker::{Choice, Picker};
use crate::app::overlay::prompt::{Prompt, PromptKind};
use crate::app::overlay::reader::Reader;
use crate::app::state::{App, Says};

/// What an overlay wants after a key.
enum Then {
    /// It stays.
    Stay,
    /// It goes.
    Close,
    /// It goes, and these effects happen.
    Do(Vec<Effect>),
    /// It goes, and this choice is made.
    Choose(Choice),
    /// A search begins in it.
    Search,
}

/// A key was pressed.
pub fn press(app: &mut App, key: KeyPress) -> Vec<Effect> {
    app.inner.dirty = true;
    if let Some(overlay) = app.overlays.pop() {
        return press_overlay(app, overlay, key);
    }
    app.says = None;
    if key.code == KeyCode::Esc && !app.pending.is_empty() {
        app.pending.clear();
        return Vec::new();
    }
    app.pending.push(key);
    match app.keymap.meaning(&app.pending, app.gaze.focus) {
        Meaning::Prefix => Vec::new(),
        Meaning::Command(id) => {
            app.pending.clear();
            run(app, id)
        }
        Meaning::Nothing => {
            let keys = std::mem::take(&mut app.pending);
            app.refuse(format!("{} does nothing here: ? shows the keys", human(&keys)));
            Vec::new()
        }
    }
}

fn run(app: &mut App, id: &str) -> Vec<Effect> {
    table::find_command(id).map(|command| table::run(app, command)).unwrap_or_default()
}

/// Text was pasted.
pub fn paste(app: &mut App, text: &str) -> Vec<Effect> {
    app.inner.dirty = true;
    match app.overlays.last_mut() {
        Some(Overlay::Message(editor)) => editor.text.insert(text),
        Some(Overlay::Confirm(confirm)) => confirm.typed.insert(text),
        Some(Overlay::Picker(picker)) => {
            if let Some(query) = &mut picker.query {
                query.insert(text);
                picker.refresh();
            }
        }
        Some(Overlay::Prompt(_)) => {
            if let Some(Overlay::Prompt(mut prompt)) = app.overlays.pop() {
                prompt.text.insert(text);
                typed(app, &mut prompt);
                app.overlays.push(Overlay::Prompt(prompt));
            }
        }
        // Pasted text never runs as keys.
        Some(Overlay::Reader(_)) | None => app.refuse("nothing here takes pasted text"),
    }
    Vec::new()
}

fn press_overlay(app: &mut App, mut overlay: Overlay, key: KeyPress) -> Vec<Effect> {
    let height = app.reader_height();
    if key == KeyPress::ctrl('c') {
        keep_draft(app, &overlay);
        return run(app, "session.quit");
    }
    if key == KeyPress::ctrl('z') {
        app.overlays.push(overlay);
        return run(app, "session.suspend");
    }
    let then = match &mut overlay {
        Overlay::Reader(reader) => press_reader(reader, key, height),
        Overlay::Picker(picker) => press_picker(picker, key, app.picker_height()),
        Overlay::Confirm(confirm) => press_confirm(confirm, key, height),
        Overlay::Message(editor) => press_message(editor, key),
        Overlay::Prompt(prompt) => press_prompt(app, prompt, key),
    };
    match then {
        Then::Stay => {
            app.overlays.push(overlay);
            Vec::new()
        }
        Then::Close => {
            keep_draft(app, &overlay);
            Vec::new()
        }
        Then::Do(effects) => {
            keep_draft(app, &overlay);
            after_yes(app, &effects);
            effects
        }
        Then::Choose(choice) => choose(app, choice),
        Then::Search => {
            app.overlays.push(overlay);
            app.overlays.push(Overlay::Prompt(Prompt::new(PromptKind::Search, 0, true)));
            Vec::new()
        }
    }
}

/// What was written of a commit message stays for the next time.
fn keep_draft(app: &mut App, overlay: &Overlay) {
    if let Overlay::Message(editor) = overlay {
        app.draft = editor.text.content();
    }
}

/// Shows where what was confirmed can be watched.
fn after_yes(app: &mut App, effects: &[Effect]) {
    let watched =
        |effect: &Effect| matches!(effect, Effect::Apply { .. } | Effect::Destroy { .. } | Effect::Rebuild { .. });
    if effects.iter().any(watched) {
        app.world.applying.clear();
        app.world.applied = None;
        // What was found out before is not about what will be there.
        let environment = app.environment_name().to_owned();
        app.world.verified.remove(&environment);
        app.world.drifted.remove(&environment);
        app.focus(Pane::Activity);
        app.inner.watching = true;
        app.mark([Pane::Activity]);
    }
}

fn choose(app: &mut App, choice: Choice) -> Vec<Effect> {
    match choice {
        Choice::Command(id) => run(app, id),
        Choice::Effect(effect) => {
            if let Effect::RunChecks { .. } = effect {
                app.focus(Pane::Checks);
            }
            vec![effect]
        }
        Choice::PlanChange(at) => {
            go_to_change(app, at);
            Vec::new()
        }
        Choice::Hunk(at) => {
            go_to_hunk(app, at);
            Vec::new()
        }
        Choice::Rebuild => {
            ask_for_name(app, Operation::Rebuild);
            Vec::new()
        }
        Choice::Destroy => {
            ask_for_name(app, Operation::Destroy);
            Vec::new()
        }
    }
}

fn closes(key: KeyPress) -> bool {
    key.code == KeyCode::Esc || key == KeyPress::char('q')
}

fn press_reader(reader: &mut Reader, key: KeyPress, height: usize) -> Then {
    if closes(key) || key == KeyPress::char('?') {
        return Then::Close;
    }
    if reader.press(key, height) {
        return Then::Stay;
    }
    match (key.typed(), reader.place.clone()) {
        (Some('/'), _) => Then::Search,
        (Some('n'), _) => {
            reader.find(true, height);
            Then::Stay
        }
        (Some('N'), _) => {
            reader.find(false, height);
            Then::Stay
        }
        (Some('y'), _) => {
            let lines: Vec<&str> = reader.lines.told.iter().map(|line| line.text.as_str()).collect();
            Then::Do(vec![Effect::Copy(lines.join("\n"))])
        }
        (Some('e'), Some((path, line))) => Then::Do(vec![Effect::OpenEditor { path, line: line.max(1), column: 1 }]),
        _ => Then::Stay,
    }
}

fn press_picker(picker: &mut Picker, key: KeyPress, height: usize) -> Then {
    let page = height.max(1) as isize;
    match (key.code, key.ctrl) {
        (KeyCode::Esc, _) => return Then::Close,
        (KeyCode::Enter, _) => {
            return match picker.current() {
                Some(item) if item.impossible.is_none() => Then::Choose(item.choice.clone()),
                Some(_) => Then::Stay,
                None => Then::Close,
            };
        }
        (KeyCode::Down, _) | (KeyCode::Char('n'), true) => picker.step(1, height),
        (KeyCode::Up, _) | (KeyCode::Char('p'), true) => picker.step(-1, height),
        (KeyCode::PageDown, _) => picker.step(page, height),
        (KeyCode::PageUp, _) => picker.step(-page, height),
        _ => match &mut picker.query {
            Some(query) => {
                if query.press(key) {
                    picker.refresh();
                }
            }
            None => return press_menu(picker, key, height),
        },
    }
    Then::Stay
}

fn press_menu(picker: &mut Picker, key: KeyPress, height: usize) -> Then {
    if let Some(c) = key.typed() {
        let mut letter = [0; 4];
        let letter: &str = c.encode_utf8(&mut letter);
        let hit = picker.items.iter().find(|item| item.keys == letter && item.impossible.is_none());
        if let Some(item) = hit {
            return Then::Choose(item.choice.clone());
        }
        match c {
            'q' => return Then::Close,
            'j' => picker.step(1, height),
            'k' => picker.step(-1, height),
            _ => {}
        }
    }
    Then::Stay
}

fn press_confirm(confirm: &mut Confirm, key: KeyPress, height: usize) -> Then {
    let most = confirm.lines.shown.len().saturating_sub(height.saturating_sub(4).max(1));
    let scroll = |confirm: &mut Confirm, by: isize| confirm.offset = confirm.offset.saturating_add_signed(by).min(most);
    match (&confirm.need, key.code, key.ctrl) {
        (_, KeyCode::Esc, _) => return Then::Close,
        (_, KeyCode::Down, _) => scroll(confirm, 1),
        (_, KeyCode::Up, _) => scroll(confirm, -1),
        (_, KeyCode::PageDown, _) => scroll(confirm, height as isize / 2),
        (_, KeyCode::PageUp, _) => scroll(confirm, -(height as isize) / 2),
        (Need::Nothing, KeyCode::Enter | KeyCode::Char('q' | 'n'), _) => return Then::Close,
        (Need::Key, KeyCode::Char('y') | KeyCode::Enter, false) => return Then::Do(confirm.effects.clone()),
        (Need::Key, KeyCode::Char('n' | 'q'), false) => return Then::Close,
        (Need::Typed(_), KeyCode::Enter, _) if confirm.is_met() => return Then::Do(confirm.effects.clone()),
        (Need::Typed(_), KeyCode::Enter, _) => {}
        (Need::Typed(_), _, _) => {
            confirm.typed.press(key);
        }
        (_, KeyCode::Char('j'), false) => scroll(confirm, 1),
        (_, KeyCode::Char('k'), false) => scroll(confirm, -1),
        _ => {}
    }
    Then::Stay
}

fn press_message(editor: &mut MessageEditor, key: KeyPress) -> Then {
    editor.problem = None;
    let commits = key == KeyPress::ctrl('s') || (key.code == KeyCode::Enter && (key.ctrl || key.alt));
    if key.code == KeyCode::Esc {
        return Then::Close;
    }
    if key == KeyPress::ctrl('t') {
        if editor.trailers.is_empty() {
            editor.problem = Some("the plans show no change: there is nothing to put in".to_owned());
        }
        editor.with_trailers = !editor.with_trailers && !editor.trailers.is_empty();
        return Then::Stay;
    }
    if !commits {
        editor.text.press(key);
        return Then::Stay;
    }
    match editor.message() {
        Some(message) => Then::Do(vec![Effect::Commit { message }]),
        None => {
            editor.problem = Some("an empty message is no commit: say what changes and why".to_owned());
            Then::Stay
        }
    }
}

fn press_prompt(app: &mut App, prompt: &mut Prompt, key: KeyPress) -> Then {
    match key.code {
        KeyCode::Esc => {
            cancel_prompt(app, prompt);
            return Then::Close;
        }
        KeyCode::Enter => return finish_prompt(app, prompt),
        KeyCode::Backspace if prompt.text.is_empty() => {
            cancel_prompt(app, prompt);
            return Then::Close;
        }
        _ => {}
    }
    if prompt.text.press(key) {
        typed(app, prompt);
    }
    Then::Stay
}

/// The line changed: searches and filters work while they are typed.
fn typed(app: &mut App, prompt: &mut Prompt) {
    let text = prompt.text.content();
    prompt.problem = pattern(text.trim_start_matches('!')).err();
    if prompt.in_reader || prompt.problem.is_some() {
        return;
    }
    match prompt.kind {
        PromptKind::Search if !text.is_empty() => {
            search_from(app, &text, prompt.from, true, true);
        }
        PromptKind::Search => {}
        PromptKind::Filter => set_filter(app, &text),
    }
}

fn set_filter(app: &mut App, text: &str) {
    let pane = app.gaze.focus;
    if text.is_empty() || text == "!" {
        app.finding.filters.remove(&pane);
    } else if let Ok(filter) = Filter::parse(text) {
        app.finding.filters.insert(pane, filter);
    }
    app.mark([pane]);
}

fn cancel_prompt(app: &mut App, prompt: &Prompt) {
    let pane = app.gaze.focus;
    match prompt.kind {
        PromptKind::Search if !prompt.in_reader => app.list_mut(pane).select(prompt.from),
        PromptKind::Search => {}
        PromptKind::Filter => set_filter(app, ""),
    }
}

fn finish_prompt(app: &mut App, prompt: &mut Prompt) -> Then {
    let text = prompt.text.content();
    if prompt.problem.is_some() {
        return Then::Stay;
    }
    let height = app.reader_height();
    match prompt.kind {
        PromptKind::Search if text.is_empty() => {}
        PromptKind::Search if prompt.in_reader => {
            if let Some(Overlay::Reader(reader)) = app.overlays.last_mut() {
                reader.search = Some(text.clone());
                if !reader.find(true, height) {
                    app.refuse(format!("no line holds `{text}`"));
                }
            }
        }
        PromptKind::Search => {
            if !search_from(app, &text, prompt.from, true, true) {
                app.says = Some(Says::Refusal(format!("no row holds `{text}`")));
            }
            app.finding.search = Some(text);
        }
        PromptKind::Filter => set_filter(app, &text),
    }
    Then::Close
}

/// The columns of an overlay to read: as many as there are, but longer lines are hard to read.
pub fn overlay_columns(screen: u16) -> u16 {
    screen.saturating_sub(if screen < 60 { 0 } else { 4 }).min(110)
}

impl App {
    /// How many lines an overlay to read shows.
    pub fn reader_height(&self) -> usize {
        usize::from(self.layout.screen.height.saturating_sub(6)).max(1)
    }

    /// How many cells a line has in an overlay to read.
    pub fn reader_cells(&self) -> usize {
        usize::from(overlay_columns(self.layout.screen.width).saturating_sub(4))
    }

    /// How many items an overlay to choose from shows.
    pub fn picker_height(&self) -> usize {
        usize::from(self.layout.screen.height.saturating_sub(8)).max(1)
    }

    /// Runs a command by its id, as the palette does.
    pub fn run_command(&mut self, id: &str) -> Vec<Effect> {
        run(self, id)
    }
}
