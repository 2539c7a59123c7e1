//! Where settings come from, and which wins: the repo's file, the person's file, variables `KILTER_*`, flags; later
//! wins. What names a program counts from the repo's file only once the repo is trusted.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::nearest::nearest;
use super::places::Places;
use super::settings::Settings;
use super::shape::{Leaf, Mistake, Shape};
use super::written::{Written, schema};
use crate::model::diagnostic::Diagnostic;
use crate::model::place::{Place, Position, RepoPath};
use crate::sys::files::ReadFiles;

/// Where the repo's file may lie.
const REPO_FILES: [&str; 2] = ["kilter.toml", ".config/kilter.toml"];
/// Tables that decide what is executed.
const EXECUTING: [&str; 1] = ["tools"];
/// Variables that are not settings.
const OTHER_VARIABLES: [&str; 4] = ["KILTER_LOG", "KILTER_WRITE_DOCS", "KILTER_TRUST", "KILTER_CONFIG"];

/// Everything that settings are made from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The root of the repo or directory that was opened.
    pub root: PathBuf,
    /// Whether the person trusts it.
    pub trusted: bool,
    /// The person's directories.
    pub places: Places,
    /// Variables of the environment; those that begin with `KILTER_` are looked at.
    pub variables: Vec<(String, String)>,
    /// Flags, as key and value: `("ui.theme", "nord")`.
    pub flags: Vec<(String, String)>,
}

/// Settings with what was wrong on the way.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loaded {
    /// What is set.
    pub settings: Settings,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// Files that were read or would be if they existed: a change of one of them means loading again.
    pub files: Vec<PathBuf>,
    /// A file is not TOML at all and was left out: keep the settings from before, if there are any.
    pub broken: bool,
}

/// Reads all settings. Never fails: what is wrong is left out and said.
pub fn load(files: &dyn ReadFiles, sources: &Sources) -> Loaded {
    let shape = Shape::new(schema());
    let mut loaded = Loaded::default();
    let mut merged = Table::new();
    let repo = repo_layer(files, sources, &shape, &mut loaded);
    let person_file = sources.places.settings_file();
    let person = file_layer(files, &person_file, None, &shape, &mut loaded);
    loaded.files.push(person_file);
    let leaves = shape.leaves();
    let variables = variable_layer(&sources.variables, &leaves, &mut loaded.diagnostics);
    let flags = flag_layer(&sources.flags, &leaves, &mut loaded.diagnostics);
    for layer in [repo, person, variables, flags] {
        merge(&mut merged, layer);
    }
    match Value::Table(merged).try_into::<Written>() {
        Ok(written) => loaded.settings = written.meaning(),
        Err(error) => loaded.diagnostics.push(Diagnostic::error("Settings could not be read", format!("{error}."))),
    }
    loaded
}

fn repo_layer(files: &dyn ReadFiles, sources: &Sources, shape: &Shape, loaded: &mut Loaded) -> Table {
    let candidates = REPO_FILES.map(|name| (sources.root.join(name), RepoPath::new(name)));
    let found: Vec<_> = candidates.iter().filter(|(path, _)| files.is_file(path)).collect();
    loaded.files.extend(candidates.iter().map(|(path, _)| path.clone()));
    let Some((path, name)) = found.first() else { return Table::new() };
    if let Some((_, second)) = found.get(1) {
        let detail = format!("{name} is read, {second} is not. Keep one of them.");
        loaded.diagnostics.push(Diagnostic::warning("Two files of settings", detail).at(Place::top_of(second.clone())));
    }
    let mut layer = file_layer(files, path, Some(name), shape, loaded);
    if !sources.trusted {
        for table in EXECUTING {
            if layer.remove(table).is_some() {
                let detail =
                    format!("[{table}] decides which programs run, so it counts once you trust this repository.");
                let diagnostic = Diagnostic::warning(format!("`{table}` is ignored"), detail);
                loaded.diagnostics.push(diagnostic.at(Place::top_of((*name).clone())));
            }
        }
    }
    layer
}

