//! Puts a file into an object store and gets it back, with a bar that shows how far it is.
//!
//! Run it with a server at hand that has JetStream enabled: `cargo run --example files -- FILE`. Another server than on this
//! machine is named by `NATS_URL`.

use std::io::Write;
use std::path::PathBuf;

use async_nats::jetstream::{self, object_store::Config};

/// Characters of the bar.
const WIDTH: u64 = 40;

fn draw(what: &str, bytes: u64, of: u64) {
    let filled = (bytes * WIDTH).checked_div(of).unwrap_or(WIDTH) as usize;
    print!(
        "\r{what} [{:-<width$}] {} of {of} bytes",
        "#".repeat(filled),
        bytes,
        width = WIDTH as usize
    );
    // A terminal that cannot be written to has nobody who looks at it.
    let _ = std::io::stdout().flush();
}

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let Some(file) = std::env::args().nth(1).map(PathBuf::from) else {
        return Err("name a file: cargo run --example files -- FILE".into());
    };
    let size = tokio::fs::metadata(&file).await?.len();
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let client = async_nats::connect(url).await?;
    let jetstream = jetstream::new(client.clone());
    let store = jetstream
        .create_object_store(Config {
            bucket: "example_files".to_owned(),
            ..Default::default()
        })
        .await?;

    let info = store
        .put_file("a file", &file, |bytes| draw("put", bytes, size))
        .await?;
    println!("\n{} chunks, {}", info.chunks, info.digest.unwrap_or_default());
    let copy = file.with_extension("copy");
    store
        .get_file("a file", &copy, |bytes, of| draw("got", bytes, of))
        .await?;
    println!(
        "\n{} has the same content, or there would have been an error",
        copy.display()
    );

    jetstream.delete_object_store("example_files").await?;
    client.drain().await?;
    Ok(())
}
