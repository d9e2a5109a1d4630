//! The server is stopped under the client's feet and started again; on a server that is not ours, the client is told to
//! connect anew.

use async_nats::{Client, ConnectOptions, Event, Subscriber};
use futures_util::StreamExt;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver};

use crate::guide::{within, Failure, Outcome};
use crate::place::settled;
use crate::Tour;

/// Messages of each part: before, while there is no server, and after.
const PART: usize = 500;

pub(super) async fn run(tour: &mut Tour) -> Outcome {
    let (client, mut events) = watched(tour).await?;
    let news_subject = tour.place.subject("news");
    let mut news = client.subscribe(news_subject.clone()).await?;
    let mut few = client.subscribe(news_subject.clone()).await?;
    few.unsubscribe_after(PART as u64 + 3).await?;
    let service = client
        .queue_subscribe(tour.place.subject("echo"), "echoes".to_owned())
        .await?;
    tokio::spawn(echo(client.clone(), service));
    settled(&client).await?;
    tour.guide
        .says("One client: a subscription to the news, one that wants only so many of them, and a service.");

    publish(&client, &news_subject, 0).await?;
    tour.guide.counted(in_order(&mut news, 0).await?, PART, "news came")?;

    if tour.place.server().is_some() {
        away(tour, &client, &mut events, &news_subject).await?;
    } else {
        tour.guide
            .says("This is your server, so it is not restarted: the client is told to connect anew instead.");
        client.force_reconnect().await?;
        // Until it says so, it may still publish by the connection that it is about to leave, and not hear the echo.
        until(&mut events, &Event::Disconnected).await?;
        publish(&client, &news_subject, PART).await?;
        until(&mut events, &Event::Connected).await?;
    }
    let kept = in_order(&mut news, PART).await?;
    tour.guide.counted(
        kept,
        PART,
        "news that were published meanwhile came, in order, none of them twice",
    )?;

    publish(&client, &news_subject, 2 * PART).await?;
    tour.guide.counted(
        in_order(&mut news, 2 * PART).await?,
        PART,
        "news that were published after it came",
    )?;
    let mut wanted = 0;
    while within("the end of a subscription that wanted only so many", few.next())
        .await?
        .is_some()
    {
        wanted += 1;
    }
    tour.guide.counted(
        wanted,
        PART + 3,
        "came to the subscription that wanted no more, and it ended",
    )?;

    let asker = tour.place.client("asks the service").await?;
    let reply = within(
        "a reply",
        asker.request(tour.place.subject("echo"), "still there?".into()),
    )
    .await??;
    tour.guide.check(
        reply.payload == "still there?",
        "the service, which is a queue group, came back too",
    )?;
    let connects = client.statistics().connects.load(Ordering::Relaxed);
    tour.guide
        .check(connects == 2, format!("the client connected {connects} times in all"))
}

/// The private server is stopped and started, with news published in between.
async fn away(tour: &mut Tour, client: &Client, events: &mut UnboundedReceiver<Event>, subject: &str) -> Outcome {
    let gone = || Failure::new("there is no private server");
    tokio::task::block_in_place(|| tour.place.server().map(|server| server.stop())).ok_or_else(gone)?;
    until(events, &Event::Disconnected).await?;
    tour.guide
        .says("The server is stopped. The client has noticed, and says: disconnected.");

    publish(client, subject, PART).await?;
    tour.guide
        .says(format!("{PART} more news are published, to nobody as yet."));

    tokio::task::block_in_place(|| tour.place.server().map(|server| server.start())).ok_or_else(gone)?;
    until(events, &Event::Connected).await?;
    tour.guide
        .says("The server is started again. Nothing was done about it, and the client says: connected.");
    Ok(())
}

/// A client whose events can be waited for.
async fn watched(tour: &Tour) -> Result<(Client, UnboundedReceiver<Event>), Failure> {
    let (tell, mut events) = unbounded_channel();
    let options = ConnectOptions::new().event_callback(move |event| {
        // Nobody listens when the chapter is over.
        let _ = tell.send(event);
        std::future::ready(())
    });
    let client = tour.place.client_with("reconnect", options).await?;
    until(&mut events, &Event::Connected).await?;
    Ok((client, events))
}

async fn until(events: &mut UnboundedReceiver<Event>, awaited: &Event) -> Outcome {
    let what = format!("the event `{awaited}`");
    while let Some(event) = within(&what, events.recv()).await? {
        if event == *awaited {
            return Ok(());
        }
    }
    Err(Failure::new(format!("the client ended before {what}")))
}

/// Publishes one part, numbered from `first`.
async fn publish(client: &Client, subject: &str, first: usize) -> Outcome {
    for number in first..first + PART {
        client.publish(subject.to_owned(), number.to_string().into()).await?;
    }
    Ok(())
}

/// Reads one part, and returns how many messages were those that were due, in order.
async fn in_order(news: &mut Subscriber, first: usize) -> Result<usize, Failure> {
    for number in first..first + PART {
        let what = format!("news number {number}");
        let came = within(&what, news.next())
            .await?
            .ok_or_else(|| Failure::new("the subscription ended"))?;
        if came.payload != number.to_string().as_bytes() {
            return Ok(number - first);
        }
    }
    Ok(PART)
}

async fn echo(client: Client, mut questions: Subscriber) {
    while let Some(question) = questions.next().await {
        if let Some(reply) = question.reply {
            // A service that cannot answer any more has no one to tell.
            let _ = client.publish(reply, question.payload).await;
        }
    }
}
