//! Where a preview and the real tool's plan of the same stack say different things, row by row.
//!
//! A preview that says "not known" never disagrees; one that claims to know and is wrong does. Values are not quoted:
//! they may be secret.

use std::collections::BTreeMap;

use crate::model::action::Action;
use crate::model::address::{ResourceInstanceAddress, ResourceMode};
use crate::model::plan::{Knowledge, Plan, ResourceChange};
use crate::model::report::Disagreement;
use crate::model::value::{Str, Value, ValueKind};

type Key<'a> = (&'a ResourceInstanceAddress, Option<&'a Str>);

/// A row that one of the two says something about.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which instance.
    pub address: ResourceInstanceAddress,
    /// The provider's source address.
    pub provider: Str,
    /// How they differ; `None` when they say the same.
    pub what: Option<String>,
}

/// Every row on which the two differ, by address. Empty when the preview compared with something else than a state.
pub fn disagreements(preview: &Plan, real: &Plan) -> Vec<Disagreement> {
    let differs = |row: Row| row.what.map(|what| Disagreement { address: row.address, what });
    rows(preview, real).into_iter().filter_map(differs).collect()
}

/// Every row on which one of the two has something to do, by address. Empty when the preview compared with something
/// else than a state.
pub fn rows(preview: &Plan, real: &Plan) -> Vec<Row> {
    if preview.changes.iter().any(|change| change.knowledge == Knowledge::FromConfiguration) {
        return Vec::new();
    }
    let (ours, theirs) = (by_address(preview), by_address(real));
    let mut found: Vec<Row> = Vec::new();
    for (key, our) in &ours {
        let their = theirs.get(key);
        let what = match their {
            Some(their) => difference(our, their),
            None => (our.change.action != Action::NoOp)
                .then(|| format!("preview: {}, plan: nothing", our.change.action.word())),
        };
        let quiet = our.change.action == Action::NoOp && their.is_none_or(|their| their.change.action == Action::NoOp);
        if what.is_some() || !quiet {
            found.push(Row { address: key.0.clone(), provider: our.provider.clone(), what });
        }
    }
    for (key, their) in &theirs {
        let silent = their.change.action == Action::NoOp || is_undecided(preview, key.0);
        if !ours.contains_key(key) && !silent {
            let what = Some(format!("preview: nothing, plan: {}", their.change.action.word()));
            found.push(Row { address: key.0.clone(), provider: their.provider.clone(), what });
        }
    }
    found.sort_by(|a, b| a.address.cmp(&b.address));
    found
}

/// Data sources are left out: whether one is read now or later is no difference in what happens.
fn by_address(plan: &Plan) -> BTreeMap<Key<'_>, &ResourceChange> {
    let managed = plan.changes.iter().filter(|change| change.address.resource.mode == ResourceMode::Managed);
    managed.map(|change| ((&change.address, change.deposed.as_ref()), &**change)).collect()
}

/// Whether the preview said that it cannot list the instances of this block.
fn is_undecided(preview: &Plan, address: &ResourceInstanceAddress) -> bool {
    preview.undecided.iter().any(|undecided| {
        let module = &address.resource.module.0;
        let Some(below) = module.strip_prefix(undecided.module.0.as_slice()) else { return false };
        match below.first() {
            Some(step) => *undecided.block == *format!("module.{}", step.name),
            None => *undecided.block == *format!("{}.{}", address.resource.type_name, address.resource.name),
        }
    })
}

fn difference(our: &ResourceChange, their: &ResourceChange) -> Option<String> {
    let (ours, theirs) = (&our.change, &their.change);
    let same = ours.action == theirs.action || ours.action.is_replace() && theirs.action.is_replace();
    if !same {
        return Some(format!("preview: {}, plan: {}", ours.action.word(), theirs.action.word()));
    }
    let (ours, theirs) = (ours.after.as_object()?, theirs.after.as_object()?);
    let exact = our.knowledge == Knowledge::Exact;
    let null = Value::null();
    let wrong = |(name, value): (&Str, &Value)| {
        // What is not configured only the provider decides.
        if !exact && value.is_null() {
            return None;
        }
        let their = theirs.get(name).unwrap_or(&null);
        (!agrees(value, their, exact)).then(|| name.to_string())
    };
    let names: Vec<String> = ours.iter().filter_map(wrong).collect();
    (!names.is_empty()).then(|| format!("the plan has another value for {}", names.join(", ")))
}

