//! The providers that Kilter brings along.

use std::sync::Arc;

use super::http::Http;
use super::local::Local;
use super::null::NullProvider;
use super::random::Random;
use super::registry::Providers;
use super::terraform::Terraform;

/// All of them. Cheap: schemas are built when somebody asks for them.
pub fn builtin() -> Providers {
    Providers::new([
        Arc::new(Terraform::default()) as Arc<dyn super::Provider>,
        Arc::new(Local::default()),
        Arc::new(Random::default()),
        Arc::new(NullProvider::default()),
        Arc::new(Http::default()),
    ])
}
