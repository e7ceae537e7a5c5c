//! The pages that people look at: templates, their styles and scripts.