/// Whether what one side claims to know is what the other has. Types are not compared: a plan's JSON has none. Where the
/// preview is not exact, what is not configured only the provider decides.
fn agrees(ours: &Value, theirs: &Value, exact: bool) -> bool {
    if ours.is_unknown() || (!exact && ours.is_null()) {
        return true;
    }
    if let (Some(items), Some(others)) = (ours.as_items(), theirs.as_items()) {
        let same = |(ours, theirs): (&Value, &Value)| agrees(ours, theirs, exact);
        return items.len() == others.len()
            && (items.iter().zip(others).all(same)
                || matches!(ours.kind, ValueKind::Set(_)) && agree_in_any_order(items, others, exact));
    }
    if let (Some(ours), Some(theirs)) = (ours.as_entries(), theirs.as_entries()) {
        let null = Value::null();
        let same = |name: &Str, value: &Value| agrees(value, theirs.get(name).unwrap_or(&null), exact);
        return ours.iter().all(|(name, value)| same(name, value))
            && theirs.iter().all(|(name, value)| ours.contains_key(name) || value.is_null());
    }
    match (ours.is_null(), theirs.is_null()) {
        (true, true) => true,
        (false, false) => ours.kind == theirs.kind,
        _ => false,
    }
}

/// A set has no order, and the two sides may not know the same of what orders it.
fn agree_in_any_order(ours: &[Value], theirs: &[Value], exact: bool) -> bool {
    let mut left: Vec<&Value> = theirs.iter().collect();
    ours.iter().all(|item| match left.iter().position(|other| agrees(item, other, exact)) {
        Some(at) => {
            left.swap_remove(at);
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::address::ModuleAddress;
    use crate::model::plan::{Change, Undecided};
    use crate::model::value::Type;

    fn change(address: &str, action: Action, after: Value) -> ResourceChange {
        ResourceChange {
            address: ResourceInstanceAddress::parse(address).unwrap(),
            previous_address: None,
            deposed: None,
            provider: "p".into(),
            change: Change { action, before: Value::null(), after, replace_paths: Vec::new(), importing: None },
            reason: None,
            place: None,
            knowledge: Knowledge::Exact,
        }
    }

    fn plan(changes: Vec<ResourceChange>) -> Plan {
        Plan { changes: changes.into_iter().map(Arc::new).collect(), ..Plan::default() }
    }

    fn told(preview: &Plan, real: &Plan) -> Vec<String> {
        disagreements(preview, real).into_iter().map(|d| format!("{}: {}", d.address, d.what)).collect()
    }

    fn object(size: Value) -> Value {
        Value::object([("size", size)])
    }

    #[test]
    fn actions_and_missing_rows_are_told() {
        let preview = plan(vec![
            change("a.b", Action::Update, Value::null()),
            change("a.c", Action::Create, Value::null()),
            change("a.e", Action::CreateThenDelete, Value::null()),
            change("a.f", Action::NoOp, Value::null()),
        ]);
        let real = plan(vec![
            change("a.b", Action::DeleteThenCreate, Value::null()),
            change("a.d", Action::Delete, Value::null()),
            change("a.e", Action::DeleteThenCreate, Value::null()),
            change("data.a.x", Action::Read, Value::null()),
        ]);
        assert_eq!(
            told(&preview, &real),
            [
                "a.b: preview: update, plan: replace",
                "a.c: preview: create, plan: nothing",
                "a.d: preview: nothing, plan: destroy"
            ]
        );
        assert_eq!(told(&real, &real), Vec::<String>::new());
    }

    #[test]
    fn only_what_the_preview_claims_to_know_can_be_wrong() {
        let with = |value: Value| plan(vec![change("a.b", Action::Create, object(value))]);
        let list = Value::list(Type::String, vec![Value::string("x")]);
        assert!(told(&with(Value::unknown(Type::String)), &with(Value::int(1))).is_empty());
        assert!(told(&with(list), &with(Value::tuple([Value::string("x")]))).is_empty());
        let wrong = told(&with(Value::string("secret")), &with(Value::string("other")));
        assert_eq!(wrong, ["a.b: the plan has another value for size"]);
        assert!(!told(&with(Value::int(1)), &with(Value::unknown(Type::Dynamic))).is_empty());

        let mut open = with(Value::null_of(Type::String));
        Arc::make_mut(&mut open.changes[0]).knowledge = Knowledge::ProviderDecides;
        assert!(told(&open, &with(Value::int(1))).is_empty());
        Arc::make_mut(&mut open.changes[0]).knowledge = Knowledge::FromConfiguration;
        assert!(told(&open, &plan(vec![])).is_empty());
    }

    #[test]
    fn blocks_that_the_preview_could_not_list_are_no_disagreement() {
        let undecided = |module: &str, block: &str| Undecided {
            module: ModuleAddress::parse(module).unwrap(),
            block: block.into(),
            decided_by: "data.x.y".into(),
            unlock: "terraform init".into(),
            place: None,
        };
        let real = plan(vec![
            change("a.b[0]", Action::Create, Value::null()),
            change("module.m.module.n.a.b", Action::Create, Value::null()),
        ]);
        let mut preview = plan(vec![]);
        preview.undecided = vec![undecided("", "a.b"), undecided("module.m", "module.n")];
        assert!(told(&preview, &real).is_empty());
        preview.undecided.pop();
        assert_eq!(told(&preview, &real).len(), 1);
    }
}
