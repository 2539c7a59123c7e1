//! Drawing lines of text into the buffer: cleaned, shortened where they may be, right parts at the right edge.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::layout::Area;
use crate::ui::look::Look;
use crate::ui::text::{ascii, clean, cut, middle, width};
use crate::ui::theme::Role;

/// How a part gives way when a line is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shrink {
    /// It does not.
    Never,
    /// Its end is cut.
    End,
    /// Its middle is cut: paths and addresses.
    Middle,
    /// It is left out as a whole.
    Drop,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    text: String,
    style: Style,
    shrink: Shrink,
}

/// A line in the making.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    left: Vec<Part>,
    right: Vec<Part>,
}

/// The least that a shortened part keeps.
const LEAST: usize = 6;

/// Draws into a buffer with a look.
pub struct Pen<'a> {
    /// Where to.
    pub buffer: &'a mut Buffer,
    /// How.
    pub look: &'a Look,
}

/// The terminal library's rectangle.
pub fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}

impl Row {
    /// An empty line.
    pub fn new() -> Self {
        Row::default()
    }

    /// The line with one more piece.
    #[must_use]
    pub fn push(mut self, text: impl Into<String>, style: Style, shrink: Shrink) -> Self {
        let text: String = text.into();
        if !text.is_empty() {
            self.left.push(Part { text, style, shrink });
        }
        self
    }

    /// The line with a piece that keeps its length.
    #[must_use]
    pub fn fixed(self, text: impl Into<String>, style: Style) -> Self {
        self.push(text, style, Shrink::Never)
    }

    /// The line with a piece at the right edge.
    #[must_use]
    pub fn right(mut self, text: impl Into<String>, style: Style) -> Self {
        let text: String = text.into();
        if !text.is_empty() {
            self.right.push(Part { text, style, shrink: Shrink::Never });
        }
        self
    }

    /// The cells it wants.
    pub fn wants(&self) -> usize {
        let sum = |parts: &[Part]| parts.iter().map(|part| width(&part.text)).sum::<usize>();
        let gap = !self.right.is_empty() && !self.left.is_empty();
        sum(&self.left) + sum(&self.right) + usize::from(gap)
    }

    /// The line without what stands at its right edge.
    #[must_use]
    pub fn without_right(mut self) -> Self {
        self.right.clear();
        self
    }

    /// What stands at the left, and what stands at the right edge.
    pub fn halves(self) -> (Row, Row) {
        (Row { left: self.left, right: Vec::new() }, Row { left: Vec::new(), right: self.right })
    }

    fn settle(&mut self, cells: usize, plain: bool) {
        for part in self.left.iter_mut().chain(&mut self.right) {
            let cleaned = clean(&part.text);
            let text = if plain { ascii(&cleaned).into_owned() } else { cleaned.into_owned() };
            part.text = text;
        }
        self.drop_parts(cells);
        for least in [LEAST * 2, LEAST, 1] {
            for index in (0..self.left.len()).rev() {
                let over = self.wants().saturating_sub(cells);
                if over == 0 {
                    return;
                }
                let part = &mut self.left[index];
                let now = width(&part.text);
                let target = now.saturating_sub(over).max(least);
                if target < now {
                    part.text = match part.shrink {
                        Shrink::Middle => middle(&part.text, target).into_owned(),
                        Shrink::End => cut(&part.text, target).into_owned(),
                        Shrink::Never | Shrink::Drop => continue,
                    };
                }
            }
        }
        if self.wants() > cells {
            self.right.clear();
        }
    }

    /// Leaves droppable parts out, the last first.
    fn drop_parts(&mut self, cells: usize) {
        while self.wants() > cells {
            match self.left.iter().rposition(|part| part.shrink == Shrink::Drop) {
                Some(at) => {
                    self.left.remove(at);
                }
                None => return,
            }
        }
    }
}

impl Pen<'_> {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.look.theme.style(role)
    }

    /// Writes text that is clean already, at most so many cells; gives back how many it took.
    pub fn raw(&mut self, x: u16, y: u16, text: &str, cells: u16, style: Style) -> u16 {
        let area = self.buffer.area;
        if cells == 0 || y < area.y || y >= area.bottom() || x < area.x || x >= area.right() {
            return 0;
        }
        let (end, _) = self.buffer.set_stringn(x, y, text, usize::from(cells), style);
        end.saturating_sub(x)
    }

    /// Writes text of any origin, cut at the end when it does not fit.
    pub fn text(&mut self, x: u16, y: u16, text: &str, cells: u16, style: Style) -> u16 {
        let cleaned = clean(text);
        let text = if self.look.plain { ascii(&cleaned) } else { cleaned };
        let fitted = cut(&text, usize::from(cells));
        let fitted = if self.look.plain { ascii(&fitted).into_owned() } else { fitted.into_owned() };
        self.raw(x, y, &fitted, cells, style)
    }

    /// Writes a line.
    pub fn row(&mut self, x: u16, y: u16, cells: u16, mut row: Row) {
        row.settle(usize::from(cells), self.look.plain);
        let mut at = x;
        let end = x + cells;
        for (index, part) in row.left.iter().enumerate() {
            let room = end.saturating_sub(at);
            let last = index + 1 == row.left.len();
            let fits = width(&part.text) <= usize::from(room);
            let text = if fits || !last { part.text.clone() } else { cut(&part.text, usize::from(room)).into_owned() };
            let text = if self.look.plain { ascii(&text).into_owned() } else { text };
            at += self.raw(at, y, &text, room, part.style);
        }
        let wide: usize = row.right.iter().map(|part| width(&part.text)).sum();
        let mut at = end.saturating_sub(wide as u16);
        for part in &row.right {
            let text = if self.look.plain { ascii(&part.text).into_owned() } else { part.text.clone() };
            at += self.raw(at, y, &text, end.saturating_sub(at), part.style);
        }
    }

    /// Fills an area with blanks of a style.
    pub fn clear(&mut self, area: Area, style: Style) {
        let blank = " ".repeat(usize::from(area.width));
        for y in area.y..area.y + area.height {
            self.raw(area.x, y, &blank, area.width, style);
            self.buffer.set_style(rect(Area::new(area.x, y, area.width, 1)).intersection(self.buffer.area), style);
        }
    }

    /// Lays a style over what is drawn already.
    pub fn tint(&mut self, area: Area, style: Style) {
        self.buffer.set_style(rect(area).intersection(self.buffer.area), style);
    }
}
