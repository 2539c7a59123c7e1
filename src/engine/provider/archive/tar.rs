//! Tar archives in gzip to the byte as Go writes them. Our own writer because the checksums count, see `zip`.

use super::gather::Entry;
use crate::lang::func::gzip;

const BLOCK: usize = 512;

/// The bytes of an archive.
///
/// # Errors
/// When a name does not fit.
pub(super) fn write(entries: &[Entry]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for entry in entries {
        write_entry(entry, &mut out)?;
    }
    // Two empty blocks end it.
    out.resize(out.len() + 2 * BLOCK, 0);
    Ok(gzip(&out))
}

fn write_entry(entry: &Entry, out: &mut Vec<u8>) -> Result<(), String> {
    let plain = entry.name.is_ascii();
    let split = if plain { split_name(&entry.name) } else { None };
    if split.is_none() {
        write_extended_name(&entry.name, out)?;
    }
    let (prefix, name) = split.unwrap_or_else(|| (String::new(), shortened(&entry.name)));
    let mode = entry.mode.unwrap_or(0);
    out.extend_from_slice(&header(&prefix, &name, mode, entry.content.len(), b'0'));
    out.extend_from_slice(&entry.content);
    pad(out);
    Ok(())
}

/// A PAX record in an entry of its own, before the entry whose name it carries.
fn write_extended_name(name: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let record = pax_record("path", name);
    let (directory, base) = name.rsplit_once('/').unwrap_or(("", name));
    let beside = [directory, "PaxHeaders.0", base].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>();
    let own = shortened(&beside.join("/"));
    out.extend_from_slice(&header("", own.trim_end_matches('/'), 0, record.len(), b'x'));
    out.extend_from_slice(record.as_bytes());
    pad(out);
    Ok(())
}

/// `LENGTH key=value\n`, where the length counts its own digits.
fn pax_record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + rest.to_string().len();
    if rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

/// What fits of a name into its field.
fn shortened(name: &str) -> String {
    name.chars().filter(char::is_ascii).take(100).collect()
}

/// A name in at most a hundred bytes, with what stands before a slash in the prefix when it is longer.
fn split_name(name: &str) -> Option<(String, String)> {
    if name.len() <= 100 {
        return Some((String::new(), name.to_owned()));
    }
    let searched = name.len().min(156);
    let slash = name[..searched].rfind('/')?;
    let below = name.len() - slash - 1;
    (slash > 0 && slash <= 155 && below > 0 && below <= 100)
        .then(|| (name[..slash].to_owned(), name[slash + 1..].to_owned()))
}

fn header(prefix: &str, name: &str, mode: u32, size: usize, kind: u8) -> [u8; BLOCK] {
    let mut block = [0u8; BLOCK];
    put(&mut block, 0, name.as_bytes());
    put(&mut block, 100, format!("{:07o}\0", mode & 0o7_777_777).as_bytes());
    put(&mut block, 108, b"0000000\0");
    put(&mut block, 116, b"0000000\0");
    put(&mut block, 124, format!("{size:011o}\0").as_bytes());
    put(&mut block, 136, b"00000000000\0");
    block[156] = kind;
    put(&mut block, 257, b"ustar\x0000");
    if kind == b'0' || !prefix.is_empty() {
        put(&mut block, 329, b"0000000\0");
        put(&mut block, 337, b"0000000\0");
        put(&mut block, 345, prefix.as_bytes());
    }
    put(&mut block, 148, b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut block, 148, format!("{sum:06o}\0 ").as_bytes());
    block
}

fn put(block: &mut [u8; BLOCK], at: usize, bytes: &[u8]) {
    let end = (at + bytes.len()).min(BLOCK);
    block[at..end].copy_from_slice(&bytes[..end - at]);
}

fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().div_ceil(BLOCK) * BLOCK, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_count_their_own_length() {
        assert_eq!(pax_record("path", "ä"), "11 path=ä\n");
        for (count, length) in [(90, 99), (91, 101)] {
            let long = "x".repeat(count);
            assert_eq!(pax_record("path", &long), format!("{length} path={long}\n"));
        }
        let name = format!("{}/{}", "d".repeat(90), "f".repeat(60));
        assert_eq!(split_name(&name), Some(("d".repeat(90), "f".repeat(60))));
        assert_eq!(split_name(&"f".repeat(101)), None);
    }
}
