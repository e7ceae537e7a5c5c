//! Copying everything that Sirius keeps to somewhere else: the rows of a database, and the bytes of a store.
//!
//! Both go on where they were interrupted, may run beside a service that uses the source, and compare everything in the end.

pub mod bytes;
pub mod rows;
