//! YAML files that do not parse.

use crate::lint::check::{Check, Run};
use crate::lint::report::Report;
use crate::lint::text_file::YamlFile;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Yaml(check));

static RULE: Rule = Rule {
    id: "kilter_yaml_syntax",
    title: "YAML that does not parse",
    level: Level::Error,
    explanation: "The tool that reads this file will refuse it. The usual reasons: a tab, a colon in an unquoted text, a value that begins with {{ without quotes.",
    bad: r#"- hosts: all
  vars:
    a: {{ b }}x
    c: [1, 2
"#,
    good: r#"- hosts: all
  name: All
  vars:
    a: "{{ b }}x"
    c: [1, 2]
"#,
    source: "https://yaml.org/spec/1.2.2/",
};

fn check(file: &YamlFile, report: &mut Report) {
    if let Err(fault) = &file.documents {
        report.add(file.source, fault.span, format!("The file is not valid YAML: {}", fault.message));
    }
}
