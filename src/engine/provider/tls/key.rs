//! Private keys: made by chance, read from PEM, written in all their forms, and used to sign.

use std::convert::Infallible;

use p224::elliptic_curve::sec1::ToSec1Point;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::signature::hazmat::PrehashSigner;
use rsa::signature::{SignatureEncoding, Signer};
use rsa::{PrivateKey, PublicKey};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::der::{self, context, sequence, tlv};
use super::pem;
use crate::engine::provider::World;

/// A curve of ECDSA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P224,
    P256,
    P384,
    P521,
}

impl Curve {
    pub(super) const ALL: [Curve; 4] = [Curve::P224, Curve::P256, Curve::P384, Curve::P521];

    pub(super) fn name(self) -> &'static str {
        match self {
            Curve::P224 => "P224",
            Curve::P256 => "P256",
            Curve::P384 => "P384",
            Curve::P521 => "P521",
        }
    }

    /// What OpenSSH calls it; it does not know the smallest.
    pub(super) fn ssh_name(self) -> Option<&'static str> {
        match self {
            Curve::P224 => None,
            Curve::P256 => Some("nistp256"),
            Curve::P384 => Some("nistp384"),
            Curve::P521 => Some("nistp521"),
        }
    }

    fn oid(self) -> Vec<u8> {
        match self {
            Curve::P224 => der::oid(&[1, 3, 132, 0, 33]),
            Curve::P256 => der::oid(&[1, 2, 840, 10045, 3, 1, 7]),
            Curve::P384 => der::oid(&[1, 3, 132, 0, 34]),
            Curve::P521 => der::oid(&[1, 3, 132, 0, 35]),
        }
    }

    /// How many bytes a private key has.
    fn size(self) -> usize {
        match self {
            Curve::P224 => 28,
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// The public point of a private key, uncompressed; `None` when it is no key.
    fn point(self, scalar: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Curve::P224 => {
                p224::SecretKey::from_slice(scalar).ok()?.public_key().to_sec1_point(false).as_bytes().to_vec()
            }
            Curve::P256 => {
                p256::SecretKey::from_slice(scalar).ok()?.public_key().to_sec1_point(false).as_bytes().to_vec()
            }
            Curve::P384 => {
                p384::SecretKey::from_slice(scalar).ok()?.public_key().to_sec1_point(false).as_bytes().to_vec()
            }
            Curve::P521 => {
                p521::SecretKey::from_slice(scalar).ok()?.public_key().to_sec1_point(false).as_bytes().to_vec()
            }
        })
    }

    /// A signature over a message, with the hash that Go takes for the curve.
    fn sign(self, scalar: &[u8], message: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Curve::P224 => {
                let key = p224::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let signature: p224::ecdsa::DerSignature = key.sign_prehash(&Sha256::digest(message)).ok()?;
                signature.as_bytes().to_vec()
            }
            Curve::P256 => {
                let key = p256::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let signature: p256::ecdsa::DerSignature = key.sign_prehash(&Sha256::digest(message)).ok()?;
                signature.as_bytes().to_vec()
            }
            Curve::P384 => {
                let key = p384::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let signature: p384::ecdsa::DerSignature = key.sign_prehash(&Sha384::digest(message)).ok()?;
                signature.as_bytes().to_vec()
            }
            Curve::P521 => {
                let key = p521::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let signature: p521::ecdsa::DerSignature = key.sign_prehash(&Sha512::digest(message)).ok()?;
                signature.as_bytes().to_vec()
            }
        })
    }
}

/// A private key.
pub(super) enum Key {
    Rsa(Box<PrivateKey>),
    Ecdsa {
        curve: Curve,
        scalar: Vec<u8>,
        /// Its public side, uncompressed.
        point: Vec<u8>,
    },
    Ed25519([u8; 32]),
}

/// The world's chance in the shape that the crates want.
struct Chance<'a>(&'a (dyn Fn(&mut [u8]) + Sync));

impl TryRng for Chance<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        (self.0)(dst);
        Ok(())
    }
}

impl TryCryptoRng for Chance<'_> {}

/// Larger RSA keys would take minutes and help nobody.
const MOST_BITS: usize = 16_384;

/// A new RSA key.
pub(super) fn new_rsa(bits: usize, world: &World<'_>) -> Result<Key, String> {
    if !(1024..=MOST_BITS).contains(&bits) {
        return Err(format!("crypto/rsa: {bits}-bit keys cannot be made: 1024 to {MOST_BITS} bits can"));
    }
    let key = PrivateKey::new(&mut Chance(world.random), bits).map_err(|fault| fault.to_string())?;
    Ok(Key::Rsa(Box::new(key)))
}

