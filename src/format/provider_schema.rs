//! The JSON of `terraform providers schema -json`, format version 1.0, both ways.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::model::schema::{
    AttributeSchema, BlockSchema, FunctionParameter, FunctionSchema, NestedAttributes, NestedBlock, Nesting,
    ProviderSchema, ResourceSchema,
};
use crate::model::value::json::{self, Json, JsonFault, JsonRef};
use crate::model::value::stored::{type_from_plain, type_to_plain};
use crate::model::value::{Str, Type, Value};

#[derive(Deserialize)]
struct FileIn {
    #[serde(default)]
    provider_schemas: BTreeMap<String, ProviderIn>,
}

#[derive(Deserialize)]
struct ProviderIn {
    provider: Option<SchemaIn>,
    #[serde(default)]
    resource_schemas: BTreeMap<String, SchemaIn>,
    #[serde(default)]
    data_source_schemas: BTreeMap<String, SchemaIn>,
    #[serde(default)]
    ephemeral_resource_schemas: BTreeMap<String, SchemaIn>,
    #[serde(default)]
    functions: BTreeMap<String, FunctionIn>,
}

#[derive(Deserialize)]
struct FunctionIn {
    #[serde(default)]
    description: String,
    #[serde(default)]
    summary: String,
    return_type: Option<Json>,
    #[serde(default)]
    parameters: Vec<ParameterIn>,
    variadic_parameter: Option<ParameterIn>,
}

#[derive(Deserialize)]
struct ParameterIn {
    #[serde(default)]
    name: String,
    #[serde(rename = "type")]
    ty: Option<Json>,
    #[serde(default)]
    is_nullable: bool,
}

#[derive(Deserialize)]
struct SchemaIn {
    #[serde(default)]
    version: u64,
    block: Option<BlockIn>,
}

#[derive(Deserialize, Default)]
struct BlockIn {
    #[serde(default)]
    attributes: BTreeMap<String, AttributeIn>,
    #[serde(default)]
    block_types: BTreeMap<String, NestedIn>,
}

#[derive(Deserialize)]
struct NestedIn {
    #[serde(default)]
    nesting_mode: String,
    #[serde(default)]
    block: BlockIn,
    #[serde(default)]
    min_items: u64,
    #[serde(default)]
    max_items: u64,
}

#[derive(Deserialize)]
struct AttributeIn {
    #[serde(rename = "type")]
    ty: Option<Json>,
    nested_type: Option<NestedTypeIn>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    computed: bool,
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    write_only: bool,
    #[serde(default)]
    deprecated: bool,
}

#[derive(Deserialize)]
struct NestedTypeIn {
    #[serde(default)]
    attributes: BTreeMap<String, AttributeIn>,
    #[serde(default)]
    nesting_mode: String,
}

/// Reads the schemas of all providers, by source address.
///
/// # Errors
/// When it is not such a file.
pub fn read(bytes: &[u8]) -> Result<BTreeMap<String, ProviderSchema>, JsonFault> {
    let file: FileIn = serde_json::from_slice(bytes)?;
    Ok(file.provider_schemas.into_iter().map(|(source, provider)| (source, provider_schema(provider))).collect())
}

#[derive(Deserialize)]
struct SomeFileIn<'a> {
    #[serde(default, borrow)]
    provider_schemas: BTreeMap<String, SomeProviderIn<'a>>,
}

/// A provider of whose types only some are looked into: a large one has thousands.
#[derive(Deserialize)]
struct SomeProviderIn<'a> {
    provider: Option<SchemaIn>,
    #[serde(default, borrow)]
    resource_schemas: BTreeMap<String, &'a RawValue>,
    #[serde(default, borrow)]
    data_source_schemas: BTreeMap<String, &'a RawValue>,
    #[serde(default, borrow)]
    ephemeral_resource_schemas: BTreeMap<String, &'a RawValue>,
    #[serde(default)]
    functions: BTreeMap<String, FunctionIn>,
}

/// Reads the schemas of the types that are wanted, by source address; the others are not even parsed.
///
/// # Errors
/// When it is not such a file.
pub fn read_some(bytes: &[u8], wanted: &dyn Fn(&str) -> bool) -> Result<BTreeMap<String, ProviderSchema>, JsonFault> {
    let file: SomeFileIn<'_> = serde_json::from_slice(bytes)?;
    let some = |types: BTreeMap<String, &RawValue>| -> Result<BTreeMap<String, SchemaIn>, JsonFault> {
        let wanted = types.into_iter().filter(|(name, _)| wanted(name));
        wanted.map(|(name, raw)| Ok((name, serde_json::from_str(raw.get())?))).collect()
    };
    let mut found = BTreeMap::new();
    for (source, provider) in file.provider_schemas {
        let wire = ProviderIn {
            provider: provider.provider,
            resource_schemas: some(provider.resource_schemas)?,
            data_source_schemas: some(provider.data_source_schemas)?,
            ephemeral_resource_schemas: some(provider.ephemeral_resource_schemas)?,
            functions: provider.functions,
        };
        found.insert(source, provider_schema(wire));
    }
    Ok(found)
}

