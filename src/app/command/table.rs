//! The one table of commands. Keys, palette, help and `docs/keys.md` are made from it, and a person's bindings change
//! it.

use crate::app::command::entry::{Command, always, nothing};
use crate::app::command::{
    cursor, edit, environment, explain, find, git, jump, look, mutants, pane, plan, rerun, session, walk,
};
use crate::app::effect::Effect;
use crate::app::key::{human, parse_keys};
use crate::app::keymap::{Binding, KeyMap};
use crate::app::layout::Pane;
use crate::app::overlay::Overlay;
use crate::app::overlay::picker::{Choice, Item, Picker};
use crate::app::state::App;

/// The two commands that show the table itself.
const OWN: &[Command] = &[
    Command {
        id: "look.palette",
        title: "Command palette",
        doc: "Every command with its keys, found by typing a few letters.",
        keys: &[":"],
        panes: &[],
        possible: always,
        run: |app| {
            let items = items(app, None);
            app.overlays.push(Overlay::Picker(Picker::searchable("Commands", items)));
            nothing()
        },
    },
    Command {
        id: "look.help",
        title: "Help for this pane",
        doc: "The keys that work here, what belongs to the pane first; searchable, and runs what you pick.",
        keys: &["?"],
        panes: &[],
        possible: always,
        run: help,
    },
];

const GROUPS: [(&str, &[Command]); 15] = [
    ("Moving", cursor::COMMANDS),
    ("Panes", pane::COMMANDS),
    ("Finding", find::COMMANDS),
    ("Jumping", jump::COMMANDS),
    ("The walk", walk::COMMANDS),
    ("The environment", environment::COMMANDS),
    ("The plan", plan::COMMANDS),
    ("The tests", mutants::COMMANDS),
    ("Git", git::COMMANDS),
    ("Editor and clipboard", edit::COMMANDS),
    ("Explanations", explain::COMMANDS),
    ("Work", rerun::COMMANDS),
    ("Help", OWN),
    ("Looks", look::COMMANDS),
    ("The session", session::COMMANDS),
];

/// Every command.
pub fn all() -> impl Iterator<Item = &'static Command> {
    GROUPS.iter().flat_map(|(_, commands)| commands.iter())
}

/// A command by its id.
pub fn find_command(id: &str) -> Option<&'static Command> {
    all().find(|command| command.id == id)
}

/// Runs a command, or says why it cannot run now.
pub fn run(app: &mut App, command: &Command) -> Vec<Effect> {
    match (command.possible)(app) {
        Ok(()) => (command.run)(app),
        Err(why) => {
            app.refuse(why);
            nothing()
        }
    }
}

impl Default for KeyMap {
    fn default() -> Self {
        let bindings = all().flat_map(|command| {
            command.keys.iter().map(|keys| Binding {
                keys: parse_keys(keys).expect("the table's own keys have names"),
                command: command.id,
                panes: command.panes,
            })
        });
        KeyMap::new(bindings.collect())
    }
}

/// The keys with a person's bindings on top, and what is wrong with those.
pub fn keymap(bindings: &[(String, Vec<String>)]) -> (KeyMap, Vec<String>) {
    let mut map = KeyMap::default();
    let mut problems = Vec::new();
    for (id, keys) in bindings {
        let Some(command) = find_command(id) else {
            let near = nearest(id);
            problems.push(format!("there is no command `{id}`; the nearest is `{near}`"));
            continue;
        };
        match map.clone().rebind(command.id, command.panes, keys) {
            Ok(changed) => map = changed,
            Err(fault) => problems.push(format!("{id}: {fault}")),
        }
    }
    (map, problems)
}

/// The id that shares most letters in order with what was typed.
fn nearest(id: &str) -> &'static str {
    let alike = |known: &str| known.chars().zip(id.chars()).filter(|(a, b)| a == b).count();
    let last = |known: &str| id.rsplit('.').next().is_some_and(|word| known.ends_with(word));
    all().map(|command| command.id).max_by_key(|known| alike(known) + 10 * usize::from(last(known))).unwrap_or_default()
}

/// The keys of a command as people read them: `j, ↓`.
pub fn keys_text(map: &KeyMap, id: &str) -> String {
    map.keys_of(id).into_iter().map(human).collect::<Vec<_>>().join(", ")
}

