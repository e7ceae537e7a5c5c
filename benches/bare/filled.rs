//! Entering made-up images into a database, for `make bench-databases`: `bare fill IMAGES`.

#[allow(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to say")]
#[allow(dead_code, reason = "each benchmark uses a part of it")]
#[path = "../images/mod.rs"]
mod images;

use std::error::Error;

use sirius::app::Opened;
use sirius::domain::NewImage;

use self::images::Maker;

const BATCH: u32 = 10_000;

/// As imports enter them; the same images each time.
pub async fn fill(images: u32) -> Result<(), Box<dyn Error>> {
    let stores = Opened::open(&super::counted::settings()?.config).await?.stores;
    let mut maker = Maker::new(1);
    for begin in (0..images).step_by(BATCH as usize) {
        let batch: Vec<NewImage> = (begin..images.min(begin + BATCH)).map(|_| maker.image()).collect();
        stores.catalogue.add(&batch).await?;
    }
    stores.connection.close().await;
    Ok(())
}
