//! Terraform's record of installed modules, `.terraform/modules/modules.json`. Read only.

use serde::Deserialize;

use crate::model::value::json::JsonFault;

/// One installed module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledModule {
    /// The names of the calls that lead to it: `site.disk`; empty for the root.
    pub key: String,
    /// The source as the call has it, or in full for registry modules.
    pub source: String,
    /// The version, for registry modules.
    pub version: Option<String>,
    /// Where it lies, relative to the root module.
    pub directory: String,
}

#[derive(Deserialize)]
struct FileIn {
    #[serde(rename = "Modules", default)]
    modules: Vec<ModuleIn>,
}

#[derive(Deserialize)]
struct ModuleIn {
    #[serde(rename = "Key", default)]
    key: String,
    #[serde(rename = "Source", default)]
    source: String,
    #[serde(rename = "Version")]
    version: Option<String>,
    #[serde(rename = "Dir", default)]
    directory: String,
}

/// Reads the record.
///
/// # Errors
/// When it is not such a file.
pub fn read(bytes: &[u8]) -> Result<Vec<InstalledModule>, JsonFault> {
    let file: FileIn = serde_json::from_slice(bytes)?;
    let module = |wire: ModuleIn| InstalledModule {
        key: wire.key,
        source: wire.source,
        version: wire.version.filter(|version| !version.is_empty()),
        directory: wire.directory,
    };
    Ok(file.modules.into_iter().map(module).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_read() {
        let text = br#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"vpc","Source":"registry.terraform.io/a/vpc/aws","Version":"5.0.0","Dir":".terraform/modules/vpc"}]}"#;
        let modules = read(text).unwrap();
        assert_eq!((modules.len(), modules[1].version.as_deref()), (2, Some("5.0.0")));
        assert_eq!(modules[1].directory, ".terraform/modules/vpc");
        assert!(read(b"[").is_err());
    }
}
