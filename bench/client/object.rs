//! Objects of `size` bytes, put or read again and again; what is counted are their mebibytes.

use std::time::{Duration, Instant};

use bench_common::{Measured, Settings, Window};
use nats::jetstream::object_store::{Config, ObjectStore};
use nats::jetstream::{self, stream};
use tokio::io::AsyncReadExt;

use crate::connection;
use crate::Failure;

/// The store, and the object in it.
const STORE: &str = "BENCH";
const OBJECT: &str = "object";

/// Bytes that are read at a time, at the most.
const READ: usize = 256 * 1024;

pub(crate) async fn run(settings: &Settings) -> Result<Measured, Failure> {
    // As programs do it: in a task.
    tokio::spawn(use_store(settings.clone())).await?
}

async fn use_store(settings: Settings) -> Result<Measured, Failure> {
    let context = jetstream::new(connection::open(&settings).await?);
    let config = Config {
        bucket: STORE.to_owned(),
        storage: stream::StorageType::Memory,
        ..Default::default()
    };
    let store = context.create_object_store(config).await?;
    let content = vec![b'x'; settings.number("size", 16)?];
    let puts = settings.number("put", 0)? != 0;
    store.put(OBJECT, &mut content.as_slice()).await?;
    let time = settings.seconds("seconds", 1.0)?;
    if puts {
        let window = Window::begin();
        let put = put(&store, &content, time).await?;
        return Ok(window.end(put));
    }
    get(&store, &content, Duration::ZERO).await?;
    let window = Window::begin();
    let read = get(&store, &content, time).await?;
    Ok(window.end(read))
}

fn mebibytes(bytes: usize) -> u64 {
    (bytes >> 20) as u64
}

async fn put(store: &ObjectStore, content: &[u8], time: Duration) -> Result<u64, Failure> {
    let until = Instant::now() + time;
    let mut put = 0;
    while Instant::now() < until {
        store.put(OBJECT, &mut &*content).await?;
        put += mebibytes(content.len());
    }
    Ok(put)
}

async fn get(store: &ObjectStore, content: &[u8], time: Duration) -> Result<u64, Failure> {
    let until = Instant::now() + time;
    let mut buffer = vec![0; READ];
    let mut come = 0;
    loop {
        let mut object = store.get(OBJECT).await?;
        let mut size = 0;
        loop {
            match object.read(&mut buffer).await? {
                0 => break,
                read => size += read,
            }
        }
        if size != content.len() {
            return Err(format!("an object has {size} bytes instead of {}", content.len()).into());
        }
        come += mebibytes(size);
        if Instant::now() >= until {
            return Ok(come);
        }
    }
}
