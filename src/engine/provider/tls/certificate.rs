//! Certificates and requests for them, as Go's `x509` lays them out.

use std::net::IpAddr;

use jiff::civil::DateTime;
use sha1::{Digest, Sha1};

use super::der::{self, Element, context, implicit, sequence, tlv};
use super::key::Key;
use super::pem;
use crate::engine::provider::attributes::{attribute, text};
use crate::model::value::Value;

const BASIC_CONSTRAINTS: &[u32] = &[2, 5, 29, 19];
const SUBJECT_ALT_NAME: &[u32] = &[2, 5, 29, 17];
const SUBJECT_KEY_ID: &[u32] = &[2, 5, 29, 14];
const AUTHORITY_KEY_ID: &[u32] = &[2, 5, 29, 35];
const KEY_USAGE: &[u32] = &[2, 5, 29, 15];
const EXTENDED_KEY_USAGE: &[u32] = &[2, 5, 29, 37];
const NAME_CONSTRAINTS: &[u32] = &[2, 5, 29, 30];
const EXTENSION_REQUEST: &[u32] = &[1, 2, 840, 113_549, 1, 9, 14];
const EMAIL: &[u32] = &[1, 2, 840, 113_549, 1, 9, 1];

/// What a key may be used for, by bit.
const KEY_USAGES: [&str; 9] = [
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "cert_signing",
    "crl_signing",
    "encipher_only",
    "decipher_only",
];

const EXTENDED_KEY_USAGES: [(&str, &[u32]); 14] = [
    ("any_extended", &[2, 5, 29, 37, 0]),
    ("server_auth", &[1, 3, 6, 1, 5, 5, 7, 3, 1]),
    ("client_auth", &[1, 3, 6, 1, 5, 5, 7, 3, 2]),
    ("code_signing", &[1, 3, 6, 1, 5, 5, 7, 3, 3]),
    ("email_protection", &[1, 3, 6, 1, 5, 5, 7, 3, 4]),
    ("ipsec_end_system", &[1, 3, 6, 1, 5, 5, 7, 3, 5]),
    ("ipsec_tunnel", &[1, 3, 6, 1, 5, 5, 7, 3, 6]),
    ("ipsec_user", &[1, 3, 6, 1, 5, 5, 7, 3, 7]),
    ("timestamping", &[1, 3, 6, 1, 5, 5, 7, 3, 8]),
    ("ocsp_signing", &[1, 3, 6, 1, 5, 5, 7, 3, 9]),
    ("microsoft_server_gated_crypto", &[1, 3, 6, 1, 4, 1, 311, 10, 3, 3]),
    ("netscape_server_gated_crypto", &[2, 16, 840, 1, 113_730, 4, 1]),
    ("microsoft_commercial_code_signing", &[1, 3, 6, 1, 4, 1, 311, 2, 1, 22]),
    ("microsoft_kernel_code_signing", &[1, 3, 6, 1, 4, 1, 311, 61, 1, 1]),
];

/// All words for uses, sorted.
pub(super) fn usages() -> Vec<&'static str> {
    let mut all: Vec<&str> = KEY_USAGES.into_iter().chain(EXTENDED_KEY_USAGES.map(|(name, _)| name)).collect();
    all.sort_unstable();
    all
}

/// The texts of a list that are known.
pub(super) fn texts(object: &Value, name: &str) -> Vec<String> {
    let list = attribute(object, name);
    list.as_items().unwrap_or_default().iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// A text in the plainest string type that holds it.
fn directory_string(text: &str) -> Vec<u8> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte);
    let tag = if text.bytes().all(plain) { der::PRINTABLE_STRING } else { der::UTF8_STRING };
    tlv(tag, text.as_bytes())
}

