//! Which providers are at hand. A value that is handed in: nothing here knows which ones exist.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Provider;

/// Providers by source address.
#[derive(Clone, Default)]
pub struct Providers {
    by_source: BTreeMap<String, Arc<dyn Provider>>,
}

impl Providers {
    /// These providers.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        Providers { by_source: providers.into_iter().map(|p| (p.source().to_owned(), p)).collect() }
    }

    /// The provider at a source address: `registry.terraform.io/hashicorp/local`.
    pub fn get(&self, source: &str) -> Option<&Arc<dyn Provider>> {
        if let Some(found) = self.by_source.get(source) {
            return Some(found);
        }
        // OpenTofu's registry holds the same providers under the same names.
        let below = source.strip_prefix("registry.opentofu.org/")?;
        self.by_source.get(&format!("registry.terraform.io/{below}"))
    }

    /// All of them by source address.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.by_source.values()
    }
}
