//! Text to be read and scrolled over the panes: explanations, raw output, logs, blame, commits, the story of a fault.

use crate::app::key::{KeyCode, KeyPress};
use crate::app::screen::line::{Tone, ToneLine};
use crate::app::wrap::Wrapped;
use crate::model::id::JobId;
use crate::model::place::RepoPath;

/// What is being read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reader {
    /// What it is about.
    pub title: String,
    /// The lines.
    pub lines: Wrapped,
    /// Long lines are broken; where lines are counted they are not.
    pub wraps: bool,
    /// The first line that shows.
    pub offset: usize,
    /// Follows the raw output of a job as it grows.
    pub follows: Option<JobId>,
    /// What `e` opens.
    pub place: Option<(RepoPath, u32)>,
    /// The line that stands out.
    pub marked: Option<usize>,
    /// The search that was typed.
    pub search: Option<String>,
}

impl Reader {
    /// Something to read.
    pub fn new(title: impl Into<String>, lines: Vec<ToneLine>) -> Self {
        Reader {
            title: title.into(),
            lines: Wrapped::new(lines),
            wraps: true,
            offset: 0,
            follows: None,
            place: None,
            marked: None,
            search: None,
        }
    }

    /// Plain lines to read.
    pub fn plain<T: AsRef<str>>(title: impl Into<String>, lines: impl IntoIterator<Item = T>) -> Self {
        let lines = lines.into_iter().map(|line| ToneLine::new(Tone::Text, line.as_ref())).collect();
        Reader::new(title, lines)
    }

    /// Fits the lines into so many cells.
    pub fn fit(&mut self, cells: usize) {
        self.lines.fit(if self.wraps { cells } else { usize::MAX });
    }

    /// Scrolls by a key; false when the key means nothing here.
    pub fn press(&mut self, key: KeyPress, height: usize) -> bool {
        let half = (height / 2).max(1) as isize;
        let page = height.max(1) as isize;
        let far = self.lines.shown.len() as isize;
        let by = match (key.code, key.ctrl) {
            (KeyCode::Char('j'), false) | (KeyCode::Down, _) | (KeyCode::Enter, _) => 1,
            (KeyCode::Char('k'), false) | (KeyCode::Up, _) => -1,
            (KeyCode::Char('d'), true) => half,
            (KeyCode::Char('u'), true) => -half,
            (KeyCode::PageDown, _) | (KeyCode::Char(' '), false) => page,
            (KeyCode::PageUp, _) => -page,
            (KeyCode::Char('g'), false) | (KeyCode::Home, _) => -far,
            (KeyCode::Char('G'), false) | (KeyCode::End, _) => far,
            _ => return false,
        };
        self.scroll(by, height);
        true
    }

    /// Scrolls by so many lines.
    pub fn scroll(&mut self, by: isize, height: usize) {
        let last = self.lines.shown.len().saturating_sub(height);
        self.offset = self.offset.min(last).saturating_add_signed(by).min(last);
        self.follows = self.follows.filter(|_| by > 0 || self.offset == last);
    }

    /// Shows the end, when it follows something that grows.
    pub fn append(&mut self, line: String, height: usize) {
        let at_end = self.offset.saturating_add(height) >= self.lines.shown.len();
        self.lines.push(ToneLine::new(Tone::Text, line));
        if at_end {
            self.offset = self.lines.shown.len().saturating_sub(height);
        }
    }

    /// Goes to the next line that holds the search, forwards or back, around the end.
    pub fn find(&mut self, forwards: bool, height: usize) -> bool {
        let Some(search) = self.search.as_ref().map(|text| text.to_lowercase()) else { return false };
        let count = self.lines.shown.len();
        let start = self.marked.unwrap_or(self.offset).min(count.saturating_sub(1));
        let nth = |step: usize| if forwards { (start + step) % count } else { (start + count - step % count) % count };
        let holds = |at: &usize| self.lines.shown[*at].text.to_lowercase().contains(&search);
        let Some(found) = (1..=count).map(nth).find(holds) else { return false };
        self.marked = Some(found);
        self.offset = found.saturating_sub(height / 3).min(count.saturating_sub(height));
        true
    }
}
