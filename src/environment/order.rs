//! In which order stacks are applied: whoever is read by another comes first.

use crate::model::place::RepoPath;
use crate::model::stack::Stack;

/// The stacks so that each comes after all that it reads; otherwise in their own order. What is read and is not among
/// them does not matter.
///
/// # Errors
/// The paths of a circle, when there is one.
pub fn ordered(stacks: &[Stack]) -> Result<Vec<Stack>, Vec<RepoPath>> {
    let mut out: Vec<Stack> = Vec::with_capacity(stacks.len());
    let mut rest: Vec<&Stack> = stacks.iter().collect();
    while !rest.is_empty() {
        let waits_for_none = |stack: &&Stack| {
            stack.reads.iter().all(|read| *read == stack.path || !rest.iter().any(|other| other.path == *read))
        };
        match rest.iter().position(waits_for_none) {
            Some(index) => out.push(rest.remove(index).clone()),
            None => return Err(circle(&rest)),
        }
    }
    Ok(out)
}

/// Every stack of `rest` reads another one of them: walking from one to the next must come back.
fn circle(rest: &[&Stack]) -> Vec<RepoPath> {
    let mut walked: Vec<&Stack> = Vec::new();
    let mut at = rest[0];
    loop {
        if let Some(from) = walked.iter().position(|stack| stack.path == at.path) {
            return walked[from..].iter().chain(std::iter::once(&at)).map(|stack| stack.path.clone()).collect();
        }
        walked.push(at);
        let next = rest.iter().find(|other| other.path != at.path && at.reads.contains(&other.path));
        at = next.copied().expect("each of the rest reads another one of the rest");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stack::StackKind;

    fn stack(path: &str, reads: &[&str]) -> Stack {
        let reads = reads.iter().map(|path| RepoPath::new(path)).collect();
        Stack { path: RepoPath::new(path), kind: StackKind::Terraform, reads }
    }

    fn order(stacks: &[Stack]) -> Result<Vec<String>, Vec<String>> {
        let names = |paths: Vec<RepoPath>| paths.iter().map(RepoPath::to_string).collect();
        ordered(stacks).map(|stacks| stacks.into_iter().map(|stack| stack.path.to_string()).collect()).map_err(names)
    }

    #[test]
    fn who_is_read_comes_first() {
        let stacks = [
            stack("app", &["web", "network"]),
            stack("network", &[]),
            stack("other", &["gone"]),
            stack("web", &["network"]),
        ];
        assert_eq!(order(&stacks).unwrap(), ["network", "other", "web", "app"]);
        assert_eq!(order(&[stack("self", &["self"])]).unwrap(), ["self"]);
    }

    #[test]
    fn a_circle_is_named() {
        let stacks = [stack("x", &["a"]), stack("a", &["b"]), stack("b", &["c"]), stack("c", &["a"])];
        assert_eq!(order(&stacks).unwrap_err(), ["a", "b", "c", "a"]);
    }
}
