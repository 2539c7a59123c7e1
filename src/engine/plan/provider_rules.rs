//! The configurations of built-in providers: their arguments judged by the provider's schema.

use std::collections::BTreeSet;

use crate::engine::plan::body::{Frame, Items, decode};
use crate::engine::plan::planner::Planner;
use crate::engine::query::scope::Each;
use crate::engine::query::session::Query;
use crate::model::value::Str;

/// Reports what is wrong with the configurations that resources use.
pub fn judge(planner: &Planner<'_>, query: &Query<'_>) {
    let config = query.config;
    if config.nodes.iter().all(|node| node.module.providers.is_empty()) {
        return;
    }
    let mut used: BTreeSet<(usize, Str, Option<Str>)> = BTreeSet::new();
    for (node, declared) in config.nodes.iter().enumerate() {
        for resource in &declared.module.resources {
            let at = config.provider(node, &resource.provider);
            used.insert((at.node, at.source, at.alias));
        }
    }
    for (node, declared) in config.nodes.iter().enumerate() {
        for provider in &declared.module.providers {
            let reference = &provider.reference;
            let source = declared.module.provider_source(&reference.local_name);
            let key = (node, source, reference.alias.clone());
            let Some(known) = planner.providers.get(&key.1).filter(|_| used.contains(&key)) else { continue };
            let Some(scope) = query.scopes_of(node).first().cloned() else { continue };
            let each = Each::default();
            let frame = Frame::new(query, &scope, &each);
            let decoded = decode(&Items::of(&provider.content), &known.schema().provider, &frame);
            query.report(decoded.diagnostics);
        }
    }
}
