//! PEM as Go writes and reads it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A block: its label and its bytes.
pub(super) struct Block {
    pub(super) label: String,
    pub(super) bytes: Vec<u8>,
}

/// The text of a block, with a newline at its end.
pub(super) fn write(label: &str, bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// All blocks in a text.
pub(super) fn read_all(text: &str) -> Vec<Block> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some((block, after)) = read(rest) {
        found.push(block);
        rest = after;
    }
    found
}

/// The first block of a text, and what follows it.
pub(super) fn read(text: &str) -> Option<(Block, &str)> {
    let begin = text.find("-----BEGIN ")? + "-----BEGIN ".len();
    let (label, body) = text[begin..].split_once("-----")?;
    let end = format!("-----END {label}-----");
    let (body, after) = body.split_once(&end)?;
    // Headers (`Proc-Type: …`) stand before an empty line.
    let body =
        body.split_once("\n\n").map_or(body, |(headers, body)| if headers.contains(':') { body } else { headers });
    let encoded: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = STANDARD.decode(encoded).ok()?;
    Some((Block { label: label.to_owned(), bytes }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_written_and_read() {
        let text = write("X Y", &[1; 100]) + &write("Z", b"z");
        assert!(text.lines().all(|line| line.len() <= 64) && text.ends_with("-----END Z-----\n"));
        let found = read_all(&text);
        assert_eq!((found.len(), found[0].label.as_str(), found[1].bytes.as_slice()), (2, "X Y", &b"z"[..]));
        assert!(read("-----BEGIN A-----\n!\n-----END A-----").is_none());
    }
}
