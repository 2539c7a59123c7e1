//! Blocks of DEFLATE (RFC 1951): tokens to bits, in whichever of the three forms is shortest.
//!
//! Finding the tokens is `compress`'s business, the codes themselves are `huffman`'s.

use super::huffman::{self, Code};

const MOST_STORED: usize = 65535;
const END_OF_BLOCK: usize = 256;
const FIRST_LENGTH: usize = 257;
const LITERALS: usize = 286;
const OFFSETS: usize = 30;
const CODE_LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// A literal byte, or a match with its length and its distance.
#[derive(Debug, Clone, Copy)]
pub(super) enum Token {
    Literal(u8),
    Match { length: usize, distance: usize },
}

/// Bits collected into bytes, the lowest first.
pub(super) struct Bits {
    pub(super) bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl Bits {
    /// A stream that begins behind some bytes.
    pub(super) fn after(start: &[u8]) -> Self {
        Bits { bytes: start.to_vec(), pending: 0, count: 0 }
    }

    fn put(&mut self, bits: u64, count: u32) {
        self.pending |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    fn code(&mut self, code: Code) {
        self.put(u64::from(code.bits), u32::from(code.length));
    }

    /// Fills the last byte.
    pub(super) fn align(&mut self) {
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.pending = 0;
        self.count = 0;
    }

    pub(super) fn stored_header(&mut self, length: usize, last: bool) {
        self.put(u64::from(last), 3);
        self.align();
        self.put(length as u64, 16);
        self.put(u64::from(!(length as u16)), 16);
    }
}

/// The class of a match length, the number of extra bits, and their value.
fn length_class(length: usize) -> (usize, u32, usize) {
    let base = length - 3;
    match base {
        0..=7 => (base, 0, 0),
        255 => (28, 0, 0),
        _ => {
            let extra = base.ilog2() - 2;
            (4 + 4 * extra as usize + ((base >> extra) & 3), extra, base & ((1 << extra) - 1))
        }
    }
}

/// The class of a distance, the number of extra bits, and their value.
fn distance_class(distance: usize) -> (usize, u32, usize) {
    let base = distance - 1;
    match base {
        0..=3 => (base, 0, 0),
        _ => {
            let extra = base.ilog2() - 1;
            (2 + 2 * extra as usize + ((base >> extra) & 1), extra, base & ((1 << extra) - 1))
        }
    }
}

/// The tokens of one block and how often each symbol occurs in them.
pub(super) struct Block<'a> {
    tokens: &'a [Token],
    literals: Vec<i32>,
    offsets: Vec<i32>,
    extra_bits: usize,
}

impl<'a> Block<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Self {
        let mut block = Block { tokens, literals: vec![0; LITERALS], offsets: vec![0; OFFSETS], extra_bits: 0 };
        for token in tokens {
            match token {
                Token::Literal(byte) => block.literals[usize::from(*byte)] += 1,
                Token::Match { length, distance } => {
                    let (length_class, length_extra, _) = length_class(*length);
                    let (distance_class, distance_extra, _) = distance_class(*distance);
                    block.literals[FIRST_LENGTH + length_class] += 1;
                    block.offsets[distance_class] += 1;
                    block.extra_bits += (length_extra + distance_extra) as usize;
                }
            }
        }
        block.literals[END_OF_BLOCK] = 1;
        if block.offsets.iter().all(|count| *count == 0) {
            // A block without matches still describes one distance code.
            block.offsets[0] = 1;
        }
        block
    }

    /// Writes the block in whichever of the three forms is shortest; without its input it cannot be stored.
    pub(super) fn write(&self, input: Option<&[u8]>, out: &mut Bits) {
        let (literal_codes, offset_codes) = (huffman::codes(&self.literals, 15), huffman::codes(&self.offsets, 15));
        let storable = input.filter(|input| input.len() <= MOST_STORED);
        // Go counts the extra bits only where it compares with a stored block; they cancel out otherwise.
        let extra = if storable.is_some() { self.extra_bits } else { 0 };
        let size = |literals: &[Code], offsets: &[Code]| {
            bit_length(&self.literals, literals) + bit_length(&self.offsets, offsets) + extra
        };
        let (fixed_literals, fixed_offsets) = fixed_codes();
        let fixed_size = 3 + size(&fixed_literals, &fixed_offsets);
        let header = Header::new(used(&literal_codes), used(&offset_codes));
        let dynamic_size = header.size() + size(&literal_codes, &offset_codes);
        let shortest = fixed_size.min(dynamic_size);
        if let Some(input) = storable.filter(|input| (input.len() + 5) * 8 < shortest) {
            out.stored_header(input.len(), false);
            out.bytes.extend_from_slice(input);
        } else if dynamic_size < fixed_size {
            header.write(out);
            self.write_tokens(&literal_codes, &offset_codes, out);
        } else {
            out.put(2, 3);
            self.write_tokens(&fixed_literals, &fixed_offsets, out);
        }
    }

    fn write_tokens(&self, literals: &[Code], offsets: &[Code], out: &mut Bits) {
        for token in self.tokens {
            match token {
                Token::Literal(byte) => out.code(literals[usize::from(*byte)]),
                Token::Match { length, distance } => {
                    let (class, extra, value) = length_class(*length);
                    out.code(literals[FIRST_LENGTH + class]);
                    out.put(value as u64, extra);
                    let (class, extra, value) = distance_class(*distance);
                    out.code(offsets[class]);
                    out.put(value as u64, extra);
                }
            }
        }
        out.code(literals[END_OF_BLOCK]);
    }
}

