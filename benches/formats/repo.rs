//! A repo with many files: stacks of a few files each, and shared modules that they call.

use std::fmt::Write;
use std::path::Path;

/// A stack has this many files.
const FILES_OF_A_STACK: usize = 10;

/// The text of one of the files, about 1.5 kB as in real repos.
pub fn file(at: usize) -> String {
    if at.is_multiple_of(FILES_OF_A_STACK) {
        return main(at);
    }
    let mut text = String::new();
    for part in 0..4 {
        let _ = write!(
            text,
            r#"# Part {part} of file {at}.
variable "v{at}_{part}" {{
  type        = map(string)
  description = "The names of part {part}"
  default     = {{ a = "x", b = "y" }}
}}

resource "terraform_data" "r{at}_{part}" {{
  for_each = var.v{at}_{part}
  input = {{
    name   = "web-${{each.key}}-{at}"
    labels = [for key, value in var.v{at}_{part} : "${{key}}=${{upper(value)}}" if value != ""]
    size   = length(var.v{at}_{part}) > 2 ? "large" : "small" # by hand
  }}
}}

"#
        );
    }
    text.pop();
    text
}

fn main(at: usize) -> String {
    format!(
        r#"terraform {{
  required_version = ">= 1.5"
}}

locals {{
  stack = "s{at}"
}}

output "stack" {{
  description = "The name of the stack"
  value       = local.stack
}}
"#
    )
}

/// Writes the files, ten to a stack.
pub fn write(directory: &Path, files: usize) {
    for at in 0..files {
        let stack = directory.join(format!("stacks/s{:03}", at / FILES_OF_A_STACK));
        std::fs::create_dir_all(&stack).expect("a directory");
        let name = if at.is_multiple_of(FILES_OF_A_STACK) { "main.tf".to_owned() } else { format!("f{}.tf", at % 10) };
        std::fs::write(stack.join(name), file(at)).expect("a file");
    }
}
