//! `hashicorp/http` 3.x: `data "http"`. Asked only where a client is handed in; a preview has none.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::attributes::{attribute, flag, text, whole, with};
use super::{DataAnswer, Provider, World};
use crate::lang::value::string;
use crate::model::address::ResourceMode;
use crate::model::diagnostic::Diagnostic;
use crate::model::schema::{AttributeSchema, BlockSchema, NestedBlock, Nesting, ProviderSchema, ResourceSchema};
use crate::model::value::{Type, Value};
use crate::sys::http::{BODY_LIMIT, HttpClient, HttpRequest, HttpResponse};

/// The provider of web requests.
#[derive(Debug, Default)]
pub(super) struct Http {
    schema: OnceLock<ProviderSchema>,
}

/// How long a server may think where nothing else is said. The real provider waits for ever; a workbench does not.
const PATIENCE: Duration = Duration::from_secs(120);

fn data_source() -> ResourceSchema {
    let of = AttributeSchema::of;
    let mut block = BlockSchema::with([
        (
            "body",
            of(Type::String)
                .computed()
                .deprecated()
                .about("The response body returned as a string. Use response_body instead."),
        ),
        ("ca_cert_pem", of(Type::String).optional().about("Certificate Authority (CA) in PEM (RFC 1421) format.")),
        ("client_cert_pem", of(Type::String).optional().about("Client certificate in PEM (RFC 1421) format.")),
        ("client_key_pem", of(Type::String).optional().about("Client key in PEM (RFC 1421) format.")),
        ("id", of(Type::String).computed().about("The URL used for the request.")),
        (
            "insecure",
            of(Type::Bool)
                .optional()
                .about("Disables verification of the server's certificate chain and hostname. Defaults to `false`"),
        ),
        ("method", of(Type::String).optional().about("The HTTP Method for the request: `GET`, `HEAD` or `POST`.")),
        ("request_body", of(Type::String).optional().about("The request body as a string.")),
        (
            "request_headers",
            of(Type::map(Type::String)).optional().about("A map of request header field names and values."),
        ),
        ("request_timeout_ms", of(Type::Number).optional().about("The request timeout in milliseconds.")),
        ("response_body", of(Type::String).computed().about("The response body returned as a string.")),
        (
            "response_body_base64",
            of(Type::String).computed().about("The response body encoded as base64 (standard) as defined in RFC 4648."),
        ),
        (
            "response_headers",
            of(Type::map(Type::String)).computed().about("A map of response header field names and values."),
        ),
        ("status_code", of(Type::Number).computed().about("The HTTP response status code.")),
        (
            "url",
            of(Type::String).required().about("The URL for the request. Supported schemes are `http` and `https`."),
        ),
    ]);
    let retry = BlockSchema::with([
        ("attempts", of(Type::Number).optional().about("The number of times the request is to be retried.")),
        (
            "max_delay_ms",
            of(Type::Number).optional().about("The maximum delay between retry requests in milliseconds."),
        ),
        (
            "min_delay_ms",
            of(Type::Number).optional().about("The minimum delay between retry requests in milliseconds."),
        ),
    ]);
    let nested = NestedBlock { nesting: Nesting::Single, block: retry, min_items: 0, max_items: 0 };
    block.blocks.insert("retry".into(), nested);
    ResourceSchema { version: 0, block }
}

fn request(config: &Value) -> HttpRequest {
    let headers = attribute(config, "request_headers");
    let headers = headers.as_entries().into_iter().flatten();
    let timeout = whole(config, "request_timeout_ms").and_then(|millis| u64::try_from(millis).ok());
    HttpRequest {
        method: text(config, "method").unwrap_or("GET").to_owned(),
        headers: headers.filter_map(|(name, value)| Some((name.to_string(), value.as_str()?.to_owned()))).collect(),
        body: text(config, "request_body").unwrap_or_default().as_bytes().to_vec(),
        timeout: Some(timeout.map_or(PATIENCE, Duration::from_millis)),
        insecure: flag(config, "insecure").unwrap_or(false),
        ..HttpRequest::get(text(config, "url").unwrap_or_default())
    }
}

/// Asks again after a failure or a server's error, with growing pauses, as often as the block says.
fn send(
    client: &dyn HttpClient,
    request: &HttpRequest,
    retry: &Value,
    world: &World<'_>,
) -> Result<HttpResponse, String> {
    let attempts = whole(retry, "attempts").unwrap_or(0).clamp(0, 100);
    let least = whole(retry, "min_delay_ms").unwrap_or(1000).clamp(0, 60_000);
    let most = whole(retry, "max_delay_ms").unwrap_or(30_000).clamp(least, 300_000);
    let mut answer = client.send(request);
    for attempt in 0..attempts {
        if answer.as_ref().is_ok_and(|answer| answer.status < 500 && answer.status != 429) {
            break;
        }
        let pause = least.saturating_mul(1 << attempt.min(20)).min(most);
        if !world.wait(Duration::from_millis(u64::try_from(pause).unwrap_or(0))) {
            break;
        }
        answer = client.send(request);
    }
    // Half an answer is none: whoever takes its checksum would never know.
    answer.and_then(|answer| match answer.body.len() as u64 {
        size if size < BODY_LIMIT => Ok(answer),
        _ => Err(format!("the answer is larger than {} MiB, the most that is read", BODY_LIMIT >> 20)),
    })
}

