//! The API over real connections: each resource as clients use it, and as they misuse it.

mod content;
mod images;
mod quotas;
mod random;
mod visits;
mod wrong;
