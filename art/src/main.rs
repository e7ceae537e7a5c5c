//! Draws the pictures that Sirius bundles; see the README beside this package for how it is run.

mod canvas;
mod catalogue;
mod colour;
mod develop;
mod encode;
mod gallery;
mod landscape;
mod math;
mod noise;
mod palette;
mod pictures;
mod rng;
mod shape;
mod stars;
mod terrain;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gallery::{PICTURES, Picture};

const USAGE: &str = "\
Usage: sirius-art                        draw every picture and the manifest into assets/bundled
       sirius-art --only NAME            draw the pictures whose name contains NAME, and the manifest
       sirius-art --check                draw them again and compare them with what is there
       sirius-art --preview FOLDER NAME  draw the pictures whose name contains NAME as PNG, to look at";

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => draw(&bundled(), ""),
        ["--only", name] => draw(&bundled(), name),
        ["--check"] => check(&bundled()),
        ["--preview", folder, name] => preview(Path::new(folder), name),
        _ => Err(USAGE.into()),
    };
    if let Err(error) = outcome {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn bundled() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/bundled")
}

fn draw(folder: &Path, name: &str) -> Outcome {
    std::fs::create_dir_all(folder)?;
    let mut total_bytes = 0;
    for picture in PICTURES
        .iter()
        .filter(|picture| picture.name.contains(name))
    {
        let bytes = picture.encoding.encode(&(picture.draw)())?;
        println!("{:>8}  {}", bytes.len(), picture.file());
        total_bytes += bytes.len();
        std::fs::write(folder.join(picture.file()), bytes)?;
    }
    std::fs::write(folder.join("manifest.jsonl"), gallery::manifest())?;
    println!("{total_bytes:>8}  bytes");
    Ok(())
}

fn check(folder: &Path) -> Outcome {
    let mut different = Vec::new();
    let mut compare = |file: String, drawn: &[u8]| match std::fs::read(folder.join(&file)) {
        Ok(there) if there == drawn => println!("same       {file}"),
        _ => {
            println!("different  {file}");
            different.push(file);
        }
    };
    for picture in PICTURES {
        compare(picture.file(), &picture.encoding.encode(&(picture.draw)())?);
    }
    compare("manifest.jsonl".into(), gallery::manifest().as_bytes());
    if different.is_empty() {
        return Ok(());
    }
    Err(format!("not what the code draws: {}", different.join(", ")).into())
}

fn preview(folder: &Path, name: &str) -> Outcome {
    std::fs::create_dir_all(folder)?;
    let wanted = |picture: &&Picture| picture.name.contains(name);
    for picture in PICTURES.iter().filter(wanted) {
        let frames = (picture.draw)();
        for (i, frame) in frames.iter().enumerate().step_by(8) {
            let file = folder.join(format!("{}-{i}.png", picture.name));
            std::fs::write(file, encode::preview(frame)?)?;
        }
    }
    Ok(())
}
