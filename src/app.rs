//! Builds the running service from its configuration; start-up and shut-down order are read here.
