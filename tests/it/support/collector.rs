//! A collector of traces that also does what a real one cannot be asked to: hang, refuse, reset, be slow. It speaks OTLP over
//! HTTP and by gRPC.

use std::convert::Infallible;
use std::fmt::Write;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// What it does with what it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Takes it.
    Takes,
    /// Says that it takes all but one of the spans of each batch.
    Rejects,
    /// Answers with this status.
    Answers(u16),
    /// Takes it, after so long.
    Slow(Duration),
    /// Never answers.
    Hangs,
    /// Closes connections before it has read what was sent.
    Resets,
}

/// A running collector.
pub struct Collector {
    address: String,
    state: Arc<Mutex<State>>,
    listening: Option<AbortHandle>,
}

struct State {
    mood: Mood,
    requests: Vec<Taken>,
}

/// One batch that was taken.
#[derive(Clone)]
struct Taken {
    path: String,
    headers: HeaderMap,
    message: ExportTraceServiceRequest,
}

impl Collector {
    /// One that takes everything.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State { mood: Mood::Takes, requests: Vec::new() }));
        let mut this = Self { address: "127.0.0.1:0".to_owned(), state, listening: None };
        this.open().await;
        this
    }

    /// Where it is, `http://127.0.0.1:12345`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Goes away: connections are refused.
    pub fn close(&mut self) {
        self.listening.take().unwrap().abort();
    }

    /// Comes back where it was.
    pub async fn open(&mut self) {
        let listener = TcpListener::bind(&self.address).await.unwrap();
        self.address = listener.local_addr().unwrap().to_string();
        let state = Arc::clone(&self.state);
        self.listening = Some(tokio::spawn(listen(listener, state)).abort_handle());
    }

    /// Changes what it does from now on.
    pub fn set(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    /// All spans that it has taken.
    pub fn spans(&self) -> Vec<Span> {
        let state = self.state.lock().unwrap();
        let resources = state.requests.iter().flat_map(|taken| &taken.message.resource_spans);
        resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| scope.spans.clone()).collect()
    }

    /// What the last batch said of its sender.
    pub fn resource(&self) -> Vec<KeyValue> {
        let state = self.state.lock().unwrap();
        let resource = state.requests.last().unwrap().message.resource_spans[0].resource.clone();
        resource.unwrap().attributes
    }

    /// The path and the headers of the last batch.
    pub fn last_request(&self) -> (String, HeaderMap) {
        let state = self.state.lock().unwrap();
        let last = state.requests.last().unwrap();
        (last.path.clone(), last.headers.clone())
    }

    /// Waits until it has taken what is looked for, and gives all spans then.
    pub async fn until(&self, found: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        let begun = Instant::now();
        loop {
            let spans = self.spans();
            if found(&spans) {
                return spans;
            }
            let names: Vec<_> = spans.iter().map(|span| &span.name).collect();
            assert!(begun.elapsed() < Duration::from_secs(20), "not within 20 s; there are {names:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

/// The attribute of a span or a resource, as text.
pub fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        Value::IntValue(number) => Some(number.to_string()),
        Value::BoolValue(flag) => Some(flag.to_string()),
        Value::DoubleValue(number) => Some(number.to_string()),
        other => panic!("{key} is {other:?}"),
    }
}

/// An id in hexadecimal digits.
pub fn hex(id: &[u8]) -> String {
    id.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Its connections end with it.
async fn listen(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let mood = state.lock().unwrap().mood;
        if mood == Mood::Resets {
            connections.spawn(reset(stream));
        } else {
            connections.spawn(serve(stream, Arc::clone(&state)));
        }
        while connections.try_join_next().is_some() {}
    }
}

/// To close while something is unread resets the connection.
async fn reset(stream: TcpStream) {
    stream.readable().await.unwrap();
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(answer(request, &state).await) }
    });
    // A client that leaves half-way is what some tests are about.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(request: Request<Incoming>, state: &Mutex<State>) -> Response<BoxBody<Bytes, Infallible>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Response::default() };
    let body = body.to_bytes();
    let is_grpc = parts.headers.get("content-type").is_some_and(|value| value == "application/grpc");
    let mood = state.lock().unwrap().mood;
    match mood {
        Mood::Takes | Mood::Rejects => {}
        Mood::Slow(duration) => tokio::time::sleep(duration).await,
        // A connection that was there before is reset from now on, too.
        Mood::Hangs | Mood::Resets => std::future::pending().await,
        Mood::Answers(status) => return refused(status, is_grpc),
    }
    // By gRPC a message follows a flag and its length.
    let is_zipped = if is_grpc { body[0] == 1 } else { parts.headers.contains_key("content-encoding") };
    let message = if is_grpc { &body[5..] } else { &body[..] };
    let message = if is_zipped { unzipped(message) } else { message.to_vec() };
    let mut message = ExportTraceServiceRequest::decode(&*message).unwrap();
    let partial_success = (mood == Mood::Rejects).then(|| {
        message.resource_spans[0].scope_spans[0].spans.pop().unwrap();
        ExportTracePartialSuccess { rejected_spans: 1, ..Default::default() }
    });
    let taken = Taken { path: parts.uri.path().to_owned(), headers: parts.headers, message };
    state.lock().unwrap().requests.push(taken);
    let answer = ExportTraceServiceResponse { partial_success }.encode_to_vec();
    if is_grpc { by_grpc(&answer) } else { Response::new(Full::from(answer).boxed()) }
}

fn refused(status: u16, is_grpc: bool) -> Response<BoxBody<Bytes, Infallible>> {
    let mut response = Response::new(Full::default().boxed());
    if is_grpc {
        // 13 is INTERNAL, 14 UNAVAILABLE.
        let code = if status == 503 { "14" } else { "13" };
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
        response.headers_mut().insert("grpc-status", HeaderValue::from_static(code));
    } else {
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
    }
    response
}

fn by_grpc(message: &[u8]) -> Response<BoxBody<Bytes, Infallible>> {
    let mut data = vec![0];
    data.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
    data.extend_from_slice(message);
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), HeaderValue::from_static("0"))]);
    let frames = [Ok(Frame::data(data.into())), Ok(Frame::trailers(trailers))];
    let mut response = Response::new(StreamBody::new(futures_util::stream::iter(frames)).boxed());
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}
