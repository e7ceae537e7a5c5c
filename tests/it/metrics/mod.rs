//! Metrics as a scraper sees them.

mod document;
mod openmetrics;
mod process;
mod scrape;
mod strangers;
