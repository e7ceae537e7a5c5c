//! Which pictures there are, and the manifest that goes with them.

use core::fmt::Write;

use crate::canvas::Canvas;
use crate::encode::Encoding;
use crate::pictures;

/// One picture: how it is drawn, what file it becomes and what is said about it.
pub struct Picture {
    /// The file's name without its extension.
    pub name: &'static str,
    pub title: &'static str,
    /// For someone who cannot see it.
    pub alt: &'static str,
    pub tags: &'static [&'static str],
    pub encoding: Encoding,
    /// The frames: one, or several for an animation.
    pub draw: fn() -> Vec<Canvas>,
}

pub const PICTURES: &[Picture] = &[
    pictures::sirius_ridge::PICTURE,
    pictures::canis_major::PICTURE,
    pictures::star_map::PICTURE,
    pictures::orion::PICTURE,
    pictures::pleiades::PICTURE,
    pictures::milky_way::PICTURE,
    pictures::star_trails::PICTURE,
    pictures::lighthouse::PICTURE,
    pictures::saturn::PICTURE,
    pictures::moon_phases::PICTURE,
    pictures::meteors::PICTURE,
    pictures::comet::PICTURE,
    pictures::eclipse::PICTURE,
    pictures::aurora::PICTURE,
    pictures::earth::PICTURE,
];

impl Picture {
    pub fn file(&self) -> String {
        format!("{}.{}", self.name, self.encoding.extension())
    }
}

/// JSON Lines, in the form that `sirius import` reads.
pub fn manifest() -> String {
    PICTURES.iter().fold(String::new(), |mut lines, picture| {
        let tags: Vec<String> = picture.tags.iter().map(|tag| quoted(tag)).collect();
        let (path, title, alt) = (quoted(&picture.file()), quoted(picture.title), quoted(picture.alt));
        let tags = tags.join(",");
        // Writing to a string cannot fail.
        let _ = writeln!(
            lines,
            r#"{{"path":{path},"title":{title},"alt":{alt},"tags":[{tags}],"author":"The Sirius authors","source":null,"licence":"CC0-1.0"}}"#
        );
        lines
    })
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
