//! What is known about providers that do not run inside Kilter: their cached schemas, and what earlier plans of the real
//! tool taught: which attributes force a replacement, which change in place, how often previews were right.
//!
//! Where it is kept is for `store`, when it is learned for whoever runs the real tool.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::engine::agreement;
use crate::model::action::{Action, ActionReason};
use crate::model::address::ResourceMode;
use crate::model::plan::{Plan, ResourceChange};
use crate::model::schema::{ProviderSchema, ResourceSchema};
use crate::model::value::{PathStep, Str, Value, ValueKind, ValuePath};

/// Everything that is known about others' providers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lore {
    /// Cached schemas by source address.
    pub schemas: BTreeMap<String, ProviderSchema>,
    /// What earlier plans taught.
    pub learned: Learned,
}

impl Lore {
    /// The cached schema of a type.
    pub fn schema(&self, source: &str, mode: ResourceMode, type_name: &str) -> Option<&Arc<ResourceSchema>> {
        let provider = self.schemas.get(source).or_else(|| {
            let below = source.strip_prefix("registry.opentofu.org/")?;
            self.schemas.get(&format!("registry.terraform.io/{below}"))
        })?;
        match mode {
            ResourceMode::Managed => provider.resources.get(type_name),
            ResourceMode::Data => provider.data_sources.get(type_name),
            ResourceMode::Ephemeral => provider.ephemerals.get(type_name),
        }
    }
}

/// When something was seen, in seconds since 1970.
pub type Seen = u64;

/// What plans taught about one resource type. Paths are names joined with dots, without the keys between them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lesson {
    /// What forced a replacement, and when it did last.
    pub replaced: BTreeMap<Str, Seen>,
    /// What was changed in place, and when it was last.
    pub in_place: BTreeMap<Str, Seen>,
    /// Computed attributes that an update made unknown again.
    pub reopened: BTreeMap<Str, Seen>,
    /// Rows on which preview and plan said the same.
    pub agreed: u64,
    /// Rows that were compared.
    pub compared: u64,
}

/// What a lesson says about a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Nothing like it was seen.
    Unseen,
    /// Everything that differs was changed in place before; the day of the oldest plan that this rests on.
    InPlace(Str),
    /// These force a replacement; the day of the plan that said so.
    Replaces(Vec<ValuePath>, Str),
}

/// Lessons by provider and resource type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Learned {
    types: BTreeMap<(Str, Str), Arc<Lesson>>,
}

impl Learned {
    /// The lesson about a type.
    pub fn of(&self, provider: &str, type_name: &str) -> Option<&Arc<Lesson>> {
        self.types.get(&(Str::from(provider), Str::from(type_name)))
    }

    /// All lessons with their provider and type.
    pub fn all(&self) -> impl Iterator<Item = (&Str, &Str, &Lesson)> {
        self.types.iter().map(|((provider, type_name), lesson)| (provider, type_name, &**lesson))
    }

    /// Takes a lesson as it was kept.
    pub fn put(&mut self, provider: &str, type_name: &str, lesson: Lesson) {
        self.types.insert((Str::from(provider), Str::from(type_name)), Arc::new(lesson));
    }

    /// Learns from a plan of the real tool, and from where the preview of the same stack was wrong.
    pub fn learn(&mut self, preview: &Plan, real: &Plan, at: SystemTime) {
        let at = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        for row in agreement::rows(preview, real) {
            let lesson = self.lesson(&row.provider, &row.address.resource.type_name);
            lesson.compared += 1;
            lesson.agreed += u64::from(row.what.is_none());
        }
        for change in real.changes.iter().filter(|change| change.address.resource.mode == ResourceMode::Managed) {
            let twin = preview.changes.iter().find(|ours| ours.address == change.address && ours.deposed.is_none());
            self.lesson(&change.provider, &change.address.resource.type_name).see(change, twin.map(|twin| &**twin), at);
        }
        self.types.retain(|_, lesson| **lesson != Lesson::default());
    }

    fn lesson(&mut self, provider: &Str, type_name: &Str) -> &mut Lesson {
        Arc::make_mut(self.types.entry((provider.clone(), type_name.clone())).or_default())
    }
}

