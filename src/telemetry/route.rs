//! The paths that requests are told apart by: templates such as `/api/v1/images/{id}`, a closed set made at start.
//!
//! Which path belongs to which template is the business of `http`.

use std::fmt;
use std::sync::{Mutex, PoisonError};

/// More templates than this are a mistake: something makes them from what clients send.
pub(super) const MAX_ROUTES: usize = 256;

/// What only asks how Sirius is, again and again: nobody wants a trace of it.
const PROBES: [&str; 6] = ["/healthz", "/livez", "/metrics", "/readyz", "/startupz", "/version"];

/// A path template, `http.route` of the semantic conventions, or `unmatched` for every path that is none of ours.
#[derive(Clone, Copy)]
pub struct Route(&'static Named);

struct Named {
    index: usize,
    probe: bool,
    template: &'static str,
}

/// Every route but [`Route::UNMATCHED`], by its index less one. Written while a port's routes are put together.
static KNOWN: Mutex<Vec<Route>> = Mutex::new(Vec::new());

impl Route {
    /// What no template matches.
    pub const UNMATCHED: Self = Self(&Named { index: 0, probe: false, template: "unmatched" });

    /// The route of a template, which is kept for the life of the process: for what the code names, never for what a
    /// client sends. Beyond 256 of them everything is `unmatched`.
    #[must_use]
    pub fn of_template(template: &str) -> Self {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = known.iter().find(|route| route.template() == template) {
            return *route;
        }
        let index = known.len() + 1;
        if index >= MAX_ROUTES {
            return Self::UNMATCHED;
        }
        let probe = PROBES.contains(&template);
        let route = Self(Box::leak(Box::new(Named { index, probe, template: Box::leak(template.into()) })));
        known.push(route);
        route
    }

    /// Every route of this process so far, in the order of [`Route::index`].
    #[must_use]
    pub fn all() -> Vec<Self> {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        [Self::UNMATCHED].into_iter().chain(known.iter().copied()).collect()
    }

    /// Its place among all routes of this process, below 256: for tables of what is held for each.
    #[must_use]
    pub fn index(self) -> usize {
        self.0.index
    }

    /// Whether it only asks how Sirius is.
    #[must_use]
    pub fn is_probe(self) -> bool {
        self.0.probe
    }

    /// For example `/api/v1/images/{id}`.
    #[must_use]
    pub fn template(self) -> &'static str {
        self.0.template
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.index() == other.index()
    }
}

impl Eq for Route {}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.template())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_one_route_however_often_it_is_named() {
        let route = Route::of_template("/tests/{id}");
        assert_eq!(Route::of_template("/tests/{id}"), route);
        assert_ne!(route, Route::UNMATCHED);
        assert_eq!((route.template(), Route::UNMATCHED.template()), ("/tests/{id}", "unmatched"));
        assert_eq!(Route::all()[route.index()], route);
    }
}