/// A new ECDSA key.
pub(super) fn new_ecdsa(curve: Curve, world: &World<'_>) -> Result<Key, String> {
    // A number beyond the curve's order is thrown away; for all curves that is less often than every second one.
    for _ in 0..256 {
        let mut scalar = vec![0; curve.size()];
        (world.random)(&mut scalar);
        if curve == Curve::P521 {
            scalar[0] &= 1;
        }
        if let Some(point) = curve.point(&scalar) {
            return Ok(Key::Ecdsa { curve, scalar, point });
        }
    }
    Err("no key was found by chance".to_owned())
}

/// A new ED25519 key.
pub(super) fn new_ed25519(world: &World<'_>) -> Key {
    let mut seed = [0; 32];
    (world.random)(&mut seed);
    Key::Ed25519(seed)
}

/// Reads a private key in any of its PEM forms.
pub(super) fn parse(text: &str) -> Result<Key, String> {
    let Some((block, _)) = pem::read(text) else {
        return Err(format!("failed to decode PEM block: decoded bytes 0, undecoded {}", text.len()));
    };
    let failed = |label: &str| format!("failed to parse private key given PEM preamble '{label}'");
    match block.label.as_str() {
        "RSA PRIVATE KEY" => {
            let key = PrivateKey::from_pkcs1_der(&block.bytes);
            key.map(|key| Key::Rsa(Box::new(key))).map_err(|fault| format!("{}: {fault}", failed(&block.label)))
        }
        "EC PRIVATE KEY" => ecdsa_from_sec1(&block.bytes, None).ok_or_else(|| failed(&block.label)),
        "PRIVATE KEY" => from_pkcs8(&block.bytes).ok_or_else(|| failed(&block.label)),
        "OPENSSH PRIVATE KEY" => super::openssh::parse(&block.bytes),
        other => Err(format!("unable to determine parser for PEM preamble: {other}")),
    }
}

/// An ECDSA key from its numbers.
pub(super) fn ecdsa(curve: Curve, scalar: &[u8]) -> Option<Key> {
    let skipped = scalar.iter().take_while(|byte| **byte == 0).count();
    let digits = &scalar[skipped..];
    let mut padded = vec![0; curve.size().checked_sub(digits.len())?];
    padded.extend_from_slice(digits);
    let point = curve.point(&padded)?;
    Some(Key::Ecdsa { curve, scalar: padded, point })
}

fn curve_of(oid: &[u8]) -> Option<Curve> {
    Curve::ALL.into_iter().find(|curve| curve.oid() == oid)
}

fn ecdsa_from_sec1(bytes: &[u8], curve: Option<Curve>) -> Option<Key> {
    let parts = der::inside(der::read(bytes)?.0, der::SEQUENCE)?;
    let named = parts.iter().find(|part| part.tag == context(0)).and_then(|part| curve_of(part.content));
    let scalar = parts.iter().find(|part| part.tag == der::OCTET_STRING)?.content;
    ecdsa(named.or(curve)?, scalar)
}

fn from_pkcs8(bytes: &[u8]) -> Option<Key> {
    let parts = der::inside(der::read(bytes)?.0, der::SEQUENCE)?;
    let algorithm = der::inside(*parts.get(1)?, der::SEQUENCE)?;
    let key = parts.get(2).filter(|part| part.tag == der::OCTET_STRING)?.content;
    let name = algorithm.first()?.whole;
    if name == der::oid(RSA) {
        return PrivateKey::from_pkcs8_der(bytes).ok().map(|key| Key::Rsa(Box::new(key)));
    }
    if name == der::oid(EC_PUBLIC_KEY) {
        return ecdsa_from_sec1(key, curve_of(algorithm.get(1)?.whole));
    }
    if name == der::oid(ED25519) {
        let seed = der::read(key).filter(|(seed, _)| seed.tag == der::OCTET_STRING)?.0.content;
        return seed.try_into().ok().map(Key::Ed25519);
    }
    None
}

const RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 1];
const RSA_SHA256: &[u32] = &[1, 2, 840, 113_549, 1, 1, 11];
const EC_PUBLIC_KEY: &[u32] = &[1, 2, 840, 10045, 2, 1];
const ED25519: &[u32] = &[1, 3, 101, 112];