impl Lesson {
    fn see(&mut self, real: &ResourceChange, preview: Option<&ResourceChange>, at: Seen) {
        let cannot_update = matches!(real.reason, None | Some(ActionReason::ReplaceBecauseCannotUpdate));
        if real.change.action.is_replace() && cannot_update {
            for path in &real.change.replace_paths {
                self.replaced.insert(names_of(path), at);
            }
        }
        if real.change.action != Action::Update {
            return;
        }
        let after = real.change.after.unmark_deep();
        for path in differences(&real.change.before, &after) {
            let unknown = path.find(&after).is_some_and(|value| value.is_unknown());
            if !unknown {
                self.in_place.insert(names_of(&path), at);
            }
        }
        self.see_reopened(&after, preview, at);
    }

    /// What the preview took to stay and the plan does not know.
    fn see_reopened(&mut self, after: &Value, preview: Option<&ResourceChange>, at: Seen) {
        let Some(ours) = preview.filter(|ours| ours.change.action == Action::Update) else { return };
        let (ours, theirs) = (ours.change.after.unmark_deep(), after);
        for (name, value) in theirs.as_object().into_iter().flatten() {
            let kept = ours.get(name).is_some_and(|ours| ours.is_wholly_known() && !ours.is_null());
            match (value.is_unknown(), kept) {
                (true, true) => {
                    self.reopened.insert(name.clone(), at);
                }
                (false, _) => {
                    self.reopened.remove(name);
                }
                (true, false) => {}
            }
        }
    }

    /// What is to be expected of a change.
    pub fn verdict(&self, before: &Value, after: &Value) -> Verdict {
        let paths = differences(before, after);
        let found = |known: &BTreeMap<Str, Seen>, path: &ValuePath| {
            let names = names_of(path);
            let whole =
                |key: &Str| **key == *names || names.strip_prefix(&**key).is_some_and(|rest| rest.starts_with('.'));
            known.iter().filter(|(key, _)| whole(key)).map(|(_, seen)| *seen).max()
        };
        let mut forcing = Vec::new();
        let mut newest = 0;
        let mut oldest = Some(Seen::MAX);
        for path in paths {
            let (replaced, in_place) = (found(&self.replaced, &path), found(&self.in_place, &path));
            match (replaced, in_place) {
                (Some(replaced), other) if other.is_none_or(|other| replaced >= other) => {
                    newest = newest.max(replaced);
                    forcing.push(path);
                }
                // That it becomes unknown is what an update does to it.
                (None, None) if self.reopened.contains_key(&names_of(&path)) => {}
                (_, Some(in_place)) => oldest = oldest.map(|oldest| oldest.min(in_place)),
                _ => oldest = None,
            }
        }
        match (forcing.is_empty(), oldest) {
            (false, _) => Verdict::Replaces(forcing, day(newest)),
            (true, Some(oldest)) if oldest != Seen::MAX => Verdict::InPlace(day(oldest)),
            _ => Verdict::Unseen,
        }
    }
}

