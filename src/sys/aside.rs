//! A file that is written aside and then takes another one's place: whole at every moment, and nobody else's.
//!
//! Its name cannot be foretold and it must not exist yet, so that nobody can put a link there beforehand, and two
//! writers of the same file do not get into each other's way.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::chance;

/// The file aside. It is removed again when it did not take the place.
pub(super) struct Aside {
    file: Option<File>,
    at: PathBuf,
    place: PathBuf,
}

/// Of a longer name only the beginning is taken over, so that the name aside is none too long.
const LONGEST: usize = 100;

impl Aside {
    /// An empty file beside `place`, which nobody with less than `mode` can read.
    pub(super) fn of(place: &Path, mode: u32) -> io::Result<Self> {
        let name = place.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let begun: String = name.to_string_lossy().chars().take(LONGEST / 4).collect();
        let mut chosen = [0; 6];
        chance::fill(&mut chosen);
        let chosen: String = chosen.iter().map(|byte| format!("{byte:02x}")).collect();
        let at = place.with_file_name(format!(".{begun}.{chosen}.kilter"));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(&at)?;
        Ok(Aside { file: Some(file), at, place: place.to_owned() })
    }

    /// To write into.
    pub(super) fn file(&mut self) -> &mut File {
        self.file.as_mut().expect("it is there until it takes the place")
    }

    /// Puts it where it belongs.
    pub(super) fn takes_the_place(mut self) -> io::Result<File> {
        fs::rename(&self.at, &self.place)?;
        Ok(self.file.take().expect("it takes the place once"))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if self.file.is_some() {
            let _ = fs::remove_file(&self.at);
        }
    }
}
