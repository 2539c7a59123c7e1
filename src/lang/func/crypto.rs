//! Passwords, keys and identifiers: `bcrypt rsadecrypt uuid uuidv5`.

use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{BoxedUint, Pkcs1v15Encrypt, PrivateKey};
use uuid::Uuid;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::encoding;
use super::error::FunctionError;
use super::outcome::string;
use crate::lang::value::quote;
use crate::model::value::Value;

const STRING: Returns = Returns::Always(Shape::String);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "bcrypt",
        "A bcrypt hash of a text, another one at each call; known only while applying.",
        &[Parameter::new("str", Shape::String)],
        STRING,
        bcrypt,
    )
    .and(Parameter::new("cost", Shape::Number)),
    Function::new(
        "rsadecrypt",
        "The text that was encrypted for an RSA key, given its private half.",
        &[Parameter::new("ciphertext", Shape::String), Parameter::new("privatekey", Shape::String)],
        STRING,
        rsadecrypt,
    ),
    Function::new(
        "uuid",
        "A random identifier, another one at each call; known only while applying.",
        &[],
        STRING,
        uuid,
    ),
    Function::new(
        "uuidv5",
        "The identifier of a name in a namespace (dns, url, oid, x500 or an identifier).",
        &[Parameter::new("namespace", Shape::String), Parameter::new("name", Shape::String)],
        STRING,
        uuidv5,
    ),
];

/// What Go takes when no cost is given, or one that is too low.
const DEFAULT_COST: i64 = 10;
/// A higher cost takes minutes to days.
const HIGHEST_COST: i64 = 17;

fn bcrypt(call: &Call<'_>) -> Result<Value, FunctionError> {
    let Some(salt) = call.inputs.random() else { return Ok(call.unknown()) };
    let mut cost = if call.args.len() > 1 { call.whole(1)? } else { DEFAULT_COST };
    if call.args.len() > 2 {
        return Err(FunctionError::new("bcrypt() takes no more than two arguments"));
    }
    let failed = |why: String| FunctionError::new(format!("error occured generating password {why}"));
    if call.text(0).len() > 72 {
        return Err(failed("bcrypt: password length exceeds 72 bytes".to_owned()));
    }
    if cost > 31 {
        return Err(failed(format!("crypto/bcrypt: cost {cost} is outside allowed inclusive range 4..31")));
    }
    if cost < 4 {
        cost = DEFAULT_COST;
    }
    if cost > HIGHEST_COST {
        return Err(failed(format!("a cost of {cost} takes too long; the highest here is {HIGHEST_COST}")));
    }
    let hash = bcrypt::hash_with_salt(call.text(0), cost as u32, salt).map_err(|error| failed(error.to_string()))?;
    Ok(string(hash.format_for_version(bcrypt::Version::TwoA)))
}

fn uuid(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(call.inputs.random().map_or_else(|| call.unknown(), |bytes| string(Uuid::from_bytes(bytes).to_string())))
}

fn uuidv5(call: &Call<'_>) -> Result<Value, FunctionError> {
    let given = call.text(0);
    let namespace = match given {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => parse_uuid(other)
            .map_err(|why| FunctionError::new(format!("uuidv5() doesn't support namespace {other} ({why})")))?,
    };
    Ok(string(Uuid::new_v5(&namespace, call.text(1).as_bytes()).to_string()))
}

fn parse_uuid(text: &str) -> Result<Uuid, String> {
    let bare = match text.len() {
        36 | 32 => text,
        38 => text.get(1..37).unwrap_or_default(),
        45 => match text.get(..9) {
            Some(prefix) if prefix.eq_ignore_ascii_case("urn:uuid:") => &text[9..],
            other => return Err(format!("invalid urn prefix: {}", quote(other.unwrap_or_default()))),
        },
        length => return Err(format!("invalid UUID length: {length}")),
    };
    Uuid::try_parse(bare).map_err(|_| "invalid UUID format".to_owned())
}

fn rsadecrypt(call: &Call<'_>) -> Result<Value, FunctionError> {
    let text = call.text(0);
    let cipher = encoding::decode(text).map_err(|_| {
        FunctionError::at(0, format!("failed to decode input {}: cipher text must be base64-encoded", quote(text)))
    })?;
    let key = private_key(call.text(1)).map_err(|why| FunctionError::at(1, why))?;
    let plain = key
        .decrypt(Pkcs1v15Encrypt, &cipher)
        .map_err(|_| FunctionError::new("failed to decrypt: crypto/rsa: decryption error"))?;
    Ok(string(String::from_utf8_lossy(&plain)))
}

/// The key in a PEM text, in any of the three common wrappings.
fn private_key(text: &str) -> Result<PrivateKey, String> {
    const NOT_A_KEY: &str = "invalid ASN1 data in the given private key: data truncated";
    let (kind, headers, bytes) = pem(text).ok_or("invalid private key: ssh: no key found")?;
    if headers.contains("ENCRYPTED") {
        return Err("invalid private key: ssh: this private key is passphrase protected".to_owned());
    }
    match kind {
        "RSA PRIVATE KEY" => PrivateKey::from_pkcs1_der(&bytes).map_err(|_| NOT_A_KEY.to_owned()),
        "PRIVATE KEY" => PrivateKey::from_pkcs8_der(&bytes).map_err(|_| NOT_A_KEY.to_owned()),
        "OPENSSH PRIVATE KEY" => openssh_key(&bytes)
            .ok_or_else(|| "invalid private key: ssh: not an unencrypted RSA key in the OpenSSH format".to_owned()),
        other => Err(format!("invalid private key: ssh: unsupported key type {}", quote(other))),
    }
}

/// The kind, the header lines and the bytes of the first block in a PEM text.
fn pem(text: &str) -> Option<(&str, String, Vec<u8>)> {
    let (_, after) = text.split_once("-----BEGIN ")?;
    let (kind, after) = after.split_once("-----")?;
    let (body, _) = after.split_once(&format!("-----END {kind}-----"))?;
    let (headers, data): (Vec<&str>, Vec<&str>) = body.lines().map(str::trim).partition(|line| line.contains(':'));
    let bytes = encoding::decode(&data.concat()).ok()?;
    Some((kind, headers.concat(), bytes))
}

/// An RSA key in OpenSSH's own format (PROTOCOL.key of OpenSSH).
fn openssh_key(bytes: &[u8]) -> Option<PrivateKey> {
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let (cipher, derivation, _) = (field(&mut rest)?, field(&mut rest)?, field(&mut rest)?);
    if cipher != b"none" || derivation != b"none" {
        return None;
    }
    rest = rest.get(4..)?;
    let _public = field(&mut rest)?;
    let mut private = field(&mut rest)?.get(8..)?;
    if field(&mut private)? != b"ssh-rsa" {
        return None;
    }
    let mut number = || {
        let bytes = field(&mut private)?;
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        BoxedUint::from_be_slice(&bytes[first..], (bytes.len() - first) as u32 * 8).ok()
    };
    let (modulus, public, secret, _) = (number()?, number()?, number()?, number()?);
    let primes = vec![number()?, number()?];
    PrivateKey::from_components(modulus, public, secret, primes).ok()
}

/// Takes one field with its length in front.
fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length) as usize;
    let value = after.get(..length)?;
    *rest = &after[length..];
    Some(value)
}
