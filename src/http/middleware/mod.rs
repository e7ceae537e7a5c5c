//! What happens around every request, whatever it asks for: one concern a file, put together by [`super::public`] and
//! [`super::admin`].
//!
//! A layer that only looks at the answer is no `async fn`: that would have room for the request, and for all layers below it,
//! once more.

mod client;
mod cors;
mod disturbed;
mod guard;
mod head;
mod prefetch;
mod problems;
mod quota;
mod secured;

pub use client::client_address;
pub use cors::{Cors, open};
pub use disturbed::Disturbed;
pub use guard::Guard;
pub use head::{Head, IsHead};
pub use prefetch::is_prefetch;
pub use problems::Problems;
pub use quota::Quota;
pub use secured::Secured;
