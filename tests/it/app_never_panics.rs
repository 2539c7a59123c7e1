//! No run of keys, clicks, resizes and reports makes the workbench panic, and every frame can be drawn.

use std::sync::Arc;

use kilter::app::event::{ApplyPhase, Event, MouseInput, MouseKind};
use kilter::app::key::{KeyCode, KeyPress};
use kilter::model::plan::Plan;
use kilter::model::report::Fidelity;
use kilter::model::run::JobState;
use kilter::ui::colour::Depth;
use kilter::ui::look::Look;
use kilter::ui::theme::Theme;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::scene;

fn key() -> impl Strategy<Value = Event> {
    let named = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
    ]);
    let letters =
        prop::sample::select("jkhlgG123456789+_/nNf][cdt eycxXavDpPrRbHi:?uzZ.*mSoL!C\\(".chars().collect::<Vec<_>>());
    prop_oneof![
        6 => letters.prop_map(KeyPress::char),
        1 => any::<char>().prop_map(KeyPress::char),
        2 => named.prop_map(KeyPress::plain),
        1 => prop::sample::select("dunpstwkl".chars().collect::<Vec<_>>()).prop_map(KeyPress::ctrl),
    ]
    .prop_map(Event::Key)
}

fn event() -> impl Strategy<Value = Event> {
    let kinds = [MouseKind::Click, MouseKind::DoubleClick, MouseKind::ScrollUp, MouseKind::ScrollDown];
    prop_oneof![
        12 => key(),
        2 => (0u16..200, 0u16..80).prop_map(|(width, height)| Event::Resize(width, height)),
        2 => (prop::sample::select(kinds.to_vec()), 0u16..200, 0u16..80)
            .prop_map(|(kind, x, y)| Event::Mouse(MouseInput { kind, x, y })),
        1 => ".{0,12}".prop_map(Event::Paste),
        1 => prop::sample::select(reports()),
    ]
}

fn reports() -> Vec<Event> {
    vec![
        Event::Plan(Arc::new(scene::plan_report("web", Plan::default(), Fidelity::Planned))),
        Event::Plan(Arc::new(scene::plan_report("web", scene::plan(), Fidelity::Refreshed))),
        Event::Snapshot(Arc::new(kilter::model::snapshot::RepoSnapshot::default())),
        Event::Snapshot(Arc::new(scene::snapshot())),
        Event::Stacks(kilter::app::event::StackList::default()),
        Event::Stacks(scene::stacks()),
        Event::Diff(scene::diff()),
        Event::Run(Arc::new(scene::run(JobState::Failed))),
        Event::ApplyPrepared(scene::offer(false)),
        Event::ApplyProgress(scene::progress("local_file.a", ApplyPhase::Failed, "no\nroom")),
        Event::Tick(scene::now() + std::time::Duration::from_secs(100_000)),
        Event::Log("log".to_owned(), vec!["a\u{1b}[2J".to_owned(); 50]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn no_run_of_events_panics(
        width in 0u16..200,
        height in 0u16..70,
        plain in any::<bool>(),
        events in prop::collection::vec(event(), 1..60),
    ) {
        let mut app = scene::full(width, height);
        let look = Look::new(Theme::for_background(true, Depth::True), plain);
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
        for event in events {
            if let Event::Resize(width, height) = event {
                terminal.backend_mut().resize(width, height);
                terminal.resize(ratatui::layout::Rect::new(0, 0, width, height)).expect("a size");
            }
            app.update(event);
            terminal.draw(|frame| kilter::ui::view(&app, &look, frame)).expect("a frame");
        }
    }
}