fn provider_schema(wire: ProviderIn) -> ProviderSchema {
    let types = |wires: BTreeMap<String, SchemaIn>| {
        wires.into_iter().map(|(name, schema)| (Str::from(name), Arc::new(resource(schema)))).collect()
    };
    ProviderSchema {
        provider: wire.provider.map(|schema| resource(schema).block).unwrap_or_default(),
        resources: types(wire.resource_schemas),
        data_sources: types(wire.data_source_schemas),
        ephemerals: types(wire.ephemeral_resource_schemas),
        functions: wire.functions.into_iter().map(|(name, wire)| (Str::from(name), function(wire))).collect(),
    }
}

fn function(wire: FunctionIn) -> FunctionSchema {
    let ty = |json: Option<Json>| json.and_then(|Json(ty)| type_from_plain(&ty).ok()).unwrap_or(Type::Dynamic);
    let parameter =
        |wire: ParameterIn| FunctionParameter { name: wire.name.into(), ty: ty(wire.ty), nullable: wire.is_nullable };
    FunctionSchema {
        summary: wire.summary.into(),
        description: wire.description.into(),
        returns: ty(wire.return_type),
        parameters: wire.parameters.into_iter().map(parameter).collect(),
        variadic: wire.variadic_parameter.map(parameter),
    }
}

fn resource(wire: SchemaIn) -> ResourceSchema {
    ResourceSchema { version: wire.version, block: block(wire.block.unwrap_or_default()) }
}

fn block(wire: BlockIn) -> BlockSchema {
    let nested = |nested: NestedIn| NestedBlock {
        nesting: nesting(&nested.nesting_mode),
        block: block(nested.block),
        min_items: nested.min_items,
        max_items: nested.max_items,
    };
    BlockSchema {
        attributes: wire.attributes.into_iter().map(|(name, a)| (Str::from(name), attribute(a))).collect(),
        blocks: wire.block_types.into_iter().map(|(name, n)| (Str::from(name), nested(n))).collect(),
    }
}

fn nesting(word: &str) -> Nesting {
    match word {
        "list" => Nesting::List,
        "set" => Nesting::Set,
        "map" => Nesting::Map,
        "group" => Nesting::Group,
        _ => Nesting::Single,
    }
}

fn attribute(wire: AttributeIn) -> AttributeSchema {
    let nested = wire.nested_type.map(|nested| NestedAttributes {
        nesting: nesting(&nested.nesting_mode),
        attributes: nested.attributes.into_iter().map(|(name, a)| (Str::from(name), attribute(a))).collect(),
    });
    let ty = match (wire.ty, &nested) {
        (Some(Json(ty)), _) => type_from_plain(&ty).unwrap_or(Type::Dynamic),
        (None, Some(nested)) => nested.implied_type(),
        (None, None) => Type::Dynamic,
    };
    AttributeSchema {
        ty,
        nested: nested.map(Arc::new),
        required: wire.required,
        optional: wire.optional,
        computed: wire.computed,
        sensitive: wire.sensitive,
        write_only: wire.write_only,
        deprecated: wire.deprecated,
        description: wire.description.into(),
    }
}

#[derive(Serialize)]
struct FileOut<'a> {
    format_version: &'static str,
    provider_schemas: BTreeMap<&'a str, ProviderOut<'a>>,
}

#[derive(Serialize)]
struct ProviderOut<'a> {
    provider: SchemaOut<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    resource_schemas: BTreeMap<&'a str, SchemaOut<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data_source_schemas: BTreeMap<&'a str, SchemaOut<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ephemeral_resource_schemas: BTreeMap<&'a str, SchemaOut<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    functions: BTreeMap<&'a str, FunctionOut<'a>>,
}

#[derive(Serialize)]
struct FunctionOut<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'a str,
    return_type: TypeOut,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<ParameterOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variadic_parameter: Option<ParameterOut<'a>>,
}

