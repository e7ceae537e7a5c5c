//! `sirius config show` and `sirius config check`.
