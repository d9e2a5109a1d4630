//! Values of a bucket: `tasks` put or get one after the other, so that so many are in flight.

use std::time::{Duration, Instant};

use bench_common::{Measured, Settings, Window};
use bytes::Bytes;
use nats::jetstream::{self, kv};

use crate::connection;
use crate::Failure;

/// The bucket.
const BUCKET: &str = "BENCH";

pub(crate) async fn run(settings: &Settings) -> Result<Measured, Failure> {
    let context = jetstream::new(connection::open(settings).await?);
    let store = context.get_key_value(BUCKET).await?;
    use_for(&store, settings, settings.seconds("warmup", 0.3)?).await?;
    let time = settings.seconds("seconds", 1.0)?;
    let window = Window::begin();
    let done = use_for(&store, settings, time).await?;
    Ok(window.end(done))
}

async fn use_for(store: &kv::Store, settings: &Settings, time: Duration) -> Result<u64, Failure> {
    let size = settings.number("size", 16)?;
    let puts = settings.number("put", 0)? != 0;
    let until = Instant::now() + time;
    let user = |number: usize| {
        let (store, key) = (store.clone(), format!("key.{number}"));
        tokio::spawn(async move {
            match puts {
                true => put(&store, &key, size, until).await,
                false => get(&store, &key, size, until).await,
            }
        })
    };
    let tasks: Vec<_> = (0..settings.number("tasks", 1)?).map(user).collect();
    let mut done = 0;
    for task in tasks {
        done += task.await??;
    }
    Ok(done)
}

async fn put(store: &kv::Store, key: &str, size: usize, until: Instant) -> Result<u64, Failure> {
    let value = Bytes::from(vec![b'x'; size]);
    let mut done = 0;
    while Instant::now() < until {
        if store.put(key, value.clone()).await? == 0 {
            return Err("a value has the revision 0".into());
        }
        done += 1;
    }
    Ok(done)
}

async fn get(store: &kv::Store, key: &str, size: usize, until: Instant) -> Result<u64, Failure> {
    let mut done = 0;
    while Instant::now() < until {
        let value = store.get(key).await?.ok_or("a value is not there")?;
        if value.len() != size {
            return Err(format!("a value has {} bytes instead of {size}", value.len()).into());
        }
        done += 1;
    }
    Ok(done)
}