/// A distinguished name from the `subject` block; empty without one.
pub(super) fn subject(object: &Value) -> Vec<u8> {
    let blocks = attribute(object, "subject");
    let Some(block) = blocks.as_items().and_then(<[Value]>::first) else { return sequence([]) };
    let one = |name: &str| text(block, name).map(|text| vec![text.to_owned()]).unwrap_or_default();
    let filled = |name: &str| one(name).into_iter().filter(|text| !text.is_empty()).collect();
    let names: [(u32, Vec<String>); 9] = [
        (6, one("country")),
        (10, one("organization")),
        (11, one("organizational_unit")),
        (7, one("locality")),
        (8, one("province")),
        (9, texts(block, "street_address")),
        (17, one("postal_code")),
        (3, filled("common_name")),
        (5, filled("serial_number")),
    ];
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for (number, values) in names.iter().filter(|(_, values)| !values.is_empty()) {
        let pair = |value: &String| sequence([&der::oid(&[2, 5, 4, *number])[..], &directory_string(value)]);
        let mut pairs: Vec<Vec<u8>> = values.iter().map(pair).collect();
        pairs.sort();
        parts.push(tlv(der::SET, &pairs.concat()));
    }
    if let Some(email) = text(block, "email_address") {
        let pair = sequence([&der::oid(EMAIL)[..], &tlv(der::IA5_STRING, email.as_bytes())]);
        parts.push(tlv(der::SET, &pair));
    }
    sequence(parts.iter().map(Vec::as_slice))
}

fn extension(oid: &[u32], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[der::BOOLEAN, 1, 0xff] } else { &[] };
    sequence([&der::oid(oid)[..], critical, &tlv(der::OCTET_STRING, value)])
}

/// The other names that a configuration asks for; `None` when there are none.
pub(super) fn alternative_names(object: &Value) -> Result<Option<Vec<u8>>, (String, String)> {
    let mut names = Vec::new();
    for name in texts(object, "dns_names") {
        names.push(tlv(implicit(2), name.as_bytes()));
    }
    for written in texts(object, "ip_addresses") {
        let address: IpAddr =
            written.parse().map_err(|_| ("Invalid IP address".to_owned(), format!("Failed to parse \"{written}\"")))?;
        names.push(match address {
            IpAddr::V4(address) => tlv(implicit(7), &address.octets()),
            IpAddr::V6(address) => tlv(implicit(7), &address.octets()),
        });
    }
    for uri in texts(object, "uris") {
        if uri.chars().any(|c| c.is_control() || c == ' ') {
            return Err(("Invalid URI".to_owned(), format!("Failed to parse \"{uri}\"")));
        }
        names.push(tlv(implicit(6), uri.as_bytes()));
    }
    Ok((!names.is_empty()).then(|| sequence(names.iter().map(Vec::as_slice))))
}

/// What a certificate is about to say.
pub(super) struct Template<'a> {
    pub(super) subject: Vec<u8>,
    /// PKIX DER.
    pub(super) public_key: Vec<u8>,
    pub(super) alternative_names: Option<Vec<u8>>,
    /// Whose arguments say the rest.
    pub(super) object: &'a Value,
    pub(super) serial: u128,
    pub(super) from: DateTime,
    pub(super) to: DateTime,
}

/// Who signs.
pub(super) struct Issuer<'a> {
    pub(super) name: Vec<u8>,
    pub(super) key: &'a Key,
    /// The id of its key, when its certificate says one.
    pub(super) key_id: Option<Vec<u8>>,
}

/// The id of a public key as the provider computes it.
pub(super) fn key_id(key: &[u8], is_octets: bool) -> Vec<u8> {
    let hashed = if is_octets { Sha1::digest(tlv(der::OCTET_STRING, key)) } else { Sha1::digest(key) };
    hashed.to_vec()
}

fn time(at: DateTime) -> Vec<u8> {
    let (date, time) = (at.date(), at.time());
    let rest =
        format!("{:02}{:02}{:02}{:02}{:02}Z", date.month(), date.day(), time.hour(), time.minute(), time.second());
    match date.year() {
        year @ 1950..=2049 => tlv(der::UTC_TIME, format!("{:02}{rest}", year % 100).as_bytes()),
        year => tlv(der::GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes()),
    }
}

fn flag(object: &Value, name: &str) -> bool {
    crate::engine::provider::attributes::flag(object, name).unwrap_or(false)
}

