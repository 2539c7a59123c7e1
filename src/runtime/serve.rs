//! `kilter serve DIR --port N`: a small static file server, so that a test environment has a real web process without
//! anything installed. Files only: no listing, no dotfiles, nothing outside its directory, neither by `..` nor by links.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::stream::unfold;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// What to serve and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeOptions {
    /// The directory with the files.
    pub directory: PathBuf,
    /// The address to listen on.
    pub bind: IpAddr,
    /// The port; 0 for any free one.
    pub port: u16,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The directory is not there.
    #[error("cannot serve {}: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else listens there.
    #[error("port {port} on {bind} is already taken: stop what listens there, or choose another with --port")]
    PortTaken {
        /// The address.
        bind: IpAddr,
        /// The port.
        port: u16,
    },
    /// It cannot be listened there for another reason.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Address and port.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// Serves until `SIGTERM` or `SIGINT`. Says on standard output where, and each request with its answer.
///
/// # Errors
/// [`ServeError`], before the first request.
pub async fn serve(options: ServeOptions) -> Result<(), ServeError> {
    let address = SocketAddr::new(options.bind, options.port);
    let signal_fault = |source| ServeError::Listen { address, source };
    let server = Server::bind(&options).await?;
    let mut terminate = signal(SignalKind::terminate()).map_err(signal_fault)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(signal_fault)?;
    println!("serving {} at http://{}", options.directory.display(), server.address);
    tokio::select! {
        () = server.run(|line| println!("{line}")) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// A server that holds its port.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    listener: TcpListener,
    root: Arc<PathBuf>,
}

impl Server {
    /// Takes the port.
    ///
    /// # Errors
    /// [`ServeError`]
    pub async fn bind(options: &ServeOptions) -> Result<Self, ServeError> {
        let directory_fault = |source| ServeError::Directory { path: options.directory.clone(), source };
        let root = tokio::fs::canonicalize(&options.directory).await.map_err(directory_fault)?;
        if !root.is_dir() {
            return Err(directory_fault(io::ErrorKind::NotADirectory.into()));
        }
        let address = SocketAddr::new(options.bind, options.port);
        let listener = TcpListener::bind(address).await.map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::PortTaken { bind: options.bind, port: options.port },
            _ => ServeError::Listen { address, source },
        })?;
        let address = listener.local_addr().unwrap_or(address);
        Ok(Server { address, listener, root: Arc::new(root) })
    }

    /// Answers for as long as it is polled; `said` gets a line per request.
    pub async fn run(self, said: impl Fn(String) + Clone + Send + 'static) {
        loop {
            // Out of descriptors, or a connection that was gone before it was taken: the next one may do.
            let Ok((stream, peer)) = self.listener.accept().await else {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            };
            let (root, said) = (self.root.clone(), said.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (root, said) = (root.clone(), said.clone());
                async move {
                    let answer = respond(&root, request.method(), request.uri().path()).await;
                    said(format!("{} {} {} {}", peer.ip(), request.method(), request.uri(), answer.status().as_u16()));
                    Ok::<_, Infallible>(answer)
                }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            // A connection that breaks is its client's affair.
            tokio::spawn(async move { drop(connection.await) });
        }
    }
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

async fn respond(root: &Path, method: &Method, path: &str) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        let mut answer = words(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered here\n");
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return answer;
    }
    let answer = match find(root, path).await {
        Found::File(file) => send(&file).await.unwrap_or_else(|_| not_found()),
        Found::Elsewhere(location) => redirect(&location),
        Found::Nothing => not_found(),
    };
    if method == Method::HEAD {
        return answer.map(|_| Empty::new().map_err(|never| match never {}).boxed_unsync());
    }
    answer
}

enum Found {
    File(PathBuf),
    /// A directory asked for without its slash.
    Elsewhere(String),
    Nothing,
}

async fn find(root: &Path, path: &str) -> Found {
    let Some(relative) = relative_path(path) else { return Found::Nothing };
    let Ok(mut target) = tokio::fs::canonicalize(root.join(&relative)).await else { return Found::Nothing };
    if !target.starts_with(root) {
        return Found::Nothing;
    }
    if target.is_dir() {
        if !path.ends_with('/') {
            return Found::Elsewhere(format!("{path}/"));
        }
        match tokio::fs::canonicalize(target.join("index.html")).await {
            Ok(index) if index.starts_with(root) => target = index,
            _ => return Found::Nothing,
        }
    } else if path.ends_with('/') {
        return Found::Nothing;
    }
    if target.is_file() { Found::File(target) } else { Found::Nothing }
}

/// The path below the root that a request means; `None` for whatever nobody may ask for.
fn relative_path(path: &str) -> Option<PathBuf> {
    let decoded = percent_decoded(path)?;
    let mut relative = PathBuf::new();
    for part in decoded.split('/').filter(|part| !part.is_empty()) {
        // A leading dot covers `.`, `..`, `.git` and `.env` alike.
        if part.starts_with('.') || part.contains(['\0', '\\']) {
            return None;
        }
        relative.push(part);
    }
    Some(relative)
}

fn percent_decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).ok()
}

