//! The workbench's loop: events in, `App::update`, effects out, a frame when one is due. It never waits for anything but
//! the next event; idle, it sleeps.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use crossterm::event::EventStream;
use futures_util::StreamExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::app::event::{AppSettings, Event, Fault};
use crate::app::{App, Effect};
use crate::runtime::live::Live;
use crate::runtime::perform::Performer;
use crate::runtime::world::World;
use crate::runtime::{ui_state, watching};
use crate::shell::input::Translator;
use crate::shell::terminal::{Screen, editor_words};
use crate::shell::{clipboard, look};
use crate::ui::Look;

/// How the person wants the screen to look, by flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looks {
    /// No colours.
    pub no_color: bool,
    /// ASCII only.
    pub plain: bool,
}

/// Runs the workbench until the person quits.
///
/// # Errors
/// When the terminal is gone or the system gives no threads.
pub fn run(world: World, looks: Looks) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build()?;
    let context = runtime.enter();
    // Before the terminal is taken: from then on a signal must find somebody who gives it back.
    let ends = [signal(SignalKind::terminate())?, signal(SignalKind::hangup())?];
    drop(context);
    let outcome = runtime.block_on(Shell::open(Arc::new(world), looks)?.run(ends));
    // Jobs that are still at work belong to nobody any more; what must not be cut short asked before quitting.
    runtime.shutdown_background();
    outcome
}

struct Shell {
    app: App,
    screen: Screen,
    look: Look,
    looks: Looks,
    performer: Option<Performer>,
    world: Arc<World>,
    wake: Option<SystemTime>,
    quit: bool,
    translator: Translator,
}

/// What one turn of the loop waited for.
enum Turn {
    Terminal(Option<io::Result<crossterm::event::Event>>),
    World(Event),
    Wake,
    Signal,
}

impl Shell {
    fn open(world: Arc<World>, looks: Looks) -> io::Result<Self> {
        let look = look::choose(&world, looks);
        let settings = settings(&world);
        let mut screen = Screen::open(settings.mouse)?;
        let size = screen.size()?;
        let mut app = App::new(settings, world.clock.now(), size);
        if let Some(state) = ui_state::load(&world) {
            app.restore(state);
        }
        // The first frame waits for nothing: not for git, not for a tool, not for what is remembered.
        screen.draw(&app, &look)?;
        app.drawn();
        Ok(Shell {
            app,
            screen,
            look,
            looks,
            performer: None,
            world,
            wake: None,
            quit: false,
            translator: Translator::default(),
        })
    }

    async fn run(mut self, mut ends: [Signal; 2]) -> io::Result<()> {
        let (sender, mut events) = unbounded_channel();
        let live = Live::new(self.world.clone(), sender);
        self.performer = Some(Performer::new(live.clone()));
        live.open();
        self.tell_first();
        let watcher = watching::start(&live)?;
        let mut keys = EventStream::new();
        while !self.quit {
            let turn = self.wait(&mut keys, &mut events, &mut ends).await;
            match turn {
                // The terminal is gone: nobody is there to be asked anything.
                Turn::Terminal(None | Some(Err(_))) | Turn::Signal => break,
                Turn::Terminal(Some(Ok(event))) => self.terminal_event(event, &mut keys)?,
                Turn::World(event) => self.take_in(event, &mut events, &mut keys)?,
                Turn::Wake => {
                    self.wake = None;
                    self.tick(&mut keys)?;
                }
            }
            self.draw()?;
        }
        drop(watcher);
        ui_state::save(&self.world, &self.app.ui_state());
        live.close();
        Ok(())
    }

    fn tell_first(&mut self) {
        let mut first = vec![Event::Trust(self.world.is_trusted())];
        first.extend(self.world.complaints.iter().map(|complaint| {
            let place = complaint.subject.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
            Event::Fault(Fault {
                line: format!("{place}{}", complaint.summary),
                hint: complaint.detail.clone(),
                story: Vec::new(),
            })
        }));
        for event in first {
            // What it wishes at this moment concerns no terminal.
            for effect in self.app.update(event) {
                self.perform_quietly(effect);
            }
        }
    }

    async fn wait(
        &self,
        keys: &mut EventStream,
        events: &mut UnboundedReceiver<Event>,
        ends: &mut [Signal; 2],
    ) -> Turn {
        let nap = self.wake.map(|at| at.duration_since(self.world.clock.now()).unwrap_or_default());
        let [terminate, hangup] = ends;
        tokio::select! {
            key = keys.next() => Turn::Terminal(key),
            Some(event) = events.recv() => Turn::World(event),
            () = tokio::time::sleep(nap.unwrap_or_default()), if nap.is_some() => Turn::Wake,
            _ = terminate.recv() => Turn::Signal,
            _ = hangup.recv() => Turn::Signal,
        }
    }

