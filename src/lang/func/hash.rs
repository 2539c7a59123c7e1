//! Digests of texts: `md5 sha1 sha256 sha512 base64sha256 base64sha512`. Those of files are in `filesystem`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::FunctionError;
use super::outcome::string;
use crate::model::value::Value;

const STR: &[Parameter] = &[Parameter::new("str", Shape::String)];
const STRING: Returns = Returns::Always(Shape::String);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("base64sha256", "The SHA-256 digest of a text, in Base64.", STR, STRING, |call| {
        of(call, base64sha256)
    }),
    Function::new("base64sha512", "The SHA-512 digest of a text, in Base64.", STR, STRING, |call| {
        of(call, base64sha512)
    }),
    Function::new("md5", "The MD5 digest of a text, in hexadecimal digits.", STR, STRING, |call| of(call, md5)),
    Function::new("sha1", "The SHA-1 digest of a text, in hexadecimal digits.", STR, STRING, |call| of(call, sha1)),
    Function::new("sha256", "The SHA-256 digest of a text, in hexadecimal digits.", STR, STRING, |call| {
        of(call, sha256)
    }),
    Function::new("sha512", "The SHA-512 digest of a text, in hexadecimal digits.", STR, STRING, |call| {
        of(call, sha512)
    }),
];

fn of(call: &Call<'_>, digest: fn(&[u8]) -> String) -> Result<Value, FunctionError> {
    Ok(string(digest(call.text(0).as_bytes())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// MD5 in hexadecimal digits.
pub(super) fn md5(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// SHA-1 in hexadecimal digits.
pub(super) fn sha1(bytes: &[u8]) -> String {
    hex(&Sha1::digest(bytes))
}

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-512 in hexadecimal digits.
pub(super) fn sha512(bytes: &[u8]) -> String {
    hex(&Sha512::digest(bytes))
}

/// SHA-256 in Base64.
pub(super) fn base64sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

/// SHA-512 in Base64.
pub(super) fn base64sha512(bytes: &[u8]) -> String {
    STANDARD.encode(Sha512::digest(bytes))
}
