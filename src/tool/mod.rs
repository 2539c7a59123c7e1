//! How to ask each program: where it lies, which version it is, what to run, and what its exit code means.
//!
//! Nothing here reads what a program prints about infrastructure (that is `format`'s business), and nothing runs by
//! itself: programs are started through the doors handed in.

mod catalogue;
pub mod init_need;
pub mod terraform;

pub use catalogue::TOOLS;

use std::time::Duration;

use crate::model::stack::{StackKind, ToolPresence};
use crate::sys::processes::{CancelLevel, Invocation, Outcome, Processes};

/// A program that Kilter can work with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tool {
    /// The name of the program.
    pub program: &'static str,
    /// How people call it, where that is not the program's name: `docker compose`.
    pub title: &'static str,
    /// The arguments that make it tell its version.
    pub version_args: &'static [&'static str],
    /// The kinds of stack that it plans and applies; empty for linters and helpers.
    pub plans: &'static [StackKind],
    /// What having it makes possible.
    pub unlocks: &'static str,
    /// How to get it.
    pub install: &'static str,
}

impl Tool {
    /// The tool that people call so.
    pub fn find(title: &str) -> Option<&'static Tool> {
        TOOLS.iter().find(|tool| tool.title == title)
    }

    /// The tools that plan and apply a kind of stack, the preferred one first.
    pub fn for_kind(kind: StackKind) -> impl Iterator<Item = &'static Tool> {
        TOOLS.iter().filter(move |tool| tool.plans.contains(&kind))
    }

    /// How to ask for its version: outside of any repo, since several tools read configuration where they are started.
    pub fn version_invocation(&self) -> Invocation {
        let mut invocation = Invocation::new(self.program, self.version_args.iter().copied(), "/")
            .with_env("CHECKPOINT_DISABLE", "1")
            .with_env("NO_COLOR", "1");
        invocation.grace = Duration::from_secs(1);
        invocation
    }

    /// Whether it is here, without starting it.
    pub fn locate(&self, processes: &dyn Processes) -> ToolPresence {
        ToolPresence {
            program: self.title.into(),
            version: None,
            path: processes.find_program(self.program),
            unlocks: self.unlocks.into(),
            install: self.install.into(),
        }
    }

    /// Whether it is here, and which version. `give_up` is asked meanwhile; a program that hangs is ended by it.
    pub fn ask(&self, processes: &dyn Processes, give_up: &dyn Fn() -> bool) -> ToolPresence {
        let mut presence = self.locate(processes);
        if presence.path.is_none() {
            return presence;
        }
        let level = || if give_up() { CancelLevel::Interrupt } else { CancelLevel::None };
        match processes.run(&self.version_invocation(), &mut |_, _| {}, &level) {
            Ok(outcome) if outcome.success() => presence.version = version_in(&outcome).map(Into::into),
            // `docker` without its compose plugin: the program is here, the tool is not.
            Ok(outcome) if self.title != self.program && !outcome.cancelled => presence.path = None,
            _ => {}
        }
        presence
    }
}

/// The first thing in a program's output that looks like a version: digits, a dot, digits.
pub fn version_in(outcome: &Outcome) -> Option<String> {
    let texts = [String::from_utf8_lossy(&outcome.stdout), String::from_utf8_lossy(&outcome.stderr)];
    texts.iter().find_map(|text| {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || ".-+".contains(c))).find_map(|word| {
            let word = word.trim_start_matches('v').trim_end_matches('.');
            let (major, rest) = word.split_once('.')?;
            let minor = rest.split(['.', '-', '+']).next()?;
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            (digits(major) && minor.starts_with(|c: char| c.is_ascii_digit())).then(|| word.to_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::processes::{FakeAnswer, FakeProcesses};

    fn says(text: &str) -> Option<String> {
        version_in(&Outcome { stdout: text.as_bytes().to_vec(), ..Outcome::default() })
    }

    #[test]
    fn versions_are_found_in_what_programs_really_print() {
        for (text, version) in [
            ("Terraform v1.11.4\non linux_amd64\n", "1.11.4"),
            ("ansible-playbook [core 2.19.14]\n  config file = None", "2.19.14"),
            ("ShellCheck - shell script analysis tool\nversion: 0.9.0\n", "0.9.0"),
            ("Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0", "1.32.4-dispatcher"),
            ("Docker Compose version v2.24.5", "2.24.5"),
            ("yamllint 1.38.0\n", "1.38.0"),
            ("RSpec 3.12\n  - rspec-core 3.12.0", "3.12"),
            ("OpenTofu v1.10.0-beta1", "1.10.0-beta1"),
        ] {
            assert_eq!(says(text).as_deref(), Some(version), "{text}");
        }
        assert_eq!(says("no idea"), None);
    }

    #[test]
    fn a_tool_is_found_asked_and_explained() {
        let processes = FakeProcesses::default();
        processes.prints("terraform version", 0, "Terraform v1.11.4");
        let terraform = Tool::find("terraform").unwrap();
        let here = terraform.ask(&processes, &|| false);
        assert_eq!((here.version.as_deref(), here.path.is_some()), (Some("1.11.4"), true));
        let asked = &processes.asked()[0];
        assert_eq!(asked.directory, std::path::Path::new("/"), "no repo's configuration is read");
        let missing = Tool::find("packer").unwrap().ask(&processes, &|| false);
        assert!(missing.path.is_none() && !missing.unlocks.is_empty() && !missing.install.is_empty());
        assert_eq!(processes.asked().len(), 1, "what is not there is not started");
    }

    #[test]
    fn a_program_without_its_plugin_is_not_the_tool() {
        let processes = FakeProcesses::default();
        processes.prints("docker compose", 1, "docker: 'compose' is not a docker command.");
        assert!(Tool::find("docker compose").unwrap().ask(&processes, &|| false).path.is_none());
    }

    #[test]
    fn a_program_that_hangs_is_given_up() {
        let processes = FakeProcesses::default();
        processes.answer(FakeAnswer {
            program: "packer".to_owned(),
            until_cancelled: true,
            code: 1,
            ..FakeAnswer::default()
        });
        let presence = Tool::find("packer").unwrap().ask(&processes, &|| true);
        assert!(presence.path.is_some() && presence.version.is_none());
    }

    #[test]
    fn every_kind_of_stack_has_a_tool() {
        for kind in StackKind::ALL {
            assert!(Tool::for_kind(kind).next().is_some(), "{}", kind.word());
        }
        let mut titles: Vec<&str> = TOOLS.iter().map(|tool| tool.title).collect();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), TOOLS.len());
    }
}
