//! Draining a subscription, and a whole client: nothing new is taken, nothing that was taken is lost.

use async_nats::{ConnectOptions, Event};
use futures_util::StreamExt;
use tokio::sync::mpsc::unbounded_channel;

use crate::guide::{within, Failure, Outcome};
use crate::place::settled;
use crate::Tour;

const MESSAGES: usize = 1000;

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    subscription(tour).await?;
    client(tour).await
}

async fn subscription(tour: &mut Tour) -> Outcome {
    let client = tour.place.client("drain a subscription").await?;
    let subject = tour.place.subject("inbox");
    let mut inbox = client.subscribe(subject.clone()).await?;
    tour.guide.says(format!(
        "{MESSAGES} messages are published, and the subscription to them is drained at once."
    ));
    for number in 0..MESSAGES {
        client.publish(subject.clone(), number.to_string().into()).await?;
    }
    inbox.drain().await?;
    let mut came = 0;
    while within("the end of the subscription", inbox.next()).await?.is_some() {
        came += 1;
    }
    tour.guide
        .counted(came, MESSAGES, "messages came, and then the subscription ended")
}

async fn client(tour: &mut Tour) -> Outcome {
    let reader = tour.place.client("a reader").await?;
    let mut letters = reader.subscribe(tour.place.subject("letters")).await?;
    settled(&reader).await?;

    let (tell, mut events) = unbounded_channel();
    let options = ConnectOptions::new().event_callback(move |event| {
        // Nobody listens when the chapter is over.
        let _ = tell.send(event);
        std::future::ready(())
    });
    let leaving = tour.place.client_with("leaves in order", options).await?;
    let mut inbox = leaving.subscribe(tour.place.subject("for.the.one.who.leaves")).await?;

    tour.guide.says(format!(
        "A client has {MESSAGES} messages to send and {MESSAGES} to read, and is drained at once."
    ));
    for number in 0..MESSAGES {
        leaving
            .publish(tour.place.subject("letters"), number.to_string().into())
            .await?;
        leaving
            .publish(tour.place.subject("for.the.one.who.leaves"), number.to_string().into())
            .await?;
    }
    leaving.drain().await?;

    let mut read = 0;
    while within("the end of the subscription", inbox.next()).await?.is_some() {
        read += 1;
    }
    tour.guide
        .counted(read, MESSAGES, "messages were still read by the client that leaves")?;
    let mut came = 0;
    while came < MESSAGES && within("a letter", letters.next()).await?.is_some() {
        came += 1;
    }
    tour.guide
        .counted(came, MESSAGES, "messages of it reached the other client")?;

    let mut last = None;
    while last != Some(Event::Closed) {
        let event = within("the event `closed`", events.recv()).await?;
        last = Some(event.ok_or_else(|| Failure::new("the events ended without `closed`"))?);
    }
    tour.guide.check(true, "the client says: closed")?;
    let refused = leaving.publish(tour.place.subject("letters"), "one more".into()).await;
    let sentence = "what is published after that is refused";
    match refused {
        Ok(()) => tour.guide.check(false, sentence),
        Err(error) => tour.guide.check(true, format!("{sentence}: {error}")),
    }
}
