//! Random valid files, as ugly as the grammar allows: blanks, line ends and comments wherever they may stand, every
//! form of expression, block and template. What is generated is valid by construction; terraform is the judge of it.

use crate::lang_syntax::Dice;

/// Where a piece of text stands: what may separate its tokens.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    /// On a line of a body: a line end would end the item.
    Line,
    /// In brackets: line ends and line comments are blanks.
    Brackets,
}

const WORDS: &[&str] =
    &["a", "b1", "long_name", "é", "x-y", "for", "in", "if", "null", "self", "count", "日本", "e\u{301}"];
const ROOTS: &[&str] = &["var.a", "local.x", "each.value", "data.t.n", "module.m[0].out", "x", "a.b.c", "path.module"];
const NUMBERS: &[&str] = &["0", "1", "42", "1.5", "1e5", "2.5E-3", "007"];
const OPERATORS: &[&str] = &["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];
const TEXTS: &[&str] =
    &["x", "hello world", "é", "$", "%", "$${a}", "%%{b}", "\\n", "\\\"", "\\u00e9", "=", "# no", "{", "日本", "👩‍👩‍👧"];
const COMMENTS: &[&str] = &["c", " c", " a = 1", " é", "", " \"q\"", " }", " <<E", "\tt\t"];

/// A file.
pub fn ugly_file(dice: &mut Dice) -> String {
    let mut file = Ugly { dice, out: String::new(), heredocs: 0 };
    if file.dice.one_in(30) {
        file.out.push('\u{feff}');
    }
    file.items(2, 0);
    if file.dice.one_in(12) && file.out.ends_with('\n') && !file.has_heredoc() {
        file.out.pop();
    }
    let text = file.out;
    match dice.roll(12) {
        0 => text.replace('\n', "\r\n"),
        _ => text,
    }
}

struct Ugly<'a> {
    dice: &'a mut Dice,
    out: String,
    heredocs: usize,
}

