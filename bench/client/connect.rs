//! Connecting: one connection after the other, each dropped at once.

use std::time::{Duration, Instant};

use bench_common::{Measured, Settings, Window};

use crate::connection;
use crate::Failure;

pub(crate) async fn run(settings: &Settings) -> Result<Measured, Failure> {
    connect_for(settings, settings.seconds("warmup", 0.3)?).await?;
    let time = settings.seconds("seconds", 1.0)?;
    let window = Window::begin();
    let connected = connect_for(settings, time).await?;
    Ok(window.end(connected))
}

async fn connect_for(settings: &Settings, time: Duration) -> Result<u64, Failure> {
    let until = Instant::now() + time;
    let mut connected = 0;
    while Instant::now() < until {
        drop(connection::open(settings).await?);
        connected += 1;
    }
    Ok(connected)
}
