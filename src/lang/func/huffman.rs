//! Huffman codes of limited length for the compressor: the package-merge variant and the tie-breaking that Go uses.

/// A code word, its bits already in the order that they are written, and its length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) bits: u16,
    pub(super) length: u16,
}

/// The longest code word plus one.
const LEVELS: usize = 16;

/// One level of the boundary package-merge.
#[derive(Clone, Copy, Default)]
struct Level {
    last: i32,
    next_leaf: i32,
    next_pair: i32,
    needed: i32,
}

/// A code word for every symbol whose frequency is not zero; none is longer than `longest`.
pub(super) fn codes(frequencies: &[i32], longest: usize) -> Vec<Code> {
    let mut codes = vec![Code::default(); frequencies.len()];
    let mut leaves: Vec<(i32, usize)> = Vec::new();
    leaves.extend(
        frequencies.iter().enumerate().filter(|(_, count)| **count != 0).map(|(symbol, count)| (*count, symbol)),
    );
    if leaves.len() <= 2 {
        for (index, (_, symbol)) in leaves.iter().enumerate() {
            codes[*symbol] = Code { bits: index as u16, length: 1 };
        }
        return codes;
    }
    leaves.sort_unstable();
    let counts = length_counts(&leaves, longest);
    let (mut code, mut end) = (0u16, leaves.len());
    for (length, count) in counts.iter().enumerate() {
        code <<= 1;
        if length == 0 || *count == 0 {
            continue;
        }
        let start = end - *count as usize;
        let mut symbols: Vec<usize> = leaves[start..end].iter().map(|(_, symbol)| *symbol).collect();
        symbols.sort_unstable();
        for symbol in symbols {
            codes[symbol] = Code { bits: reversed(code, length), length: length as u16 };
            code += 1;
        }
        end = start;
    }
    codes
}

/// How many code words there are of each length, for leaves in ascending order of frequency.
fn length_counts(leaves: &[(i32, usize)], longest: usize) -> Vec<i32> {
    let count = leaves.len();
    let frequency = |index: usize| leaves.get(index).map_or(i32::MAX, |(frequency, _)| *frequency);
    let longest = longest.min(count - 1);
    let mut levels = [Level::default(); LEVELS + 1];
    let mut leaf_counts = [[0i32; LEVELS]; LEVELS];
    for level in 1..=longest {
        levels[level] = Level {
            last: frequency(1),
            next_leaf: frequency(2),
            next_pair: if level == 1 { i32::MAX } else { frequency(0).saturating_add(frequency(1)) },
            needed: 0,
        };
        leaf_counts[level][level] = 2;
    }
    levels[longest].needed = 2 * count as i32 - 4;
    let mut level = longest;
    loop {
        let current = levels[level];
        if current.next_pair == i32::MAX && current.next_leaf == i32::MAX {
            // This level is exhausted, and so is what the one above could make pairs of.
            levels[level].needed = 0;
            levels[level + 1].next_pair = i32::MAX;
            level += 1;
            continue;
        }
        let previous = current.last;
        if current.next_leaf < current.next_pair {
            let taken = leaf_counts[level][level] + 1;
            levels[level].last = current.next_leaf;
            leaf_counts[level][level] = taken;
            levels[level].next_leaf = frequency(taken as usize);
        } else {
            levels[level].last = current.next_pair;
            let below = leaf_counts[level - 1];
            leaf_counts[level][..level].copy_from_slice(&below[..level]);
            levels[level - 1].needed = 2;
        }
        levels[level].needed -= 1;
        if levels[level].needed == 0 {
            if level == longest {
                break;
            }
            levels[level + 1].next_pair = previous.saturating_add(levels[level].last);
            level += 1;
        } else {
            while levels[level - 1].needed > 0 {
                level -= 1;
            }
        }
    }
    let chain = leaf_counts[longest];
    let mut counts = vec![0; longest + 1];
    for (bits, level) in (1..=longest).rev().enumerate() {
        counts[bits + 1] = chain[level] - chain[level - 1];
    }
    counts
}

/// The lowest `length` bits of a code in reverse.
pub(super) fn reversed(code: u16, length: usize) -> u16 {
    (code << (16 - length)).reverse_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fill_the_space_exactly_and_keep_their_limit() {
        let frequencies: Vec<i32> = (0..40).map(|index| 1 << (index % 20)).collect();
        for longest in [7, 15] {
            let lengths: Vec<u16> = codes(&frequencies, longest).iter().map(|code| code.length).collect();
            assert!(lengths.iter().all(|length| (1..=longest as u16).contains(length)));
            let space: f64 = lengths.iter().map(|length| 0.5f64.powi(i32::from(*length))).sum();
            assert_eq!(space, 1.0);
        }
    }

    #[test]
    fn one_and_two_symbols_get_one_bit() {
        assert_eq!(codes(&[0, 5, 0], 15)[1], Code { bits: 0, length: 1 });
        assert_eq!(codes(&[7, 5], 15)[1], Code { bits: 1, length: 1 });
    }
}