fn key_usage(uses: &[String]) -> Option<Vec<u8>> {
    let bits: Vec<usize> =
        (0..KEY_USAGES.len()).filter(|bit| uses.iter().any(|name| name == KEY_USAGES[*bit])).collect();
    let last = *bits.last()?;
    let mut bytes = vec![0u8; last / 8 + 1];
    for bit in bits {
        bytes[bit / 8] |= 0x80 >> (bit % 8);
    }
    let unused = 7 - last % 8;
    Some(tlv(der::BIT_STRING, &[&[unused as u8], &bytes[..]].concat()))
}

fn extended_key_usage(uses: &[String]) -> Option<Vec<u8>> {
    let known = uses.iter().filter_map(|name| EXTENDED_KEY_USAGES.iter().find(|(known, _)| known == name));
    let oids: Vec<Vec<u8>> = known.map(|(_, oid)| der::oid(oid)).collect();
    (!oids.is_empty()).then(|| sequence(oids.iter().map(Vec::as_slice)))
}

fn name_constraints(object: &Value) -> Option<Vec<u8>> {
    let tree = |name: &str, tag: u8| -> Vec<u8> {
        let names: Vec<Vec<u8>> =
            texts(object, name).iter().map(|name| sequence([&tlv(implicit(2), name.as_bytes())[..]])).collect();
        if names.is_empty() { Vec::new() } else { tlv(tag, &names.concat()) }
    };
    let permitted = tree("name_constraint_permitted_dns_names", context(0));
    let excluded = tree("name_constraint_excluded_dns_names", context(1));
    (!permitted.is_empty() || !excluded.is_empty()).then(|| sequence([&permitted[..], &excluded]))
}

fn basic_constraints(object: &Value, is_ca: bool) -> Vec<u8> {
    let longest = crate::engine::provider::attributes::whole(object, "max_path_length").filter(|length| *length >= 0);
    match (is_ca, longest) {
        (false, _) => sequence([]),
        (true, None) => sequence([&[der::BOOLEAN, 1, 0xff][..]]),
        (true, Some(length)) => sequence([&[der::BOOLEAN, 1, 0xff][..], &der::unsigned(&length.to_be_bytes())]),
    }
}

fn extensions(template: &Template<'_>, issuer: &Issuer<'_>, own_id: Option<&[u8]>) -> Vec<Vec<u8>> {
    let object = template.object;
    let uses = texts(object, "allowed_uses");
    let is_ca = flag(object, "is_ca_certificate");
    let mut all = Vec::new();
    all.extend(key_usage(&uses).map(|value| extension(KEY_USAGE, true, &value)));
    all.extend(extended_key_usage(&uses).map(|value| extension(EXTENDED_KEY_USAGE, false, &value)));
    all.push(extension(BASIC_CONSTRAINTS, true, &basic_constraints(object, is_ca)));
    all.extend(own_id.map(|id| extension(SUBJECT_KEY_ID, false, &tlv(der::OCTET_STRING, id))));
    if let Some(id) = &issuer.key_id {
        all.push(extension(AUTHORITY_KEY_ID, false, &sequence([&tlv(implicit(0), id)[..]])));
    }
    let nobody = template.subject == sequence([]);
    all.extend(template.alternative_names.iter().map(|names| extension(SUBJECT_ALT_NAME, nobody, names)));
    let critical = flag(object, "name_constraint_permitted_dns_names_critical");
    all.extend(name_constraints(object).map(|value| extension(NAME_CONSTRAINTS, critical, &value)));
    all
}

