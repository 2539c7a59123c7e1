//! `hashicorp/external` 2.x: `data "external"`, a program that is asked in JSON and answers in JSON.
//!
//! It runs what the repo brings, so it is asked only where programs may run: never in a preview, never in a repo that
//! is not trusted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::attributes::{attribute, path_in, text, with};
use super::{DataAnswer, Provider, World};
use crate::lang::value::{json_decode, json_encode};
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::{AttributeSchema, BlockSchema, ProviderSchema, ResourceSchema};
use crate::model::value::{Str, Type, Value, ValueKind};
use crate::sys::processes::{CancelLevel, Invocation, Outcome, Processes};

/// The provider of programs' answers.
#[derive(Debug, Default)]
pub(super) struct External {
    schema: OnceLock<ProviderSchema>,
}

/// How long a program may think. The real provider waits for ever; a workbench does not.
const PATIENCE: Duration = Duration::from_secs(120);

fn data_source() -> ResourceSchema {
    let of = AttributeSchema::of;
    let block = BlockSchema::with([
        ("id", of(Type::String).computed().about("The id of the data source. This will always be set to `-`")),
        (
            "program",
            of(Type::list(Type::String)).required().about(
                "A list of strings, whose first element is the program to run and whose subsequent elements are optional command line arguments to the program.",
            ),
        ),
        (
            "query",
            of(Type::map(Type::String))
                .optional()
                .about("A map of string values to pass to the external program as the query arguments."),
        ),
        (
            "result",
            of(Type::map(Type::String)).computed().about("A map of string values returned from the external program."),
        ),
        (
            "working_dir",
            of(Type::String)
                .optional()
                .about("Working directory of the program. If not supplied, the program will run in the current directory."),
        ),
    ]);
    ResourceSchema { version: 0, block }
}

/// The words of the command that are given: empty and null ones are left out.
fn words(config: &Value) -> Vec<String> {
    let program = attribute(config, "program");
    let items = program.as_items().unwrap_or_default().iter();
    items.filter_map(|item| item.as_str().filter(|word| !word.is_empty()).map(str::to_owned)).collect()
}

/// The query as the program reads it: entries that are null are left out.
fn query(config: &Value) -> Vec<u8> {
    let query = attribute(config, "query");
    let given = query.as_entries().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let query = Value::map(Type::String, given.map(|(key, value)| (key.clone(), value.clone())).collect());
    json_encode(&query).unwrap_or_else(|_| "{}".to_owned()).into_bytes()
}

fn ask(config: &Value, processes: &dyn Processes, world: &World<'_>) -> Result<Value, Diagnostic> {
    let words = words(config);
    let Some((program, args)) = words.split_first() else {
        return Err(Diagnostic::error(
            "External Program Missing",
            "The data source was configured without a program to execute. Verify the configuration contains at least one non-empty value.",
        ));
    };
    let directory = path_in(world, text(config, "working_dir").unwrap_or(""));
    // A path is seen from where the run works, not from the program's own directory.
    let located =
        if program.contains('/') { path_in(world, program).to_string_lossy().into_owned() } else { program.clone() };
    if processes.find_program(&located).is_none() {
        return Err(Diagnostic::error(
            "External Program Lookup Failed",
            format!(
                "The data source received an unexpected error while attempting to find the program.\n\nThe program must be accessible according to the platform where Terraform is running: in a directory of PATH, or named with a path such as \"${{path.module}}/my-program\"; and it must be executable.\n\nProgram: {program}"
            ),
        ));
    }
    let mut invocation = Invocation::new(located, args.iter().cloned(), directory);
    invocation.stdin = Some(query(config));
    let ended = run(processes, &invocation, world);
    let outcome = ended.map_err(|error| failed(program, &format!("\nState: {error}")))?;
    if outcome.cancelled {
        return Err(failed(
            program,
            &format!("\nState: it gave no answer within {} seconds and was stopped", PATIENCE.as_secs()),
        ));
    }
    if !outcome.success() {
        let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
        let state = match (outcome.code, outcome.signal) {
            (Some(code), _) => format!("exit status {code}"),
            (None, Some(signal)) => format!("signal: {signal}"),
            (None, None) => "it did not end by itself".to_owned(),
        };
        let said = match said.is_empty() {
            true => "The program was executed, however it returned no additional error messaging.".to_owned(),
            false => format!("Error Message: {said}"),
        };
        return Err(failed(program, &format!("\n{said}\nState: {state}")));
    }
    result(program, &outcome.stdout)
}

/// Runs it, and stops it when it takes too long.
fn run(processes: &dyn Processes, invocation: &Invocation, world: &World<'_>) -> std::io::Result<Outcome> {
    let (over, done) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|threads| {
        threads.spawn(|| {
            const STEP: Duration = Duration::from_millis(20);
            let mut waited = Duration::ZERO;
            while waited < PATIENCE && !done.load(Ordering::Relaxed) && !(world.cancelled)() {
                crate::sys::clock::pause(STEP);
                waited += STEP;
            }
            over.store(true, Ordering::Relaxed);
        });
        let cancelled = || if over.load(Ordering::Relaxed) { CancelLevel::Interrupt } else { CancelLevel::None };
        let ended = processes.run(invocation, &mut |_, _| {}, &cancelled);
        done.store(true, Ordering::Relaxed);
        ended
    })
}

fn failed(program: &str, more: &str) -> Diagnostic {
    Diagnostic::error(
        "External Program Execution Failed",
        format!(
            "The data source received an unexpected error while attempting to execute the program.\n\nProgram: {program}{more}"
        ),
    )
}

