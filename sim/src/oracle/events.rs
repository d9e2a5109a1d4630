//! Events: each one, in order, and `Closed` as the last. I20.

use std::collections::VecDeque;

use async_nats::{ClientError, Event, ServerError};

use crate::world::World;

/// The events of one client.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// What is due, and whether it may be left out.
    due: VecDeque<(Event, bool)>,
    pub(crate) is_closed: bool,
    pub(crate) max_reconnects: bool,
}

impl Events {
    pub(crate) fn due(&mut self, event: Event) {
        self.due.push_back((event, false));
    }

    /// Nothing is due that must come.
    pub(crate) fn is_told(&self) -> bool {
        self.due.iter().all(|(_, may_miss)| *may_miss)
    }

    fn is_passed_by_a_drain(&self) -> bool {
        let mut due = self.due.iter();
        due.next() == Some(&(Event::Disconnected, false)) && due.next() == Some(&(Event::Draining, false))
    }

    /// While a client ends, this may or may not come.
    pub(crate) fn may_come(&mut self, event: Event) {
        self.due.push_back((event, true));
    }
}

/// An error as the client reports it.
pub(crate) fn reported(text: &str) -> Event {
    Event::ServerError(match text {
        "Authorization Violation" => ServerError::AuthorizationViolation,
        text => ServerError::Other(text.to_owned()),
    })
}

impl World {
    /// The callback was called.
    pub(crate) fn event(&mut self, client: usize, event: &Event) {
        self.trace.note(self.now, "event", client as u64, || {
            format!("of client {client}: {event}")
        });
        let events = &mut self.clients[client].events;
        if events.is_closed {
            return self.violated("I20", format!("{event} came behind the last event of client {client}"));
        }
        match event {
            Event::SlowConsumer(sid) => return self.slow_consumer(client, *sid),
            Event::ClientError(error) => {
                events.max_reconnects |= *error == ClientError::MaxReconnects;
                return;
            }
            Event::Closed => {
                events.is_closed = true;
                let missing = events.due.iter().find(|(_, may_miss)| !may_miss).cloned();
                let is_ending = self.clients[client].is_ending;
                if let Some((missing, _)) = missing {
                    self.violated("I20", format!("client {client} has closed, and {missing} never came"));
                } else if !is_ending {
                    self.violated("I20", format!("client {client} has closed, and nobody has closed it"));
                }
                return;
            }
            // A stream that is given up may take a moment to close, and is told of after that.
            Event::Draining if events.is_passed_by_a_drain() => events.due.swap(0, 1),
            _ => {}
        }
        loop {
            match events.due.pop_front() {
                Some((due, _)) if due == *event => return,
                Some((_, true)) => {}
                due => {
                    let text = format!("{event} came to client {client}, and {due:?} was due");
                    return self.violated("I20", text);
                }
            }
        }
    }

    /// Nothing is on its way any more: all events must have come.
    pub(crate) fn check_events(&mut self, client: usize) {
        let events = &self.clients[client].events;
        let missing = events.due.iter().find(|(_, may_miss)| !may_miss);
        if let Some((missing, _)) = missing {
            let text = format!("{missing} never came to client {client}");
            self.violated("I20", text);
        }
    }
}
