//! `hashicorp/archive` 2.x: `archive_file`, whose checksums are those of the real provider to the bit.
//!
//! Where nothing may be written (a preview) the archive is only made in memory: its checksums are known all the same.

mod gather;
mod tar;
mod zip;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::attributes::{attribute, is_given, path_in, text, with};
use super::hashes::Checksums;
use super::planning::{self, Traits};
use super::{ApplyFault, DataAnswer, PlannedObject, Provider, World};
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::{AttributeSchema, BlockSchema, NestedBlock, Nesting, ProviderSchema, ResourceSchema};
use crate::model::value::{Type, Value};

/// The provider of archives.
#[derive(Debug, Default)]
pub(super) struct Archive {
    schema: OnceLock<ProviderSchema>,
}

const FILE: &str = "archive_file";

const TRAITS: Traits = Traits {
    in_place: &["exclude_symlink_directories"],
    keepers: &[],
    defaults: &[],
    recomputed: &[
        "id",
        "output_base64sha256",
        "output_base64sha512",
        "output_md5",
        "output_sha",
        "output_sha256",
        "output_sha512",
        "output_size",
    ],
};

fn schema() -> ResourceSchema {
    let string = || AttributeSchema::of(Type::String);
    let one = "One and only one of `source`, `source_content_filename` (with `source_content`), `source_file`, or `source_dir` must be specified.";
    let about = |what: &str| format!("{what} {one}");
    let mut block = BlockSchema::with([
        (
            "exclude_symlink_directories",
            AttributeSchema::of(Type::Bool)
                .optional()
                .about("Boolean flag indicating whether symbolically linked directories should be excluded during the creation of the archive. Defaults to `false`."),
        ),
        (
            "excludes",
            AttributeSchema::of(Type::set(Type::String))
                .optional()
                .about("Specify files/directories to ignore when reading the `source_dir`. Supports glob file matching patterns including doublestar/globstar (`**`) patterns."),
        ),
        ("id", string().computed().about("The sha1 checksum hash of the output.")),
        ("output_base64sha256", string().computed().about("Base64 Encoded SHA256 checksum of output file")),
        ("output_base64sha512", string().computed().about("Base64 Encoded SHA512 checksum of output file")),
        (
            "output_file_mode",
            string().optional().about("String that specifies the octal file mode for all archived files. For example: `\"0666\"`."),
        ),
        ("output_md5", string().computed().about("MD5 of output file")),
        ("output_path", string().required().about("The output of the archive file.")),
        ("output_sha", string().computed().about("SHA1 checksum of output file")),
        ("output_sha256", string().computed().about("SHA256 checksum of output file")),
        ("output_sha512", string().computed().about("SHA512 checksum of output file")),
        (
            "output_size",
            AttributeSchema::of(Type::Number).computed().about("The byte size of the output archive file."),
        ),
        (
            "source_content",
            string().optional().about(&about("Add only this content to the archive with `source_content_filename` as the filename.")),
        ),
        ("source_content_filename", string().optional().about(&about("Set this as the filename when using `source_content`."))),
        ("source_dir", string().optional().about(&about("Package entire contents of this directory into the archive."))),
        ("source_file", string().optional().about(&about("Package this file into the archive."))),
        ("type", string().required().about("The type of archive to generate. NOTE: `zip` and `tar.gz` is supported.")),
    ]);
    let source = BlockSchema::with([
        ("content", string().required().about("Add this content to the archive with `filename` as the filename.")),
        ("filename", string().required().about("Set this as the filename when declaring a `source`.")),
    ]);
    let nested = NestedBlock { nesting: Nesting::Set, block: source, min_items: 0, max_items: 0 };
    block.blocks.insert("source".into(), nested);
    ResourceSchema { version: 0, block }
}

fn has_sources(config: &Value) -> bool {
    let source = attribute(config, "source");
    source.is_unknown() || source.as_items().is_some_and(|items| !items.is_empty())
}

fn given(config: &Value, name: &str) -> bool {
    if name == "source" { has_sources(config) } else { is_given(config, name) }
}

/// Which arguments exclude each other, in the order in which the provider looks.
const CONFLICTS: [(&str, &[&str]); 6] = [
    ("source", &["source_file", "source_dir", "source_content", "source_content_filename"]),
    ("source_content", &["source_file", "source_dir"]),
    ("source_content_filename", &["source_file", "source_dir"]),
    ("source_file", &["source_dir", "source_content", "source_content_filename"]),
    ("source_dir", &["source_file", "source_content", "source_content_filename"]),
    ("excludes", &["source_file", "source_content", "source_content_filename"]),
];

