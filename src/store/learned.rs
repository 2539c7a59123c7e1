//! What plans of the real tool taught about others' providers, from one session to the next.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::memory::Memory;
use crate::engine::lore::{Learned, Lesson};
use crate::model::place::RepoPath;
use crate::model::value::Str;

const KIND: &str = "learned";

#[derive(Serialize, Deserialize)]
struct Written {
    provider: String,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(default)]
    replaced: BTreeMap<String, u64>,
    #[serde(default)]
    in_place: BTreeMap<String, u64>,
    #[serde(default)]
    reopened: BTreeMap<String, u64>,
    #[serde(default)]
    agreed: u64,
    #[serde(default)]
    compared: u64,
}

fn written(paths: &BTreeMap<Str, u64>) -> BTreeMap<String, u64> {
    paths.iter().map(|(path, seen)| (path.to_string(), *seen)).collect()
}

fn read(paths: BTreeMap<String, u64>) -> BTreeMap<Str, u64> {
    paths.into_iter().map(|(path, seen)| (Str::from(path), seen)).collect()
}

impl Memory {
    /// What was learned about others' providers, and when it was kept last; nothing when that cannot be read.
    pub fn learned(&self) -> (Learned, Option<SystemTime>) {
        let mut learned = Learned::default();
        let Some((bytes, since)) = self.kept(KIND, &RepoPath::root()) else { return (learned, None) };
        let Ok(all) = serde_json::from_slice::<Vec<Written>>(&bytes) else { return (learned, since) };
        for one in all {
            let lesson = Lesson {
                replaced: read(one.replaced),
                in_place: read(one.in_place),
                reopened: read(one.reopened),
                agreed: one.agreed,
                compared: one.compared,
            };
            learned.put(&one.provider, &one.type_name, lesson);
        }
        (learned, since)
    }

    /// When something was learned last.
    pub fn learned_since(&self) -> Option<SystemTime> {
        self.kept_since(KIND, &RepoPath::root())
    }

    /// Keeps what was learned.
    ///
    /// # Errors
    /// As the disk says it.
    pub fn keep_learned(&self, learned: &Learned) -> std::io::Result<()> {
        let one = |(provider, type_name, lesson): (&Str, &Str, &Lesson)| Written {
            provider: provider.to_string(),
            type_name: type_name.to_string(),
            replaced: written(&lesson.replaced),
            in_place: written(&lesson.in_place),
            reopened: written(&lesson.reopened),
            agreed: lesson.agreed,
            compared: lesson.compared,
        };
        let all: Vec<Written> = learned.all().map(one).collect();
        let bytes = serde_json::to_vec(&all).map_err(std::io::Error::other)?;
        self.keep(KIND, &RepoPath::root(), &bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::sys::files::FakeFiles;

    #[test]
    fn lessons_come_back() {
        let memory = Memory::open(Arc::new(FakeFiles::default()), "/k".into());
        assert_eq!(memory.learned().0, Learned::default());
        let mut learned = Learned::default();
        let lesson = Lesson {
            replaced: BTreeMap::from([("ami".into(), 7)]),
            in_place: BTreeMap::from([("tags.a".into(), 8)]),
            reopened: BTreeMap::from([("arn".into(), 9)]),
            agreed: 3,
            compared: 4,
        };
        learned.put("p/aws", "aws_instance", lesson);
        memory.keep_learned(&learned).unwrap();
        assert_eq!(memory.learned().0, learned);
        memory.keep(KIND, &RepoPath::root(), b"{").unwrap();
        assert_eq!(memory.learned().0, Learned::default());
    }
}
