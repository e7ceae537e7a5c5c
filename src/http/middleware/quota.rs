//! Holds each client to its quota, and tells it how much is left.

use std::sync::Arc;

use poem::http::{HeaderName, HeaderValue, Method};
use poem::{Endpoint, IntoResponse, Request, Response, Result};

use super::{IsHead, client_address, is_prefetch};
use crate::http::answer::value;
use crate::http::api::json::API_PREFIX;
use crate::http::problem::{Problem, ProblemKind};
use crate::limits::{Class, Quotas, Verdict};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Lets a request through, or answers 429.
pub struct Quota<E> {
    inner: E,
    quotas: Arc<Quotas>,
    policies: Policies,
    trusted_proxies: u8,
}

/// What `RateLimit-Policy` says of each class.
struct Policies {
    read: HeaderValue,
    visit: HeaderValue,
}

impl<E> Quota<E> {
    /// Guards `inner`. Proxies are counted from the right of `X-Forwarded-For`.
    pub fn new(inner: E, quotas: Arc<Quotas>, trusted_proxies: u8) -> Self {
        let policies = Policies { read: value(quotas.policy(Class::Read)), visit: value(quotas.policy(Class::Visit)) };
        Self { inner, quotas, policies, trusted_proxies }
    }
}

impl<E: Endpoint<Output: IntoResponse>> Endpoint for Quota<E> {
    type Output = Response;

    #[expect(clippy::manual_async_fn, reason = "an `async fn` has room for the request twice")]
    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> {
        async move {
            let Some(class) = class(&request).filter(|_| self.quotas.enabled()) else {
                return self.inner.call(request).await.map(IntoResponse::into_response);
            };
            let verdict = self.quotas.check(class, client_address(&request, self.trusted_proxies));
            if !verdict.allowed {
                return Err(self.policies.refusal(&verdict).into());
            }
            match self.inner.call(request).await {
                Ok(response) => {
                    let mut response = response.into_response();
                    for (name, value) in self.policies.headers(&verdict) {
                        response.headers_mut().insert(name, value);
                    }
                    Ok(response)
                }
                Err(error) => {
                    let problem = Problem::from_error(error);
                    Err(self.policies.told(problem, &verdict).into())
                }
            }
        }
    }
}

/// Which quota a request counts against; probes of load balancers count against none.
fn class(request: &Request) -> Option<Class> {
    let path = request.uri().path();
    let counts = match path {
        "/healthz" => return None,
        "/" => request.method() == Method::GET && !IsHead::of(request).0 && !is_prefetch(request.headers()),
        _ => request.method() == Method::POST && path.strip_prefix(API_PREFIX) == Some("/visits"),
    };
    Some(if counts { Class::Visit } else { Class::Read })
}

impl Policies {
    fn refusal(&self, verdict: &Verdict) -> Problem {
        let seconds = verdict.retry_after_seconds;
        let problem = ProblemKind::TooManyRequests
            .because(format!("this client's quota is used up; the next request is let through in {seconds} s"))
            .retry_after(seconds);
        self.told(problem, verdict)
    }

    fn told(&self, problem: Problem, verdict: &Verdict) -> Problem {
        self.headers(verdict).into_iter().fold(problem, |problem, (name, value)| problem.with_header(name, value))
    }

    fn headers(&self, verdict: &Verdict) -> [(HeaderName, HeaderValue); 2] {
        let policy = match verdict.class {
            Class::Read => &self.read,
            Class::Visit => &self.visit,
        };
        [(RATE_LIMIT_POLICY, policy.clone()), (RATE_LIMIT, value(verdict.limit()))]
    }
}
