//! Schemas of providers' resources, as `terraform providers schema -json` describes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::{ObjectType, Str, Type};

/// One attribute of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeSchema {
    /// Its type.
    pub ty: Type,
    /// Must be configured.
    pub required: bool,
    /// May be configured.
    pub optional: bool,
    /// The provider may set it.
    pub computed: bool,
    /// Its value is masked.
    pub sensitive: bool,
    /// Its value reaches the provider and no state.
    pub write_only: bool,
    /// A reason not to use it any more.
    pub deprecated: bool,
    /// What it is for.
    pub description: Str,
    /// What its objects are made of, when it nests attributes of its own.
    pub nested: Option<Arc<NestedAttributes>>,
}

/// Attributes inside an attribute, each with properties of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedAttributes {
    /// How the objects nest.
    pub nesting: Nesting,
    /// Their attributes.
    pub attributes: BTreeMap<Str, AttributeSchema>,
}

impl NestedAttributes {
    /// One object of these attributes.
    pub fn single(attributes: impl IntoIterator<Item = (&'static str, AttributeSchema)>) -> Self {
        let attributes = attributes.into_iter().map(|(name, attribute)| (Str::from(name), attribute)).collect();
        NestedAttributes { nesting: Nesting::Single, attributes }
    }

    /// The same as a block, so that both can be walked alike.
    pub fn as_block(&self) -> BlockSchema {
        BlockSchema { attributes: self.attributes.clone(), blocks: BTreeMap::new() }
    }

    /// The type that a configured value is converted to.
    pub fn config_type(&self) -> Type {
        let mut object = ObjectType::default();
        for (name, attribute) in &self.attributes {
            object.attributes.insert(name.clone(), attribute.config_type());
            if !attribute.required {
                object.optional.insert(name.clone());
            }
        }
        self.nesting.of(Type::Object(Arc::new(object)))
    }

    /// The type of the attribute's value.
    pub fn implied_type(&self) -> Type {
        self.nesting.of(self.as_block().implied_type())
    }
}

impl AttributeSchema {
    /// An attribute of a type, with no property yet.
    pub fn of(ty: Type) -> Self {
        AttributeSchema {
            ty,
            required: false,
            optional: false,
            computed: false,
            sensitive: false,
            write_only: false,
            deprecated: false,
            description: Str::from(""),
            nested: None,
        }
    }

    /// An attribute that nests others, with no property yet.
    pub fn nesting(nested: NestedAttributes) -> Self {
        AttributeSchema { nested: Some(Arc::new(nested.clone())), ..AttributeSchema::of(nested.implied_type()) }
    }

    /// The type that a configured value is converted to: of nested attributes, only the required ones must be there.
    pub fn config_type(&self) -> Type {
        self.nested.as_deref().map_or_else(|| self.ty.clone(), NestedAttributes::config_type)
    }

    /// The same, to be configured.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same, allowed in the configuration.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The same, set by the provider (as well).
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.computed = true;
        self
    }

    /// The same, masked.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The same, not to be used any more.
    #[must_use]
    pub fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }

    /// The same, explained.
    #[must_use]
    pub fn about(mut self, description: &str) -> Self {
        self.description = description.into();
        self
    }
}

/// How often and under what keys a nested block occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// At most one; an object or null.
    Single,
    /// At most one; an object of nulls when it is left out.
    Group,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// A map of objects, keyed by label.
    Map,
}

impl Nesting {
    /// The type of the whole when each object is of type `inner`.
    pub fn of(self, inner: Type) -> Type {
        match self {
            Nesting::Single | Nesting::Group => inner,
            Nesting::List => Type::list(inner),
            Nesting::Set => Type::set(inner),
            Nesting::Map => Type::map(inner),
        }
    }
}

/// A nested block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedBlock {
    /// How it nests.
    pub nesting: Nesting,
    /// What it holds.
    pub block: BlockSchema,
    /// At least so many.
    pub min_items: u64,
    /// At most so many; zero for any number.
    pub max_items: u64,
}

/// What a block may hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlockSchema {
    /// Arguments and computed attributes.
    pub attributes: BTreeMap<Str, AttributeSchema>,
    /// Nested blocks.
    pub blocks: BTreeMap<Str, NestedBlock>,
}

/// A resource type's schema.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResourceSchema {
    /// Written into state beside each object.
    pub version: u64,
    /// What its block holds.
    pub block: BlockSchema,
}

/// Everything a provider declares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProviderSchema {
    /// The provider block itself.
    pub provider: BlockSchema,
    /// Managed resource types.
    pub resources: BTreeMap<Str, Arc<ResourceSchema>>,
    /// Data sources.
    pub data_sources: BTreeMap<Str, Arc<ResourceSchema>>,
    /// Ephemeral resource types.
    pub ephemerals: BTreeMap<Str, Arc<ResourceSchema>>,
    /// Functions.
    pub functions: BTreeMap<Str, FunctionSchema>,
}

/// A function that a provider brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSchema {
    /// What it does, in one line.
    pub summary: Str,
    /// What it does, at length.
    pub description: Str,
    /// The type of what it returns.
    pub returns: Type,
    /// Its parameters in order.
    pub parameters: Vec<FunctionParameter>,
    /// The parameter that takes all further arguments.
    pub variadic: Option<FunctionParameter>,
}

/// One parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionParameter {
    /// Its name.
    pub name: Str,
    /// Its type.
    pub ty: Type,
    /// It may be null.
    pub nullable: bool,
}

impl FunctionSchema {
    /// A function without parameters yet.
    pub fn new(summary: &str, returns: Type) -> Self {
        let summary = Str::from(summary);
        FunctionSchema { description: summary.clone(), summary, returns, parameters: Vec::new(), variadic: None }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn takes(mut self, name: &str, ty: Type) -> Self {
        self.parameters.push(FunctionParameter { name: name.into(), ty, nullable: false });
        self
    }
}

impl BlockSchema {
    /// A block of these attributes.
    pub fn with(attributes: impl IntoIterator<Item = (&'static str, AttributeSchema)>) -> Self {
        let attributes = attributes.into_iter().map(|(name, attribute)| (Str::from(name), attribute)).collect();
        BlockSchema { attributes, blocks: BTreeMap::new() }
    }
    /// The object type that this block's value has.
    pub fn implied_type(&self) -> Type {
        let mut object = ObjectType::default();
        for (name, attribute) in &self.attributes {
            object.attributes.insert(name.clone(), attribute.ty.clone());
        }
        for (name, nested) in &self.blocks {
            object.attributes.insert(name.clone(), nested.nesting.of(nested.block.implied_type()));
        }
        Type::Object(Arc::new(object))
    }
}
