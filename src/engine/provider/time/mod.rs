//! `hashicorp/time` 0.13: moments that are kept in the state, rotate, are a distance away, or are waited for.

mod functions;
mod schema;
mod stamp;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use super::attributes::{attribute, is_given, object_of, text, whole, with};
use super::{ApplyFault, PlannedObject, Provider, World, planning};
use crate::lang::func::{Function, Moment, parse_duration};
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::ProviderSchema;
use crate::model::value::{Type, Value};

/// The provider of moments.
#[derive(Debug, Default)]
pub(super) struct Time {
    schema: OnceLock<ProviderSchema>,
}

const STATIC: &str = "time_static";
const OFFSET: &str = "time_offset";
const ROTATING: &str = "time_rotating";
const SLEEP: &str = "time_sleep";

type Facts = Vec<(&'static str, Value)>;

/// What a moment configured or taken now makes known of an object.
fn facts(type_name: &str, object: &Value, base: Moment) -> Result<Facts, String> {
    let at = |prefix: &str, otherwise: Option<&str>| match (stamp::distance(object, prefix), otherwise) {
        (Some(distance), Some(text)) if distance.years == 0 && !text.is_empty() => Moment::parse(text),
        (Some(distance), _) => stamp::later(base, distance),
        (None, Some(text)) if !text.is_empty() => Moment::parse(text),
        (None, _) => Moment::parse(stamp::ZERO),
    };
    let text_of = |moment: Moment| Value::string(moment.text());
    Ok(match type_name {
        OFFSET => {
            let there = at("offset_", None)?;
            let mut facts = stamp::parts(there);
            facts.extend([("base_rfc3339", text_of(base)), ("rfc3339", text_of(there)), ("id", text_of(base))]);
            facts
        }
        ROTATING => {
            let there = at("rotation_", text(object, "rotation_rfc3339"))?;
            let mut facts = stamp::parts(there);
            facts.extend([("rfc3339", text_of(base)), ("rotation_rfc3339", text_of(there)), ("id", text_of(base))]);
            facts
        }
        _ => {
            let kept = text(object, "rfc3339").map_or_else(|| text_of(base), Value::string);
            let mut facts = stamp::parts(base);
            facts.extend([("rfc3339", kept.clone()), ("id", kept)]);
            facts
        }
    })
}

fn base_name(type_name: &str) -> &'static str {
    if type_name == OFFSET { "base_rfc3339" } else { "rfc3339" }
}

/// The words for a base timestamp that is none.
fn unreadable(type_name: &str, doing: &str, fault: &str) -> Diagnostic {
    let (summary, name) = match type_name {
        OFFSET => (format!("{doing} time offset error"), "base_rfc3339"),
        ROTATING => (format!("{doing} time rotating error"), "rfc3339"),
        _ => (format!("{doing} time static error"), "rfc3339"),
    };
    let detail =
        format!("The {name} timestamp that was supplied could not be parsed as RFC3339.\n\n+Original Error: {fault}");
    Diagnostic::error(summary, detail)
}

fn wait(object: &Value, name: &str, world: &World<'_>) -> Result<(), Diagnostic> {
    let Some(written) = text(object, name).filter(|written| !written.is_empty()) else { return Ok(()) };
    let duration = parse_duration(written).map_err(|fault| {
        let detail = format!("The {name} cannot be parsed\n\n+Original Error: {fault}");
        Diagnostic::error("Create time sleep error", detail)
    })?;
    if world.earnest && !world.wait(Duration::try_from(duration).unwrap_or_default()) {
        let detail = "The wait was interrupted, since the apply was asked to stop.";
        return Err(Diagnostic::error("Create time sleep error", detail));
    }
    Ok(())
}

/// `30s`, `1.5h`, `200ms`: one number, one unit.
fn is_simple_duration(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let mut halves = digits.splitn(2, '.');
    let mut number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    ["ms", "s", "m", "h"].contains(&&text[digits.len()..]) && halves.all(&mut number)
}

fn at_least_one(config: &Value, names: &[&str]) -> Option<Diagnostic> {
    if names.iter().any(|name| is_given(config, name)) {
        return None;
    }
    let detail = format!("At least one of these attributes must be configured: [{}]", names.join(","));
    Some(Diagnostic::error("Missing Attribute Configuration", detail))
}

