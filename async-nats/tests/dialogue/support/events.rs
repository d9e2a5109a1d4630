//! The record of what a client told its event callback.

use async_nats::{ConnectOptions, Event};
use tokio::sync::mpsc;

use super::at_last;

/// The events of a client in the order in which its callback got them.
pub(crate) struct Events(mpsc::UnboundedReceiver<Event>);

impl Events {
    /// Options that record events, and where they are found.
    pub(crate) fn record(options: ConnectOptions) -> (ConnectOptions, Self) {
        let (sender, events) = mpsc::unbounded_channel();
        let options = options.event_callback(move |event| {
            // A test that is at its end looks at no more events.
            let _ = sender.send(event);
            async {}
        });
        (options, Events(events))
    }

    /// The next event, whenever it comes.
    #[track_caller]
    pub(crate) fn next(&mut self) -> impl std::future::Future<Output = Event> + '_ {
        let next = at_last(self.0.recv());
        async move { next.await.expect("the callback is dropped after the last event only") }
    }

    /// This event and no other.
    #[track_caller]
    pub(crate) fn expect(&mut self, event: Event) -> impl std::future::Future<Output = ()> + '_ {
        let at = std::panic::Location::caller();
        let next = self.next();
        async move {
            let came = next.await;
            assert_eq!(came, event, "at {at}");
        }
    }

    /// What came already.
    pub(crate) fn so_far(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }

    /// All events up to and with the last one that ever comes.
    pub(crate) async fn until_the_end(&mut self) -> Vec<Event> {
        at_last(async {
            let mut events = Vec::new();
            while let Some(event) = self.0.recv().await {
                events.push(event);
            }
            events
        })
        .await
    }

    /// All events up to and with this one.
    pub(crate) async fn until(&mut self, event: Event) -> Vec<Event> {
        at_last(async {
            let mut events = Vec::new();
            while events.last() != Some(&event) {
                events.push(self.0.recv().await.expect("the event was due"));
            }
            events
        })
        .await
    }
}
