//! The providers that Kilter brings along.

use std::sync::Arc;

use super::archive::Archive;
use super::external::External;
use super::http::Http;
use super::local::Local;
use super::null::NullProvider;
use super::random::Random;
use super::registry::Providers;
use super::terraform::Terraform;
use super::time::Time;
use super::tls::Tls;

/// All of them. Cheap: schemas are built when somebody asks for them.
pub fn builtin() -> Providers {
    Providers::new([
        Arc::new(Terraform::default()) as Arc<dyn super::Provider>,
        Arc::new(Local::default()),
        Arc::new(Random::default()),
        Arc::new(NullProvider::default()),
        Arc::new(Http::default()),
        Arc::new(Time::default()),
        Arc::new(Tls::default()),
        Arc::new(External::default()),
        Arc::new(Archive::default()),
    ])
}