/// The day of a moment: `2026-11-23`.
fn day(seen: Seen) -> Str {
    let at = UNIX_EPOCH.checked_add(Duration::from_secs(seen)).unwrap_or(UNIX_EPOCH);
    let stamp = jiff::Timestamp::try_from(at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Str::from(stamp.to_string().split('T').next().unwrap_or_default())
}

/// A path without its keys and indexes.
fn names_of(path: &ValuePath) -> Str {
    let names = path.0.iter().filter_map(|step| match step {
        PathStep::Attribute(name) => Some(&**name),
        _ => None,
    });
    Str::from(names.collect::<Vec<_>>().join("."))
}

/// Where two objects differ: the deepest places that both have.
fn differences(before: &Value, after: &Value) -> Vec<ValuePath> {
    let mut found = Vec::new();
    differ(&before.unmark_deep(), &after.unmark_deep(), &ValuePath::default(), &mut found);
    found
}

fn differ(before: &Value, after: &Value, path: &ValuePath, found: &mut Vec<ValuePath>) {
    if before.kind == after.kind || (before.is_null() && after.is_null()) {
        return;
    }
    let object = matches!(after.kind, ValueKind::Object(_)) || matches!(before.kind, ValueKind::Object(_));
    match (before.as_entries(), after.as_entries()) {
        (Some(old), Some(new)) => {
            let null = Value::null();
            for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
                let step = if object { PathStep::Attribute(name.clone()) } else { PathStep::Key(name.clone()) };
                differ(old.get(name).unwrap_or(&null), new.get(name).unwrap_or(&null), &path.then(step), found);
            }
            return;
        }
        (None, None) => {}
        _ => return found.push(path.clone()),
    }
    let listed = !matches!(before.kind, ValueKind::Set(_)) && !matches!(after.kind, ValueKind::Set(_));
    match (before.as_items(), after.as_items()) {
        (Some(old), Some(new)) if listed && old.len() == new.len() => {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                differ(old, new, &path.then(PathStep::Index(at as i64)), found);
            }
        }
        _ => found.push(path.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::ResourceInstanceAddress;
    use crate::model::plan::{Change, Knowledge};
    use crate::model::value::Type;

    fn row(action: Action, before: Value, after: Value, replace: &[&str]) -> Arc<ResourceChange> {
        let replace_paths = replace.iter().map(|name| ValuePath::attribute(*name)).collect();
        Arc::new(ResourceChange {
            address: ResourceInstanceAddress::parse("aws_instance.web").unwrap(),
            previous_address: None,
            deposed: None,
            provider: "registry.terraform.io/hashicorp/aws".into(),
            change: Change { action, before, after, replace_paths, importing: None },
            reason: action.is_replace().then_some(ActionReason::ReplaceBecauseCannotUpdate),
            place: None,
            knowledge: Knowledge::ProviderDecides,
        })
    }

    fn plan(row: Arc<ResourceChange>) -> Plan {
        Plan { changes: vec![row], ..Plan::default() }
    }

    fn object(ami: &str, size: &str, tags: Value) -> Value {
        Value::object([("ami", Value::string(ami)), ("size", Value::string(size)), ("tags_all", tags)])
    }

    fn at(days: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(days * 86_400)
    }

    #[test]
    fn plans_teach_what_replaces_and_what_does_not() {
        let tags = Value::string("t");
        let mut learned = Learned::default();
        let (old, new) = (object("a", "s", tags.clone()), object("b", "s", tags.clone()));
        let preview = plan(row(Action::Update, old.clone(), new.clone(), &[]));
        learned.learn(&preview, &plan(row(Action::DeleteThenCreate, old.clone(), new.clone(), &["ami"])), at(20_000));
        let lesson = learned.of("registry.terraform.io/hashicorp/aws", "aws_instance").unwrap().clone();
        assert_eq!((lesson.agreed, lesson.compared), (0, 1), "the preview took it for an update");
        assert_eq!(
            lesson.verdict(&old, &new),
            Verdict::Replaces(vec![ValuePath::attribute("ami")], "2024-10-04".into())
        );
        let larger = object("a", "l", tags.clone());
        assert_eq!(lesson.verdict(&old, &larger), Verdict::Unseen);

        let open = object("a", "l", Value::unknown(Type::String));
        let preview = plan(row(Action::Update, old.clone(), larger.clone(), &[]));
        learned.learn(&preview, &plan(row(Action::Update, old.clone(), open.clone(), &[])), at(20_001));
        let lesson = learned.of("registry.terraform.io/hashicorp/aws", "aws_instance").unwrap();
        assert_eq!(lesson.verdict(&old, &larger), Verdict::InPlace("2024-10-05".into()));
        assert!(lesson.reopened.contains_key("tags_all") && !lesson.in_place.contains_key("tags_all"));
        let both = object("b", "l", tags);
        assert!(matches!(lesson.verdict(&old, &both), Verdict::Replaces(paths, _) if paths.len() == 1));

        let known = plan(row(Action::Update, old.clone(), larger.clone(), &[]));
        learned.learn(&known, &known, at(20_002));
        let lesson = learned.of("registry.terraform.io/hashicorp/aws", "aws_instance").unwrap();
        assert_eq!((lesson.agreed, lesson.compared, lesson.reopened.len()), (1, 3, 0));
    }

    #[test]
    fn paths_are_names_and_what_is_below_one_belongs_to_it() {
        let rule = |from: i64, to: i64| Value::object([("from", Value::int(from)), ("to", Value::int(to))]);
        let before = Value::object([("rule", Value::tuple([rule(1, 1), rule(2, 2)]))]);
        let after = Value::object([("rule", Value::tuple([rule(1, 1), rule(2, 3)]))]);
        let names: Vec<Str> = differences(&before, &after).iter().map(names_of).collect();
        assert_eq!(names, [Str::from("rule.to")]);
        let lesson = Lesson { replaced: BTreeMap::from([("rule".into(), 1)]), ..Lesson::default() };
        assert!(matches!(lesson.verdict(&before, &after), Verdict::Replaces(..)));
        let other = Lesson { replaced: BTreeMap::from([("rul".into(), 1)]), ..Lesson::default() };
        assert_eq!(other.verdict(&before, &after), Verdict::Unseen);
    }
}
