//! Which properties of Terraform's own blocks are blocks, and how the strings of the others are read.

/// How strings are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strings {
    /// As templates: the rule for everything that is evaluated.
    Templates,
    /// As text: what is read before anything can be evaluated.
    Literal,
    /// As expressions that are not evaluated: references, type constraints, keywords.
    Expressions,
}

/// What a body may hold.
pub(super) struct BodyShape {
    /// Kinds of nested blocks with the number of their labels.
    blocks: &'static [(&'static str, usize, &'static BodyShape)],
    /// Arguments whose strings are expressions.
    expressions: &'static [&'static str],
    /// Arguments whose strings are text.
    literals: &'static [&'static str],
    /// How all other arguments are read.
    rest: Strings,
}

impl BodyShape {
    /// The labels and the body of a kind of block; `None` for an argument.
    pub(super) fn block(&self, kind: &str) -> Option<(usize, &'static BodyShape)> {
        self.blocks.iter().find(|(name, ..)| *name == kind).map(|(_, labels, shape)| (*labels, *shape))
    }

    /// How the strings of an argument are read.
    pub(super) fn strings(&self, argument: &str) -> Strings {
        if self.expressions.contains(&argument) {
            Strings::Expressions
        } else if self.literals.contains(&argument) {
            Strings::Literal
        } else {
            self.rest
        }
    }
}

/// The shape of a file's root, by its name.
pub(super) fn of_file(name: &str) -> &'static BodyShape {
    if name.ends_with(".tfvars.json") {
        &LITERAL
    } else if name.ends_with(".tftest.json") {
        &TEST_FILE
    } else if name.ends_with(".tfmock.json") {
        &MOCK_PROVIDER
    } else {
        &CONFIGURATION
    }
}

const fn plain() -> BodyShape {
    BodyShape { blocks: &[], expressions: &[], literals: &[], rest: Strings::Templates }
}

static PLAIN: BodyShape = plain();
static LITERAL: BodyShape = BodyShape { rest: Strings::Literal, ..plain() };

static CONFIGURATION: BodyShape = BodyShape {
    blocks: &[
        ("terraform", 0, &TERRAFORM),
        ("provider", 1, &PROVIDER),
        ("variable", 1, &VARIABLE),
        ("locals", 0, &PLAIN),
        ("output", 1, &OUTPUT),
        ("module", 1, &MODULE),
        ("resource", 2, &RESOURCE),
        ("data", 2, &RESOURCE),
        ("ephemeral", 2, &RESOURCE),
        ("moved", 0, &MOVED),
        ("import", 0, &IMPORT),
        ("removed", 0, &REMOVED),
        ("check", 1, &CHECK),
    ],
    ..plain()
};

static TERRAFORM: BodyShape = BodyShape {
    blocks: &[
        ("required_providers", 0, &REQUIRED_PROVIDERS),
        ("backend", 1, &LITERAL),
        ("cloud", 0, &CLOUD),
        ("provider_meta", 1, &PLAIN),
    ],
    expressions: &["experiments"],
    literals: &["required_version"],
    ..plain()
};
static REQUIRED_PROVIDERS: BodyShape =
    BodyShape { expressions: &["configuration_aliases"], rest: Strings::Literal, ..plain() };
static CLOUD: BodyShape = BodyShape { blocks: &[("workspaces", 0, &LITERAL)], rest: Strings::Literal, ..plain() };
static PROVIDER: BodyShape = BodyShape { literals: &["alias", "version"], ..plain() };
static VARIABLE: BodyShape =
    BodyShape { blocks: &[("validation", 0, &PLAIN)], expressions: &["type"], rest: Strings::Literal, ..plain() };
static OUTPUT: BodyShape = BodyShape {
    blocks: &[("precondition", 0, &PLAIN)],
    expressions: &["depends_on"],
    literals: &["description", "sensitive", "ephemeral"],
    ..plain()
};
static MODULE: BodyShape =
    BodyShape { expressions: &["depends_on", "providers"], literals: &["source", "version"], ..plain() };
static RESOURCE: BodyShape = BodyShape {
    blocks: &[
        ("lifecycle", 0, &LIFECYCLE),
        ("connection", 0, &PLAIN),
        ("provisioner", 1, &PROVISIONER),
        ("dynamic", 1, &DYNAMIC),
    ],
    expressions: &["depends_on", "provider"],
    ..plain()
};
static DYNAMIC: BodyShape = BodyShape { blocks: &[("content", 0, &CONTENT)], expressions: &["iterator"], ..plain() };
static CONTENT: BodyShape = BodyShape { blocks: &[("dynamic", 1, &DYNAMIC)], ..plain() };
static LIFECYCLE: BodyShape = BodyShape {
    blocks: &[("precondition", 0, &PLAIN), ("postcondition", 0, &PLAIN)],
    expressions: &["ignore_changes", "replace_triggered_by"],
    ..plain()
};
static PROVISIONER: BodyShape =
    BodyShape { blocks: &[("connection", 0, &PLAIN)], expressions: &["when", "on_failure"], ..plain() };
static MOVED: BodyShape = BodyShape { expressions: &["from", "to"], ..plain() };
static IMPORT: BodyShape = BodyShape { expressions: &["to", "provider"], ..plain() };
static REMOVED: BodyShape = BodyShape {
    blocks: &[("lifecycle", 0, &PLAIN), ("connection", 0, &PLAIN), ("provisioner", 1, &PROVISIONER)],
    expressions: &["from"],
    ..plain()
};
static CHECK: BodyShape = BodyShape { blocks: &[("data", 2, &RESOURCE), ("assert", 0, &PLAIN)], ..plain() };

static TEST_FILE: BodyShape = BodyShape {
    blocks: &[
        ("run", 1, &RUN),
        ("variables", 0, &PLAIN),
        ("provider", 1, &PROVIDER),
        ("mock_provider", 1, &MOCK_PROVIDER),
        ("override_resource", 0, &OVERRIDE),
        ("override_data", 0, &OVERRIDE),
        ("override_module", 0, &OVERRIDE),
        ("test", 0, &PLAIN),
    ],
    ..plain()
};
static RUN: BodyShape = BodyShape {
    blocks: &[
        ("assert", 0, &PLAIN),
        ("variables", 0, &PLAIN),
        ("module", 0, &LITERAL),
        ("plan_options", 0, &PLAN_OPTIONS),
        ("override_resource", 0, &OVERRIDE),
        ("override_data", 0, &OVERRIDE),
        ("override_module", 0, &OVERRIDE),
    ],
    expressions: &["command", "expect_failures", "providers"],
    ..plain()
};
static PLAN_OPTIONS: BodyShape = BodyShape { expressions: &["mode", "target", "replace"], ..plain() };
static OVERRIDE: BodyShape = BodyShape { expressions: &["target", "override_during"], ..plain() };
static MOCK_PROVIDER: BodyShape = BodyShape {
    blocks: &[
        ("mock_resource", 1, &OVERRIDE),
        ("mock_data", 1, &OVERRIDE),
        ("override_resource", 0, &OVERRIDE),
        ("override_data", 0, &OVERRIDE),
        ("override_module", 0, &OVERRIDE),
    ],
    expressions: &["override_during"],
    literals: &["alias", "source"],
    ..plain()
};
