//! How two answers to a case differ, in lines to read.

use serde_json::Value as Json;

/// What differs between terraform's answers and Kilter's.
pub fn differences(theirs: &Json, ours: &Json) -> Vec<String> {
    let mut found = Vec::new();
    diagnostics("validate", &theirs["validate"], &ours["validate"], &mut found);
    diagnostics("plan", &theirs["plan"]["diagnostics"], &ours["plan"]["diagnostics"], &mut found);
    let Some(shown) = theirs["plan"].get("show") else { return found };
    let (mut theirs, mut ours) = (shown.clone(), ours["plan"]["show"].clone());
    for side in [&mut theirs, &mut ours] {
        // The moment of the plan.
        if let Some(object) = side.as_object_mut() {
            object.shift_remove("timestamp");
        }
        sort(side);
    }
    values("show", &theirs, &ours, &mut found);
    found
}

fn diagnostics(part: &str, theirs: &Json, ours: &Json, found: &mut Vec<String>) {
    let list = |side: &Json| -> Vec<Json> { side.as_array().into_iter().flatten().map(comparable).collect() };
    let (mut theirs, mut ours) = (list(theirs), list(ours));
    // Terraform says some things twice.
    let mut seen = Vec::new();
    theirs.retain(|found| {
        let first = !seen.contains(found);
        seen.push(found.clone());
        first
    });
    theirs.retain(|wanted| match ours.iter().position(|got| same(wanted, got)) {
        Some(at) => {
            ours.remove(at);
            false
        }
        None => true,
    });
    found.extend(theirs.iter().map(|d| format!("{part}: terraform says {d}")));
    found.extend(ours.iter().map(|d| format!("{part}: only Kilter says {d}")));
}

/// Where terraform does not say which object it is about or where it stands, Kilter may.
fn same(wanted: &Json, got: &Json) -> bool {
    let mut got = got.clone();
    if wanted["range"].is_null()
        && let Some(object) = got.as_object_mut()
    {
        object.shift_remove("range");
        object["snippet"] = Json::Null;
    }
    if wanted["address"].is_null()
        && let Some(object) = got.as_object_mut()
    {
        object.shift_remove("address");
    }
    *wanted == got
}

/// Members of a cycle are named in no stable order; the signature of a function that was called wrongly is terraform's alone.
fn comparable(diagnostic: &Json) -> Json {
    let mut diagnostic = diagnostic.clone();
    for part in ["summary", "detail"] {
        if let Some(names) = diagnostic[part].as_str().and_then(|text| text.strip_prefix("Cycle: ")) {
            let mut names: Vec<&str> = names.split(", ").collect();
            names.sort_unstable();
            diagnostic[part] = Json::from(format!("Cycle: {}", names.join(", ")));
        }
    }
    if let Some(snippet) = diagnostic["snippet"].as_object_mut() {
        snippet.shift_remove("function_call");
    }
    if diagnostic["detail"].is_null() {
        diagnostic["detail"] = Json::from("");
    }
    diagnostic
}

/// Puts lists that terraform gives in no stable order into one.
fn sort(value: &mut Json) {
    match value {
        Json::Object(entries) => {
            for (key, inner) in entries.iter_mut() {
                sort(inner);
                let sorted = [
                    "child_modules",
                    "resource_changes",
                    "resource_drift",
                    "checks",
                    "relevant_attributes",
                    "resources",
                ];
                if let (true, Json::Array(items)) = (sorted.contains(&key.as_str()), inner) {
                    items.sort_by_key(|item| format!("{} {} {}", item["address"], item["deposed"], item));
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(sort),
        _ => {}
    }
}

fn values(path: &str, theirs: &Json, ours: &Json, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Json::Object(a), Json::Object(b)) => {
            for (key, wanted) in a {
                match b.get(key) {
                    Some(got) => values(&format!("{path}.{key}"), wanted, got, found),
                    None => found.push(format!("{path}.{key}: missing {wanted}")),
                }
            }
            for (key, got) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
                found.push(format!("{path}.{key}: only Kilter has {got}"));
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (at, (wanted, got)) in a.iter().zip(b).enumerate() {
                let name = wanted["address"].as_str().map_or_else(|| at.to_string(), str::to_owned);
                values(&format!("{path}[{name}]"), wanted, got, found);
            }
        }
        _ if theirs == ours => {}
        _ => found.push(format!("{path}: terraform {theirs}, Kilter {ours}")),
    }
}
