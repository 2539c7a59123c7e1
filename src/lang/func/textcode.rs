//! Texts in other character sets, by their IANA names: what `textencodebase64` and `textdecodebase64` speak.
//!
//! `charsets.txt` has one line for each: the preferred name, all names in lower case, and for a set of single bytes its
//! characters as four hexadecimal digits each (the upper half only when the lower one is ASCII).

use std::sync::LazyLock;

use encoding_rs::Encoding;

static TABLE: LazyLock<Vec<Charset>> =
    LazyLock::new(|| include_str!("charsets.txt").lines().filter_map(Charset::parse).collect());

/// A character set.
#[derive(Debug)]
pub(super) struct Charset {
    /// The name that messages use.
    pub(super) name: &'static str,
    names: &'static str,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// One byte for each character: the 256 characters, U+FFFD where there is none.
    Bytes(Vec<char>),
    Ascii,
    Utf8,
    /// Two bytes a unit, the flags say little-endian and with a byte order mark.
    Utf16 {
        little: bool,
        mark: bool,
    },
    /// A set of several bytes a character that `encoding_rs` knows.
    Wide(&'static Encoding),
}

impl Charset {
    /// The set of an IANA name or alias, whatever its case.
    pub(super) fn find(name: &str) -> Option<&'static Charset> {
        let lower = name.to_ascii_lowercase();
        TABLE.iter().find(|charset| charset.names.split(',').any(|own| own == lower))
    }

    fn parse(line: &'static str) -> Option<Charset> {
        let mut parts = line.split(' ');
        let (name, names, codes) = (parts.next()?, parts.next()?, parts.next()?);
        let kind = match name {
            _ if codes != "-" => Kind::Bytes(characters(codes)),
            "US-ASCII" => Kind::Ascii,
            "UTF-8" => Kind::Utf8,
            "UTF-16" => Kind::Utf16 { little: false, mark: true },
            "UTF-16BE" => Kind::Utf16 { little: false, mark: false },
            "UTF-16LE" => Kind::Utf16 { little: true, mark: false },
            "Big5" => Kind::Wide(encoding_rs::BIG5),
            "EUC-KR" => Kind::Wide(encoding_rs::EUC_KR),
            "Extended_UNIX_Code_Packed_Format_for_Japanese" => Kind::Wide(encoding_rs::EUC_JP),
            "GB18030" => Kind::Wide(encoding_rs::GB18030),
            "GBK" => Kind::Wide(encoding_rs::GBK),
            "ISO-2022-JP" => Kind::Wide(encoding_rs::ISO_2022_JP),
            "Shift_JIS" => Kind::Wide(encoding_rs::SHIFT_JIS),
            _ => return None,
        };
        Some(Charset { name, names, kind })
    }

    /// The text in this set; `None` when it has a character that the set lacks.
    pub(super) fn encode(&self, text: &str) -> Option<Vec<u8>> {
        match &self.kind {
            Kind::Utf8 => Some(text.as_bytes().to_vec()),
            Kind::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Kind::Bytes(table) => text
                .chars()
                .map(|character| {
                    let at = table.iter().position(|own| *own == character && character != char::REPLACEMENT_CHARACTER);
                    at.and_then(|at| u8::try_from(at).ok())
                })
                .collect(),
            Kind::Utf16 { little, mark } => {
                let start = mark.then_some(0xfeff);
                let units = start.into_iter().chain(text.encode_utf16());
                Some(units.flat_map(|unit| if *little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect())
            }
            Kind::Wide(encoding) => {
                let (bytes, _, lossy) = encoding.encode(text);
                (!lossy).then(|| bytes.into_owned())
            }
        }
    }

    /// The text that bytes of this set mean; `None` when they mean none.
    pub(super) fn decode(&self, bytes: &[u8]) -> Option<String> {
        let text = match &self.kind {
            Kind::Utf8 => String::from_utf8(bytes.to_vec()).ok()?,
            Kind::Ascii => bytes.is_ascii().then(|| String::from_utf8_lossy(bytes).into_owned())?,
            Kind::Bytes(table) => bytes.iter().map(|byte| table[usize::from(*byte)]).collect(),
            Kind::Utf16 { little, mark } => decode_utf16(bytes, *little, *mark)?,
            Kind::Wide(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes)?.into_owned(),
        };
        (!text.contains(char::REPLACEMENT_CHARACTER)).then_some(text)
    }
}

fn characters(codes: &str) -> Vec<char> {
    let given = codes.as_bytes().chunks(4).map(|code| {
        let code = std::str::from_utf8(code).ok().and_then(|code| u32::from_str_radix(code, 16).ok());
        code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    let ascii = if codes.len() == 512 { 128 } else { 0 };
    (0..ascii).map(char::from).chain(given).collect()
}

fn decode_utf16(bytes: &[u8], mut little: bool, mark: bool) -> Option<String> {
    let mut rest = bytes;
    if mark {
        if let Some(after) = rest.strip_prefix(&[0xff, 0xfe]) {
            (little, rest) = (true, after);
        } else if let Some(after) = rest.strip_prefix(&[0xfe, 0xff]) {
            (little, rest) = (false, after);
        }
    }
    if rest.len() % 2 == 1 {
        return None;
    }
    let units = rest.chunks(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    });
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        let hz = 1;
        assert_eq!(TABLE.len() + hz, include_str!("charsets.txt").lines().count());
        for charset in TABLE.iter() {
            if let Kind::Bytes(table) = &charset.kind {
                assert_eq!(table.len(), 256, "{}", charset.name);
            }
        }
    }

    #[test]
    fn texts_survive_a_round_trip() {
        for name in ["UTF-16LE", "utf-16", "latin1", "cp437", "Shift_JIS", "GBK", "windows-1252", "ibm037"] {
            let charset = Charset::find(name).unwrap();
            let text = if name.ends_with('S') || name == "GBK" { "日本 a" } else { "plain a" };
            let bytes = charset.encode(text).unwrap();
            assert_eq!(charset.decode(&bytes).as_deref(), Some(text), "{name}");
        }
        assert!(Charset::find("latin1").unwrap().encode("日").is_none());
        assert!(Charset::find("klingon").is_none());
    }
}
