//! Whether two replies say the same, and if not, what differs first.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::question::{Reply, Said};
use crate::engine_plan::judged;

/// One thing that differs.
#[derive(Debug, Clone)]
pub struct Difference {
    /// What sort of thing, so that the same fault met again is known as the same.
    pub kind: String,
    /// What terraform and Kilter said.
    pub text: String,
}

/// The first difference, if there is one.
pub fn difference(theirs: &Reply, ours: &Reply) -> Option<Difference> {
    if [theirs, ours]
        .iter()
        .all(|reply| reply.plan.iter().any(|said| plain(said).summary == "Failed to write plan file"))
    {
        return None;
    }
    diagnostics("validate", &theirs.validate, &ours.validate)
        .or_else(|| diagnostics("plan", &theirs.plan, &ours.plan))
        .or_else(|| plans(theirs.plan_json.as_ref(), ours.plan_json.as_ref()))
        .or_else(|| diagnostics("apply", &theirs.apply, &ours.apply))
        .or_else(|| states(theirs.state.as_deref(), ours.state.as_deref()))
}

fn diagnostics(what: &str, theirs: &[Said], ours: &[Said]) -> Option<Difference> {
    let (theirs, ours): (Vec<Said>, Vec<Said>) = (theirs.iter().map(plain).collect(), ours.iter().map(plain).collect());
    // Where terraform gives no place Kilter may.
    let same = |a: &Said, b: &Said| {
        (&a.severity, &a.summary, &a.detail) == (&b.severity, &b.summary, &b.detail) && (a.at == b.at || a.at.is_none())
    };
    let missing: Vec<&Said> = theirs.iter().filter(|said| !ours.iter().any(|other| same(said, other))).collect();
    let extra: Vec<&Said> = ours.iter().filter(|said| !theirs.iter().any(|other| same(other, said))).collect();
    if missing.is_empty() && extra.is_empty() {
        return None;
    }
    let words = |list: &[&Said]| list.iter().map(|said| said.summary.clone()).collect::<Vec<_>>().join(", ");
    let lines = |list: &[&Said]| list.iter().map(|said| format!("    {}\n", said.to_json())).collect::<String>();
    Some(Difference {
        kind: format!("{what}: terraform says [{}], Kilter [{}]", words(&missing), words(&extra)),
        text: format!("{what}:\n  only terraform says\n{}  only Kilter says\n{}", lines(&missing), lines(&extra)),
    })
}

/// What has no stable form in terraform is taken out.
fn plain(said: &Said) -> Said {
    let mut said = said.clone();
    if let Some((before, _)) = said.summary.split_once("Cycle: ") {
        said.summary = format!("{before}Cycle");
    }
    if said.summary.starts_with("Cycle") {
        said.summary = "Cycle".to_owned();
        said.detail.clear();
        said.at = None;
    }
    // These are listed in no stable order.
    if said.summary == "Some objects will no longer be managed by Terraform" {
        let mut lines: Vec<&str> = said.detail.lines().collect();
        lines.sort_unstable();
        said.detail = lines.join("\n");
    }
    if said.summary.ends_with("cannot serialize infinity as JSON") {
        said.summary = "Failed to write plan file".to_owned();
    }
    // A place that terraform has lost.
    if said.at.as_deref() == Some(":0:0") {
        said.at = None;
    }
    // The deposed key is random.
    if let Some((before, rest)) = said.detail.split_once("(deposed object ") {
        let after = rest.split_once(')').map_or("", |(_, after)| after);
        said.detail = format!("{before}(deposed object){after}");
    }
    said
}

fn plans(theirs: Option<&Json>, ours: Option<&Json>) -> Option<Difference> {
    let (Some(theirs), Some(ours)) = (theirs, ours) else {
        let side = |plan: Option<&Json>| if plan.is_some() { "a plan" } else { "no plan" };
        return (theirs.is_some() != ours.is_some()).then(|| Difference {
            kind: "a plan on one side only".to_owned(),
            text: format!("terraform has {}, Kilter {}", side(theirs), side(ours)),
        });
    };
    let (theirs, ours) = (judged(&comparable(theirs)), judged(&comparable(ours)));
    parts("plan", &theirs, &ours)
}