fn check(config: &Value) -> Vec<Diagnostic> {
    let sources = ["source", "source_content_filename", "source_file", "source_dir"];
    let mut found = Vec::new();
    if !sources.iter().any(|name| given(config, name)) {
        let detail = format!("At least one of these attributes must be configured: [{}]", sources.join(","));
        found.push(Diagnostic::error("Missing Attribute Configuration", detail));
    }
    for (name, others) in CONFLICTS.iter().filter(|(name, _)| given(config, name)) {
        for other in others.iter().filter(|other| given(config, other)) {
            let detail = format!("Attribute \"{other}\" cannot be specified when \"{name}\" is specified");
            found.push(Diagnostic::error("Invalid Attribute Combination", detail));
        }
    }
    found
}

/// The bytes of the archive.
fn archive(config: &Value, world: &World<'_>) -> Result<Vec<u8>, Diagnostic> {
    let made = match text(config, "type") {
        Some("zip") => gather::gather(config, world).and_then(|entries| zip::write(&entries)),
        Some("tar.gz") => gather::gather(config, world).and_then(|entries| tar::write(&entries)),
        other => Err(format!("archive type not supported: {}", other.unwrap_or_default())),
    };
    made.map_err(|fault| Diagnostic::error("Archive creation error", format!("error creating archive: {fault}")))
}

fn put(config: &Value, bytes: &[u8], world: &World<'_>) -> Result<(), Diagnostic> {
    let output = text(config, "output_path").unwrap_or_default();
    let written = world.files.write_atomic(&path_in(world, output), bytes, 0o644);
    match written {
        // Where only looking is allowed there is no file, and everything else is as if.
        Err(error) if error.kind() == std::io::ErrorKind::ReadOnlyFilesystem && !world.earnest => Ok(()),
        Err(error) => {
            let detail = format!("error creating archive: open {output}: {error}");
            Err(Diagnostic::error("Archive creation error", detail))
        }
        Ok(()) => Ok(()),
    }
}

/// Makes the archive and tells what it is.
fn made(object: &Value, world: &World<'_>) -> Result<Value, Diagnostic> {
    let bytes = archive(object, world)?;
    put(object, &bytes, world)?;
    let sums = Checksums::of(&bytes);
    let facts = [
        ("id", Value::string(sums.sha1.as_str())),
        ("output_base64sha256", Value::string(sums.base64_sha256)),
        ("output_base64sha512", Value::string(sums.base64_sha512)),
        ("output_md5", Value::string(sums.md5)),
        ("output_sha", Value::string(sums.sha1)),
        ("output_sha256", Value::string(sums.sha256)),
        ("output_sha512", Value::string(sums.sha512)),
        ("output_size", Value::int(i64::try_from(bytes.len()).unwrap_or(i64::MAX))),
    ];
    Ok(with(object, facts))
}

impl Provider for Archive {
    fn source(&self) -> &str {
        "registry.terraform.io/hashicorp/archive"
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(|| ProviderSchema {
            resources: BTreeMap::from([(FILE.into(), Arc::new(schema()))]),
            data_sources: BTreeMap::from([(FILE.into(), Arc::new(schema()))]),
            ..ProviderSchema::default()
        })
    }