fn bit_length(frequencies: &[i32], codes: &[Code]) -> usize {
    frequencies.iter().zip(codes).map(|(count, code)| *count as usize * usize::from(code.length)).sum()
}

/// The codes up to the last one in use.
fn used(codes: &[Code]) -> &[Code] {
    let count = codes.iter().rposition(|code| code.length != 0).map_or(0, |last| last + 1);
    &codes[..count]
}

fn fixed_codes() -> (Vec<Code>, Vec<Code>) {
    let literal = |symbol: u16| {
        let (bits, length) = match symbol {
            0..=143 => (symbol + 48, 8),
            144..=255 => (symbol + 256, 9),
            256..=279 => (symbol - 256, 7),
            _ => (symbol - 88, 8),
        };
        Code { bits: huffman::reversed(bits, length), length: length as u16 }
    };
    let offset = |symbol: u16| Code { bits: huffman::reversed(symbol, 5), length: 5 };
    ((0..LITERALS as u16).map(literal).collect(), (0..OFFSETS as u16).map(offset).collect())
}

/// The description of a dynamic block's codes: their lengths, run-length coded and Huffman coded themselves.
struct Header {
    literals: usize,
    offsets: usize,
    /// A length symbol with the value and the number of its extra bits.
    symbols: Vec<(usize, u64, u32)>,
    frequencies: Vec<i32>,
    codes: Vec<Code>,
    described: usize,
}

impl Header {
    fn new(literals: &[Code], offsets: &[Code]) -> Self {
        let lengths: Vec<usize> = literals.iter().chain(offsets).map(|code| usize::from(code.length)).collect();
        let symbols = run_lengths(&lengths);
        let mut frequencies = vec![0; CODE_LENGTH_ORDER.len()];
        symbols.iter().for_each(|(symbol, _, _)| frequencies[*symbol] += 1);
        let codes = huffman::codes(&frequencies, 7);
        let last = CODE_LENGTH_ORDER.iter().rposition(|symbol| frequencies[*symbol] != 0);
        let described = last.map_or(4, |last| (last + 1).max(4));
        Header { literals: literals.len(), offsets: offsets.len(), symbols, frequencies, codes, described }
    }

    fn size(&self) -> usize {
        let extra: usize = self.symbols.iter().map(|(_, _, bits)| *bits as usize).sum();
        3 + 5 + 5 + 4 + 3 * self.described + bit_length(&self.frequencies, &self.codes) + extra
    }

    fn write(&self, out: &mut Bits) {
        out.put(4, 3);
        out.put((self.literals - FIRST_LENGTH) as u64, 5);
        out.put((self.offsets - 1) as u64, 5);
        out.put((self.described - 4) as u64, 4);
        for symbol in &CODE_LENGTH_ORDER[..self.described] {
            out.put(u64::from(self.codes[*symbol].length), 3);
        }
        for (symbol, value, bits) in &self.symbols {
            out.code(self.codes[*symbol]);
            out.put(*value, *bits);
        }
    }
}

/// Code lengths with their runs abbreviated, as RFC 1951 has it.
fn run_lengths(lengths: &[usize]) -> Vec<(usize, u64, u32)> {
    let mut symbols = Vec::new();
    let mut at = 0;
    while at < lengths.len() {
        let length = lengths[at];
        let mut count = lengths[at..].iter().take_while(|other| **other == length).count();
        at += count;
        if length != 0 {
            symbols.push((length, 0, 0));
            count -= 1;
            while count >= 3 {
                let run = count.min(6);
                symbols.push((16, run as u64 - 3, 2));
                count -= run;
            }
        } else {
            while count >= 11 {
                let run = count.min(138);
                symbols.push((18, run as u64 - 11, 7));
                count -= run;
            }
            if count >= 3 {
                symbols.push((17, count as u64 - 3, 3));
                count = 0;
            }
        }
        symbols.extend(std::iter::repeat_n((length, 0, 0), count));
    }
    symbols
}
