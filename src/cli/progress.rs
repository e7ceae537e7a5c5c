//! How far something is whose end is known: a bar on a terminal, nothing elsewhere.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that does not know its end yet.
pub(super) fn bar() -> ProgressBar {
    if io::stderr().is_terminal() { ProgressBar::no_length() } else { ProgressBar::hidden() }
}

/// Begins from nothing, with so much to do.
pub(super) fn begin(bar: &ProgressBar, length: u64) {
    bar.reset();
    bar.set_length(length);
    // The template is this one.
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len}  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
}
