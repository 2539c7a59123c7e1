//! The resources `port`, `addr`, `dns` and `http`.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::matcher::{Found, Mismatch};
use super::plain::{Entry, Plain};
use super::reach::Reach;
use super::resource::{Look, Resource, unknown};
use crate::sys::http::{HttpRequest, HttpResponse};
use crate::sys::machine::Protocol;

/// Whether, and on which addresses, a port of this machine is listened on. Its key is `tcp:22` or `22`.
pub fn port(resource: &Resource, reach: &Reach<'_>) -> Look {
    let named = resource.named("port");
    let Some((protocol, port)) = protocol_and_port(&named) else {
        return Look::fault(Mismatch::Invalid(format!(
            "\"{named}\" is no port: write it as tcp:8080, tcp6, udp or udp6"
        )));
    };
    let addresses = match reach.machine.listening(protocol, port) {
        Ok(addresses) => addresses,
        Err(error) => return Look::fault(Mismatch::Invalid(format!("the table of sockets cannot be read: {error}"))),
    };
    let mut look = Look::default();
    for entry in resource.expectations(&["port"]) {
        match entry.key.as_str() {
            "listening" => look.compare(entry, Ok((!addresses.is_empty()).into())),
            "ip" if addresses.is_empty() => {
                look.compared.push((entry.key.clone(), Err(Mismatch::Differs("nobody listens".to_owned()))));
            }
            "ip" => look.compare(entry, Ok(Found::Value(texts(&addresses)))),
            _ => look.compare(entry, Err(unknown(entry))),
        }
    }
    look
}

fn protocol_and_port(text: &str) -> Option<(Protocol, u16)> {
    let (protocol, port) = text.split_once(':').unwrap_or(("tcp", text));
    let protocol = match protocol {
        "tcp" => Protocol::Tcp,
        "tcp6" => Protocol::Tcp6,
        "udp" => Protocol::Udp,
        "udp6" => Protocol::Udp6,
        _ => return None,
    };
    Some((protocol, port.parse().ok()?))
}

fn texts(addresses: &[IpAddr]) -> Plain {
    Plain::List(addresses.iter().map(|ip| Plain::Text(ip.to_string())).collect())
}

/// Whether an address takes connections. Its key is `tcp://host:port`.
pub fn addr(resource: &Resource, reach: &Reach<'_>) -> Look {
    let named = resource.named("address");
    let (udp, address) = match named.split_once("://") {
        Some(("tcp", address)) => (false, address),
        Some(("udp", address)) => (true, address),
        None => (false, named.as_str()),
        Some((scheme, _)) => return Look::fault(Mismatch::Unknown(format!("the protocol \"{scheme}\""))),
    };
    let local = match resource.text("local-address").map(|text| text.parse()).transpose() {
        Ok(local) => local,
        Err(_) => return Look::fault(Mismatch::Invalid("local-address: this is no IP address".to_owned())),
    };
    let reached = reach.machine.connect(address, udp, local, resource.timeout(500));
    let mut look = Look::default();
    for entry in resource.expectations(&["address", "timeout", "local-address"]) {
        match (entry.key.as_str(), &reached) {
            ("reachable", Err(why)) if entry.value == Plain::Bool(true) => {
                look.compared
                    .push((entry.key.clone(), Err(Mismatch::Differs(format!("{address} is not reachable: {why}")))));
            }
            ("reachable", reached) => look.compare(entry, Ok(reached.is_ok().into())),
            _ => look.compare(entry, Err(unknown(entry))),
        }
    }
    look
}

/// What a name leads to, as this machine resolves it.
pub fn dns(resource: &Resource, reach: &Reach<'_>) -> Look {
    let name = resource.named("resolve");
    let resolved = reach.machine.resolve(&name);
    let mut look = Look::default();
    for entry in resource.expectations(&["resolve", "timeout"]) {
        match entry.key.as_str() {
            "resolvable" | "resolveable" => look.compare(entry, Ok(resolved.is_ok().into())),
            "addrs" => look.compare(entry, Ok(Found::Value(texts(resolved.as_deref().unwrap_or_default())))),
            _ => look.compare(entry, Err(unknown(entry))),
        }
    }
    look
}

/// What a URL answers.
pub fn http(resource: &Resource, reach: &Reach<'_>) -> Look {
    const SETTINGS: [&str; 9] = [
        "url",
        "method",
        "request-headers",
        "request-body",
        "username",
        "password",
        "timeout",
        "allow-insecure",
        "no-follow-redirects",
    ];
    // An empty setting is what `goss add` writes for "not used".
    let empty = |entry: &Entry| {
        matches!(entry.key.as_str(), "ca-file" | "cert-file" | "key-file" | "proxy")
            && entry.value.text().is_some_and(|text| text.is_empty())
    };
    let request = match request(resource) {
        Ok(request) => request,
        Err(fault) => return Look::fault(fault),
    };
    let answer = match reach.http.send(&request) {
        Ok(answer) => answer,
        Err(why) => return Look::fault(Mismatch::Differs(format!("no answer: {why}"))),
    };
    let mut look = Look::default();
    for entry in resource.expectations(&SETTINGS).filter(|entry| !empty(entry)) {
        look.compare(entry, answered(entry, &answer));
    }
    look
}

fn answered(entry: &Entry, answer: &HttpResponse) -> Result<Found, Mismatch> {
    match entry.key.as_str() {
        "status" => Ok(Found::Value(Plain::Number(f64::from(answer.status)))),
        "body" => Ok(Found::Stream(String::from_utf8_lossy(&answer.body).into_owned())),
        "headers" => {
            let lines = answer.headers.iter().map(|(name, value)| format!("{}: {value}\n", canonical(name)));
            Ok(Found::Stream(lines.collect()))
        }
        _ => Err(unknown(entry)),
    }
}

/// `content-type` as gossfiles write it: `Content-Type`.
fn canonical(name: &str) -> String {
    let part = |part: &str| {
        let (first, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
        first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}

fn request(resource: &Resource) -> Result<HttpRequest, Mismatch> {
    let mut headers = Vec::new();
    let given = match resource.expected.get("request-headers") {
        Some(Plain::List(lines)) => lines.clone(),
        Some(Plain::Null) | None => Vec::new(),
        Some(one) => vec![one.clone()],
    };
    for line in given {
        let line = line.text().unwrap_or_default();
        let (name, value) = line.split_once(':').ok_or_else(|| {
            Mismatch::Invalid(format!("request-headers: \"{line}\" is no header: write it as `Name: value`"))
        })?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let user = resource.text("username").filter(|user| !user.is_empty());
    if let Some(user) = user {
        let password = resource.text("password").unwrap_or_default();
        headers.push(("Authorization".into(), format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))));
    }
    Ok(HttpRequest {
        method: resource.text("method").map_or("GET".to_owned(), |method| method.to_ascii_uppercase()),
        url: resource.named("url"),
        headers,
        body: resource.text("request-body").unwrap_or_default().into_bytes(),
        timeout: Some(resource.timeout(5000)),
        insecure: resource.is_set("allow-insecure"),
        follow: !resource.is_set("no-follow-redirects"),
    })
}
