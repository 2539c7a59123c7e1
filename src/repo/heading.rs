//! What stands after a hunk's `@@`: the block that encloses its first change. HCL blocks by their header; other files
//! as git does it, by the last line above that begins with a letter.

/// Finds headings in one text.
pub(super) struct Headings<'a> {
    lines: Vec<&'a [u8]>,
    hcl: bool,
}

impl<'a> Headings<'a> {
    pub(super) fn new(name: &str, text: &'a [u8]) -> Self {
        let hcl = [".tf", ".tofu", ".hcl", ".tfvars"].iter().any(|end| name.ends_with(end));
        Headings { lines: text.split(|byte| *byte == b'\n').collect(), hcl }
    }

    /// The heading for a change at line `changed` in a hunk that starts at line `start`, both counted from 1.
    pub(super) fn around(&self, changed: u32, start: u32) -> String {
        let found = if self.hcl { self.block(changed as usize) } else { self.function(start as usize) };
        let text = String::from_utf8_lossy(found.unwrap_or_default());
        let text = text.trim_end().trim_end_matches('{').trim_end();
        text.chars().take(80).collect()
    }

    /// The header of the top-level block that line `line` is in.
    fn block(&self, line: usize) -> Option<&'a [u8]> {
        let above = &self.lines[..line.min(self.lines.len())];
        for (index, text) in above.iter().enumerate().rev() {
            if text.first().is_some_and(u8::is_ascii_alphabetic) && text.trim_ascii_end().ends_with(b"{") {
                return Some(text);
            }
            // The end of a block above the change: the change is outside; its own end still belongs to it.
            if text.starts_with(b"}") && index + 1 < line {
                return None;
            }
        }
        None
    }

    fn function(&self, start: usize) -> Option<&'a [u8]> {
        let above = &self.lines[..start.saturating_sub(1).min(self.lines.len())];
        let begins = |first: &u8| first.is_ascii_alphabetic() || matches!(first, b'_' | b'$');
        above.iter().rev().find(|line| line.first().is_some_and(begins)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TF: &[u8] =
        b"locals {\n  a = 1\n}\n\nmodule \"site\" {\n  source = \"./s\"\n  x {\n    port = 8080\n  }\n}\n# end\n";

    #[test]
    fn a_change_is_headed_by_its_block() {
        let headings = Headings::new("web/main.tf", TF);
        let heading = |line| headings.around(line, line.saturating_sub(3));
        assert_eq!(heading(2), "locals");
        assert_eq!(heading(3), "locals", "the closing brace is part of its block");
        assert_eq!(heading(4), "");
        assert_eq!(heading(5), "module \"site\"");
        assert_eq!(heading(8), "module \"site\"");
        assert_eq!(heading(11), "");
        assert_eq!(heading(99), "");
    }

    #[test]
    fn other_files_are_headed_as_git_does() {
        let headings = Headings::new("play.yml", b"---\nhosts: web\n  - a\n  - b\n");
        assert_eq!(headings.around(4, 4), "hosts: web");
        assert_eq!(headings.around(1, 1), "");
    }
}
