//! Files of the configuration: `file filebase64 fileexists fileset` and the digests of files.

use std::io::ErrorKind;
use std::sync::Arc;

use super::definition::{Call, Function, Parameter, Returns, Shape};
use super::error::{FunctionError, redact};
use super::glob::{GlobError, glob};
use super::outcome::string;
use super::{encoding, hash, limit, path};
use crate::lang::inputs::InputKind;
use crate::lang::value::{self, quote};
use crate::model::value::{Marks, Type, Value};

const MARKED_PATH: &[Parameter] = &[Parameter::new("path", Shape::String).marked_for_good()];
const PATH: &[Parameter] = &[Parameter::new("path", Shape::String)];
const STRING: Returns = Returns::Always(Shape::String);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("file", "The text of a file.", MARKED_PATH, STRING, file),
    Function::new("filebase64", "The bytes of a file in Base64.", MARKED_PATH, STRING, file_base64),
    Function::new("filebase64sha256", "The SHA-256 digest of a file, in Base64.", PATH, STRING, |call| {
        digest(call, hash::base64sha256)
    }),
    Function::new("filebase64sha512", "The SHA-512 digest of a file, in Base64.", PATH, STRING, |call| {
        digest(call, hash::base64sha512)
    }),
    Function::new(
        "fileexists",
        "Whether there is a file at a path.",
        MARKED_PATH,
        Returns::Always(Shape::Bool),
        file_exists,
    ),
    Function::new("filemd5", "The MD5 digest of a file, in hexadecimal digits.", PATH, STRING, |call| {
        digest(call, hash::md5)
    }),
    Function::new(
        "fileset",
        "The paths of the files below a directory that match a pattern.",
        &[
            Parameter::new("path", Shape::String).marked_for_good(),
            Parameter::new("pattern", Shape::String).marked_for_good(),
        ],
        Returns::Always(Shape::StringSet),
        fileset,
    ),
    Function::new("filesha1", "The SHA-1 digest of a file, in hexadecimal digits.", PATH, STRING, |call| {
        digest(call, hash::sha1)
    }),
    Function::new("filesha256", "The SHA-256 digest of a file, in hexadecimal digits.", PATH, STRING, |call| {
        digest(call, hash::sha256)
    }),
    Function::new("filesha512", "The SHA-512 digest of a file, in hexadecimal digits.", PATH, STRING, |call| {
        digest(call, hash::sha512)
    }),
];

/// The path of an argument, `~` expanded and cleaned.
fn resolved(call: &Call<'_>, index: usize) -> Result<String, FunctionError> {
    let expanded = path::expand(call.text(index), call.inputs)
        .map_err(|error| FunctionError::new(format!("failed to expand ~: {}", error.message)))?;
    Ok(path::clean(&expanded))
}

/// What the system says about a failed access, in Go's words.
fn system_error(action: &str, path: &str, error: &std::io::Error) -> String {
    let why = match error.kind() {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "is a directory".to_owned(),
        ErrorKind::NotADirectory => "not a directory".to_owned(),
        _ => error.to_string(),
    };
    format!("{action} {path}: {why}")
}

fn bytes(call: &Call<'_>) -> Result<Arc<[u8]>, FunctionError> {
    let marks = call.args[0].marks;
    let path = resolved(call, 0)?;
    call.inputs.read_file(&path).map_err(|error| {
        let given = redact(marks, || quote(call.text(0)));
        let message = match error.kind() {
            ErrorKind::NotFound => format!(
                "no file exists at {given}; this function works only with files that are distributed as part of the configuration source code, so if this file will be created by a resource in this configuration you must instead obtain this result from an attribute of that resource"
            ),
            ErrorKind::IsADirectory => {
                format!("failed to read file: {}", redact(marks, || system_error("read", &path, &error)))
            }
            _ => redact(marks, || system_error("open", &path, &error)),
        };
        FunctionError::at(0, message)
    })
}

fn file(call: &Call<'_>) -> Result<Value, FunctionError> {
    let bytes = bytes(call)?;
    let marks = call.args[0].marks;
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        let given = redact(marks, || quote(call.text(0)));
        FunctionError::new(format!(
            "contents of {given} are not valid UTF-8; use the filebase64 function to obtain the Base64 encoded contents or the other file functions (e.g. filemd5, filesha256) to obtain file hashing results instead"
        ))
    })?;
    Ok(string(text).mark(marks))
}

fn file_base64(call: &Call<'_>) -> Result<Value, FunctionError> {
    Ok(string(encoding::encode(&bytes(call)?)).mark(call.args[0].marks))
}

fn digest(call: &Call<'_>, digest: fn(&[u8]) -> String) -> Result<Value, FunctionError> {
    let path = resolved(call, 0)?;
    let bytes = call.inputs.read_file(&path).map_err(|error| {
        let action = if error.kind() == ErrorKind::IsADirectory { "read" } else { "open" };
        FunctionError::new(system_error(action, &path, &error))
    })?;
    Ok(string(digest(&bytes)))
}

fn file_exists(call: &Call<'_>) -> Result<Value, FunctionError> {
    let marks = call.args[0].marks;
    let path = resolved(call, 0)?;
    let what = match call.inputs.kind_of(&path) {
        InputKind::Absent => return Ok(Value::bool(false).mark(marks)),
        InputKind::File => return Ok(Value::bool(true).mark(marks)),
        InputKind::Directory => "is a directory, not a file",
        InputKind::Other => "is not a regular file",
    };
    Err(FunctionError::new(format!("{} {what}", redact(marks, || quote(&path)))))
}

fn fileset(call: &Call<'_>) -> Result<Value, FunctionError> {
    let marks: Marks = call.args[0].marks.union(call.args[1].marks);
    let directory = path::clean(call.text(0));
    let pattern = path::join(&directory, call.text(1));
    let matches = glob(&pattern, call.inputs).map_err(|error| {
        let why = match error {
            GlobError::BadPattern => "syntax error in pattern",
            GlobError::TooMuch => "the search takes too long; use a simpler pattern",
        };
        let shown = redact(marks, || quote(&pattern));
        FunctionError::new(format!("failed to glob pattern {shown}: {why}"))
    })?;
    limit::elements(&call.inputs.limits(), matches.len())?;
    let mut files = Vec::new();
    for found in matches {
        if call.inputs.kind_of(&found) != InputKind::File {
            continue;
        }
        let below = path::relative(&directory, &found).ok_or_else(|| {
            let shown = redact(marks, || quote(&found));
            FunctionError::new(format!("failed to trim path of match {shown}"))
        })?;
        files.push(string(below));
    }
    Ok(value::set_of(Type::String, files).mark(marks))
}