/// The PEM text of a certificate. `own_id` is the id of its key when it says one.
pub(super) fn sign(template: &Template<'_>, issuer: &Issuer<'_>, own_id: Option<&[u8]>) -> Result<String, String> {
    let algorithm = issuer.key.signature_algorithm();
    let extensions = extensions(template, issuer, own_id);
    let extensions = sequence(extensions.iter().map(Vec::as_slice));
    let body = sequence([
        &tlv(context(0), &der::unsigned(&[2]))[..],
        &der::unsigned(&template.serial.to_be_bytes()),
        &algorithm,
        &issuer.name,
        &sequence([&time(template.from)[..], &time(template.to)]),
        &template.subject,
        &template.public_key,
        &tlv(context(3), &extensions),
    ]);
    let signature = issuer.key.sign(&body)?;
    Ok(pem::write("CERTIFICATE", &sequence([&body[..], &algorithm, &der::bits(&signature)])))
}

/// The DER of a request, signed with the key that the certificate is to belong to.
pub(super) fn request(subject: &[u8], alternative_names: Option<&[u8]>, key: &Key) -> Result<Vec<u8>, String> {
    let attributes = alternative_names.map(|names| {
        let wanted = sequence([&extension(SUBJECT_ALT_NAME, false, names)[..]]);
        sequence([&der::oid(EXTENSION_REQUEST)[..], &tlv(der::SET, &wanted)])
    });
    let public = key.public_der()?;
    let attributes = tlv(context(0), &attributes.unwrap_or_default());
    let body = sequence([&der::unsigned(&[0])[..], subject, &public, &attributes]);
    let signature = key.sign(&body)?;
    Ok(sequence([&body[..], &key.signature_algorithm(), &der::bits(&signature)]))
}

/// What a request asks for.
pub(super) struct Request {
    pub(super) subject: Vec<u8>,
    pub(super) public_key: Vec<u8>,
    pub(super) alternative_names: Option<Vec<u8>>,
}

fn pem_of(text: &str, label: &str) -> Result<Vec<u8>, String> {
    let Some((block, _)) = pem::read(text) else {
        return Err(format!("failed to decode PEM of expected type \"{label}\" from bytes"));
    };
    if block.label != label {
        return Err(format!("invalid PEM type - expected \"{label}\", got \"{}\"", block.label));
    }
    Ok(block.bytes)
}

/// Reads a request.
pub(super) fn read_request(text: &str) -> Result<Request, String> {
    let bytes = pem_of(text, "CERTIFICATE REQUEST")?;
    let read = || -> Option<Request> {
        let whole = der::inside(der::read(&bytes)?.0, der::SEQUENCE)?;
        let body = der::inside(*whole.first()?, der::SEQUENCE)?;
        let wanted = body.iter().find(|part| part.tag == context(0)).and_then(|part| der::parts(part.content));
        let names = wanted.into_iter().flatten().find_map(|attribute| {
            let parts = der::inside(attribute, der::SEQUENCE)?;
            let asked = parts.first()?.whole == der::oid(EXTENSION_REQUEST);
            let set = der::inside(*parts.get(1).filter(|_| asked)?, der::SET)?;
            let extensions = der::inside(*set.first()?, der::SEQUENCE)?;
            find_extension(&extensions, SUBJECT_ALT_NAME).map(<[u8]>::to_vec)
        });
        Some(Request {
            subject: body.get(1)?.whole.to_vec(),
            public_key: body.get(2)?.whole.to_vec(),
            alternative_names: names,
        })
    };
    read().ok_or_else(|| "failed to parse certificate request".to_owned())
}

fn find_extension<'a>(extensions: &[Element<'a>], oid: &[u32]) -> Option<&'a [u8]> {
    let oid = der::oid(oid);
    extensions.iter().find_map(|extension| {
        let parts = der::inside(*extension, der::SEQUENCE)?;
        let value = parts.last().filter(|value| value.tag == der::OCTET_STRING)?;
        (parts.first()?.whole == oid).then_some(value.content)
    })
}

/// A certificate as far as it is looked at.
pub(super) struct Certificate {
    pub(super) bytes: Vec<u8>,
    pub(super) version: i64,
    pub(super) serial: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) subject: Vec<u8>,
    pub(super) public_key: Vec<u8>,
    pub(super) signature_algorithm: Vec<u8>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) is_ca: bool,
    pub(super) max_path_length: Option<i64>,
    pub(super) key_id: Option<Vec<u8>>,
}

