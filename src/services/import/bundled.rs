//! The pictures that come with Sirius, in the binary itself.

/// Pictures in memory and the manifest that describes them.
#[derive(Debug, Clone, Copy)]
pub struct Bundle {
    /// In the format of `.jsonl` manifests; its paths are names in `files`.
    pub manifest: &'static str,
    /// Name and bytes of each.
    pub files: &'static [(&'static str, &'static [u8])],
}

/// The pictures of `assets/bundled`.
pub const BUNDLED: Bundle = Bundle { manifest: "", files: &[] };
