//! Keys as OpenSSH writes them: one line for the public key, a PEM block for the private one, fingerprints.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use md5::Md5;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::{BoxedUint, PrivateKey};
use sha2::{Digest, Sha256};

use super::der;
use super::key::{self, Curve, Key};
use super::pem;
use crate::engine::provider::World;
use crate::engine::provider::hashes::hex;

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Bytes with their length before them.
fn text(bytes: &[u8]) -> Vec<u8> {
    let mut out = (bytes.len() as u32).to_be_bytes().to_vec();
    out.extend_from_slice(bytes);
    out
}

/// A number that is not negative.
fn number(bytes: &[u8]) -> Vec<u8> {
    let skipped = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = &bytes[skipped..];
    match digits.first() {
        Some(first) if first & 0x80 != 0 => text(&[&[0], digits].concat()),
        _ => text(digits),
    }
}

/// The numbers of an RSA key: version, n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p.
fn numbers(rsa: &PrivateKey) -> Option<Vec<Vec<u8>>> {
    let encoded = rsa.to_pkcs1_der().ok()?;
    let parts = der::inside(der::read(encoded.as_bytes())?.0, der::SEQUENCE)?;
    let numbers: Vec<Vec<u8>> = parts.iter().map(|part| number(part.content)).collect();
    (numbers.len() >= 9).then_some(numbers)
}

/// The public key as it goes over the wire, with the name of its kind; `None` when OpenSSH does not know the curve.
fn public_blob(key: &Key) -> Option<(String, Vec<u8>)> {
    match key {
        Key::Rsa(rsa) => {
            let numbers = numbers(rsa)?;
            let blob = [text(b"ssh-rsa"), numbers[2].clone(), numbers[1].clone()].concat();
            Some(("ssh-rsa".to_owned(), blob))
        }
        Key::Ecdsa { curve, point, .. } => {
            let curve = curve.ssh_name()?;
            let kind = format!("ecdsa-sha2-{curve}");
            let blob = [text(kind.as_bytes()), text(curve.as_bytes()), text(point)].concat();
            Some((kind, blob))
        }
        Key::Ed25519(_) => {
            let blob = [text(b"ssh-ed25519"), text(&key.public_bytes().ok()?)].concat();
            Some(("ssh-ed25519".to_owned(), blob))
        }
    }
}

/// What OpenSSH says of a public key; empty texts where it does not know the curve.
#[derive(Default)]
pub(super) struct PublicForms {
    /// The line of an `authorized_keys` file.
    pub(super) line: String,
    pub(super) md5: String,
    pub(super) sha256: String,
}

impl PublicForms {
    pub(super) fn of(key: &Key, comment: &str) -> Self {
        let Some((kind, blob)) = public_blob(key) else { return PublicForms::default() };
        let comment = if comment.is_empty() { String::new() } else { format!(" {comment}") };
        let md5: Vec<String> = Md5::digest(&blob).iter().map(|byte| hex(&[*byte])).collect();
        PublicForms {
            line: format!("{kind} {}{comment}\n", STANDARD.encode(&blob)),
            md5: md5.join(":"),
            sha256: format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob))),
        }
    }
}

/// The private key's PEM block; empty where OpenSSH does not know the curve.
pub(super) fn write(key: &Key, comment: &str, world: &World<'_>) -> String {
    write_with(key, comment, world.random)
}

/// The same with other dice for its check number.
pub(super) fn write_with(key: &Key, comment: &str, random: &dyn Fn(&mut [u8])) -> String {
    let Some((kind, blob)) = public_blob(key) else { return String::new() };
    let fields = match key {
        Key::Rsa(rsa) => {
            let Some(numbers) = numbers(rsa) else { return String::new() };
            [1, 2, 3, 8, 4, 5].map(|at: usize| numbers[at].clone()).concat()
        }
        Key::Ecdsa { curve, scalar, point } => {
            let curve = curve.ssh_name().unwrap_or_default();
            [text(curve.as_bytes()), text(point), number(scalar)].concat()
        }
        Key::Ed25519(seed) => {
            let public = key.public_bytes().unwrap_or_default();
            [text(&public), text(&[&seed[..], &public].concat())].concat()
        }
    };
    let mut check = [0; 4];
    random(&mut check);
    let mut secret = [&check[..], &check, &text(kind.as_bytes()), &fields, &text(comment.as_bytes())].concat();
    let missing = secret.len().wrapping_neg() % 8;
    secret.extend((1..=missing).map(|byte| byte as u8));
    let whole =
        [MAGIC, &text(b"none"), &text(b"none"), &text(b""), &1u32.to_be_bytes(), &text(&blob), &text(&secret)].concat();
    pem::write("OPENSSH PRIVATE KEY", &whole)
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.0.get(..count)?;
        self.0 = &self.0[count..];
        Some(taken)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.take(4)?;
        let length = u32::from_be_bytes(length.try_into().ok()?);
        self.take(usize::try_from(length).ok()?)
    }
}

/// Reads a private key that has no passphrase.
pub(super) fn parse(bytes: &[u8]) -> Result<Key, String> {
    let broken = || "failed to parse openssh private key".to_owned();
    let mut reader = Reader(bytes.strip_prefix(MAGIC).ok_or_else(broken)?);
    let cipher = reader.text().ok_or_else(broken)?;
    if cipher != b"none" {
        return Err("failed to parse openssh private key: ssh: this private key is passphrase protected".to_owned());
    }
    unencrypted(&mut reader).ok_or_else(broken)
}

fn unencrypted(reader: &mut Reader<'_>) -> Option<Key> {
    let (_kdf, _options) = (reader.text()?, reader.text()?);
    let _count = reader.take(4)?;
    let _public = reader.text()?;
    let mut secret = Reader(reader.text()?);
    if secret.take(4)? != secret.take(4)? {
        return None;
    }
    let kind = secret.text()?;
    if kind == b"ssh-rsa" {
        let n = BoxedUint::from_be_slice_vartime(secret.text()?);
        let e = BoxedUint::from_be_slice_vartime(secret.text()?);
        let d = BoxedUint::from_be_slice_vartime(secret.text()?);
        let _inverse = secret.text()?;
        let p = BoxedUint::from_be_slice_vartime(secret.text()?);
        let q = BoxedUint::from_be_slice_vartime(secret.text()?);
        return rsa::PrivateKey::from_components(n, e, d, vec![p, q]).ok().map(|key| Key::Rsa(Box::new(key)));
    }
    if kind == b"ssh-ed25519" {
        let _public = secret.text()?;
        return secret.text()?.get(..32)?.try_into().ok().map(Key::Ed25519);
    }
    let curve = std::str::from_utf8(kind.strip_prefix(b"ecdsa-sha2-")?).ok()?;
    let curve = Curve::ALL.into_iter().find(|known| known.ssh_name() == Some(curve))?;
    let (_name, _point) = (secret.text()?, secret.text()?);
    key::ecdsa(curve, secret.text()?)
}
