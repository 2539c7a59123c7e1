//! No text makes a parser panic or hang, and no token is lost. Run with `cargo +nightly fuzz run parse`.

#![no_main]

use kilter::lang::syntax::{SourceFile, parse_expression, parse_file, parse_json_file, parse_template, tokens};
use kilter::model::place::RepoPath;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let source = SourceFile::new(RepoPath::new("main.tf"), text);
    let joined: String = tokens(&source).iter().map(|token| source.slice(token.span)).collect();
    assert_eq!(joined, text);
    let parsed = parse_file(&source);
    assert_eq!(parsed.diagnostics.is_empty(), parsed.broken.is_empty());
    parse_expression(&source);
    parse_template(&source);
    parse_json_file(&source);
});
