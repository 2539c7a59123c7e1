//! The door to HTTP: one request out, one whole answer back.
//!
//! Who may be asked, and when, is decided above: a preview is simply never handed a client.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The most of a body that is kept.
pub const BODY_LIMIT: u64 = 16 << 20;

/// Sends one HTTP request and returns the whole answer.
pub trait HttpClient: Send + Sync {
    /// Any status is an answer; only a request that got none is an error.
    ///
    /// # Errors
    /// In words: refused, timed out, no such host.
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, String>;
}

/// An HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `HEAD`, `POST`
    pub method: String,
    /// With its scheme.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long to wait for all of it.
    pub timeout: Option<Duration>,
    /// Accept any certificate.
    pub insecure: bool,
    /// Follow redirects (at most ten).
    pub follow: bool,
}

impl HttpRequest {
    /// Asks for `url`, following redirects.
    pub fn get(url: impl Into<String>) -> Self {
        HttpRequest {
            method: "GET".to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: None,
            insecure: false,
            follow: true,
        }
    }
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names and values, in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`BODY_LIMIT`] of it.
    pub body: Vec<u8>,
}

/// Asks the network.
#[derive(Debug, Default)]
pub struct RealHttp;

impl HttpClient for RealHttp {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        real::send(request)
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the door")]
mod real {
    use std::io::Read;
    use std::sync::Arc;

    use ureq::Agent;
    use ureq::http::Request;
    use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};

    use super::{BODY_LIMIT, HttpRequest, HttpResponse};

    pub(super) fn send(request: &HttpRequest) -> Result<HttpResponse, String> {
        let tls = TlsConfig::builder().disable_verification(request.insecure).root_certs(root_certificates()).build();
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(request.timeout)
            .max_redirects(if request.follow { 10 } else { 0 })
            .max_redirects_will_error(request.follow)
            .user_agent(concat!("kilter/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build()
            .into();
        let mut builder = Request::builder().method(request.method.as_str()).uri(request.url.as_str());
        for (name, value) in &request.headers {
            builder = builder.header(name.as_str(), value.as_str());
        }
        let answer = if request.body.is_empty() {
            agent.run(builder.body(()).map_err(|error| error.to_string())?)
        } else {
            agent.run(builder.body(request.body.clone()).map_err(|error| error.to_string())?)
        };
        let mut answer = answer.map_err(|error| error.to_string())?;
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let mut body = Vec::new();
        let reader = answer.body_mut().as_reader();
        reader.take(BODY_LIMIT).read_to_end(&mut body).map_err(|error| error.to_string())?;
        Ok(HttpResponse { status: answer.status().as_u16(), headers, body })
    }

    /// The machine's own certificate authorities where they are kept in the usual file, else Mozilla's.
    fn root_certificates() -> RootCerts {
        let named = std::env::var_os("SSL_CERT_FILE").map(std::path::PathBuf::from);
        let usual = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
        for path in named.into_iter().chain(usual.map(std::path::PathBuf::from)) {
            let Ok(bytes) = std::fs::read(&path) else { continue };
            let certificates: Vec<Certificate<'static>> = ureq::tls::parse_pem(&bytes)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            if !certificates.is_empty() {
                return RootCerts::Specific(Arc::new(certificates));
            }
        }
        RootCerts::WebPki
    }
}

/// A network that answers from memory and remembers what it was asked.
#[derive(Debug, Default)]
pub struct FakeHttp {
    answers: Mutex<BTreeMap<String, Result<HttpResponse, String>>>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl FakeHttp {
    /// Lets `url` answer so from now on.
    pub fn answer(&self, url: impl Into<String>, status: u16, body: impl AsRef<[u8]>) {
        let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        let response = HttpResponse { status, headers, body: body.as_ref().to_vec() };
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(url.into(), Ok(response));
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<HttpRequest> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl HttpClient for FakeHttp {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        match answers.get(&request.url) {
            Some(answer) => answer.clone(),
            None => Err("io: Connection refused".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    /// What both the network and the fake keep: any status is an answer, nobody there is an error.
    fn contract(client: &dyn HttpClient, base: &str, nobody: &str) {
        let found = client.send(&HttpRequest::get(format!("{base}/found"))).unwrap();
        assert_eq!((found.status, found.body.as_slice()), (200, b"here".as_slice()));
        assert!(found.headers.iter().any(|(n, v)| n.eq_ignore_ascii_case("content-type") && v == "text/plain"));
        assert_eq!(client.send(&HttpRequest::get(format!("{base}/missing"))).unwrap().status, 404);
        assert!(client.send(&HttpRequest::get(nobody)).unwrap_err().contains("refused"));
    }

    fn serve_three() -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming().take(3) {
                let mut stream = stream.unwrap();
                let mut head = [0u8; 2048];
                let size = stream.read(&mut head).unwrap();
                let text = String::from_utf8_lossy(&head[..size]).into_owned();
                let (line, extra, body) = match text.split(' ').nth(1) {
                    Some("/found") => ("200 OK", "", "here"),
                    Some("/away") => ("302 Found", "location: /found\r\n", ""),
                    _ => ("404 Not Found", "", "no"),
                };
                let length = body.len();
                write!(
                    stream,
                    "HTTP/1.1 {line}\r\ncontent-type: text/plain\r\n{extra}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                )
                .unwrap();
            }
        });
        base
    }

    fn free_port() -> u16 {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    #[test]
    fn the_network_keeps_the_contract() {
        contract(&RealHttp, &serve_three(), &format!("http://127.0.0.1:{}/", free_port()));
    }

    #[test]
    fn the_fake_keeps_the_contract() {
        let fake = FakeHttp::default();
        fake.answer("http://fake/found", 200, "here");
        fake.answer("http://fake/missing", 404, "no");
        contract(&fake, "http://fake", "http://nobody/");
        assert_eq!(fake.asked().len(), 3);
    }

    #[test]
    fn redirects_are_followed_only_when_asked_for() {
        let base = serve_three();
        let away = HttpRequest { follow: false, ..HttpRequest::get(format!("{base}/away")) };
        assert_eq!(RealHttp.send(&away).unwrap().status, 302);
        let followed = HttpRequest { follow: true, timeout: Some(Duration::from_secs(5)), ..away };
        assert_eq!(RealHttp.send(&followed).unwrap().status, 200);
    }
}
