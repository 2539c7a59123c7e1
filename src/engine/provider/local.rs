//! `hashicorp/local` 2.x: files on this machine, as resources and as data sources.
//!
//! As the real provider does it, an object whose file is gone or has other content counts as gone: the plan then shows
//! a create.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::attributes::{attribute, is_given, path_in, text, with};
use super::hashes::{self, Checksums};
use super::planning::{self, Fallback, Traits};
use super::{ApplyFault, DataAnswer, PlannedObject, Provider, World, functions};
use crate::lang::func::{Function, FunctionError, Parameter, Returns, Shape};
use crate::lang::inputs::InputKind;
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::{AttributeSchema, BlockSchema, ProviderSchema, ResourceSchema};
use crate::model::value::{Type, Value};

/// The provider of files.
#[derive(Debug, Default)]
pub(super) struct Local {
    schema: OnceLock<ProviderSchema>,
}

const FILE: &str = "local_file";
const SENSITIVE_FILE: &str = "local_sensitive_file";

const FILE_TRAITS: Traits = Traits {
    in_place: &[],
    keepers: &[],
    defaults: &[("file_permission", Fallback::Text("0777")), ("directory_permission", Fallback::Text("0777"))],
    recomputed: HASHES,
};
const SENSITIVE_TRAITS: Traits = Traits {
    defaults: &[("file_permission", Fallback::Text("0700")), ("directory_permission", Fallback::Text("0700"))],
    ..FILE_TRAITS
};

const HASHES: &[&str] = &[
    "content_base64sha256",
    "content_base64sha512",
    "content_md5",
    "content_sha1",
    "content_sha256",
    "content_sha512",
    "id",
];

/// What the process's own umask usually takes away; the real provider's modes go through it.
const UMASK: u32 = 0o022;

fn hash_attributes() -> Vec<(&'static str, AttributeSchema)> {
    let about = |name: &str| match name {
        "id" => "The hexadecimal encoding of the SHA1 checksum of the file content.".to_owned(),
        other => format!("{} checksum of file content.", other.trim_start_matches("content_")),
    };
    HASHES.iter().map(|name| (*name, AttributeSchema::of(Type::String).computed().about(&about(name)))).collect()
}

fn file_schema(sensitive: bool) -> ResourceSchema {
    let string = || AttributeSchema::of(Type::String);
    let masked = |attribute: AttributeSchema| if sensitive { attribute.sensitive() } else { attribute };
    let mut attributes = hash_attributes();
    attributes.extend([
        (
            "content",
            masked(string().optional()).about("Content to store in the file, expected to be a UTF-8 encoded string."),
        ),
        (
            "content_base64",
            masked(string().optional())
                .about("Content to store in the file, expected to be binary encoded as base64 string."),
        ),
        (
            "directory_permission",
            string().optional().computed().about("Permissions to set for directories created, in numeric notation."),
        ),
        (
            "file_permission",
            string().optional().computed().about("Permissions to set for the output file, in numeric notation."),
        ),
        ("filename", string().required().about("The path to the file that will be created.")),
        ("source", string().optional().about("Path to file to use as source for the one we are creating.")),
    ]);
    if !sensitive {
        let old = string().optional().sensitive().deprecated();
        attributes.push((
            "sensitive_content",
            old.about("Sensitive content to store in the file. Use local_sensitive_file instead."),
        ));
    }
    ResourceSchema { version: 0, block: BlockSchema::with(attributes) }
}

fn data_schema(sensitive: bool) -> ResourceSchema {
    let string = || AttributeSchema::of(Type::String);
    let masked = |attribute: AttributeSchema| if sensitive { attribute.sensitive() } else { attribute };
    let mut attributes = hash_attributes();
    attributes.extend([
        (
            "content",
            masked(string().computed()).about("Raw content of the file that was read, as UTF-8 encoded string."),
        ),
        ("content_base64", masked(string().computed()).about("Base64 encoded version of the file content.")),
        ("filename", string().required().about("Path to the file that will be read.")),
    ]);
    ResourceSchema { version: 0, block: BlockSchema::with(attributes) }
}

