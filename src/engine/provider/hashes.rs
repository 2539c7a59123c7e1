//! Checksums as providers write them: in hexadecimal digits or base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

/// All checksums of some bytes.
pub(super) struct Checksums {
    pub(super) md5: String,
    pub(super) sha1: String,
    pub(super) sha256: String,
    pub(super) sha512: String,
    pub(super) base64_sha256: String,
    pub(super) base64_sha512: String,
}

impl Checksums {
    /// Computes them.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let (sha256, sha512) = (Sha256::digest(bytes), Sha512::digest(bytes));
        Checksums {
            md5: hex(&Md5::digest(bytes)),
            sha1: sha1(bytes),
            sha256: hex(&sha256),
            sha512: hex(&sha512),
            base64_sha256: STANDARD.encode(sha256),
            base64_sha512: STANDARD.encode(sha512),
        }
    }
}

/// Bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-1 checksum in hexadecimal digits.
pub(super) fn sha1(bytes: &[u8]) -> String {
    hex(&Sha1::digest(bytes))
}
