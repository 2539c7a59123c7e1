//! The declared name that somebody probably meant: shared by the rules about names that nobody declares.

use crate::lang::expr::suggest;

/// `; did you mean "name"?`, when a declared name is close.
pub(super) fn hint<'a>(name: &str, declared: impl IntoIterator<Item = &'a str>) -> String {
    suggest(name, declared).map(|known| format!("; did you mean \"{known}\"?")).unwrap_or_default()
}
