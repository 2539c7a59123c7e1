//! What stands around a byte of a configuration file, for the snippets of diagnostics: `resource "terraform_data" "web"`, or
//! `resource.terraform_data.web` in JSON.
//!
//! Only brackets, quotes and comments are followed: a file that does not parse has snippets too.

use crate::model::place::RepoPath;

/// The header of what holds the byte at an offset.
pub(super) fn header(path: &RepoPath, text: &str, at: Option<usize>) -> Option<String> {
    let at = at?;
    if path.as_str().ends_with(".json") { in_json(text, at) } else { in_native(text, at) }
}

/// The header of the top-level block.
fn in_native(text: &str, at: usize) -> Option<String> {
    let mut walk = Walk { bytes: text.as_bytes(), at: 0 };
    while let Some(start) = walk.next_item() {
        if start > at {
            return None;
        }
        let Some(brace) = walk.until_brace() else { continue };
        let header = text.get(start..brace)?;
        walk.skip_braces();
        if at < walk.at {
            return words(header);
        }
    }
    None
}

/// A kind and its labels, quoted as terraform quotes them.
fn words(header: &str) -> Option<String> {
    let mut rest = header.trim();
    let end = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len());
    let mut text = rest[..end].to_owned();
    rest = rest[end..].trim_start();
    while !rest.is_empty() {
        let (label, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len())),
        };
        text.push_str(&format!(" \"{label}\""));
        rest = after.trim_start();
    }
    Some(text)
}

struct Walk<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Walk<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn starts(&self, text: &str) -> bool {
        self.bytes[self.at..].starts_with(text.as_bytes())
    }

    /// Where the next item begins.
    fn next_item(&mut self) -> Option<usize> {
        loop {
            match self.peek()? {
                byte if byte.is_ascii_whitespace() || byte == b'}' => self.at += 1,
                b'#' => self.step(),
                b'/' if self.starts("//") || self.starts("/*") => self.step(),
                _ => return Some(self.at),
            }
        }
    }

    /// Goes to the brace that opens a block, or over an argument.
    fn until_brace(&mut self) -> Option<usize> {
        loop {
            match self.peek()? {
                b'{' => return Some(self.at),
                b'=' | b'\n' => {
                    self.skip_line();
                    return None;
                }
                _ => self.step(),
            }
        }
    }

    /// Over the rest of an argument.
    fn skip_line(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => return,
                b'{' | b'[' | b'(' => self.skip_braces(),
                _ => self.step(),
            }
        }
    }

    /// From an opening bracket to behind its closing one.
    fn skip_braces(&mut self) {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'{' | b'[' | b'(' => depth += 1,
                b'}' | b']' | b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.step();
            if depth == 0 {
                return;
            }
        }
    }

    /// Over one byte, a comment, a string or a heredoc.
    fn step(&mut self) {
        match self.peek() {
            Some(b'#') => self.until("\n"),
            Some(b'/') if self.starts("//") => self.until("\n"),
            Some(b'/') if self.starts("/*") => {
                self.until("*/");
                self.at = (self.at + 2).min(self.bytes.len());
            }
            Some(b'"') => self.string(),
            Some(b'<') if self.starts("<<") => self.heredoc(),
            Some(_) => self.at += 1,
            None => {}
        }
    }

    fn until(&mut self, mark: &str) {
        while self.at < self.bytes.len() && !self.starts(mark) {
            self.at += 1;
        }
    }

    fn string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' => self.at += 2,
                b'$' | b'%' if self.starts("$${") || self.starts("%%{") => self.at += 3,
                b'$' | b'%' if self.starts("${") || self.starts("%{") => {
                    self.at += 1;
                    self.skip_braces();
                }
                _ => self.at += 1,
            }
        }
    }

    fn heredoc(&mut self) {
        let start = self.at + 2;
        let line_end = self.bytes[start.min(self.bytes.len())..].iter().position(|byte| *byte == b'\n');
        let Some(line_end) = line_end.map(|length| start + length) else {
            self.at += 1;
            return;
        };
        let marker = self.bytes[start..line_end].trim_ascii();
        let marker = marker.strip_prefix(b"-").unwrap_or(marker);
        if marker.is_empty() || !marker.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            self.at += 1;
            return;
        }
        self.at = line_end + 1;
        while self.at < self.bytes.len() {
            let line = self.bytes[self.at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
            self.at += line.len();
            if line.trim_ascii() == marker {
                return;
            }
            self.at += 1;
        }
        self.at = self.at.min(self.bytes.len());
    }
}

/// The path of the objects and lists that hold the byte.
fn in_json(text: &str, at: usize) -> Option<String> {
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut key = String::new();
    let mut bytes = text.char_indices();
    while let Some((here, char)) = bytes.next() {
        if here > at {
            break;
        }
        match char {
            '"' => {
                key.clear();
                while let Some((_, char)) = bytes.next() {
                    match char {
                        '"' => break,
                        '\\' => drop(bytes.next()),
                        char => key.push(char),
                    }
                }
            }
            '{' | '[' => {
                let step = match open.last_mut() {
                    None => String::new(),
                    Some((_, index)) if *index > 0 => format!("[{}]", *index - 1),
                    Some(_) => format!(".{key}"),
                };
                open.push((step, usize::from(char == '[')));
            }
            '}' | ']' if here < at => drop(open.pop()),
            ',' => {
                if let Some((_, index)) = open.last_mut().filter(|(_, index)| *index > 0) {
                    *index += 1;
                }
            }
            _ => {}
        }
    }
    let path: String = open.into_iter().map(|(step, _)| step).collect();
    let path = path.trim_start_matches('.');
    (!path.is_empty()).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native(text: &str, mark: &str) -> Option<String> {
        header(&RepoPath::new("a.tf"), text, text.find(mark))
    }

    #[test]
    fn the_block_is_found_over_strings_comments_and_heredocs() {
        let text = "# {\na \"x\" { b = \"}${c[\"}\"]}\" } /* { */\nv = {\n  q = 1\n}\nd e {\n  f = <<-E\n  }\n  E\n  g = 1\n}\nh = 1\ni {\n  k";
        assert_eq!(native(text, "b =").as_deref(), Some("a \"x\""));
        assert_eq!(native(text, "g =").as_deref(), Some("d \"e\""));
        assert_eq!(native(text, "q ="), None);
        assert_eq!(native(text, "h ="), None);
        assert_eq!(native(text, "k").as_deref(), Some("i"));
        assert_eq!(header(&RepoPath::new("a.tf"), text, None), None);
    }

    #[test]
    fn in_json_it_is_a_path() {
        let text = r#"{"resource": {"t": [{"a": 1}, {"b": "x"}]}, "c": 2}"#;
        let path = |mark: &str| header(&RepoPath::new("a.tf.json"), text, text.find(mark));
        assert_eq!(path("\"b\"").as_deref(), Some("resource.t[1]"));
        assert_eq!(path("\"c\""), None);
    }
}
