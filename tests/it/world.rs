//! A hermetic place for the built binary: its own home, no git settings of the machine, no variables that matter.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A temporary home with room for repos.
pub struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    /// An empty place.
    pub fn new() -> Self {
        Place { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    /// A path in it.
    pub fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    /// A command of any program that sees only this place.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let home = self.path("home");
        std::fs::create_dir_all(&home).expect("a home");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("USER", "somebody")
            .env("LANG", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A Person")
            .env("GIT_AUTHOR_EMAIL", "person@example.com")
            .env("GIT_COMMITTER_NAME", "A Person")
            .env("GIT_COMMITTER_EMAIL", "person@example.com")
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("CHECKPOINT_DISABLE", "1")
            .current_dir(self.directory.path());
        command
    }

    /// Runs Kilter and returns its exit code, standard output and standard error.
    pub fn kilter(&self, args: &[&str]) -> Ran {
        self.kilter_with(args, "")
    }

    /// Runs Kilter with something on its standard input.
    pub fn kilter_with(&self, args: &[&str], input: &str) -> Ran {
        use std::io::Write;
        let mut child = self
            .command(env!("CARGO_BIN_EXE_kilter"))
            .args(args)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("kilter starts");
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("kilter reads");
        Ran::of(args, child.wait_with_output().expect("kilter ends"))
    }

    /// Runs git in a directory and insists that it succeeds.
    pub fn git(&self, directory: &Path, args: &[&str]) -> String {
        let output = self.command("git").arg("-C").arg(directory).args(args).output().expect("git starts");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The sample repo, laid out in `below`.
    pub fn demo(&self, below: &str) -> PathBuf {
        let directory = self.path(below);
        self.kilter(&["demo", directory.to_str().expect("a path"), "--no-open"]).expect(0);
        directory
    }
}

/// What a run of Kilter gave.
pub struct Ran {
    args: String,
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// What a command with these arguments gave.
    pub fn of(args: &[&str], output: Output) -> Self {
        Ran {
            args: args.join(" "),
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Insists on an exit code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "kilter {}\n--- out\n{}\n--- err\n{}", self.args, self.out, self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("kilter {}: {error}\n{}", self.args, self.out))
    }
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Moves the sample's web server to another port, in every file that names it.
pub fn move_port(repo: &Path, port: u16) {
    for file in ["Procfile", "goss.yaml", "environments/test.tfvars"] {
        let path = repo.join(file);
        let text = std::fs::read_to_string(&path).expect("a file of the sample");
        std::fs::write(&path, text.replace("18080", &port.to_string())).expect("it can be written");
    }
}