#[derive(Serialize)]
struct ParameterOut<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_nullable: bool,
    #[serde(rename = "type")]
    ty: TypeOut,
}

#[derive(Serialize)]
struct SchemaOut<'a> {
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<BlockOut<'a>>,
}

#[derive(Serialize)]
struct BlockOut<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'a str, AttributeOut<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    block_types: BTreeMap<&'a str, NestedOut<'a>>,
    description_kind: &'static str,
}

#[derive(Serialize)]
struct NestedOut<'a> {
    nesting_mode: &'static str,
    block: BlockOut<'a>,
    #[serde(skip_serializing_if = "is_zero")]
    min_items: u64,
    #[serde(skip_serializing_if = "is_zero")]
    max_items: u64,
}

#[derive(Serialize)]
struct AttributeOut<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    ty: Option<TypeOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nested_type: Option<NestedTypeOut<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    description_kind: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    optional: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    computed: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sensitive: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    write_only: bool,
}

#[derive(Serialize)]
struct NestedTypeOut<'a> {
    attributes: BTreeMap<&'a str, AttributeOut<'a>>,
    nesting_mode: &'static str,
}

struct TypeOut(Value);

impl Serialize for TypeOut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        JsonRef(&self.0).serialize(serializer)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Writes schemas on one line, as terraform does.
///
/// # Errors
/// Never for schemas; the signature is that of all writers.
pub fn write<'a>(providers: impl IntoIterator<Item = (&'a str, &'a ProviderSchema)>) -> Result<Vec<u8>, JsonFault> {
    let provider_schemas = providers.into_iter().map(|(source, schema)| (source, provider_out(schema))).collect();
    let mut bytes = json::compact(&FileOut { format_version: "1.0", provider_schemas })?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn provider_out(schema: &ProviderSchema) -> ProviderOut<'_> {
    let configurable = !schema.provider.attributes.is_empty() || !schema.provider.blocks.is_empty();
    ProviderOut {
        provider: SchemaOut { version: 0, block: configurable.then(|| block_out(&schema.provider)) },
        resource_schemas: types_out(&schema.resources),
        data_source_schemas: types_out(&schema.data_sources),
        ephemeral_resource_schemas: types_out(&schema.ephemerals),
        functions: schema.functions.iter().map(|(name, function)| (&**name, function_out(function))).collect(),
    }
}

fn function_out(function: &FunctionSchema) -> FunctionOut<'_> {
    FunctionOut {
        description: &function.description,
        summary: &function.summary,
        return_type: TypeOut(type_to_plain(&function.returns)),
        parameters: function.parameters.iter().map(parameter_out).collect(),
        variadic_parameter: function.variadic.as_ref().map(parameter_out),
    }
}

fn parameter_out(parameter: &FunctionParameter) -> ParameterOut<'_> {
    ParameterOut { name: &parameter.name, is_nullable: parameter.nullable, ty: TypeOut(type_to_plain(&parameter.ty)) }
}

fn types_out(types: &BTreeMap<Str, Arc<ResourceSchema>>) -> BTreeMap<&str, SchemaOut<'_>> {
    types
        .iter()
        .map(|(name, schema)| (&**name, SchemaOut { version: schema.version, block: Some(block_out(&schema.block)) }))
        .collect()
}

fn block_out(block: &BlockSchema) -> BlockOut<'_> {
    BlockOut {
        attributes: block.attributes.iter().map(|(name, schema)| (&**name, attribute_out(schema))).collect(),
        block_types: block
            .blocks
            .iter()
            .map(|(name, inner)| {
                let out = NestedOut {
                    nesting_mode: nesting_word(inner.nesting),
                    block: block_out(&inner.block),
                    min_items: inner.min_items,
                    max_items: inner.max_items,
                };
                (&**name, out)
            })
            .collect(),
        description_kind: "plain",
    }
}

fn nesting_word(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::Group => "group",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}

fn attribute_out(schema: &AttributeSchema) -> AttributeOut<'_> {
    AttributeOut {
        ty: schema.nested.is_none().then(|| TypeOut(type_to_plain(&schema.ty))),
        nested_type: schema.nested.as_deref().map(|nested| NestedTypeOut {
            attributes: nested.attributes.iter().map(|(name, schema)| (&**name, attribute_out(schema))).collect(),
            nesting_mode: nesting_word(nested.nesting),
        }),
        description: &schema.description,
        description_kind: "plain",
        deprecated: schema.deprecated,
        required: schema.required,
        optional: schema.optional,
        computed: schema.computed,
        sensitive: schema.sensitive,
        write_only: schema.write_only,
    }
}