fn checksums(content: &[u8]) -> Vec<(&'static str, Value)> {
    let sums = Checksums::of(content);
    vec![
        ("content_base64sha256", Value::string(sums.base64_sha256)),
        ("content_base64sha512", Value::string(sums.base64_sha512)),
        ("content_md5", Value::string(sums.md5)),
        ("content_sha1", Value::string(sums.sha1.as_str())),
        ("content_sha256", Value::string(sums.sha256)),
        ("content_sha512", Value::string(sums.sha512)),
        ("id", Value::string(sums.sha1)),
    ]
}

fn sources(type_name: &str) -> &'static [&'static str] {
    match type_name {
        FILE => &["content", "sensitive_content", "content_base64", "source"],
        _ => &["content", "content_base64", "source"],
    }
}

fn check_sources(type_name: &str, config: &Value) -> Option<Diagnostic> {
    let names = sources(type_name);
    let given: Vec<&&str> = names.iter().filter(|name| is_given(config, name)).collect();
    if given.iter().any(|name| attribute(config, name).is_unknown()) || given.len() == 1 {
        return None;
    }
    let all = names.join(",");
    let detail = match given.len() {
        0 => format!("No attribute specified when one (and only one) of [{all}] is required"),
        count => format!("{count} attributes specified when one (and only one) of [{all}] is required"),
    };
    Some(Diagnostic::error("Invalid Attribute Combination", detail))
}

fn check_mode(config: &Value, name: &str) -> Option<Diagnostic> {
    let mode = text(config, name)?;
    let octal = mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    if (3..=4).contains(&mode.len()) && octal {
        return None;
    }
    Some(Diagnostic::error(
        "Invalid File Permission String Value",
        format!("Attribute {name} is \"{mode}\", and a permission is three or four octal digits such as \"0644\"."),
    ))
}

fn mode(planned: &Value, name: &str) -> u32 {
    let digits = text(planned, name).unwrap_or("0777");
    u32::from_str_radix(digits, 8).unwrap_or(0o777) & 0o7777 & !UMASK
}

fn content(planned: &Value, world: &World<'_>) -> Result<Vec<u8>, String> {
    if let Some(text) = text(planned, "content").or_else(|| text(planned, "sensitive_content")) {
        return Ok(text.as_bytes().to_vec());
    }
    if let Some(encoded) = text(planned, "content_base64") {
        return STANDARD.decode(encoded).map_err(|error| format!("content_base64 is not base64: {error}"));
    }
    match text(planned, "source") {
        Some(source) => {
            let read = world.files.read(&path_in(world, source));
            read.map(|bytes| bytes.to_vec()).map_err(|error| format!("open {source}: {error}"))
        }
        None => Ok(Vec::new()),
    }
}

fn create(type_name: &str, planned: &Value, world: &World<'_>) -> Result<Value, ApplyFault> {
    let fault = |doing: &str, error: String| ApplyFault {
        object: None,
        diagnostics: vec![Diagnostic::error(
            if type_name == FILE { "Create local file error" } else { "Create local sensitive file error" },
            format!("An unexpected error occurred while {doing}\n\n+Original Error: {error}"),
        )],
    };
    let bytes = content(planned, world).map_err(|error| fault("reading the content", error))?;
    let filename = text(planned, "filename").unwrap_or_default();
    let path = path_in(world, filename);
    // Where a link stands, what it leads to is written.
    let path = world.files.canonical(&path).unwrap_or(path);
    make_directories(path.parent(), mode(planned, "directory_permission"), world)
        .map_err(|error| fault("creating file directory", error.to_string()))?;
    world
        .files
        .write_atomic(&path, &bytes, mode(planned, "file_permission"))
        .map_err(|error| fault("writing the file", format!("open {filename}: {error}")))?;
    Ok(with(planned, checksums(&bytes)))
}

/// Makes what is missing of a directory's path; only what is made gets the mode.
fn make_directories(directory: Option<&Path>, mode: u32, world: &World<'_>) -> std::io::Result<()> {
    let Some(directory) = directory.filter(|d| !d.as_os_str().is_empty() && !world.files.is_directory(d)) else {
        return Ok(());
    };
    make_directories(directory.parent(), mode, world)?;
    world.files.create_directory(directory)?;
    world.files.set_mode(directory, mode)
}

