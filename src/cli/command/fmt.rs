//! `kilter fmt [PATH]`: the bytes of `terraform fmt`, never losing a comment.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use similar::TextDiff;

use crate::cli::Here;
use crate::cli::args::Fmt as Args;
use crate::cli::exit::Exit;
use crate::cli::fault::{Fault, FaultKind};
use crate::cli::output::{safe, say, write_out};
use crate::cli::text::diagnostic_line;
use crate::lang::fmt::{format_file, format_source};
use crate::lang::syntax::SourceFile;
use crate::model::place::RepoPath;
use crate::sys::files::{Files, ReadFiles, RealFiles};
use crate::sys::spread::spread;
use crate::watch::walk_files;

/// Runs the command.
pub fn run(here: &Here, args: &Args) -> Result<Exit, Fault> {
    if args.paths.len() == 1 && args.paths[0].as_os_str() == "-" {
        return standard_input(args);
    }
    let base = here.directory();
    let paths = if args.paths.is_empty() { vec![base] } else { args.paths.iter().map(|p| base.join(p)).collect() };
    let mut files = Vec::new();
    for path in &paths {
        match RealFiles.metadata(path) {
            Err(error) => return Err(Fault::io(format!("cannot format {}", path.display()), &error)),
            Ok(_) if RealFiles.is_directory(path) => {
                files.extend(walk_files(path).into_iter().filter(|p| is_formatted(p)))
            }
            Ok(_) => files.push(path.clone()),
        }
    }
    files.sort();
    files.dedup();
    let (mut differing, mut broken) = (0, false);
    // Files are looked at on all cores, and told of in their order.
    for looked in spread(&files, |file| look(file, args)) {
        looked.said.iter().for_each(|line| say(line));
        write_out(looked.written.as_bytes());
        match looked.verdict {
            Verdict::Same => {}
            Verdict::Differs => differing += 1,
            Verdict::Broken => broken = true,
        }
    }
    Ok(match (broken, args.check && differing > 0) {
        (true, _) => Exit::Broke,
        (false, true) => Exit::Findings,
        (false, false) => Exit::Fine,
    })
}

/// The files that `terraform fmt` formats.
pub fn is_formatted(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl", ".tofu"].iter().any(|end| name.ends_with(end))
}

enum Verdict {
    Same,
    Differs,
    Broken,
}

/// What became of a file.
struct Looked {
    verdict: Verdict,
    /// Lines for standard error.
    said: Vec<String>,
    /// Text for standard output.
    written: String,
}

impl Looked {
    fn broken(said: Vec<String>) -> Self {
        Looked { verdict: Verdict::Broken, said, written: String::new() }
    }
}

fn look(path: &Path, args: &Args) -> Looked {
    let failed = |doing: &str, error: &std::io::Error| {
        Looked::broken(vec![format!("{}: error: it cannot be {doing}: {error}", shown(path))])
    };
    let bytes = match RealFiles.read(path) {
        Ok(bytes) => bytes,
        Err(error) => return failed("read", &error),
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        let said = format!("{}: error: not UTF-8 text; it is left as it is", shown(path));
        return Looked::broken(vec![said]);
    };
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let formatted = match format_file(&SourceFile::new(RepoPath::new(&name), text)) {
        Ok(formatted) => formatted,
        Err(diagnostics) => {
            // The line begins with the file's name; here people need its path.
            let said = |diagnostic| {
                let line = diagnostic_line(diagnostic);
                let rest = line.strip_prefix(&*name).unwrap_or(&line);
                format!("{}{}{rest}", shown(path), if rest.starts_with(':') { "" } else { ": " })
            };
            return Looked::broken(diagnostics.iter().map(said).collect());
        }
    };
    if formatted == text {
        return Looked { verdict: Verdict::Same, said: Vec::new(), written: String::new() };
    }
    let mut written = format!("{}\n", safe(&shown(path)));
    if args.diff {
        written += &safe(&diff(path, text, &formatted));
    }
    if !args.check {
        let mode = RealFiles.metadata(path).map_or(0o644, |meta| meta.mode);
        // What a link leads to is formatted, the link stays.
        let target = RealFiles.canonical(path);
        if let Err(error) = target.and_then(|target| RealFiles.write_atomic(&target, formatted.as_bytes(), mode)) {
            return failed("written", &error);
        }
    }
    Looked { verdict: Verdict::Differs, said: Vec::new(), written }
}

/// A path as `terraform fmt` says it: without the `./` that searching the present directory puts before it.
fn shown(path: &Path) -> String {
    path.components().filter(|part| !matches!(part, Component::CurDir)).collect::<PathBuf>().display().to_string()
}

fn diff(path: &Path, old: &str, new: &str) -> String {
    let (a, b) = (format!("old/{}", shown(path)), format!("new/{}", shown(path)));
    TextDiff::from_lines(old, new).unified_diff().header(&a, &b).to_string()
}

fn standard_input(args: &Args) -> Result<Exit, Fault> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Fault::io("cannot read standard input as text", &error))?;
    let formatted = format_source(&text).map_err(|diagnostics| {
        let first = diagnostics.first().map(diagnostic_line).unwrap_or_default();
        Fault::new(FaultKind::User, format!("standard input does not parse: {first}"))
    })?;
    match (args.check, args.diff) {
        (_, true) => write_out(diff(Path::new("<stdin>"), &text, &formatted).as_bytes()),
        (false, false) => write_out(formatted.as_bytes()),
        (true, false) => {}
    }
    Ok(if args.check && formatted != text { Exit::Findings } else { Exit::Fine })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_said_as_terraform_says_them_and_once() {
        assert_eq!(shown(Path::new("./net/./x.tf")), "net/x.tf");
        assert_eq!(shown(Path::new("../net/x.tf")), "../net/x.tf");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.tf");
        RealFiles.write_atomic(&path, b"a = \n", 0o640).unwrap();
        let args = Args { check: true, diff: false, recursive: false, paths: Vec::new() };
        let said = look(&path, &args).said;
        assert!(said[0].starts_with(&format!("{}:1: error: ", path.display())), "{said:?}");
    }

    #[test]
    fn links_stay_and_what_never_ends_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        RealFiles.write_atomic(&at("real.txt"), b"a=1\n", 0o640).unwrap();
        RealFiles.make_link(Path::new("real.txt"), &at("link.tf")).unwrap();
        RealFiles.make_link(Path::new("/dev/zero"), &at("endless.tf")).unwrap();
        let args = Args { check: false, diff: false, recursive: false, paths: Vec::new() };
        let endless = look(&at("endless.tf"), &args);
        assert!(matches!(endless.verdict, Verdict::Broken) && endless.said[0].contains("not a regular file"));
        assert!(matches!(look(&at("link.tf"), &args).verdict, Verdict::Differs));
        assert_eq!(&*RealFiles.read(&at("real.txt")).unwrap(), b"a = 1\n");
        assert_eq!(RealFiles.metadata(&at("real.txt")).unwrap().mode, 0o640);
        assert!(RealFiles.link_target(&at("link.tf")).is_ok());
    }
}