fn file_layer(
    files: &dyn ReadFiles,
    path: &Path,
    inside: Option<&RepoPath>,
    shape: &Shape,
    loaded: &mut Loaded,
) -> Table {
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Table::new(),
        Err(error) => {
            let detail = format!("{}: {error}. Kilter goes on without it.", path.display());
            loaded.diagnostics.push(Diagnostic::error("Settings could not be read", detail));
            return Table::new();
        }
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        let detail = format!("{} is not UTF-8. Kilter goes on without it.", path.display());
        loaded.diagnostics.push(Diagnostic::error("Settings could not be read", detail));
        loaded.broken = true;
        return Table::new();
    };
    let (table, mistakes, severe) = match shape.read(text) {
        Ok((table, mistakes)) => (table, mistakes, false),
        Err(mistakes) => (Table::new(), mistakes, true),
    };
    loaded.broken |= severe;
    loaded.diagnostics.extend(mistakes.into_iter().map(|mistake| diagnostic(mistake, text, path, inside, severe)));
    table
}

fn diagnostic(mistake: Mistake, text: &str, path: &Path, inside: Option<&RepoPath>, severe: bool) -> Diagnostic {
    let (start, end) = (position(text, mistake.span.start), position(text, mistake.span.end));
    let make = if severe { Diagnostic::error } else { Diagnostic::warning };
    match inside {
        Some(inside) => make(&mistake.summary, mistake.detail).at(Place { path: inside.clone(), start, end }),
        // A file outside the repo has no place in it; its name stands in the text.
        None => make(&mistake.summary, format!("{} line {}: {}", path.display(), start.line, mistake.detail)),
    }
}

fn position(text: &str, byte: usize) -> Position {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Position {
        line: number(before.matches('\n').count() + 1),
        column: number(before[line_start..].graphemes(true).count() + 1),
        byte: number(byte),
    }
}

/// The variable of a setting: `KILTER_UI_THEME` for `ui.theme`.
pub(super) fn variable_name(key: &str) -> String {
    format!("KILTER_{}", key.replace(['.', '-'], "_").to_uppercase())
}

