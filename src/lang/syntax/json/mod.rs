//! The JSON syntax of configuration (`.tf.json`, `.tftest.json`, `.tfvars.json`), read into the same tree as the
//! native syntax.
//!
//! JSON alone does not say what is a block and what an argument, nor which strings are templates: the shapes of
//! Terraform's own blocks in [`shape`] do. What only a provider's schema could tell stays an argument whose value is
//! an object or a tuple.

mod reader;
mod shape;

use std::sync::Arc;

use self::reader::{Json, JsonKind, Property};
use self::shape::{BodyShape, Strings};
use super::ast::{Attribute, Block, Body, Expr, ExprKind, Item, Name, ObjectItem, Template, TemplatePart};
use super::fault::Faults;
use super::file::{Parsed, too_big};
use super::literal::normal;
use super::parser;
use super::source::SourceFile;
use super::words::{quote, range_text};
use crate::model::place::Span;
use crate::model::value::{Str, Value};

/// Reads a file in JSON syntax. Its name decides what it holds: tests (`.tftest.json`), variables (`.tfvars.json`) or
/// configuration.
pub fn parse_json_file(source: &Arc<SourceFile>) -> Parsed {
    let whole = Span::new(0, u32::try_from(source.text().len()).unwrap_or(u32::MAX));
    if let Some(diagnostic) = too_big(source) {
        return Parsed { body: Body::default(), diagnostics: vec![diagnostic], told: 1, broken: vec![whole] };
    }
    let mut decoder = Decoder { source, faults: Faults::default() };
    let body = match reader::read(source.text(), &mut decoder.faults) {
        Some(root) => decoder.root(&root, shape::of_file(source.path().file_name()), whole),
        None => Body { items: Vec::new(), span: whole },
    };
    let broken = if decoder.faults.count > 0 { vec![whole] } else { Vec::new() };
    let diagnostics = decoder.faults.diagnostics(source);
    Parsed { body, told: diagnostics.len(), diagnostics, broken }
}

struct Decoder<'a> {
    source: &'a SourceFile,
    faults: Faults,
}

