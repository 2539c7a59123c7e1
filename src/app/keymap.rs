//! Which keys trigger which command. The defaults come from the command table; a person's own bindings change the value.

use crate::app::key::{KeyError, KeyPress, parse_keys};
use crate::app::layout::Pane;

/// One binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The keys, one after the other.
    pub keys: Vec<KeyPress>,
    /// The command's id.
    pub command: &'static str,
    /// The panes where it holds; empty means everywhere.
    pub panes: &'static [Pane],
}

/// All bindings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMap {
    bindings: Vec<Binding>,
}

/// What a run of keys means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A command.
    Command(&'static str),
    /// The beginning of something longer.
    Prefix,
    /// Nothing.
    Nothing,
}

impl KeyMap {
    /// These bindings.
    pub fn new(bindings: Vec<Binding>) -> Self {
        KeyMap { bindings }
    }

    /// What the keys mean in a pane; a binding for the pane beats one for everywhere.
    pub fn meaning(&self, keys: &[KeyPress], pane: Pane) -> Meaning {
        let here = |binding: &&Binding| binding.panes.contains(&pane);
        let anywhere = |binding: &&Binding| binding.panes.is_empty();
        let exact = |binding: &&Binding| binding.keys == keys;
        let all = || self.bindings.iter();
        if let Some(found) = all().find(|b| here(b) && exact(b)).or_else(|| all().find(|b| anywhere(b) && exact(b))) {
            return Meaning::Command(found.command);
        }
        let longer = |b: &&Binding| (here(b) || anywhere(b)) && b.keys.len() > keys.len() && b.keys.starts_with(keys);
        if all().any(|b| longer(&b)) { Meaning::Prefix } else { Meaning::Nothing }
    }

    /// The commands that can follow a prefix in a pane, with the keys that are still missing.
    pub fn continuations(&self, prefix: &[KeyPress], pane: Pane) -> Vec<(Vec<KeyPress>, &'static str)> {
        let fits = |b: &&Binding| {
            (b.panes.is_empty() || b.panes.contains(&pane)) && b.keys.len() > prefix.len() && b.keys.starts_with(prefix)
        };
        let rest = |b: &Binding| (b.keys[prefix.len()..].to_vec(), b.command);
        self.bindings.iter().filter(fits).map(rest).collect()
    }

    /// All key sequences of a command.
    pub fn keys_of(&self, command: &str) -> Vec<&[KeyPress]> {
        self.bindings.iter().filter(|b| b.command == command).map(|b| b.keys.as_slice()).collect()
    }

    /// The same with a command on other keys (`["<c-s>", "]c"]`); none unbinds it. Keys that another command had in the
    /// same panes go over to this one.
    ///
    /// # Errors
    /// When a text names no key.
    pub fn rebind(
        mut self,
        command: &'static str,
        panes: &'static [Pane],
        keys: &[String],
    ) -> Result<KeyMap, KeyError> {
        let sequences = keys.iter().map(|text| parse_keys(text)).collect::<Result<Vec<_>, _>>()?;
        let meets =
            |b: &Binding| b.panes.is_empty() || panes.is_empty() || b.panes.iter().any(|pane| panes.contains(pane));
        self.bindings.retain(|b| b.command != command && !(sequences.contains(&b.keys) && meets(b)));
        let new = sequences.into_iter().filter(|keys| !keys.is_empty());
        self.bindings.extend(new.map(|keys| Binding { keys, command, panes }));
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> KeyMap {
        let bind = |keys: &str, command, panes| Binding { keys: parse_keys(keys).expect("keys"), command, panes };
        KeyMap::new(vec![bind("c", "commit", &[]), bind("]c", "next", &[]), bind("c", "here", &[Pane::Diff])])
    }

    #[test]
    fn the_pane_beats_everywhere_and_prefixes_wait() {
        let keys = |text| parse_keys(text).expect("keys");
        assert_eq!(map().meaning(&keys("c"), Pane::Plan), Meaning::Command("commit"));
        assert_eq!(map().meaning(&keys("c"), Pane::Diff), Meaning::Command("here"));
        assert_eq!(map().meaning(&keys("]"), Pane::Plan), Meaning::Prefix);
        assert_eq!(map().meaning(&keys("]c"), Pane::Plan), Meaning::Command("next"));
        assert_eq!(map().meaning(&keys("]x"), Pane::Plan), Meaning::Nothing);
        assert_eq!(map().continuations(&keys("]"), Pane::Plan), [(keys("c"), "next")]);
    }

    #[test]
    fn a_command_moves_to_other_keys() {
        let keys = |text| parse_keys(text).expect("keys");
        let map = map().rebind("next", &[], &["c".to_owned()]).expect("keys");
        assert_eq!(map.meaning(&keys("c"), Pane::Plan), Meaning::Command("next"));
        assert_eq!(map.meaning(&keys("c"), Pane::Diff), Meaning::Command("next"), "everywhere means in Diff too");
        assert!(map.keys_of("commit").is_empty());
        assert!(map.clone().rebind("next", &[], &["<nokey>".to_owned()]).is_err());
        assert!(map.rebind("next", &[], &[]).expect("no keys").keys_of("next").is_empty());
    }
}