impl Provider for Local {
    fn source(&self) -> &str {
        "registry.terraform.io/hashicorp/local"
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(|| ProviderSchema {
            resources: BTreeMap::from([
                (FILE.into(), Arc::new(file_schema(false))),
                (SENSITIVE_FILE.into(), Arc::new(file_schema(true))),
            ]),
            data_sources: BTreeMap::from([
                (FILE.into(), Arc::new(data_schema(false))),
                (SENSITIVE_FILE.into(), Arc::new(data_schema(true))),
            ]),
            functions: functions::schemas(&FUNCTIONS),
            ..ProviderSchema::default()
        })
    }

    fn not_carried(&self) -> &'static [(ResourceMode, &'static str)] {
        &[
            (ResourceMode::Data, "local_command"),
            (ResourceMode::Ephemeral, "local_command"),
            (ResourceMode::Ephemeral, "local_file"),
        ]
    }

    fn validate(&self, type_name: &str, config: &Value, data: bool) -> Vec<Diagnostic> {
        if data {
            return Vec::new();
        }
        let modes = ["file_permission", "directory_permission"].into_iter();
        check_sources(type_name, config).into_iter().chain(modes.filter_map(|name| check_mode(config, name))).collect()
    }

    fn plan(
        &self,
        type_name: &str,
        prior: &Value,
        proposed: &Value,
        config: &Value,
    ) -> Result<PlannedObject, Vec<Diagnostic>> {
        let traits = if type_name == FILE { &FILE_TRAITS } else { &SENSITIVE_TRAITS };
        let block = &self.schema().resources[type_name].block;
        Ok(planning::plan(block, traits, prior, proposed, config))
    }

    fn apply(
        &self,
        type_name: &str,
        prior: &Value,
        planned: &Value,
        _: &Value,
        world: &World<'_>,
    ) -> Result<Value, ApplyFault> {
        if planned.is_null() {
            // A file that is gone already, or cannot be removed, is no fault to the real provider either.
            if let Some(filename) = text(prior, "filename") {
                let _ = world.files.remove_file(&path_in(world, filename));
            }
            return Ok(planned.clone());
        }
        create(type_name, planned, world)
    }

    fn read(&self, _: &str, current: &Value, world: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        let filename = text(current, "filename").unwrap_or_default();
        match world.files.read(&path_in(world, filename)) {
            Ok(bytes) if text(current, "id") == Some(hashes::sha1(&bytes).as_str()) => Ok(current.clone()),
            Ok(_) => Ok(Value::null_of(current.ty())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Value::null_of(current.ty())),
            Err(error) => Err(vec![Diagnostic::error(
                "Read local file error",
                format!(
                    "An unexpected error occurred while reading the file\n\n+Original Error: open {filename}: {error}"
                ),
            )]),
        }
    }

    fn read_data(&self, type_name: &str, config: &Value, world: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
        let filename = text(config, "filename").unwrap_or_default();
        let bytes = world.files.read(&path_in(world, filename)).map_err(|error| {
            let what = if type_name == FILE { "file" } else { "sensitive file" };
            let error = match error.kind() {
                std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
                _ => error.to_string(),
            };
            vec![Diagnostic::error(
                format!("Read local {what} data source error"),
                format!("The file at given path cannot be read.\n\n+Original Error: open {filename}: {error}"),
            )]
        })?;
        let text = crate::lang::value::string(&String::from_utf8_lossy(&bytes));
        let encoded = Value::string(STANDARD.encode(&bytes));
        let answer = with(config, [("content", text), ("content_base64", encoded)]);
        Ok(DataAnswer::Read(with(&answer, checksums(&bytes))))
    }

    fn function(&self, name: &str) -> Option<&'static Function> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }
}

