//! Lines out of a stream of bytes.

/// Cuts a stream of bytes into lines for people; what is kept whole is kept elsewhere.
#[derive(Debug, Default)]
pub(super) struct Lines {
    partial: Vec<u8>,
    overlong: bool,
}

/// Longer lines are shown cut.
pub(super) const LINE_LIMIT: usize = 4 << 20;

impl Lines {
    pub(super) fn feed(&mut self, bytes: &[u8], emit: &mut dyn FnMut(&str)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (body, ended) = match piece.strip_suffix(b"\n") {
                Some(body) => (body, true),
                None => (piece, false),
            };
            let room = LINE_LIMIT.saturating_sub(self.partial.len());
            self.overlong |= body.len() > room;
            self.partial.extend_from_slice(&body[..body.len().min(room)]);
            if ended {
                self.finish(emit);
            }
        }
    }

    fn finish(&mut self, emit: &mut dyn FnMut(&str)) {
        if self.partial.last() == Some(&b'\r') {
            self.partial.pop();
        }
        let text = String::from_utf8_lossy(&self.partial);
        if self.overlong {
            emit(&format!("{text}…"))
        } else {
            emit(&text)
        }
        self.partial.clear();
        self.overlong = false;
    }

    pub(super) fn end(&mut self, emit: &mut dyn FnMut(&str)) {
        if !self.partial.is_empty() {
            self.finish(emit);
        }
    }
}
