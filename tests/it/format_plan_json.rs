//! Plan JSON of the real terraform, read and written again.

use std::path::Path;
use std::sync::Arc;

use kilter::format::plan_json::{self, PlanParts, Schemas};
use kilter::model::action::{Action, ActionReason};
use kilter::model::address::{ResourceInstanceAddress, ResourceMode};
use kilter::model::plan::{Plan, ResourceChange};
use kilter::model::schema::ResourceSchema;
use kilter::model::value::{Value, ValueKind};
use serde_json::Value as Json;

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/terraform-1.11.4").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

struct NoSchemas;

impl Schemas for NoSchemas {
    fn find(&self, _: &str, _: ResourceMode, _: &str) -> Option<Arc<ResourceSchema>> {
        None
    }
}

fn written(plan: &Plan) -> Json {
    let parts = PlanParts { schemas: &NoSchemas, configuration: None, relevant_attributes: &[] };
    serde_json::from_slice(&plan_json::write(plan, &parts).unwrap()).unwrap()
}

/// Without what the model does not keep: the configuration, and the collection types of what is unknown (which show as
/// empty collections in the sensitive masks).
fn comparable(mut json: Json) -> Json {
    let object = json.as_object_mut().unwrap();
    object.shift_remove("configuration");
    object.shift_remove("relevant_attributes");
    strip_empty_masks(&mut json, false);
    json
}

fn strip_empty_masks(json: &mut Json, within_mask: bool) {
    let empty =
        |json: &Json| json.as_object().is_some_and(|o| o.is_empty()) || json.as_array().is_some_and(Vec::is_empty);
    match json {
        Json::Object(entries) => {
            for (name, child) in entries.iter_mut() {
                strip_empty_masks(child, within_mask || name.ends_with("_sensitive") || name == "sensitive_values");
            }
            if within_mask {
                entries.retain(|_, child| !empty(child));
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| strip_empty_masks(item, within_mask)),
        _ => {}
    }
}

#[test]
fn what_terraform_shows_is_read_and_written_again() {
    for name in ["create", "destroy", "many", "noop", "state-edited", "target", "fail-precondition"] {
        let bytes = golden(&format!("show-plan-{name}.json"));
        let plan = plan_json::read(&bytes).unwrap();
        let theirs = comparable(serde_json::from_slice(&bytes).unwrap());
        let ours = comparable(written(&plan));
        for (part, value) in theirs.as_object().unwrap() {
            assert_eq!(&ours[part], value, "{name}: {part}");
        }
        assert_eq!(ours, theirs, "{name}");
        let order = |json: &Json| json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(order(&ours), order(&theirs), "{name}: the order of the fields");
    }
}

fn change<'a>(plan: &'a Plan, address: &str) -> &'a ResourceChange {
    let address = ResourceInstanceAddress::parse(address).unwrap();
    plan.changes.iter().find(|change| change.address == address).unwrap()
}

#[test]
fn every_action_and_reason_is_understood() {
    let plan = plan_json::read(&golden("show-plan-many.json")).unwrap();
    let facts = |address| {
        let change = change(&plan, address);
        (change.change.action, change.reason)
    };
    assert_eq!(facts("terraform_data.cbd").0, Action::CreateThenDelete);
    assert_eq!(facts("terraform_data.taint_me"), (Action::DeleteThenCreate, Some(ActionReason::ReplaceBecauseTainted)));
    assert_eq!(facts("terraform_data.pool[2]"), (Action::Delete, Some(ActionReason::DeleteBecauseCountIndex)));
    assert_eq!(facts("terraform_data.forget_me").0, Action::Forget);
    assert_eq!(facts("data.terraform_remote_state.other").1, Some(ActionReason::ReadBecauseConfigUnknown));
    assert_eq!(
        change(&plan, "terraform_data.new_name").previous_address.as_ref().unwrap().to_string(),
        "terraform_data.old_name"
    );
    assert!(change(&plan, "terraform_data.adopted").change.importing.is_some());
    assert_eq!(change(&plan, "terraform_data.replace_me").change.replace_paths[0].to_string(), "triggers_replace");
    let secret = &change(&plan, "terraform_data.secret").change;
    assert!(secret.after.get("input").unwrap().is_sensitive() && secret.after.get("output").unwrap().is_unknown());
    let created = &change(&plan, "terraform_data.create_me").change.after;
    assert!(created.get("input").unwrap().get("parent").unwrap().is_unknown());
    assert!(plan.applyable && plan.complete && !plan.errored);
    assert_eq!(plan.prior_state.as_ref().unwrap().resources.len(), 15);
}

