//! gzip as Go's library writes it at its default level, to the byte: terraform's `base64gzip` results stand in states
//! and plans, and a compressor of other habits would show a change where there is none.
//!
//! The method is that of zlib (hash chains, lazy matching, blocks of dynamic Huffman codes) with Go's own choices: a minimum match of
//! four bytes, blocks of 16384 tokens, a flush before the end.

use super::huffman::{self, Code};

const WINDOW: usize = 1 << 15;
const LEAST_MATCH: usize = 4;
const MOST_MATCH: usize = 258;
const BLOCK_TOKENS: usize = 1 << 14;
const MOST_STORED: usize = 65535;
const HASH_BITS: u32 = 17;
const END_OF_BLOCK: usize = 256;
const FIRST_LENGTH: usize = 257;
const LITERALS: usize = 286;
const OFFSETS: usize = 30;
const CODE_LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

// The default level: when a match is good enough to search less, to take at once, and how long chains are followed.
const GOOD: usize = 8;
const LAZY: usize = 16;
const NICE: usize = 128;
const CHAIN: usize = 128;

/// A literal byte, or a match with its length and its distance.
#[derive(Debug, Clone, Copy)]
enum Token {
    Literal(u8),
    Match { length: usize, distance: usize },
}

/// The bytes of a gzip file without name or time.
pub(super) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = Bits { bytes: vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], ..Bits::default() };
    Compressor::new(data).run(&mut out);
    out.stored_header(0, false);
    out.align();
    out.stored_header(0, true);
    out.align();
    let mut checksum = flate2::Crc::new();
    checksum.update(data);
    out.bytes.extend_from_slice(&checksum.sum().to_le_bytes());
    out.bytes.extend_from_slice(&(data.len() as u32).to_le_bytes());
    out.bytes
}

/// Bits collected into bytes, the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl Bits {
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
    fn align(&mut self) {
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.pending = 0;
        self.count = 0;
    }

    fn stored_header(&mut self, length: usize, last: bool) {
        self.put(u64::from(last), 3);
        self.align();
        self.put(length as u64, 16);
        self.put(u64::from(!(length as u16)), 16);
    }
}

/// Finds repetitions. The whole text is at hand, so positions are absolute and nothing is moved; but Go moves its window
/// of 64 KiB by half whenever it is nearly used up, and what leaves the window can be neither matched nor stored.
struct Compressor<'a> {
    data: &'a [u8],
    heads: Vec<u32>,
    previous: Vec<u32>,
    tokens: Vec<Token>,
    block_start: usize,
    /// Where the window begins.
    base: usize,
    /// The block began before the window.
    start_is_lost: bool,
}

impl<'a> Compressor<'a> {
    fn new(data: &'a [u8]) -> Self {
        // Positions are kept plus one; zero says that there is none.
        let (heads, previous) = (vec![0; 1 << HASH_BITS], vec![0; WINDOW]);
        let tokens = Vec::with_capacity(BLOCK_TOKENS);
        Compressor { data, heads, previous, tokens, block_start: 0, base: 0, start_is_lost: false }
    }

    /// Moves the window on when Go would.
    fn slide(&mut self, at: usize) {
        let full = self.base + 2 * WINDOW;
        if self.data.len() > full && full - at < LEAST_MATCH + MOST_MATCH {
            self.base += WINDOW;
            self.start_is_lost |= self.block_start < self.base;
        }
    }

    /// Enters a position into its chain; gives the position before it, plus one.
    fn insert(&mut self, at: usize) -> usize {
        let bytes = &self.data[at..at + LEAST_MATCH];
        let word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let hash = (word.wrapping_mul(0x1e35_a7bd) >> (32 - HASH_BITS)) as usize;
        let head = self.heads[hash];
        self.previous[at % WINDOW] = head;
        self.heads[hash] = at as u32 + 1;
        head as usize
    }

