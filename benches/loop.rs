//! The live loop on the sample repo: what a save costs, and what a key costs.
//!
//! `cargo bench --bench loop` prints medians. A save's way to the screen is debounce (12 ms) + preview + frame; lint, tests
//! and git's snapshot run beside the preview.

#![allow(clippy::disallowed_methods, reason = "a bench lays its own files out")]

use std::sync::Arc;
use std::time::SystemTime;

use divan::Bencher;
use kilter::app::App;
use kilter::app::event::{AppSettings, Event, StackList};
use kilter::app::key::KeyPress;
use kilter::engine::TestOptions;
use kilter::guide::sample;
use kilter::model::id::Generation;
use kilter::model::stack::Stack;
use kilter::runtime::work::{lint, preview, scan, test};
use kilter::runtime::world::World;
use kilter::sys::files::RealFiles;
use kilter::ui::colour::Depth;
use kilter::ui::{Look, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn main() {
    divan::main();
}

/// The sample repo in a temporary directory, opened.
struct Sample {
    _directory: tempfile::TempDir,
    world: World,
    web: Stack,
}

impl Sample {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let repo = directory.path().join("shop");
        sample::lay_out(&repo, &RealFiles).expect("the sample is laid out");
        let world = World::open(&repo, false).expect("the sample is a repo");
        let web = scan::named(&world, &["web".to_owned()]).expect("the stack is there").remove(0);
        Sample { _directory: directory, world, web }
    }
}

#[divan::bench]
fn open_the_world(bencher: Bencher<'_, '_>) {
    let sample = Sample::new();
    bencher.bench_local(|| World::open(sample.world.root(), false).expect("the sample is a repo"));
}

#[divan::bench]
fn discover_stacks(bencher: Bencher<'_, '_>) {
    let sample = Sample::new();
    bencher.bench_local(|| scan::stacks(&sample.world));
}

#[divan::bench]
fn git_snapshot(bencher: Bencher<'_, '_>) {
    let sample = Sample::new();
    bencher.bench_local(|| scan::snapshot(&sample.world).expect("git answers"));
}

#[divan::bench]
fn preview_of_web(bencher: Bencher<'_, '_>) {
    let sample = Sample::new();
    let ask = preview::PreviewAsk::default();
    bencher.bench_local(|| preview::preview(&sample.world, &sample.web, &ask, Generation(1)));
}

#[divan::bench]
fn lint_of_web(bencher: Bencher<'_, '_>) {
    let sample = Sample::new();
    bencher.bench_local(|| lint::lint(&sample.world, &sample.web, Generation(1)));
}

#[divan::bench]
fn tests_of_web(bencher: Bencher<'_, '_>) {
    let sample = Sample::new();
    bencher.bench_local(|| test::test_after_save(&sample.world, &sample.web, &TestOptions::default(), Generation(1)));
}

/// A workbench with everything of the sample in it, and a terminal of 120×40 cells.
fn full_workbench(sample: &Sample) -> (App, Terminal<TestBackend>, Look) {
    let mut app = App::new(AppSettings::default(), SystemTime::now(), (120, 40));
    let stacks = scan::stacks(&sample.world);
    app.update(Event::Stacks(StackList { stacks, tools: Default::default() }));
    app.update(Event::Snapshot(Arc::new(scan::snapshot(&sample.world).expect("git answers"))));
    let (plan, _) = preview::preview(&sample.world, &sample.web, &preview::PreviewAsk::default(), Generation(1));
    app.update(Event::Plan(Arc::new(plan)));
    app.update(Event::Lint(Arc::new(lint::lint(&sample.world, &sample.web, Generation(1)).0)));
    let tests = test::test_after_save(&sample.world, &sample.web, &TestOptions::default(), Generation(1)).0;
    app.update(Event::Tests(Arc::new(tests)));
    let terminal = Terminal::new(TestBackend::new(120, 40)).expect("a test terminal");
    (app, terminal, Look::for_terminal(None, true, Depth::True, false))
}

#[divan::bench]
fn key_to_frame(bencher: Bencher<'_, '_>) {
    let sample = Sample::new();
    let (mut app, mut terminal, look) = full_workbench(&sample);
    let keys = ['j', 'j', 'k', 'l', 'h', 'k'];
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 1) % keys.len();
        app.update(Event::Key(KeyPress::char(keys[at])));
        terminal.draw(|frame| view(&app, &look, frame)).expect("a test terminal draws");
        app.drawn();
    });
}