    fn terminal_event(&mut self, event: crossterm::event::Event, keys: &mut EventStream) -> io::Result<()> {
        self.tick(keys)?;
        match self.translator.translate(event, self.world.clock.elapsed()) {
            Some(event) => self.update(event, keys),
            None => Ok(()),
        }
    }

    /// Takes an event in, and all that wait behind it, so that a burst costs one frame.
    fn take_in(
        &mut self,
        event: Event,
        events: &mut UnboundedReceiver<Event>,
        keys: &mut EventStream,
    ) -> io::Result<()> {
        self.tick(keys)?;
        self.update(event, keys)?;
        while let Ok(event) = events.try_recv() {
            self.update(event, keys)?;
        }
        Ok(())
    }

    fn tick(&mut self, keys: &mut EventStream) -> io::Result<()> {
        let now = self.world.clock.now();
        self.update(Event::Tick(now), keys)
    }

    fn update(&mut self, event: Event, keys: &mut EventStream) -> io::Result<()> {
        for effect in self.app.update(event) {
            self.perform(effect, keys)?;
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        if self.app.is_dirty() && !self.quit {
            self.screen.draw(&self.app, &self.look)?;
            self.app.drawn();
        }
        Ok(())
    }

    fn perform_quietly(&mut self, effect: Effect) -> Option<Effect> {
        self.performer.as_ref().map_or(Some(effect.clone()), |performer| performer.perform(effect))
    }

    fn perform(&mut self, effect: Effect, keys: &mut EventStream) -> io::Result<()> {
        match self.perform_quietly(effect) {
            None => Ok(()),
            Some(Effect::Quit) => {
                self.quit = true;
                Ok(())
            }
            Some(Effect::WakeAt(at)) => {
                self.wake = at;
                Ok(())
            }
            Some(Effect::Copy(text)) => {
                let tmux = std::env::var_os("TMUX").is_some();
                let copied = clipboard::copy(&text, tmux).map_err(|error| Fault::new(format!("not copied: {error}")));
                self.update(Event::Copied(copied), keys)
            }
            Some(Effect::Redraw) => self.screen.redraw(),
            Some(Effect::ChooseTheme(name)) => {
                self.look = look::named(&self.world, &name, self.looks);
                self.update(Event::ThemeChanged(name), keys)
            }
            Some(Effect::Suspend) => self.away(keys, Screen::suspend)?.or(Ok(())),
            Some(Effect::OpenEditor { path, line, column }) => self.edit(&path, line, column, keys),
            Some(_) => Ok(()),
        }
    }

    fn edit(
        &mut self,
        path: &crate::model::place::RepoPath,
        line: u32,
        column: u32,
        keys: &mut EventStream,
    ) -> io::Result<()> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let editor = set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned());
        let file = self.world.on_disk(path);
        let words = editor_words(&editor, &file.to_string_lossy(), line, column);
        let root = self.world.root().to_path_buf();
        let ended = self.away(keys, |screen| screen.lend(&words, &root))?;
        let fault = match ended {
            Ok(status) if status.success() => None,
            Ok(status) => Some(Fault::new(format!("the editor ended with {status}: {editor}"))),
            Err(error) => Some(Fault {
                line: format!("the editor could not be started: {editor}: {error}"),
                hint: "set EDITOR to an editor that is installed".to_owned(),
                story: Vec::new(),
            }),
        };
        self.update(Event::EditorClosed(fault), keys)
    }

    /// Gives the terminal away while `work` has it. Keys are not read meanwhile: they are the other program's.
    fn away<R>(
        &mut self,
        keys: &mut EventStream,
        work: impl FnOnce(&mut Screen) -> io::Result<R>,
    ) -> io::Result<io::Result<R>> {
        // A stream that was never polled reads nothing; the one that was stops when it is dropped.
        *keys = EventStream::new();
        let done = tokio::task::block_in_place(|| work(&mut self.screen));
        let (width, height) = self.screen.size()?;
        self.update(Event::Resize(width, height), keys)?;
        Ok(done)
    }
}

/// What the screen obeys of the settings.
fn settings(world: &World) -> AppSettings {
    let root = world.root();
    let name = root.file_name().map_or_else(|| root.display().to_string(), |name| name.to_string_lossy().into_owned());
    AppSettings {
        name,
        environment: world.environment_name(),
        keys: world.settings.keys.clone().into_iter().collect(),
        hidden_attributes: world.settings.plan.hide.clone(),
        mouse: world.settings.ui.mouse,
        themes: look::names(world),
        ..AppSettings::default()
    }
}
