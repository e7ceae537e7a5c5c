//! Counting visits: each one durable before it is acknowledged.
