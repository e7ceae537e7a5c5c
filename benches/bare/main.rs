//! The least that can serve what Sirius serves, for `make bench-peers`: what hyper costs and what poem-openapi costs,
//! before anything is done with them. Nothing is observed, limited or checked here.
//!
//! `bare hyper|poem-openapi ADDRESS FOLDER`: FOLDER has a list of images (`images.json`) and their bytes, each at the
//! path of its address. Everything is read once, into memory.

mod alone;
mod documented;
mod shelf;

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use self::shelf::Shelf;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, address, folder] = arguments.as_slice() else {
        return Err("bare hyper|poem-openapi ADDRESS FOLDER".into());
    };
    let shelf = Arc::new(Shelf::read(Path::new(folder))?);
    // As many threads as there are processors that it may use, as Sirius has.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match kind.as_str() {
        "hyper" => runtime.block_on(alone::serve(address, shelf)),
        "poem-openapi" => runtime.block_on(documented::serve(address, shelf)),
        other => Err(format!("{other} is neither hyper nor poem-openapi").into()),
    }
}
