//! Type constraints as they are written: `list(object({ a = string, b = optional(number, 1) }))`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::convert::convert;
use super::defaults::Defaults;
use crate::lang::syntax::SourceFile;
use crate::lang::syntax::ast::{Expr, ExprKind};
use crate::lang::value::quote;
use crate::model::diagnostic::Diagnostic;
use crate::model::place::Span;
use crate::model::value::{ObjectType, Str, Type, Value};

/// The type as it would be written in a `variable` block.
pub fn constraint(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "any".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Number => "number".to_owned(),
        Type::String => "string".to_owned(),
        Type::List(element) => format!("list({})", constraint(element)),
        Type::Set(element) => format!("set({})", constraint(element)),
        Type::Map(element) => format!("map({})", constraint(element)),
        Type::Tuple(elements) => {
            format!("tuple([{}])", elements.iter().map(constraint).collect::<Vec<_>>().join(", "))
        }
        Type::Object(object) => {
            let attributes = object.attributes.iter().map(|(name, ty)| {
                let name_text = if is_identifier(name) { name.to_string() } else { quote(name) };
                if object.optional.contains(name) {
                    format!("{name_text} = optional({})", constraint(ty))
                } else {
                    format!("{name_text} = {}", constraint(ty))
                }
            });
            let attributes = attributes.collect::<Vec<_>>();
            if attributes.is_empty() {
                "object({})".to_owned()
            } else {
                format!("object({{ {} }})", attributes.join(", "))
            }
        }
    }
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|char| char.is_alphanumeric() || char == '_' || char == '-')
}

/// The type that a `type =` expression means, and the defaults of its optional attributes.
///
/// # Errors
/// The first thing that is wrong with it, placed.
pub fn parse_type(expr: &Expr, source: &SourceFile) -> Result<(Type, Defaults), Diagnostic> {
    parse(expr, source).map_err(|fault| *fault)
}

fn parse(expr: &Expr, source: &SourceFile) -> Parsed {
    let reader = Reader { source };
    if let Some(text) = expr.literal_text() {
        return Err(reader.quoted(&text, expr));
    }
    match keyword(expr).as_deref() {
        // The forms of before 0.12: any element type, as long as it is one.
        Some("list") => return Ok((Type::list(Type::Dynamic), Defaults::default())),
        Some("map") => return Ok((Type::map(Type::Dynamic), Defaults::default())),
        _ => {}
    }
    reader.read(expr, 0)
}

/// Deeper nesting than this is refused instead of eating the stack.
const DEEPEST: usize = 128;
const INVALID: &str = "Invalid type specification";

type Parsed = Result<(Type, Defaults), Box<Diagnostic>>;

struct Reader<'a> {
    source: &'a SourceFile,
}

fn keyword(expr: &Expr) -> Option<Str> {
    match &expr.kind {
        ExprKind::Literal(value) if value.is_null() => Some("null".into()),
        ExprKind::Literal(value) => value.as_bool().map(|value| if value { "true".into() } else { "false".into() }),
        _ => expr.bare_word().cloned(),
    }
}

