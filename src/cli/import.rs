//! `sirius import`: what the operator sees of an import.