fn check_moment(config: &Value, name: &str) -> Option<Diagnostic> {
    let fault = Moment::parse(text(config, name)?).err()?;
    let given = text(config, name).unwrap_or_default();
    let detail = format!(
        "A string value was provided that is not valid RFC3339 string format.\n\nGiven Value: {given}\nError: {fault}\n\nAttribute: {name}"
    );
    Some(Diagnostic::error("Invalid RFC3339 String Value", detail))
}

fn validate_sleep(config: &Value) -> Vec<Diagnostic> {
    let names = ["create_duration", "destroy_duration"];
    let wrong = names.into_iter().filter_map(|name| {
        let given = text(config, name).filter(|given| !is_simple_duration(given))?;
        let detail = format!(
            "Attribute {name} must be a number immediately followed by ms (milliseconds), s (seconds), m (minutes), or h (hours). For example, \"30s\" for 30 seconds., got: {given}"
        );
        Some(Diagnostic::error("Invalid Attribute Value Match", detail))
    });
    // As the provider has it, the check stands at each argument and so says nothing when there is none.
    wrong.collect()
}

impl Time {
    fn create(type_name: &str, planned: &Value, world: &World<'_>) -> Result<Facts, Diagnostic> {
        if type_name == SLEEP {
            wait(planned, "create_duration", world)?;
            let now = stamp::now(world.now).map_err(|fault| unreadable(type_name, "Create", &fault))?;
            return Ok(vec![("id", Value::string(now.text()))]);
        }
        let given = text(planned, base_name(type_name)).filter(|given| !given.is_empty());
        let base = given.map_or_else(|| stamp::now(world.now), Moment::parse);
        let base = base.map_err(|fault| unreadable(type_name, "Create", &fault))?;
        facts(type_name, planned, base).map_err(|fault| unreadable(type_name, "Create", &fault))
    }

    fn imported(&self, type_name: &str, id: &str, world: &World<'_>) -> Result<Value, String> {
        let ty = self.schema().resources[type_name].block.implied_type();
        let form = |form: &str| format!("Unexpected format of ID (\"{id}\"), expected {form}");
        let parts: Vec<&str> = id.split(',').collect();
        let no_triggers = ("triggers", Value::map(Type::String, BTreeMap::new()));
        let numbers = |names: &[&'static str], parts: &[&str]| -> Result<Facts, String> {
            let given = names.iter().zip(parts).filter(|(_, part)| !part.is_empty());
            let number = |(name, part): (&&'static str, &&str)| {
                let number =
                    part.parse().map_err(|_| format!("could not parse {name} (\"{part}\") as a whole number"))?;
                Ok((*name, Value::int(number)))
            };
            given.map(number).collect()
        };
        match type_name {
            STATIC => {
                let base = Moment::parse(id)?;
                let object = with(&object_of(&ty, [no_triggers]), facts(type_name, &Value::empty_object(), base)?);
                Ok(object)
            }
            OFFSET => {
                if parts.len() != 7 || parts[0].is_empty() || parts[1..].iter().all(|part| part.is_empty()) {
                    return Err(form(
                        "BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS where at least one offset value is non-empty",
                    ));
                }
                let given = object_of(&ty, numbers(&schema::OFFSETS, &parts[1..])?.into_iter().chain([no_triggers]));
                let known = facts(type_name, &given, Moment::parse(parts[0])?)?;
                Ok(with(&given, known))
            }
            ROTATING => {
                let given = match parts.as_slice() {
                    [base, rotation] if !base.is_empty() && !rotation.is_empty() => {
                        vec![("rotation_rfc3339", Value::string(*rotation))]
                    }
                    [base, rest @ ..] if rest.len() == 5 && !base.is_empty() && rest.iter().any(|p| !p.is_empty()) => {
                        numbers(&schema::ROTATIONS, rest)?
                    }
                    _ => {
                        return Err(form(
                            "BASETIMESTAMP,YEARS,MONTHS,DAYS,HOURS,MINUTES or BASETIMESTAMP,ROTATIONTIMESTAMP",
                        ));
                    }
                };
                let given = object_of(&ty, given.into_iter().chain([no_triggers]));
                let known = facts(type_name, &given, Moment::parse(parts[0])?)?;
                Ok(with(&given, known))
            }
            _ => {
                if parts.len() < 2 || (parts[0].is_empty() && parts[1].is_empty()) {
                    return Err(form(
                        "CREATEDURATION,DESTROYDURATION,KEY=VALUE,KEY=VALUE... where at least one duration is non-empty",
                    ));
                }
                let mut triggers = BTreeMap::new();
                for trigger in &parts[2..] {
                    let Some((key, value)) = trigger.split_once('=') else {
                        return Err(format!("Trigger import entries must be KEY=VALUE, got {trigger}"));
                    };
                    triggers.insert(key.into(), Value::string(value));
                }
                let mut given = vec![
                    ("triggers", Value::map(Type::String, triggers)),
                    ("id", Value::string(stamp::now(world.now)?.text())),
                ];
                for (name, part) in ["create_duration", "destroy_duration"].into_iter().zip(&parts) {
                    if !part.is_empty() {
                        parse_duration(part)?;
                        given.push((name, Value::string(*part)));
                    }
                }
                Ok(object_of(&ty, given))
            }
        }
    }
}

