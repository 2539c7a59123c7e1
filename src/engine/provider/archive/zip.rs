//! Zip archives to the byte as Go writes them: their checksums stand in states and decide about new deployments.
//!
//! Our own writer for that reason alone: libraries choose other versions, flags and compressors.

use flate2::Crc;

use super::gather::Entry;
use crate::lang::func::deflate;

const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Deflate in a stream, sizes after the data.
const VERSION: u16 = 20;
const STREAMED: u16 = 0x8;
const UTF8: u16 = 0x800;
const DEFLATED: u16 = 8;
const UNIX: u16 = 3 << 8;
const REGULAR: u32 = 0o100_000;
/// The date as Go makes it of its zero time, which lies long before 1980, for what comes from files.
const ZERO_DATE: u16 = 0x8a21;
/// For files that nobody may write, DOS has a bit of its own.
const READ_ONLY: u32 = 1;

#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn short(&mut self, number: u16) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn long(&mut self, number: u32) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }
}

/// The bytes of an archive.
///
/// # Errors
/// When a file or the archive is larger than a plain zip can hold.
pub(super) fn write(entries: &[Entry]) -> Result<Vec<u8>, String> {
    let too_large = |_| "the archive is larger than 4 GiB".to_owned();
    let mut out = Bytes::default();
    let mut central = Bytes::default();
    for entry in entries {
        let offset = u32::try_from(out.0.len()).map_err(too_large)?;
        let size = u32::try_from(entry.content.len()).map_err(too_large)?;
        let name = entry.name.as_bytes();
        let name_length = u16::try_from(name.len()).map_err(|_| format!("the name {} is too long", entry.name))?;
        let mut crc = Crc::new();
        crc.update(&entry.content);
        let packed = deflate(&entry.content);
        let packed_size = u32::try_from(packed.len()).map_err(too_large)?;
        let flags = if needs_utf8(&entry.name) { STREAMED | UTF8 } else { STREAMED };
        let (time, date) = (0, if entry.from_file { ZERO_DATE } else { 0 });
        out.long(LOCAL).short(VERSION).short(flags).short(DEFLATED).short(time).short(date);
        out.long(0).long(0).long(0).short(name_length).short(0);
        out.0.extend_from_slice(name);
        out.0.extend_from_slice(&packed);
        out.long(DESCRIPTOR).long(crc.sum()).long(packed_size).long(size);

        let (made_by, attributes) = match entry.mode.filter(|_| entry.from_file) {
            Some(mode) => {
                let read_only = if mode & 0o200 == 0 { READ_ONLY } else { 0 };
                (UNIX | VERSION, (REGULAR | mode & 0o7777) << 16 | read_only)
            }
            None => (VERSION, 0),
        };
        central.long(CENTRAL).short(made_by).short(VERSION).short(flags).short(DEFLATED).short(time).short(date);
        central.long(crc.sum()).long(packed_size).long(size).short(name_length).short(0).short(0).short(0).short(0);
        central.long(attributes).long(offset);
        central.0.extend_from_slice(name);
    }
    let count = u16::try_from(entries.len()).map_err(|_| "an archive holds at most 65535 files".to_owned())?;
    let begin = u32::try_from(out.0.len()).map_err(too_large)?;
    let length = u32::try_from(central.0.len()).map_err(too_large)?;
    out.0.append(&mut central.0);
    out.long(END).short(0).short(0).short(count).short(count).long(length).long(begin).short(0);
    Ok(out.0)
}

/// Go sets the flag only for names that an old reader would show wrongly.
fn needs_utf8(name: &str) -> bool {
    name.chars().any(|c| !(' '..'\u{7e}').contains(&c) || c == '\\')
}
