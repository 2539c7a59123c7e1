//! The arguments of provisioners: which there are, and what is wrong with them before anything is known.

use std::collections::BTreeMap;

use crate::engine::module::declared::Resource;
use crate::engine::plan::body::{Frame, Items, decode};
use crate::engine::query::session::Query;
use crate::model::address::ResourceInstanceAddress;
use crate::model::schema::{AttributeSchema, BlockSchema};
use crate::model::value::{Type, Value};

/// The arguments of a kind of provisioner; `None` for kinds that there are not.
pub fn schema(kind: &str) -> Option<BlockSchema> {
    let list = || Type::list(Type::String);
    let arguments = match kind {
        "local-exec" => vec![
            ("command", Type::String, true),
            ("interpreter", list(), false),
            ("working_dir", Type::String, false),
            ("environment", Type::map(Type::String), false),
            ("quiet", Type::Bool, false),
        ],
        "remote-exec" => vec![("inline", list(), false), ("script", Type::String, false), ("scripts", list(), false)],
        "file" => {
            vec![("source", Type::String, false), ("content", Type::String, false), ("destination", Type::String, true)]
        }
        _ => return None,
    };
    let attribute = |(name, ty, required): (&str, Type, bool)| {
        let attribute = AttributeSchema::of(ty);
        (name.into(), if required { attribute.required() } else { attribute.optional() })
    };
    Some(BlockSchema { attributes: arguments.into_iter().map(attribute).collect(), blocks: BTreeMap::new() })
}

/// Reports what is wrong with the provisioners of a resource, whatever the object is.
pub fn sound(query: &Query<'_>, resource: &Resource, address: &ResourceInstanceAddress, frame: &Frame<'_>) {
    for provisioner in &resource.provisioners {
        let Some(schema) = schema(&provisioner.kind) else { continue };
        let frame = Frame { this: Some(Value::unknown(Type::Dynamic)), ..frame.clone() };
        let found = decode(&Items::of(&provisioner.content), &schema, &frame).diagnostics;
        query.report(found.into_iter().map(|diagnostic| diagnostic.about(address.to_string())));
    }
}