/// What it printed, which must be an object of strings.
fn result(program: &str, printed: &[u8]) -> Result<Value, Diagnostic> {
    let wrong = |problem: String| {
        Diagnostic::error(
            "Unexpected External Program Results",
            format!(
                "The data source received unexpected results after executing the program.\n\nProgram output must be a JSON encoded map of string keys and string values.\n\nProgram: {program}\nResult Error: {problem}"
            ),
        )
    };
    let decoded = json_decode(&String::from_utf8_lossy(printed)).map_err(|error| wrong(error.to_string()))?;
    // Go reads null into an empty map, and a null in it into an empty text.
    if decoded.is_null() {
        return Ok(Value::map(Type::String, BTreeMap::new()));
    }
    let entries = decoded.as_object().ok_or_else(|| wrong("the output is not an object".to_owned()))?;
    let text_of = |(key, value): (&Str, &Value)| match &value.kind {
        ValueKind::String(_) => Ok((key.clone(), value.clone())),
        ValueKind::Null(_) => Ok((key.clone(), Value::string(""))),
        _ => Err(wrong(format!("the value of \"{key}\" is a {}, not a string", value.ty().friendly_name()))),
    };
    Ok(Value::map(Type::String, entries.iter().map(text_of).collect::<Result<_, _>>()?))
}

impl Provider for External {
    fn source(&self) -> &str {
        "registry.terraform.io/hashicorp/external"
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(|| ProviderSchema {
            data_sources: BTreeMap::from([("external".into(), Arc::new(data_source()))]),
            ..ProviderSchema::default()
        })
    }

    fn not_carried(&self) -> &'static [(ResourceMode, &'static str)] {
        &[
            (ResourceMode::Managed, "external"),
            (ResourceMode::Data, "external_sensitive"),
            (ResourceMode::Ephemeral, "external"),
        ]
    }

    fn validate(&self, _: &str, config: &Value, _: bool) -> Vec<Diagnostic> {
        let program = attribute(config, "program");
        let empty = program.as_items().is_some_and(<[Value]>::is_empty);
        let wrong = || {
            Diagnostic::error(
                "Invalid Attribute Value",
                "Attribute program list must contain at least 1 elements, got: 0",
            )
        };
        empty.then(wrong).into_iter().collect()
    }

    fn read_data(&self, _: &str, config: &Value, world: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
        let Some(processes) = world.commands else {
            return Ok(DataAnswer::NotAsked("it runs a program, which a preview does not"));
        };
        let result = ask(config, processes, world).map_err(|fault| vec![fault])?;
        Ok(DataAnswer::Read(with(config, [("id", Value::string("-")), ("result", result)])))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;
    use crate::sys::processes::RealProcesses;

    fn config(bench: &Bench<External>, words: &[&str]) -> Value {
        let program = Value::list(Type::String, words.iter().map(|word| Value::string(*word)).collect());
        let query = BTreeMap::from([("a".into(), Value::string("x\"y")), ("n".into(), Value::null_of(Type::String))]);
        bench.config("external", [("program", program), ("query", Value::map(Type::String, query))])
    }

    #[test]
    fn a_program_is_asked_in_json_and_answers_in_json() {
        let bench = Bench::new(External::default());
        bench.commands.prints("ask", 0, "{\"b\": \"1\", \"c\": null}");
        let DataAnswer::Read(answer) = bench.read_data("external", &config(&bench, &["ask", "", "now"])).unwrap()
        else {
            panic!()
        };
        assert_eq!(answer.get("result").unwrap().get("b"), Some(Value::string("1")));
        assert_eq!(answer.get("id"), Some(Value::string("-")));
        let asked = &bench.commands.asked()[0];
        assert_eq!(asked.stdin.as_deref(), Some(&b"{\"a\":\"x\\\"y\"}"[..]));
        assert_eq!((asked.args.as_slice(), asked.directory.to_str()), (&["now".to_owned()][..], Some("/stack/")));
    }

    #[test]
    fn what_goes_wrong_is_told() {
        let bench = Bench::new(External::default());
        bench.commands.prints("fails", 3, "");
        bench.commands.prints("talks", 0, "hello");
        bench.commands.prints("nested", 0, "{\"a\": {}}");
        let told = |words: &[&str]| bench.read_data("external", &config(&bench, words)).unwrap_err()[0].clone();
        assert!(told(&["fails"]).detail.contains("exit status 3"));
        assert_eq!(told(&["talks"]).summary, "Unexpected External Program Results");
        assert!(told(&["nested"]).detail.contains("\"a\" is a "));
        assert_eq!(told(&["absent"]).summary, "External Program Lookup Failed");
        assert_eq!(told(&[""]).summary, "External Program Missing");
        let none = bench.config("external", [("program", Value::list(Type::String, vec![]))]);
        assert_eq!(bench.provider.validate("external", &none, true).len(), 1);
    }

    #[test]
    fn a_preview_runs_nothing() {
        let bench = Bench::new(External::default());
        bench.commands.prints("ask", 0, "{}");
        let answer = bench.in_world(|world| {
            let silent = World { commands: None, ..*world };
            bench.provider.read_data("external", &config(&bench, &["ask"]), &silent)
        });
        assert!(matches!(answer, Ok(DataAnswer::NotAsked(why)) if why.contains("program")));
        assert!(bench.commands.asked().is_empty());
    }

    #[test]
    fn a_real_program_reads_its_query() {
        let bench = Bench::new(External::default());
        let directory = tempfile::tempdir().unwrap();
        let answer = bench.in_world(|world| {
            let real = World { commands: Some(&RealProcesses), directory: directory.path(), ..*world };
            bench.provider.read_data("external", &config(&bench, &["cat"]), &real)
        });
        let Ok(DataAnswer::Read(answer)) = answer else { panic!("{answer:?}") };
        assert_eq!(answer.get("result").unwrap().get("a"), Some(Value::string("x\"y")));
    }
}
