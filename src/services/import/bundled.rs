//! The pictures that come with Sirius, in the binary itself.

/// Pictures in memory and the manifest that describes them.
#[derive(Debug, Clone, Copy)]
pub struct Bundle {
    /// In the format of `.jsonl` manifests; its paths are names in `files`.
    pub manifest: &'static str,
    /// Name and bytes of each.
    pub files: &'static [(&'static str, &'static [u8])],
}

/// The files of `assets/bundled` by their names.
macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../assets/bundled/", $name)))),+]
    };
}

/// The pictures of `assets/bundled`.
pub const BUNDLED: Bundle = Bundle {
    manifest: include_str!("../../../assets/bundled/manifest.jsonl"),
    files: files![
        "aurora-over-a-lake.avif",
        "canis-major.jpg",
        "comet-at-dusk.jpg",
        "lighthouse-beam.webp",
        "meteor-shower.gif",
        "milky-way-over-an-observatory.jpg",
        "moon-phases.png",
        "orion.avif",
        "saturn.webp",
        "sirius-over-a-snowy-ridge.jpg",
        "star-trails-around-the-pole.jpg",
        "sunrise-from-orbit.avif",
        "total-solar-eclipse.jpg",
        "twinkling-pleiades.gif",
        "winter-hexagon-star-map.png",
    ],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_bundle_is_the_folder_and_its_manifest() {
        let bundled: BTreeSet<_> = BUNDLED.files.iter().map(|(name, _)| (*name).to_owned()).collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bundled");
        let in_folder =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(bundled, in_folder.filter(|name| name != "manifest.jsonl").collect());
        let in_manifest = BUNDLED.manifest.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["path"].as_str().unwrap().to_owned()
        });
        assert_eq!(bundled, in_manifest.collect());
        let bytes: usize = BUNDLED.files.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(bytes < 1_500_000, "{bytes} bytes are too many to carry around");
    }
}