fn variable_layer(
    variables: &[(String, String)],
    leaves: &BTreeMap<String, Leaf>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Table {
    let known: BTreeMap<String, &str> = leaves.keys().map(|key| (variable_name(key), key.as_str())).collect();
    let mut layer = Table::new();
    for (name, text) in variables.iter().filter(|(name, _)| name.starts_with("KILTER_")) {
        if OTHER_VARIABLES.contains(&name.as_str()) {
            continue;
        }
        let Some(key) = known.get(name) else {
            let meant = nearest(name, known.keys().map(String::as_str));
            let hint = meant.map(|meant| format!(" Did you mean {meant}?")).unwrap_or_default();
            diagnostics.push(Diagnostic::warning(format!("Unknown variable {name}"), format!("It is ignored.{hint}")));
            continue;
        };
        set(&mut layer, key, text, leaves, &format!("the variable {name}"), diagnostics);
    }
    layer
}

fn flag_layer(flags: &[(String, String)], leaves: &BTreeMap<String, Leaf>, diagnostics: &mut Vec<Diagnostic>) -> Table {
    let mut layer = Table::new();
    for (key, text) in flags {
        if leaves.contains_key(key) {
            set(&mut layer, key, text, leaves, &format!("the flag for `{key}`"), diagnostics);
        } else {
            let meant = nearest(key, leaves.keys().map(String::as_str));
            let hint = meant.map(|meant| format!(" Did you mean `{meant}`?")).unwrap_or_default();
            diagnostics.push(Diagnostic::error(format!("Unknown setting `{key}`"), format!("It is ignored.{hint}")));
        }
    }
    layer
}

fn set(
    layer: &mut Table,
    key: &str,
    text: &str,
    leaves: &BTreeMap<String, Leaf>,
    from: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match parse(leaves.get(key), text) {
        Ok(value) => {
            let mut parts: Vec<&str> = key.split('.').collect();
            let last = parts.pop().unwrap_or(key);
            let mut nested = Table::from_iter([(last.to_owned(), value)]);
            for part in parts.iter().rev() {
                nested = Table::from_iter([((*part).to_owned(), Value::Table(nested))]);
            }
            merge(layer, nested);
        }
        Err(wanted) => {
            let detail = format!("{from} says `{text}`. {wanted} It is ignored.");
            diagnostics.push(Diagnostic::warning(format!("Wrong value for `{key}`"), detail));
        }
    }
}

fn parse(leaf: Option<&Leaf>, text: &str) -> Result<Value, String> {
    match leaf {
        Some(Leaf::Switch) => match text.to_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(Value::Boolean(true)),
            "0" | "false" | "no" | "off" => Ok(Value::Boolean(false)),
            _ => Err("It must be `true` or `false`.".to_owned()),
        },
        Some(Leaf::Number) => text
            .parse::<u32>()
            .map(|number| Value::Integer(number.into()))
            .map_err(|_| "It must be a whole number below 4294967296.".to_owned()),
        Some(Leaf::List) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Ok(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
        Some(Leaf::OneOf(choices)) if !choices.iter().any(|choice| choice == text) => {
            Err(format!("It must be one of {}.", choices.join(", ")))
        }
        Some(Leaf::Text | Leaf::OneOf(_)) | None => Ok(Value::String(text.to_owned())),
    }
}

/// Later values win; tables are put together.
fn merge(into: &mut Table, later: Table) {
    for (key, value) in later {
        match (into.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::settings::{Icons, RuleSetting, VariableSetting};
    use crate::model::finding::Level;
    use crate::model::run::StepKind;
    use crate::sys::files::FakeFiles;

    fn sources() -> Sources {
        let places = Places { config: "/home/a/.config/kilter".into(), state: "/home/a/.local/state/kilter".into() };
        Sources { root: "/r".into(), places, ..Sources::default() }
    }

    fn shown(loaded: &Loaded) -> Vec<String> {
        let line = |diagnostic: &Diagnostic| {
            let place = diagnostic.subject.as_ref().map(|p| format!("{p}:{} ", p.start.column)).unwrap_or_default();
            format!("{place}{}: {}", diagnostic.summary, diagnostic.detail)
        };
        loaded.diagnostics.iter().map(line).collect()
    }

    #[test]
    fn without_files_everything_has_its_default() {
        let loaded = load(&FakeFiles::default(), &sources());
        assert_eq!(loaded.settings, Settings::default());
        assert_eq!(loaded.diagnostics, []);
        assert_eq!(loaded.files.len(), 3);
    }

    #[test]
    fn every_key_is_understood() {
        let text = r#"
            [environment.test]
            var-file = "environments/test.tfvars"
            variables = { region = "eu", replicas = 3, zones = ["a", "b"], tags = { x = true } }
            apply-order = ["network", "./web/"]
            exclude = ["cloud"]
            procfile = "Procfile"
            goss = "goss.yaml"
            [environment.stage]
            var-file = ["a.tfvars", "b.tfvars"]
            [lint]
            threshold = "error"
            rules = { terraform_naming_convention = "off", fc045 = "error" }
            [checks]
            jobs = 4
            skip = ["plan", "test"]
            [ui]
            theme = "nord"
            mouse = false
            icons = "ascii"
            [keys]
            "plan.next-prior" = "p"
            "app.quit" = ["q", "Q"]
            [plan]
            hide = ["tags_all"]
            against = "HEAD"
            [watch]
            debounce-ms = 40
            [ignore]
            paths = ["vendor/"]
            [tools]
            terraform = "/opt/tofu"
        "#;
        let loaded = load(&FakeFiles::with([("/r/kilter.toml", text)]), &Sources { trusted: true, ..sources() });
        assert_eq!(shown(&loaded), Vec::<String>::new());
        let settings = loaded.settings;
        let test = settings.environment("test");
        assert_eq!(test.var_files, [RepoPath::new("environments/test.tfvars")]);
        assert_eq!(test.variables["region"], VariableSetting::Text("eu".into()));
        assert_eq!(test.variables["replicas"], VariableSetting::Expression("3".into()));
        assert_eq!(test.variables["zones"], VariableSetting::Expression(r#"["a","b"]"#.into()));
        assert_eq!(test.variables["tags"], VariableSetting::Expression(r#"{"x":true}"#.into()));
        assert_eq!(test.apply_order, [RepoPath::new("network"), RepoPath::new("web")]);
        assert_eq!(settings.environment("stage").var_files.len(), 2);
        assert_eq!(settings.environment("nowhere"), crate::config::settings::EnvironmentSettings::default());
        assert_eq!(
            (settings.lint.threshold, settings.lint.rules["fc045"]),
            (Level::Error, RuleSetting::At(Level::Error))
        );
        assert_eq!(settings.lint.rules["terraform_naming_convention"], RuleSetting::Off);
        assert_eq!((settings.checks.jobs, settings.checks.skip), (4, vec![StepKind::Plan, StepKind::Test]));
        assert_eq!(
            (settings.ui.theme.as_deref(), settings.ui.mouse, settings.ui.icons),
            (Some("nord"), false, Icons::Ascii)
        );
        assert_eq!(settings.keys["app.quit"], ["q", "Q"]);
        assert_eq!((settings.plan.hide[0].as_str(), settings.plan.against.as_deref()), ("tags_all", Some("HEAD")));
        assert_eq!(settings.watch.debounce, Duration::from_millis(40));
        assert_eq!(settings.tools["terraform"], Path::new("/opt/tofu"));
    }

    #[test]
    fn a_mistake_costs_its_key_only_and_is_named() {
        let text = "[lint]\ntreshold = \"error\"\n[ui]\nmouse = \"no\"\nicons = \"asci\"\ntheme = \"nord\"\n\
                    [watch]\ndebounce-ms = 0\n[environment.test]\nvariabels = {}\n[wat]\nx = 1\n[checks]\nskip = [\"plans\"]\n";
        let loaded = load(&FakeFiles::with([("/r/kilter.toml", text)]), &sources());
        assert_eq!(
            shown(&loaded),
            [
                "kilter.toml:2:1 Unknown setting `lint.treshold`: It is ignored. Did you mean `threshold`?",
                "kilter.toml:4:9 Wrong value for `ui.mouse`: It must be `true` or `false`, not a string. The value is left out.",
                "kilter.toml:5:9 Wrong value for `ui.icons`: It must be one of `unicode`, `ascii`. Did you mean `ascii`? The value is left out.",
                "kilter.toml:8:15 Wrong value for `watch.debounce-ms`: It must be between 1 and 5000. The value is left out.",
                "kilter.toml:10:1 Unknown setting `environment.test.variabels`: It is ignored. Did you mean `variables`?",
                "kilter.toml:11:2 Unknown setting `wat`: It is ignored. Known here are: environment, lint, checks, ui, keys, plan, watch, ignore, limits, tools.",
                "kilter.toml:14:8 Wrong value for `checks.skip`: It must be one of `format`, `validate`, `lint`, `plan`, `test`. Did you mean `plan`? The value is left out.",
            ]
        );
        assert_eq!(loaded.settings.ui.theme.as_deref(), Some("nord"));
        assert!(!loaded.broken);
    }

    #[test]
    fn what_is_not_toml_is_said() {
        let loaded = load(&FakeFiles::with([("/r/kilter.toml", "[ui\ntheme = ")]), &sources());
        assert!(loaded.broken && loaded.diagnostics[0].is_error());
        assert_eq!(loaded.diagnostics[0].subject.as_ref().unwrap().start.line, 1);
        let loaded = load(&FakeFiles::with([("/r/kilter.toml", &b"\xff\xfe"[..])]), &sources());
        assert!(loaded.broken && loaded.diagnostics[0].detail.contains("UTF-8"));
    }

    #[test]
    fn later_layers_win() {
        let files = FakeFiles::with([
            (
                "/r/.config/kilter.toml",
                "[ui]\ntheme = \"repo\"\nmouse = false\n[lint]\nthreshold = \"note\"\n[keys]\na = \"x\"\n",
            ),
            ("/home/a/.config/kilter/config.toml", "[ui]\ntheme = \"person\"\n[keys]\nb = \"y\"\nwrong = 3\n"),
        ]);
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let mut sources = sources();
        let loaded = load(&files, &sources);
        assert_eq!(loaded.settings.ui.theme.as_deref(), Some("person"));
        assert_eq!(loaded.settings.keys.len(), 2);
        assert!(shown(&loaded)[0].contains("/home/a/.config/kilter/config.toml line 5:"), "{:?}", shown(&loaded));
        sources.variables = vec![
            pair("KILTER_UI_THEME", "variable"),
            pair("KILTER_CHECKS_SKIP", "plan, test"),
            pair("KILTER_UI_MOUSE", "maybe"),
            pair("KILTER_UI_THEMES", "x"),
            pair("KILTER_LOG", "debug"),
            pair("PATH", "/bin"),
        ];
        let loaded = load(&files, &sources);
        assert_eq!(loaded.settings.ui.theme.as_deref(), Some("variable"));
        assert_eq!(loaded.settings.checks.skip.len(), 2);
        let diagnostics = shown(&loaded).split_off(1);
        assert_eq!(
            diagnostics[0],
            "Wrong value for `ui.mouse`: the variable KILTER_UI_MOUSE says `maybe`. It must be `true` or `false`. It is ignored."
        );
        assert_eq!(diagnostics[1], "Unknown variable KILTER_UI_THEMES: It is ignored. Did you mean KILTER_UI_THEME?");
        sources.flags = vec![pair("ui.theme", "flag"), pair("lint.threshold", "error"), pair("lint.thresold", "x")];
        let loaded = load(&files, &sources);
        assert_eq!(loaded.settings.ui.theme.as_deref(), Some("flag"));
        assert_eq!((loaded.settings.lint.threshold, loaded.settings.ui.mouse), (Level::Error, false));
        assert!(shown(&loaded).last().unwrap().contains("Did you mean `lint.threshold`?"));
    }

    #[test]
    fn programs_wait_for_trust() {
        let files = FakeFiles::with([("/r/kilter.toml", "[tools]\nterraform = \"./evil\"\n[ui]\ntheme = \"x\"\n")]);
        let loaded = load(&files, &sources());
        assert!(loaded.settings.tools.is_empty() && loaded.settings.ui.theme.is_some());
        assert!(shown(&loaded)[0].contains("once you trust"));
        let person = FakeFiles::with([("/home/a/.config/kilter/config.toml", "[tools]\nterraform = \"/opt/t\"\n")]);
        assert_eq!(load(&person, &sources()).settings.tools.len(), 1, "a person's own file may");
    }

    #[test]
    fn two_files_of_the_repo_are_too_many() {
        let files = FakeFiles::with([("/r/kilter.toml", ""), ("/r/.config/kilter.toml", "")]);
        assert_eq!(load(&files, &sources()).diagnostics[0].summary, "Two files of settings");
    }

    /// What the schema calls a default is what an absent key means.
    #[test]
    fn documented_defaults_are_true() {
        fn collect(shape: &Shape, schema: &serde_json::Value, path: &str, out: &mut Vec<(String, String)>) {
            // The `default` stands beside a reference, so it is looked for before following it.
            if let Some(default) = schema.get("default").filter(|d| !d.is_object() && !d.is_array() && !d.is_null()) {
                out.push((path.to_owned(), default.as_str().map_or_else(|| default.to_string(), str::to_owned)));
            }
            for (name, below) in shape.follow(schema)["properties"].as_object().into_iter().flatten() {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(shape, below, &path, out);
            }
        }
        let (shape, mut flags) = (Shape::new(schema()), Vec::new());
        collect(&shape, shape.root(), "", &mut flags);
        assert!(flags.len() >= 5, "{flags:?}");
        let loaded = load(&FakeFiles::default(), &Sources { flags, ..sources() });
        assert_eq!((shown(&loaded), loaded.settings), (Vec::new(), Settings::default()));
    }
}
