//! What the screen looked like, from one session to the next.

use serde::{Deserialize, Serialize};

use super::world::World;
use crate::app::effect::UiState;
use crate::model::place::RepoPath;

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    stack: Option<String>,
    pane: u8,
    hidden_attributes: Vec<String>,
    draft: String,
}

const FILE: &str = "screen.json";

/// Remembers it. A screen that cannot be remembered is no reason to disturb anybody.
pub fn save(world: &World, state: &UiState) {
    let written = Written {
        version: 1,
        stack: state.stack.as_ref().map(ToString::to_string),
        pane: state.pane,
        hidden_attributes: state.hidden_attributes.clone(),
        draft: state.draft.clone(),
    };
    if let Ok(bytes) = serde_json::to_vec(&written) {
        let _ = world.files.write_atomic(&world.kilter_directory().join(FILE), &bytes, 0o600);
    }
}

/// What is remembered; nothing when it cannot be read.
pub fn load(world: &World) -> Option<UiState> {
    let bytes = world.files.read(&world.kilter_directory().join(FILE)).ok()?;
    let written: Written = serde_json::from_slice(&bytes).ok()?;
    (written.version == 1).then(|| UiState {
        stack: written.stack.map(|path| RepoPath::new(&path)),
        pane: written.pane,
        hidden_attributes: written.hidden_attributes,
        draft: written.draft,
    })
}