    fn not_carried(&self) -> &'static [(ResourceMode, &'static str)] {
        &[(ResourceMode::Ephemeral, "archive_file")]
    }

    fn writes_when_read(&self) -> bool {
        true
    }

    fn validate(&self, _: &str, config: &Value, _: bool) -> Vec<Diagnostic> {
        check(config)
    }

    fn plan(&self, _: &str, prior: &Value, proposed: &Value, config: &Value) -> Result<PlannedObject, Vec<Diagnostic>> {
        let block = &self.schema().resources[FILE].block;
        Ok(planning::plan(block, &TRAITS, prior, proposed, config))
    }

    fn apply(&self, _: &str, _: &Value, planned: &Value, _: &Value, world: &World<'_>) -> Result<Value, ApplyFault> {
        // The real provider leaves the file where it is.
        if planned.is_null() {
            return Ok(planned.clone());
        }
        made(planned, world).map_err(|fault| ApplyFault { object: None, diagnostics: vec![fault] })
    }

    fn read(&self, _: &str, current: &Value, world: &World<'_>) -> Result<Value, Vec<Diagnostic>> {
        made(current, world).map_err(|fault| vec![fault])
    }

    fn read_data(&self, _: &str, config: &Value, world: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
        made(config, world).map(DataAnswer::Read).map_err(|fault| vec![fault])
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::Bench;
    use super::*;
    use crate::lang::value::set_of;
    use crate::sys::files::ReadFiles;

    fn bench() -> Bench<Archive> {
        let bench = Bench::new(Archive::default());
        for number in 1..=3 {
            let at = format!("/stack/dir/file{number}.txt");
            bench.files.put(at.as_ref(), format!("This is file {number}").as_bytes(), 0o644);
        }
        bench.files.put("/stack/test-file.txt".as_ref(), b"This is test content", 0o600);
        bench
    }

    fn read(bench: &Bench<Archive>, kind: &str, given: &[(&'static str, Value)]) -> Value {
        let asked = [("type", Value::string(kind)), ("output_path", Value::string("out/a"))];
        let config = bench.config(FILE, asked.into_iter().chain(given.iter().cloned()));
        assert_eq!(bench.provider.validate(FILE, &config, true), []);
        let DataAnswer::Read(answer) = bench.read_data(FILE, &config).unwrap() else { panic!() };
        answer
    }

    fn md5(answer: &Value) -> &str {
        text(answer, "output_md5").unwrap()
    }

    /// Every expectation is one of the real provider's acceptance tests.
    #[test]
    fn archives_are_those_of_the_real_provider_to_the_bit() {
        let bench = bench();
        let mode = ("output_file_mode", Value::string("0666"));
        let content = [
            ("source_content", Value::string("This is some content")),
            ("source_content_filename", Value::string("content.txt")),
        ];
        let file = [("source_file", Value::string("test-file.txt")), mode.clone()];
        let directory = [("source_dir", Value::string("dir")), mode];
        let zip = read(&bench, "zip", &content);
        assert_eq!(md5(&zip), "ea35f0444ea9a3d5641d8760bc2815cc");
        assert_eq!(text(&zip, "output_sha"), Some("019c79c4dc14dbe1edb3e467b2de6a6aad148717"));
        assert_eq!(text(&zip, "output_base64sha256"), Some("P7VckxoEiUO411WN3nwuS/yOBL4zsbVWkQU9E1I5H6c="));
        assert_eq!(md5(&read(&bench, "zip", &file)), "59fbc9e62af3cbc2f588f97498240dae");
        assert_eq!(md5(&read(&bench, "zip", &directory)), "b73f64a383716070aa4a29563b8b14d4");
        assert_eq!(md5(&read(&bench, "tar.gz", &content)), "a09ee39e708c38ccd9ba44cc39e7cacc");
        assert_eq!(md5(&read(&bench, "tar.gz", &file)), "39948f8ddedc8914ac2e42dd18dd3c06");
        assert_eq!(md5(&read(&bench, "tar.gz", &directory)), "6678fae1fe2077c767bac136861e3bdc");
        let written = bench.files.read(Path::new("/stack/out/a")).unwrap();
        assert_eq!(Checksums::of(&written).md5, "6678fae1fe2077c767bac136861e3bdc");
    }

    #[test]
    fn exclusions_and_several_contents() {
        let bench = bench();
        let excludes = |pattern: &str| ("excludes", set_of(Type::String, vec![Value::string(pattern)]));
        let size = |pattern: &str| {
            let answer = read(&bench, "zip", &[("source_dir", Value::string("dir")), excludes(pattern)]);
            super::super::attributes::whole(&answer, "output_size").unwrap()
        };
        assert!(size("file2.txt") < size("nothing"));
        assert!(size("**/file[12].txt") < size("file2.txt"));
        let all = bench.config(
            FILE,
            [
                ("type", Value::string("zip")),
                ("output_path", Value::string("a")),
                ("source_dir", Value::string("dir")),
                excludes("*"),
            ],
        );
        assert!(bench.read_data(FILE, &all).unwrap_err()[0].detail.contains("would be empty"));

        let source = |name: &str| Value::object([("content", Value::string(name)), ("filename", Value::string(name))]);
        let ty = source("").ty();
        let both = read(&bench, "zip", &[("source", set_of(ty, vec![source("b"), source("a")]))]);
        assert!(super::super::attributes::whole(&both, "output_size").unwrap() > 200);
    }

    #[test]
    fn a_resource_is_an_archive_too_and_what_cannot_be_is_said() {
        let bench = bench();
        let config = bench.config(
            FILE,
            [
                ("type", Value::string("zip")),
                ("output_path", Value::string("x.zip")),
                ("source_file", Value::string("test-file.txt")),
            ],
        );
        let made = bench.create(FILE, &config);
        assert_eq!(bench.plan(FILE, &made, &config).planned, made);
        assert_eq!(bench.read(FILE, &made), made);
        bench.files.put("/stack/test-file.txt".as_ref(), b"other", 0o600);
        assert_ne!(bench.read(FILE, &made), made, "the real provider sees other contents when it refreshes");
        let none = bench.config(FILE, [("type", Value::string("zip")), ("output_path", Value::string("x"))]);
        assert!(
            bench.provider.validate(FILE, &none, true)[0]
                .detail
                .contains("[source,source_content_filename,source_file,source_dir]")
        );
        let two = with(&config, [("source_dir", Value::string("dir"))]);
        assert!(
            bench.provider.validate(FILE, &two, true)[0]
                .detail
                .contains("\"source_dir\" cannot be specified when \"source_file\"")
        );
        let odd = with(&config, [("type", Value::string("rar"))]);
        assert!(bench.read_data(FILE, &odd).unwrap_err()[0].detail.contains("not supported: rar"));
    }
}