fn items(app: &App, pane: Option<Pane>) -> Vec<Item> {
    let fits = |command: &&Command| pane.is_none_or(|pane| command.panes.is_empty() || command.panes.contains(&pane));
    let mut commands: Vec<&Command> = all().filter(fits).collect();
    if let Some(pane) = pane {
        commands.retain(|command| !app.keymap.keys_of(command.id).is_empty());
        commands.sort_by_key(|command| !command.panes.contains(&pane));
    }
    let item = |command: &Command| Item {
        label: command.title.to_owned(),
        detail: command.doc.to_owned(),
        keys: keys_text(&app.keymap, command.id),
        impossible: (command.possible)(app).err(),
        choice: Choice::Command(command.id),
    };
    commands.into_iter().map(item).collect()
}

fn help(app: &mut App) -> Vec<Effect> {
    let pane = app.gaze.focus;
    let items = items(app, Some(pane));
    app.overlays.push(Overlay::Picker(Picker::searchable(format!("Keys in {}", pane.title()), items)));
    nothing()
}

/// `docs/keys.md`.
pub fn keys_page() -> String {
    let map = KeyMap::default();
    let mut page = String::from(
        "# Keys\n\nMade from the command table in `src/app/command/`; a test keeps it fresh. Every command can be \
         bound to other keys in `config.toml`:\n\n```toml\n[keys]\n\"walk.commit\" = [\"c\", \"<c-s>\"]\n```\n",
    );
    for (group, commands) in GROUPS {
        page.push_str(&format!("\n## {group}\n\n| keys | command | id | what it does |\n|---|---|---|---|\n"));
        for command in commands {
            let keys: Vec<String> = map
                .keys_of(command.id)
                .into_iter()
                .map(|keys| format!("`{}`", human(keys).replace('|', "\\|")))
                .collect();
            let panes: Vec<&str> = command.panes.iter().map(|pane| pane.title()).collect();
            let only = if panes.is_empty() { String::new() } else { format!(" (in {})", panes.join(", ")) };
            let (title, id, doc) = (command.title, command.id, command.doc);
            page.push_str(&format!("| {} | {title} | `{id}` | {doc}{only} |\n", keys.join(" ")));
        }
    }
    page.push_str(
        "\nIn lists to choose from: type to search, arrows or `Ctrl-n` `Ctrl-p` move, `Enter` picks, `Esc` closes. In \
         texts: the moving keys, `/` `n` `N`, `e` and `y` where they make sense, `q` or `Esc` closes. In the commit \
         message: `Ctrl-s` commits, `Ctrl-t` puts the plan in or takes it out, `Esc` keeps the draft.\n",
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_no_two_commands_share_keys_in_a_pane() {
        let ids: std::collections::BTreeSet<_> = all().map(|command| command.id).collect();
        assert_eq!(ids.len(), all().count());
        let meet = |a: &Command, b: &Command| {
            // A pane's own binding may stand over one for everywhere; nothing else may meet.
            a.panes.is_empty() == b.panes.is_empty()
                && (a.panes.is_empty() || a.panes.iter().any(|pane| b.panes.contains(pane)))
        };
        for a in all() {
            for b in all().filter(|b| b.id != a.id) {
                let shared = a.keys.iter().find(|keys| b.keys.contains(keys));
                assert!(shared.is_none() || !meet(a, b), "{} and {} share {shared:?}", a.id, b.id);
            }
        }
    }

    #[test]
    fn no_single_key_is_the_beginning_of_a_sequence() {
        let map = KeyMap::default();
        for command in all() {
            for keys in map.keys_of(command.id) {
                for length in 1..keys.len() {
                    let prefix = &keys[..length];
                    let taken = all().any(|other| map.keys_of(other.id).contains(&prefix));
                    assert!(!taken, "{} waits for ever behind a shorter binding", command.id);
                }
            }
        }
    }

    #[test]
    fn a_person_may_bind_and_is_told_what_is_wrong() {
        let own = |id: &str, keys: &[&str]| (id.to_owned(), keys.iter().map(|k| (*k).to_owned()).collect());
        let (map, problems) =
            keymap(&[own("walk.commit", &["<c-s>"]), own("walk.comit", &["c"]), own("git.undo", &["<nokey>"])]);
        assert_eq!(keys_text(&map, "walk.commit"), "Ctrl-s");
        assert_eq!(problems.len(), 2);
        assert!(problems[0].contains("`walk.commit`"), "{problems:?}");
    }

    #[test]
    fn every_doc_line_is_a_sentence() {
        for command in all() {
            assert!(command.doc.ends_with('.') && !command.title.ends_with('.'), "{}", command.id);
        }
    }
}