/// Reads a certificate from PEM.
pub(super) fn read_certificate(text: &str) -> Result<Certificate, String> {
    let bytes = pem_of(text, "CERTIFICATE")?;
    read_der(&bytes).ok_or_else(|| "failed to parse certificate".to_owned())
}

/// Reads a certificate from DER.
pub(super) fn read_der(bytes: &[u8]) -> Option<Certificate> {
    let whole = der::inside(der::read(bytes)?.0, der::SEQUENCE)?;
    let body = der::inside(*whole.first()?, der::SEQUENCE)?;
    let explicit = body.first()?.tag == context(0);
    let version = if explicit { i64::from(*body[0].content.last()?) + 1 } else { 1 };
    let at = |place: usize| body.get(place + usize::from(explicit)).copied();
    let validity = der::inside(at(3)?, der::SEQUENCE)?;
    let extensions = body.iter().find(|part| part.tag == context(3)).and_then(|part| der::read(part.content));
    let extensions = extensions.and_then(|(all, _)| der::inside(all, der::SEQUENCE)).unwrap_or_default();
    let constraints = find_extension(&extensions, BASIC_CONSTRAINTS)
        .and_then(|value| der::inside(der::read(value)?.0, der::SEQUENCE));
    let constraints = constraints.unwrap_or_default();
    let longest = constraints.iter().find(|part| part.tag == der::INTEGER);
    let key_id =
        find_extension(&extensions, SUBJECT_KEY_ID).and_then(|value| Some(der::read(value)?.0.content.to_vec()));
    Some(Certificate {
        bytes: bytes.to_vec(),
        version,
        serial: at(0)?.content.to_vec(),
        issuer: at(2)?.whole.to_vec(),
        subject: at(4)?.whole.to_vec(),
        public_key: at(5)?.whole.to_vec(),
        signature_algorithm: der::inside(at(1)?, der::SEQUENCE)?.first()?.content.to_vec(),
        from: moment(*validity.first()?)?,
        to: moment(*validity.get(1)?)?,
        is_ca: constraints.iter().any(|part| part.tag == der::BOOLEAN && part.content != [0]),
        max_path_length: longest.map(|part| part.content.iter().fold(0, |all, byte| all << 8 | i64::from(*byte))),
        key_id,
    })
}

/// The public key by itself out of its PKIX form, and whether it is an ED25519 key.
pub(super) fn public_key_of(pkix: &[u8]) -> Option<(Vec<u8>, bool)> {
    let parts = der::inside(der::read(pkix)?.0, der::SEQUENCE)?;
    let algorithm = der::inside(*parts.first()?, der::SEQUENCE)?;
    let bits = parts.get(1).filter(|part| part.tag == der::BIT_STRING)?.content;
    Some((bits.get(1..)?.to_vec(), algorithm.first()?.whole == der::oid(&[1, 3, 101, 112])))
}

/// What the data source tells of a certificate.
pub(super) fn told(certificate: &Certificate) -> Option<Value> {
    let parts = der::inside(der::read(&certificate.public_key)?.0, der::SEQUENCE)?;
    let algorithm = der::inside(*parts.first()?, der::SEQUENCE)?.first()?.whole;
    let algorithm = match algorithm {
        oid if oid == der::oid(&[1, 2, 840, 113_549, 1, 1, 1]) => "RSA",
        oid if oid == der::oid(&[1, 2, 840, 10045, 2, 1]) => "ECDSA",
        oid if oid == der::oid(&[1, 3, 101, 112]) => "Ed25519",
        _ => "0",
    };
    let signature = SIGNATURES.iter().find(|(oid, _)| der::oid(oid) == tlv(der::OID, &certificate.signature_algorithm));
    let sixteen = certificate.serial.len().saturating_sub(20);
    let serial = dashu_int::UBig::from_be_bytes(certificate.serial.get(sixteen..)?);
    Some(Value::object([
        ("cert_pem", Value::string(pem::write("CERTIFICATE", &certificate.bytes))),
        ("is_ca", Value::bool(certificate.is_ca)),
        ("issuer", Value::string(name_text(&certificate.issuer)?)),
        ("max_path_length", Value::int(certificate.max_path_length.unwrap_or(if certificate.is_ca { -1 } else { 0 }))),
        ("not_after", Value::string(certificate.to.as_str())),
        ("not_before", Value::string(certificate.from.as_str())),
        ("public_key_algorithm", Value::string(algorithm)),
        ("serial_number", Value::string(serial.to_string())),
        ("sha1_fingerprint", Value::string(crate::engine::provider::hashes::sha1(&certificate.bytes))),
        ("signature_algorithm", Value::string(signature.map_or("0", |(_, name)| name))),
        ("subject", Value::string(name_text(&certificate.subject)?)),
        ("version", Value::int(certificate.version)),
    ]))
}

