//! The catalogue in memory: the snapshot that requests read, and how it follows the database.