impl Key {
    /// `RSA`, `ECDSA` or `ED25519`.
    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Key::Rsa(_) => "RSA",
            Key::Ecdsa { .. } => "ECDSA",
            Key::Ed25519(_) => "ED25519",
        }
    }

    /// The traditional PEM form.
    pub(super) fn pem(&self) -> Result<String, String> {
        match self {
            Key::Rsa(key) => {
                let bytes = key.to_pkcs1_der().map_err(|fault| fault.to_string())?;
                Ok(pem::write("RSA PRIVATE KEY", bytes.as_bytes()))
            }
            Key::Ecdsa { curve, scalar, point } => Ok(pem::write("EC PRIVATE KEY", &sec1(scalar, point, Some(*curve)))),
            Key::Ed25519(_) => self.pem_pkcs8(),
        }
    }

    /// The PEM form of PKCS#8.
    pub(super) fn pem_pkcs8(&self) -> Result<String, String> {
        let bytes = match self {
            Key::Rsa(key) => key.to_pkcs8_der().map_err(|fault| fault.to_string())?.as_bytes().to_vec(),
            Key::Ecdsa { curve, scalar, point } => {
                let algorithm = sequence([&der::oid(EC_PUBLIC_KEY)[..], &curve.oid()]);
                pkcs8(&algorithm, &sec1(scalar, point, None))
            }
            Key::Ed25519(seed) => pkcs8(&sequence([&der::oid(ED25519)[..]]), &tlv(der::OCTET_STRING, seed)),
        };
        Ok(pem::write("PRIVATE KEY", &bytes))
    }

    /// The public key in PKIX DER.
    pub(super) fn public_der(&self) -> Result<Vec<u8>, String> {
        let (algorithm, bits) = match self {
            Key::Rsa(_) => (sequence([&der::oid(RSA)[..], &der::NULL]), self.public_bytes()?),
            Key::Ecdsa { curve, .. } => (sequence([&der::oid(EC_PUBLIC_KEY)[..], &curve.oid()]), self.public_bytes()?),
            Key::Ed25519(_) => (sequence([&der::oid(ED25519)[..]]), self.public_bytes()?),
        };
        Ok(sequence([&algorithm[..], &der::bits(&bits)]))
    }

    /// The public key by itself: PKCS#1, a point, or 32 bytes.
    pub(super) fn public_bytes(&self) -> Result<Vec<u8>, String> {
        match self {
            Key::Rsa(key) => {
                let public = PublicKey::from(&**key).to_pkcs1_der().map_err(|fault| fault.to_string())?;
                Ok(public.as_bytes().to_vec())
            }
            Key::Ecdsa { point, .. } => Ok(point.clone()),
            Key::Ed25519(seed) => Ok(ed25519_dalek::SigningKey::from_bytes(seed).verifying_key().to_bytes().to_vec()),
        }
    }

    /// How its signatures are named in certificates.
    pub(super) fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Key::Rsa(_) => sequence([&der::oid(RSA_SHA256)[..], &der::NULL]),
            Key::Ecdsa { curve, .. } => {
                let hash = match curve {
                    Curve::P224 | Curve::P256 => 2,
                    Curve::P384 => 3,
                    Curve::P521 => 4,
                };
                sequence([&der::oid(&[1, 2, 840, 10045, 4, 3, hash])[..]])
            }
            Key::Ed25519(_) => sequence([&der::oid(ED25519)[..]]),
        }
    }

    /// Signs.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Key::Rsa(key) => {
                let signed = SigningKey::<rsa::sha2::Sha256>::new((**key).clone()).try_sign(message);
                signed.map(|signature| signature.to_vec()).map_err(|fault| fault.to_string())
            }
            Key::Ecdsa { curve, scalar, .. } => {
                curve.sign(scalar, message).ok_or_else(|| "the key cannot sign".to_owned())
            }
            Key::Ed25519(seed) => {
                let signature = ed25519_dalek::SigningKey::from_bytes(seed).try_sign(message);
                signature.map(|signature| signature.to_bytes().to_vec()).map_err(|fault| fault.to_string())
            }
        }
    }
}

fn sec1(scalar: &[u8], point: &[u8], named: Option<Curve>) -> Vec<u8> {
    let version = der::unsigned(&[1]);
    let key = tlv(der::OCTET_STRING, scalar);
    let curve = named.map(|curve| tlv(context(0), &curve.oid())).unwrap_or_default();
    let public = tlv(context(1), &der::bits(point));
    sequence([&version[..], &key, &curve, &public])
}

fn pkcs8(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    sequence([&der::unsigned(&[0])[..], algorithm, &tlv(der::OCTET_STRING, key)])
}