impl Decoder<'_> {
    fn root(&mut self, root: &Json, shape: &'static BodyShape, whole: Span) -> Body {
        match &root.kind {
            JsonKind::Object(properties) => self.body(properties, shape, whole),
            JsonKind::Array(parts) if parts.iter().all(|part| matches!(part.kind, JsonKind::Object(_))) => {
                let items = parts.iter().flat_map(|part| match &part.kind {
                    JsonKind::Object(properties) => self.body(properties, shape, whole).items,
                    _ => Vec::new(),
                });
                Body { items: items.collect(), span: whole }
            }
            _ => {
                let detail = "The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.";
                self.faults.push("Root value must be object", detail, root.span, None);
                Body { items: Vec::new(), span: whole }
            }
        }
    }

    fn body(&mut self, properties: &[Property], shape: &'static BodyShape, span: Span) -> Body {
        let mut items: Vec<Item> = Vec::new();
        for property in properties.iter().filter(|property| &*property.name != "//") {
            match shape.block(&property.name) {
                Some((labels, inner)) => self.blocks(property, labels, inner, &mut Vec::new(), &mut items),
                None => {
                    let earlier = items.iter().find_map(|item| match item {
                        Item::Attribute(attribute) if attribute.name.text == property.name => Some(attribute.name.span),
                        _ => None,
                    });
                    if let Some(earlier) = earlier {
                        let place = range_text(&self.source.place(earlier));
                        let detail = format!("The argument {} was already set at {place}.", quote(&property.name));
                        self.faults.push("Duplicate argument", detail, property.name_span, None);
                        continue;
                    }
                    items.push(Item::Attribute(self.attribute(property, shape)));
                }
            }
        }
        Body { items, span }
    }

    fn attribute(&mut self, property: &Property, shape: &'static BodyShape) -> Attribute {
        let expr = self.value(&property.value, shape.strings(&property.name), shape);
        let name = Name { text: property.name.clone(), span: property.name_span };
        Attribute { name, expr: Arc::new(expr), span: property.name_span.to(property.value.span) }
    }

    /// The blocks of one kind: objects for the labels still to come, then an object for each block or an array of them.
    fn blocks(
        &mut self,
        property: &Property,
        labels_to_come: usize,
        shape: &'static BodyShape,
        labels: &mut Vec<Name>,
        items: &mut Vec<Item>,
    ) {
        let kind = Name { text: property.name.clone(), span: property.name_span };
        self.labelled(&property.value, &kind, labels_to_come, shape, labels, items);
    }

    fn labelled(
        &mut self,
        value: &Json,
        kind: &Name,
        labels_to_come: usize,
        shape: &'static BodyShape,
        labels: &mut Vec<Name>,
        items: &mut Vec<Item>,
    ) {
        match &value.kind {
            JsonKind::Null => {}
            JsonKind::Array(parts) => {
                for part in parts {
                    self.labelled(part, kind, labels_to_come, shape, labels, items);
                }
            }
            JsonKind::Object(properties) if labels_to_come == 0 => {
                let header = labels.iter().fold(kind.span, |span, label| span.to(label.span));
                let body = self.body(properties, shape, value.span);
                let span = kind.span.to(value.span);
                let block = Block { kind: kind.clone(), labels: labels.clone(), body, header, span };
                items.push(Item::Block(Arc::new(block)));
            }
            JsonKind::Object(properties) => {
                for property in properties.iter().filter(|property| &*property.name != "//") {
                    labels.push(Name { text: property.name.clone(), span: property.name_span });
                    self.labelled(&property.value, kind, labels_to_come - 1, shape, labels, items);
                    labels.pop();
                }
            }
            _ => {
                let detail = format!(
                    "Either a JSON object or a JSON array is required, representing the contents of one or more {} blocks.",
                    quote(&kind.text)
                );
                self.faults.push("Incorrect JSON value type", detail, value.span, None);
            }
        }
    }

    fn value(&mut self, value: &Json, strings: Strings, shape: &'static BodyShape) -> Expr {
        let kind = match &value.kind {
            JsonKind::Null => ExprKind::Literal(Value::null()),
            JsonKind::Bool(flag) => ExprKind::Literal(Value::bool(*flag)),
            JsonKind::Number(number) => ExprKind::Literal(Value::number(number.clone())),
            JsonKind::String(text) => return self.string(text, value.span, strings),
            JsonKind::Array(items) => {
                ExprKind::Tuple(items.iter().map(|item| self.value(item, strings, shape)).collect())
            }
            JsonKind::Object(properties) => {
                ExprKind::Object(properties.iter().map(|property| self.object_item(property, strings, shape)).collect())
            }
        };
        Expr { kind, span: value.span }
    }

    fn object_item(&mut self, property: &Property, strings: Strings, shape: &'static BodyShape) -> ObjectItem {
        // A reference inside a literal object: `required_providers` has `configuration_aliases`.
        let strings = if strings == Strings::Literal { shape.strings(&property.name) } else { strings };
        let key = self.string(&property.name, property.name_span, strings);
        ObjectItem { key, value: self.value(&property.value, strings, shape) }
    }

    fn string(&mut self, text: &Str, span: Span, strings: Strings) -> Expr {
        let base = span.start + 1;
        match strings {
            Strings::Literal => Expr { kind: ExprKind::Literal(Value::string(normal(text))), span },
            Strings::Expressions => {
                let (expr, faults) = parser::expression_of(self.source, text, base);
                self.take(faults);
                expr
            }
            Strings::Templates if text.contains(['$', '%']) => {
                let (template, faults) = parser::template_of(self.source, text, base);
                self.take(faults);
                Expr { kind: ExprKind::Template(template), span }
            }
            Strings::Templates => {
                let parts = match text.is_empty() {
                    true => Vec::new(),
                    false => vec![TemplatePart::Text { text: normal(text), span }],
                };
                Expr { kind: ExprKind::Template(Template { parts, heredoc: false }), span }
            }
        }
    }

    fn take(&mut self, faults: Faults) {
        for fault in faults.list {
            self.faults.push(fault.summary, fault.detail, fault.subject, fault.context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::RepoPath;

    fn parse(name: &str, text: &str) -> Parsed {
        parse_json_file(&SourceFile::new(RepoPath::new(name), text))
    }

    #[test]
    fn blocks_and_labels_come_out_of_objects() {
        let parsed = parse(
            "main.tf.json",
            r#"{"//": "note", "resource": {"a_b": {"c": {"x": "${var.y}-1", "count": 2, "depends_on": ["a.b"],
                "lifecycle": {"ignore_changes": "all"}, "tags": {"k": "v"}}}},
                "variable": [{"y": {"type": "list(string)", "default": "${not a template"}}],
                "locals": {"l": true, "m": null, "n": 1.5}}"#,
        );
        assert_eq!(parsed.diagnostics, []);
        let resource = parsed.body.blocks_of("resource").next().expect("a resource");
        assert_eq!(resource.labels.iter().map(|label| &*label.text).collect::<Vec<_>>(), ["a_b", "c"]);
        let expr = |name: &str| &resource.body.attribute(name).expect("an argument").expr.kind;
        assert!(matches!(expr("x"), ExprKind::Template(template) if template.parts.len() == 2));
        assert!(
            matches!(expr("depends_on"), ExprKind::Tuple(items) if matches!(items[0].kind, ExprKind::Traversal(_)))
        );
        assert!(matches!(expr("tags"), ExprKind::Object(_)));
        let lifecycle = resource.body.blocks_of("lifecycle").next().expect("a lifecycle block");
        assert_eq!(
            lifecycle.body.attribute("ignore_changes").and_then(|it| it.expr.bare_word().cloned()).as_deref(),
            Some("all")
        );
        let variable = parsed.body.blocks_of("variable").next().expect("a variable");
        assert!(matches!(variable.body.attribute("type").map(|it| &it.expr.kind), Some(ExprKind::Call { .. })));
        assert_eq!(
            variable.body.attribute("default").and_then(|it| it.expr.literal_text()).as_deref(),
            Some("${not a template")
        );
    }

    #[test]
    fn variables_files_hold_literals() {
        let parsed = parse("x.tfvars.json", r#"{"a": "${b}", "resource": {"c": [1]}}"#);
        assert_eq!(parsed.diagnostics, []);
        assert_eq!(parsed.body.attribute("a").and_then(|it| it.expr.literal_text()).as_deref(), Some("${b}"));
        assert!(parsed.body.attribute("resource").is_some());
    }

    #[test]
    fn broken_json_says_what_and_where() {
        let cases = [
            ("{\"a\": 1,}", "Trailing comma in object"),
            ("{\"a\" 1}", "Missing property value colon"),
            ("{\"a\": tru}", "Invalid JSON keyword"),
            ("{\"a\": [1, 2}", "Mismatched brackets"),
            ("{\"a\": 1", "Unclosed object"),
            ("{a: 1}", "Invalid object property name"),
            ("[1]", "Root value must be object"),
            ("{\"a\": \"\\x\"}", "Invalid JSON string"),
            ("{} x", "Extraneous data after value"),
            ("", "Missing value"),
            ("{\"resource\": {\"a\": \"b\"}}", "Incorrect JSON value type"),
            ("{\"locals\": {\"a\": \"${b\"}}", "Unclosed template interpolation sequence"),
        ];
        for (text, summary) in cases {
            let parsed = parse("main.tf.json", text);
            assert_eq!(parsed.diagnostics.first().map(|it| it.summary.as_str()), Some(summary), "{text}");
            assert!(!parsed.broken.is_empty());
        }
        let deep = format!("{{\"locals\": {{\"a\": {}1{}}}}}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(parse("main.tf.json", &deep).diagnostics[0].summary, "Nesting too deep");
    }
}
