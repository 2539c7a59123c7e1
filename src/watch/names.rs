//! File names that mean something to the watcher: what editors leave behind, and what matters although git ignores it.

/// Whether a name is an editor's or a tool's scratch file: swap, backup, lock and half-written files.
pub fn is_scratch(name: &str) -> bool {
    let vim_swap = name.starts_with('.') && {
        let end = name.rsplit('.').next().unwrap_or_default();
        end.len() == 3 && (end.starts_with("sw") || end.starts_with("sv"))
    };
    vim_swap
        // Vim asks with this file whether it may write here.
        || (name.len() >= 4 && name.starts_with("49") && name.bytes().all(|byte| byte.is_ascii_digit()))
        || name.ends_with('~')
        || (name.starts_with('#') && name.ends_with('#'))
        || name.starts_with(".#")
        || name.ends_with("___jb_tmp___")
        || name.ends_with("___jb_old___")
        || name.starts_with(".goutputstream-")
        || name.ends_with(".kate-swp")
        || (name.starts_with('.') && name.ends_with(".kilter"))
        || name.starts_with(".kilter.")
        || name == ".DS_Store"
        || name.ends_with(".tfstate.lock.info")
}

/// Whether terraform reads a file of this name even if git ignores it.
pub fn matters_though_ignored(name: &str) -> bool {
    const ENDS: [&str; 10] = [
        ".tf",
        ".tf.json",
        ".tofu",
        ".tfvars",
        ".tfvars.json",
        ".tfstate",
        ".tftest.hcl",
        ".tfmock.hcl",
        ".tftpl",
        ".terraform.lock.hcl",
    ];
    ENDS.iter().any(|end| name.ends_with(end)) || name == "kilter.toml"
}

/// The directory where terraform keeps what `init` brought.
pub const TERRAFORM: &str = ".terraform";

/// Whether a file in `.terraform` or `.terraform/modules` says what was initialised.
pub fn matters_in_terraform(name: &str) -> bool {
    matches!(name, "modules.json" | "environment" | "terraform.tfstate")
}

/// Whether a change of this path inside a git directory means that the repo stands differently.
pub fn matters_in_git(below: &str) -> bool {
    if below.ends_with(".lock") {
        return false;
    }
    let first = below.split('/').next().unwrap_or_default();
    matches!(
        first,
        "HEAD"
            | "index"
            | "packed-refs"
            | "refs"
            | "config"
            | "MERGE_HEAD"
            | "CHERRY_PICK_HEAD"
            | "REVERT_HEAD"
            | "BISECT_LOG"
            | "rebase-merge"
            | "rebase-apply"
            | "sequencer"
            | "reftable"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scratch_files_are_told_from_files() {
        for name in [
            ".main.tf.swp",
            ".main.tf.swx",
            ".x.swo",
            "4913",
            "main.tf~",
            "#main.tf#",
            ".#main.tf",
            "main.tf___jb_tmp___",
            ".goutputstream-A1B2",
            ".main.tf.kate-swp",
            ".main.tf.4711.kilter",
            ".kilter.4711.main.tf",
            ".terraform.tfstate.lock.info",
        ] {
            assert!(is_scratch(name), "{name}");
        }
        for name in [
            "main.tf",
            ".gitignore",
            ".swp.tf",
            "swap.sw",
            "49",
            "4a13",
            ".env",
            "a.json",
            ".tflint.hcl",
            "kilter.toml",
        ] {
            assert!(!is_scratch(name), "{name}");
        }
    }

    #[test]
    fn only_what_changes_the_repo_matters_in_git() {
        for path in ["HEAD", "index", "refs/heads/main", "packed-refs", "MERGE_HEAD", "rebase-merge"] {
            assert!(matters_in_git(path), "{path}");
        }
        for path in
            ["index.lock", "HEAD.lock", "objects/ab/cd", "logs/HEAD", "kilter/cache", "COMMIT_EDITMSG", "FETCH_HEAD"]
        {
            assert!(!matters_in_git(path), "{path}");
        }
    }
}