/// Kilter leaves `depends_on` in the prior state as it was; terraform writes anew what did not change.
fn comparable(plan: &Json) -> Json {
    let mut plan = plan.clone();
    without_dependencies(&mut plan["prior_state"]);
    plan
}

fn without_dependencies(value: &mut Json) {
    match value {
        Json::Object(entries) => {
            entries.remove("depends_on");
            entries.values_mut().for_each(without_dependencies);
        }
        Json::Array(items) => items.iter_mut().for_each(without_dependencies),
        _ => {}
    }
}

fn parts(what: &str, theirs: &BTreeMap<String, Json>, ours: &BTreeMap<String, Json>) -> Option<Difference> {
    let nothing = Json::Null;
    for key in theirs.keys().chain(ours.keys()) {
        let (a, b) = (theirs.get(key).unwrap_or(&nothing), ours.get(key).unwrap_or(&nothing));
        if a != b {
            let class = key.split(' ').next().unwrap_or_default();
            let path = first_path(a, b);
            let generic: Vec<&str> = path.split('/').filter(|part| part.parse::<usize>().is_err()).take(4).collect();
            return Some(Difference {
                kind: format!("{what} {class}: {}", generic.join("/")),
                text: format!("{what}: {key} differs at {path}\n  terraform {a}\n  kilter    {b}"),
            });
        }
    }
    None
}

/// Where two values begin to differ.
fn first_path(a: &Json, b: &Json) -> String {
    match (a, b) {
        (Json::Object(left), Json::Object(right)) => {
            for key in left.keys().chain(right.keys()) {
                let (x, y) = (left.get(key).unwrap_or(&Json::Null), right.get(key).unwrap_or(&Json::Null));
                if x != y || left.contains_key(key) != right.contains_key(key) {
                    return format!("/{key}{}", first_path(x, y));
                }
            }
            String::new()
        }
        (Json::Array(left), Json::Array(right)) if left.len() == right.len() => {
            let at = left.iter().zip(right).position(|(x, y)| x != y).unwrap_or(0);
            format!("/{at}{}", first_path(&left[at], &right[at]))
        }
        _ => String::new(),
    }
}

fn states(theirs: Option<&str>, ours: Option<&str>) -> Option<Difference> {
    // Terraform writes no file when there is nothing to say.
    let read =
        |text: Option<&str>| state_parts(&text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(json!({})));
    parts("state", &read(theirs), &read(ours))
}

fn state_parts(state: &Json) -> BTreeMap<String, Json> {
    let mut found = BTreeMap::new();
    for (name, output) in state["outputs"].as_object().into_iter().flatten() {
        found.insert(format!("output {name}"), output.clone());
    }
    for resource in state["resources"].as_array().into_iter().flatten() {
        for instance in resource["instances"].as_array().into_iter().flatten() {
            let mut instance = instance.clone();
            let deposed = if instance.get("deposed").is_some() { "deposed" } else { "" };
            if let Some(entries) = instance.as_object_mut() {
                entries.remove("deposed");
                if let Some(Json::Array(paths)) = entries.get_mut("sensitive_attributes") {
                    paths.sort_by_key(Json::to_string);
                }
            }
            let key = format!(
                "instance {} {} {} {} {} {deposed}",
                resource["module"], resource["mode"], resource["type"], resource["name"], instance["index_key"]
            );
            let (mode, provider) = (&resource["mode"], &resource["provider"]);
            found.insert(key, json!({"instance": instance, "mode": mode, "provider": provider}));
        }
    }
    for check in state["check_results"].as_array().into_iter().flatten() {
        let mut check = check.clone();
        if let Some(Json::Array(objects)) = check.get_mut("objects") {
            objects.sort_by_key(|object| object["object_addr"].to_string());
        }
        found.insert(format!("check {} {}", check["object_kind"], check["config_addr"]), check);
    }
    found
}
