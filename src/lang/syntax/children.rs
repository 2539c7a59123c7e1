//! The expressions within expressions. What names they bring into scope is left to whoever walks.

use super::ast::{Expr, ExprKind, Template, TemplatePart};

impl Expr {
    /// Meets every expression that stands directly in this one, in the order they are written. A bare word that is the
    /// key of an object is none.
    pub fn each_child<'e>(&'e self, meet: &mut dyn FnMut(&'e Expr)) {
        match &self.kind {
            ExprKind::Literal(_) | ExprKind::SplatElement | ExprKind::Traversal(_) => {}
            ExprKind::Template(Template { parts, .. }) => each_in_parts(parts, meet),
            ExprKind::Tuple(items) => items.iter().for_each(meet),
            ExprKind::Object(items) => {
                for item in items {
                    if item.key.bare_word().is_none() {
                        meet(&item.key);
                    }
                    meet(&item.value);
                }
            }
            ExprKind::Relative { source, .. } => meet(source),
            ExprKind::Index { collection, key } => [collection, key].into_iter().for_each(|e| meet(e)),
            ExprKind::Splat { source, each, .. } => [source, each].into_iter().for_each(|e| meet(e)),
            ExprKind::Call { args, .. } => args.iter().for_each(meet),
            ExprKind::Conditional { condition, yes, no } => [condition, yes, no].into_iter().for_each(|e| meet(e)),
            ExprKind::Binary { left, right, .. } => [left, right].into_iter().for_each(|e| meet(e)),
            ExprKind::Unary { operand, .. } => meet(operand),
            ExprKind::Parens(inner) => meet(inner),
            ExprKind::For(each) => {
                meet(&each.collection);
                [each.key.as_ref(), Some(&each.value), each.condition.as_ref()].into_iter().flatten().for_each(meet);
            }
        }
    }

    /// Meets this expression and all within it, outer ones first.
    pub fn each_within<'e>(&'e self, meet: &mut dyn FnMut(&'e Expr)) {
        meet(self);
        self.each_child(&mut |child| child.each_within(meet));
    }
}

fn each_in_parts<'e>(parts: &'e [TemplatePart], meet: &mut dyn FnMut(&'e Expr)) {
    for part in parts {
        match part {
            TemplatePart::Text { .. } => {}
            TemplatePart::Interpolation { expr, .. } => meet(expr),
            TemplatePart::If { condition, yes, no, .. } => {
                meet(condition);
                each_in_parts(yes, meet);
                each_in_parts(no, meet);
            }
            TemplatePart::For { collection, body, .. } => {
                meet(collection);
                each_in_parts(body, meet);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lang::syntax::{SourceFile, parse_expression};
    use crate::model::place::RepoPath;

    #[test]
    fn everything_within_is_met_once_and_outer_first() {
        let text = r#"f(a.b, [for k, v in m : v if k != "x"], { key = 1, (w) = "t${u}" })[0] ? !y : -(z)"#;
        let file = SourceFile::new(RepoPath::new("x"), text);
        let parsed = parse_expression(&file);
        assert!(parsed.diagnostics.is_empty());
        let mut met = Vec::new();
        parsed.tree.each_within(&mut |expr| met.push(file.slice(expr.span).to_owned()));
        for wanted in ["a.b", "m", "k != \"x\"", "1", "w", "u", "!y", "y", "-(z)", "z"] {
            assert_eq!(met.iter().filter(|text| *text == wanted).count(), 1, "{wanted} in {met:?}");
        }
        assert_eq!(met[0], text);
        assert!(!met.contains(&"key".to_owned()));
    }
}