static FUNCTIONS: [Function; 1] = [Function::new(
    "direxists",
    "Determines whether a directory exists",
    &[Parameter::new("path", Shape::String)],
    Returns::Always(Shape::Bool),
    |call| match call.inputs.kind_of(call.text(0)) {
        InputKind::Directory => Ok(Value::bool(true)),
        InputKind::Absent => Ok(Value::bool(false)),
        InputKind::File | InputKind::Other => Err(FunctionError::new(format!(
            "Invalid file mode detected: \"{}\" was found, but is not a directory.",
            call.text(0)
        ))),
    },
)];

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;
    use crate::model::value::ValuePath;
    use crate::sys::files::{Files, ReadFiles};

    fn file(content: &str) -> [(&'static str, Value); 2] {
        [("filename", Value::string("out/a.txt")), ("content", Value::string(content))]
    }

    #[test]
    fn a_file_is_written_seen_replaced_and_removed() {
        let bench = Bench::new(Local::default());
        let config = bench.config(FILE, file("hello"));
        let planned = bench.plan(FILE, &Value::null(), &config).planned;
        assert_eq!(planned.get("file_permission"), Some(Value::string("0777")));
        assert!(planned.get("id").unwrap().is_unknown() && planned.get("content_md5").unwrap().is_unknown());
        let made = bench.apply(FILE, &Value::null(), &planned);
        assert_eq!(made.get("id"), Some(Value::string("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d")));
        assert_eq!(made.get("content_md5"), Some(Value::string("5d41402abc4b2a76b9719d911017c592")));
        let at = Path::new("/stack/out/a.txt");
        assert_eq!(&*bench.files.read(at).unwrap(), b"hello");
        assert_eq!(bench.files.metadata(at).unwrap().mode, 0o755);

        assert_eq!(bench.plan(FILE, &made, &config).planned, made);
        let changed = bench.plan(FILE, &made, &bench.config(FILE, file("bye")));
        assert_eq!(changed.requires_replace, [ValuePath::attribute("content")]);
        assert!(changed.planned.get("id").unwrap().is_unknown());

        assert_eq!(bench.read(FILE, &made), made);
        bench.files.put(at, b"by hand", 0o644);
        assert!(bench.read(FILE, &made).is_null(), "changed by hand: the plan shows a create");
        bench.files.remove_file(at).unwrap();
        assert!(bench.read(FILE, &made).is_null());
        assert!(bench.apply(FILE, &made, &Value::null()).is_null(), "removing what is gone is no fault");
    }

    #[test]
    fn secrets_get_narrow_modes_and_other_sources_work() {
        let bench = Bench::new(Local::default());
        bench.files.put("/stack/in.bin".as_ref(), &[0, 255], 0o644);
        let given = [("filename", Value::string("/s")), ("source", Value::string("in.bin"))];
        let made = bench.create(SENSITIVE_FILE, &bench.config(SENSITIVE_FILE, given));
        assert_eq!(&*bench.files.read("/s".as_ref()).unwrap(), [0, 255]);
        assert_eq!(bench.files.metadata("/s".as_ref()).unwrap().mode, 0o700);
        assert!(bench.provider.schema().resources[SENSITIVE_FILE].block.attributes["content"].sensitive);
        assert!(made.get("content").unwrap().is_null());
        let given = [("filename", Value::string("/b")), ("content_base64", Value::string("aGk="))];
        bench.create(FILE, &bench.config(FILE, given));
        assert_eq!(&*bench.files.read("/b".as_ref()).unwrap(), b"hi");
    }

    #[test]
    fn what_cannot_be_is_said() {
        let bench = Bench::new(Local::default());
        let none = bench.config(FILE, [("filename", Value::string("f"))]);
        assert!(bench.provider.validate(FILE, &none, false)[0].detail.contains("No attribute specified"));
        let mut given = file("x").to_vec();
        given.push(("source", Value::string("y")));
        given.push(("file_permission", Value::string("rw-r")));
        let found = bench.provider.validate(FILE, &bench.config(FILE, given), false);
        assert_eq!(found.len(), 2);
        let given = [("filename", Value::string("f")), ("source", Value::string("gone"))];
        let planned = bench.plan(FILE, &Value::null(), &bench.config(FILE, given)).planned;
        let fault = bench.try_apply(FILE, &Value::null(), &planned).unwrap_err();
        assert!(fault.object.is_none() && fault.diagnostics[0].detail.contains("open gone"));
    }

    #[test]
    fn a_file_is_read() {
        let bench = Bench::new(Local::default());
        bench.files.put("/stack/a".as_ref(), b"hello", 0o644);
        let config = bench.config(FILE, [("filename", Value::string("a"))]);
        let DataAnswer::Read(answer) = bench.read_data(FILE, &config).unwrap() else { panic!() };
        assert_eq!(answer.get("content"), Some(Value::string("hello")));
        assert_eq!(answer.get("content_base64"), Some(Value::string("aGVsbG8=")));
        let gone = bench.config(SENSITIVE_FILE, [("filename", Value::string("b"))]);
        let fault = bench.read_data(SENSITIVE_FILE, &gone).unwrap_err();
        assert!(fault[0].detail.ends_with("open b: no such file or directory"), "{}", fault[0].detail);
    }
}
