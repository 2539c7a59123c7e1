//! CODEOWNERS: who owns a file, as GitHub and GitLab read it. The last line that matches wins.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::model::place::RepoPath;
use crate::sys::files::ReadFiles;

/// Where the file may lie, in the order of looking.
const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// The owners of files.
#[derive(Debug, Default)]
pub struct Owners {
    rules: Vec<(Gitignore, Vec<String>)>,
}

impl Owners {
    /// Reads the repo's CODEOWNERS; without one nothing has owners.
    pub fn load(files: &dyn ReadFiles, root: &std::path::Path) -> Self {
        let found = PLACES.iter().find_map(|place| files.read(&root.join(place)).ok());
        found.map(|bytes| Owners::parse(&String::from_utf8_lossy(&bytes))).unwrap_or_default()
    }

    /// Reads the text of a CODEOWNERS file. Lines that make no sense match nothing.
    pub fn parse(text: &str) -> Self {
        let mut section_owners: Vec<String> = Vec::new();
        let mut rules = Vec::new();
        for line in text.lines() {
            let line = line.split(" #").next().unwrap_or_default().trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // GitLab's sections: `[Name] @default-owner`.
            if line.starts_with('[') || line.starts_with("^[") {
                let rest = line.rsplit(']').next().unwrap_or_default();
                section_owners = rest.split_whitespace().map(str::to_owned).collect();
                continue;
            }
            let (pattern, owners) = cut(line);
            let mut owners: Vec<String> = owners.split_whitespace().map(str::to_owned).collect();
            if owners.is_empty() {
                owners.clone_from(&section_owners);
            }
            let mut builder = GitignoreBuilder::new("");
            if builder.add_line(None, pattern).is_ok()
                && let Ok(matcher) = builder.build()
            {
                rules.push((matcher, owners));
            }
        }
        Owners { rules }
    }

    /// Who owns a file; nobody when no line matches, or the last that does names nobody.
    pub fn of(&self, path: &RepoPath) -> &[String] {
        let path = std::path::Path::new(path.as_str());
        let last =
            self.rules.iter().rev().find(|(matcher, _)| matcher.matched_path_or_any_parents(path, false).is_ignore());
        last.map(|(_, owners)| owners.as_slice()).unwrap_or_default()
    }

    /// Whether there is any rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

/// Pattern and owners; `\ ` is a space of the pattern.
fn cut(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if c.is_whitespace() && !escaped {
            return line.split_at(at);
        }
        escaped = c == '\\' && !escaped;
    }
    (line, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::FakeFiles;

    const TEXT: &str = "# owners\n* @all\n/network/ @net @ops # the wires\n*.tftpl @web\n/docs/my\\ notes/ @notes\n/network/free\n[Section] @default\nsection.tf\n";

    #[test]
    fn the_last_match_wins() {
        let owners = Owners::parse(TEXT);
        let of = |path| owners.of(&RepoPath::new(path)).join(" ");
        assert_eq!(of("README.md"), "@all");
        assert_eq!(of("network/main.tf"), "@net @ops");
        assert_eq!(of("web/deep/vhost.tftpl"), "@web");
        assert_eq!(of("docs/my notes/a"), "@notes");
        assert_eq!(of("network/free/x"), "");
        assert_eq!(of("a/section.tf"), "@default");
    }

    #[test]
    fn it_is_found_where_people_put_it() {
        let root = std::path::Path::new("/r");
        let files = FakeFiles::with([("/r/.github/CODEOWNERS", "* @hub\n"), ("/r/CODEOWNERS", "* @root\n")]);
        assert_eq!(Owners::load(&files, root).of(&RepoPath::new("a")), ["@hub"]);
        assert!(Owners::load(&FakeFiles::default(), root).is_empty());
    }
}
