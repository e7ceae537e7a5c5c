//! Cursors: where a walk or a list goes on, opaque to clients and authenticated.
