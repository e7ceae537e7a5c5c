//! Everything that speaks HTTP. The only place that may name poem and hyper.
//!
//! [`public`] and [`admin`] put the routes of their ports together; [`server`] listens and drives them. What the API
//! answers stands in [`api`], what people visit in [`site`].

pub mod accept;
pub mod admin;
pub mod answer;
pub mod api;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod operations;
pub mod origin;
pub mod pages;
pub mod problem;
pub mod public;
pub mod routes;
pub mod security;
pub mod server;
pub mod site;
