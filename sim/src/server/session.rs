//! What a server keeps of one connection, and what it does with the frames of its client.

use std::collections::BTreeMap;

use crate::net::link::Word;
use crate::net::wire::Frame;
use crate::oracle::publishes::identity;
use crate::plan::Door;
use crate::world::{Due, World};

pub(crate) const USER: &str = "sim";
pub(crate) const PASSWORD: &str = "sesame";

/// Subjects that nobody may use, where there are permissions.
const FORBIDDEN: &str = "secret.";

/// Whether permissions, where there are any, keep everybody from this subject.
pub(crate) fn is_forbidden(subject: &str) -> bool {
    subject.starts_with(FORBIDDEN)
}

/// PINGs without an answer that a server puts up with.
const MAX_PINGS: u32 = 2;

/// A subscription as its server knows it.
#[derive(Clone, Debug)]
pub(crate) struct ServerSubscription {
    pub(crate) subject: String,
    pub(crate) queue: Option<String>,
    pub(crate) max: Option<u64>,
    pub(crate) delivered: u64,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) door: Door,
    pub(crate) is_connected: bool,
    pub(crate) echo: bool,
    pub(crate) subscriptions: BTreeMap<u64, ServerSubscription>,
    unanswered: u32,
}

impl World {
    /// A client is at the door.
    pub(crate) fn accept(&mut self, link: usize, door: Door) {
        let session = Session {
            door,
            is_connected: false,
            echo: true,
            subscriptions: BTreeMap::new(),
            unanswered: 0,
        };
        self.sessions.insert(link, session);
        self.trace.note(self.now, "accept", link as u64, || {
            let link = &self.links[link];
            format!("client {} at n{} ({door:?})", link.client, link.node)
        });
        if door != Door::Mute {
            self.send_info(link, door, false);
        }
    }

    pub(crate) fn close_session(&mut self, link: usize) {
        self.sessions.remove(&link);
    }

    pub(crate) fn send_error(&mut self, link: usize, text: &str) {
        self.send(
            link,
            format!("-ERR '{text}'\r\n").as_bytes(),
            Word::Error(text.to_owned()),
        );
    }

    /// A frame of the client has arrived.
    pub(crate) fn server_heard(&mut self, link: usize, frame: Frame) {
        if let Frame::Pub(published) = &frame {
            // Whether or not there is somebody for it: the server has it.
            if let Some(id) = identity(&published.subject, &published.payload) {
                self.arrived_at_server(id);
            }
        }
        let Some(session) = self.sessions.get_mut(&link) else {
            return;
        };
        match frame {
            Frame::Connect(json) => self.server_connects(link, &json),
            Frame::Ping if session.is_connected => self.send(link, b"PONG\r\n", Word::Pong),
            Frame::Ping => {}
            Frame::Pong => session.unanswered = 0,
            Frame::Sub { sid, subject, queue } => self.server_subscribes(link, sid, subject, queue),
            Frame::Unsub { sid, max } => {
                if let Some(subscription) = session.subscriptions.get_mut(&sid) {
                    match max {
                        Some(max) if subscription.delivered < max => subscription.max = Some(max),
                        _ => drop(session.subscriptions.remove(&sid)),
                    }
                }
            }
            Frame::Pub(published) => {
                if self.plan.permissions && is_forbidden(&published.subject) {
                    let text = format!("Permissions Violation for Publish to \"{}\"", published.subject);
                    return self.send_error(link, &text);
                }
                self.route(Some(link), published.into());
            }
        }
    }

    fn server_connects(&mut self, link: usize, json: &str) {
        let connect: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
        let door = self.sessions[&link].door;
        let is_right = connect["user"] == USER && connect["pass"] == PASSWORD;
        if connect["name"] != format!("client {}", self.links[link].client) || connect["protocol"] != 1 {
            self.violated("I14", format!("a CONNECT that no client should have sent: {json}"));
        }
        if door == Door::Unauthorized || (self.plan.password && !is_right) {
            if door != Door::Unauthorized {
                self.violated("I6", format!("the credentials are not those of the options: {json}"));
            }
            self.send_error(link, "Authorization Violation");
            return self.server_closes(link);
        }
        if door == Door::Liar {
            return self.server_closes(link);
        }
        let session = self.sessions.get_mut(&link).expect("it was there");
        session.is_connected = true;
        session.echo = connect["echo"] != false;
        self.schedule(self.now + self.plan.server_ping, Due::ServerPing(link));
    }

    fn server_subscribes(&mut self, link: usize, sid: u64, subject: String, queue: Option<String>) {
        if self.plan.permissions && is_forbidden(&subject) {
            let group = queue.map_or(String::new(), |queue| format!(" using queue \"{queue}\""));
            let text = format!("Permissions Violation for Subscription to \"{subject}\"{group}");
            return self.send_error(link, &text);
        }
        let session = self.sessions.get_mut(&link).expect("it was there");
        session.subscriptions.insert(
            sid,
            ServerSubscription {
                subject,
                queue,
                max: None,
                delivered: 0,
            },
        );
    }

    /// The server wants to know whether its client lives.
    pub(crate) fn server_pings(&mut self, link: usize) {
        let Some(session) = self.sessions.get_mut(&link) else {
            return;
        };
        if session.unanswered == MAX_PINGS {
            self.send_error(link, "Stale Connection");
            return self.server_closes(link);
        }
        session.unanswered += 1;
        self.send(link, b"PING\r\n", Word::Ping);
        self.schedule(self.now + self.plan.server_ping, Due::ServerPing(link));
    }
}
