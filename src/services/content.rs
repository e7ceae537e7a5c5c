//! The bytes of stored images, hot ones from memory.
