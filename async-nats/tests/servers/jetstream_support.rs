//! What the tests of JetStream have in common: a server with it, and streams in memory.

use async_nats::jetstream::stream::{Config, StorageType, Stream};
use async_nats::jetstream::{self, Context};
use nats_server::{configs, run_server_with_config_text, Server};

use crate::support::{connect, LOOK_EVERY, PATIENCE};

/// A server with JetStream, and a context for it.
pub(crate) async fn jetstream() -> (Server, Context) {
    let server = run_server_with_config_text(&configs::jetstream());
    let context = jetstream::new(connect(&server).await);
    (server, context)
}

/// A stream in memory on all subjects below its name.
pub(crate) fn config(name: &str) -> Config {
    Config {
        name: name.to_owned(),
        subjects: vec![format!("{name}.>")],
        storage: StorageType::Memory,
        ..Default::default()
    }
}

/// Publishes a text and returns its sequence, once it is stored.
pub(crate) async fn store(context: &Context, subject: &str, text: &str) -> u64 {
    let ack = context.publish(subject.to_owned(), text.to_owned().into()).await;
    let ack = ack.expect("the client is open").await;
    ack.unwrap_or_else(|error| panic!("{subject} is not stored: {error}"))
        .sequence
}

/// Returns when the stream has this many messages.
#[track_caller]
pub(crate) fn has_messages<I>(stream: &Stream<I>, messages: u64) -> impl std::future::Future<Output = ()> + use<'_, I> {
    let caller = std::panic::Location::caller();
    async move {
        let mut last = None;
        let wait = async {
            loop {
                last = Some(stream.get_info().await.map(|info| info.state.messages));
                if matches!(last, Some(Ok(there)) if there == messages) {
                    return;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            panic!("not {messages} messages within {PATIENCE:?} but {last:?}, waited for at {caller}");
        }
    }
}
