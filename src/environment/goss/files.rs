//! The `file` resource.

use std::fmt::Write;
use std::io;
use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

use super::matcher::{Found, Mismatch, compare};
use super::plain::{Entry, Plain};
use super::reach::Reach;
use super::resource::{Look, Resource, unknown};
use crate::sys::machine::FileStat;

/// Looks at a file, a directory or a link.
pub fn look(resource: &Resource, reach: &Reach<'_>) -> Look {
    let path = reach.directory.join(resource.named("path"));
    let mut look = Look::default();
    let stat = match reach.machine.stat(&path) {
        Ok(stat) => Some(stat),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Look::fault(Mismatch::Invalid(format!("{}: {error}", path.display()))),
    };
    let expectations: Vec<&Entry> = resource.expectations(&["path"]).collect();
    let Some(stat) = stat else {
        // Of what is not there, only that can be said.
        let wanted = expectations.iter().find(|entry| entry.key == "exists").map(|entry| &entry.value);
        look.compared.push(("exists".into(), compare(&false.into(), wanted.unwrap_or(&Plain::Bool(true)))));
        return look;
    };
    for entry in expectations {
        match entry.key.as_str() {
            "mode" => look.compared.push((entry.key.clone(), mode(&stat, &entry.value))),
            _ => look.compare(entry, attribute(entry, &stat, &path, reach)),
        }
    }
    look
}

fn attribute(entry: &Entry, stat: &FileStat, path: &Path, reach: &Reach<'_>) -> Result<Found, Mismatch> {
    #[allow(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
    let number = |number: u64| Ok(Found::Value(Plain::Number(number as f64)));
    match entry.key.as_str() {
        "exists" => Ok(true.into()),
        "size" => number(stat.size),
        "owner" => Ok(reach.machine.user_name(stat.uid).unwrap_or_else(|| stat.uid.to_string()).into()),
        "group" => Ok(reach.machine.group_name(stat.gid).unwrap_or_else(|| stat.gid.to_string()).into()),
        "uid" => number(u64::from(stat.uid)),
        "gid" => number(u64::from(stat.gid)),
        "filetype" => Ok(stat.file_type.to_owned().into()),
        "linked-to" => match &stat.link {
            Some(target) => Ok(target.to_string_lossy().into_owned().into()),
            None => Err(Mismatch::Differs("it is not a link".to_owned())),
        },
        "contents" | "contains" => {
            content(path, reach).map(|bytes| Found::Stream(String::from_utf8_lossy(&bytes).into()))
        }
        "md5" => content(path, reach).map(|bytes| hexadecimal(&Md5::digest(&bytes)).into()),
        "sha256" => content(path, reach).map(|bytes| hexadecimal(&Sha256::digest(&bytes)).into()),
        "sha512" => content(path, reach).map(|bytes| hexadecimal(&Sha512::digest(&bytes)).into()),
        _ => Err(unknown(entry)),
    }
}

fn content(path: &Path, reach: &Reach<'_>) -> Result<std::sync::Arc<[u8]>, Mismatch> {
    reach.files.read(path).map_err(|error| Mismatch::Differs(format!("it cannot be read: {error}")))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Permission bits are four octal digits; in YAML without quotes they arrive as a decimal number of these digits.
fn mode(stat: &FileStat, expected: &Plain) -> Result<(), Mismatch> {
    let found = Found::from(format!("{:04o}", stat.mode));
    match expected {
        Plain::Number(digits) => compare(&found, &Plain::Text(format!("{digits:04}"))),
        Plain::Text(digits) => compare(&found, &Plain::Text(format!("{:0>4}", digits.trim_start_matches("0o")))),
        other => compare(&found, other),
    }
}