impl Ugly<'_> {
    fn has_heredoc(&self) -> bool {
        self.heredocs > 0
    }

    fn pick(&mut self, from: &[&str]) -> String {
        from[self.dice.roll(from.len())].to_owned()
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn put_one_of(&mut self, from: &[&str]) {
        let text = self.pick(from);
        self.put(&text);
    }

    /// Blanks, comments and line ends, or nothing.
    fn gap(&mut self, within: Within) {
        if self.out.ends_with('/') {
            // A division and a comment after it would be another comment.
            self.put(" ");
        }
        match self.dice.roll(if within == Within::Brackets { 26 } else { 20 }) {
            0..=7 => {}
            8..=14 => self.put(" "),
            15 => self.put("   "),
            16 => self.put("\t"),
            17 | 18 if self.dice.one_in(3) => {
                let comment = self.pick(COMMENTS);
                self.put(&format!("/*{comment}*/"));
            }
            19 if self.dice.one_in(6) => self.put(" /* two\n   lines */ "),
            20 | 21 => self.put("\n"),
            22 => self.put("\n\n    "),
            23 | 24 if self.dice.one_in(2) => self.line_comment(),
            25 => self.put("  \n"),
            _ => self.put(" "),
        }
    }

    /// As a gap, but two words never run together.
    fn space(&mut self, within: Within) {
        self.gap(within);
        if !self.out.ends_with([' ', '\n', '\t', '/']) || self.out.ends_with("x/") {
            self.put(" ");
        }
    }

    fn line_comment(&mut self) {
        let sign = self.pick(&["#", "//", " # ", "  //"]);
        let comment = self.pick(COMMENTS);
        self.put(&format!("{sign}{comment}\n"));
    }

    fn word(&mut self) {
        self.put_one_of(WORDS);
    }

    fn items(&mut self, depth: usize, level: usize) {
        for _ in 0..1 + self.dice.roll(5) {
            self.indent(level);
            match self.dice.roll(12) {
                0 => self.line_comment(),
                1 => self.put("\n"),
                2 => {
                    let comment = self.pick(COMMENTS);
                    self.put(&format!("/*{comment}*/"));
                    self.put_one_of(&["\n", " \n", " /* d */\n"]);
                }
                3..=5 if depth > 0 => self.block(depth, level),
                6 if depth > 0 => self.one_line_block(),
                7 if level == 0 => self.variable(),
                _ => self.attribute(),
            }
        }
    }

    fn indent(&mut self, level: usize) {
        let blanks = match self.dice.roll(4) {
            0 => self.dice.roll(7),
            _ => 2 * level,
        };
        self.put(&" ".repeat(blanks));
    }

    /// Names are numbered, since a body may set each only once.
    fn attribute(&mut self) {
        let number = self.dice.roll(1_000_000);
        let name = self.pick(&["a", "long_name_", "é", "x-"]);
        self.put(&format!("{name}{number}"));
        self.gap(Within::Line);
        self.put("=");
        self.gap(Within::Line);
        if self.dice.one_in(9) {
            self.heredoc();
        } else {
            self.expression(3, Within::Line);
            self.end_of_line();
        }
    }

    fn end_of_line(&mut self) {
        match self.dice.roll(6) {
            0 => self.line_comment(),
            1 => self.put("  \n"),
            2 if self.dice.one_in(2) => self.put(" /* e */\n"),
            _ => self.put("\n"),
        }
    }

    fn variable(&mut self) {
        let number = self.dice.roll(1_000_000);
        self.put(&format!("variable v{number} {{\n type=  "));
        self.put_one_of(&[
            "string",
            "\"string\"",
            "list",
            "\"list\"",
            "\"map\"",
            "map",
            "set",
            "list( string )",
            "\"any\"",
            "any",
            "object({a=string,b = optional( number,1)})",
            "map(\n any)",
            "\"${list}\"",
            "tuple( [string ,any])",
        ]);
        self.end_of_line();
        self.put("default   = 1\n}\n");
    }

    fn header(&mut self) {
        self.put_one_of(&["resource", "b", "dynamic", "locals", "x-y"]);
        for _ in 0..self.dice.roll(3) {
            self.put_one_of(&[" ", "  ", " ", "\t"]);
            self.put_one_of(&["\"l\"", "\"a b\"", "bare", "\"é\"", "\"\"", "\"q\\\"q\"", "\"x.y\"", "\"\\u00e9\""]);
        }
        self.put_one_of(&[" ", "", "   "]);
    }

    fn block(&mut self, depth: usize, level: usize) {
        self.header();
        self.put("{");
        match self.dice.roll(8) {
            0 => self.put(" }"),
            1 => self.put("}"),
            2 => self.put("\n\n}"),
            _ => {
                self.end_of_line();
                self.items(depth - 1, level + 1);
                self.indent(level);
                self.put("}");
            }
        }
        self.end_of_line();
    }

    fn one_line_block(&mut self) {
        self.header();
        self.put("{");
        self.gap(Within::Line);
        self.word();
        self.gap(Within::Line);
        self.put("=");
        self.gap(Within::Line);
        self.expression(2, Within::Line);
        self.gap(Within::Line);
        self.put("}");
        self.end_of_line();
    }

    fn expression(&mut self, depth: usize, within: Within) {
        if depth == 0 {
            return self.simple();
        }
        match self.dice.roll(22) {
            0..=4 => self.simple(),
            5 | 6 => self.quoted(depth - 1),
            7 | 8 => self.list(depth - 1),
            9..=11 => self.object(depth - 1),
            12 | 13 => self.call(depth - 1),
            14 => self.bracketed("(", ")", |ugly| ugly.expression(depth - 1, Within::Brackets)),
            15 | 16 => self.binary(depth - 1, within),
            17 => self.conditional(depth - 1, within),
            18 => {
                self.put_one_of(&["!", "-", "! ", "- "]);
                self.expression(depth - 1, within);
            }
            19 => self.steps(depth - 1, within),
            20 => self.for_expression(depth - 1),
            _ if within == Within::Brackets && self.dice.one_in(3) => self.heredoc(),
            _ => self.wrapped(depth - 1),
        }
    }

    fn simple(&mut self) {
        match self.dice.roll(5) {
            0 => self.put_one_of(NUMBERS),
            1 => self.put_one_of(&["true", "false", "null"]),
            2 => self.put_one_of(&["\"\"", "\"x\"", "\"a b\""]),
            _ => self.put_one_of(ROOTS),
        }
    }

    fn bracketed(&mut self, open: &str, close: &str, inside: impl FnOnce(&mut Self)) {
        self.put(open);
        self.gap(Within::Brackets);
        inside(self);
        self.gap(Within::Brackets);
        self.put(close);
    }

    fn list(&mut self, depth: usize) {
        let count = self.dice.roll(4);
        self.bracketed("[", "]", |ugly| ugly.sequence(count, depth));
    }

    fn sequence(&mut self, count: usize, depth: usize) {
        for index in 0..count {
            self.expression(depth, Within::Brackets);
            self.gap(Within::Brackets);
            if index + 1 < count || self.dice.one_in(4) {
                self.put(",");
                self.gap(Within::Brackets);
            }
        }
    }

    fn object(&mut self, depth: usize) {
        self.put("{");
        self.gap(Within::Brackets);
        for _ in 0..self.dice.roll(4) {
            match self.dice.roll(5) {
                0 => self.quoted(0),
                1 => self.bracketed("(", ")", |ugly| ugly.simple()),
                2 => self.put_one_of(NUMBERS),
                _ => self.put_one_of(&["k", "key", "longer_key", "é", "null"]),
            }
            self.gap(Within::Line);
            self.put_one_of(&["=", "=", "=", ":"]);
            self.gap(Within::Line);
            if self.dice.one_in(12) {
                self.heredoc();
                continue;
            }
            self.expression(depth, Within::Line);
            match self.dice.roll(5) {
                0 => self.put(","),
                1 => self.put(",\n"),
                2 => self.put(" , "),
                _ => self.end_of_line(),
            }
        }
        self.blanks();
        self.put("}");
    }

    fn blanks(&mut self) {
        self.put_one_of(&["", " ", "  ", "\n", "    "]);
    }

    fn call(&mut self, depth: usize) {
        self.put_one_of(&["f", "merge", "jsonencode", "core::f", "provider::p::g"]);
        self.put_one_of(&["", "", "", " "]);
        let count = self.dice.roll(4);
        let expand = count > 0 && self.dice.one_in(6);
        self.bracketed("(", ")", |ugly| {
            if expand {
                ugly.expression(depth, Within::Brackets);
                ugly.put_one_of(&["...", " ..."]);
            } else {
                ugly.sequence(count, depth);
            }
        });
    }

    fn binary(&mut self, depth: usize, within: Within) {
        self.expression(depth, within);
        for _ in 0..1 + self.dice.roll(2) {
            self.space(within);
            self.put_one_of(OPERATORS);
            self.space(within);
            self.expression(depth.min(1), within);
        }
    }

    fn conditional(&mut self, depth: usize, within: Within) {
        self.expression(depth, within);
        self.gap(within);
        self.put("?");
        self.gap(within);
        self.expression(depth, within);
        self.gap(within);
        self.put_one_of(&[":", " :", " : "]);
        self.space(within);
        self.expression(depth, within);
    }

    fn steps(&mut self, depth: usize, within: Within) {
        match self.dice.roll(3) {
            0 => self.call(depth),
            1 => self.bracketed("(", ")", |ugly| ugly.expression(depth, Within::Brackets)),
            _ => self.put_one_of(ROOTS),
        }
        // A splat of attributes cannot hold another one.
        let mut splat = false;
        for _ in 0..1 + self.dice.roll(3) {
            if self.dice.one_in(12) && within == Within::Brackets {
                self.put(" ");
            }
            match self.dice.roll(6) {
                0 => self.put("[0]"),
                1 => self.bracketed("[", "]", |ugly| ugly.expression(depth, Within::Brackets)),
                2 => self.put("[ \"k\" ]"),
                3 if !splat => {
                    splat = true;
                    self.put_one_of(&["[*]", "[ * ]", ".*"]);
                }
                _ => self.put_one_of(&[".name", " . name", ".é", ". b"]),
            }
        }
    }

    fn for_expression(&mut self, depth: usize) {
        let object = self.dice.one_in(2);
        self.put(if object { "{" } else { "[" });
        self.gap(Within::Brackets);
        self.put("for");
        self.space(Within::Brackets);
        if self.dice.one_in(2) {
            self.put("k");
            self.gap(Within::Line);
            self.put(",");
            self.gap(Within::Line);
        }
        self.put("v");
        self.space(Within::Brackets);
        self.put("in");
        self.space(Within::Brackets);
        self.expression(depth, Within::Brackets);
        self.gap(Within::Brackets);
        self.put_one_of(&[":", " :"]);
        self.gap(Within::Brackets);
        self.expression(depth, Within::Brackets);
        if object {
            self.gap(Within::Brackets);
            self.put("=>");
            self.gap(Within::Brackets);
            self.expression(depth, Within::Brackets);
            if self.dice.one_in(4) {
                self.put_one_of(&["...", " ..."]);
            }
        }
        if self.dice.one_in(3) {
            self.space(Within::Brackets);
            self.put("if");
            self.space(Within::Brackets);
            self.expression(depth, Within::Brackets);
        }
        self.gap(Within::Brackets);
        self.put(if object { "}" } else { "]" });
    }

    fn quoted(&mut self, depth: usize) {
        self.put("\"");
        for _ in 0..self.dice.roll(4) {
            match self.dice.roll(6) {
                0 | 1 => self.interpolation(depth),
                2 if depth > 0 => self.directive(depth),
                _ => self.text(),
            }
        }
        self.put("\"");
    }

    /// A sign before a brace would be a sequence, and a backslash before a quote an escape.
    fn text(&mut self) {
        let text = self.pick(TEXTS);
        let joins = self.out.ends_with(['$', '%']) && (text.starts_with(['{', '$', '%']));
        if joins {
            self.put(" ");
        }
        self.put(&text);
    }

    /// `"${x}"`, which formatting unwraps.
    fn wrapped(&mut self, depth: usize) {
        self.put("\"");
        self.interpolation(depth);
        self.put("\"");
    }

    fn interpolation(&mut self, depth: usize) {
        if self.out.ends_with(['$', '%']) {
            self.put(" ");
        }
        self.put_one_of(&["${", "${", "${", "${~"]);
        self.gap(Within::Brackets);
        self.expression(depth, Within::Brackets);
        self.gap(Within::Brackets);
        self.put_one_of(&["}", "}", "}", "~}"]);
    }

    fn directive(&mut self, depth: usize) {
        if self.out.ends_with(['$', '%']) {
            self.put(" ");
        }
        match self.dice.roll(2) {
            0 => {
                self.put_one_of(&["%{if ", "%{ if ", "%{~  if "]);
                self.expression(depth - 1, Within::Brackets);
                self.put_one_of(&["}", " }", " ~}"]);
                self.text();
                if self.dice.one_in(2) {
                    self.put_one_of(&["%{else}", "%{ else }", "%{~ else ~}"]);
                    self.text();
                }
                if self.out.ends_with(['$', '%']) {
                    self.put(" ");
                }
                self.put_one_of(&["%{endif}", "%{ endif }", "%{  endif ~}"]);
            }
            _ => {
                self.put_one_of(&["%{for k,v in ", "%{ for v in  ", "%{~ for v in "]);
                self.expression(depth - 1, Within::Brackets);
                self.put_one_of(&["}", " }", " ~}"]);
                self.text();
                if self.out.ends_with(['$', '%']) {
                    self.put(" ");
                }
                self.put_one_of(&["%{endfor}", "%{ endfor }", "%{  endfor ~}"]);
            }
        }
    }

    /// Ends with its own line end.
    fn heredoc(&mut self) {
        self.heredocs += 1;
        let marker = format!("E{}", self.heredocs);
        let flush = self.dice.one_in(2);
        self.put(if flush { "<<-" } else { "<<" });
        self.put(&marker);
        self.put("\n");
        for _ in 0..self.dice.roll(4) {
            self.put_one_of(&["", "  ", "      ", "\t"]);
            for _ in 0..self.dice.roll(4) {
                match self.dice.roll(5) {
                    0 => self.interpolation(1),
                    1 if self.dice.one_in(2) => self.directive(1),
                    _ => self.text(),
                }
            }
            self.put("\n");
        }
        self.put_one_of(&["", "  ", "      "]);
        self.put(&marker);
        self.put("\n");
    }
}
