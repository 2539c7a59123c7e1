//! What `hashicorp/tls` declares, and how its types plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::provider::planning::{Fallback, Traits};
use crate::model::schema::{
    AttributeSchema, BlockSchema, NestedAttributes, NestedBlock, Nesting, ProviderSchema, ResourceSchema,
};
use crate::model::value::{ObjectType, Type};

type Attributes = Vec<(&'static str, AttributeSchema)>;

fn of(ty: Type) -> AttributeSchema {
    AttributeSchema::of(ty)
}

fn text(about: &str) -> AttributeSchema {
    of(Type::String).about(about)
}

fn strings(about: &str) -> AttributeSchema {
    of(Type::list(Type::String)).optional().about(about)
}

fn resource(version: u64, attributes: Attributes) -> ResourceSchema {
    ResourceSchema { version, block: BlockSchema::with(attributes) }
}

fn public_forms() -> Attributes {
    vec![
        (
            "public_key_fingerprint_md5",
            text("The fingerprint of the public key data in OpenSSH MD5 hash format, e.g. `aa:bb:cc:...`.").computed(),
        ),
        (
            "public_key_fingerprint_sha256",
            text("The fingerprint of the public key data in OpenSSH SHA256 hash format, e.g. `SHA256:...`.").computed(),
        ),
        ("public_key_openssh", text("The public key data in \"Authorized Keys\" format.").computed()),
        ("public_key_pem", text("Public key data in PEM (RFC 1421) format.").computed()),
    ]
}

fn private_key(managed: bool) -> ResourceSchema {
    let mut attributes = public_forms();
    attributes.extend([
        ("algorithm", text("Name of the algorithm to use when generating the private key: `RSA`, `ECDSA` or `ED25519`.").required()),
        ("ecdsa_curve", text("When `algorithm` is `ECDSA`, the name of the elliptic curve to use: `P224`, `P256`, `P384` or `P521` (default: `P224`).").optional().computed()),
        ("openssh_comment", text("Comment to add to the OpenSSH key (default: `\"\"`).").optional()),
        ("private_key_openssh", text("Private key data in OpenSSH PEM (RFC 4716) format.").computed().sensitive()),
        ("private_key_pem", text("Private key data in PEM (RFC 1421) format.").computed().sensitive()),
        ("private_key_pem_pkcs8", text("Private key data in PKCS#8 PEM (RFC 5208) format.").computed().sensitive()),
        ("rsa_bits", of(Type::Number).about("When `algorithm` is `RSA`, the size of the generated RSA key, in bits (default: `2048`).").optional().computed()),
    ]);
    if managed {
        attributes.push((
            "id",
            text(
                "Unique identifier for this resource: hexadecimal representation of the SHA1 checksum of the resource.",
            )
            .computed(),
        ));
    }
    resource(1, attributes)
}

fn subject() -> NestedBlock {
    let named = |name: &str| text(&format!("Distinguished name: `{name}`")).optional();
    let block = BlockSchema::with([
        ("common_name", named("CN")),
        ("country", named("C")),
        ("email_address", text("ASN.1 Object Identifier (OID): `1.2.840.113549.1.9.1`").optional()),
        ("locality", named("L")),
        ("organization", named("O")),
        ("organizational_unit", named("OU")),
        ("postal_code", named("PC")),
        ("province", named("ST")),
        ("serial_number", named("SERIALNUMBER")),
        ("street_address", strings("Distinguished name: `STREET`")),
    ]);
    NestedBlock { nesting: Nesting::List, block, min_items: 0, max_items: 0 }
}

fn names() -> Attributes {
    let about =
        |what: &str| format!("List of {what} for which a certificate is being requested (i.e. certificate subjects).");
    vec![
        ("dns_names", strings(&about("DNS names"))),
        ("ip_addresses", strings(&about("IP addresses"))),
        ("uris", strings(&about("URIs"))),
    ]
}

fn issued() -> Attributes {
    let switch = |about: &str| of(Type::Bool).optional().computed().about(about);
    vec![
        ("allowed_uses", of(Type::list(Type::String)).required().about("List of key usages allowed for the issued certificate.")),
        ("cert_pem", text("Certificate data in PEM (RFC 1421) format.").computed()),
        ("early_renewal_hours", of(Type::Number).optional().computed().about("The resource will consider the certificate to have expired the given number of hours before its actual expiry time.")),
        ("id", text("Unique identifier for this resource: the certificate serial number.").computed()),
        ("is_ca_certificate", switch("Is the generated certificate representing a Certificate Authority (CA) (default: `false`).")),
        ("max_path_length", of(Type::Number).optional().about("Maximum number of intermediate certificates that may follow this certificate in a valid certification path.")),
        ("name_constraint_excluded_dns_names", strings("List of excluded DNS names for which a certificate name constraints is being requested.")),
        ("name_constraint_permitted_dns_names", strings("List of DNS names for which a certificate name constraints is being requested.")),
        ("name_constraint_permitted_dns_names_critical", of(Type::Bool).optional().about("Should name constraints permitted dns domains attribute be marked critical.")),
        ("ready_for_renewal", of(Type::Bool).computed().about("Is the certificate either expired (i.e. beyond the `validity_period_hours`) or ready for an early renewal (i.e. within the `early_renewal_hours`)?")),
        ("set_subject_key_id", switch("Should the generated certificate include a subject key identifier (default: `false`).")),
        ("validity_end_time", text("The time until which the certificate is invalid, expressed as an RFC3339 timestamp.").computed()),
        ("validity_period_hours", of(Type::Number).required().about("Number of hours, after initial issuing, that the certificate will remain valid for.")),
        ("validity_start_time", text("The time after which the certificate is valid, expressed as an RFC3339 timestamp.").computed()),
    ]
}

fn self_signed() -> ResourceSchema {
    let mut attributes = issued();
    attributes.extend(names());
    attributes.extend([
        (
            "key_algorithm",
            text("Name of the algorithm used when generating the private key provided in `private_key_pem`.")
                .computed(),
        ),
        (
            "private_key_pem",
            text("Private key in PEM (RFC 1421) format, that the certificate will belong to.").required().sensitive(),
        ),
        (
            "set_authority_key_id",
            of(Type::Bool)
                .optional()
                .computed()
                .about("Should the generated certificate include an authority key identifier (default: `false`)."),
        ),
    ]);
    let mut schema = resource(0, attributes);
    schema.block.blocks.insert("subject".into(), subject());
    schema
}

fn locally_signed() -> ResourceSchema {
    let mut attributes = issued();
    attributes.extend([
        (
            "ca_cert_pem",
            text("Certificate data of the Certificate Authority (CA) in PEM (RFC 1421) format.").required(),
        ),
        (
            "ca_key_algorithm",
            text("Name of the algorithm used when generating the private key provided in `ca_private_key_pem`.")
                .computed(),
        ),
        (
            "ca_private_key_pem",
            text(
                "Private key of the Certificate Authority (CA) used to sign the certificate, in PEM (RFC 1421) format.",
            )
            .required()
            .sensitive(),
        ),
        ("cert_request_pem", text("Certificate request data in PEM (RFC 1421) format.").required()),
    ]);
    resource(0, attributes)
}

fn request() -> ResourceSchema {
    let mut attributes = names();
    attributes.extend([
        ("cert_request_pem", text("The certificate request data in PEM (RFC 1421) format.").computed()),
        (
            "id",
            text(
                "Unique identifier for this resource: hexadecimal representation of the SHA1 checksum of the resource.",
            )
            .computed(),
        ),
        (
            "key_algorithm",
            text("Name of the algorithm used when generating the private key provided in `private_key_pem`.")
                .computed(),
        ),
        (
            "private_key_pem",
            text("Private key in PEM (RFC 1421) format, that the certificate will belong to.").required().sensitive(),
        ),
    ]);
    let mut schema = resource(0, attributes);
    schema.block.blocks.insert("subject".into(), subject());
    schema
}

fn public_key() -> ResourceSchema {
    let mut attributes = public_forms();
    let key = |form: &str| {
        text(&format!("The private key (in {form} format) to extract the public key from.")).optional().sensitive()
    };
    attributes.extend([
        ("algorithm", text("The name of the algorithm used by the given private key.").computed()),
        ("id", text("Unique identifier for this data source: hexadecimal representation of the SHA1 checksum of the data source.").computed()),
        ("private_key_openssh", key("OpenSSH PEM (RFC 4716)")),
        ("private_key_pem", key("PEM (RFC 1421)")),
    ]);
    resource(0, attributes)
}

/// The type of one of the certificates that `tls_certificate` tells of.
pub(super) fn certificate_type() -> Type {
    let mut object = ObjectType::default();
    let texts = [
        "cert_pem",
        "issuer",
        "not_after",
        "not_before",
        "public_key_algorithm",
        "serial_number",
        "sha1_fingerprint",
        "signature_algorithm",
        "subject",
    ];
    for name in texts {
        object.attributes.insert(name.into(), Type::String);
    }
    object.attributes.insert("is_ca".into(), Type::Bool);
    for name in ["max_path_length", "version"] {
        object.attributes.insert(name.into(), Type::Number);
    }
    Type::Object(Arc::new(object))
}

fn certificate() -> ResourceSchema {
    resource(
        0,
        vec![
            (
                "certificates",
                of(Type::list(certificate_type()))
                    .computed()
                    .about("The certificates protecting the site, with the root of the chain first."),
            ),
            ("content", text("The content of the certificate in PEM (RFC 1421) format.").optional()),
            ("id", text("Unique identifier of this data source.").computed()),
            ("url", text("URL of the endpoint to get the certificates from.").optional()),
            (
                "verify_chain",
                of(Type::Bool)
                    .optional()
                    .about("Whether to verify the certificate chain while parsing it or not (default: `true`)."),
            ),
        ],
    )
}

fn configuration() -> BlockSchema {
    let proxy = NestedAttributes::single([
        (
            "from_env",
            of(Type::Bool)
                .optional()
                .computed()
                .about("When `true` the provider will discover the proxy configuration from environment variables."),
        ),
        ("password", text("Password used for Basic authentication against the Proxy.").optional().sensitive()),
        ("url", text("URL used to connect to the Proxy.").optional()),
        ("username", text("Username (or Token) used for Basic authentication against the Proxy.").optional()),
    ]);
    let about = "Proxy used by resources and data sources that connect to external endpoints.";
    BlockSchema::with([("proxy", AttributeSchema::nesting(proxy).optional().about(about))])
}

/// All of it.
pub(super) fn provider() -> ProviderSchema {
    ProviderSchema {
        provider: configuration(),
        resources: BTreeMap::from([
            ("tls_cert_request".into(), Arc::new(request())),
            ("tls_locally_signed_cert".into(), Arc::new(locally_signed())),
            ("tls_private_key".into(), Arc::new(private_key(true))),
            ("tls_self_signed_cert".into(), Arc::new(self_signed())),
        ]),
        data_sources: BTreeMap::from([
            ("tls_certificate".into(), Arc::new(certificate())),
            ("tls_public_key".into(), Arc::new(public_key())),
        ]),
        ephemerals: BTreeMap::from([("tls_private_key".into(), Arc::new(private_key(false)))]),
        ..ProviderSchema::default()
    }
}

const REQUEST: Traits = Traits { in_place: &[], keepers: &[], defaults: &[], recomputed: &[] };

const PRIVATE_KEY: Traits =
    Traits { defaults: &[("rsa_bits", Fallback::Int(2048)), ("ecdsa_curve", Fallback::Text("P224"))], ..REQUEST };

const CERTIFICATE: Traits = Traits {
    in_place: &["early_renewal_hours"],
    defaults: &[
        ("early_renewal_hours", Fallback::Int(0)),
        ("is_ca_certificate", Fallback::Bool(false)),
        ("set_subject_key_id", Fallback::Bool(false)),
        ("ready_for_renewal", Fallback::Bool(false)),
    ],
    ..REQUEST
};

const SELF_SIGNED: Traits = Traits {
    defaults: &[
        ("early_renewal_hours", Fallback::Int(0)),
        ("is_ca_certificate", Fallback::Bool(false)),
        ("set_subject_key_id", Fallback::Bool(false)),
        ("set_authority_key_id", Fallback::Bool(false)),
        ("ready_for_renewal", Fallback::Bool(false)),
    ],
    ..CERTIFICATE
};

/// How a type plans.
pub(super) fn traits(type_name: &str) -> &'static Traits {
    match type_name {
        "tls_private_key" => &PRIVATE_KEY,
        "tls_self_signed_cert" => &SELF_SIGNED,
        "tls_locally_signed_cert" => &CERTIFICATE,
        _ => &REQUEST,
    }
}
