//! `hashicorp/tls` 4.x: private keys, certificates signed by themselves or by another key, requests for them.
//!
//! Shapes, ids and encodings are the real provider's. Two things it does are not done here: `tls_certificate` asks no
//! server (its `content` is read), and keys that are write-only arguments are not known.

mod certificate;
mod der;
mod key;
mod openssh;
mod pem;
mod schema;

use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::attributes::{attribute, flag, is_given, text, whole, with};
use super::{ApplyFault, DataAnswer, PlannedObject, Provider, World, hashes, planning};
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::ProviderSchema;
use crate::model::value::{Value, ValuePath};
use certificate::{Issuer, Template};
use key::{Curve, Key};
use openssh::PublicForms;

/// The provider of keys and certificates.
#[derive(Debug, Default)]
pub(super) struct Tls {
    schema: OnceLock<ProviderSchema>,
}

const PRIVATE_KEY: &str = "tls_private_key";
const SELF_SIGNED: &str = "tls_self_signed_cert";
const LOCALLY_SIGNED: &str = "tls_locally_signed_cert";
const REQUEST: &str = "tls_cert_request";

const ALGORITHMS: [&str; 3] = ["RSA", "ECDSA", "ED25519"];

type Facts = Vec<(&'static str, Value)>;

fn error(summary: &str) -> impl Fn(String) -> Diagnostic {
    let summary = summary.to_owned();
    move |detail| Diagnostic::error(summary.as_str(), detail)
}

/// The checksum that ids are made of; as Go's, of the bytes without white space at their ends.
fn id_of(bytes: &[u8]) -> Value {
    Value::string(hashes::sha1(bytes.trim_ascii()))
}

fn public_facts(key: &Key, comment: &str) -> Result<Facts, String> {
    let public = key.public_der()?;
    let forms = PublicForms::of(key, comment);
    Ok(vec![
        ("id", id_of(&public)),
        ("public_key_pem", Value::string(pem::write("PUBLIC KEY", &public))),
        ("public_key_openssh", Value::string(forms.line)),
        ("public_key_fingerprint_md5", Value::string(forms.md5)),
        ("public_key_fingerprint_sha256", Value::string(forms.sha256)),
    ])
}

fn generate(object: &Value, world: &World<'_>) -> Result<Key, String> {
    match text(object, "algorithm") {
        Some("RSA") => {
            let bits = whole(object, "rsa_bits").unwrap_or(2048);
            key::new_rsa(usize::try_from(bits).unwrap_or(0), world)
        }
        Some("ECDSA") => {
            let name = text(object, "ecdsa_curve").unwrap_or("P224");
            let curve = Curve::ALL.into_iter().find(|curve| curve.name() == name);
            key::new_ecdsa(curve.ok_or("invalid ECDSA curve; supported values are: [P224 P256 P384 P521]")?, world)
        }
        Some("ED25519") => Ok(key::new_ed25519(world)),
        other => Err(format!("Key Algorithm \"{}\" is not supported", other.unwrap_or_default())),
    }
}

fn private_key(object: &Value, world: &World<'_>) -> Result<Facts, Diagnostic> {
    let key = generate(object, world).map_err(error("Unable to generate Key from configuration"))?;
    let failed = error("Unable to encode key to PEM");
    let comment = text(object, "openssh_comment").unwrap_or_default();
    let mut facts = public_facts(&key, comment).map_err(&failed)?;
    facts.extend([
        ("private_key_pem", Value::string(key.pem().map_err(&failed)?)),
        ("private_key_pem_pkcs8", Value::string(key.pem_pkcs8().map_err(&failed)?)),
        ("private_key_openssh", Value::string(openssh::write(&key, comment, world))),
    ]);
    Ok(facts)
}

fn request(object: &Value) -> Result<Facts, Diagnostic> {
    let key = key::parse(text(object, "private_key_pem").unwrap_or_default());
    let key = key.map_err(error("Failed to parse private key PEM"))?;
    let names =
        certificate::alternative_names(object).map_err(|(summary, detail)| Diagnostic::error(summary, detail))?;
    let made = certificate::request(&certificate::subject(object), names.as_deref(), &key);
    let bytes = made.map_err(error("Error creating certificate request"))?;
    Ok(vec![
        ("key_algorithm", Value::string(key.algorithm())),
        ("cert_request_pem", Value::string(pem::write("CERTIFICATE REQUEST", &bytes))),
        ("id", id_of(&bytes)),
    ])
}

/// From when to when a certificate holds.
fn validity(object: &Value, world: &World<'_>) -> Result<(DateTime, DateTime), Diagnostic> {
    let out_of_range =
        || Diagnostic::error("Failed to create certificate", "The validity period ends after the year 9999.");
    let since = world.now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).map_err(|_| out_of_range())?;
    let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    let from = epoch.checked_add(SignedDuration::from_secs(seconds)).map_err(|_| out_of_range())?;
    let hours = whole(object, "validity_period_hours").unwrap_or(0).checked_mul(3600).ok_or_else(out_of_range)?;
    let to = from.checked_add(SignedDuration::from_secs(hours)).map_err(|_| out_of_range())?;
    Ok((from, to))
}

