//! Publishes the time once a second, and says what happens to the connection. Stop the server and start it again to see
//! that what was published meanwhile is not lost. Ends with Ctrl-C.
//!
//! Run it with a server at hand: `cargo run --example reconnect_events`. Another one than on this machine is named by
//! `NATS_URL`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::{ConnectOptions, Event};

/// What an event means to somebody who looks at the program.
fn describe(event: &Event) -> String {
    match event {
        Event::Connected => "there is a connection".to_owned(),
        Event::Disconnected => "the connection is lost; publishes are kept until there is another".to_owned(),
        Event::LameDuckMode => "the server is about to shut down; moving on".to_owned(),
        Event::Closed => "this was the last event".to_owned(),
        other => other.to_string(),
    }
}

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = std::env::var("NATS_URL").unwrap_or_else(|_| "localhost".to_owned());
    let client = ConnectOptions::new()
        .name("reconnect_events")
        // A dead link is noticed within half a minute.
        .ping_interval(Duration::from_secs(10))
        // No server is needed yet: whenever there is one, it gets what was published until then.
        .retry_on_initial_connect()
        .event_callback(|event| async move { println!("{}", describe(&event)) })
        .connect(url)
        .await?;

    let publisher = client.clone();
    let publishing = tokio::spawn(async move {
        loop {
            let seconds = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs();
            if let Err(error) = publisher.publish("time", seconds.to_string().into()).await {
                println!("no more is published: {error}");
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });

    tokio::signal::ctrl_c().await?;
    publishing.abort();
    // Gives up when there is no server to take what is left.
    client.drain_with_timeout(Duration::from_secs(5)).await?;
    Ok(())
}
