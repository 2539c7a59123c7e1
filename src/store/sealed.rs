//! Bytes with their own hash in front, so that a torn or changed file is noticed.

use sha2::{Digest, Sha256};

const MAGIC: &[u8] = b"kilter 1 ";
/// The magic, a hash in hexadecimal, a newline.
const HEADER: usize = MAGIC.len() + 64 + 1;

/// The bytes as they are written.
pub(super) fn seal(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER + body.len());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(hash(body).as_bytes());
    out.push(b'\n');
    out.extend_from_slice(body);
    out
}

/// The bytes as they were, or `None` when something happened to them.
pub(super) fn open(sealed: &[u8]) -> Option<&[u8]> {
    let rest = sealed.strip_prefix(MAGIC)?;
    let (written, body) = (rest.get(..64)?, rest.get(65..)?);
    (rest[64] == b'\n' && written == hash(body).as_bytes()).then_some(body)
}

fn hash(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_damage_is_noticed() {
        for body in [&b""[..], b"x", b"some\nlines\n\0"] {
            let sealed = seal(body);
            assert_eq!(open(&sealed), Some(body));
            for cut in 0..sealed.len() {
                assert_eq!(open(&sealed[..cut]), None, "cut at {cut}");
                let mut changed = sealed.clone();
                changed[cut] ^= 1;
                assert_eq!(open(&changed), None, "changed at {cut}");
            }
        }
    }
}
