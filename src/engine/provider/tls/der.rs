//! The little of DER that keys and certificates need: tag, length, content, both ways.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: [u8; 2] = [0x05, 0x00];
pub(super) const OID: u8 = 0x06;
pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const PRINTABLE_STRING: u8 = 0x13;
pub(super) const IA5_STRING: u8 = 0x16;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// A constructed, context-specific tag: `[n]`.
pub(super) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// A primitive one.
pub(super) const fn implicit(number: u8) -> u8 {
    0x80 | number
}

/// One element.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let skipped = bytes.iter().take_while(|byte| **byte == 0).count();
        out.push(0x80 | (bytes.len() - skipped) as u8);
        out.extend_from_slice(&bytes[skipped..]);
    }
    out.extend_from_slice(content);
    out
}

/// A sequence of elements.
pub(super) fn sequence<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    tlv(SEQUENCE, &parts.into_iter().collect::<Vec<_>>().concat())
}

/// A number that is not negative, from big-endian bytes.
pub(super) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let skipped = bytes.iter().take_while(|byte| **byte == 0).count().min(bytes.len().saturating_sub(1));
    let mut content = bytes[skipped..].to_vec();
    if content.is_empty() || content[0] & 0x80 != 0 {
        content.insert(0, 0);
    }
    tlv(INTEGER, &content)
}

/// Whole bytes of bits.
pub(super) fn bits(content: &[u8]) -> Vec<u8> {
    let mut all = vec![0];
    all.extend_from_slice(content);
    tlv(BIT_STRING, &all)
}

/// An object identifier from its numbers.
pub(super) fn oid(numbers: &[u32]) -> Vec<u8> {
    let mut content = Vec::new();
    if let [first, second, ..] = numbers {
        content.push((first * 40 + second) as u8);
    }
    for number in numbers.iter().skip(2) {
        let groups = (1..5).rev().map(|group| (number >> (7 * group)) as u8 & 0x7f).skip_while(|part| *part == 0);
        content.extend(groups.map(|part| part | 0x80));
        content.push(*number as u8 & 0x7f);
    }
    tlv(OID, &content)
}

/// One element that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// Tag and length with it.
    pub(super) whole: &'a [u8],
}

/// The first element, and what follows it.
pub(super) fn read(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let digits = rest.get(..count)?;
        (digits.iter().fold(0usize, |length, digit| length << 8 | usize::from(*digit)), &rest[count..])
    };
    let content = rest.get(..length)?;
    let after = &rest[length..];
    Some((Element { tag, content, whole: &bytes[..bytes.len() - after.len()] }, after))
}

/// The elements of a sequence or set.
pub(super) fn parts(content: &[u8]) -> Option<Vec<Element<'_>>> {
    let (mut found, mut rest) = (Vec::new(), content);
    while !rest.is_empty() {
        let (element, after) = read(rest)?;
        found.push(element);
        rest = after;
    }
    Some(found)
}

/// The parts of one element with a tag.
pub(super) fn inside(element: Element<'_>, tag: u8) -> Option<Vec<Element<'_>>> {
    if element.tag == tag { parts(element.content) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(oid(&[1, 2, 840, 113_549, 1, 1, 11]), [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b]);
        assert_eq!(unsigned(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0]), [2, 1, 0]);
        let long = tlv(OCTET_STRING, &[7; 300]);
        assert_eq!(&long[..4], [4, 0x82, 1, 44]);
        let both = sequence([&long[..], &NULL]);
        let found = inside(read(&both).unwrap().0, SEQUENCE).unwrap();
        assert_eq!((found.len(), found[0].content.len(), found[0].whole.len()), (2, 300, 304));
        for cut in 0..both.len() {
            assert!(read(&both[..cut]).is_none());
        }
    }
}