/// Signature algorithms as Go names them.
const SIGNATURES: [(&[u32], &str); 8] = [
    (&[1, 2, 840, 113_549, 1, 1, 5], "SHA1-RSA"),
    (&[1, 2, 840, 113_549, 1, 1, 11], "SHA256-RSA"),
    (&[1, 2, 840, 113_549, 1, 1, 12], "SHA384-RSA"),
    (&[1, 2, 840, 113_549, 1, 1, 13], "SHA512-RSA"),
    (&[1, 2, 840, 10045, 4, 3, 2], "ECDSA-SHA256"),
    (&[1, 2, 840, 10045, 4, 3, 3], "ECDSA-SHA384"),
    (&[1, 2, 840, 10045, 4, 3, 4], "ECDSA-SHA512"),
    (&[1, 3, 101, 112], "Ed25519"),
];

/// A time in RFC 3339.
fn moment(element: Element<'_>) -> Option<String> {
    let text = std::str::from_utf8(element.content).ok()?.strip_suffix('Z')?;
    let (year, rest) = match element.tag {
        der::UTC_TIME => {
            let year: u32 = text.get(..2)?.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        _ => (text.get(..4)?.parse().ok()?, text.get(4..)?),
    };
    if rest.len() != 10 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(format!("{year:04}-{}-{}T{}:{}:{}Z", &rest[..2], &rest[2..4], &rest[4..6], &rest[6..8], &rest[8..]))
}

/// A distinguished name as Go writes it: `CN=x,O=y`, the last part first.
pub(super) fn name_text(name: &[u8]) -> Option<String> {
    let sets = der::inside(der::read(name)?.0, der::SEQUENCE)?;
    let mut parts = Vec::new();
    for set in sets.into_iter().rev() {
        let pairs = der::inside(set, der::SET)?;
        let texts: Option<Vec<String>> = pairs.into_iter().map(pair_text).collect();
        parts.push(texts?.join("+"));
    }
    Some(parts.join(","))
}

fn pair_text(pair: Element<'_>) -> Option<String> {
    let parts = der::inside(pair, der::SEQUENCE)?;
    let (oid, value) = (parts.first()?, parts.get(1)?);
    let known = [
        (3, "CN"),
        (5, "SERIALNUMBER"),
        (6, "C"),
        (7, "L"),
        (8, "ST"),
        (9, "STREET"),
        (10, "O"),
        (11, "OU"),
        (17, "POSTALCODE"),
    ];
    match known.into_iter().find(|(number, _)| oid.whole == der::oid(&[2, 5, 4, *number])) {
        Some((_, name)) => Some(format!("{name}={}", escaped(&String::from_utf8_lossy(value.content)))),
        None => Some(format!("{}=#{}", dotted(oid.content), crate::engine::provider::hashes::hex(value.whole))),
    }
}

fn dotted(oid: &[u8]) -> String {
    let mut numbers: Vec<u32> = Vec::new();
    let mut number = 0u32;
    for byte in oid {
        number = number << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                numbers.extend([number / 40, number % 40]);
            } else {
                numbers.push(number);
            }
            number = 0;
        }
    }
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        let edge = (c == ' ' && (at == 0 || at == last)) || (c == '#' && at == 0);
        if edge || ",+\"\\<>;".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
