//! What `hashicorp/time` declares, and how its types plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::provider::functions;
use crate::engine::provider::planning::Traits;
use crate::model::schema::{AttributeSchema, BlockSchema, ProviderSchema, ResourceSchema};
use crate::model::value::Type;

type Attributes = Vec<(&'static str, AttributeSchema)>;

const PARTS: [&str; 7] = ["year", "month", "day", "hour", "minute", "second", "unix"];

fn of(ty: Type) -> AttributeSchema {
    AttributeSchema::of(ty)
}

fn text(about: &str) -> AttributeSchema {
    of(Type::String).about(about)
}

fn triggers() -> (&'static str, AttributeSchema) {
    let about = "Arbitrary map of values that, when changed, will trigger a new base timestamp value to be saved.";
    ("triggers", of(Type::map(Type::String)).optional().about(about))
}

fn parts() -> impl Iterator<Item = (&'static str, AttributeSchema)> {
    PARTS.into_iter().map(|name| {
        let about = match name {
            "unix" => "Number of seconds since epoch time, e.g. `1581489373`.".to_owned(),
            other => format!("Number {other} of timestamp."),
        };
        (name, of(Type::Number).computed().about(&about))
    })
}

fn resource(attributes: Attributes) -> Arc<ResourceSchema> {
    Arc::new(ResourceSchema { version: 0, block: BlockSchema::with(attributes) })
}

fn id() -> (&'static str, AttributeSchema) {
    ("id", text("RFC3339 format of the timestamp, e.g. `2020-02-12T06:36:13Z`.").computed())
}

fn base(name: &'static str) -> (&'static str, AttributeSchema) {
    (name, text("Base timestamp in RFC3339 format. Defaults to the current time.").optional().computed())
}

fn fixed() -> Arc<ResourceSchema> {
    resource(parts().chain([id(), base("rfc3339"), triggers()]).collect())
}

fn offset() -> Arc<ResourceSchema> {
    let about = |unit: &str| format!("Number of {unit} to offset the base timestamp.");
    let distances = ["years", "months", "days", "hours", "minutes", "seconds"].into_iter().zip(OFFSETS);
    let distances = distances.map(|(unit, name)| (name, of(Type::Number).optional().about(&about(unit))));
    let rfc3339 = text("RFC3339 format of the offset timestamp, e.g. `2020-02-12T06:36:13Z`.").computed();
    resource(parts().chain(distances).chain([id(), base("base_rfc3339"), ("rfc3339", rfc3339), triggers()]).collect())
}

fn rotating() -> Arc<ResourceSchema> {
    let about = |unit: &str| {
        format!(
            "Number of {unit} to add to the base timestamp to configure the rotation timestamp. When the current time has \
             passed the rotation timestamp, the resource will trigger recreation."
        )
    };
    let distances = ["years", "months", "days", "hours", "minutes"].into_iter().zip(ROTATIONS);
    let distances = distances.map(|(unit, name)| (name, of(Type::Number).optional().about(&about(unit))));
    let rotation = text("Configure the rotation timestamp with an RFC3339 format of the offset timestamp.");
    let more = [id(), base("rfc3339"), ("rotation_rfc3339", rotation.optional().computed()), triggers()];
    resource(parts().chain(distances).chain(more).collect())
}

fn sleep() -> Arc<ResourceSchema> {
    let duration = |what: &str| text(&format!("Time duration to delay resource {what}.")).optional();
    resource(vec![
        id(),
        ("create_duration", duration("creation")),
        ("destroy_duration", duration("destroy")),
        triggers(),
    ])
}

/// All of it.
pub(super) fn provider() -> ProviderSchema {
    ProviderSchema {
        resources: BTreeMap::from([
            ("time_offset".into(), offset()),
            ("time_rotating".into(), rotating()),
            ("time_sleep".into(), sleep()),
            ("time_static".into(), fixed()),
        ]),
        functions: functions::schemas(&super::functions::FUNCTIONS),
        ..ProviderSchema::default()
    }
}

/// The arguments of `time_offset` that say a distance.
pub(super) const OFFSETS: [&str; 6] =
    ["offset_years", "offset_months", "offset_days", "offset_hours", "offset_minutes", "offset_seconds"];

/// Those of `time_rotating`.
pub(super) const ROTATIONS: [&str; 5] =
    ["rotation_years", "rotation_months", "rotation_days", "rotation_hours", "rotation_minutes"];

const STATIC: Traits = Traits {
    in_place: &[],
    keepers: &[],
    defaults: &[],
    recomputed: &["year", "month", "day", "hour", "minute", "second", "unix", "rfc3339"],
};

const OFFSET: Traits = Traits {
    in_place: &[
        "base_rfc3339",
        "offset_years",
        "offset_months",
        "offset_days",
        "offset_hours",
        "offset_minutes",
        "offset_seconds",
    ],
    recomputed: &["base_rfc3339", "id", "year", "month", "day", "hour", "minute", "second", "unix", "rfc3339"],
    ..STATIC
};

const ROTATING: Traits = Traits {
    in_place: &[
        "rotation_rfc3339",
        "rotation_years",
        "rotation_months",
        "rotation_days",
        "rotation_hours",
        "rotation_minutes",
    ],
    recomputed: &["id", "year", "month", "day", "hour", "minute", "second", "unix", "rfc3339", "rotation_rfc3339"],
    ..STATIC
};

const SLEEP: Traits = Traits { in_place: &["create_duration", "destroy_duration"], recomputed: &[], ..STATIC };

/// How a type plans.
pub(super) fn traits(type_name: &str) -> &'static Traits {
    match type_name {
        "time_offset" => &OFFSET,
        "time_rotating" => &ROTATING,
        "time_sleep" => &SLEEP,
        _ => &STATIC,
    }
}
