//! Metrics as a scraper sees them.

mod document;
