//! The published schema and reference of the settings are those that the code means.

use std::path::Path;

/// Compares a published file with what it must be; writes it anew when `KILTER_WRITE_DOCS` is set.
fn is_fresh(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("KILTER_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().expect("docs is a directory")).expect("docs can be made");
        std::fs::write(&path, wanted).expect("docs can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/{name} is stale: KILTER_WRITE_DOCS=1 cargo test --test it config_ writes it anew");
}

#[test]
fn the_published_schema_is_fresh() {
    let text = serde_json::to_string_pretty(&kilter::config::schema()).expect("a schema is JSON");
    is_fresh("kilter.schema.json", &(text + "\n"));
}

#[test]
fn the_reference_is_fresh() {
    is_fresh("configuration.md", &kilter::config::reference::reference());
}

/// The schema accepts a file that uses every section, and refuses what the loader complains about.
#[test]
fn the_schema_judges_as_the_loader_does() {
    let validator = jsonschema::validator_for(&kilter::config::schema()).expect("a valid schema");
    let good: serde_json::Value = serde_json::json!({
        "environment": {"test": {"var-file": ["a.tfvars"], "variables": {"n": 3, "o": {"x": []}}}},
        "lint": {"threshold": "note", "rules": {"any_rule": "off"}},
        "keys": {"a": "b", "c": ["d"]}, "watch": {"debounce-ms": 20}, "tools": {"terraform": "/t"},
    });
    assert!(validator.is_valid(&good), "{:?}", validator.iter_errors(&good).map(|e| e.to_string()).collect::<Vec<_>>());
    for bad in [
        serde_json::json!({"lnit": {}}),
        serde_json::json!({"lint": {"threshold": "bad"}}),
        serde_json::json!({"watch": {"debounce-ms": 0}}),
        serde_json::json!({"ui": {"mouse": "yes"}}),
    ] {
        assert!(!validator.is_valid(&bad), "{bad}");
    }
}