    fn run(&mut self, out: &mut Bits) {
        let end = self.data.len();
        let hashable = end.saturating_sub(LEAST_MATCH - 1);
        let (mut at, mut head) = (0, 0);
        let (mut length, mut distance, mut pending_byte) = (LEAST_MATCH - 1, 0, false);
        while at < end {
            self.slide(at);
            let ahead = end - at;
            if at < hashable {
                head = self.insert(at);
            }
            let (previous_length, previous_distance) = (length, distance);
            (length, distance) = (LEAST_MATCH - 1, 0);
            let reachable = head > 0 && head > at.saturating_sub(WINDOW).max(self.base);
            if reachable && ahead > previous_length && previous_length < LAZY {
                if let Some(found) = self.longest_match(at, head - 1, ahead) {
                    (length, distance) = found;
                }
            }
            if previous_length >= LEAST_MATCH && length <= previous_length {
                // The match that began one byte earlier is at least as good.
                self.tokens.push(Token::Match { length: previous_length, distance: previous_distance });
                let next = at + previous_length - 1;
                for inside in at + 1..next {
                    if inside < hashable {
                        self.insert(inside);
                    }
                }
                at = next;
                pending_byte = false;
                length = LEAST_MATCH - 1;
                self.flush_full(at, out);
            } else {
                if pending_byte {
                    self.tokens.push(Token::Literal(self.data[at - 1]));
                    self.flush_full(at, out);
                }
                at += 1;
                pending_byte = true;
            }
        }
        if pending_byte {
            self.tokens.push(Token::Literal(self.data[end - 1]));
        }
        if !self.tokens.is_empty() {
            self.flush(end, out);
        }
    }

    fn longest_match(&self, at: usize, head: usize, ahead: usize) -> Option<(usize, usize)> {
        let limit = ahead.min(MOST_MATCH);
        let nice = limit.min(NICE);
        let (mut length, mut found) = (LEAST_MATCH - 1, None);
        let tries = if length >= GOOD { CHAIN >> 2 } else { CHAIN };
        let oldest = at.saturating_sub(WINDOW).max(self.base);
        let mut candidate = head;
        for _ in 0..tries {
            if self.data[at + length] == self.data[candidate + length] {
                let same =
                    self.data[at..at + limit].iter().zip(&self.data[candidate..]).take_while(|(a, b)| a == b).count();
                if same > length && (same > LEAST_MATCH || at - candidate <= 4096) {
                    length = same;
                    found = Some((same, at - candidate));
                    if same >= nice {
                        break;
                    }
                }
            }
            // Older entries of the chain may have been overwritten by newer positions: those end it, too.
            if candidate + WINDOW == at {
                break;
            }
            match (self.previous[candidate % WINDOW] as usize).checked_sub(1) {
                Some(earlier) if earlier >= oldest => candidate = earlier,
                _ => break,
            }
        }
        found
    }

    fn flush_full(&mut self, at: usize, out: &mut Bits) {
        if self.tokens.len() == BLOCK_TOKENS {
            self.flush(at, out);
        }
    }

    fn flush(&mut self, at: usize, out: &mut Bits) {
        let input = (!self.start_is_lost).then(|| &self.data[self.block_start..at]);
        Block::new(&self.tokens).write(input, out);
        self.tokens.clear();
        self.block_start = at;
        self.start_is_lost = false;
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
struct Block<'a> {
    tokens: &'a [Token],
    literals: Vec<i32>,
    offsets: Vec<i32>,
    extra_bits: usize,
}

impl<'a> Block<'a> {
    fn new(tokens: &'a [Token]) -> Self {
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
    fn write(&self, input: Option<&[u8]>, out: &mut Bits) {
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

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn unpacked(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn what_is_packed_can_be_unpacked() {
        let mut noise = Vec::new();
        let mut state = 1u32;
        for _ in 0..200_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.push((state >> 24) as u8 & if state & 0x10000 == 0 { 0x0f } else { 0xff });
        }
        let long = "terraform ".repeat(20_000);
        for data in [&b""[..], b"a", b"hello hello hello", &noise, long.as_bytes(), &noise[..70_000]] {
            assert_eq!(unpacked(&gzip(data)), data);
        }
    }
}
