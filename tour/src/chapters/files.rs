//! A file in an object store, and back, with its digest.

use async_nats::jetstream::object_store::Config;
use async_nats::jetstream::stream::StorageType;
use tokio::io::AsyncReadExt;

use crate::guide::{within, Outcome};
use crate::Tour;

const SIZE: usize = 5_000_000;

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    let Some(jetstream) = tour.place.jetstream("files").await? else {
        return tour.guide.lacks_jetstream();
    };
    let bucket = tour.place.name("files");
    let files = jetstream
        .create_object_store(Config {
            bucket: bucket.clone(),
            storage: StorageType::Memory,
            ..Default::default()
        })
        .await?;
    let picture: Vec<u8> = (0..SIZE).map(|place| (place % 251) as u8).collect();
    let mut told = 0;
    let mut bytes = &picture[..];
    let put = files.put_with_progress("a picture", &mut bytes, |_| told += 1);
    let info = within("the picture to be stored", put).await??;
    tour.guide.says(format!(
        "A picture of {SIZE} bytes is stored in {} chunks; progress was told {told} times.",
        info.chunks
    ));
    tour.guide.check(
        info.digest
            .as_deref()
            .is_some_and(|digest| digest.starts_with("SHA-256=")),
        format!("its digest is {}", info.digest.as_deref().unwrap_or("missing")),
    )?;
    let mut object = files.get("a picture").await?;
    let mut back = Vec::new();
    within("the picture", object.read_to_end(&mut back)).await??;
    tour.guide.check(
        back == picture,
        "it is read back, and the digest is right: else the reader had failed",
    )?;

    files.delete("a picture").await?;
    tour.guide
        .check(files.get("a picture").await.is_err(), "once deleted, it is not found")?;
    jetstream.delete_object_store(bucket).await?;
    Ok(())
}