/// `content-type` as Go spells it: `Content-Type`.
fn canonical(name: &str) -> String {
    let mut upper = true;
    let spell = |c: char| {
        let spelled = if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        upper = c == '-';
        spelled
    };
    name.chars().map(spell).collect()
}

fn response_headers(answer: &HttpResponse) -> Value {
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &answer.headers {
        let entry = headers.entry(canonical(name)).or_default();
        if !entry.is_empty() {
            entry.push_str(", ");
        }
        entry.push_str(value);
    }
    let entries = headers.into_iter().map(|(name, value)| (name.into(), string(&value)));
    Value::map(Type::String, entries.collect())
}

impl Provider for Http {
    fn source(&self) -> &str {
        "registry.terraform.io/hashicorp/http"
    }

    fn schema(&self) -> &ProviderSchema {
        self.schema.get_or_init(|| ProviderSchema {
            data_sources: BTreeMap::from([("http".into(), Arc::new(data_source()))]),
            ..ProviderSchema::default()
        })
    }

    fn not_carried(&self) -> &'static [(ResourceMode, &'static str)] {
        &[(ResourceMode::Ephemeral, "http")]
    }

    fn validate(&self, _: &str, config: &Value, _: bool) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if let Some(method) = text(config, "method")
            && !["GET", "HEAD", "POST"].contains(&method)
        {
            found.push(Diagnostic::error(
                "Invalid Attribute Value Match",
                format!("Attribute method value must be one of: [\"GET\" \"POST\" \"HEAD\"], got: \"{method}\""),
            ));
        }
        for name in ["ca_cert_pem", "client_cert_pem", "client_key_pem"] {
            if !attribute(config, name).is_null() {
                found.push(Diagnostic::warning(
                    "Argument without effect",
                    format!("Kilter's own http data source does not use {name}; terraform's does."),
                ));
            }
        }
        found
    }

    fn read_data(&self, _: &str, config: &Value, world: &World<'_>) -> Result<DataAnswer, Vec<Diagnostic>> {
        let Some(client) = world.http else { return Ok(DataAnswer::NotAsked("")) };
        let request = request(config);
        let answer = send(client, &request, &attribute(config, "retry"), world).map_err(|error| {
            let verb = request.method.to_ascii_lowercase();
            vec![Diagnostic::error(
                "Error making request",
                format!("Error making request: {verb} \"{}\": {error}", request.url),
            )]
        })?;
        let body = string(&String::from_utf8_lossy(&answer.body));
        let facts = [
            ("id", Value::string(request.url.as_str())),
            ("body", body.clone()),
            ("response_body", body),
            ("response_body_base64", Value::string(STANDARD.encode(&answer.body))),
            ("response_headers", response_headers(&answer)),
            ("status_code", Value::int(i64::from(answer.status))),
        ];
        Ok(DataAnswer::Read(with(config, facts)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    fn config<'a>(bench: &Bench<Http>, more: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        with(&bench.config("http", [("url", Value::string("http://web/"))]), more)
    }

    #[test]
    fn an_answer_is_told_in_full() {
        let bench = Bench::new(Http::default());
        bench.http.answer("http://web/", 404, "nope");
        let headers = Value::map(Type::String, BTreeMap::from([("X-A".into(), Value::string("1"))]));
        let asked = config(
            &bench,
            [("method", Value::string("POST")), ("request_headers", headers), ("request_body", Value::string("b"))],
        );
        let DataAnswer::Read(answer) = bench.read_data("http", &asked).unwrap() else { panic!() };
        assert_eq!(answer.get("status_code"), Some(Value::int(404)), "any status is an answer");
        assert_eq!(answer.get("response_body"), Some(Value::string("nope")));
        assert_eq!(answer.get("response_headers").unwrap().get("Content-Type"), Some(Value::string("text/plain")));
        let sent = &bench.http.asked()[0];
        assert_eq!((sent.method.as_str(), sent.body.as_slice()), ("POST", b"b".as_slice()));
        assert_eq!(sent.headers, [("X-A".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn half_an_answer_is_none() {
        let bench = Bench::new(Http::default());
        bench.http.answer("http://web/", 200, vec![b'x'; usize::try_from(BODY_LIMIT).unwrap()]);
        let fault = bench.read_data("http", &config(&bench, [])).unwrap_err();
        assert!(fault[0].detail.contains("larger than 16 MiB"), "{}", fault[0].detail);
    }

    #[test]
    fn nobody_there_is_an_error_after_all_attempts() {
        let bench = Bench::new(Http::default());
        let retry = Value::object([
            ("attempts", Value::int(2)),
            ("min_delay_ms", Value::int(0)),
            ("max_delay_ms", Value::int(0)),
        ]);
        let fault = bench.read_data("http", &config(&bench, [("retry", retry)])).unwrap_err();
        assert!(fault[0].detail.contains("refused"));
        assert_eq!(bench.http.asked().len(), 3);
    }

    #[test]
    fn a_preview_asks_nobody() {
        let bench = Bench::new(Http::default());
        let config = config(&bench, []);
        let answer = bench.in_world(|world| {
            let silent = World { http: None, ..*world };
            bench.provider.read_data("http", &config, &silent)
        });
        assert_eq!(answer.unwrap(), DataAnswer::NotAsked(""));
        let odd = with(&config, [("method", Value::string("BREW"))]);
        assert!(bench.provider.validate("http", &odd, true)[0].detail.contains("BREW"));
    }
}
