//! What Sirius is measured against. For `make bench-peers` the least that can serve what it serves: what hyper costs and what
//! poem-openapi costs, before anything is done with them; nothing is observed, limited or checked there. For
//! `make bench-databases` Sirius itself with another store of visits: `bare counter` and `bare one-by-one`, and `bare fill`, which enters images.
//!
//! `bare hyper|poem-openapi ADDRESS FOLDER`: FOLDER has a list of images (`images.json`) and their bytes, each at the
//! path of its address. Everything is read once, into memory.

mod alone;
mod counted;
mod documented;
mod filled;
mod shelf;

use std::error::Error;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use tikv_jemallocator::Jemalloc;

use self::counted::Way;
use self::shelf::Shelf;

// As Sirius has it, so that it is not what is measured.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Sirius' own, so that it is not what is compared.
    let runtime = sirius::cli::runtime(std::thread::available_parallelism().map_or(1, NonZero::get)).build()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["counter"] => return runtime.block_on(counted::serve(Way::InMemory)),
        ["fill", images] => return runtime.block_on(filled::fill(images.parse()?)),
        ["one-by-one"] => return runtime.block_on(counted::serve(Way::OneByOne)),
        _ => {}
    }
    let [kind, address, folder] = arguments.as_slice() else {
        return Err("bare hyper|poem-openapi ADDRESS FOLDER, bare counter|one-by-one, or bare fill IMAGES".into());
    };
    let shelf = Arc::new(Shelf::read(Path::new(folder))?);
    match kind.as_str() {
        "hyper" => runtime.block_on(alone::serve(address, shelf)),
        "poem-openapi" => runtime.block_on(documented::serve(address, shelf)),
        other => Err(format!("{other} is neither hyper nor poem-openapi").into()),
    }
}