#[test]
fn a_refresh_that_only_moved_something_is_drift() {
    let plan = plan_json::read(&golden("show-refresh-only-moved.json")).unwrap();
    assert_eq!((plan.changes.len(), plan.drift.len(), plan.applyable), (0, 1, false));
    assert!(plan_json::read(&golden("show-plan-fail-precondition.json")).unwrap().errored);
}

#[test]
fn what_a_plan_says_several_times_is_read_once() {
    let object = r#"{"id":"i","size":[1,2],"tags":{"a":"b"}}"#;
    let edited = object.replace("\"id\":\"i\"", "\"id\":\"j\"");
    let change = |name: &str, after: &str| {
        format!(
            r#"{{"address":"x_y.{name}","provider_name":"p","change":{{"actions":["update"],"before":{object},"after":{after},"after_unknown":{{"tags":{{}}}},"before_sensitive":{{}},"after_sensitive":{{"size":[false,false]}}}}}}"#
        )
    };
    let text = format!(
        r#"{{"format_version":"1.2","resource_changes":[{},{}],"prior_state":{{"values":{{"root_module":{{"resources":[{{"address":"x_y.same","values":{object},"sensitive_values":{{"tags":{{"a":true}}}},"depends_on":["x_y.edited"]}}]}}}}}}}}"#,
        change("same", object),
        change("edited", &edited)
    );
    let plan = plan_json::read(text.as_bytes()).expect("a plan");
    let entries = |value: &Value| match &value.kind {
        ValueKind::Object(entries) => entries.clone(),
        other => panic!("{other:?} is no object"),
    };
    let same = change_of(&plan, "x_y.same");
    assert!(Arc::ptr_eq(&entries(&same.change.before), &entries(&same.change.after)));
    let state = plan.prior_state.as_ref().expect("a prior state");
    let instance = &state.resources[0].instances[0];
    assert!(Arc::ptr_eq(&entries(&same.change.before), &entries(&instance.attributes)));
    assert_eq!(instance.sensitive_paths.len(), 1);
    assert_eq!(instance.dependencies.len(), 1);
    let edited = change_of(&plan, "x_y.edited");
    let (before, after) = (entries(&edited.change.before), entries(&edited.change.after));
    assert_eq!(after["id"].as_str(), Some("j"));
    assert!(Arc::ptr_eq(&entries(&before["tags"]), &entries(&after["tags"])));
}

fn change_of(plan: &Plan, address: &str) -> Arc<ResourceChange> {
    plan.changes.iter().find(|change| change.address.to_string() == address).expect("the change").clone()
}

#[test]
fn another_versions_plan_is_named_before_its_form_is_blamed() {
    let text = r#"{"resource_changes":[],"format_version":"2.0","prior_state":[1]}"#;
    assert!(plan_json::read(text.as_bytes()).unwrap_err().to_string().contains("2.0"));
    let cut = r#"{"format_version":"1.2","resource_changes":[{"address":"a.b","#;
    assert!(plan_json::read(cut.as_bytes()).unwrap_err().to_string().contains("cut off"));
    let bad = r#"{"format_version":"1.2","resource_changes":[{"address":"a..b","change":{"actions":["no-op"]}}]}"#;
    assert!(plan_json::read(bad.as_bytes()).is_err());
}
