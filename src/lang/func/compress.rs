//! gzip as Go's library writes it at its default level, to the byte: terraform's `base64gzip` results stand in states
//! and plans, and a compressor of other habits would show a change where there is none.
//!
//! The method is that of zlib (hash chains, lazy matching, blocks of dynamic Huffman codes) with Go's own choices: a minimum match of
//! four bytes, blocks of 16384 tokens, a flush before the end.

use super::deflate::{Bits, Block, Token};

const WINDOW: usize = 1 << 15;
const LEAST_MATCH: usize = 4;
const MOST_MATCH: usize = 258;
const BLOCK_TOKENS: usize = 1 << 14;
const HASH_BITS: u32 = 17;

// When a match is good enough to search less, and when to take it at once.
const GOOD: usize = 8;
const LAZY: usize = 16;

/// How hard repetitions are looked for.
#[derive(Clone, Copy)]
struct Level {
    /// A match as long as this is taken without looking further.
    nice: usize,
    /// How long chains are followed.
    chain: usize,
}

/// Go's level 6, which is what gzip takes.
const DEFAULT: Level = Level { nice: 128, chain: 128 };
/// Go's level 5, which is what its zip writer takes.
const ZIP: Level = Level { nice: 32, chain: 32 };

/// The bytes of a gzip file without name or time, as `base64gzip` makes it: flushed before its end.
pub(super) fn gzip_flushed(data: &[u8]) -> Vec<u8> {
    let mut out = Bits::after(GZIP_HEADER);
    Compressor::new(data, DEFAULT).run(&mut out);
    out.stored_header(0, false);
    out.align();
    finish(out, data)
}

/// The bytes of a gzip file without name or time, as Go writes one that is only closed.
pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = Bits::after(GZIP_HEADER);
    Compressor::new(data, DEFAULT).run(&mut out);
    finish(out, data)
}

/// A deflate stream as Go's zip writer makes it.
pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut out = Bits::after(&[]);
    Compressor::new(data, ZIP).run(&mut out);
    out.stored_header(0, true);
    out.align();
    out.bytes
}

const GZIP_HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

fn finish(mut out: Bits, data: &[u8]) -> Vec<u8> {
    out.stored_header(0, true);
    out.align();
    let mut checksum = flate2::Crc::new();
    checksum.update(data);
    out.bytes.extend_from_slice(&checksum.sum().to_le_bytes());
    out.bytes.extend_from_slice(&(data.len() as u32).to_le_bytes());
    out.bytes
}

/// Finds repetitions. The whole text is at hand, so positions are absolute and nothing is moved; but Go moves its window
/// of 64 KiB by half whenever it is nearly used up, and what leaves the window can be neither matched nor stored.
struct Compressor<'a> {
    data: &'a [u8],
    level: Level,
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
    fn new(data: &'a [u8], level: Level) -> Self {
        // Positions are kept plus one; zero says that there is none.
        let (heads, previous) = (vec![0; 1 << HASH_BITS], vec![0; WINDOW]);
        let tokens = Vec::with_capacity(BLOCK_TOKENS);
        Compressor { data, level, heads, previous, tokens, block_start: 0, base: 0, start_is_lost: false }
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
            if reachable
                && ahead > previous_length
                && previous_length < LAZY
                && let Some(found) = self.longest_match(at, head - 1, ahead)
            {
                (length, distance) = found;
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
        let nice = limit.min(self.level.nice);
        let (mut length, mut found) = (LEAST_MATCH - 1, None);
        let tries = if length >= GOOD { self.level.chain >> 2 } else { self.level.chain };
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
            assert_eq!(unpacked(&gzip_flushed(data)), data);
            let mut inflated = Vec::new();
            flate2::read::DeflateDecoder::new(&deflate(data)[..]).read_to_end(&mut inflated).unwrap();
            assert_eq!(inflated, data);
        }
    }
}
