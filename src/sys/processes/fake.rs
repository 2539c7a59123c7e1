//! Programs that are made up.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{CancelLevel, Invocation, Outcome, Processes, Stream};

/// Programs that exist only in a test's script.
#[derive(Debug, Default)]
pub struct FakeProcesses {
    answers: Mutex<Vec<FakeAnswer>>,
    asked: Mutex<Vec<Invocation>>,
}

/// What a fake program does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FakeAnswer {
    /// The program's name.
    pub program: String,
    /// The first arguments that select this answer.
    pub args: Vec<String>,
    /// What it prints, in order.
    pub lines: Vec<(Stream, String)>,
    /// Its exit code.
    pub code: i32,
    /// It does not end before it is interrupted; it then exits with its code.
    pub until_cancelled: bool,
}

impl FakeProcesses {
    /// Adds a program's answer. The first that fits is given; a program with any answer exists.
    pub fn answer(&self, answer: FakeAnswer) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
    }

    /// A program that prints these lines on its standard output and exits with `code`.
    pub fn prints(&self, command: &str, code: i32, out: &str) {
        let mut words = command.split_whitespace().map(str::to_owned);
        self.answer(FakeAnswer {
            program: words.next().unwrap_or_default(),
            args: words.collect(),
            lines: out.lines().map(|line| (Stream::Out, line.to_owned())).collect(),
            code,
            until_cancelled: false,
        });
    }

    /// What was run so far.
    pub fn asked(&self) -> Vec<Invocation> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Processes for FakeProcesses {
    fn run(
        &self,
        invocation: &Invocation,
        on_line: &mut dyn FnMut(Stream, &str),
        cancelled: &dyn Fn() -> CancelLevel,
    ) -> io::Result<Outcome> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(invocation.clone());
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let program = Path::new(&invocation.program).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let fits = |a: &&FakeAnswer| a.program == program && invocation.args.starts_with(&a.args);
        let Some(answer) = answers.iter().find(fits) else {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no program `{program}`")));
        };
        let mut outcome = Outcome { code: Some(answer.code), ..Outcome::default() };
        for (stream, line) in &answer.lines {
            let kept = if *stream == Stream::Out { &mut outcome.stdout } else { &mut outcome.stderr };
            kept.extend_from_slice(line.as_bytes());
            kept.push(b'\n');
            on_line(*stream, line);
        }
        while answer.until_cancelled && cancelled() == CancelLevel::None {
            std::thread::yield_now();
        }
        outcome.cancelled = answer.until_cancelled;
        Ok(outcome)
    }

    fn find_program(&self, name: &str) -> Option<PathBuf> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.iter().any(|answer| answer.program == name).then(|| Path::new("/fake/bin").join(name))
    }
}
