//! Whether a Terraform stack must be initialised before terraform can plan it. Decided from what lies in the directory;
//! what the configuration wants is handed in, since nothing here reads the language.

use std::path::Path;

use crate::sys::files::ReadFiles;

/// What a configuration needs to have installed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Requirements {
    /// Source addresses of providers (`registry.terraform.io/hashicorp/local`); those built into terraform may be among them.
    pub providers: Vec<String>,
    /// Module calls of the root module and of installed modules: key (`site.disk`) and source as written.
    pub modules: Vec<(String, String)>,
    /// The type of the backend, when one is configured.
    pub backend: Option<String>,
}

/// Why `terraform init` must run first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InitReason {
    /// The backend was never initialised.
    #[error("the backend \"{0}\" is not initialised")]
    Backend(String),
    /// A provider is not in the lock file.
    #[error("the provider {0} is not in .terraform.lock.hcl")]
    NotLocked(String),
    /// A provider is locked and not installed.
    #[error("the provider {0} is not installed")]
    NotInstalled(String),
    /// A module is not installed, or from another source.
    #[error("the module \"{0}\" is not installed")]
    Module(String),
}

/// Whether `terraform init` must run first, and why. `installed` are keys and sources of `.terraform/modules/modules.json`.
pub fn init_need(
    files: &dyn ReadFiles,
    directory: &Path,
    wanted: &Requirements,
    installed: &[(String, String)],
) -> Option<InitReason> {
    if let Some(backend) = &wanted.backend
        && !files.is_file(&directory.join(".terraform/terraform.tfstate"))
    {
        return Some(InitReason::Backend(backend.clone()));
    }
    let missing = wanted.modules.iter().find(|module| !installed.contains(module));
    if let Some((key, _)) = missing {
        return Some(InitReason::Module(key.clone()));
    }
    let lock = files.read(&directory.join(".terraform.lock.hcl"));
    let lock = lock.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let external = wanted.providers.iter().filter(|source| !source.starts_with("terraform.io/builtin/"));
    for source in external {
        if !lock.contains(&format!("provider \"{source}\"")) {
            return Some(InitReason::NotLocked(source.clone()));
        }
        if !files.is_directory(&directory.join(".terraform/providers").join(source)) {
            return Some(InitReason::NotInstalled(source.clone()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::files::FakeFiles;

    const LOCAL: &str = "registry.terraform.io/hashicorp/local";

    #[test]
    fn what_is_missing_is_named() {
        let at = Path::new("/s");
        let files = FakeFiles::with([("/s/main.tf", "")]);
        let builtin =
            Requirements { providers: vec!["terraform.io/builtin/terraform".to_owned()], ..Default::default() };
        assert_eq!(init_need(&files, at, &builtin, &[]), None);

        let module = ("site".to_owned(), "./site".to_owned());
        let wanted = Requirements {
            providers: vec![LOCAL.to_owned()],
            modules: vec![module.clone()],
            backend: Some("s3".to_owned()),
        };
        let need = |installed: &[(String, String)]| init_need(&files, at, &wanted, installed);
        assert_eq!(need(&[]), Some(InitReason::Backend("s3".to_owned())));
        files.put("/s/.terraform/terraform.tfstate".as_ref(), b"{}", 0o644);
        assert_eq!(need(&[]), Some(InitReason::Module("site".to_owned())));
        let elsewhere = [("site".to_owned(), "./other".to_owned())];
        assert_eq!(need(&elsewhere), Some(InitReason::Module("site".to_owned())));
        assert_eq!(need(std::slice::from_ref(&module)), Some(InitReason::NotLocked(LOCAL.to_owned())));
        files.put("/s/.terraform.lock.hcl".as_ref(), format!("provider \"{LOCAL}\" {{\n}}\n").as_bytes(), 0o644);
        assert_eq!(need(std::slice::from_ref(&module)), Some(InitReason::NotInstalled(LOCAL.to_owned())));
        files.put(format!("/s/.terraform/providers/{LOCAL}/2.5.2/linux_amd64/x").as_ref(), b"", 0o755);
        assert_eq!(need(&[module]), None);
    }
}
