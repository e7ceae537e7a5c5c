//! What the server itself answers, without asking the endpoint.

use std::fmt::Write;

use poem::Response;
use poem::http::header::{CONNECTION, CONTENT_LENGTH};

/// Why the server answers a request itself. The application turns it into a response, in the form its errors have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// As many connections are open as `server.max_connections` allows: 503.
    TooManyConnections,
    /// As many requests are under way as `server.max_requests` allows: 503.
    TooManyRequests,
    /// Requests wait for a processor longer than `server.max_lag` allows: 503.
    Lagging,
    /// Clients have not taken as many bytes as `server.max_unsent_bytes` allows: 503.
    TooMuchUnsent,
    /// The request is ambiguous about whom it asks, such as by two `Host` headers: 400.
    BadHost,
    /// The endpoint had no response after `server.request_timeout`: 503.
    RequestTimeout,
    /// The request says that its body is larger than `server.max_body_bytes`: 413.
    BodyTooLarge {
        /// The most that is taken.
        limit_bytes: usize,
    },
}

/// Makes the response to a refusal.
pub(super) type Refuse = Box<dyn Fn(Refusal) -> Response + Send + Sync>;

impl Refusal {
    /// When it is worth trying again, for `Retry-After`; none for what would be refused again.
    #[must_use]
    pub fn retry_after_seconds(self) -> Option<u32> {
        match self {
            Self::TooManyConnections | Self::TooManyRequests | Self::Lagging | Self::TooMuchUnsent => Some(1),
            Self::RequestTimeout => Some(5),
            Self::BodyTooLarge { .. } | Self::BadHost => None,
        }
    }
}

/// The response as an HTTP/1.1 message that closes its connection, for one that gets nothing else.
pub(super) async fn into_message(response: Response) -> Vec<u8> {
    let (mut parts, body) = response.into_parts();
    // A body that breaks off leaves an answer without one: the status still tells the client what to do.
    let body = body.into_bytes().await.unwrap_or_default();
    parts.headers.remove(CONNECTION);
    parts.headers.remove(CONTENT_LENGTH);
    let mut head = format!("HTTP/1.1 {}\r\n", parts.status);
    for (name, value) in &parts.headers {
        if let Ok(value) = value.to_str() {
            // Writing to a string cannot fail.
            let _ = write!(head, "{name}: {value}\r\n");
        }
    }
    let _ = write!(head, "content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let mut message = head.into_bytes();
    message.extend_from_slice(&body);
    message
}

#[cfg(test)]
mod tests {
    use poem::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn a_message_carries_the_response_and_closes() {
        let response = Response::builder()
            .status(StatusCode::SERVICE_UNAVAILABLE)
            .header("retry-after", "1")
            .header("content-length", "99")
            .header("connection", "keep-alive")
            .body("full");
        let message = String::from_utf8(into_message(response).await).unwrap();
        let expected = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\
                        content-length: 4\r\nconnection: close\r\n\r\nfull";
        assert_eq!(message, expected);
    }
}
