//! Events on their way to the user's callback: in order, none lost.
//!
//! The queue has no bound, because an event that is dropped is a fault that nobody hears of. What could make it long is
//! said once an episode, not once a message. A slow callback delays events, never the connection.

use tokio::sync::mpsc;

use crate::callbacks::EventCallback;
use crate::event::Event;

/// Where events go.
#[derive(Debug)]
pub(crate) struct Events(Option<mpsc::UnboundedSender<Event>>);

impl Events {
    /// Has `callback` called with each event, one after the other, by a task of its own.
    pub(crate) fn new(callback: Option<EventCallback>) -> Self {
        let Some(callback) = callback else { return Events(None) };
        let (sender, mut receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(event) = receiver.recv().await {
                let last = event == Event::Closed;
                callback.call(event).await;
                if last {
                    break;
                }
            }
        });
        Events(Some(sender))
    }

    /// Something happened.
    pub(crate) fn emit(&self, event: Event) {
        tracing::info!("event: {event}");
        if let Some(sender) = &self.0 {
            // The callback's task ends with the runtime; nobody is left to tell then.
            let _ = sender.send(event);
        }
    }
}
