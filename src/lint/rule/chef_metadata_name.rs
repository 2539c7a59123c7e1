//! A cookbook's `metadata.rb` without `name`.

use crate::lint::check::{Check, Run};
use crate::lint::report::Report;
use crate::lint::text_file::TextFile;
use crate::model::finding::{Level, Rule};
use crate::model::place::Place;

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::ChefMetadata(check));

static RULE: Rule = Rule {
    id: "FC045",
    title: "Cookbook metadata without name",
    level: Level::Warning,
    explanation: "Tools that load cookbooks by name guess it from the directory when metadata.rb has no name: rename the directory and the cookbook is another one, and a download of it has no name at all. Add name 'the_cookbook'.",
    bad: r#"maintainer 'Somebody'
version '1.0.0'
"#,
    good: r#"name 'motd'
maintainer 'Somebody'
version '1.0.0'
"#,
    source: "http://www.foodcritic.io/#FC045",
};

fn check(file: &TextFile, report: &mut Report) {
    let names = |line: &str| {
        let rest = line.trim_start().strip_prefix("name");
        rest.is_some_and(|rest| rest.starts_with([' ', '\t', '(', '\'', '"']) && !rest.trim_start().starts_with('='))
    };
    if !file.source.text().lines().any(names) {
        let place = Place::top_of(file.source.path().clone());
        report.add_at(place, "", "Ensure that the cookbook's metadata.rb contains its `name`");
    }
}
