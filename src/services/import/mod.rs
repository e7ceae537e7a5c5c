//! Bringing pictures in: folders and manifests become entries of the catalogue.