async fn send(path: &Path) -> io::Result<Response<Body>> {
    let file = tokio::fs::File::open(path).await?;
    let length = file.metadata().await?.len();
    // Exactly the promised length is sent, also when the file grows meanwhile.
    let chunks = unfold(file.take(length), |mut file| async move {
        let mut buffer = vec![0; 32 << 10];
        match file.read(&mut buffer).await {
            Ok(0) => None,
            Ok(count) => {
                buffer.truncate(count);
                Some((Ok(Frame::data(Bytes::from(buffer))), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    });
    let mut answer = Response::new(StreamBody::new(chunks).boxed_unsync());
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    // A test environment changes under its readers; a remembered page would be a lie.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(answer)
}

fn not_found() -> Response<Body> {
    words(StatusCode::NOT_FOUND, "not found\n")
}

fn redirect(location: &str) -> Response<Body> {
    let mut answer = words(StatusCode::MOVED_PERMANENTLY, "");
    match HeaderValue::from_str(location) {
        Ok(value) if !location.starts_with("//") => drop(answer.headers_mut().insert(LOCATION, value)),
        _ => return not_found(),
    }
    answer
}

fn words(status: StatusCode, text: &'static str) -> Response<Body> {
    let body = Full::new(Bytes::from_static(text.as_bytes())).map_err(|never| match never {}).boxed_unsync();
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    answer
}

fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("").to_ascii_lowercase();
    match extension.as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "txt" | "md" | "log" | "conf" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "xml" => "application/xml",
        "yaml" | "yml" => "application/yaml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "pdf" => "application/pdf",
        "wasm" => "application/wasm",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    /// A site with something outside of it, and a server for it in a thread.
    fn site() -> (tempfile::TempDir, SocketAddr) {
        let directory = tempfile::tempdir().unwrap();
        let public = directory.path().join("public");
        std::fs::create_dir_all(public.join("blog")).unwrap();
        for (path, text) in [
            ("public/index.html", "<h1>home</h1>"),
            ("public/blog/index.html", "<h1>blog</h1>"),
            ("public/a b.txt", "spaced"),
            ("public/.env", "SECRET=1"),
            ("secret.txt", "secret"),
        ] {
            std::fs::write(directory.path().join(path), text).unwrap();
        }
        std::fs::create_dir(public.join("empty")).unwrap();
        std::os::unix::fs::symlink("../secret.txt", public.join("out.txt")).unwrap();
        std::os::unix::fs::symlink("index.html", public.join("in.html")).unwrap();
        let options = ServeOptions { directory: public, bind: [127, 0, 0, 1].into(), port: 0 };
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let server = Server::bind(&options).await.unwrap();
                sender.send(server.address).unwrap();
                server.run(|_| ()).await;
            });
        });
        (directory, receiver.recv().unwrap())
    }

    fn ask(address: SocketAddr, line: &str) -> String {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(stream, "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn files_are_served_and_nothing_else() {
        let (_directory, address) = site();
        for (request, status, body) in [
            ("GET /", 200, "<h1>home</h1>"),
            ("GET /index.html?x=1", 200, "<h1>home</h1>"),
            ("GET /a%20b.txt", 200, "spaced"),
            ("GET /blog/", 200, "<h1>blog</h1>"),
            ("GET /in.html", 200, "<h1>home</h1>"),
            ("GET /blog", 301, ""),
            ("HEAD /", 200, ""),
            ("GET /empty/", 404, "not found\n"),
            ("GET /index.html/", 404, "not found\n"),
            ("GET /nothing", 404, "not found\n"),
            ("GET /.env", 404, "not found\n"),
            ("GET /../secret.txt", 404, "not found\n"),
            ("GET /blog/%2e%2e/%2e%2e/secret.txt", 404, "not found\n"),
            ("GET /..%2fsecret.txt", 404, "not found\n"),
            ("GET /out.txt", 404, "not found\n"),
            ("GET /%ff%00", 404, "not found\n"),
            ("GET /%2", 404, "not found\n"),
            ("POST /", 405, "only GET and HEAD are answered here\n"),
        ] {
            let answer = ask(address, request);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
            assert_eq!(answer.split("\r\n\r\n").nth(1), Some(body), "{request}");
        }
        let head = ask(address, "HEAD /");
        assert!(head.contains("content-length: 13\r\n") && head.contains("text/html"), "{head}");
        assert!(ask(address, "GET /blog").contains("location: /blog/\r\n"));
    }

    #[test]
    fn a_taken_port_and_a_missing_directory_are_said() {
        let (directory, address) = site();
        let fault = |below: &str, port| {
            let directory = directory.path().join(below);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(serve(ServeOptions { directory, bind: [127, 0, 0, 1].into(), port })).unwrap_err()
        };
        let port = address.port();
        let taken = format!(
            "port {port} on 127.0.0.1 is already taken: stop what listens there, or choose another with --port"
        );
        assert_eq!(fault("public", port).to_string(), taken);
        let missing = fault("no", 0).to_string();
        assert!(missing.starts_with("cannot serve ") && missing.contains("No such file"), "{missing}");
        assert!(matches!(fault("secret.txt", 0), ServeError::Directory { .. }));
    }
}