impl Provider for Time {
    fn source(&self) -> &str {
        "registry.terraform.io/hashicorp/time"
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(schema::provider)
    }

    fn not_carried(&self) -> &'static [(ResourceMode, &'static str)] {
        &[(ResourceMode::Managed, "time_rotating_v2"), (ResourceMode::Ephemeral, "time_sleep")]
    }

    fn validate(&self, type_name: &str, config: &Value, _: bool) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = Vec::new();
        match type_name {
            OFFSET => {
                let order = [
                    "offset_seconds",
                    "offset_minutes",
                    "offset_hours",
                    "offset_days",
                    "offset_months",
                    "offset_years",
                ];
                found.extend(at_least_one(config, &order));
            }
            ROTATING => {
                let order = [
                    "rotation_minutes",
                    "rotation_hours",
                    "rotation_days",
                    "rotation_months",
                    "rotation_years",
                    "rotation_rfc3339",
                ];
                found.extend(at_least_one(config, &order));
                found.extend(["rfc3339", "rotation_rfc3339"].into_iter().filter_map(|name| check_moment(config, name)));
                let small = schema::ROTATIONS.into_iter().filter_map(|name| Some((name, whole(config, name)?)));
                found.extend(small.filter(|(_, number)| *number < 1).map(|(name, number)| {
                    let detail = format!("Attribute {name} value must be at least 1, got: {number}");
                    Diagnostic::error("Invalid Attribute Value", detail)
                }));
            }
            SLEEP => found.extend(validate_sleep(config)),
            _ => found.extend(check_moment(config, "rfc3339")),
        }
        found
    }

    fn plan(
        &self,
        type_name: &str,
        prior: &Value,
        proposed: &Value,
        config: &Value,
    ) -> Result<PlannedObject, Vec<Diagnostic>> {
        let block = &self.schema().resources[type_name].block;
        let outcome = planning::plan(block, schema::traits(type_name), prior, proposed, config);
        let fault =
            |fault: String| vec![unreadable(type_name, if prior.is_null() { "Create" } else { "Update" }, &fault)];
        if type_name == STATIC && prior.is_null() && text(config, "rfc3339").is_some() {
            let base = Moment::parse(text(config, "rfc3339").unwrap_or_default()).map_err(fault)?;
            let known = facts(type_name, &outcome.planned, base).map_err(fault)?;
            return Ok(PlannedObject { planned: with(&outcome.planned, known), ..outcome });
        }
        let distances: &[&str] = match type_name {
            OFFSET => &schema::OFFSETS,
            ROTATING => &schema::ROTATIONS,
            _ => return Ok(outcome),
        };
        let differs = |name: &&&str| attribute(prior, name) != attribute(&outcome.planned, name);
        let rotation = type_name == ROTATING && differs(&&"rotation_rfc3339");
        let unsure = distances.iter().any(|name| attribute(config, name).is_unknown());
        if prior.is_null() || unsure || !(distances.iter().any(|name| differs(&name)) || rotation) {
            return Ok(outcome);
        }
        // A new distance from the old moment is known already.
        let name = base_name(type_name);
        let Some(base) = text(&outcome.planned, name).or_else(|| text(prior, name)) else { return Ok(outcome) };
        let base = Moment::parse(base).map_err(fault)?;
        let known = facts(type_name, &outcome.planned, base).map_err(fault)?;
        Ok(PlannedObject { planned: with(&outcome.planned, known), ..outcome })
    }

    fn apply(
        &self,
        type_name: &str,
        prior: &Value,
        planned: &Value,
        _: &Value,
        world: &World<'_>,
    ) -> Result<Value, ApplyFault> {
        let fault = |diagnostic| ApplyFault { object: None, diagnostics: vec![diagnostic] };
        if planned.is_null() {
            if type_name == SLEEP {
                wait(prior, "destroy_duration", world).map_err(fault)?;
            }
            return Ok(planned.clone());
        }
        if !prior.is_null() && planned.is_wholly_known() {
            return Ok(planned.clone());
        }
        let known = Time::create(type_name, planned, world).map_err(fault)?;
        Ok(with(planned, known))
    }

    fn read(&self, type_name: &str, current: &Value, world: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        let rotation = text(current, "rotation_rfc3339").filter(|text| type_name == ROTATING && !text.is_empty());
        let Some(rotation) = rotation else { return Ok(current.clone()) };
        let over = |fault: String| {
            let detail = format!(
                "The rotation_rfc3339 that was supplied could not be parsed as RFC3339.\n\n+Original Error: {fault}"
            );
            vec![Diagnostic::error("Read time rotating error", detail)]
        };
        let rotation = Moment::parse(rotation).map_err(over)?;
        let now = stamp::now(world.now).map_err(over)?;
        let passed = stamp::unix(now) > stamp::unix(rotation);
        Ok(if passed { Value::null_of(current.ty()) } else { current.clone() })
    }

    fn import(&self, type_name: &str, id: &str, world: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        self.imported(type_name, id, world)
            .map_err(|problem| vec![Diagnostic::error("Unexpected Format of ID", problem)])
    }

    fn function(&self, name: &str) -> Option<&'static Function> {
        functions::FUNCTIONS.iter().find(|function| function.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;
    use crate::model::value::ValuePath;

    fn bench() -> Bench<Time> {
        Bench::new(Time::default())
    }

    fn string<'a>(value: &'a Value, name: &str) -> &'a str {
        text(value, name).unwrap()
    }

    fn triggers(value: &str) -> Value {
        Value::map(Type::String, BTreeMap::from([("t".into(), Value::string(value))]))
    }

    #[test]
    fn a_moment_is_kept_until_its_trigger_changes() {
        let bench = bench();
        let config = bench.config(STATIC, [("triggers", triggers("1"))]);
        let planned = bench.plan(STATIC, &Value::null(), &config).planned;
        assert!(["id", "rfc3339", "unix"].iter().all(|name| planned.get(name).unwrap().is_unknown()));
        let made = bench.apply(STATIC, &Value::null(), &planned);
        assert_eq!((string(&made, "id"), whole(&made, "unix")), ("2023-11-14T22:13:20Z", Some(1_700_000_000)));
        assert_eq!(bench.plan(STATIC, &made, &config).planned, made);
        let changed = bench.plan(STATIC, &made, &bench.config(STATIC, [("triggers", triggers("2"))]));
        assert_eq!(changed.requires_replace, [ValuePath::attribute("rfc3339"), ValuePath::attribute("triggers")]);

        let given = bench.config(STATIC, [("rfc3339", Value::string("2020-02-12T06:36:13Z"))]);
        let planned = bench.plan(STATIC, &Value::null(), &given).planned;
        assert_eq!((string(&planned, "id"), whole(&planned, "unix")), ("2020-02-12T06:36:13Z", Some(1_581_489_373)));
        let imported = bench.import(STATIC, "2020-02-12T06:36:13Z");
        assert_eq!(with(&imported, [("triggers", attribute(&planned, "triggers"))]), planned);
        let wrong = bench.config(STATIC, [("rfc3339", Value::string("yesterday"))]);
        assert_eq!(bench.provider.validate(STATIC, &wrong, false).len(), 1);
    }

    #[test]
    fn an_offset_moves_in_place_and_is_known_at_once() {
        let bench = bench();
        let config = |days: i64| bench.config(OFFSET, [("offset_days", Value::int(days))]);
        let made = bench.create(OFFSET, &config(7));
        assert_eq!(
            (string(&made, "base_rfc3339"), string(&made, "rfc3339")),
            ("2023-11-14T22:13:20Z", "2023-11-21T22:13:20Z")
        );
        assert_eq!(string(&made, "id"), "2023-11-14T22:13:20Z");
        let further = bench.plan(OFFSET, &made, &config(8));
        assert_eq!((further.requires_replace, string(&further.planned, "rfc3339")), (vec![], "2023-11-22T22:13:20Z"));
        assert_eq!(bench.apply(OFFSET, &made, &further.planned), further.planned);
        assert_eq!(bench.import(OFFSET, "2023-11-14T22:13:20Z,,,7,,,").get("rfc3339"), made.get("rfc3339"));
        assert_eq!(bench.provider.validate(OFFSET, &bench.config(OFFSET, []), false).len(), 1);
        let both = bench.config(OFFSET, [("offset_days", Value::int(1)), ("offset_months", Value::int(1))]);
        assert_eq!(string(&bench.create(OFFSET, &both), "rfc3339"), "2023-12-14T22:13:20Z", "months win");
    }

    #[test]
    fn a_rotation_that_has_passed_is_gone() {
        let bench = bench();
        let config = bench.config(ROTATING, [("rotation_days", Value::int(30))]);
        let made = bench.create(ROTATING, &config);
        assert_eq!(string(&made, "rotation_rfc3339"), "2023-12-14T22:13:20Z");
        assert_eq!(bench.read(ROTATING, &made), made);
        let old = with(&made, [("rotation_rfc3339", Value::string("2023-11-14T22:13:19Z"))]);
        assert!(bench.read(ROTATING, &old).is_null());
        let given = [("rfc3339", Value::string("2023-11-01T00:00:00Z"))];
        let based =
            |days: i64| bench.config(ROTATING, given.iter().cloned().chain([("rotation_days", Value::int(days))]));
        let made = bench.create(ROTATING, &based(30));
        let longer = bench.plan(ROTATING, &made, &based(31));
        assert_eq!(
            (longer.requires_replace, string(&longer.planned, "rotation_rfc3339")),
            (vec![], "2023-12-02T00:00:00Z")
        );
        let imported = bench.import(ROTATING, "2023-11-01T00:00:00Z,,,30,,");
        assert_eq!(imported.get("rotation_rfc3339"), made.get("rotation_rfc3339"));
        assert_eq!(
            bench.provider.validate(ROTATING, &bench.config(ROTATING, [("rotation_days", Value::int(0))]), false).len(),
            1
        );
    }

    #[test]
    fn a_wait_ends_when_the_apply_is_asked_to_stop() {
        let bench = bench();
        let asked = std::sync::atomic::AtomicU8::new(0);
        let fault = bench.in_world(|world| {
            // The third glance finds that the end is wished for.
            let cancelled = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 1;
            let world = World { earnest: true, cancelled: &cancelled, ..*world };
            let config = bench.config(SLEEP, [("create_duration", Value::string("10h"))]);
            bench.provider.apply(SLEEP, &Value::null(), &config, &config, &world)
        });
        let fault = fault.unwrap_err();
        assert!(fault.object.is_none() && fault.diagnostics[0].detail.contains("asked to stop"));
    }

    #[test]
    fn sleeping_is_checked_and_in_memory_not_done() {
        let bench = bench();
        let config = |duration: &str| bench.config(SLEEP, [("create_duration", Value::string(duration))]);
        let made = bench.create(SLEEP, &config("30m"));
        assert_eq!(string(&made, "id"), "2023-11-14T22:13:20Z");
        let longer = bench.plan(SLEEP, &made, &config("1.5h"));
        assert_eq!((longer.requires_replace, longer.planned.get("id")), (vec![], made.get("id")));
        for (duration, right) in [
            ("30s", true),
            ("1.5h", true),
            ("200ms", true),
            ("1h30m", false),
            ("30", false),
            ("s", false),
            ("1..5s", false),
        ] {
            assert_eq!(bench.provider.validate(SLEEP, &config(duration), false).is_empty(), right, "{duration}");
        }
        let imported = bench.import(SLEEP, "30s,,a=b");
        assert_eq!(imported.get("triggers").unwrap().get("a"), Some(Value::string("b")));
    }
}
