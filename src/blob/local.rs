//! Bytes in a local folder.
