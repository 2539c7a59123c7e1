//! Where a person's own files of Kilter lie, as the XDG base directory specification has it.

use std::path::{Path, PathBuf};

/// A person's directories.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// `$XDG_CONFIG_HOME/kilter`: `config.toml`, `themes/`.
    pub config: PathBuf,
    /// `$XDG_STATE_HOME/kilter`: trusted repos, what is remembered about directories without git.
    pub state: PathBuf,
}

impl Places {
    /// From the variables of the environment. Relative paths in `XDG_*` are ignored, as the specification wants.
    pub fn from_variables(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let home = variable("HOME").filter(|home| !home.is_empty()).map(PathBuf::from).unwrap_or_else(|| "/".into());
        let directory = |name: &str, below: &str| {
            let given = variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
            given.unwrap_or_else(|| home.join(below)).join("kilter")
        };
        Places { config: directory("XDG_CONFIG_HOME", ".config"), state: directory("XDG_STATE_HOME", ".local/state") }
    }

    /// The person's settings.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The person's themes.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// The repos that the person trusts.
    pub fn trust_file(&self) -> PathBuf {
        self.state.join("trust.toml")
    }

    /// What is remembered about a directory that no git repo holds, by a hash of its path.
    pub fn directory_memory(&self, root: &Path) -> PathBuf {
        use std::os::unix::ffi::OsStrExt;

        use sha2::{Digest, Sha256};
        let hash = Sha256::digest(root.as_os_str().as_bytes());
        let name: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        self.state.join("dirs").join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_is_followed() {
        let from = |variables: &[(&str, &str)]| {
            let find =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            Places::from_variables(&find)
        };
        let places = from(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s"), ("XDG_CONFIG_HOME", "relative")]);
        assert_eq!(places.settings_file(), Path::new("/h/.config/kilter/config.toml"));
        assert_eq!(places.trust_file(), Path::new("/s/kilter/trust.toml"));
        assert_eq!(from(&[]).state, Path::new("/.local/state/kilter"));
        assert_ne!(places.directory_memory(Path::new("/a")), places.directory_memory(Path::new("/b")));
    }
}