impl Reader<'_> {
    fn fault(&self, detail: impl Into<String>, subject: Span) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(INVALID, detail).at(self.source.place(subject)))
    }

    fn quoted(&self, text: &str, expr: &Expr) -> Box<Diagnostic> {
        let deprecated = "Terraform 0.11 and earlier required type constraints to be given in quotes, but that form is now \
                          deprecated and will be removed in a future version of Terraform.";
        let (summary, detail) = match text {
            "string" => {
                ("Invalid quoted type constraints", format!("{deprecated} Remove the quotes around \"string\"."))
            }
            "list" | "map" => (
                "Invalid quoted type constraints",
                format!(
                    "{deprecated} Remove the quotes around \"{text}\" and write {text}(string) instead to explicitly \
                     indicate that the {text} elements are strings."
                ),
            ),
            _ => (
                "Invalid legacy variable type hint",
                "To provide a full type expression, remove the surrounding quotes and give the type expression \
                 directly."
                    .to_owned(),
            ),
        };
        Box::new(Diagnostic::error(summary, detail).at(self.source.place(expr.span)))
    }

    fn read(&self, expr: &Expr, depth: usize) -> Parsed {
        if depth > DEEPEST {
            return Err(self.fault("The type is nested too deeply.", expr.span));
        }
        if let Some(word) = keyword(expr) {
            return self.word(&word, expr);
        }
        let ExprKind::Call { name, args, .. } = &expr.kind else {
            return Err(self.fault(
                "A type specification is either a primitive type keyword (bool, number, string) or a complex type \
                 constructor call, like list(string).",
                expr.span,
            ));
        };
        let arguments = Span::new(name.span.end, expr.span.end);
        let word = &*name.text;
        match word {
            "bool" | "string" | "number" => {
                return Err(
                    self.fault(format!("Primitive type keyword {word:?} does not expect arguments."), arguments)
                );
            }
            "any" => {
                return Err(
                    self.fault(format!("Type constraint keyword {word:?} does not expect arguments."), arguments)
                );
            }
            "optional" => {
                let detail = format!("Keyword {word:?} is valid only as a modifier for object type attributes.");
                return Err(self.fault(detail, name.span));
            }
            _ => {}
        }
        let [argument] = args.as_slice() else {
            let subject = match args.as_slice() {
                [_, second, .., last] => second.span.to(last.span),
                [_, second] => second.span,
                _ => arguments,
            };
            return Err(self.wants(word, subject, expr));
        };
        match word {
            "list" | "set" | "map" => self.collection(word, argument, depth),
            "object" => self.object(argument, depth),
            "tuple" => self.tuple(argument, depth),
            _ => Err(self.fault(format!("Keyword {word:?} is not a valid type constructor."), expr.span)),
        }
    }

    fn word(&self, word: &str, expr: &Expr) -> Parsed {
        let ty = match word {
            "bool" => Type::Bool,
            "string" => Type::String,
            "number" => Type::Number,
            "any" => Type::Dynamic,
            "list" | "set" | "map" | "object" | "tuple" => return Err(self.wants(word, expr.span, expr)),
            _ => {
                let detail = format!("The keyword {word:?} is not a valid type specification.");
                return Err(self.fault(detail, expr.span));
            }
        };
        Ok((ty, Defaults::default()))
    }

    /// What the constructor wants as its one argument.
    fn wants(&self, word: &str, subject: Span, expr: &Expr) -> Box<Diagnostic> {
        let detail = match word {
            "object" => {
                "The object type constructor requires one argument specifying the attribute types and values as a map."
                    .to_owned()
            }
            "tuple" => {
                "The tuple type constructor requires one argument specifying the element types as a list.".to_owned()
            }
            "list" | "set" | "map" => {
                format!("The {word} type constructor requires one argument specifying the element type.")
            }
            _ => return self.fault(format!("Keyword {word:?} is not a valid type constructor."), expr.span),
        };
        self.fault(detail, subject)
    }

    fn collection(&self, word: &str, argument: &Expr, depth: usize) -> Parsed {
        let (element, inner) = self.read(argument, depth + 1)?;
        let ty = match word {
            "list" => Type::list(element),
            "set" => Type::set(element),
            _ => Type::map(element),
        };
        let mut defaults = Defaults { of_elements: true, ..Defaults::default() };
        if !inner.is_empty() {
            defaults.children.insert("".into(), inner);
        }
        Ok((ty, defaults))
    }

    fn tuple(&self, argument: &Expr, depth: usize) -> Parsed {
        let ExprKind::Tuple(elements) = &argument.kind else {
            return Err(self.fault("Tuple type constructor requires a list of element types.", argument.span));
        };
        let mut defaults = Defaults::default();
        let mut types = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            let (ty, inner) = self.read(element, depth + 1)?;
            types.push(ty);
            if !inner.is_empty() {
                defaults.children.insert(at.to_string().into(), inner);
            }
        }
        Ok((Type::tuple(types), defaults))
    }

    fn object(&self, argument: &Expr, depth: usize) -> Parsed {
        let ExprKind::Object(items) = &argument.kind else {
            return Err(self.fault(
                "Object type constructor requires a map whose keys are attribute names and whose values are the \
                 corresponding attribute types.",
                argument.span,
            ));
        };
        let mut object = ObjectType { attributes: BTreeMap::new(), optional: BTreeSet::new() };
        let mut defaults = Defaults::default();
        for item in items {
            let Some(name) = keyword(&item.key) else {
                return Err(self.fault("Object constructor map keys must be attribute names.", item.key.span));
            };
            let (type_expr, modifier) = self.optional(&item.value)?;
            let (ty, inner) = self.read(type_expr, depth + 1)?;
            if let Some(default) = modifier {
                object.optional.insert(name.clone());
                if let Some(default) = default {
                    let value = self.default(default, &ty)?;
                    defaults.values.insert(name.clone(), value);
                }
            }
            if !inner.is_empty() {
                defaults.children.insert(name.clone(), inner);
            }
            object.attributes.insert(name, ty);
        }
        Ok((Type::Object(Arc::new(object)), defaults))
    }

    /// The type inside `optional(…)`, whether it was there, and its default expression.
    fn optional<'e>(&self, expr: &'e Expr) -> Result<(&'e Expr, Option<Option<&'e Expr>>), Box<Diagnostic>> {
        match &expr.kind {
            ExprKind::Call { name, args, .. } if &*name.text == "optional" => match args.as_slice() {
                [ty] => Ok((ty, Some(None))),
                [ty, default] => Ok((ty, Some(Some(default)))),
                [] => Err(self.fault(
                    "Optional attribute modifier requires the attribute type as its argument.",
                    Span::new(name.span.end, expr.span.end),
                )),
                _ => Err(self.fault(
                    "Optional attribute modifier expects at most two arguments: the attribute type, and a default value.",
                    Span::new(name.span.end, expr.span.end),
                )),
            },
            _ => Ok((expr, None)),
        }
    }

    fn default(&self, expr: &Expr, ty: &Type) -> Result<Value, Box<Diagnostic>> {
        let value = constant(expr).ok_or_else(|| {
            let fault = Diagnostic::error("Variables not allowed", "Variables may not be used here.");
            Box::new(fault.at(self.source.place(expr.span)))
        })?;
        convert(&value, ty).map_err(|error| {
            let detail = format!("This default value is not compatible with the attribute's type constraint: {error}.");
            let fault = Diagnostic::error("Invalid default value for optional attribute", detail);
            Box::new(fault.at(self.source.place(expr.span)))
        })?;
        Ok(value)
    }
}

/// The value of an expression without references and calls.
fn constant(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Literal(value) => Some(value.clone()),
        ExprKind::Template(_) => expr.literal_text().map(Value::string),
        ExprKind::Parens(inner) => constant(inner),
        ExprKind::Tuple(items) => items.iter().map(constant).collect::<Option<Vec<_>>>().map(Value::tuple),
        ExprKind::Object(items) => {
            let attributes = items.iter().map(|item| {
                let key = keyword(&item.key).or_else(|| item.key.literal_text())?;
                Some((key, constant(&item.value)?))
            });
            attributes.collect::<Option<Vec<_>>>().map(Value::object)
        }
        ExprKind::Unary { operator: crate::lang::syntax::ast::UnaryOperator::Negate, operand } => {
            constant(operand)?.as_number().map(|number| Value::number(number.neg()))
        }
        _ => None,
    }
}