fn serial(world: &World<'_>) -> u128 {
    let mut bytes = [0; 16];
    (world.random)(&mut bytes);
    u128::from_be_bytes(bytes)
}

fn rfc3339(at: DateTime) -> Value {
    Value::string(format!("{at:.0}Z"))
}

/// The id that a certificate says of its own key, when it says one.
fn own_id(object: &Value, public: &[u8], key_algorithm: &str) -> Option<Vec<u8>> {
    let wanted =
        flag(object, "is_ca_certificate").unwrap_or(false) || flag(object, "set_subject_key_id").unwrap_or(false);
    wanted.then(|| certificate::key_id(public, key_algorithm == "ED25519"))
}

fn issued(template: &Template<'_>, issuer: &Issuer<'_>, own_id: Option<&[u8]>) -> Result<Facts, Diagnostic> {
    if template.subject == der::sequence([]) && flag(template.object, "is_ca_certificate").unwrap_or(false) {
        return Err(Diagnostic::error(
            "Invalid Certificate Subject",
            "Must contain at least one Distinguished Name when creating Certificate Authority (CA)",
        ));
    }
    let made = certificate::sign(template, issuer, own_id).map_err(error("Failed to create certificate"))?;
    Ok(vec![
        ("id", Value::string(template.serial.to_string())),
        ("cert_pem", Value::string(made)),
        ("validity_start_time", rfc3339(template.from)),
        ("validity_end_time", rfc3339(template.to)),
    ])
}

fn self_signed(object: &Value, world: &World<'_>) -> Result<Facts, Diagnostic> {
    let key = key::parse(text(object, "private_key_pem").unwrap_or_default());
    let key = key.map_err(error("Failed to parse private key PEM"))?;
    let failed = error("Failed to create certificate");
    let public_bytes = key.public_bytes().map_err(&failed)?;
    let own_id = own_id(object, &public_bytes, key.algorithm());
    let authority = flag(object, "set_authority_key_id").unwrap_or(false);
    if authority && own_id.is_none() {
        return Err(Diagnostic::error("Invalid Certificate Authority", "Could not determine Authority Key Identifier"));
    }
    let (from, to) = validity(object, world)?;
    let subject = certificate::subject(object);
    let template = Template {
        subject: subject.clone(),
        public_key: key.public_der().map_err(&failed)?,
        alternative_names: certificate::alternative_names(object)
            .map_err(|(summary, detail)| Diagnostic::error(summary, detail))?,
        object,
        serial: serial(world),
        from,
        to,
    };
    let issuer = Issuer { name: subject, key: &key, key_id: own_id.clone().filter(|_| authority) };
    let mut facts = issued(&template, &issuer, own_id.as_deref())?;
    facts.push(("key_algorithm", Value::string(key.algorithm())));
    Ok(facts)
}

