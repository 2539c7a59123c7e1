//! `hashicorp/random` 3.x: things that are chosen once and then kept in the state.
//!
//! The shapes are the real provider's, so that a state written here is one for it; the dice are our own.

mod dice;
mod schema;
mod text;
mod words;

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::attributes::{self, attribute, object_of, uuid, whole, with};
use super::{ApplyFault, PlannedObject, Provider, World, planning};
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::ProviderSchema;
use crate::model::value::{Type, Value};
use dice::Dice;

/// The provider of chance.
#[derive(Debug, Default)]
pub(super) struct Random {
    schema: OnceLock<ProviderSchema>,
}

/// More bytes or words than this are refused.
const MOST: i64 = 1 << 20;
/// More bytes of an id are refused: its decimal digits take a time that grows with the square.
const MOST_OF_ID: i64 = 1 << 14;

type Facts = Vec<(&'static str, Value)>;

fn create(type_name: &str, planned: &Value, world: &World<'_>) -> Result<Facts, String> {
    let mut dice = Dice::of(world);
    match type_name {
        "random_bytes" => {
            let bytes = random_bytes(planned, "length", &mut dice);
            Ok(vec![("base64", Value::string(STANDARD.encode(&bytes))), ("hex", Value::string(hex(&bytes)))])
        }
        "random_id" => {
            let bytes = random_bytes(planned, "byte_length", &mut dice);
            Ok(id_facts(&bytes, attributes::text(planned, "prefix").unwrap_or_default()))
        }
        "random_integer" => integer(planned, world),
        "random_pet" => Ok(pet(planned, &mut dice)),
        "random_shuffle" => Ok(shuffle(planned, world)),
        "random_uuid" => {
            let id = uuid(world);
            Ok(vec![("id", id.clone()), ("result", id)])
        }
        "random_password" => {
            let result = text::generate(planned, &mut dice)?;
            let hash =
                text::bcrypt_hash(&result, &mut dice).map_or_else(|| Value::null_of(Type::String), Value::string);
            Ok(vec![("bcrypt_hash", hash), ("id", Value::string("none")), ("result", Value::string(result))])
        }
        _ => {
            let result = text::generate(planned, &mut dice)?;
            Ok(vec![("id", Value::string(result.as_str())), ("result", Value::string(result))])
        }
    }
}

fn random_bytes(planned: &Value, length: &str, dice: &mut Dice<'_>) -> Vec<u8> {
    let length = whole(planned, length).unwrap_or(0).clamp(0, MOST);
    let mut bytes = vec![0u8; usize::try_from(length).unwrap_or(0)];
    dice.fill(&mut bytes);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A big-endian number in decimal digits.
fn decimal(bytes: &[u8]) -> String {
    /// Nine decimal digits are a digit here.
    const BASE: u64 = 1_000_000_000;
    let mut digits: Vec<u64> = vec![0];
    for byte in bytes {
        let mut carry = u64::from(*byte);
        for digit in &mut digits {
            let sum = *digit * 256 + carry;
            (*digit, carry) = (sum % BASE, sum / BASE);
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    let (first, rest) = digits.split_last().map_or((0, &[][..]), |(first, rest)| (*first, rest));
    rest.iter().rev().fold(first.to_string(), |text, digit| text + &format!("{digit:09}"))
}

fn id_facts(bytes: &[u8], prefix: &str) -> Facts {
    let id = URL_SAFE_NO_PAD.encode(bytes);
    let prefixed = |text: String| Value::string(format!("{prefix}{text}"));
    vec![
        ("b64_std", prefixed(STANDARD.encode(bytes))),
        ("b64_url", prefixed(id.clone())),
        ("dec", prefixed(decimal(bytes))),
        ("hex", prefixed(hex(bytes))),
        ("id", Value::string(id)),
    ]
}

fn integer(planned: &Value, world: &World<'_>) -> Result<Facts, String> {
    let bounds = (whole(planned, "min"), whole(planned, "max"));
    let (Some(min), Some(max)) = bounds else { return Err("min and max must be whole numbers".to_owned()) };
    if max < min {
        return Err("The minimum (min) value needs to be smaller than or equal to maximum (max) value.".to_owned());
    }
    let mut dice = Dice::seeded(world, attributes::text(planned, "seed"));
    let span = max.abs_diff(min).saturating_add(1);
    let result = min.saturating_add_unsigned(dice.below(span));
    Ok(vec![("id", Value::string(result.to_string())), ("result", Value::int(result))])
}

fn pet(planned: &Value, dice: &mut Dice<'_>) -> Facts {
    let length = whole(planned, "length").unwrap_or(2).clamp(0, MOST);
    let separator = attributes::text(planned, "separator").unwrap_or("-");
    let mut chosen: Vec<&str> =
        attributes::text(planned, "prefix").filter(|prefix| !prefix.is_empty()).into_iter().collect();
    for left in (0..length).rev() {
        let words = match left {
            0 => words::NAMES,
            1 => words::ADJECTIVES,
            _ => words::ADVERBS,
        };
        chosen.extend(dice.pick(words));
    }
    vec![("id", Value::string(chosen.join(separator)))]
}

fn shuffle(planned: &Value, world: &World<'_>) -> Facts {
    let input = attribute(planned, "input");
    let input = input.as_items().unwrap_or_default();
    let count =
        whole(planned, "result_count").map_or(input.len(), |count| usize::try_from(count.clamp(0, MOST)).unwrap_or(0));
    let mut dice = Dice::seeded(world, attributes::text(planned, "seed"));
    let mut result: Vec<Value> = Vec::new();
    while result.len() < count && !input.is_empty() {
        let mut round = input.to_vec();
        dice.shuffle(&mut round);
        result.extend(round.into_iter().take(count - result.len()));
    }
    vec![("id", Value::string("-")), ("result", Value::list(Type::String, result))]
}

fn at_least_one(config: &Value, name: &str, most: i64) -> Option<Diagnostic> {
    let given = whole(config, name)?;
    let problem = match given {
        given if given < 1 => "at least 1".to_owned(),
        given if given > most => format!("at most {most}"),
        _ => return None,
    };
    let detail = format!("Attribute {name} value must be {problem}, got: {given}");
    Some(Diagnostic::error("Invalid Attribute Value", detail))
}

impl Random {
    fn imported(&self, type_name: &str, id: &str) -> Result<Value, String> {
        let ty = self.schema().resources[type_name].block.implied_type();
        let bad = |form: &str| format!("\"{id}\" is not an import id of {type_name}: it is {form}.");
        match type_name {
            "random_id" => {
                let (prefix, encoded) = id.rsplit_once(',').unwrap_or(("", id));
                let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| bad("base64 for URLs, or PREFIX,BASE64"))?;
                if i64::try_from(bytes.len()).is_ok_and(|length| length > MOST_OF_ID) {
                    return Err(bad(&format!("at most {MOST_OF_ID} bytes long")));
                }
                let mut facts = id_facts(&bytes, prefix);
                facts.push(("byte_length", Value::int(i64::try_from(bytes.len()).unwrap_or(MOST))));
                if !prefix.is_empty() {
                    facts.push(("prefix", Value::string(prefix)));
                }
                Ok(object_of(&ty, facts))
            }
            "random_bytes" => {
                let bytes = STANDARD.decode(id).map_err(|_| bad("base64"))?;
                let length = Value::int(i64::try_from(bytes.len()).unwrap_or(MOST));
                let facts = [("base64", Value::string(id)), ("hex", Value::string(hex(&bytes))), ("length", length)];
                Ok(object_of(&ty, facts))
            }
            "random_integer" => {
                let parts: Vec<&str> = id.split(',').collect();
                let whole = |at: usize| parts.get(at).and_then(|part| part.parse::<i64>().ok());
                let (Some(result), Some(min), Some(max)) = (whole(0), whole(1), whole(2)) else {
                    return Err(bad("RESULT,MIN,MAX or RESULT,MIN,MAX,SEED"));
                };
                let seed = parts.get(3).map_or_else(|| Value::null_of(Type::String), |seed| Value::string(*seed));
                let facts = [("min", Value::int(min)), ("max", Value::int(max)), ("result", Value::int(result))];
                let object = object_of(&ty, facts);
                Ok(with(&object, [("id", Value::string(result.to_string())), ("seed", seed)]))
            }
            "random_uuid" => {
                let groups: Vec<usize> = id.split('-').map(str::len).collect();
                if groups != [8, 4, 4, 4, 12] || !id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()) {
                    return Err(bad("a UUID"));
                }
                Ok(object_of(&ty, [("id", Value::string(id)), ("result", Value::string(id))]))
            }
            "random_string" | "random_password" => Ok(imported_text(type_name, id, &ty)),
            _ => Err(format!("{type_name} cannot be imported. Remove the import block; a new one is made instead.")),
        }
    }
}

fn imported_text(type_name: &str, id: &str, ty: &Type) -> Value {
    let length = Value::int(i64::try_from(id.chars().count()).unwrap_or(MOST));
    let mut facts = vec![("length", length), ("result", Value::string(id))];
    for name in ["lower", "upper", "special", "numeric", "number"] {
        facts.push((name, Value::bool(true)));
    }
    for name in ["min_lower", "min_upper", "min_special", "min_numeric"] {
        facts.push((name, Value::int(0)));
    }
    if type_name == "random_password" {
        facts.extend([("id", Value::string("none")), ("bcrypt_hash", stable_hash(id))]);
    } else {
        facts.push(("id", Value::string(id)));
    }
    object_of(ty, facts)
}

/// The bcrypt hash of a password that is known already, always the same.
fn stable_hash(password: &str) -> Value {
    let mut dice = Dice::Seeded { seed: Sha256::digest(password.as_bytes()).into(), taken: 0 };
    text::bcrypt_hash(password, &mut dice).map_or_else(|| Value::null_of(Type::String), Value::string)
}

impl Provider for Random {
    fn source(&self) -> &str {
        "registry.terraform.io/hashicorp/random"
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(schema::provider)
    }

    fn not_carried(&self) -> &'static [(ResourceMode, &'static str)] {
        &[
            (ResourceMode::Managed, "random_uuid4"),
            (ResourceMode::Managed, "random_uuid7"),
            (ResourceMode::Ephemeral, "random_bytes"),
        ]
    }

    fn validate(&self, type_name: &str, config: &Value, _: bool) -> Vec<Diagnostic> {
        match type_name {
            "random_string" | "random_password" => text::validate(config),
            "random_pet" | "random_bytes" => at_least_one(config, "length", MOST).into_iter().collect(),
            "random_id" => at_least_one(config, "byte_length", MOST_OF_ID).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn plan(
        &self,
        type_name: &str,
        prior: &Value,
        proposed: &Value,
        config: &Value,
    ) -> Result<PlannedObject, Vec<Diagnostic>> {
        let block = &self.schema().resources[type_name].block;
        let traits = schema::traits(type_name);
        if matches!(type_name, "random_string" | "random_password") {
            let proposed = text::with_both_names(config, proposed);
            let config = text::with_both_names(config, config);
            return Ok(planning::plan(block, traits, prior, &proposed, &config));
        }
        Ok(planning::plan(block, traits, prior, proposed, config))
    }

    fn apply(
        &self,
        type_name: &str,
        prior: &Value,
        planned: &Value,
        _: &Value,
        world: &World<'_>,
    ) -> Result<Value, ApplyFault> {
        // An update only ever carries keepers that are null: nothing is chosen again.
        if planned.is_null() || !prior.is_null() {
            return Ok(planned.clone());
        }
        match create(type_name, planned, world) {
            Ok(facts) => Ok(with(planned, facts)),
            Err(problem) => Err(ApplyFault {
                object: None,
                diagnostics: vec![Diagnostic::error(format!("Create {type_name} error"), problem)],
            }),
        }
    }

    fn open(&self, type_name: &str, config: &Value, world: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        let fault = |problem| vec![Diagnostic::error(format!("Open {type_name} error"), problem)];
        let full = text::with_defaults(config);
        let mut dice = Dice::of(world);
        let result = text::generate(&full, &mut dice).map_err(fault)?;
        let hash = text::bcrypt_hash(&result, &mut dice).map_or_else(|| Value::null_of(Type::String), Value::string);
        Ok(with(&full, [("bcrypt_hash", hash), ("result", Value::string(result))]))
    }

    fn import(&self, type_name: &str, id: &str, _: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        self.imported(type_name, id).map_err(|problem| vec![Diagnostic::error("Import error", problem)])
    }

    fn upgrade(&self, type_name: &str, version: u64, stored: Value) -> Result<Value, Vec<Diagnostic>> {
        if !matches!(type_name, "random_string" | "random_password") || stored.is_null() {
            return Ok(stored);
        }
        let mut upgraded = stored;
        if attribute(&upgraded, "numeric").is_null() {
            let number = attribute(&upgraded, "number");
            upgraded = with(&upgraded, [("numeric", number)]);
        }
        if type_name == "random_password" && version < 3 && attribute(&upgraded, "bcrypt_hash").is_null() {
            let hash = stable_hash(attributes::text(&upgraded, "result").unwrap_or_default());
            upgraded = with(&upgraded, [("bcrypt_hash", hash)]);
        }
        Ok(upgraded)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;
    use crate::model::value::ValuePath;

    fn bench() -> Bench<Random> {
        Bench::new(Random::default())
    }

    fn made<'a>(type_name: &str, given: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        let bench = bench();
        let config = bench.config(type_name, given);
        assert_eq!(bench.provider.validate(type_name, &config, false), []);
        let made = bench.create(type_name, &config);
        let again = bench.plan(type_name, &made, &config);
        assert_eq!((again.planned, again.requires_replace), (made.clone(), vec![]), "{type_name}: nothing to do");
        assert_eq!(bench.read(type_name, &made), made);
        made
    }

    fn string<'a>(value: &'a Value, name: &str) -> &'a str {
        attributes::text(value, name).unwrap()
    }

    #[test]
    fn an_id_in_all_its_forms() {
        let id = made("random_id", [("byte_length", Value::int(4)), ("prefix", Value::string("p-"))]);
        let bytes = URL_SAFE_NO_PAD.decode(string(&id, "id")).unwrap();
        assert_eq!(bytes.len(), 4);
        assert_eq!(string(&id, "hex"), format!("p-{}", hex(&bytes)));
        let number = u32::from_be_bytes(bytes.clone().try_into().unwrap());
        assert_eq!(string(&id, "dec"), format!("p-{number}"));
        assert_eq!(string(&id, "b64_std"), format!("p-{}", STANDARD.encode(&bytes)));
        let imported = bench().import("random_id", &format!("p-,{}", string(&id, "id")));
        assert_eq!(imported, id);
    }

    #[test]
    fn ids_are_decimal_numbers_of_any_length() {
        assert_eq!(decimal(&[0, 0]), "0");
        assert_eq!(decimal(&[0x3b, 0x9a, 0xca, 0]), "1000000000");
        assert_eq!(decimal(&[255; 16]), u128::MAX.to_string());
        let long = [("byte_length", Value::int(MOST_OF_ID + 1))];
        let config = bench().config("random_id", long);
        assert!(bench().provider.validate("random_id", &config, false)[0].detail.contains("at most 16384"));
        assert!(decimal(&vec![255; usize::try_from(MOST_OF_ID).unwrap()]).len() > 39_000);
    }

    #[test]
    fn pets_have_as_many_words_as_asked_for() {
        let pet = made(
            "random_pet",
            [("length", Value::int(3)), ("prefix", Value::string("x")), ("separator", Value::string("_"))],
        );
        let words: Vec<&str> = string(&pet, "id").split('_').collect();
        assert_eq!((words.len(), words[0]), (4, "x"));
        assert!(words::NAMES.contains(&words[3]) && words::ADJECTIVES.contains(&words[2]));
        assert_eq!(string(&made("random_pet", []), "id").split('-').count(), 2);
    }

    #[test]
    fn strings_hold_at_least_what_was_asked_for() {
        let given = [
            ("length", Value::int(12)),
            ("min_numeric", Value::int(5)),
            ("special", Value::bool(false)),
            ("upper", Value::bool(false)),
        ];
        let text = made("random_string", given);
        let result = string(&text, "result");
        assert_eq!(result.len(), 12);
        assert!(result.chars().filter(char::is_ascii_digit).count() >= 5);
        assert!(result.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{result}");
        assert_eq!(text.get("id"), text.get("result"));
        assert_eq!((text.get("numeric"), text.get("number")), (Some(Value::bool(true)), Some(Value::bool(true))));
        let only = made(
            "random_string",
            [
                ("length", Value::int(6)),
                ("lower", Value::bool(false)),
                ("upper", Value::bool(false)),
                ("number", Value::bool(false)),
                ("override_special", Value::string("ä")),
            ],
        );
        assert_eq!((string(&only, "result"), only.get("numeric")), ("ääääää", Some(Value::bool(false))));
    }

    #[test]
    fn passwords_are_secret_and_hashed() {
        let password = made("random_password", [("length", Value::int(80))]);
        assert_eq!(string(&password, "id"), "none");
        let hash = string(&password, "bcrypt_hash");
        assert!(hash.starts_with("$2a$10$") && hash.len() == 60, "{hash}");
        assert!(bcrypt::verify(&string(&password, "result").as_bytes()[..72], hash).unwrap());
        let block = bench().provider.schema().resources["random_password"].block.clone();
        assert!(block.attributes["result"].sensitive && block.attributes["bcrypt_hash"].sensitive);
    }

    #[test]
    fn an_ephemeral_password_is_whole() {
        let bench = bench();
        let ty = bench.provider.schema().ephemerals["random_password"].block.implied_type();
        let given = [("length", Value::int(9)), ("special", Value::bool(false)), ("min_numeric", Value::int(2))];
        let config = object_of(&ty, given);
        let opened = bench.in_world(|world| bench.provider.open("random_password", &config, world)).unwrap();
        assert!(opened.is_wholly_known());
        assert_eq!(
            (opened.ty(), opened.get("lower"), opened.get("min_upper")),
            (ty, Some(Value::bool(true)), Some(Value::int(0)))
        );
        let result = string(&opened, "result");
        assert!(result.len() == 9 && result.chars().all(|c| c.is_ascii_alphanumeric()), "{result}");
    }

    #[test]
    fn numbers_stay_in_their_range_and_a_seed_repeats_them() {
        let given = || [("min", Value::int(-3)), ("max", Value::int(3)), ("seed", Value::string("s"))];
        let one = made("random_integer", given());
        assert!((-3..=3).contains(&whole(&one, "result").unwrap()));
        assert_eq!(one, made("random_integer", given()));
        let bench = bench();
        let config = bench.config("random_integer", [("min", Value::int(2)), ("max", Value::int(1))]);
        let planned = bench.plan("random_integer", &Value::null(), &config).planned;
        let fault = bench.try_apply("random_integer", &Value::null(), &planned).unwrap_err();
        assert!(fault.diagnostics[0].detail.contains("smaller than or equal"));
        assert_eq!(whole(&bench.import("random_integer", "5,1,9"), "result"), Some(5));
    }

    #[test]
    fn shuffles_and_bytes_and_uuids() {
        let input = Value::list(Type::String, vec![Value::string("a"), Value::string("b"), Value::string("c")]);
        let shuffled = made("random_shuffle", [("input", input), ("result_count", Value::int(5))]);
        let result = shuffled.get("result").unwrap();
        let mut first: Vec<&str> = result.as_items().unwrap()[..3].iter().filter_map(Value::as_str).collect();
        first.sort_unstable();
        assert_eq!((first, result.as_items().unwrap().len()), (vec!["a", "b", "c"], 5));
        let bytes = made("random_bytes", [("length", Value::int(3))]);
        assert_eq!(string(&bytes, "hex").len(), 6);
        let uuid = made("random_uuid", []);
        assert_eq!(bench().import("random_uuid", string(&uuid, "id")), uuid);
    }

    #[test]
    fn keepers_force_a_new_choice_but_null_ones_do_not() {
        let bench = bench();
        let keepers = |entries: &[(&str, Value)]| {
            Value::map(Type::String, entries.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
        };
        let config = |value: Value| bench.config("random_uuid", [("keepers", value)]);
        let made = bench.create("random_uuid", &config(keepers(&[("a", Value::string("1"))])));
        let changed = bench.plan("random_uuid", &made, &config(keepers(&[("a", Value::string("2"))])));
        assert_eq!(changed.requires_replace, [ValuePath::attribute("keepers")]);
        let more = keepers(&[("a", Value::string("1")), ("b", Value::null_of(Type::String))]);
        let in_place = bench.plan("random_uuid", &made, &config(more));
        assert_eq!(in_place.requires_replace, []);
        let after = bench.apply("random_uuid", &made, &in_place.planned);
        assert_eq!(after.get("id"), made.get("id"));
    }

    #[test]
    fn what_cannot_be_is_said_and_old_states_are_upgraded() {
        let bench = bench();
        let said = |type_name: &str, given: &[(&'static str, Value)]| {
            bench.provider.validate(type_name, &bench.config(type_name, given.iter().cloned()), false).len()
        };
        assert_eq!(said("random_string", &[("length", Value::int(0))]), 1);
        assert_eq!(said("random_string", &[("length", Value::int(3)), ("min_lower", Value::int(4))]), 1);
        assert_eq!(said("random_id", &[("byte_length", Value::int(0))]), 1);
        let old = Value::object([("number", Value::bool(false)), ("result", Value::string("x"))]);
        let new = bench.provider.upgrade("random_password", 0, old).unwrap();
        assert_eq!(new.get("numeric"), Some(Value::bool(false)));
        assert!(string(&new, "bcrypt_hash").starts_with("$2a$"));
    }
}
