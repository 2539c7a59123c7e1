//! The syntax tree of the HCL native syntax (and what `.tf.json` is read into), byte spans everywhere.
//!
//! Follows the HCL specification, https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md. Spans are byte offsets
//! into the [`super::SourceFile`] that the tree was parsed from. What names mean is for `engine` to say.

use std::sync::Arc;

use crate::model::place::Span;
use crate::model::value::{Str, Value};

/// What stands between the braces of a block, or in a whole file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body {
    /// Arguments and blocks in the order they are written.
    pub items: Vec<Item>,
    /// From after the opening brace to before the closing one.
    pub span: Span,
}

/// One item of a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `name = expression`
    Attribute(Attribute),
    /// `kind "label" { … }`
    Block(Arc<Block>),
}

/// `name = expression`
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// The expression; what was decoded shares it.
    pub expr: Arc<Expr>,
    /// All of it.
    pub span: Span,
}

/// `kind "label" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The word that opens it.
    pub kind: Name,
    /// Its labels, quoted or bare.
    pub labels: Vec<Name>,
    /// What it holds.
    pub body: Body,
    /// The kind and the labels, without the brace.
    pub header: Span,
    /// All of it, to the closing brace.
    pub span: Span,
}

/// A name with its place. For a quoted label the span includes the quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: Str,
    /// Where it stands.
    pub span: Span,
}

/// An expression with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A number, `true`, `false` or `null`; also every constant of `.tf.json`.
    Literal(Value),
    /// A quoted template or a heredoc. A quoted string without interpolation is one [`TemplatePart::Text`] (or none).
    Template(Template),
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{a = b}`
    Object(Vec<ObjectItem>),
    /// `name.step[0].step`: a root name and whatever constant steps follow.
    Traversal(Traversal),
    /// Steps after an expression that is no traversal: `f(x).a[0]`.
    Relative {
        /// What the steps go into.
        source: Box<Expr>,
        /// The steps; never empty.
        steps: Vec<Step>,
    },
    /// `collection[key]` where the key is not a constant.
    Index {
        /// What is indexed.
        collection: Box<Expr>,
        /// The key.
        key: Box<Expr>,
    },
    /// `source.*.a` or `source[*].a`
    Splat {
        /// What is splatted.
        source: Box<Expr>,
        /// `[*]` takes any following step along, `.*` only attributes.
        full: bool,
        /// What is applied to each element: an expression over [`ExprKind::SplatElement`].
        each: Box<Expr>,
        /// The `.*` or `[*]` itself.
        marker: Span,
    },
    /// Stands in [`ExprKind::Splat::each`] for the element.
    SplatElement,
    /// `name(args)`, `provider::ns::name(args)`
    Call {
        /// The name with its namespace joined by `::`.
        name: Name,
        /// The arguments.
        args: Vec<Expr>,
        /// The last argument is followed by `...`.
        expand: bool,
    },
    /// `condition ? yes : no`
    Conditional {
        /// The condition.
        condition: Box<Expr>,
        /// If it is true.
        yes: Box<Expr>,
        /// If it is false.
        no: Box<Expr>,
    },
    /// `left op right`
    Binary {
        /// The operator.
        operator: BinaryOperator,
        /// Its left side.
        left: Box<Expr>,
        /// Its right side.
        right: Box<Expr>,
    },
    /// `-x`, `!x`
    Unary {
        /// The operator.
        operator: UnaryOperator,
        /// What it is applied to.
        operand: Box<Expr>,
    },
    /// `(x)`
    Parens(Box<Expr>),
    /// `[for k, v in c : e if f]` or `{for k, v in c : key => value... if f}`
    For(Box<ForExpr>),
}

/// `key = value` in an object.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectItem {
    /// The key. A bare word is an [`ExprKind::Traversal`] of its root alone and means its own name;
    /// `(word)` is [`ExprKind::Parens`] and means the value.
    pub key: Expr,
    /// The value.
    pub value: Expr,
}

/// A `for` expression.
#[derive(Debug, Clone, PartialEq)]
pub struct ForExpr {
    /// The first of two variables.
    pub key_variable: Option<Name>,
    /// The last variable.
    pub value_variable: Name,
    /// What is iterated over.
    pub collection: Expr,
    /// `Some` makes an object.
    pub key: Option<Expr>,
    /// The element's value.
    pub value: Expr,
    /// `if …`
    pub condition: Option<Expr>,
    /// `...` after the value: group by key.
    pub group: bool,
    /// The part from `for` to the colon.
    pub intro: Span,
}

/// A root name and steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Traversal {
    /// The first name.
    pub root: Name,
    /// What follows it.
    pub steps: Vec<Step>,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Which.
    pub kind: StepKind,
    /// With its dot or brackets.
    pub span: Span,
}

/// The constant steps.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// `.name`
    Attribute(Str),
    /// `["key"]`, `[0]` or the legacy `.0`: a known string or number.
    Index(Value),
}

/// `+ - * / % && || == != < <= > >=`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

/// `-` and `!`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// A template: literal text, interpolations and directives in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The parts; strip markers (`~`) and the flush heredoc's (`<<-`) indentation are already applied to the text.
    pub parts: Vec<TemplatePart>,
    /// Whether it was written as a heredoc.
    pub heredoc: bool,
}

/// One part of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    /// Literal text with escapes resolved, in normal form C.
    Text {
        /// The text.
        text: Str,
        /// Where it stands.
        span: Span,
    },
    /// `${expression}`. A template that is this part alone keeps the expression's type.
    Interpolation {
        /// The expression.
        expr: Expr,
        /// With its `${` and `}`.
        span: Span,
    },
    /// `%{ if condition }…%{ else }…%{ endif }`
    If {
        /// The condition.
        condition: Expr,
        /// If it is true.
        yes: Vec<TemplatePart>,
        /// If it is false.
        no: Vec<TemplatePart>,
        /// From `%{ if` to the end of `endif }`.
        span: Span,
    },
    /// `%{ for k, v in c }…%{ endfor }`
    For {
        /// The first of two variables.
        key_variable: Option<Name>,
        /// The last variable.
        value_variable: Name,
        /// What is iterated over.
        collection: Expr,
        /// What is repeated.
        body: Vec<TemplatePart>,
        /// From `%{ for` to the end of `endfor }`.
        span: Span,
    },
}

impl Body {
    /// The attribute `name`, when it is written here.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes().find(|attribute| &*attribute.name.text == name)
    }

    /// All attributes in order.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.items.iter().filter_map(|item| match item {
            Item::Attribute(attribute) => Some(attribute),
            Item::Block(_) => None,
        })
    }

    /// All blocks in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Arc<Block>> {
        self.items.iter().filter_map(|item| match item {
            Item::Block(block) => Some(block),
            Item::Attribute(_) => None,
        })
    }

    /// All blocks of one kind.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Arc<Block>> + 'a {
        self.blocks().filter(move |block| &*block.kind.text == kind)
    }
}

impl Expr {
    /// The text of a quoted string without interpolation.
    pub fn literal_text(&self) -> Option<Str> {
        match &self.kind {
            ExprKind::Template(template) => match template.parts.as_slice() {
                [] => Some(Str::from("")),
                [TemplatePart::Text { text, .. }] => Some(text.clone()),
                _ => None,
            },
            ExprKind::Literal(value) => value.as_str().map(Str::from),
            _ => None,
        }
    }

    /// The word, when the expression is one bare word.
    pub fn bare_word(&self) -> Option<&Str> {
        match &self.kind {
            ExprKind::Traversal(traversal) if traversal.steps.is_empty() => Some(&traversal.root.text),
            _ => None,
        }
    }
}
