//! A stream is read from its beginning, in order and without a gap, while the server is restarted in the middle of it.

use std::future::IntoFuture as _;

use async_nats::jetstream::consumer::push;
use async_nats::jetstream::stream::{Config, StorageType};
use futures_util::StreamExt;

use crate::guide::{within, Failure, Outcome};
use crate::Tour;

const EVENTS: usize = 1000;

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    let Some(jetstream) = tour.place.jetstream("replay").await? else {
        return tour.guide.lacks_jetstream();
    };
    let name = tour.place.name("EVENTS");
    let subject = tour.place.subject("events");
    let stream = jetstream
        .create_stream(Config {
            name: name.clone(),
            subjects: vec![subject.clone()],
            storage: StorageType::File,
            ..Default::default()
        })
        .await?;
    let mut acks = Vec::new();
    for number in 0..EVENTS {
        acks.push(jetstream.publish(subject.clone(), number.to_string().into()).await?);
    }
    for ack in acks {
        within("the word of the stream", ack.into_future()).await??;
    }
    tour.guide
        .says(format!("{EVENTS} events are on disk. They are read from the first on."));
    let consumer = stream
        .create_consumer(push::OrderedConfig {
            deliver_subject: jetstream.client().new_inbox(),
            ..Default::default()
        })
        .await?;
    let mut events = consumer.messages().await?;
    let half = in_order(&mut events, 0).await?;
    tour.guide.counted(half, EVENTS / 2, "events came")?;

    match tokio::task::block_in_place(|| tour.place.server().map(|server| server.restart())) {
        Some(()) => tour
            .guide
            .says("The server is restarted, and has forgotten how far the reader was."),
        None => {
            tour.guide
                .says("This is your server, so it is not restarted: the client is told to connect anew instead.");
            jetstream.client().force_reconnect().await?;
        }
    }
    let rest = in_order(&mut events, EVENTS / 2).await?;
    tour.guide.counted(
        rest,
        EVENTS / 2,
        "more events came, from where the reader was, in order, none of them twice",
    )?;
    drop(events);
    jetstream.delete_stream(name).await?;
    Ok(())
}

/// Reads half of the events, and returns how many were those that were due.
async fn in_order(events: &mut push::Ordered, first: usize) -> Result<usize, Failure> {
    for number in first..first + EVENTS / 2 {
        let event = within(&format!("event number {number}"), events.next()).await?;
        let event = event.ok_or_else(|| Failure::new("the stream ended"))??;
        if event.payload != number.to_string().as_bytes() {
            return Ok(number - first);
        }
    }
    Ok(EVENTS / 2)
}
