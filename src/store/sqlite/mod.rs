//! The catalogue, the visits and the settings in SQLite: one file, one writer, every commit synced to the disk.
