//! Ansible tasks without a name.

use saphyr::MarkedYaml;

use crate::lint::check::{Check, Run};
use crate::lint::report::Report;
use crate::lint::text_file::YamlFile;
use crate::model::finding::{Level, Rule};

/// The check.
pub(in crate::lint) const CHECK: Check = Check::new(&RULE, Run::Yaml(check));

static RULE: Rule = Rule {
    id: "name[missing]",
    title: "Task without a name",
    level: Level::Note,
    explanation: "A task's name is what the run prints and what --start-at-task takes. Write what the task is for.",
    bad: r#"- name: All hosts
  hosts: all
  tasks:
    - ansible.builtin.ping:
"#,
    good: r#"- name: All hosts
  hosts: all
  tasks:
    - name: See whether the host answers
      ansible.builtin.ping:
"#,
    source: "https://ansible.readthedocs.io/projects/lint/rules/name/",
};

/// Keys of a play or a block that hold tasks.
const LISTS: [&str; 7] = ["tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"];

fn check(file: &YamlFile, report: &mut Report) {
    let Ok(documents) = &file.documents else { return };
    if !file.ansible {
        return;
    }
    let path = file.source.path().as_str();
    let is_task_file = path.contains("/tasks/") || path.contains("/handlers/");
    for document in documents {
        let Some(items) = document.data.as_sequence() else { continue };
        for item in items {
            if is_task_file {
                task(file, item, report, 0);
            } else {
                lists(file, item, report, 0);
            }
        }
    }
}

/// The tasks in the lists of a play or a block.
fn lists(file: &YamlFile, item: &MarkedYaml<'_>, report: &mut Report, depth: usize) {
    let Some(mapping) = item.data.as_mapping() else { return };
    for (key, value) in mapping {
        let is_list = key.data.as_str().is_some_and(|key| LISTS.contains(&key));
        if let Some(tasks) = value.data.as_sequence().filter(|_| is_list) {
            for item in tasks {
                task(file, item, report, depth + 1);
            }
        }
    }
}

fn task(file: &YamlFile, item: &MarkedYaml<'_>, report: &mut Report, depth: usize) {
    let Some(mapping) = item.data.as_mapping() else { return };
    let has = |name: &str| mapping.keys().any(|key| key.data.as_str() == Some(name));
    // A block may go without, its tasks may not.
    if !has("name") && !has("block") {
        report.add(file.source, file.line_span(item), "All tasks should be named");
    }
    if depth < 50 {
        lists(file, item, report, depth);
    }
}
