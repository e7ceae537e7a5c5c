//! Telling clients that keep their connections to come by another one, while there is still time.
//!
//! A connection that is closed while it is idle may be closed at the very moment when its client sends the next request, and
//! a client cannot know whether that was heard. One that is closed with an answer cannot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderValue, Response, header};

/// Whether a server is about to stop.
#[derive(Debug, Clone, Default)]
pub struct Parting(Arc<AtomicBool>);

impl Parting {
    /// From now on each answer of HTTP/1.1 is the last of its connection. New connections are taken as before.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Says so in an answer of HTTP/1.1, if it is so.
    pub(super) fn mark<B>(&self, mut response: Response<B>) -> Response<B> {
        if self.0.load(Ordering::Relaxed) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