fn locally_signed(object: &Value, world: &World<'_>) -> Result<Facts, Diagnostic> {
    let request = certificate::read_request(text(object, "cert_request_pem").unwrap_or_default());
    let request = request.map_err(error("Failed to parse certificate request PEM"))?;
    let key = key::parse(text(object, "ca_private_key_pem").unwrap_or_default());
    let key = key.map_err(error("Failed to parse CA private key PEM"))?;
    let authority = certificate::read_certificate(text(object, "ca_cert_pem").unwrap_or_default());
    let authority = authority.map_err(error("Failed to parse CA certificate PEM"))?;
    let failed = error("Failed to create certificate");
    if key.public_der().map_err(&failed)? != authority.public_key {
        return Err(failed("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned()));
    }
    let public = certificate::public_key_of(&request.public_key);
    let (public_bytes, is_ed25519) =
        public.ok_or_else(|| failed("the request's public key cannot be read".to_owned()))?;
    let algorithm = if is_ed25519 { "ED25519" } else { "" };
    let own_id = own_id(object, &public_bytes, algorithm);
    let (from, to) = validity(object, world)?;
    let differs = authority.subject != request.subject;
    let template = Template {
        subject: request.subject,
        public_key: request.public_key,
        alternative_names: request.alternative_names,
        object,
        serial: serial(world),
        from,
        to,
    };
    let issuer = Issuer { name: authority.subject, key: &key, key_id: authority.key_id.filter(|_| differs) };
    let mut facts = issued(&template, &issuer, own_id.as_deref())?;
    facts.push(("ca_key_algorithm", Value::string(key.algorithm())));
    Ok(facts)
}

/// `-----BEGIN X-----` at the very beginning: older states hold a checksum instead.
fn is_pem(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with("-----BEGIN ") && text.trim_end().ends_with("-----"))
}

fn one_of(config: &Value, name: &str, allowed: &[&str]) -> Option<Diagnostic> {
    let given = text(config, name).filter(|given| !allowed.contains(given))?;
    let words: Vec<String> = allowed.iter().map(|word| format!("\"{word}\"")).collect();
    let detail = format!("Attribute {name} value must be one of: [{}], got: \"{given}\"", words.join(" "));
    Some(Diagnostic::error("Invalid Attribute Value Match", detail))
}

fn not_negative(config: &Value, name: &str) -> Option<Diagnostic> {
    let given = whole(config, name).filter(|given| *given < 0)?;
    let detail = format!("Attribute {name} value must be at least 0, got: {given}");
    Some(Diagnostic::error("Invalid Attribute Value", detail))
}

fn check(type_name: &str, config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    match type_name {
        PRIVATE_KEY => {
            found.extend(one_of(config, "algorithm", &ALGORITHMS));
            found.extend(one_of(config, "ecdsa_curve", &Curve::ALL.map(Curve::name)));
        }
        SELF_SIGNED | LOCALLY_SIGNED => {
            found.extend(not_negative(config, "validity_period_hours"));
            found.extend(not_negative(config, "early_renewal_hours"));
            let known = certificate::usages();
            for (at, given) in certificate::texts(config, "allowed_uses").iter().enumerate() {
                if !known.contains(&given.as_str()) {
                    let words: Vec<String> = known.iter().map(|word| format!("\"{word}\"")).collect();
                    let detail = format!(
                        "Attribute allowed_uses[{at}] value must be one of: [{}], got: \"{given}\"",
                        words.join(" ")
                    );
                    found.push(Diagnostic::error("Invalid Attribute Value Match", detail));
                }
            }
        }
        _ => {}
    }
    let subjects = attribute(config, "subject").as_items().map_or(0, <[Value]>::len);
    if subjects > 1 {
        let detail =
            format!("Attribute subject list must contain at least 0 elements and at most 1 elements, got: {subjects}");
        found.push(Diagnostic::error("Invalid Attribute Value", detail));
    }
    found
}

fn check_data(type_name: &str, config: &Value) -> Vec<Diagnostic> {
    let names: [&str; 2] = match type_name {
        "tls_public_key" => ["private_key_pem", "private_key_openssh"],
        _ => ["url", "content"],
    };
    let given = names.iter().filter(|name| is_given(config, name)).count();
    let unsure = names.iter().any(|name| attribute(config, name).is_unknown());
    if given == 1 || unsure {
        return Vec::new();
    }
    let detail = match given {
        0 => format!("No attribute specified when one (and only one) of [{}] is required", names.join(",")),
        _ => format!("{given} attributes specified when one (and only one) of [{}] is required", names.join(",")),
    };
    vec![Diagnostic::error("Invalid Attribute Combination", detail)]
}

fn public_key(config: &Value) -> Result<Facts, Diagnostic> {
    let written = text(config, "private_key_pem").or_else(|| text(config, "private_key_openssh")).unwrap_or_default();
    let failed = error("Unable to parse private key");
    let key = key::parse(written).map_err(&failed)?;
    let mut facts = public_facts(&key, "").map_err(&failed)?;
    facts.push(("algorithm", Value::string(key.algorithm())));
    Ok(facts)
}

/// The certificates in a text.
fn certificates(content: &str) -> Result<Facts, Diagnostic> {
    let failed = error("Failed to parse certificate");
    let mut found = Vec::new();
    for block in pem::read_all(content) {
        let read = certificate::read_der(&block.bytes).filter(|_| block.label == "CERTIFICATE");
        let told = read.as_ref().and_then(certificate::told);
        found.push(told.ok_or_else(|| failed(format!("A PEM block of type \"{}\" is no certificate.", block.label)))?);
    }
    if found.is_empty() {
        return Err(failed("failed to decode PEM content".to_owned()));
    }
    let id = id_of(content.as_bytes());
    Ok(vec![("id", id), ("certificates", Value::list(schema::certificate_type(), found))])
}

impl Provider for Tls {
    fn source(&self) -> &str {
        "registry.terraform.io/hashicorp/tls"
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(schema::provider)
    }

    fn not_carried(&self) -> &'static [(ResourceMode, &'static str)] {
        &[
            (ResourceMode::Managed, "tls_encrypted_pem"),
            (ResourceMode::Managed, "tls_public_key"),
            (ResourceMode::Managed, "tls_x25519"),
            (ResourceMode::Data, "tls_pem_to_pfx"),
            (ResourceMode::Data, "tls_pfx_to_pem"),
            (ResourceMode::Ephemeral, "tls_public_key"),
        ]
    }

    fn validate(&self, type_name: &str, config: &Value, data: bool) -> Vec<Diagnostic> {
        if data { check_data(type_name, config) } else { check(type_name, config) }
    }

    fn plan(
        &self,
        type_name: &str,
        prior: &Value,
        proposed: &Value,
        config: &Value,
    ) -> Result<PlannedObject, Vec<Diagnostic>> {
        let block = &self.schema().resources[type_name].block;
        let mut outcome = planning::plan(block, schema::traits(type_name), prior, proposed, config);
        let pems = ["private_key_pem", "ca_private_key_pem", "ca_cert_pem", "cert_request_pem"];
        for name in pems.into_iter().filter(|name| !prior.is_null() && !is_pem(&attribute(prior, name))) {
            outcome.requires_replace.retain(|path| *path != ValuePath::attribute(name));
        }
        Ok(outcome)
    }

    fn apply(
        &self,
        type_name: &str,
        prior: &Value,
        planned: &Value,
        _: &Value,
        world: &World<'_>,
    ) -> Result<Value, ApplyFault> {
        if planned.is_null() || !prior.is_null() {
            return Ok(planned.clone());
        }
        let made = match type_name {
            PRIVATE_KEY => private_key(planned, world),
            REQUEST => request(planned),
            SELF_SIGNED => self_signed(planned, world),
            _ => locally_signed(planned, world),
        };
        match made {
            Ok(facts) => Ok(with(planned, facts)),
            Err(fault) => Err(ApplyFault { object: None, diagnostics: vec![fault] }),
        }
    }

    fn read(&self, type_name: &str, current: &Value, world: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        let end = text(current, "validity_end_time").filter(|_| [SELF_SIGNED, LOCALLY_SIGNED].contains(&type_name));
        let Some(end) = end else { return Ok(current.clone()) };
        let end = crate::lang::func::Moment::parse(end)
            .map_err(|fault| vec![Diagnostic::error(format!("Failed to parse data from string: {end}"), fault)])?;
        let early = whole(current, "early_renewal_hours").unwrap_or(0).saturating_mul(3600);
        let renewal = end.later(SignedDuration::from_secs(early.saturating_neg()));
        let now = world.now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let now = DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
            .checked_add(SignedDuration::from_secs(i64::try_from(now).unwrap_or(i64::MAX / 2)));
        let due = match (renewal.and_then(|renewal| renewal.in_utc()), now) {
            (Some(renewal), Ok(now)) => renewal <= now,
            // Before all dates, or after them.
            (None, _) => early > 0,
            (_, Err(_)) => true,
        };
        Ok(if due { with(current, [("ready_for_renewal", Value::bool(true))]) } else { current.clone() })
    }

    fn read_data(&self, type_name: &str, config: &Value, _: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
        let facts = match type_name {
            "tls_public_key" => public_key(config),
            _ => match text(config, "content") {
                Some(content) => certificates(content),
                None => return Ok(DataAnswer::NotAsked("it asks a server for its certificates")),
            },
        };
        facts.map(|facts| DataAnswer::Read(with(config, facts))).map_err(|fault| vec![fault])
    }

    fn open(&self, _: &str, config: &Value, world: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        let default = |name: &'static str, value: Value| {
            let given = attribute(config, name);
            (name, if given.is_null() { value } else { given })
        };
        let full = with(config, [default("rsa_bits", Value::int(2048)), default("ecdsa_curve", Value::string("P224"))]);
        let facts = private_key(&full, world).map_err(|fault| vec![fault])?;
        Ok(with(&full, facts.into_iter().filter(|(name, _)| *name != "id")))
    }

    fn upgrade(&self, type_name: &str, version: u64, stored: Value) -> Result<Value, Vec<Diagnostic>> {
        if type_name != PRIVATE_KEY || version > 0 || stored.is_null() {
            return Ok(stored);
        }
        // The first version knew neither PKCS#8 nor the newer fingerprint; both follow from the key.
        let key = key::parse(text(&stored, "private_key_pem").unwrap_or_default());
        let key = key.map_err(|fault| vec![Diagnostic::error("Unable to parse key from PEM", fault)])?;
        let failed = |fault: String| vec![Diagnostic::error("Unable to encode key to PEM", fault)];
        let mut facts = public_facts(&key, "").map_err(failed)?;
        facts.push(("private_key_pem_pkcs8", Value::string(key.pem_pkcs8().map_err(failed)?)));
        if text(&stored, "private_key_openssh").is_none_or(str::is_empty) {
            // Its check number may be any; none is drawn while a state is read.
            let quiet = |buffer: &mut [u8]| buffer.fill(0);
            facts.push(("private_key_openssh", Value::string(openssh::write_with(&key, "", &quiet))));
        }
        Ok(with(&stored, facts))
    }
}

#[cfg(test)]
mod tests;
